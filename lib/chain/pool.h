/* pool - the pool contract: its parameters and rule, what it is asked, and what it is told.
 *
 * The rule is evaluated here and in the contract from the same integers and must give the
 * same integer (score/reward.h, reward_pay4).  Credit is counted in millionths of a token:
 * POOL_UNIT base units.  Functions with a struct rpc return what chain/eth.h's do.
 * Source: contracts/src/RewardPool.sol, Batches.sol, Review.sol, WorkerRegistry.sol; ABI in
 * contracts/abi.  Tests: t/unit/u-pool.c, t/5400-payout-pool.t.
 */
#ifndef CHAIN_POOL_H
#define CHAIN_POOL_H

#include "chain/eth.h"
#include "chain/words.h"

static const uint64_t POOL_UNIT = 1000000000000;

struct pool_params {
	uint64_t version;
	uint64_t rate;                  /* below 2^40 */
	uint16_t t[3], m[3], lo, hi, c0, c1;
	uint8_t probation;
	uint16_t probation_bp, floor_at, floor_bp;
	uint16_t start_reputation;
	uint64_t batch_budget, period_budget;   /* millionths */
	uint32_t period, window, patience;      /* seconds */
};

/* pool_params_check - what the contract refuses (Reward.check, Batches._setParams), so that a lying node's numbers do
 * not get far */
bool pool_params_check(const struct pool_params *p, struct err *e);

/* What the pool knows of a worker. */
struct pool_lane {
	uint64_t credit;                /* millionths */
	uint16_t reputation;
	uint8_t batches, last;          /* 15 stands for more; modulo 64 */
};

/* pool_lane_is_new - nothing was ever written in the worker's slot: no batches and reputation 0, for which
 * pool_mult and pool_pay take start_reputation as the contract does.  (Who was in a batch has batches.) */
bool pool_lane_is_new(const struct pool_lane *lane);

/* pool_mult - the four multipliers: gate, bonus, newcomer, doubted */
void pool_mult(const struct pool_params *p, uint32_t score, uint32_t bonus, const struct pool_lane *lane,
	       uint32_t mult[4]);

/* pool_pay - what a worker gets for a work, in millionths; false when out of range.  Here and for pool_mult p is what
 * pool_params_check accepts. */
bool pool_pay(const struct pool_params *p, const struct work *w, const struct pool_lane *lane, uint64_t *out,
	      struct err *e);

/* ---- questions ---- */

struct pool_account {
	uint64_t settled, owed, spent, ends;
};

enum pool_state { POOL_NONE, POOL_POSTED, POOL_CHALLENGED };

struct pool_batch {
	uint8_t data_hash[32], log_root[32];
	struct address poster, challenger;
	uint64_t ready_at, since;
	uint64_t version;
	enum pool_state state;
};

/* tag: as in chain/eth.h */
enum rpc_status pool_get_account(struct rpc *r, const struct address *pool, const char *tag, struct pool_account *out,
				 struct rpc_error *e);
enum rpc_status pool_get_batch(struct rpc *r, const struct address *pool, const char *tag, struct pool_batch *out,
			       struct rpc_error *e);
enum rpc_status pool_get_head(struct rpc *r, const struct address *pool, const char *tag, uint8_t out[32],
			      struct rpc_error *e);

/* pool_get_params - checked (pool_params_check); version 0: the one in force.  pool_params_at - at another block than
 * the latest. */
enum rpc_status pool_get_params(struct rpc *r, const struct address *pool, uint64_t version, struct pool_params *out,
				struct rpc_error *e);
enum rpc_status pool_params_at(struct rpc *r, const struct address *pool, uint64_t version, const char *tag,
			       struct pool_params *out, struct rpc_error *e);

/* pool_may_post - is who a poster now, with a bond that suffices?  why: NULL, or static words that go behind the
 * address when not */
enum rpc_status pool_may_post(struct rpc *r, const struct address *pool, const struct address *who, const char **why,
			      struct rpc_error *e);

/* pool_quote - what the contract itself says of a work, in base units */
enum rpc_status pool_quote(struct rpc *r, const struct address *pool, uint64_t version, const struct work *w,
			   const struct pool_lane *lane, struct u256 *out, struct rpc_error *e);

enum rpc_status pool_quorum(struct rpc *r, const struct address *pool, uint64_t *quorum, struct rpc_error *e);
enum rpc_status pool_audits(struct rpc *r, const struct address *pool, const struct address *who, bool *is,
			    struct rpc_error *e);

/* registry_find - the numbers of n workers, 0 for who is not there; in few requests (rpc_batch) */
enum rpc_status registry_find(struct rpc *r, const struct address *registry, const struct address *who, size_t n,
			      const char *tag, uint32_t *index, struct rpc_error *e);

/* pool_lanes - lanes and bans of n workers, by number; slots and words of bans are asked for once each.  Who has the
 * number 0 has a lane of zeros and no ban. */
enum rpc_status pool_lanes(struct rpc *r, const struct address *pool, const struct address *registry,
			   const uint32_t *index, size_t n, const char *tag, struct pool_lane *lane, bool *banned,
			   struct rpc_error *e);

/* pool_posted - has a batch with this hash and log root been posted by who since block from?
 *
 *   number   out: of the batch; 0: it has not, or it is void and its number was taken by another one
 *   settled  out: and settled.  When it has not been settled it is in flight, or void (pool_get_batch says which).
 * Where it was posted more than once: the settled one, else the last. */
enum rpc_status pool_posted(struct rpc *r, const struct address *pool, const struct address *who,
			    const uint8_t data_hash[32], const uint8_t log_root[32], uint64_t from, uint64_t *number,
			    bool *settled, struct rpc_error *e);

/* ---- what it is told: call data, appended ---- */

void pool_put_post(struct buf *b, uint64_t batch, const uint8_t log_root[32], struct str words);
void pool_put_settle(struct buf *b, uint64_t batch, struct str words);
/* n signatures of pool_digest, in rising order of the signers' addresses */
void pool_put_settle_signed(struct buf *b, uint64_t batch, struct str words, const uint8_t (*sig)[65], size_t n);
void pool_put_withdraw(struct buf *b, const uint32_t *index, size_t n);

/* pool_digest - what auditors sign to release a batch; total in base units */
void pool_digest(uint64_t chain_id, const struct address *pool, uint64_t batch, const uint8_t data_hash[32],
		 struct u256 total, const uint8_t log_root[32], uint8_t out[32]);

/* pool_settled_total - what the Settled event of a transaction's receipt says was paid, in base units; found is false
 * when there is none of this pool and batch */
enum rpc_status pool_settled_total(struct rpc *r, const struct address *pool, const uint8_t tx_hash[32], uint64_t batch,
				   bool *found, struct u256 *total, struct rpc_error *e);

/* pool_put_error - append the words for people of a custom error of the pool, registry, claims or token
 * ("OverBatchBudget(total 12, budget 10)"), or what abi_put_revert says */
void pool_put_error(struct buf *b, struct str data);
/* pool_error_is - is the revert data this error, by name; BUG when no contract of ours has such an error */
bool pool_error_is(struct str data, const char *name);

/* pool_put_time - append seconds since 1970 as 2026-11-22T09:51:00Z: what the contracts call a time */
void pool_put_time(struct buf *b, uint64_t seconds);

#endif
