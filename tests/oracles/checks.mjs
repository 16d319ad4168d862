// What the scripts here share: numbers as Ethereum's tries hold them, and proofs checked by an independent library.
import { createMPT, verifyMPTWithMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { bytesToHex, hexToBytes } from '@ethereumjs/util';

// A number's bytes without leading zeros: none for zero.
export const minimal = (hex) => {
  const digits = hex.replace(/^0x0*/, '');
  return hexToBytes('0x' + (digits.length % 2 ? '0' : '') + digits);
};

export const accountRlp = (account) =>
  RLP.encode([minimal(account.nonce), minimal(account.balance), hexToBytes(account.storageRoot), hexToBytes(account.codeHash)]);

export const emptyRoot = bytesToHex((await createMPT()).root());
export const emptyAccount = {
  nonce: '0x0', balance: '0x0', storageRoot: emptyRoot,
  codeHash: '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
};

// The value that a proof shows under a root, as hexadecimal; null for a proof of absence.
const proven = async (root, key, proof) => {
  if (root === emptyRoot && proof.length === 0) return null;
  const trie = await createMPT({ useKeyHashing: true });
  const value = await verifyMPTWithMerkleProof(trie, hexToBytes(root), hexToBytes(key), proof.map(hexToBytes));
  return value === null ? null : bytesToHex(value);
};

// Checks an answer of eth_getProof against a state root; returns what is wrong with it, line by line.
export const checkProof = async (stateRoot, answer) => {
  const wrong = [];
  const account = { nonce: answer.nonce, balance: answer.balance, storageRoot: answer.storageHash, codeHash: answer.codeHash };
  const empty = JSON.stringify(account) === JSON.stringify(emptyAccount);
  const found = await proven(stateRoot, answer.address, answer.accountProof).catch((error) => `refused: ${error.message}`);
  const expected = empty ? null : bytesToHex(accountRlp(account));
  if (found !== expected) wrong.push(`account ${answer.address}: the proof shows ${found}, not ${expected}`);
  for (const { key, value, proof } of answer.storageProof) {
    const slot = await proven(answer.storageHash, key, proof).catch((error) => `refused: ${error.message}`);
    const should = minimal(value).length === 0 ? null : bytesToHex(RLP.encode(minimal(value)));
    if (slot !== should) wrong.push(`slot ${key} of ${answer.address}: the proof shows ${slot}, not ${should}`);
  }
  return wrong;
};
