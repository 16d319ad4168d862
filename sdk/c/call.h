// Calls of other contracts: messages in Solidity's ABI, statuses checked, answers read, reasons for reverting handed on.
#ifndef CONTRACTVM_CALL_H
#define CONTRACTVM_CALL_H

#include "abi.h"

// Words of arguments a message holds at most. A contract may define it before including the header.
#ifndef MESSAGE_WORDS_MAX
#define MESSAGE_WORDS_MAX 8
#endif

// Revert data of a callee that are handed on at most. A contract may define it before including the header.
#ifndef RETURN_DATA_MAX
#define RETURN_DATA_MAX 4096
#endif

// A callee gets what it is given, at most 63/64 of what is left (EIP-150).
#define ALL_GAS (~0ull)

// A function's selector and its arguments.
typedef struct {
    u32 len;
    u8 bytes[4 + 32 * MESSAGE_WORDS_MAX];
} message;

static inline void message_begin(message *m, u32 selector) {
    for (u32 i = 0; i < 4; i++) m->bytes[i] = (u8)(selector >> (24 - 8 * i));
    m->len = 4;
}

ONCE void message_word(message *m, const word *w) {
    if (m->len + 32 > sizeof m->bytes) __builtin_trap();
    copy(m->bytes + m->len, w->bytes, 32);
    m->len += 32;
}

static inline void message_address(message *m, const address *a) {
    word w = word_from_address(a);
    message_word(m, &w);
}

// ---- Calls. Each writes the storage cache first, and forgets it where the callee may change this contract's storage by calling
// back, so that what is loaded afterwards is true. They return 1 for success; the answer, or the callee's revert data, can be read then.

static inline int try_call(const address *to, const word *value, const u8 *data, u32 len) {
    u32 returned;
    storage_flush_cache(1);
    return call_contract(to->bytes, data, len, value->bytes, ALL_GAS, &returned) == 0;
}

// The callee may change nothing.
static inline int try_static_call(const address *to, const u8 *data, u32 len) {
    u32 returned;
    storage_flush_cache(0);
    return static_call_contract(to->bytes, data, len, ALL_GAS, &returned) == 0;
}

// The callee's code runs on this contract's storage, with this call's sender and value.
static inline int try_delegate_call(const address *to, const u8 *data, u32 len) {
    u32 returned;
    storage_flush_cache(1);
    return delegate_call_contract(to->bytes, data, len, ALL_GAS, &returned) == 0;
}

// Reverts with the revert data of the callee that has just failed.
ONCE _Noreturn void forward_revert(void) {
    static u8 data[RETURN_DATA_MAX];
    u32 len = return_data_size();
    require(len > 0, "call: failed without a reason");
    require(len <= RETURN_DATA_MAX, "call: reason too long");
    read_return_data(data, 0, len);
    revert_with(data, len);
}

// Calls, and reverts as the callee does.
static inline void call(const address *to, const message *m) {
    word nothing = word_zero();
    if (!try_call(to, &nothing, m->bytes, m->len)) forward_revert();
}

static inline void static_call(const address *to, const message *m) {
    if (!try_static_call(to, m->bytes, m->len)) forward_revert();
}

// The first word of the answer.
ONCE word answer_word(void) {
    word w;
    require(return_data_size() >= 32, "call: malformed answer");
    read_return_data(w.bytes, 0, 32);
    return w;
}

// For functions that return true or nothing, as tokens do: reverts where the answer is anything else, or nobody answered.
ONCE void require_true(const address *callee) {
    if (return_data_size() == 0) {
        require(account_code_size(callee->bytes) > 0, "call: not a contract");
        return;
    }
    word answer = answer_word(), yes = word_from_u64(1);
    require(word_equal(&answer, &yes), "call: answered false");
}

#endif
