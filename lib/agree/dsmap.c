#include "agree/dsmap.h"

#include "math/explog.h"

double dsmap_worker(struct em *em, size_t w, double *e, double *le)
{
	size_t K = em->K;
	double density = 0;

	for (size_t c = 0; c < K; c++) {
		double sum = 0;
		for (size_t v = 0; v < K; v++) {
			double *x = e + v * K + c;
			*x += v == c ? em->diag - 1 : em->off - 1;
			*x = *x > em_floor ? *x : em_floor;
			sum += *x;
		}
		for (size_t v = 0; v < K; v++)
			e[v * K + c] /= sum;
	}
	m_log_n(e, le, K * K);
	for (size_t i = 0; i < K * K; i++)
		density += (i / K == i % K ? em->diag - 1 : em->off - 1) * le[i];
	return density + em_log_counts(em, w, le);
}

void agree_dsmap(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	static const struct em_model model = { .worker = dsmap_worker, .class_prior = em_ml_prior,
		.diag = DSMAP_DIAG, .off = DSMAP_OFF, .max_iter = 1000, .tol = 1e-8 };

	em_fit(&model, l, o, out);
}
