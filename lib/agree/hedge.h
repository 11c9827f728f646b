/* hedge - `auto` for categorical labels: a confusion model, held back where it cannot be trusted.
 *
 *	p = (1 - w) hds + w one-coin
 *
 * Confusion matrices (agree/hds.h) pay when workers differ in how they err by class:
 * then the errors of two workers are independent evidence.  When instead the whole crowd is
 * less accurate on one class, the same labels come from items that look like another
 * class, errors are made together, and a confusion model multiplies what is one fact; a
 * one-coin model, blind to classes, is right there.  What tells the two apart is
 * where the dependence of accuracy on class sits, under the posteriors of hds, in nats a label:
 *
 *	effect = 1/N sum_w sum_c n_wc KL(r_wc || a_w)    of the workers: r_wc = e_w[c,c],
 *	                                                a_w = sum_c n_wc r_wc / n_w
 *	shared = 1/N sum_c [hit_c ln(r_c/a) + (n_c - hit_c) ln((1-r_c)/(1-a))]
 *	                                                of the crowd: r_c = (hit_c + 1/2)/(n_c + 1)
 *	share  = shared / (max(effect, shared) + 0.01)
 *	w      = (share - 1/4) / (1/2), within [0, 1]
 *
 * n_wc, hit_wc are soft counts of labels and of right ones, n_c and hit_c their sums over
 * workers, KL of two coins.  r_wc is the shrunk rate of the model, so workers with few labels
 * make no effect by noise; 0.01 nats is an effect not worth a decision.  More shared than
 * not: one-coin; else hds.
 *
 * With gold, both models are fitted once without it and judged on it: w maximises
 *
 *	sum over gold t of ln((1-w) hds_t(g_t) + w onecoin_t(g_t)) + 10 (w0 ln w + (1-w0) ln(1-w))
 *
 * w0 as above: stacking (Wolpert 1992, "Stacked generalization", Neural Networks 5:241-259) by
 * log score, the evidence without gold being worth ten gold tasks.  On the same tasks the
 * mixture learns a power and a bias a class (agree/recal.h).  Then both models are fitted again
 * with the gold clamped, mixed and corrected.  Gold has to be a random draw of the tasks.
 *
 * One-coin: s_w = (right + 4)/(n_w + 4 + min(K-1, 4)), no class prior (as ZenCrowd), EM until
 * no posterior moves by 1e-5 or 100 times; its output damped as n/(1 + HDS_RHO_OUT (n-1)).
 */
#ifndef AGREE_HEDGE_H
#define AGREE_HEDGE_H

#include "agree/hds.h"

/* Confusion tables of more numbers than this, or more posteriors, are not made: what is fitted then is
 * sparse_auto (agree/sparse.h). */
#define AUTO_MOST_CELLS ((size_t)1 << 24)
#define AUTO_MOST_POSTERIORS ((size_t)1 << 26)

/* agree_auto_big - workers x classes^2 or tasks x classes are beyond these */
bool agree_auto_big(const struct labels *l);

/* what was found and chosen, to be told */
struct agree_auto_why {
	bool too_big;          /* agree_auto_big: sparse_auto alone, which is one-coin models; weight 1,
	                        * effect, shared, share undefined (0) */
	double effect, shared; /* nats a label */
	double share;          /* 0 .. 1 */
	double weight_prior;   /* of the one-coin model, by the evidence without gold */
	double weight;         /* used */
	size_t n_gold;         /* gold tasks with labels, which judged */
	double gold_hds, gold_onecoin; /* mean log loss on them, fitted without gold; 0 without gold */
	double power, most_bias; /* of the correction by gold: 1 and 0 without gold; largest |bias| */
};

/* agree_auto - fit and mix.
 *
 *   out  q of the mixture; skill, prior, e, counts, n_iter, converged of hds (too_big: all of
 *        sparse_auto, q made dense, e and counts NULL); objective 0
 * o->max_iter and tol are those of hds (too_big: of sparse_auto).  Costs hds and, unless w is 0, a one-coin fit; twice
 * with gold.  One class: q = 1. */
void agree_auto(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);
void agree_auto_explain(const struct labels *l, const struct agree_opt *o, struct agree_fit *out,
                        struct agree_auto_why *why);

#endif
