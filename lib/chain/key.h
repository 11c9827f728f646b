/* key - secp256k1 keys, signatures and recovery.
 *
 * Nonces are deterministic (RFC 6979, HMAC-SHA256): the same key and digest give
 * the same bytes on every machine, so a restarted payer signs the same
 * transaction again.  s is always in the lower half (EIP-2).
 * Vectors: t/unit/u-key.c.
 */
#ifndef CHAIN_KEY_H
#define CHAIN_KEY_H

#include "hash/address.h"

struct ecdsa {
	uint8_t r[32], s[32];
	int parity;          /* 0 or 1: v - 27, or yParity */
};

/* A signer holds one secret key on a page of its own that is locked into memory
 * and left out of core dumps where the system allows it (a refusal is no
 * error), and wiped by signer_free. */
struct signer;

/* signer_new - owned by the caller; NULL when secret is 0 or not below the group
 * order, or when the system has no randomness.  The caller wipes its own copy. */
struct signer *signer_new(const uint8_t secret[32], struct err *e);
void signer_free(struct signer *s);                       /* NULL is fine */
const struct address *signer_address(const struct signer *s);

/* signer_sign - sign a digest.  The result is recovered and compared before it
 * is handed out: a signature made by a faulty machine can give the key away. */
bool signer_sign(const struct signer *s, const uint8_t digest[32], struct ecdsa *out, struct err *e);

/* signer_sign_unproved - the same without that, in well under half the time: for who recovers
 * the signature himself before anybody sees it (chain/tx.h, tx_is).  Both are safe from
 * several threads with one signer. */
bool signer_sign_unproved(const struct signer *s, const uint8_t digest[32], struct ecdsa *out, struct err *e);

/* ecdsa_recover - whose signature it is.  false when there is none to find: r or
 * s is 0 or not below the group order, s is in the upper half, parity is not 0
 * or 1, or r is on no point of the curve.  Safe from several threads. */
bool ecdsa_recover(const uint8_t digest[32], const uint8_t r[32], const uint8_t s[32],
		   int parity, struct address *out);

/* secret_alloc, secret_free - memory for other secrets (passwords, keystore
 * contents) with the same care: whole pages, locked, kept out of dumps, zeroed
 * at both ends */
void *secret_alloc(size_t n);
void secret_free(void *p, size_t n);

#endif
