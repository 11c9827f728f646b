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

struct work {
	const struct labels *l;
	const struct spans *s;
	const struct span_opt *o;
	size_t K;
	struct item *item;
	size_t n_items, cap;
	struct labels votes;    /* task = item, value = class */
	uint32_t *gold;         /* of the items; NULL = none */
	uint32_t *cut;          /* scratch: where a text is cut */
	size_t n_cut, cap_cut;
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

/* ---- items --------------------------------------------------------------------- */

static void cut(struct work *k, uint32_t at)
{
	if (k->n_cut == k->cap_cut) {
		k->cap_cut = mem_grow(k->cap_cut < 64 ? 64 : k->cap_cut, k->n_cut + 1);
		k->cut = mem_realloc(k->cut, k->cap_cut, sizeof *k->cut);
	}
	k->cut[k->n_cut++] = at;
}

static void cut_answer(struct work *k, uint32_t v)
{
	for (size_t i = k->s->off[v]; i < k->s->off[v + 1]; i++)
		if (k->s->span[i].start < k->s->span[i].end) {
			cut(k, k->s->span[i].start);
			cut(k, k->s->span[i].end);
		}
}

static uint32_t gold_of(const struct work *k, size_t t)
{
	return k->o->gold ? k->o->gold[t] : AGREE_NO_GOLD;
}

static int by_number(const void *p, const void *q)
{
	uint32_t a = *(const uint32_t *)p, b = *(const uint32_t *)q;

	return (a > b) - (a < b);
}

static void add_item(struct work *k, size_t t, uint32_t start, uint32_t end)
{
	const struct labels *l = k->l;

	BUG_ON(k->n_items >= UINT32_MAX);
	if (k->n_items == k->cap) {
		k->cap = mem_grow(k->cap < 256 ? 256 : k->cap, k->n_items + 1);
		k->item = mem_realloc(k->item, k->cap, sizeof *k->item);
		if (k->o->gold)
			k->gold = mem_realloc(k->gold, k->cap, sizeof *k->gold);
	}
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
		uint32_t c = span_class(k->s, l->t_value[i], start);
		BUG_ON(c >= k->K);
		BUG_ON(!labels_add(&k->votes, (uint32_t)k->n_items, l->t_worker[i], c));
	}
	if (k->o->gold)
		k->gold[k->n_items] = gold_of(k, t) == AGREE_NO_GOLD ? AGREE_NO_GOLD : span_class(k->s, gold_of(k, t), start);
	k->item[k->n_items++] = (struct item){ start, end, (uint32_t)t };
}

static void make_items(struct work *k)
{
	const struct labels *l = k->l;

	for (size_t t = 0; t < l->n_tasks; t++) {
		k->n_cut = 0;
		cut(k, 0);
		if (k->o->length)
			cut(k, k->o->length[t]);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			cut_answer(k, l->t_value[i]);
		if (gold_of(k, t) != AGREE_NO_GOLD)
			cut_answer(k, gold_of(k, t));
		qsort(k->cut, k->n_cut, sizeof *k->cut, by_number);
		for (size_t i = 1; i < k->n_cut; i++)
			if (k->cut[i - 1] < k->cut[i])
				add_item(k, t, k->cut[i - 1], k->cut[i]);
	}
	k->votes.n_tasks = k->n_items;
	k->votes.n_workers = l->n_workers;
	k->votes.n_classes = k->K;
	labels_group(&k->votes, false);
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
			s->confidence = sum_value(&run) / (double)(s->span.end - s->span.start);
		}
		out->confidence[t] = all > 0 ? sum_value(&sure) / all : 1;
	}
	out->off[out->n_tasks] = n;
}

void span_fit(const struct labels *l, const struct spans *s, size_t n_labels, const struct span_opt *o,
              struct span_set *out)
{
	struct work k = { .l = l, .s = s, .o = o, .K = n_labels + 1 };
	struct agree_opt agree = o->agree;
	struct agree_fit f;

	BUG_ON(!l->t_off);
	*out = (struct span_set){ .n_tasks = l->n_tasks, .n_workers = l->n_workers };
	out->off = mem_alloc(l->n_tasks + 1, sizeof *out->off);
	out->confidence = mem_alloc(l->n_tasks, sizeof *out->confidence);
	out->skill = mem_alloc(l->n_workers, sizeof *out->skill);
	make_items(&k);
	agree.gold = k.gold;
	if (o->fn && k.votes.n)
		o->fn(&k.votes, &agree, &f);
	else
		vote(&k, &f);
	uint32_t *class = mem_alloc(k.n_items, sizeof *class);
	runs(&k, &f, class, out);
	if (o->fn && k.votes.n)
		memcpy(out->skill, f.skill, l->n_workers * sizeof *out->skill);
	else
		skills(&k, class, out->skill);
	out->n_items = k.n_items;
	out->n_iter = f.n_iter;
	out->converged = f.converged;
	agree_fit_release(&f);
	labels_release(&k.votes);
	free(class);
	free(k.item);
	free(k.gold);
	free(k.cut);
}

void span_release(struct span_set *s)
{
	free(s->off);
	free(s->found);
	free(s->confidence);
	free(s->skill);
	*s = (struct span_set){ 0 };
}
