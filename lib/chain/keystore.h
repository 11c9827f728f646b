/* keystore - the password-protected key files of Ethereum wallets (version 3).
 *
 * Read here: scrypt and pbkdf2 (hmac-sha256), cipher aes-128-ctr, 32-byte keys.
 * The password is taken byte for byte: some wallets normalise it (NFKC) first,
 * which matters only outside ASCII.
 * Source: "Web3 Secret Storage Definition", version 3; RFC 7914 (scrypt); RFC
 * 8018 (PBKDF2).  Vectors: t/unit/u-keystore.c.
 */
#ifndef CHAIN_KEYSTORE_H
#define CHAIN_KEYSTORE_H

#include "hash/address.h"

/* What a file may ask of this machine: it is not ours, so it is hostile. */
#define KEYSTORE_MAX_MEMORY (1ULL << 30)      /* scrypt: 128 * n * r bytes */
#define KEYSTORE_MAX_WORK (1ULL << 32)        /* scrypt: 128 * n * r * p bytes mixed, about 15 s */
#define KEYSTORE_MAX_ROUNDS 10000000ULL       /* pbkdf2: c, about 5 s */

/* keystore_open - the secret key in a keystore document
 *
 *   secret  out, 32 bytes; the caller wipes them; untouched on failure
 *   addr    out, the address of that key; may be NULL
 * Errors say what is wrong; a password that does not fit is "wrong password".
 * When the document has an "address" it must be the key's.  Takes about a
 * second and 256 MiB with the usual parameters. */
bool keystore_open(struct str json, struct str password, uint8_t secret[32],
		   struct address *addr, struct err *e);

/* keystore_make - append a keystore document (scrypt) for secret, which must be
 * a valid key; salt and iv come from the caller, and so does their randomness.
 * n is a power of two, the limits above hold; light: n = 4096, r = 8, p = 6. */
bool keystore_make(const uint8_t secret[32], struct str password, const uint8_t salt[32],
		   const uint8_t iv[16], uint64_t n, uint64_t r, uint64_t p,
		   struct buf *out, struct err *e);

/* keystore_scrypt - RFC 7914 for any n that is a power of two above 1.  Our own
 * because libcrypto refuses n >= 2^(16r), which the definition's own example uses.
 * false when the limits above are passed or memory is short. */
bool keystore_scrypt(struct str password, struct str salt, uint64_t n, uint64_t r, uint64_t p,
		     uint8_t *out, size_t n_out, struct err *e);

#endif
