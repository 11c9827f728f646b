/* txrec - payments and the transactions that make them, as records.
 *
 * lbl-payout believes no tx record, and lbl-audit none either: what the fields
 * say is checked against the signed bytes, and the bytes against the payment.
 */
#ifndef STAGE_TXREC_H
#define STAGE_TXREC_H

#include "chain/tx.h"
#include "chain/words.h"
#include "rec/rec.h"

/* One payment that is owed. */
struct payment {
	struct str id, worker, epoch;   /* in the arena of the input */
	struct u256 amount;
	struct work work;               /* what a pool is told of it; index 0 when it is not for a pool */
};

/* One signed transaction: from a tx record, from the journal, or made here. */
struct signed_tx {
	struct str id, hash, raw;       /* text as in the record: 0x... */
	struct str payments;            /* JSON array of payment ids */
	struct str first;               /* the first of them; of an action its id */
	struct str action;              /* "post", "settle", "withdraw", ...; empty: a transfer, which makes one payment */
	uint64_t batch;                 /* of an action: the number of the batch it is about, 0 = of none */
	struct address from, to;
	uint64_t nonce, chain;
};

/* signed_tx_read - a tx record, or a try of the journal, which has the same fields.
 * The texts are copied to keep. */
bool signed_tx_read(const struct json_record *r, struct arena *keep, struct signed_tx *t, struct err *e);

/* signed_tx_check - do the bytes say what the fields beside them say: hash, sender,
 * nonce, chain, receiver; and with p (or NULL), do they pay exactly that payment? */
bool signed_tx_check(const struct signed_tx *t, const struct payment *p, struct err *e);

/* put_tx_fields - the fields of a tx record behind its kind, and the closing brace */
void put_tx_fields(struct buf *b, const struct signed_tx *t);

#endif
