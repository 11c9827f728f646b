/* earlier - the counts that `skill` records of earlier runs carry.
 *
 *	{"kind":"skill","worker":"w7",...,"counts":{"cat":{"cat":41.2,"dog":3.1},...}}
 *
 * counts[truth][label] is how often the worker is thought to have said label when
 * truth was the class.  A later record of a worker replaces an earlier one.
 */
#ifndef STAGE_EARLIER_H
#define STAGE_EARLIER_H

#include "agree/sparse.h"
#include "data/ids.h"
#include "rec/rec.h"

struct earlier_cell {
	uint32_t truth, label;          /* names */
	double count;
};

struct earlier {
	struct intern workers, names;
	struct earlier_cell *cell;
	size_t n, cap;
	struct { size_t from, n; } *of; /* by worker: its cells */
	size_t n_of, cap_of;
};

/* earlier_take - keep the counts of a skill record, if it has any */
bool earlier_take(struct earlier *p, const struct rec_skill *s, struct err *e);

/* earlier_table - n_workers x K x K counts, each times weight, for the workers and classes at hand;
 * NULL when none of them has any.  name[k] is the text of class k.  Classes that are not
 * among them are left out.  Owned. */
double *earlier_table(const struct earlier *p, const struct ids *workers, size_t n_workers, const struct str *name,
                      size_t K, double weight);

/* earlier_cells - the same, sparse; without any, all workers have no cells.  sparse_cells_release. */
struct sparse_cells earlier_cells(const struct earlier *p, const struct ids *workers, size_t n_workers,
                                  const struct str *name, size_t K, double weight);

void earlier_release(struct earlier *p);

#endif
