/* plan-facts - what a plan for a pool has to know of its chain, as records.
 *
 * `lbl-payout facts` asks, and writes a `chain` record and a `lane` record for each worker;
 * the plan stage reads them, and so does who replays a log: nobody else need ask.
 * The fields: lbl-records(5).  Tests: t/5400-payout-pool.t.
 */
#ifndef STAGE_PLAN_FACTS_H
#define STAGE_PLAN_FACTS_H

#include "chain/deployment.h"
#include "chain/pool.h"
#include "json/record.h"

/* Which pool it is. */
struct pool_place {
	uint64_t chain;
	uint8_t genesis[32];
	struct address pool, registry, token;
};

struct pool_facts {
	struct pool_place at;
	uint64_t block, time;           /* at which all of this, and of the lanes, was so */
	struct pool_params params;      /* in force */
	struct pool_account account;
	uint8_t head[32];
};

/* What the registry and the pool know of a worker. */
struct lane_facts {
	uint32_t index;                 /* 0: not in the registry, and the rest is zero */
	bool banned;
	struct pool_lane lane;          /* last is not told */
};

struct pool_place pool_place_of(const struct deployment *d);

/* pool_place_is - the same pool; else false, with the field that differs */
bool pool_place_is(const struct pool_place *a, const struct pool_place *b, struct err *e);

/* pool_place_put, pool_place_read - as an object in the options of a run record */
void pool_place_put(struct buf *b, const struct pool_place *p);
bool pool_place_read(const struct json_field *f, struct pool_place *p, struct err *e);

/* pool_facts_here - is it a chain record with facts of a pool? */
bool pool_facts_here(const struct json_record *r);

/* pool_facts_put - append the members of a chain record but kind, chain, genesis and block */
void pool_facts_put(struct buf *b, const struct pool_facts *f);
bool pool_facts_read(const struct json_record *r, struct pool_facts *f, struct err *e);

/* lane_put - append a whole lane record, without newline */
void lane_put(struct buf *b, struct str worker, const struct lane_facts *l);
bool lane_read(const struct json_record *r, struct arena *a, struct str *worker, struct lane_facts *l, struct err *e);

#endif
