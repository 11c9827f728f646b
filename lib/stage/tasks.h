/* tasks - what `task` records declare about the answers to them: type, choices, items.
 *
 * A task of which nothing is declared is of type class and takes part in nothing here; so a
 * stream of ten million plain tasks costs nothing.  A later record of a task replaces an earlier one.
 */
#ifndef STAGE_TASKS_H
#define STAGE_TASKS_H

#include "data/intern.h"
#include "rec/rec.h"

enum task_type {
	TASK_CLASS,     /* value: a string, number or boolean, one of a few */
	TASK_ORDINAL,   /* the same, in the order of the choices */
	TASK_NUMBER,
	TASK_MULTI,     /* an array of strings */
	TASK_PAIR,      /* "left", "right" or "tie"; data: {"left":ITEM,"right":ITEM}, two strings */
	TASK_TEXT,
	TASK_BOX,       /* {"label","x","y","w","h"} or an array of them */
	TASK_SPAN,      /* {"label","start","end"} or an array of them */
	TASK_OTHER,     /* a type that nothing here aggregates */
	N_TASK_TYPES
};

#define TASK_NO_LIST UINT32_MAX
#define TASK_NO_LENGTH UINT32_MAX

struct task_info {
	enum task_type type;
	uint32_t list;                  /* its choices, or TASK_NO_LIST */
	uint32_t left, right;           /* of a pair: items */
	uint32_t length;                /* of a span: code points of the text, or TASK_NO_LENGTH where data holds none: it is
	                                 * a string, or an object with a string "text" */
};

/* the choices of a task: keys of rec/value.h, in their order, each once */
struct task_list {
	struct str *key;
	size_t n;
};

struct task_table {
	struct intern names;            /* of tasks that declare something */
	struct task_info *of;           /* by name */
	size_t cap;
	struct intern list_text, item;
	struct task_list *list;         /* by list_text */
	size_t cap_list;
	bool any_list;
	struct arena arena;
};

/* task_type_name - as `type` says it; task_type_find - TASK_OTHER for any other text */
const char *task_type_name(enum task_type t);
enum task_type task_type_find(struct str name);

/* tasks_take - false and *e: choices that are no scalars or repeat, an ordinal without choices, a pair
 * without items */
bool tasks_take(struct task_table *t, const struct rec_task *r, struct err *e);

/* tasks_info - of a task, or NULL: nothing declared, it is of type class */
const struct task_info *tasks_info(const struct task_table *t, struct str task);

/* task_value_fits - whether a value can be an answer to a task of this type, as far as its JSON type says;
 * what is inside an array or object is looked at when it is read.  false and *e otherwise. */
bool task_value_fits(enum task_type type, const struct json_field *value, struct err *e);

void tasks_release(struct task_table *t);

#endif
