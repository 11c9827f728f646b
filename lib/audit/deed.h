/* deed - what a transaction that is no transfer does, by its bytes alone.
 *
 * lbl-payout makes five: it posts a batch, settles it, withdraws credit, commits a root, makes a claim.  Each is
 * read from the call data, written again by the writers of chain/pool.h and chain/claims.h, and must come out
 * the same: so there is one spelling of each, and nothing hides in padding or behind the end.
 * Source: contracts/src/Batches.sol, RewardPool.sol, RewardClaims.sol.  Tests: t/unit/u-deed.c, t/6300-audit-pool.t.
 */
#ifndef AUDIT_DEED_H
#define AUDIT_DEED_H

#include "chain/claims.h"
#include "chain/tx.h"
#include "stage/txrec.h"

enum deed_kind { DEED_POST, DEED_SETTLE, DEED_WITHDRAW, DEED_COMMIT, DEED_CLAIM };

struct deed {
	enum deed_kind kind;
	uint64_t number;                /* of the batch: post and settle */
	uint32_t group;                 /* commit */
	uint8_t log_root[32];           /* post, commit */
	struct str words;               /* post, settle, commit: bytes */
	struct str worker;              /* withdraw: numbers, as words of 32 bytes */
	uint32_t index;                 /* claim: of the worker, ... */
	struct u256 total;              /* ... what was earned in all, ... */
	struct str proof;               /* ... and the siblings, 32 bytes each */
	uint64_t n_sigs;                /* settle, commit: signatures of auditors */
};

/* deed_read - the call data of an action, by its name in the tx record; slices borrowed from data.  false when it
 * is not exactly such a call.  O(data) */
bool deed_read(struct str action, struct str data, struct deed *out, struct err *e);

/* deed_worker - the i-th number of a withdrawal */
uint32_t deed_worker(const struct deed *d, size_t i);

/* deed_id_is - is the action's id that of this kind, about and batch number, for a counter below DEED_TRIES?
 * (How lbl-payout names an action: lbl-payout(1), JOURNAL.) */
enum { DEED_TRIES = 256 };
bool deed_id_is(struct str id, struct str action, const uint8_t about[32], uint64_t number);

/* deed_about - what it is about, where its bytes say that: a withdrawal (the hash of its call data) and a claim
 * (claims_claim_id); false for the others, which need a record */
bool deed_about(const struct deed *d, const struct tx *tx, uint8_t about[32]);

#endif
