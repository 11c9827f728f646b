#include "agree/multi.h"

#include <stdlib.h>
#include <string.h>

#include "agree/mv.h"
#include "base/err.h"
#include "base/mem.h"

static const double tie_width = 1e-9;

static bool in_set(const struct class_sets *s, uint32_t v, uint32_t class)
{
	for (size_t i = s->off[v]; i < s->off[v + 1]; i++)
		if (s->class[i] == class)
			return true;
	return false;
}

void multi_labels(const struct labels *l, const struct class_sets *s, uint32_t class, struct labels *out)
{
	*out = (struct labels){ .n_tasks = l->n_tasks, .n_workers = l->n_workers, .n_classes = 2 };
	for (size_t t = 0; t < l->n_tasks; t++)
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			BUG_ON(!labels_add(out, (uint32_t)t, l->t_worker[i], in_set(s, l->t_value[i], class)));
	labels_group(out, false);
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
static bool fit_class(const struct labels *l, const struct class_sets *s, uint32_t class, const struct multi_opt *o,
                      struct multi *out)
{
	struct labels one;
	struct agree_opt agree = o->agree;
	struct agree_fit f;
	uint32_t *gold = NULL;
	size_t per = l->n_workers * 4, K = out->n_classes;
	bool named = false;

	multi_labels(l, s, class, &one);
	for (size_t i = 0; i < one.n && !named; i++)
		named = one.t_value[i];
	if (o->gold) {
		gold = mem_alloc(l->n_tasks, sizeof *gold);
		for (size_t t = 0; t < l->n_tasks; t++)
			gold[t] = o->gold[t] == AGREE_NO_GOLD ? AGREE_NO_GOLD : in_set(s, o->gold[t], class);
	}
	agree.gold = gold;
	agree.counts = o->counts ? o->counts + class * per : NULL;
	agree.class_counts = o->class_counts ? o->class_counts + (size_t)class * 2 : NULL;
	if (o->fn && one.n)
		o->fn(&one, &agree, &f);
	else
		shares(&one, &agree, &f);
	for (size_t t = 0; t < l->n_tasks; t++)
		out->q[t * K + class] = f.q[t * 2 + 1];
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
	free(gold);
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
	for (uint32_t c = 0; c < n_classes; c++)
		n_named += fit_class(l, s, c, o, out);
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
