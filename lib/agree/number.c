#include "agree/number.h"

#include <math.h>
#include <stdlib.h>

#include "agree/catd.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/explog.h"
#include "math/quantile.h"
#include "math/sum.h"

enum {
	T_CACHED = 128,      /* degrees of freedom whose quantile is kept */
	CHI_CACHED = 256
};

static const double bias_prior = 4.0;
static const double tiny = 0x1p-480;      /* a scaled error below counts as none, one above its */
static const double vast = 0x1p480;       /* inverse as that: so squares neither vanish nor overflow */
static const double loss_floor = 1e-6;    /* of a worker who is never off, mean normalised squared error */

struct answer {
	double d;        /* scaled, less the centre of the task */
	uint32_t w;
};

struct work {
	const struct labels *l;
	const struct number_opt *o;
	struct number *f;
	struct answer *a;    /* task-major, ascending within a task */
	double scale;        /* a power of two that makes s0 about 1 */
	double *centre;      /* n_tasks: median, scaled */
	double *z;           /* n_tasks: value less centre, scaled */
	double *per;         /* n_tasks: variance of z (lfc-n); 1 / variance of the answers (crh, catd) */
	double *weight;      /* n_workers */
	double *bias;        /* n_workers, scaled */
	double *n_of;        /* n_workers: answers */
	struct sum *ss, *s1; /* n_workers */
	double s0;           /* scaled; < 0: not known */
	double t[T_CACHED];
};

static double clamp(double d)
{
	return d > vast ? vast : d < -vast ? -vast : d;
}

static double square(double v)
{
	return v * v;
}

/* of an error */
static double squared(double d)
{
	return square(clamp(d));
}

static size_t n_of_task(const struct work *k, size_t t)
{
	return k->l->t_off[t + 1] - k->l->t_off[t];
}

static bool is_gold(const struct work *k, size_t t)
{
	return k->o->has_gold && k->o->has_gold[t];
}

/* ---- preparation ------------------------------------------------------------- */

static int by_value(const void *p, const void *q)
{
	const struct answer *a = p, *b = q;

	if (a->d != b->d)
		return a->d < b->d ? -1 : 1;
	return (a->w > b->w) - (a->w < b->w);
}

static double greatest(const struct labels *l, const double *x, const struct number_opt *o)
{
	double most = 0;

	for (size_t i = 0; i < l->n; i++)
		most = fabs(x[l->t_value[i]]) > most ? fabs(x[l->t_value[i]]) : most;
	for (size_t t = 0; o->has_gold && t < l->n_tasks; t++)
		if (o->has_gold[t] && fabs(o->gold[t]) > most)
			most = fabs(o->gold[t]);
	BUG_ON(!(most <= 1.7976931348623157e308));
	return most;
}

static double middle(const struct answer *a, size_t n)
{
	return n % 2 ? a[n / 2].d : a[n / 2 - 1].d + (a[n / 2].d - a[n / 2 - 1].d) / 2;
}

static void prepare_task(struct work *k, const double *x, size_t t)
{
	const struct labels *l = k->l;
	struct answer *a = k->a + l->t_off[t];
	size_t n = n_of_task(k, t);

	for (size_t i = 0; i < n; i++) {
		a[i] = (struct answer){ x[l->t_value[l->t_off[t] + i]] * k->scale, l->t_worker[l->t_off[t] + i] };
		k->n_of[a[i].w] += 1.0;
	}
	if (n > 1)
		qsort(a, n, sizeof *a, by_value);
	k->centre[t] = n ? middle(a, n) : 0;
	for (size_t i = 0; i < n; i++)
		a[i].d -= k->centre[t];
	if (is_gold(k, t))
		k->z[t] = k->o->gold[t] * k->scale - k->centre[t];
}

/* the kth smallest, by partition about the middle one; reorders v */
static double kth(double *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1;

	while (lo < hi) {
		double pivot = v[lo + (hi - lo) / 2];
		size_t i = lo, j = hi;
		for (;; i++, j--) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i >= j)
				break;
			double swap = v[i];
			v[i] = v[j];
			v[j] = swap;
		}
		if (k <= j)
			hi = j;
		else
			lo = j + 1;
	}
	return v[k];
}

static double typical_error(const struct work *k)
{
	double *dist = mem_alloc(k->l->n, sizeof *dist), s0 = -1;
	struct sum sum = { 0 };
	size_t n_dist = 0;

	for (size_t t = 0; t < k->l->n_tasks; t++) {
		const struct answer *a = k->a + k->l->t_off[t];
		size_t n = n_of_task(k, t);
		for (size_t i = 0; n > 1 && i < n; i++)
			if (n % 2 == 0 || i != n / 2) {
				dist[n_dist++] = fabs(a[i].d);
				sum_add(&sum, fabs(a[i].d));
			}
	}
	if (n_dist) {
		s0 = 1.4826 * kth(dist, n_dist, n_dist / 2);
		if (s0 == 0)
			s0 = 1.2533141373155003 * (sum_value(&sum) / (double)n_dist);
	}
	free(dist);
	return s0;
}

/* from a scale that only keeps differences finite to the one of the errors; exact but for numbers
 * that are nothing beside s0 */
static void rescale(struct work *k, double most)
{
	double by = 1, s0 = k->s0;

	most *= k->scale;
	for (; s0 > 0 && s0 < 1 && most < 0x1p1000 && by < 0x1p1000; s0 *= 2, most *= 2)
		by *= 2;
	for (; s0 >= 2 && by * k->scale > 0x1p-1000; s0 /= 2)
		by /= 2;
	k->scale *= by;
	k->s0 = s0;
	for (size_t i = 0; i < k->l->n; i++)
		k->a[i].d *= by;
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		k->centre[t] *= by;
		k->z[t] *= by;
	}
}

/* ---- intervals --------------------------------------------------------------- */

static double t_quantile(struct work *k, double df)
{
	double p = 0.5 + k->o->level / 2, x;

	if (df >= T_CACHED) {
		x = k->t[0];
		return x + x * (x * x + 1) / (4 * df);
	}
	size_t i = df < 1 ? 1 : (size_t)df;
	if (k->t[i] == 0)
		k->t[i] = student_quantile(p, (double)i);
	return k->t[i];
}

static void put_interval(struct work *k, size_t t, double low, double high)
{
	k->f->low[t] = (k->centre[t] + low) / k->scale;
	k->f->high[t] = (k->centre[t] + high) / k->scale;
}

/* about z[t]: variance of one answer from ss and what is known before, of the value 1/n of it */
static void interval(struct work *k, size_t t, double n, double ss, double widen)
{
	double df = NUMBER_PRIOR + n - 1;
	double half = k->s0 < 0 ? INFINITY
		: t_quantile(k, df) * m_sqrt((NUMBER_PRIOR * square(k->s0) + ss) / df / n * widen);

	put_interval(k, t, k->z[t] - half, k->z[t] + half);
}

/* r: the median lies in [r-th smallest, r-th greatest] with the level, for the largest such r;
 * 0 when there is none */
static size_t order_rank(double level, size_t n)
{
	double tail = 0, p = 1, most = (1 - level) / 2;
	size_t r = 0;

	if (n > 1000)    /* the normal approximation, a hair outwards */
		return (size_t)(((double)n - normal_quantile(1 - most) * m_sqrt((double)n)) / 2);
	for (size_t i = 0; i < n; i++)
		p /= 2;
	for (; r < n / 2 && tail + p <= most; r++) {
		tail += p;
		p = p * (double)(n - r) / (double)(r + 1);
	}
	return r;
}

/* ---- without weights --------------------------------------------------------- */

/* mean of a[g .. n-g-1] and the sum of squares of the winsorised answers about their mean */
static double trimmed(const struct answer *a, size_t n, size_t g, double *ss)
{
	struct sum s = { 0 }, all = { 0 }, sq = { 0 };

	for (size_t i = g; i < n - g; i++)
		sum_add(&s, a[i].d);
	for (size_t i = 0; i < n; i++)
		sum_add(&all, a[i < g ? g : i >= n - g ? n - g - 1 : i].d);
	double mean = sum_value(&all) / (double)n;
	for (size_t i = 0; i < n; i++)
		sum_add(&sq, squared(a[i < g ? g : i >= n - g ? n - g - 1 : i].d - mean));
	*ss = sum_value(&sq);
	return sum_value(&s) / (double)(n - 2 * g);
}

static void simple_task(struct work *k, enum number_method m, size_t t)
{
	const struct answer *a = k->a + k->l->t_off[t];
	size_t n = n_of_task(k, t), g = m == NUMBER_TRIMMED ? (size_t)(k->o->trim * (double)n) : 0;
	double ss;

	if (2 * g >= n)
		g = (n - 1) / 2;
	k->z[t] = trimmed(a, n, g, &ss);
	if (m != NUMBER_MEDIAN) {
		interval(k, t, (double)(n - 2 * g), ss, 1);
		return;
	}
	k->z[t] = middle(a, n);
	size_t r = n < 6 ? 0 : order_rank(k->o->level, n);
	if (r)
		put_interval(k, t, a[r - 1].d, a[n - r].d);
	else
		interval(k, t, (double)n, ss, 1.5707963267948966);
}

/* ---- with weights ------------------------------------------------------------ */

/* weighted means; returns the largest move */
static double weighted_means(struct work *k)
{
	double moved = 0;

	for (size_t t = 0; t < k->l->n_tasks; t++) {
		const struct answer *a = k->a + k->l->t_off[t];
		size_t n = n_of_task(k, t);
		double sw = 0, sx = 0;
		for (size_t i = 0; i < n; i++) {
			sw += k->weight[a[i].w];
			sx += k->weight[a[i].w] * clamp(a[i].d - k->bias[a[i].w]);
		}
		if (!(sw > 0) || is_gold(k, t))
			continue;
		moved = fabs(sx / sw - k->z[t]) > moved ? fabs(sx / sw - k->z[t]) : moved;
		k->z[t] = sx / sw;
	}
	return moved;
}

static void lfc_variances(struct work *k)
{
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		const struct answer *a = k->a + k->l->t_off[t];
		double sw = 0;
		for (size_t i = 0; i < n_of_task(k, t); i++)
			sw += k->weight[a[i].w];
		k->per[t] = sw > 0 && !is_gold(k, t) ? 1 / sw : 0;
	}
}

static void clear_sums(struct work *k)
{
	for (size_t w = 0; w < k->l->n_workers; w++)
		k->ss[w] = k->s1[w] = (struct sum){ 0 };
}

/* Biases at the maximum of their posterior.  All values up and all biases down by as much
 * changes nothing but the prior of the biases, so that shift is made at once: alone EM takes
 * thousands of steps to it. */
static void lfc_biases(struct work *k)
{
	struct sum sb = { 0 }, sw = { 0 };

	for (size_t t = 0; t < k->l->n_tasks; t++)
		for (size_t i = k->l->t_off[t]; i < k->l->t_off[t + 1]; i++)
			sum_add(&k->s1[k->a[i].w], clamp(k->a[i].d - k->z[t]));
	for (size_t w = 0; w < k->l->n_workers; w++) {
		k->bias[w] = sum_value(&k->s1[w]) / (k->n_of[w] + bias_prior);
		sum_add(&sb, k->bias[w] * k->weight[w]);
		sum_add(&sw, k->weight[w]);
	}
	double shift = sum_value(&sb) / sum_value(&sw);
	if (k->o->has_gold)
		return;
	for (size_t w = 0; w < k->l->n_workers; w++)
		k->bias[w] -= shift;
	for (size_t t = 0; t < k->l->n_tasks; t++)
		k->z[t] += shift;
}

/* M step: bias and precision at the maximum of their posterior */
static void lfc_workers(struct work *k)
{
	const struct number_count *past = k->o->past;

	clear_sums(k);
	if (k->o->bias)
		lfc_biases(k);
	for (size_t t = 0; t < k->l->n_tasks; t++)
		for (size_t i = k->l->t_off[t]; i < k->l->t_off[t + 1]; i++)
			sum_add(&k->ss[k->a[i].w], squared(k->a[i].d - k->z[t] - k->bias[k->a[i].w]) + k->per[t]);
	for (size_t w = 0; w < k->l->n_workers; w++) {
		double ss = NUMBER_PRIOR * square(k->s0) + sum_value(&k->ss[w]) + bias_prior * square(k->bias[w]);
		double n = NUMBER_PRIOR + k->n_of[w];
		if (past) {
			ss += past[w].ss * k->scale * k->scale;
			n += past[w].n;
		}
		k->weight[w] = n / ss;
	}
}

static void losses(struct work *k)
{
	clear_sums(k);
	for (size_t t = 0; t < k->l->n_tasks; t++)
		for (size_t i = k->l->t_off[t]; i < k->l->t_off[t + 1]; i++)
			sum_add(&k->ss[k->a[i].w], squared(k->a[i].d - k->z[t]) * k->per[t]);
}

static void crh_workers(struct work *k)
{
	struct sum total = { 0 };

	losses(k);
	for (size_t w = 0; w < k->l->n_workers; w++) {
		double loss = k->n_of[w] > 0 ? sum_value(&k->ss[w]) / k->n_of[w] : 0;
		k->weight[w] = loss > loss_floor ? loss : loss_floor;
		if (k->n_of[w] > 0)
			sum_add(&total, k->weight[w]);
	}
	for (size_t w = 0; w < k->l->n_workers; w++) {
		double share = k->weight[w] / sum_value(&total);
		k->weight[w] = k->n_of[w] == 0 || share >= 1 - 1e-9 ? 1e-9 : -m_log(share);
	}
}

static void catd_workers(struct work *k, const double *chi)
{
	losses(k);
	for (size_t w = 0; w < k->l->n_workers; w++) {
		double least = loss_floor * (k->n_of[w] + 1), loss = sum_value(&k->ss[w]);
		k->weight[w] = chi[w] / (loss > least ? loss : least);
	}
}

/* per = 1 / variance of the answers of a task; 0 where they are all the same */
static void task_spreads(struct work *k)
{
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		size_t n = n_of_task(k, t);
		double ss = 0;
		if (n)
			trimmed(k->a + k->l->t_off[t], n, 0, &ss);
		k->per[t] = ss > tiny * tiny ? (double)n / ss : 0;
	}
}

static void weighted_intervals(struct work *k)
{
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		const struct answer *a = k->a + k->l->t_off[t];
		double sw = 0, sww = 0, sxx = 0, most = 0;
		for (size_t i = 0; i < n_of_task(k, t); i++)
			most = k->weight[a[i].w] > most ? k->weight[a[i].w] : most;
		for (size_t i = 0; i < n_of_task(k, t); i++) {
			double v = k->weight[a[i].w] / most;
			sw += v;
			sww += v * v;
			sxx += v * squared(a[i].d - k->z[t]);
		}
		if (sw > 0)
			interval(k, t, sw * sw / sww, sxx * sw / sww, 1);
	}
}

static void lfc_intervals(struct work *k)
{
	lfc_variances(k);
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		const struct answer *a = k->a + k->l->t_off[t];
		double v = k->per[t], inv_df = 0;
		if (n_of_task(k, t) == 0)
			continue;
		for (size_t i = 0; i < n_of_task(k, t); i++)
			inv_df += square(k->weight[a[i].w] * v) / (NUMBER_PRIOR + k->n_of[a[i].w] - 1);
		double half = t_quantile(k, inv_df > 0 ? 1 / inv_df : 1) * m_sqrt(v);
		put_interval(k, t, k->z[t] - half, k->z[t] + half);
	}
}

static void iterate(struct work *k, enum number_method m)
{
	struct number *f = k->f;
	double *chi = mem_alloc(k->l->n_workers, sizeof *chi), table[CHI_CACHED] = { 0 };

	for (size_t w = 0; m == NUMBER_CATD && w < k->l->n_workers; w++) {
		size_t n = (size_t)k->n_of[w], at = n < CHI_CACHED ? n : 0;
		if (n > 0 && table[at] == 0)
			table[at] = catd_chi2((double)n, 0.025);
		chi[w] = table[at];
		table[0] = 0;
	}
	for (size_t w = 0; m == NUMBER_LFC && w < k->l->n_workers; w++)
		k->weight[w] = 1 / square(k->s0);
	if (m != NUMBER_LFC)
		task_spreads(k);
	while (f->n_iter < k->o->max_iter && !f->converged) {
		if (m == NUMBER_LFC) {
			lfc_variances(k);
			lfc_workers(k);
		} else if (m == NUMBER_CRH) {
			crh_workers(k);
		} else {
			catd_workers(k, chi);
		}
		double moved = weighted_means(k);
		f->n_iter++;
		f->converged = k->o->tol >= 0 && moved <= k->o->tol * k->s0;
	}
	if (m == NUMBER_LFC)
		lfc_intervals(k);
	else
		weighted_intervals(k);
	free(chi);
}

/* ---- the whole --------------------------------------------------------------- */

static void residuals(struct work *k)
{
	clear_sums(k);
	for (size_t t = 0; t < k->l->n_tasks; t++)
		for (size_t i = k->l->t_off[t]; i < k->l->t_off[t + 1]; i++)
			sum_add(&k->ss[k->a[i].w], squared(k->a[i].d - k->z[t] - k->bias[k->a[i].w]));
}

static void finish(struct work *k, enum number_method m)
{
	struct number *f = k->f;
	double s0 = k->s0 < 0 ? 0 : k->s0, back = 1 / k->scale;

	f->s0 = s0 * back;
	if (m != NUMBER_LFC || s0 <= tiny)
		residuals(k);    /* otherwise the expected squares of the last M step */
	for (size_t w = 0; w < f->n_workers; w++) {
		double ss = sum_value(&k->ss[w]), n = NUMBER_PRIOR + k->n_of[w];
		double var = m == NUMBER_LFC && s0 > tiny ? 1 / k->weight[w] : (NUMBER_PRIOR * square(s0) + ss) / n;
		f->sigma[w] = m_sqrt(var) * back;
		f->skill[w] = 1 / square(f->sigma[w]);
		f->bias[w] = k->bias[w] * back;
		f->weight[w] = m == NUMBER_LFC ? f->skill[w] : k->weight[w];
		f->count[w] = (struct number_count){ k->n_of[w], ss * back * back };
	}
	for (size_t t = 0; t < f->n_tasks; t++) {
		f->value[t] = (k->centre[t] + k->z[t]) * back;
		if (is_gold(k, t))
			f->value[t] = f->low[t] = f->high[t] = k->o->gold[t];
	}
}

static void run(struct work *k, enum number_method m)
{
	/* the simple methods stop here; the others start from the medians (z = 0) */
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		double z = k->z[t];
		if (n_of_task(k, t))
			simple_task(k, m < NUMBER_LFC ? m : NUMBER_MEAN, t);
		if (m >= NUMBER_LFC && k->s0 > tiny)
			k->z[t] = 0;
		if (is_gold(k, t))
			k->z[t] = z;
	}
	if (m >= NUMBER_LFC && k->s0 > tiny)
		iterate(k, m);    /* without two different answers to one task there is nothing to weigh */
	else
		k->f->converged = true;
}

void number_fit(const struct labels *l, const double *x, enum number_method m, const struct number_opt *o,
                struct number *out)
{
	size_t T = l->n_tasks, W = l->n_workers;

	BUG_ON(!l->t_off || !(o->trim >= 0 && o->trim < 0.5) || !(o->level > 0 && o->level < 1));
	*out = (struct number){ .n_tasks = T, .n_workers = W };
	out->value = mem_zalloc(T * 3, sizeof *out->value);
	out->low = out->value + T;
	out->high = out->low + T;
	out->sigma = mem_zalloc(W * 4, sizeof *out->sigma);
	out->skill = out->sigma + W;
	out->bias = out->skill + W;
	out->weight = out->bias + W;
	out->count = mem_zalloc(W, sizeof *out->count);
	struct work k = { .l = l, .o = o, .f = out };
	k.a = mem_alloc(l->n, sizeof *k.a);
	k.centre = mem_zalloc(T * 3, sizeof *k.centre);
	k.z = k.centre + T;
	k.per = k.z + T;
	k.weight = mem_zalloc(W * 3, sizeof *k.weight);
	k.bias = k.weight + W;
	k.n_of = k.bias + W;
	k.ss = mem_zalloc(W * 2, sizeof *k.ss);
	k.s1 = k.ss + W;
	double most = greatest(l, x, o);
	k.scale = most > 0x1p1000 ? 0x1p-30 : 1;
	k.t[0] = normal_quantile(0.5 + o->level / 2);
	for (size_t w = 0; w < W; w++)
		k.weight[w] = 1.0;
	for (size_t t = 0; t < T; t++) {
		out->low[t] = -INFINITY;
		out->high[t] = INFINITY;
		prepare_task(&k, x, t);
	}
	k.s0 = typical_error(&k);
	rescale(&k, most);
	run(&k, m);
	finish(&k, m);
	free(k.a);
	free(k.centre);
	free(k.weight);
	free(k.ss);
}

void number_release(struct number *f)
{
	free(f->value);
	free(f->sigma);
	free(f->count);
	*f = (struct number){ 0 };
}
