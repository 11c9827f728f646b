/* agreement - how far workers agree, as `agreement` records.
 *
 * One record for each coefficient asked for; with per_class one more for each class and coefficient
 * that one class against the others defines (percent, fleiss, ac1, ac2, bp, alpha); with pairs one
 * for each two workers who share enough tasks and each coefficient that two workers define
 * (percent, cohen, scott, ac1, ac2, bp; where the list has none of these, cohen); and with by_group
 * all this again for each group of tasks.  In this order: coefficients, classes by coefficient,
 * pairs by first and second worker, then groups by their first label.
 *
 * Definitions are in agree/coef.h, agree/duo.h, agree/icc.h and, for the nominal alpha, agree/alpha.h.
 * What is undefined is null with a reason, never a number.
 */
#ifndef STAGE_AGREEMENT_H
#define STAGE_AGREEMENT_H

#include "agree/coef.h"
#include "agree/icc.h"
#include "data/ids.h"
#include "stage/groups.h"
#include "stage/stage.h"
#include "stage/tasks.h"

enum { AGREEMENT_MOST = 16, AGREEMENT_MOST_CHOICES = 4096, AGREEMENT_MOST_RESAMPLES = 100000 };

struct agreement_options {
	size_t n;                                       /* how many coefficients, in the order asked for */
	struct { bool is_icc; unsigned id; } of[AGREEMENT_MOST];     /* enum icc_kind or coef_id */
	enum weights_kind weights;                      /* for all but ac1 and alpha */
	enum metric metric;                             /* for alpha */
	double circumference;                           /* for the circular metric */
	/* not in a run record while they are what agreement_init makes them */
	bool per_class;
	uint32_t pairs;                                 /* least number of common tasks; 0 = no pairs */
	uint32_t bootstrap;                             /* resamples for the error; 0 = other errors */
	bool by_group;
	size_t n_choices;                               /* bytes of the list of classes in their order; 0 = none */
	char choices[AGREEMENT_MOST_CHOICES];
};

/* agreement_init - alpha, nominal; identity weights */
void agreement_init(struct agreement_options *o);

/* agreement_parse - a comma-separated list of names, or "none"; false and *e for another word, one
 * that stands twice, or too many */
bool agreement_parse(struct str list, struct agreement_options *o, struct err *e);

/* agreement_choices - a comma-separated list of classes by their text, in their order; it is copied.
 * false and *e when one is empty or stands twice, the list is longer than AGREEMENT_MOST_CHOICES, or not UTF-8. */
bool agreement_choices(struct str list, struct agreement_options *o, struct err *e);

/* agreement_check - whether the options go together; false and *e, which names them as the command does */
bool agreement_check(const struct agreement_options *o, struct err *e);

/* agreement_put_options - as members of the options of a run record, from "agreement" on */
void agreement_put_options(struct buf *b, const struct agreement_options *o);

/* The labels of one type of tasks.  Everything borrowed.
 *
 * The domain, on which ac1, ac2 and bp depend, is the classes of l, those that the tasks' `choices`
 * declare, and those of the option choices.  Of a group it is the classes that its labels have and
 * those that are declared for its tasks.
 *
 * Weights and metrics that look at how far classes are apart take the place of a class among the
 * choices with this number in the table (order), if it is given; else the numbers that the classes are, if all are
 * numbers; else the place in the option choices.  Otherwise the coefficient is null. */
struct agreement_of {
	const char *type;               /* what the records say they are about; NULL = nothing, as of type class */
	const struct labels *l;         /* grouped; classes 0 .. n_classes-1 */
	bool repeats;                   /* l may hold several labels of a worker and task: the last one counts */
	struct ids classes;             /* keys of rec/value.h, no two with the same text */
	struct ids tasks, workers;
	const struct task_table *table; /* NULL = nothing is declared */
	uint32_t order;                 /* a list of choices, or TASK_NO_LIST */
	const struct groups *groups;    /* NULL = no task has one */
	uint64_t seed;                  /* of the bootstrap */
	unsigned threads;               /* 0 = all cores; no record depends on it */
};

/* agreement_emit - the records.
 *
 * O(labels + classes) for the coefficients and the same again by group; coefficients of pairs O(sum over
 * tasks of labels squared); the bootstrap O(bootstrap * cells) for each coefficient. */
void agreement_emit(const struct agreement_of *in, const struct agreement_options *o, struct sink *out);

#endif
