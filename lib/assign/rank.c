#include "assign/rank.h"

#include <stdlib.h>

static bool better(const struct ranked *a, const struct ranked *b)
{
	return a->score != b->score ? a->score > b->score : a->worker < b->worker;
}

static int by_rank(const void *a, const void *b)
{
	return better(a, b) ? -1 : better(b, a);
}

/* top[0 .. n-1] is sorted and does not fill its place, or r is better than its last */
static void insert(struct ranked *top, size_t n, struct ranked r)
{
	size_t i = n;

	for (; i > 0 && better(&r, &top[i - 1]); i--)
		top[i] = top[i - 1];
	top[i] = r;
}

size_t rank(struct ranked *top, size_t max, struct hash_text *text, const struct assign_worker *worker,
            const uint32_t *room, const uint32_t *candidate, size_t n)
{
	size_t found = 0, kept = 0;
	bool all = n <= max;

	for (size_t i = 0; i < n; i++) {
		uint32_t w = candidate[i];
		if (i + 16 < n)         /* a sample is scattered over memory: worker, then his name */
			__builtin_prefetch(&worker[candidate[i + 16]]);
		if (i + 8 < n)
			__builtin_prefetch(worker[candidate[i + 8]].id.p);
		if (!room[w])
			continue;
		struct ranked r = { hash_worker(text, worker[w].id), w };
		found++;
		if (all)
			top[kept++] = r;
		else if (kept < max)
			insert(top, kept++, r);
		else if (better(&r, &top[max - 1]))
			insert(top, max - 1, r);
	}
	if (all)
		qsort(top, kept, sizeof *top, by_rank);
	return found;
}
