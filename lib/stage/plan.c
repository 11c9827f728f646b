#include "stage/plan-in.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "hash/keccak256.h"
#include "json/write.h"

static void *create(void)
{
	return mem_zalloc(1, sizeof(struct plan));
}

static void destroy(void *stage)
{
	struct plan *p = stage;

	intern_release(&p->workers);
	intern_release(&p->epochs);
	intern_release(&p->pairs);
	arena_release(&p->scratch);
	free(p->entry);
	free(p->lane);
	free(p->has_lane);
	free(p);
}

static bool take(void *stage, struct str kind, const struct json_record *r, struct err *e)
{
	struct plan *p = stage;
	struct rec_score s;

	p->conflict = false;
	arena_reset(&p->scratch);
	if (!str_is(kind, "score"))
		return plan_pool_take(p, kind, r, e);
	if (!rec_score(r, &p->scratch, &s, e))
		return false;
	uint32_t pair[2] = { intern(&p->workers, s.worker), intern(&p->epochs, s.epoch) };
	p->conflict = intern(&p->pairs, (struct str){ (const char *)pair, sizeof pair }) < p->n;
	if (p->conflict)
		return err_set(e, "a second score for worker \"%.*s\" in epoch \"%.*s\"", STR_FMT(s.worker),
		               STR_FMT(s.epoch));
	if (p->n == p->cap) {
		p->cap = mem_grow(p->cap, p->n + 64);
		p->entry = mem_realloc(p->entry, p->cap, sizeof *p->entry);
	}
	p->entry[p->n++] = (struct plan_entry){
		.worker = pair[0], .epoch = pair[1], .verified = s.verified, .units = s.units, .gold_trials = s.gold_trials,
		.score_bp = (uint16_t)s.score_bp, .bonus_bp = (uint16_t)s.bonus_bp,
	};
	return true;
}

/* Facts are of a moment: the same work has the same root, whoever plans it, and whenever. */
static void line(void *stage, struct str kind, struct str text)
{
	if (!str_is(kind, "chain") && !str_is(kind, "lane"))
		logroot_add(&((struct plan *)stage)->log, text);
}

/* ---- options ------------------------------------------------------------------ */

void plan_set(void *stage, const struct plan_options *o)
{
	((struct plan *)stage)->options = *o;
}

static void put_common(struct buf *b, const struct plan_options *o)
{
	json_put_key(b, "epoch");
	if (o->epoch[0])
		json_put_string(b, str_of(o->epoch));
	else
		buf_adds(b, "null");
	json_put_key(b, "budget");
	if (o->has_budget) {
		buf_addc(b, '"');
		u256_put_dec(b, o->budget);
		buf_addc(b, '"');
	} else {
		buf_adds(b, "null");
	}
}

void plan_options_put(struct buf *b, const struct plan_options *o)
{
	buf_addc(b, '{');
	if (o->pool)
		json_put_kstr(b, "mode", STR("pool"));
	put_common(b, o);
	if (o->pool) {
		json_put_key(b, "deployment");
		pool_place_put(b, &o->place);
	} else {
		json_put_kstr(b, "over", str_of(o->prorate ? "prorate" : "fail"));
		json_put_key(b, "policy");
		policy_put(b, &o->policy);
	}
	buf_addc(b, '}');
}

static bool text_or_null(const struct json_field *f, const char *name, struct err *e)
{
	if (f && f->type != JSON_STRING && f->type != JSON_NULL)
		return err_set(e, "options: field \"%s\": expected a string or null", name);
	return true;
}

static bool read_common(const struct json_record *r, struct arena *a, struct plan_options *o, struct err *e)
{
	const struct json_field *epoch = json_get(r, STR("epoch")), *budget = json_get(r, STR("budget"));

	if (!text_or_null(epoch, "epoch", e) || !text_or_null(budget, "budget", e))
		return false;
	if (epoch && epoch->type == JSON_STRING) {
		struct str s = json_text(epoch, a);
		if (s.n > REC_ID_MAX)
			return err_set(e, "options: field \"epoch\" is too long");
		memcpy(o->epoch, s.p, s.n);
	}
	if (budget && budget->type == JSON_STRING) {
		o->has_budget = true;
		if (!u256_from_dec(budget->raw, &o->budget, e))
			return err_prefix(e, "options: budget: ");
	}
	return true;
}

static bool read_transfer(const struct json_record *r, struct plan_options *o, struct err *e)
{
	const struct json_field *over = json_get(r, STR("over")), *policy = json_get(r, STR("policy"));

	if (!policy || policy->type != JSON_OBJECT)
		return err_set(e, "options: field \"policy\" is missing");
	if (!policy_read(policy->raw, &o->policy, e))
		return err_prefix(e, "options: policy: ");
	o->prorate = over && over->type == JSON_STRING && str_is(over->raw, "prorate");
	if (over && !o->prorate && !(over->type == JSON_STRING && str_is(over->raw, "fail")))
		return err_set(e, "options: field \"over\": expected fail or prorate");
	return true;
}

static bool read_options(const struct json_record *r, struct arena *a, struct plan_options *o, struct err *e)
{
	const struct json_field *mode = json_get(r, STR("mode")), *place = json_get(r, STR("deployment"));

	if (!read_common(r, a, o, e))
		return false;
	if (!mode)
		return read_transfer(r, o, e);
	o->pool = mode->type == JSON_STRING && str_is(mode->raw, "pool");
	if (!o->pool)
		return err_set(e, "options: field \"mode\": expected pool");
	if (!place)
		return err_set(e, "options: field \"deployment\" is missing");
	return pool_place_read(place, &o->place, e) || err_prefix(e, "options: deployment: ");
}

static bool configure(void *stage, const struct json_field *options, struct err *e)
{
	struct plan *p = stage;
	struct json_record r = { 0 };

	memset(&p->options, 0, sizeof p->options);
	arena_reset(&p->scratch);
	bool good = json_read(&r, options->raw, e) && read_options(&r, &p->scratch, &p->options, e);
	json_record_release(&r);
	return good;
}

/* ---- computing ------------------------------------------------------------------ */

static void hash_part(struct keccak256 *k, const void *p, size_t n)
{
	uint8_t len[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	keccak256_update(k, len, sizeof len);
	keccak256_update(k, p, n);
}

void plan_payment_hash(struct str campaign, struct str epoch, struct str worker, uint8_t hash[32], char out[67])
{
	static const char digits[] = "0123456789abcdef";
	struct keccak256 k;

	keccak256_init(&k);
	hash_part(&k, "lbl-payment", 11);
	hash_part(&k, campaign.p, campaign.n);
	hash_part(&k, epoch.p, epoch.n);
	hash_part(&k, worker.p, worker.n);
	keccak256_final(&k, hash);
	memcpy(out, "0x", 2);
	for (size_t i = 0; i < 32; i++) {
		out[2 + 2 * i] = digits[hash[i] >> 4];
		out[3 + 2 * i] = digits[hash[i] & 15];
	}
	out[66] = '\0';
}

void plan_payment_id(struct str campaign, struct str epoch, struct str worker, char out[67])
{
	uint8_t hash[32];

	plan_payment_hash(campaign, epoch, worker, hash, out);
}

void plan_batch_id(uint64_t chain, const struct address *pool, struct str words, const uint8_t (*payment)[32], size_t n,
		   uint8_t out[32])
{
	struct keccak256 k;
	uint8_t number[8];

	for (size_t i = 0; i < 8; i++)
		number[i] = (uint8_t)(chain >> (56 - 8 * i));
	keccak256_init(&k);
	hash_part(&k, "lbl-batch", 9);
	hash_part(&k, number, sizeof number);
	hash_part(&k, pool->b, sizeof pool->b);
	hash_part(&k, words.p, words.n);
	for (size_t i = 0; i < n; i++)
		hash_part(&k, payment[i], 32);
	keccak256_final(&k, out);
}

/* Epochs of the scores that are not left out; *epoch is one of them. */
static size_t count_epochs(const struct plan *p, uint32_t *epoch)
{
	bool *seen = mem_zalloc(p->epochs.n, sizeof *seen);
	size_t n = 0;

	*epoch = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *s = &p->entry[i];
		if (s->left_out || seen[s->epoch])
			continue;
		seen[s->epoch] = true;
		*epoch = s->epoch;
		n++;
	}
	free(seen);
	return n;
}

/* Which epoch is to be paid: the one asked for, or the only one. */
static bool choose_epoch(const struct plan *p, uint32_t *epoch, struct err *e)
{
	if (p->options.epoch[0]) {
		*epoch = intern_find(&p->epochs, str_of(p->options.epoch));
		if (*epoch == INTERN_NONE)
			return err_set(e, "no score of epoch \"%s\"", p->options.epoch);
		return true;
	}
	size_t n = p->epochs.n;
	if (p->made && p->options.pool)
		n = count_epochs(p, epoch);
	else
		*epoch = 0;
	if (n > 1)
		return err_set(e, "scores of %zu epochs: choose one with --epoch", n);
	return true;
}

void plan_leave_out(void *stage, bool (*made)(void *ctx, struct str id), void *ctx)
{
	struct plan *p = stage;

	p->made = made;
	p->made_ctx = ctx;
}

static void leave_out(struct plan *p)
{
	uint32_t epoch = p->options.epoch[0] ? intern_find(&p->epochs, str_of(p->options.epoch)) : INTERN_NONE;
	bool any = false;
	char id[67];

	for (size_t i = 0; i < p->n; i++) {
		struct plan_entry *s = &p->entry[i];
		plan_payment_id(STR(""), intern_str(&p->epochs, s->epoch), intern_str(&p->workers, s->worker), id);
		s->left_out = p->made && p->options.pool && p->made(p->made_ctx, str_of(id));
		any = any || (!s->left_out && (epoch == INTERN_NONE || epoch == s->epoch));
	}
	for (size_t i = 0; i < p->n && !any; i++)
		p->entry[i].left_out = false;
}

/* What a policy looks at of a score: units stand for labels that count. */
static struct rec_score score_of(const struct plan_entry *s)
{
	return (struct rec_score){ .verified = s->units, .units = s->units, .score_bp = s->score_bp, .bonus_bp = s->bonus_bp,
				   .gold_trials = s->gold_trials };
}

static bool payable(struct str worker, struct err *e)
{
	struct address a;
	struct err why;

	if (!address_parse(worker, &a, &why))
		return err_set(e, "worker \"%.*s\" is not an address and cannot be paid", STR_FMT(worker));
	if (address_is_zero(&a))
		return err_set(e, "worker %.*s is the zero address and cannot be paid", STR_FMT(worker));
	return true;
}

static bool amounts(const struct plan *p, uint32_t epoch, struct u256 *amount, struct u256 *sum, struct err *e)
{
	*sum = U256_ZERO;
	for (size_t i = 0; i < p->n; i++) {
		const struct plan_entry *s = &p->entry[i];
		struct rec_score score = score_of(s);
		struct str worker = intern_str(&p->workers, s->worker);
		if (s->epoch != epoch)
			continue;
		if (!policy_amount(&p->options.policy, &score, &amount[i], e))
			return err_prefix(e, "worker \"%.*s\": ", STR_FMT(worker));
		if (!u256_is_zero(amount[i]) && !payable(worker, e))
			return false;
		if (!u256_add(sum, *sum, amount[i]))
			return err_set(e, "the sum of the payments is out of range");
	}
	return true;
}

/* Scale to the budget: floor(budget * amount / sum); the dust stays in the pool. */
static bool prorate(const struct plan *p, struct u256 *amount, struct u256 *sum, struct err *e)
{
	struct u256 whole = *sum;

	*sum = U256_ZERO;
	for (size_t i = 0; i < p->n; i++)
		if (!u256_mul_div(&amount[i], amount[i], p->options.budget, whole) ||
		    !u256_add(sum, *sum, amount[i]))
			return err_set(e, "the budget is out of range");
	return true;
}

void plan_put_run(struct buf *b, const struct plan *p)
{
	stage_put_run(b, stage_plan.tool);
	plan_options_put(b, &p->options);
	buf_addc(b, '}');
}

void plan_put_payment(struct buf *b, const struct plan *p, const struct plan_entry *s, const char *id)
{
	buf_adds(b, "{\"kind\":\"payment\"");
	json_put_kstr(b, "id", str_of(id));
	json_put_kstr(b, "epoch", intern_str(&p->epochs, s->epoch));
	json_put_kstr(b, "worker", intern_str(&p->workers, s->worker));
	json_put_kuint(b, "verified", s->verified);
	if (s->units != s->verified)
		json_put_kuint(b, "units", s->units);
	json_put_kuint(b, "score_bp", s->score_bp);
	json_put_kuint(b, "bonus_bp", s->bonus_bp);
}

void plan_end_payment(struct buf *b, struct u256 amount, const char *policy)
{
	json_put_key(b, "amount");
	buf_addc(b, '"');
	u256_put_dec(b, amount);
	buf_addc(b, '"');
	json_put_kstr(b, "policy", str_of(policy));
	buf_addc(b, '}');
}

static void emit_payment(const struct plan *p, const struct plan_entry *s, struct u256 amount, const char *policy,
                         struct buf *b, struct sink *out)
{
	struct str worker = intern_str(&p->workers, s->worker), epoch = intern_str(&p->epochs, s->epoch);
	struct rec_score score = score_of(s);
	uint32_t m_score, m_bonus;
	char id[67];

	plan_payment_id(str_of(p->options.policy.campaign), epoch, worker, id);
	policy_mult(&p->options.policy, &score, &m_score, &m_bonus);
	buf_reset(b);
	plan_put_payment(b, p, s, id);
	json_put_kuint(b, "mult_score_bp", m_score);
	json_put_kuint(b, "mult_bonus_bp", m_bonus);
	plan_end_payment(b, amount, policy);
	out->line(out->ctx, buf_str(b));
}

static void emit_all(struct plan *p, uint32_t epoch, const struct u256 *amount, struct sink *out)
{
	struct buf b = BUF_INIT;
	char policy[17];

	policy_id(&p->options.policy, policy);
	plan_put_run(&b, p);
	out->line(out->ctx, buf_str(&b));
	for (size_t i = 0; i < p->n; i++) {
		if (p->entry[i].epoch != epoch)
			continue;
		emit_payment(p, &p->entry[i], amount[i], policy, &b, out);
		p->total.payments++;
		p->total.paid += !u256_is_zero(amount[i]);
	}
	buf_release(&b);
}

static bool run_transfer(struct plan *p, uint32_t epoch, struct sink *out, struct err *e)
{
	struct u256 *amount = mem_zalloc(p->n, sizeof *amount);
	bool good = amounts(p, epoch, amount, &p->total.sum, e);

	if (good && p->options.has_budget && u256_cmp(p->total.sum, p->options.budget) > 0) {
		if (p->options.prorate)
			good = prorate(p, amount, &p->total.sum, e);
		else
			p->total.over = true;
	}
	if (good && !p->total.over)
		emit_all(p, epoch, amount, out);
	free(amount);
	return good;
}

static bool run(void *stage, struct sink *out, struct err *e)
{
	struct plan *p = stage;
	uint32_t epoch;

	memset(&p->total, 0, sizeof p->total);
	if (p->made)
		leave_out(p);
	if (!choose_epoch(p, &epoch, e))
		return false;
	return p->options.pool ? plan_pool_run(p, epoch, out, e) : run_transfer(p, epoch, out, e);
}

struct plan_total plan_total(const void *stage)
{
	return ((const struct plan *)stage)->total;
}

size_t plan_workers(const void *stage, struct str **out)
{
	const struct plan *p = stage;
	bool *seen = mem_zalloc(p->workers.n, sizeof *seen);
	size_t n = 0;

	*out = mem_alloc(p->workers.n, sizeof **out);
	for (size_t i = 0; i < p->n; i++) {
		uint32_t w = p->entry[i].worker;
		if (!seen[w])
			(*out)[n++] = intern_str(&p->workers, w);
		seen[w] = true;
	}
	free(seen);
	return n;
}

bool plan_conflict(const void *stage)
{
	return ((const struct plan *)stage)->conflict;
}

const struct stage_class stage_plan = {
	.tool = "lbl-payout",
	.create = create,
	.destroy = destroy,
	.take = take,
	.line = line,
	.configure = configure,
	.run = run,
};
