/* score-trust - inside the score stage: what the confidence of the others is worth, from how often they are right on gold.
 *
 * What lbl-agree(1) says of a task with gold has seen it, and a task with hidden gold has far more labels than
 * others.  So the labels of each such task, one a person, are cut in the order in which they came into panels of as many
 * as a task without gold has (the lower median of those with two or more); fewer are one panel, and what is left over
 * is not asked.  In a panel each label in turn is left out, and what the others claim is right or wrong.  Both ways
 * to claim are asked: the share of the votes, and the model, its posterior made again from prior and matrices
 * (stage/judge.h).  A task weighs 1 in all, in equal parts by its claims, for what is hard about it is the same for
 * all panels.  Counts are integers: the same for any number of threads.
 */
#ifndef STAGE_SCORE_TRUST_H
#define STAGE_SCORE_TRUST_H

#include "stage/score-vote.h"

/* score_trust_all - into b->s->trust, as the options ask for it */
void score_trust_all(const struct ballot *a);

/* score_trust_of - what such a claim is worth: itself, where nothing is known */
double score_trust_of(const struct score *s, enum score_trust_by by, double claim);

#endif
