#include "agree/icc.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/quantile.h"

static const char *const names[N_ICCS] = { "icc_1_1", "icc_1_k", "icc_2_1", "icc_2_k", "icc_3_1", "icc_3_k" };

bool icc_by_name(struct str name, enum icc_kind *out)
{
	for (int i = 0; i < N_ICCS; i++)
		if (str_is(name, names[i])) {
			*out = (enum icc_kind)i;
			return true;
		}
	return false;
}

const char *icc_name(enum icc_kind k)
{
	return names[k];
}

/* ---- mean squares, of values moved to -1 .. 1 ------------------------------------------------- */

struct anova {
	const struct units *u;
	double *y;               /* q: (x - middle) / half the range */
	double *mean;            /* by unit */
	double all;              /* mean of all labels */
	double n, labels, k0;
	double between, within;  /* MSB, MSW */
	double k;                /* workers with a label */
	bool complete, balanced;
	double msc, mse;         /* when complete; MSR = MSB */
};

/* the values that occur decide the range; false when there is only one */
static bool prepare(struct anova *a)
{
	const struct units *u = a->u;
	uint32_t low = UINT32_MAX, high = 0;

	for (size_t c = 0; c < u->off[u->n]; c++) {
		low = u->pos[c] < low ? u->pos[c] : low;
		high = u->pos[c] > high ? u->pos[c] : high;
	}
	double half = u->x[high] / 2 - u->x[low] / 2, middle = u->x[high] / 2 + u->x[low] / 2;
	if (!(half > 0))
		return false;
	a->y = mem_zalloc(u->n_classes, sizeof *a->y);
	for (size_t p = low; p <= high; p++)
		a->y[p] = (u->x[p] - middle) / half;
	return true;
}

static void one_way(struct anova *a)
{
	const struct units *u = a->u;
	struct exact all = { 0 }, between = { 0 }, within = { 0 };
	double squares = 0, n = (double)u->n;

	a->mean = mem_alloc(u->n, sizeof *a->mean);
	a->balanced = true;
	for (size_t i = 0; i < u->n; i++) {
		double s = 0;
		for (size_t c = u->off[i]; c < u->off[i + 1]; c++)
			s += u->count[c] * a->y[u->pos[c]];
		a->mean[i] = s / u->size[i];
		exact_add(&all, s);
		a->labels += u->size[i];
		squares += (double)u->size[i] * u->size[i];
		a->balanced = a->balanced && u->size[i] == u->size[0];
	}
	a->all = exact_value(&all) / a->labels;
	for (size_t i = 0; i < u->n; i++) {
		double d = a->mean[i] - a->all;
		exact_add(&between, u->size[i] * (d * d));
		for (size_t c = u->off[i]; c < u->off[i + 1]; c++) {
			d = a->y[u->pos[c]] - a->mean[i];
			exact_add(&within, u->count[c] * (d * d));
		}
	}
	a->n = n;
	a->between = n > 1 ? exact_value(&between) / (n - 1) : 0;
	a->within = a->labels > n ? exact_value(&within) / (a->labels - n) : 0;
	a->k0 = n > 1 ? (a->labels - squares / a->labels) / (n - 1) : 0;
}

/* rest of a label once its task and its worker are taken away */
static void two_ways(struct anova *a)
{
	const struct labels *l = a->u->l;
	struct exact columns = { 0 }, rest = { 0 };
	double *by_task = mem_zalloc(l->n_tasks, sizeof *by_task);

	for (size_t g = 0; g < l->n_workers; g++)
		a->k += l->w_off[g + 1] > l->w_off[g];
	a->complete = a->k > 1 && a->labels == a->k * a->n;
	for (size_t i = 0; i < a->u->n; i++)
		by_task[a->u->task[i]] = a->mean[i];
	for (size_t g = 0; a->complete && g < l->n_workers; g++) {
		struct exact s = { 0 };
		if (l->w_off[g + 1] == l->w_off[g])
			continue;
		for (size_t i = l->w_off[g]; i < l->w_off[g + 1]; i++)
			exact_add(&s, a->y[a->u->place[l->w_value[i]]]);
		double own = exact_value(&s) / a->n - a->all;
		exact_add(&columns, own * own);
		for (size_t i = l->w_off[g]; i < l->w_off[g + 1]; i++) {
			double d = a->y[a->u->place[l->w_value[i]]] - by_task[l->w_task[i]] - own;
			exact_add(&rest, d * d);
		}
	}
	a->msc = a->complete ? a->n * exact_value(&columns) / (a->k - 1) : 0;
	a->mse = a->complete && a->n > 1 ? exact_value(&rest) / ((a->n - 1) * (a->k - 1)) : 0;
	free(by_task);
}

/* ---- coefficients -------------------------------------------------------------------------------- */

static void fail_interval(struct icc *c, enum coef_status s)
{
	c->interval_status = s;
	c->interval_why = coef_why(s);
	c->low = c->high = 0;
}

static void fail(struct icc *c, enum coef_status s)
{
	c->status = s;
	c->why = coef_why(s);
	c->value = 0;
	fail_interval(c, s);
}

/* (above - below) / (above + (k-1) below), k = 0: / above.  The limits are the same function of F
 * divided and multiplied by its quantiles. */
static void ratio(struct icc *c, double above, double below, double k, double level)
{
	double under = k > 0 ? above + (k - 1) * below : above;

	c->has_f = below > 0;
	c->f = c->has_f ? above / below : 0;
	if (!(under > 0)) {
		fail(c, COEF_NO_SPREAD);
		return;
	}
	c->value = (above - below) / under;
	if (!c->has_f) {
		c->low = c->high = c->value;
		return;
	}
	double p = 0.5 + level / 2;
	double low = c->f / fisher_quantile(p, c->df1, c->df2), high = c->f * fisher_quantile(p, c->df2, c->df1);
	c->low = k > 0 ? (low - 1) / (low + k - 1) : 1 - 1 / low;
	c->high = k > 0 ? (high - 1) / (high + k - 1) : 1 - 1 / high;
	if (!(c->f > 0))
		fail_interval(c, COEF_NO_SPREAD);
}

/* (2,1) and (2,k), McGraw & Wong table 7; multiplied through by MSE^2, which may be 0 */
static void random_workers(const struct anova *a, struct icc *one, struct icc *mean, double level)
{
	double n = a->n, k = a->k, msr = a->between, msc = a->msc, mse = a->mse, p = 0.5 + level / 2;
	double under1 = msr + (k - 1) * mse + k * (msc - mse) / n, under = msr + (msc - mse) / n;

	one->has_f = mean->has_f = mse > 0;
	one->f = mean->f = mse > 0 ? msr / mse : 0;
	if (under1 > 0)
		one->value = (msr - mse) / under1;
	else
		fail(one, COEF_NO_SPREAD);
	if (under > 0)
		mean->value = (msr - mse) / under;
	else
		fail(mean, COEF_NO_SPREAD);
	double rho = one->value, j = k * rho * msc, e = (n * (1 + (k - 1) * rho) - k * rho) * mse;
	double v = (n - 1) * (j * j) + e * e;
	v = v > 0 ? (k - 1) * (n - 1) * (j + e) * (j + e) / v : 0;
	double rest = k * msc + (k * n - k - n) * mse;
	if (one->status != COEF_OK || !(v > 0) || !(msr > 0)) {
		/* no variance but that between tasks: nothing is left to be unsure of */
		bool certain = one->status == COEF_OK && msr > 0 && msc == 0 && mse == 0;
		one->low = one->high = mean->low = mean->high = certain;
		if (!certain) {
			fail_interval(one, COEF_NO_SPREAD);
			fail_interval(mean, COEF_NO_SPREAD);
		}
		return;
	}
	double upper = fisher_quantile(p, n - 1, v), lower = fisher_quantile(p, v, n - 1);
	one->low = n * (msr - upper * mse) / (upper * rest + n * msr);
	one->high = n * (lower * msr - mse) / (rest + n * lower * msr);
	if (mean->status == COEF_OK) {
		mean->low = one->low * k / (1 + (k - 1) * one->low);
		mean->high = one->high * k / (1 + (k - 1) * one->high);
	}
}

static void start(struct icc *c, double k, double df1, double df2, bool exact)
{
	*c = (struct icc){ .why = coef_why(COEF_OK), .interval_why = coef_why(COEF_OK), .k = k,
	                   .df1 = df1, .df2 = df2, .exact = exact };
}

static enum coef_status why_not(const struct units *u)
{
	if (!u->x)
		return COEF_NO_VALUES;
	if (!u->n_pair)
		return COEF_NO_PAIRS;
	return u->n < 2 ? COEF_ONE_TASK : COEF_OK;
}

static void fail_all(struct icc *out, int from, enum coef_status s)
{
	for (int i = from; i < N_ICCS; i++)
		fail(&out[i], s);
}

void icc_estimate(const struct units *u, double level, struct icc out[N_ICCS])
{
	struct anova a = { .u = u };
	enum coef_status s = why_not(u);

	BUG_ON(!(level > 0 && level < 1));
	for (int i = 0; i < N_ICCS; i++)
		start(&out[i], 0, 0, 0, false);
	if (s == COEF_OK && !prepare(&a))
		s = COEF_ONE_CLASS;
	if (s != COEF_OK) {
		fail_all(out, ICC_1_1, s);
		return;
	}
	one_way(&a);
	two_ways(&a);
	for (int i = ICC_1_1; i <= ICC_1_K; i++) {
		start(&out[i], a.k0, a.n - 1, a.labels - a.n, a.balanced);
		ratio(&out[i], a.between, a.within, i == ICC_1_1 ? a.k0 : 0, level);
	}
	if (!a.complete) {
		fail_all(out, ICC_2_1, COEF_NOT_COMPLETE);
	} else {
		for (int i = ICC_2_1; i < N_ICCS; i++)
			start(&out[i], a.k, a.n - 1, (a.n - 1) * (a.k - 1), i >= ICC_3_1);
		random_workers(&a, &out[ICC_2_1], &out[ICC_2_K], level);
		ratio(&out[ICC_3_1], a.between, a.mse, a.k, level);
		ratio(&out[ICC_3_K], a.between, a.mse, 0, level);
	}
	free(a.y);
	free(a.mean);
}
