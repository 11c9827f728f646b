/* fee - what a transaction offers for a unit of gas, and how it is raised.
 *
 * All amounts are wei for a unit of gas.
 *
 * Offered:   max_fee = 2 * base + tip, cut to the ceiling; tip at most max_fee.
 * Raised:    each of the two to the larger of f + ceil(f / 8) + 1 and what would be
 *            offered now; max_fee is then cut to the ceiling.
 *
 * The base fee grows by at most an eighth a block, so twice of it outlives five full
 * blocks in a row.  Nodes replace a transaction when both fees grow by at least 10 % or
 * 12.5 %, depending on the client.
 * Source: EIP-1559.  Tests: t/unit/u-fee.c.
 */
#ifndef CHAIN_FEE_H
#define CHAIN_FEE_H

#include "chain/u256.h"

struct fee {
	struct u256 max_fee, tip;
};

/* fee_offer - false when even the base fee is above the ceiling, and with it the least
 * that a block would take; *out is set in any case */
bool fee_offer(struct fee *out, struct u256 base, struct u256 tip, struct u256 ceiling);

/* fee_raise - at the same nonce, so that a node takes it in place of old; false when the
 * ceiling does not allow that (*out untouched) */
bool fee_raise(struct fee *out, const struct fee *old, const struct fee *offer, struct u256 ceiling);

/* fee_parse - "1500000000" is wei; "1.5gwei" is the same; below 2^128 */
bool fee_parse(struct str text, struct u256 *wei, struct err *e);

#endif
