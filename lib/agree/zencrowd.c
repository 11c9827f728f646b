#include "agree/zencrowd.h"

#include "agree/onecoin.h"
#include "math/explog.h"

static double flat(struct em *em, const double *sum, double total)
{
	(void)sum, (void)total;
	for (size_t c = 0; c < em->K; c++) {
		em->prior[c] = 1.0 / (double)em->K;
		em->lp[c] = m_log(em->prior[c]);
	}
	return 0;
}

void agree_zencrowd(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	static const struct em_model model = { .rows = onecoin_rows, .worker = onecoin_worker,
		.class_prior = flat, .finish = onecoin_finish, .max_iter = 1000, .tol = 1e-8 };

	em_fit(&model, l, o, out);
}
