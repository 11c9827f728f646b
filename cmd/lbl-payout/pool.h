/* pool - a night by the pool contract: batches posted, their windows waited for, batches settled.
 *
 * One batch is in flight at a time, for the whole pool, and the number of the next one is that of
 * the last settled one and one.  So a run is a loop: look at the pool, do the one thing that is to
 * be done now, look again.  What to do is read at the latest block; what is noted in the journal
 * for ever is read at one that is believed.
 */
#ifndef LBL_PAYOUT_POOL_H
#define LBL_PAYOUT_POOL_H

#include "action.h"
#include "chain/deployment.h"
#include "chain/pool.h"

struct pool_args {
	const char *deployment;         /* path */
	struct deployment d;            /* read from it */
	const char *min_credit_text;
	struct u256 min_credit;         /* to withdraw; base units */
	bool all;                       /* withdraw for all that are registered */
	uint64_t until_ms;              /* by now_ms() (engine.h): the end of --wait */
};

/* pool_args_check - read the deployment file and the texts; dies with 64, 66 or 78 */
void pool_args_check(struct pool_args *a);

/* check_deployment - is this the chain of the deployment, and are its contracts there, with all endpoints?
 * Dies with 78. */
void check_deployment(struct rpc *rpc, const struct deployment *d);

/* do_pool - carry on what the journal has open, and the batches of the input; may be called again when there are
 * more.  look: also when nothing is open, find out what others have settled.  Returns the exit status.
 *
 * pool_print - tx and receipt records of the batches of the input, and of those that came to an end in this run; 0
 * or 1 */
int do_pool(struct input *in, const struct pool_args *a, const struct send_args *send, bool look, struct rpc *rpc,
            struct journal *j);
int pool_print(struct input *in, const struct journal *j);

/* pool_foresee - the lanes of n workers (index 0: nobody) as they will be when what the journal has planned and the
 * chain has not settled is settled, by these parameters; from what they are now.  O(n log n + what is planned) */
void pool_foresee(const struct journal *j, const struct pool_params *p, const uint32_t *index, const bool *banned,
                  size_t n, struct pool_lane *lane);

/* do_withdraw - push the credit of the input's workers, or of all, to them; returns the exit status */
int do_withdraw(struct input *in, const struct pool_args *a, const struct send_args *send, struct rpc *rpc,
                struct journal *j);

/* ---- between the files of the pool ---- */

struct pool_run {
	struct input *in;
	const struct deployment *d;
	struct action_run act;
	bool look_at_it;                /* something was told that a person has to see: exit 1 in the end */
	uint64_t told_number;           /* of a batch that is not ours, which was told */
	bool told_period;
	unsigned failures;              /* actions that were mined and failed */
};

/* What the pool is like: now, at the latest block, and for sure, at the last one that is believed. */
struct pool_view {
	uint64_t sure_block, block, time;       /* time: of the latest block */
	struct pool_account sure, now;
	struct pool_batch sure_flight, flight;
};

struct pool_view pool_look(const struct pool_run *r);

/* pool_learn - note in the journal what is sure: numbers that are settled, by whomever, and batches that are void */
void pool_learn(struct pool_run *r, const struct pool_view *v);

/* pool_settled_now - note a number that is settled; where less was paid than planned, also who was banned */
void pool_settled_now(struct pool_run *r, struct settled *s);

/* pool_posted_here - our own attempt to post a batch that is queued, NULL when there is none */
const struct attempt *pool_posted_here(const struct journal *j, const struct batch *b);

/* What comes of a step: AGAIN look again at once; LATER only time is needed, not before until_s
 * (seconds since 1970, 0: not known); STOP a person is, and has been told. */
enum pool_step { STEP_AGAIN, STEP_LATER, STEP_STOP };

/* pool_post, pool_settle - the next step of a batch */
enum pool_step pool_post(struct pool_run *r, const struct pool_view *v, struct batch *b, uint64_t *until_s);
enum pool_step pool_settle(struct pool_run *r, const struct pool_view *v, struct batch *b, uint64_t *until_s);

#endif
