/* score-policy - the parameters of the default rule (score/rule.h) as the operator wrote them down.
 *
 * A policy file is one JSON object.  Each member is a parameter of struct rule_policy by its name; what is not named is the
 * default.  In place of right, wrong, clear and flag it may have what they follow from: p0_bp, p1_bp, alpha_bp and beta_bp, all
 * four (rule_policy_test).
 */
#ifndef STAGE_SCORE_POLICY_H
#define STAGE_SCORE_POLICY_H

#include "base/buf.h"
#include "base/err.h"
#include "score/rule.h"

/* score_policy_read - *p is the default and what the text says; unknown members are refused, because a misspelt
 * one would judge wrongly and silently */
bool score_policy_read(struct str json, struct rule_policy *p, struct err *e);

/* score_policy_put - all parameters: the canonical text */
void score_policy_put(struct buf *b, const struct rule_policy *p);

/* score_policy_id - first 16 hex digits of the Keccak-256 of the canonical text */
void score_policy_id(const struct rule_policy *p, char out[17]);

#endif
