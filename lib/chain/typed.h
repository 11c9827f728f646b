/* typed - what is signed beside transactions: texts for people (EIP-191) and structures (EIP-712).
 *
 * hashStruct is Keccak-256 over words: the hash of the type's text, then each member, texts and bytes by their
 * hash.  Write them with chain/abi.h and typed_put_text, and take typed_hash of all.
 * Sources: EIP-191 (version 0x45), EIP-712.  Vectors: t/unit/u-typed.c.
 */
#ifndef CHAIN_TYPED_H
#define CHAIN_TYPED_H

#include "base/buf.h"
#include "hash/address.h"

/* typed_message - digest of a text as wallets sign it: "\x19Ethereum Signed Message:\n", its length in bytes, itself */
void typed_message(struct str text, uint8_t out[32]);

/* typed_put_text - append the hash of a text: a string, bytes, or the text of a type */
void typed_put_text(struct buf *words, struct str text);

/* typed_hash - Keccak-256 of the words, which are dropped */
void typed_hash(struct buf *words, uint8_t out[32]);

/* typed_domain - domainSeparator of a contract on a chain */
void typed_domain(struct str name, struct str version, uint64_t chain_id, const struct address *contract,
                  uint8_t out[32]);

/* typed_digest - what is signed: of a domain and a hashStruct */
void typed_digest(const uint8_t domain[32], const uint8_t structure[32], uint8_t out[32]);

#endif
