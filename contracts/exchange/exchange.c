// A constant-product exchange of two ERC-20 tokens. README.md has its interface, storage layout and reasons for reverting.
#include "contract.h"
#include "erc20.h"
#include "guard.h"

enum { TOKEN0 = 0, TOKEN1 = 1, RESERVES = 2, TOTAL_SUPPLY = 3, BALANCES = 4 };

#define MINIMUM_LIQUIDITY 1000

// keccak256 of LiquidityAdded(address,uint256,uint256,uint256)
static const word LIQUIDITY_ADDED = {{0x64, 0xb8, 0x39, 0x44, 0xe7, 0x9c, 0x3c, 0xe8, 0xd4, 0xc2, 0x97, 0x41, 0x1d, 0xe6, 0x37, 0xc3,
                                      0xe1, 0x02, 0xd0, 0x64, 0x67, 0x7a, 0xac, 0x0c, 0x16, 0x39, 0x76, 0xeb, 0xdc, 0xd6, 0xf5, 0x0e}};
// keccak256 of LiquidityRemoved(address,uint256,uint256,uint256)
static const word LIQUIDITY_REMOVED = {{0x1d, 0xc8, 0xbb, 0x69, 0xdf, 0x2b, 0x8e, 0x91, 0xfb, 0xdc, 0xbf, 0xcf, 0x93, 0xd9, 0x51, 0xb3,
                                        0xf0, 0x00, 0x0f, 0x08, 0x5a, 0x95, 0xfe, 0x3f, 0x79, 0x46, 0xd6, 0x16, 0x14, 0x39, 0x24, 0x5d}};
// keccak256 of Swap(address,address,address,uint256,uint256)
static const word SWAP = {{0xcd, 0x38, 0x29, 0xa3, 0x81, 0x3d, 0xc3, 0xcd, 0xd1, 0x88, 0xfd, 0x3d, 0x01, 0xdc, 0xf3, 0x26,
                           0x8c, 0x16, 0xbe, 0x2f, 0xdd, 0x2d, 0xd2, 0x1d, 0x06, 0x65, 0x41, 0x88, 0x16, 0xe4, 0x60, 0x62}};

// ---- Reserves: two uint112 in one slot, the first in the low bytes. Products of two of them, and of 1000 more, fit a word.

typedef struct { word of[2]; } pair;

static pair load_reserves(void) {
    pair reserves = {{word_zero(), word_zero()}};
    word packed = load_slot(RESERVES);
    copy(reserves.of[0].bytes + 18, packed.bytes + 18, 14);
    copy(reserves.of[1].bytes + 18, packed.bytes + 4, 14);
    return reserves;
}

static int fits_reserve(const word *amount) {
    u8 above = 0;
    for (u32 i = 0; i < 18; i++) above |= amount->bytes[i];
    return above == 0;
}

static void store_reserves(const pair *reserves) {
    word packed = word_zero();
    require(fits_reserve(&reserves->of[0]) && fits_reserve(&reserves->of[1]), "Exchange: reserve overflow");
    copy(packed.bytes + 18, reserves->of[0].bytes + 18, 14);
    copy(packed.bytes + 4, reserves->of[1].bytes + 18, 14);
    store_slot(RESERVES, &packed);
}

static word arg_amount(u32 index) {
    word amount = arg_word(index);
    require(!word_is_zero(&amount), "Exchange: zero amount");
    require(fits_reserve(&amount), "Exchange: amount too large");
    return amount;
}

static word scale(const word *amount, const word *by, const word *over) {
    word product;
    word_mul(amount, by, &product);
    return word_div(&product, over);
}

// ---- Tokens and shares

static address token(u32 number) {
    word w = load_slot(TOKEN0 + number);
    return address_from_word(&w);
}

// 0 or 1, as the argument is the first or the second token.
static u32 arg_token(u32 index) {
    address wanted = arg_address(index), first = token(0), second = token(1);
    if (address_equal(&wanted, &first)) return 0;
    require(address_equal(&wanted, &second), "Exchange: unknown token");
    return 1;
}

// Takes tokens of the caller, and believes the token's balances, not its word.
static void take(u32 number, const word *amount) {
    address of = token(number), from = sender(), self = this_contract();
    word before = erc20_balance_of(&of, &self), expected;
    require(!word_add(&before, amount, &expected), "Exchange: amount not received");
    erc20_transfer_from(&of, &from, &self, amount);
    word after = erc20_balance_of(&of, &self);
    require(word_compare(&after, &expected) >= 0, "Exchange: amount not received");
}

static void give(u32 number, const address *to, const word *amount) {
    address of = token(number);
    erc20_transfer(&of, to, amount);
}

static word share_slot(const address *owner) {
    word slot = slot_of(BALANCES);
    return mapping_slot_address(owner, &slot);
}

// Cannot overflow: shares are fewer than 2^112, being no more than the root of the reserves' product.
static void add_shares(const address *owner, const word *shares) {
    word slot = share_slot(owner);
    word held = load(&slot);
    word_add(&held, shares, &held);
    store(&slot, &held);
}

static void emit_liquidity(const word *event, const address *provider, const pair *amounts, const word *shares) {
    word log[5] = {*event, word_from_address(provider), amounts->of[0], amounts->of[1], *shares};
    emit_log(log[0].bytes, sizeof log, 2);
}

// ---- The functions

static int return_token(u32 number) {
    address a = token(number);
    return return_address(&a);
}

static int get_reserves(void) {
    pair reserves = load_reserves();
    write_result(reserves.of[0].bytes, sizeof reserves);
    return 0;
}

static int total_supply(void) {
    word supply = load_slot(TOTAL_SUPPLY);
    return return_word(&supply);
}

static int balance_of(void) {
    address owner = arg_address(0);
    word slot = share_slot(&owner);
    word shares = load(&slot);
    return return_word(&shares);
}

// What is given for `amount` of token number `in`, of which 3 in 1000 stay with the exchange.
static word output_for(const pair *reserves, u32 in, const word *amount) {
    const word *have = &reserves->of[in], *other = &reserves->of[1 - in];
    word kept = word_from_u64(997), whole = word_from_u64(1000), paid, base;
    require(!word_is_zero(have) && !word_is_zero(other), "Exchange: insufficient liquidity");
    word_mul(amount, &kept, &paid);
    word_mul(have, &whole, &base);
    word_add(&base, &paid, &base);
    return scale(&paid, other, &base);
}

static int quote(void) {
    u32 in = arg_token(0);
    word amount = arg_amount(1);
    pair reserves = load_reserves();
    word out = output_for(&reserves, in, &amount);
    return return_word(&out);
}

// Of the amounts offered, as much as has the reserves' proportion.
static pair in_proportion(const pair *reserves, const word *amount0, const word *amount1) {
    word matching1 = scale(amount0, &reserves->of[1], &reserves->of[0]);
    if (word_compare(&matching1, amount1) <= 0) return (pair){{*amount0, matching1}};
    return (pair){{scale(amount1, &reserves->of[0], &reserves->of[1]), *amount1}};
}

static int add_liquidity(void) {
    word amount0 = arg_amount(0), amount1 = arg_amount(1), least = arg_word(2);
    guard_enter();
    address provider = sender();
    pair reserves = load_reserves(), amounts = {{amount0, amount1}};
    word supply = load_slot(TOTAL_SUPPLY), shares;
    if (word_is_zero(&supply)) {
        // Shares that nobody can ever claim make it dear to make one share worth much.
        address nobody = address_zero();
        word locked = word_from_u64(MINIMUM_LIQUIDITY), product;
        word_mul(&amount0, &amount1, &product);
        product = word_sqrt(&product);
        require(!word_sub(&product, &locked, &shares), "Exchange: insufficient liquidity minted");
        add_shares(&nobody, &locked);
        supply = locked;
    } else {
        amounts = in_proportion(&reserves, &amount0, &amount1);
        word shares0 = scale(&amounts.of[0], &supply, &reserves.of[0]), shares1 = scale(&amounts.of[1], &supply, &reserves.of[1]);
        shares = word_min(&shares0, &shares1);
    }
    require(!word_is_zero(&shares), "Exchange: insufficient liquidity minted");
    require(word_compare(&shares, &least) >= 0, "Exchange: slippage");
    for (u32 i = 0; i < 2; i++) word_add(&reserves.of[i], &amounts.of[i], &reserves.of[i]);
    store_reserves(&reserves);
    word_add(&supply, &shares, &supply);
    store_slot(TOTAL_SUPPLY, &supply);
    add_shares(&provider, &shares);
    take(0, &amounts.of[0]);
    take(1, &amounts.of[1]);
    guard_leave();
    emit_liquidity(&LIQUIDITY_ADDED, &provider, &amounts, &shares);
    return_word(&shares);
    return commit();
}

static int remove_liquidity(void) {
    word shares = arg_word(0), least[2] = {arg_word(1), arg_word(2)};
    require(!word_is_zero(&shares), "Exchange: zero amount");
    guard_enter();
    address provider = sender();
    word slot = share_slot(&provider);
    word held = load(&slot), supply = load_slot(TOTAL_SUPPLY);
    require(!word_sub(&held, &shares, &held), "Exchange: insufficient shares");
    pair reserves = load_reserves(), amounts;
    for (u32 i = 0; i < 2; i++) {
        amounts.of[i] = scale(&shares, &reserves.of[i], &supply);
        require(word_compare(&amounts.of[i], &least[i]) >= 0, "Exchange: slippage");
        word_sub(&reserves.of[i], &amounts.of[i], &reserves.of[i]);
    }
    store(&slot, &held);
    store_reserves(&reserves);
    word_sub(&supply, &shares, &supply);
    store_slot(TOTAL_SUPPLY, &supply);
    give(0, &provider, &amounts.of[0]);
    give(1, &provider, &amounts.of[1]);
    guard_leave();
    emit_liquidity(&LIQUIDITY_REMOVED, &provider, &amounts, &shares);
    write_result(amounts.of[0].bytes, sizeof amounts);
    return commit();
}

static int swap(void) {
    address to = arg_address(3);
    u32 in = arg_token(0), out = 1 - in;
    word amount = arg_amount(1), least = arg_word(2);
    guard_enter();
    pair reserves = load_reserves();
    word given = output_for(&reserves, in, &amount);
    require(word_compare(&given, &least) >= 0, "Exchange: slippage");
    word_add(&reserves.of[in], &amount, &reserves.of[in]);
    word_sub(&reserves.of[out], &given, &reserves.of[out]); // the output is always less than the reserve
    store_reserves(&reserves);
    take(in, &amount);
    give(out, &to, &given);
    guard_leave();
    address trader = sender(), paid = token(in);
    word log[6] = {SWAP, word_from_address(&trader), word_from_address(&paid), word_from_address(&to), amount, given};
    emit_log(log[0].bytes, sizeof log, 4);
    return_word(&given);
    return commit();
}

int user_entrypoint(u32 args_len) {
    u32 selector = read_call(args_len);
    non_payable();
    switch (selector) {
    case 0x0dfe1681: return return_token(0);          // token0()
    case 0xd21220a7: return return_token(1);          // token1()
    case 0x0902f1ac: return get_reserves();           // getReserves()
    case 0x18160ddd: return total_supply();           // totalSupply()
    case 0x70a08231: return balance_of();             // balanceOf(address)
    case 0x8f79306e: return quote();                  // quote(address,uint256)
    case 0x422f1043: return add_liquidity();          // addLiquidity(uint256,uint256,uint256)
    case 0x857620e1: return remove_liquidity();       // removeLiquidity(uint256,uint256,uint256)
    case 0xf3e6ea8a: return swap();                   // swap(address,uint256,uint256,address)
    default: revert_reason("ABI: unknown selector");
    }
}

// constructor(address token0, address token1)
CONSTRUCTOR int user_constructor(u32 args_len) {
    read_constructor(args_len);
    non_payable();
    address first = arg_address(0), second = arg_address(1);
    require(!address_is_zero(&first) && !address_is_zero(&second), "Exchange: zero address");
    require(!address_equal(&first, &second), "Exchange: identical tokens");
    word a = word_from_address(&first), b = word_from_address(&second);
    store_slot(TOKEN0, &a);
    store_slot(TOKEN1, &b);
    return commit();
}
