//! Solidity's contract ABI: arguments, with every length and padding checked, results and reverts.
//! <https://docs.soliditylang.org/en/latest/abi-spec.html>

use crate::{hooks, host, scratch::Scratch, Address, SUCCESS, U256};

/// Calldata longer than this reverts.
pub const CALLDATA_MAX: usize = 16384;

/// A longer reason is cut off.
pub const REVERT_REASON_MAX: usize = 128;

static CALLDATA: Scratch<CALLDATA_MAX> = Scratch::new();

// ---- Reverts: they end the call at once; nothing that is in the storage cache is written.

/// Reverts with these data.
pub fn revert_with(data: &[u8]) -> ! {
    return_bytes(data);
    // Safety: takes no pointer.
    unsafe { hooks::exit_early(1) }
}

/// Reverts with Error(string), selector 0x08c379a0: what Solidity's require(false, "reason") does.
#[inline(never)]
pub fn revert(reason: &str) -> ! {
    let mut data = [0; 4 + 64 + REVERT_REASON_MAX];
    let len = reason.len().min(REVERT_REASON_MAX);
    data[..4].copy_from_slice(&0x08c379a0u32.to_be_bytes());
    data[4 + 31] = 32;
    data[4 + 63] = len as u8;
    data[68..68 + len].copy_from_slice(&reason.as_bytes()[..len]);
    revert_with(&data[..68 + padded(len)])
}

/// Reverts with a custom error: its selector and static arguments.
pub fn revert_custom<const N: usize>(selector: u32, arguments: [U256; N]) -> ! {
    let mut data = [0; 4 + 4 * 32];
    assert!(N <= 4);
    data[..4].copy_from_slice(&selector.to_be_bytes());
    for (i, argument) in arguments.iter().enumerate() {
        data[4 + 32 * i..36 + 32 * i].copy_from_slice(argument.as_be_bytes());
    }
    revert_with(&data[..4 + 32 * N])
}

/// Reverts with a reason where the condition does not hold.
#[inline(always)]
pub fn require(condition: bool, reason: &str) {
    if !condition {
        revert(reason)
    }
}

/// Reverts where the call carries wei.
pub fn non_payable() {
    require(host::msg_value().is_zero(), "ABI: function is not payable");
}

const fn padded(len: usize) -> usize {
    (len + 31) & !31
}

// ---- Calldata

/// The calldata of a call.
#[derive(Clone, Copy)]
pub struct Input {
    selector: u32,
    arguments: &'static [u8],
}

impl Input {
    /// Reads a function call: a selector and arguments. Once in a call.
    pub fn read_call(len: u32) -> Input {
        let data = read(len);
        require(data.len() >= 4, "ABI: calldata too short");
        Input { selector: u32::from_be_bytes([data[0], data[1], data[2], data[3]]), arguments: &data[4..] }
    }

    /// Reads a constructor's arguments, which have no selector. Once in a call.
    pub fn read_constructor(len: u32) -> Input {
        Input { selector: 0, arguments: read(len) }
    }

    /// The function's selector.
    pub fn selector(self) -> u32 {
        self.selector
    }

    /// Argument number `index` (from 0) as it stands in the head.
    #[inline(never)]
    pub fn word(self, index: usize) -> U256 {
        require(32 * index + 32 <= self.arguments.len(), "ABI: calldata too short");
        word_at(self.arguments, 32 * index)
    }

    /// An address argument.
    #[inline(never)]
    pub fn address(self, index: usize) -> Address {
        checked_address(self.word(index))
    }

    /// A uint64 argument.
    #[inline(never)]
    pub fn u64(self, index: usize) -> u64 {
        match self.word(index).to_u64() {
            Some(value) => value,
            None => revert("ABI: integer out of range"),
        }
    }

    /// A uint8 argument.
    pub fn u8(self, index: usize) -> u8 {
        let value = self.u64(index);
        require(value <= 0xff, "ABI: integer out of range");
        value as u8
    }

    /// A bytes or string argument.
    pub fn bytes(self, index: usize) -> &'static [u8] {
        self.dynamic(index, 1)
    }

    /// An address[] argument.
    pub fn addresses(self, index: usize) -> impl ExactSizeIterator<Item = Address> {
        self.dynamic(index, 32).chunks_exact(32).map(|element| checked_address(word_at(element, 0)))
    }

    #[inline(never)]
    fn dynamic(self, index: usize, element_size: usize) -> &'static [u8] {
        let available = self.arguments.len();
        let offset = self.u64(index);
        require(offset <= available as u64 && available - offset as usize >= 32, "ABI: bad offset");
        let (head, tail) = self.arguments[offset as usize..].split_at(32);
        match word_at(head, 0).to_u64() {
            Some(length) if length <= (tail.len() / element_size) as u64 => &tail[..length as usize * element_size],
            _ => revert("ABI: bad length"),
        }
    }
}

fn read(len: u32) -> &'static [u8] {
    require(len as usize <= CALLDATA_MAX, "ABI: calldata too long");
    let buffer = CALLDATA.take();
    // Safety: the host writes `len` bytes, which the buffer holds.
    unsafe { hooks::read_args(buffer.as_mut_ptr()) };
    &buffer[..len as usize]
}

fn word_at(data: &[u8], start: usize) -> U256 {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&data[start..start + 32]);
    U256::from_be_bytes(bytes)
}

fn checked_address(word: U256) -> Address {
    require(word.bits() <= 160, "ABI: address has dirty upper bytes");
    Address::from_word(word)
}

// ---- Results: each sets the return data and gives the status for success, to be returned by the entry point.

/// Returns bytes as they are.
pub fn return_bytes(data: &[u8]) -> u32 {
    // Safety: the host reads as many bytes as there are.
    unsafe { hooks::write_result(data.as_ptr(), data.len() as u32) };
    SUCCESS
}

/// Returns a word, or what fits one: a number, a bool, an address.
pub fn return_word(value: impl Into<U256>) -> u32 {
    return_bytes(value.into().as_be_bytes())
}

/// Writes an encoding, piece by piece, to a buffer. Traps where the buffer is too small.
pub struct Encoder<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> Encoder<'a> {
    /// An encoding that begins where the buffer does.
    pub fn new(out: &'a mut [u8]) -> Encoder<'a> {
        Encoder { out, len: 0 }
    }

    /// One word.
    pub fn word(&mut self, value: impl Into<U256>) -> &mut Encoder<'a> {
        self.raw(value.into().as_be_bytes())
    }

    /// Length, bytes and padding of a bytes or string value, as they stand in an encoding's tail.
    pub fn tail(&mut self, data: &[u8]) -> &mut Encoder<'a> {
        self.word(data.len() as u64).raw(data);
        let padding = padded(data.len()) - data.len();
        self.out[self.len..self.len + padding].fill(0);
        self.len += padding;
        self
    }

    fn raw(&mut self, data: &[u8]) -> &mut Encoder<'a> {
        self.out[self.len..self.len + data.len()].copy_from_slice(data);
        self.len += data.len();
        self
    }

    /// What has been written.
    pub fn bytes(&self) -> &[u8] {
        &self.out[..self.len]
    }
}
