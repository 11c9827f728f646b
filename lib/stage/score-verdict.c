/* What is said of each label: by people who looked, by gold, by the others, or nothing yet. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "json/write.h"
#include "rec/value.h"
#include "stage/score-part.h"

static const char *const verdict_name[] = { "pending", "verified", "rejected" };
static const char *const ground_name[] = { "consensus", "gold", "review" };

/* Labels of all tasks, by task, as they came; those of earlier epochs first. */
struct ballot {
	struct score_book *b;
	uint32_t *off, *ord;            /* ord: past labels, then s->labels */
	uint32_t *name_of;              /* by value: its name in s->judge.names, or INTERN_NONE */
	uint32_t *value_of;             /* by name: the value that it means */
	struct buf tail;                /* of a verdict record */
};

/* One label on a task. */
struct vote {
	uint32_t at;                    /* as in ord */
	uint32_t worker, who, value;    /* value: its class */
	bool past, counts;
};

/* Some tasks, judged by one thread. */
struct desk {
	uint32_t from, to;
	struct vote *vote;
	uint64_t *key;
	uint32_t *said;                 /* values of those that count, ascending */
	struct judge_said *divide;
	size_t cap;
	struct buf out;
	struct score_totals sum;
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

/* ---- by task --------------------------------------------------------------------------- */

static uint32_t task_at(const struct score *s, size_t i)
{
	return i < s->n_past ? s->past[i].task : s->labels.task[i - s->n_past];
}

static void ballot_init(struct ballot *a, struct score_book *b)
{
	const struct score *s = b->s;
	size_t n = s->n_past + s->labels.n;

	*a = (struct ballot){ .b = b };
	a->off = mem_zbig(b->n_tasks + 2, sizeof *a->off);
	a->ord = mem_big(n, sizeof *a->ord);
	for (size_t i = 0; i < n; i++)
		a->off[task_at(s, i) + 2]++;
	for (size_t t = 0; t < b->n_tasks; t++)
		a->off[t + 2] += a->off[t + 1];
	for (size_t i = 0; i < n; i++)
		a->ord[a->off[task_at(s, i) + 1]++] = (uint32_t)i;
	buf_adds(&a->tail, ",\"epoch\":");
	json_put_string(&a->tail, str_of(s->options.epoch));
	buf_adds(&a->tail, "}\n");
}

/* The keys of posteriors have no type: the value that each of them means is the one that
 * labels have.  Not gold's: the number 1 as gold somewhere must not turn all labels "1"
 * into errors. */
static void match_names(struct ballot *a)
{
	struct score *s = a->b->s;
	size_t n_names = s->judge.names.n, n_values = s->values.n;
	bool *used = mem_zalloc(n_values, sizeof *used);

	for (size_t i = 0; i < s->labels.n; i++)
		used[s->labels.value[i]] = true;
	for (size_t i = 0; i < s->n_past; i++)
		used[s->past[i].value] = true;
	a->name_of = mem_alloc(n_values, sizeof *a->name_of);
	a->value_of = mem_alloc(n_names, sizeof *a->value_of);
	for (size_t i = 0; i < n_names; i++)
		a->value_of[i] = INTERN_NONE;
	for (uint32_t v = 0; v < n_values; v++) {
		struct str name = value_name(intern_str(&s->values, v));
		a->name_of[v] = n_names ? intern_find(&s->judge.names, name) : INTERN_NONE;
		if (a->name_of[v] != INTERN_NONE && used[v] && a->value_of[a->name_of[v]] == INTERN_NONE)
			a->value_of[a->name_of[v]] = v;
	}
	for (uint32_t i = 0; i < n_names; i++) {
		if (a->value_of[i] != INTERN_NONE)
			continue;
		buf_reset(&s->key);
		buf_addc(&s->key, 's');         /* no label has it: any that equals none will do */
		buf_addstr(&s->key, intern_str(&s->judge.names, i));
		a->value_of[i] = intern(&s->values, buf_str(&s->key));
	}
	free(used);
}

static void ballot_release(struct ballot *a)
{
	free(a->off);
	free(a->ord);
	free(a->name_of);
	free(a->value_of);
	buf_release(&a->tail);
}

/* ---- which labels count ------------------------------------------------------------------ */

static void desk_room(struct desk *d, size_t n)
{
	if (n <= d->cap)
		return;
	d->cap = mem_grow(d->cap, n);
	d->vote = mem_realloc(d->vote, d->cap, sizeof *d->vote);
	d->key = mem_realloc(d->key, d->cap, sizeof *d->key);
	d->said = mem_realloc(d->said, d->cap, sizeof *d->said);
	d->divide = mem_realloc(d->divide, d->cap, sizeof *d->divide);
}

static void load_votes(struct desk *d, const struct ballot *a, const uint32_t *at, size_t n)
{
	const struct score_book *b = a->b;
	const struct score *s = b->s;

	desk_room(d, n);
	for (size_t k = 0; k < n; k++) {
		struct vote *v = &d->vote[k];
		size_t i = at[k];
		*v = (struct vote){ .at = at[k], .past = i < s->n_past };
		v->worker = v->past ? s->past[i].worker : s->labels.worker[i - s->n_past];
		v->value = score_class(b, v->past ? s->past[i].value : s->labels.value[i - s->n_past]);
		v->who = b->identity[v->worker];
	}
}

static int ascending64(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

static void sort64(uint64_t *x, size_t n)
{
	enum { FEW = 24 };

	if (n > FEW) {
		qsort(x, n, sizeof *x, ascending64);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint64_t v = x[i];
		size_t k = i;
		for (; k && x[k - 1] > v; k--)
			x[k] = x[k - 1];
		x[k] = v;
	}
}

/* of key[from .. to), which are the votes of one person as they came, the one that counts */
static void choose(struct desk *d, size_t from, size_t to)
{
	struct vote *first = &d->vote[(uint32_t)d->key[from]], *last = &d->vote[(uint32_t)d->key[to - 1]];

	if (!first->past) {
		last->counts = true;
		d->sum.replaced += to - from - 1;
		return;
	}
	first->counts = true;
	for (size_t k = from + 1; k < to; k++) {
		const struct vote *v = &d->vote[(uint32_t)d->key[k]];
		if (!v->past && (v->worker != first->worker || v->value != first->value))
			d->sum.late++;
	}
}

/* One label of each person. */
static void choose_all(struct desk *d, size_t n)
{
	for (size_t k = 0; k < n; k++)
		d->key[k] = (uint64_t)d->vote[k].who << 32 | k;
	sort64(d->key, n);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && d->key[to] >> 32 == d->key[from] >> 32; to++)
			;
		choose(d, from, to);
	}
}

/* ---- what the others say ------------------------------------------------------------------- */

/* The votes on one task: the winner, its count, and how close the next one is. */
struct poll {
	uint32_t best, second;          /* counts */
	uint32_t winner, runner_up;     /* values with these counts */
	uint32_t n_best;                /* values that share the best count */
	uint32_t total;
};

static int ascending32(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

static void sort32(uint32_t *x, size_t n)
{
	enum { FEW = 24 };

	if (n > FEW) {
		qsort(x, n, sizeof *x, ascending32);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint32_t v = x[i];
		size_t k = i;
		for (; k && x[k - 1] > v; k--)
			x[k] = x[k - 1];
		x[k] = v;
	}
}

static struct poll count_votes(struct desk *d, size_t n)
{
	struct poll p = { 0 };

	for (size_t k = 0; k < n; k++)
		if (d->vote[k].counts)
			d->said[p.total++] = d->vote[k].value;
	sort32(d->said, p.total);
	for (uint32_t from = 0, to; from < p.total; from = to) {
		for (to = from + 1; to < p.total && d->said[to] == d->said[from]; to++)
			;
		uint32_t many = to - from;
		p.n_best = many > p.best ? 1 : p.n_best + (many == p.best);
		if (many > p.best) {
			p.second = p.best;
			p.runner_up = p.winner;
			p.best = many;
			p.winner = d->said[from];
		} else if (many > p.second) {
			p.second = many;
			p.runner_up = d->said[from];
		}
	}
	return p;
}

/* The value that most of the others gave, and their share; false when there is no one such. */
static bool majority_of_others(const struct poll *p, uint32_t own, uint32_t *winner, double *confidence)
{
	uint32_t n = p->best;

	*winner = p->winner;
	if (p->n_best == 1 && own == p->winner) {
		n--;
		if (n == p->second)
			return false;
	} else if (p->n_best == 2 && (own == p->winner || own == p->runner_up)) {
		*winner = own == p->winner ? p->runner_up : p->winner;
	} else if (p->n_best > 1) {
		return false;
	}
	*confidence = (double)n / (double)(p->total - 1);
	return true;
}

/* What a person's accounts said of the task, each its last word; false when the model lacks one of them. */
static bool words_of(struct desk *d, const struct ballot *a, uint32_t task, const struct vote *v, size_t n, size_t *n_said)
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
static bool ask_others(struct desk *d, const struct ballot *a, const struct poll *p, uint32_t task,
                       const struct vote *v, size_t n, uint32_t *winner, double *confidence)
{
	const struct judge *j = &a->b->s->judge;
	uint32_t name;
	size_t n_said;

	if (p->total < 2)
		return false;
	if (!judge_has(j, task, v->worker) || !words_of(d, a, task, v, n, &n_said))
		return majority_of_others(p, v->value, winner, confidence);
	if (!judge_others(j, task, d->divide, n_said, &name, confidence))
		return false;
	*winner = a->value_of[name];
	return true;
}

/* ---- one label -------------------------------------------------------------------------------- */

static void rule_by_others(struct desk *d, const struct ballot *a, const struct poll *p, uint32_t task,
                           const struct vote *v, size_t n, struct ruling *r)
{
	if (!ask_others(d, a, p, task, v, n, &r->against, &r->confidence)) {
		r->against = INTERN_NONE;
		r->confidence = 0;
		return;
	}
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
	const uint32_t *at = a->ord + a->off[task];
	size_t n = a->off[task + 1] - a->off[task];

	if (!n)
		return;
	enum task_type type = score_type(s, intern_str(&s->tasks, task));
	load_votes(d, a, at, n);
	choose_all(d, n);
	struct poll p = count_votes(d, n);
	for (size_t k = 0; k < n; k++) {
		const struct vote *v = &d->vote[k];
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
	match_names(&h->a);
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
			b->s->totals.replaced += d->sum.replaced;
			b->s->totals.late += d->sum.late;
			free(d->vote);
			free(d->key);
			free(d->said);
			free(d->divide);
			buf_release(&d->out);
		}
	ballot_release(&h->a);
	free(h);
	sum_up(b);
}
