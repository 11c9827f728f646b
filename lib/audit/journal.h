/* journal - does a journal of lbl-payout keep its own laws?
 *
 * What a journal says is what a rerun believes, so a false line can make it pay twice, or not at all.  The laws:
 * a transaction is tried once, and its bytes are what the fields beside them say; one sender's nonce is used once,
 * but for replacements that do the same for fees at least an eighth higher; a second try for a payment stands behind
 * the failure of the first; mined is only what was tried, and one of those that share a nonce; a batch is planned
 * before it is posted, with the words and log root of its plan, and is the only one with its payments, until it is
 * void; a number of the pool is settled once, with what was planned.
 *
 * A journal alone cannot show that it is whole, nor that the payments are owed: for that there is the log.
 * Source: lbl-payout(1), The journal.  Tests: t/6300-audit-pool.t.
 */
#ifndef AUDIT_JOURNAL_H
#define AUDIT_JOURNAL_H

#include "audit/deed.h"
#include "audit/planned.h"
#include "chain/tx.h"
#include "stage/txrec.h"

enum journal_fate { JOURNAL_OPEN, JOURNAL_DONE, JOURNAL_FAILED };

struct journal_try {
	struct signed_tx tx;
	struct place at;
	uint32_t nonce;                 /* in journal_audit.nonce */
};

/* All that shares a nonce of a sender. */
struct journal_nonce {
	uint32_t first, last, mined;    /* tries; mined: INTERN_NONE while none is */
	enum journal_fate fate;
};

enum journal_state { JOURNAL_QUEUED, JOURNAL_SETTLED, JOURNAL_VOID };

struct journal_batch {
	enum journal_state state;
	bool upheld;                    /* void, since it was judged to be wrong */
	struct place at;                /* of its last plan */
};

struct journal_audit {
	struct findings findings;
	uint64_t lines;
	struct journal_try *tries;      /* by id in hashes */
	struct journal_nonce *nonce;    /* by id in nonces */
	struct journal_batch *batch;    /* by planned.name */
	struct intern hashes, nonces, ids, numbers;
	uint32_t *last;                 /* by id in ids, which are of payments and actions: its last nonce */
	size_t n_tries, cap_tries, n_nonces, cap_nonces, cap_batches, cap_last;
	struct planned planned;
	bool has_pool;                  /* one journal, one pool */
	uint64_t chain;
	struct address pool;
	struct json_record rec;
	struct arena keep, scratch;
};

/* Zeroed memory is an empty journal. */

/* journal_line - the next line of the file, its newline not included */
void journal_line(struct journal_audit *j, struct str line, struct place at);

void journal_release(struct journal_audit *j);

#endif
