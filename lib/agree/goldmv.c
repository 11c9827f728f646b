#include "agree/goldmv.h"

#include <stdlib.h>

#include "agree/vote.h"
#include "base/mem.h"

struct tally {
	double right, n;
};

static struct tally tally_worker(const struct labels *l, const struct agree_opt *o, size_t w)
{
	size_t K = l->n_classes;
	struct tally a = { 0 };

	for (size_t i = l->w_off[w]; o->gold && i < l->w_off[w + 1]; i++) {
		uint32_t g = o->gold[l->w_task[i]];
		a.n += g != AGREE_NO_GOLD;
		a.right += g == l->w_value[i];
	}
	for (size_t i = 0; o->counts && i < K * K; i++) {
		a.n += o->counts[w * K * K + i];
		a.right += i / K == i % K ? o->counts[w * K * K + i] : 0;
	}
	return a;
}

void agree_goldmv(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	struct tally *of = mem_alloc(l->n_workers, sizeof *of), all = { 1, 2 };

	agree_fit_init(l, out);
	for (size_t w = 0; w < l->n_workers; w++) {
		of[w] = tally_worker(l, o, w);
		all.right += of[w].right;
		all.n += of[w].n;
	}
	for (size_t w = 0; w < l->n_workers; w++)
		out->skill[w] = (of[w].right + GOLDMV_PRIOR * all.right / all.n) / (of[w].n + GOLDMV_PRIOR);
	vote_scores(l, out->skill, o->threads, out->q);
	vote_finish(l, 0, o->gold, o->threads, out->q);
	out->n_iter = 1;
	out->converged = true;
	free(of);
}
