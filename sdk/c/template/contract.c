// A counter that its deployer may set. README.md has its interface.
#include "sdk/contract.h"

enum { NUMBER = 0, OWNER = 1 }; // storage slots

// keccak256 of Changed(address,uint256)
static const word CHANGED = {{0xb5, 0x2d, 0xda, 0x02, 0x2b, 0x6c, 0x1a, 0x1f, 0x40, 0x90, 0x5a, 0x85, 0xf2, 0x57, 0xf6, 0x89,
                              0xaa, 0x5d, 0x69, 0xd8, 0x50, 0xe4, 0x9c, 0xf9, 0x39, 0xd6, 0x88, 0xfb, 0xe5, 0xaf, 0x59, 0x46}};

static int change(const word *number) {
    address by = sender();
    word log[3] = {CHANGED, word_from_address(&by), *number};
    store_slot(NUMBER, number);
    emit_log(log[0].bytes, sizeof log, 2); // two topics: the event and who changed the number
    return commit();
}

static int return_number(void) {
    word number = load_slot(NUMBER);
    return return_word(&number);
}

static int increment_number(void) {
    word number = load_slot(NUMBER), one = word_from_u64(1);
    require(!word_add(&number, &one, &number), "Counter: overflow");
    return change(&number);
}

static int set(void) {
    word number = arg_word(0), stored = load_slot(OWNER);
    address owner = address_from_word(&stored), caller = sender();
    require(address_equal(&owner, &caller), "Counter: not the owner");
    return change(&number);
}

int user_entrypoint(u32 args_len) {
    u32 selector = read_call(args_len);
    non_payable();
    switch (selector) {
    case 0x8381f58a: return return_number();          // number()
    case 0xd09de08a: return increment_number();       // increment()
    case 0x60fe47b1: return set();                    // set(uint256)
    default: revert_reason("ABI: unknown selector");
    }
}

// constructor(uint256 number)
CONSTRUCTOR int user_constructor(u32 args_len) {
    read_constructor(args_len);
    non_payable();
    word number = arg_word(0);
    address deployer = sender();
    word owner = word_from_address(&deployer);
    store_slot(OWNER, &owner);
    return change(&number);
}
