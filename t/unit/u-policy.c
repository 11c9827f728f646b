/* policies: read, written back, named, and the amounts against a slow obvious version */
#include "stage/policy.h"

#include "math/rng.h"
#include "tap.h"

static struct policy policy_of(const char *text)
{
	struct policy p;
	struct err e;

	if (!policy_read(str_of(text), &p, &e))
		ok(false, "%s: %s", text, e.msg);
	return p;
}

/* ---- text ---- */

static void canonical(const char *text, const char *want)
{
	struct policy p = policy_of(text), again;
	struct buf b = BUF_INIT, c = BUF_INIT;
	struct err e;

	policy_put(&b, &p);
	is_str(buf_str(&b), want, "canonical text");
	bool same = policy_read(buf_str(&b), &again, &e);
	policy_put(&c, &again);
	ok(same && str_eq(buf_str(&b), buf_str(&c)), "reads back to the same");
	buf_release(&b);
	buf_release(&c);
}

/* the first 16 digits of: cast keccak TEXT */
static void ids(void)
{
	struct policy p = policy_of(" { \"pay\" : \"flat\",\n\"rate\":\"1000\" } ");
	char id[17];

	policy_id(&p, id);
	is_str(str_of(id), "eb8cafe3d35c1e24", "id of a flat policy");
	p = policy_of("{\"campaign\":\"spring\",\"probation_bp\":5000,\"min_gold\":20,\"bonus\":[4000,9000,0,11000],"
	              "\"steps\":[[6500,5000],[7500,7500]],\"pay\":\"stepped\",\"rate\":\"250000000000000000\"}");
	policy_id(&p, id);
	is_str(str_of(id), "e21035b90bcc65a6", "id of one with everything");
}

/* ---- amounts ---- */

/* floor(rate units m1 m2 / 10^8) in 256 bits, the multipliers read off the policy's text */
static struct u256 slow_amount(const struct policy *p, const struct rec_score *s)
{
	uint64_t m = 10000, k = 10000;
	struct u256 v = { { (uint64_t)p->rate, (uint64_t)(p->rate >> 64), 0, 0 } };

	if (p->pay == POLICY_THRESHOLD && s->score_bp < p->threshold_bp)
		m = 0;
	if (p->pay == POLICY_STEPPED) {
		m = 0;
		for (size_t i = 0; i < p->n_steps; i++)
			if (s->score_bp >= p->step[i].at)
				m = p->step[i].mult;
	}
	if (s->gold_trials < p->min_gold)
		m = p->probation_bp;
	if (p->has_bonus) {
		const uint32_t *b = p->bonus;
		k = s->bonus_bp < b[0] ? 0 : s->bonus_bp >= b[1] ? b[3] :
		    b[2] + (uint64_t)(b[3] - b[2]) * (s->bonus_bp - b[0]) / (b[1] - b[0]);
	}
	if (!u256_mul(&v, v, u256_of(s->verified)) || !u256_mul(&v, v, u256_of(m * k)) ||
	    !u256_divmod_u64(&v, NULL, v, 100000000))
		ok(false, "the slow version overflows");
	return v;
}

static struct policy random_policy(struct rng *r)
{
	struct policy p = { .rate = ((u128)rng_next(r) << 64 | rng_next(r)) >> (56 + rng_below(r, 70)) };
	uint32_t at = 0;

	p.pay = (enum policy_pay)rng_below(r, 3);
	p.threshold_bp = (uint32_t)rng_below(r, 10001);
	for (p.n_steps = 0; p.pay == POLICY_STEPPED && p.n_steps < 1 + rng_below(r, POLICY_STEPS); p.n_steps++) {
		at += 1 + (uint32_t)rng_below(r, 600);
		p.step[p.n_steps] = (struct reward_step){ at, (uint32_t)rng_below(r, 32768) };
	}
	p.has_bonus = rng_below(r, 2);
	p.bonus[0] = (uint32_t)rng_below(r, 9000);
	p.bonus[1] = p.bonus[0] + 1 + (uint32_t)rng_below(r, 5000);
	p.bonus[2] = (uint32_t)rng_below(r, 20000);
	p.bonus[3] = p.bonus[2] + (uint32_t)rng_below(r, 12000);
	p.min_gold = rng_below(r, 3) * 10;
	p.probation_bp = (uint32_t)rng_below(r, 10001);
	return p;
}

static void random_amounts(void)
{
	int bad = 0, not_monotone = 0;
	struct rng r;

	rng_seed(&r, 5);
	for (int i = 0; i < 200000; i++) {
		struct policy p = random_policy(&r);
		struct rec_score s = { .verified = rng_below(&r, 1 << 24), .score_bp = rng_below(&r, 10001),
		                       .bonus_bp = rng_below(&r, 10001), .gold_trials = rng_below(&r, 25) };
		struct u256 got, more;
		struct err e;
		if (!policy_amount(&p, &s, &got, &e) || u256_cmp(got, slow_amount(&p, &s)) != 0)
			bad++;
		s.bonus_bp = s.bonus_bp < 9000 ? s.bonus_bp + rng_below(&r, 1000) : 10000;
		if (!policy_amount(&p, &s, &more, &e) || u256_cmp(more, got) < 0)
			not_monotone++;
	}
	ok(bad == 0, "200000 random policies and scores: floor of one exact division (%d wrong)", bad);
	ok(not_monotone == 0, "a better bonus never pays less (%d)", not_monotone);
}

static void limits(void)
{
	struct policy p = policy_of("{\"rate\":\"4722366482869645213695\",\"pay\":\"stepped\",\"steps\":[[0,32767]],"
	                            "\"bonus\":[0,1,32767,32767]}");
	struct rec_score s = { .verified = (1 << 24) - 1, .score_bp = 10000, .bonus_bp = 10000 };
	struct u256 got;
	struct err e;

	ok(policy_amount(&p, &s, &got, &e) && u256_cmp(got, slow_amount(&p, &s)) == 0, "the most that can be paid");
	s.verified++;
	ok(!policy_amount(&p, &s, &got, &e), "one label more is refused");
	is_str(str_of(e.msg), "field \"verified\": must be below 2^24", "and said");
}

static void garbage(void)
{
	static const char good[] = "{\"rate\":\"12\",\"pay\":\"stepped\",\"steps\":[[1,2],[3,4]],\"bonus\":[1,2,3,4],"
	                           "\"min_gold\":1,\"probation_bp\":2,\"campaign\":\"c\\u00e9\"}";
	char text[sizeof good];
	struct policy p;
	struct err e;
	struct rng r;
	int read = 0;

	rng_seed(&r, 6);
	for (int i = 0; i < 100000; i++) {
		memcpy(text, good, sizeof good);
		for (int j = 0; j < 3; j++)
			text[rng_below(&r, sizeof good - 1)] = (char)("0123456789[]{},:\"\\ra\xff"[rng_below(&r, 22)]);
		read += policy_read((struct str){ text, rng_below(&r, sizeof good) }, &p, &e);
	}
	ok(true, "100000 broken policies, %d of them still readable, and no crash", read);
}

int main(void)
{
	canonical("{\"kind\":\"policy\",\"pay\":\"threshold\",\"threshold_bp\":0,\"rate\":\"0\"}",
	          "{\"rate\":\"0\",\"pay\":\"threshold\",\"threshold_bp\":0}");
	canonical("{\"steps\":[ [0 ,1],[10000,32767] ],\"pay\":\"stepped\",\"rate\":\"7\",\"campaign\":\"a\\u0022b\"}",
	          "{\"rate\":\"7\",\"pay\":\"stepped\",\"steps\":[[0,1],[10000,32767]],\"campaign\":\"a\\\"b\"}");
	canonical("{\"rate\":\"7\",\"pay\":\"flat\",\"min_gold\":0,\"probation_bp\":9}", "{\"rate\":\"7\",\"pay\":\"flat\"}");
	ids();
	random_amounts();
	limits();
	garbage();
	return done();
}
