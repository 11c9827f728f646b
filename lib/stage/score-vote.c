#include "stage/score-vote.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"
#include "rec/value.h"

/* ---- by task --------------------------------------------------------------------------- */

static uint32_t task_at(const struct score *s, size_t i)
{
	return i < s->n_past ? s->past[i].task : s->labels.task[i - s->n_past];
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

void ballot_init(struct ballot *a, struct score_book *b)
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
	match_names(a);
}

void ballot_release(struct ballot *a)
{
	free(a->off);
	free(a->ord);
	free(a->name_of);
	free(a->value_of);
	buf_release(&a->tail);
}

/* ---- which labels count ------------------------------------------------------------------ */

static void make_room(struct booth *d, size_t n)
{
	if (n <= d->cap)
		return;
	d->cap = mem_grow(d->cap, n);
	d->vote = mem_realloc(d->vote, d->cap, sizeof *d->vote);
	d->key = mem_realloc(d->key, d->cap, sizeof *d->key);
	d->said = mem_realloc(d->said, d->cap, sizeof *d->said);
	d->divide = mem_realloc(d->divide, d->cap, sizeof *d->divide);
}

static void load_votes(struct booth *d, const struct ballot *a, const uint32_t *at, size_t n)
{
	const struct score_book *b = a->b;
	const struct score *s = b->s;

	make_room(d, n);
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
static void choose(struct booth *d, size_t from, size_t to)
{
	struct vote *first = &d->vote[(uint32_t)d->key[from]], *last = &d->vote[(uint32_t)d->key[to - 1]];

	if (!first->past) {
		last->counts = true;
		d->replaced += to - from - 1;
		return;
	}
	first->counts = true;
	for (size_t k = from + 1; k < to; k++) {
		const struct vote *v = &d->vote[(uint32_t)d->key[k]];
		if (!v->past && (v->worker != first->worker || v->value != first->value))
			d->late++;
	}
}

/* One label of each person. */
static void choose_all(struct booth *d, size_t n)
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

size_t booth_take(struct booth *d, const struct ballot *a, uint32_t task)
{
	size_t n = a->off[task + 1] - a->off[task];

	load_votes(d, a, a->ord + a->off[task], n);
	choose_all(d, n);
	return n;
}

void booth_release(struct booth *d)
{
	free(d->vote);
	free(d->key);
	free(d->said);
	free(d->divide);
}

/* ---- what the others say ------------------------------------------------------------------- */

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

struct poll booth_poll(struct booth *d, const struct vote *v, size_t n)
{
	struct poll p = { 0 };

	for (size_t k = 0; k < n; k++)
		if (v[k].counts)
			d->said[p.total++] = v[k].value;
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

bool poll_of_others(const struct poll *p, uint32_t own, uint32_t *winner, double *confidence)
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
