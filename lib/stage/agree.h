/* agree - the stage that turns labels into consensus, skills and agreement.
 *
 * Takes `label` (a later label of one worker on one task replaces the earlier),
 * `gold`, and `skill` (the counts that an earlier run ended with).
 * Emits `agreement` (Krippendorff's alpha), one `consensus` a task in the order in
 * which tasks first appear, and one `skill` a worker likewise; with method auto a
 * `choice`, and with gold that judges a `judgement`.
 */
#ifndef STAGE_AGREE_H
#define STAGE_AGREE_H

#include "agree/hedge.h"
#include "agree/methods.h"
#include "rec/quick.h"
#include "stage/agreement.h"
#include "stage/tasks.h"

enum { AGREE_MAX_ITERATIONS = 1000000 };

enum agree_gold { AGREE_GOLD_CLAMP, AGREE_GOLD_JUDGE, AGREE_GOLD_IGNORE };
enum agree_repeats { AGREE_REPEATS_LAST, AGREE_REPEATS_ERROR, AGREE_REPEATS_KEEP };

struct agree_options {
	const struct agree_method *method;      /* of type class */
	unsigned char type_method[N_TASK_TYPES];        /* of the others: see agree_methods_parse; 0 = auto */
	uint32_t iterations;            /* at most; 0 = the method's own */
	double tolerance;               /* 0 = the method's own, below 0 = never stop */
	uint64_t seed;
	enum agree_gold gold;           /* clamp: gold is known; judge: it is held out, to judge; ignore */
	enum agree_repeats repeats;
	struct agreement_options agreement;
	bool calibrate;                 /* posteriors are corrected by what gold says of them */
	double overlap;                 /* of two boxes of the same thing, at least: 0 < overlap <= 1 */
	double half_life;               /* runs after which counts of earlier ones weigh half; 0 = for ever */
	unsigned threads;               /* 0 = all cores; never changes the result, never in the run record */
};

/* agree_options_init - method auto, gold clamps, everything else the default */
void agree_options_init(struct agree_options *o);

/* agree_methods_parse - a list of methods: NAME for the type class, TYPE=NAME for another one, separated by
 * commas; what is not named is auto.  false and *e for a type or method that is none, or one named twice. */
bool agree_methods_parse(struct str list, struct agree_options *o, struct err *e);

/* agree_options_put, agree_options_read - the options object of a run record.  Reading allows what the
 * command line allows, and no more: a forged log must not make an auditor compute for ever.
 * What was added after the first logs were written (per_class, pairs, bootstrap, by, choices) is in the
 * object only when it is not the default: absent = default. */
void agree_options_put(struct buf *b, const struct agree_options *o);
bool agree_options_read(const struct json_field *options, struct agree_options *o, struct err *e);

void agree_set(void *stage, const struct agree_options *o);

/* agree_watch - have tick called while a model of type class is fitted: before each iteration, of which there may be
 * `most`.  It changes no result and is no option. */
void agree_watch(void *stage, void (*tick)(unsigned done, unsigned most));

/* agree_last - the next run is the last, and nothing is taken after it: the labels may be given up in it, 12 bytes
 * each.  (Otherwise a stage keeps all it has taken.) */
void agree_last(void *stage);

/* agree_set_report - where a run leaves a page about itself (stage/report.h); borrowed, NULL = none is wanted.
 * Not an option of the run record: it changes no record. */
void agree_set_report(void *stage, struct buf *out);

/* agree_take_labels - what take does for many label records at once; the ids of tasks, of workers
 * and of values are found by a thread each */
bool agree_take_labels(void *stage, const struct quick_run *run, size_t n_runs, struct err *e);

/* agree_totals - after a run, for the summary on stderr */
struct agree_totals {
	uint64_t labels, tasks, workers, classes, replaced, ties, gold;
	uint32_t iterations;
	bool converged;
	bool judged;                    /* gold has judged: the four below */
	double accuracy, log_loss, brier, ece;
	struct calibration_totals {
		uint64_t gold;          /* tasks it was learned on */
		double power, loss_before, loss_after, ece_before, ece_after;
	} calibration;
	struct agree_auto_why why;      /* with method auto */
	uint64_t other;                 /* tasks with labels, of types that are not aggregated */
	bool classes_there;             /* there were labels of type class: why, judged, ties, iterations are theirs */
	struct str notes;               /* lines to be told, of other types; borrowed from the stage */
};
const struct agree_totals *agree_totals(const void *stage);

#endif
