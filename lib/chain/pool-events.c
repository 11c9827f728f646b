#include "chain/pool-events.h"

#include "base/hex.h"
#include "base/mem.h"
#include "chain/abi.h"
#include "hash/keccak256.h"

static const char METHOD[] = "eth_getLogs";

static const char *const signatures[] = {
	[POOL_EVENT_POSTED] = "Posted(uint64,address,bytes32,bytes32,uint32)",
	[POOL_EVENT_SETTLED] = "Settled(uint64,uint256,bytes32)",
	[POOL_EVENT_RESOLVED] = "Resolved(uint64,bool)",
	[POOL_EVENT_VOIDED] = "Voided(uint64)",
};
enum { KINDS = sizeof signatures / sizeof signatures[0] };

static void topic_of(int kind, uint8_t out[32])
{
	keccak256(signatures[kind], strlen(signatures[kind]), out);
}

static void put_query(struct buf *b, const struct address *pool, uint64_t from, uint64_t to)
{
	uint8_t topic[32];

	buf_adds(b, "[{\"address\":\"");
	address_put_lower(b, pool);
	buf_adds(b, "\",\"fromBlock\":\"");
	u64_put_quantity(b, from);
	buf_adds(b, "\",\"toBlock\":\"");
	u64_put_quantity(b, to);
	buf_adds(b, "\",\"topics\":[[");
	for (int i = 0; i < KINDS; i++) {
		topic_of(i, topic);
		buf_adds(b, i ? ",\"0x" : "\"0x");
		hex_put(b, topic, 32);
		buf_addc(b, '"');
	}
	buf_adds(b, "]]}]");
}

/* ---- one log -------------------------------------------------------------------------- */

static bool is_bytes(const cJSON *v, struct buf *out)
{
	buf_reset(out);
	return cJSON_IsString(v) && hex_get_any(str_of(v->valuestring), out);
}

/* The topics one after the other, as words. */
static bool read_topics(const cJSON *v, struct buf *out)
{
	struct buf one = BUF_INIT;
	const cJSON *t;
	bool good = cJSON_IsArray(v);

	buf_reset(out);
	cJSON_ArrayForEach(t, v) {
		good = good && is_bytes(t, &one) && one.n == ABI_WORD;
		if (good)
			buf_addstr(out, buf_str(&one));
	}
	buf_release(&one);
	return good && out->n >= ABI_WORD;
}

static bool read_kind(struct str topics, enum pool_event_kind *kind)
{
	uint8_t topic[32];

	for (int i = 0; i < KINDS; i++) {
		topic_of(i, topic);
		if (memcmp(topic, topics.p, 32) == 0) {
			*kind = (enum pool_event_kind)i;
			return true;
		}
	}
	return false;
}

static bool read_content(struct pool_event *ev, struct str topics, struct str data)
{
	struct err e;

	if (!read_kind(topics, &ev->kind) || !abi_get_u64(topics, 1, &ev->batch, &e))
		return false;
	switch (ev->kind) {
	case POOL_EVENT_POSTED:
		return abi_get_address(topics, 2, &ev->poster, &e) && abi_get_word(data, 0, ev->data_hash, &e) &&
			abi_get_word(data, 1, ev->log_root, &e);
	case POOL_EVENT_SETTLED:
		return abi_get_u256(data, 0, &ev->total, &e);
	case POOL_EVENT_RESOLVED:
		return abi_get_bool(data, 0, &ev->upheld, &e);
	case POOL_EVENT_VOIDED:
		return true;
	}
	return false;
}

static bool read_log(const cJSON *v, const struct address *pool, struct pool_event *ev)
{
	const cJSON *block = cJSON_GetObjectItemCaseSensitive(v, "blockNumber");
	struct buf bytes = BUF_INIT, topics = BUF_INIT;
	struct err e;

	*ev = (struct pool_event){ 0 };
	bool good = is_bytes(cJSON_GetObjectItemCaseSensitive(v, "address"), &bytes) && bytes.n == 20 &&
		memcmp(bytes.p, pool->b, 20) == 0 &&
		cJSON_IsString(block) && u64_from_quantity(str_of(block->valuestring), &ev->block, &e) &&
		is_bytes(cJSON_GetObjectItemCaseSensitive(v, "transactionHash"), &bytes) && bytes.n == 32;
	if (good)
		memcpy(ev->tx, bytes.p, 32);
	good = good && read_topics(cJSON_GetObjectItemCaseSensitive(v, "topics"), &topics) &&
		is_bytes(cJSON_GetObjectItemCaseSensitive(v, "data"), &bytes) &&
		read_content(ev, buf_str(&topics), buf_str(&bytes));
	buf_release(&bytes);
	buf_release(&topics);
	return good;
}

/* ---- all of them ---------------------------------------------------------------------- */

struct list {
	struct pool_event *at;
	size_t n, cap;
	unsigned refused;
};

enum { MOST_REFUSED = 4096 };

static enum rpc_status take(struct list *l, const cJSON *logs, const struct address *pool, uint64_t from, uint64_t to,
			    struct rpc_error *e)
{
	struct pool_event ev;
	const cJSON *v;

	if (!cJSON_IsArray(logs))
		return rpc_bad(e, METHOD, "no array");
	cJSON_ArrayForEach(v, logs) {
		if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(v, "removed")))
			continue;       /* of a block that has left the chain */
		if (!read_log(v, pool, &ev) || ev.block < from || ev.block > to)
			return rpc_bad(e, METHOD, "a log that was not asked for");
		if (l->n == l->cap) {
			l->cap = mem_grow(l->cap, l->n + 16);
			l->at = mem_realloc(l->at, l->cap, sizeof *l->at);
		}
		l->at[l->n++] = ev;
	}
	return RPC_OK;
}

/* The depth of this is that of halving a number of 64 bits. */
static enum rpc_status ask(struct list *l, struct rpc *r, const struct address *pool, uint64_t from, uint64_t to,
                           struct rpc_error *e)
{
	struct buf b = BUF_INIT;
	cJSON *logs = NULL;

	put_query(&b, pool, from, to);
	enum rpc_status st = rpc_call(r, METHOD, b.p, &logs, e);
	buf_release(&b);
	if (st == RPC_OK) {
		st = take(l, logs, pool, from, to, e);
		cJSON_Delete(logs);
		return st;
	}
	/* the range may be too long, or its answer: each node has its own limits, and words for them */
	if ((st != RPC_ERROR && st != RPC_UNKNOWN) || from == to || ++l->refused > MOST_REFUSED)
		return st;
	uint64_t half = from + (to - from) / 2;
	st = ask(l, r, pool, from, half, e);
	return st == RPC_OK ? ask(l, r, pool, half + 1, to, e) : st;
}

enum rpc_status pool_events(struct rpc *r, const struct address *pool, uint64_t from, uint64_t to,
                            struct pool_event **out, size_t *n,
			    struct rpc_error *e)
{
	struct list l = { .at = *out, .n = *n, .cap = *n };

	enum rpc_status st = from <= to ? ask(&l, r, pool, from, to, e) : RPC_OK;
	*out = l.at;
	if (st == RPC_OK)
		*n = l.n;
	return st;
}
