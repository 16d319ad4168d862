//! Calls of other contracts: messages in Solidity's ABI, statuses checked, answers read, reasons for reverting handed on.
//!
//! Every call writes the storage cache first, and forgets it where the callee may change this contract's storage by calling back, so
//! that what is loaded afterwards is true.

use crate::abi::{require, revert_with};
use crate::{hooks, host, scratch::Scratch, storage, Address, U256};

/// Words of arguments a message holds at most.
pub const MESSAGE_WORDS_MAX: usize = 8;

/// Revert data of a callee that are handed on at most.
pub const RETURN_DATA_MAX: usize = 4096;

/// A callee gets what it is given, at most 63/64 of what is left (EIP-150).
pub const ALL_GAS: u64 = u64::MAX;

static RETURN_DATA: Scratch<RETURN_DATA_MAX> = Scratch::new();

/// A function's selector and its arguments.
pub struct Message {
    bytes: [u8; 4 + 32 * MESSAGE_WORDS_MAX],
    len: usize,
}

impl Message {
    /// A call without arguments.
    pub fn new(selector: u32) -> Message {
        let mut message = Message { bytes: [0; 4 + 32 * MESSAGE_WORDS_MAX], len: 4 };
        message.bytes[..4].copy_from_slice(&selector.to_be_bytes());
        message
    }

    /// The same with one argument more: a number, a bool, an address.
    pub fn with(mut self, argument: impl Into<U256>) -> Message {
        self.bytes[self.len..self.len + 32].copy_from_slice(argument.into().as_be_bytes());
        self.len += 32;
        self
    }

    /// The calldata.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

// Safety, in the three calls: addresses are 20 bytes, the value 32, the data as long as is said, and the length is written to a u32.

/// Calls with wei. True for success; the answer, or the callee's revert data, can be read then.
pub fn try_call(to: Address, value: U256, data: &[u8]) -> bool {
    let mut returned = 0;
    let value = value.as_be_bytes();
    storage::flush(true);
    unsafe { hooks::call_contract(to.0.as_ptr(), data.as_ptr(), data.len() as u32, value.as_ptr(), ALL_GAS, &mut returned) == 0 }
}

/// The same for a callee that may change nothing.
pub fn try_static_call(to: Address, data: &[u8]) -> bool {
    let mut returned = 0;
    storage::flush(false);
    unsafe { hooks::static_call_contract(to.0.as_ptr(), data.as_ptr(), data.len() as u32, ALL_GAS, &mut returned) == 0 }
}

/// Runs the callee's code on this contract's storage, with this call's sender and value.
pub fn try_delegate_call(to: Address, data: &[u8]) -> bool {
    let mut returned = 0;
    storage::flush(true);
    unsafe { hooks::delegate_call_contract(to.0.as_ptr(), data.as_ptr(), data.len() as u32, ALL_GAS, &mut returned) == 0 }
}

/// The length of the last call's answer or revert data.
pub fn return_data_size() -> usize {
    // Safety: takes no pointer.
    unsafe { hooks::return_data_size() as usize }
}

/// Copies the beginning of the last call's data, and returns how much that is.
pub fn read_return_data(buffer: &mut [u8]) -> usize {
    // Safety: the host writes at most as many bytes as the buffer has.
    unsafe { hooks::read_return_data(buffer.as_mut_ptr(), 0, buffer.len() as u32) as usize }
}

/// Reverts with the revert data of the callee that has just failed.
#[inline(never)]
pub fn forward_revert() -> ! {
    let len = return_data_size();
    require(len > 0, "call: failed without a reason");
    require(len <= RETURN_DATA_MAX, "call: reason too long");
    let data = RETURN_DATA.take();
    read_return_data(data);
    revert_with(&data[..len])
}

/// Calls, and reverts as the callee does.
pub fn call(to: Address, message: &Message) {
    if !try_call(to, U256::ZERO, message.bytes()) {
        forward_revert()
    }
}

/// Calls a callee that may change nothing, and reverts as it does.
pub fn static_call(to: Address, message: &Message) {
    if !try_static_call(to, message.bytes()) {
        forward_revert()
    }
}

/// The first word of the answer.
#[inline(never)]
pub fn answer_word() -> U256 {
    let mut bytes = [0; 32];
    require(return_data_size() >= 32, "call: malformed answer");
    read_return_data(&mut bytes);
    U256::from_be_bytes(bytes)
}

/// For functions that return true or nothing, as tokens do: reverts where the answer is anything else, or nobody answered.
#[inline(never)]
pub fn require_true(callee: Address) {
    if return_data_size() == 0 {
        return require(host::code_size(callee) > 0, "call: not a contract");
    }
    require(answer_word() == U256::ONE, "call: answered false");
}
