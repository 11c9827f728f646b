#include "agree/crh.h"

#include "agree/vote.h"
#include "math/explog.h"

static double errors(const struct labels *l, double agree, size_t w)
{
	double n = (1 - agree) * (double)(l->w_off[w + 1] - l->w_off[w]);

	return n > 1e-8 ? n : 1e-8;
}

static void weigh(const struct labels *l, const double *agree, double *weight, unsigned iter)
{
	double most = 0;

	(void)iter;
	for (size_t w = 0; w < l->n_workers; w++) {
		weight[w] = errors(l, agree[w], w);
		most = weight[w] > most ? weight[w] : most;
	}
	for (size_t w = 0; w < l->n_workers; w++) {
		double x = -m_log(weight[w] / most + 1e-7) + 1e-7;
		weight[w] = x > vote_least ? x : vote_least;
	}
}

void agree_crh(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	struct vote_model m = { .weigh = weigh, .max_iter = 10, .tol = 1e-9 };

	vote_run(&m, l, o, out, NULL);
}
