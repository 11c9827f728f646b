/* rule-copy - the copy hold: who never dissents alone.
 *
 * An answer is lone when it equals none of the b >= 1 answers given before it on its task in the
 * epoch.  Who copies what others said is never alone.  With rate_b the share of lone answers
 * among those of CLEARED identities that came after b others, expect
 *
 *	lambda_i = floor(sum_b floor(2^32 seen_ib L_b / N_b) / 2)        (Q32; half, to be on the safe side)
 *
 * lone ones; p_i = P(Poisson(lambda_i) <= lone_i).  Of the m identities with at least copy_least such answers those
 * with p_(r) <= q r/m for the largest such r are held (Benjamini, Hochberg (1995), JRSS B 57:289).
 *
 * Private to the rule (rule.h).
 */
#ifndef SCORE_RULE_COPY_H
#define SCORE_RULE_COPY_H

#include "score/rule-log.h"

/* rule_copy_count - add the answers of an epoch (groups as rule_view has them) to seen and lone.
 * O(pairs of labels of a task) */
void rule_copy_count(const uint32_t *group, size_t n_groups, const struct rule_answer *answer,
	struct rule_state *state);

/* rule_copy_hold - set .held where the test finds; what is set stays set */
void rule_copy_hold(const struct rule_policy *p, struct rule_state *state, size_t n);

#endif
