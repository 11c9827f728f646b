/* claims - the claims contract: its trees, what it is asked, and what it is told.
 *
 * A commit says of the workers of a group how much verified work there was in all so far and how
 * good it was; the contract makes of it what each has earned in all, and keeps the root of a tree of
 * these totals.  What is computed here must be the same to the bit.
 *
 *	group g holds the workers 8192 g to 8192 g + 8191
 *	word k of a commit makes the leaves 4 k to 4 k + 3, those of workers without units too
 *	leaf = keccak256(keccak256(index . total)), total in base units; nodes: hash/merkle.h, levels
 *	total = unit * floor(rate * units * m(score) * m(bonus) / 10^8): no history, so nobody is new or doubted
 *
 * Functions with a struct rpc return what chain/eth.h's do.
 * Source: contracts/src/RewardClaims.sol, ClaimTree.sol.  Tests: t/unit/u-claims.c, t/5450-payout-claims.t.
 */
#ifndef CHAIN_CLAIMS_H
#define CHAIN_CLAIMS_H

#include "chain/pool.h"
#include "hash/merkle.h"

enum {
	CLAIMS_GROUP = 8192,            /* workers */
	CLAIMS_WORDS = CLAIMS_GROUP / 4,
	CLAIMS_DEPTH = 13,              /* the longest proof */
};

/* What commits are judged by.  Of the rule, a probation and a floor are 0; batch_budget and
 * period_budget are in units, start_reputation and patience mean nothing. */
struct claims_terms {
	struct pool_params rule;
	uint64_t unit;                  /* base units of the token in one unit of the rate: 1 to 10^18 */
};

/* claims_terms_check - what the contract refuses (RewardClaims._setParams) */
bool claims_terms_check(const struct claims_terms *t, struct err *e);

/* claims_pay - what work is worth in all, in units of the rate; false when out of range */
bool claims_pay(const struct claims_terms *t, const struct work *w, uint64_t *out, struct err *e);

/* claims_total - the same in base units */
struct u256 claims_total(const struct claims_terms *t, uint64_t pay);

void claims_leaf(uint32_t index, struct u256 total, struct hash32 *out);

/* ---- the tree of a group ---- */

struct claims_tree {
	uint32_t group;
	size_t n;                       /* leaves: four a word */
	struct hash32 *node;            /* merkle_size(n), owned */
	uint32_t *leaf;                 /* of each work its leaf, owned */
	uint64_t *pay;                  /* of each work, in units of the rate, owned */
	struct u256 sum;                /* of the totals, in base units */
};

/* claims_tree_make - of n > 0 works of one group, their index rising; false when one is out of range
 * (*t is then empty).  BUG when they are of several groups.  O(n): two short hashes a leaf, one a node. */
bool claims_tree_make(struct claims_tree *t, const struct claims_terms *terms, const struct work *w, size_t n,
                      struct err *e);
void claims_tree_release(struct claims_tree *t);

/* claims_tree_root - borrowed from the tree */
const struct hash32 *claims_tree_root(const struct claims_tree *t);

/* claims_id - by which a commit is known again, whoever makes it: Keccak-256 over the lengths (4 bytes,
 * big-endian) and bytes of "lbl-commit", chain id (8 bytes), contract (20 bytes) and root
 * claims_claim_id - the same of a claim: "lbl-claim", chain id, contract, index (4 bytes), total (32 bytes) */
void claims_id(uint64_t chain, const struct address *claims, const uint8_t root[32], uint8_t out[32]);
void claims_claim_id(uint64_t chain, const struct address *claims, uint32_t index, struct u256 total, uint8_t out[32]);

/* ---- questions; tag: as in chain/eth.h ---- */

/* claims_get_terms - of a version, 0 being the one in force */
enum rpc_status claims_get_terms(struct rpc *r, const struct address *claims, uint64_t version,
                                 struct claims_terms *out, struct rpc_error *e);

struct claims_account {
	uint64_t commits, spent, ends;  /* spent in units, of the period that ends then */
};
enum rpc_status claims_get_account(struct rpc *r, const struct address *claims, const char *tag,
                                   struct claims_account *out, struct rpc_error *e);

/* claims_get_root - when a root takes force, in seconds; 0 for one that is not known */
enum rpc_status claims_get_root(struct rpc *r, const struct address *claims, const uint8_t root[32], const char *tag,
                                uint64_t *ready_at, struct rpc_error *e);

struct claims_group {
	struct u256 total, before;      /* in units */
	uint64_t ready_at;
};
enum rpc_status claims_get_group(struct rpc *r, const struct address *claims, uint32_t group, const char *tag,
                                 struct claims_group *out, struct rpc_error *e);

/* claims_get_claimed - what a worker was paid in all, in base units */
enum rpc_status claims_get_claimed(struct rpc *r, const struct address *claims, uint32_t index, const char *tag,
                                   struct u256 *out, struct rpc_error *e);

/* claims_root_of - what the contract makes of the words of a commit, total in base units; a refusal is
 * RPC_ERROR with its revert data */
enum rpc_status claims_root_of(struct rpc *r, const struct address *claims, uint32_t group, struct str words,
                               uint8_t root[32], struct u256 *total, struct rpc_error *e);

/* ---- what it is told: call data, appended ---- */

void claims_put_commit(struct buf *b, uint32_t group, const uint8_t log_root[32], struct str words);

/* sig: r, s and v each, in rising order of the signers' addresses; of pool_digest, batch being the number of the
 * commit, one more than there were, and pool the address of claims */
void claims_put_commit_signed(struct buf *b, uint32_t group, const uint8_t log_root[32], struct str words,
                              const uint8_t (*sig)[65], size_t n);

void claims_put_claim(struct buf *b, uint32_t index, struct u256 total, const struct hash32 *proof, size_t n);

#endif
