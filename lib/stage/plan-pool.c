/* Plans for a pool: amounts by its rule, and what is posted of them. */
#include "stage/plan-in.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "json/write.h"

/* ---- facts ---- */

static bool take_lane(struct plan *p, const struct json_record *r, struct err *e)
{
	struct lane_facts l;
	struct str worker;

	if (!lane_read(r, &p->scratch, &worker, &l, e))
		return false;
	size_t w = intern(&p->workers, worker);
	if (w >= p->cap_lanes) {
		size_t cap = mem_grow(p->cap_lanes, w + 64);
		p->lane = mem_realloc(p->lane, cap, sizeof *p->lane);
		p->has_lane = mem_realloc(p->has_lane, cap, sizeof *p->has_lane);
		memset(p->has_lane + p->cap_lanes, 0, (cap - p->cap_lanes) * sizeof *p->has_lane);
		p->cap_lanes = cap;
	}
	p->lane[w] = l;
	p->has_lane[w] = true;
	return true;
}

/* A chain record begins anew: lanes of another block do not go with it. */
bool plan_pool_take(struct plan *p, struct str kind, const struct json_record *r, struct err *e)
{
	if (str_is(kind, "lane"))
		return take_lane(p, r, e);
	if (!str_is(kind, "chain") || !pool_facts_here(r))
		return true;
	if (!pool_facts_read(r, &p->facts, e))
		return false;
	p->has_facts = true;
	if (p->cap_lanes)
		memset(p->has_lane, 0, p->cap_lanes * sizeof *p->has_lane);
	return true;
}

static bool check_facts(const struct plan *p, struct err *e)
{
	if (!p->has_facts)
		return err_set(e, "the input holds no chain record with facts of a pool: lbl-payout facts writes it");
	return pool_place_is(&p->facts.at, &p->options.place, e) || err_prefix(e, "chain record: ");
}

/* ---- amounts ---- */

enum why { PAID, BANNED, STRANGER, FULL, N_WHY };
static const char *const words[N_WHY] = { NULL, "banned", "not registered", "credit is full" };

struct pool_payment {
	uint32_t entry;
	struct work work;               /* index 0: not registered */
	enum why why;
	uint64_t pay;                   /* millionths */
	uint8_t id[32];
};

struct pool_plan {
	struct pool_payment *p;         /* in the order of the scores */
	size_t n;
	uint32_t *order;                /* of those that are posted, by number */
	size_t n_order;
	uint64_t sum;
};

static struct u256 base_units(uint64_t millionths)
{
	struct u256 v;

	u256_mul(&v, u256_of(millionths), u256_of(POOL_UNIT));
	return v;
}

static const uint64_t LANE_HOLDS = ((uint64_t)1 << 39) - 1;

static bool judge(const struct plan *p, const struct plan_entry *s, const struct lane_facts *l, struct pool_payment *x,
		  struct err *e)
{
	x->work = (struct work){ l->index, (uint32_t)s->units, s->score_bp, s->bonus_bp };
	x->pay = 0;
	x->why = l->index == 0 ? STRANGER : l->banned ? BANNED : PAID;
	if (s->units >> 24)
		return err_set(e, "field \"%s\": must be below 2^24", s->units == s->verified ? "verified" : "units");
	if (x->why != PAID)
		return true;
	if (!pool_pay(&p->facts.params, &x->work, &l->lane, &x->pay, e))
		return false;
	if (x->pay > LANE_HOLDS || l->lane.credit > LANE_HOLDS - x->pay) {
		x->why = FULL;
		x->pay = 0;
	}
	return true;
}

static bool amounts(struct plan *p, uint32_t epoch, struct pool_plan *out, struct err *e)
{
	out->p = mem_alloc(p->n, sizeof *out->p);
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *s = &p->entry[i];
		struct str worker = intern_str(&p->workers, s->worker);
		struct pool_payment *x = &out->p[out->n];
		if (s->epoch != epoch || s->left_out)
			continue;
		if (s->worker >= p->cap_lanes || !p->has_lane[s->worker])
			return err_set(e, "no lane record of worker \"%.*s\" behind the chain record: "
				       "lbl-payout facts writes both for the scores that it reads", STR_FMT(worker));
		if (!judge(p, s, &p->lane[s->worker], x, e))
			return err_prefix(e, "worker \"%.*s\": ", STR_FMT(worker));
		x->entry = (uint32_t)i;
		out->n++;
		/* each below 2^39, and less than 2^25 of them would already be more than a period pays */
		if (x->pay > UINT64_MAX - out->sum)
			return err_set(e, "the sum of the payments is out of range");
		out->sum += x->pay;
		p->total.banned += x->why == BANNED;
		p->total.strangers += x->why == STRANGER;
		p->total.full += x->why == FULL;
	}
	return true;
}

struct by_index {
	uint32_t index, at;
};

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct by_index *)a)->index, y = ((const struct by_index *)b)->index;

	return (x > y) - (x < y);
}

/* Those of whom something is posted, by number; no two workers have one. */
static bool sort_workers(const struct plan *p, struct pool_plan *x, struct err *e)
{
	struct by_index *v = mem_alloc(x->n, sizeof *v);
	bool good = true;

	for (size_t i = 0; i < x->n; i++)
		if (x->p[i].why == PAID && x->p[i].work.units)
			v[x->n_order++] = (struct by_index){ x->p[i].work.index, (uint32_t)i };
	qsort(v, x->n_order, sizeof *v, by_number);
	x->order = mem_alloc(x->n_order, sizeof *x->order);
	for (size_t i = 0; i < x->n_order && good; i++) {
		x->order[i] = v[i].at;
		if (i && v[i].index == v[i - 1].index)
			good = err_set(e, "two workers have number %u in the registry: \"%.*s\" and \"%.*s\"", v[i].index,
				       STR_FMT(intern_str(&p->workers, p->entry[x->p[v[i - 1].at].entry].worker)),
				       STR_FMT(intern_str(&p->workers, p->entry[x->p[v[i].at].entry].worker)));
	}
	free(v);
	return good;
}

/* ---- limits ---- */

static bool over(struct plan_total *t, enum plan_limit limit, struct u256 most)
{
	t->over = true;
	t->limit = limit;
	t->most = most;
	return true;
}

/* What can be paid until the period ends; a period that is over has made room for the next. */
static uint64_t left(const struct pool_facts *f)
{
	uint64_t budget = f->params.period_budget, spent = f->time < f->account.ends ? f->account.spent : 0;

	return budget > spent ? budget - spent : 0;
}

static bool above_a_limit(struct plan *p, const struct pool_plan *x)
{
	const struct pool_facts *f = &p->facts;
	const struct pool_payment *most = NULL;

	if (p->options.has_budget && u256_cmp(p->total.sum, p->options.budget) > 0)
		return over(&p->total, PLAN_BUDGET, p->options.budget);
	for (size_t i = 0; i < x->n; i++)
		if (!most || x->p[i].pay > most->pay)
			most = &x->p[i];
	if (most && most->pay > f->params.batch_budget) {
		p->total.worker = intern_str(&p->workers, p->entry[most->entry].worker);
		p->total.pay = base_units(most->pay);
		return over(&p->total, PLAN_BATCH, base_units(f->params.batch_budget));
	}
	return x->sum > left(f) && over(&p->total, PLAN_PERIOD, base_units(left(f)));
}

/* ---- writing ---- */

static void emit_payment(struct plan *p, struct pool_payment *x, const char *policy, struct buf *b, struct sink *out)
{
	const struct plan_entry *s = &p->entry[x->entry];
	uint32_t mult[4];
	char id[67];

	plan_payment_hash(STR(""), intern_str(&p->epochs, s->epoch), intern_str(&p->workers, s->worker), x->id, id);
	buf_reset(b);
	plan_put_payment(b, p, s, id);
	json_put_kuint(b, "index", x->work.index);
	if (x->work.index) {
		pool_mult(&p->facts.params, s->score_bp, s->bonus_bp, &p->lane[s->worker].lane, mult);
		json_put_kuint(b, "mult_score_bp", mult[0]);
		json_put_kuint(b, "mult_bonus_bp", mult[1]);
		json_put_kuint(b, "mult_newcomer_bp", mult[2]);
		json_put_kuint(b, "mult_doubted_bp", mult[3]);
	}
	if (words[x->why])
		json_put_kstr(b, "why", str_of(words[x->why]));
	plan_end_payment(b, base_units(x->pay), policy);
	out->line(out->ctx, buf_str(b));
	p->total.payments++;
	p->total.paid += x->pay != 0;
}

/* How many of those that are left go into one batch. */
static size_t batch_size(const struct plan *p, const struct pool_plan *x, size_t from)
{
	uint64_t budget = p->facts.params.batch_budget, sum = 0;
	size_t n_words = 0, i = from;

	for (; i < x->n_order; i++) {
		const struct pool_payment *q = &x->p[x->order[i]];
		bool opens = i == from || x->p[x->order[i - 1]].work.index / 4 != q->work.index / 4;
		if ((opens && n_words == WORDS_MOST) || q->pay > budget - sum)
			break;
		n_words += opens;
		sum += q->pay;
	}
	return i - from;
}

static void put_hex(struct buf *b, const char *key, const void *p, size_t n)
{
	json_put_key(b, key);
	buf_adds(b, "\"0x");
	hex_put(b, p, n);
	buf_addc(b, '"');
}

/* Workspace for one batch. */
struct room {
	struct work work[4 * WORDS_MOST];
	uint8_t id[4 * WORDS_MOST][32];
	struct buf words, line;
};

static void emit_batch(struct plan *p, const struct pool_plan *x, size_t from, size_t n, const uint8_t log_root[32],
		       struct room *r, struct sink *out)
{
	uint8_t hash[32], id[32];
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct pool_payment *q = &x->p[x->order[from + i]];
		r->work[i] = q->work;
		memcpy(r->id[i], q->id, 32);
		sum += q->pay;
	}
	buf_reset(&r->words);
	words_put(&r->words, r->work, n);
	words_hash(buf_str(&r->words), hash);
	plan_batch_id(p->facts.at.chain, &p->facts.at.pool, buf_str(&r->words), (const uint8_t (*)[32])r->id, n, id);
	buf_reset(&r->line);
	buf_adds(&r->line, "{\"kind\":\"batch\"");
	put_hex(&r->line, "id", id, 32);
	put_hex(&r->line, "data_hash", hash, 32);
	put_hex(&r->line, "log_root", log_root, 32);
	put_hex(&r->line, "words", r->words.p, r->words.n);
	json_put_key(&r->line, "total");
	buf_addc(&r->line, '"');
	u256_put_dec(&r->line, base_units(sum));
	buf_addc(&r->line, '"');
	json_put_key(&r->line, "payments");
	for (size_t i = 0; i < n; i++) {
		buf_adds(&r->line, i ? ",\"0x" : "[\"0x");
		hex_put(&r->line, r->id[i], 32);
		buf_addc(&r->line, '"');
	}
	buf_adds(&r->line, "]}");
	out->line(out->ctx, buf_str(&r->line));
	p->total.batches++;
}

static void emit_all(struct plan *p, struct pool_plan *x, struct sink *out)
{
	struct room *r = mem_zalloc(1, sizeof *r);
	char policy[32];
	uint8_t root[32];

	snprintf(policy, sizeof policy, "pool:%llu", (unsigned long long)p->facts.params.version);
	logroot_get(&p->log, root);
	plan_put_run(&r->line, p);
	out->line(out->ctx, buf_str(&r->line));
	for (size_t i = 0; i < x->n; i++)
		emit_payment(p, &x->p[i], policy, &r->line, out);
	for (size_t i = 0, n; i < x->n_order; i += n) {
		n = batch_size(p, x, i);
		BUG_ON(n == 0);         /* nobody's pay is above the budget of a batch: above_a_limit */
		emit_batch(p, x, i, n, root, r, out);
	}
	buf_release(&r->words);
	buf_release(&r->line);
	free(r);
}

bool plan_pool_run(struct plan *p, uint32_t epoch, struct sink *out, struct err *e)
{
	struct pool_plan x = { 0 };
	bool good = check_facts(p, e) && amounts(p, epoch, &x, e) && sort_workers(p, &x, e);

	p->total.sum = base_units(x.sum);
	if (good && !above_a_limit(p, &x))
		emit_all(p, &x, out);
	free(x.p);
	free(x.order);
	return good;
}
