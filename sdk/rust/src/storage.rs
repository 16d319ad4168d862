//! Storage in Solidity's layout: numbered slots, mappings, arrays, and strings in their short and long form.
//! <https://docs.soliditylang.org/en/latest/internals/layout_in_storage.html>

use crate::{abi::require, hooks, host, U256};

/// One of a contract's storage slots.
#[derive(Clone, Copy)]
pub struct Slot(pub U256);

impl Slot {
    /// The slot of the contract's variable number `number`.
    pub const fn new(number: u64) -> Slot {
        Slot(U256::new(number))
    }

    /// Reads the slot.
    pub fn load(self) -> U256 {
        let key = self.0.as_be_bytes();
        let mut value = [0; 32];
        // Safety: key and value are 32 bytes.
        unsafe { hooks::storage_load_bytes32(key.as_ptr(), value.as_mut_ptr()) };
        U256::from_be_bytes(value)
    }

    /// Writes to the cache; [`commit`] makes it last.
    pub fn store(self, value: impl Into<U256>) {
        let key = self.0.as_be_bytes();
        let value = value.into();
        // Safety: key and value are 32 bytes.
        unsafe { hooks::storage_cache_bytes32(key.as_ptr(), value.as_be_bytes().as_ptr()) }
    }

    /// Where a mapping at this slot keeps the value of a key: keccak256(key ‖ slot).
    pub fn mapping(self, key: impl Into<U256>) -> Slot {
        let mut input = [0; 64];
        input[..32].copy_from_slice(key.into().as_be_bytes());
        input[32..].copy_from_slice(self.0.as_be_bytes());
        Slot(host::keccak256(&input))
    }

    /// Where an array or long string at this slot keeps its first word: keccak256(slot).
    pub fn array(self) -> Slot {
        Slot(host::keccak256(self.0.as_be_bytes()))
    }

    /// The slot that is as many further on.
    pub fn plus(self, offset: u64) -> Slot {
        Slot(self.0.wrapping_add(U256::new(offset)))
    }

    /// Stores a string in a slot that held none: up to 31 bytes in the slot itself with twice the length in its last byte, longer
    /// ones from keccak256(slot) on with twice the length plus one in the slot.
    pub fn store_bytes(self, data: &[u8]) {
        if data.len() < 32 {
            let mut word = [0; 32];
            word[..data.len()].copy_from_slice(data);
            word[31] = 2 * data.len() as u8;
            self.store(U256::from_be_bytes(word));
            return;
        }
        self.store(2 * data.len() as u64 + 1);
        let first = self.array();
        for (i, part) in data.chunks(32).enumerate() {
            let mut word = [0; 32];
            word[..part.len()].copy_from_slice(part);
            first.plus(i as u64).store(U256::from_be_bytes(word));
        }
    }

    /// Loads a string into a buffer; reverts when it does not fit.
    pub fn load_bytes(self, buffer: &mut [u8]) -> &[u8] {
        let head = self.load();
        let bytes = head.to_be_bytes();
        if bytes[31] & 1 == 0 {
            let len = bytes[31] as usize / 2;
            require(len < 32 && len <= buffer.len(), "storage: malformed string");
            buffer[..len].copy_from_slice(&bytes[..len]);
            return &buffer[..len];
        }
        let len = head.low_u64() / 2;
        require(head.bits() <= 64 && len <= buffer.len() as u64, "storage: malformed string");
        let text = &mut buffer[..len as usize];
        let first = self.array();
        for (i, part) in text.chunks_mut(32).enumerate() {
            let word = first.plus(i as u64).load().to_be_bytes();
            part.copy_from_slice(&word[..part.len()]);
        }
        text
    }
}

/// Flushes the cache and gives the status for success: the last thing a function that writes does.
pub fn commit() -> u32 {
    flush(false);
    crate::SUCCESS
}

/// Writes the cache to the state and, on request, forgets it, so that what is loaded next is what others have left there.
pub fn flush(forget: bool) {
    // Safety: takes no pointer.
    unsafe { hooks::storage_flush_cache(forget as u32) }
}
