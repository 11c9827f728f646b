/* policy - how quality becomes money, as the operator wrote it down.
 *
 * A policy file is one JSON object (lbl-payout(1)):
 *
 *	{"rate":"250000000000000000",           base units for one verified label
 *	 "pay":"stepped",                       flat | threshold | stepped
 *	 "threshold_bp":6000,                   with threshold: at least this score_bp, or nothing
 *	 "steps":[[6500,5000],[7500,7500]],     with stepped: [score_bp, share of the rate in bp], rising
 *	 "bonus":[4000,9000,0,11000],           optional: [lo, hi, m0, m1] on bonus_bp, linear between
 *	 "min_gold":20,"probation_bp":5000,     optional: below so many gold trials this share, whatever the score
 *	 "campaign":"spring"}                   optional: part of every payment's id
 *
 * pay = floor(rate * units * m_score * m_bonus / 10^8): one exact division, the
 * line that the pool contract evaluates too.
 */
#ifndef STAGE_POLICY_H
#define STAGE_POLICY_H

#include "chain/u256.h"
#include "rec/rec.h"
#include "score/reward.h"

enum policy_pay { POLICY_FLAT, POLICY_THRESHOLD, POLICY_STEPPED };

enum {
	POLICY_STEPS = 16,
	POLICY_CAMPAIGN = 64,           /* bytes of its name */
	POLICY_RATE_BITS = 72,          /* rate, units and multipliers: reward.h's bounds */
	POLICY_UNIT_BITS = 24,
	POLICY_MULT_MAX = 32767,
};

struct policy {
	u128 rate;                              /* < 2^72 */
	enum policy_pay pay;
	uint32_t threshold_bp;
	size_t n_steps;
	struct reward_step step[POLICY_STEPS];
	bool has_bonus;
	uint32_t bonus[4];                      /* lo, hi, m0, m1 */
	uint64_t min_gold;
	uint32_t probation_bp;
	char campaign[POLICY_CAMPAIGN + 1];
};

/* policy_read - parse and check; unknown fields are refused, because a misspelt
 * one would pay wrongly and silently */
bool policy_read(struct str json, struct policy *p, struct err *e);

/* policy_put - the canonical text: the same policy gives the same bytes */
void policy_put(struct buf *b, const struct policy *p);

/* policy_id - first 16 hex digits of the Keccak-256 of the canonical text */
void policy_id(const struct policy *p, char out[17]);

/* policy_mult - the two multipliers in basis points for a score */
void policy_mult(const struct policy *p, const struct rec_score *s, uint32_t *m_score, uint32_t *m_bonus);

/* policy_amount - the amount for a score; false and *e when units or the rate are out of range */
bool policy_amount(const struct policy *p, const struct rec_score *s, struct u256 *amount, struct err *e);

#endif
