/* rlp - recursive length prefix, the encoding of transactions.
 *
 * The writer appends to a buf.  The reader is strict: it accepts exactly the
 * bytes that the writer makes, so that one value has one encoding and one hash;
 * it copies nothing, and slices are borrowed from the input.
 * Source: Ethereum yellow paper, appendix B.  Vectors: t/unit/u-rlp.c.
 */
#ifndef CHAIN_RLP_H
#define CHAIN_RLP_H

#include "hash/address.h"
#include "chain/u256.h"

/* ---- writing ---- */

void rlp_put_bytes(struct buf *b, const void *p, size_t n);

/* integers: big-endian without leading zeros, so 0 is the empty string */
void rlp_put_u64(struct buf *b, uint64_t v);
void rlp_put_u256(struct buf *b, struct u256 v);

/* rlp_open, rlp_close - a list is what was appended between the two:
 *	size_t mark = rlp_open(b); rlp_put_u64(b, 1); rlp_close(b, mark);
 * close moves the payload to make room for the header, once a list */
size_t rlp_open(const struct buf *b);
void rlp_close(struct buf *b, size_t mark);

/* ---- reading ---- */

struct rlp_item {
	bool is_list;
	struct str body;    /* the bytes of a string, or the items of a list back to back */
	struct str whole;   /* header included */
};

/* rlp_next - take one item from the front of *rest, which moves behind it.
 * false when it is truncated or not canonical; the inside of a list is not looked at. */
bool rlp_next(struct str *rest, struct rlp_item *item, struct err *e);

/* rlp_one - in is exactly one item; trailing bytes are an error */
bool rlp_one(struct str in, struct rlp_item *item, struct err *e);

/* rlp_check - in is exactly one item, canonical all the way down, at most 64 lists deep */
bool rlp_check(struct str in, struct err *e);

/* one item of a given form from the front of *rest; integers with leading zeros are refused */
bool rlp_get_u64(struct str *rest, uint64_t *out, struct err *e);
bool rlp_get_u256(struct str *rest, struct u256 *out, struct err *e);
bool rlp_get_bytes(struct str *rest, struct str *out, struct err *e);
bool rlp_get_list(struct str *rest, struct str *out, struct err *e);

/* rlp_get_fixed - a string of exactly n bytes, copied to out */
bool rlp_get_fixed(struct str *rest, void *out, size_t n, struct err *e);

#endif
