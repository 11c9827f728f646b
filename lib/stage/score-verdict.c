/* What is said of each label: by people who looked, by gold, by the others, or nothing yet. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "json/write.h"
#include "rec/value.h"
#include "stage/score-trust.h"
#include "stage/score-vote.h"

static const char *const verdict_name[] = { "pending", "verified", "rejected" };
static const char *const ground_name[] = { "consensus", "gold", "review" };

/* Some tasks, judged by one thread. */
struct desk {
	uint32_t from, to;
	struct booth booth;
	struct buf out;
	uint64_t claims[N_TRUSTS];      /* as in struct score_totals */
};

/* One label and what was decided about it. */
struct ruling {
	enum verdict verdict;
	enum ground ground;
	bool on_gold, hit;
	uint32_t against;               /* the class it was judged by; INTERN_NONE while pending */
	double confidence;              /* of the others, where they agree on one */
	const struct reviewed *reviewed;
};

/* ---- what the others say ------------------------------------------------------------------- */

/* What a person's accounts said of the task, each its last word; false when the model lacks one of them. */
static bool words_of(struct booth *d, const struct ballot *a, uint32_t task, const struct vote *v, size_t n, size_t *n_said)
{
	*n_said = 0;
	for (size_t k = 0; k < n; k++) {
		const struct vote *x = &d->vote[k];
		size_t i = 0;
		if (x->who != v->who)
			continue;
		if (!judge_has(&a->b->s->judge, task, x->worker))
			return false;
		while (i < *n_said && d->divide[i].worker != x->worker)
			i++;
		d->divide[i] = (struct judge_said){ x->worker, a->name_of[x->value] };
		*n_said += i == *n_said;
	}
	return true;
}

/* What the model or the votes say of one label, the person left out.  Where nobody else
 * labelled the task, what is left of a posterior is the prior, and to name the class that
 * is most frequent anyway is no work. */
static bool ask_others(struct booth *d, const struct ballot *a, const struct poll *p, uint32_t task,
                       const struct vote *v, size_t n, uint32_t *winner, double *confidence, enum score_trust_by *by)
{
	const struct judge *j = &a->b->s->judge;
	uint32_t name;
	size_t n_said;

	if (p->total < 2)
		return false;
	*by = TRUST_VOTES;
	if (!judge_has(j, task, v->worker) || !words_of(d, a, task, v, n, &n_said))
		return poll_of_others(p, v->value, winner, confidence);
	*by = TRUST_MODEL;
	if (!judge_others(j, task, d->divide, n_said, &name, confidence))
		return false;
	*winner = a->value_of[name];
	return true;
}

/* ---- one label -------------------------------------------------------------------------------- */

static void rule_by_others(struct desk *d, const struct ballot *a, const struct poll *p, uint32_t task,
                           const struct vote *v, size_t n, struct ruling *r)
{
	enum score_trust_by by;

	if (!ask_others(&d->booth, a, p, task, v, n, &r->against, &r->confidence, &by)) {
		r->against = INTERN_NONE;
		r->confidence = 0;
		return;
	}
	d->claims[by]++;
	r->confidence = score_trust_of(a->b->s, by, r->confidence);
	if (r->confidence < a->b->s->options.min_confidence) {
		r->against = INTERN_NONE;
		return;
	}
	r->verdict = v->value == r->against ? VERIFIED : REJECTED;
}

static struct ruling rule(struct desk *d, const struct ballot *a, const struct poll *p, enum task_type type,
                          uint32_t task, const struct vote *v, size_t n)
{
	struct ruling r = { PENDING, BY_CONSENSUS, false, false, INTERN_NONE, 0, NULL };
	uint32_t gold = a->b->gold[task];

	r.on_gold = gold != INTERN_NONE && score_has_classes(type);
	r.hit = r.on_gold && v->value == score_class(a->b, gold);
	r.reviewed = reviews_of(&a->b->reviews, task, v->worker);
	if (r.reviewed) {
		r.ground = BY_REVIEW;
		if (r.reviewed->accepts != r.reviewed->rejects)
			r.verdict = r.reviewed->accepts > r.reviewed->rejects ? VERIFIED : REJECTED;
	} else if (r.on_gold) {
		r.ground = BY_GOLD;
		r.against = gold;
		r.verdict = r.hit ? VERIFIED : REJECTED;
	} else if (type == TASK_CLASS || type == TASK_ORDINAL) {
		rule_by_others(d, a, p, task, v, n, &r);
	}
	return r;
}

static void put_verdict(struct buf *b, const struct ballot *a, uint32_t task, enum task_type type, const struct vote *v,
                        const struct ruling *r)
{
	const struct score *s = a->b->s;
	uint32_t own = s->labels.value[v->at - s->n_past];

	buf_adds(b, "{\"kind\":\"verdict\"");
	json_put_kstr(b, "task", intern_str(&s->tasks, task));
	json_put_kstr(b, "worker", intern_str(&s->workers, v->worker));
	json_put_kstr(b, "verdict", str_of(verdict_name[r->verdict]));
	json_put_kstr(b, "by", str_of(ground_name[r->ground]));
	json_put_key(b, "value");
	value_put(b, intern_str(&s->values, own));
	if (r->against != INTERN_NONE) {
		json_put_key(b, "against");
		value_put(b, intern_str(&s->values, r->against));
	}
	if (r->confidence > 0)
		json_put_knum(b, "confidence", r->confidence);
	if (r->reviewed) {
		json_put_kuint(b, "accepts", r->reviewed->accepts);
		json_put_kuint(b, "rejects", r->reviewed->rejects);
		if (r->on_gold)
			json_put_kbool(b, "gold", r->hit);
	}
	if (type != TASK_CLASS)
		json_put_kstr(b, "type", str_of(task_type_name(type)));
	buf_addstr(b, buf_str(&a->tail));
}

static void judge_task(struct desk *d, const struct ballot *a, uint32_t task)
{
	const struct score *s = a->b->s;

	if (a->off[task + 1] == a->off[task])
		return;
	enum task_type type = score_type(s, intern_str(&s->tasks, task));
	size_t n = booth_take(&d->booth, a, task);
	struct poll p = booth_poll(&d->booth, d->booth.vote, n);
	for (size_t k = 0; k < n; k++) {
		const struct vote *v = &d->booth.vote[k];
		uint8_t *fate = &a->b->fate[v->at];
		if (!v->counts)
			continue;
		*fate = FATE_COUNTS;
		if (v->past)
			continue;
		struct ruling r = rule(d, a, &p, type, task, v, n);
		*fate |= (uint8_t)(r.verdict | (unsigned)r.ground << 2 | (r.on_gold ? FATE_ON_GOLD : 0) |
		                   (r.hit ? FATE_HIT : 0) | (score_has_classes(type) ? FATE_CLASS : 0));
		put_verdict(&d->out, a, task, type, v, &r);
	}
}

/* ---- all of them ---------------------------------------------------------------------------------- */

enum { DESKS = 32, DESK_LABELS = 8192 };

/* Half of the desks are judged at, while what the others have written goes out. */
struct hall {
	struct ballot a;
	struct desk desk[2][DESKS];
	size_t n[2];
	int at;                         /* the half that is judged at */
	struct sink *out;
};

static void judge_job(void *ctx, size_t i)
{
	struct hall *h = ctx;
	struct desk *d = &h->desk[h->at][i];

	for (uint32_t t = d->from; t < d->to; t++)
		judge_task(d, &h->a, t);
}

static void print_job(void *ctx)
{
	struct hall *h = ctx;
	int other = 1 - h->at;

	for (size_t i = 0; i < h->n[other]; i++) {
		struct buf *b = &h->desk[other][i].out;
		sink_lines(h->out, buf_str(b));
		buf_reset(b);
	}
	h->n[other] = 0;
}

/* the next tasks, some thousand labels a desk */
static uint32_t seat(struct hall *h, uint32_t task)
{
	uint32_t n_tasks = (uint32_t)h->a.b->n_tasks;
	const uint32_t *off = h->a.off;

	for (h->n[h->at] = 0; h->n[h->at] < DESKS && task < n_tasks; h->n[h->at]++) {
		struct desk *d = &h->desk[h->at][h->n[h->at]];
		d->from = task;
		while (task < n_tasks && off[task + 1] - off[d->from] < DESK_LABELS)
			task++;
		task += task == d->from;
		d->to = task;
	}
	return task;
}

/* what the labels of this epoch came to, by worker and in all */
static void sum_up(struct score_book *b)
{
	struct score_totals *sum = &b->s->totals;
	const struct score *s = b->s;

	for (size_t i = 0; i < s->labels.n; i++) {
		uint8_t f = b->fate[s->n_past + i];
		if (!(f & FATE_COUNTS))
			continue;
		struct tally *t = &b->tally[s->labels.worker[i]];
		t->count[fate_verdict(f)]++;
		t->gold_trials += (f & FATE_ON_GOLD) != 0;
		t->gold_hits += (f & FATE_HIT) != 0;
		sum->labels++;
		sum->gold_labels += (f & FATE_ON_GOLD) != 0;
		sum->verified += fate_verdict(f) == VERIFIED;
		sum->rejected += fate_verdict(f) == REJECTED;
		sum->pending += fate_verdict(f) == PENDING;
	}
}

void score_judge_all(struct score_book *b, struct sink *out)
{
	struct hall *h = mem_zalloc(1, sizeof *h);
	uint32_t task = 0;

	ballot_init(&h->a, b);
	score_trust_all(&h->a);
	h->out = out;
	do {
		task = seat(h, task);
		par_beside(b->threads, print_job, h->n[h->at], judge_job, h);
		h->at = 1 - h->at;
	} while (h->n[1 - h->at]);
	print_job(h);
	for (int half = 0; half < 2; half++)
		for (size_t i = 0; i < DESKS; i++) {
			struct desk *d = &h->desk[half][i];
			b->s->totals.replaced += d->booth.replaced;
			b->s->totals.late += d->booth.late;
			for (int by = 0; by < N_TRUSTS; by++)
				b->s->totals.claims[by] += d->claims[by];
			booth_release(&d->booth);
			buf_release(&d->out);
		}
	ballot_release(&h->a);
	free(h);
	sum_up(b);
}
