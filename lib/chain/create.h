/* create - where contracts land. */
#ifndef CHAIN_CREATE_H
#define CHAIN_CREATE_H

#include "hash/address.h"

/* address_create - where a contract lands that sender creates with this nonce:
 * the last 20 bytes of keccak256(rlp([sender, nonce])) */
struct address address_create(const struct address *sender, uint64_t nonce);

/* address_create2 - the same for CREATE2 (EIP-1014); code_hash is the hash of the init code */
struct address address_create2(const struct address *sender, const uint8_t salt[32],
			       const uint8_t code_hash[32]);

#endif
