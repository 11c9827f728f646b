#include "score/quality-number.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/explog.h"

static const char no_gold[] = "no number for a task with gold", too_large[] = "larger than a double can be";

/* what overflows is not a number to report */
static struct measure finite(double v)
{
	return v - v == 0 ? measure_of(v) : measure_none(too_large);
}

/* by what power of two to multiply so that sums of squares neither overflow nor vanish; 1 in most cases */
static double scale_of(const double *x, const double *y, size_t n)
{
	double most = 0, s = 1;

	for (size_t i = 0; i < n; i++) {
		double a = __builtin_fabs(x[i]), b = __builtin_fabs(y[i]);
		most = a > most ? a : most;
		most = b > most ? b : most;
	}
	if (most == 0 || (most > 0x1p-300 && most < 0x1p300))
		return 1;
	for (; most * s >= 0x1p300; s *= 0x1p-128)
		;
	for (; most * s < 0x1p-300 && s < 0x1p1000; s *= 0x1p128)
		;
	return s;
}

/* ---- errors ---------------------------------------------------------------------- */

bool number_within(double x, double y, double abs)
{
	/* quarters, so that nothing overflows */
	double d = __builtin_fabs(x / 4 - y / 4), size = __builtin_fabs(x / 4) + __builtin_fabs(y / 4);

	return d <= abs / 4 + size * 0x1p-52;
}

bool number_within_rel(double x, double y, double rel)
{
	double d = __builtin_fabs(x / 4 - y / 4), a = __builtin_fabs(x / 4), b = __builtin_fabs(y / 4);

	return d <= rel * b + (a + b) * 0x1p-52;
}

static int by_size(const void *p, const void *q)
{
	double a = *(const double *)p, b = *(const double *)q;

	return (a > b) - (a < b);
}

static struct measure median(double *e, size_t n, double scale)
{
	if (n > 1)
		qsort(e, n, sizeof *e, by_size);
	double m = n % 2 ? e[n / 2] : e[n / 2 - 1] + (e[n / 2] - e[n / 2 - 1]) / 2;
	return finite(m / scale);
}

static void tolerances(struct number_quality *q, const double *x, const double *y, size_t n,
                       struct number_tolerance tol)
{
	static const char not_asked[] = "no tolerance is given";

	for (size_t i = 0; i < n; i++) {
		q->n_within_abs += tol.abs >= 0 && number_within(x[i], y[i], tol.abs);
		q->n_within_rel += tol.rel >= 0 && number_within_rel(x[i], y[i], tol.rel);
	}
	q->within_abs = tol.abs >= 0 ? measure_share(q->n_within_abs, n, no_gold) : measure_none(not_asked);
	q->within_rel = tol.rel >= 0 ? measure_share(q->n_within_rel, n, no_gold) : measure_none(not_asked);
}

static struct measure mape(const double *x, const double *y, size_t n)
{
	struct exact sum = { 0 };

	for (size_t i = 0; i < n; i++) {
		double e = (x[i] / 2 - y[i] / 2) / y[i] * 2;
		if (y[i] == 0)
			return measure_none("a gold is 0");
		if (e - e != 0)
			return measure_none(too_large);
		exact_add(&sum, __builtin_fabs(e));
	}
	return finite(exact_value(&sum) / (double)n);
}

/* e: n of scratch, the errors in units of the scale */
static void errors(struct number_quality *q, const double *x, const double *y, size_t n, double s, double *e)
{
	struct exact total = { 0 }, absolute = { 0 }, square = { 0 }, about = { 0 };

	for (size_t i = 0; i < n; i++) {
		e[i] = x[i] * s - y[i] * s;
		exact_add(&total, e[i]);
		exact_add(&absolute, __builtin_fabs(e[i]));
		exact_add(&square, e[i] * e[i]);
	}
	double N = (double)n, bias = exact_value(&total) / N, least = e[0], most = e[0];
	q->bias = finite(bias / s);
	q->mae = finite(exact_value(&absolute) / N / s);
	q->rmse = finite(m_sqrt(exact_value(&square) / N) / s);
	for (size_t i = 0; i < n; i++) {
		exact_add(&about, (e[i] - bias) * (e[i] - bias));
		least = e[i] < least ? e[i] : least;
		most = e[i] > most ? e[i] : most;
	}
	if (n < 2) {
		q->limit_low = q->limit_high = measure_none("one number has no deviation");
	} else {
		double reach = least == most ? 0 : 1.96 * m_sqrt(exact_value(&about) / (N - 1));
		q->limit_low = finite((bias - reach) / s);
		q->limit_high = finite((bias + reach) / s);
	}
	for (size_t i = 0; i < n; i++)
		e[i] = __builtin_fabs(e[i]);
	q->median_ae = median(e, n, s);
}

/* ---- moments --------------------------------------------------------------------- */

struct moments {
	double mx, my, xx, yy, xy;    /* means; sums about them.  Of numbers multiplied by sx and sy */
	bool flat_x, flat_y;          /* all are the same */
};

static double mean(const double *x, size_t n, double s)
{
	struct exact sum = { 0 };

	for (size_t i = 0; i < n; i++)
		exact_add(&sum, x[i] * s);
	return exact_value(&sum) / (double)n;
}

static bool flat(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (x[i] != x[0])
			return false;
	return true;
}

/* two passes; what rounding of the means leaves is far below what is asked */
static struct moments moments(const double *x, const double *y, size_t n, double sx, double sy)
{
	struct moments m = { .mx = mean(x, n, sx), .my = mean(y, n, sy), .flat_x = flat(x, n), .flat_y = flat(y, n) };
	struct exact xx = { 0 }, yy = { 0 }, xy = { 0 }, dx = { 0 }, dy = { 0 };

	for (size_t i = 0; i < n; i++) {
		double a = m.flat_x ? 0 : x[i] * sx - m.mx, b = m.flat_y ? 0 : y[i] * sy - m.my;
		exact_add(&dx, a);
		exact_add(&dy, b);
		exact_add(&xx, a * a);
		exact_add(&yy, b * b);
		exact_add(&xy, a * b);
	}
	double ex = exact_value(&dx), ey = exact_value(&dy), N = (double)n;
	m.xx = exact_value(&xx) - ex * ex / N;
	m.yy = exact_value(&yy) - ey * ey / N;
	m.xy = exact_value(&xy) - ex * ey / N;
	return m;
}

static struct measure correlation(double xy, double xx, double yy)
{
	double r = xy / (xx == yy ? xx : m_sqrt(xx) * m_sqrt(yy));

	return measure_of(r > 1 ? 1 : r < -1 ? -1 : r);
}

static struct measure flat_one(bool x, bool y)
{
	return measure_none(x && y ? "answers and gold are each all the same" :
	                    x ? "the answers are all the same" : "gold is all the same");
}

struct measure number_pearson(const double *x, const double *y, size_t n)
{
	if (!n)
		return measure_none(no_gold);
	struct moments m = moments(x, y, n, scale_of(x, x, n), scale_of(y, y, n));
	return m.flat_x || m.flat_y ? flat_one(m.flat_x, m.flat_y) : correlation(m.xy, m.xx, m.yy);
}

static void about_gold(struct number_quality *q, const double *x, const double *y, size_t n, double s)
{
	struct moments m = moments(x, y, n, s, s);
	struct exact square = { 0 };
	double apart = m.mx - m.my, N = (double)n;

	for (size_t i = 0; i < n; i++)
		exact_add(&square, (x[i] * s - y[i] * s) * (x[i] * s - y[i] * s));
	q->r2 = m.flat_y || m.yy == 0 ? measure_none("gold is all the same") : finite(1 - exact_value(&square) / m.yy);
	double down = m.xx + m.yy + N * (apart * apart);
	if (m.flat_x && m.flat_y && x[0] == y[0])
		q->ccc = measure_none("answers and gold are one and the same number");
	else
		q->ccc = down > 0 ? measure_of(2 * m.xy / down) : measure_of(0);
}

/* ---- ranks ----------------------------------------------------------------------- */

__extension__ typedef __int128 i128;

struct placed {
	double x;
	uint32_t i;
};

static int by_value(const void *p, const void *q)
{
	const struct placed *a = p, *b = q;

	if (a->x < b->x || a->x > b->x)
		return a->x < b->x ? -1 : 1;
	return (a->i > b->i) - (a->i < b->i);
}

/* twice the midrank less (n + 1), its mean: an integer.  scratch: n */
static void midranks(const double *x, size_t n, int64_t *rank, struct placed *scratch)
{
	for (size_t i = 0; i < n; i++)
		scratch[i] = (struct placed){ x[i], (uint32_t)i };
	if (n > 1)
		qsort(scratch, n, sizeof *scratch, by_value);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && scratch[j].x <= scratch[i].x; j++)
			;
		for (size_t k = i; k < j; k++)
			rank[scratch[k].i] = (int64_t)(i + j + 1) - (int64_t)(n + 1);
	}
}

struct measure number_spearman(const double *x, const double *y, size_t n)
{
	if (!n)
		return measure_none(no_gold);
	BUG_ON(n >> 31);
	int64_t *r = mem_alloc(2 * n, sizeof *r);
	struct placed *scratch = mem_alloc(n, sizeof *scratch);
	i128 xx = 0, yy = 0, xy = 0;

	midranks(x, n, r, scratch);
	midranks(y, n, r + n, scratch);
	for (size_t i = 0; i < n; i++) {
		xx += (i128)r[i] * r[i];
		yy += (i128)r[n + i] * r[n + i];
		xy += (i128)r[i] * r[n + i];
	}
	free(r);
	free(scratch);
	return xx == 0 || yy == 0 ? flat_one(xx == 0, yy == 0) : correlation((double)xy, (double)xx, (double)yy);
}

struct both {
	double x, y;
};

static int by_both(const void *p, const void *q)
{
	const struct both *a = p, *b = q;

	if (a->x < b->x || a->x > b->x)
		return a->x < b->x ? -1 : 1;
	return (a->y > b->y) - (a->y < b->y);
}

/* sort by y and count the pairs that were the wrong way round */
static uint64_t merge(struct both *a, struct both *work, size_t n)
{
	if (n < 2)
		return 0;
	size_t half = n / 2, i = 0, j = half, k = 0;
	uint64_t swaps = merge(a, work, half) + merge(a + half, work, n - half);
	while (i < half || j < n) {
		if (j == n || (i < half && a[i].y <= a[j].y)) {
			work[k++] = a[i++];
		} else {
			swaps += half - i;
			work[k++] = a[j++];
		}
	}
	for (i = 0; i < n; i++)
		a[i] = work[i];
	return swaps;
}

static uint64_t pairs(uint64_t n)
{
	return n * (n - (n > 0)) / 2;
}

struct measure number_kendall(const double *x, const double *y, size_t n)
{
	if (!n)
		return measure_none(no_gold);
	struct both *a = mem_alloc(2 * n, sizeof *a);
	uint64_t ties_x = 0, ties_y = 0, ties_both = 0;
	for (size_t i = 0; i < n; i++)
		a[i] = (struct both){ x[i], y[i] };
	if (n > 1)
		qsort(a, n, sizeof *a, by_both);
	for (size_t i = 0, run = 0, same = 0; i < n; i++) {
		run = i && a[i].x <= a[i - 1].x ? run + 1 : 0;
		same = run && a[i].y <= a[i - 1].y ? same + 1 : 0;
		ties_x += run;
		ties_both += same;
	}
	uint64_t swaps = merge(a, a + n, n), all = pairs(n);
	for (size_t i = 1, run = 0; i < n; i++) {
		run = a[i].y <= a[i - 1].y ? run + 1 : 0;
		ties_y += run;
	}
	free(a);
	if (ties_x == all || ties_y == all)
		return flat_one(ties_x == all, ties_y == all);
	/* concordant less discordant pairs */
	double s = (double)((int64_t)(all - ties_x - ties_y + ties_both) - 2 * (int64_t)swaps);
	return correlation(s, (double)(all - ties_x), (double)(all - ties_y));
}

/* ---- the whole -------------------------------------------------------------------- */

struct number_quality number_quality(const double *said, const double *gold, size_t n, struct number_tolerance tol)
{
	struct number_quality q = { .n = n };

	if (!n) {
		struct measure none = measure_none(no_gold);
		return (struct number_quality){ 0, none, none, none, none, none, none, none, none, none,
		                                none, none, none, none, none, 0, 0 };
	}
	BUG_ON(n >> 31);
	double s = scale_of(said, gold, n), *e = mem_alloc(n, sizeof *e);
	errors(&q, said, gold, n, s, e);
	free(e);
	tolerances(&q, said, gold, n, tol);
	q.mape = mape(said, gold, n);
	about_gold(&q, said, gold, n, s);
	q.pearson = number_pearson(said, gold, n);
	q.spearman = number_spearman(said, gold, n);
	q.kendall = number_kendall(said, gold, n);
	return q;
}
