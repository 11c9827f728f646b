/* money - payments, the transactions that carry them, and their receipts, over all
 * logs that are audited together: a payment is made once, whatever the log.
 *
 * A transfer makes one payment.  By a pool, a batch makes many: it is posted under a number and settled under it,
 * and of all that were posted under one number only one can be settled.  The receipt of a batch names the payments
 * that it released; whoever sent the transaction.  Claims need no such rules: what a contract pays for them is
 * cumulative.
 *
 * That a payment, batch or claim follows from the scores is not asked here (audit/batch.h).
 */
#ifndef AUDIT_MONEY_H
#define AUDIT_MONEY_H

#include "audit/deed.h"
#include "audit/planned.h"
#include "chain/deployment.h"
#include "stage/txrec.h"

struct money_tx {
	struct signed_tx tx;
	struct place at;
	bool sound;                     /* it is what it says */
	uint32_t nonce;                 /* its nonce, an id in nonces */
	uint32_t receipt;               /* its first one, INTERN_NONE while there is none */
	bool acts;                      /* it is no transfer */
	uint32_t batch;                 /* that it posts or settles, in planned.batch; PLANNED_NONE = none */
};

struct money_receipt {
	uint32_t tx;                    /* INTERN_NONE when unknown */
	uint64_t status, block, gas;
	struct place at;
};

/* A receipt of a batch. */
struct money_settled {
	struct str hash, payments;      /* of the transaction; a JSON array */
	uint32_t tx, batch;             /* tx: INTERN_NONE when another one's; batch: in planned.batch */
	uint64_t block, gas;
	struct place at;
};

struct money_payment {
	struct payment p;
	struct place at;
	bool pooled;                    /* by the rule of a pool */
	uint64_t version;               /* of its parameters */
	uint32_t last_tx;               /* that carries it; INTERN_NONE = none */
	uint32_t n_open, n_paid;        /* nonces that may pay it or did; transactions that did */
};

/* What all transactions must be like. */
struct money_terms {
	bool has_token, has_payer, has_chain;
	struct address token, payer;
	uint64_t chain;
	bool has_deployment;
	struct deployment d;
	bool asks_chain;                /* what the log leaves open is asked later (audit/onchain.h) */
};

/* One nonce of one account on one chain: whatever was signed for it, one of it can be mined. */
struct money_nonce {
	uint32_t tx;                    /* the first one */
	bool failed;                    /* it was mined, and moved no money */
};

struct money {
	struct money_terms terms;
	struct money_payment *payment;  /* by id in payment_ids */
	struct intern payment_ids, hashes, nonces;
	struct money_tx *tx;            /* by id in hashes */
	struct money_nonce *nonce;      /* by id in nonces */
	struct money_receipt *receipt;
	size_t n_payments, cap_payments, n_tx, cap_tx, n_nonces, cap_nonces, n_receipts, cap_receipts;
	size_t n_transfers, n_transfer_receipts;

	struct planned planned;
	struct money_settled *settled;  /* by id in settled_ids */
	struct intern settled_ids;      /* hashes */
	size_t n_settled, cap_settled;
	struct intern posts, numbers;   /* posted: batch and number; settled: pool and number */
	struct intern done;             /* actions that succeeded */
	const struct planned_name *last_settled;        /* after money_finish: of those that are, the last planned one */
	struct address pool;            /* of the last run that planned for one */
	struct arena keep, scratch;
};

/* money_take - a payment, batch, claim, commit, tx, receipt, claims or run record; other kinds are ignored.
 * explained: a run computes it, or says why not */
void money_take(struct money *m, struct findings *f, struct str kind, const struct json_record *r, struct str line,
                bool explained, struct place at);

/* money_finish - after the last record: what was paid twice, or never */
void money_finish(struct money *m, struct findings *f);

/* money_payment_of - the payment that a transaction carries, or NULL */
const struct money_payment *money_payment_of(const struct money *m, const struct signed_tx *t);

/* money_is_posted - does a transaction of the log post this batch under this number? */
bool money_is_posted(const struct money *m, uint32_t batch, uint64_t number);

/* money_unposted - add the finding about a settlement without a post */
void money_unposted(const struct money *m, struct findings *f, const struct money_tx *t);

/* money_sum - of the payments in a JSON array; false when one is not known */
bool money_sum(const struct money *m, struct str payments, struct u256 *sum);

void money_release(struct money *m);

#endif
