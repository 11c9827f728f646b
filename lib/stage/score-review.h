/* score-review - what people who looked at a label said of it.
 *
 * Only those on a list count (score_options).  Of several reviews by one person of one label the last counts; then
 * the majority decides.
 *
 * A review that has a signature must be signed by its reviewer, who is then an address.  What is signed is the record in
 * one form: these members in this order, written as lbl writes JSON, `at` only where the record has it,
 *
 *	{"kind":"review","task":T,"worker":W,"reviewer":R,"verdict":V,"at":A}
 *
 * as a personal message (EIP-191, version 0x45): Keccak-256 of "\x19Ethereum Signed Message:\n", the number of bytes in decimal,
 * and the bytes; 65 bytes, r, s, and v of 0, 1, 27 or 28.
 */
#ifndef STAGE_SCORE_REVIEW_H
#define STAGE_SCORE_REVIEW_H

#include "data/intern.h"
#include "rec/rec.h"

struct review {
	uint32_t task, worker, by;      /* by: a name of reviewers */
	uint32_t place;                 /* in the stream */
	bool accept;
};

struct reviews {
	struct review *review;
	size_t n, cap;
	struct intern names;            /* of reviewers */
};

/* What is known of a label that somebody on the list looked at. */
struct reviewed {
	uint32_t task, worker, accepts, rejects;
};

struct review_sums {
	struct reviewed *of;            /* ascending by task, worker */
	size_t n;
	bool *task;                     /* by task: is there one? */
	size_t n_tasks;
	uint64_t strangers, own;        /* left out: of people not on the list; of the labels of oneself */
};

/* reviews_take - of the caller's task and worker; false and *e: another verdict, a wrong signature */
bool reviews_take(struct reviews *r, const struct rec_review *v, uint32_t task, uint32_t worker, struct err *e);

/* reviews_sum - by those on the list
 *
 *   listed    names
 *   workers   a reviewer may be a worker too: then he is whom identity, by worker, says he is */
void reviews_sum(const struct reviews *r, const struct intern *listed, const struct intern *workers,
                 const uint32_t *identity, size_t n_tasks, struct review_sums *out);

/* reviews_of - of a label, or NULL */
const struct reviewed *reviews_of(const struct review_sums *s, uint32_t task, uint32_t worker);

void review_sums_release(struct review_sums *s);
void reviews_release(struct reviews *r);

#endif
