//! A wallet of several owners, a number of whom must agree. ../README.md has its interface, storage layout and reasons for reverting.
#![no_std]

use contractvm::abi::{non_payable, require, return_bytes, return_word, revert, Encoder, Input};
use contractvm::call::{forward_revert, try_call};
use contractvm::host::{emit, emit_bytes, msg_sender, msg_value};
use contractvm::scratch::Scratch;
use contractvm::storage::{commit, Slot};
use contractvm::{Address, SUCCESS, U256};

const OWNERS: Slot = Slot::new(0);
const IS_OWNER: Slot = Slot::new(1);
const THRESHOLD: Slot = Slot::new(2);
const TRANSACTIONS: Slot = Slot::new(3);
const CONFIRMED: Slot = Slot::new(4);

const OWNERS_MAX: usize = 50;
const DATA_MAX: usize = 4096;

static DATA: Scratch<DATA_MAX> = Scratch::new();
static ENCODED: Scratch<{ 6 * 32 + 32 + DATA_MAX }> = Scratch::new();

// keccak256 of Deposit(address,uint256)
const DEPOSIT: U256 = U256::from_hex("e1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c");
// keccak256 of Submitted(uint256,address,address,uint256,bytes)
const SUBMITTED: U256 = U256::from_hex("f87eac85bb6850978942aa85e4f368ce0b106eff68124032b5bb806d8de79abf");
// keccak256 of Confirmed(uint256,address)
const CONFIRMED_EVENT: U256 = U256::from_hex("6f220d98c15dbd07fdc24781b682ea34f92411fc61b83c761dd927afbe02d3fd");
// keccak256 of Revoked(uint256,address)
const REVOKED: U256 = U256::from_hex("0819476e55ffbe23df64353d5f7898429609397cc93c44300b058b51648f7878");
// keccak256 of Executed(uint256,address)
const EXECUTED: U256 = U256::from_hex("7271f8b3d48d26ccc839c0f424fe9e12fe4e058108b58c096c078659c7fbadf6");

fn only_owner() -> Address {
    let who = msg_sender();
    require(is_owner(who), "Wallet: not an owner");
    who
}

fn is_owner(who: Address) -> bool {
    !IS_OWNER.mapping(who).load().is_zero()
}

// ---- Transactions: three slots each, from keccak256(TRANSACTIONS) on: address to, bool executed and uint64 confirmations packed
// from the low bytes; uint256 value; bytes data.

struct Transaction {
    slot: Slot,
    to: Address,
    is_executed: bool,
    confirmations: u64,
}

impl Transaction {
    fn slot(id: u64) -> Slot {
        TRANSACTIONS.array().plus(3 * id)
    }

    // The transaction that argument 0 names.
    fn load(input: Input) -> Transaction {
        match input.word(0).to_u64() {
            Some(id) if id < TRANSACTIONS.load().low_u64() => {
                let slot = Transaction::slot(id);
                let word = slot.load();
                let packed = word.to_be_bytes();
                let mut count = [0; 8];
                count.copy_from_slice(&packed[3..11]);
                Transaction { slot, to: Address::from_word(word), is_executed: packed[11] != 0, confirmations: u64::from_be_bytes(count) }
            }
            _ => revert("Wallet: no such transaction"),
        }
    }

    fn load_pending(input: Input) -> Transaction {
        let transaction = Transaction::load(input);
        require(!transaction.is_executed, "Wallet: already executed");
        transaction
    }

    fn store(&self) {
        let mut packed = U256::from(self.to).to_be_bytes();
        packed[11] = self.is_executed as u8;
        packed[3..11].copy_from_slice(&self.confirmations.to_be_bytes());
        self.slot.store(U256::from_be_bytes(packed));
    }

    fn value(&self) -> U256 {
        self.slot.plus(1).load()
    }

    fn data(&self) -> &'static [u8] {
        self.slot.plus(2).load_bytes(DATA.take())
    }
}

fn emit_decision(event: U256, id: U256, owner: Address) {
    emit(3, [event, id, owner.into()]);
}

// ---- The functions

fn deposit() -> u32 {
    emit(2, [DEPOSIT, msg_sender().into(), msg_value()]);
    SUCCESS
}

fn return_owners() -> u32 {
    let count = OWNERS.load();
    let first = OWNERS.array();
    let mut encoder = Encoder::new(ENCODED.take());
    encoder.word(32).word(count);
    for i in 0..count.low_u64() {
        encoder.word(first.plus(i).load());
    }
    return_bytes(encoder.bytes())
}

// (address to, uint256 value, bytes data, bool executed, uint256 confirmations)
fn return_transaction(input: Input) -> u32 {
    let transaction = Transaction::load(input);
    let mut encoder = Encoder::new(ENCODED.take());
    encoder.word(transaction.to).word(transaction.value()).word(5 * 32);
    encoder.word(transaction.is_executed).word(transaction.confirmations).tail(transaction.data());
    return_bytes(encoder.bytes())
}

fn return_is_confirmed(input: Input) -> u32 {
    let (id, owner) = (input.word(0), input.address(1));
    return_word(CONFIRMED.mapping(id).mapping(owner).load())
}

fn submit(input: Input) -> u32 {
    let owner = only_owner();
    let (to, value, data) = (input.address(0), input.word(1), input.bytes(2));
    require(data.len() <= DATA_MAX, "Wallet: data too long");
    let id = TRANSACTIONS.load();
    let slot = Transaction::slot(id.low_u64());
    TRANSACTIONS.store(id.wrapping_add(U256::ONE));
    slot.store(to);
    slot.plus(1).store(value);
    slot.plus(2).store_bytes(data);
    let mut log = Encoder::new(ENCODED.take());
    log.word(SUBMITTED).word(id).word(owner).word(to).word(value).word(64).tail(data);
    emit_bytes(4, log.bytes());
    return_word(id);
    commit()
}

fn confirm(input: Input) -> u32 {
    let owner = only_owner();
    let mut transaction = Transaction::load_pending(input);
    let id = input.word(0);
    let flag = CONFIRMED.mapping(id).mapping(owner);
    require(flag.load().is_zero(), "Wallet: already confirmed");
    flag.store(true);
    transaction.confirmations += 1;
    transaction.store();
    emit_decision(CONFIRMED_EVENT, id, owner);
    commit()
}

fn revoke(input: Input) -> u32 {
    let owner = only_owner();
    let mut transaction = Transaction::load_pending(input);
    let id = input.word(0);
    let flag = CONFIRMED.mapping(id).mapping(owner);
    require(!flag.load().is_zero(), "Wallet: not confirmed");
    flag.store(false);
    transaction.confirmations -= 1;
    transaction.store();
    emit_decision(REVOKED, id, owner);
    commit()
}

fn execute(input: Input) -> u32 {
    let owner = only_owner();
    let mut transaction = Transaction::load_pending(input);
    require(transaction.confirmations >= THRESHOLD.load().low_u64(), "Wallet: too few confirmations");
    let (value, data) = (transaction.value(), transaction.data());
    // Before the call, so that the callee cannot have it executed twice.
    transaction.is_executed = true;
    transaction.store();
    if !try_call(transaction.to, value, data) {
        forward_revert()
    }
    emit_decision(EXECUTED, input.word(0), owner);
    commit()
}

/// Runs on every call.
#[no_mangle]
pub extern "C" fn user_entrypoint(len: u32) -> u32 {
    if len == 0 {
        return deposit();
    }
    let input = Input::read_call(len);
    non_payable();
    match input.selector() {
        0xaffe39c1 => return_owners(),                                   // owners()
        0x2f54bf6e => return_word(is_owner(input.address(0))),           // isOwner(address)
        0x42cde4e8 => return_word(THRESHOLD.load()),                     // threshold()
        0xb77bf600 => return_word(TRANSACTIONS.load()),                  // transactionCount()
        0x9ace38c2 => return_transaction(input),                         // transactions(uint256)
        0x80f59a65 => return_is_confirmed(input),                        // isConfirmed(uint256,address)
        0x14de327f => submit(input),                                     // submit(address,uint256,bytes)
        0xba0179b5 => confirm(input),                                    // confirm(uint256)
        0x20c5429b => revoke(input),                                     // revoke(uint256)
        0xfe0d94c1 => execute(input),                                    // execute(uint256)
        _ => revert("ABI: unknown selector"),
    }
}

/// constructor(address[] owners, uint256 threshold)
#[no_mangle]
pub extern "C" fn user_constructor(len: u32) -> u32 {
    let input = Input::read_constructor(len);
    non_payable();
    let owners = input.addresses(0);
    let count = owners.len() as u64;
    let threshold = input.word(1);
    require(count <= OWNERS_MAX as u64, "Wallet: too many owners");
    require(!threshold.is_zero() && threshold <= U256::new(count), "Wallet: bad threshold");
    OWNERS.store(count);
    let first = OWNERS.array();
    for (i, owner) in owners.enumerate() {
        require(!owner.is_zero(), "Wallet: zero owner");
        require(!is_owner(owner), "Wallet: duplicate owner");
        IS_OWNER.mapping(owner).store(true);
        first.plus(i as u64).store(owner);
    }
    THRESHOLD.store(threshold);
    commit()
}
