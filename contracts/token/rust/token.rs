//! An ERC-20 token with an owner who may mint. ../README.md has its interface, storage layout and reasons for reverting.
//! <https://eips.ethereum.org/EIPS/eip-20>
#![no_std]

use contractvm::abi::{non_payable, require, return_bytes, return_word, revert, Encoder, Input};
use contractvm::host::{emit, msg_sender};
use contractvm::scratch::Scratch;
use contractvm::storage::{commit, Slot};
use contractvm::{Address, U256};

// As Solidity would number the variables listed in README.md.
const BALANCES: Slot = Slot::new(0);
const ALLOWANCES: Slot = Slot::new(1);
const TOTAL_SUPPLY: Slot = Slot::new(2);
const NAME: Slot = Slot::new(3);
const SYMBOL: Slot = Slot::new(4);
const OWNER_AND_DECIMALS: Slot = Slot::new(5);

const STRING_MAX: usize = 4096;

static TEXT: Scratch<STRING_MAX> = Scratch::new();
static ENCODED: Scratch<{ 64 + STRING_MAX }> = Scratch::new();

// keccak256 of Transfer(address,address,uint256)
const TRANSFER: U256 = U256::from_hex("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
// keccak256 of Approval(address,address,uint256)
const APPROVAL: U256 = U256::from_hex("8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925");
// keccak256 of OwnershipTransferred(address,address)
const OWNERSHIP_TRANSFERRED: U256 = U256::from_hex("8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e0");

fn emit_amount(event: U256, from: Address, to: Address, amount: U256) {
    emit(3, [event, from.into(), to.into(), amount]);
}

fn emit_ownership_transferred(from: Address, to: Address) {
    emit(3, [OWNERSHIP_TRANSFERRED, from.into(), to.into()]);
}

// ---- Balances

fn debit(account: Address, amount: U256, reason: &str) {
    let slot = BALANCES.mapping(account);
    match slot.load().checked_sub(amount) {
        Some(rest) => slot.store(rest),
        None => revert(reason),
    }
}

// Cannot overflow: no balance exceeds the total supply, which is checked when it grows.
fn credit(account: Address, amount: U256) {
    let slot = BALANCES.mapping(account);
    slot.store(slot.load().wrapping_add(amount));
}

fn move_tokens(from: Address, to: Address, amount: U256) {
    require(!from.is_zero(), "ERC20: transfer from the zero address");
    require(!to.is_zero(), "ERC20: transfer to the zero address");
    debit(from, amount, "ERC20: transfer amount exceeds balance");
    credit(to, amount);
    emit_amount(TRANSFER, from, to, amount);
}

fn mint_tokens(to: Address, amount: U256) {
    require(!to.is_zero(), "ERC20: mint to the zero address");
    match TOTAL_SUPPLY.load().checked_add(amount) {
        Some(supply) => TOTAL_SUPPLY.store(supply),
        None => revert("ERC20: total supply overflow"),
    }
    credit(to, amount);
    emit_amount(TRANSFER, Address::ZERO, to, amount);
}

// ---- Ownership: the owner's address is the low 20 bytes of its slot, the decimals the byte above them.

fn owner_address() -> Address {
    Address::from_word(OWNER_AND_DECIMALS.load())
}

fn only_owner() {
    require(owner_address() == msg_sender(), "Ownable: caller is not the owner");
}

fn store_owner_and_decimals(owner: Address, decimals: u8) {
    let mut packed = U256::from(owner).to_be_bytes();
    packed[11] = decimals;
    OWNER_AND_DECIMALS.store(U256::from_be_bytes(packed));
}

fn load_decimals() -> u8 {
    OWNER_AND_DECIMALS.load().to_be_bytes()[11]
}

// ---- The functions

fn return_true() -> u32 {
    return_word(true);
    commit()
}

fn return_string(slot: Slot) -> u32 {
    let text = slot.load_bytes(TEXT.take());
    return_bytes(Encoder::new(ENCODED.take()).word(32).tail(text).bytes())
}

fn transfer(input: Input) -> u32 {
    let (to, amount) = (input.address(0), input.word(1));
    move_tokens(msg_sender(), to, amount);
    return_true()
}

fn approve(input: Input) -> u32 {
    let (owner, spender, amount) = (msg_sender(), input.address(0), input.word(1));
    require(!spender.is_zero(), "ERC20: approve to the zero address");
    ALLOWANCES.mapping(owner).mapping(spender).store(amount);
    emit_amount(APPROVAL, owner, spender, amount);
    return_true()
}

fn allowance(input: Input) -> u32 {
    let (owner, spender) = (input.address(0), input.address(1));
    return_word(ALLOWANCES.mapping(owner).mapping(spender).load())
}

fn transfer_from(input: Input) -> u32 {
    let (from, to, amount) = (input.address(0), input.address(1), input.word(2));
    let slot = ALLOWANCES.mapping(from).mapping(msg_sender());
    let allowed = slot.load();
    if allowed != U256::MAX {
        match allowed.checked_sub(amount) {
            Some(rest) => slot.store(rest),
            None => revert("ERC20: insufficient allowance"),
        }
    }
    move_tokens(from, to, amount);
    return_true()
}

fn mint(input: Input) -> u32 {
    let (to, amount) = (input.address(0), input.word(1));
    only_owner();
    mint_tokens(to, amount);
    commit()
}

fn burn(input: Input) -> u32 {
    let (from, amount) = (msg_sender(), input.word(0));
    debit(from, amount, "ERC20: burn amount exceeds balance");
    TOTAL_SUPPLY.store(TOTAL_SUPPLY.load().wrapping_sub(amount)); // no balance exceeds the supply
    emit_amount(TRANSFER, from, Address::ZERO, amount);
    commit()
}

fn transfer_ownership(input: Input) -> u32 {
    let next = input.address(0);
    only_owner();
    require(!next.is_zero(), "Ownable: new owner is the zero address");
    let previous = owner_address();
    store_owner_and_decimals(next, load_decimals());
    emit_ownership_transferred(previous, next);
    commit()
}

/// Runs on every call.
#[no_mangle]
pub extern "C" fn user_entrypoint(len: u32) -> u32 {
    let input = Input::read_call(len);
    non_payable();
    match input.selector() {
        0x06fdde03 => return_string(NAME),                                       // name()
        0x95d89b41 => return_string(SYMBOL),                                     // symbol()
        0x313ce567 => return_word(load_decimals() as u64),                       // decimals()
        0x18160ddd => return_word(TOTAL_SUPPLY.load()),                          // totalSupply()
        0x70a08231 => return_word(BALANCES.mapping(input.address(0)).load()),    // balanceOf(address)
        0xa9059cbb => transfer(input),                                           // transfer(address,uint256)
        0x095ea7b3 => approve(input),                                            // approve(address,uint256)
        0xdd62ed3e => allowance(input),                                          // allowance(address,address)
        0x23b872dd => transfer_from(input),                                      // transferFrom(address,address,uint256)
        0x40c10f19 => mint(input),                                               // mint(address,uint256)
        0x42966c68 => burn(input),                                               // burn(uint256)
        0x8da5cb5b => return_word(owner_address()),                              // owner()
        0xf2fde38b => transfer_ownership(input),                                 // transferOwnership(address)
        _ => revert("ABI: unknown selector"),
    }
}

/// constructor(string name, string symbol, uint8 decimals, uint256 initialSupply)
#[no_mangle]
pub extern "C" fn user_constructor(len: u32) -> u32 {
    let input = Input::read_constructor(len);
    non_payable();
    let (name, symbol) = (input.bytes(0), input.bytes(1));
    require(name.len() <= STRING_MAX && symbol.len() <= STRING_MAX, "ERC20: name or symbol too long");
    let (deployer, decimals, supply) = (msg_sender(), input.u8(2), input.word(3));
    NAME.store_bytes(name);
    SYMBOL.store_bytes(symbol);
    store_owner_and_decimals(deployer, decimals);
    emit_ownership_transferred(Address::ZERO, deployer);
    mint_tokens(deployer, supply);
    commit()
}
