/* reward - from counts to quality to money, in integers only.
 *
 * The pool contract and lbl-payout evaluate these from the same integers and must
 * get the same integer: the one rounding anywhere is the floor of one exact
 * division.  Quality is in basis points (bp), 10000 = 1.  Every function
 * checks its bounds, which keep all products below 2^128, and returns false
 * outside of them, leaving *out alone.  Vectors: t/unit/u-reward.c.
 *
 * Bounds: money (budgets, stakes) < 2^96; price of one label < 2^72 (2^88 where
 * one multiplier is all); units < 2^24; multipliers < 2^15; counts < 2^32.
 */
#ifndef SCORE_REWARD_H
#define SCORE_REWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "math/isqrt.h"

enum { REWARD_ONE = 10000 };                    /* bp */

/* z^2 in millionths, for one-sided bounds */
enum { REWARD_Z2_90 = 1642374, REWARD_Z2_95 = 2705543 };

/* reward_wilson_lb_bp - Wilson's lower confidence bound of k hits in n, floor of the exact bound.
 *
 *   k, n  k <= n < 2^32; n = 0 gives 0
 *   z2    z^2 in millionths, 0 < z2 < 2^24
 * Source: Wilson (1927), JASA 22:209. */
bool reward_wilson_lb_bp(uint64_t k, uint64_t n, uint32_t z2, uint32_t *out);

/* reward_wilson_credit_lb_bp - the same for partial credit: credit_bp is the sum of n
 * credits of 0 .. 10000 each; n < 2^23 and z2 < 2^22 always fit (the formula is
 * homogeneous in k, n and z2), false when 128 bits are not enough */
bool reward_wilson_credit_lb_bp(uint64_t credit_bp, uint64_t n, uint32_t z2, uint32_t *out);

/* reward_beta_mean_bp - floor((k+a) 10000 / (n+a+b)): mean of the Beta posterior.
 * k <= n, all < 2^32, a + b > 0 when n = 0 */
bool reward_beta_mean_bp(uint64_t k, uint64_t n, uint64_t a, uint64_t b, uint32_t *out);

/* reward_linear_bp - 0 below lo, m1 from hi on, linear from m0 to m1 between.
 * lo <= hi, m0 <= m1, all < 2^32 by type */
bool reward_linear_bp(uint32_t q, uint32_t lo, uint32_t hi, uint32_t m0, uint32_t m1, uint32_t *out);

struct reward_step {
	uint32_t at, mult;    /* from quality at on, multiplier mult */
};

/* reward_step_bp - mult of the last step with at <= q, 0 below the first; at strictly ascending */
bool reward_step_bp(uint32_t q, const struct reward_step *step, size_t n_steps, uint32_t *out);

/* reward_pay - floor(price units mult / 10000) */
bool reward_pay(u128 price, uint32_t units, uint32_t mult_bp, u128 *out);

/* reward_pay2 - floor(price units m1 m2 / 10^8): one division, not two chained */
bool reward_pay2(u128 price, uint32_t units, uint32_t m1_bp, uint32_t m2_bp, u128 *out);

/* reward_pay4 - floor(rate units m1 m2 m3 m4 / 10^16): as the pool contract pays, one division.
 * rate < 2^40 (in the contract a millionth of a token), units and multipliers as above */
bool reward_pay4(uint64_t rate, uint32_t units, const uint32_t mult_bp[4], u128 *out);

/* reward_prop - shares of a budget: out[i] = floor(budget w[i] / sum w).
 *
 *   budget  < 2^96
 *   w       n weights, not all 0
 *   out     n amounts
 *   dust    out: budget less their sum, below n; it stays in the pool */
bool reward_prop(u128 budget, const uint32_t *w, size_t n, u128 *out, u128 *dust);

/* reward_ema - floor((state (10000-lambda) + s lambda) / 10000): moving average in Q32.
 * state and s in 0 .. 2^32, lambda in 0 .. 10000 */
bool reward_ema(uint64_t state, uint64_t s, uint32_t lambda_bp, uint64_t *out);

/* a beta reputation: evidence for and against, in millionths, each < 2^53 */
struct reward_rep {
	uint64_t pos, neg;
};

/* reward_rep_add - fade what is there by forget_bp (0 .. 10000) and add new evidence:
 * pos' = floor(pos forget/10000) + pos_new, likewise neg.
 * Source: Josang, Ismail (2002), "The beta reputation system". */
bool reward_rep_add(struct reward_rep *r, uint64_t pos_new, uint64_t neg_new, uint32_t forget_bp);

/* reward_rep_bp - floor((pos+10^6) 10000 / (pos+neg+2 10^6)) */
bool reward_rep_bp(const struct reward_rep *r, uint32_t *out);

/* reward_slash - floor(stake severity rate / 10^8); severity and rate in 0 .. 10000, so never above stake */
bool reward_slash(u128 stake, uint32_t severity_bp, uint32_t rate_bp, u128 *out);

#endif
