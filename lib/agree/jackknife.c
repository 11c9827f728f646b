/* the jackknife over tasks, for coefficients that are a ratio of two sums */
#include "agree/coef.h"

#include <stdlib.h>

#include "base/mem.h"
#include "math/exact.h"
#include "math/sum.h"

enum { MOST_ORDINAL = 2048 };    /* classes of the ordinal jackknife: a table of their pairs */

static bool is_ac(enum coef_id id)
{
	return id == COEF_AC1 || id == COEF_AC2;
}

/* ---- jackknife -------------------------------------------------------------------------- */

struct jack {
	const struct units *u;
	const struct weights *w;
	enum coef_id id;
	const struct marginal *m;
	double *v;               /* q: alpha and fleiss: sum_l v_kl mass_l; ac: mass_k */
	uint64_t *n_of;          /* q: labels of each class; alpha: on pairable tasks */
	size_t n_used;           /* classes with such labels */
	double n, n2, labels;    /* tasks, pairable tasks, labels on those */
	double d;                /* sum of do_i; alpha: of r_i do_i */
	double squares;          /* ac: sum of mass_k^2 */
};

static double form_of(const struct jack *j, size_t i)
{
	return j->u->size[i] > 1 ? weights_form(j->w, units_counts(j->u, i)) : 0;
}

/* does more than one class stay without the unit? */
static bool two_stay(const struct jack *j, struct counts c)
{
	size_t gone = 0;

	for (size_t k = 0; k < c.n; k++)
		gone += j->n_of[c.pos[k]] == c.count[k];
	return j->n_used - gone > 1;
}

/* fleiss, ac, bp, percent without unit i: masses are means over tasks */
static bool without_mean(const struct jack *j, size_t i, double *value)
{
	struct counts c = units_counts(j->u, i);
	double r = (double)c.total, n = j->n, n2 = j->n2, d = j->d, de = j->m->de, cross = 0, own = 0;
	double form = form_of(j, i);

	if (c.total > 1) {
		d -= form / (r * (r - 1));
		n2 -= 1;
	}
	if (!(n2 > 0) || (j->id == COEF_FLEISS && !two_stay(j, c)))
		return false;
	for (size_t k = 0; k < c.n; k++) {
		double p = c.count[k] / r;
		cross += p * j->v[c.pos[k]];
		own += p * p;
	}
	if (j->id == COEF_FLEISS)
		de = (n * n * de - 2 * n * cross + form / (r * r)) / ((n - 1) * (n - 1));
	else if (is_ac(j->id))
		de = 1 - j->m->kappa * (1 - (n * n * j->squares - 2 * n * cross + own) / ((n - 1) * (n - 1)));
	*value = 1 - d / n2 / de;
	return de > 0;
}

static bool without_alpha(const struct jack *j, size_t i, double *value)
{
	struct counts c = units_counts(j->u, i);
	double r = (double)c.total, n = j->labels, cross = 0, form = form_of(j, i);

	if (!two_stay(j, c))
		return false;
	for (size_t k = 0; k < c.n; k++)
		cross += c.count[k] * j->v[c.pos[k]];
	double f = n * n * j->m->de - 2 * n * cross + form;
	if (!(f > 0x1p-44 * n * n * j->m->de) && !(f >= 1 && j->w->kind == WEIGHTS_IDENTITY))
		return false;
	*value = 1 - (n - r - 1) * ((j->d - form / (r - 1)) / f);
	return true;
}

/* ---- jackknife of the ordinal metric ------------------------------------------------------
 *
 * Without unit i the midrank x_k of class k falls by s_k, the class's midrank among the labels
 * of the unit alone, which is constant on ranges of classes: below, on and between the unit's
 * classes.  With o_kl the coincidences of all units (r_ik r_il / (r_i - 1), summed), the sum
 * d = sum o_kl (x_k - x_l)^2 becomes
 *
 *	d - 4 sum_k s_k (Lx)_k + sum o_kl (s_k - s_l)^2 - the unit's own part,
 *	(Lx)_k = sum_l o_kl (x_k - x_l)
 *
 * where running sums of Lx and of o give the totals over ranges.  Expected disagreement
 * follows from sum n_k (x_k - n/2)^2 = (n^3 - sum n_k^3)/12. */

struct range {
	size_t from, to;         /* class positions from .. to-1 */
	double s;
};

struct ordinal {
	double *edge;            /* q + 1: running sum of Lx */
	uint64_t *block;         /* (q + 1)^2: running sum of o, in units of 1/unit; wraps */
	double unit;
	double cubes;            /* sum of n_k^3 */
	struct range *range;     /* scratch, 2 q + 1 */
};

static size_t ranges_of(struct ordinal *o, struct counts c, size_t q)
{
	size_t n = 0, next = 0;
	double below = 0;

	for (size_t k = 0; k < c.n; k++) {
		size_t p = c.pos[k];
		o->range[n++] = (struct range){ next, p, below };
		o->range[n++] = (struct range){ p, p + 1, below + c.count[k] / 2.0 };
		below += c.count[k];
		next = p + 1;
	}
	o->range[n++] = (struct range){ next, q, below };
	return n;
}

static double coincidence(const struct ordinal *o, size_t q, struct range a, struct range b)
{
	const uint64_t *to = o->block + a.to * (q + 1), *from = o->block + a.from * (q + 1);

	return (double)(to[b.to] - from[b.to] - to[b.from] + from[b.from]) / o->unit;
}

/* the unit's part of d once its own labels have left the midranks */
static double own_part(const struct jack *j, const struct ordinal *o, struct counts c)
{
	double own = 0;

	for (size_t a = 0; a < c.n; a++)
		for (size_t b = 0; b < a; b++) {
			double d = (j->w->y[c.pos[a]] - j->w->y[c.pos[b]]) * j->labels -
			           (o->range[2 * a + 1].s - o->range[2 * b + 1].s);
			own += 2 * d * d * c.count[a] * c.count[b];
		}
	return own / ((double)c.total - 1);
}

static bool without_ordinal(const struct jack *j, struct ordinal *o, size_t i, double *value)
{
	struct counts c = units_counts(j->u, i);
	size_t q = j->u->n_classes, n = ranges_of(o, c, q);
	double d = j->d * j->w->scale, left = j->labels - (double)c.total, cubes = o->cubes;

	if (!two_stay(j, c))
		return false;
	for (size_t a = 0; a < n; a++) {
		struct range x = o->range[a];
		d -= 4 * x.s * (o->edge[x.to] - o->edge[x.from]);
		for (size_t b = 0; b < a; b++) {
			double s = x.s - o->range[b].s;
			d += 2 * s * s * coincidence(o, q, x, o->range[b]);
		}
	}
	d -= own_part(j, o, c);
	for (size_t k = 0; k < c.n; k++) {
		double was = (double)j->n_of[c.pos[k]], is = was - c.count[k];
		cubes += is * is * is - was * was * was;
	}
	*value = 1 - (left - 1) * (d / (left * (left * left * left - cubes) / 6));
	return true;
}

/* o_kl in whole units, so that the order of tasks does not show */
static void count_blocks(const struct jack *j, struct ordinal *o)
{
	const struct units *u = j->u;
	size_t wide = u->n_classes + 1;

	o->unit = 0x1p61 / j->labels;
	for (size_t i = 0; i < u->n; i++) {
		struct counts c = units_counts(u, i);
		for (size_t a = 0; c.total > 1 && a < c.n; a++)
			for (size_t b = 0; b < c.n; b++) {
				double r = c.count[a] * (double)c.count[b] / ((double)c.total - 1);
				if (a != b)
					o->block[(c.pos[a] + 1) * wide + c.pos[b] + 1] += (uint64_t)(r * o->unit);
			}
	}
}

static void ordinal_init(const struct jack *j, struct ordinal *o)
{
	size_t q = j->u->n_classes, wide = q + 1;

	o->edge = mem_zalloc(wide, sizeof *o->edge);
	o->block = mem_zalloc(wide * wide, sizeof *o->block);
	o->range = mem_alloc(2 * q + 1, sizeof *o->range);
	count_blocks(j, o);
	struct sum run = { 0 };
	for (size_t k = 0; k < q; k++) {
		for (size_t l = 0; l < q; l++) {
			double gap = (j->w->y[k] - j->w->y[l]) * j->labels;
			sum_add(&run, gap * ((double)o->block[(k + 1) * wide + l + 1] / o->unit));
		}
		o->edge[k + 1] = sum_value(&run);
		o->cubes += (double)j->n_of[k] * (double)j->n_of[k] * (double)j->n_of[k];
	}
	for (size_t k = 1; k < wide; k++)
		for (size_t l = 1; l < wide; l++)
			o->block[k * wide + l] += o->block[(k - 1) * wide + l] + o->block[k * wide + l - 1] -
			                          o->block[(k - 1) * wide + l - 1];
}

static void ordinal_release(struct ordinal *o)
{
	free(o->edge);
	free(o->block);
	free(o->range);
}

/* ---- jackknife, all ------------------------------------------------------------------------ */

static void prepare(struct jack *j)
{
	const struct units *u = j->u;
	struct exact d = { 0 }, squares = { 0 };
	bool alpha = j->id == COEF_ALPHA;

	j->v = mem_zalloc(u->n_classes, sizeof *j->v);
	j->n_of = mem_zalloc(u->n_classes, sizeof *j->n_of);
	for (size_t k = 0; k < j->m->n; k++) {
		j->v[j->m->pos[k]] = is_ac(j->id) ? j->m->mass[k] : j->m->v[k];
		exact_add(&squares, j->m->mass[k] * j->m->mass[k]);
	}
	for (size_t i = 0; i < u->n; i++) {
		double r = u->size[i];
		if (u->size[i] > 1)
			exact_add(&d, form_of(j, i) / (alpha ? r - 1 : r * (r - 1)));
		else if (alpha)
			continue;
		for (size_t c = u->off[i]; c < u->off[i + 1]; c++)
			j->n_of[u->pos[c]] += u->count[c];
	}
	for (size_t p = 0; p < u->n_classes; p++)
		j->n_used += j->n_of[p] > 0;
	j->d = exact_value(&d);
	j->squares = exact_value(&squares);
}

static bool without(const struct jack *j, struct ordinal *o, size_t i, double *value)
{
	if (o)
		return without_ordinal(j, o, i, value);
	return j->id == COEF_ALPHA ? without_alpha(j, i, value) : without_mean(j, i, value);
}

/* mean of the replicates, less the value, and then their sum of squares about it: in one pass what
 * cancels would be an error of 1e-9 where all replicates are equal */
static bool replicate(const struct jack *j, struct ordinal *o, const struct coef *c, double *mean, double *spread)
{
	struct exact first = { 0 }, second = { 0 };
	double v;

	for (size_t i = 0; i < j->u->n; i++) {
		if (j->id == COEF_ALPHA && j->u->size[i] < 2)
			continue;
		if (!without(j, o, i, &v))
			return false;
		exact_add(&first, v - c->value);
	}
	*mean = exact_value(&first) / (double)c->n;
	for (size_t i = 0; i < j->u->n; i++) {
		if (j->id == COEF_ALPHA && j->u->size[i] < 2)
			continue;
		without(j, o, i, &v);
		v -= c->value + *mean;
		exact_add(&second, v * v);
	}
	*spread = exact_value(&second);
	return true;
}

void coef_jackknife(const struct units *u, const struct weights *w, enum coef_id id, const struct marginal *m,
                    const struct coef_opt *o, struct coef *out)
{
	struct jack j = {
		.u = u, .w = w, .id = id, .m = m,
		.n = (double)u->n, .n2 = (double)u->n_pair, .labels = (double)u->n_pair_labels,
	};
	struct ordinal ord = { 0 };
	double mean, spread;
	bool ranks = w->midranks && id == COEF_ALPHA;
	double n = (double)out->n, f = o->population > 0 ? n / o->population : 0;

	if (ranks && u->n_classes > MOST_ORDINAL) {
		coef_fail_error(out, COEF_MANY_CLASSES);
		return;
	}
	prepare(&j);
	if (ranks)
		ordinal_init(&j, &ord);
	if (u->n_pair < 2) {
		coef_fail_error(out, COEF_ONE_TASK);
	} else if (!replicate(&j, ranks ? &ord : NULL, out, &mean, &spread)) {
		coef_fail_error(out, COEF_CLASS_ON_ONE_TASK);
	} else {
		out->centre = out->value - (n - 1) * mean;
		coef_interval(out, (f < 1 ? 1 - f : 0) * ((n - 1) / n * spread), n - 1, o->level);
	}
	ordinal_release(&ord);
	free(j.v);
	free(j.n_of);
}
