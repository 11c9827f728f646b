/* onchain - does the chain say what the log says?
 *
 * For every transaction of a replayed log: the node has a receipt, its status, block
 * and gas are those of the `receipt` record, and its logs hold exactly one ERC-20
 * Transfer of the token: from the payer, to the worker, of the amount owed.  The
 * hash commits to everything else.
 *
 * Of a transaction that is no transfer, the event: Posted with number, poster, data hash, log root and version of the
 * parameters; Settled with number and a total that is the sum of the payments in the receipt; Withdrawn once for each
 * worker of the call, with a Transfer of the same amount; Committed with group, root, total, data hash, log root and
 * version; Claimed with index and total.  What the log says of batches that somebody else posted or settled is looked up.
 * Sources: EIP-20 (Transfer event); Ethereum execution-apis (receipts); contracts/src.
 */
#ifndef AUDIT_ONCHAIN_H
#define AUDIT_ONCHAIN_H

#include "audit/replay.h"
#include "chain/rpc.h"

/* onchain_check - add a FIND_CHAIN finding for each disagreement (and FIND_TX for a settlement that nobody posted);
 * checked counts transactions.  Returns RPC_OK, or why the node could not be asked (in *e). */
enum rpc_status onchain_check(struct replay *r, struct rpc *rpc, uint64_t *checked, struct rpc_error *e);

#endif
