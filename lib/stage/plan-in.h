/* What plan.c and plan-pool.c share, and nobody else sees. */
#ifndef STAGE_PLAN_IN_H
#define STAGE_PLAN_IN_H

#include "data/intern.h"
#include "hash/logroot.h"
#include "stage/plan.h"

/* A score, as far as it matters for money. */
struct plan_entry {
	uint32_t worker, epoch;
	uint64_t verified, units, gold_trials;
	uint16_t score_bp, bonus_bp;
	bool left_out;                  /* in this run: see plan_leave_out */
};

struct plan {
	struct intern workers, epochs, pairs;
	struct plan_entry *entry;
	size_t n, cap;
	struct arena scratch;
	struct plan_options options;
	struct plan_total total;
	bool conflict;

	/* for a pool */
	bool (*made)(void *ctx, struct str id);
	void *made_ctx;
	struct logroot log;
	bool has_facts;
	struct pool_facts facts;        /* of the last chain record that has them ... */
	struct lane_facts *lane;        /* ... and of the lanes behind it, by worker */
	bool *has_lane;
	size_t cap_lanes;
};

/* plan_payment_hash - plan_payment_id in both forms, bytes and text */
void plan_payment_hash(struct str campaign, struct str epoch, struct str worker, uint8_t hash[32], char out[67]);

/* plan_put_payment - a payment record up to bonus_bp; the caller adds what else there is, and plan_end_payment */
void plan_put_payment(struct buf *b, const struct plan *p, const struct plan_entry *s, const char *id);
void plan_end_payment(struct buf *b, struct u256 amount, const char *policy);

/* plan_put_run - the whole run record, without newline */
void plan_put_run(struct buf *b, const struct plan *p);

/* plan_pool_take - a chain or lane record */
bool plan_pool_take(struct plan *p, struct str kind, const struct json_record *r, struct err *e);

/* plan_pool_run - amounts by the pool's rule, and batches */
bool plan_pool_run(struct plan *p, uint32_t epoch, struct sink *out, struct err *e);

#endif
