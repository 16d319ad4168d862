//! Memory that is too large for the stack.

use core::cell::{Cell, UnsafeCell};

/// A static buffer that is handed out once.
///
/// ```
/// static TEXT: Scratch<4096> = Scratch::new();
/// let text: &mut [u8] = TEXT.take();
/// ```
pub struct Scratch<const N: usize> {
    is_taken: Cell<bool>,
    bytes: UnsafeCell<[u8; N]>,
}

// Safety: a contract has one thread.
unsafe impl<const N: usize> Sync for Scratch<N> {}

impl<const N: usize> Scratch<N> {
    /// A buffer of zeros.
    pub const fn new() -> Scratch<N> {
        Scratch { is_taken: Cell::new(false), bytes: UnsafeCell::new([0; N]) }
    }

    /// The buffer. Traps where it was taken before in the same call.
    #[allow(clippy::mut_from_ref)]
    pub fn take(&'static self) -> &'static mut [u8] {
        assert!(!self.is_taken.replace(true));
        // Safety: the flag sees to it that this is the only reference.
        unsafe { &mut *self.bytes.get() }
    }
}

impl<const N: usize> Default for Scratch<N> {
    fn default() -> Scratch<N> {
        Scratch::new()
    }
}
