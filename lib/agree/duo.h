/* duo - agreement of two workers on the tasks that both labelled.
 *
 * With p_kl the share of those n tasks where a says k and b says l, p_k. and p_.l its
 * margins and m their mean, coefficients as in agree/coef.h with
 *
 *	cohen     p_e = sum_kl w_kl p_k. p_.l             L_kl = (W p_.)_k + (W' p)_l, each with
 *	                                                  the other worker's margin
 *	scott     p_e = sum_kl w_kl m_k m_l               L_kl = (W m)_k + (W m)_l
 *	ac1, ac2  p_e = T_w/(q(q-1)) sum_k m_k (1 - m_k)  L_kl = 2 T_w/(q(q-1)) (1 - (m_k + m_l)/2)
 *	bp        p_e = T_w/q^2                           L_kl = 0
 *	percent   p_e = 0                                 L_kl = 0
 *
 *	se^2 = [sum_kl p_kl (w_kl - (1 - c) L_kl)^2 - (its mean)^2] / (n (1 - p_e)^2), df n-1
 *
 * Sources: Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72:323; Gwet (2014).
 */
#ifndef AGREE_DUO_H
#define AGREE_DUO_H

#include "agree/coef.h"

struct duo {
	uint32_t a, b;           /* worker numbers, a < b */
	size_t n;                /* tasks of both */
	size_t n_cells;          /* borrowed until the callback returns: */
	const uint32_t *row, *col, *count;    /* class positions of a and of b and how often, ordered by row, then col */
};

/* duo_each - call fn for every pair of workers that share a task, ordered by a, then b.
 *
 * Only pairs that share a task cost anything: time O(sum of r_i^2 over the tasks), memory that of
 * the pairs of one worker. */
void duo_each(const struct units *u, void (*fn)(void *ctx, const struct duo *p), void *ctx);

/* t_cache - quantiles of t by degrees of freedom: one takes longer than all else about a pair.
 * Zeroed memory but for the level is an empty one. */
struct t_cache {
	double level;            /* of intervals, 0 < level < 1 */
	double half[2048];       /* by df: 0 = not known yet */
};

/* duo_coef - one coefficient of a pair: percent, cohen, scott, ac1, ac2, bp.
 *
 *   total_v  weights_total(w), read for ac2 and bp only (ac1 has identity weights whatever w is)
 *   t        for the interval; NULL = the value only, no error
 * O(cells log cells), some 3 us for 25 cells. */
void duo_coef(const struct duo *p, const struct weights *w, enum coef_id id, double total_v,
               struct t_cache *t, struct coef *out);

/* duo_estimate - COEF_COHEN or COEF_SCOTT where exactly two workers have labels; the linear error only */
void duo_estimate(const struct units *u, const struct weights *w, enum coef_id id,
                    const struct coef_opt *o, struct coef *out);

/* duo_light - COEF_LIGHT: the mean of Cohen's kappa, p_a and p_e over the pairs where it is defined;
 * n = those pairs, n_dropped = the others.  No error. */
void duo_light(const struct units *u, const struct weights *w, struct coef *out);

#endif
