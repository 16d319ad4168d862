// Solidity's contract ABI: reading arguments, with every length and padding checked, and writing results and reverts.
// https://docs.soliditylang.org/en/latest/abi-spec.html
#ifndef CONTRACTVM_ABI_H
#define CONTRACTVM_ABI_H

#include "word.h"

// Calldata longer than this reverts. A contract may define it before including the header.
#ifndef CALLDATA_MAX
#define CALLDATA_MAX 16384
#endif

static u8 calldata[CALLDATA_MAX];
static u32 calldata_len;
static u32 arguments_start; // 4 after a selector, 0 in a constructor

// ---- Reverts: they end the call at once; nothing that is in the storage cache is written.

#define REVERT_REASON_MAX 128

static _Noreturn void revert_with(const u8 *data, u32 len) {
    write_result(data, len);
    exit_early(1);
}

// Reverts with Error(string), selector 0x08c379a0: what Solidity's require(false, "reason") does.
static _Noreturn void revert_reason(const char *reason) {
    u8 data[4 + 64 + REVERT_REASON_MAX] = {0x08, 0xc3, 0x79, 0xa0};
    u32 len = 0;
    data[4 + 31] = 32;
    for (; reason[len] != 0 && len < REVERT_REASON_MAX; len++) data[68 + len] = (u8)reason[len];
    data[4 + 63] = (u8)len;
    revert_with(data, 68 + ((len + 31) & ~31u));
}

// Reverts with a custom error, for instance ERC20InsufficientBalance(address,uint256,uint256): its selector and up to
// four static arguments.
static inline _Noreturn void revert_custom(u32 selector, const word *arguments, u32 count) {
    u8 data[4 + 4 * 32];
    if (count > 4) __builtin_trap();
    for (u32 i = 0; i < 4; i++) data[i] = (u8)(selector >> (24 - 8 * i));
    for (u32 i = 0; i < count; i++) copy(data + 4 + 32 * i, arguments[i].bytes, 32);
    revert_with(data, 4 + 32 * count);
}

static inline void require(int condition, const char *reason) {
    if (!condition) revert_reason(reason);
}

// ---- Calldata

// Reads the calldata of a function call and returns its selector.
static inline u32 read_call(u32 args_len) {
    require(args_len <= CALLDATA_MAX, "ABI: calldata too long");
    require(args_len >= 4, "ABI: calldata too short");
    read_args(calldata);
    calldata_len = args_len;
    arguments_start = 4;
    return (u32)calldata[0] << 24 | (u32)calldata[1] << 16 | (u32)calldata[2] << 8 | calldata[3];
}

// Reads the arguments of a constructor, which have no selector.
static inline void read_constructor(u32 args_len) {
    require(args_len <= CALLDATA_MAX, "ABI: calldata too long");
    read_args(calldata);
    calldata_len = args_len;
    arguments_start = 0;
}

// Reverts when the call carries value.
static inline void non_payable(void) {
    word value;
    msg_value(value.bytes);
    require(word_is_zero(&value), "ABI: function is not payable");
}

// Argument number `index` (from 0) as it stands in the head.
static inline word arg_word(u32 index) {
    u32 start = arguments_start + 32 * index;
    word w;
    require(start + 32 <= calldata_len, "ABI: calldata too short");
    copy(w.bytes, calldata + start, 32);
    return w;
}

static inline address checked_address(const word *w) {
    u8 dirty = 0;
    for (u32 i = 0; i < 12; i++) dirty |= w->bytes[i];
    require(dirty == 0, "ABI: address has dirty upper bytes");
    return address_from_word(w);
}

ONCE address arg_address(u32 index) {
    word w = arg_word(index);
    return checked_address(&w);
}

ONCE u64 arg_u64(u32 index) {
    word w = arg_word(index);
    require(word_fits_u64(&w), "ABI: integer out of range");
    return word_limb(&w, 3);
}

static inline u8 arg_u8(u32 index) {
    u64 value = arg_u64(index);
    require(value <= 0xff, "ABI: integer out of range");
    return (u8)value;
}

// An argument of as many elements as its first word says: sets *data to the first and returns how many there are.
static inline u32 arg_dynamic(u32 index, u32 element_size, const u8 **data) {
    u32 available = calldata_len - arguments_start;
    u64 offset = arg_u64(index);
    require(offset <= available && available - offset >= 32, "ABI: bad offset");
    word length;
    copy(length.bytes, calldata + arguments_start + (u32)offset, 32);
    u64 limit = (available - offset - 32) / element_size;
    require(word_fits_u64(&length) && word_limb(&length, 3) <= limit, "ABI: bad length");
    *data = calldata + arguments_start + (u32)offset + 32;
    return (u32)word_limb(&length, 3);
}

// A bytes or string argument: sets *data to its first byte inside the calldata and returns its length.
ONCE u32 arg_bytes(u32 index, const u8 **data) { return arg_dynamic(index, 1, data); }

// An address[] argument: sets *data to its first element, a word for each, and returns how many there are.
static inline u32 arg_addresses(u32 index, const u8 **data) { return arg_dynamic(index, 32, data); }

// Element number `index` of what arg_addresses gave.
static inline address address_at(const u8 *data, u32 index) {
    word w;
    copy(w.bytes, data + 32 * index, 32);
    return checked_address(&w);
}

// ---- Results: each sets the return data and gives the status for success, to be returned by the entry point.

static inline int return_word(const word *w) {
    write_result(w->bytes, 32);
    return 0;
}

static inline int return_u64(u64 value) {
    word w = word_from_u64(value);
    return return_word(&w);
}

static inline int return_address(const address *a) {
    word w = word_from_address(a);
    return return_word(&w);
}

// Writes length and bytes of a bytes or string value, as they stand in an encoding's tail: `out` holds 32 bytes more than
// the length rounded up to 32. Returns how many it wrote.
static inline u32 encode_tail(u8 *out, const u8 *data, u32 len) {
    u32 padded = (len + 31) & ~31u;
    word length = word_from_u64(len);
    copy(out, length.bytes, 32);
    copy(out + 32, data, len);
    fill(out + 32 + len, 0, padded - len);
    return 32 + padded;
}

// Writes the ABI encoding of one bytes or string value to `out`, which holds 64 bytes more than the length rounded up
// to 32, and returns the encoding's length.
ONCE u32 encode_bytes(u8 *out, const u8 *data, u32 len) {
    word offset = word_from_u64(32);
    copy(out, offset.bytes, 32);
    return 32 + encode_tail(out + 32, data, len);
}

#endif
