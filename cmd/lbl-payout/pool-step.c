/* pool-step - post a batch, settle a batch: what has to hold before either is signed. */
#include "pool.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "chain/pool-trial.h"
#include "io/cli.h"

/* ---- what a batch pays ---------------------------------------------------------------- */

/* By the rule here, from the lanes and bans of this moment, in millionths. */
struct price {
	uint64_t all, paid;             /* as if nobody were banned; and as it is */
	size_t banned;
};

enum { SAMPLE = 16 };

static _Noreturn void other_rule(const struct pool_run *r, const struct work *w, struct u256 theirs, struct u256 ours)
{
	struct buf a = BUF_INIT, b = BUF_INIT;

	u256_put_dec(&a, theirs);
	u256_put_dec(&b, ours);
	cli_die(LBL_FOUND, "%s: the pool would pay worker %lu %.80s base units, and the rule says %.80s: nothing was signed",
	        rpc_where(r->act.rpc), (unsigned long)w->index, a.p, b.p);
}

static struct u256 units(uint64_t millionths)
{
	struct u256 v;

	BUG_ON(!u256_mul(&v, u256_of(millionths), u256_of(POOL_UNIT)));
	return v;
}

/* The contract's own word for a few of them. */
static void compare(const struct pool_run *r, const struct pool_params *p, const struct work *w,
                    const struct pool_lane *lane, size_t n)
{
	size_t step = n > SAMPLE ? n / SAMPLE : 1;
	struct rpc_error re;
	struct u256 theirs;
	uint64_t ours;
	struct err e;

	for (size_t i = 0, k = 0; i < n && k < SAMPLE; i += step, k++) {
		BUG_ON(!pool_pay(p, &w[i], &lane[i], &ours, &e));
		enum rpc_status st = pool_quote(r->act.rpc, &r->d->pool.address, p->version, &w[i], &lane[i], &theirs, &re);
		if (st != RPC_OK)
			rpc_die(r->act.rpc, st, "quote", &re);
		if (u256_cmp(theirs, units(ours)) != 0)
			other_rule(r, &w[i], theirs, units(ours));
	}
}

static struct price price_of(const struct pool_run *r, const struct batch *b, const struct pool_params *p)
{
	struct work *w = batch_works(b);
	uint32_t *index = mem_alloc(b->n_payments, sizeof *index);
	struct pool_lane *lane = mem_alloc(b->n_payments, sizeof *lane);
	bool *banned = mem_zalloc(b->n_payments, sizeof *banned);
	struct price sum = { 0 };
	struct rpc_error re;
	struct err e;
	uint64_t pay;

	for (size_t i = 0; i < b->n_payments; i++)
		index[i] = w[i].index;
	enum rpc_status st = pool_lanes(r->act.rpc, &r->d->pool.address, &r->d->registry.address, index, b->n_payments,
	                                "latest",
	                                lane, banned, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "lanes", &re);
	for (size_t i = 0; i < b->n_payments; i++) {
		if (!pool_pay(p, &w[i], &lane[i], &pay, &e) || sum.all + pay < pay)
			cli_die(LBL_FOUND, "batch %.*s: worker %lu: %s", STR_FMT(b->id), (unsigned long)w[i].index, e.msg);
		sum.all += pay;
		sum.paid += banned[i] ? 0 : pay;
		sum.banned += banned[i];
	}
	compare(r, p, w, lane, b->n_payments);
	free(banned);
	free(lane);
	free(index);
	free(w);
	return sum;
}

static struct pool_params params_of(const struct pool_run *r, uint64_t version)
{
	struct pool_params p;
	struct rpc_error re;

	enum rpc_status st = pool_get_params(r->act.rpc, &r->d->pool.address, version, &p, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "parameters of the pool", &re);
	return p;
}

/* "A base units <between> B", good until the next call */
static const char *both(struct u256 a, const char *between, struct u256 b)
{
	static char text[256];
	struct buf s = BUF_INIT;

	u256_put_dec(&s, a);
	buf_adds(&s, " base units ");
	buf_adds(&s, between);
	buf_addc(&s, ' ');
	u256_put_dec(&s, b);
	snprintf(text, sizeof text, "%s", s.p);
	buf_release(&s);
	return text;
}

/* ---- posting --------------------------------------------------------------------------- */

static struct u256 ask_u256(const struct pool_run *r, const struct address *to, const char *signature,
                            const struct address *arg,
                            const char *what)
{
	struct buf data = BUF_INIT, out = BUF_INIT;
	struct u256 v = U256_ZERO;
	struct rpc_error re;
	struct err e;

	abi_put_selector(&data, signature);
	if (arg)
		abi_put_address(&data, arg);
	enum rpc_status st = eth_call(r->act.rpc, NULL, to, buf_str(&data), "latest", &out, &re);
	if (st == RPC_OK && !abi_get_u256(buf_str(&out), 0, &v, &e))
		st = rpc_bad(&re, "eth_call", e.msg);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, what, &re);
	buf_release(&data);
	buf_release(&out);
	return v;
}

/* Once posted it would stand in the way of all that follow. */
static bool is_funded(const struct pool_run *r, const struct pool_view *v, const struct batch *b)
{
	struct u256 has = ask_u256(r, &r->d->token.address, "balanceOf(address)", &r->d->pool.address, "balance of the pool");
	struct u256 bonds = ask_u256(r, &r->d->pool.address, "bonds()", NULL, "bonds"), wants;

	if (!u256_add(&wants, units(v->now.owed), bonds) || !u256_add(&wants, wants, b->total) || u256_cmp(has, wants) < 0) {
		cli_warn("the pool holds %s: fund it; nothing was posted",
		         both(has, "and would owe, with its bonds and this batch,", wants));
		return false;
	}
	return true;
}

/* What is left of the period's budget when the window will have passed?  LATER: more in the next one. */
static enum pool_step within_period(struct pool_run *r, const struct pool_view *v, const struct pool_params *p,
                                    uint64_t total,
                                    uint64_t *until_s)
{
	uint64_t then = v->time + p->window, spent = then >= v->now.ends ? 0 : v->now.spent;
	uint64_t left = p->period_budget > spent ? p->period_budget - spent : 0;

	if (total <= left)
		return STEP_AGAIN;
	if (total > p->period_budget) {
		cli_warn("the next batch pays %s: nothing was posted",
		         both(units(total), "and the budget of a whole period is", units(p->period_budget)));
		return STEP_STOP;
	}
	if (!r->told_period)
		cli_note("the next batch pays %s", both(units(total), "and what is left of the period's budget is", units(left)));
	r->told_period = true;
	*until_s = v->now.ends - p->window;
	return STEP_LATER;
}

/* It was planned with other lanes or parameters, or somebody was banned since: what it says it pays is not
 * what it would pay.  Nothing is lost yet: so it is planned anew. */
static enum pool_step outdated(struct pool_run *r, struct batch *b, uint64_t pays)
{
	cli_warn("batch %.*s would pay %s: it is not posted; plan its scores again", STR_FMT(b->id),
	         both(units(pays), "now, and was planned to pay", b->total));
	journal_void(r->act.j, b, 0, false);
	journal_sync(r->act.j);
	r->look_at_it = true;
	return STEP_AGAIN;
}

static bool may_post(const struct pool_run *r)
{
	const struct address *who = payer_address(payer(r->act.key));
	struct buf text = BUF_INIT;
	const char *why = NULL;
	struct rpc_error re;

	enum rpc_status st = pool_may_post(r->act.rpc, &r->d->pool.address, who, &why, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "the right to post", &re);
	if (why) {
		address_put(&text, who);
		cli_warn("%s %s: nothing was posted", text.p, why);
		buf_release(&text);
	}
	return !why;
}

static enum pool_step refused(const struct action *a, const struct acted *out)
{
	struct str data = { (const char *)out->data, out->n_data };

	/* another run was quicker; or the node is behind */
	if (data.n && (pool_error_is(data, "WrongBatch") || pool_error_is(data, "WrongState")))
		return STEP_LATER;
	cli_warn("%.*s of batch %llu would fail: %s; nothing was signed", STR_FMT(a->kind), (unsigned long long)a->number,
	         out->why);
	return STEP_STOP;
}

enum { MOST_FAILURES = 3 };             /* in a run: each has cost gas */

static enum pool_step result(struct pool_run *r, const struct action *a, const struct acted *out)
{
	switch (out->how) {
	case ACTED:
		return STEP_AGAIN;
	case ACT_FAILED:                /* another run was quicker, most likely: the pool tells */
		if (++r->failures < MOST_FAILURES)
			return STEP_AGAIN;
		cli_warn("%u transactions have failed: nothing more is tried", r->failures);
		return STEP_STOP;
	case ACT_WAITS:
		return STEP_LATER;
	case ACT_REVERTS:
		return refused(a, out);
	}
	BUG_ON(true);
}

enum pool_step pool_post(struct pool_run *r, const struct pool_view *v, struct batch *b, uint64_t *until_s)
{
	const struct attempt *before = pool_posted_here(r->act.j, b);
	struct action a = { .kind = STR("post"), .number = v->now.settled + 1, .to = r->d->pool.address,
	                   .undone = b->voids > 0 };
	struct pool_params p = params_of(r, 0);
	struct buf data = BUF_INIT;
	struct acted out;

	if (before && before->outcome == PAID)
		return STEP_LATER;      /* it was posted; a node that does not show it is behind itself */
	struct price now = price_of(r, b, &p);
	if (now.banned || u256_cmp(units(now.all), b->total) != 0)
		return outdated(r, b, now.paid);
	if (now.all > p.batch_budget) {
		cli_warn("batch %.*s pays %s: nothing was posted", STR_FMT(b->id),
		         both(b->total, "and the budget of a batch is", units(p.batch_budget)));
		return STEP_STOP;
	}
	enum pool_step step = within_period(r, v, &p, now.all, until_s);
	if (step != STEP_AGAIN)
		return step;
	if (!may_post(r) || !is_funded(r, v, b))
		return STEP_STOP;
	memcpy(a.about, b->about, sizeof a.about);
	pool_put_post(&data, a.number, b->log_root, b->words);
	a.data = buf_str(&data);
	action_do(&r->act, &a, &out);
	buf_release(&data);
	if (out.how == ACTED)
		cli_note("batch %llu is posted: %zu payments", (unsigned long long)a.number, b->n_payments);
	return result(r, &a, &out);
}

/* ---- settling -------------------------------------------------------------------------- */

/* A quorum's word for this very batch, or none.  The signatures that count, by signer. */
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

	if (!ecdsa_recover(digest, t->sig, t->sig + 32, parity, &out->who) || !address_eq(&out->who, &t->auditor))
		return false;
	memcpy(out->sig, t->sig, 64);
	out->sig[64] = (uint8_t)(27 + parity);
	return true;
}

static size_t votes_of(const struct pool_run *r, const struct batch *b, uint64_t number, uint64_t paid, struct vote *v)
{
	const struct input *in = r->in;
	uint8_t digest[32];
	struct rpc_error re;
	size_t n = 0, kept = 0;
	bool is = false;

	pool_digest(r->d->chain_id, &r->d->pool.address, number, b->data_hash, units(paid), b->log_root, digest);
	for (size_t i = 0; i < in->n_attests; i++)
		if (in->attest[i].batch == number && memcmp(in->attest[i].digest, digest, 32) == 0)
			n += read_vote(&in->attest[i], digest, &v[n]);
	qsort(v, n, sizeof *v, by_signer);
	for (size_t i = 0; i < n; i++) {
		if (kept && address_eq(&v[i].who, &v[kept - 1].who))
			continue;
		enum rpc_status st = pool_audits(r->act.rpc, &r->d->pool.address, &v[i].who, &is, &re);
		if (st != RPC_OK)
			rpc_die(r->act.rpc, st, "auditors", &re);
		if (is)
			v[kept++] = v[i];
	}
	return kept;
}

static bool has_votes(const struct pool_run *r, uint64_t number)
{
	for (size_t i = 0; i < r->in->n_attests; i++)
		if (r->in->attest[i].batch == number)
			return true;
	return false;
}

/* Is there a quorum?  Then *data is the call that needs no window. */
static bool put_quorum(const struct pool_run *r, const struct batch *b, uint64_t number, uint64_t paid,
                       struct buf *data)
{
	struct vote *v = mem_alloc(r->in->n_attests, sizeof *v);
	struct rpc_error re;
	uint64_t quorum = 0;

	enum rpc_status st = pool_quorum(r->act.rpc, &r->d->pool.address, &quorum, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "quorum", &re);
	size_t n = quorum ? votes_of(r, b, number, paid, v) : 0;
	bool good = quorum && n >= quorum;
	if (good) {
		uint8_t (*sig)[65] = mem_alloc(n, sizeof *sig);
		for (size_t i = 0; i < n; i++)
			memcpy(sig[i], v[i].sig, 65);
		pool_put_settle_signed(data, number, b->words, (const uint8_t (*)[65])sig, quorum);
		free(sig);
		cli_note("batch %llu is released by %zu auditors", (unsigned long long)number, (size_t)quorum);
	} else if (n || r->in->n_attests) {
		cli_note("batch %llu has %zu of the %llu attestations that would release it", (unsigned long long)number, n,
		         (unsigned long long)quorum);
	}
	free(v);
	return good;
}

/* The contract does it, for nothing: does it come to what the rule here comes to? */
static enum pool_step try_it(const struct pool_run *r, const struct action *a, const struct batch *b,
                             const struct price *now)
{
	struct acted out = { .how = ACT_REVERTS };
	struct rpc_error re;
	uint64_t paid = 0;

	enum rpc_status st = pool_try_settle(r->act.rpc, payer_address(payer(r->act.key)), &r->d->pool.address, a->data,
	                                     &paid, &re);
	if (st == RPC_ERROR) {
		struct buf why = BUF_INIT;
		memcpy(out.data, re.data, re.n_data);
		out.n_data = re.n_data;
		pool_put_error(&why, (struct str){ (const char *)re.data, re.n_data });
		snprintf(out.why, sizeof out.why, "%s", re.n_data ? why.p : re.message);
		buf_release(&why);
		return refused(a, &out);
	}
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "a settlement that was tried", &re);
	if (paid != now->paid) {
		cli_warn("batch %llu would pay %s: nothing was signed", (unsigned long long)a->number,
		         both(units(paid), "by the pool, and by the rule", units(now->paid)));
		return STEP_STOP;
	}
	if (u256_cmp(units(now->all), b->total) != 0) {
		cli_warn("batch %llu would pay %s: nothing was signed", (unsigned long long)a->number,
		         both(units(now->all), "and was planned to pay", b->total));
		return STEP_STOP;
	}
	return STEP_AGAIN;
}

static void note_settled(struct pool_run *r, const struct batch *b, const struct acted *out, uint64_t number)
{
	struct settled s = { .number = number, .block = out->attempt->block, .gas = out->attempt->gas };
	struct rpc_error re;
	bool found = false;

	BUG_ON(!hex_get((struct str){ out->attempt->tx.hash.p + 2, 64 }, s.hash, 32));
	memcpy(s.data_hash, b->data_hash, 32);
	memcpy(s.log_root, b->log_root, 32);
	enum rpc_status st = pool_settled_total(r->act.rpc, &r->d->pool.address, s.hash, number, &found, &s.total, &re);
	if (st != RPC_OK)
		rpc_die(r->act.rpc, st, "receipt", &re);
	if (!found)
		return;                 /* the logs will tell */
	pool_settled_now(r, &s);
	journal_sync(r->act.j);
	cli_note("batch %llu is settled", (unsigned long long)number);
}

enum pool_step pool_settle(struct pool_run *r, const struct pool_view *v, struct batch *b, uint64_t *until_s)
{
	struct action a = { .kind = STR("settle"), .number = v->now.settled + 1, .to = r->d->pool.address,
	                   .undone = b->voids > 0 };
	bool ready = v->time >= v->flight.ready_at;
	struct buf data = BUF_INIT;
	struct acted out;

	*until_s = v->flight.ready_at;
	if (!ready && !has_votes(r, a.number))
		return STEP_LATER;
	struct pool_params p = params_of(r, v->flight.version);
	struct price now = price_of(r, b, &p);
	if (!put_quorum(r, b, a.number, now.paid, &data)) {
		if (!ready)
			return STEP_LATER;
		pool_put_settle(&data, a.number, b->words);
	}
	memcpy(a.about, b->about, sizeof a.about);
	a.data = buf_str(&data);
	enum pool_step step = try_it(r, &a, b, &now);
	*until_s = 0;
	if (step == STEP_AGAIN) {
		action_do(&r->act, &a, &out);
		if (out.how == ACTED)
			note_settled(r, b, &out, a.number);
		step = result(r, &a, &out);
	}
	buf_release(&data);
	return step;
}
