// Transient storage (EIP-1153), which lasts for a transaction, and a guard against reentrancy made of it.
#ifndef CONTRACTVM_GUARD_H
#define CONTRACTVM_GUARD_H

#include "abi.h"

static inline word transient_load(const word *slot) {
    word value;
    transient_load_bytes32(slot->bytes, value.bytes);
    return value;
}

static inline void transient_store(const word *slot, const word *value) { transient_store_bytes32(slot->bytes, value->bytes); }

// The guard is the last transient slot, which leaves the others to the contract.

// Reverts where a guarded function of this contract is running already, in a frame around this one.
ONCE void guard_enter(void) {
    word slot = word_max(), entered = transient_load(&slot), yes = word_from_u64(1);
    require(word_is_zero(&entered), "ReentrancyGuard: reentrant call");
    transient_store(&slot, &yes);
}

// Not needed where the function reverts: that undoes transient storage too.
ONCE void guard_leave(void) {
    word slot = word_max(), no = word_zero();
    transient_store(&slot, &no);
}

#endif
