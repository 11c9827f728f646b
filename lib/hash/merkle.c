#include "hash/merkle.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "hash/keccak256.h"

static int cmp(const struct hash32 *a, const struct hash32 *b)
{
	return memcmp(a->b, b->b, sizeof a->b);
}

void merkle_node(const struct hash32 *a, const struct hash32 *b, struct hash32 *out)
{
	bool turned = cmp(a, b) > 0;
	struct hash32 two[2] = { turned ? *b : *a, turned ? *a : *b };

	keccak256(two, sizeof two, out->b);
}

/* ---- levels ---------------------------------------------------------------------- */

size_t merkle_size(size_t n)
{
	size_t all = n;

	for (; n > 1; all += n)
		n -= n / 2;
	return all;
}

void merkle_levels(struct hash32 *node, size_t n)
{
	while (n > 1) {
		struct hash32 *up = node + n;
		for (size_t i = 0; i < n / 2; i++)
			merkle_node(&node[2 * i], &node[2 * i + 1], &up[i]);
		if (n % 2)
			up[n / 2] = node[n - 1];
		node = up;
		n -= n / 2;
	}
}

size_t merkle_path(size_t n, size_t k, size_t out[64])
{
	size_t level = 0, c = 0;

	BUG_ON(k >= n);
	for (; n > 1; k /= 2) {
		if ((k ^ 1) < n)
			out[c++] = level + (k ^ 1);
		level += n;
		n -= n / 2;
	}
	return c;
}

/* ---- heap ------------------------------------------------------------------------ */

static int by_bytes(const void *a, const void *b)
{
	return cmp(a, b);
}

void merkle_heap(struct hash32 *leaf, size_t n, struct hash32 *tree)
{
	BUG_ON(n == 0);
	qsort(leaf, n, sizeof *leaf, by_bytes);
	for (size_t k = 0; k < n; k++)
		tree[2 * n - 2 - k] = leaf[k];
	for (size_t i = n - 1; i-- > 0; )
		merkle_node(&tree[2 * i + 1], &tree[2 * i + 2], &tree[i]);
}

static size_t sibling(size_t i)
{
	return i % 2 ? i + 1 : i - 1;
}

size_t merkle_heap_path(size_t i, size_t out[64])
{
	size_t c = 0;

	for (; i > 0; i = (i - 1) / 2)
		out[c++] = sibling(i);
	return c;
}

static int highest_first(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x < y) - (x > y);
}

bool merkle_heap_multi(size_t n, size_t *at, size_t m, size_t *proof, size_t *n_proof, bool *flags, size_t *n_flags)
{
	size_t *queue, head = 0, tail = m;

	if (m)
		qsort(at, m, sizeof *at, highest_first);
	for (size_t i = 0; i < m; i++)
		if (at[i] + 1 < n || at[i] > 2 * n - 2 || (i && at[i] == at[i - 1]))
			return false;
	*n_proof = *n_flags = 0;
	if (m == 0)
		proof[(*n_proof)++] = 0;        /* nothing is proved by the root alone */
	/* each step takes one node or two and gives one back, nearer to the root: fewer than 2 n in all */
	queue = mem_alloc(2 * n + m, sizeof *queue);
	if (m)
		memcpy(queue, at, m * sizeof *queue);
	while (head < tail && queue[head] > 0) {
		size_t i = queue[head++], s = sibling(i);
		bool both = head < tail && queue[head] == s;
		if (both)
			head++;
		else
			proof[(*n_proof)++] = s;
		flags[(*n_flags)++] = both;
		queue[tail++] = (i - 1) / 2;
	}
	free(queue);
	return true;
}

/* ---- verifying ------------------------------------------------------------------- */

void merkle_climb(const struct hash32 *leaf, const struct hash32 *proof, size_t n, struct hash32 *out)
{
	struct hash32 node = *leaf;

	for (size_t i = 0; i < n; i++)
		merkle_node(&node, &proof[i], &node);
	*out = node;
}

bool merkle_climb_multi(const struct hash32 *leaf, size_t m, const struct hash32 *proof, size_t n_proof,
                        const bool *flags, size_t n_flags, struct hash32 *out)
{
	struct hash32 *node;
	size_t head = 0, tail = m, used = 0;

	if (m + n_proof != n_flags + 1)
		return false;
	node = mem_alloc(m + n_flags, sizeof *node);
	if (m)
		memcpy(node, leaf, m * sizeof *node);
	bool good = true;
	for (size_t i = 0; good && i < n_flags; i++) {
		struct hash32 up;
		good = head < tail && (flags[i] ? head + 1 < tail : used < n_proof);
		if (!good)
			break;
		merkle_node(&node[head], flags[i] ? &node[head + 1] : &proof[used], &up);
		head += flags[i] ? 2 : 1;
		used += !flags[i];
		node[tail++] = up;
	}
	good = good && used == n_proof - (n_flags == 0 && m == 0);
	if (good)
		*out = n_flags ? node[tail - 1] : m ? leaf[0] : proof[0];
	free(node);
	return good;
}
