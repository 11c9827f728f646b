/* claim-plan - the stage that turns score records into cumulative claims.
 *
 * Takes `score` (two for one worker and epoch are bad input), `lane` and `claims` (what the
 * chain says; a later one replaces an earlier), and `counted` and `claim`, which it wrote
 * itself when it counted earlier epochs.  What a worker has done is carried from one epoch to
 * the next in the claims:
 *
 *	units     = units of the last epoch's claim + units of the score (where it has none: verified)
 *	score_sum = score_sum of it + units * score_bp, and bonus_sum likewise
 *	score_bp  = floor(score_sum / units), bonus_bp likewise: means over all units ever
 *	total     = what the contract makes of units, score_bp and bonus_bp (chain/claims.h)
 *
 * Who works is known by the number in the registry, whichever account holds it; who has none
 * yet is carried by the account, and is paid for all of it when a number is there.
 *
 * Emits a `run`, then one `counted`, which names all epochs that are counted so far and how many
 * claims follow; a `claim` of everybody who ever worked, by number, with total and proof; behind those
 * of a group its `commit`.  So the records of one run are all that the next one needs.
 *
 * The log_root of a commit is that of all records that the stage has seen, chain, lane and claims records left out
 * (stage.h, `line`; hash/logroot.h).
 *
 * An epoch is counted once: one that stands in a `counted` already is computed again, from what it
 * was computed from, when it is the last, and must come out the same; before that it is refused.
 */
#ifndef STAGE_CLAIM_PLAN_H
#define STAGE_CLAIM_PLAN_H

#include "data/intern.h"
#include "stage/claimrec.h"
#include "stage/stage.h"

struct claim_options {
	char epoch[REC_ID_MAX + 1];     /* "" = the only one that is not counted yet */
	bool has_budget, has_most;
	struct u256 budget, most;       /* what the epoch adds: in all, and to one worker */
	bool has_change;
	uint64_t change;                /* percent, against what the last epoch added */
	unsigned threads;               /* 0 = all; not part of the result */
};

void claim_plan_set(void *stage, const struct claim_options *o);

/* claim_plan_facts - the last claims record, or NULL */
const struct claims_facts *claim_plan_facts(const void *stage);

/* claim_plan_workers - who stands in score, claim and lane records; borrowed until the next record */
const struct intern *claim_plan_workers(const void *stage);

/* claim_plan_total - after a run.  over: a limit forbids it, why says which, and nothing was emitted. */
struct claim_total {
	struct u256 sum, added, before; /* totals; what this epoch adds; what the last one added */
	uint64_t workers, raised;       /* claims; those that grew */
	uint64_t fell, banned, strangers;       /* those that fell; who is banned; who is not in the registry */
	uint64_t groups;
	bool over;
	char why[256];
};
struct claim_total claim_plan_total(const void *stage);

/* claim_plan_conflict - did take refuse the last record because another one contradicts it? */
bool claim_plan_conflict(const void *stage);

/* claim_plan_is - are these the options of a run of this stage? */
bool claim_plan_is(const struct json_field *options);

extern const struct stage_class stage_claim_plan;

#endif
