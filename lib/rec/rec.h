/* rec - records: one struct a kind, filled from a line by a table of its fields.
 *
 * The stream contract is lbl-records(5).  Here a reader says what a kind must
 * hold; unknown fields are left alone.  Slices are borrowed from the line or
 * from the arena handed in: they live until the next line.
 */
#ifndef REC_REC_H
#define REC_REC_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "json/record.h"

enum rec_type {
	REC_ID,         /* struct str: a string of 1 to 256 bytes; an address is checked (EIP-55) and lower-cased */
	REC_STRING,     /* struct str: any string */
	REC_TIME,       /* struct str: RFC 3339 in UTC */
	REC_VALUE,      /* struct json_field: any JSON value */
	REC_LIST,       /* struct json_field: an array */
	REC_OBJECT,     /* struct json_field: an object */
	REC_COUNT,      /* uint64_t: 0 to 2^53 */
	REC_BP,         /* uint64_t: 0 to 10000 */
	REC_NUMBER,     /* double */
	REC_SHARE,      /* double, 0 to 1 */
	REC_MONEY,      /* struct str: a decimal uint256 in a string */
	REC_HEX,        /* struct str: "0x" and an even number of digits */
};

struct rec_field {
	struct str name;
	enum rec_type type;
	bool required;
	size_t offset;          /* into the record's struct; a field that is absent stays zero */
};

#define REC_FIELD(strct, member, type, required) \
	{ { #member, sizeof #member - 1 }, type, required, offsetof(struct strct, member) }

enum { REC_ID_MAX = 256 };

/* rec_read - fill *out (which the caller has zeroed) from the record.  false and *e
 * for a field that is missing, of the wrong type or out of range:
 * `field "worker": expected a string, got a number`. */
bool rec_read(const struct json_record *r, const struct rec_field *fields, size_t n_fields,
              struct arena *a, void *out, struct err *e);

struct rec_task {
	struct str task, type;
	struct json_field data, choices, skills;
	struct str group, reward;
};

struct rec_worker {
	struct str worker, identity, at;
	struct json_field skills, conflicts;
	uint64_t capacity;
};

struct rec_gold {
	struct str task;
	struct json_field value;
};

struct rec_label {
	struct str task, worker, at, nonce, sig;
	struct json_field value;
	uint64_t ms;
	double confidence;
};

struct rec_review {
	struct str task, worker, reviewer, verdict, at, sig;
};

struct rec_assignment {
	struct str task, worker, reason, at, expires;
};

struct rec_consensus {
	struct str task, method, type;                       /* type of the task; none: class */
	struct json_field value, confidence, posterior;      /* confidence may be null */
	uint64_t labels;
};

struct rec_skill {
	struct str worker, method, type;                     /* type of the tasks; none: class */
	uint64_t labels;
	struct json_field skill, counts, confusion;          /* skill may be null */
};

/* what an E step over a shard leaves, and the model that comes of it: stage/shard.h */
struct rec_shard {
	struct str method, model, id;
	struct json_field classes, totals, objective;        /* objective may be null */
	uint64_t iteration, tasks, labels, workers;
	double loglik, penalty;
};

struct rec_count {
	struct str worker;
	uint64_t labels;
	struct json_field counts;
	double right, rest;
};

struct rec_model {
	struct str method;
	struct json_field classes, prior, converged, objective;
	uint64_t iteration, tasks, labels, workers;
	double penalty;
};

struct rec_param {
	struct str worker;
	uint64_t labels;
	struct json_field confusion;
	double skill;
};

struct rec_score {
	struct str worker, epoch;
	uint64_t labels, verified, rejected, pending, score_bp, bonus_bp, gold_hits, gold_trials;
	uint64_t units;                                      /* what is paid; where the record has none: verified */
};

/* of a label that was judged in an epoch; one without an epoch is nothing to a later run, and not read */
struct rec_verdict {
	struct str task, worker, verdict, by, epoch, type;   /* type of the task; none: class */
	struct json_field value, gold;                       /* gold: true or false, by review: is it what gold says? */
};

struct rec_payment {
	struct str id, epoch, worker, amount, policy;
	uint64_t verified, score_bp, bonus_bp;
};

struct rec_tx {
	struct str id, hash, raw, from, to, action;          /* action: none = a transfer */
	uint64_t nonce, chain, batch;
	struct json_field payments;
};

struct rec_receipt {
	struct str hash;
	uint64_t status, block, gas;
	struct json_field payments;
};

struct rec_run {
	struct str tool, version;
	struct json_field options, seed;
};

/* rec_KIND - read a record of that kind; *out is zeroed first */
bool rec_task(const struct json_record *r, struct arena *a, struct rec_task *out, struct err *e);
bool rec_worker(const struct json_record *r, struct arena *a, struct rec_worker *out, struct err *e);
bool rec_gold(const struct json_record *r, struct arena *a, struct rec_gold *out, struct err *e);
bool rec_label(const struct json_record *r, struct arena *a, struct rec_label *out, struct err *e);
bool rec_review(const struct json_record *r, struct arena *a, struct rec_review *out, struct err *e);
bool rec_assignment(const struct json_record *r, struct arena *a, struct rec_assignment *out, struct err *e);
bool rec_consensus(const struct json_record *r, struct arena *a, struct rec_consensus *out, struct err *e);
bool rec_skill(const struct json_record *r, struct arena *a, struct rec_skill *out, struct err *e);
bool rec_shard(const struct json_record *r, struct arena *a, struct rec_shard *out, struct err *e);
bool rec_count(const struct json_record *r, struct arena *a, struct rec_count *out, struct err *e);
bool rec_model(const struct json_record *r, struct arena *a, struct rec_model *out, struct err *e);
bool rec_param(const struct json_record *r, struct arena *a, struct rec_param *out, struct err *e);
bool rec_verdict(const struct json_record *r, struct arena *a, struct rec_verdict *out, struct err *e);
bool rec_score(const struct json_record *r, struct arena *a, struct rec_score *out, struct err *e);
bool rec_payment(const struct json_record *r, struct arena *a, struct rec_payment *out, struct err *e);
bool rec_tx(const struct json_record *r, struct arena *a, struct rec_tx *out, struct err *e);
bool rec_receipt(const struct json_record *r, struct arena *a, struct rec_receipt *out, struct err *e);
bool rec_run(const struct json_record *r, struct arena *a, struct rec_run *out, struct err *e);

/* rec_has - was this value there?  (An absent json_field has no text.) */
static inline bool rec_has(const struct json_field *f)
{
	return f->raw.p != NULL;
}

/* rec_check_id - is this text fit for an identifier?  An address in mixed case must
 * satisfy EIP-55; *out is it in lower case (from the arena when that changes it). */
bool rec_check_id(struct str s, struct arena *a, struct str *out, struct err *e);

/* rec_check_time - RFC 3339 with "Z", seconds and an optional fraction */
bool rec_check_time(struct str s);

#endif
