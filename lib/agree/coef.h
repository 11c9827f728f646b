/* coef - agreement coefficients with standard errors and intervals.
 *
 * Task i has r_ik labels of class k and r_i in all; n tasks have a label, n2 have two
 * or more.  v_kl is the disagreement of two classes (agree/weights.h), w_kl = 1 - v_kl,
 * T_w the sum of all w_kl, q the size of the domain.  With
 *
 *	do_i = sum_kl r_ik r_il v_kl / (r_i (r_i - 1))    do = mean of do_i over the n2 tasks
 *	pi_k = mean of r_ik / r_i over the n tasks         p_a = 1 - do
 *
 * every coefficient is (p_a - p_e) / (1 - p_e), and only p_e differs:
 *
 *	percent   0
 *	fleiss    sum_kl w_kl pi_k pi_l
 *	conger    (R^2 p'Wp - sum_g p_g'W p_g) / (R ), p_g the classes of worker g, p their mean
 *	ac1, ac2  T_w / (q (q-1)) sum_k pi_k (1 - pi_k); ac1 always with identity weights
 *	bp        T_w / q^2
 *	cohen     sum_kl w_kl p_k. p_.l, two workers, the tasks of both (agree/duo.h)
 *	scott     sum_kl w_kl m_k m_l, m the mean of the two, likewise
 *	light     mean of Cohen's kappa over all pairs of workers that share a task
 *	alpha     Krippendorff: pairable tasks only, N labels on them, n_k of class k,
 *	          1 - Do/De, Do = 1/N sum_i r_i do_i, De = sum_kl n_k n_l v_kl / (N (N-1));
 *	          p_a and p_e as Gwet writes them: 1 - p_e = De (N-1)/N, 1 - p_a = Do (N-1)/N
 *
 * Standard errors treat tasks as the sample.  Linearised (Gwet), with c the estimate:
 *
 *	u_i = n/n2 (p_a,i - p_e [r_i >= 2]) / (1 - p_e) - 2 (1 - c) (e_i - p_e) / (1 - p_e)
 *	se^2 = (1 - f) sum_i (u_i - c)^2 / (n (n-1)), f = n / population
 *
 * where e_i is the share of task i in p_e (none for percent and bp).  Alpha in the same way
 * over the n2 tasks, each with the weight s_i = r_i / mean r:
 *
 *	u_i - c = (s_i (do - do_i - 2 do (e_i - p_e)/(1 - p_e)) - (s_i - 1) do/N) / (1 - p_e)
 *
 * (the last term is in irrCAC for Python, whose errors the cases have; irrCAC for R leaves it
 * out.  It is 0 when all tasks have as many labels, and small as 1/N otherwise.)  Cohen and
 * Scott: Fleiss, Cohen & Everitt.  Intervals: c -/+ t_{n-1} se, high at most 1.
 *
 * Sources: Cohen (1960, 1968), Scott (1955), Fleiss (1971), Light (1971), Conger (1980),
 * Brennan & Prediger (1981), Gwet (2008, 2014), Krippendorff (2011), Fleiss, Cohen &
 * Everitt (1969) Psychological Bulletin 72:323.  Cases: t/unit/u-coef.c.
 *
 * No result depends on the order of the labels, on the numbering of tasks or workers, or
 * (for identity weights) of classes: totals are exact sums, rounded once.
 */
#ifndef AGREE_COEF_H
#define AGREE_COEF_H

#include "agree/weights.h"

enum coef_id {
	COEF_PERCENT, COEF_COHEN, COEF_SCOTT, COEF_FLEISS, COEF_CONGER,
	COEF_AC1, COEF_AC2, COEF_BP, COEF_LIGHT, COEF_ALPHA,
};

enum { N_COEFS = COEF_ALPHA + 1 };

enum coef_error {
	ERROR_LINEAR,       /* linearised; none for light */
	ERROR_JACKKNIFE,    /* without each task in turn: percent, fleiss, ac1, ac2, bp, alpha */
	ERROR_BOOTSTRAP,    /* tasks drawn with replacement: the same coefficients */
	ERROR_NONE,
};

struct coef {
	enum coef_status status;      /* of value; when not OK, value and all below are 0 */
	enum coef_status se_status;   /* of se, low, high; never OK when status is not */
	const char *why, *se_why;     /* coef_why of the two; static */
	bool has_pa, has_pe;          /* these may be defined when the value is not */
	double value, pa, pe;
	double se, low, high;
	double df;                    /* of the t interval; of a bootstrap tasks - 1, not used */
	double centre;                /* jackknife: value less its bias; bootstrap: mean of the resamples; else 0 */
	double observed, expected;    /* alpha: Do and De in the units of the metric; else 0 */
	size_t n;                     /* tasks that count: n, alpha n2, two workers: tasks of both */
	size_t n_dropped;             /* bootstrap: resamples without a value; light: pairs without one */
};

struct coef_opt {
	double level;                 /* of intervals, 0 < level < 1 */
	enum coef_error error;
	unsigned n_resamples;         /* bootstrap */
	uint64_t seed;                /* bootstrap */
	const uint32_t *task_rank;    /* bootstrap: n_tasks, distinct, the order that draws are mapped to
	                               * (bytewise order of the ids); NULL = by number */
	double population;            /* tasks there are in all; 0 = without end, f = 0 */
	unsigned threads;             /* bootstrap; 0 = all cores */
};

/* coef_by_name - percent, cohen, scott, fleiss, conger, ac1, ac2, bp, light, alpha; false for any other */
bool coef_by_name(struct str name, enum coef_id *out);
const char *coef_name(enum coef_id id);

/* coef_estimate - one coefficient.
 *
 *   u    from units_init
 *   w    from weights_init; for COEF_ALPHA usually from weights_init_metric.  Not used by COEF_AC1
 *   o    how to find the error
 *   out  overwritten
 * O(cells + q) for the value and the same again for the linear error (weights_compares_all: q^2),
 * conger O(labels + q), light as duo_each; the jackknife is O(cells) again, the ordinal metric's
 * O(cells + q^2) and refused above 2048 classes (COEF_MANY_CLASSES); the bootstrap resamples times
 * that.  10 million labels: 0.15 s, conger 0.5 s, the jackknife 0.3 s.  Error below 1e-12, of se below 1e-10. */
void coef_estimate(const struct units *u, const struct weights *w, enum coef_id id,
                   const struct coef_opt *o, struct coef *out);

/* one class against all others; defined for percent, fleiss, ac1 and ac2 (the same), bp, alpha */
struct coef_class {
	struct coef c;
	size_t n_labels;          /* labels of the class, on all tasks */
	bool has_specific;
	double specific;          /* given a label of the class on a pairable task, the chance that another
	                           * label of the task is of it too: sum r_ik (r_ik - 1)/(r_i - 1) / sum r_ik */
};

/* coef_per_class - the coefficient of "class k" against "any other", for every class, with linear errors.
 *
 *   out  n_classes, by class number (not position)
 * Fleiss et al. (1969), Cicchetti & Feinstein (1990) for the specific agreement.  Classes come from
 * one pass over the cells sorted by class: O(cells + q) in all, 8 bytes a cell of scratch. */
void coef_per_class(const struct units *u, enum coef_id id, const struct coef_opt *o, struct coef_class *out);

/* ---- parts that resampling and pairs share ----------------------------------------- */

/* marginal - the distribution over classes that chance agreement is computed from */
struct marginal {
	size_t n;                 /* classes with a mass */
	uint32_t *pos;            /* n, ascending */
	double *mass;             /* n, sums to 1 */
	double *v;                /* n: sum over l of v_kl mass_l (ac: 1 - mass_k) */
	double de;                /* 1 - p_e */
	double kappa;             /* T_w / (q (q-1)), ac only */
};

/* coef_chance - v and de from pos and mass; T_w (weights_total) only needed for ac and bp.
 * False when chance agreement is certain. */
bool coef_chance(const struct weights *w, enum coef_id id, double total_v, struct marginal *m);

void marginal_release(struct marginal *m);

/* coef_fail - set both statuses and their reasons; coef_fail_error - only that of the error */
void coef_fail(struct coef *c, enum coef_status s);
void coef_fail_error(struct coef *c, enum coef_status s);

/* coef_interval - se, low, high from a variance >= 0 and df */
void coef_interval(struct coef *c, double variance, double df, double level);

/* coef_limits - the same with the quantile of t known: finding it takes longer than all else about a
 * pair of workers or a class */
void coef_limits(struct coef *c, double variance, double df, double t);

/* coef_conger - COEF_CONGER alone: agree/conger.c.  out->pa is there, da = 1 - pa. */
void coef_conger(const struct units *u, const struct weights *w, const struct coef_opt *o, double da, struct coef *out);

/* coef_jackknife, coef_bootstrap - error of *out, whose value and pa are there: agree/jackknife.c, agree/bootstrap.c */
void coef_jackknife(const struct units *u, const struct weights *w, enum coef_id id, const struct marginal *m,
                    const struct coef_opt *o, struct coef *out);
void coef_bootstrap(const struct units *u, const struct weights *w, enum coef_id id,
                    const struct coef_opt *o, struct coef *out);

#endif
