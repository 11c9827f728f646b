#include "agree/alpha.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/explog.h"
#include "math/quantile.h"
#include "math/sum.h"

/* All integers here stay below n^2 < 2^64, as labels number less than 2^32. */
struct tally {
	const struct labels *l;
	uint32_t *total;     /* by class: n_c */
	uint32_t *count;     /* by class: scratch, zero between tasks */
	uint64_t *unequal;   /* by task size m: sum of m^2 - sum_c m_ic^2 over such tasks */
	size_t most;         /* the largest task size */
	uint64_t n, squares; /* n, sum_c n_c^2 */
	double pairs;        /* n Do */
};

static size_t size_of(const struct labels *l, size_t t)
{
	return l->t_off[t + 1] - l->t_off[t];
}

/* sum_c m_ic^2 of one task */
static uint64_t task_squares(struct tally *a, size_t t)
{
	const struct labels *l = a->l;
	uint64_t s = 0;

	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		s += 2 * (uint64_t)a->count[l->t_value[i]]++ + 1;
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		a->count[l->t_value[i]] = 0;
	return s;
}

static void tally_tasks(struct tally *a, struct alpha *out)
{
	const struct labels *l = a->l;

	for (size_t t = 0; t < l->n_tasks; t++) {
		size_t m = size_of(l, t);
		if (m < 2)
			continue;
		out->n_pairable++;
		a->n += m;
		a->unequal[m] += (uint64_t)m * m - task_squares(a, t);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			a->total[l->t_value[i]]++;
	}
	for (size_t c = 0; c < l->n_classes; c++)
		a->squares += (uint64_t)a->total[c] * a->total[c];
	struct sum pairs = { 0 };
	for (size_t m = 2; m <= a->most; m++)
		sum_add(&pairs, (double)a->unequal[m] / (double)(m - 1));
	a->pairs = sum_value(&pairs);
	out->n_labels = (size_t)a->n;
}

static double expected_of(uint64_t n, uint64_t squares)
{
	return (double)(n * n - squares) / (double)(n * (n - 1));
}

/* alpha without task t; false when that is undefined.  The sum over the classes
 * of (n_c - m_c)^2 follows from sum over the labels of n_c. */
static bool without_task(struct tally *a, size_t t, double *value)
{
	const struct labels *l = a->l;
	uint64_t m = size_of(l, t), n = a->n - m, own = task_squares(a, t), cross = 0;

	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		cross += a->total[l->t_value[i]];
	uint64_t squares = a->squares - 2 * cross + own;    /* wraps on the way, not at the end */
	if (n * n == squares)
		return false;
	double observed = (a->pairs - (double)(m * m - own) / (double)(m - 1)) / (double)n;
	*value = 1.0 - observed / expected_of(n, squares);
	return true;
}

static enum alpha_status jackknife(struct tally *a, double level, struct alpha *out)
{
	struct sum first = { 0 }, second = { 0 };
	double n = (double)out->n_pairable;

	if (out->n_pairable < 2)
		return ALPHA_ONE_TASK;
	for (size_t t = 0; t < a->l->n_tasks; t++) {
		double v;
		if (size_of(a->l, t) < 2)
			continue;
		if (!without_task(a, t, &v))
			return ALPHA_CLASS_ON_ONE_TASK;
		/* moments about the value, which is close to the mean: no second pass, no array */
		sum_add(&first, v - out->value);
		sum_add(&second, (v - out->value) * (v - out->value));
	}
	double mean = sum_value(&first) / n;
	double spread = sum_value(&second) - n * mean * mean;
	out->se = spread > 0 ? m_sqrt((n - 1) / n * spread) : 0;
	out->unbiased = out->value - (n - 1) * mean;
	double half = student_quantile(0.5 + level / 2, n - 1) * out->se;
	out->low = out->value - half;
	out->high = out->value + half < 1 ? out->value + half : 1;
	return ALPHA_OK;
}

static void estimate(struct tally *a, double level, struct alpha *out)
{
	tally_tasks(a, out);
	out->status = out->se_status = ALPHA_NO_PAIRS;
	if (!a->n)
		return;
	out->observed = a->pairs / (double)a->n;
	out->status = out->se_status = ALPHA_ONE_CLASS;
	if (a->n * a->n == a->squares)
		return;
	out->status = ALPHA_OK;
	out->expected = expected_of(a->n, a->squares);
	out->value = 1.0 - out->observed / out->expected;
	out->se_status = jackknife(a, level, out);
}

void alpha_nominal(const struct labels *l, double level, struct alpha *out)
{
	struct tally a = { .l = l };

	BUG_ON(!l->t_off || !(level > 0 && level < 1));
	*out = (struct alpha){ 0 };
	for (size_t t = 0; t < l->n_tasks; t++)
		a.most = size_of(l, t) > a.most ? size_of(l, t) : a.most;
	a.total = mem_zalloc(l->n_classes, sizeof *a.total);
	a.count = mem_zalloc(l->n_classes, sizeof *a.count);
	a.unequal = mem_zalloc(a.most + 1, sizeof *a.unequal);
	estimate(&a, level, out);
	free(a.total);
	free(a.count);
	free(a.unequal);
}

const char *alpha_why(enum alpha_status s)
{
	switch (s) {
	case ALPHA_NO_PAIRS:
		return "no task has two labels";
	case ALPHA_ONE_CLASS:
		return "only one class occurs";
	case ALPHA_ONE_TASK:
		return "only one task has two labels";
	case ALPHA_CLASS_ON_ONE_TASK:
		return "without one of the tasks only one class occurs";
	case ALPHA_OK:
		break;
	}
	return "";
}
