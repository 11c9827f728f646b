#include "agree/multi.h"

#include <stdlib.h>
#include <string.h>

#include "agree/mv.h"
#include "base/err.h"
#include "base/mem.h"

static const double tie_width = 1e-9;

/* The labels of one class: has[v] says whether the answer v has it.  Tasks that may not have it (ok[t] is 0; NULL =
 * all may) keep no labels. */
static void make_labels(const struct labels *l, const uint8_t *has, const uint8_t *ok, struct labels *out)
{
	*out = (struct labels){ .n_tasks = l->n_tasks, .n_workers = l->n_workers, .n_classes = 2 };
	for (size_t t = 0; t < l->n_tasks; t++)
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1] && (!ok || ok[t]); i++)
			BUG_ON(!labels_add(out, (uint32_t)t, l->t_worker[i], has[l->t_value[i]]));
	labels_group(out, false);
}

void multi_labels(const struct labels *l, const struct class_sets *s, uint32_t class, struct labels *out)
{
	uint8_t *has = mem_zalloc(l->n_classes, 1);

	for (size_t v = 0; v < l->n_classes; v++)
		for (size_t i = s->off[v]; i < s->off[v + 1]; i++)
			has[v] |= s->class[i] == class;
	make_labels(l, has, NULL, out);
	free(has);
}

/* Sets by class instead of classes by set: class c is in the sets off[c] .. off[c+1]-1 of set. */
struct by_class {
	size_t *off;
	uint32_t *set;
};

static void invert(const struct class_sets *s, size_t n_sets, size_t n_classes, struct by_class *out)
{
	out->off = mem_zalloc(n_classes + 2, sizeof *out->off);
	for (size_t i = 0; n_sets && i < s->off[n_sets]; i++)
		out->off[s->class[i] + 2]++;
	for (size_t c = 2; c < n_classes + 2; c++)
		out->off[c] += out->off[c - 1];
	out->set = mem_alloc(n_sets ? s->off[n_sets] : 0, sizeof *out->set);
	for (uint32_t v = 0; v < n_sets; v++)
		for (size_t i = s->off[v]; i < s->off[v + 1]; i++)
			out->set[out->off[s->class[i] + 1]++] = v;
}

static void mark(const struct by_class *b, uint32_t class, uint8_t *flag, uint8_t as)
{
	for (size_t i = b->off[class]; i < b->off[class + 1]; i++)
		flag[b->set[i]] = as;
}

static void by_class_release(struct by_class *b)
{
	free(b->off);
	free(b->set);
}

/* what all classes share */
struct work {
	const struct labels *l;
	const struct multi_opt *o;
	struct multi *out;
	struct by_class answers, lists;
	uint8_t *has;           /* by answer: it has the class at hand */
	uint8_t *in_list;       /* by list: it allows the class */
	uint8_t *ok;            /* n_tasks, or NULL */
	uint32_t *gold;         /* n_tasks, or NULL */
};

static void work_init(struct work *k, const struct class_sets *s)
{
	const struct multi_opt *o = k->o;
	size_t n = k->l->n_classes, T = k->l->n_tasks;

	for (size_t t = 0; o->gold && t < T; t++)
		if (o->gold[t] != AGREE_NO_GOLD && o->gold[t] >= n)
			n = (size_t)o->gold[t] + 1;
	invert(s, n, k->out->n_classes, &k->answers);
	k->has = mem_zalloc(n, 1);
	k->gold = o->gold ? mem_alloc(T, sizeof *k->gold) : NULL;
	if (!o->list_of)
		return;
	invert(&o->allowed, o->n_lists, k->out->n_classes, &k->lists);
	k->in_list = mem_zalloc(o->n_lists, 1);
	k->ok = mem_alloc(T, 1);
}

static void work_release(struct work *k)
{
	by_class_release(&k->answers);
	by_class_release(&k->lists);
	free(k->has);
	free(k->in_list);
	free(k->ok);
	free(k->gold);
}

/* has, ok and gold for one class; mark again with 0 before the next one */
static void look_at(struct work *k, uint32_t class)
{
	const struct multi_opt *o = k->o;

	mark(&k->answers, class, k->has, 1);
	if (k->ok)
		mark(&k->lists, class, k->in_list, 1);
	for (size_t t = 0; k->ok && t < k->l->n_tasks; t++)
		k->ok[t] = o->list_of[t] == MULTI_ANY || k->in_list[o->list_of[t]];
	for (size_t t = 0; k->gold && t < k->l->n_tasks; t++)
		k->gold[t] = o->gold[t] == AGREE_NO_GOLD || (k->ok && !k->ok[t]) ? AGREE_NO_GOLD : k->has[o->gold[t]];
}

static void shares(const struct labels *l, const struct agree_opt *o, struct agree_fit *f)
{
	agree_fit_init(l, f);
	mv_shares(l, o->threads, f->q);
	for (size_t t = 0; o->gold && t < l->n_tasks; t++)
		if (o->gold[t] != AGREE_NO_GOLD) {
			f->q[t * 2] = o->gold[t] == 0;
			f->q[t * 2 + 1] = o->gold[t] == 1;
		}
	/* skill: agreement with the majority, as 1/2 counts for nobody */
	for (size_t w = 0; w < l->n_workers; w++) {
		double n = 0, same = 0;
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
			n += 1;
			same += f->q[(size_t)l->w_task[i] * 2 + l->w_value[i]] > 0.5;
		}
		f->skill[w] = (same + 1) / (n + 2);
	}
	f->converged = true;
}

/* one class; returns whether somebody named it */
static bool fit_class(struct work *k, uint32_t class)
{
	const struct labels *l = k->l;
	const struct multi_opt *o = k->o;
	struct multi *out = k->out;
	struct labels one;
	struct agree_opt agree = o->agree;
	struct agree_fit f;
	size_t per = l->n_workers * 4, K = out->n_classes;
	bool named = false;

	look_at(k, class);
	make_labels(l, k->has, k->ok, &one);
	for (size_t i = 0; i < one.n && !named; i++)
		named = one.t_value[i];
	agree.gold = k->gold;
	agree.counts = o->counts ? o->counts + class * per : NULL;
	agree.class_counts = o->class_counts ? o->class_counts + (size_t)class * 2 : NULL;
	if (o->fn && one.n)
		o->fn(&one, &agree, &f);
	else
		shares(&one, &agree, &f);
	for (size_t t = 0; t < l->n_tasks; t++)
		out->q[t * K + class] = k->ok && !k->ok[t] ? 0 : f.q[t * 2 + 1];
	for (size_t w = 0; named && w < l->n_workers; w++)
		out->skill[w] += f.skill[w];
	if (f.counts && !out->counts)
		out->counts = mem_zalloc(K * per, sizeof *out->counts);
	if (f.counts)
		memcpy(out->counts + class * per, f.counts, per * sizeof *f.counts);
	out->n_iter = f.n_iter > out->n_iter ? f.n_iter : out->n_iter;
	out->converged = out->converged && f.converged;
	agree_fit_release(&f);
	labels_release(&one);
	mark(&k->answers, class, k->has, 0);
	if (k->ok)
		mark(&k->lists, class, k->in_list, 0);
	return named;
}

static void choose(const struct labels *l, const struct multi_opt *o, struct multi *out)
{
	size_t K = out->n_classes, n = 0, total = 0;

	for (size_t i = 0; i < l->n_tasks * K; i++)
		total += out->q[i] > 0.5 + tie_width;
	out->class = mem_alloc(total, sizeof *out->class);
	for (size_t t = 0; t < l->n_tasks; t++) {
		bool known = l->t_off[t] < l->t_off[t + 1] || (o->gold && o->gold[t] != AGREE_NO_GOLD);
		out->off[t] = n;
		out->confidence[t] = known;
		for (uint32_t c = 0; c < K; c++) {
			double p = out->q[t * K + c];
			if (p > 0.5 + tie_width)
				out->class[n++] = c;
			else if (p >= 0.5 - tie_width)
				out->ties[t]++;
			out->confidence[t] *= p > 0.5 ? p : 1 - p;
		}
	}
	out->off[l->n_tasks] = n;
}

void multi_fit(const struct labels *l, const struct class_sets *s, size_t n_classes, const struct multi_opt *o,
               struct multi *out)
{
	size_t size;
	double n_named = 0;

	BUG_ON(!l->t_off);
	BUG_ON(__builtin_mul_overflow(l->n_tasks, n_classes, &size));
	*out = (struct multi){ .n_tasks = l->n_tasks, .n_workers = l->n_workers, .n_classes = n_classes, .converged = true };
	out->q = mem_alloc(size, sizeof *out->q);
	out->skill = mem_zalloc(l->n_workers, sizeof *out->skill);
	out->off = mem_alloc(l->n_tasks + 1, sizeof *out->off);
	out->ties = mem_zalloc(l->n_tasks, sizeof *out->ties);
	out->confidence = mem_alloc(l->n_tasks, sizeof *out->confidence);
	struct work k = { .l = l, .o = o, .out = out };
	work_init(&k, s);
	for (uint32_t c = 0; c < n_classes; c++)
		n_named += fit_class(&k, c);
	work_release(&k);
	for (size_t w = 0; n_named > 0 && w < l->n_workers; w++)
		out->skill[w] /= n_named;
	choose(l, o, out);
}

void multi_release(struct multi *m)
{
	free(m->q);
	free(m->skill);
	free(m->counts);
	free(m->off);
	free(m->class);
	free(m->ties);
	free(m->confidence);
	*m = (struct multi){ 0 };
}
