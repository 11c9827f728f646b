/* keccak256 - the hash of Ethereum: Keccak[c=512] with the padding of the 2011 submission.
 *
 * Not SHA3-256: NIST appends the bits 01 before the padding (first pad byte
 * 0x06), Ethereum does not (0x01).  Portable C, the same on every machine.
 * Source: "The Keccak reference", version 3.0 (2011), sections 1.2 and 1.3.
 * Vectors: t/unit/u-keccak.c.
 */
#ifndef HASH_KECCAK256_H
#define HASH_KECCAK256_H

#include <stddef.h>
#include <stdint.h>

enum { KECCAK256_RATE = 136 };   /* bytes a permutation takes in */

struct keccak256 {
	uint64_t a[25];                  /* lane x, y at a[x + 5 * y] */
	uint8_t part[KECCAK256_RATE];    /* input that does not fill a block yet */
	size_t n;                        /* bytes in part, below KECCAK256_RATE */
};

/* keccak256 - hash of n bytes at p; out may overlap p, p may be NULL when n is 0 */
void keccak256(const void *p, size_t n, uint8_t out[32]);

/* the same in pieces; after keccak256_final the state must be initialised again */
void keccak256_init(struct keccak256 *k);
void keccak256_update(struct keccak256 *k, const void *p, size_t n);
void keccak256_final(struct keccak256 *k, uint8_t out[32]);

#endif
