#include "agree/weights.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/sum.h"
#include "math/trig.h"

static const char *const kind_names[] = {
	"identity", "linear", "quadratic", "radical", "ordinal", "ratio", "circular", "bipolar",
};

static const char *const metric_names[] = { "nominal", "ordinal", "interval", "ratio", "circular" };

bool weights_by_name(struct str name, enum weights_kind *out)
{
	for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
		if (str_is(name, kind_names[i])) {
			*out = (enum weights_kind)i;
			return true;
		}
	return false;
}

bool metric_by_name(struct str name, enum metric *out)
{
	for (size_t i = 0; i < sizeof metric_names / sizeof *metric_names; i++)
		if (str_is(name, metric_names[i])) {
			*out = (enum metric)i;
			return true;
		}
	return false;
}

const char *weights_name(enum weights_kind k)
{
	return kind_names[k];
}

const char *metric_name(enum metric m)
{
	return metric_names[m];
}

/* ---- preparing ----------------------------------------------------------------- */

static double magnitude(double x)
{
	return x < 0 ? -x : x;
}

bool weights_compares_all(const struct weights *w)
{
	return w->kind == WEIGHTS_RADICAL || w->kind == WEIGHTS_RATIO || w->kind == WEIGHTS_BIPOLAR;
}

static double value_at(const struct units *u, size_t p)
{
	return u->x ? u->x[p] : (double)(p + 1);
}

/* y = (x - first) / (last - first), in halves: the difference of two doubles may overflow */
static double unit_range(struct weights *w, const struct units *u, size_t first, size_t last)
{
	double low = value_at(u, first) / 2, half = value_at(u, last) / 2 - low;

	for (size_t p = 0; p < w->q; p++)
		w->y[p] = half > 0 ? (value_at(u, p) / 2 - low) / half : 0;
	return half > 0 ? 2 * half : 1;
}

/* sines and cosines of pi (x - x_first) / turn */
static void on_circle(struct weights *w, const struct units *u, size_t first, double turn)
{
	w->sin = mem_alloc(w->q, sizeof *w->sin);
	w->cos = mem_alloc(w->q, sizeof *w->cos);
	for (size_t p = 0; p < w->q; p++) {
		double t = (value_at(u, p) - value_at(u, first)) / turn;
		/* beyond 2^50 turns nothing is left of the angle */
		m_sincospi(magnitude(t) < 0x1p50 ? t : 0, &w->sin[p], &w->cos[p]);
	}
}

/* the largest v with up = 1: for each class, one of the two neighbours of its antipode */
static double widest_on_circle(const struct weights *w, const struct units *u, double turn)
{
	double most = 0;
	size_t j = 0;

	for (size_t i = 0; i < w->q; i++) {
		while (j < w->q && value_at(u, j) - value_at(u, i) < turn / 2)
			j++;
		for (size_t k = j > 0 ? j - 1 : 0; k <= j && k < w->q; k++) {
			double v = weights_v(w, (uint32_t)i, (uint32_t)k);
			most = v > most ? v : most;
		}
	}
	return most;
}

static double widest_of_all(const struct weights *w)
{
	double most = 0;

	for (uint32_t i = 0; i < w->q; i++)
		for (uint32_t j = 0; j < i; j++) {
			double v = weights_v(w, i, j);
			most = v > most ? v : most;
		}
	return most;
}

static double inverse(double x)
{
	return x > 0 ? 1 / x : 1;
}

static void prepare(struct weights *w, const struct units *u)
{
	size_t last = w->q - 1;

	switch (w->kind) {
	case WEIGHTS_IDENTITY:
		break;
	case WEIGHTS_LINEAR:
	case WEIGHTS_QUADRATIC:
	case WEIGHTS_RADICAL:
		unit_range(w, u, 0, last);
		break;
	case WEIGHTS_ORDINAL:
		for (size_t p = 0; p < w->q; p++)
			w->y[p] = (double)p;
		w->up = inverse((double)w->q * (double)last);
		break;
	case WEIGHTS_RATIO:
		for (size_t p = 0; p < w->q; p++)
			w->y[p] = value_at(u, p) / 2;
		w->up = inverse(weights_v(w, 0, (uint32_t)last));
		break;
	case WEIGHTS_CIRCULAR: {
		double turn = value_at(u, last) - value_at(u, 0) + 1;
		on_circle(w, u, 0, turn);
		w->up = inverse(widest_on_circle(w, u, turn));
		break;
	}
	case WEIGHTS_BIPOLAR:
		unit_range(w, u, 0, last);
		w->up = inverse(widest_of_all(w));
		break;
	}
}

static void start(struct weights *w, enum weights_kind kind, size_t q)
{
	*w = (struct weights){ .kind = kind, .q = q, .scale = 1, .up = 1, .y = mem_zalloc(q, sizeof *w->y) };
}

enum coef_status weights_init(struct weights *w, enum weights_kind kind, const struct units *u)
{
	*w = (struct weights){ .kind = kind };
	if (weights_compares_all(w) && u->n_classes > WEIGHTS_MOST)
		return COEF_MANY_CLASSES;
	if (kind == WEIGHTS_RATIO && u->n_classes && !(value_at(u, 0) > 0))
		return COEF_BAD_VALUES;
	/* a range that is no double */
	if (kind == WEIGHTS_CIRCULAR && u->x && u->n_classes && u->x[u->n_classes - 1] / 2 - u->x[0] / 2 > 0x1p1022)
		return COEF_BAD_VALUES;
	start(w, kind, u->n_classes);
	if (w->q)
		prepare(w, u);
	return COEF_OK;
}

/* labels of each class on the pairable tasks */
static uint64_t *pairable_counts(const struct units *u)
{
	uint64_t *n = mem_zalloc(u->n_classes, sizeof *n);

	for (size_t i = 0; i < u->n; i++)
		for (size_t c = u->off[i]; u->size[i] > 1 && c < u->off[i + 1]; c++)
			n[u->pos[c]] += u->count[c];
	return n;
}

void weights_midranks(struct weights *w, const uint64_t *n_of)
{
	uint64_t total = 0, below = 0;

	for (size_t p = 0; p < w->q; p++)
		total += n_of[p];
	for (size_t p = 0; p < w->q; p++) {
		w->y[p] = (double)(2 * below + n_of[p]) / (2 * (double)total);
		below += n_of[p];
	}
	w->scale = (double)total * (double)total;
}

/* first and last class position with labels, and how many have some */
static size_t occupied(const uint64_t *n_of, size_t q, size_t *first, size_t *last)
{
	size_t n = 0;

	*first = *last = 0;
	for (size_t p = 0; p < q; p++) {
		if (!n_of[p])
			continue;
		if (!n++)
			*first = p;
		*last = p;
	}
	return n;
}

static enum coef_status prepare_metric(struct weights *w, enum metric m, const struct units *u,
                                       const uint64_t *n_of, double circumference)
{
	size_t first, last, n = occupied(n_of, w->q, &first, &last);

	if (m == METRIC_RATIO && n > WEIGHTS_MOST)
		return COEF_MANY_CLASSES;
	if (!n || m == METRIC_NOMINAL)
		return COEF_OK;
	if (m == METRIC_ORDINAL) {
		w->midranks = true;
		weights_midranks(w, n_of);
	} else if (m == METRIC_INTERVAL) {
		w->scale = unit_range(w, u, first, last);
		w->scale *= w->scale;
	} else if (m == METRIC_RATIO) {
		for (size_t p = 0; p < w->q; p++)
			w->y[p] = u->x[p] / 2;
	} else {
		on_circle(w, u, first, circumference);
	}
	return COEF_OK;
}

enum coef_status weights_init_metric(struct weights *w, enum metric m, const struct units *u, double circumference)
{
	static const enum weights_kind kind[] = {
		WEIGHTS_IDENTITY, WEIGHTS_QUADRATIC, WEIGHTS_QUADRATIC, WEIGHTS_RATIO, WEIGHTS_CIRCULAR,
	};

	*w = (struct weights){ .kind = kind[m] };
	if (!u->x && m != METRIC_NOMINAL && m != METRIC_ORDINAL)
		return COEF_NO_VALUES;
	if (m == METRIC_CIRCULAR && !(circumference > 0 && circumference - circumference == 0))
		return COEF_BAD_VALUES;
	start(w, kind[m], u->n_classes);
	uint64_t *n_of = pairable_counts(u);
	enum coef_status s = prepare_metric(w, m, u, n_of, circumference);
	free(n_of);
	if (s != COEF_OK)
		weights_release(w);
	return s;
}

void weights_release(struct weights *w)
{
	free(w->y);
	free(w->sin);
	free(w->cos);
	*w = (struct weights){ 0 };
}

const char *coef_why(enum coef_status s)
{
	static const char *const why[] = {
		[COEF_OK] = "",
		[COEF_NO_PAIRS] = "no task has two labels",
		[COEF_ONE_CLASS] = "only one class occurs",
		[COEF_ONE_CLASS_DECLARED] = "there is only one class to choose",
		[COEF_ONE_WORKER] = "only one worker",
		[COEF_NOT_TWO] = "defined for exactly two workers",
		[COEF_NO_VALUES] = "the classes have no numeric values",
		[COEF_NO_PLACE] = "a class is none of the choices",
		[COEF_BAD_VALUES] = "the values do not suit these weights",
		[COEF_MANY_CLASSES] = "too many classes to compare all pairs",
		[COEF_NO_SPREAD] = "the tasks do not differ",
		[COEF_NOT_COMPLETE] = "not every worker labelled every task",
		[COEF_ONE_TASK] = "only one task",
		[COEF_CLASS_ON_ONE_TASK] = "without one of the tasks only one class occurs",
		[COEF_NO_ERROR] = "no error of this kind for this coefficient",
		[COEF_FEW_RESAMPLES] = "fewer than two resamples have a value",
	};

	return why[s];
}
