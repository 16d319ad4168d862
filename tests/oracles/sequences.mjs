// Follows random blocks with an independent Merkle-Patricia library: every state root, and proofs of every block that is kept.
//   node sequences.mjs FILE
// A line of the file is a block: the accounts that changed, with their changed slots, and its state root; or a proof with its root.
import { readFileSync } from 'node:fs';
import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { bytesToHex, hexToBytes } from '@ethereumjs/util';
import { accountRlp, checkProof, minimal } from './checks.mjs';

let state, storages, blocks = 0, proofs = 0, differences = 0;
const say = (line) => {
  differences++;
  console.log(line);
};
for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const item = JSON.parse(line);
  if (item.proof) {
    proofs++;
    for (const wrong of await checkProof(item.stateRoot, item.proof)) say(`block ${item.block}: ${wrong}`);
    continue;
  }
  if (item.block === 0) {
    state = await createMPT({ useKeyHashing: true });
    storages = new Map();
  }
  blocks++;
  for (const { address, account, slots } of item.accounts) {
    if (!storages.has(address)) storages.set(address, await createMPT({ useKeyHashing: true }));
    const storage = storages.get(address);
    for (const [key, value] of slots) {
      const bytes = minimal(value);
      if (bytes.length === 0) await storage.del(hexToBytes(key));
      else await storage.put(hexToBytes(key), RLP.encode(bytes));
    }
    if (account === null) {
      storages.delete(address);
      await state.del(hexToBytes(address));
      continue;
    }
    await state.put(hexToBytes(address), accountRlp({ ...account, storageRoot: bytesToHex(storage.root()) }));
  }
  if (bytesToHex(state.root()) !== item.stateRoot) say(`block ${item.block}: computed ${bytesToHex(state.root())}, written ${item.stateRoot}`);
}
console.log(`${blocks} blocks, ${proofs} proofs, ${differences} differences`);
process.exit(differences === 0 ? 0 : 1);
