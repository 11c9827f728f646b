/* quick - label records in bulk: many lines read by several threads.
 *
 * Most lines of a large input are good, plain label records.  They are read here
 * into slices, and whoever takes them takes thousands at once; every other line
 * (another kind, a blank one, a bad one) is only recognised and left to the slow,
 * careful path.  What is taken is the same as rec_label and value_key would give.
 */
#ifndef REC_QUICK_H
#define REC_QUICK_H

#include "base/arena.h"
#include "json/record.h"
#include "rec/shape.h"

struct quick_label {
	struct str task, worker, key;   /* key: the value's class (rec/value.h) */
	const char *end;                /* one past the line's newline */
	bool plain;                     /* false: not a good label record; nothing else is set */
};

/* Some that follow each other. */
struct quick_run {
	const struct quick_label *label;        /* borrowed */
	size_t n;
};

enum { QUICK_KNOWN = 64 };

/* One part of the lines, and where its slices live. */
struct quick_part {
	struct str text;                /* whole lines; borrowed */
	bool whole;                     /* labels that say more (a confidence, a prediction) are not plain */
	struct quick_label *label;      /* one for each line */
	size_t n, cap;
	struct arena arena;             /* keys, lower-case addresses, unescaped ids */
	struct json_record rec;
	struct shape shape;             /* of the lines so far; outlives the text */
	struct str known[QUICK_KNOWN];  /* keys in the arena, by a hash */
};

/* quick_read - fill p->label from p->text; what p held before is dropped, its memory used again */
void quick_read(struct quick_part *p);

void quick_release(struct quick_part *p);

#endif
