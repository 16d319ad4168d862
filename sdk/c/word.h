// Words (32 bytes, big-endian) and addresses (20 bytes), and unsigned 256-bit arithmetic on words.
#ifndef CONTRACTVM_WORD_H
#define CONTRACTVM_WORD_H

#include "vm_hooks.h"

typedef struct { _Alignas(8) u8 bytes[32]; } word;
typedef struct { u8 bytes[20]; } address;

// The compiler turns these into memory.copy and memory.fill, or into plain loads and stores: no C library is needed.
static inline void copy(void *to, const void *from, u32 len) { __builtin_memcpy(to, from, len); }
static inline void fill(void *to, u8 value, u32 len) { __builtin_memset(to, value, len); }

// Limb 0 is the most significant 64 bits.
static inline u64 word_limb(const word *w, u32 limb) {
    u64 raw;
    __builtin_memcpy(&raw, w->bytes + 8 * limb, 8);
    return __builtin_bswap64(raw);
}

// The same bytes in the machine's order: enough, and cheaper, where only equality matters.
static inline u64 word_raw(const word *w, u32 limb) {
    u64 raw;
    __builtin_memcpy(&raw, w->bytes + 8 * limb, 8);
    return raw;
}

static inline void word_set_limb(word *w, u32 limb, u64 value) {
    value = __builtin_bswap64(value);
    __builtin_memcpy(w->bytes + 8 * limb, &value, 8);
}

static inline word word_zero(void) { return (word){{0}}; }

static inline word word_from_u64(u64 value) {
    word w = {{0}};
    word_set_limb(&w, 3, value);
    return w;
}

static inline word word_from_address(const address *a) {
    word w = {{0}};
    copy(w.bytes + 12, a->bytes, 20);
    return w;
}

static inline word word_max(void) {
    word w;
    fill(w.bytes, 0xff, 32);
    return w;
}

static inline int word_is_zero(const word *w) {
    return (word_raw(w, 0) | word_raw(w, 1) | word_raw(w, 2) | word_raw(w, 3)) == 0;
}

// True when the value is below 2^64.
static inline int word_fits_u64(const word *w) { return (word_raw(w, 0) | word_raw(w, 1) | word_raw(w, 2)) == 0; }

static inline int word_equal(const word *a, const word *b) {
    return ((word_raw(a, 0) ^ word_raw(b, 0)) | (word_raw(a, 1) ^ word_raw(b, 1)) |
            (word_raw(a, 2) ^ word_raw(b, 2)) | (word_raw(a, 3) ^ word_raw(b, 3))) == 0;
}

// Not inlined: a limb's bytes are turned round by some thirty instructions, which a contract should hold once.
#define ONCE __attribute__((noinline)) static

// Below zero, zero or above zero, as a is less than, equal to or greater than b.
ONCE int word_compare(const word *a, const word *b) {
    for (u32 limb = 0; limb < 4; limb++) {
        u64 x = word_limb(a, limb), y = word_limb(b, limb);
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

// sum = a + b modulo 2^256; returns 1 when the true sum does not fit. sum may be a or b.
ONCE int word_add(const word *a, const word *b, word *sum) {
    u64 carry = 0;
    for (int limb = 3; limb >= 0; limb--) {
        u64 x = word_limb(a, limb), y = word_limb(b, limb);
        u64 partial = x + y;
        u64 total = partial + carry;
        carry = (partial < x) | (total < partial);
        word_set_limb(sum, limb, total);
    }
    return (int)carry;
}

// difference = a - b modulo 2^256; returns 1 when b is greater than a. difference may be a or b.
ONCE int word_sub(const word *a, const word *b, word *difference) {
    u64 borrow = 0;
    for (int limb = 3; limb >= 0; limb--) {
        u64 x = word_limb(a, limb), y = word_limb(b, limb);
        u64 partial = x - y;
        u64 total = partial - borrow;
        borrow = (x < y) | (partial < borrow);
        word_set_limb(difference, limb, total);
    }
    return (int)borrow;
}

// product = a * b modulo 2^256; returns 1 when the true product does not fit. product may be a or b.
ONCE int word_mul(const word *a, const word *b, word *product) {
    u32 x[8], y[8], out[8] = {0}; // digits of 32 bits, the least significant first
    int lost = 0;
    for (u32 i = 0; i < 4; i++) {
        u64 p = word_limb(a, 3 - i), q = word_limb(b, 3 - i);
        x[2 * i] = (u32)p, x[2 * i + 1] = (u32)(p >> 32);
        y[2 * i] = (u32)q, y[2 * i + 1] = (u32)(q >> 32);
    }
    for (u32 i = 0; i < 8; i++) {
        u64 carry = 0;
        if (x[i] == 0) continue;
        for (u32 j = 0; j < 8; j++) {
            if (i + j >= 8) {
                lost |= y[j] != 0;
                continue;
            }
            carry += (u64)x[i] * y[j] + out[i + j];
            out[i + j] = (u32)carry;
            carry >>= 32;
        }
        lost |= carry != 0;
    }
    for (u32 i = 0; i < 4; i++) word_set_limb(product, 3 - i, (u64)out[2 * i + 1] << 32 | out[2 * i]);
    return lost;
}

// a / b, rounded down; 0 where b is 0.
static inline word word_div(const word *a, const word *b) {
    word quotient = *a;
    math_div(quotient.bytes, b->bytes);
    return quotient;
}

ONCE void word_halve(word *w) {
    u64 carry = 0;
    for (u32 limb = 0; limb < 4; limb++) {
        u64 x = word_limb(w, limb);
        word_set_limb(w, limb, x >> 1 | carry << 63);
        carry = x & 1;
    }
}

// The square root, rounded down, by Newton's method from above.
ONCE word word_sqrt(const word *w) {
    if (word_is_zero(w)) return *w;
    u32 zeros = 0;
    while (word_limb(w, zeros) == 0) zeros++;
    u32 bits = 64 * (4 - zeros) - (u32)__builtin_clzll(word_limb(w, zeros));
    u32 bit = (bits + 1) / 2; // 2^bit is above the root, or the root where that is 1
    word root = word_zero();
    if (bit == 128) root.bytes[15] = 1;
    else word_set_limb(&root, 3 - bit / 64, 1ull << bit % 64);
    for (;;) {
        word next = word_div(w, &root);
        word_add(&next, &root, &next);
        word_halve(&next);
        if (word_compare(&next, &root) >= 0) return root;
        root = next;
    }
}

static inline word word_min(const word *a, const word *b) { return word_compare(a, b) < 0 ? *a : *b; }

static inline int address_is_zero(const address *a) {
    u8 any = 0;
    for (u32 i = 0; i < 20; i++) any |= a->bytes[i];
    return any == 0;
}

static inline int address_equal(const address *a, const address *b) {
    u8 difference = 0;
    for (u32 i = 0; i < 20; i++) difference |= a->bytes[i] ^ b->bytes[i];
    return difference == 0;
}

static inline address address_zero(void) { return (address){{0}}; }

static inline address address_from_word(const word *w) {
    address a;
    copy(a.bytes, w->bytes + 12, 20);
    return a;
}

#endif
