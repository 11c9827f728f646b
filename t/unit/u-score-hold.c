/* rule hold through real records: night after night, each going on from what the one before has printed, gives to the integer what
 * score/rule.h gives for the whole log at once */
#include "tap.h"

#include "base/mem.h"
#include "json/num.h"
#include "json/record.h"
#include "json/write.h"
#include "math/rng.h"
#include "score/rule.h"
#include "stage/score.h"

enum { MANY = 400, WORKERS = 14, TASKS = 60, LABELS = 700, EPOCHS = 5 };

/* a log, and what is asked */
struct toy {
	struct rule_policy p;
	struct rule_log l;
	uint32_t task[LABELS], worker[LABELS], value[LABELS], epoch[LABELS], identity[WORKERS], gold[TASKS];
	bool end;
	bool whole;                     /* each night sees all that was ever printed; else only the last epoch's */
};

/* lines, by where each begins */
struct lines {
	struct buf text;
};

static uint32_t below(struct rng *g, uint32_t n)
{
	return (uint32_t)rng_below(g, n);
}

static void toy_policy(struct toy *o, struct rng *g)
{
	o->p = (struct rule_policy)RULE_POLICY_DEFAULT;
	rule_policy_test(&o->p, 8500, 5000, 100 + below(g, 2000), 500 + below(g, 3000));
	o->p.drift = 1500000 + (int32_t)below(g, 2000000);
	o->p.flags_stop = 1 + below(g, 2);
	o->p.join_below = below(g, 20);
	o->p.ca_ref = (uint32_t)1 << (29 + below(g, 3));
	o->p.peers_least = below(g, 8);
	o->p.alarm_least = 1 + below(g, 6);
	o->p.alarm_labels = below(g, 5);
	o->p.alarm_bp = below(g, 4) ? below(g, 3000) : below(g, 10001);
	o->p.copy_least = 5 + below(g, 12);
	o->p.copy_ppm = below(g, 2) ? 5000 : 250000;
	o->p.halt = below(g, 2);
}

/* what somebody else has said of the task in this epoch, if anybody has */
static void repeat_last(struct toy *o, uint32_t i)
{
	for (uint32_t k = i; k > 0 && o->epoch[k - 1] == o->epoch[i]; k--)
		if (o->task[k - 1] == o->task[i] && o->identity[o->worker[k - 1]] != 0) {
			o->value[i] = o->value[k - 1];
			return;
		}
}

/* Where only the last epoch's labels are carried on, no task has labels of epochs that are not neighbours. */
static void toy_init(struct toy *o, struct rng *g)
{
	uint32_t n_id = 2 + below(g, WORKERS - 2), values = 2 + below(g, 5), n_epochs = 1 + below(g, EPOCHS);
	bool noisy = below(g, 3) == 0;          /* gold is easy, the rest hard, and person 0 says what was said before */
	uint32_t n = noisy ? LABELS : n_epochs * (20 + below(g, LABELS / EPOCHS - 20)), care[WORKERS], share = TASKS / (EPOCHS + 1);

	memset(o, 0, sizeof *o);
	toy_policy(o, g);
	o->end = below(g, 2);
	o->whole = below(g, 2);
	for (uint32_t w = 0; w < WORKERS; w++) {
		o->identity[w] = w < n_id ? w : below(g, n_id);
		care[w] = below(g, 5) ? 75 + below(g, 25) : below(g, 60);
	}
	for (uint32_t t = 0; t < TASKS; t++)
		o->gold[t] = t % 3 ? RULE_NO_GOLD : t % values;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t e = i * n_epochs / n, t = o->whole ? below(g, TASKS) : e * share + below(g, 2 * share);
		o->worker[i] = below(g, WORKERS);
		o->task[i] = t;
		o->epoch[i] = e;
		bool easy = o->gold[t] != RULE_NO_GOLD || !noisy;
		o->value[i] = easy && below(g, 100) < care[o->worker[i]] ? t % values : below(g, values);
		if (noisy && o->identity[o->worker[i]] == 0)
			repeat_last(o, i);
	}
	o->l = (struct rule_log){ .n = n, .task = o->task, .worker = o->worker, .value = o->value, .epoch = o->epoch,
	                          .n_tasks = TASKS, .n_workers = WORKERS, .n_values = values, .n_epochs = n_epochs,
	                          .identity = o->identity, .n_identities = n_id, .gold = o->gold };
}

/* ---- the stage, a night ------------------------------------------------------------------ */

static void keep_line(void *ctx, struct str line)
{
	struct lines *to = ctx;

	buf_addstr(&to->text, line);
	buf_addc(&to->text, '\n');
}

static bool feed_line(void *stage, struct str line, struct err *e)
{
	struct json_record r = { 0 };
	bool good = json_read(&r, line, e);

	if (good)
		good = stage_score.take(stage, json_get(&r, STR("kind"))->raw, &r, e);
	json_record_release(&r);
	return good;
}

__attribute__((format(printf, 2, 3)))
static void say(void *stage, const char *fmt, ...)
{
	char line[300];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (!feed_line(stage, str_of(line), &e))
		printf("Bail out! %s: %s\n", line, e.msg);
}

static void feed_lines(void *stage, struct str text)
{
	struct err e;

	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		struct str line = { text.p, (size_t)(nl - text.p) };
		if (!feed_line(stage, line, &e))
			printf("Bail out! %.*s: %s\n", STR_FMT(line), e.msg);
		text.p = nl + 1;
		text.n -= line.n + 1;
	}
}

static void night_labels(void *stage, const struct toy *o, uint32_t epoch, bool before)
{
	for (size_t i = 0; i < o->l.n; i++)
		if (o->epoch[i] == epoch || (before && o->epoch[i] < epoch))
			say(stage, "{\"kind\":\"label\",\"task\":\"t%u\",\"worker\":\"w%u\",\"value\":\"v%u\"}", o->task[i],
				o->worker[i], o->value[i]);
}

/* what one night prints, from what was printed before */
static bool night(const struct toy *o, uint32_t epoch, struct str before, unsigned threads, struct lines *out,
	struct err *e)
{
	void *stage = stage_score.create();
	struct score_options opt;
	struct sink sink = { .line = keep_line, .ctx = out };

	score_options_init(&opt);
	snprintf(opt.epoch, sizeof opt.epoch, "night %u", epoch);
	opt.rule = score_rule_find(STR("hold"));
	opt.policy = o->p;
	opt.end = o->end && epoch + 1 == o->l.n_epochs;
	opt.threads = threads;
	score_set(stage, &opt);
	for (uint32_t w = 0; w < WORKERS; w++)
		say(stage, "{\"kind\":\"worker\",\"worker\":\"w%u\",\"identity\":\"p%u\"}", w, o->identity[w]);
	for (uint32_t t = 0; t < TASKS; t++)
		if (o->gold[t] != RULE_NO_GOLD)
			say(stage, "{\"kind\":\"gold\",\"task\":\"t%u\",\"value\":\"v%u\"}", t, o->gold[t]);
	feed_lines(stage, before);
	night_labels(stage, o, epoch, o->whole);
	bool good = stage_score.run(stage, &sink, e);
	stage_score.destroy(stage);
	return good;
}

/* ---- what the records say -------------------------------------------------------------------- */

struct said {
	bool there, held, leads;
	uint64_t units, score, bonus, gold, right, flags, counted, labels, verified, rejected, pending;
	int64_t llr;
	char standing[16];
};

static uint64_t count_of(const struct json_record *r, const char *key)
{
	const struct json_field *f = json_get(r, str_of(key));
	uint64_t v = 0;

	if (!f || !num_parse_u64(f->raw, &v))
		printf("Bail out! no count %s\n", key);
	return v;
}

static void read_scores(struct str text, struct said *of, bool *alarm)
{
	struct json_record r = { 0 };
	struct err e;

	memset(of, 0, WORKERS * sizeof *of);
	*alarm = false;
	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		if (!json_read(&r, (struct str){ text.p, (size_t)(nl - text.p) }, &e))
			printf("Bail out! %.*s: %s\n", (int)(nl - text.p), text.p, e.msg);
		struct str kind = json_get(&r, STR("kind"))->raw;
		if (str_is(kind, "finding") && str_is(json_get(&r, STR("rule"))->raw, "alarm"))
			*alarm = true;
		if (str_is(kind, "score")) {
			struct said *s = &of[strtoul(json_get(&r, STR("worker"))->raw.p + 1, NULL, 10)];
			*s = (struct said){ true, json_get(&r, STR("held"))->type == JSON_TRUE, json_get(&r, STR("state")) != NULL,
				count_of(&r, "units"), count_of(&r, "score_bp"), count_of(&r, "bonus_bp"), count_of(&r, "gold_trials"),
				count_of(&r, "gold_hits"), count_of(&r, "flags"), count_of(&r, "counted"), count_of(&r, "labels"),
				count_of(&r, "verified"), count_of(&r, "rejected"), count_of(&r, "pending"), 0, "" };
			num_parse_i64(json_get(&r, STR("llr"))->raw, &s->llr);
			struct str name = json_get(&r, STR("standing"))->raw;
			memcpy(s->standing, name.p, name.n);
		}
		text.n -= (size_t)(nl + 1 - text.p);
		text.p = nl + 1;
	}
	json_record_release(&r);
}

/* ---- the same by the rule alone ------------------------------------------------------------------ */

static const char *const standing[] = { "new", "cleared", "retest", "stopped" };

/* what epoch's end releases to a person, of a run of the whole log up to it */
static bool same_person(const struct toy *o, const struct rule_run *run, uint32_t who, uint32_t epoch, const struct said *of,
	struct rule_state *sum)
{
	const struct rule_state *s = &run->state[who];
	uint64_t units = 0, weighed = 0, score = 0, got = 0, n = 0, leads = 0;
	bool good = true;

	for (size_t k = 0; k < run->n_blocks; k++) {
		const struct rule_block *b = &run->block[k];
		if (b->who != who || b->status != RULE_PAID || b->at != epoch)
			continue;
		units += b->units;
		weighed += (uint64_t)b->units * b->bonus;
		score = b->score;
	}
	for (uint32_t w = 0; w < WORKERS; w++) {
		const struct said *x = &of[w];
		if (o->identity[w] != who || !x->there)
			continue;
		n++;
		leads += x->leads;
		got += x->units;
		good = good && x->held == s->held && x->gold == s->gold && x->right == s->right && x->flags == s->flags &&
			x->llr == s->llr && strcmp(x->standing, standing[s->standing]) == 0 &&
			x->labels == x->verified + x->rejected + x->pending && x->score == (x->units ? score : 0) &&
			x->bonus == (x->units ? weighed / units : 0);
	}
	sum->answers += s->answers;
	return good && got == units && leads == (n > 0) && (n > 0 || s->answers == 0);
}

struct seen {
	unsigned released, settled, held, alarms, stopped, shared, open;
};

static bool same_night(const struct toy *o, uint32_t epoch, const struct said *of, bool alarm, struct seen *seen)
{
	struct rule_log l = o->l;
	struct rule_run run = { .state = mem_zalloc(o->l.n_identities, sizeof *run.state) };
	struct rule_state sum = { 0 };
	bool good = true, last = epoch + 1 == l.n_epochs;
	struct err e;

	while (l.n && o->epoch[l.n - 1] > epoch)
		l.n--;
	l.n_epochs = epoch + 1;
	if (!rule_run(&o->p, &l, o->end && last, 1, &run, &e))
		printf("Bail out! %s\n", e.msg);
	for (uint32_t i = 0; i < l.n_identities; i++) {
		good = good && same_person(o, &run, i, epoch, of, &sum);
		seen->held += run.state[i].held;
		seen->stopped += run.state[i].standing == RULE_STOPPED;
	}
	for (size_t k = 0; k < run.n_blocks; k++) {
		seen->released += run.block[k].status == RULE_PAID && run.block[k].score == 10000;
		seen->settled += run.block[k].status == RULE_PAID && run.block[k].score < 10000;
		seen->open += run.block[k].status == RULE_OPEN;
	}
	for (uint32_t w = 0; w < WORKERS; w++)
		seen->shared += of[w].units && !of[w].leads;
	seen->alarms += run.alarm;
	good = good && alarm == run.alarm;
	rule_run_release(&run);
	return good;
}

/* ---- the tests -------------------------------------------------------------------------------------- */

/* verdicts and scores, not what else a run prints */
static void carry(struct buf *to, struct str text)
{
	while (text.n) {
		const char *nl = memchr(text.p, '\n', text.n);
		struct str line = { text.p, (size_t)(nl - text.p) + 1 };
		if (memcmp(line.p, "{\"kind\":\"verdict\"", 17) == 0 || memcmp(line.p, "{\"kind\":\"score\"", 15) == 0)
			buf_addstr(to, line);
		text.p += line.n;
		text.n -= line.n;
	}
}

static bool nights(const struct toy *o, struct rng *g, struct seen *seen)
{
	struct buf before = BUF_INIT;
	bool good = true, alarm;
	struct said of[WORKERS];
	struct err e;

	for (uint32_t n = 0; good && n < o->l.n_epochs; n++) {
		struct lines out = { BUF_INIT }, again = { BUF_INIT };
		good = night(o, n, buf_str(&before), 1, &out, &e) && night(o, n, buf_str(&before), 2 + below(g, 3), &again, &e);
		if (!good)
			printf("# night %u: %s\n", n, e.msg);
		good = good && str_eq(buf_str(&out.text), buf_str(&again.text));
		if (good) {
			read_scores(buf_str(&out.text), of, &alarm);
			good = same_night(o, n, of, alarm, seen);
		}
		if (!o->whole)
			buf_reset(&before);
		carry(&before, buf_str(&out.text));
		buf_release(&out.text);
		buf_release(&again.text);
	}
	buf_release(&before);
	return good;
}

int main(void)
{
	struct toy *o = mem_alloc(1, sizeof *o);
	struct seen seen = { 0 };
	unsigned good = 0, whole = 0;
	struct rng g;

	rng_seed(&g, 60);
	for (unsigned i = 0; i < MANY; i++) {
		toy_init(o, &g);
		whole += o->whole;
		bool same = nights(o, &g, &seen);
		good += same;
		if (!same)
			printf("# log %u: %zu labels, %zu epochs, %zu persons, whole %d, end %d\n", i, o->l.n, o->l.n_epochs,
				o->l.n_identities, o->whole, o->end);
	}
	ok(good == MANY, "%u of %u logs: night after night is one long run, to the integer; threads change no byte", good, MANY);
	ok(whole > MANY / 4 && whole < 3 * MANY / 4, "%u of them with all that was ever printed, the others with the last epoch's",
		whole);
	ok(seen.released > 1000 && seen.settled > 30 && seen.held > 30 && seen.alarms > 30 && seen.stopped > 100 &&
		seen.shared > 100 && seen.open > 100, "released %u, settled %u, held %u, alarms %u, stopped %u, second accounts paid %u, "
		"open %u", seen.released, seen.settled, seen.held, seen.alarms, seen.stopped, seen.shared, seen.open);
	free(o);
	return done();
}
