//! The host functions with Rust's types. Storage, calls, arguments and results have modules of their own.

use crate::{hooks, Address, U256};

// Safety, throughout this file: the host reads or writes exactly as many bytes as the buffer has that a pointer is taken of.

fn word(read: unsafe extern "C" fn(*mut u8)) -> U256 {
    let mut bytes = [0; 32];
    unsafe { read(bytes.as_mut_ptr()) };
    U256::from_be_bytes(bytes)
}

fn address(read: unsafe extern "C" fn(*mut u8)) -> Address {
    let mut bytes = [0; 20];
    unsafe { read(bytes.as_mut_ptr()) };
    Address(bytes)
}

/// keccak256.
pub fn keccak256(data: &[u8]) -> U256 {
    let mut hash = [0; 32];
    unsafe { hooks::native_keccak256(data.as_ptr(), data.len() as u32, hash.as_mut_ptr()) };
    U256::from_be_bytes(hash)
}

/// The caller.
pub fn msg_sender() -> Address {
    address(hooks::msg_sender)
}

/// Wei that came with the call.
pub fn msg_value() -> U256 {
    word(hooks::msg_value)
}

/// True where this contract is running in an outer frame too.
pub fn msg_reentrant() -> bool {
    unsafe { hooks::msg_reentrant() != 0 }
}

/// This contract.
pub fn contract_address() -> Address {
    address(hooks::contract_address)
}

/// Who signed the transaction.
pub fn tx_origin() -> Address {
    address(hooks::tx_origin)
}

/// The transaction's price of gas, in wei.
pub fn tx_gas_price() -> U256 {
    word(hooks::tx_gas_price)
}

/// The chain's id.
pub fn chain_id() -> u64 {
    unsafe { hooks::chainid() }
}

/// The block's number.
pub fn block_number() -> u64 {
    unsafe { hooks::block_number() }
}

/// The block's time, in seconds since 1970.
pub fn block_timestamp() -> u64 {
    unsafe { hooks::block_timestamp() }
}

/// The block's base fee.
pub fn block_basefee() -> U256 {
    word(hooks::block_basefee)
}

/// Who gets the block's fees.
pub fn block_coinbase() -> Address {
    address(hooks::block_coinbase)
}

/// The block's limit of gas.
pub fn block_gas_limit() -> u64 {
    unsafe { hooks::block_gas_limit() }
}

/// Gas left.
pub fn gas_left() -> u64 {
    unsafe { hooks::evm_gas_left() }
}

/// An account's wei.
pub fn balance(account: Address) -> U256 {
    let mut bytes = [0; 32];
    unsafe { hooks::account_balance(account.0.as_ptr(), bytes.as_mut_ptr()) };
    U256::from_be_bytes(bytes)
}

/// The size of an account's code; 0 where it is no contract.
pub fn code_size(account: Address) -> u32 {
    unsafe { hooks::account_code_size(account.0.as_ptr()) }
}

/// Emits a log of words, of which the first `topics` (at most 4) are its topics; the first is the event's hash.
pub fn emit<const N: usize>(topics: u32, words: [U256; N]) {
    let mut log = [[0; 32]; N];
    for (bytes, word) in log.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    unsafe { hooks::emit_log(log.as_ptr() as *const u8, 32 * N as u32, topics) }
}

/// Emits a log of bytes: 32 for each topic, then the data.
pub fn emit_bytes(topics: u32, log: &[u8]) {
    unsafe { hooks::emit_log(log.as_ptr(), log.len() as u32, topics) }
}
