// A counter that its deployer may set. README.md has its interface.
import { Address, commit, Input, log, msgSender, nonPayable, require, returnWord, revert, Slot, U256 } from "./sdk";

// Storage slots.
const NUMBER = 0, OWNER = 1;

// keccak256 of Changed(address,uint256)
const CHANGED = "b52dda022b6c1a1f40905a85f257f689aa5d69d850e49cf939d688fbe5af5946";

function change(number: U256): u32 {
  Slot.of(NUMBER).store(number);
  log(CHANGED).address(msgSender()).word(number).asLog(2); // two topics: the event and who changed the number
  return commit();
}

function increment(): u32 {
  return change(Slot.of(NUMBER).load().add(U256.one(), "Counter: overflow"));
}

function set(input: Input): u32 {
  const number = input.word(0);
  require(Address.fromWord(Slot.of(OWNER).load()) == msgSender(), "Counter: not the owner");
  return change(number);
}

export function user_entrypoint(len: u32): u32 {
  const input = Input.readCall(len);
  nonPayable();
  switch (input.selector) {
    case 0x8381f58a: return returnWord(Slot.of(NUMBER).load()); // number()
    case 0xd09de08a: return increment(); // increment()
    case 0x60fe47b1: return set(input); // set(uint256)
  }
  revert("ABI: unknown selector");
  return 1;
}

// constructor(uint256 number)
export function user_constructor(len: u32): u32 {
  const input = Input.readConstructor(len);
  nonPayable();
  Slot.of(OWNER).store(msgSender().toWord());
  return change(input.word(0));
}
