/* score-reputation - what is remembered of an account from epoch to epoch: two reputations, and findings.
 *
 *	reputation_bp   a moving average of scores, as the pool contract keeps it: an epoch with units paid moves it a
 *	                sixteenth of the way to the score, rounded towards the score, so that it arrives there.  It
 *	                begins at start_bp
 *	beta            evidence for and against the account, in millionths: verified and rejected labels, each
 *	                counting a tenth less with every epoch.  beta_bp =
 *	                floor(10000 (for + 1) / (for + against + 2)), in whole labels: 5000 for who is
 *	                new.  Source: Josang, Ismail (2002), "The beta reputation system"
 *	findings        those that name the worker, as ids; each takes penalty_bp from the score of the epoch
 *	                in which it is first seen
 *
 * A finding names a worker when its subject is {"kind":"worker","worker":W}: what is wrong with a record about
 * him (a payment made twice) is not his doing.  Rules alarm and copy are the score's own and take nothing.
 * A finding is known by its rule, subject, evidence and text: the same one twice is one.
 *
 * They are members of score records; the last record of a worker in the stream is where the next epoch goes on.
 */
#ifndef STAGE_SCORE_REPUTATION_H
#define STAGE_SCORE_REPUTATION_H

#include "base/buf.h"
#include "json/record.h"
#include "score/reward.h"

enum { REPUTATION_START = 5000, REPUTATION_FADE = 9000 };

struct reputation_options {
	bool on;
	uint32_t start_bp;              /* 1 .. 10000 */
	uint32_t penalty_bp;            /* 0: findings are told and take nothing */
};

struct reputation {
	bool known;
	uint32_t bp;
	struct reward_rep beta;
};

struct named {
	uint32_t worker;
	uint64_t finding;
	bool past;                      /* an earlier score has it */
};

/* Zeroed memory knows nothing. */
struct reputations {
	struct reputation *of;          /* by worker */
	size_t n, cap;
	struct named *named;
	size_t n_named, cap_named;
};

/* reputation_score - a score record of the worker; false and *e when its members are bad */
bool reputation_score(struct reputations *r, uint32_t worker, const struct json_record *score, struct err *e);

/* reputation_names - the worker that a finding names (in *a), or empty; what is no finding of that form names nobody */
struct str reputation_names(const struct json_record *finding, struct arena *a);

/* reputation_finding - a finding that names this worker */
void reputation_finding(struct reputations *r, uint32_t worker, const struct json_record *finding);

/* reputation_sort - after the last of these, before the rest */
void reputation_sort(struct reputations *r);

/* reputation_fined - score_bp less penalty_bp for each new finding, in parts of it */
uint32_t reputation_fined(const struct reputations *r, const struct reputation_options *o, uint32_t worker,
                          uint32_t score_bp);

/* reputation_step - an epoch: units paid with score_bp, labels verified and rejected; each < 2^32 */
struct reputation reputation_step(struct reputation before, const struct reputation_options *o, uint32_t score_bp,
                                  uint64_t units, uint64_t verified, uint64_t rejected);

/* reputation_put - the members of the score record of this epoch */
void reputation_put(struct buf *b, const struct reputations *r, const struct reputation_options *o, uint32_t worker,
                    uint32_t score_bp, uint64_t units, uint64_t verified, uint64_t rejected);

/* reputation_put_options, reputation_configure - the member "reputation" of the options in a run record */
void reputation_put_options(struct buf *b, const struct reputation_options *o);
bool reputation_configure(struct reputation_options *o, const struct json_field *reputation, struct err *e);

void reputations_release(struct reputations *r);

#endif
