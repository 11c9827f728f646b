#include "agree/recal.h"

#include <stdlib.h>
#include <string.h>

#include "agree/cells.h"
#include "base/mem.h"
#include "math/explog.h"
#include "math/sum.h"

static const double floor_q = 1e-6, spread_bias = 0.5, spread_power = 0.3;

struct fit {
	size_t n, K;
	double *lq;             /* n x K: ln(q + floor) */
	double *p;              /* n x K: corrected, not normalised */
	double *total;          /* n: sums of p's rows */
	uint32_t *gold;         /* n */
	struct recal *r;
};

static double clip(double x, double most)
{
	return x > most ? most : x < -most ? -most : x;
}

/* p and total from the parameters */
static void refresh(struct fit *f)
{
	for (size_t i = 0; i < f->n; i++) {
		double *p = f->p + i * f->K, s = 0;
		for (size_t c = 0; c < f->K; c++)
			p[c] = f->r->power * f->lq[i * f->K + c] + f->r->bias[c];
		cells_softmax(p, 1, f->K, NULL);
		for (size_t c = 0; c < f->K; c++)
			s += p[c];
		f->total[i] = s;
	}
}

static double step_bias(struct fit *f, size_t c)
{
	const double ridge = 1 / (spread_bias * spread_bias);
	double d1 = -ridge * f->r->bias[c], d2 = ridge;

	for (size_t i = 0; i < f->n; i++) {
		double p = f->p[i * f->K + c] / f->total[i];
		d1 += (f->gold[i] == c) - p;
		d2 += p * (1 - p);
	}
	double step = clip(d1 / d2, 1), by = m_exp(step);
	f->r->bias[c] += step;
	for (size_t i = 0; i < f->n; i++) {
		double *p = f->p + i * f->K + c;
		f->total[i] += *p * (by - 1);
		*p *= by;
	}
	return step;
}

static double step_power(struct fit *f)
{
	const double ridge = 1 / (spread_power * spread_power);
	double d1 = -ridge * (f->r->power - 1), d2 = ridge, old = f->r->power;

	for (size_t i = 0; i < f->n; i++) {
		const double *lq = f->lq + i * f->K, *p = f->p + i * f->K;
		double mean = 0, square = 0;
		for (size_t c = 0; c < f->K; c++)
			mean += p[c] / f->total[i] * lq[c];
		for (size_t c = 0; c < f->K; c++)
			square += p[c] / f->total[i] * (lq[c] - mean) * (lq[c] - mean);
		d1 += lq[f->gold[i]] - mean;
		d2 += square;
	}
	f->r->power += clip(d1 / d2, 0.5);
	f->r->power = f->r->power < 0.05 ? 0.05 : f->r->power;
	refresh(f);
	return f->r->power - old;
}

static void take(struct fit *f, const double *q, size_t n_tasks, const uint32_t *gold)
{
	for (size_t t = 0; t < n_tasks; t++) {
		double s = 0;
		for (size_t c = 0; gold[t] < f->K && c < f->K; c++)
			s += q[t * f->K + c];
		if (!(s > 0))
			continue;
		for (size_t c = 0; c < f->K; c++)
			f->lq[f->n * f->K + c] = m_log(q[t * f->K + c] + floor_q);
		f->gold[f->n++] = gold[t];
	}
}

void recal_fit(struct recal *r, const double *q, size_t n_tasks, size_t n_classes, const uint32_t *gold)
{
	struct fit f = { .K = n_classes, .r = r };
	size_t n = 0;

	*r = (struct recal){ .n_classes = n_classes, .power = 1 };
	r->bias = mem_zalloc(n_classes, sizeof *r->bias);
	for (size_t t = 0; t < n_tasks; t++)
		n += gold[t] < n_classes;
	f.lq = mem_alloc(n * n_classes, sizeof *f.lq);
	f.p = mem_alloc(n * n_classes, sizeof *f.p);
	f.total = mem_alloc(n, sizeof *f.total);
	f.gold = mem_alloc(n, sizeof *f.gold);
	take(&f, q, n_tasks, gold);
	refresh(&f);
	for (int round = 0; f.n > 0 && round < 200; round++) {
		double most = 0;
		for (size_t c = 0; c < n_classes; c++) {
			double d = step_bias(&f, c);
			most = d > most ? d : -d > most ? -d : most;
		}
		double d = step_power(&f);
		most = d > most ? d : -d > most ? -d : most;
		if (most < 1e-9)
			break;
	}
	free(f.lq);
	free(f.p);
	free(f.total);
	free(f.gold);
}

void recal_release(struct recal *r)
{
	free(r->bias);
	*r = (struct recal){ 0 };
}

void recal_apply(const struct recal *r, double *row)
{
	for (size_t c = 0; c < r->n_classes; c++)
		row[c] = r->power * m_log(row[c] + floor_q) + r->bias[c];
	cells_softmax(row, 1, r->n_classes, NULL);
}
