#include "audit/onchain-in.h"

#include "base/hex.h"
#include "chain/abi.h"
#include "chain/eth.h"
#include "hash/keccak256.h"

const char *text_of(const cJSON *o, const char *name)
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

/* Is this log entry Transfer(from, to, amount) of the token, or (NULL) of any? */
static bool is_transfer(const cJSON *log, const struct address *of, const struct address *from,
                        const struct address *to, struct u256 amount)
{
	static const char event[] = "Transfer(address,address,uint256)";
	const cJSON *topics = cJSON_GetObjectItemCaseSensitive(log, "topics");
	uint8_t topic[3][32], data[32], want[32];
	struct address token;
	struct err e;

	keccak256(event, sizeof event - 1, topic[0]);
	address_word(from, topic[1]);
	address_word(to, topic[2]);
	u256_to_be(amount, want);
	const char *d = text_of(log, "data");
	return address_parse(str_of(text_of(log, "address")), &token, &e) && (!of || address_eq(&token, of)) &&
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
		n += is_transfer(log, &t->to, &t->from, &to, p->amount);
	return n;
}

bool has_transfer(const cJSON *rc, const struct address *from, const struct address *to, struct u256 amount)
{
	const cJSON *log;

	cJSON_ArrayForEach(log, cJSON_GetObjectItemCaseSensitive(rc, "logs"))
		if (is_transfer(log, NULL, from, to, amount))
			return true;
	return false;
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
		else if (str_is(t->tx.action, "post"))  /* which stands in a log when it is on the chain */
			disagree(r, t, x, "the log has a post, and the chain does not know the transaction");
		return;
	}
	if (!quantity(rc, "status", &status) || !quantity(rc, "blockNumber", &block) || !quantity(rc, "gasUsed", &gas)) {
		disagree(r, t, x, "the node's receipt makes no sense");
		return;
	}
	if (!x && !str_is(t->tx.action, "post"))        /* which gets none in the log */
		disagree(r, t, x, "the chain has a receipt, and the log has none");
	else if (x && (x->status != status || x->block != block || x->gas != gas))
		disagree(r, t, x, "status, block or gas of the receipt are not those on the chain");
	if (status == 1 && t->acts) {
		const char *why = onchain_action(r, t, rc);
		if (why)
			disagree(r, t, x, why);
	} else if (t->acts) {
		if (!x)                 /* a post, which stands in the log only when it went through */
			disagree(r, t, x, "the chain says that it failed");
	} else if (p && status == 1 &&
	           count_transfers(cJSON_GetObjectItemCaseSensitive(rc, "logs"), &t->tx, &p->p) != 1) {
		disagree(r, t, x, "the chain shows no such transfer to the worker");
	}
}

/* ---- the chain ----------------------------------------------------------------------------- */

static enum rpc_status check_chain_id(struct replay *r, struct rpc *rpc, struct rpc_error *e)
{
	const struct money_terms *want = &r->money.terms;
	struct eth_block genesis = { 0 };
	uint64_t id;
	enum rpc_status st = eth_chain_id(rpc, &id, e);

	for (size_t i = 0; st == RPC_OK && i < r->money.n_tx; i++)
		if (r->money.tx[i].tx.chain != id)
			disagree(r, &r->money.tx[i], NULL, "is for another chain than the node's");
	if (st != RPC_OK || !want->has_deployment)
		return st;
	st = eth_block(rpc, "0x0", &genesis, e);
	if (st == RPC_OK && (id != want->d.chain_id || !genesis.found || memcmp(genesis.hash, want->d.genesis, 32) != 0))
		findings_add(&r->findings, FIND_CHAIN, STR("{}"), NOWHERE, NOWHERE,
		             "the node is on another chain than --deployment");
	return st;
}

static enum rpc_status get_receipt(struct rpc *rpc, struct str hash, cJSON **rc, struct rpc_error *e)
{
	struct buf params = BUF_INIT;

	*rc = NULL;
	buf_addf(&params, "[\"%.*s\"]", STR_FMT(hash));
	enum rpc_status st = rpc_call(rpc, "eth_getTransactionReceipt", params.p, rc, e);
	buf_release(&params);
	return st;
}

static enum rpc_status check_transactions(struct replay *r, struct rpc *rpc, uint64_t *checked, struct rpc_error *e)
{
	enum rpc_status st = RPC_OK;
	cJSON *rc;

	for (size_t i = 0; st == RPC_OK && i < r->money.n_tx; i++) {
		const struct money_tx *t = &r->money.tx[i];
		if (!t->sound)
			continue;               /* a finding already, and its hash may be no hash */
		st = get_receipt(rpc, t->tx.hash, &rc, e);
		if (st != RPC_OK)
			break;
		compare(r, t, t->receipt == INTERN_NONE ? NULL : &r->money.receipt[t->receipt], rc);
		cJSON_Delete(rc);
		++*checked;
	}
	return st;
}

/* ---- batches that others posted or settled -------------------------------------------------- */

static void disagree_settled(struct replay *r, const struct money_settled *s, const char *why)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "{\"kind\":\"receipt\",\"hash\":\"%.*s\"}", STR_FMT(s->hash));
	findings_add(&r->findings, FIND_CHAIN, buf_str(&b), s->at, r->money.planned.batch[s->batch].at, "%s", why);
	buf_release(&b);
}

static void compare_settled(struct replay *r, const struct money_settled *s, const cJSON *rc)
{
	uint64_t status, block, gas;
	const char *why;

	if (cJSON_IsNull(rc))
		why = "the log has a receipt, and the chain does not know the transaction";
	else if (!quantity(rc, "status", &status) || !quantity(rc, "blockNumber", &block) || !quantity(rc, "gasUsed", &gas))
		why = "the node's receipt makes no sense";
	else if (status != 1 || block != s->block || gas != s->gas)
		why = "status, block or gas of the receipt are not those on the chain";
	else
		why = onchain_settled(r, s, rc);
	if (why)
		disagree_settled(r, s, why);
}

/* One receipt that stands alone: its transaction is not in the log, and perhaps not its post either. */
static enum rpc_status check_foreign(struct replay *r, struct rpc *rpc, const struct money_settled *s,
                                     struct rpc_error *e)
{
	bool found;
	cJSON *rc;
	enum rpc_status st = get_receipt(rpc, s->hash, &rc, e);

	if (st != RPC_OK)
		return st;
	compare_settled(r, s, rc);
	cJSON_Delete(rc);
	st = onchain_find_post(r, rpc, s->batch, 0, s->block, &found, e);
	if (st == RPC_OK && !found)
		disagree_settled(r, s, "the chain has no post of this batch");
	return st;
}

static enum rpc_status check_settled(struct replay *r, struct rpc *rpc, uint64_t *checked, struct rpc_error *e)
{
	const struct money *m = &r->money;
	enum rpc_status st = RPC_OK;
	bool found;

	for (size_t i = 0; st == RPC_OK && i < m->n_settled; i++) {
		const struct money_settled *s = &m->settled[i];
		if (s->tx == INTERN_NONE) {
			st = check_foreign(r, rpc, s, e);
			++*checked;
		}
	}
	for (size_t i = 0; st == RPC_OK && i < m->n_tx; i++) {
		const struct money_tx *t = &m->tx[i];
		if (!t->sound || !str_is(t->tx.action, "settle") || money_is_posted(m, t->batch, t->tx.batch))
			continue;
		uint64_t block = t->receipt == INTERN_NONE ? 0 : m->receipt[t->receipt].block;
		st = onchain_find_post(r, rpc, t->batch, t->tx.batch, block, &found, e);
		if (st == RPC_OK && !found)
			money_unposted(m, &r->findings, t);
	}
	return st;
}

enum rpc_status onchain_check(struct replay *r, struct rpc *rpc, uint64_t *checked, struct rpc_error *e)
{
	*checked = 0;
	enum rpc_status st = check_chain_id(r, rpc, e);
	if (st == RPC_OK)
		st = check_transactions(r, rpc, checked, e);
	return st == RPC_OK ? check_settled(r, rpc, checked, e) : st;
}
