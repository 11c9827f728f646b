/* claims-commit - roots to the chain: what has to hold before one is signed. */
#include "claims.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "io/progress.h"
#include "metrics.h"
#include "pool.h"

/* ---- for all claims ------------------------------------------------------------------- */

uint64_t claims_now(struct rpc *rpc)
{
	struct eth_block b = { 0 };
	struct rpc_error re;

	enum rpc_status st = eth_block(rpc, "latest", &b, &re);
	if (st == RPC_OK && !b.found)
		st = rpc_bad(&re, "eth_getBlockByNumber", "there is no latest block");
	if (st != RPC_OK)
		rpc_die(rpc, st, "the latest block", &re);
	return b.time;
}

bool claims_run(struct action_run *run, const struct deployment *d, const struct send_args *a, struct rpc *rpc,
                struct journal *j)
{
	check_deployment(rpc, d);
	*run = (struct action_run){ .j = j, .rpc = rpc, .key = a->key, .fee = a->fee, .send = a, .chain = d->chain_id,
	                            .until_ms = now_ms() + a->wait_s * 1000 };
	/* what can never be mined any more is done again, or not, by what the contract says */
	int status = engine_run(j, rpc, a, run->until_ms);
	if (status == LBL_FOUND)
		action_bury(run);
	return status != LBL_TEMPFAIL;
}

static bool in_input(const struct input *in, struct str hash)
{
	for (size_t i = 0; i < in->n_tx; i++)
		if (str_eq(in->tx[i].hash, hash))
			return true;
	return intern_find(&in->acted, hash) != INTERN_NONE;
}

void claims_print(struct input *in, const struct attempt *t)
{
	struct buf b = BUF_INIT;

	if (!in_input(in, t->tx.hash)) {
		buf_adds(&b, "{\"kind\":\"tx\"");
		put_tx_fields(&b, &t->tx);
		spool_add(&in->lines, buf_str(&b));
	}
	if (t->outcome != OPEN && t->block) {
		buf_reset(&b);
		buf_adds(&b, "{\"kind\":\"receipt\"");
		put_receipt_fields(&b, t);
		spool_add(&in->lines, buf_str(&b));
	}
	buf_release(&b);
}

/* ---- before a commit ------------------------------------------------------------------ */

/* What becomes of it in this run. */
enum fate { DONE, BEGUN, LATER, STOPPED };

struct pending {
	const struct commit *c;
	struct action a;
	struct buf data, words;
	enum fate fate;
	uint64_t ready_at;              /* when it takes force, once it is there */
};

struct roots {
	struct input *in;
	const struct deployment *d;
	struct action_run run;
	struct claims_terms terms;
	struct claims_account account;
	uint64_t now;
	uint64_t spent;                 /* of the period, with what this run has begun */
	uint64_t next_commit;           /* the number of the next one */
	size_t n_begun;
};

static void ask_failed(const struct roots *r, enum rpc_status st, const char *what, const struct rpc_error *re)
{
	if (st != RPC_OK)
		rpc_die(r->run.rpc, st, what, re);
}

static uint64_t ready_at(const struct roots *r, const struct commit *c)
{
	struct rpc_error re;
	uint64_t at = 0;

	ask_failed(r, claims_get_root(r->run.rpc, &r->d->claims.address, c->root, "latest", &at, &re), "a root", &re);
	return at;
}

static void check_kind(const struct roots *r, const struct commit *c)
{
	if (c->chain != r->d->chain_id || !address_eq(&c->claims, &r->d->claims.address))
		cli_die(LBL_DATAERR, "commit %.*s is for another contract than the deployment's", STR_FMT(c->id));
}

/* The contract computes all of it itself: the root and the sum of everybody's pay. */
static bool same_root(const struct roots *r, const struct pending *p)
{
	struct rpc_error re;
	struct u256 total = U256_ZERO;
	struct buf why = BUF_INIT;
	uint8_t root[32];

	enum rpc_status st = claims_root_of(r->run.rpc, &r->d->claims.address, (uint32_t)p->c->group, buf_str(&p->words),
	                                    root, &total, &re);
	if (st == RPC_ERROR) {
		pool_put_error(&why, (struct str){ (const char *)re.data, re.n_data });
		cli_warn("group %llu would be refused: %s: nothing was signed", (unsigned long long)p->c->group,
		         re.n_data ? why.p : re.message);
		buf_release(&why);
		return false;
	}
	ask_failed(r, st, "the root of a commit", &re);
	if (memcmp(root, p->c->root, 32) == 0 && u256_cmp(total, p->c->total) == 0)
		return true;
	cli_warn("group %llu comes to %s base units by the contract, and to %s in the plan%s: nothing was signed; "
	         "a worker was banned, or the parameters changed: get facts and plan again", (unsigned long long)p->c->group,
	         amount_text(total), amount_text(p->c->total), u256_cmp(total, p->c->total) ? "" : ", of other workers");
	return false;
}

/* Room in the budgets, as the contract will see it. */
static enum fate within_budgets(struct roots *r, const struct pending *p, const struct claims_group *g)
{
	const struct pool_params *rule = &r->terms.rule;
	struct u256 total = U256_ZERO, added = U256_ZERO;
	unsigned long long group = p->c->group;
	uint64_t more = 0;

	u256_divmod_u64(&total, NULL, p->c->total, r->terms.unit);
	if (!u256_sub(&added, total, g->total))
		cli_warn("the sum of group %llu falls: its totals were higher before, or claims of an earlier epoch are missing",
		         group);
	bool fits = u256_to_u64(added, &more);
	if (!fits || more > rule->batch_budget) {
		cli_warn("group %llu adds %s units, and a commit may add %llu: nothing was signed", group, amount_text(added),
		         (unsigned long long)rule->batch_budget);
		return STOPPED;
	}
	uint64_t left = rule->period_budget > r->spent ? rule->period_budget - r->spent : 0;
	if (more <= left) {
		r->spent += more;
		return BEGUN;
	}
	if (more > rule->period_budget) {
		cli_warn("group %llu adds %s units, and a whole period may add %llu: nothing was signed", group, amount_text(added),
		         (unsigned long long)rule->period_budget);
		return STOPPED;
	}
	cli_warn("group %llu adds %s units, and %llu are left of this period: it can be committed from %s on: run it again",
	         group, amount_text(added), (unsigned long long)left, moment_text(r->account.ends));
	return LATER;
}

/* ---- a quorum ------------------------------------------------------------------------- */

struct vote {
	struct address who;
	uint8_t sig[65];
};

static int by_signer(const void *a, const void *b)
{
	return memcmp(((const struct vote *)a)->who.b, ((const struct vote *)b)->who.b, 20);
}

static bool read_vote(const struct attestation *t, const uint8_t digest[32], struct vote *out)
{
	int parity = t->sig[64] >= 27 ? t->sig[64] - 27 : t->sig[64];

	if (memcmp(t->digest, digest, 32) != 0 || !ecdsa_recover(digest, t->sig, t->sig + 32, parity, &out->who) ||
	    !address_eq(&out->who, &t->auditor))
		return false;
	memcpy(out->sig, t->sig, 64);
	out->sig[64] = (uint8_t)(27 + parity);
	return true;
}

/* Those of different auditors who are auditors now. */
static size_t count_votes(const struct roots *r, struct vote *v, size_t n)
{
	struct rpc_error re;
	size_t kept = 0;
	bool is = false;

	qsort(v, n, sizeof *v, by_signer);
	for (size_t i = 0; i < n; i++) {
		if (kept && address_eq(&v[i].who, &v[kept - 1].who))
			continue;
		ask_failed(r, pool_audits(r->run.rpc, &r->d->claims.address, &v[i].who, &is, &re), "auditors", &re);
		if (is)
			v[kept++] = v[i];
	}
	return kept;
}

/* Have enough auditors signed this very commit, under the number that it would get?  Then data is the call that
 * needs no window. */
static bool put_quorum(const struct roots *r, struct pending *p)
{
	struct vote *v = mem_alloc(r->in->n_attests, sizeof *v);
	uint8_t digest[32];
	struct rpc_error re;
	uint64_t quorum = 0;
	size_t n = 0;

	pool_digest(r->d->chain_id, &r->d->claims.address, r->next_commit, p->c->data_hash, p->c->total,
	            p->c->log_root, digest);
	for (size_t i = 0; i < r->in->n_attests; i++)
		n += read_vote(&r->in->attest[i], digest, &v[n]);
	if (n) {
		ask_failed(r, pool_quorum(r->run.rpc, &r->d->claims.address, &quorum, &re), "quorum", &re);
		n = count_votes(r, v, n);
	}
	bool good = quorum && n >= quorum;
	if (good) {
		uint8_t (*sig)[65] = mem_alloc(n, sizeof *sig);
		for (size_t i = 0; i < n; i++)
			memcpy(sig[i], v[i].sig, 65);
		claims_put_commit_signed(&p->data, (uint32_t)p->c->group, p->c->log_root, buf_str(&p->words),
		                         (const uint8_t (*)[65])sig, quorum);
		free(sig);
	} else if (n) {
		cli_note("group %llu has %zu of the %llu attestations that would release it", (unsigned long long)p->c->group, n,
		         (unsigned long long)quorum);
	}
	free(v);
	return good;
}

/* ---- committing ------------------------------------------------------------------------- */

static void tell_done(const struct roots *r, const struct pending *p)
{
	cli_note("group %llu: the root of epoch \"%.*s\" %s %s", (unsigned long long)p->c->group, STR_FMT(p->c->epoch),
	         p->ready_at > r->now ? "takes force at" : "is in force since", moment_text(p->ready_at));
}

/* A root that we have seen committed is not there at the latest block: is it gone for good?  Not unless it is not there
 * either at the last block that is believed, and that is not before its own: a node may lag behind itself. */
static bool is_gone(const struct roots *r, const struct pending *p, const struct attempt *a)
{
	struct buf tag = BUF_INIT;
	struct rpc_error re;
	uint64_t below, at = 0;

	ask_failed(r, believed(r->run.rpc, r->run.send->confirmations, &below, &re), "the last block", &re);
	if (below > a->block) {
		u64_put_quantity(&tag, below - 1);
		ask_failed(r, claims_get_root(r->run.rpc, &r->d->claims.address, p->c->root, tag.p, &at, &re), "a root", &re);
	}
	buf_release(&tag);
	if (below > a->block && !at)
		return true;
	cli_warn("group %llu: the root of epoch \"%.*s\" was committed by %.*s, and %s: run it again",
	         (unsigned long long)p->c->group, STR_FMT(p->c->epoch), STR_FMT(a->tx.hash),
	         at ? "is not there at the latest block" : "the node has not come to its block yet");
	return false;
}

/* It was committed, believed, and is not there: somebody has cancelled it, and had a reason. */
static bool was_cancelled(const struct roots *r, const struct pending *p, enum fate *fate)
{
	const struct attempt *last = action_last(r->run.j, &p->a);

	if (!last || last->outcome != PAID)
		return false;
	*fate = is_gone(r, p, last) ? STOPPED : LATER;
	if (*fate == LATER)
		return true;
	cli_warn("group %llu: the root of epoch \"%.*s\" was committed by %.*s and has been cancelled since, or a worker "
	         "was banned meanwhile: it is not committed again",
	         (unsigned long long)p->c->group, STR_FMT(p->c->epoch), STR_FMT(last->tx.hash));
	return true;
}

static void refused(struct pending *p, const struct acted *out)
{
	struct str data = { (const char *)out->data, out->n_data };

	/* another run was quicker; or the node is behind */
	if (data.n && (pool_error_is(data, "KnownRoot") || pool_error_is(data, "GroupIsPending"))) {
		cli_warn("group %llu is being committed by another run: run it again", (unsigned long long)p->c->group);
		p->fate = LATER;
		return;
	}
	cli_warn("the commit of group %llu would fail: %s; nothing was signed", (unsigned long long)p->c->group, out->why);
	p->fate = STOPPED;
}

/* What of a commit can be said before it is signed; BEGUN when nothing stands against it. */
static enum fate consider(struct roots *r, struct pending *p)
{
	struct claims_group g;
	struct rpc_error re;
	enum fate fate;

	p->ready_at = ready_at(r, p->c);
	if (p->ready_at)
		return DONE;
	if (was_cancelled(r, p, &fate))
		return fate;
	enum rpc_status st = claims_get_group(r->run.rpc, &r->d->claims.address, (uint32_t)p->c->group, "latest", &g, &re);
	ask_failed(r, st, "a group", &re);
	if (g.ready_at > r->now) {
		cli_warn("group %llu waits for its last root, which takes force at %s: run it again then",
		         (unsigned long long)p->c->group, moment_text(g.ready_at));
		return LATER;
	}
	if (!same_root(r, p))
		return STOPPED;
	return within_budgets(r, p, &g);
}

/* What became of it, now that its transaction is done with, or its time is up. */
static enum fate fate_of(const struct roots *r, const struct pending *p, const struct acted *out)
{
	unsigned long long group = p->c->group;

	if (out->how == ACT_WAITS)
		return LATER;
	if (p->ready_at)
		return DONE;
	if (out->how == ACTED && !is_gone(r, p, out->attempt))
		return LATER;
	if (out->how == ACT_FAILED && !out->attempt->block) {
		cli_warn("the commit of group %llu had a nonce that went to another transaction: run it again", group);
		return LATER;
	}
	if (out->how == ACT_FAILED)
		cli_warn("the commit of group %llu was mined and failed: run it again", group);
	else
		cli_warn("the commit of group %llu was mined, and its root is not there: a worker was banned meanwhile, or it was "
		         "cancelled: get facts and plan again", group);
	return STOPPED;
}

static void end_one(struct roots *r, struct pending *p)
{
	struct acted out;

	action_end(&r->run, &p->a, &out);
	if (out.attempt)
		claims_print(r->in, out.attempt);
	p->ready_at = ready_at(r, p->c);
	p->fate = fate_of(r, p, &out);
}

/* The number that auditors sign is known only when all commits before it are in a block: so one that is signed
 * is seen through before the next one. */
static void begin_one(struct roots *r, struct pending *p, bool signed_)
{
	struct acted out;

	p->a.data = buf_str(&p->data);
	if (signed_ && r->n_begun && engine_run(r->run.j, r->run.rpc, r->run.send, r->run.until_ms) == LBL_TEMPFAIL) {
		p->fate = LATER;
		return;
	}
	if (!action_begin(&r->run, &p->a, &out)) {
		refused(p, &out);
		return;
	}
	p->fate = BEGUN;
	r->n_begun++;
	r->next_commit++;
	if (signed_) {
		cli_note("group %llu is released by a quorum of auditors", (unsigned long long)p->c->group);
		end_one(r, p);
	}
}

static void prepare(struct roots *r, struct pending *p, const struct commit *c)
{
	*p = (struct pending){ .c = c, .a = { .kind = STR("commit"), .to = r->d->claims.address } };
	check_kind(r, c);
	BUG_ON(!hex_get((struct str){ c->id.p + 2, 64 }, p->a.about, 32) || !hex_get_any(c->words, &p->words));
	p->fate = consider(r, p);
	if (p->fate != BEGUN)
		return;
	bool signed_ = r->in->n_attests && put_quorum(r, p);
	if (!signed_)
		claims_put_commit(&p->data, (uint32_t)c->group, c->log_root, buf_str(&p->words));
	begin_one(r, p, signed_);
}

static void look_around(struct roots *r)
{
	struct rpc_error re;

	r->now = claims_now(r->run.rpc);
	ask_failed(r, claims_get_terms(r->run.rpc, &r->d->claims.address, 0, &r->terms, &re), "parameters", &re);
	ask_failed(r, claims_get_account(r->run.rpc, &r->d->claims.address, "latest", &r->account, &re), "account", &re);
	r->spent = r->now >= r->account.ends ? 0 : r->account.spent;
	r->next_commit = r->account.commits + 1;
}

/* Those that an earlier run has begun are in the output of this one too. */
static void print_before(struct roots *r, const struct pending *p)
{
	const struct attempt *t = action_last(r->run.j, &p->a);

	if (t && p->fate == DONE)
		claims_print(r->in, t);
}

/* In the metrics a root is what a payment is elsewhere. */
static void measure(const struct roots *r, const struct pending *p)
{
	const struct attempt *last = action_last(r->run.j, &p->a);
	enum outcome o = p->fate == DONE ? PAID : p->fate == LATER ? OPEN : FAILED;

	metrics_payment(p->fate == DONE || last ? &o : NULL, p->c->total);
}

int do_commit(struct input *in, const struct deployment *d, const struct send_args *a, struct rpc *rpc,
              struct journal *j)
{
	const struct claims_in *c = in->claims;
	struct roots r = { .in = in, .d = d };
	size_t n[STOPPED + 1] = { 0 };

	if (!c->n_commits)
		return LBL_OK;
	if (!claims_run(&r.run, d, a, rpc, j))
		return LBL_TEMPFAIL;
	look_around(&r);
	struct pending *p = mem_alloc(c->n_commits, sizeof *p);
	for (size_t i = 0; i < c->n_commits; i++) {
		prepare(&r, &p[i], &c->commit[i]);
		progress("committed", i + 1, c->n_commits);
		if (p[i].fate != BEGUN)
			print_before(&r, &p[i]);
	}
	for (size_t i = 0; i < c->n_commits; i++)
		if (p[i].fate == BEGUN)
			end_one(&r, &p[i]);
	progress_end();
	r.now = claims_now(rpc);
	for (size_t i = 0; i < c->n_commits; i++) {
		if (p[i].fate == DONE)
			tell_done(&r, &p[i]);
		n[p[i].fate]++;
		measure(&r, &p[i]);
		buf_release(&p[i].data);
		buf_release(&p[i].words);
	}
	free(p);
	return n[STOPPED] ? LBL_FOUND : n[LATER] ? LBL_TEMPFAIL : LBL_OK;
}
