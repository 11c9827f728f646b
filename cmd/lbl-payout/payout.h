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

/* One payment that is owed. */
struct payment {
	struct str id, worker, epoch;   /* in the arena of the input */
	struct u256 amount;
	uint8_t digest[16];             /* of the record, to tell two contents of one id apart */
};

/* One signed transaction: from a tx record, from the journal, or made here. */
struct signed_tx {
	struct str id, hash, raw;       /* text as in the record: 0x... */
	struct str payments;            /* JSON array of payment ids */
	struct str first;               /* the first of them */
	struct address from, to;
	uint64_t nonce, chain;
};

/* Everything that stood in the input: read whole and checked before anything is
 * printed, signed or sent. */
struct input {
	struct spool lines;             /* what is passed through */
	struct arena text;
	void *plan;                     /* the plan stage, fed with every record */
	struct payment *payment;
	size_t n_payments, cap_payments;
	struct signed_tx *tx;
	size_t n_tx, cap_tx;
	struct intern payment_ids;
	int status;                     /* LBL_FOUND when lines were rejected */
};

/* input_read - read the files; dies on bad input (65), and on an input without an
 * end mark unless unsealed is set (65) */
void input_read(struct input *in, char **files, int n, bool unsealed);
void input_release(struct input *in);

/* signed_tx_read - a tx record, or a try of the journal, which has the same fields */
bool signed_tx_read(const struct json_record *r, struct arena *keep, struct signed_tx *t, struct err *e);

/* signed_tx_check - do the bytes say what the fields beside them say: hash, sender,
 * nonce, chain, receiver; and with p (or NULL), do they pay exactly that payment? */
bool signed_tx_check(const struct signed_tx *t, const struct payment *p, struct err *e);

/* put_tx_fields - the fields of a tx record behind its kind, and the closing brace */
void put_tx_fields(struct buf *b, const struct signed_tx *t);

/* input_add_payment, input_add_tx - also used for what this run makes itself */
bool input_add_payment(struct input *in, const struct json_record *r, struct err *e);
bool input_add_tx(struct input *in, const struct json_record *r, struct err *e);

/* ---- the steps; each reads in, prints its own records with out_line ---- */

struct plan_args {
	struct plan_options options;
};

struct sign_args {
	const char *keystore, *password_file, *token;
	uint64_t chain_id, nonce, gas;  /* gas 0 = estimate, or DEFAULT_GAS when offline */
	const char *max_fee, *tip;      /* wei, decimal; NULL = ask the node */
	bool has_chain_id, has_nonce;
};

enum { DEFAULT_GAS = 200000 };  /* an ERC-20 transfer with votes delegated on both sides needs less */

struct send_args {
	const char *rpc, *rpc_file, *journal;
	uint64_t wait_s, confirmations, poll_ms;
};

struct journal;
struct attempt;

/* put_receipt_fields - the same for a receipt */
void put_receipt_fields(struct buf *b, const struct attempt *a);

/* do_plan - amounts; false when the budget forbids it (it has said so) */
bool do_plan(struct input *in, const struct plan_args *a);

/* do_sign - a transaction for every payment above zero that has none yet, in the
 * input or in the journal (which may be NULL).  rpc may be NULL when the
 * arguments hold all it needs. */
void do_sign(struct input *in, const struct sign_args *a, struct rpc *rpc, struct journal *j);

/* do_send - journal, broadcast, wait; returns the exit status */
int do_send(struct input *in, const struct send_args *a, struct rpc *rpc, struct journal *j);

/* open_rpc - the endpoint of --rpc or --rpc-file; NULL when neither was given */
struct rpc *open_rpc(const char *url, const char *url_file);

/* rpc_die - die with the right status for an answer that is not RPC_OK */
_Noreturn void rpc_die(struct rpc *rpc, enum rpc_status status, const char *what, const struct rpc_error *err);

/* read_file - a small file whole, for policies and keystores; dies with 66 */
struct buf read_file(const char *path);

#endif
