/* agree - the stage that turns labels into consensus, skills and agreement.
 *
 * Takes `label`; a later label of one worker on one task replaces the earlier.
 * Emits `agreement` (Krippendorff's alpha), one `consensus` a task in the order in
 * which tasks first appear, and one `skill` a worker likewise.
 */
#ifndef STAGE_AGREE_H
#define STAGE_AGREE_H

#include "rec/quick.h"
#include "stage/stage.h"

enum { AGREE_MAX_ITERATIONS = 1000000 };

enum agree_method { AGREE_MV, AGREE_DS };

struct agree_options {
	enum agree_method method;
	uint32_t iterations;            /* at most; ds */
	double tolerance;               /* ds: stop when the log-likelihood rises by no more a label */
	unsigned threads;               /* 0 = all cores; never changes the result, never in the run record */
};

#define AGREE_OPTIONS_DEFAULT { AGREE_DS, 1000, 1e-8, 0 }

void agree_set(void *stage, const struct agree_options *o);
bool agree_method_of(struct str name, enum agree_method *m);

/* agree_take_labels - what take does for n label records at once; the ids of tasks and those of
 * workers are found by two threads */
bool agree_take_labels(void *stage, const struct quick_label *label, size_t n, struct err *e);

/* agree_totals - after a run, for the summary on stderr */
struct agree_totals {
	uint64_t labels, tasks, workers, classes, replaced, ties;
	uint32_t iterations;
	bool converged;
};
struct agree_totals agree_totals(const void *stage);

#endif
