/* score-vote - inside the score stage: the labels of a task side by side, and what most of them say. */
#ifndef STAGE_SCORE_VOTE_H
#define STAGE_SCORE_VOTE_H

#include "stage/score-part.h"

/* Labels of all tasks, by task, as they came; those of earlier epochs first. */
struct ballot {
	struct score_book *b;
	uint32_t *off, *ord;            /* ord: past labels, then s->labels */
	uint32_t *name_of;              /* by value: its name in s->judge.names, or INTERN_NONE */
	uint32_t *value_of;             /* by name: the value that it means */
	struct buf tail;                /* of a verdict record */
};

void ballot_init(struct ballot *a, struct score_book *b);
void ballot_release(struct ballot *a);

/* One label on a task. */
struct vote {
	uint32_t at;                    /* as in ord */
	uint32_t worker, who, value;    /* value: its class */
	bool past, counts;
};

/* Room for one task at a time.  Zeroed memory is empty. */
struct booth {
	struct vote *vote;
	uint64_t *key;                  /* scratch, one a vote */
	uint32_t *said;                 /* values of those that count, ascending */
	struct judge_said *divide;      /* scratch, one a vote */
	size_t cap;
	uint64_t replaced, late;        /* as in struct score_totals, of all that was taken */
};

/* booth_take - the labels on a task into d->vote; of each person's one counts.  Returns how many there are. */
size_t booth_take(struct booth *d, const struct ballot *a, uint32_t task);
void booth_release(struct booth *d);

/* The votes on one task: the winner, its count, and how close the next one is. */
struct poll {
	uint32_t best, second;          /* counts */
	uint32_t winner, runner_up;     /* values with these counts */
	uint32_t n_best;                /* values that share the best count */
	uint32_t total;
};

/* booth_poll - of those of n votes that count */
struct poll booth_poll(struct booth *d, const struct vote *v, size_t n);

/* poll_of_others - one that said `own` left out, of two or more: the value that most of the others gave, and their share;
 * false when there is no one such */
bool poll_of_others(const struct poll *p, uint32_t own, uint32_t *winner, double *confidence);

#endif
