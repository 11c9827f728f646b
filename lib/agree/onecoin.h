/* onecoin - Dawid-Skene with one number a worker.
 *
 *	Pr(class of task t is c) = prior[c]
 *	Pr(worker w says l | class c) = s_w if l = c, else (1 - s_w) / (K - 1)
 *
 * by EM: s_w = mean of q[t,l] over the labels of w.  Source: Y. Zhang, X. Chen, D. Zhou,
 * M. I. Jordan (2016), "Spectral methods meet EM", JMLR 17(102):1-44, section 2 (the
 * homogeneous model); start and floors (s and its complement share at least 1e-10, not
 * renormalised) as crowd-kit has them, so its posteriors after a fixed number of
 * iterations are reproduced to 1e-9.  Not as crowd-kit: it stops on a quantity that
 * is not the likelihood, and divides by K - 1 = 0 with one class.
 *
 * The prior is learnt: with few good workers and unbalanced classes it may take over
 * (accuracy 0.19 on the set `rel`), which agree_zencrowd does not suffer from.
 */
#ifndef AGREE_ONECOIN_H
#define AGREE_ONECOIN_H

#include "agree/em.h"

/* agree_onecoin - fit the model.
 *
 *   o->tol       the log-likelihood (of labels, gold and earlier counts) rises by no more
 *                than that a label; default 1e-8
 *   o->max_iter  E steps; default 1000
 *   o->counts, class_counts  of earlier days, added in each M step: of counts only the
 *                diagonal and the total of a worker matter
 *   out          q, prior, skill = s_w (0 for a worker without labels); e and counts when
 *                em_dense(l), else NULL; objective = that log-likelihood
 * Time O(labels + tasks K) an iteration, memory 8 K bytes a task and 24 a worker: no
 * table of K x K is needed to fit.  One class: s = 1 - 1e-10, q = 1. */
void agree_onecoin(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);

/* the parts, for models that are the same but for the prior; see agree/em.h */
em_rows onecoin_rows;
em_worker onecoin_worker;
void onecoin_finish(struct em *em, struct agree_fit *f);

/* onecoin_skill - s_w from how often the worker is thought to be right in n > 0 labels */
double onecoin_skill(double right, double n);

/* onecoin_set - let worker w have the skill s, as onecoin_skill gives it */
void onecoin_set(struct em *em, size_t w, double s);

#endif
