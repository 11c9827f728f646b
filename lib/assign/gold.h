/* gold - when a person is asked what is known already, and which of it.
 *
 * Answer j of a person, counted from 1 and over all epochs, is looked up in
 *
 *	D = HMAC-SHA256(key, PERSON NUL j)             j in decimal digits
 *
 * read as four numbers of 64 bits, big-endian: it is hidden gold when the first is below
 * rate * 2^64, the second chooses the class, all alike however rare they are among the tasks,
 * and the third where in the items of the class the search begins for one that the person has
 * not had.  Without the key nobody can tell; with it everybody can check.
 *
 * The rate is that of the person's standing (score/rule.h): somebody new is looked at closely,
 * one who is cleared now and then.
 * Sources: design of the default score; RFC 2104.  Tests: t/unit/u-gold.c.
 */
#ifndef ASSIGN_GOLD_H
#define ASSIGN_GOLD_H

#include <stdbool.h>

#include "assign/lists.h"
#include "base/str.h"

enum gold_standing { GOLD_NEW, GOLD_CLEARED, GOLD_RETEST, GOLD_STOPPED };

/* in basis points; the first GOLD_FIRST answers have a rate of their own */
enum { GOLD_FIRST = 20, GOLD_RATE_FIRST = 3000, GOLD_RATE_NEW = 1000, GOLD_RATE_CLEARED = 500, GOLD_RATE_RETEST = 2000 };

uint32_t gold_rate(enum gold_standing standing, uint64_t j);

struct gold_draw {
	bool gold;
	uint64_t class, item;           /* to be scaled: gold_below */
};

/* gold_draw - is answer j gold?  O(1), one HMAC */
struct gold_draw gold_draw(struct str key, struct str person, uint64_t j, uint32_t rate_bp);

/* gold_below - a number below n from 64 uniform bits */
uint32_t gold_below(uint64_t bits, uint32_t n);

struct gold_person {
	struct str id;
	enum gold_standing standing;
	uint64_t answered;              /* so far */
};

/* Borrowed throughout. */
struct gold_in {
	struct str key;
	const struct gold_person *person;
	size_t n_persons;
	const uint32_t *who, *base;     /* of each worker: his person, all accounts of one in a row, and how many other
	                                 * tasks he is given */
	size_t n_workers;
	const struct lists *classes;    /* list = class, items = items of gold; each in one */
	const struct lists *seen;       /* list = person, items = items of gold had already */
	uint32_t *used;                 /* in and out, by item: how many persons had it */
	uint32_t most;                  /* retired after so many */
};

struct gold_seat {
	uint32_t worker, item;
	uint64_t turn;                  /* j */
};

struct gold_out {
	struct gold_seat *seat;         /* by worker, then turn; owned, free() */
	size_t n;
	uint64_t *first;                /* by worker: the first turn of this run; owned, free() */
	uint64_t missed;                /* draws for which no gold was left */
};

/* gold_run - who gets which gold at which turn; the turns between are those of the other tasks.
 * The accounts of a person take their turns one after the other.  What one person gets matters to
 * another by `most` alone.  O(answers + seats * items of a class), in practice O(answers). */
void gold_run(const struct gold_in *in, struct gold_out *out);

void gold_out_release(struct gold_out *out);

#endif
