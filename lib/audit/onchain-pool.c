/* Events of a pool and of a claims contract, against the log. */
#include "audit/onchain-in.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "chain/abi.h"
#include "chain/pool-events.h"
#include "hash/keccak256.h"

/* ---- one event ------------------------------------------------------------------------- */

/* Of a receipt's logs, one that is of the contract and event. */
struct event {
	struct buf topics, data;
};

static void event_release(struct event *ev)
{
	buf_release(&ev->topics);
	buf_release(&ev->data);
}

static bool read_event(const cJSON *log, const struct address *who, const char *signature, struct event *ev)
{
	const cJSON *topic;
	struct address from;
	uint8_t want[32];
	struct err e;

	buf_reset(&ev->topics);
	buf_reset(&ev->data);
	if (!address_parse(str_of(text_of(log, "address")), &from, &e) || !address_eq(&from, who))
		return false;
	cJSON_ArrayForEach(topic, cJSON_GetObjectItemCaseSensitive(log, "topics"))
		if (!cJSON_IsString(topic) || !hex_get_any(str_of(topic->valuestring), &ev->topics))
			return false;
	keccak256(signature, strlen(signature), want);
	if (ev->topics.n < ABI_WORD || ev->topics.n % ABI_WORD || memcmp(ev->topics.p, want, sizeof want) != 0)
		return false;
	return str_is(str_of(text_of(log, "data")), "0x") || hex_get_any(str_of(text_of(log, "data")), &ev->data);
}

/* The only one of its kind; false when there is none, or two. */
static bool only_event(const cJSON *rc, const struct address *who, const char *signature, struct event *ev)
{
	struct event one = { BUF_INIT, BUF_INIT };
	const cJSON *log;
	int n = 0;

	cJSON_ArrayForEach(log, cJSON_GetObjectItemCaseSensitive(rc, "logs"))
		if (read_event(log, who, signature, &one) && ++n == 1) {
			buf_reset(&ev->topics);
			buf_reset(&ev->data);
			buf_addstr(&ev->topics, buf_str(&one.topics));
			buf_addstr(&ev->data, buf_str(&one.data));
		}
	event_release(&one);
	return n == 1;
}

static bool is_u64(struct str words, size_t i, uint64_t want)
{
	uint64_t got;
	struct err e;

	return abi_get_u64(words, i, &got, &e) && got == want;
}

static bool is_word(struct str words, size_t i, const uint8_t want[32])
{
	uint8_t got[32];
	struct err e;

	return abi_get_word(words, i, got, &e) && memcmp(got, want, 32) == 0;
}

static bool is_amount(struct str words, size_t i, struct u256 want)
{
	struct u256 got;
	struct err e;

	return abi_get_u256(words, i, &got, &e) && u256_cmp(got, want) == 0;
}

static bool is_who(struct str words, size_t i, const struct address *want)
{
	struct address got;
	struct err e;

	return abi_get_address(words, i, &got, &e) && address_eq(&got, want);
}

/* ---- batches --------------------------------------------------------------------------- */

/* By which version of the parameters the payments of a batch were planned; 0 when they do not say. */
static uint64_t version_of(const struct replay *r, const struct planned_batch *b)
{
	struct str list = b->payments;
	struct json_field first;

	if (!json_next(&list, &first))
		return 0;
	uint32_t i = intern_find(&r->money.payment_ids, first.raw);
	return i == INTERN_NONE ? 0 : r->money.payment[i].version;
}

static const char *check_post(const struct replay *r, const struct money_tx *t, const cJSON *rc)
{
	const struct planned_batch *b = &r->money.planned.batch[t->batch];
	struct event ev = { BUF_INIT, BUF_INIT };
	uint64_t version = version_of(r, b);
	const char *why = NULL;

	if (!only_event(rc, &t->tx.to, "Posted(uint64,address,bytes32,bytes32,uint32)", &ev))
		why = "the chain shows no batch that it posted";
	else if (!is_u64(buf_str(&ev.topics), 1, t->tx.batch) || !is_who(buf_str(&ev.topics), 2, &t->tx.from))
		why = "the chain shows another batch number or poster";
	else if (!is_word(buf_str(&ev.data), 0, b->data_hash))
		why = "the chain shows other words than those of the batch: their hash differs";
	else if (!is_word(buf_str(&ev.data), 1, b->log_root))
		why = "the chain shows another log root than that of the batch";
	else if (version && !is_u64(buf_str(&ev.data), 2, version))
		why = "the chain shows another version of the parameters than the one that it was planned by";
	event_release(&ev);
	return why;
}

/* What a receipt releases is what the event says, to the base unit. */
static const char *check_settled(const struct replay *r, const struct address *pool, uint64_t number,
                                 struct str payments, const cJSON *rc)
{
	struct event ev = { BUF_INIT, BUF_INIT };
	const char *why = NULL;
	struct u256 sum;

	if (!only_event(rc, pool, "Settled(uint64,uint256,bytes32)", &ev))
		why = "the chain shows no batch that it settled";
	else if (number && !is_u64(buf_str(&ev.topics), 1, number))
		why = "the chain shows another batch number";
	else if (money_sum(&r->money, payments, &sum) && !is_amount(buf_str(&ev.data), 0, sum))
		why = "the chain shows another total than that of the payments in the receipt";
	event_release(&ev);
	return why;
}

/* ---- withdrawals and claims ------------------------------------------------------------- */

/* Each worker of the call is paid once, in the order of the call, and what is announced is what the token moves. */
static const char *check_withdrawn(const struct money_tx *t, const struct deed *d, const cJSON *rc)
{
	struct event ev = { BUF_INIT, BUF_INIT };
	size_t n = d->worker.n / ABI_WORD, seen = 0;
	struct u256 amount;
	struct address to;
	const cJSON *log;
	bool good = true;
	struct err e;

	cJSON_ArrayForEach(log, cJSON_GetObjectItemCaseSensitive(rc, "logs")) {
		if (!read_event(log, &t->tx.to, "Withdrawn(uint32,address,uint256)", &ev))
			continue;
		good = good && seen < n && is_u64(buf_str(&ev.topics), 1, deed_worker(d, seen)) &&
			abi_get_address(buf_str(&ev.topics), 2, &to, &e) && abi_get_u256(buf_str(&ev.data), 0, &amount, &e) &&
			has_transfer(rc, &t->tx.to, &to, amount);
		seen++;
	}
	event_release(&ev);
	return good && seen == n ? NULL : "the chain shows other withdrawals than those that it asks for";
}

static const char *check_committed(const struct replay *r, const struct money_tx *t, const struct deed *d,
                                   const cJSON *rc)
{
	struct event ev = { BUF_INIT, BUF_INIT };
	struct str list = t->tx.payments, data, topics;
	struct json_field id;
	const char *why = NULL;

	const struct planned_commit *p = NULL;
	if (json_next(&list, &id))
		p = planned_commit_of(&r->money.planned, id.raw, d->log_root);
	if (!p)
		return NULL;            /* a finding already */
	bool found = only_event(rc, &t->tx.to, "Committed(uint64,uint32,bytes32,uint256,bytes32,bytes32,uint32,uint256)",
	                        &ev);
	topics = buf_str(&ev.topics);
	data = buf_str(&ev.data);
	if (!found)
		why = "the chain shows no root that it committed";
	else if (!is_u64(topics, 2, p->c.group) || !is_word(topics, 3, p->c.root))
		why = "the chain shows another group or root than that of the commit";
	else if (!is_amount(data, 0, p->c.total))
		why = "the chain shows another total than that of the commit";
	else if (!is_word(data, 1, p->c.data_hash) || !is_word(data, 2, p->c.log_root))
		why = "the chain shows other words or another log root than those of the commit";
	else if (!is_u64(data, 3, p->c.version))
		why = "the chain shows another version of the parameters than the one that it was planned by";
	event_release(&ev);
	return why;
}

static const char *check_claimed(const struct money_tx *t, const struct deed *d, const cJSON *rc)
{
	struct event ev = { BUF_INIT, BUF_INIT };
	bool good = only_event(rc, &t->tx.to, "Claimed(uint256,uint256)", &ev) && is_u64(buf_str(&ev.topics), 1, d->index) &&
		is_amount(buf_str(&ev.data), 0, d->total);

	event_release(&ev);
	return good ? NULL : "the chain shows no such claim that was paid";
}

const char *onchain_action(const struct replay *r, const struct money_tx *t, const cJSON *rc)
{
	struct buf raw = BUF_INIT;
	const char *why = NULL;
	uint8_t hash[32];
	struct address from;
	struct deed d;
	struct tx tx;
	struct err e;

	BUG_ON(!hex_get_any(t->tx.raw, &raw) || !tx_parse(buf_str(&raw), &tx, &from, hash, &e) ||
	       !deed_read(t->tx.action, tx.data, &d, &e));     /* it is sound */
	switch (d.kind) {
	case DEED_POST:
		why = check_post(r, t, rc);
		break;
	case DEED_SETTLE: {
		uint32_t i = intern_find(&r->money.settled_ids, t->tx.hash);
		struct str paid = i != INTERN_NONE ? r->money.settled[i].payments : t->tx.payments;
		why = check_settled(r, &t->tx.to, t->tx.batch, paid, rc);
		break;
	}
	case DEED_WITHDRAW:
		why = check_withdrawn(t, &d, rc);
		break;
	case DEED_COMMIT:
		why = check_committed(r, t, &d, rc);
		break;
	case DEED_CLAIM:
		why = check_claimed(t, &d, rc);
		break;
	}
	buf_release(&raw);
	return why;
}

/* ---- batches that others posted or settled ----------------------------------------------- */

/* Where the batch is: as it was posted, else as it was planned. */
static const struct address *pool_of(const struct replay *r, uint32_t batch)
{
	const struct planned_name *n = &r->money.planned.name[r->money.planned.batch[batch].name];

	return n->number ? &n->pool : &r->money.pool;
}

const char *onchain_settled(const struct replay *r, const struct money_settled *s, const cJSON *rc)
{
	return check_settled(r, pool_of(r, s->batch), 0, s->payments, rc);
}

enum rpc_status onchain_find_post(const struct replay *r, struct rpc *rpc, uint32_t batch, uint64_t number, uint64_t to,
                                  bool *found, struct rpc_error *e)
{
	const struct planned_batch *b = &r->money.planned.batch[batch];
	uint64_t from = r->money.terms.has_deployment ? r->money.terms.d.block : 0;
	struct pool_event *ev = NULL;
	size_t n = 0;

	enum rpc_status st = pool_events(rpc, pool_of(r, batch), from, to, &ev, &n, e);
	*found = false;
	for (size_t i = 0; st == RPC_OK && i < n; i++)
		*found = *found || (ev[i].kind == POOL_EVENT_POSTED && (!number || ev[i].batch == number) &&
		                    memcmp(ev[i].data_hash, b->data_hash, 32) == 0 &&
		                    memcmp(ev[i].log_root, b->log_root, 32) == 0);
	free(ev);
	return st;
}
