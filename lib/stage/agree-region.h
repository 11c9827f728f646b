/* agree-region - inside the agree stage: what boxes and spans have in common.
 *
 * A value is an object or an array of them, also an empty one: "I looked, there is nothing".  Each may have a
 * "label": a string, a number, a boolean, or an array of such, which is a label of its own for which the order of
 * its members does not matter.  No label, null and an empty array are one label too, that of what has none.
 *
 * Tasks, workers and labels are numbered by the bytewise order of their names, so that the order of the stream
 * decides nothing, not even the last bit of a sum.
 */
#ifndef STAGE_AGREE_REGION_H
#define STAGE_AGREE_REGION_H

#include "stage/agree-part.h"

struct regions {
	const struct part *p;
	const char *what;               /* "box", "span" */
	uint32_t *off;                  /* what value v (an id of the stage) holds: off[v] .. off[v+1]-1 */
	struct intern names;            /* labels: keys of rec/value.h, "" for none */
	uint32_t *rank, *order;         /* label -> place in bytewise order, and back */
	struct labels l;                /* those of p, grouped, by the new numbers of tasks and workers */
	uint32_t *task, *worker;        /* number in p -> number in l */
	uint32_t *gold;                 /* by task of l, value or AGREE_NO_GOLD; NULL = none */
};

/* region_add - keep one; false and why, what is wrong with it: "\"w\" is below 0".  label is a number in names. */
typedef bool region_add(void *ctx, const struct json_record *r, uint32_t label, struct buf *why);

/* regions_read - all values that occur, handed to add in the order of off, and what follows from them; false and *e for
 * a value that is none, and for a label that is not among the choices of its task.  Released in any case. */
bool regions_read(struct regions *g, const struct part *p, const char *what, region_add *add, void *ctx, struct err *e);
void regions_release(struct regions *g);

/* region_number - a member that is a number; false and why */
bool region_number(const struct json_record *r, const char *name, double *x, struct buf *why);

/* region_put_label - the member "label" by its place in the order, unless it has none */
void region_put_label(struct buf *b, const struct regions *g, uint32_t place);

/* What was found, as both types have it: by the numbers of l. */
struct regions_found {
	const size_t *off;              /* regions of task t: off[t] .. off[t+1]-1 */
	const double *confidence;       /* by task */
	const double *skill;            /* by worker */
	const char *method, *chosen;    /* what the records say; what it came to, for the page */
	const char *plural;             /* "boxes", "spans" */
};

/* region_emit - the record of each task, as task appends it to b, then the skill of each worker; b is used up */
void region_emit(const struct regions *g, const struct regions_found *f, const void *job,
                 void (*task)(struct buf *b, const void *job, uint32_t t), struct buf *b, struct sink *out);

/* region_report - the least certain tasks and the least skilled workers, for the page */
void region_report(const struct regions *g, const struct regions_found *f, struct str section, const char *confidence,
                   const char *skill);

#endif
