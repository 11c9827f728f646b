/* Texts are short and there may be billions of them: inlined, XXH3 is a few
 * multiplications. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "assign/hash.h"

#include "base/err.h"

void hash_task(struct hash_text *h, struct str seed, struct str task)
{
	BUG_ON(seed.n > ASSIGN_SEED_MAX || task.n > HASH_ID_MAX);
	if (seed.n)
		memcpy(h->p, seed.p, seed.n);
	h->n = seed.n;
	h->p[h->n++] = '\0';
	if (task.n)
		memcpy(h->p + h->n, task.p, task.n);
	h->n += task.n;
	h->p[h->n++] = '\0';
}

uint64_t hash_worker(struct hash_text *h, struct str worker)
{
	BUG_ON(worker.n > HASH_ID_MAX);
	memcpy(h->p + h->n, worker.p, worker.n);
	return XXH3_64bits(h->p, h->n + worker.n);
}

uint64_t hash_order(const struct hash_text *h)
{
	return XXH3_64bits(h->p, h->n - 1);
}

uint64_t hash_walk(const struct hash_text *h)
{
	return XXH3_64bits(h->p, h->n);
}
