/* The options of lbl-agree, as a run record holds them. */
#include "stage/agree.h"

#include "json/write.h"
#include "rec/rec.h"

void agree_options_init(struct agree_options *o)
{
	*o = (struct agree_options){ .method = agree_method_find(STR("auto")) };
	agreement_init(&o->agreement);
}

static const char *const gold_name[] = { "clamp", "judge", "ignore" };
static const char *const repeats_name[] = { "last", "error" };

void agree_options_put(struct buf *b, const struct agree_options *o)
{
	buf_addc(b, '{');
	json_put_kstr(b, "method", str_of(o->method->name));
	json_put_kuint(b, "iterations", o->iterations);
	json_put_knum(b, "tolerance", o->tolerance);
	json_put_kuint(b, "seed", o->seed);
	json_put_kstr(b, "gold", str_of(gold_name[o->gold]));
	json_put_kstr(b, "repeats", str_of(repeats_name[o->repeats]));
	json_put_knum(b, "half_life", o->half_life);
	agreement_put_options(b, &o->agreement);
	buf_addc(b, '}');
}

static bool word(struct str s, const char *const *words, unsigned n, unsigned *out)
{
	for (*out = 0; *out < n; ++*out)
		if (str_is(s, words[*out]))
			return true;
	return false;
}

struct text {
	struct str method, gold, repeats, agreement, weights, metric;
	uint64_t iterations, seed;
	double tolerance, half_life, circumference;
};

static bool set_agreement(struct agreement_options *o, const struct text *t, struct err *e)
{
	if (!agreement_parse(t->agreement, o, e))
		return err_prefix(e, "options: ");
	if (!weights_by_name(t->weights, &o->weights) || !metric_by_name(t->metric, &o->metric))
		return err_set(e, "options: field \"weights\" or \"metric\" has an unknown value");
	o->circumference = t->circumference;
	return true;
}

/* What the command line allows, and no more: a forged log must not make an auditor compute for ever. */
static bool set_from_text(struct agree_options *o, const struct text *t, struct err *e)
{
	unsigned gold, repeats;

	o->method = agree_method_find(t->method);
	if (!o->method) {
		o->method = agree_method_find(STR("auto"));
		return err_set(e, "options: unknown method \"%.*s\"", STR_FMT(t->method));
	}
	if (t->iterations > AGREE_MAX_ITERATIONS)
		return err_set(e, "options: field \"iterations\" is above %d", AGREE_MAX_ITERATIONS);
	if (t->tolerance < -1 || t->tolerance > 1)
		return err_set(e, "options: field \"tolerance\" is not from -1 to 1");
	if (t->half_life < 0 || t->half_life > 1e6)
		return err_set(e, "options: field \"half_life\" is not from 0 to 1000000");
	if (!word(t->gold, gold_name, 3, &gold) || !word(t->repeats, repeats_name, 2, &repeats))
		return err_set(e, "options: field \"gold\" or \"repeats\" has an unknown value");
	o->iterations = (uint32_t)t->iterations;
	o->tolerance = t->tolerance;
	o->seed = t->seed;
	o->gold = (enum agree_gold)gold;
	o->repeats = (enum agree_repeats)repeats;
	o->half_life = t->half_life;
	return set_agreement(&o->agreement, t, e);
}

bool agree_options_read(const struct json_field *options, struct agree_options *o, struct err *e)
{
	static const struct rec_field fields[] = {
		REC_FIELD(text, method, REC_STRING, true),
		REC_FIELD(text, iterations, REC_COUNT, true),
		REC_FIELD(text, tolerance, REC_NUMBER, true),
		REC_FIELD(text, seed, REC_COUNT, true),
		REC_FIELD(text, gold, REC_STRING, true),
		REC_FIELD(text, repeats, REC_STRING, true),
		REC_FIELD(text, half_life, REC_NUMBER, true),
		REC_FIELD(text, agreement, REC_STRING, true),
		REC_FIELD(text, weights, REC_STRING, true),
		REC_FIELD(text, metric, REC_STRING, true),
		REC_FIELD(text, circumference, REC_NUMBER, true),
	};
	struct arena scratch = { 0 };
	struct json_record r = { 0 };
	struct text t;

	memset(&t, 0, sizeof t);
	bool good = json_read(&r, options->raw, e) &&
	            rec_read(&r, fields, sizeof fields / sizeof fields[0], &scratch, &t, e);
	if (!good)
		err_prefix(e, "options: ");
	good = good && set_from_text(o, &t, e);
	json_record_release(&r);
	arena_release(&scratch);
	return good;
}
