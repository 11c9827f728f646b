/* What the pool and the registry are asked. */
#include "chain/pool.h"

#include "base/mem.h"
#include "chain/abi.h"

static const char call[] = "eth_call";

/* ---- one question ---- */

/* Calls one function and wants so many words; the words are appended. */
static enum rpc_status ask(struct rpc *r, const struct address *to, struct buf *data, const char *tag, size_t n_words,
			   struct buf *out, struct rpc_error *e)
{
	enum rpc_status st = eth_call(r, NULL, to, buf_str(data), tag, out, e);

	buf_release(data);
	if (st == RPC_OK && out->n != n_words * ABI_WORD)
		st = rpc_bad(e, call, "the result has another length than what was asked for: is this the contract?");
	return st;
}

/* A number of so many bits. */
static bool get(struct str words, size_t i, unsigned bits, uint64_t *out)
{
	struct err e;

	return abi_get_u64(words, i, out, &e) && (bits == 64 || *out >> bits == 0);
}

static enum rpc_status ask_u256(struct rpc *r, const struct address *to, struct buf *data, const char *tag,
				struct u256 *out, struct rpc_error *e)
{
	struct buf b = BUF_INIT;
	struct err ignored;
	enum rpc_status st = ask(r, to, data, tag, 1, &b, e);

	if (st == RPC_OK)
		BUG_ON(!abi_get_u256(buf_str(&b), 0, out, &ignored));
	buf_release(&b);
	return st;
}

static enum rpc_status ask_number(struct rpc *r, const struct address *to, struct buf *data, const char *tag,
				  unsigned bits, uint64_t *out, struct rpc_error *e)
{
	struct u256 v = U256_ZERO;
	enum rpc_status st = ask_u256(r, to, data, tag, &v, e);

	if (st == RPC_OK && !(u256_to_u64(v, out) && (bits == 64 || *out >> bits == 0)))
		st = rpc_bad(e, call, "a number is out of range");
	return st;
}

static struct buf question(const char *signature)
{
	struct buf b = BUF_INIT;

	abi_put_selector(&b, signature);
	return b;
}

static struct buf question_of(const char *signature, const struct address *who)
{
	struct buf b = question(signature);

	abi_put_address(&b, who);
	return b;
}

/* ---- the pool ---- */

enum rpc_status pool_get_account(struct rpc *r, const struct address *pool, const char *tag, struct pool_account *out,
				 struct rpc_error *e)
{
	struct buf q = question("account()"), b = BUF_INIT;
	struct pool_account a;
	enum rpc_status st = ask(r, pool, &q, tag, 4, &b, e);
	struct str w = buf_str(&b);

	if (st == RPC_OK) {
		if (get(w, 0, 64, &a.settled) && get(w, 1, 64, &a.owed) && get(w, 2, 64, &a.spent) && get(w, 3, 64, &a.ends))
			*out = a;
		else
			st = rpc_bad(e, call, "the account of the pool is out of range");
	}
	buf_release(&b);
	return st;
}

static bool read_batch(struct str w, struct pool_batch *b)
{
	uint64_t state;
	struct err e;

	if (!(abi_get_word(w, 0, b->data_hash, &e) && abi_get_word(w, 1, b->log_root, &e) &&
	      abi_get_address(w, 2, &b->poster, &e) && get(w, 3, 40, &b->ready_at) && get(w, 4, 32, &b->version) &&
	      get(w, 5, 64, &state) && state <= POOL_CHALLENGED && abi_get_address(w, 6, &b->challenger, &e) &&
	      get(w, 7, 40, &b->since)))
		return false;
	b->state = (enum pool_state)state;
	return true;
}

enum rpc_status pool_get_batch(struct rpc *r, const struct address *pool, const char *tag, struct pool_batch *out,
			       struct rpc_error *e)
{
	struct buf q = question("inFlight()"), b = BUF_INIT;
	struct pool_batch batch;
	enum rpc_status st = ask(r, pool, &q, tag, 8, &b, e);

	if (st == RPC_OK) {
		if (read_batch(buf_str(&b), &batch))
			*out = batch;
		else
			st = rpc_bad(e, call, "the batch in flight is out of range");
	}
	buf_release(&b);
	return st;
}

/* The words of Batches.Params, whose rule stands in place. */
static bool read_params(struct str w, struct pool_params *p)
{
	uint64_t v[21];
	static const uint8_t bits[21] = {
		40, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 8, 16, 16, 16, 16, 64, 64, 32, 32, 32,
	};

	for (size_t i = 0; i < 21; i++)
		if (!get(w, i, bits[i], &v[i]))
			return false;
	*p = (struct pool_params){
		.rate = v[0],
		.t = { (uint16_t)v[1], (uint16_t)v[2], (uint16_t)v[3] },
		.m = { (uint16_t)v[4], (uint16_t)v[5], (uint16_t)v[6] },
		.lo = (uint16_t)v[7], .hi = (uint16_t)v[8], .c0 = (uint16_t)v[9], .c1 = (uint16_t)v[10],
		.probation = (uint8_t)v[11], .probation_bp = (uint16_t)v[12],
		.floor_at = (uint16_t)v[13], .floor_bp = (uint16_t)v[14],
		.start_reputation = (uint16_t)v[15], .batch_budget = v[16], .period_budget = v[17],
		.period = (uint32_t)v[18], .window = (uint32_t)v[19], .patience = (uint32_t)v[20],
	};
	return true;
}

enum rpc_status pool_params_at(struct rpc *r, const struct address *pool, uint64_t version, const char *tag,
			       struct pool_params *out, struct rpc_error *e)
{
	struct buf q = question("version()"), b = BUF_INIT;
	struct pool_params p;
	struct err why;
	enum rpc_status st = RPC_OK;

	if (version == 0)
		st = ask_number(r, pool, &q, tag, 32, &version, e);
	else
		buf_release(&q);
	if (st != RPC_OK)
		return st;
	q = question("params(uint32)");
	abi_put_u64(&q, version);
	st = ask(r, pool, &q, tag, 21, &b, e);
	if (st == RPC_OK) {
		bool good = read_params(buf_str(&b), &p);
		p.version = version;
		if (good && pool_params_check(&p, &why))
			*out = p;
		else
			st = rpc_bad(e, call, good ? why.msg : "the parameters of the pool are out of range");
	}
	buf_release(&b);
	return st;
}

enum rpc_status pool_get_params(struct rpc *r, const struct address *pool, uint64_t version, struct pool_params *out,
				struct rpc_error *e)
{
	return pool_params_at(r, pool, version, "latest", out, e);
}

/* The bond of who posts has to be there; what of it is locked does not matter, for nothing is in flight then. */
enum rpc_status pool_may_post(struct rpc *r, const struct address *pool, const struct address *who, const char **why,
			      struct rpc_error *e)
{
	struct buf posts = question_of("posts(address)", who), paused = question("pausedUntil()");
	struct buf bond = question("bond()"), has = question_of("bondOf(address)", who);
	struct eth_block latest = { 0 };
	struct u256 wants = U256_ZERO, is = U256_ZERO;
	uint64_t may = 0, until = 0;
	enum rpc_status st = ask_number(r, pool, &posts, "latest", 1, &may, e);

	if (st == RPC_OK)
		st = ask_number(r, pool, &paused, "latest", 40, &until, e);
	if (st == RPC_OK)
		st = ask_u256(r, pool, &bond, "latest", &wants, e);
	if (st == RPC_OK)
		st = ask_u256(r, pool, &has, "latest", &is, e);
	if (st == RPC_OK)
		st = eth_block(r, "latest", &latest, e);
	buf_release(&paused);
	buf_release(&bond);
	buf_release(&has);
	if (st != RPC_OK)
		return st;
	*why = !may ? "is no poster of this pool" : latest.time < until ? "has to wait: posting is paused" :
		u256_cmp(is, wants) < 0 ? "has no bond in this pool, or too small a one" : NULL;
	return st;
}

enum rpc_status pool_quote(struct rpc *r, const struct address *pool, uint64_t version, const struct work *w,
			   const struct pool_lane *lane, struct u256 *out, struct rpc_error *e)
{
	struct pool_params p = { .start_reputation = lane->reputation };
	struct buf q = BUF_INIT;

	if (pool_lane_is_new(lane)) {
		enum rpc_status st = pool_get_params(r, pool, version, &p, e);
		if (st != RPC_OK)
			return st;
	}
	abi_put_selector(&q, "quote(uint32,uint24,uint16,uint16,uint8,uint16)");
	abi_put_u64(&q, version);
	abi_put_u64(&q, w->units);
	abi_put_u64(&q, w->score);
	abi_put_u64(&q, w->bonus);
	abi_put_u64(&q, lane->batches);
	abi_put_u64(&q, p.start_reputation);
	return ask_u256(r, pool, &q, "latest", out, e);
}

enum rpc_status pool_quorum(struct rpc *r, const struct address *pool, uint64_t *quorum, struct rpc_error *e)
{
	struct buf q = question("quorum()");

	return ask_number(r, pool, &q, "latest", 8, quorum, e);
}

enum rpc_status pool_audits(struct rpc *r, const struct address *pool, const struct address *who, bool *is,
			    struct rpc_error *e)
{
	struct buf q = question_of("audits(address)", who);
	uint64_t v = 0;
	enum rpc_status st = ask_number(r, pool, &q, "latest", 1, &v, e);

	if (st == RPC_OK)
		*is = v;
	return st;
}

enum rpc_status pool_get_head(struct rpc *r, const struct address *pool, const char *tag, uint8_t out[32],
			      struct rpc_error *e)
{
	struct buf q = question("head()");
	struct u256 v = U256_ZERO;
	enum rpc_status st = ask_u256(r, pool, &q, tag, &v, e);

	if (st == RPC_OK)
		u256_to_be(v, out);
	return st;
}

/* ---- many workers ---- */

/* A number that has to be small, of a word that is big-endian. */
static bool small(const uint8_t word[32], uint32_t *out)
{
	uint64_t v;

	if (!u256_to_u64(u256_from_be(word), &v) || v >> 32)
		return false;
	*out = (uint32_t)v;
	return true;
}

enum rpc_status registry_find(struct rpc *r, const struct address *registry, const struct address *who, size_t n,
			      const char *tag, uint32_t *index, struct rpc_error *e)
{
	enum { SIZE = 4 + ABI_WORD };
	struct buf data = BUF_INIT;
	uint8_t (*word)[32] = mem_alloc(n, sizeof *word);

	for (size_t i = 0; i < n; i++) {
		abi_put_selector(&data, "indexOf(address)");
		abi_put_address(&data, &who[i]);
	}
	enum rpc_status st = eth_call_words(r, registry, buf_str(&data), SIZE, tag, word, e);
	for (size_t i = 0; i < n && st == RPC_OK; i++)
		if (!small(word[i], &index[i]))
			st = rpc_bad(e, call, "the number of a worker is out of range");
	buf_release(&data);
	free(word);
	return st;
}

/* What is asked for once each: the words of a mapping from numbers, of those numbers that occur. */
struct column {
	const struct address *at;
	const char *signature;
	unsigned shift;                 /* a worker's number, shifted so far, is the number */
	uint32_t *key;                  /* rising */
	uint8_t (*word)[32];
	size_t n;
};

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static enum rpc_status ask_column(struct rpc *r, struct column *c, const uint32_t *index, size_t n, const char *tag,
				  struct rpc_error *e)
{
	struct buf data = BUF_INIT;

	c->key = mem_alloc(n, sizeof *c->key);
	for (size_t i = 0; i < n; i++)
		if (index[i])
			c->key[c->n++] = index[i] >> c->shift;
	qsort(c->key, c->n, sizeof *c->key, by_number);
	size_t m = 0;
	for (size_t i = 0; i < c->n; i++)
		if (m == 0 || c->key[m - 1] != c->key[i])
			c->key[m++] = c->key[i];
	c->n = m;
	c->word = mem_alloc(m, sizeof *c->word);
	for (size_t i = 0; i < m; i++) {
		abi_put_selector(&data, c->signature);
		abi_put_u64(&data, c->key[i]);
	}
	enum rpc_status st = eth_call_words(r, c->at, buf_str(&data), 4 + ABI_WORD, tag, c->word, e);
	buf_release(&data);
	return st;
}

static const uint8_t *word_of(const struct column *c, uint32_t index)
{
	uint32_t key = index >> c->shift;

	const uint32_t *at = bsearch(&key, c->key, c->n, sizeof key, by_number);
	BUG_ON(!at);
	return c->word[at - c->key];
}

static void release(struct column *c)
{
	free(c->key);
	free(c->word);
}

/* Lanes: see contracts/src/Lanes.sol. */
static struct pool_lane read_lane(const uint8_t slot[32], uint32_t index)
{
	const uint8_t *p = slot + 8 * (index % 4);
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return (struct pool_lane){ v >> 24, (uint16_t)(v >> 10 & 0x3fff), (uint8_t)(v >> 6 & 15), (uint8_t)(v & 63) };
}

enum rpc_status pool_lanes(struct rpc *r, const struct address *pool, const struct address *registry,
			   const uint32_t *index, size_t n, const char *tag, struct pool_lane *lane, bool *banned,
			   struct rpc_error *e)
{
	struct column slots = { .at = pool, .signature = "lanes(uint256)", .shift = 2 };
	struct column bans = { .at = registry, .signature = "bans(uint256)", .shift = 8 };
	enum rpc_status st = ask_column(r, &slots, index, n, tag, e);

	if (st == RPC_OK)
		st = ask_column(r, &bans, index, n, tag, e);
	for (size_t i = 0; i < n && st == RPC_OK; i++) {
		lane[i] = (struct pool_lane){ 0 };
		banned[i] = false;
		if (index[i] == 0)
			continue;
		lane[i] = read_lane(word_of(&slots, index[i]), index[i]);
		/* bit i counts from the end, which is the last byte */
		banned[i] = word_of(&bans, index[i])[31 - index[i] % 256 / 8] >> index[i] % 8 & 1;
		if (lane[i].reputation > 10000)
			st = rpc_bad(e, call, "a reputation is above 10000");
	}
	release(&slots);
	release(&bans);
	return st;
}
