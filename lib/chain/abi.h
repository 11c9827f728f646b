/* abi - call data, return data and revert reasons of contracts.
 *
 * Everything is 32-byte words; static values stand in place, dynamic ones are
 * an offset in the head and a length with the content behind it.  The writer
 * puts words; who calls it lays out head and tail.
 * Source: Solidity documentation, "Contract ABI Specification".
 * Vectors: t/unit/u-abi.c.
 */
#ifndef CHAIN_ABI_H
#define CHAIN_ABI_H

#include "hash/address.h"
#include "chain/u256.h"

enum { ABI_WORD = 32 };

/* ---- writing ---- */

/* abi_selector - first 4 bytes of the hash of a signature like "transfer(address,uint256)" */
void abi_selector(const char *signature, uint8_t out[4]);
void abi_put_selector(struct buf *b, const char *signature);

void abi_put_u64(struct buf *b, uint64_t v);
void abi_put_u256(struct buf *b, struct u256 v);
void abi_put_address(struct buf *b, const struct address *a);
void abi_put_bool(struct buf *b, bool v);
void abi_put_word(struct buf *b, const uint8_t word[32]);

/* abi_put_bytes - the content of a bytes or string: its length and its bytes, padded with zeros */
void abi_put_bytes(struct buf *b, struct str s);

/* ---- reading: word i of data, counted from 0; what does not fit the type is refused ---- */

bool abi_get_word(struct str data, size_t i, uint8_t out[32], struct err *e);
bool abi_get_u256(struct str data, size_t i, struct u256 *out, struct err *e);
bool abi_get_u64(struct str data, size_t i, uint64_t *out, struct err *e);
bool abi_get_address(struct str data, size_t i, struct address *out, struct err *e);
bool abi_get_bool(struct str data, size_t i, bool *out, struct err *e);

/* abi_get_bytes - the bytes or string whose offset is word i; borrowed from data */
bool abi_get_bytes(struct str data, size_t i, struct str *out, struct err *e);

/* abi_is - data begins with the selector of signature: which custom error, which call */
bool abi_is(struct str data, const char *signature);

/* abi_put_revert - append revert data as words for people: the text of
 * Error(string), "panic 0x11 (arithmetic overflow)" for Panic(uint256), "custom
 * error 0x12345678" for another selector, "no reason given" for nothing.  Control
 * bytes become '?'.  Returns true when it was Error or Panic. */
bool abi_put_revert(struct buf *b, struct str data);

#endif
