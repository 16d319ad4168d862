// The trie of @ethereumjs/mpt, in memory: node trie.mjs FOLDER SLOTS CHANGES, where FOLDER/package.json names the library. Fills a
// storage trie with SLOTS slots, then changes CHANGES of them in each of some blocks. Prints milliseconds of a block, median and best,
// then microseconds of a proof and of a look-up, medians.
import { createRequire } from 'node:module';
import path from 'node:path';
const require = createRequire(path.resolve(process.argv[2], 'package.json'));
const { createMPT, createMerkleProof } = require('@ethereumjs/mpt');
const { RLP } = require('@ethereumjs/rlp');
const [slots, changes] = process.argv.slice(3).map(Number);
const Rounds = 7, Samples = 500;

const keyOf = (number) => {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(28, number);
  return key;
};
let seed = 1;
const random = (end) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 4294967296) * end);
};
const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
const timed = async (action) => {
  const start = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - start) / 1e6;
};

const trie = await createMPT({ useKeyHashing: true });
for (let i = 0; i < slots; i++) await trie.put(keyOf(i), RLP.encode(i + 1));
const blocks = [];
for (let round = 0; round < Rounds; round++)
  blocks.push(await timed(async () => {
    for (let i = 0; i < changes; i++) await trie.put(keyOf(random(slots)), RLP.encode(1 + random(1 << 30)));
    trie.root();
  }));
const proofs = [], reads = [];
for (let i = 0; i < Samples; i++) proofs.push(1000 * await timed(() => createMerkleProof(trie, keyOf(random(slots)))));
for (let i = 0; i < Samples; i++) reads.push(1000 * await timed(() => trie.get(keyOf(random(slots)))));
console.log(`${median(blocks).toFixed(0)} ${Math.min(...blocks).toFixed(0)} ${median(proofs).toFixed(0)} ${median(reads).toFixed(0)}`);
