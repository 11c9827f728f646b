#include "assign/repair.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

#define DEAD UINT32_MAX         /* instead of the number of a search */

struct search {
	struct plan *plan;
	uint32_t *task_of;      /* seat -> task */
	uint32_t *head;         /* worker -> the first of the seats he has now */
	uint32_t *next, *prev;  /* seat -> the others of the same worker */
	struct lists person;    /* identity -> its workers */
	uint32_t now;           /* number of this search */
	uint32_t *met;          /* worker -> the last search that met him */
	uint32_t *opened;       /* task -> the last search that looked for anybody to sit there */
	uint32_t *via;          /* worker met -> the seat he would take */
	uint32_t *queue;        /* workers met */
	size_t n_queue;
	uint64_t steps;
};

/* ---- who has which seats ----------------------------------------------- */

static void link_seat(struct search *s, uint32_t worker, uint32_t seat)
{
	s->prev[seat] = ASSIGN_NONE;
	s->next[seat] = s->head[worker];
	if (s->head[worker] != ASSIGN_NONE)
		s->prev[s->head[worker]] = seat;
	s->head[worker] = seat;
}

static void unlink_seat(struct search *s, uint32_t worker, uint32_t seat)
{
	if (s->prev[seat] == ASSIGN_NONE)
		s->head[worker] = s->next[seat];
	else
		s->next[s->prev[seat]] = s->next[seat];
	if (s->next[seat] != ASSIGN_NONE)
		s->prev[s->next[seat]] = s->prev[seat];
}

static void list_seats(struct search *s)
{
	const struct assign_in *in = s->plan->in;
	const struct assign_out *out = s->plan->out;

	for (size_t w = 0; w < in->n_workers; w++)
		s->head[w] = ASSIGN_NONE;
	for (size_t t = 0; t < in->n_tasks; t++)
		for (size_t seat = out->first[t]; seat < out->first[t + 1]; seat++) {
			s->task_of[seat] = (uint32_t)t;
			if (out->worker[seat] != ASSIGN_NONE)
				link_seat(s, out->worker[seat], (uint32_t)seat);
		}
}

static void list_persons(struct search *s)
{
	const struct assign_in *in = s->plan->in;
	uint64_t *pair = mem_alloc(in->n_workers, sizeof *pair);
	size_t n = 0;

	for (size_t w = 0; w < in->n_workers; w++) {
		pair[w] = lists_pair(in->worker[w].identity, (uint32_t)w);
		if (in->worker[w].identity >= n)
			n = in->worker[w].identity + (size_t)1;
	}
	lists_make(&s->person, n, pair, in->n_workers);
	free(pair);
}

static void search_init(struct search *s, struct plan *p)
{
	size_t n_seats = p->out->first[p->in->n_tasks], n_workers = p->in->n_workers;

	BUG_ON(n_seats >= ASSIGN_NONE);
	*s = (struct search){ .plan = p };
	s->task_of = mem_alloc(n_seats, sizeof *s->task_of);
	s->next = mem_alloc(n_seats, sizeof *s->next);
	s->prev = mem_alloc(n_seats, sizeof *s->prev);
	s->head = mem_alloc(n_workers, sizeof *s->head);
	s->met = mem_zalloc(n_workers, sizeof *s->met);
	s->via = mem_alloc(n_workers, sizeof *s->via);
	s->queue = mem_alloc(n_workers, sizeof *s->queue);
	s->opened = mem_zalloc(p->in->n_tasks, sizeof *s->opened);
	list_seats(s);
	list_persons(s);
}

static void search_release(struct search *s)
{
	free(s->task_of);
	free(s->next);
	free(s->prev);
	free(s->head);
	free(s->met);
	free(s->via);
	free(s->queue);
	free(s->opened);
	lists_release(&s->person);
}

/* ---- one search --------------------------------------------------------- */

/* The worker could take the seat, whoever sits there having left: remember how.
 * True when he has room, so that the chain ends with him. */
static bool meet(struct search *s, uint32_t worker, uint32_t seat)
{
	s->steps++;
	if (s->met[worker] == s->now || s->met[worker] == DEAD ||
	    !plan_may_sit(s->plan, s->task_of[seat], worker, seat))
		return false;
	s->met[worker] = s->now;
	s->via[worker] = seat;
	s->queue[s->n_queue++] = worker;
	return s->plan->room[worker] > 0;
}

/* anybody for this seat: those with room first, which makes most searches short */
static bool open_task(struct search *s, uint32_t seat)
{
	const struct pool *p = plan_pool(s->plan, s->task_of[seat]);

	s->opened[s->task_of[seat]] = s->now;
	for (size_t i = 0; i < p->n_listed; i++)
		if (s->plan->room[p->open[i]] && meet(s, p->open[i], seat))
			return true;
	for (size_t i = 0; i < p->n; i++)
		if (meet(s, p->member[i], seat))
			return true;
	return false;
}

/* The task was opened for another seat already.  Who could sit on this one and not on that
 * is the same person with another account. */
static bool open_person(struct search *s, uint32_t worker, uint32_t seat)
{
	const struct assign_in *in = s->plan->in;
	uint32_t person = in->worker[worker].identity;
	uint32_t skills = in->task[s->task_of[seat]].skills;

	for (size_t i = s->person.first[person]; i < s->person.first[person + 1]; i++) {
		const struct assign_worker *w = &in->worker[s->person.item[i]];
		if (w->room && lists_within(in->skills, skills, w->skills) && meet(s, s->person.item[i], seat))
			return true;
	}
	return false;
}

static bool look(struct search *s, uint32_t seat)
{
	if (open_task(s, seat))
		return true;
	for (size_t i = 0; i < s->n_queue; i++) {
		uint32_t worker = s->queue[i];
		for (uint32_t x = s->head[worker]; x != ASSIGN_NONE; x = s->next[x]) {
			if (s->opened[s->task_of[x]] == s->now ? open_person(s, worker, x) : open_task(s, x))
				return true;
		}
	}
	return false;
}

/* the last worker met has room: everybody in his chain moves up */
static void move(struct search *s)
{
	uint32_t last = s->queue[s->n_queue - 1], *at = s->plan->out->worker;

	for (uint32_t worker = last; worker != ASSIGN_NONE; ) {
		uint32_t seat = s->via[worker], leaves = at[seat];
		if (leaves != ASSIGN_NONE)
			unlink_seat(s, leaves, seat);
		at[seat] = worker;
		link_seat(s, worker, seat);
		worker = leaves;
	}
	plan_use(s->plan, last);
	s->plan->out->moved++;
}

static bool fill(struct search *s, size_t seat)
{
	s->now++;
	s->n_queue = 0;
	if (look(s, (uint32_t)seat)) {
		move(s);
		return true;
	}
	for (size_t i = 0; i < s->n_queue; i++)
		s->met[s->queue[i]] = DEAD;
	return false;
}

static bool room_left(const struct pools *ps)
{
	for (size_t i = 0; i < ps->n; i++)
		if (ps->pool[i].n_open)
			return true;
	return false;
}

void repair(struct plan *p)
{
	uint64_t most = p->in->max_steps ? p->in->max_steps : ASSIGN_STEPS;
	struct search s;
	size_t seat;

	search_init(&s, p);
	for (size_t i = 0; i < p->in->n_tasks && room_left(&p->pools) && !p->out->gave_up; i++) {
		while ((seat = plan_empty(p, p->order[i])) != SIZE_MAX && fill(&s, seat))
			pools_tidy(&p->pools, p->room);
		p->out->gave_up = s.steps > most;
	}
	search_release(&s);
}
