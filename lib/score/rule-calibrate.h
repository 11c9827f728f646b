/* rule-calibrate - the parameters of the default score (rule.h) from a pilot: labels of a crowd, some of them on gold.
 *
 * The pilot's people should be such as one would pay, most of them; it needs no epochs.
 *
 *	p0      what good people reach on gold.  Those with at least RULE_PILOT_GOLD answers to gold are ranked by their share
 *	        of right ones; T is the lower median.  An answer is used when its giver's other answers to gold have
 *	        a share of T or more: so nobody is chosen for the luck of the answer that is then counted, and p0 has no
 *	        bias upwards.  p0 = the mean over the k classes of the share of used answers that are right
 *	p1      who is not to be paid: between what blind guessing reaches on class-balanced gold, 1/k, and p0,
 *	        at 5 (k-1) / 9k of the way: 5/12 for four classes, which gives the default, 5/18 for two, for the nearer p1
 *	        is to p0 the more gold the test wants
 *	ca_ref  rule_run with p0 and p1 over the pilot, cut into parts of about `block` answers a person, every part looked
 *	        at with all gold known; the largest ca_ref with which the blocks of good people are paid the rate or more on average,
 *	        rule_mult_bonus of their bonus being 10000; good: with a share of T or more.  A quantile of the agreement would not do: chance
 *	        moves it, the more the fewer classes there are and the fewer answers a block has
 *
 * Integers throughout; shares in basis points, rounded down.  The order of the labels matters only where it
 * says what came first: for the parts, for the test, and for which of two labels of a person and task counts, the last.
 */
#ifndef SCORE_RULE_CALIBRATE_H
#define SCORE_RULE_CALIBRATE_H

#include "score/rule.h"

enum {
	RULE_PILOT_GOLD = 5,            /* answers to gold that make somebody count */
	RULE_PILOT_PEOPLE = 10,         /* that many of them are needed */
	RULE_PILOT_CLASS = 10,          /* and that many answers used in each class */
	RULE_PILOT_APART = 1000,        /* and p0 that far above chance */
	RULE_PILOT_ALPHA = 100,         /* of the test, as in the default */
	RULE_PILOT_BETA = 500
};

/* How the numbers came about. */
struct rule_pilot {
	uint32_t people;                /* with RULE_PILOT_GOLD answers to gold */
	uint32_t others;                /* with labels, but fewer */
	uint32_t classes;               /* k: of gold that they answered */
	uint64_t gold, used;            /* their answers to gold; those that p0 comes from */
	uint32_t p0, p0_error;          /* and its standard error */
	uint32_t p1;
	uint32_t blind;                 /* share of gold that who always says the commonest class gets right, as it was answered */
	uint32_t quarter[3];            /* share right of the person a quarter, half and three quarters up (the lower, of two) */
	uint32_t below;                 /* people whose own share is p1 or less */
	uint32_t to_clear, to_clear_default;    /* answers to gold until one of p0 is cleared, on average, rounded up; and what the
	                                 * default policy would want, 0: it would not */
	uint32_t parts, cleared;        /* cleared: people, at the pilot's end */
	uint32_t paid_default;          /* what good people would be paid of the rate with the default ca_ref, on average */
	int64_t ca_90;                  /* lower median over the parts of the 90th percentile: rule_epoch */
	uint32_t answers;               /* a person and part, on average */
	uint64_t pairs_tasks, pairs_gold;       /* of the better half's answers to one task */
	uint32_t same_tasks, same_gold; /* share of them that are equal; classes of gold weighing as the labels of tasks do */
};

/* rule_calibrate - set right, wrong, clear, flag and ca_ref of p, and *out.
 *
 *   log    epochs are not looked at
 *   block  answers of a person in an epoch, at least 1
 * False and *e, with p as it was, when the pilot is too small or says nothing; what of *out was known by then is set.
 * O(labels) and what rule_run takes. */
bool rule_calibrate(const struct rule_log *log, uint32_t block, unsigned threads, struct rule_policy *p,
	struct rule_pilot *out, struct err *e);

#endif
