/* rule-copy - the copy hold: who never dissents alone, and who says what was said first.
 *
 * Two tests, on the answers to tasks without gold, by task and epoch, in the order of the log; each of the m
 * identities with at least copy_least answers behind others is in both.
 *
 * Lone dissent.  An answer is lone when it equals none of the b >= 1 answers given before it.  Who copies what others
 * said is never alone.  Let N_b be how many of the first b + 1 answers of tasks are of CLEARED identities, L_b
 * how many of these equal none of the other b: not only the last of the b + 1, or those who
 * always wait would be compared with each other.  (From b = 8 on it is the last after all.)  Expect
 *
 *	lambda_i = floor(sum_b floor(2^32 seen_ib L_b / N_b) / 2)        (Q32; half, to be on the safe side)
 *
 * lone ones; p_i = P(Poisson(lambda_i) <= lone_i), or 1 for who is shown not to copy by his order, below: somebody who is
 * always right is lone as rarely as somebody who copies with care, and would be held in the end.
 *
 * Order.  Of the answers between a task's first and last, where these two differ, both by peers (NEW or CLEARED),
 * count those that equal one of them: n_i, and of these those that equal the first: k_i.  Who answers without a look at
 * others agrees with the one as often as with the other, whatever is right, however good he is and whoever
 * thinks as he does; who copies agrees with the first, even when he adds errors of his own, which
 * hide him from the test before.  Where good people come early and poor ones late all agree with the first more often, so with
 *
 *	q = max(1/2, the lower median of floor(2^32 k_j / n_j) over CLEARED identities with n_j > 0)            (Q32)
 *
 * or 1 when there are none: then nobody is held, as there is nobody to compare with, and
 * p_i = P(Binomial(n_i, q + 1/20) >= k_i), and who has P(Binomial(n_i, (1 + q) / 2) <= k_i) <= 1/100 does not copy.
 * Blind to who always answers last.  In each test those with p_(r) <= copy_ppm r/m for the largest such r are
 * held (Benjamini, Hochberg (1995), JRSS B 57:289).
 *
 * Private to the rule (rule.h).
 */
#ifndef SCORE_RULE_COPY_H
#define SCORE_RULE_COPY_H

#include "score/rule-log.h"

/* rule_copy_count - add the answers of an epoch (groups as rule_view has them) to all that is counted of them from seen on.
 * The standing is that at the epoch's end.  O(pairs of labels of a task) */
void rule_copy_count(const uint32_t *group, size_t n_groups, const struct rule_answer *answer,
	struct rule_state *state);

/* rule_copy_hold - set .held where the test finds; what is set stays set */
void rule_copy_hold(const struct rule_policy *p, struct rule_state *state, size_t n);

#endif
