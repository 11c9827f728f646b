/* What people should look at first: labels that nothing decides, and workers whose pay is held. */
#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"
#include "stage/score-part.h"

enum reason { NO_CONSENSUS, NO_CLASSES, CONTRADICTION, HELD };

static const char *const reason_name[] = {
	"no confident consensus", "answers of this type are judged by people", "contradictory reviews", "held worker",
};

/* One record. */
struct item {
	enum reason reason;
	uint32_t task, worker;          /* INTERN_NONE: not of one */
	uint32_t labels;
	uint64_t at_stake;
};

struct list {
	struct item *item;
	size_t n, cap;
};

static struct item *add(struct list *l, struct item x)
{
	if (l->n == l->cap) {
		l->cap = mem_grow(l->cap, l->n + 64);
		l->item = mem_realloc(l->item, l->cap, sizeof *l->item);
	}
	l->item[l->n] = x;
	return &l->item[l->n++];
}

/* by what is at stake, the most first; then by task and worker: no two are equal */
static int by_stake(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->at_stake != y->at_stake)
		return x->at_stake > y->at_stake ? -1 : 1;
	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	return (x->worker > y->worker) - (x->worker < y->worker);
}

/* the pending labels of a task together; one with contradictory reviews by itself */
static void add_labels(const struct score_book *b, struct list *l)
{
	const struct score *s = b->s;
	uint32_t *at = mem_zalloc(b->n_tasks, sizeof *at);      /* item + 1 */

	for (size_t i = 0; i < s->labels.n; i++) {
		uint8_t f = b->fate[s->n_past + i];
		uint32_t task = s->labels.task[i], worker = s->labels.worker[i];
		if (!(f & FATE_COUNTS) || fate_verdict(f) != PENDING)
			continue;
		if ((f & FATE_GROUND) >> 2 == BY_REVIEW) {
			add(l, (struct item){ CONTRADICTION, task, worker, 1, b->worth[worker] });
			continue;
		}
		if (!at[task]) {
			add(l, (struct item){ f & FATE_CLASS ? NO_CONSENSUS : NO_CLASSES, task, INTERN_NONE, 0, 0 });
			at[task] = (uint32_t)l->n;
		}
		l->item[at[task] - 1].labels++;
		l->item[at[task] - 1].at_stake += b->worth[worker];
	}
	free(at);
}

static void put(const struct score *s, const struct item *x, struct buf *line)
{
	buf_adds(line, "{\"kind\":\"queue\"");
	if (x->task != INTERN_NONE)
		json_put_kstr(line, "task", intern_str(&s->tasks, x->task));
	if (x->worker != INTERN_NONE)
		json_put_kstr(line, "worker", intern_str(&s->workers, x->worker));
	json_put_kstr(line, "reason", str_of(reason_name[x->reason]));
	json_put_kuint(line, "labels", x->labels);
	json_put_kuint(line, "at_stake", x->at_stake);
	buf_adds(line, "}\n");
}

void score_queue(struct score_book *b, struct sink *out)
{
	struct list l = { 0 };
	struct buf lines = BUF_INIT;

	add_labels(b, &l);
	for (uint32_t w = 0; b->held && w < b->n_workers; w++)
		if (b->held[w])
			add(&l, (struct item){ HELD, INTERN_NONE, w, b->held[w], (uint64_t)b->held[w] * 10000 });
	if (l.n)
		qsort(l.item, l.n, sizeof *l.item, by_stake);
	for (size_t i = 0; i < l.n; i++) {
		put(b->s, &l.item[i], &lines);
		if (lines.n > 1 << 16) {
			sink_lines(out, buf_str(&lines));
			buf_reset(&lines);
		}
	}
	sink_lines(out, buf_str(&lines));
	b->s->totals.queued = l.n;
	free(l.item);
	buf_release(&lines);
}
