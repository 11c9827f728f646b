#include "agree/number-choose.h"

#include <math.h>

#include "base/err.h"
#include "math/explog.h"
#include "math/sum.h"

static const double cap = 3, clear = 2;         /* errors s0; standard errors */

struct cost {
	struct sum lfc, median, diff, diff2;
	size_t n;
};

static bool held_out(const uint8_t *task_fold, const uint8_t *worker_fold, uint32_t t, uint32_t w, unsigned fold)
{
	return (task_fold[t] + worker_fold[w]) % NUMBER_FOLDS == fold;
}

static double miss(double y, double value, double s0)
{
	double d = fabs(y - value) / s0;

	d = d < cap ? d : cap;
	return d * d;
}

/* what the answers of a fold cost that others answered too */
static void add_costs(const struct labels *l, const struct labels *rest, const double *x, const struct number *lfc,
                      const struct number *median, double s0, struct cost *c)
{
	for (uint32_t t = 0; t < l->n_tasks; t++) {
		uint32_t kept = rest->t_off[t];
		if (kept == rest->t_off[t + 1])
			continue;
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			uint32_t w = l->t_worker[i];
			if (kept < rest->t_off[t + 1] && rest->t_worker[kept] == w) {
				kept++;
				continue;       /* both lists have one order */
			}
			double y = x[l->t_value[i]], a = miss(y, lfc->value[t] + lfc->bias[w], s0);
			double b = miss(y, median->value[t], s0);
			sum_add(&c->lfc, a);
			sum_add(&c->median, b);
			sum_add(&c->diff, a - b);
			sum_add(&c->diff2, (a - b) * (a - b));
			c->n++;
		}
	}
}

static void run_fold(const struct labels *l, const double *x, const uint8_t *task_fold, const uint8_t *worker_fold,
                     unsigned fold, double s0, struct cost *c)
{
	struct number_opt o = NUMBER_OPT_INIT;
	struct labels rest = { .n_tasks = l->n_tasks, .n_workers = l->n_workers, .n_classes = l->n_classes };
	struct number lfc, median;

	for (uint32_t t = 0; t < l->n_tasks; t++)
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			if (!held_out(task_fold, worker_fold, t, l->t_worker[i], fold))
				BUG_ON(!labels_add(&rest, t, l->t_worker[i], l->t_value[i]));
	labels_group(&rest, false);
	o.max_iter = 50;
	o.tol = 1e-4;
	number_fit(&rest, x, NUMBER_MEDIAN, &o, &median);
	o.bias = true;
	number_fit(&rest, x, NUMBER_LFC, &o, &lfc);
	add_costs(l, &rest, x, &lfc, &median, s0, c);
	number_release(&lfc);
	number_release(&median);
	labels_release(&rest);
}

void number_choose(const struct labels *l, const double *x, const uint8_t *task_fold, const uint8_t *worker_fold,
                   struct number_choice *out)
{
	struct number_opt o = NUMBER_OPT_INIT;
	struct number all;
	struct cost c = { .n = 0 };

	*out = (struct number_choice){ .chosen = NUMBER_LFC };
	number_fit(l, x, NUMBER_MEDIAN, &o, &all);
	double s0 = all.s0;
	number_release(&all);
	if (!(s0 > 0))
		return;
	for (unsigned fold = 0; fold < NUMBER_FOLDS; fold++)
		run_fold(l, x, task_fold, worker_fold, fold, s0, &c);
	if (!c.n)
		return;
	double n = (double)c.n, mean = sum_value(&c.diff) / n, var = sum_value(&c.diff2) / n - mean * mean;
	*out = (struct number_choice){ NUMBER_LFC, c.n, sum_value(&c.lfc) / n, sum_value(&c.median) / n,
	                               var > 0 ? m_sqrt(var / n) : 0 };
	if (out->median < out->lfc - clear * out->se)
		out->chosen = NUMBER_MEDIAN;
}
