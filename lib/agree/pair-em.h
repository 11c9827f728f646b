/* pair-em - inside agree/pair: comparisons brought together by pair of items, and the search.
 *
 * What was said of one pair has one exponential in common, and the scores see only sums over it; so a
 * pass costs a division for each comparison, and exp and log for each pair.
 */
#ifndef AGREE_PAIR_EM_H
#define AGREE_PAIR_EM_H

#include "agree/pair.h"

/* what is known of every worker: see pair.h */
#define PAIR_LOOKED 9.0
#define PAIR_BLIND 0.1
#define PAIR_CLICK 1.0

struct pair_edge {
	uint32_t a, b;          /* items, a < b */
	size_t from;            /* its votes: from .. from of the next edge - 1 */
};

struct pair_vote {
	uint32_t worker;
	uint8_t shown;          /* enum pair_winner, by side */
	uint8_t won;            /* the same as if a had stood on the left */
};

struct pair_work {
	const struct pair_opt *o;
	struct pair_set *p;
	bool workers;           /* the model of this search; o->workers is that of the last one */
	struct pair_edge *edge; /* n_edges + 1, sorted */
	size_t n_edges;
	struct pair_vote *vote; /* sorted within an edge */
	size_t n;
	double (*made)[3];      /* n_edges: of the votes for a, for b, for a tie, how many looked */
	double *half;           /* n_edges: e^((score[a] - score[b]) / 2), at most e^PAIR_LIMIT */
	double *curve;          /* n_edges: minus the second derivative by score[a] - score[b] */
	double (*table)[4];     /* n_workers: c, (1 - c) u */
	double (*count)[4];     /* n_workers: looked; clicked left, right, tie */
	double *grad, *step, *res, *dir, *hdir, *diag, *save;    /* n_items */
};

/* pair_slope, pair_variance - derivative of ln B(y) by the difference of the scores; minus the second one */
static inline double pair_slope(const double b[3], unsigned y)
{
	double half = (b[PAIR_LEFT] - b[PAIR_RIGHT]) / 2;

	return (y == PAIR_LEFT ? 0.5 : y == PAIR_RIGHT ? -0.5 : 0) - half;
}

static inline double pair_variance(const double b[3])
{
	double diff = b[PAIR_LEFT] - b[PAIR_RIGHT];

	return (b[PAIR_LEFT] + b[PAIR_RIGHT] - diff * diff) / 4;
}

/* pair_halves - fill half from the scores */
void pair_halves(struct pair_work *k);

/* pair_at - chances at an edge, from its half: as pair_chances with a on the left */
static inline void pair_at(const struct pair_work *k, size_t e, double b[3])
{
	double h = k->half[e], hh = h * h, tie = k->p->nu * h, by = 1 / (1 + hh + tie);

	b[PAIR_LEFT] = hh * by;
	b[PAIR_RIGHT] = by;
	b[PAIR_TIE] = tie * by;
}

/* pair_logistic - 1 / (1 + e^-s) */
double pair_logistic(double s);

/* pair_log_priors - what pair_objective adds to the log-likelihood, with workers or without */
double pair_log_priors(const struct pair_opt *o, bool workers, const struct pair_set *p);

/* pair_iterate - from the parameters in k->p to the nearest maximum of the model k->workers */
void pair_iterate(struct pair_work *k);

/* pair_errors - components and standard errors, from the edges and the parameters.  Of a component of n items
 * O(n^3); the rest is linear. */
void pair_errors(struct pair_work *k);

#endif
