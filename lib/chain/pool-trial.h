/* pool-trial - what a settlement would do, without one.
 *
 * Asked with eth_call alone, of any node: the call has no receiver, so the node runs its data
 * as the code that makes a contract.  That code reads what the pool owes, settles, reads it again,
 * and answers with the difference; of a settlement that fails it hands on the reason.  Nothing
 * stays of it.
 * Tests: t/5410-payout-pool-run.t.
 */
#ifndef CHAIN_POOL_TRIAL_H
#define CHAIN_POOL_TRIAL_H

#include "chain/eth.h"

/* pool_try_settle - what the batch would pay now, in millionths of a token
 *
 *   from  as whom; NULL for nobody
 *   call  data of a settle (chain/pool.h)
 *   paid  out; untouched unless RPC_OK
 * Returns what eth_call does; RPC_ERROR with revert data when it would fail. */
enum rpc_status pool_try_settle(struct rpc *r, const struct address *from, const struct address *pool, struct str call,
				uint64_t *paid, struct rpc_error *e);

#endif
