/* payout - what the verbs of lbl-payout share. */
#ifndef LBL_PAYOUT_H
#define LBL_PAYOUT_H

#include "base/arena.h"
#include "chain/abi.h"
#include "chain/eth.h"
#include "chain/rpc.h"
#include "chain/tx.h"
#include "data/intern.h"
#include "io/opt.h"
#include "io/spool.h"
#include "rec/rec.h"
#include "stage/plan.h"
#include "stage/txrec.h"

/* Everything that stood in the input: read whole and checked before anything is
 * printed, signed or sent. */
struct input {
	struct spool lines;             /* what is passed through */
	struct arena text;
	void *plan;                     /* the plan stage, fed with every record */
	struct payment *payment;        /* by id in payment_ids */
	size_t n_payments, cap_payments;
	struct signed_tx *tx;
	size_t n_tx, cap_tx;
	struct intern payment_ids;
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
void input_add_tx(struct input *in, const struct signed_tx *t);

/* input_payment - the payment with this id, or NULL */
const struct payment *input_payment(const struct input *in, struct str id);

/* tx_read - a tx record, or a try of the journal, in the one spelling that compares
 * as text: lower-case digits, and named after the payment it makes */
bool tx_read(const struct json_record *r, struct arena *keep, struct signed_tx *t, struct err *e);

/* ---- the steps; each reads in and adds its own records to in->lines ---- */

struct plan_args {
	struct plan_options options;
};

struct sign_args {
	const char *keystore, *password_file, *token_text;
	const char *max_fee_text, *tip_text;    /* wei, decimal; NULL = ask the node */
	uint64_t chain_id, nonce, gas;          /* gas 0 = estimate, or DEFAULT_GAS when offline */
	bool has_chain_id, has_nonce;

	/* what sign_args_check makes of the texts */
	struct address token;
	struct u256 max_fee, tip;
};

enum { DEFAULT_GAS = 200000 };  /* an ERC-20 transfer with votes delegated on both sides needs less */

struct send_args {
	const char *rpc, *rpc_file, *journal;
	uint64_t wait_s, confirmations, poll_ms;
};

struct journal;
struct attempt;

/* put_receipt_fields - the fields of a receipt behind its kind, and the closing brace */
void put_receipt_fields(struct buf *b, const struct attempt *a);

/* sign_args_check - all that can be said without the input; dies with 64 */
void sign_args_check(struct sign_args *a, bool has_rpc);

/* do_plan - amounts; false when the budget forbids it (it has said so) */
bool do_plan(struct input *in, const struct plan_args *a);

/* do_check - does the input agree with the journal?  Dies with 65 when it does not.
 * Payments whose transaction failed are looked up once more, before they are made anew. */
void do_check(const struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j);

/* do_sign - a transaction for every payment above zero that has none yet, in the
 * input or in the journal (which may be NULL).  rpc may be NULL when the
 * arguments hold all it needs. */
void do_sign(struct input *in, const struct sign_args *a, struct rpc *rpc, struct journal *j);

/* do_send - journal, broadcast, wait; returns the exit status */
int do_send(struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j);

/* check_token - dies with 78 when there is no contract at the address: a transfer
 * to nothing succeeds, and pays nobody */
void check_token(struct rpc *rpc, const struct address *token);

/* check_new - may these transactions, which no journal knows yet, be sent?  Dies
 * with 65 when one of them could never be mined. */
void check_new(const struct signed_tx **t, size_t n, struct rpc *rpc, const struct journal *j);

/* open_rpc - the endpoint of --rpc or --rpc-file; NULL when neither was given */
struct rpc *open_rpc(const char *url, const char *url_file);

/* rpc_die - die with the right status for an answer that is not RPC_OK */
_Noreturn void rpc_die(struct rpc *rpc, enum rpc_status status, const char *what, const struct rpc_error *err);

/* read_file - a small file whole, for policies and keystores; dies with 66 */
struct buf read_file(const char *path);

#endif
