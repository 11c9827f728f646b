#include "stage/policy.h"

#include "base/hex.h"
#include "hash/keccak256.h"
#include "json/num.h"
#include "json/write.h"

/* What stands in the file, before it is checked for sense. */
struct text {
	struct str rate, pay;
	uint64_t threshold_bp;
	struct json_field steps, bonus;
	uint64_t min_gold, probation_bp;
	struct str campaign;
};

static const struct rec_field fields[] = {
	REC_FIELD(text, rate, REC_MONEY, true),
	REC_FIELD(text, pay, REC_STRING, true),
	REC_FIELD(text, threshold_bp, REC_BP, false),
	REC_FIELD(text, steps, REC_LIST, false),
	REC_FIELD(text, bonus, REC_LIST, false),
	REC_FIELD(text, min_gold, REC_COUNT, false),
	REC_FIELD(text, probation_bp, REC_COUNT, false),
	REC_FIELD(text, campaign, REC_STRING, false),
};
enum { N_FIELDS = sizeof fields / sizeof fields[0] };

static const char *const pay_name[] = { "flat", "threshold", "stepped" };

/* ---- reading ---------------------------------------------------------------- */

static bool known_fields_only(const struct json_record *r, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		bool known = str_is(r->field[i].key, "kind");
		for (size_t j = 0; j < N_FIELDS; j++)
			known = known || str_eq(r->field[i].key, fields[j].name);
		if (!known)
			return err_at(e, r->field[i].key_byte, "unknown field \"%.*s\"", STR_FMT(r->field[i].key));
	}
	return true;
}

/* exactly n whole numbers from 0 to most out of an array */
static bool read_ints(const struct json_field *list, uint32_t *out, size_t n, int64_t most, struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;
	size_t i = 0;

	while (json_next(&rest, &item)) {
		int64_t v;
		if (item.type != JSON_NUMBER || !num_parse_i64(item.raw, &v) || v < 0 || v > most)
			return err_set(e, "expected whole numbers from 0 to %lld", (long long)most);
		if (i < n)
			out[i] = (uint32_t)v;
		i++;
	}
	if (i != n)
		return err_set(e, "expected %zu numbers, got %zu", n, i);
	return true;
}

static bool read_steps(const struct json_field *list, struct policy *p, struct err *e)
{
	struct str rest = list->raw;
	struct json_field item;

	while (json_next(&rest, &item)) {
		uint32_t pair[2];
		if (item.type != JSON_ARRAY)
			return err_set(e, "field \"steps\": expected pairs such as [6500,5000]");
		if (!read_ints(&item, pair, 2, POLICY_MULT_MAX, e))
			return err_prefix(e, "field \"steps\": ");
		if (p->n_steps == POLICY_STEPS)
			return err_set(e, "field \"steps\": more than %d", POLICY_STEPS);
		if (pair[0] > 10000)
			return err_set(e, "field \"steps\": no score_bp is above 10000");
		if (p->n_steps && pair[0] <= p->step[p->n_steps - 1].at)
			return err_set(e, "field \"steps\": scores must rise");
		p->step[p->n_steps++] = (struct reward_step){ pair[0], pair[1] };
	}
	return true;
}

static bool read_rate(struct str s, struct policy *p, struct err *e)
{
	struct u256 v;

	if (!u256_from_dec(s, &v, e))
		return err_prefix(e, "field \"rate\": ");
	p->rate = (u128)v.w[1] << 64 | v.w[0];
	if (v.w[2] || v.w[3] || p->rate >> POLICY_RATE_BITS)
		return err_set(e, "field \"rate\": must be below 2^%d base units", POLICY_RATE_BITS);
	return true;
}

static bool read_pay(struct str s, struct policy *p, struct err *e)
{
	for (size_t i = 0; i < sizeof pay_name / sizeof pay_name[0]; i++)
		if (str_is(s, pay_name[i])) {
			p->pay = (enum policy_pay)i;
			return true;
		}
	return err_set(e, "field \"pay\": expected flat, threshold or stepped, got \"%.*s\"",
	               (int)(s.n > 40 ? 40 : s.n), s.p);
}

/* Each way to pay has its own field, and none of another's. */
static bool check_sense(const struct text *t, const struct policy *p, bool has_threshold, struct err *e)
{
	if (p->pay == POLICY_STEPPED && rec_has(&t->steps) && !p->n_steps)
		return err_set(e, "field \"steps\": is empty, so nobody would be paid");
	if ((p->pay == POLICY_THRESHOLD) != has_threshold)
		return err_set(e, has_threshold ? "field \"threshold_bp\" goes with \"pay\":\"threshold\""
		                                : "field \"threshold_bp\" is missing");
	if ((p->pay == POLICY_STEPPED) != rec_has(&t->steps))
		return err_set(e, rec_has(&t->steps) ? "field \"steps\" goes with \"pay\":\"stepped\""
		                                     : "field \"steps\" is missing");
	if (p->has_bonus && p->bonus[0] >= p->bonus[1])
		return err_set(e, "field \"bonus\": the first number must be below the second");
	if (p->has_bonus && p->bonus[2] > p->bonus[3])
		return err_set(e, "field \"bonus\": the third number must not be above the fourth");
	return true;
}

static bool fill(const struct json_record *r, const struct text *t, struct policy *p, struct err *e)
{
	if (!read_rate(t->rate, p, e) || !read_pay(t->pay, p, e))
		return false;
	p->threshold_bp = (uint32_t)t->threshold_bp;
	if (rec_has(&t->steps) && !read_steps(&t->steps, p, e))
		return false;
	p->has_bonus = rec_has(&t->bonus);
	if (p->has_bonus && !read_ints(&t->bonus, p->bonus, 4, POLICY_MULT_MAX, e))
		return err_prefix(e, "field \"bonus\": ");
	if (t->probation_bp > POLICY_MULT_MAX)
		return err_set(e, "field \"probation_bp\": more than %d", POLICY_MULT_MAX);
	p->min_gold = t->min_gold;
	p->probation_bp = (uint32_t)t->probation_bp;
	if (t->campaign.n > POLICY_CAMPAIGN)
		return err_set(e, "field \"campaign\": longer than %d bytes", POLICY_CAMPAIGN);
	memcpy(p->campaign, t->campaign.n ? t->campaign.p : "", t->campaign.n);
	bool min_gold = json_get(r, STR("min_gold")) != NULL, probation = json_get(r, STR("probation_bp")) != NULL;
	if (min_gold != probation)      /* one without the other would pay newcomers nothing, or all */
		return err_set(e, "field \"%s\" is missing", min_gold ? "probation_bp" : "min_gold");
	return check_sense(t, p, json_get(r, STR("threshold_bp")) != NULL, e);
}

bool policy_read(struct str json, struct policy *p, struct err *e)
{
	struct json_record r = { 0 };
	struct arena a = { 0 };
	struct text t;

	memset(&t, 0, sizeof t);
	memset(p, 0, sizeof *p);
	bool good = json_read(&r, json, e) && known_fields_only(&r, e) && rec_read(&r, fields, N_FIELDS, &a, &t, e) &&
	            fill(&r, &t, p, e);
	json_record_release(&r);
	arena_release(&a);
	return good;
}

/* ---- writing ---------------------------------------------------------------- */

static void put_list(struct buf *b, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_addc(b, i ? ',' : '[');
		buf_addu(b, v[i]);
	}
	buf_addc(b, ']');
}

void policy_put(struct buf *b, const struct policy *p)
{
	struct u256 rate = { { (uint64_t)p->rate, (uint64_t)(p->rate >> 64), 0, 0 } };

	buf_adds(b, "{\"rate\":\"");
	u256_put_dec(b, rate);
	buf_addc(b, '"');
	json_put_kstr(b, "pay", str_of(pay_name[p->pay]));
	if (p->pay == POLICY_THRESHOLD)
		json_put_kuint(b, "threshold_bp", p->threshold_bp);
	if (p->pay == POLICY_STEPPED) {
		json_put_key(b, "steps");
		buf_addc(b, '[');
		for (size_t i = 0; i < p->n_steps; i++) {
			if (i)
				buf_addc(b, ',');
			put_list(b, (uint32_t[]){ p->step[i].at, p->step[i].mult }, 2);
		}
		buf_addc(b, ']');
	}
	if (p->has_bonus) {
		json_put_key(b, "bonus");
		put_list(b, p->bonus, 4);
	}
	if (p->min_gold) {
		json_put_kuint(b, "min_gold", p->min_gold);
		json_put_kuint(b, "probation_bp", p->probation_bp);
	}
	if (p->campaign[0])
		json_put_kstr(b, "campaign", str_of(p->campaign));
	buf_addc(b, '}');
}

void policy_id(const struct policy *p, char out[17])
{
	struct buf text = BUF_INIT, hex = BUF_INIT;
	uint8_t hash[32];

	policy_put(&text, p);
	keccak256(text.p, text.n, hash);
	hex_put(&hex, hash, 8);
	memcpy(out, hex.p, 17);
	buf_release(&text);
	buf_release(&hex);
}

/* ---- paying ------------------------------------------------------------------- */

static uint32_t gate(const struct policy *p, const struct rec_score *s)
{
	uint32_t m = 10000;

	if (p->min_gold && s->gold_trials < p->min_gold)
		return p->probation_bp;
	if (p->pay == POLICY_THRESHOLD)
		return s->score_bp >= p->threshold_bp ? 10000 : 0;
	if (p->pay == POLICY_STEPPED)
		BUG_ON(!reward_step_bp((uint32_t)s->score_bp, p->step, p->n_steps, &m));
	return m;
}

void policy_mult(const struct policy *p, const struct rec_score *s, uint32_t *m_score, uint32_t *m_bonus)
{
	*m_score = gate(p, s);
	*m_bonus = 10000;
	if (p->has_bonus)
		BUG_ON(!reward_linear_bp((uint32_t)s->bonus_bp, p->bonus[0], p->bonus[1], p->bonus[2], p->bonus[3],
		                         m_bonus));
}

bool policy_amount(const struct policy *p, const struct rec_score *s, struct u256 *amount, struct err *e)
{
	uint32_t m_score, m_bonus;
	u128 v;

	policy_mult(p, s, &m_score, &m_bonus);
	if (s->verified >> POLICY_UNIT_BITS)
		return err_set(e, "field \"verified\": must be below 2^%d", POLICY_UNIT_BITS);
	if (!reward_pay2(p->rate, (uint32_t)s->verified, m_score, m_bonus, &v))
		return err_set(e, "the amount is out of range");
	*amount = (struct u256){ { (uint64_t)v, (uint64_t)(v >> 64), 0, 0 } };
	return true;
}
