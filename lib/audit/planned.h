/* planned - what transactions other than transfers carry out: batches, commits and claims, as their records say.
 *
 * A batch can be planned again under its id, with another log root or total (it was void meanwhile, or planned by
 * two hosts), and so can a commit: each such version is kept.  That a record follows from the scores is not asked
 * here (audit/batch.h).
 */
#ifndef AUDIT_PLANNED_H
#define AUDIT_PLANNED_H

#include "audit/findings.h"
#include "data/intern.h"
#include "stage/claimrec.h"

#define PLANNED_NONE UINT32_MAX

struct planned_batch {
	struct str id, payments;        /* as in the record; payments is a JSON array */
	struct str words;               /* bytes */
	uint8_t about[32], data_hash[32], log_root[32];
	struct u256 total;
	size_t n;                       /* payments */
	struct place at;
	bool explained;                 /* a run computes it, or something else, which is a finding already */
	uint32_t name;                  /* the versions of one id share it */
};

/* What became of all versions of a batch; kept by who looks at transactions. */
struct planned_name {
	uint32_t batch;                 /* the latest version */
	uint64_t number;                /* under which it was posted last; 0 = not yet; ... */
	struct address pool;            /* ... and where */
	struct place settles;           /* the last transaction that settles it; NOWHERE = none */
	bool settled;                   /* a receipt says so */
	uint32_t mark;                  /* scratch: the last one who looked at it */
};

struct planned_commit {
	struct commit c;
	uint8_t about[32];
	struct place at;
};

struct planned_in {
	uint32_t batch, older;          /* the next one that holds the same payment, or PLANNED_NONE */
};

struct planned {
	struct planned_batch *batch;    /* by id in batch_keys */
	struct planned_name *name;      /* by id in batch_names */
	struct planned_commit *commit;  /* by id in commit_keys */
	size_t n_batches, cap_batches, n_names, cap_names, n_commits, cap_commits;
	struct intern batch_keys, batch_names, commit_keys, commit_names;
	struct intern payments, claims, roots;  /* payment ids as text; the other two in bytes */
	uint32_t *last_commit;          /* by id in commit_names */
	struct planned_in *in;          /* which payment is in which batch */
	uint32_t *last_in;              /* by payment */
	size_t n_in, cap_in, cap_last, cap_last_commit;
	struct arena keep, scratch;
};

/* planned_batch_read - a batch record, or a plan of a journal, checked against itself: data_hash, the form of the
 * words, and as many payments as workers.  Texts are copied to keep. */
bool planned_batch_read(const struct json_record *r, struct arena *scratch, struct arena *keep,
                        struct planned_batch *out, struct err *e);

/* planned_take - a batch, commit or claim record.  false and *e: a bad one, which is not kept */
bool planned_take(struct planned *p, struct str kind, const struct json_record *r, bool explained, struct place at,
                  struct err *e);

/* planned_add - one more batch; returns its number */
uint32_t planned_add(struct planned *p, const struct planned_batch *b);

/* planned_of - the batch of exactly these payments (a JSON array), and with this log root if there is one; else one
 * with another root, else PLANNED_NONE */
uint32_t planned_of(const struct planned *p, struct str payments, const uint8_t log_root[32]);

/* planned_with - the first of the batches that hold this payment, in planned.in; PLANNED_NONE = it is in none */
uint32_t planned_with(const struct planned *p, struct str payment);

/* planned_commit_of - likewise the commit with this id; NULL for none */
const struct planned_commit *planned_commit_of(const struct planned *p, struct str id, const uint8_t log_root[32]);

/* planned_claim, planned_root - is there a claim with this id, a commit of this root? */
bool planned_claim(const struct planned *p, const uint8_t id[32]);
bool planned_root(const struct planned *p, const uint8_t root[32]);

/* planned_put_subject - of a finding about a batch */
void planned_put_subject(struct buf *b, const struct planned_batch *x);

/* planned_finish - batches that no run of any log computes: FIND_UNEXPLAINED */
void planned_finish(const struct planned *p, struct findings *f);

void planned_release(struct planned *p);

#endif
