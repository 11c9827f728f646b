/* node - the endpoints: opened, compared, and how far they are believed. */
#include "pool.h"

#include "base/hex.h"
#include "base/mem.h"
#include "chain/rpc-ends.h"
#include "hash/keccak256.h"
#include "io/cli.h"
#include "io/slurp.h"

/* ---- opening ------------------------------------------------------------------------- */

enum { PATIENCE_MS = 10000 };

struct rpc *open_rpc(const struct rpc_args *a)
{
	struct rpc_ends s = { .n = 0 };
	struct err e;

	for (size_t i = 0; i < a->url.n; i++)
		if (!rpc_ends_add(&s, a->url.text[i], NULL, &e))
			cli_die(LBL_CONFIG, "--rpc: %s", e.msg);
	if (a->file) {
		struct buf text = slurp(a->file);
		if (!rpc_ends_read(&s, &text, &e))
			cli_die(LBL_CONFIG, "--rpc-file: %s", e.msg);
		buf_release(&text);
	}
	return rpc_ends_join(&s, PATIENCE_MS);
}

_Noreturn void rpc_die(struct rpc *rpc, enum rpc_status status, const char *what, const struct rpc_error *err)
{
	cli_die(status == RPC_LIMITED ? LBL_TEMPFAIL : LBL_UNAVAILABLE, "%s: %s: %s", rpc_where(rpc), what,
	        err->message);
}

/* ---- do they agree? ------------------------------------------------------------------ */

/* Only who was compared with the others is asked later on. */
static void leave_out(struct rpc *rpc, size_t i, enum rpc_status st, const char *what, const struct rpc_error *re)
{
	if (rpc_count(rpc) == 1)
		rpc_die(rpc, st, what, re);
	cli_warn("%s: %s: %s: not used in this run", rpc_where(rpc_end(rpc, i)), what, re->message);
	rpc_drop(rpc, i);
}

static _Noreturn void disagree(struct rpc *rpc, size_t i, const char *what, const char *a, const char *b)
{
	cli_die(LBL_CONFIG, "%s and %s disagree on %s: %s and %s: nothing is signed or sent",
	        rpc_where(rpc_end(rpc, 0)), rpc_where(rpc_end(rpc, i)), what, a, b);
}

struct identity {
	uint64_t chain;
	uint8_t hash[32];
};

static enum rpc_status identify(struct rpc *end, bool alone, struct identity *id, const char **what,
                                struct rpc_error *re)
{
	struct eth_block genesis = { 0 };
	bool syncing = false;

	*what = "chain id";
	enum rpc_status st = eth_chain_id(end, &id->chain, re);
	if (st != RPC_OK)
		return st;
	*what = "synchronisation";
	st = eth_syncing(end, &syncing, re);
	if (st == RPC_ERROR)            /* a node that does not know the question */
		st = RPC_OK;
	if (st == RPC_OK && syncing) {
		*re = (struct rpc_error){ .message = "the node is still catching up" };
		return RPC_LIMITED;
	}
	if (st != RPC_OK || alone)
		return st;
	*what = "genesis block";
	st = eth_block(end, "0x0", &genesis, re);
	if (st == RPC_OK && !genesis.found)
		st = rpc_bad(re, "eth_getBlockByNumber", "there is no block 0");
	memcpy(id->hash, genesis.hash, sizeof id->hash);
	return st;
}

static void compare(struct rpc *rpc, size_t i, const char *what, const uint8_t a[32], const uint8_t b[32])
{
	struct buf x = BUF_INIT, y = BUF_INIT;

	if (memcmp(a, b, 32) == 0)
		return;
	buf_adds(&x, "0x");
	hex_put(&x, a, 32);
	buf_adds(&y, "0x");
	hex_put(&y, b, 32);
	disagree(rpc, i, what, x.p, y.p);
}

void check_nodes(struct rpc *rpc)
{
	struct identity first = { 0 }, id = { 0 };
	const char *what;
	struct rpc_error re;

	for (size_t i = 0; i < rpc_count(rpc); i++) {
		enum rpc_status st = identify(rpc_end(rpc, i), rpc_count(rpc) == 1, &id, &what, &re);
		if (st != RPC_OK) {
			leave_out(rpc, i--, st, what, &re);
			continue;
		}
		if (i == 0)
			first = id;
		if (id.chain != first.chain) {
			struct buf x = BUF_INIT, y = BUF_INIT;
			buf_addu(&x, first.chain);
			buf_addu(&y, id.chain);
			disagree(rpc, i, "the chain id", x.p, y.p);
		}
		compare(rpc, i, "the genesis block", first.hash, id.hash);
	}
}

void check_token(struct rpc *rpc, const struct address *token)
{
	struct buf code = BUF_INIT, text = BUF_INIT;
	uint8_t first[32], hash[32];
	struct rpc_error re;

	address_put(&text, token);
	for (size_t i = 0; i < rpc_count(rpc); i++) {
		buf_reset(&code);
		enum rpc_status st = eth_code(rpc_end(rpc, i), token, "latest", &code, &re);
		if (st != RPC_OK) {
			leave_out(rpc, i--, st, "code of the token", &re);
			continue;
		}
		if (!code.n)
			cli_die(LBL_CONFIG, "%s: no contract at %s, so no token to pay in", rpc_where(rpc_end(rpc, i)), text.p);
		keccak256(code.p, code.n, hash);
		if (i == 0)
			memcpy(first, hash, sizeof first);
		compare(rpc, i, "the code of the token", first, hash);
	}
	buf_release(&code);
	buf_release(&text);
}

static void check_code(struct rpc *rpc, const char *name, const struct deployed *c)
{
	struct buf code = BUF_INIT, text = BUF_INIT;
	struct rpc_error re;
	uint8_t hash[32];

	address_put(&text, &c->address);
	for (size_t i = 0; i < rpc_count(rpc); i++) {
		buf_reset(&code);
		enum rpc_status st = eth_code(rpc_end(rpc, i), &c->address, "latest", &code, &re);
		if (st != RPC_OK) {
			leave_out(rpc, i--, st, "code of a contract", &re);
			continue;
		}
		keccak256(code.p, code.n, hash);
		if (memcmp(hash, c->code_hash, 32) != 0)
			cli_die(LBL_CONFIG, "%s: the code of the %s at %s is not that of the deployment file",
			        rpc_where(rpc_end(rpc, i)), name, text.p);
	}
	buf_release(&code);
	buf_release(&text);
}

void check_deployment(struct rpc *rpc, const struct deployment *d)
{
	struct eth_block genesis = { 0 };
	struct rpc_error re;
	uint64_t id;

	check_nodes(rpc);
	enum rpc_status st = eth_chain_id(rpc, &id, &re);
	if (st == RPC_OK)
		st = eth_block(rpc, "0x0", &genesis, &re);
	if (st == RPC_OK && !genesis.found)
		st = rpc_bad(&re, "eth_getBlockByNumber", "there is no block 0");
	if (st != RPC_OK)
		rpc_die(rpc, st, "chain id and genesis block", &re);
	if (id != d->chain_id)
		cli_die(LBL_CONFIG, "%s is chain %llu, and the deployment is on chain %llu", rpc_where(rpc), (unsigned long long)id,
		        (unsigned long long)d->chain_id);
	if (memcmp(genesis.hash, d->genesis, 32) != 0)
		cli_die(LBL_CONFIG, "%s: the genesis block is not that of the deployment file", rpc_where(rpc));
	check_code(rpc, "pool", &d->pool);
	check_code(rpc, "registry", &d->registry);
	check_code(rpc, "token", &d->token);
	check_code(rpc, "claims contract", &d->claims);
}

/* ---- how far they are believed ------------------------------------------------------- */

enum rpc_status believed(struct rpc *rpc, uint64_t confirmations, uint64_t *below, struct rpc_error *e)
{
	struct eth_block b = { 0 };
	uint64_t head;
	enum rpc_status st;

	if (confirmations) {
		st = eth_block_number(rpc, &head, e);
		if (st == RPC_OK)
			*below = head + 2 > confirmations ? head + 2 - confirmations : 0;
		return st;
	}
	st = eth_block(rpc, "finalized", &b, e);
	if (st == RPC_ERROR || (st == RPC_OK && !b.found))
		cli_die(LBL_CONFIG, "%s: the node knows no finalized block: give --confirmations N", rpc_where(rpc));
	*below = b.number + 1;
	return st;
}

enum rpc_status canonical(struct rpc *rpc, const struct eth_receipt *rc, bool *is, struct rpc_error *e)
{
	struct buf tag = BUF_INIT;
	struct eth_block b = { 0 };

	u64_put_quantity(&tag, rc->block);
	enum rpc_status st = eth_block(rpc, tag.p, &b, e);
	buf_release(&tag);
	*is = st == RPC_OK && b.found && b.number == rc->block && memcmp(b.hash, rc->block_hash, 32) == 0;
	return st;
}
