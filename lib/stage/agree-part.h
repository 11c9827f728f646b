/* agree-part - inside the agree stage: what it holds, and one type of tasks out of it.
 *
 * Tasks of different types share a stream and nothing else.  For each type the stage makes a part, its
 * labels alone with tasks and workers numbered anew, and hands it to the type's own file; so a
 * type's records are those that a stream of this type alone would give.
 */
#ifndef STAGE_AGREE_PART_H
#define STAGE_AGREE_PART_H

#include "data/ids.h"
#include "stage/agree.h"
#include "stage/earlier.h"
#include "stage/report-keep.h"
#include "stage/tasks.h"

struct agree {
	struct intern tasks, workers, values;   /* of labels; values: keys of rec/value.h */
	struct labels labels;
	struct intern gold_tasks;
	uint32_t *gold;                         /* value by id in gold_tasks */
	size_t n_gold, cap_gold;
	struct task_table table;
	struct groups groups;
	struct earlier earlier;
	struct arena scratch;
	struct buf key;
	struct agree_options options;
	struct agree_totals totals;
	void (*tick)(unsigned done, unsigned most);
	bool last;                              /* agree_last */
	struct buf notes;                       /* lines: agree_note */
	struct report_keep report;
};

/* ---- agree-take.c ---------------------------------------------------------------------- */

bool agree_take(void *stage, struct str kind, const struct json_record *r, struct err *e);

/* ---- agree-part.c ---------------------------------------------------------------------- */

struct part {
	struct agree *s;
	enum task_type type;
	uint32_t list;                  /* ordinal: the choices of its tasks, an index of s->table.list */
	struct labels l;                /* grouped.  Values are ids in s->values, n_classes is their number */
	struct ids tasks, workers;
	uint32_t *task_of, *worker_of;  /* what they map by; NULL when all labels are in the part */
	uint32_t *gold;                 /* by task, value or AGREE_NO_GOLD; NULL = none, or --gold ignore.  Mostly
	                                 * one goes on with part_clamps */
};

/* part_init - the labels of a type (ordinal: with this list of choices); part_init_all - all labels there are */
void part_init(struct part *p, struct agree *s, enum task_type type, uint32_t list, const uint8_t *type_of_task,
               const uint32_t *list_of_task);
void part_init_all(struct part *p, struct agree *s);
void part_release(struct part *p);

/* part_key - the value of an id, as rec/value.h writes it */
static inline struct str part_key(const struct part *p, uint32_t value)
{
	return intern_str(&p->s->values, value);
}

/* part_clamps - does gold clamp?  (If p->gold is there at all and this is false it judges.) */
static inline bool part_clamps(const struct part *p)
{
	return p->gold && p->s->options.gold == AGREE_GOLD_CLAMP;
}

/* part_used - which values occur: out[value] for all of s->values; labels that count, and gold */
bool *part_used(const struct part *p);

/* part_bad - the error of a value that cannot be read: the first label or gold that has it is named.  Returns false.
 * why: "is no box", "is not among the choices" */
bool part_bad(const struct part *p, uint32_t value, const char *why, struct err *e);

/* part_bad_at - the same of a label that is known; worker INTERN_NONE: of the task's gold */
bool part_bad_at(const struct part *p, uint32_t task, uint32_t worker, uint32_t value, const char *why, struct err *e);

/* part_check_choices - every label and gold of a task with choices is one of them */
bool part_check_choices(const struct part *p, struct err *e);

/* part_put - end the record that b ends with: its closing brace and its line.  Once a page of them has gathered they
 * go out and b is empty; what is left at the end goes out by sink_lines */
void part_put(struct buf *b, struct sink *out);

/* agree_note - a line for people, behind what the command says itself: what auto chose, and why */
void agree_note(struct agree *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- one type a file --------------------------------------------------------------------- */

/* agree_emit_run - the run record, which comes before all others */
void agree_emit_run(const struct agree *s, struct sink *out);

/* How a type is aggregated.  run must not have emitted anything when it fails. */
struct part_class {
	const char *const *methods;     /* its own, NULL at the end; first "auto" */
	bool categorical;               /* and those of agree/methods.h */
	bool (*run)(struct part *p, struct sink *out, struct err *e);
};

extern const struct part_class part_class_of[N_TASK_TYPES];   /* of TASK_OTHER: nothing */

bool agree_class(struct part *p, struct sink *out, struct err *e);      /* agree-class.c; emits the run record too */
bool agree_ordinal(struct part *p, struct sink *out, struct err *e);
bool agree_number(struct part *p, struct sink *out, struct err *e);
bool agree_multi(struct part *p, struct sink *out, struct err *e);
bool agree_pair(struct part *p, struct sink *out, struct err *e);
bool agree_text(struct part *p, struct sink *out, struct err *e);
bool agree_box(struct part *p, struct sink *out, struct err *e);
bool agree_span(struct part *p, struct sink *out, struct err *e);

/* part_method - the index of the method chosen for the type of p in its own list, -1 when it is a categorical
 * one: then *fit is that */
int part_method(const struct part *p, const struct agree_method **fit);

#endif
