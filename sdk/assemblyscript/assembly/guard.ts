// Transient storage (EIP-1153), which lasts for a transaction, and a guard against reentrancy made of it.
import { transient_load_bytes32, transient_store_bytes32 } from "./hooks";
import { require } from "./revert";
import { U256 } from "./word";

export function transientLoad(slot: U256): U256 {
  const value = new U256();
  transient_load_bytes32(slot.pointer, value.pointer);
  return value;
}

export function transientStore(slot: U256, value: U256): void {
  transient_store_bytes32(slot.pointer, value.pointer);
}

// The guard is the last transient slot, which leaves the others to the contract.

// Reverts where a guarded function of this contract is running already, in a frame around this one.
export function guardEnter(): void {
  require(transientLoad(U256.max()).isZero, "ReentrancyGuard: reentrant call");
  transientStore(U256.max(), U256.one());
}

// Not needed where the function reverts: that undoes transient storage too.
export function guardLeave(): void {
  transientStore(U256.max(), U256.zero());
}
