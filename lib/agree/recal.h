/* recal - posteriors corrected by what gold says about them.
 *
 *	q'[c] ~ exp(power ln(q[c] + 1e-6) + bias[c])
 *
 * power and bias maximise sum over gold tasks of ln q'[gold]
 *	- sum_c bias[c]^2 / (2 0.5^2) - (power - 1)^2 / (2 0.3^2)
 * so that a little gold says little: multinomial logistic regression on the log
 * posteriors, as the vector scaling of C. Guo, G. Pleiss, Y. Sun, K. Weinberger (2017), "On
 * calibration of modern neural networks", ICML, section 4.2, with one scale and a Gaussian
 * prior.  bias moves the class prior: gold must be drawn at random, not balanced by class.
 * The q to fit on must not have seen the gold.
 */
#ifndef AGREE_RECAL_H
#define AGREE_RECAL_H

#include <stddef.h>
#include <stdint.h>

struct recal {
	size_t n_classes;
	double power;
	double *bias;      /* n_classes, owned */
};

/* recal_fit - from the tasks with gold[t] < K (AGREE_NO_GOLD is none; tasks of which q is all 0
 * are left out).  None: power 1, bias 0.  Convex; Newton steps one parameter at a time,
 * until none moves by 1e-9 or 200 rounds.  A round takes O(gold tasks * K). */
void recal_fit(struct recal *r, const double *q, size_t n_tasks, size_t n_classes, const uint32_t *gold);
void recal_release(struct recal *r);

/* recal_apply - correct one row of K in place */
void recal_apply(const struct recal *r, double *row);

#endif
