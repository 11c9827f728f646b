/* nights - what the commands make of a crowd's labels: lbl-score and lbl-payout, run as an operator runs them.
 *
 * Every epoch is a night of its own: the scores of the night before and the labels of the day go in, scores come out,
 * and payments are planned from them.
 */
#ifndef T_NIGHTS_H
#define T_NIGHTS_H

#include "crowd.h"

/* Where things are. */
struct nights {
	const char *bin;                /* folder of the commands */
	char dir[64];                   /* a folder of one's own, for this run */
};

/* In answers at full price, by account. */
struct payout {
	double *all, *idle;             /* owned; idle: for answers without work */
	uint64_t *base;                 /* owned: all, in millionths, exactly */
	uint32_t held[TYPES], stopped, cleared; /* accounts, at the end; held: those not probed */
	bool alarm;
};

void nights_open(struct nights *n, const char *bin);
void nights_close(struct nights *n);

/* nights_run - the world is let work, epoch by epoch, and paid by rule hold.
 * accounts: through how many of them everybody works, in turn; with more than one, worker records say who is who */
void nights_run(const struct nights *n, struct world *o, uint32_t accounts, struct payout *out);

/* nights_calibrate - let a pilot work for an epoch, all as they are, and ask lbl-score calibrate for the policy */
void nights_calibrate(const struct nights *n, struct world *pilot, struct rule_policy *p);

/* nights_work - the world is let work, and nobody paid yet; nights_rule - all its labels, paid once and at the end by
 * another rule */
void nights_work(const struct nights *n, struct world *o);
void nights_rule(const struct nights *n, const struct world *o, const char *rule, struct payout *out);

void payout_release(struct payout *p);

#endif
