// Calls of ERC-20 tokens, also of those that return nothing. https://eips.ethereum.org/EIPS/eip-20
import { answerWord, Message, requireTrue } from "./call";
import { Address, U256 } from "./word";

// Sends this contract's tokens.
export function transferToken(token: Address, to: Address, amount: U256): void {
  new Message(0xa9059cbb).address(to).word(amount).call(token); // transfer(address,uint256)
  requireTrue(token);
}

// Moves tokens that this contract was allowed to move.
export function transferTokenFrom(token: Address, from: Address, to: Address, amount: U256): void {
  new Message(0x23b872dd).address(from).address(to).word(amount).call(token); // transferFrom(address,address,uint256)
  requireTrue(token);
}

// An account's tokens.
export function tokenBalance(token: Address, account: Address): U256 {
  new Message(0x70a08231).address(account).staticCall(token); // balanceOf(address)
  return answerWord();
}
