/* pool-events - what became of batches, from the logs of the pool.
 *
 * Logs are asked for by eth_getLogs, the range in halves when a node finds it too long.
 * Source: contracts/src/Batches.sol, RewardPool.sol.  Tests: t/5420-payout-pool-lost.t.
 */
#ifndef CHAIN_POOL_EVENTS_H
#define CHAIN_POOL_EVENTS_H

#include "chain/eth.h"

enum pool_event_kind { POOL_EVENT_POSTED, POOL_EVENT_SETTLED, POOL_EVENT_RESOLVED, POOL_EVENT_VOIDED };

struct pool_event {
	enum pool_event_kind kind;
	uint64_t batch, block;
	uint8_t tx[32];                         /* hash of the transaction */
	uint8_t data_hash[32], log_root[32];    /* posted */
	struct address poster;                  /* posted */
	struct u256 total;                      /* settled; base units */
	bool upheld;                            /* resolved */
};

/* pool_events - all of them in the blocks from .. to, in order
 *
 *   out, n  appended to an array that the caller owns and frees; untouched unless RPC_OK
 * Returns what rpc_call does; RPC_UNKNOWN for logs that are none of a pool. */
enum rpc_status pool_events(struct rpc *r, const struct address *pool, uint64_t from, uint64_t to,
                            struct pool_event **out, size_t *n,
			    struct rpc_error *e);

#endif
