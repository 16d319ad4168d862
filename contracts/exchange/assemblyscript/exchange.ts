// A constant-product exchange of two ERC-20 tokens. ../README.md has its interface, storage layout and reasons for reverting.
import {
  Address, commit, contractAddress, Encoder, guardEnter, guardLeave, Input, log, msgSender, nonPayable, require, returnAddress, returnWord,
  revert, Slot, tokenBalance, transferToken, transferTokenFrom, U256,
} from "../../../sdk/assemblyscript/assembly";

// Slot numbers, as Solidity would give them to the variables listed in README.md. The second token is in slot 1.
const TOKENS = 0, RESERVES = 2, TOTAL_SUPPLY = 3, BALANCES = 4;

const MINIMUM_LIQUIDITY = 1000;

// keccak256 of LiquidityAdded(address,uint256,uint256,uint256)
const LIQUIDITY_ADDED = "64b83944e79c3ce8d4c297411de637c3e102d064677aac0c163976ebdcd6f50e";
// keccak256 of LiquidityRemoved(address,uint256,uint256,uint256)
const LIQUIDITY_REMOVED = "1dc8bb69df2b8e91fbdcbfcf93d951b3f0000f085a95fe3f7946d6161439245d";
// keccak256 of Swap(address,address,address,uint256,uint256)
const SWAP = "cd3829a3813dc3cdd188fd3d01dcf3268c16be2fdd2dd21d0665418816e46062";

const result = memory.data(64);

// Two amounts, of the first token and of the second.
@unmanaged
class Pair {
  constructor(public first: U256, public second: U256) {}

  of(number: u32): U256 {
    return number == 0 ? this.first : this.second;
  }

  asResult(): u32 {
    return new Encoder(result, 64).word(this.first).word(this.second).asResult();
  }
}

// ---- Reserves: two uint112 in one slot, the first in the low bytes. Products of two of them, and of 1000 more, fit a word.

function loadReserves(): Pair {
  const packed = Slot.of(RESERVES).load();
  return new Pair(U256.zero().withBytes(18, packed.pointer + 18, 14), U256.zero().withBytes(18, packed.pointer + 4, 14));
}

function storeReserves(first: U256, second: U256): void {
  require(first.bits <= 112 && second.bits <= 112, "Exchange: reserve overflow");
  Slot.of(RESERVES).store(first.withBytes(4, second.pointer + 18, 14));
}

function amountOf(input: Input, index: u32): U256 {
  const amount = input.word(index);
  require(!amount.isZero, "Exchange: zero amount");
  require(amount.bits <= 112, "Exchange: amount too large");
  return amount;
}

function scale(amount: U256, by: U256, over: U256): U256 {
  return (amount * by) / over;
}

// ---- Tokens and shares

function token(number: u32): Address {
  return Address.fromWord(Slot.of(TOKENS + number).load());
}

// 0 or 1, as the address is the first or the second token.
function numberOf(wanted: Address): u32 {
  if (wanted == token(0)) return 0;
  require(wanted == token(1), "Exchange: unknown token");
  return 1;
}

// Takes tokens of the caller, and believes the token's balances, not its word.
function take(number: u32, amount: U256): void {
  const which = token(number), self = contractAddress();
  const expected = tokenBalance(which, self).add(amount, "Exchange: amount not received");
  transferTokenFrom(which, msgSender(), self, amount);
  require(tokenBalance(which, self) >= expected, "Exchange: amount not received");
}

function shareSlot(owner: Address): Slot {
  return Slot.of(BALANCES).mappingOf(owner);
}

// Cannot overflow: shares are fewer than 2^112, being no more than the root of the reserves' product.
function addShares(owner: Address, shares: U256): void {
  const slot = shareSlot(owner);
  slot.store(slot.load() + shares);
}

function emitLiquidity(event: string, provider: Address, amounts: Pair, shares: U256): void {
  log(event).address(provider).word(amounts.first).word(amounts.second).word(shares).asLog(2);
}

// ---- The functions

// What is given for an amount of token number `paid`, of which 3 in 1000 stay with the exchange.
function outputFor(reserves: Pair, paid: u32, amount: U256): U256 {
  const have = reserves.of(paid), other = reserves.of(1 - paid);
  require(!have.isZero && !other.isZero, "Exchange: insufficient liquidity");
  const kept = amount * U256.from(997);
  return scale(kept, other, have * U256.from(1000) + kept);
}

function quote(input: Input): u32 {
  const paid = numberOf(input.address(0)), amount = amountOf(input, 1);
  return returnWord(outputFor(loadReserves(), paid, amount));
}

// Of the amounts offered, as much as has the reserves' proportion.
function inProportion(reserves: Pair, offered: Pair): Pair {
  const matching = scale(offered.first, reserves.second, reserves.first);
  if (matching <= offered.second) return new Pair(offered.first, matching);
  return new Pair(scale(offered.second, reserves.first, reserves.second), offered.second);
}

function addLiquidity(input: Input): u32 {
  const offered = new Pair(amountOf(input, 0), amountOf(input, 1)), least = input.word(2);
  guardEnter();
  const provider = msgSender(), reserves = loadReserves(), supplySlot = Slot.of(TOTAL_SUPPLY);
  let supply = supplySlot.load(), amounts = offered, shares: U256;
  if (supply.isZero) {
    // Shares that nobody can ever claim make it dear to make one share worth much.
    supply = U256.from(MINIMUM_LIQUIDITY);
    shares = (offered.first * offered.second).sqrt().sub(supply, "Exchange: insufficient liquidity minted");
    addShares(Address.zero(), supply);
  } else {
    amounts = inProportion(reserves, offered);
    const shares0 = scale(amounts.first, supply, reserves.first), shares1 = scale(amounts.second, supply, reserves.second);
    shares = shares0 < shares1 ? shares0 : shares1;
  }
  require(!shares.isZero, "Exchange: insufficient liquidity minted");
  require(shares >= least, "Exchange: slippage");
  storeReserves(reserves.first + amounts.first, reserves.second + amounts.second);
  supplySlot.store(supply + shares);
  addShares(provider, shares);
  take(0, amounts.first);
  take(1, amounts.second);
  guardLeave();
  emitLiquidity(LIQUIDITY_ADDED, provider, amounts, shares);
  returnWord(shares);
  return commit();
}

function removeLiquidity(input: Input): u32 {
  const shares = input.word(0), least = new Pair(input.word(1), input.word(2));
  require(!shares.isZero, "Exchange: zero amount");
  guardEnter();
  const provider = msgSender(), slot = shareSlot(provider), supplySlot = Slot.of(TOTAL_SUPPLY), supply = supplySlot.load();
  const held = slot.load().sub(shares, "Exchange: insufficient shares"), reserves = loadReserves();
  const amounts = new Pair(scale(shares, reserves.first, supply), scale(shares, reserves.second, supply));
  require(amounts.first >= least.first && amounts.second >= least.second, "Exchange: slippage");
  slot.store(held);
  storeReserves(reserves.first - amounts.first, reserves.second - amounts.second);
  supplySlot.store(supply - shares);
  transferToken(token(0), provider, amounts.first);
  transferToken(token(1), provider, amounts.second);
  guardLeave();
  emitLiquidity(LIQUIDITY_REMOVED, provider, amounts, shares);
  amounts.asResult();
  return commit();
}

function swap(input: Input): u32 {
  const to = input.address(3), paid = numberOf(input.address(0)), amount = amountOf(input, 1), least = input.word(2);
  guardEnter();
  const reserves = loadReserves(), given = outputFor(reserves, paid, amount);
  require(given >= least, "Exchange: slippage");
  // The output is always less than the reserve.
  const more = reserves.of(paid) + amount, fewer = reserves.of(1 - paid) - given;
  storeReserves(paid == 0 ? more : fewer, paid == 0 ? fewer : more);
  take(paid, amount);
  transferToken(token(1 - paid), to, given);
  guardLeave();
  log(SWAP).address(msgSender()).address(token(paid)).address(to).word(amount).word(given).asLog(4);
  returnWord(given);
  return commit();
}

export function user_entrypoint(len: u32): u32 {
  const input = Input.readCall(len);
  nonPayable();
  switch (input.selector) {
    case 0x0dfe1681: return returnAddress(token(0)); // token0()
    case 0xd21220a7: return returnAddress(token(1)); // token1()
    case 0x0902f1ac: return loadReserves().asResult(); // getReserves()
    case 0x18160ddd: return returnWord(Slot.of(TOTAL_SUPPLY).load()); // totalSupply()
    case 0x70a08231: return returnWord(shareSlot(input.address(0)).load()); // balanceOf(address)
    case 0x8f79306e: return quote(input); // quote(address,uint256)
    case 0x422f1043: return addLiquidity(input); // addLiquidity(uint256,uint256,uint256)
    case 0x857620e1: return removeLiquidity(input); // removeLiquidity(uint256,uint256,uint256)
    case 0xf3e6ea8a: return swap(input); // swap(address,uint256,uint256,address)
  }
  revert("ABI: unknown selector");
  return 1;
}

// constructor(address token0, address token1)
export function user_constructor(len: u32): u32 {
  const input = Input.readConstructor(len);
  nonPayable();
  const first = input.address(0), second = input.address(1);
  require(!first.isZero && !second.isZero, "Exchange: zero address");
  require(first != second, "Exchange: identical tokens");
  Slot.of(TOKENS).store(first.toWord());
  Slot.of(TOKENS + 1).store(second.toWord());
  return commit();
}
