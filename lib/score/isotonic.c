#include "score/isotonic.h"

#include <stdbool.h>

__extension__ typedef unsigned __int128 u128;

void isotonic_doubt(struct isotonic_bin *bin)
{
	bin[ISOTONIC_TOP].n += ISOTONIC_ONE;
}

/* Is the share of a no smaller than that of b? */
static bool falls(const struct isotonic_block *a, const struct isotonic_block *b)
{
	return (u128)a->right * b->n >= (u128)b->right * a->n;
}

size_t isotonic_fit(const struct isotonic_bin *bin, size_t n_bins, struct isotonic_block *block)
{
	size_t n = 0;

	for (size_t i = 0; i < n_bins; i++) {
		if (!bin[i].n)
			continue;
		block[n++] = (struct isotonic_block){ (uint32_t)i, (uint32_t)i, bin[i].n, bin[i].right };
		for (; n > 1 && falls(&block[n - 2], &block[n - 1]); n--) {
			block[n - 2].to = block[n - 1].to;
			block[n - 2].n += block[n - 1].n;
			block[n - 2].right += block[n - 1].right;
		}
	}
	return n;
}

static double share(const struct isotonic_block *b)
{
	return (double)b->right / (double)b->n;
}

double isotonic_at(const struct isotonic_block *block, size_t n, double claim)
{
	uint32_t bin = isotonic_bin(claim);
	size_t low = 0, high = n;       /* block[low] begins at or below it, or is the first; block[high] does not */

	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;
		if (block[mid].from <= bin)
			low = mid;
		else
			high = mid;
	}
	double worth = share(&block[low]);
	return bin < block[0].from && claim < worth ? claim : worth;
}
