// Words (32 bytes, big-endian) and addresses (20 bytes), and unsigned 256-bit arithmetic on words.
// Both are kept as the host wants them, so that a reference to one is a pointer to its bytes.
import { math_div } from "./hooks";
import { revert } from "./revert";

// An unsigned number of 256 bits. Numbers do not change once they are made.
@unmanaged
export class U256 {
  // Limb 0 is the most significant 64 bits; each stands here as its bytes stand in memory.
  private raw0: u64 = 0;
  private raw1: u64 = 0;
  private raw2: u64 = 0;
  private raw3: u64 = 0;

  static zero(): U256 {
    return new U256();
  }

  static one(): U256 {
    return U256.from(1);
  }

  // 2^256 - 1.
  static max(): U256 {
    const word = new U256();
    memory.fill(word.pointer, 0xff, 32);
    return word;
  }

  static from(value: u64): U256 {
    const word = new U256();
    word.setLimb(3, value);
    return word;
  }

  // Copies 32 bytes.
  static at(pointer: usize): U256 {
    const word = new U256();
    memory.copy(word.pointer, pointer, 32);
    return word;
  }

  // 64 hexadecimal digits in lower case: event topics and the like.
  static fromHex(digits: string): U256 {
    const word = new U256();
    for (let i = 0; i < 64; i++) {
      const code = <u32>load<u16>(changetype<usize>(digits) + 2 * i);
      const digit = code < 0x60 ? code - 0x30 : code - 0x57;
      const at = word.pointer + i / 2;
      store<u8>(at, <u8>((<u32>load<u8>(at) << 4) | digit));
    }
    return word;
  }

  @inline
  get pointer(): usize {
    return changetype<usize>(this);
  }

  limb(index: u32): u64 {
    return bswap<u64>(load<u64>(this.pointer + 8 * index));
  }

  private setLimb(index: u32, value: u64): void {
    store<u64>(this.pointer + 8 * index, bswap<u64>(value));
  }

  get isZero(): bool {
    return (this.raw0 | this.raw1 | this.raw2 | this.raw3) == 0;
  }

  // True where the number is below 2^64.
  get fitsU64(): bool {
    return (this.raw0 | this.raw1 | this.raw2) == 0;
  }

  // The lowest 64 bits.
  get lowU64(): u64 {
    return this.limb(3);
  }

  // How many bits the number needs; 0 for 0.
  get bits(): u32 {
    for (let i: u32 = 0; i < 4; i++) {
      const limb = this.limb(i);
      if (limb != 0) return 256 - 64 * i - <u32>clz<u64>(limb);
    }
    return 0;
  }

  // One byte, the most significant being number 0.
  byte(index: u32): u8 {
    return load<u8>(this.pointer + index);
  }

  // A copy with `count` bytes from `index` on taken from a pointer.
  withBytes(index: u32, from: usize, count: u32): U256 {
    const word = U256.at(this.pointer);
    memory.copy(word.pointer + index, from, count);
    return word;
  }

  @operator("==")
  equals(other: U256): bool {
    return ((this.raw0 ^ other.raw0) | (this.raw1 ^ other.raw1) | (this.raw2 ^ other.raw2) | (this.raw3 ^ other.raw3)) == 0;
  }

  @operator("!=")
  differs(other: U256): bool {
    return !this.equals(other);
  }

  @operator("<")
  isLess(other: U256): bool {
    for (let i: u32 = 0; i < 4; i++) {
      const x = this.limb(i), y = other.limb(i);
      if (x != y) return x < y;
    }
    return false;
  }

  @operator(">")
  isGreater(other: U256): bool {
    return other.isLess(this);
  }

  @operator("<=")
  isAtMost(other: U256): bool {
    return !other.isLess(this);
  }

  @operator(">=")
  isAtLeast(other: U256): bool {
    return !this.isLess(other);
  }

  // The sum modulo 2^256.
  @operator("+")
  plus(other: U256): U256 {
    const sum = new U256();
    let carry: u64 = 0;
    for (let i: i32 = 3; i >= 0; i--) {
      const x = this.limb(i), partial = x + other.limb(i), total = partial + carry;
      carry = u64(partial < x) | u64(total < partial);
      sum.setLimb(i, total);
    }
    return sum;
  }

  // The difference modulo 2^256.
  @operator("-")
  minus(other: U256): U256 {
    const difference = new U256();
    let borrow: u64 = 0;
    for (let i: i32 = 3; i >= 0; i--) {
      const x = this.limb(i), y = other.limb(i), partial = x - y, total = partial - borrow;
      borrow = u64(x < y) | u64(partial < borrow);
      difference.setLimb(i, total);
    }
    return difference;
  }

  // The product modulo 2^256.
  @operator("*")
  times(other: U256): U256 {
    // Digits of 32 bits, the least significant first.
    const product = new U256();
    for (let i: u32 = 0; i < 8; i++) {
      const x = this.digit(i);
      let carry: u64 = 0;
      if (x == 0) continue;
      for (let j: u32 = 0; i + j < 8; j++) {
        carry += x * other.digit(j) + product.digit(i + j);
        store<u32>(product.pointer + 28 - 4 * (i + j), bswap<u32>(<u32>carry));
        carry >>= 32;
      }
    }
    return product;
  }

  private digit(index: u32): u64 {
    return <u64>bswap<u32>(load<u32>(this.pointer + 28 - 4 * index));
  }

  // The quotient, rounded down; 0 where the divisor is 0.
  @operator("/")
  over(divisor: U256): U256 {
    const quotient = U256.at(this.pointer);
    math_div(quotient.pointer, divisor.pointer);
    return quotient;
  }

  // The sum; reverts with the reason where it does not fit.
  add(other: U256, reason: string): U256 {
    const sum = this.plus(other);
    if (sum.isLess(this)) revert(reason);
    return sum;
  }

  // The difference; reverts with the reason where it is negative.
  sub(other: U256, reason: string): U256 {
    if (this.isLess(other)) revert(reason);
    return this.minus(other);
  }

  // Half of it, rounded down.
  halve(): U256 {
    const half = new U256();
    let carry: u64 = 0;
    for (let i: u32 = 0; i < 4; i++) {
      const limb = this.limb(i);
      half.setLimb(i, (limb >> 1) | (carry << 63));
      carry = limb & 1;
    }
    return half;
  }

  // The square root, rounded down, by Newton's method from above.
  sqrt(): U256 {
    if (this.isZero) return this;
    const exponent = (this.bits + 1) / 2;
    let root = new U256();
    store<u8>(root.pointer + 31 - exponent / 8, <u8>(<u32>1 << (exponent % 8)));
    let next = root.plus(this.over(root)).halve();
    while (next.isLess(root)) {
      root = next;
      next = root.plus(this.over(root)).halve();
    }
    return root;
  }
}

// An account's address.
@unmanaged
export class Address {
  private raw0: u64 = 0;
  private raw1: u64 = 0;
  private raw2: u32 = 0;

  static zero(): Address {
    return new Address();
  }

  // The low 20 bytes of a word, whatever is above them.
  static fromWord(word: U256): Address {
    const address = new Address();
    memory.copy(address.pointer, word.pointer + 12, 20);
    return address;
  }

  @inline
  get pointer(): usize {
    return changetype<usize>(this);
  }

  get isZero(): bool {
    return (this.raw0 | this.raw1 | <u64>this.raw2) == 0;
  }

  toWord(): U256 {
    const word = new U256();
    memory.copy(word.pointer + 12, this.pointer, 20);
    return word;
  }

  @operator("==")
  equals(other: Address): bool {
    return ((this.raw0 ^ other.raw0) | (this.raw1 ^ other.raw1) | <u64>(this.raw2 ^ other.raw2)) == 0;
  }

  @operator("!=")
  differs(other: Address): bool {
    return !this.equals(other);
  }
}
