// Checks proofs that `cvm proof` prints, of several blocks, with an independent library:
//   node proofs.mjs CVM.DLL DIR
// Prints a line for each difference, then what was checked; exit code 1 where anything is wrong.
import { execFileSync } from 'node:child_process';
import { checkProof } from './checks.mjs';

const [program, directory] = process.argv.slice(2);
const cvm = (...words) =>
  execFileSync('dotnet', [program, ...words, '--db', directory, '--json'], { maxBuffer: 1 << 30 }).toString().trim().split('\n').map((line) => JSON.parse(line));

const dump = cvm('state', 'dump');
const contract = dump.find((account) => account.slots.length > 4);
const plain = dump.filter((account) => account.slots.length === 0).slice(0, 7);
const nobody = '0x00000000000000000000000000000000000000aa';
let accounts = 0, slots = 0, differences = 0;
for (const number of [0, 3, 5]) {
  const [block] = cvm('block', String(number));
  for (const [address, keys] of [[contract.address, [...contract.slots.slice(0, 4).map((slot) => slot.key), '77', '12345678901234567890']],
    ...plain.map((account) => [account.address, account === plain[0] ? ['0', '1', '2', '3', '4', '5'] : []]), [nobody, ['0', '1', '2', '3', '4', '5']]]) {
    const [answer] = cvm('proof', address, ...keys, '--block', String(number));
    accounts++;
    slots += answer.storageProof.length;
    for (const line of await checkProof(block.stateRoot, answer)) {
      differences++;
      console.log(`block ${number}: ${line}`);
    }
  }
}
console.log(`${accounts} accounts, ${slots} slots, ${differences} differences`);
process.exit(differences === 0 ? 0 : 1);
