//! Transient storage (EIP-1153), which lasts for a transaction, and a guard against reentrancy made of it.

use crate::{abi::require, hooks, U256};

/// Reads a transient slot.
pub fn transient_load(slot: U256) -> U256 {
    let key = slot.as_be_bytes();
    let mut value = [0; 32];
    // Safety: key and value are 32 bytes.
    unsafe { hooks::transient_load_bytes32(key.as_ptr(), value.as_mut_ptr()) };
    U256::from_be_bytes(value)
}

/// Writes a transient slot, at once: there is no cache.
pub fn transient_store(slot: U256, value: U256) {
    let key = slot.as_be_bytes();
    let value = value.as_be_bytes();
    // Safety: key and value are 32 bytes.
    unsafe { hooks::transient_store_bytes32(key.as_ptr(), value.as_ptr()) }
}

/// While this exists, no other guarded function of the contract can run, not in the frames of its callees either.
pub struct Guard(());

// The last transient slot, which leaves the others to the contract.
const SLOT: U256 = U256::MAX;

impl Guard {
    /// Reverts where a guarded function is running already.
    #[inline(never)]
    pub fn enter() -> Guard {
        require(transient_load(SLOT).is_zero(), "ReentrancyGuard: reentrant call");
        transient_store(SLOT, U256::ONE);
        Guard(())
    }
}

impl Drop for Guard {
    // A revert ends the call without coming here; it undoes transient storage too.
    fn drop(&mut self) {
        transient_store(SLOT, U256::ZERO);
    }
}
