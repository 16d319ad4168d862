//! Contracts in Rust: host functions, Solidity's ABI, Solidity's storage layout, calls. README.md shows a whole contract.
//!
//! Neither the standard library nor an allocator is used. A contract exports `user_entrypoint` and, where it has a constructor,
//! `user_constructor`; both take the calldata's length and return 0 for success.
#![no_std]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

pub mod abi;
pub mod call;
pub mod erc20;
pub mod guard;
pub mod hooks;
pub mod host;
pub mod scratch;
pub mod storage;
mod word;

pub use word::{Address, U256};

/// Success, as an entry point returns it.
pub const SUCCESS: u32 = 0;

// A panic is a mistake of the contract: it traps, which undoes the call and returns no data.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
