#include "agree/iwmv.h"

#include "agree/vote.h"

static void weigh(const struct labels *l, const double *agree, double *weight, unsigned iter)
{
	(void)iter;
	for (size_t w = 0; w < l->n_workers; w++)
		weight[w] = (double)l->n_classes * agree[w] - 1;
}

void agree_iwmv(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	double K = (double)l->n_classes;
	struct vote_model m = { .weigh = weigh, .softness = K > 1 ? K / (K - 1) : 1, .max_iter = 100, .tol = 1e-9 };

	vote_run(&m, l, o, out, NULL);
}
