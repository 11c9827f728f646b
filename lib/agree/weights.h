/* weights - how far apart two classes are: disagreement v_kl = 1 - w_kl.
 *
 * Everything is computed from disagreements, not from agreement weights: 1 - p_a
 * and 1 - p_e then come out without cancellation.  With x_k the numeric value of
 * class k (without values its position, 1 .. q), D = max x - min x over the domain:
 *
 *	identity   [k != l]
 *	linear     |x_k - x_l| / D
 *	quadratic  (x_k - x_l)^2 / D^2
 *	radical    sqrt(|x_k - x_l| / D)
 *	ordinal    m (m-1) / (q (q-1)), m = |k - l| + 1: pairs of ranks from k to l
 *	ratio      ((x_k - x_l) / (x_k + x_l))^2 / ((max x - min x) / (max x + min x))^2, x > 0
 *	circular   sin^2(pi (x_k - x_l) / (D + 1)) / max
 *	bipolar    (x_k - x_l)^2 / ((x_k + x_l - 2 min x)(2 max x - x_k - x_l)) / max
 *
 * and Krippendorff's squared differences, not divided by anything:
 *
 *	nominal    [k != l]
 *	ordinal    (mid_k - mid_l)^2, mid = labels of lower classes + half of the class's own,
 *	           which is (sum of n_g for g = k..l, less (n_k + n_l) / 2)^2
 *	interval   (x_k - x_l)^2
 *	ratio      ((x_k - x_l) / (x_k + x_l))^2, 0 when x_k + x_l = 0; meant for x >= 0
 *	circular   sin^2(pi (x_k - x_l) / U), U the circumference
 *
 * "ordinal" is two different things.  Sources: Gwet (2014), Handbook of Inter-Rater
 * Reliability, 4th ed.; Krippendorff (2011), "Computing Krippendorff's alpha-
 * reliability".  identity, linear, quadratic, ordinal, circular and all metrics but
 * ratio cost time linear in the classes; radical, ratio and bipolar compare all
 * pairs of classes, and are refused above WEIGHTS_MOST of them.
 */
#ifndef AGREE_WEIGHTS_H
#define AGREE_WEIGHTS_H

#include "agree/units.h"
#include "base/str.h"

enum { WEIGHTS_MOST = 10000 };

enum weights_kind {
	WEIGHTS_IDENTITY, WEIGHTS_LINEAR, WEIGHTS_QUADRATIC, WEIGHTS_RADICAL,
	WEIGHTS_ORDINAL, WEIGHTS_RATIO, WEIGHTS_CIRCULAR, WEIGHTS_BIPOLAR,
};

enum metric {
	METRIC_NOMINAL, METRIC_ORDINAL, METRIC_INTERVAL, METRIC_RATIO, METRIC_CIRCULAR,
};

/* why a number is not there */
enum coef_status {
	COEF_OK,
	COEF_NO_PAIRS,           /* no task has two labels (two workers: none in common) */
	COEF_ONE_CLASS,          /* only one class occurs: chance agreement is certain */
	COEF_ONE_CLASS_DECLARED, /* the domain has one class */
	COEF_ONE_WORKER,
	COEF_NOT_TWO,            /* defined for two workers only */
	COEF_NO_VALUES,          /* the classes have no numeric values */
	COEF_NO_PLACE,           /* there is an order of classes, and not all are in it */
	COEF_BAD_VALUES,         /* ratio weights with a value that is not positive; a circumference likewise */
	COEF_MANY_CLASSES,       /* all pairs of classes would have to be compared */
	COEF_NO_SPREAD,          /* tasks (icc) do not differ */
	COEF_NOT_COMPLETE,       /* (icc) some worker did not label some task */
	/* of errors only */
	COEF_ONE_TASK,
	COEF_CLASS_ON_ONE_TASK,  /* without some task one class is left */
	COEF_NO_ERROR,           /* no standard error of this kind for this coefficient */
	COEF_FEW_RESAMPLES,      /* fewer than two resamples had a value */
};

struct weights {
	enum weights_kind kind;
	bool midranks;           /* the ordinal metric: v depends on the labels themselves */
	size_t q;
	double scale;            /* squared differences of a metric = scale * v; 1 for weights */
	double up;               /* what the formula is multiplied by */
	double *y;               /* q: prepared coordinate */
	double *sin, *cos;       /* q, circular only */
};

/* names as above; false for any other */
bool weights_by_name(struct str name, enum weights_kind *out);
bool metric_by_name(struct str name, enum metric *out);
const char *weights_name(enum weights_kind k);
const char *metric_name(enum metric m);

/* weights_init - for the domain of u.  COEF_OK, or COEF_BAD_VALUES or COEF_MANY_CLASSES: then w is
 * empty.  O(q), bipolar O(q^2). */
enum coef_status weights_init(struct weights *w, enum weights_kind kind, const struct units *u);

/* weights_init_metric - a metric for alpha; circumference for METRIC_CIRCULAR only, > 0.
 * COEF_OK, or COEF_NO_VALUES, COEF_BAD_VALUES, COEF_MANY_CLASSES.  O(cells + q). */
enum coef_status weights_init_metric(struct weights *w, enum metric m, const struct units *u, double circumference);

/* weights_midranks - coordinates of the ordinal metric from the labels n_of each class position */
void weights_midranks(struct weights *w, const uint64_t *n_of);

void weights_release(struct weights *w);

/* weights_v - disagreement of two class positions */
double weights_v(const struct weights *w, uint32_t k, uint32_t l);

/* weights_form - sum over k, l of n_k n_l v_kl; the bits do not depend on how classes are numbered
 * for identity, and exactly 0 for one class.  O(cells) but for radical, ratio, bipolar: O(cells^2). */
double weights_form(const struct weights *w, struct counts c);

/* weights_apply - out[i] = sum over j of v(pos_i, pos_j) mass_j
 *
 *   pos   n ascending class positions, NULL for 0 .. n-1
 *   mass  n numbers >= 0
 * O(n); radical, ratio, bipolar O(n^2). */
void weights_apply(const struct weights *w, const uint32_t *pos, const double *mass, size_t n, double *out);

/* weights_total - sum of v_kl over the whole domain; O(q) or O(q^2) as above */
double weights_total(const struct weights *w);

/* weights_compares_all - whether weights_apply is quadratic */
bool weights_compares_all(const struct weights *w);

/* coef_why - the reason a status stands for, for a "why" field; "" for COEF_OK */
const char *coef_why(enum coef_status s);

#endif
