// Recomputes every root of a chain with an independent Merkle-Patricia library, from what `cvm` prints:
//   node roots.mjs CVM.DLL DIR
// Prints a line for each difference, then what was compared; exit code 1 where anything differs.
import { execFileSync } from 'node:child_process';
import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { bytesToHex, hexToBytes } from '@ethereumjs/util';
import { accountRlp, minimal } from './checks.mjs';

const [program, directory] = process.argv.slice(2);
const cvm = (...words) =>
  execFileSync('dotnet', [program, ...words, '--db', directory, '--json'], { maxBuffer: 1 << 30 }).toString().trim().split('\n').map((line) => JSON.parse(line));

let differences = 0;
const compare = (what, computed, printed) => {
  if (computed === printed) return;
  differences++;
  console.log(`${what}: computed ${computed}, printed ${printed}`);
};

const [head] = cvm('block', 'latest');
const state = await createMPT({ useKeyHashing: true });
let accounts = 0, slots = 0;
for (const account of cvm('state', 'dump')) {
  const storage = await createMPT({ useKeyHashing: true });
  for (const slot of account.slots) {
    slots++;
    await storage.put(hexToBytes(slot.key), RLP.encode(minimal(slot.value)));
  }
  accounts++;
  compare(`storage root of ${account.address}`, bytesToHex(storage.root()), account.storageRoot);
  await state.put(hexToBytes(account.address), accountRlp({ ...account, storageRoot: bytesToHex(storage.root()) }));
}
compare('state root', bytesToHex(state.root()), head.stateRoot);

for (let number = 0; number <= Number(head.number); number++) {
  const [block] = cvm('block', String(number));
  for (const [field, raw] of [['transactionsRoot', (t) => t.raw], ['receiptsRoot', (t) => t.receipt.raw]]) {
    const trie = await createMPT();
    for (const [index, transaction] of block.transactions.entries()) await trie.put(RLP.encode(index), hexToBytes(raw(transaction)));
    compare(`${field} of block ${number}`, bytesToHex(trie.root()), block[field]);
  }
}
console.log(`${accounts} accounts, ${slots} slots, ${Number(head.number) + 1} blocks, ${differences} differences`);
process.exit(differences === 0 ? 0 : 1);
