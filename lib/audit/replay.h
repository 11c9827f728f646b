/* replay - recompute a log from its raw records, and compare.
 *
 * Records come in the order of the log.  Each `run` record makes the stage that it
 * names compute again, from the records that stood before it and the options it
 * holds; the records that follow must then be those, byte for byte.  Labels and
 * gold are compared with what their verdicts say was judged, transactions with
 * the payments they carry, receipts with the transactions.
 *
 * An end mark closes a stream: what follows it is another log, replayed by itself.
 * Only money is looked at over all of them.
 */
#ifndef AUDIT_REPLAY_H
#define AUDIT_REPLAY_H

#include "audit/money.h"

enum { REPLAY_STAGES = 5 };

/* A run of a tool that is not replayed, and how often it ran. */
struct replay_other {
	char tool[40];
	uint64_t runs;
};

struct replay {
	struct findings findings;
	uint64_t records, recomputed;   /* seen; compared with what was computed again, and equal */
	uint64_t carried;               /* skill, verdict and score records (and a run of lbl-score) before any label of their
	                                 * stream: of an earlier one, which this log cannot explain and a run goes on from */
	uint64_t models;                /* of lbl-agree --mstep: made elsewhere, and taken as they are */
	struct money money;
	struct replay_other other[4];   /* the first few, for the summary */
	size_t n_other;

	/* private: of the current stream */
	struct arena scratch;
	void *stage[REPLAY_STAGES];
	struct batch *batch;
	struct said *said;
	struct place carried_at;        /* the first verdict or score that was carried */
	bool begun;                     /* a label or a run has been seen */
	struct place strange_run;       /* of a tool that is not replayed, and nothing has come after it yet */
	uint64_t missing;               /* lines that were computed in vain, over all streams */
};

void replay_init(struct replay *r, const struct money_terms *terms);

/* replay_record - the next record of the log */
void replay_record(struct replay *r, struct str kind, const struct json_record *rec, struct str line,
                   struct place at);

/* replay_bad - a line (FIND_LINE) or an end mark (FIND_MARK) that is not good */
void replay_bad(struct replay *r, enum finding_rule rule, const char *why, struct place at);

/* replay_boundary - an end mark or the end of a file: the stream before it is complete */
void replay_boundary(struct replay *r);

/* replay_finish - after the last boundary: payments and receipts over the whole log */
void replay_finish(struct replay *r);

void replay_release(struct replay *r);

#endif
