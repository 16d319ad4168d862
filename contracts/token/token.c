// An ERC-20 token with an owner who may mint. README.md has its interface, storage layout and reasons for reverting.
// https://eips.ethereum.org/EIPS/eip-20
#include "contract.h"

// Slot numbers, as Solidity would give them to the variables listed in README.md.
enum { BALANCES = 0, ALLOWANCES = 1, TOTAL_SUPPLY = 2, NAME = 3, SYMBOL = 4, OWNER_AND_DECIMALS = 5 };

#define STRING_MAX 4096

// keccak256 of Transfer(address,address,uint256)
static const word TRANSFER = {{0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68, 0xfc, 0x37, 0x8d, 0xaa,
                               0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, 0x23, 0xb3, 0xef}};
// keccak256 of Approval(address,address,uint256)
static const word APPROVAL = {{0x8c, 0x5b, 0xe1, 0xe5, 0xeb, 0xec, 0x7d, 0x5b, 0xd1, 0x4f, 0x71, 0x42, 0x7d, 0x1e, 0x84, 0xf3,
                               0xdd, 0x03, 0x14, 0xc0, 0xf7, 0xb2, 0x29, 0x1e, 0x5b, 0x20, 0x0a, 0xc8, 0xc7, 0xc3, 0xb9, 0x25}};
// keccak256 of OwnershipTransferred(address,address)
static const word OWNERSHIP_TRANSFERRED = {{0x8b, 0xe0, 0x07, 0x9c, 0x53, 0x16, 0x59, 0x14, 0x13, 0x44, 0xcd, 0x1f, 0xd0, 0xa4, 0xf2, 0x84,
                                            0x19, 0x49, 0x7f, 0x97, 0x22, 0xa3, 0xda, 0xaf, 0xe3, 0xb4, 0x18, 0x6f, 0x6b, 0x64, 0x57, 0xe0}};

static word balance_slot(const address *account) {
    word slot = slot_of(BALANCES);
    return mapping_slot_address(account, &slot);
}

static word allowance_slot(const address *owner, const address *spender) {
    word slot = slot_of(ALLOWANCES);
    word inner = mapping_slot_address(owner, &slot);
    return mapping_slot_address(spender, &inner);
}

// ---- Events

static void emit_amount(const word *event, const address *from, const address *to, const word *amount) {
    word log[4] = {*event, word_from_address(from), word_from_address(to), *amount};
    emit_log(log[0].bytes, sizeof log, 3);
}

static void emit_ownership_transferred(const address *from, const address *to) {
    word log[3] = {OWNERSHIP_TRANSFERRED, word_from_address(from), word_from_address(to)};
    emit_log(log[0].bytes, sizeof log, 3);
}

// ---- Balances

static void debit(const address *account, const word *amount, const char *reason) {
    word slot = balance_slot(account);
    word balance = load(&slot), rest;
    require(!word_sub(&balance, amount, &rest), reason);
    store(&slot, &rest);
}

// Cannot overflow: no balance exceeds the total supply, which is checked when it grows.
static void credit(const address *account, const word *amount) {
    word slot = balance_slot(account);
    word balance = load(&slot), sum;
    word_add(&balance, amount, &sum);
    store(&slot, &sum);
}

static void move_tokens(const address *from, const address *to, const word *amount) {
    require(!address_is_zero(from), "ERC20: transfer from the zero address");
    require(!address_is_zero(to), "ERC20: transfer to the zero address");
    debit(from, amount, "ERC20: transfer amount exceeds balance");
    credit(to, amount);
    emit_amount(&TRANSFER, from, to, amount);
}

static void mint_tokens(const address *to, const word *amount) {
    address nobody = address_zero();
    word supply = load_slot(TOTAL_SUPPLY), grown;
    require(!address_is_zero(to), "ERC20: mint to the zero address");
    require(!word_add(&supply, amount, &grown), "ERC20: total supply overflow");
    store_slot(TOTAL_SUPPLY, &grown);
    credit(to, amount);
    emit_amount(&TRANSFER, &nobody, to, amount);
}

// ---- Ownership: the owner's address is the low 20 bytes of its slot, the decimals the byte above them.

static address owner_address(void) {
    word packed = load_slot(OWNER_AND_DECIMALS);
    return address_from_word(&packed);
}

static void only_owner(void) {
    address owner = owner_address(), caller = sender();
    require(address_equal(&owner, &caller), "Ownable: caller is not the owner");
}

// ---- The functions

static int return_true(void) {
    return_u64(1);
    return commit();
}

static int return_string(u32 slot_number) {
    static u8 text[STRING_MAX], encoded[64 + STRING_MAX];
    word slot = slot_of(slot_number);
    u32 len = load_string(&slot, text, STRING_MAX);
    write_result(encoded, encode_bytes(encoded, text, len));
    return 0;
}

static int decimals(void) {
    word packed = load_slot(OWNER_AND_DECIMALS);
    return return_u64(packed.bytes[11]);
}

static int total_supply(void) {
    word supply = load_slot(TOTAL_SUPPLY);
    return return_word(&supply);
}

static int balance_of(void) {
    address account = arg_address(0);
    word slot = balance_slot(&account);
    word balance = load(&slot);
    return return_word(&balance);
}

static int transfer(void) {
    address from = sender(), to = arg_address(0);
    word amount = arg_word(1);
    move_tokens(&from, &to, &amount);
    return return_true();
}

static int approve(void) {
    address owner = sender(), spender = arg_address(0);
    word amount = arg_word(1);
    require(!address_is_zero(&spender), "ERC20: approve to the zero address");
    word slot = allowance_slot(&owner, &spender);
    store(&slot, &amount);
    emit_amount(&APPROVAL, &owner, &spender, &amount);
    return return_true();
}

static int allowance(void) {
    address owner = arg_address(0), spender = arg_address(1);
    word slot = allowance_slot(&owner, &spender);
    word left = load(&slot);
    return return_word(&left);
}

static int transfer_from(void) {
    address spender = sender(), from = arg_address(0), to = arg_address(1);
    word amount = arg_word(2);
    word slot = allowance_slot(&from, &spender);
    word allowed = load(&slot), infinite = word_max();
    if (!word_equal(&allowed, &infinite)) {
        word rest;
        require(!word_sub(&allowed, &amount, &rest), "ERC20: insufficient allowance");
        store(&slot, &rest);
    }
    move_tokens(&from, &to, &amount);
    return return_true();
}

static int mint(void) {
    address to = arg_address(0);
    word amount = arg_word(1);
    only_owner();
    mint_tokens(&to, &amount);
    return commit();
}

static int burn(void) {
    address from = sender(), nobody = address_zero();
    word amount = arg_word(0);
    debit(&from, &amount, "ERC20: burn amount exceeds balance");
    word supply = load_slot(TOTAL_SUPPLY), rest;
    word_sub(&supply, &amount, &rest); // no balance exceeds the supply
    store_slot(TOTAL_SUPPLY, &rest);
    emit_amount(&TRANSFER, &from, &nobody, &amount);
    return commit();
}

static int owner(void) {
    address a = owner_address();
    return return_address(&a);
}

static int transfer_ownership(void) {
    address next = arg_address(0);
    only_owner();
    require(!address_is_zero(&next), "Ownable: new owner is the zero address");
    address previous = owner_address();
    word packed = load_slot(OWNER_AND_DECIMALS);
    copy(packed.bytes + 12, next.bytes, 20);
    store_slot(OWNER_AND_DECIMALS, &packed);
    emit_ownership_transferred(&previous, &next);
    return commit();
}

int user_entrypoint(u32 args_len) {
    u32 selector = read_call(args_len);
    non_payable();
    switch (selector) {
    case 0x06fdde03: return return_string(NAME);      // name()
    case 0x95d89b41: return return_string(SYMBOL);    // symbol()
    case 0x313ce567: return decimals();               // decimals()
    case 0x18160ddd: return total_supply();           // totalSupply()
    case 0x70a08231: return balance_of();             // balanceOf(address)
    case 0xa9059cbb: return transfer();               // transfer(address,uint256)
    case 0x095ea7b3: return approve();                // approve(address,uint256)
    case 0xdd62ed3e: return allowance();              // allowance(address,address)
    case 0x23b872dd: return transfer_from();          // transferFrom(address,address,uint256)
    case 0x40c10f19: return mint();                   // mint(address,uint256)
    case 0x42966c68: return burn();                   // burn(uint256)
    case 0x8da5cb5b: return owner();                  // owner()
    case 0xf2fde38b: return transfer_ownership();     // transferOwnership(address)
    default: revert_reason("ABI: unknown selector");
    }
}

// constructor(string name, string symbol, uint8 decimals, uint256 initialSupply)
CONSTRUCTOR int user_constructor(u32 args_len) {
    read_constructor(args_len);
    non_payable();
    const u8 *name, *symbol;
    u32 name_len = arg_bytes(0, &name), symbol_len = arg_bytes(1, &symbol);
    require(name_len <= STRING_MAX && symbol_len <= STRING_MAX, "ERC20: name or symbol too long");
    word packed = word_zero(), name_slot = slot_of(NAME), symbol_slot = slot_of(SYMBOL);
    address deployer = sender(), nobody = address_zero();
    packed.bytes[11] = arg_u8(2);
    copy(packed.bytes + 12, deployer.bytes, 20);
    word supply = arg_word(3);
    store_string(&name_slot, name, name_len);
    store_string(&symbol_slot, symbol, symbol_len);
    store_slot(OWNER_AND_DECIMALS, &packed);
    emit_ownership_transferred(&nobody, &deployer);
    mint_tokens(&deployer, &supply);
    return commit();
}
