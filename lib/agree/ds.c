#include "agree/ds.h"

#include <stdlib.h>

#include "agree/em.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/explog.h"

/* Counts to probabilities.  The row of a label that the worker has used sums to at
 * least 1 or so, that of another is all zero: that tells them apart. */
static void normalise_worker(double *e, size_t K)
{
	for (size_t v = 0; v < K; v++) {
		double *row = e + v * K, s = 0;
		for (size_t c = 0; c < K; c++)
			s += row[c];
		for (size_t c = 0; s > 0 && c < K; c++)
			row[c] = row[c] > em_floor ? row[c] : em_floor;
	}
	for (size_t c = 0; c < K; c++) {
		double s = 0;
		for (size_t v = 0; v < K; v++)
			s += e[v * K + c];
		for (size_t v = 0; s > 0 && v < K; v++)
			e[v * K + c] /= s;
	}
}

double ds_worker(struct em *em, size_t w, double *e, double *le)
{
	(void)w;
	normalise_worker(e, em->K);
	m_log_n(e, le, em->K * em->K);
	return em->counts ? em_log_counts(em, w, le) : 0;
}

static void run(struct em *em, const struct ds_opt *o, struct ds *out)
{
	double enough = o->tol * (double)em->l->n;

	em_start(em);
	em_m_step(em);
	while (out->n_iter < o->max_iter) {
		double before = out->loglik;
		out->loglik = em_e_step(em, true);
		if (o->tol >= 0 && out->n_iter > 0 && out->loglik - before <= enough) {
			out->converged = true;
			return;
		}
		em_m_step(em);
		out->n_iter++;
	}
	if (o->final_e || o->max_iter == 0)
		out->loglik = em_e_step(em, false);
}

void ds_fit(const struct labels *l, const struct ds_opt *o, struct ds *out)
{
	size_t K = l->n_classes;
	struct em em;

	BUG_ON(l->n == 0);
	*out = (struct ds){ .n_tasks = l->n_tasks, .n_workers = l->n_workers, .n_classes = K };
	out->q = mem_alloc(l->n_tasks * K, sizeof *out->q);
	out->prior = mem_alloc(K, sizeof *out->prior);
	em_init(&em, l, o->threads, NULL, out->q, out->prior);
	em.worker = ds_worker;
	em.class_prior = em_ml_prior;
	run(&em, o, out);
	for (size_t w = 0; w < l->n_workers; w++)
		em_transpose(em.e + w * K * K, K);
	out->e = em.e;
	em.e = NULL;
	em_release(&em);
}

void ds_release(struct ds *d)
{
	free(d->q);
	free(d->prior);
	free(d->e);
	*d = (struct ds){ 0 };
}

void ds_without(const double *q, const double *e_w, uint32_t label, size_t n_classes, double *out)
{
	double s = 0;

	for (size_t c = 0; c < n_classes; c++) {
		out[c] = q[c] / e_w[c * n_classes + label];
		s += out[c];
	}
	for (size_t c = 0; c < n_classes; c++)
		out[c] /= s;
}

void ds_counts(const struct labels *l, const double *q, unsigned threads, double *count)
{
	em_count_workers(l, q, threads, count);
}
