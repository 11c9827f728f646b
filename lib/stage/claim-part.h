/* claim-part - what the parts of the claim-plan stage share: see claim-plan.h. */
#ifndef STAGE_CLAIM_PART_H
#define STAGE_CLAIM_PART_H

#include "data/intern.h"
#include "hash/logroot.h"
#include "stage/claim-plan.h"

enum { UNIT_BITS = 24 };

/* of a score record */
struct scored {
	uint32_t worker, epoch, units;
	uint16_t score, bonus;
};

/* of a claim record */
struct carried {
	uint32_t worker, epoch, index, units;
	uint64_t score_sum, bonus_sum;
	struct u256 total, added;
};

/* of a counted record: ids of epochs, owned */
struct counted {
	uint32_t *epoch;
	size_t n;
	uint64_t claims;
};

/* of a lane record, by worker */
struct claim_lane {
	bool known, banned;
	uint32_t index;
};

struct claim_plan {
	struct intern workers, epochs, score_pairs, claim_pairs;        /* pairs: the same id as scored, carried */
	struct scored *scored;
	size_t n_scored, cap_scored;
	struct carried *carried;
	size_t n_carried, cap_carried;
	struct counted *counted;
	size_t n_counted, cap_counted;
	struct claim_lane *lane;
	size_t n_lanes;
	struct claims_facts facts;
	bool has_facts, conflict;
	struct claim_options options;
	struct logroot log;
	struct arena scratch;
	struct claim_total total;
};

/* One who works, whichever accounts did. */
struct person {
	uint32_t index, worker, units;
	bool banned;
	uint64_t score_sum, bonus_sum;
	struct u256 before, total;
};

/* One run. */
struct counting {
	uint32_t epoch;
	const struct counted *base;     /* NULL: the first epoch */
	struct person *person;          /* by number; behind them those who have none, in the order of the input */
	size_t n, n_numbered;
};

/* claim_count - persons and totals, and the limits (claim-count.c) */
bool claim_count(struct claim_plan *p, struct counting *c, struct err *e);

/* claim_work - what a commit says of a person; false: nothing */
bool claim_work(const struct person *who, struct work *w);

/* claim_added - by how much its total grew */
struct u256 claim_added(const struct person *who);

/* claim_emit_run, claim_emit - the run record; all that follows (claim-emit.c) */
void claim_emit_run(const struct claim_plan *p, struct sink *out);
bool claim_emit(struct claim_plan *p, const struct counting *c, struct sink *out, struct err *e);

void claim_put_options(struct buf *b, const struct claim_plan *p);

#endif
