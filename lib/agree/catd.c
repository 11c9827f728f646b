#include "agree/catd.h"

#include "agree/vote.h"
#include "math/explog.h"
#include "math/gamma.h"

static const double alpha = 0.05;

/* ln P(a, x), the regularised lower incomplete gamma function; slope: its derivative by ln x */
static double log_p(double a, double x, double *slope)
{
	double log_front = a * m_log(x) - x - m_lgamma(a + 1), term = 1, sum = 1;

	for (double k = 1; term > sum * 1e-17; k += 1) {
		term *= x / (a + k);
		sum += term;
	}
	*slope = a / sum;
	return log_front + m_log(sum);
}

/* ln P is concave in ln x, so from the left Newton's method rises to the root; the start
 * is on the left, because P <= x^a / Gamma(a + 1) */
double catd_chi2(double n, double p)
{
	double a = n / 2, log_want = m_log(p), u = (log_want + m_lgamma(a + 1)) / a, slope;

	for (int k = 0; k < 200; k++) {
		double step = (log_want - log_p(a, m_exp(u), &slope)) / slope;
		u += step;
		if (step < 1e-13 && step > -1e-13)
			break;
	}
	return 2 * m_exp(u);
}

/* many workers have the same number of labels: remember one quantile a slot */
struct memo {
	size_t n;
	double chi2;
};

static void weigh(const struct labels *l, const double *agree, double *weight, unsigned iter)
{
	struct memo memo[1024] = { { 0, 0 } };

	(void)iter;
	for (size_t w = 0; w < l->n_workers; w++) {
		size_t n = l->w_off[w + 1] - l->w_off[w];
		struct memo *m = &memo[n % 1024];
		if (n && m->n != n)
			*m = (struct memo){ n, catd_chi2((double)n, alpha / 2) };
		weight[w] = n ? m->chi2 / ((1 - agree[w]) * (double)n + 1e-9) : vote_least;
	}
}

void agree_catd(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	struct vote_model m = { .weigh = weigh, .max_iter = 100, .tol = 1e-9 };

	vote_run(&m, l, o, out, NULL);
}
