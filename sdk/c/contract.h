// All a contract in C needs. It defines one or both of the entry points declared here; see README.md.
#ifndef CONTRACTVM_CONTRACT_H
#define CONTRACTVM_CONTRACT_H

#include "vm_hooks.h"
#include "word.h"
#include "abi.h"
#include "storage.h"

static inline address sender(void) {
    address a;
    msg_sender(a.bytes);
    return a;
}

static inline address this_contract(void) {
    address a;
    contract_address(a.bytes);
    return a;
}

// Runs on every call. Returns 0 for success and anything else for a revert, with the data of the last write_result.
__attribute__((export_name("user_entrypoint"))) int user_entrypoint(u32 args_len);

// Optional: runs once, at creation, with the constructor's arguments as calldata; a revert undoes the creation.
// Define it with CONSTRUCTOR in front so that it is exported.
#define CONSTRUCTOR __attribute__((export_name("user_constructor")))

#endif
