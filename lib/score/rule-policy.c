#include "score/rule.h"

#include "math/isqrt.h"
#include "score/reward.h"
#include "score/rule-ln.h"

bool rule_policy_check(const struct rule_policy *p, struct err *e)
{
	if (p->right >= 0 || p->wrong <= 0)
		return err_set(e, "a right answer to gold must lower the evidence, a wrong one raise it");
	if (p->clear >= 0 || p->flag <= 0 || p->drift <= 0 || p->flags_stop == 0)
		return err_set(e, "the bounds of the test must be on either side of 0, and flags_stop above 0");
	if (p->flags_stop > 255 || p->passes > 100)
		return err_set(e, "flags_stop must be below 256, passes at most 100");
	if (p->shrink_bp > RULE_ONE || p->shrink_n > 1000000 || p->join_below > 1000000)
		return err_set(e, "shrink_bp must be at most 10000, shrink_n and join_below at most a million");
	if (p->ca_ref < 1 << 20 || p->median_least == 0)
		return err_set(e, "ca_ref must be at least 2^20, median_least above 0");
	if (p->weight_lo >= p->weight_hi || p->weight_hi > 1000)
		return err_set(e, "weight_lo must be below weight_hi, and that at most 1000");
	if (p->copy_ppm == 0 || p->copy_ppm >= 300000)
		return err_set(e, "copy_ppm must be above 0 and below 300000");
	return true;
}

/* ln(a/b) of shares in basis points, in millionths */
static int32_t ratio(uint32_t a, uint32_t b)
{
	return (int32_t)rule_ln_micro((i128)rule_ln(a) - rule_ln(b));
}

bool rule_policy_test(struct rule_policy *p, uint32_t p0, uint32_t p1, uint32_t alpha, uint32_t beta)
{
	if (p0 >= RULE_ONE || p1 == 0 || p1 >= p0 || alpha == 0 || beta == 0 || alpha + (uint64_t)beta >= RULE_ONE)
		return false;
	p->right = ratio(p1, p0);
	p->wrong = ratio(RULE_ONE - p1, RULE_ONE - p0);
	p->flag = ratio(RULE_ONE - beta, alpha);
	p->clear = ratio(beta, RULE_ONE - alpha);
	return true;
}

void rule_gold(const struct rule_policy *p, struct rule_state *s, bool right)
{
	bool watched = s->standing == RULE_CLEARED;

	s->gold++;
	s->right += right;
	if (s->standing == RULE_STOPPED)
		return;
	s->llr += right ? p->right : p->wrong;
	if (watched && s->llr < 0)
		s->llr = 0;
	if (s->llr >= (watched ? p->drift : p->flag)) {
		s->llr = 0;
		s->flags++;
		s->standing = s->flags >= p->flags_stop ? RULE_STOPPED : RULE_RETEST;
	} else if (!watched && s->llr <= p->clear) {
		s->llr = 0;
		s->standing = RULE_CLEARED;
	}
}

uint32_t rule_mult_score(uint32_t score)
{
	static const struct reward_step step[] = { { 6500, 5000 }, { 7500, 7500 }, { 10000, 10000 } };
	uint32_t m;

	BUG_ON(!reward_step_bp(score, step, sizeof step / sizeof *step, &m));
	return m;
}

uint32_t rule_mult_bonus(uint32_t bonus)
{
	uint32_t m;

	BUG_ON(!reward_linear_bp(bonus, 4000, 9000, 0, 11000, &m));
	return m;
}
