/* isotonic: pooled by hand, against the max-min formula, and the laws of the fit */
#include "score/isotonic.h"

#include <string.h>

#include "math/rng.h"
#include "tap.h"

enum { BINS = 12 };

static struct isotonic_block block[ISOTONIC_BINS];

static bool is(const struct isotonic_block *b, uint32_t from, uint32_t to, uint64_t n, uint64_t right)
{
	return b->from == from && b->to == to && b->n == n && b->right == right;
}

/* Shares 1/4 3/4 | 2/4 1/4 fall from the second on: 6/12 at the three; then 4/4; and an empty bin between. */
static void test_by_hand(void)
{
	const struct isotonic_bin a[] = { { 4, 1 }, { 4, 3 }, { 4, 2 }, { 0, 0 }, { 4, 1 }, { 4, 4 } };
	const struct isotonic_bin falling[] = { { 1, 1 }, { 2, 1 }, { 5, 0 } }, equal[] = { { 2, 1 }, { 4, 2 } };

	ok(isotonic_fit(a, 6, block) == 3 && is(&block[0], 0, 0, 4, 1) && is(&block[1], 1, 4, 12, 6) &&
	   is(&block[2], 5, 5, 4, 4), "what falls is pooled, as far back as it has to be");
	ok(isotonic_fit(falling, 3, block) == 1 && is(&block[0], 0, 2, 8, 2), "shares that only fall are one block");
	ok(isotonic_fit(equal, 2, block) == 1 && is(&block[0], 0, 1, 6, 3), "equal shares are one block");
	ok(isotonic_fit((struct isotonic_bin[3]){ { 0, 0 } }, 3, block) == 0, "nothing seen, no block");
	/* 1/2 < 3/4, but one more that is 0/1 pulls the second below the first: it undoes what was settled */
	const struct isotonic_bin back[] = { { 2, 1 }, { 4, 3 }, { 3, 0 } };
	ok(isotonic_fit(back, 3, block) == 1 && is(&block[0], 0, 2, 9, 4), "a late fall pools all the way back");
	const uint64_t much = (uint64_t)1 << 62;
	const struct isotonic_bin big[] = { { much - 1, much - 2 }, { much, much - 1 } };
	ok(isotonic_fit(big, 2, block) == 2, "shares that differ by 2^-124 are told apart");
}

static struct isotonic_bin random_bin(struct rng *r)
{
	struct isotonic_bin b = { rng_below(r, 6), 0 };

	b.right = rng_below(r, b.n + 1);
	return b;
}

/* mean of bins from .. to as a fraction; sums of up to 60 */
static void sum(const struct isotonic_bin *bin, size_t from, size_t to, uint64_t *n, uint64_t *right)
{
	*n = *right = 0;
	for (size_t i = from; i <= to; i++) {
		*n += bin[i].n;
		*right += bin[i].right;
	}
}

/* max over i <= at of min over j >= at of the mean of i .. j, of stretches where something was seen */
static void max_min(const struct isotonic_bin *bin, size_t at, uint64_t *n, uint64_t *right)
{
	*n = 1;
	*right = 0;
	for (size_t i = 0; i <= at; i++) {
		uint64_t least_n = 0, least = 1, m, k;
		for (size_t j = at; j < BINS; j++) {
			sum(bin, i, j, &m, &k);
			if (m && k * least_n < least * m) {
				least_n = m;
				least = k;
			}
		}
		if (*right * least_n < least * *n) {
			*n = least_n;
			*right = least;
		}
	}
}

static bool as_the_formula(const struct isotonic_bin *bin, size_t n_blocks)
{
	for (size_t b = 0; b < n_blocks; b++)
		for (size_t i = block[b].from; i <= block[b].to; i++) {
			uint64_t n, right;
			if (!bin[i].n)
				continue;
			max_min(bin, i, &n, &right);
			if (right * block[b].n != block[b].right * n)
				return false;
		}
	return true;
}

static bool ascends(size_t n_blocks)
{
	for (size_t b = 1; b < n_blocks; b++)
		if (block[b - 1].right * block[b].n >= block[b].right * block[b - 1].n || block[b - 1].to >= block[b].from)
			return false;
	return true;
}

static bool keeps_sums(const struct isotonic_bin *bin, size_t n_blocks)
{
	uint64_t all_n, all_right, n, right;

	for (size_t b = 0; b < n_blocks; b++) {
		sum(bin, block[b].from, block[b].to, &n, &right);
		if (n != block[b].n || right != block[b].right)
			return false;
		all_n = b ? all_n + n : n;
		all_right = b ? all_right + right : right;
	}
	sum(bin, 0, BINS - 1, &n, &right);
	return n_blocks ? n == all_n && right == all_right : n == 0;
}

static void test_laws(void)
{
	bool formula = true, up = true, sums = true, scales = true;
	struct rng r;

	rng_seed(&r, 1955);
	for (int round = 0; round < 20000; round++) {
		struct isotonic_bin bin[BINS], more[BINS];
		struct isotonic_block first[BINS];
		for (size_t i = 0; i < BINS; i++) {
			bin[i] = random_bin(&r);
			more[i] = (struct isotonic_bin){ bin[i].n * ISOTONIC_ONE * 7, bin[i].right * ISOTONIC_ONE * 7 };
		}
		size_t n = isotonic_fit(bin, BINS, block);
		formula = formula && as_the_formula(bin, n);
		up = up && ascends(n);
		sums = sums && keeps_sums(bin, n);
		memcpy(first, block, n * sizeof *first);
		scales = scales && isotonic_fit(more, BINS, block) == n;
		for (size_t b = 0; b < n; b++)
			scales = scales && first[b].from == block[b].from && first[b].to == block[b].to;
	}
	ok(formula, "20000 random tables: the max-min formula");
	ok(up, "shares ascend strictly");
	ok(sums, "each block has the sums of its bins, and all blocks all of them");
	ok(scales, "the unit does not matter");
}

static void test_doubt(void)
{
	static struct isotonic_bin bin[ISOTONIC_BINS];

	bin[9000] = (struct isotonic_bin){ 49 * ISOTONIC_ONE, 49 * ISOTONIC_ONE };
	isotonic_doubt(bin);
	size_t n = isotonic_fit(bin, ISOTONIC_BINS, block);
	ok(n == 1 && isotonic_at(block, n, 1) == 0.98 && isotonic_at(block, n, 0.9) == 0.98,
	   "49 of 49 are worth 49/50, and so is what claims more");
	ok(isotonic_at(block, n, 0.5) == 0.5 && isotonic_at(block, n, 0) == 0, "what claims less than any that was seen is not raised");
	/* one alone at the top would be 1/2; below it 30 of 40 */
	memset(bin, 0, sizeof bin);
	bin[8000] = (struct isotonic_bin){ 40 * ISOTONIC_ONE, 30 * ISOTONIC_ONE };
	bin[9999] = (struct isotonic_bin){ ISOTONIC_ONE, ISOTONIC_ONE };
	isotonic_doubt(bin);
	n = isotonic_fit(bin, ISOTONIC_BINS, block);
	ok(n == 1 && isotonic_at(block, n, 1) == 31.0 / 42, "a small top is pooled with what lies below");
}

static void test_at(void)
{
	const struct isotonic_block b[] = { { 3000, 5000, 4, 1 }, { 7000, 7000, 4, 2 }, { 9000, 10000, 4, 3 } };
	double last = 0;
	bool up = true;

	for (int i = 0; i <= 20000; i++) {
		double x = isotonic_at(b, 3, i / 20000.0);
		up = up && x >= last;
		last = x;
	}
	ok(up, "worth never falls as the claim rises");
	ok(isotonic_at(b, 3, 0.3) == 0.25 && isotonic_at(b, 3, 0.6999) == 0.25 && isotonic_at(b, 3, 0.7) == 0.5 &&
	   isotonic_at(b, 3, 0.89) == 0.5 && isotonic_at(b, 3, 0.9) == 0.75 && isotonic_at(b, 3, 1) == 0.75,
	   "between two blocks the lower one's");
	ok(isotonic_at(b, 3, 0.1) == 0.1 && isotonic_at(b, 3, 0.29) == 0.25, "below the first: no more than it says");
}

int main(void)
{
	test_by_hand();
	test_laws();
	test_doubt();
	test_at();
	return done();
}
