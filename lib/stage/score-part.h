/* score-part - inside the score stage: what it holds, and the rules that make scores of verdicts.
 *
 * One run goes: score.c prepares a book of the labels (who, about what, when, which of them count), score-verdict.c
 * finds a verdict for each label of this epoch, then the rule that was asked for writes the score records.
 */
#ifndef STAGE_SCORE_PART_H
#define STAGE_SCORE_PART_H

#include "data/labels.h"
#include "stage/judge.h"
#include "stage/score-extra.h"
#include "stage/score-people.h"
#include "stage/score-review.h"
#include "stage/score-state.h"
#include "stage/score-tell.h"
#include "stage/score.h"
#include "stage/tasks.h"

enum verdict { PENDING, VERIFIED, REJECTED };
enum ground { BY_CONSENSUS, BY_GOLD, BY_REVIEW };

/* A label that an earlier run has judged.  It belongs to the epoch of that run, which is closed: this value counts. */
struct past_label {
	uint32_t task, worker, value, epoch;    /* epoch: a name of s->epochs */
	bool on_gold;                           /* its task had gold then */
	bool is_class;                          /* of a type whose answers are right or wrong */
};

struct score {
	struct intern tasks, workers, values;   /* values: keys of rec/value.h */
	struct labels labels;                   /* as they came, in the order of the stream: never grouped */
	uint32_t *gold;                         /* value id by task id, INTERN_NONE = no gold */
	size_t n_gold, cap_gold;
	uint64_t gold_replaced;
	struct judge judge;
	struct task_table table;
	struct score_extra extra;               /* of labels[] */
	struct past_label *past;
	size_t n_past, cap_past;
	struct intern epochs;                   /* named by earlier verdicts and scores */
	struct people people;
	struct reviews reviews;
	struct carried carried;                 /* what earlier scores know of the workers */
	struct reputations reputations;
	struct intern reviewers;                /* of options: whose reviews count */
	struct intern unheld;                   /* of options: workers whose copy hold was looked at, and is over */
	struct arena scratch;
	struct buf key;
	struct score_options options;
	struct score_totals totals;
	struct score_trust trust[N_TRUSTS];
	struct tell tell;
};

/* score_type - of a task; score_judges - do the others on a task decide, too?  (class, ordinal) */
enum task_type score_type(const struct score *s, struct str task);
bool score_judges(const struct score *s, struct str task);

/* score_has_classes - can two answers to tasks of this type be told to be the same, so that gold decides?
 * (class, ordinal, pair, multi) */
static inline bool score_has_classes(enum task_type t)
{
	return t == TASK_CLASS || t == TASK_ORDINAL || t == TASK_PAIR || t == TASK_MULTI;
}

/* ---- the book: what a rule has to go by --------------------------------------------------- */

/* What one worker's labels of this epoch came to. */
struct tally {
	uint32_t count[3];                      /* by verdict */
	uint32_t gold_hits, gold_trials;
};

struct score_book {
	struct score *s;
	struct labels l;                        /* of this epoch, those that count, in both orders; values are ids of s->values */
	uint8_t *verdict;                       /* by label in task-major order: enum verdict */
	uint32_t *gold;                         /* by task, l.n_tasks: value, or INTERN_NONE */
	struct tally *tally;                    /* by worker, l.n_workers */
	uint32_t *identity;                     /* by worker: the accounts of one person have one number */
	size_t n_identities;
	unsigned threads;
	size_t n_tasks, n_workers, n_values;    /* of all that was taken */
	uint32_t *class_of;                     /* by value: the one that stands for all that are equal to it; NULL: each is */
	uint8_t *fate;                          /* by past label, then by label as it came: enum fate */
	struct review_sums reviews;
	uint32_t *held;                         /* by worker, NULL: units of his that a copy hold keeps back */
	uint32_t *worth;                        /* by worker: what one more unit of his would be paid, in basis points of the rate */
};

/* What became of a label: its verdict and ground, and */
enum fate {
	FATE_VERDICT = 3,               /* enum verdict */
	FATE_GROUND = 12,               /* enum ground, times 4 */
	FATE_ON_GOLD = 16,              /* the task has gold, of a type with classes */
	FATE_HIT = 32,                  /* and this is it */
	FATE_CLASS = 64,                /* the task's type has classes */
	FATE_COUNTS = 128               /* it is its person's one label of the task */
};

static inline enum verdict fate_verdict(uint8_t fate)
{
	return (enum verdict)(fate & FATE_VERDICT);
}

/* score_class - of a value */
static inline uint32_t score_class(const struct score_book *b, uint32_t value)
{
	return b->class_of ? b->class_of[value] : value;
}

/* ---- score-verdict.c ------------------------------------------------------------------------ */

/* score_judge_all - fill b->fate and b->tally, and emit the verdict records; what happened is counted in s->totals.
 * Of the labels of one person for one task an earlier epoch's counts, or else the last */
void score_judge_all(struct score_book *b, struct sink *out);

/* ---- score-rule.c ----------------------------------------------------------------------------- */

/* A rule writes the score record of every worker who has labels in the book; false and *e, before it has written
 * anything, when it cannot.  Most rules: for each worker score_open, their own fields, score_close. */
struct score_rule {
	const char *name;
	bool plain;                     /* it goes by b->fate: b->l and b->verdict may be empty */
	bool (*run)(struct score_book *b, struct sink *out, struct err *e);
};

/* score_rules - all there are; NULL name at the end */
extern const struct score_rule score_rules[];

/* score_open - begin a record: worker, epoch, the tally, score_bp (less what findings take), bonus_bp and rule; *line is
 * reset.  score_put_reputation - its members of score-reputation.h, when they are asked for; score_bp is as for score_open */
void score_open(const struct score_book *b, uint32_t worker, uint32_t score_bp, uint32_t bonus_bp, struct buf *line);

void score_put_reputation(const struct score_book *b, uint32_t worker, uint32_t score_bp, uint64_t units,
                          struct buf *line);

/* score_close - its closing brace; off it goes, and the worker is counted */
void score_close(struct score_book *b, struct buf *line, struct sink *out);

/* ---- score-hold.c ------------------------------------------------------------------------------- */

/* score_hold - the default rule; score_hold_check - before anything is written: can it go on from the scores that are there? */
bool score_hold(struct score_book *b, struct sink *out, struct err *e);
bool score_hold_check(struct score_book *b, struct err *e);

/* ---- score-queue.c -------------------------------------------------------------------------------- */

/* score_queue - what people should look at first: one `queue` record each */
void score_queue(struct score_book *b, struct sink *out);

/* ---- score-take.c ---------------------------------------------------------------------------------- */

bool score_take(void *stage, struct str kind, const struct json_record *r, struct err *e);

/* ---- score-options.c ---------------------------------------------------------------------------- */

/* score_put_options - the object of the run record; score_configure reads it back */
void score_put_options(struct buf *b, const struct score *s);
bool score_configure(void *stage, const struct json_field *options, struct err *e);

#endif
