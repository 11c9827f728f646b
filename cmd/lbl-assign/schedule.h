/* schedule - hidden gold among the tasks that workers are given (assign/gold.h).
 *
 * With a key, tasks that have gold are asked as gold alone, and every assignment says at which
 * turn of its person it comes.
 */
#ifndef LBL_ASSIGN_SCHEDULE_H
#define LBL_ASSIGN_SCHEDULE_H

#include "base/buf.h"
#include "roster.h"

/* Zeroed memory is no schedule: nothing is taken, nothing given. */
struct schedule {
	struct buf key;                 /* empty: none */
	uint32_t most;                  /* persons that an item is given to */
	struct intern values;           /* classes, by their canonical key (rec/value.h) */
	struct intern items;            /* tasks with gold */
	uint32_t *value;                /* by item */
	size_t cap_items;
	uint64_t replaced;              /* gold of a task, by a later one */

	/* what schedule_run leaves */
	struct gold_out out;
	uint32_t *order;                /* by row of out's workers: the worker's number in assign_in */
	size_t n_workers;
	uint64_t *turn;                 /* by seat of assign_out */
};

/* schedule_open - the key file's bytes, its last newline left off; dies with 66 when it cannot be read, 77 when
 * others may read it, 78 when it holds fewer than 16 bytes or more than 1024 */
void schedule_open(struct schedule *s, const char *key_file, uint64_t most);

/* schedule_take - gold and score records; false and *e when they are bad input */
bool schedule_take(struct schedule *s, struct roster *r, struct str kind, const struct json_record *rec, struct err *e);

/* schedule_run - with a key, after assign_run: the gold of each worker, and the turn of every seat */
void schedule_run(struct schedule *s, const struct roster *r, const struct assign_in *in, const struct assign_out *out);

void schedule_release(struct schedule *s);

#endif
