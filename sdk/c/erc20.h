// Calls of ERC-20 tokens, also of those that return nothing. https://eips.ethereum.org/EIPS/eip-20
#ifndef CONTRACTVM_ERC20_H
#define CONTRACTVM_ERC20_H

#include "call.h"

static inline void erc20_transfer(const address *token, const address *to, const word *amount) {
    message m;
    message_begin(&m, 0xa9059cbb); // transfer(address,uint256)
    message_address(&m, to);
    message_word(&m, amount);
    call(token, &m);
    require_true(token);
}

static inline void erc20_transfer_from(const address *token, const address *from, const address *to, const word *amount) {
    message m;
    message_begin(&m, 0x23b872dd); // transferFrom(address,address,uint256)
    message_address(&m, from);
    message_address(&m, to);
    message_word(&m, amount);
    call(token, &m);
    require_true(token);
}

static inline word erc20_balance_of(const address *token, const address *account) {
    message m;
    message_begin(&m, 0x70a08231); // balanceOf(address)
    message_address(&m, account);
    static_call(token, &m);
    return answer_word();
}

#endif
