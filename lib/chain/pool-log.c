/* What the pool has logged. */
#include "chain/pool.h"

#include "base/hex.h"
#include "base/mem.h"
#include "chain/abi.h"
#include "hash/keccak256.h"

static const char posted[] = "Posted(uint64,address,bytes32,bytes32,uint32)";
static const char settled_[] = "Settled(uint64,uint256,bytes32)";

/* One event: its place, and its words. */
struct event {
	uint64_t block, n;              /* of the block, and in it */
	uint64_t batch;                 /* topic 1 */
	uint8_t word[2][32];            /* the first of its data */
};

struct events {
	struct event *p;
	size_t n, cap;
};

/* ---- reading ---- */

static const cJSON *at(const cJSON *o, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(o, key);
}

static bool is_word(const cJSON *v, uint8_t out[32])
{
	struct str s = cJSON_IsString(v) ? str_of(v->valuestring) : (struct str){ "", 0 };

	return s.n == 66 && s.p[0] == '0' && s.p[1] == 'x' && hex_get((struct str){ s.p + 2, 64 }, out, 32);
}

static bool is_count(const cJSON *v, uint64_t *out)
{
	struct err e;

	return cJSON_IsString(v) && u64_from_quantity(str_of(v->valuestring), out, &e);
}

static bool is_topic(const cJSON *log, int i, const char *event)
{
	uint8_t is[32], want[32];

	keccak256(event, strlen(event), want);
	return is_word(cJSON_GetArrayItem(at(log, "topics"), i), is) && memcmp(is, want, 32) == 0;
}

/* Two words of data at least, by this contract: false when it is of another form. */
static bool read_log(const cJSON *log, const struct address *pool, const char *event, struct event *out)
{
	const cJSON *data = at(log, "data"), *who = at(log, "address");
	struct buf b = BUF_INIT;
	struct address a;
	uint8_t word[32];
	struct err e;

	bool good = cJSON_IsString(who) && address_parse(str_of(who->valuestring), &a, &e) && address_eq(&a, pool) &&
		is_topic(log, 0, event) && is_word(cJSON_GetArrayItem(at(log, "topics"), 1), word) &&
		u256_to_u64(u256_from_be(word), &out->batch) && cJSON_IsString(data) &&
		hex_get_any(str_of(data->valuestring), &b) && abi_get_word(buf_str(&b), 0, out->word[0], &e) &&
		abi_get_word(buf_str(&b), 1, out->word[1], &e);
	buf_release(&b);
	return good;
}

/* ---- asking ---- */

struct filter {
	const struct address *pool;
	const char *event;
	const struct address *poster;   /* topic 2, or NULL */
	const uint64_t *batch;          /* topic 1, or NULL */
};

static void put_hex(struct buf *b, const void *p, size_t n)
{
	buf_adds(b, "\"0x");
	hex_put(b, p, n);
	buf_addc(b, '"');
}

static void put_filter(struct buf *b, const struct filter *f, uint64_t from, uint64_t to)
{
	uint8_t topic[32];
	struct buf word = BUF_INIT;

	buf_adds(b, "[{\"fromBlock\":\"");
	u64_put_quantity(b, from);
	buf_adds(b, "\",\"toBlock\":\"");
	u64_put_quantity(b, to);
	buf_adds(b, "\",\"address\":\"");
	address_put_lower(b, f->pool);
	buf_adds(b, "\",\"topics\":[");
	keccak256(f->event, strlen(f->event), topic);
	put_hex(b, topic, 32);
	if (f->batch) {
		abi_put_u64(&word, *f->batch);
		buf_addc(b, ',');
		put_hex(b, word.p, 32);
	} else if (f->poster) {
		abi_put_address(&word, f->poster);
		buf_adds(b, ",null,");
		put_hex(b, word.p, 32);
	}
	buf_adds(b, "]}]");
	buf_release(&word);
}

static void add(struct events *l, const struct event *v)
{
	if (l->n == l->cap) {
		l->cap = mem_grow(l->cap, l->n + 16);
		l->p = mem_realloc(l->p, l->cap, sizeof *l->p);
	}
	l->p[l->n++] = *v;
}

/* What stood on a block that has left the chain is said once more, as removed. */
static bool take_logs(const cJSON *v, const struct filter *f, uint64_t from, uint64_t to, struct events *out)
{
	const cJSON *log;

	if (!cJSON_IsArray(v))
		return false;
	cJSON_ArrayForEach(log, v) {
		struct event x;
		if (cJSON_IsTrue(at(log, "removed")))
			continue;
		if (!read_log(log, f->pool, f->event, &x) || !is_count(at(log, "blockNumber"), &x.block) ||
		    !is_count(at(log, "logIndex"), &x.n) || x.block < from || x.block > to || (f->batch && x.batch != *f->batch))
			return false;
		add(out, &x);
	}
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return x->block != y->block ? (x->block > y->block) - (x->block < y->block) : (x->n > y->n) - (x->n < y->n);
}

/* All events of blocks from .. to, in their order.  Nodes have limits on blocks and on logs, each its own: a range that
 * is refused is halved, and what was taken is tried again with the next one. */
static enum rpc_status ask_logs(struct rpc *r, const struct filter *f, uint64_t from, uint64_t to, struct events *out,
				struct rpc_error *e)
{
	static const char method[] = "eth_getLogs";
	uint64_t span = to - from;              /* blocks at once, less one */

	while (from <= to) {
		uint64_t end = to - from > span ? from + span : to;
		struct buf b = BUF_INIT;
		cJSON *v;
		put_filter(&b, f, from, end);
		enum rpc_status st = rpc_call(r, method, b.p, &v, e);
		buf_release(&b);
		bool good = st == RPC_OK && take_logs(v, f, from, end, out);
		cJSON_Delete(v);
		if (st == RPC_OK && !good)
			return rpc_bad(e, method, "the result is no list of the logs that were asked for");
		if (good) {
			from = end + 1;
			continue;
		}
		if (!(st == RPC_ERROR || (st == RPC_UNKNOWN && e->http)) || end == from)
			return st;
		span = (end - from) / 2;
	}
	if (out->n)
		qsort(out->p, out->n, sizeof *out->p, by_place);
	return RPC_OK;
}

/* ---- a batch ---- */

/* A number that was voided is free again: whose batch the last posting under it was decides. */
static enum rpc_status look(struct rpc *r, const struct address *pool, const struct event *ours, uint64_t to,
			    bool *stands, bool *settled, struct rpc_error *e)
{
	struct filter f = { .pool = pool, .event = posted, .batch = &ours->batch };
	struct events all = { 0 };
	enum rpc_status st = ask_logs(r, &f, ours->block, to, &all, e);

	*stands = *settled = false;
	if (st == RPC_OK && all.n) {
		const struct event *last = &all.p[all.n - 1];
		*stands = last->block == ours->block && last->n == ours->n;
		all.n = 0;
		f.event = settled_;
		if (*stands)
			st = ask_logs(r, &f, ours->block, to, &all, e);
		*settled = st == RPC_OK && all.n > 0;
	}
	free(all.p);
	return st;
}

enum rpc_status pool_posted(struct rpc *r, const struct address *pool, const struct address *who,
			    const uint8_t data_hash[32], const uint8_t log_root[32], uint64_t from, uint64_t *number,
			    bool *settled, struct rpc_error *e)
{
	struct filter f = { .pool = pool, .event = posted, .poster = who };
	struct events all = { 0 };
	uint64_t head = 0;
	enum rpc_status st = eth_block_number(r, &head, e);

	*number = 0;
	*settled = false;
	if (st == RPC_OK && from <= head)
		st = ask_logs(r, &f, from, head, &all, e);
	for (size_t i = all.n; i-- > 0 && st == RPC_OK && !*settled; ) {
		bool stands, done;
		if (memcmp(all.p[i].word[0], data_hash, 32) != 0 || memcmp(all.p[i].word[1], log_root, 32) != 0)
			continue;
		st = look(r, pool, &all.p[i], head, &stands, &done, e);
		if (st == RPC_OK && stands && (done || *number == 0)) {
			*number = all.p[i].batch;
			*settled = done;
		}
	}
	free(all.p);
	return st;
}

/* ---- a receipt ---- */

enum rpc_status pool_settled_total(struct rpc *r, const struct address *pool, const uint8_t tx_hash[32], uint64_t batch,
				   bool *found, struct u256 *total, struct rpc_error *e)
{
	static const char method[] = "eth_getTransactionReceipt";
	struct buf b = BUF_INIT;
	const cJSON *log;
	cJSON *v;

	*found = false;
	buf_addc(&b, '[');
	put_hex(&b, tx_hash, 32);
	buf_addc(&b, ']');
	enum rpc_status st = rpc_call(r, method, b.p, &v, e);
	buf_release(&b);
	if (st == RPC_OK && !cJSON_IsNull(v)) {
		uint8_t its[32];
		if (!is_word(at(v, "transactionHash"), its) || memcmp(its, tx_hash, 32) != 0)
			st = rpc_bad(e, method, "the result is no receipt of this transaction");
		else
			cJSON_ArrayForEach(log, at(v, "logs")) {
				struct event x;
				if (!read_log(log, pool, settled_, &x) || x.batch != batch)
					continue;
				*found = true;
				*total = u256_from_be(x.word[0]);
			}
	}
	cJSON_Delete(v);
	return st;
}
