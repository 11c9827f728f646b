/* action - one transaction that is more than a transfer: a batch posted or settled, a root
 * committed, credit pushed out.
 *
 * An action is told by its kind ("post"), what it is about (32 bytes: the id of a batch, a
 * root, the hash of a list), and a number (of the batch; 0 where there is none).  In the
 * journal it is a `try` with the fields of a tx record, `action` and `batch`, and an id that
 * is the Keccak-256 over the lengths (4 bytes, big-endian) and bytes of "lbl-" and the kind,
 * what it is about, the number (8 bytes, big-endian) and a counter (8 bytes).  The counter
 * rises when the action is done once more, which the journal allows only behind the failure
 * of the one before; a caller whose first success was undone by the chain says so (`undone`).
 *
 * The pattern, safe to be killed between any two lines, as long as the contract itself takes
 * the action only once (a batch number, a root):
 *
 *	status = engine_run(j, rpc, send, until_ms);    // what earlier runs left open, first of all
 *	...look at the chain: is it done already, by whomever?  then there is nothing to do...
 *	struct action a = { .kind = STR("commit"), .about = root, .to = claims, .data = buf_str(&call) };
 *	struct acted out;
 *	action_do(&run, &a, &out);
 *	switch (out.how) {
 *	case ACTED:         // believed, with status 1; out.attempt has hash, block and gas
 *	case ACT_FAILED:    // mined and failed, or its nonce went to somebody else: look at the chain again
 *	case ACT_WAITS:     // signed and in the journal, and not believed yet: exit 75, run it again
 *	case ACT_REVERTS:   // nothing was signed, because it would fail: out.data is the revert data, out.why its words
 *	}
 *
 * What goes wrong beyond that (no node, no key, no room on the disk) is fatal, as elsewhere:
 * 65, 69, 74, 75, 77, 78.
 */
#ifndef LBL_PAYOUT_ACTION_H
#define LBL_PAYOUT_ACTION_H

#include "engine.h"

/* What all actions of a run have in common. */
struct action_run {
	struct journal *j;
	struct rpc *rpc;
	struct key_args *key;
	struct fee_args *fee;
	const struct send_args *send;
	uint64_t chain;                 /* its id, which the caller has compared with what is wanted */
	uint64_t until_ms;              /* by now_ms(): no waiting beyond */
	uint64_t gas;                   /* 0: estimated */
};

struct action {
	struct str kind;                /* a few lower-case letters */
	uint8_t about[32];
	uint64_t number;
	struct address to;
	struct str data;                /* call data */
	bool undone;                    /* the last one of this kind, about and number succeeded,
		and the chain has undone it since */
};

enum act_how { ACTED, ACT_FAILED, ACT_WAITS, ACT_REVERTS };

struct acted {
	enum act_how how;
	const struct attempt *attempt;  /* of the journal, borrowed until the next try; NULL with ACT_REVERTS */
	uint8_t data[1024];             /* revert data */
	size_t n_data;
	bool too_large;                 /* with ACT_REVERTS: it takes more gas than a transaction may; half of it may not */
	char why[256];                  /* with ACT_REVERTS */
};

/* action_last - the latest attempt of this kind, about and number in the journal, NULL when there is none */
const struct attempt *action_last(const struct journal *j, const struct action *a);

/* action_do - sign, journal, send, believe.  When the last attempt is still open, that one is
 * carried on instead, whatever its data; when it succeeded and is not undone, it is ACTED at once. */
void action_do(const struct action_run *run, const struct action *a, struct acted *out);

/* action_begin, action_end - the two halves of action_do, for many actions at once: begin signs and journals, and is
 * false, with *out filled, when it would revert; end sends all that is open, and says what became of this one. */
bool action_begin(const struct action_run *run, const struct action *a, struct acted *out);
void action_end(const struct action_run *run, const struct action *a, struct acted *out);

/* action_bury - to be called when engine_run says LBL_FOUND: actions that are open then, and whose nonce has gone to
 * somebody else's transaction, count as failed */
void action_bury(const struct action_run *run);

/* action_gas - what it needs, a margin included, and never above TX_MAX_GAS; false, with *out filled, when it would
 * fail */
bool action_gas(const struct action_run *run, const struct action *a, uint64_t *gas, struct acted *out);

#endif
