#include "agree/zbs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { HALVE_EVERY = 20 };

static void weigh(const struct labels *l, const double *agree, double *weight, unsigned iter)
{
	double start = l->n_classes > 1 ? 1.0 / (double)l->n_classes + 1e-5 : 1, step = 0.5;

	for (unsigned k = (iter - 1) / HALVE_EVERY; k > 0 && step > 1e-300; k--)
		step *= 0.5;
	for (size_t w = 0; w < l->n_workers; w++) {
		double s = iter == 1 ? start : weight[w];
		s += step * (agree[w] - s);
		weight[w] = s > vote_least ? s : vote_least;
	}
}

void zbs_fit(const struct labels *l, const struct agree_opt *o, enum vote_tie tie, struct agree_fit *out)
{
	struct vote_model m = { .weigh = weigh, .max_iter = 100, .tol = -1, .tie = tie };
	double *weight = mem_alloc(l->n_workers, sizeof *weight);

	vote_run(&m, l, o, out, weight);
	for (size_t w = 0; w < l->n_workers; w++)
		out->skill[w] = l->w_off[w] < l->w_off[w + 1] ? weight[w] : 0;
	free(weight);
}

void agree_zbs(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	zbs_fit(l, o, VOTE_SHARE, out);
}
