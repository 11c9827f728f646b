/* world - what the tests of assign share: instances with their own memory, and what must hold of every answer. */
#ifndef T_WORLD_H
#define T_WORLD_H

#include "assign/assign.h"
#include "math/rng.h"
#include "tap.h"

enum { MAX_WORKERS = 6000, MAX_TASKS = 3000, MAX_SETS = 8, MAX_PERSONS = MAX_WORKERS };

/* an instance with its own memory */
struct world {
	struct assign_in in;
	struct assign_task task[MAX_TASKS];
	struct assign_worker worker[MAX_WORKERS];
	struct lists skills, conflicts, taken;
	char name[MAX_TASKS + MAX_WORKERS][12];
};

static void set_lists(struct lists *l, size_t n, uint64_t *pair, size_t n_pairs)
{
	lists_release(l);
	lists_make(l, n, pair, n_pairs);
}

/* tasks and workers with names that sort as they are numbered, no skills, no conflicts */
static void plain(struct world *w, size_t n_tasks, size_t n_workers, uint32_t need, uint32_t room)
{
	set_lists(&w->skills, 1, NULL, 0);
	set_lists(&w->conflicts, n_workers, NULL, 0);
	set_lists(&w->taken, n_tasks, NULL, 0);
	for (size_t i = 0; i < n_tasks + n_workers; i++)
		snprintf(w->name[i], sizeof w->name[i], "%c%06zu", i < n_tasks ? 't' : 'w',
		         i < n_tasks ? i : i - n_tasks);
	for (size_t t = 0; t < n_tasks; t++)
		w->task[t] = (struct assign_task){ str_of(w->name[t]), 0, need };
	for (size_t i = 0; i < n_workers; i++)
		w->worker[i] = (struct assign_worker){ str_of(w->name[n_tasks + i]), 0, (uint32_t)i, room };
	w->in = (struct assign_in){ .seed = STR("seed"), .task = w->task, .worker = w->worker, .n_tasks = n_tasks,
	                            .n_workers = n_workers, .skills = &w->skills, .conflicts = &w->conflicts,
	                            .taken = &w->taken, .threads = 1 };
}

static void drop(struct world *w)
{
	lists_release(&w->skills);
	lists_release(&w->conflicts);
	lists_release(&w->taken);
}

/* ---- what must hold of every assignment --------------------------------- */

static bool clash(const struct world *w, uint32_t x, uint32_t y)
{
	return x == y || lists_has(&w->conflicts, x, y);
}

static bool may_sit(const struct world *w, const struct assign_out *o, size_t t, uint32_t who, size_t seat)
{
	const struct assign_worker *x = &w->worker[who];

	if (!lists_within(&w->skills, w->task[t].skills, x->skills))
		return false;
	for (size_t i = w->taken.first[t]; i < w->taken.first[t + 1]; i++)
		if (clash(w, x->identity, w->taken.item[i]))
			return false;
	for (size_t s = o->first[t]; s < o->first[t + 1]; s++)
		if (s != seat && o->worker[s] != ASSIGN_NONE && clash(w, x->identity, w->worker[o->worker[s]].identity))
			return false;
	return true;
}

static bool rules_hold(const struct world *w, const struct assign_out *o)
{
	static uint32_t load[MAX_WORKERS];
	uint64_t empty = 0;

	memset(load, 0, sizeof load);
	for (size_t t = 0; t < w->in.n_tasks; t++) {
		if (o->first[t + 1] - o->first[t] != w->task[t].need)
			return false;
		for (size_t s = o->first[t]; s < o->first[t + 1]; s++) {
			uint32_t who = o->worker[s];
			empty += who == ASSIGN_NONE;
			if (who == ASSIGN_NONE)
				continue;
			if (++load[who] > w->worker[who].room || !may_sit(w, o, t, who, s))
				return false;
			if (s > o->first[t] && o->worker[s - 1] >= who)
				return false;
		}
	}
	return empty == o->empty;
}

static bool equal(const struct world *w, const struct assign_out *x, const struct assign_out *y)
{
	size_t n = x->first[w->in.n_tasks];

	return n == y->first[w->in.n_tasks] && memcmp(x->worker, y->worker, n * sizeof *x->worker) == 0;
}

/* ---- random instances ---------------------------------------------------- */

static uint32_t below(struct rng *r, uint32_t n)
{
	return (uint32_t)rng_below(r, n);
}

/* skills, identities, room, what is taken; conflicts on request */
static void small_world(struct world *w, struct rng *r, bool conflicts)
{
	size_t n_tasks = 1 + below(r, 4), n_workers = 1 + below(r, 5), n = 0;
	uint64_t pair[64];

	plain(w, n_tasks, n_workers, 0, 0);
	for (uint32_t set = 0; set < 4; set++)
		for (uint32_t skill = 0; skill < 2; skill++)
			if (set >> skill & 1)
				pair[n++] = lists_pair(set, skill);
	set_lists(&w->skills, 4, pair, n);
	for (size_t t = 0; t < n_tasks; t++) {
		w->task[t].need = below(r, 3);
		w->task[t].skills = below(r, 3) ? 0 : below(r, 4);
	}
	for (size_t i = 0; i < n_workers; i++)
		w->worker[i] = (struct assign_worker){ w->worker[i].id, below(r, 2) ? 3 : below(r, 4), below(r, 5),
		                                       below(r, 4) };
	n = 0;
	for (uint32_t t = 0; t < n_tasks; t++)
		if (below(r, 3) == 0)
			pair[n++] = lists_pair(t, below(r, 5));
	set_lists(&w->taken, n_tasks, pair, n);
	n = 0;
	for (int i = 0; conflicts && i < 2; i++) {
		uint32_t x = below(r, 5), y = below(r, 5);
		pair[n++] = lists_pair(x, y);
		pair[n++] = lists_pair(y, x);
	}
	set_lists(&w->conflicts, 5, pair, n);
}

#endif
