/* tell - the verbs that only answer a question. */
#include "payout.h"

#include "base/hex.h"
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

static void emit(struct input *in, struct buf *b)
{
	buf_addc(b, '}');
	spool_add(&in->lines, buf_str(b));
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

void do_facts(struct input *in, const struct facts_args *a, struct rpc *rpc)
{
	struct address from, token;
	struct eth_block genesis = { 0 };
	struct eth_fees market;
	struct rpc_error re;
	struct buf b = BUF_INIT;
	uint64_t chain, head, nonce;

	if (a->from_text)
		from = address_of("from", a->from_text);
	if (a->token_text)
		token = address_of("token", a->token_text);
	check_nodes(rpc);
	enum rpc_status st = eth_chain_id(rpc, &chain, &re);
	if (st == RPC_OK)
		st = eth_block(rpc, "0x0", &genesis, &re);
	if (st == RPC_OK)
		st = eth_block_number(rpc, &head, &re);
	if (st == RPC_OK)
		st = eth_fees(rpc, &market, &re);
	if (st == RPC_OK && a->from_text)
		st = eth_nonce(rpc, &from, "pending", &nonce, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "facts", &re);
	buf_adds(&b, "{\"kind\":\"chain\"");
	json_put_kuint(&b, "chain", chain);
	put_hash(&b, "genesis", genesis.hash);
	json_put_kuint(&b, "block", head);
	put_wei(&b, "base_fee", market.base_fee);
	put_wei(&b, "tip", market.tip);
	if (a->from_text) {
		put_address(&b, "from", &from);
		json_put_kuint(&b, "nonce", nonce);
	}
	if (a->token_text)
		put_code(&b, rpc, &token);
	emit(in, &b);
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
	json_put_kstr(&b, "payment", a->tx.first);
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
	if (first)
		cli_note("the lowest open nonce is %llu: run lbl-payout send, or the whole job, again",
		         (unsigned long long)first->tx.nonce);
}

/* ---- address --------------------------------------------------------------------------- */

void do_address(struct input *in, struct key_args *a)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"address\"");
	put_address(&b, "address", signer_address(payer(a)));
	emit(in, &b);
}
