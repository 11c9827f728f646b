#include "agree/fds.h"

#include "agree/dsmap.h"

/* the decisions are made; what they are worth is the soft posterior under the same parameters */
static void soften(struct em *em, struct agree_fit *f)
{
	(void)f;
	em->hard = false;
	em_e_step(em, false);
}

void agree_fds(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	static const struct em_model model = { .worker = dsmap_worker, .class_prior = em_ml_prior,
		.diag = 1 + FDS_SMOOTH, .off = 1 + FDS_SMOOTH, .hard = true, .by_change = true,
		.finish = soften, .max_iter = 100, .tol = 1e-9 };

	em_fit(&model, l, o, out);
}
