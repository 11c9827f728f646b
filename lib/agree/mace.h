/* mace - multi-annotator competence estimation.
 *
 *	class z_t uniform over K; worker w knows with chance know_w and says z_t, else he
 *	draws his label from a strategy theta_w of his own
 *
 * Source: D. Hovy, T. Berg-Kirkpatrick, A. Vaswani, E. Hovy (2013), "Learning whom to trust
 * with MACE", NAACL-HLT, 1120-1130: EM, and variational Bayes with Beta(.5, .5) on
 * know_w.  The strategy's Dirichlet prior is 10 a label with VB and the counts get .01/K with EM,
 * which the paper does not say: these are crowd-kit's, so that its corrected output is
 * reproduced to 1e-6 from the same start (t/unit/u-methods-b.c).
 * With s = (1 - know_w) theta_w[l] of a label, and q the posterior:
 *
 *	E   q[t,c] ~ product over labels of s + know_w [l = c]
 *	    k = q[t,l] know_w / (s + know_w): the worker knew; 1 - k: he did not
 *	VB  (spam, know)_w = exp(psi(n + .5) - psi(sum n + 1)), n = sums of 1 - k and k;
 *	    theta_w[l] = exp(psi(c_wl + 10) - psi(sum c_w + 10 K)), c_wl = sum of 1 - k over his l
 *	EM  both: counts + .01/K, normalised
 *
 * Where crowd-kit is wrong: its strategy counts are by name and read by order of appearance;
 * its ten restarts have one seed and are the same; products of hundreds of labels underflow.
 * Here each restart draws anew, and sums of logs do not underflow.
 *
 * Starts: every number uniform in [1, 2.5), rows normalised.  The restart with the largest
 * log-likelihood is kept.  Tasks without labels: 1/K.  One class: q = 1, skill = 1.
 * Gold: q is 1 on it.  Counts of earlier days are not used: they do not say who knew.
 */
#ifndef AGREE_MACE_H
#define AGREE_MACE_H

#include "agree/method.h"

struct mace_opt {
	bool em;                 /* EM instead of VB */
	unsigned restarts;       /* 0 = 10 */
	const double *know;      /* n_workers x 2: (spams, knows) to start from, rows of sum 1; NULL = draw */
	const double *theta;     /* n_workers x K to start from; NULL = draw.  With both given: one start */
};

/* agree_mace - VB, ten starts; agree_mace_em - EM, ten starts; agree_mace_with - any.
 *
 *   o->max_iter  E and M steps a start, default 50; o->tol: stop when the log-likelihood changed
 *                by no more than tol a label, default never; o->seed: of the starts
 *   out          q of the last E step; skill = know_w / (know_w + spam_w); objective = log-likelihood
 *                (VB: under the sub-normalised parameters, to be compared between starts only)
 *   theta        out, n_workers x K, rows of sum at most 1; may be NULL
 * A step takes O(labels + tasks K exp + workers K), memory 8 K bytes a task, 24 K a worker. */
void agree_mace(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);
void agree_mace_em(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);
void agree_mace_with(const struct labels *l, const struct agree_opt *o, const struct mace_opt *m,
                     struct agree_fit *out, double *theta);

#endif
