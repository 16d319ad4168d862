// Uses the parts of the SDK that the example contracts do not. $signature$ stands for a selector.
import { commit, forwardRevert, Input, Message, msgSender, require, returnWord, revert, revertWith, Slot, tokenBalance, transferToken, tryCall, tryDelegateCall, U256 } from "./sdk";

const NUMBER = 0, CALLER = 1, OTHER = 2;

const data = memory.data(68);

function set(input: Input): u32 {
  Slot.of(NUMBER).store(input.word(0));
  Slot.of(CALLER).store(msgSender().toWord());
  return commit();
}

function delegate(input: Input): u32 {
  const before = Slot.of(NUMBER).load();
  // Both are in the cache when the other code runs on the storage.
  Slot.of(OTHER).store(U256.from(5));
  store<u32>(data, bswap<u32>($set(uint256)$));
  memory.copy(data + 4, input.word(1).pointer, 32);
  if (!tryDelegateCall(input.address(0), data, 36)) forwardRevert();
  const after = Slot.of(NUMBER).load();
  require(before.isZero || !before.equals(after), "probe: an old value");
  return returnWord(after);
}

// A custom error: its selector and two words.
function fail(input: Input): u32 {
  store<u32>(data, bswap<u32>($TooLow(uint256,uint256)$));
  memory.copy(data + 4, input.word(0).pointer, 32);
  memory.copy(data + 36, U256.from(7).pointer, 32);
  revertWith(data, 68);
  return 1;
}

function forward(input: Input): u32 {
  new Message($fail(uint256)$).word(U256.from(3)).call(input.address(0));
  return commit();
}

function attempt(input: Input): u32 {
  return returnWord(U256.from(tryCall(input.address(0), U256.zero(), data, 4) ? 1 : 0));
}

function transfer(input: Input): u32 {
  transferToken(input.address(0), msgSender(), U256.one());
  return commit();
}

export function user_entrypoint(len: u32): u32 {
  const input = Input.readCall(len);
  switch (input.selector) {
    case $set(uint256)$: return set(input);
    case $number()$: return returnWord(Slot.of(NUMBER).load());
    case $caller()$: return returnWord(Slot.of(CALLER).load());
    case $other()$: return returnWord(Slot.of(OTHER).load());
    case $delegate(address,uint256)$: return delegate(input);
    case $fail(uint256)$: return fail(input);
    case $forward(address)$: return forward(input);
    case $attempt(address)$: return attempt(input);
    case $transfer(address)$: return transfer(input);
    case $balance(address)$: return returnWord(tokenBalance(input.address(0), msgSender()));
  }
  revert("ABI: unknown selector");
  return 1;
}
