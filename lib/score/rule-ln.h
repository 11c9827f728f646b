/* rule-ln - natural logarithms in integers: the same bits on any machine, with a proven error.
 *
 * Q48 means units of 2^-48 nats: the logarithm of any 64-bit number is below 2^54.
 */
#ifndef SCORE_RULE_LN_H
#define SCORE_RULE_LN_H

#include <stdint.h>

__extension__ typedef __int128 i128;

enum { RULE_LN_BITS = 48 };

/* rule_ln - 2^48 ln(x), x > 0, off by less than 0.51.
 *
 * x = 2^e u with u in [sqrt(1/2), sqrt 2); ln u = 2 atanh z, z = (u-1)/(u+1), |z| < 0.1716, by twelve terms of
 * z + z^3/3 + ..., in units of 2^-62.  What is lost: z is cut by 1 unit, each power of z by at most 1.3, each
 * quotient by 1 more, so the twelve terms by less than 12 + 1.3 (1 + 1/3 + ... + 1/23) + 1.1 < 17, doubled 34; the
 * terms left out are below 2 0.1716^25/25/(1-0.03), 0.04 units; e times the rounded ln 2 adds at most 32.
 * 67 units of 2^-62 are 0.005 of 2^-48, and the last rounding is to the nearest: 0.505. */
int64_t rule_ln(uint64_t x);

/* rule_ln_micro - q, in Q48, as millionths of a nat, rounded to the nearest */
int64_t rule_ln_micro(i128 q);

/* rule_ln_poisson - ln P(X <= k) for X of Poisson's law with mean lambda, in Q48, never above 0.
 *
 *   lambda  in Q32
 *   fact    fact[x] = 2^48 ln x! for x = 0 .. k, as rule_ln_factorials fills it
 * 0 where k >= lambda: the median is there or below, and nobody asks how far.  Else the largest term is the last, and
 * the sum is that term times S = 1 + k/lambda + k(k-1)/lambda^2 + ..., whose terms only shrink; each is cut by one unit
 * of 2^-56, so with t terms above that, t at most some 12 sqrt(lambda), S is short by less than t^2 2^-57 of itself.
 * The logarithms before it are off by 0.51 (2k+3) units of 2^-48 in all: for a mean of 10^4 that is 4 10^-11. */
i128 rule_ln_poisson(uint64_t lambda_q32, uint32_t k, const i128 *fact);

/* rule_ln_binomial - ln P(X >= k) for X of the binomial law of n draws with chance share, in Q48, never above 0.
 *
 *   share   in Q32, above 0
 *   k       at most n
 *   fact    as above, for x = 0 .. n
 * 0 where k <= n share.  Else the largest term is the first, and the rest is as for Poisson's law: t terms, S short by
 * less than t^2 2^-57 of itself, and 0.51 (2n + 5) units of 2^-48 from the logarithms. */
i128 rule_ln_binomial(uint32_t n, uint32_t share_q32, uint32_t k, const i128 *fact);

/* rule_ln_factorials - fact[0 .. n], n + 1 of them */
void rule_ln_factorials(i128 *fact, uint32_t n);

#endif
