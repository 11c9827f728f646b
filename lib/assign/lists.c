#include "assign/lists.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void lists_make(struct lists *l, size_t n, uint64_t *pair, size_t n_pairs)
{
	size_t used = 0;

	if (n_pairs)            /* pair may be NULL else */
		qsort(pair, n_pairs, sizeof *pair, by_value);
	l->n = n;
	l->first = mem_zalloc(n + 1, sizeof *l->first);
	l->item = mem_alloc(n_pairs, sizeof *l->item);
	for (size_t i = 0; i < n_pairs; i++) {
		if (i > 0 && pair[i] == pair[i - 1])
			continue;
		BUG_ON(pair[i] >> 32 >= n);
		l->first[(pair[i] >> 32) + 1]++;
		l->item[used++] = (uint32_t)pair[i];
	}
	for (size_t i = 0; i < n; i++)
		l->first[i + 1] += l->first[i];
}

void lists_release(struct lists *l)
{
	free(l->first);
	free(l->item);
	*l = (struct lists){ 0 };
}

bool lists_has(const struct lists *l, size_t i, uint32_t x)
{
	if (i >= l->n)
		return false;
	size_t lo = l->first[i], hi = l->first[i + 1];
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (l->item[mid] < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->first[i + 1] && l->item[lo] == x;
}

bool lists_within(const struct lists *l, size_t a, size_t b)
{
	if (a >= l->n || a == b)
		return true;
	size_t i = l->first[a], i_end = l->first[a + 1];
	size_t j = b < l->n ? l->first[b] : 0, j_end = b < l->n ? l->first[b + 1] : 0;
	for (; i < i_end; i++, j++) {
		while (j < j_end && l->item[j] < l->item[i])
			j++;
		if (j == j_end || l->item[j] != l->item[i])
			return false;
	}
	return true;
}
