#include "assign/plan.h"

#include <stdlib.h>

#include "assign/hash.h"
#include "base/err.h"
#include "base/mem.h"

struct turn {
	uint64_t hash;
	uint32_t task;
};

static int by_turn(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->task > y->task) - (x->task < y->task);
}

static uint32_t *make_order(const struct assign_in *in)
{
	struct turn *turn = mem_alloc(in->n_tasks, sizeof *turn);
	uint32_t *order = mem_alloc(in->n_tasks, sizeof *order);
	struct hash_text text;

	for (size_t t = 0; t < in->n_tasks; t++) {
		hash_task(&text, in->seed, in->task[t].id);
		turn[t] = (struct turn){ hash_order(&text), (uint32_t)t };
	}
	qsort(turn, in->n_tasks, sizeof *turn, by_turn);
	for (size_t i = 0; i < in->n_tasks; i++)
		order[i] = turn[i].task;
	free(turn);
	return order;
}

void plan_init(struct plan *p, const struct assign_in *in, struct assign_out *out)
{
	size_t n = 0;

	*p = (struct plan){ .in = in, .out = out };
	*out = (struct assign_out){ 0 };
	out->first = mem_alloc(in->n_tasks + 1, sizeof *out->first);
	for (size_t t = 0; t < in->n_tasks; t++) {
		out->first[t] = n;
		n += in->task[t].need;
	}
	out->first[in->n_tasks] = out->empty = n;
	out->worker = mem_alloc(n, sizeof *out->worker);
	for (size_t s = 0; s < n; s++)
		out->worker[s] = ASSIGN_NONE;
	p->room = mem_alloc(in->n_workers, sizeof *p->room);
	for (size_t w = 0; w < in->n_workers; w++)
		p->room[w] = in->worker[w].room;
	p->order = make_order(in);
	pools_make(&p->pools, in, p->room);
}

void plan_release(struct plan *p)
{
	pools_release(&p->pools);
	free(p->order);
	free(p->room);
}

size_t plan_empty(const struct plan *p, uint32_t task)
{
	for (size_t s = p->out->first[task]; s < p->out->first[task + 1]; s++)
		if (p->out->worker[s] == ASSIGN_NONE)
			return s;
	return SIZE_MAX;
}

static bool clash(const struct assign_in *in, uint32_t a, uint32_t b)
{
	return a == b || lists_has(in->conflicts, a, b);
}

bool plan_may_sit(const struct plan *p, uint32_t task, uint32_t worker, size_t but)
{
	const struct assign_in *in = p->in;
	uint32_t identity = in->worker[worker].identity;

	if (lists_size(in->taken, task))
		for (size_t i = in->taken->first[task]; i < in->taken->first[task + 1]; i++)
			if (clash(in, identity, in->taken->item[i]))
				return false;
	for (size_t s = p->out->first[task]; s < p->out->first[task + 1]; s++) {
		uint32_t other = p->out->worker[s];
		if (other == ASSIGN_NONE)
			break;
		if (s != but && clash(in, identity, in->worker[other].identity))
			return false;
	}
	return true;
}

void plan_use(struct plan *p, uint32_t worker)
{
	BUG_ON(p->room[worker] == 0);
	p->out->empty--;
	if (p->room[worker] != UINT32_MAX && --p->room[worker] == 0)
		pools_full(&p->pools, p->in, worker);
}

void plan_sit(struct plan *p, size_t seat, uint32_t worker)
{
	BUG_ON(p->out->worker[seat] != ASSIGN_NONE);
	p->out->worker[seat] = worker;
	plan_use(p, worker);
}
