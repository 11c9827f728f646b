/* replay - recompute a log from its raw records, and compare.
 *
 * Records come in the order of the log.  Each `run` record makes the stage that it
 * names compute again, from the records that stood before it and the options it
 * holds; the records that follow must then be those, byte for byte.  Labels and
 * gold are compared with what their verdicts say was judged, transactions with
 * the payments they carry, receipts with the transactions.
 *
 * An end mark closes a stream: what follows it is another log, replayed by itself.
 */
#ifndef AUDIT_REPLAY_H
#define AUDIT_REPLAY_H

#include "audit/findings.h"
#include "data/intern.h"
#include "stage/txrec.h"

struct replay_tx {
	struct signed_tx tx;
	uint64_t line;
};

struct replay_receipt {
	uint32_t tx;                    /* its transaction, INTERN_NONE when unknown */
	uint64_t status, block, gas, line;
	struct str file;
};

struct replay_payment {
	struct payment p;
	uint64_t line;
	uint32_t n_tx, n_paid;
};

/* What a finding says about a place in the log. */
struct replay_place {
	struct str file;
	uint64_t line;
};

struct replay {
	struct findings findings;
	uint64_t records, recomputed;   /* seen; compared with what was computed again */
	struct replay_payment *payment; /* by id in payment_ids */
	struct intern payment_ids, hashes;
	struct replay_tx *tx;           /* by id in hashes */
	struct replay_receipt *receipt;
	size_t n_payments, cap_payments, n_tx, cap_tx, n_receipts, cap_receipts;

	/* private */
	struct arena keep, scratch;
	void *stage[3];
	struct replay_segment *seg;     /* of the current log: labels, gold, what is expected next */
};

void replay_init(struct replay *r);

/* replay_record - the next record of the log */
void replay_record(struct replay *r, struct str kind, const struct json_record *rec, struct str line,
                   struct replay_place at);

/* replay_bad - a line or an end mark that could not be read */
void replay_bad(struct replay *r, bool is_mark, const char *why, struct replay_place at);

/* replay_boundary - an end mark or the end of a file: the stream before it is complete */
void replay_boundary(struct replay *r);

/* replay_finish - after the last boundary: payments and receipts over the whole log */
void replay_finish(struct replay *r);

void replay_release(struct replay *r);

#endif
