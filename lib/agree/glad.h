/* glad - worker ability and item difficulty in one logistic model.
 *
 *	a(w,t) = 1 / (1 + exp(-alpha_w exp(b_t)))
 *	Pr(worker w says l | class c of task t) = a if l = c, else (1 - a) / (K - 1)
 *
 * Source: J. Whitehill, P. Ruvolo, T. Wu, J. Bergsma, J. Movellan (2009), "Whose vote should
 * count more", NIPS 22; priors alpha_w ~ N(1,1), b_t ~ N(1,1), classes uniform, as in
 * their program and in crowd-kit.
 *
 * EM.  The E step needs only sums of alpha_w exp(b_t) by class, because ln a - ln(1-a) is
 * just that.  The M step climbs one alpha or one b at a time (all alphas given all b, then the
 * other way round), by Newton steps that are halved until they climb: each parameter sees only
 * its own labels, so a step costs O(labels) whatever the number of classes, and the
 * objective cannot fall.
 *
 * Objective: sum_t ln sum_c 1/K prod Pr(l | c) + ln of the prior densities, maximised over
 * alpha, b.  Gold: the task's sum has the true class only.
 * Counts of earlier days are not used: they know no difficulty.  One class: q = 1.
 * Tasks without labels: q = 1/K, b = 1.
 */
#ifndef AGREE_GLAD_H
#define AGREE_GLAD_H

#include "agree/method.h"

/* agree_glad - fit.  agree_glad_with - and say how easy the tasks are.
 *
 *   o->tol       stop when the objective rose by no more than that a label, default 1e-8
 *   o->max_iter  EM steps, default 500
 *   out          q, skill = alpha_w (1 = ordinary, 0 = says nothing, negative = contrary), objective
 *   b            out, n_tasks: log of the inverse difficulty; may be NULL
 * Memory: 16 bytes a task and 8 a worker beside q, and 16 a label of the busiest task or worker. */
void agree_glad(const struct labels *l, const struct agree_opt *o, struct agree_fit *out);
void agree_glad_with(const struct labels *l, const struct agree_opt *o, struct agree_fit *out, double *b);

/* glad_objective - of any parameters; O(labels) */
double glad_objective(const struct labels *l, const uint32_t *gold, const double *alpha, const double *b);

#endif
