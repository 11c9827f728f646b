/* score-state - what the scores of the last epoch know of the workers, from which this one goes on (rule hold).
 *
 * A score record of rule hold has `counted`, the number of epochs that have been counted, its own included: epochs
 * are numbered from 0 in this order, whatever they are called.  Records of the last of them are kept, of those before it only
 * the name of the epoch.  In the record of a person's first account stands `state`, what is known of the person:
 *
 *	"state":{"answers":N,"seen":[8 counts],"lone":[8 counts],"met":[8 counts],"apart":[8 counts],"between":N,"early":N,"blocks":[BLOCK, ...]}
 *
 * beside `standing`, `held`, `flags`, `llr`, `gold_hits` and `gold_trials` of the record; in that of every account `due`, its own
 * units that were not released yet, by epoch: [[EPOCH,UNITS], ...].
 */
#ifndef STAGE_SCORE_STATE_H
#define STAGE_SCORE_STATE_H

#include "base/buf.h"
#include "data/intern.h"
#include "json/record.h"
#include "rec/rec.h"
#include "score/rule.h"

struct due {
	uint32_t epoch, units;
};

/* An account, as its score of the last epoch has it. */
struct account {
	uint32_t worker;
	uint32_t labels;                /* verdicts of the epoch */
	uint32_t due, n_due;            /* in carried.due */
	uint32_t state;                 /* in carried.state, or RULE_NONE */
	uint32_t block, n_blocks;       /* in carried.block */
};

struct carried {
	uint32_t counted;               /* 0: there are no such records */
	uint32_t epoch;                 /* its name, as the caller numbers epochs */
	char policy[17];
	bool ended;                     /* the campaign is over: nothing of the last epoch is left to be counted */
	struct account *account;
	size_t n, cap;
	struct rule_state *state;
	size_t n_states, cap_states;
	struct rule_block *block;       /* OPEN and PENDING; who is not set */
	size_t n_blocks, cap_blocks;
	struct due *due;
	size_t n_due, cap_due;
	bool *scored;                   /* by epoch: are there scores of it, by any rule? */
	size_t n_scored, cap_scored;
};

/* carried_take - a score record, of the caller's worker and epoch; *identity: the person it names, or empty (in *a).
 * false and *e: bad input */
bool carried_take(struct carried *c, const struct json_record *r, uint32_t worker, uint32_t epoch, struct arena *a,
                  struct str *identity, struct err *e);

/* carried_has_scores - of an epoch */
bool carried_has_scores(const struct carried *c, uint32_t epoch);

/* carried_join - the state by persons, and their blocks, for rule_run.
 *
 *   identity  by worker
 *   run       zeroed; its state, block and counted are filled: owned by it
 * Where the accounts of a person have several states, for they were not known to be one: counts are added, the worse standing and
 * the larger evidence stand, blocks that overlap become one that is open. */
void carried_join(const struct carried *c, const uint32_t *identity, size_t n_identities, struct rule_run *run);

/* names of standings and of the status of blocks, as records have them */
const char *standing_name(uint8_t standing);
const char *status_name(uint8_t status);

/* due_put, state_put - members "due" and "state" of a record; the blocks are block[order[0 .. n)] */
void due_put(struct buf *b, const struct due *due, size_t n);
void state_put(struct buf *b, const struct rule_state *s, const struct rule_block *block, const uint32_t *order, size_t n);

void carried_release(struct carried *c);

#endif
