// The host functions with this SDK's types. Storage, calls, arguments and results have files of their own; what is not here is in
// hooks.ts.
import * as hooks from "./hooks";
import { Address, U256 } from "./word";

export function keccak256(pointer: usize, len: u32): U256 {
  const hash = new U256();
  hooks.native_keccak256(pointer, len, hash.pointer);
  return hash;
}

// The caller.
export function msgSender(): Address {
  const address = new Address();
  hooks.msg_sender(address.pointer);
  return address;
}

// Wei that came with the call.
export function msgValue(): U256 {
  const value = new U256();
  hooks.msg_value(value.pointer);
  return value;
}

// This contract.
export function contractAddress(): Address {
  const address = new Address();
  hooks.contract_address(address.pointer);
  return address;
}

// An account's wei.
export function balance(account: Address): U256 {
  const wei = new U256();
  hooks.account_balance(account.pointer, wei.pointer);
  return wei;
}

// The size of an account's code; 0 where it is no contract.
export function codeSize(account: Address): u32 {
  return hooks.account_code_size(account.pointer);
}
