/* the plan stage: ids of payments, budgets, and that a replay of its run record plans the same */
#include "stage/plan.h"

#include "math/rng.h"
#include "tap.h"

static void take(void *stage, const char *line)
{
	struct json_record r = { 0 };
	struct err e;

	if (!json_read(&r, str_of(line), &e) || !stage_plan.take(stage, STR("score"), &r, &e))
		ok(false, "%s: %s", line, e.msg);
	json_record_release(&r);
}

static void take_score(void *stage, uint64_t worker, const char *epoch, uint64_t verified)
{
	char line[400];

	snprintf(line, sizeof line, "{\"kind\":\"score\",\"worker\":\"0x%040llx\",\"epoch\":\"%s\",\"labels\":9,"
	         "\"verified\":%llu,\"rejected\":0,\"pending\":0,\"score_bp\":5000,\"bonus_bp\":0}",
	         (unsigned long long)worker, epoch, (unsigned long long)verified);
	take(stage, line);
}

static void collect(void *ctx, struct str line)
{
	buf_addstr(ctx, line);
	buf_addc(ctx, '\n');
}

static struct buf planned(void *stage)
{
	struct buf out = BUF_INIT;
	struct sink sink = { .line = collect, .ctx = &out };
	struct err e;

	if (!stage_plan.run(stage, &sink, &e))
		buf_addf(&out, "error: %s", e.msg);
	return out;
}

static struct plan_options options_of(const char *policy)
{
	struct plan_options o = { 0 };
	struct err e;

	if (!policy_read(str_of(policy), &o.policy, &e))
		ok(false, "%s", e.msg);
	return o;
}

/* made with: cast keccak 0x... of the lengths and bytes, laid out by hand */
static void ids(void)
{
	char id[67];

	plan_payment_id(STR(""), STR("2026-11"), STR("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"), id);
	is_str(str_of(id), "0x759a04ea05c4cd76ec6374ea85aa5bd4fc58e244ac567a6d2a7d5628b7f24175", "id of a payment");
	plan_payment_id(STR("spring"), STR("2026-11"), STR("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"), id);
	is_str(str_of(id), "0x4716f0fdba50d344cbb55dc7f5042ef58ead1590221c96ea270b65d88ca0d8ae", "in a campaign");
}

static void no_ids_collide(void)
{
	const struct str part[] = { STR(""), STR("a"), STR("ab"), STR("b"), STR("aba") };
	enum { N = 5 };
	char id[N * N * N][67];
	int n = 0, same = 0;

	for (int i = 0; i < N * N * N; i++, n++) {
		plan_payment_id(part[i / N / N], part[i / N % N], part[i % N], id[n]);
		for (int j = 0; j < n; j++)
			same += memcmp(id[j], id[n], 67) == 0;
	}
	ok(same == 0, "text moved from one field to the next gives another id");
}

/* floor of each share: the sum is at most the budget, and misses it by less than one unit a payment */
static void prorate(void)
{
	struct rng r;
	int bad = 0;

	rng_seed(&r, 7);
	for (int round = 0; round < 300; round++) {
		struct plan_options o = options_of("{\"rate\":\"4722366482869645213695\",\"pay\":\"flat\"}");
		void *stage = stage_plan.create();
		uint64_t n = 1 + rng_below(&r, 40);
		struct u256 full, slack;
		for (uint64_t i = 0; i < n; i++)
			take_score(stage, i + 1, "e", 1 + rng_below(&r, (1 << 24) - 1));
		plan_set(stage, &o);
		struct buf out = planned(stage);
		full = plan_total(stage).sum;
		buf_release(&out);
		o.has_budget = o.prorate = true;
		u256_mul_div(&o.budget, full, u256_of(rng_below(&r, 1000000)), u256_of(1000000));
		plan_set(stage, &o);
		out = planned(stage);
		struct plan_total t = plan_total(stage);
		if (t.over || t.payments != n || !u256_sub(&slack, o.budget, t.sum) || u256_cmp(slack, u256_of(n)) >= 0)
			bad++;
		buf_release(&out);
		stage_plan.destroy(stage);
	}
	ok(bad == 0, "300 budgets prorated: at most the budget, and close to it (%d bad)", bad);
}

static void budget_of_everything(void)
{
	struct plan_options o = options_of("{\"rate\":\"1\",\"pay\":\"flat\"}");
	void *stage = stage_plan.create();

	take_score(stage, 1, "e", 3);
	o.has_budget = o.prorate = true;
	o.budget = U256_MAX;
	plan_set(stage, &o);
	struct buf out = planned(stage);
	ok(strstr(out.p, "\"amount\":\"3\"") != NULL, "the largest budget of all changes nothing");
	buf_release(&out);
	stage_plan.destroy(stage);
}

/* what a run record holds is all that an auditor needs */
static void replay(void)
{
	struct plan_options o = options_of("{\"rate\":\"1000\",\"pay\":\"stepped\",\"steps\":[[1,2],[5000,7777]],"
	                                   "\"campaign\":\"c\\u0022\"}");
	void *stage = stage_plan.create(), *auditor = stage_plan.create();
	struct json_record r = { 0 };
	struct buf text = BUF_INIT;
	struct err e;

	for (uint64_t i = 0; i < 20; i++) {
		take_score(stage, 1000 - i, i % 2 ? "odd" : "even", i * i);
		take_score(auditor, 1000 - i, i % 2 ? "odd" : "even", i * i);
	}
	memcpy(o.epoch, "odd", 4);
	o.has_budget = o.prorate = true;
	o.budget = u256_of(77777);
	plan_set(stage, &o);
	struct buf first = planned(stage), again = planned(stage);
	ok(first.n > 0 && str_eq(buf_str(&first), buf_str(&again)), "running it twice gives the same bytes");
	size_t line = strcspn(first.p, "\n");
	bool good = json_read(&r, (struct str){ first.p, line }, &e);
	const struct json_field *options = good ? json_get(&r, STR("options")) : NULL;
	ok(options && stage_plan.configure(auditor, options, &e), "its run record configures another stage");
	plan_options_put(&text, &o);
	is_str(options->raw, text.p, "options as written");
	struct buf theirs = planned(auditor);
	ok(str_eq(buf_str(&first), buf_str(&theirs)), "which plans the same bytes");
	buf_release(&theirs);
	buf_release(&first);
	buf_release(&again);
	buf_release(&text);
	json_record_release(&r);
	stage_plan.destroy(stage);
	stage_plan.destroy(auditor);
}

static void bad_options(void)
{
	static const struct { const char *text, *want; } bad[] = {
		{ "{}", "options: field \"policy\" is missing" },
		{ "{\"policy\":7}", "options: field \"policy\" is missing" },
		{ "{\"policy\":{\"rate\":\"1\"}}", "options: policy: field \"pay\" is missing" },
		{ "{\"policy\":{\"rate\":\"1\",\"pay\":\"flat\"},\"budget\":\"1.5\"}", NULL },
		{ "{\"policy\":{\"rate\":\"1\",\"pay\":\"flat\"},\"budget\":7}",
		  "options: field \"budget\": expected a string or null" },
		{ "{\"policy\":{\"rate\":\"1\",\"pay\":\"flat\"},\"over\":\"pay\"}",
		  "options: field \"over\": expected fail or prorate" },
		{ "{\"policy\":{\"rate\":\"1\",\"pay\":\"flat\"},\"epoch\":[]}",
		  "options: field \"epoch\": expected a string or null" },
	};
	void *stage = stage_plan.create();

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct json_field f = { .raw = str_of(bad[i].text), .type = JSON_OBJECT };
		struct err e = { "accepted", 0 };
		bool good = stage_plan.configure(stage, &f, &e);
		ok(!good && (!bad[i].want || str_is(str_of(e.msg), bad[i].want)), "%s: %s", bad[i].text, e.msg);
	}
	stage_plan.destroy(stage);
}

static void second_score(void)
{
	static const char one[] = "{\"worker\":\"w\",\"epoch\":\"e\",\"labels\":1,\"verified\":1,\"rejected\":0,"
	                          "\"pending\":0,\"score_bp\":1,\"bonus_bp\":1}";
	void *stage = stage_plan.create();
	struct json_record r = { 0 };
	struct err e;

	take(stage, one);
	ok(!plan_conflict(stage), "the first score");
	ok(json_read(&r, str_of(one), &e) && !stage_plan.take(stage, STR("score"), &r, &e), "the second is refused");
	is_str(str_of(e.msg), "a second score for worker \"w\" in epoch \"e\"", "and named");
	ok(plan_conflict(stage), "as a contradiction");
	ok(json_read(&r, STR("{\"worker\":\"w\"}"), &e) && !stage_plan.take(stage, STR("score"), &r, &e) &&
	   !plan_conflict(stage), "a score without its fields is merely bad");
	json_record_release(&r);
	stage_plan.destroy(stage);
}

int main(void)
{
	ids();
	no_ids_collide();
	prorate();
	budget_of_everything();
	replay();
	bad_options();
	second_score();
	return done();
}
