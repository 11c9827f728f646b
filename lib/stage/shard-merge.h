/* shard-merge - the sums of all shards become a model.
 *
 *	{"kind":"shard","method":"ds","iteration":1,"model":"9f...","id":"07...","tasks":3,"labels":7,"workers":3,...}
 *	{"kind":"count","worker":"ann","labels":3,"counts":{"cat":{"cat":1},"dog":{"cat":0.2,"dog":1.8}}}
 *
 * Records may come in any order, and change no bit by it: sums are exact.  The model is as
 * large as one made of all labels; nothing grows with the number of shards but the list of their ids.
 */
#ifndef STAGE_SHARD_MERGE_H
#define STAGE_SHARD_MERGE_H

#include "math/exact.h"
#include "stage/shard-model.h"

struct merge_worker {
	uint64_t labels;
	size_t side;                    /* cell is side x side, [truth][label] by id in merge.names; 0 = none yet */
	struct tally *cell;
	struct tally right;
};

struct merge {
	size_t n_shards;
	struct rec_shard first;         /* what all must have alike; its texts are the arena's */
	bool known;
	double objective;
	struct shard_classes classes;   /* of the first */
	struct intern ids, keys, names, workers;
	struct merge_worker *of;        /* by worker */
	struct exact *total;            /* by name */
	size_t cap_of, cap_total;
	struct exact loglik;
	uint64_t n_tasks, n_labels, n_counts;           /* that the shards announce */
	uint64_t got_labels, got_counts;
	struct arena arena;
	bool lost;
};

/* merge_take - a shard or count record */
bool merge_take(struct merge *g, struct str kind, const struct json_record *r, struct arena *a, struct err *e);

/* merge_model - the next model, into the zeroed *out.
 *
 *   made_with  the model of these counts, when it is at hand (there): it must be that one
 *   tolerance  converged when the objective has risen by no more than that a label; below 0: never
 * false and *e when records are missing, or of different rounds, models or methods. */
bool merge_model(struct merge *g, const struct model *made_with, double tolerance, struct model *out, struct err *e);

void merge_release(struct merge *g);

#endif
