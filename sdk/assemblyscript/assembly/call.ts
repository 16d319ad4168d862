// Calls of other contracts: messages in Solidity's ABI, statuses checked, answers read, reasons for reverting handed on.
//
// Every call writes the storage cache first, and forgets it where the callee may change this contract's storage by calling back, so
// that what is loaded afterwards is true.
import {
  call_contract,
  delegate_call_contract,
  read_return_data,
  return_data_size,
  static_call_contract,
  storage_flush_cache,
} from "./hooks";
import { codeSize } from "./host";
import { require, revertWith } from "./revert";
import { Address, U256 } from "./word";

// Words of arguments a message holds at most.
const MESSAGE_WORDS_MAX: u32 = 8;

// Revert data of a callee that are handed on at most.
const RETURN_DATA_MAX: u32 = 4096;

// A callee gets what it is given, at most 63/64 of what is left (EIP-150).
const ALL_GAS: u64 = u64.MAX_VALUE;

const messageBuffer = memory.data(4 + 32 * 8);
const returnBuffer = memory.data(4096);
const returned = memory.data(4);

// A function's selector and its arguments. There is one at a time.
@unmanaged
export class Message {
  private len: u32 = 4;

  constructor(selector: u32) {
    store<u32>(messageBuffer, bswap<u32>(selector));
  }

  word(word: U256): Message {
    if (this.len >= 4 + 32 * MESSAGE_WORDS_MAX) unreachable();
    memory.copy(messageBuffer + this.len, word.pointer, 32);
    this.len += 32;
    return this;
  }

  address(address: Address): Message {
    return this.word(address.toWord());
  }

  // Calls, and reverts as the callee does.
  call(to: Address): void {
    if (!tryCall(to, U256.zero(), messageBuffer, this.len)) forwardRevert();
  }

  // The same for a callee that may change nothing.
  staticCall(to: Address): void {
    if (!tryStaticCall(to, messageBuffer, this.len)) forwardRevert();
  }
}

// Calls with wei. True for success; the answer, or the callee's revert data, can be read then.
export function tryCall(to: Address, value: U256, data: usize, len: u32): bool {
  storage_flush_cache(1);
  return call_contract(to.pointer, data, len, value.pointer, ALL_GAS, returned) == 0;
}

// The same for a callee that may change nothing.
export function tryStaticCall(to: Address, data: usize, len: u32): bool {
  storage_flush_cache(0);
  return static_call_contract(to.pointer, data, len, ALL_GAS, returned) == 0;
}

// Runs the callee's code on this contract's storage, with this call's sender and value.
export function tryDelegateCall(to: Address, data: usize, len: u32): bool {
  storage_flush_cache(1);
  return delegate_call_contract(to.pointer, data, len, ALL_GAS, returned) == 0;
}

// Reverts with the revert data of the callee that has just failed.
export function forwardRevert(): void {
  const len = return_data_size();
  require(len > 0, "call: failed without a reason");
  require(len <= RETURN_DATA_MAX, "call: reason too long");
  read_return_data(returnBuffer, 0, len);
  revertWith(returnBuffer, len);
}

// The first word of the answer.
export function answerWord(): U256 {
  const word = new U256();
  require(return_data_size() >= 32, "call: malformed answer");
  read_return_data(word.pointer, 0, 32);
  return word;
}

// For functions that return true or nothing, as tokens do: reverts where the answer is anything else, or nobody answered.
export function requireTrue(callee: Address): void {
  if (return_data_size() == 0) {
    require(codeSize(callee) > 0, "call: not a contract");
    return;
  }
  require(answerWord().equals(U256.one()), "call: answered false");
}
