// Storage in Solidity's layout: numbered slots, mappings, arrays, and strings in their short and long form.
// https://docs.soliditylang.org/en/latest/internals/layout_in_storage.html
import { SUCCESS } from "./abi";
import { storage_cache_bytes32, storage_flush_cache, storage_load_bytes32 } from "./hooks";
import { keccak256 } from "./host";
import { require } from "./revert";
import { Address, U256 } from "./word";

const pair = memory.data(64);

// One of a contract's storage slots.
@unmanaged
export class Slot {
  constructor(private key: U256) {}

  // The slot of the contract's variable number `number`.
  static of(number: u64): Slot {
    return new Slot(U256.from(number));
  }

  load(): U256 {
    const value = new U256();
    storage_load_bytes32(this.key.pointer, value.pointer);
    return value;
  }

  // Writes to the cache; `commit` makes it last.
  store(value: U256): void {
    storage_cache_bytes32(this.key.pointer, value.pointer);
  }

  // Where a mapping at this slot keeps the value of a key: keccak256(key, slot).
  mapping(key: U256): Slot {
    memory.copy(pair, key.pointer, 32);
    memory.copy(pair + 32, this.key.pointer, 32);
    return new Slot(keccak256(pair, 64));
  }

  mappingOf(key: Address): Slot {
    return this.mapping(key.toWord());
  }

  // Where an array or long string at this slot keeps its first word: keccak256(slot).
  array(): Slot {
    return new Slot(keccak256(this.key.pointer, 32));
  }

  // The slot that is as many further on.
  plus(offset: u64): Slot {
    return new Slot(this.key.plus(U256.from(offset)));
  }

  // Stores a string in a slot that held none: up to 31 bytes in the slot itself with twice the length in its last byte, longer ones
  // from keccak256(slot) on with twice the length plus one in the slot.
  storeBytes(pointer: usize, len: u32): void {
    if (len < 32) {
      this.store(U256.from(2 * len).withBytes(0, pointer, len));
      return;
    }
    this.store(U256.from(2 * <u64>len + 1));
    const first = this.array();
    for (let done: u32 = 0; done < len; done += 32) {
      first.plus(done / 32).store(U256.zero().withBytes(0, pointer + done, min<u32>(len - done, 32)));
    }
  }

  // Loads a string into a buffer and returns its length; reverts when it does not fit.
  loadBytes(buffer: usize, capacity: u32): u32 {
    const head = this.load();
    const last = <u32>head.byte(31);
    if ((last & 1) == 0) {
      const short = last / 2;
      require(short < 32 && short <= capacity, "storage: malformed string");
      memory.copy(buffer, head.pointer, short);
      return short;
    }
    const stored = head.lowU64 / 2;
    require(head.fitsU64 && stored <= capacity, "storage: malformed string");
    const len = <u32>stored;
    const first = this.array();
    for (let done: u32 = 0; done < len; done += 32) {
      memory.copy(buffer + done, first.plus(done / 32).load().pointer, min<u32>(len - done, 32));
    }
    return len;
  }
}

// Flushes the cache and gives the status for success: the last thing a function that writes does.
export function commit(): u32 {
  storage_flush_cache(0);
  return SUCCESS;
}
