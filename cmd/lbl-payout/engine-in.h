/* engine - what the parts of the engine know of a run: see engine.h. */
#ifndef LBL_PAYOUT_ENGINE_IN_H
#define LBL_PAYOUT_ENGINE_IN_H

#include "engine.h"

/* One nonce that is not yet known to be used by us for good. */
struct watch {
	struct attempt *a;
	bool sent;                      /* a node has taken the latest try, in this run */
	bool seen;                      /* a block held one of its tries when we last looked */
	bool dead;                      /* it can never be mined: its nonce is used, or no node wants it */
	bool low;                       /* the node wants higher fees */
	enum eth_sent said;             /* what the node last said of it */
	uint64_t next_send_ms;
	unsigned raised;                /* so often, in this run */
};

/* All that is under way. */
struct engine {
	struct rpc *rpc;
	struct journal *j;
	const struct send_args *args;
	struct watch *w;                /* by sender and nonce */
	size_t n;
	uint64_t wait_ms;               /* asked for by the node */
	uint64_t moved_ms;              /* when something was last mined, or replaced */
	struct rpc_error error;         /* the last one */
	bool told_funds, told_fees, told_ceiling, told_reorg, no_funds;
	bool no_signer;                 /* an external one failed: no more replacements in this run */
};


/* raise_stuck - replace those that are next in line and hang, by such with higher fees; in the journal when
 * it returns.  at_start: also those whose fees the base fee has outgrown since the last run. */
void raise_stuck(struct engine *s, bool at_start);

#endif
