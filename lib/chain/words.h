/* words - what a batch says of workers, as the pool contract reads it.
 *
 *	word = slot 32 | four times: units 24 | score 16 | bonus 16          (256 bits, big-endian)
 *
 * Worker w is position w % 4 of slot w / 4; the slots of a batch rise, and no worker is
 * in it twice.  Source: contracts/src/Lanes.sol, Batches.sol.  Tests: t/unit/u-pool.c.
 */
#ifndef CHAIN_WORDS_H
#define CHAIN_WORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "chain/u256.h"

enum { WORDS_MOST = 512 };              /* of a batch: MOST_WORDS of the contract */

struct work {
	uint32_t index;                 /* of the worker, not 0 */
	uint32_t units;                 /* below 2^24, not 0 */
	uint16_t score, bonus;          /* basis points */
};

/* words_put - append the words of n works, whose index rises; returns how many words.  BUG when it does not.  O(n) */
size_t words_put(struct buf *b, const struct work *w, size_t n);

/* words_get - the works of some words (32 bytes each), appended to a growing array owned by the caller;
 * false when they are not words of a batch */
bool words_get(struct str words, struct work **out, size_t *n, struct err *e);

/* words_hash - dataHash: Keccak-256 of the words */
void words_hash(struct str words, uint8_t out[32]);

#endif
