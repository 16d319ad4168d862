//! A counter that its deployer may set. README.md has its interface.
#![no_std]

use contractvm::abi::{non_payable, require, return_word, revert, Input};
use contractvm::host::{emit, msg_sender};
use contractvm::storage::{commit, Slot};
use contractvm::{Address, U256};

const NUMBER: Slot = Slot::new(0);
const OWNER: Slot = Slot::new(1);

// keccak256 of Changed(address,uint256)
const CHANGED: U256 = U256::from_hex("b52dda022b6c1a1f40905a85f257f689aa5d69d850e49cf939d688fbe5af5946");

fn change(number: U256) -> u32 {
    NUMBER.store(number);
    emit(2, [CHANGED, msg_sender().into(), number]); // two topics: the event and who changed the number
    commit()
}

fn increment() -> u32 {
    match NUMBER.load().checked_add(U256::ONE) {
        Some(number) => change(number),
        None => revert("Counter: overflow"),
    }
}

fn set(input: Input) -> u32 {
    let number = input.word(0);
    require(Address::from_word(OWNER.load()) == msg_sender(), "Counter: not the owner");
    change(number)
}

/// Runs on every call.
#[no_mangle]
pub extern "C" fn user_entrypoint(len: u32) -> u32 {
    let input = Input::read_call(len);
    non_payable();
    match input.selector() {
        0x8381f58a => return_word(NUMBER.load()),  // number()
        0xd09de08a => increment(),                 // increment()
        0x60fe47b1 => set(input),                  // set(uint256)
        _ => revert("ABI: unknown selector"),
    }
}

/// constructor(uint256 number)
#[no_mangle]
pub extern "C" fn user_constructor(len: u32) -> u32 {
    let input = Input::read_constructor(len);
    non_payable();
    OWNER.store(msg_sender());
    change(input.word(0))
}
