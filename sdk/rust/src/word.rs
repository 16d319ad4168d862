use crate::hooks;
use core::{cmp::Ordering, ops::Div};

/// An unsigned number of 256 bits.
// Kept as the host wants it, big-endian: most words are slots, addresses and amounts that are only passed on.
#[derive(Clone, Copy)]
#[repr(align(8))]
pub struct U256([u8; 32]);

/// An account's address: 20 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Address(pub [u8; 20]);

impl U256 {
    /// 0.
    pub const ZERO: U256 = U256([0; 32]);
    /// 1.
    pub const ONE: U256 = U256::new(1);
    /// 2^256 - 1.
    pub const MAX: U256 = U256([0xff; 32]);

    /// A small number.
    pub const fn new(value: u64) -> U256 {
        let mut bytes = [0; 32];
        let mut i = 0;
        while i < 8 {
            bytes[31 - i] = (value >> (8 * i)) as u8;
            i += 1;
        }
        U256(bytes)
    }

    /// A word of 64 hexadecimal digits, for constants: event topics and the like. Anything else does not compile, or traps.
    pub const fn from_hex(digits: &str) -> U256 {
        let digits = digits.as_bytes();
        let mut bytes = [0; 32];
        let mut i = 0;
        assert!(digits.len() == 64);
        while i < 64 {
            let digit = match digits[i] {
                b'0'..=b'9' => digits[i] - b'0',
                b'a'..=b'f' => digits[i] - b'a' + 10,
                _ => panic!(),
            };
            bytes[i / 2] = bytes[i / 2] << 4 | digit;
            i += 1;
        }
        U256(bytes)
    }

    /// Reads 32 bytes, big-endian.
    pub const fn from_be_bytes(bytes: [u8; 32]) -> U256 {
        U256(bytes)
    }

    /// 32 bytes, big-endian.
    pub const fn to_be_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The same, in place.
    pub const fn as_be_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    // Limb 0 is the most significant 64 bits. Not inlined: turning a limb's bytes round takes some thirty instructions.
    #[inline(never)]
    fn limb(&self, limb: usize) -> u64 {
        u64::from_be(self.raw(limb))
    }

    // The same bytes in the machine's order: enough, and cheaper, where only equality matters.
    #[inline(always)]
    fn raw(&self, limb: usize) -> u64 {
        let mut raw = [0; 8];
        raw.copy_from_slice(&self.0[8 * limb..8 * limb + 8]);
        u64::from_ne_bytes(raw)
    }

    #[inline(never)]
    fn set_limb(&mut self, limb: usize, value: u64) {
        self.0[8 * limb..8 * limb + 8].copy_from_slice(&value.to_be_bytes());
    }

    /// True for 0.
    #[inline(never)]
    pub fn is_zero(&self) -> bool {
        self.raw(0) | self.raw(1) | self.raw(2) | self.raw(3) == 0
    }

    /// The number where it is below 2^64.
    pub fn to_u64(self) -> Option<u64> {
        if self.raw(0) | self.raw(1) | self.raw(2) == 0 {
            Some(self.limb(3))
        } else {
            None
        }
    }

    /// The lowest 64 bits.
    pub fn low_u64(self) -> u64 {
        self.limb(3)
    }

    /// How many bits the number needs; 0 for 0.
    #[inline(never)]
    pub fn bits(&self) -> u32 {
        for i in 0..4 {
            let limb = self.limb(i);
            if limb != 0 {
                return 256 - 64 * i as u32 - limb.leading_zeros();
            }
        }
        0
    }

    /// The sum modulo 2^256, and whether the true sum does not fit.
    #[inline(never)]
    pub fn overflowing_add(self, other: U256) -> (U256, bool) {
        let mut sum = U256::ZERO;
        let mut carry = false;
        for i in (0..4).rev() {
            let (partial, first) = self.limb(i).overflowing_add(other.limb(i));
            let (total, second) = partial.overflowing_add(carry as u64);
            sum.set_limb(i, total);
            carry = first | second;
        }
        (sum, carry)
    }

    /// The difference modulo 2^256, and whether `other` is the greater one.
    #[inline(never)]
    pub fn overflowing_sub(self, other: U256) -> (U256, bool) {
        let mut difference = U256::ZERO;
        let mut borrow = false;
        for i in (0..4).rev() {
            let (partial, first) = self.limb(i).overflowing_sub(other.limb(i));
            let (total, second) = partial.overflowing_sub(borrow as u64);
            difference.set_limb(i, total);
            borrow = first | second;
        }
        (difference, borrow)
    }

    /// The product modulo 2^256, and whether the true product does not fit.
    #[inline(never)]
    pub fn overflowing_mul(self, other: U256) -> (U256, bool) {
        // Limbs of the product, and `i` and `j`, count from the least significant one.
        let mut product = [0u64; 4];
        let mut lost = false;
        for i in 0..4 {
            let x = self.limb(3 - i);
            let mut carry = 0;
            if x == 0 {
                continue;
            }
            for j in 0..4 {
                let y = other.limb(3 - j);
                if i + j >= 4 {
                    lost |= y != 0;
                    continue;
                }
                let total = x as u128 * y as u128 + product[i + j] as u128 + carry as u128;
                product[i + j] = total as u64;
                carry = (total >> 64) as u64;
            }
            lost |= carry != 0;
        }
        let mut word = U256::ZERO;
        for (i, limb) in product.iter().enumerate() {
            word.set_limb(3 - i, *limb);
        }
        (word, lost)
    }

    /// The sum, where it fits.
    pub fn checked_add(self, other: U256) -> Option<U256> {
        in_range(self.overflowing_add(other))
    }

    /// The difference, where it is not negative.
    pub fn checked_sub(self, other: U256) -> Option<U256> {
        in_range(self.overflowing_sub(other))
    }

    /// The product, where it fits.
    pub fn checked_mul(self, other: U256) -> Option<U256> {
        in_range(self.overflowing_mul(other))
    }

    /// The sum modulo 2^256.
    pub fn wrapping_add(self, other: U256) -> U256 {
        self.overflowing_add(other).0
    }

    /// The difference modulo 2^256.
    pub fn wrapping_sub(self, other: U256) -> U256 {
        self.overflowing_sub(other).0
    }

    /// The product modulo 2^256.
    pub fn wrapping_mul(self, other: U256) -> U256 {
        self.overflowing_mul(other).0
    }

    /// A power of two, for exponents below 256.
    pub fn power_of_two(exponent: u32) -> U256 {
        let mut power = U256::ZERO;
        power.0[31 - exponent as usize / 8] = 1 << (exponent % 8);
        power
    }

    /// Half of it, rounded down.
    pub fn halve(self) -> U256 {
        let mut half = U256::ZERO;
        let mut carry = 0;
        for i in 0..4 {
            let limb = self.limb(i);
            half.set_limb(i, limb >> 1 | carry << 63);
            carry = limb & 1;
        }
        half
    }

    /// The square root, rounded down, by Newton's method from above.
    pub fn sqrt(self) -> U256 {
        if self.is_zero() {
            return self;
        }
        let mut root = U256::power_of_two((self.bits() + 1) / 2);
        loop {
            let next = root.wrapping_add(self / root).halve();
            if next >= root {
                return root;
            }
            root = next;
        }
    }
}

fn in_range((result, is_lost): (U256, bool)) -> Option<U256> {
    if is_lost {
        None
    } else {
        Some(result)
    }
}

impl Div for U256 {
    type Output = U256;

    /// The quotient, rounded down; 0 where the divisor is 0.
    fn div(mut self, divisor: U256) -> U256 {
        // Safety: the host reads and writes 32 bytes behind each pointer.
        unsafe { hooks::math_div(self.0.as_mut_ptr(), divisor.0.as_ptr()) };
        self
    }
}

impl PartialEq for U256 {
    #[inline(never)]
    fn eq(&self, other: &U256) -> bool {
        (0..4).fold(0, |difference, i| difference | (self.raw(i) ^ other.raw(i))) == 0
    }
}

impl Eq for U256 {}

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &U256) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for U256 {
    #[inline(never)]
    fn cmp(&self, other: &U256) -> Ordering {
        for i in 0..4 {
            if self.raw(i) != other.raw(i) {
                return self.limb(i).cmp(&other.limb(i));
            }
        }
        Ordering::Equal
    }
}

impl From<u64> for U256 {
    fn from(value: u64) -> U256 {
        U256::new(value)
    }
}

impl From<bool> for U256 {
    fn from(value: bool) -> U256 {
        U256::new(value as u64)
    }
}

impl From<Address> for U256 {
    fn from(address: Address) -> U256 {
        let mut bytes = [0; 32];
        bytes[12..].copy_from_slice(&address.0);
        U256(bytes)
    }
}

impl Address {
    /// The zero address.
    pub const ZERO: Address = Address([0; 20]);

    /// The low 20 bytes of a word, whatever is above them.
    pub fn from_word(word: U256) -> Address {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&word.0[12..]);
        Address(bytes)
    }

    /// True for the zero address.
    pub fn is_zero(self) -> bool {
        self == Address::ZERO
    }
}
