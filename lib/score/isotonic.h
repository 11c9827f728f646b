/* isotonic - a claimed confidence, and how often such a claim is right.
 *
 * What is seen of claims is counted by floor(10000 claim).  Of all functions that do not fall, the fit is nearest to the
 * shares of right ones in each bin, weighed by n: neighbours that fall are pooled until none does (pool adjacent
 * violators).  It is unique, so it depends on nothing but the counts; everything is compared in integers.
 * Source: Ayer, Brunk, Ewing, Reid, Silverman (1955), "An empirical distribution function for sampling with incomplete
 * information", Annals of Mathematical Statistics 26(4):641-647.
 *
 * A few claims that were all right prove no certainty.  isotonic_doubt adds one that was wrong at the very top before the
 * fit, where the monotone shape lets it weigh: a top of n right ones is n / (n + 1), one of a few is pooled with what lies
 * below, and no block reaches 1.  To shrink blocks after the fit would break the order; to add to each bin would drown it.
 */
#ifndef SCORE_ISOTONIC_H
#define SCORE_ISOTONIC_H

#include <stddef.h>
#include <stdint.h>

enum { ISOTONIC_TOP = 10000, ISOTONIC_BINS = ISOTONIC_TOP + 1 };

/* One observation.  One that consists of several claims is shared out among them: exactly, up to 16 of them. */
#define ISOTONIC_ONE ((uint64_t)720720 << 10)

/* Zeroed memory: nothing was seen. */
struct isotonic_bin {
	uint64_t n, right;              /* right <= n; in units of ISOTONIC_ONE; sums of n stay below 2^63 */
};

struct isotonic_block {
	uint32_t from, to;              /* its first and last bin that is not empty */
	uint64_t n, right;              /* of all its bins */
};

/* isotonic_bin - of a claim from 0 to 1 */
static inline uint32_t isotonic_bin(double claim)
{
	return (uint32_t)(claim * ISOTONIC_TOP);
}

/* isotonic_doubt - ISOTONIC_ONE at the highest claim there can be, and it was wrong; bin[ISOTONIC_BINS] */
void isotonic_doubt(struct isotonic_bin *bin);

/* isotonic_fit - bins to blocks whose shares right / n ascend strictly.
 *
 *   block  out: room for as many as there are bins that are not empty
 * Returns how many blocks there are; 0 when all bins are empty.  O(n_bins). */
size_t isotonic_fit(const struct isotonic_bin *bin, size_t n_bins, struct isotonic_block *block);

/* isotonic_at - what a claim from 0 to 1 is worth.
 *
 * The share of the last block that begins at or below it, so one between two blocks has that of the lower; one below all
 * that was seen is not believed to be better than it says.  Never falls as the claim rises.  n >= 1.  O(log n). */
double isotonic_at(const struct isotonic_block *block, size_t n, double claim);

#endif
