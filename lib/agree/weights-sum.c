/* sums over pairs of classes, without all pairs where that can be */
#include "agree/weights.h"

#include <stdlib.h>

#include "base/mem.h"
#include "math/exact.h"
#include "math/sum.h"

enum { FEW = 8 };    /* up to so many classes all pairs are the cheapest */

static double magnitude(double x)
{
	return x < 0 ? -x : x;
}

/* Newton from an estimate by exponent: within 1 ulp, and quicker than the rounded m_sqrt */
static double root(double x)
{
	uint64_t u;
	double y;

	if (!(x > 0x1p-1000))
		return 0;
	memcpy(&u, &x, sizeof u);
	u = (u >> 1) + ((uint64_t)0x1ff7a3be << 32);
	memcpy(&y, &u, sizeof y);
	for (int i = 0; i < 4; i++)
		y = 0.5 * (y + x / y);
	return y;
}

double weights_v(const struct weights *w, uint32_t k, uint32_t l)
{
	double t, a, b;

	if (k == l)
		return 0;
	switch (w->kind) {
	case WEIGHTS_IDENTITY:
		return 1;
	case WEIGHTS_LINEAR:
		return magnitude(w->y[k] - w->y[l]);
	case WEIGHTS_QUADRATIC:
		t = w->y[k] - w->y[l];
		return t * t;
	case WEIGHTS_RADICAL:
		return root(magnitude(w->y[k] - w->y[l]));
	case WEIGHTS_ORDINAL:
		t = magnitude(w->y[k] - w->y[l]);
		return t * (t + 1) * w->up;
	case WEIGHTS_RATIO:
		a = w->y[k] + w->y[l];
		t = a == 0 ? 0 : (w->y[k] - w->y[l]) / a;
		return t * t * w->up;
	case WEIGHTS_CIRCULAR:
		t = w->sin[k] * w->cos[l] - w->cos[k] * w->sin[l];
		return t * t * w->up;
	case WEIGHTS_BIPOLAR:
		a = w->y[k] + w->y[l];
		b = a * (2 - a);
		t = w->y[k] - w->y[l];
		return b > 0 ? t * t / b * w->up : 0;
	}
	return 0;
}

/* ---- the double sum over one list of counts ------------------------------------- */

static double form_identity(struct counts c)
{
	uint64_t own = 0;

	for (size_t i = 0; i < c.n; i++)
		own += (uint64_t)c.count[i] * c.count[i];
	return (double)(c.total * c.total - own);
}

static double form_pairs(const struct weights *w, struct counts c)
{
	double all = 0;

	for (size_t i = 1; i < c.n; i++) {
		double row = 0;
		for (size_t j = 0; j < i; j++)
			row += c.count[j] * weights_v(w, c.pos[i], c.pos[j]);
		all += c.count[i] * row;
	}
	return 2 * all;
}

/* sum of n_k n_l |y_k - y_l| = 2 sum over the gaps of labels below x labels above x gap */
static double form_linear(const double *y, struct counts c)
{
	struct sum s = { 0 };
	uint64_t below = 0;

	for (size_t i = 0; i + 1 < c.n; i++) {
		below += c.count[i];
		sum_add(&s, (double)below * (double)(c.total - below) * (y[c.pos[i + 1]] - y[c.pos[i]]));
	}
	return 2 * sum_value(&s);
}

/* sum of n_k n_l (y_k - y_l)^2 = 2 n sum n_k (y_k - mean)^2 */
static double form_quadratic(const double *y, struct counts c)
{
	struct sum s = { 0 }, v = { 0 };

	for (size_t i = 0; i < c.n; i++)
		sum_add(&s, c.count[i] * (y[c.pos[i]] - y[c.pos[0]]));
	double mean = y[c.pos[0]] + sum_value(&s) / (double)c.total;
	for (size_t i = 0; i < c.n; i++)
		sum_add(&v, c.count[i] * ((y[c.pos[i]] - mean) * (y[c.pos[i]] - mean)));
	return 2 * (double)c.total * sum_value(&v);
}

/* Angles from the class with the most labels: with a = sum n sin^2, b = sum n sin cos of them,
 * sum of n_k n_l sin^2(k - l) = 2 (n a - a^2 - b^2), and little cancels when most labels agree. */
static double form_circular(const struct weights *w, struct counts c)
{
	struct sum a = { 0 }, b = { 0 };
	size_t top = 0;

	for (size_t i = 0; i < c.n; i++)
		top = c.count[i] > c.count[top] ? i : top;
	double s0 = w->sin[c.pos[top]], c0 = w->cos[c.pos[top]];
	for (size_t i = 0; i < c.n; i++) {
		double s = w->sin[c.pos[i]], k = w->cos[c.pos[i]];
		double ds = s * c0 - k * s0, dc = k * c0 + s * s0;
		sum_add(&a, c.count[i] * (ds * ds));
		sum_add(&b, c.count[i] * (ds * dc));
	}
	double sa = sum_value(&a), sb = sum_value(&b);
	return 2 * (sa * ((double)c.total - sa) - sb * sb) * w->up;
}

double weights_form(const struct weights *w, struct counts c)
{
	if (c.n < 2)
		return 0;
	if (w->kind == WEIGHTS_IDENTITY)
		return form_identity(c);
	if (c.n <= FEW || weights_compares_all(w))
		return form_pairs(w, c);
	if (w->kind == WEIGHTS_LINEAR)
		return form_linear(w->y, c);
	if (w->kind == WEIGHTS_QUADRATIC)
		return form_quadratic(w->y, c);
	if (w->kind == WEIGHTS_ORDINAL)
		return (form_quadratic(w->y, c) + form_linear(w->y, c)) * w->up;
	return form_circular(w, c);
}

/* ---- matrix times vector --------------------------------------------------------- */

static size_t at(const uint32_t *pos, size_t i)
{
	return pos ? pos[i] : i;
}

static double mass_of(const double *mass, size_t n)
{
	struct exact s = { 0 };

	for (size_t i = 0; i < n; i++)
		exact_add(&s, mass[i]);
	return exact_value(&s);
}

static void apply_identity(const double *mass, size_t n, double *out)
{
	double all = mass_of(mass, n);

	for (size_t i = 0; i < n; i++)
		out[i] = all - mass[i];
}

/* out += the linear part: from one class to the next, what lies below moves away by the gap and
 * what lies above comes nearer */
static void add_linear(const double *y, const uint32_t *pos, const double *mass, size_t n, double *out)
{
	double all = mass_of(mass, n);
	struct sum o = { 0 }, below = { 0 };

	for (size_t i = 1; i < n; i++)
		sum_add(&o, mass[i] * (y[at(pos, i)] - y[at(pos, 0)]));
	for (size_t i = 0; i < n; i++) {
		out[i] += sum_value(&o);
		if (i + 1 == n)
			break;
		double gap = y[at(pos, i + 1)] - y[at(pos, i)];
		sum_add(&below, mass[i]);
		sum_add(&o, sum_value(&below) * gap);
		sum_add(&o, (sum_value(&below) - all) * gap);
	}
}

static void add_quadratic(const double *y, const uint32_t *pos, const double *mass, size_t n, double *out)
{
	double all = mass_of(mass, n), origin = y[at(pos, 0)];
	struct sum s = { 0 }, v = { 0 };

	for (size_t i = 0; i < n; i++)
		sum_add(&s, mass[i] * (y[at(pos, i)] - origin));
	double mean = origin + (all > 0 ? sum_value(&s) / all : 0);
	for (size_t i = 0; i < n; i++) {
		double d = y[at(pos, i)] - mean;
		sum_add(&v, mass[i] * (d * d));
	}
	for (size_t i = 0; i < n; i++) {
		double d = y[at(pos, i)] - mean;
		out[i] += all * (d * d) + sum_value(&v);
	}
}

/* as form_circular: out = a + s^2 (all - 2 a) - 2 s c b */
static void apply_circular(const struct weights *w, const uint32_t *pos, const double *mass, size_t n, double *out)
{
	double all = mass_of(mass, n);
	struct sum a = { 0 }, b = { 0 };
	size_t top = 0;

	for (size_t i = 0; i < n; i++)
		top = mass[i] > mass[top] ? i : top;
	double s0 = w->sin[at(pos, top)], c0 = w->cos[at(pos, top)];
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			double s = w->sin[at(pos, i)], c = w->cos[at(pos, i)];
			double ds = s * c0 - c * s0, dc = c * c0 + s * s0;
			if (pass) {
				double o = sum_value(&a) + ds * ds * (all - 2 * sum_value(&a)) - 2 * ds * dc * sum_value(&b);
				out[i] = o > 0 ? o * w->up : 0;
				continue;
			}
			sum_add(&a, mass[i] * (ds * ds));
			sum_add(&b, mass[i] * (ds * dc));
		}
}

static void apply_pairs(const struct weights *w, const uint32_t *pos, const double *mass, size_t n, double *out)
{
	for (size_t i = 0; i < n; i++) {
		double o = 0;
		for (size_t j = 0; j < n; j++)
			o += mass[j] * weights_v(w, (uint32_t)at(pos, i), (uint32_t)at(pos, j));
		out[i] = o;
	}
}

void weights_apply(const struct weights *w, const uint32_t *pos, const double *mass, size_t n, double *out)
{
	if (!n)
		return;
	if (w->kind == WEIGHTS_IDENTITY) {
		apply_identity(mass, n, out);
		return;
	}
	if (n <= FEW || weights_compares_all(w)) {
		apply_pairs(w, pos, mass, n, out);
		return;
	}
	if (w->kind == WEIGHTS_CIRCULAR) {
		apply_circular(w, pos, mass, n, out);
		return;
	}
	memset(out, 0, n * sizeof *out);
	if (w->kind != WEIGHTS_LINEAR)
		add_quadratic(w->y, pos, mass, n, out);
	if (w->kind != WEIGHTS_QUADRATIC)
		add_linear(w->y, pos, mass, n, out);
	for (size_t i = 0; w->kind == WEIGHTS_ORDINAL && i < n; i++)
		out[i] *= w->up;
}

double weights_total(const struct weights *w)
{
	double q = (double)w->q, t = 0;

	if (w->kind == WEIGHTS_IDENTITY)
		return q * (q - 1);
	if (!w->q)
		return 0;
	double *one = mem_alloc(2 * w->q, sizeof *one), *out = one + w->q;
	for (size_t p = 0; p < w->q; p++)
		one[p] = 1;
	weights_apply(w, NULL, one, w->q, out);
	t = mass_of(out, w->q);
	free(one);
	return t;
}
