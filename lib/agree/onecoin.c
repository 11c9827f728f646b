#include "agree/onecoin.h"

#include <string.h>

#include "base/mem.h"
#include "math/explog.h"
#include "math/sum.h"

/* em->param of worker w: what a label adds to its own class over the others, what it
 * adds to the others, and s */
enum { OWN, OTHER, SKILL, N_PARAM };

double onecoin_rows(const struct em *em, size_t t, size_t end)
{
	const struct labels *l = em->l;
	size_t K = em->K;
	struct sum total = { 0 };

	for (; t < end; t++) {
		double *row = em->q + t * K, base = 0;
		memcpy(row, em->lp, K * sizeof *row);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			const double *p = em->param + (size_t)l->t_worker[i] * N_PARAM;
			row[l->t_value[i]] += p[OWN];
			base += p[OTHER];
		}
		double most = row[0];
		for (size_t c = 1; c < K; c++)
			most = row[c] > most ? row[c] : most;
		for (size_t c = 0; c < K; c++)
			row[c] -= most;
		if (l->t_off[t] < l->t_off[t + 1])
			sum_add(&total, most + base);
	}
	return sum_value(&total);
}

static double clip(double p)
{
	return p < em_floor ? em_floor : p > 1 - em_floor ? 1 - em_floor : p;
}

double onecoin_skill(double right, double n)
{
	return clip(right / n);
}

void onecoin_set(struct em *em, size_t w, double s)
{
	double *p = em->param + w * N_PARAM;
	double other = em->K > 1 ? m_log(clip((1 - s) / (double)(em->K - 1))) : 0;

	p[SKILL] = s;
	p[OWN] = m_log(s) - other;
	p[OTHER] = other;
}

double onecoin_worker(struct em *em, size_t w, double *e, double *le)
{
	const struct labels *l = em->l;
	size_t K = em->K, end = l->w_off[w + 1];
	double n = (double)(end - l->w_off[w]), right_before = 0, n_before = 0;
	struct sum right = { 0 };       /* an ulp of it is all that 1 - s may be */
	const double *p = em->param + w * N_PARAM;

	(void)e, (void)le;
	for (size_t i = l->w_off[w]; i < end; i++)
		sum_add(&right, em->q[(size_t)l->w_task[i] * K + l->w_value[i]]);
	for (size_t i = 0; em->counts && i < K * K; i++) {
		n_before += em->counts[w * K * K + i];
		right_before += i / K == i % K ? em->counts[w * K * K + i] : 0;
	}
	if (!(n + n_before > 0))
		return 0;
	onecoin_set(em, w, onecoin_skill(sum_value(&right) + right_before, n + n_before));
	return right_before * m_log(p[SKILL]) + (n_before - right_before) * p[OTHER];
}

void onecoin_finish(struct em *em, struct agree_fit *f)
{
	size_t K = f->n_classes;

	if (em_dense(em->l))
		f->e = mem_zalloc(f->n_workers * K * K, sizeof *f->e);
	for (size_t w = 0; w < f->n_workers; w++) {
		double s = em->param[w * N_PARAM + SKILL];
		f->skill[w] = s;
		for (size_t i = 0; f->e && s > 0 && i < K * K; i++)
			f->e[w * K * K + i] = i / K == i % K ? s : (1 - s) / (double)(K - 1);
	}
}

void agree_onecoin(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	static const struct em_model model = { .rows = onecoin_rows, .worker = onecoin_worker,
		.class_prior = em_ml_prior, .finish = onecoin_finish, .max_iter = 1000, .tol = 1e-8 };

	em_fit(&model, l, o, out);
}
