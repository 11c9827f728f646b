/* score-quality - inside the quality records: pairs of what was said and gold, and how a figure is written.
 *
 * One worker's labels on tasks of one type with gold make one record.  What a label or a gold cannot be as an
 * answer of its type (a number that is a word) is `unfit`, is told, and counts nowhere else.
 */
#ifndef STAGE_SCORE_QUALITY_H
#define STAGE_SCORE_QUALITY_H

#include "score/quality.h"
#include "stage/score-more.h"

/* a label on a task with gold */
struct quality_pair {
	uint32_t task, said, gold;      /* values: ids of the stage */
	double confidence;              /* < 0: none */
};

enum { QUALITY_WHYS = 16 };

struct quality_work {
	const struct score_book *book;
	double level;                   /* one-sided, of the bounds */
	struct buf line;
	struct why { const char *name, *text; } why[QUALITY_WHYS];   /* of the object that is open */
	size_t n_whys;
	uint32_t *rank;                 /* by value: its place in the order of texts */
	uint32_t *place;                /* by value: scratch, zero in between */
	struct intern names;            /* labels of regions, members of sets */
	size_t n_members;               /* names that sets use, all in all */
};

/* quality_put - a member: the number, or null, and quality_whys gives the reason */
void quality_put(struct quality_work *q, const char *name, struct measure m);

/* quality_whys - the member "why" of the object that is open, an object itself, when one of its figures is null */
void quality_whys(struct quality_work *q);

/* quality_prf_put - precision, recall and f1 as a member object */
void quality_prf_put(struct quality_work *q, const char *name, struct prf p);

/* quality_key - the value of a label or of gold: a key of rec/value.h */
struct str quality_key(const struct quality_work *q, uint32_t value);

/* The figures of n > 0 pairs, as members of the record that is open, from "n" on.  The first is for class, ordinal
 * and pair. */
void quality_classes(struct quality_work *q, const struct quality_pair *p, size_t n, bool ordinal);
void quality_numbers(struct quality_work *q, const struct quality_pair *p, size_t n);
void quality_texts(struct quality_work *q, const struct quality_pair *p, size_t n);
void quality_sets(struct quality_work *q, const struct quality_pair *p, size_t n);
void quality_boxes(struct quality_work *q, const struct quality_pair *p, size_t n);
void quality_spans(struct quality_work *q, const struct quality_pair *p, size_t n);

/* quality_members - count the members of one more value of a set, before the first quality_sets */
void quality_members(struct quality_work *q, uint32_t value);

#endif
