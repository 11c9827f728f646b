/* shard - the stage for tasks that lie in several places: agree/shard.h made of records.
 *
 * A step is one of three.  Nothing here says where it runs, or when:
 *
 *	E      labels of a shard (and a model, but in the first round) to `shard` and `count` records
 *	M      the `shard` and `count` records of all shards (and that model, if it is there) to a `model`
 *	       record and its `param` records
 *	apply  a model and labels to `consensus` and `skill` records, as a run on all labels would make them
 *
 * The model stands before labels and gold; what stands before it is no matter, unless
 * the step is an E step that starts from vote shares and needs no model.
 * Only tasks of type class are aggregated; others are bad input here.
 */
#ifndef STAGE_SHARD_H
#define STAGE_SHARD_H

#include "stage/agree.h"
#include "stage/shard-model.h"

enum shard_step { SHARD_NO_STEP, SHARD_ESTEP, SHARD_MSTEP, SHARD_APPLY, N_SHARD_STEPS };

struct shard_options {
	enum shard_step step;
	bool fresh;                     /* E step from vote shares */
	enum shard_method method;       /* of an E step that is fresh; else the model says it */
	bool only_method;               /* a model of another method is bad input */
	double tolerance;               /* of an M step; 0 = the default, 1e-8; below 0 = never converged */
	enum agree_gold gold;           /* clamp or ignore */
	enum agree_repeats repeats;
	unsigned threads;               /* changes nothing but the time */
};

/* shard_set - before the first record: it says what is to be kept */
void shard_set(void *stage, const struct shard_options *o);

/* shard_take_labels - as agree_take_labels */
bool shard_take_labels(void *stage, const struct quick_run *run, size_t n_runs, struct err *e);

/* shard_step_of - the step that the options of a run record are of; SHARD_NO_STEP when they are those
 * of a plain run of lbl-agree */
enum shard_step shard_step_of(const struct json_field *options);
const char *shard_step_name(enum shard_step s);

/* shard_totals - after a run, for people */
struct shard_totals {
	uint64_t labels, tasks, workers, replaced, shards, iteration;
	/* of an M step */
	bool known, rose, converged;    /* is there an objective, is there one to compare with */
	double objective, rise;
};
const struct shard_totals *shard_totals(const void *stage);

#endif
