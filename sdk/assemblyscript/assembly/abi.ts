// Solidity's contract ABI: arguments, with every length and padding checked, and results.
// https://docs.soliditylang.org/en/latest/abi-spec.html
import { emit_log, read_args, write_result } from "./hooks";
import { msgValue } from "./host";
import { require } from "./revert";
import { Address, U256 } from "./word";

// Success, as an entry point returns it.
export const SUCCESS: u32 = 0;

// Calldata longer than this reverts.
const CALLDATA_MAX: u32 = 16384;

const calldata = memory.data(16384);

// Reverts where the call carries wei.
export function nonPayable(): void {
  require(msgValue().isZero, "ABI: function is not payable");
}

// Elements that stand one after the other in the calldata: the bytes of a bytes or string, the words of an array.
@unmanaged
export class Elements {
  constructor(public pointer: usize, public count: u32) {}

  // Element number `index` of an address[].
  address(index: u32): Address {
    return checkedAddress(U256.at(this.pointer + 32 * index));
  }
}

// The calldata of a call.
@unmanaged
export class Input {
  private start: u32 = 0;
  private len: u32 = 0;

  // Reads a function call: a selector and arguments. Once in a call.
  static readCall(len: u32): Input {
    const input = Input.readConstructor(len);
    require(len >= 4, "ABI: calldata too short");
    input.start = 4;
    return input;
  }

  // Reads a constructor's arguments, which have no selector. Once in a call.
  static readConstructor(len: u32): Input {
    require(len <= CALLDATA_MAX, "ABI: calldata too long");
    read_args(calldata);
    const input = new Input();
    input.len = len;
    return input;
  }

  // The function's selector.
  get selector(): u32 {
    return bswap<u32>(load<u32>(calldata));
  }

  // Argument number `index` (from 0) as it stands in the head.
  word(index: u32): U256 {
    const at = this.start + 32 * index;
    require(at + 32 <= this.len, "ABI: calldata too short");
    return U256.at(calldata + at);
  }

  address(index: u32): Address {
    return checkedAddress(this.word(index));
  }

  u64(index: u32): u64 {
    const word = this.word(index);
    require(word.fitsU64, "ABI: integer out of range");
    return word.lowU64;
  }

  u8(index: u32): u8 {
    const value = this.u64(index);
    require(value <= 0xff, "ABI: integer out of range");
    return <u8>value;
  }

  // A bytes or string argument.
  bytes(index: u32): Elements {
    return this.dynamic(index, 1);
  }

  // An address[] argument.
  addresses(index: u32): Elements {
    return this.dynamic(index, 32);
  }

  private dynamic(index: u32, elementSize: u32): Elements {
    const available = <u64>(this.len - this.start);
    const offset = this.u64(index);
    require(offset <= available && available - offset >= 32, "ABI: bad offset");
    const head = calldata + this.start + <u32>offset;
    const length = U256.at(head);
    require(length.fitsU64 && length.lowU64 <= (available - offset - 32) / elementSize, "ABI: bad length");
    return new Elements(head + 32, <u32>length.lowU64);
  }
}

function checkedAddress(word: U256): Address {
  require(word.bits <= 160, "ABI: address has dirty upper bytes");
  return Address.fromWord(word);
}

// ---- Results: each sets the return data and gives the status for success, to be returned by the entry point.

export function returnWord(word: U256): u32 {
  write_result(word.pointer, 32);
  return SUCCESS;
}

export function returnU64(value: u64): u32 {
  return returnWord(U256.from(value));
}

export function returnAddress(address: Address): u32 {
  return returnWord(address.toWord());
}

// Writes an encoding, piece by piece, to a buffer. Traps where the buffer is too small.
@unmanaged
export class Encoder {
  private len: u32 = 0;

  // An encoding that begins where the buffer does.
  constructor(private buffer: usize, private capacity: u32) {}

  word(word: U256): Encoder {
    this.raw(word.pointer, 32);
    return this;
  }

  u64(value: u64): Encoder {
    return this.word(U256.from(value));
  }

  address(address: Address): Encoder {
    return this.word(address.toWord());
  }

  // Length, bytes and padding of a bytes or string value, as they stand in an encoding's tail.
  tail(pointer: usize, count: u32): Encoder {
    const padding: u32 = (0 - count) & 31;
    this.u64(count);
    this.raw(pointer, count);
    if (padding > this.capacity - this.len) unreachable();
    memory.fill(this.buffer + this.len, 0, padding);
    this.len += padding;
    return this;
  }

  private raw(pointer: usize, count: u32): void {
    if (count > this.capacity - this.len) unreachable();
    memory.copy(this.buffer + this.len, pointer, count);
    this.len += count;
  }

  // Makes what has been written the call's result.
  asResult(): u32 {
    write_result(this.buffer, this.len);
    return SUCCESS;
  }

  // Emits what has been written as a log, whose first words are its topics.
  asLog(topics: u32): void {
    emit_log(this.buffer, this.len, topics);
  }
}

const logBuffer = memory.data(8 * 32);

// A log of at most 8 words: write the event's hash, further topics and data to it, then call asLog.
export function log(event: string): Encoder {
  return new Encoder(logBuffer, 8 * 32).word(U256.fromHex(event));
}
