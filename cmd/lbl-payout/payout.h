/* payout - what the verbs of lbl-payout share. */
#ifndef LBL_PAYOUT_H
#define LBL_PAYOUT_H

#include "base/arena.h"
#include "chain/abi.h"
#include "chain/eth.h"
#include "chain/fee.h"
#include "chain/rpc.h"
#include "chain/tx.h"
#include "data/intern.h"
#include "io/opt.h"
#include "io/spool.h"
#include "payer.h"
#include "rec/rec.h"
#include "stage/plan.h"
#include "stage/txrec.h"

/* What an offline signer has to know: a chain record. */
struct facts {
	bool known;
	uint64_t chain, nonce;
	struct address from;
	bool has_from;
	struct eth_fees market;
};

/* An auditor's word that a batch may be settled before its window has passed. */
struct attestation {
	uint64_t batch;
	uint8_t digest[32], sig[65];
	struct address auditor;
};

/* Everything that stood in the input: read whole and checked before anything is
 * printed, signed or sent. */
struct input {
	struct spool lines;             /* what is passed through */
	struct arena text;
	void *plan;                     /* the plan stage, fed with every record */
	struct claims_in *claims;       /* in the claims mode, instead of it */
	struct payment *payment;        /* by id in payment_ids */
	size_t n_payments, cap_payments;
	struct signed_tx *tx;
	size_t n_tx, cap_tx;
	size_t n_given_tx;              /* so many of them were read; those behind were signed by this run */
	struct intern payment_ids;
	struct batch *batch;            /* by id in batch_ids */
	size_t n_batches, cap_batches;
	struct intern batch_ids;
	struct attestation *attest;
	size_t n_attests, cap_attests;
	struct intern acted;            /* hashes of the tx records of actions */
	struct intern workers;          /* who stands in score, payment and lane records: to withdraw for */
	struct facts facts;             /* of the last chain record */
	size_t n_scores;                /* that are to be planned */
	const char *epoch;              /* the one that is asked for, or "" */
	bool done, left;                /* it has scores that a batch of the journal pays; others */
	struct intern known;            /* payments of the other scores, which a batch of the journal makes */
	const struct journal *journal;  /* set by a command: scores whose payment a batch of it makes are not to be planned */
	bool wants_workers;             /* set by a verb that needs them */
	bool may_be_empty;              /* set by a command: no record at all needs no end mark */
	bool conflict;                  /* the last bad record contradicts one before it */
	int status;                     /* LBL_FOUND when lines were rejected */
};

/* input_read - read the files; dies on bad input (65), and on an input without an
 * end mark unless unsealed is set (65).  Two records that contradict each other
 * about money are not rejected but fatal: which of them is right? */
void input_read(struct input *in, char **files, int n, bool unsealed);
void input_release(struct input *in);

/* input_add_payment, input_add_tx - also used for what this run makes itself */
bool input_add_payment(struct input *in, const struct json_record *r, struct err *e);
bool input_add_batch(struct input *in, const struct json_record *r, struct err *e);
void input_add_tx(struct input *in, const struct signed_tx *t);

/* input_payment - the payment with this id, or NULL */
const struct payment *input_payment(const struct input *in, struct str id);

/* tx_read - a tx record, or a try of the journal, in the one spelling that compares
 * as text: lower-case digits, and named after the payment it makes */
bool tx_read(const struct json_record *r, struct arena *keep, struct signed_tx *t, struct err *e);

/* ---- the steps; each reads in and adds its own records to in->lines ---- */

struct plan_args {
	struct plan_options options;
	bool alone;                     /* nothing is signed or sent in this run */
	bool has_most, has_change;
	struct u256 most;               /* for one worker */
	uint64_t change;                /* percent, against the last epoch in the input */
};

/* What gas may cost, in wei. */
struct fee_args {
	const char *max_fee_text, *tip_text;    /* NULL = as the market is */
	struct u256 max_fee, tip;               /* read from the texts; max_fee is BELIEVABLE without one */
};

/* wei: 10000 gwei, and no fee above that is believed that nobody asked for by name */
static const uint64_t BELIEVABLE = 10000000000000;

/* fee_args_check - read the texts; dies with 64 */
void fee_args_check(struct fee_args *a);

/* fee_now - what a transaction that is signed now offers: chain/fee.h with the options.
 * Dies with 69 when the market is beyond belief; false when its base fee is above the ceiling. */
bool fee_now(const struct fee_args *a, const struct eth_fees *market, const char *who, struct fee *out);

struct sign_args {
	struct key_args *key;
	struct fee_args *fee;
	const char *token_text;
	uint64_t chain_id, nonce, gas;          /* gas 0 = estimate, or DEFAULT_GAS when offline */
	bool has_chain_id, has_nonce;
	struct address token;                   /* read from the text by sign_args_check */
};

enum { DEFAULT_GAS = 200000 };  /* an ERC-20 transfer with votes delegated on both sides needs less */

struct rpc_args {
	struct opt_list url;
	const char *file;               /* further URLs, a line each, with a bearer token behind a blank */
};

struct send_args {
	struct key_args *key;           /* for replacements; there may be none: can_sign */
	struct fee_args *fee;
	const char *journal;
	uint64_t wait_s, poll_ms;
	uint64_t bump_s;                /* nothing was mined for so long: raise the fees */
	uint64_t confirmations;         /* 0: what the node calls finalized */
};

struct journal;
struct attempt;

/* put_receipt_fields - the fields of a receipt behind its kind, and the closing brace */
void put_receipt_fields(struct buf *b, const struct attempt *a);

/* sign_args_check - all that can be said without the input; dies with 64 */
void sign_args_check(struct sign_args *a);

/* do_plan - amounts; false when a limit forbids it (it has said so), and nothing is added */
bool do_plan(struct input *in, const struct plan_args *a);

/* do_check - does the input agree with the journal?  Dies with 65 when it does not.
 * Payments whose transaction failed are looked up once more, before they are made anew. */
void do_check(const struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j);

/* do_sign - a transaction for every payment above zero that has none yet, in the
 * input or in the journal (which may be NULL).  rpc may be NULL when the
 * arguments hold all it needs. */
void do_sign(struct input *in, struct sign_args *a, struct rpc *rpc, struct journal *j);

/* do_send - journal, broadcast, wait; returns the exit status */
int do_send(struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j);

/* check_nodes - are all endpoints up to date, and of the same chain?  One that does not
 * answer, or is still syncing, is left out of this run, and told; dies with 78 when two
 * disagree about chain id or genesis block, with 69 or 75 when none is left.
 * check_token - is there a contract at the address, and with all of them the same?  A
 * transfer to nothing succeeds, and pays nobody.  Dies with 78. */
void check_nodes(struct rpc *rpc);
void check_token(struct rpc *rpc, const struct address *token);

/* believed - receipts below this block are believed: those that the node calls finalized,
 * or that have so many confirmations.  Dies with 78 when the node knows no finalized block.
 * canonical - is this still the block of that number? */
enum rpc_status believed(struct rpc *rpc, uint64_t confirmations, uint64_t *below, struct rpc_error *e);
enum rpc_status canonical(struct rpc *rpc, const struct eth_receipt *rc, bool *is, struct rpc_error *e);

/* signed_tx_text - a signed transaction as a record has it; the texts are in the arena */
void signed_tx_text(struct arena *a, struct str raw, const uint8_t hash[32], struct signed_tx *t);

/* check_new - may these transactions, which no journal knows yet, be sent?  Dies
 * with 65 when one of them could never be mined; with 75 when it is one of those from
 * `ours` on, which this run has signed with a nonce that the node itself has named. */
void check_new(const struct signed_tx **t, size_t n, const struct signed_tx *ours, struct rpc *rpc, const struct journal *j);

/* open_rpc - the endpoints of --rpc and --rpc-file; NULL when there are none */
struct rpc *open_rpc(const struct rpc_args *a);

/* rpc_die - die with the right status for an answer that is not RPC_OK */
_Noreturn void rpc_die(struct rpc *rpc, enum rpc_status status, const char *what, const struct rpc_error *err);

/* do_facts - a chain record for an offline signer; with a deployment also of its pool, and a lane record
 * for each worker who has a score in the input.  do_status - the journal in words, and a
 * record for each nonce in it.  do_address - whose key it is. */
struct facts_args {
	const char *from_text, *token_text;
	const struct deployment *d;     /* or NULL */
};
void do_facts(struct input *in, const struct facts_args *a, struct rpc *rpc);
void do_status(struct input *in, const struct journal *j);
void do_address(struct input *in, struct key_args *a);

/* summary_start - from here on the end of the process says in words, unless -q was given, what
 * the operator has to do.  summary_end - say it now; the status is that of the process. */
void summary_start(void);
void summary_end(int status);

#endif
