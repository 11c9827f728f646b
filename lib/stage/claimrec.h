/* claimrec - what lbl-payout's claims mode reads and writes: terms, claims and commits, as records.
 *
 * Texts are borrowed from the record or the arena.  See lbl-records(5).
 */
#ifndef STAGE_CLAIMREC_H
#define STAGE_CLAIMREC_H

#include "chain/claims.h"
#include "rec/rec.h"

/* A `claims` record: the contract, and the parameters in force there. */
struct claims_facts {
	uint64_t chain, block;
	struct address claims;
	struct claims_terms terms;
	uint64_t commits;               /* so far */
};
bool claims_facts_read(const struct json_record *r, struct arena *a, struct claims_facts *out, struct err *e);
void claims_facts_put(struct buf *b, const struct claims_facts *f);     /* the whole record */

/* A `claim` record: what one worker has earned in all, and how that is proved. */
struct claim {
	struct str id, epoch, worker, why;
	uint64_t index, units;          /* index 0: not in the registry */
	uint64_t score_bp, bonus_bp;    /* means over the units, floored, of: */
	uint64_t score_sum, bonus_sum;  /* units times basis points, summed */
	struct u256 total, added;       /* base units; added by this epoch */
	bool proved;                    /* it is a leaf of a tree */
	struct hash32 root, proof[CLAIMS_DEPTH];
	size_t n_proof;
};
bool claim_read(const struct json_record *r, struct arena *a, struct claim *out, struct err *e);

/* A `commit` record: the words of one group, and what comes of them. */
struct commit {
	struct str id, epoch, words;    /* words: "0x..." */
	uint64_t chain, group, version;
	struct address claims;
	uint8_t root[32], data_hash[32], log_root[32];
	struct u256 total;              /* base units: the sum of the group's totals */
};
bool commit_read(const struct json_record *r, struct arena *a, struct commit *out, struct err *e);
void commit_put(struct buf *b, const struct commit *c);                 /* the whole record */

/* a member whose value is "0x..." or an amount */
void put_khash(struct buf *b, const char *key, const uint8_t hash[32]);
void put_kmoney(struct buf *b, const char *key, struct u256 v);

#endif
