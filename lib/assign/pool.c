#include "assign/pool.h"

#include <stdlib.h>

#include "assign/hash.h"
#include "base/err.h"
#include "base/mem.h"

struct placed {
	uint64_t place;
	uint32_t worker;
};

static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->worker > y->worker) - (x->worker < y->worker);
}

/* those with room, in the order of their places */
static struct placed *make_ring(const struct assign_in *in, const uint32_t *room, size_t *n)
{
	struct placed *ring = mem_alloc(in->n_workers, sizeof *ring);
	struct hash_text text;

	hash_task(&text, in->seed, STR(""));
	*n = 0;
	for (size_t w = 0; w < in->n_workers; w++)
		if (room[w])
			ring[(*n)++] = (struct placed){ hash_worker(&text, in->worker[w].id), (uint32_t)w };
	qsort(ring, *n, sizeof *ring, by_place);
	return ring;
}

static void cut_ranges(struct pool *p, const struct placed *ring, const uint32_t *at)
{
	size_t n_ranges = 1, r = 0;

	while (n_ranges * 2 <= p->n) {
		n_ranges *= 2;
		p->bits++;
	}
	p->start = mem_alloc(n_ranges + 1, sizeof *p->start);
	for (size_t i = 0; i < p->n; i++)
		for (uint64_t range = ring[at[i]].place >> (64 - p->bits); r <= range; r++)
			p->start[r] = (uint32_t)i;
	for (; r <= n_ranges; r++)
		p->start[r] = (uint32_t)p->n;
}

static void fill(struct pool *p, const struct assign_in *in, const struct placed *ring, size_t n_ring,
                 const bool *fits, uint32_t *at)
{
	for (size_t i = 0; i < n_ring; i++)
		if (fits[in->worker[ring[i].worker].skills])
			at[p->n++] = (uint32_t)i;
	p->member = mem_alloc(p->n, sizeof *p->member);
	p->open = mem_alloc(p->n, sizeof *p->open);
	for (size_t i = 0; i < p->n; i++)
		p->member[i] = p->open[i] = ring[at[i]].worker;
	p->n_listed = p->n_open = p->n;
	if (p->n > ASSIGN_ALL)
		cut_ranges(p, ring, at);
}

/* number the sets of skills that tasks ask for */
static void number(struct pools *ps, const struct assign_in *in)
{
	ps->of_skills = mem_alloc(in->skills->n, sizeof *ps->of_skills);
	for (size_t s = 0; s < in->skills->n; s++)
		ps->of_skills[s] = ASSIGN_NONE;
	for (size_t t = 0; t < in->n_tasks; t++) {
		uint32_t s = in->task[t].skills;
		BUG_ON(s >= in->skills->n);
		if (in->task[t].need && ps->of_skills[s] == ASSIGN_NONE)
			ps->of_skills[s] = (uint32_t)ps->n++;
	}
}

void pools_make(struct pools *ps, const struct assign_in *in, const uint32_t *room)
{
	size_t n_ring;
	struct placed *ring = make_ring(in, room, &n_ring);
	uint32_t *at = mem_alloc(n_ring, sizeof *at);
	bool *fits = mem_alloc(in->skills->n, sizeof *fits);

	*ps = (struct pools){ 0 };
	number(ps, in);
	ps->pool = mem_zalloc(ps->n, sizeof *ps->pool);
	for (size_t s = 0; s < in->skills->n; s++) {
		if (ps->of_skills[s] == ASSIGN_NONE)
			continue;
		for (size_t has = 0; has < in->skills->n; has++)
			fits[has] = lists_within(in->skills, s, has);
		struct pool *p = &ps->pool[ps->of_skills[s]];
		p->skills = (uint32_t)s;
		fill(p, in, ring, n_ring, fits, at);
	}
	free(fits);
	free(at);
	free(ring);
}

void pools_release(struct pools *ps)
{
	for (size_t i = 0; i < ps->n; i++) {
		free(ps->pool[i].member);
		free(ps->pool[i].open);
		free(ps->pool[i].start);
	}
	free(ps->pool);
	free(ps->of_skills);
}

void pools_full(struct pools *ps, const struct assign_in *in, uint32_t worker)
{
	for (size_t i = 0; i < ps->n; i++)
		if (lists_within(in->skills, ps->pool[i].skills, in->worker[worker].skills))
			ps->pool[i].n_open--;
}

void pools_tidy(struct pools *ps, const uint32_t *room)
{
	for (size_t i = 0; i < ps->n; i++) {
		struct pool *p = &ps->pool[i];
		size_t kept = 0;
		if (p->n_listed <= 2 * p->n_open)
			continue;
		for (size_t m = 0; m < p->n_listed; m++)
			if (room[p->open[m]])
				p->open[kept++] = p->open[m];
		p->n_listed = kept;
	}
}

size_t pool_walk(const struct pool *p, uint64_t walk, const uint32_t *room, size_t want, uint32_t *out)
{
	uint64_t n_ranges = UINT64_C(1) << p->bits, r = walk >> (64 - p->bits), step = walk | 1;
	size_t n = 0;

	BUG_ON(!p->start);
	for (uint64_t i = 0; i < n_ranges && n < want; i++, r += step) {
		r &= n_ranges - 1;
		for (uint32_t m = p->start[r]; m < p->start[r + 1]; m++)
			if (room[p->member[m]])
				out[n++] = p->member[m];
	}
	return n;
}
