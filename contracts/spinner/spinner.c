// A contract that misbehaves on request: it runs out of gas, traps, recurses without end, grows its memory, leaves early.
// What each function does is in README.md. Its memory may grow; `build` sets the maximum.
#include "contract.h"

// Written in loops and recursions so that the compiler cannot remove them.
static volatile u32 witness;

static u8 encoded[64 + CALLDATA_MAX];

static int spin(void) {
    u64 rounds = arg_u64(0);
    word slot = word_zero();
    for (u64 round = 1; round <= rounds; round++) {
        word value = word_from_u64(round);
        store(&slot, &value);
    }
    return commit();
}

static int work(void) {
    u64 rounds = arg_u64(0);
    for (u64 round = 0; round < rounds; round++) witness = (u32)round;
    return return_u64(witness);
}

static int fill_slots(void) {
    u64 slots = arg_u64(0);
    for (u64 number = 1; number <= slots; number++) {
        word slot = word_from_u64(number);
        store(&slot, &slot);
        storage_flush_cache(0);
    }
    return return_u64(slots);
}

static int grow(void) {
    u64 pages = arg_u64(0);
    require(pages <= 0xffffffff, "ABI: integer out of range");
    u32 before = __builtin_wasm_memory_grow(0, (u32)pages);
    if (before == 0xffffffff) {
        word failed = word_max();
        return return_word(&failed);
    }
    // The last byte of the new memory is there and is zero.
    if (pages > 0) {
        volatile u8 *last = (volatile u8 *)((before + (u32)pages) * 65536u - 1u);
        require(*last == 0, "spinner: new memory is not zero");
        *last = 1;
    }
    return return_u64(before);
}

static u32 descend(u32 depth);

// Through a pointer, so that the compiler neither inlines the recursion nor turns it into a loop.
static u32 (*volatile deeper)(u32 depth) = descend;

static u32 descend(u32 depth) {
    witness = depth;
    return deeper(depth + 1) + witness;
}

static int echo(void) {
    const u8 *data;
    u32 len = arg_bytes(0, &data);
    write_result(encoded, encode_bytes(encoded, data, len));
    return 0;
}

static int exit_with(void) {
    echo();
    exit_early(0);
}

static int environment(void) {
    word result[6];
    address a;
    msg_sender(a.bytes);
    result[0] = word_from_address(&a);
    msg_value(result[1].bytes);
    result[2] = word_from_u64(block_number());
    result[3] = word_from_u64(block_timestamp());
    result[4] = word_from_u64(chainid());
    contract_address(a.bytes);
    result[5] = word_from_address(&a);
    write_result(result[0].bytes, sizeof result);
    return 0;
}

static int fail(void) {
    address account = arg_address(0);
    word arguments[3] = {word_from_address(&account), arg_word(1), arg_word(2)};
    revert_custom(0xe450d38c, arguments, 3); // ERC20InsufficientBalance(address,uint256,uint256)
}

int user_entrypoint(u32 args_len) {
    pay_for_memory_grow(0); // keeps the import, which a memory that can grow requires
    u32 selector = read_call(args_len);
    if (selector == 0x9dca0032) return environment(); // env()
    non_payable();
    switch (selector) {
    case 0xa5b6ea8f: return spin();                   // spin(uint256)
    case 0x5858d161: return work();                   // work(uint256)
    case 0x3fda5389: return fill_slots();             // fill(uint256)
    case 0x28531f06: return grow();                   // grow(uint256)
    case 0xa169ce09: __builtin_trap();                // boom()
    case 0xea0f66b1: return return_u64(descend(0));   // recurse()
    case 0x624fbfdc: return echo();                   // echo(bytes)
    case 0x0ab5b0c7: return exit_with();              // exitEarly(bytes)
    case 0x3f865209: return fail();                   // fail(address,uint256,uint256)
    default: revert_reason("ABI: unknown selector");
    }
}
