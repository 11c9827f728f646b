/* logroot - the root of a log: Merkle tree hash over its lines, one after the other.
 *
 * leaf = SHA-256(0x00 . line), node = SHA-256(0x01 . left . right), the left subtree being the largest
 * full one.  Source: RFC 6962 section 2.1, whose test vectors are in t/unit/u-logroot.c.
 */
#ifndef HASH_LOGROOT_H
#define HASH_LOGROOT_H

#include <stdint.h>

#include "base/str.h"

/* Roots of full subtrees, the largest first.  Zeroed memory is the empty log. */
struct logroot {
	uint64_t n;                     /* leaves so far */
	uint8_t node[64][32];
};

/* logroot_add - one more line, its newline not included.  O(line + log n) in the worst case, O(line) on average */
void logroot_add(struct logroot *l, struct str line);

/* logroot_get - the root so far; of an empty log SHA-256 of nothing */
void logroot_get(const struct logroot *l, uint8_t out[32]);

#endif
