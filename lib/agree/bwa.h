/* bwa - Bayesian weighted average, one class against the rest at a time.
 *
 * For each class k, with y = 1 where the label is k and 0 elsewhere, a task has a value z_t
 * and a worker a precision v_w:
 *
 *	v_w = (a + n_w) / (b + sum over the labels of w of (z_t - y)^2)
 *	z_t = (mean(z) + sum over the labels of t of v_w y) / (1 + sum of v_w)
 *	b   = a mean over the labels of z_t (1 - z_t) at the start x 4 (1 - 1/K),  a = 15
 *
 * from z_t = vote share.  Then q[t,k] = z_t of k / sum over k.  Source: Y. Li, B. Rubinstein,
 * T. Cohn (2019), "Truth inference at scale: a Bayesian model for adjudicating highly
 * redundant crowd annotations", WWW, section 4; with tol = 1e-3 the
 * values of the authors' code to 1e-9.
 * b is at least 1e-9: where all agree, nothing divides by zero.
 */
#ifndef AGREE_BWA_H
#define AGREE_BWA_H

#include "agree/method.h"

/* agree_bwa - o: threads (over classes), gold (z is 0 or 1 there), max_iter (default 500),
 * tol (every z moves by at most 1e-8 + tol z; default 1e-6).
 * out: q (a task without labels: zeros); skill = mean of q[t,l] over the labels of w;
 * n_iter = of the class that took longest.
 * Time O(labels K) an iteration, memory 8 bytes a task and worker for each class at work. */
void agree_bwa(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

#endif
