//! The host functions as they are: all 42 of the Stylus `vm_hooks` interface, in its canonical order.
//!
//! Pointers are to the contract's memory: addresses are 20 bytes, words 32 bytes, big-endian. A pointer that reaches outside memory
//! ends the call as a failure. The functions of [`crate::host`] are safe.
#![allow(missing_docs)]

#[link(wasm_import_module = "vm_hooks")]
extern "C" {
    // Calldata and result.
    pub fn read_args(dest: *mut u8);
    pub fn write_result(data: *const u8, len: u32);
    pub fn exit_early(status: u32) -> !;
    // Storage. A write goes to the frame's cache; what is not flushed is lost when the call returns.
    pub fn storage_load_bytes32(key: *const u8, dest: *mut u8);
    pub fn storage_cache_bytes32(key: *const u8, value: *const u8);
    pub fn storage_flush_cache(clear: u32);
    pub fn transient_load_bytes32(key: *const u8, dest: *mut u8);
    pub fn transient_store_bytes32(key: *const u8, value: *const u8);
    // Calls. They return 0 on success; the length of the data returned is written as a little-endian u32.
    pub fn call_contract(contract: *const u8, data: *const u8, data_len: u32, value: *const u8, gas: u64, return_len: *mut u32) -> u32;
    pub fn delegate_call_contract(contract: *const u8, data: *const u8, data_len: u32, gas: u64, return_len: *mut u32) -> u32;
    pub fn static_call_contract(contract: *const u8, data: *const u8, data_len: u32, gas: u64, return_len: *mut u32) -> u32;
    pub fn create1(code: *const u8, code_len: u32, endowment: *const u8, contract_out: *mut u8, revert_len_out: *mut u32);
    pub fn create2(code: *const u8, code_len: u32, endowment: *const u8, salt: *const u8, contract_out: *mut u8, revert_len_out: *mut u32);
    pub fn read_return_data(dest: *mut u8, offset: u32, size: u32) -> u32;
    pub fn return_data_size() -> u32;
    // Logs: the buffer is 32 bytes per topic (at most 4), then the data.
    pub fn emit_log(data: *const u8, len: u32, topics: u32);
    // Accounts.
    pub fn account_balance(address: *const u8, dest: *mut u8);
    pub fn account_code(address: *const u8, offset: u32, size: u32, dest: *mut u8) -> u32;
    pub fn account_code_size(address: *const u8) -> u32;
    pub fn account_codehash(address: *const u8, dest: *mut u8);
    // What is left to spend: gas, and ink (the machine's finer unit).
    pub fn evm_gas_left() -> u64;
    pub fn evm_ink_left() -> u64;
    // The block and the chain.
    pub fn block_basefee(dest: *mut u8);
    pub fn chainid() -> u64;
    pub fn block_coinbase(dest: *mut u8);
    pub fn block_gas_limit() -> u64;
    pub fn block_number() -> u64;
    pub fn block_timestamp() -> u64;
    pub fn contract_address(dest: *mut u8);
    // 256-bit arithmetic in place on the first operand; a division or remainder by zero gives zero.
    pub fn math_div(value: *mut u8, divisor: *const u8);
    pub fn math_mod(value: *mut u8, modulus: *const u8);
    pub fn math_pow(value: *mut u8, exponent: *const u8);
    pub fn math_add_mod(value: *mut u8, addend: *const u8, modulus: *const u8);
    pub fn math_mul_mod(value: *mut u8, multiplier: *const u8, modulus: *const u8);
    // The call.
    pub fn msg_reentrant() -> u32;
    pub fn msg_sender(dest: *mut u8);
    pub fn msg_value(dest: *mut u8);
    pub fn native_keccak256(data: *const u8, len: u32, dest: *mut u8);
    pub fn tx_gas_price(dest: *mut u8);
    pub fn tx_ink_price() -> u32;
    pub fn tx_origin(dest: *mut u8);
    // Memory. Every memory.grow is charged by the machine itself; a contract whose memory can grow must import this
    // function, and calls it once with 0 so that the linker keeps the import.
    pub fn pay_for_memory_grow(pages: u32);
}
