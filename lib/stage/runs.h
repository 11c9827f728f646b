/* runs - labels that were read in bulk (rec/quick.h), as numbers.
 *
 * The three tables of strings are filled at once, each by a thread of its own; ids are in order of appearance, as
 * one label after the other would give them.
 */
#ifndef STAGE_RUNS_H
#define STAGE_RUNS_H

#include "data/intern.h"
#include "data/labels.h"
#include "rec/quick.h"

/* runs_take - put all labels of the runs behind those that l holds; values are keys of rec/value.h.
 * false when there are too many.  O(labels) */
bool runs_take(struct labels *l, struct intern *tasks, struct intern *workers, struct intern *values,
               const struct quick_run *run, size_t n_runs, unsigned threads, struct err *e);

#endif
