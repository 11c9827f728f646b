#include "assign/assign.h"

#include <stdlib.h>

#include "assign/hash.h"
#include "assign/plan.h"
#include "assign/rank.h"
#include "assign/repair.h"
#include "base/mem.h"
#include "base/par.h"

/* Hashing is nearly all of the work and depends on nothing that is decided
 * meanwhile but room, which only shrinks: so a block of tasks is ranked on all
 * cores ahead of its turn, and those who lost their room since are passed over. */
enum { BLOCK = 8192, JOB = 64, DEPTH_MAX = 256 };

struct block {
	const struct plan *plan;
	const uint32_t *task;
	size_t n;
	size_t depth;           /* how many of the best are kept of each */
	struct ranked *top;     /* depth for each task */
	size_t *found;          /* candidates of each, kept or not */
};

static void rank_job(void *ctx, size_t job)
{
	const struct block *b = ctx;
	size_t end = (job + 1) * JOB < b->n ? (job + 1) * JOB : b->n;
	const struct assign_in *in = b->plan->in;
	struct hash_text text;

	for (size_t i = job * JOB; i < end; i++) {
		b->found[i] = 0;
		if (in->task[b->task[i]].need == 0)
			continue;
		const struct pool *p = plan_pool(b->plan, b->task[i]);
		if (pool_is_big(p))
			continue;       /* who is in the sample depends on room at its turn */
		hash_task(&text, in->seed, in->task[b->task[i]].id);
		b->found[i] = rank(b->top + i * b->depth, b->depth, &text, in->worker, b->plan->room, p->open,
		                   p->n_listed);
	}
}

/* seat the ranked ones; true when no seat stays empty */
static bool seat(struct plan *p, uint32_t task, const struct ranked *top, size_t n)
{
	size_t s = plan_empty(p, task), end = p->out->first[task + 1];

	for (size_t i = 0; i < n && s < end; i++)
		if (p->room[top[i].worker] && plan_may_sit(p, task, top[i].worker, SIZE_MAX))
			plan_sit(p, s++, top[i].worker);
	return s >= end;
}

/* for one task, when its turn has come */
struct turn {
	struct plan *plan;
	struct hash_text text;
	struct ranked *top;             /* scratch: one for each worker */
	uint32_t *sample;
};

static bool seat_of_all(struct turn *u, uint32_t task)
{
	const struct pool *p = plan_pool(u->plan, task);

	if (p->n_open == 0)
		return false;
	return seat(u->plan, task, u->top, rank(u->top, p->n_listed, &u->text, u->plan->in->worker, u->plan->room,
	                                        p->open, p->n_listed));
}

static bool seat_of_sample(struct turn *u, uint32_t task)
{
	const struct assign_in *in = u->plan->in;
	size_t want = (size_t)in->task[task].need * 8;

	if (want < ASSIGN_SAMPLE)
		want = ASSIGN_SAMPLE;
	size_t n = pool_walk(plan_pool(u->plan, task), hash_walk(&u->text), u->plan->room, want, u->sample);
	return seat(u->plan, task, u->top, rank(u->top, n, &u->text, in->worker, u->plan->room, u->sample, n));
}

static void take_turn(struct turn *u, uint32_t task, const struct ranked *ahead, size_t depth, size_t found)
{
	const struct assign_in *in = u->plan->in;

	if (in->task[task].need == 0)
		return;
	if (found && (seat(u->plan, task, ahead, found < depth ? found : depth) || found <= depth))
		return;
	hash_task(&u->text, in->seed, in->task[task].id);
	if (pool_is_big(plan_pool(u->plan, task)) && seat_of_sample(u, task))
		return;
	seat_of_all(u, task);
}

static size_t largest_need(const struct assign_in *in)
{
	size_t most = 0;

	for (size_t t = 0; t < in->n_tasks; t++)
		if (in->task[t].need > most)
			most = in->task[t].need;
	return most;
}

static void seat_everybody(struct plan *p)
{
	size_t depth = largest_need(p->in) * 2 + 8;
	struct block b = { .plan = p, .depth = depth < DEPTH_MAX ? depth : DEPTH_MAX };
	struct turn *u = mem_zalloc(1, sizeof *u);

	b.top = mem_alloc(BLOCK * b.depth, sizeof *b.top);
	b.found = mem_alloc(BLOCK, sizeof *b.found);
	u->plan = p;
	u->top = mem_alloc(p->in->n_workers, sizeof *u->top);
	u->sample = mem_alloc(p->in->n_workers, sizeof *u->sample);
	for (size_t at = 0; at < p->in->n_tasks; at += b.n) {
		b.task = p->order + at;
		b.n = p->in->n_tasks - at < BLOCK ? p->in->n_tasks - at : BLOCK;
		pools_tidy(&p->pools, p->room);
		par_for(p->in->threads, (b.n + JOB - 1) / JOB, rank_job, &b);
		for (size_t i = 0; i < b.n; i++)
			take_turn(u, b.task[i], b.top + i * b.depth, b.depth, b.found[i]);
	}
	free(u->sample);
	free(u->top);
	free(u);
	free(b.found);
	free(b.top);
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void assign_run(const struct assign_in *in, struct assign_out *out)
{
	struct plan p;

	plan_init(&p, in, out);
	seat_everybody(&p);
	if (out->empty)
		repair(&p);
	for (size_t t = 0; t < in->n_tasks; t++)        /* ASSIGN_NONE is the largest */
		qsort(out->worker + out->first[t], in->task[t].need, sizeof *out->worker, by_number);
	plan_release(&p);
}

void assign_out_release(struct assign_out *out)
{
	free(out->first);
	free(out->worker);
	*out = (struct assign_out){ 0 };
}
