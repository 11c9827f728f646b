/* claim-plan - the stage that counts: what a night's scores come to by hand, on top of other nights, what it refuses,
 * its limits and its replay; the same bytes for any number of threads */
#include "math/rng.h"
#include "stage/claim-plan.h"
#include "tap.h"
#include "terms.h"

static struct err last_error;

static bool give(void *stage, struct str line)
{
	struct json_record r = { 0 };

	bool good = json_read(&r, line, &last_error);
	good = good && stage_claim_plan.take(stage, json_get(&r, STR("kind"))->raw, &r, &last_error);
	if (good)
		stage_claim_plan.line(stage, json_get(&r, STR("kind"))->raw, line);
	json_record_release(&r);
	return good;
}

static void give_all(void *stage, const struct buf *lines)
{
	struct str rest = buf_str(lines);

	while (rest.n) {
		size_t n = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p);
		if (!give(stage, (struct str){ rest.p, n }))
			ok(false, "%.*s: %s", (int)(n < 300 ? n : 300), rest.p, last_error.msg);
		rest.p += n + 1;
		rest.n -= n + 1;
	}
}

static void put_score(struct buf *b, uint64_t worker, const char *epoch, uint64_t verified, unsigned score, unsigned bonus)
{
	buf_addf(b, "{\"kind\":\"score\",\"worker\":\"0x%040llx\",\"epoch\":\"%s\",\"labels\":%llu,\"verified\":%llu,\"rejected\":0,"
	         "\"pending\":0,\"score_bp\":%u,\"bonus_bp\":%u}\n", (unsigned long long)worker, epoch, (unsigned long long)verified,
	         (unsigned long long)verified, score, bonus);
}

static void put_lane(struct buf *b, uint64_t worker, uint64_t index, bool banned)
{
	buf_addf(b, "{\"kind\":\"lane\",\"worker\":\"0x%040llx\",\"index\":%llu,\"banned\":%s,\"credit\":\"0\",\"batches\":0,"
	         "\"reputation_bp\":5000}\n", (unsigned long long)worker, (unsigned long long)index, banned ? "true" : "false");
}

static void put_facts(struct buf *b)
{
	struct claims_facts f = { .chain = 31337, .block = 9, .terms = terms };

	f.claims.b[19] = 0x77;
	claims_facts_put(b, &f);
	buf_addc(b, '\n');
}

static void collect(void *ctx, struct str line)
{
	buf_addstr(ctx, line);
	buf_addc(ctx, '\n');
}

/* what a stage makes of these lines */
static struct buf plan(const struct buf *in, const char *epoch, unsigned threads, struct claim_total *total)
{
	void *stage = stage_claim_plan.create();
	struct claim_options o = { .threads = threads };
	struct buf out = BUF_INIT;
	struct sink sink = { .line = collect, .ctx = &out };
	struct err e;

	memcpy(o.epoch, epoch, strlen(epoch));
	claim_plan_set(stage, &o);
	give_all(stage, in);
	if (!stage_claim_plan.run(stage, &sink, &e)) {
		buf_reset(&out);
		buf_addf(&out, "error: %s", e.msg);
	}
	if (total)
		*total = claim_plan_total(stage);
	stage_claim_plan.destroy(stage);
	return out;
}

static bool has(const struct buf *b, const char *text)
{
	return b->n && strstr(b->p, text) != NULL;
}

enum { CROWD = 40000 };

static void put_crowd(struct buf *b, const char *epoch, uint64_t seed, bool lanes)
{
	struct rng g;

	rng_seed(&g, seed);
	for (uint64_t w = 1; w <= CROWD; w++) {
		uint64_t v = rng_below(&g, 300);
		unsigned s = (unsigned)rng_below(&g, 10001), c = (unsigned)rng_below(&g, 10001);
		if (lanes)
			put_lane(b, w, w % 1000 == 999 ? 0 : w * 2, w % 777 == 5);
		if (rng_below(&g, 3))
			put_score(b, w, epoch, v, s, c);
	}
}

/* A log that has grown has another root; everything else of a rerun is as it was. */
static void hide_log_roots(struct buf *b)
{
	static const char name[] = "\"log_root\":\"0x";

	for (char *p = b->p; (p = strstr(p, name)) != NULL; p += sizeof name)
		memset(p + sizeof name - 1, '.', 64);
}

/* The same bytes with any number of threads; and what is planned in two nights is what one night would plan of
 * the sums: the means are exact. */
static void crowd(void)
{
	struct buf first = BUF_INIT, second = BUF_INIT, again = BUF_INIT;
	struct claim_total t1, t2;

	put_facts(&first);
	put_crowd(&first, "d1", 1, true);
	struct buf one = plan(&first, "", 1, &t1), three = plan(&first, "", 3, &t2);
	ok(one.n > 1000000 && one.n == three.n && memcmp(one.p, three.p, one.n) == 0, "one thread and three write the same %zu bytes", one.n);
	ok(t1.groups == 10 && t1.strangers > 10 && t1.banned > 10 && t1.raised > 1000 && !t1.over && !t1.fell, "what is said of it");

	/* the records of the first night and the scores of the second are all that the second night needs */
	put_facts(&second);
	put_crowd(&second, "d2", 2, true);
	buf_addstr(&second, buf_str(&one));
	struct buf two = plan(&second, "", 0, &t2);
	ok(has(&two, "{\"kind\":\"counted\",\"epochs\":[\"d1\",\"d2\"],\"claims\":"), "two epochs are counted");
	ok(!t2.fell || t2.fell < t2.workers, "totals may fall with the mean, which is told: %llu", (unsigned long long)t2.fell);

	/* its own output as input: the same once more */
	buf_addstr(&again, buf_str(&second));
	buf_addstr(&again, buf_str(&two));
	struct buf rerun = plan(&again, "", 0, NULL);
	hide_log_roots(&two);
	hide_log_roots(&rerun);
	ok(rerun.n == two.n && memcmp(rerun.p, two.p, two.n) == 0, "planned again it is the same");
	struct buf bufs[] = { first, second, again, one, three, two, rerun };
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_release(&bufs[i]);
}

/* sums of small nights, by a pocket calculator */
static void carried(void)
{
	struct buf in = BUF_INIT, out, next;
	struct claim_total t;

	put_facts(&in);
	put_lane(&in, 1, 17, false);
	put_lane(&in, 2, 0, false);
	put_lane(&in, 3, 20, true);
	put_score(&in, 1, "d1", 10, 9000, 9000);
	put_score(&in, 2, "d1", 5, 9000, 9000);
	put_score(&in, 3, "d1", 7, 9000, 9000);
	out = plan(&in, "", 0, &t);
	ok(has(&out, "\"index\":17,\"units\":10,\"score_bp\":9000,\"bonus_bp\":9000,\"score_sum\":90000,\"bonus_sum\":90000,"
	       "\"mult_score_bp\":11500,\"mult_bonus_bp\":10000,\"total\":\"115000000000000000\",\"added\":\"115000000000000000\",\"root\":\"0x"),
	   "one worker's claim");
	ok(has(&out, "\"index\":0,\"units\":5,") && has(&out, "\"total\":\"0\",\"added\":\"0\",\"why\":\"not registered\"}"), "who has no number");
	ok(has(&out, "\"index\":20,\"units\":7,") && has(&out, "\"total\":\"0\",\"added\":\"0\",\"why\":\"banned\"}"), "who is banned");
	ok(t.workers == 3 && t.strangers == 1 && t.banned == 1 && t.groups == 1, "and how many");

	/* the next night: 1 worked badly, and has moved to account 9; 2 has a number now; 3 is banned no more */
	struct buf in2 = BUF_INIT;
	put_facts(&in2);
	buf_addstr(&in2, buf_str(&out));
	put_lane(&in2, 9, 17, false);
	put_lane(&in2, 1, 0, false);
	put_lane(&in2, 2, 21, false);
	put_lane(&in2, 3, 20, false);
	put_score(&in2, 9, "d2", 3, 2001, 9000);
	next = plan(&in2, "", 0, &t);
	/* (90000 + 6003) / 13 = 7384.8; 13 * 0.8 of a hundredth = 104000 millionths: less than before */
	ok(has(&next, "\"worker\":\"0x0000000000000000000000000000000000000009\",\"index\":17,\"units\":13,\"score_bp\":7384,\"bonus_bp\":9000,"
	       "\"score_sum\":96003,\"bonus_sum\":117000,\"mult_score_bp\":8000,\"mult_bonus_bp\":10000,\"total\":\"104000000000000000\",\"added\":\"0\""),
	   "work is carried with the number, and the mean is over all of it");
	ok(t.fell == 1, "a total that fell is told");
	ok(has(&next, "\"index\":21,\"units\":5,\"score_bp\":9000,\"bonus_bp\":9000,\"score_sum\":45000,\"bonus_sum\":45000,\"mult_score_bp\":11500,"
	       "\"mult_bonus_bp\":10000,\"total\":\"57500000000000000\",\"added\":\"57500000000000000\""), "work from before the number is paid");
	ok(has(&next, "\"index\":20,\"units\":7,\"score_bp\":9000,\"bonus_bp\":9000,\"score_sum\":63000,\"bonus_sum\":63000,\"mult_score_bp\":11500,"
	       "\"mult_bonus_bp\":10000,\"total\":\"80500000000000000\",\"added\":\"80500000000000000\""), "and from before the ban was lifted");
	ok(t.strangers == 0 && t.banned == 0 && t.workers == 3, "nobody is left over");
	buf_release(&in);
	buf_release(&in2);
	buf_release(&out);
	buf_release(&next);
}

static void is_refused(const struct buf *in, const char *epoch, const char *want)
{
	struct buf out = plan(in, epoch, 0, NULL), text = BUF_INIT;

	buf_addf(&text, "error: %s", want);
	is_str(buf_str(&out), text.p, want);
	buf_release(&out);
	buf_release(&text);
}

static void refusals(void)
{
	struct buf a = BUF_INIT, d1, d2, b = BUF_INIT;

	put_score(&a, 1, "d1", 10, 9000, 9000);
	is_refused(&a, "", "no claims record: \"lbl-payout facts\" makes one");
	put_facts(&a);
	is_refused(&a, "", "worker \"0x0000000000000000000000000000000000000001\" has no lane record: \"lbl-payout facts\" makes them");
	is_refused(&a, "d7", "no score of epoch \"d7\"");
	put_lane(&a, 1, 1, false);
	put_score(&a, 1, "d2", 10, 9000, 9000);
	is_refused(&a, "", "scores of several epochs that are not counted yet: choose one with --epoch");
	d1 = plan(&a, "d1", 0, NULL);
	buf_addstr(&b, buf_str(&a));
	buf_addstr(&b, buf_str(&d1));
	d2 = plan(&b, "", 0, NULL);
	ok(has(&d2, "[\"d1\",\"d2\"]") && has(&d2, "\"units\":20,"), "the only one that is left is chosen");
	buf_addstr(&b, buf_str(&d2));
	is_refused(&b, "d1", "epoch \"d1\" was counted before, and others after it");

	/* only the second night's records */
	buf_reset(&b);
	buf_addstr(&b, buf_str(&a));
	buf_addstr(&b, buf_str(&d2));
	is_refused(&b, "d2", "epoch \"d2\" was counted before, and what it was counted on top of is not here");

	/* a claim is missing; a claim is of other work; another score than was counted */
	buf_reset(&b);
	buf_addstr(&b, buf_str(&a));
	const char *cut = strstr(d1.p, "{\"kind\":\"claim\"");
	buf_add(&b, d1.p, (size_t)(cut - d1.p));
	is_refused(&b, "d2", "epoch \"d1\" had 1 claims, and 0 are here");
	void *stage = stage_claim_plan.create();
	struct buf one = BUF_INIT;
	give_all(stage, &d1);
	buf_add(&one, cut, (size_t)(strchr(cut, '\n') - cut));
	ok(give(stage, buf_str(&one)), "the same claim twice is one");
	*strstr(one.p, "\"units\":10") = '\0';
	buf_addf(&one, "%s", "");
	struct buf other = BUF_INIT;
	buf_addf(&other, "%s\"units\":11%s", one.p, strstr(cut, ",\"score_bp\""));
	*strchr(other.p, '\n') = '\0';
	ok(!give(stage, str_of(other.p)) && claim_plan_conflict(stage), "of other work it is a conflict");
	stage_claim_plan.destroy(stage);

	struct buf changed = BUF_INIT;
	put_facts(&changed);
	put_lane(&changed, 1, 1, false);
	put_score(&changed, 1, "d1", 11, 9000, 9000);
	buf_addstr(&changed, buf_str(&d1));
	is_refused(&changed, "d1", "epoch \"d1\" was counted before, and worker \"0x0000000000000000000000000000000000000001\" had done other work then");
	struct buf bufs[] = { a, b, d1, d2, one, other, changed };
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_release(&bufs[i]);
}

static void limits(void)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct sink sink = { .line = collect, .ctx = &out };
	struct claim_options o = { .has_budget = true, .budget = u256_of(114999999999999999) };
	void *stage = stage_claim_plan.create();
	struct err e;

	put_facts(&in);
	put_lane(&in, 1, 1, false);
	put_score(&in, 1, "d1", 10, 9000, 9000);
	give_all(stage, &in);
	claim_plan_set(stage, &o);
	ok(stage_claim_plan.run(stage, &sink, &e) && out.n == 0 && claim_plan_total(stage).over, "over the budget nothing is said");
	is_str(str_of(claim_plan_total(stage).why), "115000000000000000 base units would be added, and the budget is 114999999999999999", "but why");
	o = (struct claim_options){ .has_budget = true, .budget = u256_of(115000000000000000), .has_most = true,
	                            .most = u256_of(114999999999999999) };
	claim_plan_set(stage, &o);
	ok(stage_claim_plan.run(stage, &sink, &e) && out.n == 0 && claim_plan_total(stage).over, "over what one may get");
	o.most = u256_of(115000000000000000);
	claim_plan_set(stage, &o);
	ok(stage_claim_plan.run(stage, &sink, &e) && out.n > 0 && !claim_plan_total(stage).over, "just as much is within both");
	stage_claim_plan.destroy(stage);
	buf_release(&in);
	buf_release(&out);
}

/* a replay: what the run record says configures another stage to the same bytes */
static void replay(void)
{
	struct buf in = BUF_INIT, again = BUF_INIT;
	struct json_record r = { 0 };
	struct sink sink = { .line = collect, .ctx = &again };
	void *auditor = stage_claim_plan.create();
	struct err e;

	put_facts(&in);
	put_lane(&in, 1, 1, false);
	put_score(&in, 1, "d1", 10, 9000, 9000);
	struct buf out = plan(&in, "d1", 0, NULL);
	give_all(auditor, &in);
	ok(json_read(&r, (struct str){ out.p, strcspn(out.p, "\n") }, &e) &&
	   stage_claim_plan.configure(auditor, json_get(&r, STR("options")), &e) && stage_claim_plan.run(auditor, &sink, &e), "it runs");
	is_str(buf_str(&again), out.p, "an auditor's stage says the same");
	stage_claim_plan.destroy(auditor);
	json_record_release(&r);
	buf_release(&in);
	buf_release(&out);
	buf_release(&again);
}

int main(void)
{
	carried();
	refusals();
	limits();
	replay();
	crowd();
	return done();
}
