/* u256 - the unsigned 256-bit integer in which a chain counts money.
 *
 * Every operation that can leave the range is checked: it returns false and
 * leaves *out alone.  Nothing wraps.  out may be one of the operands' objects,
 * since operands are passed by value.  Plain C on 32-bit digits, the same on
 * every machine; it is not constant time and must not see secrets.
 * Tests: t/unit/u-u256.c, against schoolbook arithmetic on decimal digits.
 */
#ifndef CHAIN_U256_H
#define CHAIN_U256_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct u256 {
	uint64_t w[4];   /* w[0] is the least significant word */
};

#define U256_ZERO ((struct u256){ { 0, 0, 0, 0 } })
#define U256_MAX ((struct u256){ { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } })

static inline struct u256 u256_of(uint64_t v)
{
	return (struct u256){ { v, 0, 0, 0 } };
}

static inline bool u256_is_zero(struct u256 a)
{
	return (a.w[0] | a.w[1] | a.w[2] | a.w[3]) == 0;
}

/* u256_to_u64 - false when a does not fit */
bool u256_to_u64(struct u256 a, uint64_t *out);

/* u256_cmp - negative, 0 or positive, like memcmp */
int u256_cmp(struct u256 a, struct u256 b);

bool u256_add(struct u256 *out, struct u256 a, struct u256 b);
bool u256_sub(struct u256 *out, struct u256 a, struct u256 b);
bool u256_mul(struct u256 *out, struct u256 a, struct u256 b);

/* u256_divmod - q = floor(a / d), r = a - q * d; false when d is 0; q or r may be NULL */
bool u256_divmod(struct u256 *q, struct u256 *r, struct u256 a, struct u256 d);

/* u256_divmod_u64 - the same by one word */
bool u256_divmod_u64(struct u256 *q, uint64_t *r, struct u256 a, uint64_t d);

/* u256_mul_div - floor(a * b / d) with the product held in 512 bits;
 * false when d is 0 or the quotient does not fit */
bool u256_mul_div(struct u256 *out, struct u256 a, struct u256 b, struct u256 d);

/* u256_from_be, u256_to_be - 32 big-endian bytes, as ABI words and hashes are */
struct u256 u256_from_be(const uint8_t in[32]);
void u256_to_be(struct u256 a, uint8_t out[32]);

/* u256_from_dec - decimal text in its one canonical form: digits only, no sign,
 * no leading zero except "0" itself, so that equal amounts are equal strings
 * (records.md, rule 6) */
bool u256_from_dec(struct str s, struct u256 *out, struct err *e);

/* u256_put_dec - append that form; at most 78 digits */
void u256_put_dec(struct buf *b, struct u256 a);

/* u256_from_quantity - a hex quantity of JSON-RPC: "0x" and the digits of either
 * case, no leading zero except "0x0" (execution-apis, "Hex value encoding") */
bool u256_from_quantity(struct str s, struct u256 *out, struct err *e);
bool u64_from_quantity(struct str s, uint64_t *out, struct err *e);

/* u256_put_quantity - append that form in lower case */
void u256_put_quantity(struct buf *b, struct u256 a);
void u64_put_quantity(struct buf *b, uint64_t v);

#endif
