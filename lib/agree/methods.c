#include "agree/methods.h"

#include <stdlib.h>

#include "agree/bwa.h"
#include "agree/catd.h"
#include "agree/crh.h"
#include "agree/ds.h"
#include "agree/dsmap.h"
#include "agree/ebcc.h"
#include "agree/fds.h"
#include "agree/glad.h"
#include "agree/goldmv.h"
#include "agree/hedge.h"
#include "agree/ibcc.h"
#include "agree/iwmv.h"
#include "agree/kos.h"
#include "agree/mace.h"
#include "agree/mmsr.h"
#include "agree/mv.h"
#include "agree/onecoin.h"
#include "agree/online.h"
#include "agree/wawa.h"
#include "agree/zbs.h"
#include "agree/zencrowd.h"
#include "base/mem.h"

const struct agree_method agree_methods[N_AGREE_METHODS] = {
	{ "auto", agree_auto, false, false, false, "chosen by evidence: hds, held back by one-coin" },
	{ "mv", agree_mv, false, false, false, "majority vote" },
	{ "wawa", agree_wawa, false, false, false, "votes weighted by agreement with the majority" },
	{ "zbs", agree_zbs, false, false, true, "the same, repeated" },
	{ "gold-mv", agree_goldmv, false, false, false, "votes weighted by skill on gold" },
	{ "ds", agree_ds, true, true, false, "Dawid-Skene, maximum likelihood" },
	{ "ds-map", agree_dsmap, true, true, false, "Dawid-Skene with Dirichlet priors" },
	{ "hds", agree_hds, true, false, false, "hierarchical Dawid-Skene, calibrated" },
	{ "fds", agree_fds, true, false, false, "fast Dawid-Skene, hard EM" },
	{ "onecoin", agree_onecoin, false, false, false, "one skill a worker, class prior" },
	{ "zencrowd", agree_zencrowd, false, false, false, "one skill a worker, no class prior" },
	{ "glad", agree_glad, false, false, false, "skill of workers and difficulty of tasks" },
	{ "mace", agree_mace, false, false, true, "workers who know or spam" },
	{ "kos", agree_kos, false, false, true, "iterative message passing" },
	{ "mmsr", agree_mmsr, false, false, false, "rank-one matrix of agreements" },
	{ "ibcc", agree_ibcc, true, false, false, "Dawid-Skene, variational Bayes" },
	{ "ebcc", agree_ebcc, true, false, false, "correlated workers, variational Bayes" },
	{ "iwmv", agree_iwmv, false, false, false, "iterative weighted votes" },
	{ "catd", agree_catd, false, false, false, "confidence-aware truth discovery" },
	{ "crh", agree_crh, false, false, false, "conflict resolution by losses" },
	{ "bwa", agree_bwa, false, false, false, "Bayesian weighted average" },
	{ "online", agree_online, true, false, true, "one pass, bounded state" },
};

const struct agree_method *agree_method_find(struct str name)
{
	for (size_t i = 0; i < N_AGREE_METHODS; i++)
		if (str_is(name, agree_methods[i].name))
			return &agree_methods[i];
	return NULL;
}

static void clamp(const uint32_t *gold, size_t n_tasks, size_t K, double *q)
{
	for (size_t t = 0; gold && t < n_tasks; t++)
		for (size_t c = 0; gold[t] != AGREE_NO_GOLD && c < K; c++)
			q[t * K + c] = c == gold[t];
}

void agree_mv(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	size_t K = l->n_classes;
	uint32_t *winner = mem_alloc(l->n_tasks, sizeof *winner);

	agree_fit_init(l, out);
	out->converged = true;
	mv_shares(l, o->threads, out->q);
	clamp(o->gold, l->n_tasks, K, out->q);
	mv_argmax(out->q, l->n_tasks, K, winner, NULL);
	for (size_t w = 0; w < l->n_workers; w++) {
		uint32_t from = l->w_off[w], to = l->w_off[w + 1], hits = 0;
		for (uint32_t i = from; i < to; i++)
			hits += winner[l->w_task[i]] == l->w_value[i];
		out->skill[w] = to > from ? (double)hits / (double)(to - from) : 0;
	}
	free(winner);
}

void agree_ds(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	static const struct em_model model = { .worker = ds_worker, .class_prior = em_ml_prior, .max_iter = 1000,
	                                       .tol = 1e-8 };

	em_fit(&model, l, o, out);
}
