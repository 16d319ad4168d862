// Does what a script in its calldata says, one action after the other, and reports what it saw: for tests of trees of calls. With constructor
// arguments, the same.
#include "vm_hooks.h"

#define MOST_SCRIPT 8192
#define MOST_REPORT 32768
#define MOST_CODE 8192

static u8 script[MOST_SCRIPT], report[MOST_REPORT], creation[9 + MOST_CODE + MOST_SCRIPT];
static u32 position, reported;

static void give(const u8 *bytes, u32 length) {
    if (length > MOST_REPORT - reported) __builtin_trap();
    __builtin_memcpy(report + reported, bytes, length);
    reported += length;
}

static void give_u8(u32 value) {
    u8 byte = (u8)value;
    give(&byte, 1);
}

static void give_u32(u32 value) { give((const u8 *)&value, 4); }

static const u8 *take(u32 length) {
    const u8 *bytes = script + position;
    position += length;
    if (position > MOST_SCRIPT) __builtin_trap();
    return bytes;
}

static u32 take_u32(void) {
    u32 value;
    __builtin_memcpy(&value, take(4), 4);
    return value;
}

static u64 take_u64(void) {
    u64 value;
    __builtin_memcpy(&value, take(8), 8);
    return value;
}

static void call_out(void) {
    u32 kind = take(1)[0], returned = 0, status;
    const u8 *to = take(20), *value = take(32);
    u64 gas = take_u64();
    u32 length = take_u32();
    const u8 *data = take(length);
    if (kind == 0) status = call_contract(to, data, length, value, gas, &returned);
    else if (kind == 1) status = delegate_call_contract(to, data, length, gas, &returned);
    else status = static_call_contract(to, data, length, gas, &returned);
    give_u8(status);
    give_u32(returned);
}

static void create(void) {
    u32 kind = take(1)[0], revert = 0;
    const u8 *value = take(32), *salt = take(32);
    u32 length = take_u32();
    const u8 *arguments = take(length);
    u8 self[20], created[20];
    contract_address(self);
    u32 code = account_code(self, 0, MOST_CODE, creation + 9);
    __builtin_memcpy(creation, "\0cvm\1", 5);
    for (u32 i = 0; i < 4; i++) creation[5 + i] = (u8)(code >> (24 - 8 * i));
    __builtin_memcpy(creation + 9 + code, arguments, length);
    if (kind == 0) create1(creation, 9 + code + length, value, created, &revert);
    else create2(creation, 9 + code + length, value, salt, created, &revert);
    give(created, 20);
    give_u32(revert);
}

static __attribute__((noinline)) u32 descend(volatile u32 *depth) {
    *depth += 1;
    return *depth == 0 ? 0 : descend(depth) + *depth;
}

static u32 run(u32 length) {
    u8 word[32];
    u32 size, depth = 0;
    if (length > MOST_SCRIPT) __builtin_trap();
    read_args(script);
    while (position < length) {
        switch (take(1)[0]) {
            case 1: {
                const u8 *key = take(32);
                storage_cache_bytes32(key, take(32));
                break;
            }
            case 2: storage_flush_cache(take(1)[0]); break;
            case 3: {
                const u8 *key = take(32);
                transient_store_bytes32(key, take(32));
                break;
            }
            case 4: {
                u32 topics = take(1)[0];
                u32 bytes = take_u32();
                emit_log(take(bytes), bytes, topics);
                break;
            }
            case 5: call_out(); break;
            case 6: create(); break;
            case 7:
                storage_load_bytes32(take(32), word);
                give(word, 32);
                break;
            case 8:
                write_result(report, reported);
                exit_early(take(1)[0]);
                break;
            case 9: __builtin_trap();
            case 10: native_keccak256((const u8 *)0, 0xffffffff, word); break;
            case 11: give_u32(descend(&depth)); break;
            case 12:
                transient_load_bytes32(take(32), word);
                give(word, 32);
                break;
            case 13:
                account_balance(take(20), word);
                give(word, 32);
                break;
            case 14:
                give_u8(msg_reentrant());
                msg_sender(word);
                give(word, 20);
                msg_value(word);
                give(word, 32);
                contract_address(word);
                give(word, 20);
                give_u32(return_data_size());
                break;
            case 15:
                account_codehash(take(20), word);
                give(word, 32);
                break;
            case 16:
                size = take_u32();
                if (size > MOST_REPORT - reported) __builtin_trap();
                reported += read_return_data(report + reported, 0, size);
                break;
            default: __builtin_trap();
        }
    }
    write_result(report, reported);
    return 0;
}

__attribute__((export_name("user_entrypoint"))) u32 user_entrypoint(u32 length) { return run(length); }

__attribute__((export_name("user_constructor"))) u32 user_constructor(u32 length) { return run(length); }
