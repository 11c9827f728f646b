/* integer rewards: every shared vector, bounds, and the laws that pay depends on */
#include "score/reward.h"

#include "math/rng.h"
#include "sets.h"

static u128 big(const cJSON *j, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(j, key);
	u128 r = 0;

	if (cJSON_IsNumber(v))
		return (u128)v->valuedouble;
	for (const char *p = v->valuestring; *p; p++)
		r = r * 10 + (unsigned)(*p - '0');
	return r;
}

static uint32_t u32(const cJSON *j, const char *key)
{
	return (uint32_t)big(j, key);
}

struct tally {
	int n[7], bad[7], chained;
	struct reward_rep rep[64], more[64];
	uint32_t forget[64];
};

static const char *const names[7] = { "wilson_lb_bp", "linear_bp", "pay", "prop", "slash", "ema", "beta_rep" };

static bool prop_line(const cJSON *j)
{
	uint32_t w[64];
	u128 out[64], dust, sum = 0;
	size_t n = 0;
	const cJSON *x;
	bool right = true;

	cJSON_ArrayForEach(x, cJSON_GetObjectItem(j, "weights"))
		w[n++] = (uint32_t)x->valuedouble;
	if (!reward_prop(big(j, "budget"), w, n, out, &dust) || dust != big(j, "dust"))
		return false;
	for (size_t i = 0; i < n; i++) {
		u128 want = 0;
		for (const char *p = cJSON_GetArrayItem(cJSON_GetObjectItem(j, "out"), (int)i)->valuestring; *p; p++)
			want = want * 10 + (unsigned)(*p - '0');
		right = right && out[i] == want;
		sum += out[i];
	}
	return right && sum + dust == big(j, "budget");
}

/* the r and s of a line are the state after its evidence */
static bool rep_line(struct tally *t, const cJSON *j)
{
	struct reward_rep r = { (uint64_t)big(j, "r"), (uint64_t)big(j, "s") };
	int i = t->n[6];
	uint32_t bp;

	t->rep[i] = r;
	t->more[i] = (struct reward_rep){ (uint64_t)big(j, "pos"), (uint64_t)big(j, "neg") };
	t->forget[i] = u32(j, "forget_bp");
	return reward_rep_bp(&r, &bp) && bp == u32(j, "out");
}

static void vector(const cJSON *j, void *ctx)
{
	struct tally *t = ctx;
	const char *f = cJSON_GetObjectItem(j, "f")->valuestring;
	uint32_t v = 0;
	uint64_t q = 0;
	u128 m = 0;
	bool right = false;
	int k = 0;

	while (k < 6 && strcmp(f, names[k]))
		k++;
	switch (k) {
	case 0:
		right = reward_wilson_lb_bp((uint64_t)big(j, "k"), (uint64_t)big(j, "n"), u32(j, "z2_micro"), &v) &&
		        v == u32(j, "out");
		break;
	case 1:
		right = reward_linear_bp(u32(j, "q"), u32(j, "lo"), u32(j, "hi"), u32(j, "m0"), u32(j, "m1"), &v) &&
		        v == u32(j, "out");
		break;
	case 2:
		right = reward_pay(big(j, "price"), u32(j, "units"), u32(j, "mult_bp"), &m) && m == big(j, "out") &&
		        reward_pay2(big(j, "price"), u32(j, "units"), u32(j, "mult_bp"), 10000, &m) ==
		        (big(j, "price") >> 72 == 0) && m == big(j, "out");
		break;
	case 3:
		right = prop_line(j);
		break;
	case 4:
		right = reward_slash(big(j, "stake"), u32(j, "severity_bp"), u32(j, "rate_bp"), &m) && m == big(j, "out");
		break;
	case 5:
		right = reward_ema((uint64_t)big(j, "R"), (uint64_t)big(j, "s"), u32(j, "lambda_bp"), &q) &&
		        q == big(j, "out");
		break;
	default:
		right = rep_line(t, j);
	}
	t->n[k]++;
	t->bad[k] += !right;
}

static void test_vectors(void)
{
	const char *path = shared_or_skip("cases/rewards.ndjson");
	static struct tally t;

	if (!path)
		return;
	each_line(path, vector, &t);
	for (int k = 0; k < 7; k++)
		ok(t.n[k] > 0 && t.bad[k] == 0, "%s: %d vectors", names[k], t.n[k]);
	/* the beta_rep lines are shuffled steps of one history: find each one's predecessor */
	for (int i = 0; i < t.n[6]; i++)
		for (int k = 0; k < t.n[6]; k++) {
			struct reward_rep r = t.rep[k];
			t.chained += reward_rep_add(&r, t.more[i].pos, t.more[i].neg, t.forget[i]) &&
			             r.pos == t.rep[i].pos && r.neg == t.rep[i].neg;
		}
	ok(t.chained >= 14, "beta_rep: %d steps lead from one line to another", t.chained);
}

static void test_wilson(void)
{
	uint32_t v = 7, w, x;

	ok(reward_wilson_lb_bp(0, 0, REWARD_Z2_95, &v) && v == 0, "no evidence: 0");
	ok(reward_wilson_lb_bp(1, 1, REWARD_Z2_95, &v) && v == 2698 &&
	   reward_wilson_lb_bp(5, 5, REWARD_Z2_95, &v) && v == 6488 &&
	   reward_wilson_lb_bp(95, 100, REWARD_Z2_95, &v) && v == 9008, "1/1, 5/5, 95/100");
	ok(!reward_wilson_lb_bp(2, 1, REWARD_Z2_95, &v) && !reward_wilson_lb_bp(0, (uint64_t)1 << 32, REWARD_Z2_95, &v) &&
	   !reward_wilson_lb_bp(0, 1, 0, &v) && !reward_wilson_lb_bp(0, 1, 1 << 24, &v) && v == 9008,
	   "out of bounds: false, out untouched");

	bool rises = true, whole = true, splits = true;
	for (uint32_t n = 1; n <= 60; n++)
		for (uint32_t k = 0; k <= n; k++) {
			reward_wilson_lb_bp(k, n, REWARD_Z2_95, &v);
			reward_wilson_lb_bp(k ? k - 1 : 0, n, REWARD_Z2_95, &w);
			rises = rises && w <= v && v * (uint64_t)n <= (uint64_t)k * 10000;
			whole = whole && reward_wilson_credit_lb_bp((uint64_t)k * 10000, n, REWARD_Z2_95, &x) && x == v;
			/* two halves of one identity never get more than the whole */
			if (k % 2 == 0 && n % 2 == 0) {
				reward_wilson_lb_bp(k / 2, n / 2, REWARD_Z2_95, &w);
				splits = splits && w <= v;
			}
		}
	ok(rises, "never falls with k, never above k/n");
	ok(whole, "full credits are hits");
	ok(splits, "splitting an identity in two never pays");
	ok(reward_wilson_credit_lb_bp((uint64_t)8388607 * 5000, 8388607, REWARD_Z2_95, &v) && v == 4997 &&
	   !reward_wilson_credit_lb_bp(1, 8388608, REWARD_Z2_95, &v) &&
	   !reward_wilson_credit_lb_bp(10001, 1, REWARD_Z2_95, &v), "partial credit at its bounds");
}

static void test_simple(void)
{
	static const struct reward_step steps[] = { { 6000, 8000 }, { 7500, 10000 }, { 8500, 11500 } };
	static const struct reward_step wrong[] = { { 6000, 8000 }, { 6000, 10000 } };
	uint32_t a, b, c, d, e;

	ok(reward_step_bp(5999, steps, 3, &a) && a == 0 && reward_step_bp(6000, steps, 3, &b) && b == 8000 &&
	   reward_step_bp(8499, steps, 3, &c) && c == 10000 && reward_step_bp(10000, steps, 3, &d) && d == 11500 &&
	   reward_step_bp(1, NULL, 0, &e) && e == 0 && !reward_step_bp(1, wrong, 2, &a), "steps");
	ok(reward_linear_bp(500, 500, 8000, 2000, 10000, &a) && a == 2000 &&
	   reward_linear_bp(8000, 500, 8000, 2000, 10000, &b) && b == 10000 &&
	   reward_linear_bp(7, 7, 7, 1, 2, &c) && c == 2 && reward_linear_bp(6, 7, 7, 1, 2, &d) && d == 0 &&
	   !reward_linear_bp(1, 2, 1, 0, 0, &e) && !reward_linear_bp(1, 1, 2, 3, 2, &e), "linear");
	ok(reward_beta_mean_bp(0, 0, 1, 1, &a) && a == 5000 && reward_beta_mean_bp(9, 10, 1, 1, &b) && b == 8333 &&
	   !reward_beta_mean_bp(0, 0, 0, 0, &c) && !reward_beta_mean_bp(2, 1, 1, 1, &c), "beta mean");
}

static void test_money(void)
{
	u128 top = ((u128)1 << 72) - 1, m = 0, out[3], dust;
	uint32_t max = (1 << 15) - 1, units = (1 << 24) - 1;
	static const uint32_t none[3], w[3] = { 1, 1, 1 };
	uint64_t q;

	ok(reward_pay2(3, 1, 5000, 20000, &m) && m == 3, "one division: two chained would give 2");
	ok(reward_pay2(19999, 3, 5001, 5001, &m) && m == 15005 && reward_pay(19999, 3, 5001, &m) && m == 30004,
	   "pay by hand");
	ok(reward_pay2(top, units, max, max, &m) && m == top * units * max * max / 100000000, "the largest of all");
	ok(!reward_pay((u128)1 << 88, 1, 1, &m) && reward_pay(((u128)1 << 88) - 1, units, max, &m) &&
	   !reward_pay2(top + 1, 1, 1, 1, &m) && !reward_pay(1, units + 1, 1, &m) && !reward_pay(1, 1, max + 1, &m) &&
	   !reward_pay2(1, 1, 1, max + 1, &m), "out of bounds");
	ok(reward_prop(100, w, 3, out, &dust) && out[0] == 33 && out[2] == 33 && dust == 1, "thirds");
	ok(!reward_prop(100, none, 3, out, &dust) && !reward_prop((u128)1 << 96, w, 3, out, &dust) &&
	   !reward_prop(100, w, 0, out, &dust), "no weight, too much money, nobody");
	ok(reward_slash(((u128)1 << 96) - 1, 10000, 10000, &m) && m == ((u128)1 << 96) - 1 &&
	   !reward_slash(1, 10001, 1, &m) && !reward_slash(1, 1, 10001, &m) && !reward_slash((u128)1 << 96, 1, 1, &m),
	   "slash");
	ok(reward_ema((uint64_t)1 << 32, (uint64_t)1 << 32, 10000, &q) && q == (uint64_t)1 << 32 &&
	   !reward_ema(((uint64_t)1 << 32) + 1, 0, 1, &q) && !reward_ema(0, 0, 10001, &q), "ema");
	struct reward_rep r = { ((uint64_t)1 << 53) - 1, 0 };
	ok(!reward_rep_add(&r, 1, 0, 10000) && r.pos == ((uint64_t)1 << 53) - 1 && r.neg == 0 &&
	   !reward_rep_add(&r, 0, 0, 10001) && reward_rep_add(&r, 5, 6, 0) && r.pos == 5 && r.neg == 6,
	   "reputation: overflow refused, forgetting all");
}

static void test_pay4(void)
{
	enum { MAX = (1 << 15) - 1, UNITS = (1 << 24) - 1 };
	const uint64_t top = ((uint64_t)1 << 40) - 1;
	static const uint32_t half[4] = { 5000, 20000, 10000, 10000 }, most[4] = { MAX, MAX, MAX, MAX };
	u128 m = 0, n = 0;

	ok(reward_pay4(3, 1, half, &m) && m == 3, "four multipliers, one division");
	/* rate 1000, 100 units, 1.15, all, half, a quarter */
	static const uint32_t hand[4] = { 11500, 10000, 5000, 2500 };
	ok(reward_pay4(1000, 100, hand, &m) && m == 14375, "pay of four by hand");
	ok(reward_pay4(top, UNITS, most, &m) && m == (u128)top * UNITS * MAX * MAX * MAX * MAX / 10000000000000000u,
	   "the largest of all four");
	bool refused = !reward_pay4(top + 1, 1, half, &m) && !reward_pay4(1, UNITS + 1, half, &m);
	for (int i = 0; i < 4; i++) {
		uint32_t mult[4] = { 1, 1, 1, 1 };
		mult[i] = MAX + 1;
		refused = refused && !reward_pay4(1, 1, mult, &m);
	}
	ok(refused && m == (u128)top * UNITS * MAX * MAX * MAX * MAX / 10000000000000000u, "four out of bounds, out untouched");

	struct rng r;
	bool same = true;
	rng_seed(&r, 5);
	for (int k = 0; k < 20000; k++) {
		uint32_t mult[4] = { (uint32_t)rng_below(&r, MAX), (uint32_t)rng_below(&r, MAX), REWARD_ONE, REWARD_ONE };
		uint64_t rate = rng_next(&r) >> (24 + rng_below(&r, 40));
		uint32_t units = (uint32_t)rng_below(&r, UNITS);
		same = same && reward_pay4(rate, units, mult, &m) && reward_pay2(rate, units, mult[0], mult[1], &n) && m == n;
	}
	ok(same, "two multipliers of one are two fewer");
}

/* shares of random budgets: the pot exactly, nobody above the exact share */
static void test_pot(void)
{
	struct rng r;
	bool right = true;
	u128 out[50], dust;
	uint32_t w[50];

	rng_seed(&r, 4);
	for (int k = 0; k < 20000; k++) {
		u128 budget = ((u128)(rng_next(&r) >> 32) << 64 | rng_next(&r)) >> rng_below(&r, 96), sum = 0, total = 0;
		size_t n = 1 + (size_t)rng_below(&r, 50);
		for (size_t i = 0; i < n; i++) {
			w[i] = (uint32_t)(rng_next(&r) >> (32 + rng_below(&r, 32)));
			total += w[i];
		}
		if (!total)
			continue;
		right = right && reward_prop(budget, w, n, out, &dust) && dust < n;
		for (size_t i = 0; i < n; i++)
			sum += out[i];
		right = right && sum + dust == budget;
	}
	ok(right, "shares and dust sum to the pot, dust below the number of shares");
}

int main(void)
{
	test_vectors();
	test_wilson();
	test_simple();
	test_money();
	test_pay4();
	test_pot();
	return done();
}
