/* calibrate - any method's posteriors mapped to what they are worth on gold, cross-fitted.
 *
 * A method that clamps gold has seen it, so its own posteriors there say nothing about the
 * others'.  The gold tasks are dealt into CALIBRATE_FOLDS parts; for each the method is fitted with the gold
 * of the other parts, and so gives posteriors that have not seen the part.  On all of these a power and a
 * bias for each class are learned (agree/recal.h); then the method is fitted with all gold, and the
 * posteriors of the tasks without gold are corrected.
 *
 * Where gold is held out to judge, one fit without any will do: the correction of a gold task is learned
 * on the other parts, so that what is judged has not seen its gold; that of the tasks without gold on all.
 *
 * What it brought is measured in the same way, by corrections learned on the other parts.
 * Gold has to be a random draw of the tasks: bias moves the class prior.  Cross-fitting: Stone (1974),
 * "Cross-validatory choice and assessment of statistical predictions", JRSS B 36(2):111-147.
 */
#ifndef AGREE_CALIBRATE_H
#define AGREE_CALIBRATE_H

#include "agree/judgement.h"
#include "agree/method.h"
#include "agree/recal.h"

enum { CALIBRATE_FOLDS = 5 };

struct calibration {
	struct recal map;               /* of the tasks without gold */
	struct judgement before, after; /* on the gold tasks with labels and a class that exists; n = 0: there are
	                                 * none, and nothing was changed */
};

/* calibrate - fit and correct.
 *
 *   fit   runs the method
 *   o     o->gold is not looked at
 *   gold  n_tasks: a class (K or more: one that does not exist), or AGREE_NO_GOLD
 *   fold  n_tasks: 0 .. CALIBRATE_FOLDS-1, read where gold is; one that does not depend on the order of the
 *         tasks makes a result that does not either
 *   clamp gold is known in the end, or is only to judge
 *   out, c  overwritten; calibration_release(c)
 * A fit and, with clamp, CALIBRATE_FOLDS more. */
void calibrate(const struct labels *l, agree_fn *fit, const struct agree_opt *o, const uint32_t *gold,
               const uint8_t *fold, bool clamp, struct agree_fit *out, struct calibration *c);
void calibration_release(struct calibration *c);

#endif
