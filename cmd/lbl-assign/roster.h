/* roster - the tasks, workers and seats that a stream tells of, and the numbers that
 * assign_run wants of them.
 */
#ifndef LBL_ASSIGN_ROSTER_H
#define LBL_ASSIGN_ROSTER_H

#include "assign/assign.h"
#include "assign/gold.h"
#include "data/intern.h"
#include "rec/rec.h"

struct roster_task {
	bool known;             /* has a task record; others are only named by seats */
	bool gold;              /* asked as hidden gold alone: it has no seats to fill */
	uint32_t skills;
};

struct roster_worker {
	bool known;
	uint32_t identity, skills;
	uint32_t capacity;      /* UINT32_MAX: none stated */
	size_t conflict;        /* where his conflicts are in roster.conflict */
	uint32_t n_conflicts;
};

/* What the scores of the last epoch say of a worker. */
struct roster_score {
	uint8_t standing;               /* enum gold_standing */
	uint64_t answers;               /* so far */
};

struct roster_seat {
	uint32_t task, worker;
	bool review;            /* keeps the worker off the task without filling a seat */
};

/* Zeroed memory is an empty roster. */
struct roster {
	uint64_t tasks_replaced, workers_replaced;

	/* what the records say; ids by order of appearance */
	struct intern tasks, workers;
	struct intern persons;          /* identities, and whatever conflicts name */
	struct intern skills, sets;     /* a set is the ascending numbers of its skills, as bytes */
	struct roster_task *task;
	struct roster_worker *worker;
	struct roster_score *score;     /* by worker, zeroed where there is none */
	struct roster_seat *seat;
	uint32_t *conflict;             /* persons */
	uint32_t *scratch;              /* skills of one record */
	size_t cap_tasks, cap_workers, cap_scratch, n_seats, cap_seats, n_conflicts, cap_conflicts;
	struct arena arena;             /* for one record */

	/* what roster_in points to */
	struct assign_task *in_task;
	struct assign_worker *in_worker;
	struct lists set_list, conflict_list, taken;
};

/* roster_take - look at a record; only task, worker, label and assignment matter.
 * false and *e when it is bad input. */
bool roster_take(struct roster *r, struct str kind, const struct json_record *rec, struct err *e);

/* roster_task, roster_score - where more is noted of a task or worker that need have no record; borrowed until the
 * next record.  roster_persons - what is known of each person, from the scores of all his accounts: whoever is
 * stopped under one name is, and else the account with the most answers counts.  n is the number of persons. */
struct roster_task *roster_task(struct roster *r, struct str name);
struct roster_score *roster_score(struct roster *r, struct str worker);
struct roster_score *roster_persons(const struct roster *r);

/* roster_in - the question for assign_run: k seats a task, at most cap tasks a worker
 * (UINT32_MAX: any number), seats in the stream counted.  Once; borrowed until roster_release. */
struct assign_in roster_in(struct roster *r, uint32_t k, uint32_t cap);

void roster_release(struct roster *r);

#endif
