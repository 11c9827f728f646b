/* batch - what is posted to the pool in one transaction and settled in another: as a record, and in the journal.
 *
 * Three kinds of line of the journal are about batches:
 *
 *	{"kind":"plan", ...}    the fields of a batch record, and chain and pool: from now on these payments
 *	                        are made by this batch, and by no other; it waits for its turn
 *	{"kind":"settled", ...} number, data_hash, log_root, total, hash, block, gas: the chain says, deep enough, that the
 *	                        batch of this number was settled by that transaction.  Of every number of the pool,
 *	                        whoever posted it.  One that has the hash and root of a plan is that plan.
 *	{"kind":"void", ...}    id, number, upheld: it is not in flight any more and was not settled.  Its payments
 *	                        may be planned again; if a challenge was upheld, not in the same batch.
 *
 * The log root is what tells a night's batch from another one: it stands for all that led to it.
 * So a batch that somebody else has posted (another host with the same job, or this one before
 * it lost its journal) is known again, and never posted twice.
 */
#ifndef LBL_PAYOUT_BATCH_H
#define LBL_PAYOUT_BATCH_H

#include "chain/words.h"
#include "payout.h"

enum batch_state { BATCH_QUEUED, BATCH_SETTLED, BATCH_VOID };

struct batch {
	struct str id, payments;        /* as in the record: 0x..., and a JSON array */
	struct str words;               /* bytes, 32 a word */
	uint8_t about[32];              /* the bytes of id */
	uint8_t data_hash[32], log_root[32];
	struct u256 total;              /* base units */
	size_t n_payments;
	enum batch_state state;
	uint64_t number;                /* once settled or void, else 0; 0 also for one that was void before it was posted */
	unsigned voids;                 /* so often was it void, and planned again */
	size_t since;                   /* attempts of the journal before this one are of its void times */
	bool fresh;                     /* settled or void since the journal was opened */
	bool upheld;                    /* void, because a challenge was upheld */
};

/* A number of the pool that is settled. */
struct settled {
	uint64_t number, block, gas;
	uint8_t data_hash[32], log_root[32], hash[32];
	struct u256 total;              /* base units */
	struct str unpaid;              /* JSON array: payments of workers who were banned meanwhile; may be empty */
};

/* The part of a journal that is about batches; zeroed memory is an empty one. */
struct batches {
	struct batch *at;               /* in the order of the file */
	size_t n, cap;
	struct intern ids;              /* of batches ... */
	uint32_t *by_id;                /* ... to the last one with this id */
	size_t cap_by_id;
	struct intern payments;         /* ids of payments ... */
	uint32_t *by_payment;           /* ... to the last batch that has it */
	size_t cap_by_payment;
	struct settled *settled;
	size_t n_settled, cap_settled;
	uint64_t known;                 /* all numbers up to this one are among them */
	uint64_t chain;                 /* one journal, one pool; 0 while there is none */
	struct address pool;
};

/* batch_read - a batch record or a plan, checked against itself: hash of the words, their form, as many
 * payments as works.  Texts are copied to keep. */
bool batch_read(const struct json_record *r, struct arena *keep, struct batch *b, struct err *e);

/* batch_works - what its words say, owned by the caller; n is n_payments, in the same order */
struct work *batch_works(const struct batch *b);

/* put_batch_fields - the fields of a batch record behind its kind, without the closing brace */
void put_batch_fields(struct buf *b, const struct batch *x);

struct journal;

/* journal_batch - the last batch with this id, or NULL.  journal_planned - the batch that makes this payment, NULL when
 * there is none, or only void ones.  journal_same - the last one with this hash and root, or NULL.  Borrowed until
 * the next journal_plan. */
struct batch *journal_batch(const struct journal *j, struct str id);
struct batch *journal_planned(const struct journal *j, struct str payment);
struct batch *journal_same(const struct journal *j, const uint8_t data_hash[32], const uint8_t log_root[32]);

/* journal_number - what is known of a number of the pool, NULL when it is not known to be settled; borrowed until
 * the next one.
 *
 * journal_known - all numbers up to this one are known to be settled; they need not have been noted in order. */
const struct settled *journal_number(const struct journal *j, uint64_t number);
uint64_t journal_known(const struct journal *j);

/* journal_may_plan - may this batch be planned behind what there is?  false and why not. */
bool journal_may_plan(const struct journal *j, const struct batch *b, struct err *e);

/* journal_pool - which pool the journal is about; dies with 78 when it is about another one */
void journal_pool(struct journal *j, uint64_t chain, const struct address *pool);

/* In memory and pending until journal_sync.  journal_plan wants journal_may_plan; a batch whose hash and root are
 * known to be settled is so at once. */
void journal_plan(struct journal *j, const struct batch *b);
void journal_settled(struct journal *j, const struct settled *s);
void journal_void(struct journal *j, struct batch *b, uint64_t number, bool upheld);

/* journal_read_batch - a line of one of these kinds; false and *e when it does not fit */
bool journal_read_batch(struct journal *j, struct str kind, const struct json_record *r, struct err *e);

void batches_release(struct batches *b);

#endif
