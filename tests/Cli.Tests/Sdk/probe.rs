//! Uses the parts of the SDK that the example contracts do not. $signature$ stands for a selector.
#![no_std]

use contractvm::abi::{require, return_word, revert, revert_custom, Input};
use contractvm::call::{call, forward_revert, try_call, try_delegate_call, Message};
use contractvm::erc20;
use contractvm::host::msg_sender;
use contractvm::storage::{commit, Slot};
use contractvm::U256;

const NUMBER: Slot = Slot::new(0);
const CALLER: Slot = Slot::new(1);
const OTHER: Slot = Slot::new(2);

fn set(input: Input) -> u32 {
    NUMBER.store(input.word(0));
    CALLER.store(msg_sender());
    commit()
}

fn delegate(input: Input) -> u32 {
    let before = NUMBER.load();
    // Both are in the cache when the other code runs on the storage.
    OTHER.store(U256::from(5));
    if !try_delegate_call(input.address(0), Message::new($set(uint256)$).with(input.word(1)).bytes()) {
        forward_revert()
    }
    let after = NUMBER.load();
    require(before.is_zero() || before != after, "probe: an old value");
    return_word(after)
}

fn forward(input: Input) -> u32 {
    call(input.address(0), &Message::new($fail(uint256)$).with(U256::from(3)));
    commit()
}

fn attempt(input: Input) -> u32 {
    return_word(U256::from(try_call(input.address(0), U256::ZERO, &[0; 4])))
}

fn transfer(input: Input) -> u32 {
    erc20::transfer(input.address(0), msg_sender(), U256::ONE);
    commit()
}

/// Runs on every call.
#[no_mangle]
pub extern "C" fn user_entrypoint(len: u32) -> u32 {
    let input = Input::read_call(len);
    match input.selector() {
        $set(uint256)$ => set(input),
        $number()$ => return_word(NUMBER.load()),
        $caller()$ => return_word(CALLER.load()),
        $other()$ => return_word(OTHER.load()),
        $delegate(address,uint256)$ => delegate(input),
        $fail(uint256)$ => revert_custom($TooLow(uint256,uint256)$, [input.word(0), U256::from(7)]),
        $forward(address)$ => forward(input),
        $attempt(address)$ => attempt(input),
        $transfer(address)$ => transfer(input),
        $balance(address)$ => return_word(erc20::balance_of(input.address(0), msg_sender())),
        _ => revert("ABI: unknown selector"),
    }
}
