/* pair - scores for items from comparisons of two at a time.
 *
 * A worker is shown a left and a right item and says which is better, or that neither is.
 * With x = score[left] - score[right] one who looks decides by Davidson's extension of
 * the Bradley-Terry model,
 *
 *	B(left) : B(right) : B(tie)  =  e^(x/2) : e^(-x/2) : nu
 *
 * and with worker skill (opt.workers) he looks with chance c and otherwise clicks by habit:
 *
 *	Pr(y) = c B(y) + (1 - c) u(y)
 *
 * where u(left), u(right), u(tie) is his position bias.  nu is 0 when no comparison is tied.
 * Maximised is the log-likelihood plus
 *
 *	prior * sum_i [ln s(score_i) + ln s(-score_i)],   s the logistic function:
 *	        each item has won and lost `prior` comparisons with an item of score 0, so an
 *	        item that only wins, or a graph in pieces, still has finite scores
 *	ln(nu) / 2 - ln(2 + nu)      one comparison of equal items, half of it a tie; if there are ties
 *	9 ln c + 0.1 ln(1 - c) + sum_y ln u(y)      what is known of every worker: he looks,
 *	        and one habit click of each kind; with opt.workers
 *
 * by EM over who looked, two steps and a leap where they lead (squared extrapolation, Varadhan,
 * Roland 2008) when that gains.  Inside, nu moves by minorisation-maximisation (times ties made /
 * ties expected) and the scores by a Newton step (conjugate gradients); in the plain model an MM
 * step goes before it.  The likelihood with workers can have several maxima: the search starts
 * from the plain model.
 *
 * A worker who seldom looks is much like one for whom the items are closer, so what is known of c decides how far
 * apart the scores are.  In simulations (30 items; 300, 1500, 6000 comparisons; 2 to 100 a worker; all attentive, a
 * quarter or half of them clicking blindly, c uniform from 0.4 to 1), 1.8 ln c + 0.2 ln(1 - c) took each surprise for a
 * blind click: with 2 comparisons a worker the chances of the model were off by 0.34 nats where the plain model's
 * were off by 0.01.  With the prior above it was at worst 0.02 nats worse than the plain model, where there are
 * 300 comparisons in all and half the crowd clicks blindly; from 1500 comparisons on, where there are blind workers
 * and 30 or more comparisons each, it is better by a quarter up to a factor of four.  Standard errors take c as known.
 *
 * Sources: Bradley, Terry (1952), Biometrika 39; Davidson (1970), "On extending the Bradley-Terry
 * model to accommodate ties in paired comparison experiments", JASA 65:317-328; Hunter (2004), "MM
 * algorithms for generalized Bradley-Terry models", Ann. Statist. 32(1):384-406 (the term
 * sqrt(a b) of Davidson's model is minorised by the inequality of the means); Bugakova et al. (2019),
 * "Aggregation of pairwise comparisons with reduction of biases", arXiv 1906.03711, for the
 * mixture, here with ties and a prior; near it Chen et al. (2013), WSDM, whose bad workers
 * answer the reverse instead.
 */
#ifndef AGREE_PAIR_H
#define AGREE_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIR_LIMIT 40.0        /* scores end here; only without prior do they ever arrive */
#define PAIR_SE_ITEMS 1000     /* a component with more items has no standard errors: they take n^3 / 3 steps */

enum pair_winner { PAIR_LEFT, PAIR_RIGHT, PAIR_TIE };

struct comparison {
	uint32_t left, right, worker;    /* an item compared with itself says nothing and is left out */
	enum pair_winner winner;
};

struct pair_opt {
	bool workers;         /* worker skill and position bias */
	double prior;         /* >= 0; without, the graph of wins has to be strongly connected */
	unsigned max_iter;
	double tol;           /* stop when no parameter moved by more */
};

#define PAIR_OPT_INIT { .workers = false, .prior = 0.5, .max_iter = 5000, .tol = 1e-9 }

/* All arrays owned: pair_release. */
struct pair_set {
	size_t n_items, n_workers, n_components;
	double *score;          /* n_items: log odds; mean 0 in a component when there is no prior */
	double *se;             /* n_items: standard error of the score less the mean score of the component, from
	                         * the observed information, nu and the workers taken as known; -1 = not computed */
	uint32_t *component;    /* n_items: numbered by their first item; an item never compared is its own.
	                         * Scores of different components compare by the prior alone */
	double nu;
	double *skill;          /* n_workers: c; 1 without opt.workers */
	double *bias;           /* n_workers: u(left) / (u(left) + u(right)); 1/2 without */
	double *habit;          /* n_workers x 3: u */
	double objective;
	double loglik;          /* ln of the probability of what was said */
	unsigned n_iter;
	bool converged;
};

/* pair_fit - scores, errors, components, skills.
 *
 *   c, n  comparisons with items below n_items and workers below n_workers, in any order: same bits
 *   out   overwritten
 * Sorting, then O(n + pairs) an iteration, about ten iterations, with workers a hundred, pairs being those of
 * items that met; 24 bytes a comparison, 64 a pair, 8 n^2 for the largest component of n items that gets
 * standard errors.  A million comparisons by 1,000 workers of 1,000 items: 1 s, with workers and tol = 1e-5 5 s;
 * of 100,000 items 24 s. */
void pair_fit(const struct comparison *c, size_t n, size_t n_items, size_t n_workers, const struct pair_opt *o,
              struct pair_set *out);

void pair_release(struct pair_set *p);

/* pair_chances - p[3]: chances that left wins, right wins, a tie, between items with scores a and b */
void pair_chances(double a, double b, double nu, double p[3]);

/* pair_objective - what is maximised, at the parameters score, nu, skill, habit of p.
 * pair_gradient - its derivatives: g[0 .. n_items-1] by the scores, g[n_items] by ln nu, then four for
 * every worker: by the logit of c, and by the logarithms of u before they are normalised. */
double pair_objective(const struct comparison *c, size_t n, const struct pair_opt *o, const struct pair_set *p);
void pair_gradient(const struct comparison *c, size_t n, const struct pair_opt *o, const struct pair_set *p, double *g);

#endif
