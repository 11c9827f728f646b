/* units - the labels of each task as counts, in one canonical form.
 *
 * What every agreement coefficient reads: for task i the classes that occur, in
 * class order, each with its count.  The order of labels inside a task is gone, so
 * the same set of labels gives the same bits however it arrived.
 *
 * Classes are numbered by position: position 0 has the smallest numeric value, or
 * without values the lowest class number.
 */
#ifndef AGREE_UNITS_H
#define AGREE_UNITS_H

#include "data/labels.h"

struct units {
	const struct labels *l;   /* borrowed until units_release */
	size_t n;                 /* tasks with a label */
	size_t n_pair;            /* tasks with two labels or more: "pairable" */
	size_t n_pair_labels;     /* labels on pairable tasks */
	size_t n_classes;         /* q, of the whole domain */
	size_t most;              /* labels of the largest task */
	uint32_t *task;           /* n: the task's number in l */
	uint32_t *size;           /* n: r_i, labels of the task */
	uint32_t *off;            /* n + 1: unit i has the cells off[i] .. off[i+1]-1 */
	uint32_t *pos, *count;    /* by cell: class position, ascending in a unit, and r_ik */
	uint32_t *place;          /* q: position of a class */
	uint32_t *class;          /* q: class at a position */
	double *x;                /* q: value at a position, ascending; NULL without values */
};

/* units_init - build the counts.
 *
 *   l   grouped; l->n_classes is the size of the domain
 *   x   n_classes finite numbers, the value of each class, or NULL
 * All arrays owned.  O(labels + classes log classes) time (a task with r labels:
 * r log r), 8 bytes a cell, 12 a task; 10 million labels take 0.15 s. */
void units_init(struct units *u, const struct labels *l, const double *x);

void units_release(struct units *u);

/* counts - a list of classes with counts, as of one task or one worker */
struct counts {
	const uint32_t *pos;      /* ascending */
	const uint32_t *count;
	size_t n;
	uint64_t total;           /* sum of the counts */
};

static inline struct counts units_counts(const struct units *u, size_t i)
{
	return (struct counts){ u->pos + u->off[i], u->count + u->off[i], u->off[i + 1] - u->off[i], u->size[i] };
}

/* counter - turns any list of class positions into cells; O(list + distinct log distinct) a call */
struct counter {
	uint32_t *tally;          /* n_classes, zero between calls */
	uint32_t *pos, *count;    /* result of the last call */
	size_t n, cap;
};

void counter_init(struct counter *c, size_t n_classes);
void counter_release(struct counter *c);

/* counter_add - count class position pos once more; counter_counts - the cells so far, in order,
 * borrowed until the next counter_add, which starts a new list */
void counter_add(struct counter *c, uint32_t pos);
struct counts counter_counts(struct counter *c);

#endif
