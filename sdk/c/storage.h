// Storage in Solidity's layout: numbered slots, mappings, and strings in their short and long form.
// https://docs.soliditylang.org/en/latest/internals/layout_in_storage.html
#ifndef CONTRACTVM_STORAGE_H
#define CONTRACTVM_STORAGE_H

#include "abi.h"

static inline word load(const word *slot) {
    word value;
    storage_load_bytes32(slot->bytes, value.bytes);
    return value;
}

// Writes to the cache; `commit` makes it last.
static inline void store(const word *slot, const word *value) { storage_cache_bytes32(slot->bytes, value->bytes); }

// The slot of a contract's variable number `number`.
static inline word slot_of(u32 number) { return word_from_u64(number); }

static inline word load_slot(u32 number) {
    word slot = slot_of(number);
    return load(&slot);
}

static inline void store_slot(u32 number, const word *value) {
    word slot = slot_of(number);
    store(&slot, value);
}

// Flushes the cache and gives the status for success: the last thing a function that writes does.
static inline int commit(void) {
    storage_flush_cache(0);
    return 0;
}

// keccak256(key ‖ slot): where a mapping at `slot` keeps the value of `key`.
static inline word mapping_slot(const word *key, const word *slot) {
    word input[2] = {*key, *slot}, result;
    native_keccak256(input[0].bytes, 64, result.bytes);
    return result;
}

static inline word mapping_slot_address(const address *key, const word *slot) {
    word w = word_from_address(key);
    return mapping_slot(&w, slot);
}

// keccak256(slot): where the array or long string at `slot` keeps its first word.
static inline word array_slot(const word *slot) {
    word result;
    native_keccak256(slot->bytes, 32, result.bytes);
    return result;
}

static inline void increment(word *w) {
    word one = word_from_u64(1);
    word_add(w, &one, w);
}

// Stores a string in a slot that held none: up to 31 bytes in the slot itself with twice the length in its last byte,
// longer ones from keccak256(slot) on with twice the length plus one in the slot.
ONCE void store_string(const word *slot, const u8 *data, u32 len) {
    if (len < 32) {
        word value = word_zero();
        copy(value.bytes, data, len);
        value.bytes[31] = (u8)(2 * len);
        store(slot, &value);
        return;
    }
    word head = word_from_u64(2 * (u64)len + 1);
    store(slot, &head);
    word at = array_slot(slot);
    for (u32 done = 0; done < len; done += 32) {
        word part = word_zero();
        copy(part.bytes, data + done, len - done < 32 ? len - done : 32);
        store(&at, &part);
        increment(&at);
    }
}

// Loads a string into a buffer of `capacity` bytes and returns its length; reverts when it does not fit.
ONCE u32 load_string(const word *slot, u8 *data, u32 capacity) {
    word head = load(slot);
    if ((head.bytes[31] & 1) == 0) {
        u32 len = head.bytes[31] / 2;
        require(len < 32 && len <= capacity, "storage: malformed string");
        copy(data, head.bytes, len);
        return len;
    }
    u64 stored = word_limb(&head, 3) / 2;
    require(word_fits_u64(&head) && stored <= capacity, "storage: malformed string");
    u32 len = (u32)stored;
    word at = array_slot(slot);
    for (u32 done = 0; done < len; done += 32) {
        word part = load(&at);
        copy(data + done, part.bytes, len - done < 32 ? len - done : 32);
        increment(&at);
    }
    return len;
}

#endif
