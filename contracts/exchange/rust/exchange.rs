//! A constant-product exchange of two ERC-20 tokens. ../README.md has its interface, storage layout and reasons for reverting.
#![no_std]

use contractvm::abi::{non_payable, require, return_bytes, return_word, revert, Input};
use contractvm::guard::Guard;
use contractvm::host::{contract_address, emit, msg_sender};
use contractvm::storage::{commit, Slot};
use contractvm::{erc20, Address, U256};

const TOKENS: [Slot; 2] = [Slot::new(0), Slot::new(1)];
const RESERVES: Slot = Slot::new(2);
const TOTAL_SUPPLY: Slot = Slot::new(3);
const BALANCES: Slot = Slot::new(4);

const MINIMUM_LIQUIDITY: U256 = U256::new(1000);

// keccak256 of LiquidityAdded(address,uint256,uint256,uint256)
const LIQUIDITY_ADDED: U256 = U256::from_hex("64b83944e79c3ce8d4c297411de637c3e102d064677aac0c163976ebdcd6f50e");
// keccak256 of LiquidityRemoved(address,uint256,uint256,uint256)
const LIQUIDITY_REMOVED: U256 = U256::from_hex("1dc8bb69df2b8e91fbdcbfcf93d951b3f0000f085a95fe3f7946d6161439245d");
// keccak256 of Swap(address,address,address,uint256,uint256)
const SWAP: U256 = U256::from_hex("cd3829a3813dc3cdd188fd3d01dcf3268c16be2fdd2dd21d0665418816e46062");

// ---- Reserves: two uint112 in one slot, the first in the low bytes. Products of two of them, and of 1000 more, fit a word.

fn load_reserves() -> [U256; 2] {
    let packed = RESERVES.load().to_be_bytes();
    let mut reserves = [[0; 32]; 2];
    reserves[0][18..].copy_from_slice(&packed[18..]);
    reserves[1][18..].copy_from_slice(&packed[4..18]);
    [U256::from_be_bytes(reserves[0]), U256::from_be_bytes(reserves[1])]
}

fn store_reserves(reserves: [U256; 2]) {
    require(reserves[0].bits() <= 112 && reserves[1].bits() <= 112, "Exchange: reserve overflow");
    let mut packed = reserves[0].to_be_bytes();
    packed[4..18].copy_from_slice(&reserves[1].to_be_bytes()[18..]);
    RESERVES.store(U256::from_be_bytes(packed));
}

fn amount(input: Input, index: usize) -> U256 {
    let amount = input.word(index);
    require(!amount.is_zero(), "Exchange: zero amount");
    require(amount.bits() <= 112, "Exchange: amount too large");
    amount
}

fn scale(amount: U256, by: U256, over: U256) -> U256 {
    amount.wrapping_mul(by) / over
}

// ---- Tokens and shares

fn token(number: usize) -> Address {
    Address::from_word(TOKENS[number].load())
}

// 0 or 1, as the address is the first or the second token.
fn number_of(wanted: Address) -> usize {
    if wanted == token(0) {
        return 0;
    }
    require(wanted == token(1), "Exchange: unknown token");
    1
}

// Takes tokens of the caller, and believes the token's balances, not its word.
fn take(number: usize, amount: U256) {
    let (token, this) = (token(number), contract_address());
    let expected = match erc20::balance_of(token, this).checked_add(amount) {
        Some(expected) => expected,
        None => revert("Exchange: amount not received"),
    };
    erc20::transfer_from(token, msg_sender(), this, amount);
    require(erc20::balance_of(token, this) >= expected, "Exchange: amount not received");
}

// Cannot overflow: shares are fewer than 2^112, being no more than the root of the reserves' product.
fn add_shares(owner: Address, shares: U256) {
    let slot = BALANCES.mapping(owner);
    slot.store(slot.load().wrapping_add(shares));
}

fn emit_liquidity(event: U256, provider: Address, amounts: [U256; 2], shares: U256) {
    emit(2, [event, provider.into(), amounts[0], amounts[1], shares]);
}

fn return_pair(pair: [U256; 2]) -> u32 {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&pair[0].to_be_bytes());
    bytes[32..].copy_from_slice(&pair[1].to_be_bytes());
    return_bytes(&bytes)
}

// ---- The functions

// What is given for an amount of token number `paid`, of which 3 in 1000 stay with the exchange.
fn output_for(reserves: [U256; 2], paid: usize, amount: U256) -> U256 {
    let (have, other) = (reserves[paid], reserves[1 - paid]);
    require(!have.is_zero() && !other.is_zero(), "Exchange: insufficient liquidity");
    let kept = amount.wrapping_mul(U256::new(997));
    scale(kept, other, have.wrapping_mul(U256::new(1000)).wrapping_add(kept))
}

fn quote(input: Input) -> u32 {
    let paid = number_of(input.address(0));
    let amount = amount(input, 1);
    return_word(output_for(load_reserves(), paid, amount))
}

// Of the amounts offered, as much as has the reserves' proportion.
fn in_proportion(reserves: [U256; 2], offered: [U256; 2]) -> [U256; 2] {
    let matching = scale(offered[0], reserves[1], reserves[0]);
    if matching <= offered[1] {
        return [offered[0], matching];
    }
    [scale(offered[1], reserves[0], reserves[1]), offered[1]]
}

fn add_liquidity(input: Input) -> u32 {
    let offered = [amount(input, 0), amount(input, 1)];
    let least = input.word(2);
    let _guard = Guard::enter();
    let provider = msg_sender();
    let mut reserves = load_reserves();
    let mut supply = TOTAL_SUPPLY.load();
    let (amounts, shares);
    if supply.is_zero() {
        // Shares that nobody can ever claim make it dear to make one share worth much.
        amounts = offered;
        shares = match offered[0].wrapping_mul(offered[1]).sqrt().checked_sub(MINIMUM_LIQUIDITY) {
            Some(shares) => shares,
            None => revert("Exchange: insufficient liquidity minted"),
        };
        add_shares(Address::ZERO, MINIMUM_LIQUIDITY);
        supply = MINIMUM_LIQUIDITY;
    } else {
        amounts = in_proportion(reserves, offered);
        shares = scale(amounts[0], supply, reserves[0]).min(scale(amounts[1], supply, reserves[1]));
    }
    require(!shares.is_zero(), "Exchange: insufficient liquidity minted");
    require(shares >= least, "Exchange: slippage");
    for (reserve, amount) in reserves.iter_mut().zip(amounts) {
        *reserve = reserve.wrapping_add(amount);
    }
    store_reserves(reserves);
    TOTAL_SUPPLY.store(supply.wrapping_add(shares));
    add_shares(provider, shares);
    take(0, amounts[0]);
    take(1, amounts[1]);
    emit_liquidity(LIQUIDITY_ADDED, provider, amounts, shares);
    return_word(shares);
    commit()
}

fn remove_liquidity(input: Input) -> u32 {
    let (shares, least) = (input.word(0), [input.word(1), input.word(2)]);
    require(!shares.is_zero(), "Exchange: zero amount");
    let _guard = Guard::enter();
    let provider = msg_sender();
    let slot = BALANCES.mapping(provider);
    let supply = TOTAL_SUPPLY.load();
    let held = match slot.load().checked_sub(shares) {
        Some(held) => held,
        None => revert("Exchange: insufficient shares"),
    };
    let mut reserves = load_reserves();
    let amounts = [scale(shares, reserves[0], supply), scale(shares, reserves[1], supply)];
    require(amounts[0] >= least[0] && amounts[1] >= least[1], "Exchange: slippage");
    for (reserve, amount) in reserves.iter_mut().zip(amounts) {
        *reserve = reserve.wrapping_sub(amount);
    }
    slot.store(held);
    store_reserves(reserves);
    TOTAL_SUPPLY.store(supply.wrapping_sub(shares));
    erc20::transfer(token(0), provider, amounts[0]);
    erc20::transfer(token(1), provider, amounts[1]);
    emit_liquidity(LIQUIDITY_REMOVED, provider, amounts, shares);
    return_pair(amounts);
    commit()
}

fn swap(input: Input) -> u32 {
    let (to, paid) = (input.address(3), number_of(input.address(0)));
    let (amount, least) = (amount(input, 1), input.word(2));
    let _guard = Guard::enter();
    let mut reserves = load_reserves();
    let given = output_for(reserves, paid, amount);
    require(given >= least, "Exchange: slippage");
    reserves[paid] = reserves[paid].wrapping_add(amount);
    reserves[1 - paid] = reserves[1 - paid].wrapping_sub(given); // the output is always less than the reserve
    store_reserves(reserves);
    take(paid, amount);
    erc20::transfer(token(1 - paid), to, given);
    emit(4, [SWAP, msg_sender().into(), token(paid).into(), to.into(), amount, given]);
    return_word(given);
    commit()
}

/// Runs on every call.
#[no_mangle]
pub extern "C" fn user_entrypoint(len: u32) -> u32 {
    let input = Input::read_call(len);
    non_payable();
    match input.selector() {
        0x0dfe1681 => return_word(token(0)),                                     // token0()
        0xd21220a7 => return_word(token(1)),                                     // token1()
        0x0902f1ac => return_pair(load_reserves()),                              // getReserves()
        0x18160ddd => return_word(TOTAL_SUPPLY.load()),                          // totalSupply()
        0x70a08231 => return_word(BALANCES.mapping(input.address(0)).load()),    // balanceOf(address)
        0x8f79306e => quote(input),                                              // quote(address,uint256)
        0x422f1043 => add_liquidity(input),                                      // addLiquidity(uint256,uint256,uint256)
        0x857620e1 => remove_liquidity(input),                                   // removeLiquidity(uint256,uint256,uint256)
        0xf3e6ea8a => swap(input),                                               // swap(address,uint256,uint256,address)
        _ => revert("ABI: unknown selector"),
    }
}

/// constructor(address token0, address token1)
#[no_mangle]
pub extern "C" fn user_constructor(len: u32) -> u32 {
    let input = Input::read_constructor(len);
    non_payable();
    let (first, second) = (input.address(0), input.address(1));
    require(!first.is_zero() && !second.is_zero(), "Exchange: zero address");
    require(first != second, "Exchange: identical tokens");
    TOKENS[0].store(first);
    TOKENS[1].store(second);
    commit()
}
