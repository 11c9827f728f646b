/* studio - Label Studio's JSON export: one array of tasks, each with its annotations.
 *
 *	if (!studio_check(text, &e)) ...                // the whole file
 *	while (json_next(&text, &item))
 *		studio_scan(&s, &item);                 // which fields were asked?
 *	if (!studio_choose(&s, &e)) ...
 *	while (json_next(&text, &item)) {
 *		if (!studio_task(&s, &item, &e)) ...    // bad
 *		while (studio_next(&s))
 *			got = studio_put(&s, &line, &e);
 *	}
 *
 * The text is read by lib/json and not by cJSON: identifiers and times keep their
 * digits, a task's data its bytes, and no tree of a big export is built.
 */
#ifndef INGEST_STUDIO_H
#define INGEST_STUDIO_H

#include <stdint.h>

#include "base/buf.h"
#include "json/record.h"

enum studio_got {
	STUDIO_LABEL,
	STUDIO_GOLD,
	STUDIO_CANCELLED,       /* the annotator gave up: no label */
	STUDIO_EMPTY,           /* submitted without an answer */
	STUDIO_OTHER,           /* answers other fields only */
	STUDIO_BAD,
	STUDIO_GOTS,
};

/* What the results of a field are: the type of its tasks (lbl-records(5)). */
enum studio_type {
	STUDIO_CLASS,           /* choices of one, dates; also what nobody answered */
	STUDIO_MULTI,           /* choices of which somebody made several at once */
	STUDIO_ORDINAL,         /* ratings: 1 to 5, or to the greatest one met */
	STUDIO_NUMBER,
	STUDIO_TEXT,
	STUDIO_PAIR,
	STUDIO_BOX,
	STUDIO_SPAN,
	STUDIO_ELSE,            /* what lbl-agree has no methods for: the type is as the export names it */
};

struct studio_field {
	struct str name;                /* from_name */
	unsigned types;                 /* bits of studio_type that were met */
	bool several;                   /* in one annotation, and no regions */
	uint64_t most;                  /* the greatest rating */
	struct str other;               /* of STUDIO_ELSE: the first name */
	struct str to_name;             /* of STUDIO_PAIR */
};

/* Different texts, in the order of their first appearance. */
struct studio_names {
	struct str *name;
	size_t n, cap;
};

struct studio {
	/* set by the caller */
	struct str field;               /* from_name; empty = the only one there is */
	struct str worker_key;          /* the member of completed_by that names the worker */
	struct str task_key;            /* the member of data that names the task; empty = the task's id */
	bool list;                      /* choices are arrays even when there is one; so where type is STUDIO_MULTI */

	struct json_field annotation;   /* the current one, borrowed from the text */
	const char *at;                 /* after an error: where in the text */

	/* what was met */
	struct studio_field *fields;    /* of the results that count */
	size_t n_fields, cap_fields;
	struct studio_names unknown;    /* types that were passed as they are */
	uint64_t predictions, relations;
	uint64_t nothing;               /* annotations without a box or a span: labels that are an empty array */
	uint64_t no_items;              /* pairs whose data does not tell what is compared: they are of type class */
	enum studio_type type;          /* of the chosen field: studio_choose */
	const struct studio_field *chosen;      /* NULL: nothing was answered */

	/* private */
	struct json_record task, data, ann, by, res, val;
	struct str rest;                /* annotations to come */
	struct str id;                  /* of the task */
	struct buf value;
	struct arena keep, scratch;
};

/* studio_check - is text one valid JSON array?  err.byte counts from the start of text */
bool studio_check(struct str text, struct err *e);

/* studio_scan - note the fields that a task's annotations answer, and what else is in it */
void studio_scan(struct studio *s, const struct json_field *task);

/* studio_choose - settle the field; false and *e, which lists them, when it is not the
 * caller's choice and there are several, or when it is and it is not among them */
bool studio_choose(struct studio *s, struct err *e);

/* studio_task - start with a task; false and *e when it has no fit id or no annotations */
bool studio_task(struct studio *s, const struct json_field *task, struct err *e);

/* studio_put_task - append the task record, with the data whole and on one line, and the type of the chosen field
 * unless it is class.  A pair has the items "left" and "right" in front of its data unless they are there: the two
 * members that to_name names; else the two whose names differ only in their last byte, the lower one left. */
bool studio_put_task(struct studio *s, struct buf *b, struct err *e);

/* studio_next - step to the task's next annotation */
bool studio_next(struct studio *s);

/* studio_put - what the annotation is; its record is appended to *b when it is a label
 * or gold.  *b may hold half a record otherwise. */
enum studio_got studio_put(struct studio *s, struct buf *b, struct err *e);

void studio_release(struct studio *s);

#endif
