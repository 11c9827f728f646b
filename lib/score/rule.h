/* rule - the default score: from the log to what is paid, in integers only.
 *
 * Hidden gold decides who is paid at all, peers how much.  Everything is counted
 * by identity: the accounts of one person are one.  Work is counted in epochs (a
 * day, some 100 answers); the answers of an identity in an epoch are its units.
 *
 *	gold      a sequential test on the answers to gold, in the order of the log: NEW until
 *	          the evidence suffices, then CLEARED, under watch; a flag sends to RETEST, a
 *	          second one stops for good.  rule_gold is that machine.
 *	block     an epoch's units, paid together.  One with few labels that have a peer is
 *	          joined to the next: its agreement is then the mean over its epochs by labels.
 *	bonus     how much the labels of a block agree with those of peers, beyond what chance
 *	          would give (rule-peer.h), computed at the end of the epoch after it, when it is
 *	          known who of the peers was stopped; shrunk towards a prior when labels are few.
 *	hold      who never dissents from all earlier answers copies them (rule-copy.h): a
 *	          finding, which holds pay back until a person has looked, and takes nothing;
 *	          what is held when the campaign ends stays PENDING.
 *	pay       a closed block is released, with score 10000, at the end of a later epoch than
 *	          its own at which the identity is CLEARED and not held; never while the alarm is on.
 *	end       of a campaign: the last block is closed too, and who is still NEW is settled
 *	          by how far the test had come.
 *	alarm     cleared people no longer agree with each other: gold has leaked to a ring of a
 *	          third of the crowd, and only fresh gold can tell which side is right.
 *
 * A run counts the epochs from .counted to the last.  The state that it leaves is all
 * that the next one needs, beside the labels of the last epoch, whose bonus is still to come.
 * Runs of one epoch after another give what one long run gives, to the bit.
 *
 * Only labels of one epoch are compared with each other.  A task whose labels come in over
 * several epochs is best given the epoch in which it was complete.
 *
 * The same input gives the same result with any number of threads; how tasks, workers,
 * identities and values are numbered changes no identity's result.
 */
#ifndef SCORE_RULE_H
#define SCORE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { RULE_ONE = 10000 };                      /* basis points */
enum { RULE_SEATS = 8 };                        /* answers before one: 1 .. 7, and 8 or more */

#define RULE_NO_GOLD UINT32_MAX
#define RULE_NONE    UINT32_MAX

enum rule_standing { RULE_NEW, RULE_CLEARED, RULE_RETEST, RULE_STOPPED };

/* The parameters.  Logarithms in millionths of a nat, shares in basis points unless said otherwise. */
struct rule_policy {
	int32_t right, wrong;           /* step of the test for an answer right (< 0), wrong (> 0) */
	int32_t clear, flag, drift;     /* bounds: clear < 0 < flag; drift is the flag of who is CLEARED */
	uint32_t flags_stop;            /* this many flags stop */
	uint32_t join_below;            /* a block with fewer labels that have a peer is joined to the next */
	uint32_t shrink_n, shrink_bp;   /* labels at this quality that the bonus starts from */
	uint32_t ca_ref;                /* Q32: the agreement that gives 10000, from a calibrated campaign */
	uint32_t passes;                /* of the peers' weights */
	uint32_t weight_lo, weight_hi;  /* percent of the median: weight 0, weight 10000 */
	uint32_t median_least;          /* Q32 */
	uint32_t peers_least;           /* fewer peers with weight: all weigh the same */
	uint32_t alarm_bp, alarm_least, alarm_labels;   /* median below; of at least so many; with so many labels each */
	uint32_t copy_least, copy_ppm;  /* answers after others' to be tested; rate of false holds, in millionths */
	bool halt;                      /* nothing is released while the alarm is on */
};

/* median_least is a twentieth of 2^32; ca_ref is what t/tool/incentives finds in the crowd it simulates: with another
 * number of classes, or other shares of them, calibrate */
#define RULE_POLICY_DEFAULT { \
	.right = -530628, .wrong = 1203973, .clear = -2985682, .flag = 4553877, .drift = 5300000, .flags_stop = 2, \
	.join_below = 30, .shrink_n = 15, .shrink_bp = 7000, .ca_ref = 1735722879, .passes = 3, \
	.weight_lo = 45, .weight_hi = 85, .median_least = 214748364, .peers_least = 10, \
	.alarm_bp = 7000, .alarm_least = 20, .alarm_labels = 8, .copy_least = 30, .copy_ppm = 5000, .halt = true }

/* rule_policy_check - false, with what is wrong, when a parameter makes no sense or could overflow */
bool rule_policy_check(const struct rule_policy *p, struct err *e);

/* rule_policy_test - set the steps and bounds of the sequential test (all but drift).
 *
 *   p0, p1       chance of a right answer on gold: who works well, and who is not to be paid; p1 < p0
 *   alpha, beta  how often the first is flagged, the second cleared
 * all in basis points, inside 0 .. 10000; false, leaving p alone, otherwise.
 * 8500, 5000, 100, 500 give the default.  Source: Wald (1945), Annals of Mathematical Statistics 16:117. */
bool rule_policy_test(struct rule_policy *p, uint32_t p0, uint32_t p1, uint32_t alpha, uint32_t beta);

/* What is known of an identity.  Zeroed memory is somebody new. */
struct rule_state {
	int64_t llr;                    /* the test's evidence, millionths of a nat */
	uint8_t standing, flags;
	bool held;                      /* copies: to be looked at.  A review that clears sets this and all below from seen on to 0 */
	uint32_t gold, right;           /* answers to gold, ever; those right */
	uint32_t answers;               /* units, ever */
	uint32_t fresh;                 /* units of the last epoch counted: those labels must be there again */
	uint32_t seen[RULE_SEATS];      /* answers that came after 1, 2, .. others of their task and epoch */
	uint32_t lone[RULE_SEATS];      /* and equal none of them */
	uint32_t met[RULE_SEATS];       /* answers among the first 2, 3, .. 8 of their task; behind 8 or more */
	uint32_t apart[RULE_SEATS];     /* and equal none of the others there */
	uint32_t between, early;        /* answers between a first and a last that differ, like one of these; like the first */
};

/* rule_gold - one answer to gold.  Answers of who is STOPPED change nothing but the counts. */
void rule_gold(const struct rule_policy *p, struct rule_state *s, bool right);

enum rule_block_status {
	RULE_OPEN,      /* few labels: waits for more */
	RULE_PENDING,   /* bonus known, not released */
	RULE_PAID,      /* released at the end of epoch .at, with .score and .bonus */
	RULE_VOID       /* given up at the end of epoch .at: who is stopped, or not cleared at the campaign's end */
};

struct rule_block {
	uint32_t who;                   /* identity */
	uint32_t from, to;              /* epochs */
	uint32_t units;
	uint64_t labels;                /* those with a peer: n */
	int64_t sum;                    /* over its epochs, labels times floor(10000 CA / ca_ref) */
	uint32_t agreement;             /* c: sum / labels, floor, within 0 .. 10000; 0 without labels */
	uint32_t bonus;                 /* floor((n c + shrink_n shrink_bp) / (n + shrink_n)); 0 without labels */
	uint32_t score;                 /* 10000 when cleared, less when settled, 0 when given up */
	uint32_t at;                    /* see status */
	uint8_t status;
};

/* What a person may want to know about an epoch; one for each that was evaluated. */
struct rule_epoch {
	uint32_t epoch;
	uint32_t peers;                 /* identities whose labels weighed, at the start */
	uint32_t cleared;               /* of those that were CLEARED, with alarm_labels labels: */
	uint32_t median;                /* the lower median of their agreement, 10000 when there is none */
	int64_t ca_90;                  /* Q32: the 90th percentile (the value at floor(0.9 (n-1))) of the agreement of all
	                                 * who have a peer with those CLEARED, all weighing the same: a ca_ref for others */
	bool alarm;
};

struct rule_log {
	size_t n;                       /* labels, in the order of the log */
	const uint32_t *task, *worker, *value;
	const uint32_t *epoch;          /* NULL: all are of the last */
	size_t n_tasks, n_workers, n_values, n_epochs;  /* one more than the largest, or more */
	const uint32_t *identity;       /* by worker; NULL: each is one */
	size_t n_identities;            /* below 2^30; n_workers where identity is NULL */
	const uint32_t *gold;           /* by task: the value, or RULE_NO_GOLD; NULL: none has */
};

struct rule_run {
	/* in and out: owned by the caller, free() */
	uint32_t counted;               /* epochs counted before; 0 at first */
	struct rule_state *state;       /* n_identities */
	struct rule_block *block;       /* in: what the run before left (PAID and VOID ones are dropped); out: with new ones */
	size_t n_blocks;
	/* out */
	struct rule_epoch *epoch;
	size_t n_epochs;
	size_t n_replaced;              /* labels that another of the same identity and task replaced */
	uint32_t n_held;                /* identities under the copy hold, at the end */
	bool alarm;                     /* at the end of the last epoch */
};

/* rule_run - count the epochs run->counted .. log->n_epochs-1, and end the campaign if so told.
 *
 *   p      checked by rule_policy_check
 *   log    labels of epochs before run->counted - 1 may be there or not: they are only looked at to know
 *          what was answered before.  Those of run->counted - 1 must be there
 *   end    the campaign's last run: close and settle everything
 *   run    zeroed, but for state (n_identities, zeroed at first), or what the last run left
 *
 * Of several labels of an identity for one task, those of the earliest epoch count, and of these
 * the last, where it stands: a closed epoch never changes.
 * False, with run as it was, when labels of the epoch before are missing or too many.
 * Time O(labels + identities n_epochs + pairs of identities that share a task, each task,
 * times the different values of a worker); memory some 20 bytes a label and 8 a pair of one epoch. */
bool rule_run(const struct rule_policy *p, const struct rule_log *log, bool end, unsigned threads,
	struct rule_run *run, struct err *e);

/* rule_mult - the default money functions: m_g of the score and m_c of the bonus, in basis points */
uint32_t rule_mult_score(uint32_t score);
uint32_t rule_mult_bonus(uint32_t bonus);

/* rule_run_release - free what a run allocated (state too) */
void rule_run_release(struct rule_run *run);

#endif
