// Uses the parts of the SDK that the example contracts do not. $signature$ stands for a selector.
#include "sdk/contract.h"
#include "sdk/erc20.h"

enum { NUMBER = 0, CALLER = 1, OTHER = 2 };

static int set(void) {
    word number = arg_word(0);
    address by = sender();
    word caller = word_from_address(&by);
    store_slot(NUMBER, &number);
    store_slot(CALLER, &caller);
    return commit();
}

static int return_slot(u32 slot) {
    word value = load_slot(slot);
    return return_word(&value);
}

static int delegate(void) {
    address to = arg_address(0);
    word number = arg_word(1), five = word_from_u64(5), before = load_slot(NUMBER);
    message m;
    // Both are in the cache when the other code runs on the storage.
    store_slot(OTHER, &five);
    message_begin(&m, $set(uint256)$);
    message_word(&m, &number);
    if (!try_delegate_call(&to, m.bytes, m.len)) forward_revert();
    word after = load_slot(NUMBER);
    require(word_is_zero(&before) || !word_equal(&before, &after), "probe: an old value");
    return return_word(&after);
}

static int fail(void) {
    word arguments[2] = {arg_word(0), word_from_u64(7)};
    revert_custom($TooLow(uint256,uint256)$, arguments, 2);
}

static int forward(void) {
    address to = arg_address(0);
    word number = word_from_u64(3);
    message m;
    message_begin(&m, $fail(uint256)$);
    message_word(&m, &number);
    call(&to, &m);
    return commit();
}

static int attempt(void) {
    address to = arg_address(0);
    word nothing = word_zero(), status = word_from_u64(try_call(&to, &nothing, nothing.bytes, 4));
    return return_word(&status);
}

static int transfer(void) {
    address token = arg_address(0), to = sender();
    word one = word_from_u64(1);
    erc20_transfer(&token, &to, &one);
    return commit();
}

static int balance(void) {
    address token = arg_address(0), of = sender();
    word balance = erc20_balance_of(&token, &of);
    return return_word(&balance);
}

int user_entrypoint(u32 args_len) {
    switch (read_call(args_len)) {
    case $set(uint256)$: return set();
    case $number()$: return return_slot(NUMBER);
    case $caller()$: return return_slot(CALLER);
    case $other()$: return return_slot(OTHER);
    case $delegate(address,uint256)$: return delegate();
    case $fail(uint256)$: return fail();
    case $forward(address)$: return forward();
    case $attempt(address)$: return attempt();
    case $transfer(address)$: return transfer();
    case $balance(address)$: return balance();
    default: revert_reason("ABI: unknown selector");
    }
}
