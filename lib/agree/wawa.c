#include "agree/wawa.h"

static void weigh(const struct labels *l, const double *agree, double *weight, unsigned iter)
{
	(void)iter;
	for (size_t w = 0; w < l->n_workers; w++)
		weight[w] = agree[w] > vote_least ? agree[w] : vote_least;
}

void wawa_fit(const struct labels *l, const struct agree_opt *o, enum vote_tie tie, struct agree_fit *out)
{
	struct vote_model m = { .weigh = weigh, .max_iter = 1, .tol = -1, .tie = tie };
	struct agree_opt one = *o;

	one.max_iter = 1;
	vote_run(&m, l, &one, out, NULL);
	out->converged = true;
}

void agree_wawa(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	wawa_fit(l, o, VOTE_SHARE, out);
}
