// An ERC-20 token with an owner who may mint. ../README.md has its interface, storage layout and reasons for reverting.
// https://eips.ethereum.org/EIPS/eip-20
import {
  Address, commit, Encoder, Input, log, msgSender, nonPayable, require, returnAddress, returnU64, returnWord, revert, Slot, U256,
} from "../../../sdk/assemblyscript/assembly";

// Slot numbers, as Solidity would give them to the variables listed in README.md.
const BALANCES = 0, ALLOWANCES = 1, TOTAL_SUPPLY = 2, NAME = 3, SYMBOL = 4, OWNER_AND_DECIMALS = 5;

const STRING_MAX: u32 = 4096;

const text = memory.data(4096);
const encoded = memory.data(64 + 4096);

// keccak256 of Transfer(address,address,uint256)
const TRANSFER = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
// keccak256 of Approval(address,address,uint256)
const APPROVAL = "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925";
// keccak256 of OwnershipTransferred(address,address)
const OWNERSHIP_TRANSFERRED = "8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e0";

function emitAmount(event: string, from: Address, to: Address, amount: U256): void {
  log(event).address(from).address(to).word(amount).asLog(3);
}

function emitOwnershipTransferred(from: Address, to: Address): void {
  log(OWNERSHIP_TRANSFERRED).address(from).address(to).asLog(3);
}

function balanceSlot(account: Address): Slot {
  return Slot.of(BALANCES).mappingOf(account);
}

function allowanceSlot(owner: Address, spender: Address): Slot {
  return Slot.of(ALLOWANCES).mappingOf(owner).mappingOf(spender);
}

// ---- Balances

function debit(account: Address, amount: U256, reason: string): void {
  const slot = balanceSlot(account);
  slot.store(slot.load().sub(amount, reason));
}

// Cannot overflow: no balance exceeds the total supply, which is checked when it grows.
function credit(account: Address, amount: U256): void {
  const slot = balanceSlot(account);
  slot.store(slot.load().plus(amount));
}

function moveTokens(from: Address, to: Address, amount: U256): void {
  require(!from.isZero, "ERC20: transfer from the zero address");
  require(!to.isZero, "ERC20: transfer to the zero address");
  debit(from, amount, "ERC20: transfer amount exceeds balance");
  credit(to, amount);
  emitAmount(TRANSFER, from, to, amount);
}

function mintTokens(to: Address, amount: U256): void {
  const supply = Slot.of(TOTAL_SUPPLY);
  require(!to.isZero, "ERC20: mint to the zero address");
  supply.store(supply.load().add(amount, "ERC20: total supply overflow"));
  credit(to, amount);
  emitAmount(TRANSFER, Address.zero(), to, amount);
}

// ---- Ownership: the owner's address is the low 20 bytes of its slot, the decimals the byte above them.

function ownerAddress(): Address {
  return Address.fromWord(Slot.of(OWNER_AND_DECIMALS).load());
}

function onlyOwner(): void {
  require(ownerAddress() == msgSender(), "Ownable: caller is not the owner");
}

// ---- The functions

function returnTrue(): u32 {
  returnU64(1);
  return commit();
}

function returnString(number: u64): u32 {
  const len = Slot.of(number).loadBytes(text, STRING_MAX);
  return new Encoder(encoded, 64 + STRING_MAX).u64(32).tail(text, len).asResult();
}

function transfer(input: Input): u32 {
  const to = input.address(0), amount = input.word(1);
  moveTokens(msgSender(), to, amount);
  return returnTrue();
}

function approve(input: Input): u32 {
  const owner = msgSender(), spender = input.address(0), amount = input.word(1);
  require(!spender.isZero, "ERC20: approve to the zero address");
  allowanceSlot(owner, spender).store(amount);
  emitAmount(APPROVAL, owner, spender, amount);
  return returnTrue();
}

function allowance(input: Input): u32 {
  const owner = input.address(0), spender = input.address(1);
  return returnWord(allowanceSlot(owner, spender).load());
}

function transferFrom(input: Input): u32 {
  const from = input.address(0), to = input.address(1), amount = input.word(2);
  const slot = allowanceSlot(from, msgSender()), allowed = slot.load();
  if (allowed != U256.max()) slot.store(allowed.sub(amount, "ERC20: insufficient allowance"));
  moveTokens(from, to, amount);
  return returnTrue();
}

function mint(input: Input): u32 {
  const to = input.address(0), amount = input.word(1);
  onlyOwner();
  mintTokens(to, amount);
  return commit();
}

function burn(input: Input): u32 {
  const from = msgSender(), amount = input.word(0), supply = Slot.of(TOTAL_SUPPLY);
  debit(from, amount, "ERC20: burn amount exceeds balance");
  supply.store(supply.load().minus(amount)); // no balance exceeds the supply
  emitAmount(TRANSFER, from, Address.zero(), amount);
  return commit();
}

function transferOwnership(input: Input): u32 {
  const next = input.address(0), slot = Slot.of(OWNER_AND_DECIMALS);
  onlyOwner();
  require(!next.isZero, "Ownable: new owner is the zero address");
  const previous = ownerAddress();
  slot.store(slot.load().withBytes(12, next.pointer, 20));
  emitOwnershipTransferred(previous, next);
  return commit();
}

export function user_entrypoint(len: u32): u32 {
  const input = Input.readCall(len);
  nonPayable();
  switch (input.selector) {
    case 0x06fdde03: return returnString(NAME); // name()
    case 0x95d89b41: return returnString(SYMBOL); // symbol()
    case 0x313ce567: return returnU64(Slot.of(OWNER_AND_DECIMALS).load().byte(11)); // decimals()
    case 0x18160ddd: return returnWord(Slot.of(TOTAL_SUPPLY).load()); // totalSupply()
    case 0x70a08231: return returnWord(balanceSlot(input.address(0)).load()); // balanceOf(address)
    case 0xa9059cbb: return transfer(input); // transfer(address,uint256)
    case 0x095ea7b3: return approve(input); // approve(address,uint256)
    case 0xdd62ed3e: return allowance(input); // allowance(address,address)
    case 0x23b872dd: return transferFrom(input); // transferFrom(address,address,uint256)
    case 0x40c10f19: return mint(input); // mint(address,uint256)
    case 0x42966c68: return burn(input); // burn(uint256)
    case 0x8da5cb5b: return returnAddress(ownerAddress()); // owner()
    case 0xf2fde38b: return transferOwnership(input); // transferOwnership(address)
  }
  revert("ABI: unknown selector");
  return 1;
}

// constructor(string name, string symbol, uint8 decimals, uint256 initialSupply)
export function user_constructor(len: u32): u32 {
  const input = Input.readConstructor(len);
  nonPayable();
  const name = input.bytes(0), symbol = input.bytes(1);
  require(name.count <= STRING_MAX && symbol.count <= STRING_MAX, "ERC20: name or symbol too long");
  const deployer = msgSender(), decimals = input.u8(2), supply = input.word(3);
  const packed = deployer.toWord();
  store<u8>(packed.pointer + 11, decimals);
  Slot.of(NAME).storeBytes(name.pointer, name.count);
  Slot.of(SYMBOL).storeBytes(symbol.pointer, symbol.count);
  Slot.of(OWNER_AND_DECIMALS).store(packed);
  emitOwnershipTransferred(Address.zero(), deployer);
  mintTokens(deployer, supply);
  return commit();
}
