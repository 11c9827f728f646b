/* score-tell - what is kept of a run of the score stage so that people can be told about it: an explanation of one
 * worker's score (score-explain.c) and a page about the campaign (score-report.c).
 *
 * Both are made of the records that are emitted and of what the rule found, never of a second opinion.  A stage
 * with neither wanted keeps nothing and passes everything on.
 *
 * Pay is counted in ten thousandths of the rate of a unit, by the pay policy that goes with the rule: by rule hold
 * units times rule_mult_score times rule_mult_bonus, by others units times score times bonus.
 */
#ifndef STAGE_SCORE_TELL_H
#define STAGE_SCORE_TELL_H

#include "base/buf.h"
#include "json/record.h"
#include "rec/rec.h"
#include "score/rule.h"
#include "stage/stage.h"

/* An account, as its score of this run has it. */
struct told {
	bool there, past;               /* has a score in this run; in an earlier one */
	uint32_t labels, verified, rejected, pending;
	uint32_t score_bp, bonus_bp;
	uint64_t units;                 /* paid now */
	uint64_t due;                   /* units that wait */
	uint64_t pay;
	uint64_t before;                /* pay of the earlier epochs whose scores are in the stream */
};

/* An epoch whose scores are in the stream. */
struct told_epoch {
	uint64_t accounts, labels, units, pay;
};

struct told_queue {
	uint64_t records, labels, at_stake;
};

enum { TOLD_FEW = 20, TOLD_REASONS = 8 };

/* Zeroed memory is empty, and nothing is wanted. */
struct tell {
	struct buf *explain, *report;   /* borrowed; NULL: not wanted */
	struct buf name;                /* of the worker to explain */
	/* private to lib/stage/score-*.c */
	struct told *of;                /* by worker */
	size_t n, cap;
	struct told_epoch *epoch;       /* by name, as the stage numbers epochs */
	size_t n_epochs, cap_epochs;
	struct buf verdicts, score;     /* of the worker to explain: records */
	struct buf queue;               /* the first records of the queue */
	size_t n_queue;
	struct told_queue reason[TOLD_REASONS];
	struct buf reasons;             /* their names, each with a newline */
	struct rule_run run;            /* of rule hold; owned */
	uint32_t now;                   /* number of this epoch */
	bool hold;                      /* is there such a run? */
	struct buf needle;              /* how the worker stands in a record */
	struct arena scratch;
	struct json_record rec;
	struct sink tee, *to;
	const struct score_book *book;  /* while it runs */
};

struct score_book;

/* tell_wants - anything? */
static inline bool tell_wants(const struct tell *t)
{
	return t->explain || t->report;
}

/* tell_past - a score record of an earlier epoch */
void tell_past(struct tell *t, uint32_t worker, uint32_t epoch, const struct rec_score *x, const struct json_record *r);

/* tell_begin - forget an earlier run; returns where to emit to.  An explanation is instead of records: then nothing
 * is passed on to `to`. */
struct sink *tell_begin(struct tell *t, const struct score_book *b, struct sink *to);

/* tell_hold - what rule hold found; *run is empty afterwards when it is kept */
void tell_hold(struct tell *t, struct rule_run *run, uint32_t now);

/* tell_end - write what is wanted; false and *e when there is nobody of that name */
bool tell_end(struct tell *t, struct score_book *b, struct err *e);

void tell_release(struct tell *t);

/* tell_pay - ten thousandths of the rate of a unit */
uint64_t tell_pay(bool hold, uint64_t units, uint64_t score_bp, uint64_t bonus_bp);

/* ---- what the run says ------------------------------------------------------------------ */

/* tell_evaluated - what is known of an epoch whose agreement was computed in this run, or NULL */
const struct rule_epoch *tell_evaluated(const struct tell *t, uint32_t epoch);

/* How often answers of who is cleared are unlike all of 1, 2, ... others. */
struct tell_lone {
	uint64_t met[RULE_SEATS], apart[RULE_SEATS];
	uint64_t between, early;        /* and how often they are like the first where the last is another */
};
struct tell_lone tell_lone(const struct tell *t, size_t n_identities);

/* tell_expected - how often that is to be expected of somebody who is like them; *seen, *lone: his own */
double tell_expected(const struct tell_lone *all, const struct rule_state *x, uint64_t *seen, uint64_t *lone);

/* ---- what is written ---------------------------------------------------------------------- */

/* score_explain - append the explanation; false and *e: nobody of that name has a score */
bool score_explain(const struct score_book *b, struct buf *out, struct err *e);

/* score_report - append the page */
void score_report(const struct score_book *b, struct buf *out);

#endif
