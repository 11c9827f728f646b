#include "agree/ibcc.h"

#include "agree/em.h"
#include "math/gamma.h"

/* One cell of a Dirichlet: parameter a now, b before the data, log its expected logarithm.
 * Summed over the cells, with the totals apart (minus sign), this is minus the divergence
 * of Dirichlet(a) from Dirichlet(b). */
static double cell(double a, double b, double log)
{
	return m_lgamma(a) - m_lgamma(b) - (a - b) * log;
}

static double worker(struct em *em, size_t w, double *e, double *le)
{
	size_t K = em->K;
	double bound = 0;

	for (size_t c = 0; c < K; c++) {
		double sum = 0, sum_b = 0, psi = 0;
		for (size_t v = 0; v < K; v++)
			sum += e[v * K + c] += v == c ? em->diag : em->off;
		psi = m_digamma(sum);
		for (size_t v = 0; v < K; v++) {
			double *x = e + v * K + c, b = v == c ? em->diag : em->off;
			b += em->counts ? em->counts[(w * K + c) * K + v] : 0;
			le[v * K + c] = m_digamma(*x) - psi;
			bound += cell(*x, b, le[v * K + c]);
			sum_b += b;
			*x /= sum;
		}
		bound -= m_lgamma(sum) - m_lgamma(sum_b);
	}
	return bound;
}

static double prior(struct em *em, const double *sum, double total)
{
	size_t K = em->K;
	double psi = m_digamma(total + (double)K), bound, total_b = (double)K;

	bound = -m_lgamma(total + (double)K);
	for (size_t c = 0; c < K; c++) {
		double b = 1 + (em->class_counts ? em->class_counts[c] : 0);
		em->prior[c] = (sum[c] + 1) / (total + (double)K);
		em->lp[c] = m_digamma(sum[c] + 1) - psi;
		bound += cell(sum[c] + 1, b, em->lp[c]);
		total_b += b - 1;
	}
	return bound + m_lgamma(total_b);
}

void agree_ibcc(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	static const struct em_model model = { .worker = worker, .class_prior = prior, .diag = 4, .off = 1,
		.by_change = true, .max_iter = 500, .tol = 1e-5 };

	em_fit(&model, l, o, out);
}
