/* claims - what of the input matters; facts; the plan. */
#include "claims.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "io/cli.h"
#include "pool.h"
#include "stage/plan-facts.h"

struct claims_in *claims_new(void)
{
	struct claims_in *c = mem_zalloc(1, sizeof *c);

	c->stage = stage_claim_plan.create();
	return c;
}

void claims_free(struct claims_in *c)
{
	if (!c)
		return;
	stage_claim_plan.destroy(c->stage);
	free(c->commit);
	free(c->held);
	free(c);
}

const char *amount_text(struct u256 v)
{
	static char text[4][80];
	static unsigned at;
	struct buf b = BUF_INIT;
	char *out = text[at++ % 4];

	u256_put_dec(&b, v);
	snprintf(out, sizeof text[0], "%s", b.p);
	buf_release(&b);
	return out;
}

const char *moment_text(uint64_t seconds)
{
	static char text[40];
	struct buf b = BUF_INIT;

	pool_put_time(&b, seconds);
	snprintf(text, sizeof text, "%s", b.p);
	buf_release(&b);
	return text;
}

/* ---- the input ------------------------------------------------------------------------- */

static bool add_commit(struct input *in, const struct json_record *r, struct err *e)
{
	struct claims_in *c = in->claims;
	struct arena scratch = { 0 };
	struct commit new;
	size_t i = 0;

	bool good = commit_read(r, &scratch, &new, e);
	while (good && i < c->n_commits && c->commit[i].group < new.group)
		i++;
	if (good && (i == c->n_commits || c->commit[i].group != new.group)) {
		if (c->n_commits == c->cap_commits) {
			c->cap_commits = mem_grow(c->cap_commits, c->n_commits + 16);
			c->commit = mem_realloc(c->commit, c->cap_commits, sizeof *c->commit);
		}
		memmove(&c->commit[i + 1], &c->commit[i], (c->n_commits++ - i) * sizeof *c->commit);
	}
	if (good) {
		new.id = arena_str(&in->text, new.id);
		new.epoch = arena_str(&in->text, new.epoch);
		new.words = arena_str(&in->text, new.words);
		c->commit[i] = new;
	}
	arena_release(&scratch);
	return good;
}

static bool add_claim(struct input *in, const struct json_record *r, struct err *e)
{
	struct claims_in *c = in->claims;
	struct arena scratch = { 0 };
	struct claim new;

	bool good = claim_read(r, &scratch, &new, e);
	if (good && new.proved && !u256_is_zero(new.total)) {
		struct hash32 *proof = arena_alloc(&in->text, new.n_proof, sizeof *proof);
		memcpy(proof, new.proof, new.n_proof * sizeof *proof);
		if (c->n_held == c->cap_held) {
			c->cap_held = mem_grow(c->cap_held, c->n_held + 64);
			c->held = mem_realloc(c->held, c->cap_held, sizeof *c->held);
		}
		struct held_claim *h = &c->held[c->n_held];
		*h = (struct held_claim){ .index = (uint32_t)new.index, .total = new.total, .root = new.root, .proof = proof,
		                          .n_proof = new.n_proof };
		good = hex_get((struct str){ new.id.p + 2, 64 }, h->id, 32) || err_set(e, "field \"id\": expected 32 bytes");
		c->n_held += good;
	}
	arena_release(&scratch);
	return good;
}

bool claims_take(struct input *in, struct str kind, const struct json_record *r, struct err *e)
{
	struct claims_in *c = in->claims;

	if (!stage_claim_plan.take(c->stage, kind, r, e)) {
		in->conflict = claim_plan_conflict(c->stage);
		return false;
	}
	if (str_is(kind, "commit"))
		return add_commit(in, r, e);
	if (str_is(kind, "claim") && c->keeps_claims)
		return add_claim(in, r, e);
	return true;
}

void claims_line(struct input *in, struct str kind, struct str line)
{
	stage_claim_plan.line(in->claims->stage, kind, line);
}

/* ---- facts ------------------------------------------------------------------------------- */

/* A record that this run makes stands in the log like those that it has read. */
static void add_line(struct input *in, struct str line)
{
	struct json_record r = { 0 };
	struct err e;

	spool_add(&in->lines, line);
	if (!json_read(&r, line, &e) || !claims_take(in, json_get(&r, STR("kind"))->raw, &r, &e))
		cli_die(LBL_UNAVAILABLE, "what the node says cannot be: %s", e.msg);
	claims_line(in, json_get(&r, STR("kind"))->raw, line);
	json_record_release(&r);
}

/* Who works, of those that are addresses. */
static size_t list_workers(const struct claims_in *c, struct address *who)
{
	const struct intern *names = claim_plan_workers(c->stage);
	struct err ignored;
	size_t n = 0;

	for (uint32_t i = 0; i < names->n; i++)
		n += address_parse(intern_str(names, i), &who[n], &ignored);
	return n;
}

static void put_lane(struct input *in, const struct address *who, const struct lane_facts *l)
{
	struct buf b = BUF_INIT, name = BUF_INIT;

	address_put_lower(&name, who);
	lane_put(&b, buf_str(&name), l);
	add_line(in, buf_str(&b));
	buf_release(&b);
	buf_release(&name);
}

static void lanes(struct input *in, const struct deployment *d, struct rpc *rpc, const char *tag)
{
	size_t most = claim_plan_workers(in->claims->stage)->n, n;
	struct address *who = mem_alloc(most, sizeof *who);
	uint32_t *index = mem_alloc(most, sizeof *index);
	struct pool_lane *lane = mem_alloc(most, sizeof *lane);
	bool *banned = mem_zalloc(most, sizeof *banned);
	struct rpc_error re;

	n = list_workers(in->claims, who);
	enum rpc_status st = registry_find(rpc, &d->registry.address, who, n, tag, index, &re);
	if (st == RPC_OK)
		st = pool_lanes(rpc, &d->pool.address, &d->registry.address, index, n, tag, lane, banned, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "workers", &re);
	for (size_t i = 0; i < n; i++)
		put_lane(in, &who[i], &(struct lane_facts){ index[i], banned[i], lane[i] });
	free(who);
	free(index);
	free(lane);
	free(banned);
}

/* Everything as of one block: else a worker could be banned between two questions. */
void do_claims_facts(struct input *in, const struct deployment *d, struct rpc *rpc)
{
	struct claims_facts f = { .chain = d->chain_id, .claims = d->claims.address };
	struct buf b = BUF_INIT, tag = BUF_INIT;
	struct claims_account account;
	struct rpc_error re;

	check_deployment(rpc, d);
	enum rpc_status st = eth_block_number(rpc, &f.block, &re);
	u64_put_quantity(&tag, f.block);
	if (st == RPC_OK)
		st = claims_get_terms(rpc, &d->claims.address, 0, &f.terms, &re);
	if (st == RPC_OK)
		st = claims_get_account(rpc, &d->claims.address, tag.p, &account, &re);
	if (st != RPC_OK)
		rpc_die(rpc, st, "the claims contract", &re);
	f.commits = account.commits;
	lanes(in, d, rpc, tag.p);
	claims_facts_put(&b, &f);
	add_line(in, buf_str(&b));
	buf_release(&b);
	buf_release(&tag);
}

/* ---- the plan ------------------------------------------------------------------------------ */

static void keep_lines(void *ctx, struct str lines)
{
	spool_add(&((struct input *)ctx)->lines, lines);
}

/* What the next step works on.  Most lines are claims, which it does not: they are not read again. */
static void keep(void *ctx, struct str text)
{
	struct input *in = ctx;
	struct json_record r = { 0 };
	struct err e;

	keep_lines(in, text);
	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		struct str line = { text.p, nl ? (size_t)(nl - text.p) : text.n };
		static const char start[] = "{\"kind\":\"commit\"";
		if (line.n > sizeof start && memcmp(line.p, start, sizeof start - 1) == 0)
			BUG_ON(!json_read(&r, line, &e) || !add_commit(in, &r, &e));
		text.p += line.n + (nl != NULL);
		text.n -= line.n + (nl != NULL);
	}
	json_record_release(&r);
}

static void tell(const struct claim_total *t)
{
	cli_note("%llu claims in %llu groups: %s base units in all, %s more than before", (unsigned long long)t->workers,
	         (unsigned long long)t->groups, amount_text(t->sum), amount_text(t->added));
	if (t->fell)
		cli_warn("the totals of %llu workers are below what was claimed for them before: that is not taken back, "
		         "and they get nothing until they have earned more", (unsigned long long)t->fell);
	if (t->banned)
		cli_note("%llu workers are banned, and get nothing new", (unsigned long long)t->banned);
	if (t->strangers)
		cli_warn("%llu workers are not in the registry: their work is kept until they are", (unsigned long long)t->strangers);
}

bool do_claims_plan(struct input *in, const struct plan_args *a)
{
	struct claim_options o = { .has_budget = a->options.has_budget, .budget = a->options.budget, .has_most = a->has_most,
	                           .most = a->most, .has_change = a->has_change, .change = a->change };
	struct sink out = { .line = keep, .ctx = in, .lines = keep };
	struct err e;

	memcpy(o.epoch, a->options.epoch, sizeof o.epoch);
	claim_plan_set(in->claims->stage, &o);
	if (!stage_claim_plan.run(in->claims->stage, &out, &e))
		cli_die(LBL_DATAERR, "%s", e.msg);
	struct claim_total t = claim_plan_total(in->claims->stage);
	if (t.over) {
		cli_warn("%s: nothing is planned", t.why);
		return false;
	}
	if (t.workers)
		tell(&t);
	if (t.strangers && in->status == LBL_OK)
		in->status = LBL_FOUND;
	return true;
}
