/* The options of a run: as they were given, and as the run record has them. */
#include "json/write.h"
#include "score/reward.h"
#include "stage/score-more.h"
#include "stage/score-policy.h"

void score_options_init(struct score_options *o)
{
	*o = (struct score_options){
		.epoch = "1", .min_confidence = 0.8, .calibrate = 50, .z2_micro = REWARD_Z2_95, .rule = &score_rules[0],
		.policy = RULE_POLICY_DEFAULT, .threshold_bp = 6000, .of_quality = { -1, -1, 0.5, 0.95 },
		.reputation = { false, REPUTATION_START, 0 },
	};
}

bool score_is_default(const struct score_options *o)
{
	return o->rule->plain;
}

bool score_reads_all(const struct score_options *o)
{
	return o->quality || str_is(str_of(o->rule->name), "bts");
}

void score_set(void *stage, const struct score_options *o)
{
	((struct score *)stage)->options = *o;
}

void score_add_reviewer(void *stage, struct str reviewer)
{
	intern(&((struct score *)stage)->reviewers, reviewer);
}

void score_unhold(void *stage, struct str worker)
{
	intern(&((struct score *)stage)->unheld, worker);
}

void score_set_report(void *stage, struct buf *html)
{
	((struct score *)stage)->tell.report = html;
}

void score_set_explain(void *stage, struct str worker, struct buf *text)
{
	struct tell *t = &((struct score *)stage)->tell;

	t->explain = text;
	buf_reset(&t->name);
	buf_addstr(&t->name, worker);
}

/* ---- in the run record ------------------------------------------------------------------ */

static void put_names(struct buf *b, const char *key, const struct intern *names)
{
	if (!names->n)
		return;
	json_put_key(b, key);
	buf_addc(b, '[');
	for (uint32_t i = 0; i < names->n; i++) {
		json_put_sep(b);
		json_put_string(b, intern_str(names, i));
	}
	buf_addc(b, ']');
}

static void put_hold(struct buf *b, const struct score *s)
{
	json_put_key(b, "policy");
	score_policy_put(b, &s->options.policy);
	json_put_kbool(b, "settle", s->options.end);
	json_put_kbool(b, "reset", s->options.reset);
	put_names(b, "unhold", &s->unheld);
}

void score_put_options(struct buf *b, const struct score *s)
{
	const struct score_options *o = &s->options;

	buf_addc(b, '{');
	json_put_kstr(b, "rule", str_of(o->rule->name));
	json_put_kstr(b, "epoch", str_of(o->epoch));
	json_put_knum(b, "min_confidence", o->min_confidence);
	if (o->calibrate)
		json_put_kuint(b, "calibrate", o->calibrate);
	if (o->rule->plain)
		put_hold(b, s);
	else
		json_put_kuint(b, "z2_micro", o->z2_micro);
	put_names(b, "reviewers", &s->reviewers);
	if (o->queue)
		json_put_kbool(b, "review_queue", true);
	score_other_put(b, o);
	score_quality_put(b, o);
	reputation_put_options(b, &o->reputation);
	buf_addc(b, '}');
}

/* What stands there.  Without calibrate it is 0, as before there was any. */
struct text {
	struct str rule, epoch;
	double min_confidence;
	uint64_t calibrate, z2_micro, threshold_bp, ca_ref, half_seed;
	struct json_field policy, settle, reset, unhold, reviewers, review_queue, quality, reputation;
};

static bool read_names(struct intern *names, const struct json_field *list, struct arena *a, struct err *e)
{
	struct str rest = list->raw, name;
	struct json_field item;

	intern_release(names);
	while (rec_has(list) && json_next(&rest, &item)) {
		if (item.type != JSON_STRING || !rec_check_id(json_text(&item, a), a, &name, e))
			return err_set(e, "expected identifiers in \"reviewers\" and \"unhold\"");
		intern(names, name);
	}
	return true;
}

static bool is_true(const struct json_field *f)
{
	return rec_has(f) && f->type == JSON_TRUE;
}

static bool check_ranges(const struct text *o, struct err *e)
{
	if (!(o->min_confidence >= 0 && o->min_confidence <= 1))
		return err_set(e, "field \"min_confidence\" is out of range");
	if (o->calibrate > SCORE_CALIBRATE_MOST)
		return err_set(e, "field \"calibrate\" is out of range");
	if (o->z2_micro == 0 || o->z2_micro >> 24)
		return err_set(e, "field \"z2_micro\" is out of range");
	if (o->ca_ref >> 40)
		return err_set(e, "field \"ca_ref\" is out of range");
	return true;
}

static bool set_options(struct score *s, const struct text *o, struct err *e)
{
	const struct score_rule *rule = score_rule_find(o->rule);

	if (!rule)
		return err_set(e, "unknown rule \"%.*s\"", STR_FMT(o->rule));
	unsigned threads = s->options.threads;
	s->options = (struct score_options){
		.min_confidence = o->min_confidence, .calibrate = (uint32_t)o->calibrate,
		.z2_micro = (uint32_t)o->z2_micro, .rule = rule, .threads = threads,
		.threshold_bp = (uint32_t)o->threshold_bp, .ca_ref = o->ca_ref, .half_seed = o->half_seed,
		.policy = RULE_POLICY_DEFAULT, .end = is_true(&o->settle), .reset = is_true(&o->reset),
		.queue = is_true(&o->review_queue),
	};
	memcpy(s->options.epoch, o->epoch.p, o->epoch.n);
	if (rec_has(&o->policy) && !score_policy_read(o->policy.raw, &s->options.policy, e))
		return err_prefix(e, "field \"policy\": ");
	return read_names(&s->reviewers, &o->reviewers, &s->scratch, e) &&
	       read_names(&s->unheld, &o->unhold, &s->scratch, e) &&
	       score_quality_configure(&s->options, &o->quality, e) &&
	       reputation_configure(&s->options.reputation, &o->reputation, e);
}

bool score_configure(void *stage, const struct json_field *options, struct err *e)
{
	static const struct rec_field fields[] = {
		REC_FIELD(text, rule, REC_STRING, true),
		REC_FIELD(text, epoch, REC_ID, true),
		REC_FIELD(text, min_confidence, REC_NUMBER, true),
		REC_FIELD(text, calibrate, REC_COUNT, false),
		REC_FIELD(text, policy, REC_OBJECT, false),
		REC_FIELD(text, settle, REC_VALUE, false),
		REC_FIELD(text, reset, REC_VALUE, false),
		REC_FIELD(text, unhold, REC_LIST, false),
		REC_FIELD(text, z2_micro, REC_COUNT, false),
		REC_FIELD(text, reviewers, REC_LIST, false),
		REC_FIELD(text, review_queue, REC_VALUE, false),
		REC_FIELD(text, threshold_bp, REC_BP, false),
		REC_FIELD(text, ca_ref, REC_COUNT, false),
		REC_FIELD(text, half_seed, REC_COUNT, false),
		REC_FIELD(text, quality, REC_OBJECT, false),
		REC_FIELD(text, reputation, REC_OBJECT, false),
	};
	struct score *s = stage;
	struct json_record r = { 0 };
	struct text o;

	memset(&o, 0, sizeof o);
	o.z2_micro = REWARD_Z2_95;
	arena_reset(&s->scratch);
	bool good = json_read(&r, options->raw, e) &&
	            rec_read(&r, fields, sizeof fields / sizeof fields[0], &s->scratch, &o, e) && check_ranges(&o, e) &&
	            set_options(s, &o, e);
	json_record_release(&r);
	return good || err_prefix(e, "options: ");
}
