#include "chain/claims.h"

#include <stdlib.h>

#include "base/mem.h"
#include "chain/abi.h"
#include "hash/keccak256.h"
#include "score/reward.h"

/* ---- the rule -------------------------------------------------------------------- */

static const uint64_t UNIT_MOST = 1000000000000000000;

/* Those things that only a pool has are set to what a pool accepts. */
bool claims_terms_check(const struct claims_terms *t, struct err *e)
{
	struct pool_params p = t->rule;

	p.start_reputation = 1;
	p.batch_budget = 0;
	p.window = p.patience = 1;
	if (!pool_params_check(&p, e))
		return false;
	if (p.probation || p.floor_at)
		return err_set(e, "a probation or a floor, for which there is no history");
	return (t->unit > 0 && t->unit <= UNIT_MOST) || err_set(e, "the unit is not 1 to 10^18");
}

bool claims_pay(const struct claims_terms *t, const struct work *w, uint64_t *out, struct err *e)
{
	static const struct pool_lane known_and_trusted = { .batches = 15, .reputation = REWARD_ONE };

	return pool_pay(&t->rule, w, &known_and_trusted, out, e);
}

struct u256 claims_total(const struct claims_terms *t, uint64_t pay)
{
	struct u256 total;

	BUG_ON(!u256_mul(&total, u256_of(pay), u256_of(t->unit)));
	return total;
}

void claims_leaf(uint32_t index, struct u256 total, struct hash32 *out)
{
	uint8_t two[64];

	u256_to_be(u256_of(index), two);
	u256_to_be(total, two + 32);
	keccak256(two, sizeof two, out->b);
	keccak256(out->b, sizeof out->b, out->b);
}

/* ---- the tree of a group --------------------------------------------------------- */

/* The four leaves of a slot, and what its works are worth; returns how many works it has, 0 on an error. */
static size_t four_leaves(struct claims_tree *t, const struct claims_terms *terms, const struct work *w, size_t i,
                          size_t n, struct hash32 *leaf, struct err *e)
{
	uint32_t slot = w[i].index / 4;
	size_t from = i;

	for (uint32_t k = 0; k < 4; k++) {
		struct u256 total = U256_ZERO;
		if (i < n && w[i].index == slot * 4 + k) {
			if (!claims_pay(terms, &w[i], &t->pay[i], e))
				return 0;
			total = claims_total(terms, t->pay[i]);
			/* at most 8192 of 124 bits */
			BUG_ON(!u256_add(&t->sum, t->sum, total));
			t->leaf[i] = (uint32_t)(leaf - t->node) + k;
			i++;
		}
		claims_leaf(slot * 4 + k, total, &leaf[k]);
	}
	return i - from;
}

static size_t count_slots(const struct work *w, size_t n, uint32_t group)
{
	size_t slots = 0;

	for (size_t i = 0; i < n; i++) {
		BUG_ON(w[i].index / CLAIMS_GROUP != group || (i && w[i].index <= w[i - 1].index));
		slots += i == 0 || w[i].index / 4 != w[i - 1].index / 4;
	}
	return slots;
}

bool claims_tree_make(struct claims_tree *t, const struct claims_terms *terms, const struct work *w, size_t n,
                      struct err *e)
{
	BUG_ON(n == 0);
	*t = (struct claims_tree){ .group = w[0].index / CLAIMS_GROUP, .sum = U256_ZERO };
	t->n = 4 * count_slots(w, n, t->group);
	t->node = mem_alloc(merkle_size(t->n), sizeof *t->node);
	t->leaf = mem_alloc(n, sizeof *t->leaf);
	t->pay = mem_alloc(n, sizeof *t->pay);
	struct hash32 *leaf = t->node;
	for (size_t i = 0, done; i < n; i += done, leaf += 4) {
		done = four_leaves(t, terms, w, i, n, leaf, e);
		if (!done) {
			claims_tree_release(t);
			return false;
		}
	}
	merkle_levels(t->node, t->n);
	return true;
}

const struct hash32 *claims_tree_root(const struct claims_tree *t)
{
	return &t->node[merkle_size(t->n) - 1];
}

void claims_tree_release(struct claims_tree *t)
{
	free(t->node);
	free(t->leaf);
	free(t->pay);
	*t = (struct claims_tree){ 0 };
}

/* ---- by which things are known again ---------------------------------------------- */

static void put_be(uint8_t *p, uint64_t v, size_t n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static void put_part(struct buf *b, const void *p, size_t n)
{
	uint8_t len[4];

	put_be(len, n, sizeof len);
	buf_add(b, len, sizeof len);
	buf_add(b, p, n);
}

static struct buf put_place(const char *what, uint64_t chain, const struct address *claims)
{
	struct buf b = BUF_INIT;
	uint8_t id[8];

	put_part(&b, what, strlen(what));
	put_be(id, chain, sizeof id);
	put_part(&b, id, sizeof id);
	put_part(&b, claims->b, sizeof claims->b);
	return b;
}

void claims_id(uint64_t chain, const struct address *claims, const uint8_t root[32], uint8_t out[32])
{
	struct buf b = put_place("lbl-commit", chain, claims);

	put_part(&b, root, 32);
	keccak256(b.p, b.n, out);
	buf_release(&b);
}

void claims_claim_id(uint64_t chain, const struct address *claims, uint32_t index, struct u256 total, uint8_t out[32])
{
	struct buf b = put_place("lbl-claim", chain, claims);
	uint8_t number[4], word[32];

	put_be(number, index, sizeof number);
	u256_to_be(total, word);
	put_part(&b, number, sizeof number);
	put_part(&b, word, sizeof word);
	keccak256(b.p, b.n, out);
	buf_release(&b);
}

/* ---- questions --------------------------------------------------------------------- */

enum { MOST_WORDS = 19 };

/* Ask, and take apart an answer of n words, each of which must be below 2^bits. */
static enum rpc_status ask(struct rpc *r, const struct address *claims, struct buf *data, const char *tag,
                           struct u256 *word, const uint16_t *bits, size_t n, struct rpc_error *e)
{
	struct buf out = BUF_INIT;
	struct err ignored;

	enum rpc_status st = eth_call(r, NULL, claims, buf_str(data), tag, &out, e);
	bool good = out.n == n * ABI_WORD;
	for (size_t i = 0; st == RPC_OK && good && i < n; i++) {
		struct u256 q = U256_ZERO;
		good = abi_get_u256(buf_str(&out), i, &word[i], &ignored);
		/* divided by 2^bits nothing is left */
		for (unsigned w = 0; w < 4; w++) {
			unsigned low = w * 64, has = bits[i] > low ? bits[i] - low : 0;
			q.w[w] = has >= 64 ? 0 : word[i].w[w] >> has;
		}
		good = good && u256_is_zero(q);
	}
	if (st == RPC_OK && !good)
		st = rpc_bad(e, "eth_call", "this is no answer of the claims contract");
	buf_release(&out);
	buf_release(data);
	return st;
}

static struct buf question(const char *signature)
{
	struct buf b = BUF_INIT;

	abi_put_selector(&b, signature);
	return b;
}

static enum rpc_status ask_one(struct rpc *r, const struct address *claims, const char *signature, uint16_t bits,
                               uint64_t *out, struct rpc_error *e)
{
	struct buf b = question(signature);
	struct u256 v;

	enum rpc_status st = ask(r, claims, &b, "latest", &v, &bits, 1, e);
	if (st == RPC_OK)
		*out = v.w[0];
	return st;
}

static void take_rule(struct pool_params *p, uint64_t version, const struct u256 *v)
{
	*p = (struct pool_params){
		.version = version, .rate = v[0].w[0],
		.lo = (uint16_t)v[7].w[0], .hi = (uint16_t)v[8].w[0], .c0 = (uint16_t)v[9].w[0], .c1 = (uint16_t)v[10].w[0],
		.probation = (uint8_t)v[11].w[0], .probation_bp = (uint16_t)v[12].w[0],
		.floor_at = (uint16_t)v[13].w[0], .floor_bp = (uint16_t)v[14].w[0],
		.batch_budget = v[15].w[0], .period_budget = v[16].w[0],
		.period = (uint32_t)v[17].w[0], .window = (uint32_t)v[18].w[0],
	};
	for (int i = 0; i < 3; i++) {
		p->t[i] = (uint16_t)v[1 + i].w[0];
		p->m[i] = (uint16_t)v[4 + i].w[0];
	}
}

enum rpc_status claims_get_terms(struct rpc *r, const struct address *claims, uint64_t version,
                                 struct claims_terms *out, struct rpc_error *e)
{
	static const uint16_t bits[MOST_WORDS] = { 40, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 8, 16, 16, 16, 64, 64, 32, 32 };
	struct u256 v[MOST_WORDS];
	struct claims_terms t;
	struct err why;
	enum rpc_status st = RPC_OK;

	if (!version)
		st = ask_one(r, claims, "version()", 32, &version, e);
	if (st == RPC_OK)
		st = ask_one(r, claims, "unit()", 60, &t.unit, e);
	if (st == RPC_OK) {
		struct buf b = question("params(uint32)");
		abi_put_u64(&b, version);
		st = ask(r, claims, &b, "latest", v, bits, MOST_WORDS, e);
	}
	if (st != RPC_OK)
		return st;
	take_rule(&t.rule, version, v);
	if (!claims_terms_check(&t, &why))
		return rpc_bad(e, "eth_call", why.msg);
	*out = t;
	return st;
}

enum rpc_status claims_get_account(struct rpc *r, const struct address *claims, const char *tag,
                                   struct claims_account *out, struct rpc_error *e)
{
	static const uint16_t bits[] = { 64, 64, 64 };
	struct buf b = question("account()");
	struct u256 v[3];

	enum rpc_status st = ask(r, claims, &b, tag, v, bits, 3, e);
	if (st == RPC_OK)
		*out = (struct claims_account){ v[0].w[0], v[1].w[0], v[2].w[0] };
	return st;
}

enum rpc_status claims_get_root(struct rpc *r, const struct address *claims, const uint8_t root[32], const char *tag,
                                uint64_t *ready_at, struct rpc_error *e)
{
	static const uint16_t bits[] = { 40, 32, 64 };
	struct buf b = question("roots(bytes32)");
	struct u256 v[3];

	abi_put_word(&b, root);
	enum rpc_status st = ask(r, claims, &b, tag, v, bits, 3, e);
	if (st == RPC_OK)
		*ready_at = v[0].w[0];
	return st;
}

enum rpc_status claims_get_group(struct rpc *r, const struct address *claims, uint32_t group, const char *tag,
                                 struct claims_group *out, struct rpc_error *e)
{
	static const uint16_t bits[] = { 96, 96, 40 };
	struct buf b = question("groups(uint32)");
	struct u256 v[3];

	abi_put_u64(&b, group);
	enum rpc_status st = ask(r, claims, &b, tag, v, bits, 3, e);
	if (st == RPC_OK)
		*out = (struct claims_group){ v[0], v[1], v[2].w[0] };
	return st;
}

enum rpc_status claims_get_claimed(struct rpc *r, const struct address *claims, uint32_t index, const char *tag,
                                   struct u256 *out, struct rpc_error *e)
{
	static const uint16_t bits[] = { 256 };
	struct buf b = question("claimed(uint256)");

	abi_put_u64(&b, index);
	return ask(r, claims, &b, tag, out, bits, 1, e);
}

static void put_words(struct buf *b, struct str words)
{
	BUG_ON(words.n % ABI_WORD);
	abi_put_u64(b, words.n / ABI_WORD);
	buf_addstr(b, words);
}

enum rpc_status claims_root_of(struct rpc *r, const struct address *claims, uint32_t group, struct str words,
                               uint8_t root[32], struct u256 *total, struct rpc_error *e)
{
	static const uint16_t bits[] = { 256, 160 };
	struct buf b = question("rootOf(uint32,bytes32[])");
	struct u256 v[2];

	abi_put_u64(&b, group);
	abi_put_u64(&b, 2 * ABI_WORD);
	put_words(&b, words);
	enum rpc_status st = ask(r, claims, &b, "latest", v, bits, 2, e);
	if (st == RPC_OK) {
		u256_to_be(v[0], root);
		*total = v[1];
	}
	return st;
}

/* ---- call data ---------------------------------------------------------------------- */

void claims_put_commit(struct buf *b, uint32_t group, const uint8_t log_root[32], struct str words)
{
	abi_put_selector(b, "commit(uint32,bytes32,bytes32[])");
	abi_put_u64(b, group);
	abi_put_word(b, log_root);
	abi_put_u64(b, 3 * ABI_WORD);
	put_words(b, words);
}

void claims_put_commit_signed(struct buf *b, uint32_t group, const uint8_t log_root[32], struct str words,
                              const uint8_t (*sig)[65], size_t n)
{
	enum { SIG = 65, PADDED = 4 * ABI_WORD };       /* a length, and 65 bytes in three words */

	abi_put_selector(b, "commit(uint32,bytes32,bytes32[],bytes[])");
	abi_put_u64(b, group);
	abi_put_word(b, log_root);
	abi_put_u64(b, 4 * ABI_WORD);
	abi_put_u64(b, 5 * ABI_WORD + words.n);
	put_words(b, words);
	abi_put_u64(b, n);
	for (size_t i = 0; i < n; i++)
		abi_put_u64(b, n * ABI_WORD + i * PADDED);
	for (size_t i = 0; i < n; i++)
		abi_put_bytes(b, (struct str){ (const char *)sig[i], SIG });
}

void claims_put_claim(struct buf *b, uint32_t index, struct u256 total, const struct hash32 *proof, size_t n)
{
	abi_put_selector(b, "claim(uint256,uint256,bytes32[])");
	abi_put_u64(b, index);
	abi_put_u256(b, total);
	abi_put_u64(b, 3 * ABI_WORD);
	abi_put_u64(b, n);
	for (size_t i = 0; i < n; i++)
		abi_put_word(b, proof[i].b);
}
