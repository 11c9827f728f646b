#include "agree/coef.h"

#include <stdlib.h>

#include "agree/duo.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/explog.h"
#include "math/isqrt.h"
#include "math/quantile.h"

static const char *const names[N_COEFS] = {
	"percent", "cohen", "scott", "fleiss", "conger", "ac1", "ac2", "bp", "light", "alpha",
};

bool coef_by_name(struct str name, enum coef_id *out)
{
	for (int i = 0; i < N_COEFS; i++)
		if (str_is(name, names[i])) {
			*out = (enum coef_id)i;
			return true;
		}
	return false;
}

const char *coef_name(enum coef_id id)
{
	return names[id];
}

void coef_fail_error(struct coef *c, enum coef_status s)
{
	c->se_status = s;
	c->se_why = coef_why(s);
	c->se = c->low = c->high = c->centre = 0;
}

void coef_fail(struct coef *c, enum coef_status s)
{
	c->status = s;
	c->why = coef_why(s);
	c->value = c->df = c->observed = c->expected = 0;
	coef_fail_error(c, s);
}

void coef_limits(struct coef *c, double variance, double df, double t)
{
	c->df = df;
	c->se = variance > 0 ? m_sqrt(variance) : 0;
	c->low = c->value - t * c->se;
	c->high = c->value + t * c->se < 1 ? c->value + t * c->se : 1;
}

void coef_interval(struct coef *c, double variance, double df, double level)
{
	coef_limits(c, variance, df, student_quantile(0.5 + level / 2, df));
}

/* ---- the distribution over classes -------------------------------------------------- */

void marginal_release(struct marginal *m)
{
	free(m->pos);
	free(m->mass);
	free(m->v);
	*m = (struct marginal){ 0 };
}

/* from integers proportional to the masses, so that no order of adding shows */
static void marginal_from(struct marginal *m, const u128 *share, size_t q)
{
	u128 all = 0;

	for (size_t p = 0; p < q; p++) {
		m->n += share[p] > 0;
		all += share[p];
	}
	m->pos = mem_alloc(m->n, sizeof *m->pos);
	m->mass = mem_alloc(m->n, sizeof *m->mass);
	m->v = mem_zalloc(m->n, sizeof *m->v);
	size_t n = 0;
	for (size_t p = 0; p < q; p++) {
		if (!share[p])
			continue;
		m->pos[n] = (uint32_t)p;
		m->mass[n++] = (double)share[p] / (double)all;
	}
}

/* pi: each task's label counts 1/r_i, in units of 2^-94; alpha: each label of a pairable task counts 1 */
static void count_shares(const struct units *u, bool alpha, struct marginal *m)
{
	u128 *share = mem_zalloc(u->n_classes, sizeof *share), one[64] = { 0 };

	for (size_t r = 1; r < 64; r++)
		one[r] = alpha ? r > 1 : ((u128)1 << 94) / r;
	for (size_t i = 0; i < u->n; i++) {
		uint32_t r = u->size[i];
		u128 each = r < 64 ? one[r] : alpha ? 1 : ((u128)1 << 94) / r;
		for (size_t c = u->off[i]; c < u->off[i + 1]; c++)
			share[u->pos[c]] += each * u->count[c];
	}
	marginal_from(m, share, u->n_classes);
	free(share);
}

bool coef_chance(const struct weights *w, enum coef_id id, double total_v, struct marginal *m)
{
	double q = (double)w->q;
	struct exact s = { 0 };

	m->de = 1;
	if (id == COEF_PERCENT)
		return true;
	if (id == COEF_BP) {
		m->de = total_v / (q * q);
		return m->de > 0;
	}
	if (id == COEF_AC1 || id == COEF_AC2) {
		m->kappa = w->q > 1 ? (q * q - total_v) / (q * (q - 1)) : 0;
		for (size_t k = 0; k < m->n; k++) {
			m->v[k] = 1 - m->mass[k];
			exact_add(&s, m->mass[k] * m->v[k]);
		}
		m->de = w->q > 1 ? 1 - m->kappa * exact_value(&s) : 0;
		return m->de > 0;
	}
	weights_apply(w, m->pos, m->mass, m->n, m->v);
	for (size_t k = 0; k < m->n; k++)
		exact_add(&s, m->mass[k] * m->v[k]);
	m->de = exact_value(&s);
	/* angles that differ by whole turns agree, but for rounding */
	return m->de > (w->kind == WEIGHTS_CIRCULAR ? 0x1p-80 : 0);
}

/* ---- estimate and linear error -------------------------------------------------------- */

/* What u_i - c is made of: g_k = (e_i - p_e)/(1 - p_e) for a task with labels of class k only */
struct lin {
	bool alpha;
	double a;            /* n/n2 */
	double mean, labels; /* alpha: labels of a pairable task, and of all of them */
	double da, de;       /* 1 - p_a, 1 - p_e */
	double c;
};

static double deviation(const struct lin *s, uint32_t r, double d, double g)
{
	double share = r / s->mean;

	if (s->alpha)
		return (share * (s->da - d - 2 * s->da * g) - (share - 1) * s->da / s->labels) / s->de;
	return (r > 1 ? s->a * (1 - d / s->de) : 0) - 2 * (s->da / s->de) * g - s->c;
}

static double disagreement(const struct units *u, const struct weights *w, size_t i)
{
	double r = u->size[i];

	return u->size[i] > 1 ? weights_form(w, units_counts(u, i)) / (r * (r - 1)) : 0;
}

/* do; the weighted mean for alpha */
static double mean_disagreement(const struct units *u, const struct weights *w, bool alpha)
{
	struct exact s = { 0 };

	for (size_t i = 0; i < u->n; i++)
		if (u->size[i] > 1)
			exact_add(&s, alpha ? weights_form(w, units_counts(u, i)) / (u->size[i] - 1.0) : disagreement(u, w, i));
	return exact_value(&s) / (double)(alpha ? u->n_pair_labels : u->n_pair);
}

/* g by class position */
static double *influence(const struct units *u, enum coef_id id, const struct marginal *m)
{
	double *g = mem_zalloc(u->n_classes, sizeof *g);

	for (size_t k = 0; k < m->n; k++) {
		if (id == COEF_FLEISS || id == COEF_ALPHA)
			g[m->pos[k]] = 1 - m->v[k] / m->de;
		else if (id == COEF_AC1 || id == COEF_AC2)
			g[m->pos[k]] = (m->kappa * m->v[k] - (1 - m->de)) / m->de;
	}
	return g;
}

static double correction(size_t n, const struct coef_opt *o)
{
	double f = o->population > 0 ? (double)n / o->population : 0;

	return f < 1 ? 1 - f : 0;
}

static void linear_error(const struct units *u, const struct weights *w, enum coef_id id,
                         const struct marginal *m, const struct coef_opt *o, double da, struct coef *out)
{
	struct lin s = {
		.alpha = id == COEF_ALPHA, .a = (double)u->n / (double)u->n_pair,
		.mean = (double)u->n_pair_labels / (double)u->n_pair, .labels = (double)u->n_pair_labels,
		.da = da, .de = m->de, .c = out->value,
	};
	double *g = influence(u, id, m), n = (double)out->n;
	struct exact sq = { 0 };

	for (size_t i = 0; i < u->n; i++) {
		double e = 0;
		if (s.alpha && u->size[i] < 2)
			continue;
		for (size_t c = u->off[i]; c < u->off[i + 1]; c++)
			e += u->count[c] * g[u->pos[c]];
		double d = deviation(&s, u->size[i], disagreement(u, w, i), e / u->size[i]);
		exact_add(&sq, d * d);
	}
	free(g);
	coef_interval(out, correction(out->n, o) * (exact_value(&sq) / (n * (n - 1))), n - 1, o->level);
}

static void find_error(const struct units *u, const struct weights *w, enum coef_id id, const struct marginal *m,
                       const struct coef_opt *o, double da, struct coef *out)
{
	out->df = (double)out->n - 1;
	if (out->n < 2)
		coef_fail_error(out, COEF_ONE_TASK);
	else if (o->error == ERROR_LINEAR)
		linear_error(u, w, id, m, o, da, out);
	else if (o->error == ERROR_JACKKNIFE)
		coef_jackknife(u, w, id, m, o, out);
	else if (o->error == ERROR_BOOTSTRAP)
		coef_bootstrap(u, w, id, o, out);
	else
		coef_fail_error(out, COEF_NO_ERROR);
}

/* percent, fleiss, ac, bp, alpha */
static void estimate(const struct units *u, const struct weights *w, enum coef_id id,
                     const struct coef_opt *o, double da, struct coef *out)
{
	bool needs_total = id == COEF_AC1 || id == COEF_AC2 || id == COEF_BP;
	struct marginal m = { 0 };
	double n = (double)u->n_pair_labels;

	if (id != COEF_PERCENT && id != COEF_BP)
		count_shares(u, id == COEF_ALPHA, &m);
	bool defined = coef_chance(w, id, needs_total ? weights_total(w) : 0, &m);
	out->has_pe = !((id == COEF_AC1 || id == COEF_AC2) && w->q < 2);
	out->pe = out->has_pe ? 1 - m.de : 0;
	if (id == COEF_ALPHA)
		out->pa = 1 - da * ((n - 1) / n);
	if (!defined) {
		coef_fail(out, u->n_classes < 2 ? COEF_ONE_CLASS_DECLARED : COEF_ONE_CLASS);
	} else {
		double up = id == COEF_ALPHA ? (n - 1) / n : 1;
		out->value = 1 - up * (da / m.de);
		/* values so far apart that their squares are no doubles have no Do and De to show */
		if (id == COEF_ALPHA && w->scale - w->scale == 0) {
			out->observed = da * w->scale;
			out->expected = m.de * w->scale / up;
		}
		find_error(u, w, id, &m, o, da, out);
	}
	marginal_release(&m);
}

static void start(struct coef *out, size_t n)
{
	*out = (struct coef){ .n = n, .why = coef_why(COEF_OK), .se_why = coef_why(COEF_OK) };
}

void coef_estimate(const struct units *u, const struct weights *w, enum coef_id id,
                   const struct coef_opt *o, struct coef *out)
{
	static const struct weights none = { .kind = WEIGHTS_IDENTITY, .scale = 1, .up = 1 };
	struct weights identity = none;

	BUG_ON(!(o->level > 0 && o->level < 1));
	if (id == COEF_COHEN || id == COEF_SCOTT) {
		duo_estimate(u, w, id, o, out);
		return;
	}
	if (id == COEF_LIGHT) {
		duo_light(u, w, out);
		return;
	}
	if (id == COEF_AC1) {
		identity.q = u->n_classes;
		w = &identity;
	}
	start(out, id == COEF_ALPHA ? u->n_pair : u->n);
	if (!u->n_pair) {
		coef_fail(out, COEF_NO_PAIRS);
		return;
	}
	double da = mean_disagreement(u, w, id == COEF_ALPHA);
	out->has_pa = true;
	out->pa = 1 - da;
	if (id == COEF_CONGER)
		coef_conger(u, w, o, da, out);
	else
		estimate(u, w, id, o, da, out);
}

/* ---- one class against the others ------------------------------------------------------ */

/* the cells in order of class: those of position p are off[p] .. off[p+1]-1 */
struct by_class {
	uint32_t *off, *unit, *count;
};

static void turn(const struct units *u, struct by_class *b)
{
	size_t cells = u->off[u->n];

	b->off = mem_zalloc(u->n_classes + 2, sizeof *b->off);
	b->unit = mem_alloc(cells, sizeof *b->unit);
	b->count = mem_alloc(cells, sizeof *b->count);
	for (size_t c = 0; c < cells; c++)
		b->off[(size_t)u->pos[c] + 2]++;
	for (size_t p = 2; p < u->n_classes + 2; p++)
		b->off[p] += b->off[p - 1];
	for (size_t i = 0; i < u->n; i++)
		for (size_t c = u->off[i]; c < u->off[i + 1]; c++) {
			uint32_t to = b->off[(size_t)u->pos[c] + 1]++;
			b->unit[to] = (uint32_t)i;
			b->count[to] = u->count[c];
		}
}

/* share p of the class gives de and the influence g of a label of it (0) or of another (1) */
static bool two_classes(enum coef_id id, double p, double *de, double g[2])
{
	double h = 2 * p * (1 - p);

	*de = id == COEF_PERCENT ? 1 : id == COEF_BP ? 0.5 : id == COEF_FLEISS || id == COEF_ALPHA ? h : 1 - h;
	g[0] = g[1] = 0;
	if (!(*de > 0))
		return false;
	if (id == COEF_FLEISS || id == COEF_ALPHA) {
		g[0] = 1 - (1 - p) / h;
		g[1] = 1 - p / h;
	} else if (id == COEF_AC1 || id == COEF_AC2) {
		g[0] = (1 - p - h) / *de;
		g[1] = (p - h) / *de;
	}
	return true;
}

/* what the tasks with the class add up to */
struct touched {
	double d;                /* sum of do_i (alpha: of r_i do_i) */
	double share;            /* sum of r_ik/r_i over all tasks, or (alpha) of r_ik over pairable ones */
	double agree;            /* sum of r_ik (r_ik - 1)/(r_i - 1) */
	uint64_t n_pair, n_one;  /* tasks */
	uint64_t n_labels, n_pair_labels;
};

static double split(double a, double r)
{
	return 2 * a * (r - a) / (r * (r - 1));
}

static void gather(const struct units *u, const struct by_class *b, size_t p, bool alpha, struct touched *t)
{
	struct exact d = { 0 }, share = { 0 }, agree = { 0 };

	for (size_t c = b->off[p]; c < b->off[p + 1]; c++) {
		double r = u->size[b->unit[c]], a = b->count[c];
		t->n_labels += b->count[c];
		if (!alpha)
			exact_add(&share, a / r);
		if (u->size[b->unit[c]] < 2) {
			t->n_one++;
			continue;
		}
		t->n_pair++;
		t->n_pair_labels += b->count[c];
		exact_add(&d, alpha ? r * split(a, r) : split(a, r));
		exact_add(&agree, a * (a - 1) / (r - 1));
	}
	t->d = exact_value(&d);
	t->share = alpha ? (double)t->n_pair_labels : exact_value(&share);
	t->agree = exact_value(&agree);
}

/* sum of (u_i - c)^2: the tasks with the class one by one, the others by their number; of those a
 * deviation of alpha is a + b r, and squares is the sum of r^2 over all pairable tasks */
static double squares_of_class(const struct units *u, const struct by_class *b, size_t p, const struct lin *s,
                               const double g[2], const struct touched *t, uint64_t squares)
{
	struct exact sq = { 0 };
	uint64_t labels = u->n_pair_labels;

	for (size_t c = b->off[p]; c < b->off[p + 1]; c++) {
		uint32_t r = u->size[b->unit[c]];
		double x = b->count[c] / (double)r;
		if (s->alpha && r < 2)
			continue;
		double d = deviation(s, r, r > 1 ? split(b->count[c], r) : 0, x * g[0] + (1 - x) * g[1]);
		exact_add(&sq, d * d);
		squares -= (uint64_t)r * r;
		labels -= r;
	}
	double one = deviation(s, 1, 0, g[1]), pair = deviation(s, 2, 0, g[1]), slope = pair - one, at0 = one - slope;
	double n_pair = (double)(u->n_pair - t->n_pair);
	if (s->alpha)
		return exact_value(&sq) + at0 * at0 * n_pair + 2 * at0 * slope * (double)labels + slope * slope * (double)squares;
	return exact_value(&sq) + pair * pair * n_pair +
	       one * one * (double)(u->n - u->n_pair - t->n_one);
}

/* half is the quantile of t for the intervals of all classes */
static void one_class(const struct units *u, const struct by_class *b, size_t p, enum coef_id id,
                      const struct coef_opt *o, double half, uint64_t squares, struct coef_class *out)
{
	bool alpha = id == COEF_ALPHA;
	struct touched t = { 0 };
	struct coef *c = &out->c;
	double n2 = (double)u->n_pair, all = (double)u->n_pair_labels, g[2], de;

	gather(u, b, p, alpha, &t);
	start(c, alpha ? u->n_pair : u->n);
	out->n_labels = (size_t)t.n_labels;
	out->has_specific = t.n_pair_labels > 0;
	out->specific = out->has_specific ? t.agree / (double)t.n_pair_labels : 0;
	if (!u->n_pair) {
		coef_fail(c, COEF_NO_PAIRS);
		return;
	}
	double da = t.d / (alpha ? all : n2), up = alpha ? (all - 1) / all : 1;
	bool defined = two_classes(id, t.share / (alpha ? all : (double)u->n), &de, g);
	c->has_pa = c->has_pe = true;
	c->pa = 1 - up * da;
	c->pe = 1 - de;
	if (!defined) {
		coef_fail(c, COEF_ONE_CLASS);
		return;
	}
	/* whole numbers as far as they go: a class and the one other class have the same alpha */
	c->value = alpha ? 1 - t.d * (all - 1) / (2 * t.share * (all - t.share)) : 1 - da / de;
	c->observed = alpha ? da : 0;
	c->expected = alpha ? de / up : 0;
	if (c->n < 2) {
		coef_fail_error(c, COEF_ONE_TASK);
		return;
	}
	struct lin s = {
		.alpha = alpha, .a = (double)u->n / n2, .mean = all / n2, .labels = all, .da = da, .de = de, .c = c->value,
	};
	double n = (double)c->n, sq = squares_of_class(u, b, p, &s, g, &t, squares);
	coef_limits(c, correction(c->n, o) * (sq / (n * (n - 1))), n - 1, half);
}

void coef_per_class(const struct units *u, enum coef_id id, const struct coef_opt *o, struct coef_class *out)
{
	size_t n = id == COEF_ALPHA ? u->n_pair : u->n;
	struct by_class b;
	uint64_t squares = 0;

	BUG_ON(!(o->level > 0 && o->level < 1));
	BUG_ON(id == COEF_COHEN || id == COEF_SCOTT || id == COEF_CONGER || id == COEF_LIGHT);
	for (size_t i = 0; i < u->n; i++)
		squares += u->size[i] > 1 ? (uint64_t)u->size[i] * u->size[i] : 0;
	turn(u, &b);
	double half = n > 1 ? student_quantile(0.5 + o->level / 2, (double)n - 1) : 0;
	for (size_t p = 0; p < u->n_classes; p++)
		one_class(u, &b, p, id, o, half, squares, &out[u->class[p]]);
	free(b.off);
	free(b.unit);
	free(b.count);
}
