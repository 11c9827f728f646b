/* money - payments, the transactions that carry them, and their receipts, over all
 * logs that are audited together: a payment is made once, whatever the log.
 *
 * That a payment follows from the scores is not asked here (audit/batch.h).
 */
#ifndef AUDIT_MONEY_H
#define AUDIT_MONEY_H

#include "audit/findings.h"
#include "data/intern.h"
#include "stage/txrec.h"

struct money_tx {
	struct signed_tx tx;
	struct place at;
	bool sound;                     /* it is what it says */
	uint32_t nonce;                 /* its nonce, an id in nonces */
	uint32_t receipt;               /* its first one, INTERN_NONE while there is none */
};

struct money_receipt {
	uint32_t tx;                    /* INTERN_NONE when unknown */
	uint64_t status, block, gas;
	struct place at;
};

struct money_payment {
	struct payment p;
	struct place at;
	uint32_t last_tx;               /* that carries it; INTERN_NONE = none */
	uint32_t n_open, n_paid;        /* nonces that may pay it or did; transactions that did */
};

/* What all transactions must be like. */
struct money_terms {
	bool has_token, has_payer, has_chain;
	struct address token, payer;
	uint64_t chain;
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
	struct arena keep, scratch;
};

/* money_take - a payment, tx or receipt record; other kinds are ignored */
void money_take(struct money *m, struct findings *f, struct str kind, const struct json_record *r, struct str line,
                struct place at);

/* money_finish - after the last record: what was paid twice, or never */
void money_finish(struct money *m, struct findings *f);

/* money_payment_of - the payment that a transaction carries, or NULL */
const struct money_payment *money_payment_of(const struct money *m, const struct signed_tx *t);

void money_release(struct money *m);

#endif
