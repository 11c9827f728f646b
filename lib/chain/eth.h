/* eth - the few questions that a payer and an auditor put to a node.
 *
 * Every function returns what rpc_call returns, and RPC_UNKNOWN with a message
 * when the node's result has an unexpected form: a node is not trusted to
 * answer well.  Out parameters are set only with RPC_OK.
 * Sources: Ethereum execution-apis; EIP-1898 (block tags).
 * Tests: t/unit/u-rpc.c.
 */
#ifndef CHAIN_ETH_H
#define CHAIN_ETH_H

#include "hash/address.h"
#include "chain/rpc.h"
#include "chain/u256.h"

/* tag, below: "latest", "pending", "safe", "finalized", "earliest" or a hex quantity */

enum rpc_status eth_chain_id(struct rpc *r, uint64_t *id, struct rpc_error *e);
enum rpc_status eth_block_number(struct rpc *r, uint64_t *number, struct rpc_error *e);
enum rpc_status eth_nonce(struct rpc *r, const struct address *who, const char *tag,
			  uint64_t *nonce, struct rpc_error *e);
enum rpc_status eth_balance(struct rpc *r, const struct address *who, const char *tag,
			    struct u256 *wei, struct rpc_error *e);

struct eth_block {
	bool found;              /* false: the node does not know it (yet, or any more) */
	uint64_t number, time, gas_limit;
	uint8_t hash[32];        /* zero for a pending block */
	bool has_base_fee;
	struct u256 base_fee;
};

/* eth_block - header of a block by tag */
enum rpc_status eth_block(struct rpc *r, const char *tag, struct eth_block *out, struct rpc_error *e);

struct eth_fees {
	struct u256 base_fee;    /* of the next block */
	struct u256 tip;         /* what others pay, at least 1 */
};

/* eth_fees - the market for gas: from eth_feeHistory, the base fee of the next block, and
 * the lower median, over those of the last 20 blocks that held anything, of the priority
 * fee in the middle of the block's gas (the 50th percentile).  From a node without fee
 * history: the base fee of the latest block and an eighth, which is the most that the next
 * one can ask.  Where there is no tip to be had: eth_maxPriorityFeePerGas. */
enum rpc_status eth_fees(struct rpc *r, struct eth_fees *out, struct rpc_error *e);

/* eth_syncing - is the node still catching up? */
enum rpc_status eth_syncing(struct rpc *r, bool *syncing, struct rpc_error *e);

/* eth_estimate_gas - a revert is RPC_ERROR with the revert data in e->data */
enum rpc_status eth_estimate_gas(struct rpc *r, const struct address *from, const struct address *to,
				 struct str data, uint64_t *gas, struct rpc_error *e);

/* eth_call - run code without a transaction; the bytes are appended to *out; from may be NULL, and to
 * be NULL: then data is the code that is run, as that of a contract to be made is */
enum rpc_status eth_call(struct rpc *r, const struct address *from, const struct address *to,
			 struct str data, const char *tag, struct buf *out, struct rpc_error *e);

/* eth_call_words - n calls to one contract, each answered by one word; in few requests (rpc_batch)
 *
 *   data  the call data, n pieces of size bytes each */
enum rpc_status eth_call_words(struct rpc *r, const struct address *to, struct str data, size_t size, const char *tag,
			       uint8_t (*out)[32], struct rpc_error *e);

/* eth_code - code of an account, appended; nothing for a plain account */
enum rpc_status eth_code(struct rpc *r, const struct address *who, const char *tag,
			 struct buf *out, struct rpc_error *e);

struct eth_receipt {
	bool found;              /* false: not mined, or dropped, or pruned: absence is no evidence */
	bool ok;                 /* status 1 */
	uint64_t block, gas_used;
	uint8_t block_hash[32];
	struct u256 gas_price;   /* effective */
	bool has_contract;
	struct address contract; /* created */
};

enum rpc_status eth_receipt(struct rpc *r, const uint8_t hash[32], struct eth_receipt *out,
			    struct rpc_error *e);

/* What became of a transaction handed to a node (eth_send_raw). */
enum eth_sent {
	ETH_SENT,           /* taken */
	ETH_KNOWN,          /* it has this very transaction already */
	ETH_NONCE_LOW,      /* the nonce is used: perhaps by this transaction, so look for receipts */
	ETH_UNDERPRICED,    /* fees too low for the pool or for replacing: raise them */
	ETH_FUNDS,          /* the account cannot pay for it */
	ETH_FATAL,          /* it will never be taken: wrong chain, gas limit, malformed */
	ETH_RETRY,          /* not taken now, surely not acted on: pool full, rate limit, unreachable */
	ETH_UNKNOWN,        /* may or may not be taken: ask for the hash, send the same bytes again */
};

const char *eth_sent_name(enum eth_sent s);

/* eth_send_raw - eth_sendRawTransaction; hash is the transaction's own, which the
 * node must answer with.  e is filled unless ETH_SENT. */
enum eth_sent eth_send_raw(struct rpc *r, struct str raw, const uint8_t hash[32], struct rpc_error *e);

/* eth_classify - an error object's meaning for a transaction that was sent.  By
 * the words: each client has its own, and codes are shared by unlike causes.
 * Words nobody listed mean ETH_UNKNOWN, the one answer that cannot cost money. */
enum eth_sent eth_classify(const char *message);

#endif
