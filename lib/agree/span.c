#include "agree/span.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/sum.h"

static const double tie_width = 1e-12;

/* a stretch of a text */
struct item {
	uint32_t start, end, task;
};

/* What answers say as runs of one label that do not overlap, in order. */
struct runs {
	struct span *run;
	size_t n, cap;
	size_t *off, *at;           /* of answer i: off[i] .. off[i+1]-1, of which those before at[i] are passed */
	size_t n_answers, cap_answers;
	struct span *mine, *heap;   /* scratch: the spans of an answer by start; those that are open */
	uint32_t *edge;
	size_t cap_mine;
};

struct work {
	const struct labels *l;
	const struct spans *s;
	const struct span_opt *o;
	size_t K;
	struct item *item;
	size_t n_items, cap;
	struct labels votes;    /* task = item, value = class */
	uint32_t *gold;         /* of the items; NULL = none */
	struct runs runs;       /* scratch: of the answers on a text, */
	uint32_t *cut;          /* and where it is cut */
	size_t n_cut, cap_cut;
	size_t crowded;
};

uint32_t span_class(const struct spans *s, uint32_t v, uint32_t pos)
{
	const struct span *best = NULL;

	for (size_t i = s->off[v]; i < s->off[v + 1]; i++) {
		const struct span *p = s->span + i;
		if (pos < p->start || pos >= p->end)
			continue;
		uint32_t len = p->end - p->start;
		if (!best || len < best->end - best->start || (len == best->end - best->start && p->label < best->label))
			best = p;
	}
	return best ? best->label + 1 : 0;
}

/* ---- runs ----------------------------------------------------------------------- */

static int by_number(const void *p, const void *q)
{
	uint32_t a = *(const uint32_t *)p, b = *(const uint32_t *)q;

	return (a > b) - (a < b);
}

/* equal ones are the same in all that matters */
static int by_start(const void *p, const void *q)
{
	const struct span *a = p, *b = q;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return (a->label > b->label) - (a->label < b->label);
}

/* does a hold where both are?  As in span_class. */
static bool holds(const struct span *a, const struct span *b)
{
	uint32_t m = a->end - a->start, n = b->end - b->start;

	return m != n ? m < n : a->label < b->label;
}

static void push(struct span *heap, size_t n, struct span s)
{
	for (; n && holds(&s, &heap[(n - 1) / 2]); n = (n - 1) / 2)
		heap[n] = heap[(n - 1) / 2];
	heap[n] = s;
}

/* take the first out of n */
static void pop(struct span *heap, size_t n)
{
	struct span last = heap[n - 1];
	size_t i = 0;

	for (size_t c; (c = 2 * i + 1) < n - 1; i = c) {
		if (c + 1 < n - 1 && holds(&heap[c + 1], &heap[c]))
			c++;
		if (!holds(&heap[c], &last))
			break;
		heap[i] = heap[c];
	}
	heap[i] = last;
}

static void put_run(struct runs *r, size_t from, uint32_t label, uint32_t start, uint32_t end)
{
	struct span *last = r->n > from ? &r->run[r->n - 1] : NULL;

	if (last && last->end == start && last->label == label) {
		last->end = end;
		return;
	}
	if (r->n == r->cap) {
		r->cap = mem_grow(r->cap < 64 ? 64 : r->cap, r->n + 1);
		r->run = mem_realloc(r->run, r->cap, sizeof *r->run);
	}
	r->run[r->n++] = (struct span){ label, start, end };
}

/* the spans of an answer that say something, by start, and their ends in order */
static size_t gather(struct runs *r, const struct spans *s, uint32_t v)
{
	size_t n = s->off[v + 1] - s->off[v], many = 0;

	if (n > r->cap_mine) {
		r->cap_mine = n;
		r->mine = mem_realloc(r->mine, n, sizeof *r->mine);
		r->heap = mem_realloc(r->heap, n, sizeof *r->heap);
		r->edge = mem_realloc(r->edge, 2 * n, sizeof *r->edge);
	}
	for (size_t i = s->off[v]; i < s->off[v + 1]; i++)
		if (s->span[i].start < s->span[i].end) {
			r->edge[2 * many] = s->span[i].start;
			r->edge[2 * many + 1] = s->span[i].end;
			r->mine[many++] = s->span[i];
		}
	if (many > 1) {
		qsort(r->mine, many, sizeof *r->mine, by_start);
		qsort(r->edge, 2 * many, sizeof *r->edge, by_number);
	}
	return many;
}

static void runs_start(struct runs *r, size_t n_answers)
{
	if (n_answers > r->cap_answers) {
		r->cap_answers = n_answers;
		r->off = mem_realloc(r->off, n_answers + 1, sizeof *r->off);
		r->at = mem_realloc(r->at, n_answers, sizeof *r->at);
	}
	r->n = r->n_answers = 0;
}

/* From edge to edge; a span that has ended leaves the heap when it comes to the top. */
static void runs_add(struct runs *r, const struct spans *s, uint32_t v)
{
	size_t n = gather(r, s, v), next = 0, open = 0, from = r->n;

	for (size_t e = 0; e < 2 * n; e++) {
		uint32_t at = r->edge[e];
		for (; next < n && r->mine[next].start == at; next++)
			push(r->heap, open++, r->mine[next]);
		for (; open && r->heap->end <= at; open--)
			pop(r->heap, open);
		if (open && r->edge[e + 1] > at)
			put_run(r, from, r->heap->label, at, r->edge[e + 1]);
	}
	r->off[r->n_answers] = r->at[r->n_answers] = from;
	r->off[++r->n_answers] = r->n;
}

/* span_class of answer i, asked from left to right */
static uint32_t runs_class(struct runs *r, size_t i, uint32_t pos)
{
	while (r->at[i] < r->off[i + 1] && r->run[r->at[i]].end <= pos)
		r->at[i]++;
	return r->at[i] < r->off[i + 1] && r->run[r->at[i]].start <= pos ? r->run[r->at[i]].label + 1 : 0;
}

static void runs_release(struct runs *r)
{
	free(r->run);
	free(r->off);
	free(r->at);
	free(r->mine);
	free(r->heap);
	free(r->edge);
}

struct span *span_runs(const struct spans *s, uint32_t v, size_t *n)
{
	struct runs r = { 0 };

	runs_start(&r, 1);
	runs_add(&r, s, v);
	struct span *out = r.run;
	*n = r.n;
	r.run = NULL;
	runs_release(&r);
	return out;
}

/* ---- items --------------------------------------------------------------------- */

static void cut(struct work *k, uint32_t at)
{
	if (k->n_cut == k->cap_cut) {
		k->cap_cut = mem_grow(k->cap_cut < 64 ? 64 : k->cap_cut, k->n_cut + 1);
		k->cut = mem_realloc(k->cut, k->cap_cut, sizeof *k->cut);
	}
	k->cut[k->n_cut++] = at;
}

static uint32_t gold_of(const struct work *k, size_t t)
{
	return k->o->gold ? k->o->gold[t] : AGREE_NO_GOLD;
}

static bool add_item(struct work *k, size_t t, uint32_t start, uint32_t end)
{
	const struct labels *l = k->l;
	size_t n = l->t_off[t + 1] - l->t_off[t], first = l->t_off[t];

	if (k->votes.n + n > SPAN_VOTES || k->n_items + 1 > SPAN_CELLS / k->K)
		return false;
	if (k->n_items == k->cap) {
		k->cap = mem_grow(k->cap < 256 ? 256 : k->cap, k->n_items + 1);
		k->item = mem_realloc(k->item, k->cap, sizeof *k->item);
		if (k->o->gold)
			k->gold = mem_realloc(k->gold, k->cap, sizeof *k->gold);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t c = runs_class(&k->runs, i, start);
		BUG_ON(c >= k->K);
		BUG_ON(!labels_add(&k->votes, (uint32_t)k->n_items, l->t_worker[first + i], c));
	}
	if (k->o->gold)
		k->gold[k->n_items] = gold_of(k, t) == AGREE_NO_GOLD ? AGREE_NO_GOLD : runs_class(&k->runs, n, start);
	k->item[k->n_items++] = (struct item){ start, end, (uint32_t)t };
	return true;
}

/* what the answers on a text say, where the text is cut, and the items between */
static bool cut_text(struct work *k, size_t t)
{
	const struct labels *l = k->l;
	struct runs *r = &k->runs;

	runs_start(r, l->t_off[t + 1] - l->t_off[t] + 1);
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		runs_add(r, k->s, l->t_value[i]);
	if (gold_of(k, t) != AGREE_NO_GOLD)
		runs_add(r, k->s, gold_of(k, t));
	k->n_cut = 0;
	cut(k, 0);
	if (k->o->length)
		cut(k, k->o->length[t]);
	for (size_t i = 0; i < r->n; i++) {
		cut(k, r->run[i].start);
		cut(k, r->run[i].end);
	}
	qsort(k->cut, k->n_cut, sizeof *k->cut, by_number);
	for (size_t i = 1; i < k->n_cut; i++)
		if (k->cut[i - 1] < k->cut[i] && !add_item(k, t, k->cut[i - 1], k->cut[i]))
			return false;
	return true;
}

static bool make_items(struct work *k)
{
	const struct labels *l = k->l;

	for (size_t t = 0; t < l->n_tasks; t++)
		if (!cut_text(k, t)) {
			k->crowded = t;
			return false;
		}
	k->votes.n_tasks = k->n_items;
	k->votes.n_workers = l->n_workers;
	k->votes.n_classes = k->K;
	labels_group(&k->votes, false);
	return true;
}

/* ---- votes ----------------------------------------------------------------------- */

static void vote(const struct work *k, struct agree_fit *f)
{
	const struct labels *v = &k->votes;

	agree_fit_init(v, f);
	f->converged = true;
	for (size_t t = 0; t < v->n_tasks; t++) {
		double *q = f->q + t * k->K, total = 0;
		for (size_t i = v->t_off[t]; i < v->t_off[t + 1]; i++) {
			double w = k->o->weight ? k->o->weight[v->t_worker[i]] : 1;
			q[v->t_value[i]] += w;
			total += w;
		}
		for (size_t c = 0; total > 0 && c < k->K; c++)
			q[c] /= total;
		if (k->gold && k->gold[t] != AGREE_NO_GOLD) {
			memset(q, 0, k->K * sizeof *q);
			q[k->gold[t]] = 1;
		}
	}
}

/* class of an item, and its posterior */
static uint32_t winner(const double *q, size_t K, double *p, bool *tie)
{
	uint32_t best = 0;

	for (uint32_t c = 1; c < K; c++)
		if (q[c] > q[best] + tie_width)
			best = c;
	*p = q[best];
	*tie = false;
	for (uint32_t c = 0; c < K; c++)
		*tie |= c != best && q[c] > 0 && q[c] >= q[best] - tie_width;
	return best;
}

/* skills of the vote: agreement over the characters that either marks */
static void skills(const struct work *k, const uint32_t *class, double *skill)
{
	const struct labels *v = &k->votes;

	for (size_t w = 0; w < v->n_workers; w++) {
		double n = 0, same = 0;
		for (size_t i = v->w_off[w]; i < v->w_off[w + 1]; i++) {
			const struct item *m = k->item + v->w_task[i];
			double len = m->end - m->start;
			n += v->w_value[i] || class[v->w_task[i]] ? len : 0;
			same += v->w_value[i] && v->w_value[i] == class[v->w_task[i]] ? len : 0;
		}
		skill[w] = (same + 1) / (n + 2);
	}
}

/* runs of one class in the order of the items, which is that of tasks and texts */
static void runs(struct work *k, const struct agree_fit *f, uint32_t *class, struct span_set *out)
{
	struct sum sure = { 0 }, run = { 0 };
	size_t n = 0, i = 0;

	out->found = mem_alloc(k->n_items, sizeof *out->found);
	for (size_t t = 0; t < out->n_tasks; t++) {
		double all = 0;
		sure = (struct sum){ 0 };
		out->off[t] = n;
		for (; i < k->n_items && k->item[i].task == t; i++) {
			const struct item *m = k->item + i;
			double len = m->end - m->start, p;
			bool tie, more = n > out->off[t] && out->found[n - 1].span.end == m->start;
			uint32_t c = class[i] = winner(f->q + i * k->K, k->K, &p, &tie);
			all += len;
			sum_add(&sure, p * len);
			if (c == 0)
				continue;
			if (!more || out->found[n - 1].span.label != c - 1) {
				out->found[n++] = (struct span_found){ .span = { c - 1, m->start, m->end } };
				run = (struct sum){ 0 };
			}
			struct span_found *s = out->found + n - 1;
			s->span.end = m->end;
			s->tie |= tie;
			sum_add(&run, p * len);
			double mean = sum_value(&run) / (double)(s->span.end - s->span.start);
			s->confidence = mean < 1 ? mean : 1;
		}
		double mean = all > 0 ? sum_value(&sure) / all : 1;
		out->confidence[t] = mean < 1 ? mean : 1;       /* rounding */
	}
	out->off[out->n_tasks] = n;
}

static void decide(struct work *k, struct span_set *out)
{
	struct agree_opt agree = k->o->agree;
	bool model = k->o->fn && k->votes.n;
	uint32_t *class = mem_alloc(k->n_items, sizeof *class);
	struct agree_fit f;

	agree.gold = k->gold;
	if (model)
		k->o->fn(&k->votes, &agree, &f);
	else
		vote(k, &f);
	runs(k, &f, class, out);
	if (model)
		memcpy(out->skill, f.skill, out->n_workers * sizeof *out->skill);
	else
		skills(k, class, out->skill);
	out->n_items = k->n_items;
	out->n_iter = f.n_iter;
	out->converged = f.converged;
	agree_fit_release(&f);
	free(class);
}

bool span_fit(const struct labels *l, const struct spans *s, size_t n_labels, const struct span_opt *o,
              struct span_set *out)
{
	struct work k = { .l = l, .s = s, .o = o, .K = n_labels + 1 };

	BUG_ON(!l->t_off);
	*out = (struct span_set){ .n_tasks = l->n_tasks, .n_workers = l->n_workers };
	out->off = mem_zalloc(l->n_tasks + 1, sizeof *out->off);
	out->confidence = mem_zalloc(l->n_tasks, sizeof *out->confidence);
	out->skill = mem_zalloc(l->n_workers, sizeof *out->skill);
	bool good = make_items(&k);
	out->crowded = k.crowded;
	if (good)
		decide(&k, out);
	labels_release(&k.votes);
	runs_release(&k.runs);
	free(k.item);
	free(k.gold);
	free(k.cut);
	return good;
}

void span_release(struct span_set *s)
{
	free(s->off);
	free(s->found);
	free(s->confidence);
	free(s->skill);
	*s = (struct span_set){ 0 };
}
