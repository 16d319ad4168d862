// The host functions a contract may import: all 42 of the Stylus `vm_hooks` ABI, in its canonical order.
// Pointers are offsets in the contract's memory. Addresses are 20 bytes; words are 32 bytes, big-endian.
// A pointer that reaches outside memory ends the call as a failure, with no data.
#ifndef CONTRACTVM_VM_HOOKS_H
#define CONTRACTVM_VM_HOOKS_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

_Static_assert(sizeof(u32) == 4 && sizeof(u64) == 8 && sizeof(void *) == 4, "compile with --target=wasm32");

#define VM_HOOK(name) __attribute__((import_module("vm_hooks"), import_name(#name))) extern

// Calldata and result.
VM_HOOK(read_args) void read_args(u8 *dest);
VM_HOOK(write_result) void write_result(const u8 *data, u32 len);
VM_HOOK(exit_early) _Noreturn void exit_early(u32 status);

// Storage. A write goes to the frame's cache; what is not flushed is lost when the call returns.
VM_HOOK(storage_load_bytes32) void storage_load_bytes32(const u8 *key, u8 *dest);
VM_HOOK(storage_cache_bytes32) void storage_cache_bytes32(const u8 *key, const u8 *value);
VM_HOOK(storage_flush_cache) void storage_flush_cache(u32 clear);
VM_HOOK(transient_load_bytes32) void transient_load_bytes32(const u8 *key, u8 *dest);
VM_HOOK(transient_store_bytes32) void transient_store_bytes32(const u8 *key, const u8 *value);

// Calls. They return 0 on success; the length of the data returned is written as a little-endian u32.
VM_HOOK(call_contract) u32 call_contract(const u8 *contract, const u8 *data, u32 data_len, const u8 *value, u64 gas, u32 *return_len);
VM_HOOK(delegate_call_contract) u32 delegate_call_contract(const u8 *contract, const u8 *data, u32 data_len, u64 gas, u32 *return_len);
VM_HOOK(static_call_contract) u32 static_call_contract(const u8 *contract, const u8 *data, u32 data_len, u64 gas, u32 *return_len);
VM_HOOK(create1) void create1(const u8 *code, u32 code_len, const u8 *endowment, u8 *contract_out, u32 *revert_len_out);
VM_HOOK(create2) void create2(const u8 *code, u32 code_len, const u8 *endowment, const u8 *salt, u8 *contract_out, u32 *revert_len_out);
VM_HOOK(read_return_data) u32 read_return_data(u8 *dest, u32 offset, u32 size);
VM_HOOK(return_data_size) u32 return_data_size(void);

// Logs: the buffer is 32 bytes per topic (at most 4), then the data.
VM_HOOK(emit_log) void emit_log(const u8 *data, u32 len, u32 topics);

// Accounts.
VM_HOOK(account_balance) void account_balance(const u8 *address, u8 *dest);
VM_HOOK(account_code) u32 account_code(const u8 *address, u32 offset, u32 size, u8 *dest);
VM_HOOK(account_code_size) u32 account_code_size(const u8 *address);
VM_HOOK(account_codehash) void account_codehash(const u8 *address, u8 *dest);

// What is left to spend: gas, and ink (the machine's finer unit).
VM_HOOK(evm_gas_left) u64 evm_gas_left(void);
VM_HOOK(evm_ink_left) u64 evm_ink_left(void);

// The block and the chain.
VM_HOOK(block_basefee) void block_basefee(u8 *dest);
VM_HOOK(chainid) u64 chainid(void);
VM_HOOK(block_coinbase) void block_coinbase(u8 *dest);
VM_HOOK(block_gas_limit) u64 block_gas_limit(void);
VM_HOOK(block_number) u64 block_number(void);
VM_HOOK(block_timestamp) u64 block_timestamp(void);
VM_HOOK(contract_address) void contract_address(u8 *dest);

// 256-bit arithmetic in place on the first operand; a division or remainder by zero gives zero.
VM_HOOK(math_div) void math_div(u8 *value, const u8 *divisor);
VM_HOOK(math_mod) void math_mod(u8 *value, const u8 *modulus);
VM_HOOK(math_pow) void math_pow(u8 *value, const u8 *exponent);
VM_HOOK(math_add_mod) void math_add_mod(u8 *value, const u8 *addend, const u8 *modulus);
VM_HOOK(math_mul_mod) void math_mul_mod(u8 *value, const u8 *multiplier, const u8 *modulus);

// The call.
VM_HOOK(msg_reentrant) u32 msg_reentrant(void);
VM_HOOK(msg_sender) void msg_sender(u8 *dest);
VM_HOOK(msg_value) void msg_value(u8 *dest);
VM_HOOK(native_keccak256) void native_keccak256(const u8 *data, u32 len, u8 *dest);
VM_HOOK(tx_gas_price) void tx_gas_price(u8 *dest);
VM_HOOK(tx_ink_price) u32 tx_ink_price(void);
VM_HOOK(tx_origin) void tx_origin(u8 *dest);

// Memory. Every memory.grow is charged by the machine itself; a contract whose memory can grow must import this
// function, and calls it once with 0 so that the linker keeps the import.
VM_HOOK(pay_for_memory_grow) void pay_for_memory_grow(u32 pages);

#undef VM_HOOK
#endif
