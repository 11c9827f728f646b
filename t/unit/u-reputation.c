/* reputation: the moving average as the pool has it, the Beta reputation, findings, what is carried over */
#include "stage/score-reputation.h"

#include "json/write.h"
#include "tap.h"

static const struct reputation_options plain = { true, 5000, 0 }, fines = { true, 5000, 3000 };

static struct json_record rec;

static const struct json_record *read(const char *text)
{
	struct err e;

	if (!json_read(&rec, str_of(text), &e)) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return &rec;
}

/* ---- the moving average -------------------------------------------------------------------- */

/* the rule in words: a sixteenth of the way, rounded towards the score */
static uint32_t towards(uint32_t r, uint32_t score)
{
	uint32_t way = score > r ? score - r : r - score, step = way / 16 + (way % 16 != 0);

	return score > r ? r + step : r - step;
}

static void test_average(void)
{
	bool same = true, arrives = true, still = true;

	for (uint32_t r = 0; r <= 10000; r += 7)
		for (uint32_t s = 0; s <= 10000; s += 13) {
			struct reputation now = reputation_step((struct reputation){ true, r, { 0, 0 } },
				&plain, s, 1, 0, 0);
			same = same && now.bp == towards(r, s);
			still = still && reputation_step((struct reputation){ true, r, { 0, 0 } },
				&plain, s, 0, 0, 0).bp == r;
		}
	ok(same, "a sixteenth of the way, rounded towards the score");
	ok(still, "no units, no move");
	/* by the pool's line for 5000: (15 (5000 + 1) + 10000) / 16 = 5313, and (15 5000) / 16 = 4687 */
	struct reputation fresh = { false, 0, { 0, 0 } };
	ok(reputation_step(fresh, &plain, 10000, 3, 0, 0).bp == 5313 && reputation_step(fresh,
	   &plain, 0, 3, 0, 0).bp == 4687,
	   "from the start");
	for (uint32_t s = 0; s <= 10000; s += 2500) {
		struct reputation r = fresh;
		for (int i = 0; i < 200; i++)
			r = reputation_step(r, &plain, s, 1, 0, 0);
		arrives = arrives && r.bp == s;
	}
	ok(arrives, "in the end it arrives there, at 0 too, and does not start again");
}

/* ---- Beta ------------------------------------------------------------------------------------ */

static void test_beta(void)
{
	struct reputation r = { false, 0, { 0, 0 } };

	r = reputation_step(r, &plain, 0, 0, 8, 2);
	ok(r.beta.pos == 8000000 && r.beta.neg == 2000000, "evidence of an epoch");
	r = reputation_step(r, &plain, 0, 0, 0, 1);
	ok(r.beta.pos == 7200000 && r.beta.neg == 2800000, "which fades by a tenth");
	struct buf b = BUF_INIT;
	struct reputations none = { 0 };
	buf_addc(&b, '{');
	reputation_put(&b, &none, &plain, 0, 10000, 1, 8, 2);
	/* (8 + 1) / (8 + 2 + 2) */
	is_str(buf_str(&b), "{\"reputation_bp\":5313,\"beta\":[8000000,2000000],\"beta_bp\":7500", "as members");
	buf_release(&b);
	for (int i = 0; i < 2000; i++)
		r = reputation_step(r, &plain, 0, 0, UINT32_MAX, UINT32_MAX);
	ok(r.beta.pos < (uint64_t)1 << 52 && r.beta.pos > (uint64_t)1 << 51, "never beyond what can be read again");
}

/* ---- from day to day -------------------------------------------------------------------------- */

static void test_carried(void)
{
	struct reputations r = { 0 };
	struct buf b = BUF_INIT;
	struct err e;
	bool good;

	good = reputation_score(&r, 5, read("{\"reputation_bp\":700,\"beta\":[3000000,0]}"), &e) &&
	       reputation_score(&r, 2, read("{\"score_bp\":1}"), &e);
	reputation_sort(&r);
	buf_addc(&b, '{');
	reputation_put(&b, &r, &plain, 5, 700, 1, 0, 0);
	reputation_put(&b, &r, &plain, 2, 0, 0, 0, 0);
	reputation_put(&b, &r, &plain, 77, 0, 0, 0, 0);
	ok(good, "scores are read, with and without");
	is_str(buf_str(&b),
		"{\"reputation_bp\":700,\"beta\":[2700000,0],\"beta_bp\":7872,\"reputation_bp\":5000,\"beta\":[0,0],"
	       "\"beta_bp\":5000,\"reputation_bp\":5000,\"beta\":[0,0],\"beta_bp\":5000", "and continued from");
	buf_release(&b);
	reputations_release(&r);
}

static void refuses(const char *text, const char *why)
{
	struct reputations r = { 0 };
	struct err e = { .msg = "" };

	bool good = reputation_score(&r, 0, read(text), &e);
	if (!ok(!good && !strcmp(e.msg, why) && r.n == 0 && r.n_named == 0, "refuses %s", text))
		printf("# %s\n", e.msg);
	reputations_release(&r);
}

static void test_bad(void)
{
	const char *bp = "field \"reputation_bp\": expected a whole number from 0 to 10000",
	           *beta = "field \"beta\": expected two whole numbers below 2^52",
	           *findings = "field \"findings\": expected an array of ids, 16 hex digits each";

	refuses("{\"reputation_bp\":10001,\"beta\":[0,0]}", bp);
	refuses("{\"reputation_bp\":0.5,\"beta\":[0,0]}", bp);
	refuses("{\"reputation_bp\":\"1\",\"beta\":[0,0]}", bp);
	refuses("{\"reputation_bp\":1}", "field \"beta\" is missing");
	refuses("{\"reputation_bp\":1,\"beta\":[0]}", beta);
	refuses("{\"reputation_bp\":1,\"beta\":[0,0,0]}", beta);
	refuses("{\"reputation_bp\":1,\"beta\":[0,-1]}", beta);
	refuses("{\"reputation_bp\":1,\"beta\":[4503599627370496,0]}", beta);
	refuses("{\"reputation_bp\":1,\"beta\":{}}", beta);
	refuses("{\"reputation_bp\":1,\"beta\":[0,0],\"findings\":[\"0123456789abcde\"]}", findings);
	refuses("{\"reputation_bp\":1,\"beta\":[0,0],\"findings\":[\"0123456789abcdeF\"]}", findings);
	refuses("{\"reputation_bp\":1,\"beta\":[0,0],\"findings\":{}}", findings);
}

/* ---- findings ------------------------------------------------------------------------------------ */

static void names(const char *text, const char *want)
{
	struct arena a = { 0 };

	is_str(reputation_names(read(text), &a), want, text);
	arena_release(&a);
}

#define ABOUT "{\"rule\":\"R01\",\"subject\":{\"kind\":\"worker\",\"worker\":\"w\"},\"text\":\"one\"}"

static void test_findings(void)
{
	struct reputations r = { 0 };
	struct buf b = BUF_INIT, again = BUF_INIT;
	struct err e;

	names(ABOUT, "w");
	names("{\"rule\":\"copy\",\"subject\":{\"kind\":\"worker\",\"worker\":\"w\"}}", "");
	names("{\"rule\":\"alarm\",\"subject\":{\"kind\":\"worker\",\"worker\":\"w\"}}", "");
	names("{\"rule\":\"x\",\"subject\":{\"kind\":\"payment\",\"worker\":\"w\"}}", "");
	names("{\"rule\":\"x\",\"subject\":{\"kind\":\"worker\",\"worker\":7}}", "");
	names("{\"rule\":\"x\",\"subject\":\"w\"}", "");
	names("{\"rule\":\"x\"}", "");
	names("{\"subject\":{\"kind\":\"worker\",\"worker\":\"0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED\"}}",
	      "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
	reputation_finding(&r, 1, read(ABOUT));
	reputation_finding(&r, 1, read("{\"rule\":\"R01\",\"subject\":{\"kind\":\"worker\",\"worker\":\"w\"},\"text\":\"two\"}"));
	reputation_finding(&r, 1, read(ABOUT));
	reputation_finding(&r, 3, read(ABOUT));
	reputation_sort(&r);
	ok(reputation_fined(&r, &fines, 1, 9001) == 9001 * 4000 / 10000, "two findings, the third is the first again");
	ok(reputation_fined(&r, &fines, 3, 10000) == 7000 && reputation_fined(&r, &fines, 2, 10000) == 10000,
	   "one, and none");
	ok(reputation_fined(&r, &plain, 1, 10000) == 10000, "no penalty: told only");
	ok(reputation_fined(&r, &(struct reputation_options){ true, 5000, 10000 }, 1, 10000) == 0,
	   "no less than nothing");
	buf_addc(&b, '{');
	reputation_put(&b, &r, &fines, 1, 0, 0, 0, 0);
	buf_addc(&b, '}');
	reputations_release(&r);
	/* the next day: the findings are in the stream, or not, and cost nothing more */
	for (int there = 0; there < 2; there++) {
		bool good = reputation_score(&r, 1, read(b.p), &e);
		if (there)
			reputation_finding(&r, 1, read(ABOUT));
		reputation_sort(&r);
		buf_reset(&again);
		buf_addc(&again, '{');
		reputation_put(&again, &r, &fines, 1, 0, 0, 0, 0);
		buf_addc(&again, '}');
		ok(good && reputation_fined(&r, &fines, 1, 10000) == 10000, "fined once");
		is_str(buf_str(&again), b.p, "and never forgotten");
		reputations_release(&r);
	}
	buf_release(&b);
	buf_release(&again);
}

int main(void)
{
	test_average();
	test_beta();
	test_carried();
	test_bad();
	test_findings();
	json_record_release(&rec);
	return done();
}
