/* consensus - writes what a categorical method found, by several threads.
 *
 * One `consensus` record a task, one `skill` record a worker, in the order of
 * their ids; the same bytes for any number of threads.
 */
#ifndef STAGE_CONSENSUS_H
#define STAGE_CONSENSUS_H

#include "agree/sparse.h"
#include "data/ids.h"
#include "data/labels.h"
#include "stage/stage.h"

/* Everything borrowed.  K is labels->n_classes. */
struct consensus {
	const struct labels *labels;    /* grouped */
	struct ids tasks, workers;
	const struct str *value;        /* K: a class as a JSON value */
	const struct str *name;         /* K: a class as a member's name, with its colon: "cat": */
	const char *method;
	const uint32_t *winner;         /* by task */
	const uint8_t *tie;             /* by task */
	const double *q;                /* tasks x K posteriors; NULL: the shares of the votes */
	const struct sparse_fit *sparse;        /* in place of q: the posteriors of the candidates; or NULL */
	const uint32_t *gold;           /* by task, AGREE_NO_GOLD = none; NULL = none at all.  For shares only:
	                                 * a q has the gold in it */
	const double *skill;            /* by worker */
	const double *e;                /* workers x K x K confusion matrices, or NULL */
	const double *counts;           /* workers x K x K counts that a later run continues from, or NULL */
	const struct sparse_cells *cells;       /* in place of counts: what is not 0 of them; or NULL */
	unsigned threads;
};

void consensus_emit(const struct consensus *c, struct sink *out);
void consensus_emit_skills(const struct consensus *c, struct sink *out);

#endif
