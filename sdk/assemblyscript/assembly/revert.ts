// Reverts: they end the call at once; nothing that is in the storage cache is written.
import { exit_early, write_result } from "./hooks";

// A longer reason is cut off.
const REASON_MAX: u32 = 128;

const buffer = memory.data(4 + 64 + 128);

// Reverts with these bytes.
export function revertWith(pointer: usize, len: u32): void {
  write_result(pointer, len);
  exit_early(1);
  unreachable();
}

// Reverts with Error(string), selector 0x08c379a0: what Solidity's require(false, "reason") does. The reason is ASCII.
export function revert(reason: string): void {
  const len = min<u32>(reason.length, REASON_MAX);
  store<u32>(buffer, bswap<u32>(0x08c379a0));
  store<u8>(buffer + 4 + 31, 32);
  store<u8>(buffer + 4 + 63, <u8>len);
  for (let i: u32 = 0; i < len; i++) store<u8>(buffer + 68 + i, <u8>load<u16>(changetype<usize>(reason) + 2 * i));
  revertWith(buffer, 68 + ((len + 31) & ~31));
}

// Reverts with a reason where the condition does not hold.
export function require(condition: bool, reason: string): void {
  if (!condition) revert(reason);
}
