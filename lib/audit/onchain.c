#include "audit/onchain.h"

#include "base/hex.h"
#include "chain/abi.h"
#include "chain/eth.h"
#include "hash/keccak256.h"

static const char *text_of(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(v) ? v->valuestring : "";
}

static bool quantity(const cJSON *o, const char *name, uint64_t *v)
{
	struct err e;

	return u64_from_quantity(str_of(text_of(o, name)), v, &e);
}

/* ---- one Transfer event -------------------------------------------------------------- */

static bool is_topic(const cJSON *topics, int i, const uint8_t word[32])
{
	const cJSON *t = cJSON_GetArrayItem(topics, i);
	uint8_t got[32];

	return cJSON_IsString(t) && strlen(t->valuestring) == 66 &&
	       hex_get((struct str){ t->valuestring + 2, 64 }, got, 32) && memcmp(got, word, 32) == 0;
}

static void address_word(const struct address *a, uint8_t word[32])
{
	memset(word, 0, 12);
	memcpy(word + 12, a->b, 20);
}

/* Is this log entry Transfer(from, to, amount) of the token? */
static bool is_transfer(const cJSON *log, const struct signed_tx *t, const struct address *to, struct u256 amount)
{
	static const char event[] = "Transfer(address,address,uint256)";
	const cJSON *topics = cJSON_GetObjectItemCaseSensitive(log, "topics");
	uint8_t topic[3][32], data[32], want[32];
	struct address token;
	struct err e;

	keccak256(event, sizeof event - 1, topic[0]);
	address_word(&t->from, topic[1]);
	address_word(to, topic[2]);
	u256_to_be(amount, want);
	const char *d = text_of(log, "data");
	return address_parse(str_of(text_of(log, "address")), &token, &e) && address_eq(&token, &t->to) &&
	       cJSON_GetArraySize(topics) == 3 && is_topic(topics, 0, topic[0]) && is_topic(topics, 1, topic[1]) &&
	       is_topic(topics, 2, topic[2]) && strlen(d) == 66 &&
	       hex_get((struct str){ d + 2, 64 }, data, 32) && memcmp(data, want, 32) == 0;
}

static int count_transfers(const cJSON *logs, const struct signed_tx *t, const struct payment *p)
{
	struct address to;
	struct err e;
	int n = 0;
	const cJSON *log;

	if (!address_parse(p->worker, &to, &e))
		return 0;
	cJSON_ArrayForEach(log, logs)
		n += is_transfer(log, t, &to, p->amount);
	return n;
}

/* ---- one transaction ------------------------------------------------------------------- */

static void disagree(struct replay *r, const struct money_tx *t, const struct money_receipt *x, const char *why)
{
	struct buf s = BUF_INIT;

	buf_addf(&s, "{\"kind\":\"tx\",\"id\":\"%.*s\",\"hash\":\"%.*s\"}", STR_FMT(t->tx.id), STR_FMT(t->tx.hash));
	findings_add(&r->findings, FIND_CHAIN, buf_str(&s), t->at, x ? x->at : NOWHERE, "%s", why);
	buf_release(&s);
}

static void compare(struct replay *r, const struct money_tx *t, const struct money_receipt *x, const cJSON *rc)
{
	const struct money_payment *p = money_payment_of(&r->money, &t->tx);
	uint64_t status, block, gas;

	if (cJSON_IsNull(rc)) {
		if (x)
			disagree(r, t, x, "the log has a receipt, and the chain does not know the transaction");
		return;
	}
	if (!quantity(rc, "status", &status) || !quantity(rc, "blockNumber", &block) || !quantity(rc, "gasUsed", &gas)) {
		disagree(r, t, x, "the node's receipt makes no sense");
		return;
	}
	if (!x)
		disagree(r, t, x, "the chain has a receipt, and the log has none");
	else if (x->status != status || x->block != block || x->gas != gas)
		disagree(r, t, x, "status, block or gas of the receipt are not those on the chain");
	if (p && status == 1 &&
	    count_transfers(cJSON_GetObjectItemCaseSensitive(rc, "logs"), &t->tx, &p->p) != 1)
		disagree(r, t, x, "the chain shows no such transfer to the worker");
}

static enum rpc_status check_chain_id(struct replay *r, struct rpc *rpc, struct rpc_error *e)
{
	uint64_t id;
	enum rpc_status st = eth_chain_id(rpc, &id, e);

	for (size_t i = 0; st == RPC_OK && i < r->money.n_tx; i++)
		if (r->money.tx[i].tx.chain != id)
			disagree(r, &r->money.tx[i], NULL, "is for another chain than the node's");
	return st;
}

enum rpc_status onchain_check(struct replay *r, struct rpc *rpc, uint64_t *checked, struct rpc_error *e)
{
	struct buf params = BUF_INIT;
	enum rpc_status st = check_chain_id(r, rpc, e);

	*checked = 0;
	for (size_t i = 0; st == RPC_OK && i < r->money.n_tx; i++) {
		const struct money_tx *t = &r->money.tx[i];
		cJSON *rc = NULL;
		if (!t->sound)
			continue;               /* a finding already, and its hash may be no hash */
		buf_reset(&params);
		buf_addf(&params, "[\"%.*s\"]", STR_FMT(t->tx.hash));
		st = rpc_call(rpc, "eth_getTransactionReceipt", params.p, &rc, e);
		if (st != RPC_OK)
			break;
		compare(r, t, t->receipt == INTERN_NONE ? NULL : &r->money.receipt[t->receipt], rc);
		cJSON_Delete(rc);
		++*checked;
	}
	buf_release(&params);
	return st;
}
