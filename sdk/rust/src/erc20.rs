//! Calls of ERC-20 tokens, also of those that return nothing. <https://eips.ethereum.org/EIPS/eip-20>

use crate::call::{answer_word, call, require_true, static_call, Message};
use crate::{Address, U256};

/// Sends this contract's tokens.
pub fn transfer(token: Address, to: Address, amount: U256) {
    call(token, &Message::new(0xa9059cbb).with(to).with(amount)); // transfer(address,uint256)
    require_true(token);
}

/// Moves tokens that this contract was allowed to move.
pub fn transfer_from(token: Address, from: Address, to: Address, amount: U256) {
    call(token, &Message::new(0x23b872dd).with(from).with(to).with(amount)); // transferFrom(address,address,uint256)
    require_true(token);
}

/// An account's tokens.
pub fn balance_of(token: Address, account: Address) -> U256 {
    static_call(token, &Message::new(0x70a08231).with(account)); // balanceOf(address)
    answer_word()
}
