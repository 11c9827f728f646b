/* claims-push - claims made for their owners: anybody may, and each pays once, for all is cumulative. */
#include "claims.h"

#include <stdlib.h>

#include "base/mem.h"
#include "io/cli.h"
#include "io/progress.h"
#include "metrics.h"

enum { IN_FLIGHT = 32 };                /* nodes keep some dozens of one sender's transactions */

/* One that is made. */
struct begun {
	const struct held_claim *h;
	struct u256 open;               /* what it pays */
};

struct push {
	struct input *in;
	const struct deployment *d;
	struct action_run run;
	struct u256 least;
	uint64_t now;
	struct intern roots;            /* those that were asked for */
	uint64_t *ready_at;             /* by id; 0: not known */
	size_t made, waiting, failed, small;
	uint64_t earliest;              /* when the first of those that wait can be made */
	struct u256 sum;
};

/* By worker, the largest total first: a root in force stays so, and an earlier one may hold more. */
static int by_worker(const void *a, const void *b)
{
	const struct held_claim *x = a, *y = b;
	int c;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	c = u256_cmp(y->total, x->total);
	return c ? c : memcmp(x->root.b, y->root.b, 32);
}

static uint64_t in_force(struct push *p, const struct hash32 *root)
{
	size_t before = p->roots.n;
	uint32_t i = intern(&p->roots, (struct str){ (const char *)root->b, sizeof root->b });
	struct rpc_error re;

	if (i < before)
		return p->ready_at[i];
	p->ready_at = mem_realloc(p->ready_at, (size_t)i + 1, sizeof *p->ready_at);
	enum rpc_status st = claims_get_root(p->run.rpc, &p->d->claims.address, root->b, "latest", &p->ready_at[i], &re);
	if (st != RPC_OK)
		rpc_die(p->run.rpc, st, "a root", &re);
	return p->ready_at[i];
}

/* What each worker was paid so far. */
static struct u256 *ask_claimed(const struct push *p, const struct held_claim *h, size_t n)
{
	struct buf data = BUF_INIT;
	uint8_t (*word)[32] = mem_alloc(n, sizeof *word);
	struct u256 *paid = mem_alloc(n, sizeof *paid);
	struct rpc_error re;

	for (size_t i = 0; i < n; i++) {
		abi_put_selector(&data, "claimed(uint256)");
		abi_put_u64(&data, h[i].index);
	}
	enum rpc_status st = RPC_OK;
	if (n)
		st = eth_call_words(p->run.rpc, &p->d->claims.address, buf_str(&data), 4 + ABI_WORD, "latest", word, &re);
	if (st != RPC_OK)
		rpc_die(p->run.rpc, st, "what was claimed", &re);
	for (size_t i = 0; i < n; i++)
		paid[i] = u256_from_be(word[i]);
	buf_release(&data);
	free(word);
	return paid;
}

static bool worth_it(struct push *p, const struct held_claim *h, struct u256 paid)
{
	struct u256 open;

	if (!u256_sub(&open, h->total, paid) || u256_is_zero(open))
		return false;
	if (u256_cmp(open, p->least) < 0) {
		p->small++;
		return false;
	}
	return true;
}

/* The best of one worker's claims, h[0 .. n): the largest whose root is in force. */
static const struct held_claim *choose(struct push *p, const struct held_claim *h, size_t n, struct u256 paid)
{
	for (size_t i = 0; i < n && worth_it(p, &h[i], paid); i++) {
		uint64_t at = in_force(p, &h[i].root);
		if (at && at <= p->now)
			return &h[i];
		if (at && (!p->earliest || at < p->earliest))
			p->earliest = at;
		p->waiting += i == 0;
	}
	return NULL;
}

static struct action action_of(const struct push *p, const struct held_claim *h, struct buf *data)
{
	struct action a = { .kind = STR("claim"), .to = p->d->claims.address };

	memcpy(a.about, h->id, sizeof a.about);
	buf_reset(data);
	claims_put_claim(data, h->index, h->total, h->proof, h->n_proof);
	a.data = buf_str(data);
	return a;
}

static void end_some(struct push *p, const struct begun *b, size_t n)
{
	static const enum outcome outcome[] = { [ACTED] = PAID, [ACT_FAILED] = FAILED, [ACT_WAITS] = OPEN };
	struct buf data = BUF_INIT;
	struct acted out;

	for (size_t i = 0; i < n; i++) {
		struct action a = action_of(p, b[i].h, &data);
		action_end(&p->run, &a, &out);
		metrics_payment(&outcome[out.how], b[i].open);
		if (out.attempt)
			claims_print(p->in, out.attempt);
		p->made += out.how == ACTED;
		/* without a block its nonce went to another transaction: the next run makes another one */
		bool mined = out.attempt->block;
		p->failed += out.how == ACT_FAILED && mined;
		p->waiting += out.how == ACT_WAITS || (out.how == ACT_FAILED && !mined);
	}
	buf_release(&data);
}

static bool begin_one(struct push *p, const struct held_claim *h)
{
	struct buf data = BUF_INIT;
	struct action a = action_of(p, h, &data);
	struct acted out;

	bool begun = action_begin(&p->run, &a, &out);
	if (!begun) {
		struct str why = { (const char *)out.data, out.n_data };
		bool paid = why.n && pool_error_is(why, "NothingToClaim");      /* somebody was quicker */
		/* the node said that it is in force a moment ago: it was cancelled, or lags behind itself */
		bool gone = why.n && (pool_error_is(why, "UnknownRoot") || pool_error_is(why, "NotInForce"));
		if (!paid)
			cli_warn("the claim of worker %lu would fail: %s; nothing was signed", (unsigned long)h->index, out.why);
		p->waiting += gone;
		p->failed += !paid && !gone;
	}
	buf_release(&data);
	return begun;
}

static void push_all(struct push *p, const struct held_claim *h, size_t n, const struct u256 *paid)
{
	struct begun begun[IN_FLIGHT];
	size_t n_begun = 0;

	for (size_t i = 0, to; i < n; i = to) {
		for (to = i + 1; to < n && h[to].index == h[i].index; to++)
			;
		const struct held_claim *best = choose(p, &h[i], to - i, paid[i]);
		progress("claimed", to, n);
		struct u256 open;
		bool due = u256_sub(&open, h[i].total, paid[i]) && u256_cmp(open, p->least) >= 0 && !u256_is_zero(open);
		if (best)
			BUG_ON(!u256_sub(&open, best->total, paid[i]));
		if (best && begin_one(p, best))
			begun[n_begun++] = (struct begun){ best, open };
		else if (due)
			metrics_payment(NULL, open);
		if (n_begun == IN_FLIGHT) {
			end_some(p, begun, n_begun);
			n_begun = 0;
		}
	}
	end_some(p, begun, n_begun);
	progress_end();
}

/* A claim is named after what it is a claim to: others may stand in the log too. */
static void keep_ours(struct claims_in *c, const struct deployment *d)
{
	uint8_t id[32];
	size_t n = 0;

	for (size_t i = 0; i < c->n_held; i++) {
		claims_claim_id(d->chain_id, &d->claims.address, c->held[i].index, c->held[i].total, id);
		if (memcmp(id, c->held[i].id, sizeof id) == 0)
			c->held[n++] = c->held[i];
	}
	if (n < c->n_held)
		cli_note("%zu claims are not to the contract of the deployment", c->n_held - n);
	c->n_held = n;
}

int do_push_claims(struct input *in, const struct deployment *d, struct u256 least, const struct send_args *a,
                   struct rpc *rpc, struct journal *j)
{
	struct push p = { .in = in, .d = d, .least = least };
	struct claims_in *c = in->claims;

	if (!claims_run(&p.run, d, a, rpc, j))
		return LBL_TEMPFAIL;
	p.now = claims_now(rpc);
	keep_ours(c, d);
	qsort(c->held, c->n_held, sizeof *c->held, by_worker);
	struct u256 *paid = ask_claimed(&p, c->held, c->n_held);
	push_all(&p, c->held, c->n_held, paid);
	cli_note("%zu claims are made, %zu wait, %zu are below --min-credit", p.made, p.waiting, p.small);
	if (p.earliest)
		cli_warn("roots take force from %s on: run it again then", moment_text(p.earliest));
	free(paid);
	free(p.ready_at);
	intern_release(&p.roots);
	return p.failed ? LBL_FOUND : p.waiting ? LBL_TEMPFAIL : LBL_OK;
}
