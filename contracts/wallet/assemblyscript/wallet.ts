// A wallet of several owners, a number of whom must agree. ../README.md has its interface, storage layout and reasons for reverting.
import {
  Address, commit, Encoder, forwardRevert, Input, log, msgSender, msgValue, nonPayable, require, returnU64, returnWord, revert, Slot,
  SUCCESS, tryCall, U256,
} from "../../../sdk/assemblyscript/assembly";

// Slot numbers, as Solidity would give them to the variables listed in README.md.
const OWNERS = 0, IS_OWNER = 1, THRESHOLD = 2, TRANSACTIONS = 3, CONFIRMED = 4;

const OWNERS_MAX: u32 = 50;
const DATA_MAX: u32 = 4096;
const ENCODED_MAX: u32 = 6 * 32 + 32 + 4096;

const data = memory.data(4096);
const encoded = memory.data(6 * 32 + 32 + 4096);

// keccak256 of Deposit(address,uint256)
const DEPOSIT = "e1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c";
// keccak256 of Submitted(uint256,address,address,uint256,bytes)
const SUBMITTED = "f87eac85bb6850978942aa85e4f368ce0b106eff68124032b5bb806d8de79abf";
// keccak256 of Confirmed(uint256,address)
const CONFIRMED_EVENT = "6f220d98c15dbd07fdc24781b682ea34f92411fc61b83c761dd927afbe02d3fd";
// keccak256 of Revoked(uint256,address)
const REVOKED = "0819476e55ffbe23df64353d5f7898429609397cc93c44300b058b51648f7878";
// keccak256 of Executed(uint256,address)
const EXECUTED = "7271f8b3d48d26ccc839c0f424fe9e12fe4e058108b58c096c078659c7fbadf6";

function ownerFlag(who: Address): Slot {
  return Slot.of(IS_OWNER).mappingOf(who);
}

function isOwner(who: Address): bool {
  return !ownerFlag(who).load().isZero;
}

function onlyOwner(): Address {
  const who = msgSender();
  require(isOwner(who), "Wallet: not an owner");
  return who;
}

// ---- Transactions: three slots each, from keccak256(TRANSACTIONS) on: address to, bool executed and uint64 confirmations packed
// from the low bytes; uint256 value; bytes data.

@unmanaged
class Transaction {
  constructor(private slot: Slot, private packed: U256) {}

  static slotOf(id: u64): Slot {
    return Slot.of(TRANSACTIONS).array().plus(3 * id);
  }

  // The transaction that argument 0 names.
  static load(input: Input): Transaction {
    const id = input.word(0);
    require(Slot.of(TRANSACTIONS).load() > id, "Wallet: no such transaction");
    const slot = Transaction.slotOf(id.lowU64);
    return new Transaction(slot, slot.load());
  }

  static loadPending(input: Input): Transaction {
    const transaction = Transaction.load(input);
    require(!transaction.isExecuted, "Wallet: already executed");
    return transaction;
  }

  get to(): Address {
    return Address.fromWord(this.packed);
  }

  get isExecuted(): bool {
    return this.packed.byte(11) != 0;
  }

  get confirmations(): u64 {
    return bswap<u64>(load<u64>(this.packed.pointer + 3));
  }

  get value(): U256 {
    return this.slot.plus(1).load();
  }

  // Loads the data to `data` and returns their length.
  loadData(): u32 {
    return this.slot.plus(2).loadBytes(data, DATA_MAX);
  }

  storeConfirmations(count: u64): void {
    store<u64>(this.packed.pointer + 3, bswap<u64>(count));
    this.slot.store(this.packed);
  }

  storeExecuted(): void {
    store<u8>(this.packed.pointer + 11, 1);
    this.slot.store(this.packed);
  }
}

function confirmationFlag(id: U256, owner: Address): Slot {
  return Slot.of(CONFIRMED).mapping(id).mappingOf(owner);
}

function emitDecision(event: string, id: U256, owner: Address): void {
  log(event).word(id).address(owner).asLog(3);
}

// ---- The functions

function deposit(): u32 {
  log(DEPOSIT).address(msgSender()).word(msgValue()).asLog(2);
  return SUCCESS;
}

function returnOwners(): u32 {
  const slot = Slot.of(OWNERS), count = slot.load(), first = slot.array();
  const encoder = new Encoder(encoded, ENCODED_MAX).u64(32).word(count);
  for (let i: u64 = 0; i < count.lowU64; i++) encoder.word(first.plus(i).load());
  return encoder.asResult();
}

// (address to, uint256 value, bytes data, bool executed, uint256 confirmations)
function returnTransaction(input: Input): u32 {
  const transaction = Transaction.load(input), len = transaction.loadData();
  return new Encoder(encoded, ENCODED_MAX)
    .address(transaction.to)
    .word(transaction.value)
    .u64(5 * 32)
    .u64(transaction.isExecuted)
    .u64(transaction.confirmations)
    .tail(data, len)
    .asResult();
}

function returnIsConfirmed(input: Input): u32 {
  const id = input.word(0), owner = input.address(1);
  return returnWord(confirmationFlag(id, owner).load());
}

function submit(input: Input): u32 {
  const owner = onlyOwner(), to = input.address(0), value = input.word(1), bytes = input.bytes(2);
  require(bytes.count <= DATA_MAX, "Wallet: data too long");
  const counter = Slot.of(TRANSACTIONS), id = counter.load(), slot = Transaction.slotOf(id.lowU64);
  counter.store(id + U256.one());
  slot.store(to.toWord());
  slot.plus(1).store(value);
  slot.plus(2).storeBytes(bytes.pointer, bytes.count);
  new Encoder(encoded, ENCODED_MAX)
    .word(U256.fromHex(SUBMITTED))
    .word(id)
    .address(owner)
    .address(to)
    .word(value)
    .u64(64)
    .tail(bytes.pointer, bytes.count)
    .asLog(4);
  returnWord(id);
  return commit();
}

function confirm(input: Input): u32 {
  const owner = onlyOwner(), transaction = Transaction.loadPending(input), id = input.word(0), flag = confirmationFlag(id, owner);
  require(flag.load().isZero, "Wallet: already confirmed");
  flag.store(U256.one());
  transaction.storeConfirmations(transaction.confirmations + 1);
  emitDecision(CONFIRMED_EVENT, id, owner);
  return commit();
}

function revoke(input: Input): u32 {
  const owner = onlyOwner(), transaction = Transaction.loadPending(input), id = input.word(0), flag = confirmationFlag(id, owner);
  require(!flag.load().isZero, "Wallet: not confirmed");
  flag.store(U256.zero());
  transaction.storeConfirmations(transaction.confirmations - 1);
  emitDecision(REVOKED, id, owner);
  return commit();
}

function execute(input: Input): u32 {
  const owner = onlyOwner(), transaction = Transaction.loadPending(input);
  require(transaction.confirmations >= Slot.of(THRESHOLD).load().lowU64, "Wallet: too few confirmations");
  const value = transaction.value, len = transaction.loadData();
  // Before the call, so that the callee cannot have it executed twice.
  transaction.storeExecuted();
  if (!tryCall(transaction.to, value, data, len)) forwardRevert();
  emitDecision(EXECUTED, input.word(0), owner);
  return commit();
}

export function user_entrypoint(len: u32): u32 {
  if (len == 0) return deposit();
  const input = Input.readCall(len);
  nonPayable();
  switch (input.selector) {
    case 0xaffe39c1: return returnOwners(); // owners()
    case 0x2f54bf6e: return returnU64(isOwner(input.address(0))); // isOwner(address)
    case 0x42cde4e8: return returnWord(Slot.of(THRESHOLD).load()); // threshold()
    case 0xb77bf600: return returnWord(Slot.of(TRANSACTIONS).load()); // transactionCount()
    case 0x9ace38c2: return returnTransaction(input); // transactions(uint256)
    case 0x80f59a65: return returnIsConfirmed(input); // isConfirmed(uint256,address)
    case 0x14de327f: return submit(input); // submit(address,uint256,bytes)
    case 0xba0179b5: return confirm(input); // confirm(uint256)
    case 0x20c5429b: return revoke(input); // revoke(uint256)
    case 0xfe0d94c1: return execute(input); // execute(uint256)
  }
  revert("ABI: unknown selector");
  return 1;
}

// constructor(address[] owners, uint256 threshold)
export function user_constructor(len: u32): u32 {
  const input = Input.readConstructor(len);
  nonPayable();
  const owners = input.addresses(0), threshold = input.word(1);
  require(owners.count <= OWNERS_MAX, "Wallet: too many owners");
  require(!threshold.isZero && threshold <= U256.from(owners.count), "Wallet: bad threshold");
  const list = Slot.of(OWNERS), first = list.array();
  list.store(U256.from(owners.count));
  for (let i: u32 = 0; i < owners.count; i++) {
    const owner = owners.address(i), flag = ownerFlag(owner);
    require(!owner.isZero, "Wallet: zero owner");
    require(flag.load().isZero, "Wallet: duplicate owner");
    flag.store(U256.one());
    first.plus(i).store(owner.toWord());
  }
  Slot.of(THRESHOLD).store(threshold);
  return commit();
}
