/* plan - the stage that turns score records into payment records.
 *
 * Takes `score` (two for one worker and epoch are bad input: money is the
 * exception to "a later record replaces an earlier").  Emits one `payment` a
 * worker of the epoch, in the order of the scores, amount "0" included: an
 * unpaid worker sees why in the same place as a paid one.
 *
 * For a pool it takes `chain` and `lane` too: the rule is the pool's, and nothing is asked.
 * Behind the payments come `batch` records: what is posted of them, see plan_batch_id.
 */
#ifndef STAGE_PLAN_H
#define STAGE_PLAN_H

#include "stage/plan-facts.h"
#include "stage/policy.h"
#include "stage/stage.h"

struct plan_options {
	bool pool;                      /* by the pool's rule: then there is no policy, and nothing is prorated */
	struct pool_place place;        /* of the pool */
	struct policy policy;
	char epoch[REC_ID_MAX + 1];     /* "" = the only one there is */
	bool has_budget, prorate;
	struct u256 budget;
};

/* plan_set - the options; plan_options_put - as the run record holds them */
void plan_set(void *stage, const struct plan_options *o);
void plan_options_put(struct buf *b, const struct plan_options *o);

/* What a plan is above of. */
enum plan_limit { PLAN_WITHIN, PLAN_BUDGET, PLAN_BATCH, PLAN_PERIOD };

/* plan_total - after a run: what the payments emitted come to, and how many are
 * above zero.  over: the sum was above a limit and nothing was emitted. */
struct plan_total {
	struct u256 sum;
	uint64_t payments, paid;
	bool over;

	/* for a pool */
	uint64_t batches;
	uint64_t banned, strangers, full;       /* not paid; strangers are not registered, full have all the credit
	                                         * that a lane can hold */
	enum plan_limit limit;                  /* which */
	struct u256 most;                       /* it: of the budget, of a batch, or what is left of the period */
	struct str worker;                      /* PLAN_BATCH: who would get more than that, borrowed from the stage; */
	struct u256 pay;                        /* and how much */
};
struct plan_total plan_total(const void *stage);

/* plan_workers - who has scores, each once, in the order of the first; returns how many.
 *   out  out: an array owned by the caller, of texts borrowed from the stage */
size_t plan_workers(const void *stage, struct str **out);

/* plan_leave_out - for who replays a log: by a pool's rule, scores whose payments are made elsewhere (made says so of
 * their ids) are as if they had not been taken, unless nothing of the epoch would be left.  That is how lbl-payout
 * plans with its journal. */
void plan_leave_out(void *stage, bool (*made)(void *ctx, struct str id), void *ctx);

/* plan_conflict - did take refuse the last record because another one contradicts it?
 * Then leaving it out would be a choice between the two. */
bool plan_conflict(const void *stage);

/* plan_payment_id - "0x" and 64 digits: Keccak-256 over the lengths (4 bytes,
 * big-endian) and bytes of "lbl-payment", campaign, epoch and worker.  A pure function
 * of what is paid for, so that a rerun knows a payment again. */
void plan_payment_id(struct str campaign, struct str epoch, struct str worker, char out[67]);

/* plan_batch_id - Keccak-256 over the lengths (4 bytes, big-endian) and bytes of "lbl-batch", the chain id
 * (8 bytes, big-endian), the pool (20), the words, and the ids of the payments (32 each).
 *
 * The workers of a plan who are to be paid, or judged, are sorted by number and go into batches of at most
 * WORDS_MOST words that pay no more than the pool's batch_budget each; of one whom the pool would not
 * hear of (banned, not registered) or of whom there is nothing to say (no units) nothing is posted.
 * log_root is that of all records that the stage has seen (stage.h, `line`; hash/logroot.h), less chain and lane
 * records: the same work has the same root whoever plans it, and whenever, so that it is known again. */
void plan_batch_id(uint64_t chain, const struct address *pool, struct str words, const uint8_t (*payment)[32], size_t n,
		   uint8_t out[32]);

#endif
