#include "agree/bwa.h"

#include <stdlib.h>

#include "agree/vote.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/sum.h"

static const double prior_a = 15, prior_weight = 1, least_b = 1e-9;

struct bwa {
	const struct labels *l;
	const uint32_t *gold;
	double *q;
	double tol;
	unsigned max_iter;
	unsigned *n_iter;    /* by class */
	bool *settled;
};

/* one class at work */
struct one {
	const struct labels *l;
	const uint32_t *gold;
	uint32_t k;
	double b;
	double *z, *v;
};

static bool is_gold(const struct one *p, size_t t)
{
	return p->gold && p->gold[t] != AGREE_NO_GOLD;
}

static void start(struct one *p)
{
	const struct labels *l = p->l;
	struct sum spread = { 0 };
	double K = (double)l->n_classes;

	for (size_t t = 0; t < l->n_tasks; t++) {
		double votes = 0, n = (double)(l->t_off[t + 1] - l->t_off[t]);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			votes += l->t_value[i] == p->k;
		p->z[t] = n > 0 ? votes / n : 0;
		if (is_gold(p, t))
			p->z[t] = p->gold[t] == p->k;
		sum_add(&spread, n * p->z[t] * (1 - p->z[t]));
	}
	p->b = l->n ? prior_a * sum_value(&spread) / (double)l->n * 4 * (1 - 1 / K) : 0;
	p->b = p->b > least_b ? p->b : least_b;
}

static void precisions(const struct one *p)
{
	const struct labels *l = p->l;

	for (size_t w = 0; w < l->n_workers; w++) {
		double s = 0, n = (double)(l->w_off[w + 1] - l->w_off[w]);
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
			double d = p->z[l->w_task[i]] - (l->w_value[i] == p->k);
			s += d * d;
		}
		p->v[w] = (prior_a + n) / (p->b + s);
	}
}

static double mean(const struct one *p)
{
	struct sum s = { 0 };
	double n = 0;

	for (size_t t = 0; t < p->l->n_tasks; t++) {
		if (p->l->t_off[t] == p->l->t_off[t + 1])
			continue;
		sum_add(&s, p->z[t]);
		n++;
	}
	return n > 0 ? sum_value(&s) / n : 0;
}

/* new z; returns whether all stayed where they were */
static bool values(const struct one *p, double tol)
{
	const struct labels *l = p->l;
	double mu = mean(p);
	bool stay = tol >= 0;

	for (size_t t = 0; t < l->n_tasks; t++) {
		double num = prior_weight * mu, den = prior_weight, old = p->z[t];
		if (is_gold(p, t) || l->t_off[t] == l->t_off[t + 1])
			continue;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			double v = p->v[l->t_worker[i]];
			num += l->t_value[i] == p->k ? v : 0;
			den += v;
		}
		double z = num / den, d = z > old ? z - old : old - z;
		stay = stay && d <= 1e-8 + tol * z;
		p->z[t] = z;
	}
	return stay;
}

static void class_job(void *ctx, size_t k)
{
	struct bwa *b = ctx;
	const struct labels *l = b->l;
	struct one p = { .l = l, .gold = b->gold, .k = (uint32_t)k };

	p.z = mem_alloc(l->n_tasks, sizeof *p.z);
	p.v = mem_alloc(l->n_workers, sizeof *p.v);
	start(&p);
	while (!b->settled[k] && b->n_iter[k] < b->max_iter) {
		precisions(&p);
		b->settled[k] = values(&p, b->tol);
		b->n_iter[k]++;
	}
	for (size_t t = 0; t < l->n_tasks; t++)
		b->q[t * l->n_classes + k] = p.z[t];
	free(p.z);
	free(p.v);
}

void agree_bwa(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	struct bwa b = { .l = l, .gold = o->gold, .tol = o->tol != 0 ? o->tol : 1e-6,
	                 .max_iter = o->max_iter ? o->max_iter : 500 };

	BUG_ON(!l->t_off);
	agree_fit_init(l, out);
	b.q = out->q;
	b.n_iter = mem_zalloc(l->n_classes, sizeof *b.n_iter);
	b.settled = mem_zalloc(l->n_classes, sizeof *b.settled);
	par_for(o->threads, l->n_classes, class_job, &b);
	out->converged = true;
	for (size_t k = 0; k < l->n_classes; k++) {
		out->n_iter = b.n_iter[k] > out->n_iter ? b.n_iter[k] : out->n_iter;
		out->converged = out->converged && b.settled[k];
	}
	vote_finish(l, 0, o->gold, o->threads, out->q);
	vote_agreement(l, out->q, o->threads, out->skill);
	free(b.n_iter);
	free(b.settled);
}
