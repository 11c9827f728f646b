/* tell - the verbs that only answer a question. */
#include "pool.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "hash/keccak256.h"
#include "io/cli.h"
#include "journal.h"
#include "json/write.h"

static void put_address(struct buf *b, const char *key, const struct address *a)
{
	json_put_key(b, key);
	buf_addc(b, '"');
	address_put(b, a);
	buf_addc(b, '"');
}

static void put_hash(struct buf *b, const char *key, const uint8_t hash[32])
{
	json_put_key(b, key);
	buf_adds(b, "\"0x");
	hex_put(b, hash, 32);
	buf_addc(b, '"');
}

static void put_wei(struct buf *b, const char *key, struct u256 v)
{
	json_put_key(b, key);
	buf_addc(b, '"');
	u256_put_dec(b, v);
	buf_addc(b, '"');
}

/* To the output, and to the plan of this run, if there is one. */
static void give(struct input *in, const struct buf *b)
{
	struct json_record r = { 0 };
	struct err e;

	spool_add(&in->lines, buf_str(b));
	if (!in->plan)
		return;
	if (!json_read(&r, buf_str(b), &e) || !stage_plan.take(in->plan, json_get(&r, STR("kind"))->raw, &r, &e))
		cli_die(LBL_UNAVAILABLE, "facts: %s", e.msg);
	json_record_release(&r);
}

static void emit(struct input *in, struct buf *b)
{
	buf_addc(b, '}');
	give(in, b);
	buf_release(b);
}

/* ---- facts ----------------------------------------------------------------------------- */

static struct address address_of(const char *option, const char *text)
{
	struct address a;
	struct err e;

	if (!address_parse(str_of(text), &a, &e))
		cli_usage("--%s: %s", option, e.msg);
	return a;
}

static void put_code(struct buf *b, struct rpc *rpc, const struct address *token)
{
	struct buf code = BUF_INIT;
	struct rpc_error re;
	uint8_t hash[32];

	check_token(rpc, token);
	enum rpc_status st = eth_code(rpc, token, "latest", &code, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "code of the token", &re);
	keccak256(code.p, code.n, hash);
	put_address(b, "token", token);
	put_hash(b, "code", hash);
	buf_release(&code);
}

/* What an offline signer has to know; up to here also what is so at one block. */
static enum rpc_status put_chain(struct buf *b, const struct facts_args *a, struct rpc *rpc, struct eth_block *at,
                                 struct rpc_error *re)
{
	struct address from;
	struct eth_block genesis = { 0 };
	struct eth_fees market;
	uint64_t chain, nonce = 0;

	enum rpc_status st = eth_chain_id(rpc, &chain, re);
	if (st == RPC_OK)
		st = eth_block(rpc, "0x0", &genesis, re);
	if (st == RPC_OK && !genesis.found)
		st = rpc_bad(re, "eth_getBlockByNumber", "there is no block 0");
	if (st == RPC_OK)
		st = eth_block(rpc, "latest", at, re);
	if (st == RPC_OK && !at->found)
		st = rpc_bad(re, "eth_getBlockByNumber", "there is no latest block");
	if (st == RPC_OK)
		st = eth_fees(rpc, &market, re);
	if (st == RPC_OK && a->from_text) {
		from = address_of("from", a->from_text);
		st = eth_nonce(rpc, &from, "pending", &nonce, re);
	}
	if (st != RPC_OK)
		return st;
	buf_adds(b, "{\"kind\":\"chain\"");
	json_put_kuint(b, "chain", chain);
	put_hash(b, "genesis", genesis.hash);
	json_put_kuint(b, "block", at->number);
	put_wei(b, "base_fee", market.base_fee);
	put_wei(b, "tip", market.tip);
	if (a->from_text) {
		put_address(b, "from", &from);
		json_put_kuint(b, "nonce", nonce);
	}
	return RPC_OK;
}

/* The pool at one block. */
static enum rpc_status ask_pool(struct rpc *rpc, const struct deployment *d, const struct eth_block *at, const char *tag,
                                struct pool_facts *f, struct rpc_error *re)
{
	const struct address *pool = &d->pool.address;

	*f = (struct pool_facts){ .at = pool_place_of(d), .block = at->number, .time = at->time };
	enum rpc_status st = pool_params_at(rpc, pool, 0, tag, &f->params, re);
	if (st == RPC_OK)
		st = pool_get_account(rpc, pool, tag, &f->account, re);
	if (st == RPC_OK)
		st = pool_get_head(rpc, pool, tag, f->head, re);
	return st;
}

/* A lane record each; what is no address is nobody whom a registry knows. */
static enum rpc_status put_lanes(struct input *in, struct rpc *rpc, const struct pool_facts *f, const struct str *worker,
                                 size_t n, const char *tag, struct rpc_error *re)
{
	struct address *who = mem_zalloc(n, sizeof *who);
	uint32_t *index = mem_zalloc(n, sizeof *index);
	struct pool_lane *lane = mem_zalloc(n, sizeof *lane);
	bool *banned = mem_zalloc(n, sizeof *banned);
	struct address ignored;
	struct buf b = BUF_INIT;
	size_t k = 0;
	struct err e;

	/* registry_find wants addresses only: those of them stand first */
	for (size_t i = 0; i < n; i++)
		k += address_parse(worker[i], &who[k], &e);
	enum rpc_status st = registry_find(rpc, &f->at.registry, who, k, tag, index, re);
	if (st == RPC_OK)
		st = pool_lanes(rpc, &f->at.pool, &f->at.registry, index, k, tag, lane, banned, re);
	if (st == RPC_OK && in->journal) {
		if (f->account.settled > journal_known(in->journal))
			cli_die(LBL_TEMPFAIL, "batch %llu is settled in a block that is not final yet: run it again to plan",
			        (unsigned long long)f->account.settled);
		pool_foresee(in->journal, &f->params, index, banned, k, lane);
	}
	for (size_t i = 0, j = 0; i < n && st == RPC_OK; i++) {
		struct lane_facts l = { 0 };
		if (address_parse(worker[i], &ignored, &e)) {
			l = (struct lane_facts){ index[j], banned[j], lane[j] };
			if (l.index && pool_lane_is_new(&l.lane))
				l.lane.reputation = f->params.start_reputation;
			j++;
		}
		buf_reset(&b);
		lane_put(&b, worker[i], &l);
		give(in, &b);
	}
	buf_release(&b);
	free(who);
	free(index);
	free(lane);
	free(banned);
	return st;
}

/* Was it one block all the time that was asked about? */
static void check_block(struct rpc *rpc, const struct eth_block *at, const char *tag)
{
	struct eth_block now = { 0 };
	struct rpc_error re;
	enum rpc_status st = eth_block(rpc, tag, &now, &re);

	if (st != RPC_OK)
		rpc_die(rpc, st, "facts", &re);
	if (!now.found || memcmp(now.hash, at->hash, sizeof now.hash) != 0)
		cli_die(LBL_TEMPFAIL, "%s: block %llu left the chain while it was asked about: run it again", rpc_where(rpc),
		        (unsigned long long)at->number);
}

void do_facts(struct input *in, const struct facts_args *a, struct rpc *rpc)
{
	struct address token;
	struct eth_block at = { 0 };
	struct pool_facts f;
	struct rpc_error re;
	struct buf b = BUF_INIT, tag = BUF_INIT;
	struct str *worker = NULL;
	size_t n = a->d ? plan_workers(in->plan, &worker) : 0;

	if (a->from_text)
		address_of("from", a->from_text);
	if (a->token_text)
		token = address_of("token", a->token_text);
	if (a->d)
		check_deployment(rpc, a->d);
	else
		check_nodes(rpc);
	enum rpc_status st = put_chain(&b, a, rpc, &at, &re);
	u64_put_quantity(&tag, at.number);
	if (st == RPC_OK && a->d)
		st = ask_pool(rpc, a->d, &at, tag.p, &f, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "facts", &re);
	if (a->token_text)
		put_code(&b, rpc, &token);
	if (a->d)
		pool_facts_put(&b, &f);
	emit(in, &b);
	if (a->d) {
		st = put_lanes(in, rpc, &f, worker, n, tag.p, &re);
		if (st != RPC_OK)
			rpc_die(rpc, st, "facts of the workers", &re);
		check_block(rpc, &at, tag.p);
	}
	buf_release(&tag);
	free(worker);
}

/* ---- status ---------------------------------------------------------------------------- */

static const char *const names[] = { [OPEN] = "open", [PAID] = "paid", [FAILED] = "failed" };

static void put_attempt(struct input *in, const struct journal *j, const struct attempt *a)
{
	struct buf b = BUF_INIT;
	uint64_t tries = 0;

	for (uint32_t i = a->last_try; i != NO_TRY; i = j->tries[i].older)
		tries++;
	buf_adds(&b, "{\"kind\":\"attempt\"");
	if (a->tx.action.n) {
		json_put_kstr(&b, "action", a->tx.action);
		json_put_kuint(&b, "batch", a->tx.batch);
		json_put_kstr(&b, "id", a->tx.id);
	} else {
		json_put_kstr(&b, "payment", a->tx.first);
	}
	json_put_kstr(&b, "state", str_of(names[a->outcome]));
	put_address(&b, "from", &a->tx.from);
	json_put_kuint(&b, "nonce", a->tx.nonce);
	json_put_kuint(&b, "chain", a->tx.chain);
	json_put_kuint(&b, "tries", tries);
	json_put_kstr(&b, "hash", a->tx.hash);
	if (a->outcome != OPEN) {
		json_put_kuint(&b, "block", a->block);
		json_put_kuint(&b, "gas", a->gas);
	}
	emit(in, &b);
}

static void tell_batches(const struct batches *s)
{
	size_t n[3] = { 0 };

	for (size_t i = 0; i < s->n; i++)
		n[s->at[i].state]++;
	if (s->n)
		cli_note("%zu batches: %zu settled, %zu under way, %zu void", s->n, n[BATCH_SETTLED], n[BATCH_QUEUED], n[BATCH_VOID]);
}

void do_status(struct input *in, const struct journal *j)
{
	size_t n[3] = { 0 }, superseded = 0;
	const struct attempt *first = NULL;

	for (size_t i = 0; i < j->n; i++) {
		const struct attempt *a = &j->attempt[i];
		put_attempt(in, j, a);
		superseded += a->outcome == FAILED && journal_of(j, a->tx.first) != a;
		n[a->outcome]++;
		if (a->outcome == OPEN && (!first || a->tx.nonce < first->tx.nonce))
			first = a;
	}
	cli_note("%zu transactions for %zu payments, %zu replacements", j->n, j->n - superseded, j->n_tries - j->n);
	cli_note("%zu paid, %zu open, %zu failed, of which %zu were followed by another", n[PAID], n[OPEN], n[FAILED],
	         superseded);
	tell_batches(&j->batches);
	if (first)
		cli_note("the lowest open nonce is %llu: run lbl-payout send, or the whole job, again",
		         (unsigned long long)first->tx.nonce);
}

/* ---- address --------------------------------------------------------------------------- */

void do_address(struct input *in, struct key_args *a)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"address\"");
	put_address(&b, "address", payer_address(payer(a)));
	emit(in, &b);
}
