// A wallet of several owners, a number of whom must agree. README.md has its interface, storage layout and reasons for reverting.
#include "contract.h"
#include "call.h"

enum { OWNERS = 0, IS_OWNER = 1, THRESHOLD = 2, TRANSACTIONS = 3, CONFIRMED = 4 };

#define OWNERS_MAX 50
#define DATA_MAX 4096

// keccak256 of Deposit(address,uint256)
static const word DEPOSIT = {{0xe1, 0xff, 0xfc, 0xc4, 0x92, 0x3d, 0x04, 0xb5, 0x59, 0xf4, 0xd2, 0x9a, 0x8b, 0xfc, 0x6c, 0xda,
                              0x04, 0xeb, 0x5b, 0x0d, 0x3c, 0x46, 0x07, 0x51, 0xc2, 0x40, 0x2c, 0x5c, 0x5c, 0xc9, 0x10, 0x9c}};
// keccak256 of Submitted(uint256,address,address,uint256,bytes)
static const word SUBMITTED = {{0xf8, 0x7e, 0xac, 0x85, 0xbb, 0x68, 0x50, 0x97, 0x89, 0x42, 0xaa, 0x85, 0xe4, 0xf3, 0x68, 0xce,
                                0x0b, 0x10, 0x6e, 0xff, 0x68, 0x12, 0x40, 0x32, 0xb5, 0xbb, 0x80, 0x6d, 0x8d, 0xe7, 0x9a, 0xbf}};
// keccak256 of Confirmed(uint256,address)
static const word CONFIRMED_EVENT = {{0x6f, 0x22, 0x0d, 0x98, 0xc1, 0x5d, 0xbd, 0x07, 0xfd, 0xc2, 0x47, 0x81, 0xb6, 0x82, 0xea, 0x34,
                                      0xf9, 0x24, 0x11, 0xfc, 0x61, 0xb8, 0x3c, 0x76, 0x1d, 0xd9, 0x27, 0xaf, 0xbe, 0x02, 0xd3, 0xfd}};
// keccak256 of Revoked(uint256,address)
static const word REVOKED = {{0x08, 0x19, 0x47, 0x6e, 0x55, 0xff, 0xbe, 0x23, 0xdf, 0x64, 0x35, 0x3d, 0x5f, 0x78, 0x98, 0x42,
                              0x96, 0x09, 0x39, 0x7c, 0xc9, 0x3c, 0x44, 0x30, 0x0b, 0x05, 0x8b, 0x51, 0x64, 0x8f, 0x78, 0x78}};
// keccak256 of Executed(uint256,address)
static const word EXECUTED = {{0x72, 0x71, 0xf8, 0xb3, 0xd4, 0x8d, 0x26, 0xcc, 0xc8, 0x39, 0xc0, 0xf4, 0x24, 0xfe, 0x9e, 0x12,
                               0xfe, 0x4e, 0x05, 0x81, 0x08, 0xb5, 0x8c, 0x09, 0x6c, 0x07, 0x86, 0x59, 0xc7, 0xfb, 0xad, 0xf6}};

static u8 data[DATA_MAX], encoded[5 * 32 + 32 + DATA_MAX];

static word plus(const word *slot, u64 offset) {
    word sum = word_from_u64(offset);
    word_add(slot, &sum, &sum);
    return sum;
}

// ---- Owners

static word owner_flag(const address *who) {
    word slot = slot_of(IS_OWNER);
    return mapping_slot_address(who, &slot);
}

static int is_owner(const address *who) {
    word slot = owner_flag(who);
    word flag = load(&slot);
    return !word_is_zero(&flag);
}

static address only_owner(void) {
    address who = sender();
    require(is_owner(&who), "Wallet: not an owner");
    return who;
}

// ---- Transactions: three slots each, from keccak256(TRANSACTIONS) on: address to, bool executed and uint64 confirmations packed
// from the low bytes; uint256 value; bytes data.

typedef struct {
    word slot;
    word packed;
} transaction;

static u64 transaction_count(void) {
    word count = load_slot(TRANSACTIONS);
    return word_limb(&count, 3);
}

static word transaction_slot(u64 id) {
    word slot = slot_of(TRANSACTIONS);
    word first = array_slot(&slot);
    return plus(&first, 3 * id);
}

// The transaction that argument 0 names.
static transaction arg_transaction(void) {
    word id = arg_word(0);
    require(word_fits_u64(&id) && word_limb(&id, 3) < transaction_count(), "Wallet: no such transaction");
    transaction t;
    t.slot = transaction_slot(word_limb(&id, 3));
    t.packed = load(&t.slot);
    return t;
}

static int is_executed(const transaction *t) { return t->packed.bytes[11] != 0; }

static u64 confirmations(const transaction *t) {
    u64 raw;
    copy(&raw, t->packed.bytes + 3, 8);
    return __builtin_bswap64(raw);
}

static void set_confirmations(transaction *t, u64 count) {
    u64 raw = __builtin_bswap64(count);
    copy(t->packed.bytes + 3, &raw, 8);
    store(&t->slot, &t->packed);
}

static word confirmation_flag(const word *id, const address *owner) {
    word slot = slot_of(CONFIRMED);
    word inner = mapping_slot(id, &slot);
    return mapping_slot_address(owner, &inner);
}

static void emit_decision(const word *event, const word *id, const address *owner) {
    word log[3] = {*event, *id, word_from_address(owner)};
    emit_log(log[0].bytes, sizeof log, 3);
}

// ---- The functions

static int deposit(void) {
    address from = sender();
    word log[3] = {DEPOSIT, word_from_address(&from)};
    msg_value(log[2].bytes);
    emit_log(log[0].bytes, sizeof log, 2);
    return 0;
}

static int return_owners(void) {
    word slot = slot_of(OWNERS), count = load(&slot), offset = word_from_u64(32);
    word at = array_slot(&slot);
    u32 owners = (u32)word_limb(&count, 3);
    copy(encoded, offset.bytes, 32);
    copy(encoded + 32, count.bytes, 32);
    for (u32 i = 0; i < owners; i++) {
        word owner = load(&at);
        copy(encoded + 64 + 32 * i, owner.bytes, 32);
        increment(&at);
    }
    write_result(encoded, 64 + 32 * owners);
    return 0;
}

static int return_is_owner(void) {
    address who = arg_address(0);
    return return_u64(is_owner(&who));
}

static int return_threshold(void) {
    word threshold = load_slot(THRESHOLD);
    return return_word(&threshold);
}

// (address to, uint256 value, bytes data, bool executed, uint256 confirmations)
static int return_transaction(void) {
    transaction t = arg_transaction();
    word value_slot = plus(&t.slot, 1), data_slot = plus(&t.slot, 2);
    address to = address_from_word(&t.packed);
    u32 len = load_string(&data_slot, data, DATA_MAX);
    word head[5] = {word_from_address(&to), load(&value_slot), word_from_u64(sizeof head), word_from_u64(is_executed(&t)),
                    word_from_u64(confirmations(&t))};
    copy(encoded, head, sizeof head);
    write_result(encoded, sizeof head + encode_tail(encoded + sizeof head, data, len));
    return 0;
}

static int return_is_confirmed(void) {
    word id = arg_word(0);
    address owner = arg_address(1);
    word slot = confirmation_flag(&id, &owner);
    word flag = load(&slot);
    return return_word(&flag);
}

static int submit(void) {
    address owner = only_owner(), to = arg_address(0);
    word value = arg_word(1);
    const u8 *bytes;
    u32 len = arg_bytes(2, &bytes);
    require(len <= DATA_MAX, "Wallet: data too long");
    word id = load_slot(TRANSACTIONS), next = plus(&id, 1);
    word slot = transaction_slot(word_limb(&id, 3)), packed = word_from_address(&to);
    word value_slot = plus(&slot, 1), data_slot = plus(&slot, 2);
    store_slot(TRANSACTIONS, &next);
    store(&slot, &packed);
    store(&value_slot, &value);
    store_string(&data_slot, bytes, len);
    word log[6] = {SUBMITTED, id, word_from_address(&owner), packed, value, word_from_u64(64)};
    copy(encoded, log, sizeof log);
    emit_log(encoded, sizeof log + encode_tail(encoded + sizeof log, bytes, len), 4);
    return_word(&id);
    return commit();
}

static int confirm(void) {
    address owner = only_owner();
    transaction t = arg_transaction();
    require(!is_executed(&t), "Wallet: already executed");
    word id = arg_word(0), slot = confirmation_flag(&id, &owner), flag = load(&slot), yes = word_from_u64(1);
    require(word_is_zero(&flag), "Wallet: already confirmed");
    store(&slot, &yes);
    set_confirmations(&t, confirmations(&t) + 1);
    emit_decision(&CONFIRMED_EVENT, &id, &owner);
    return commit();
}

static int revoke(void) {
    address owner = only_owner();
    transaction t = arg_transaction();
    require(!is_executed(&t), "Wallet: already executed");
    word id = arg_word(0), slot = confirmation_flag(&id, &owner), flag = load(&slot), no = word_zero();
    require(!word_is_zero(&flag), "Wallet: not confirmed");
    store(&slot, &no);
    set_confirmations(&t, confirmations(&t) - 1);
    emit_decision(&REVOKED, &id, &owner);
    return commit();
}

static int execute(void) {
    address owner = only_owner();
    transaction t = arg_transaction();
    require(!is_executed(&t), "Wallet: already executed");
    word threshold = load_slot(THRESHOLD), id = arg_word(0);
    require(confirmations(&t) >= word_limb(&threshold, 3), "Wallet: too few confirmations");
    address to = address_from_word(&t.packed);
    word value_slot = plus(&t.slot, 1), data_slot = plus(&t.slot, 2), value = load(&value_slot);
    u32 len = load_string(&data_slot, data, DATA_MAX);
    // Before the call, so that the callee cannot have it executed twice.
    t.packed.bytes[11] = 1;
    store(&t.slot, &t.packed);
    if (!try_call(&to, &value, data, len)) forward_revert();
    emit_decision(&EXECUTED, &id, &owner);
    return commit();
}

int user_entrypoint(u32 args_len) {
    if (args_len == 0) return deposit();
    u32 selector = read_call(args_len);
    non_payable();
    switch (selector) {
    case 0xaffe39c1: return return_owners();                  // owners()
    case 0x2f54bf6e: return return_is_owner();                // isOwner(address)
    case 0x42cde4e8: return return_threshold();               // threshold()
    case 0xb77bf600: return return_u64(transaction_count());  // transactionCount()
    case 0x9ace38c2: return return_transaction();             // transactions(uint256)
    case 0x80f59a65: return return_is_confirmed();            // isConfirmed(uint256,address)
    case 0x14de327f: return submit();                         // submit(address,uint256,bytes)
    case 0xba0179b5: return confirm();                        // confirm(uint256)
    case 0x20c5429b: return revoke();                         // revoke(uint256)
    case 0xfe0d94c1: return execute();                        // execute(uint256)
    default: revert_reason("ABI: unknown selector");
    }
}

// constructor(address[] owners, uint256 threshold)
CONSTRUCTOR int user_constructor(u32 args_len) {
    read_constructor(args_len);
    non_payable();
    const u8 *owners;
    u32 count = arg_addresses(0, &owners);
    word threshold = arg_word(1), yes = word_from_u64(1);
    require(count <= OWNERS_MAX, "Wallet: too many owners");
    require(word_fits_u64(&threshold) && word_limb(&threshold, 3) > 0 && word_limb(&threshold, 3) <= count, "Wallet: bad threshold");
    word slot = slot_of(OWNERS), length = word_from_u64(count), at = array_slot(&slot);
    store(&slot, &length);
    for (u32 i = 0; i < count; i++) {
        address owner = address_at(owners, i);
        require(!address_is_zero(&owner), "Wallet: zero owner");
        require(!is_owner(&owner), "Wallet: duplicate owner");
        word flag = owner_flag(&owner), w = word_from_address(&owner);
        store(&flag, &yes);
        store(&at, &w);
        increment(&at);
    }
    store_slot(THRESHOLD, &threshold);
    return commit();
}
