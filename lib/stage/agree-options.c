/* The options of lbl-agree, as a run record holds them. */
#include "stage/agree.h"

#include "json/num.h"
#include "json/write.h"
#include "stage/agree-part.h"
#include "rec/rec.h"

void agree_options_init(struct agree_options *o)
{
	*o = (struct agree_options){ .method = agree_method_find(STR("auto")), .overlap = 0.5 };
	agreement_init(&o->agreement);
}

/* ---- methods ------------------------------------------------------------------------ */

static size_t n_own(enum task_type t)
{
	size_t n = 0;

	while (part_class_of[t].methods[n])
		n++;
	return n;
}

/* The number of a method: those of its own first, then the categorical ones. */
static bool find_method(enum task_type t, struct str name, unsigned char *id)
{
	size_t own = n_own(t);

	for (size_t i = 0; i < own; i++)
		if (str_is(name, part_class_of[t].methods[i])) {
			*id = (unsigned char)i;
			return true;
		}
	for (size_t i = 0; part_class_of[t].categorical && i < N_AGREE_METHODS; i++)
		if (str_is(name, agree_methods[i].name)) {
			*id = (unsigned char)(own + i);
			return true;
		}
	return false;
}

int part_method(const struct part *p, const struct agree_method **fit)
{
	size_t id = p->s->options.type_method[p->type], own = n_own(p->type);

	*fit = id < own ? NULL : &agree_methods[id - own];
	return *fit ? -1 : (int)id;
}

static const char *method_name(const struct agree_options *o, enum task_type t)
{
	size_t id = o->type_method[t], own = n_own(t);

	return id < own ? part_class_of[t].methods[id] : agree_methods[id - own].name;
}

static struct str cut(struct str *rest, char at)
{
	const char *p = memchr(rest->p, at, rest->n);
	struct str head = { rest->p, p ? (size_t)(p - rest->p) : rest->n };

	rest->p += head.n + (p != NULL);
	rest->n -= head.n + (p != NULL);
	return head;
}

static bool no_method(enum task_type t, struct str name, struct err *e)
{
	size_t own = t == TASK_CLASS ? 0 : n_own(t);    /* of type class they are all in agree/methods.h */
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < own; i++) {
		buf_adds(&b, i ? ", " : "");
		buf_adds(&b, part_class_of[t].methods[i]);
	}
	for (size_t i = 0; part_class_of[t].categorical && i < N_AGREE_METHODS; i++) {
		buf_adds(&b, own + i ? ", " : "");
		buf_adds(&b, agree_methods[i].name);
	}
	err_set(e, "\"%.*s\" is no method of type %s: %.*s", (int)(name.n > 40 ? 40 : name.n), name.p,
	        task_type_name(t), STR_FMT(buf_str(&b)));
	buf_release(&b);
	return false;
}

static bool set_method(struct agree_options *o, enum task_type t, struct str name, struct err *e)
{
	const struct agree_method *m = agree_method_find(name);

	if (t == TASK_CLASS ? !m : !find_method(t, name, &o->type_method[t]))
		return no_method(t, name, e);
	if (t == TASK_CLASS)
		o->method = m;
	return true;
}

bool agree_methods_parse(struct str list, struct agree_options *o, struct err *e)
{
	bool named[N_TASK_TYPES] = { false };

	o->method = agree_method_find(STR("auto"));
	memset(o->type_method, 0, sizeof o->type_method);
	for (bool more = true; more; ) {
		more = memchr(list.p, ',', list.n) != NULL;
		struct str name = cut(&list, ','), type = STR("class");
		if (memchr(name.p, '=', name.n))
			type = cut(&name, '=');
		enum task_type t = task_type_find(type);
		if (!part_class_of[t].run)
			return err_set(e, "\"%.*s\" is no type of tasks", (int)(type.n > 40 ? 40 : type.n), type.p);
		if (named[t])
			return err_set(e, "two methods for type %s", task_type_name(t));
		named[t] = true;
		if (!set_method(o, t, name, e))
			return false;
	}
	return true;
}

/* NAME, and TYPE=NAME for each other type whose method is not auto */
static void put_methods(struct buf *b, const struct agree_options *o)
{
	json_put_key(b, "method");
	buf_addc(b, '"');
	buf_adds(b, o->method->name);
	for (int t = TASK_CLASS + 1; t < TASK_OTHER; t++)
		if (o->type_method[t]) {
			buf_addc(b, ',');
			buf_adds(b, task_type_name((enum task_type)t));
			buf_addc(b, '=');
			buf_adds(b, method_name(o, (enum task_type)t));
		}
	buf_addc(b, '"');
}

/* ---- the options of a run record -------------------------------------------------------- */

static const char *const gold_name[] = { "clamp", "judge", "ignore" };
static const char *const repeats_name[] = { "last", "error", "keep" };

void agree_options_put(struct buf *b, const struct agree_options *o)
{
	buf_addc(b, '{');
	put_methods(b, o);
	json_put_kuint(b, "iterations", o->iterations);
	json_put_knum(b, "tolerance", o->tolerance);
	json_put_kuint(b, "seed", o->seed);
	json_put_kstr(b, "gold", str_of(gold_name[o->gold]));
	json_put_kstr(b, "repeats", str_of(repeats_name[o->repeats]));
	json_put_knum(b, "half_life", o->half_life);
	if (o->calibrate)
		json_put_kbool(b, "calibrate", true);
	if (o->overlap != 0.5)
		json_put_knum(b, "overlap", o->overlap);
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
	struct str method, gold, repeats, agreement, weights, metric, by, choices;
	uint64_t iterations, seed, pairs, bootstrap;
	struct json_field per_class;
	double tolerance, half_life, circumference;
	struct json_field calibrate, overlap;
};

/* the members that are not there when they say nothing */
static bool set_also(struct agreement_options *o, const struct text *t, struct err *e)
{
	if (t->pairs > UINT32_MAX || t->bootstrap > AGREEMENT_MOST_RESAMPLES)
		return err_set(e, "options: field \"pairs\" or \"bootstrap\" is too large");
	if (rec_has(&t->per_class) && t->per_class.type != JSON_TRUE && t->per_class.type != JSON_FALSE)
		return err_set(e, "options: field \"per_class\": expected true or false, got %s",
		               json_type_name(t->per_class.type));
	if (t->by.p && !str_is(t->by, "group"))
		return err_set(e, "options: field \"by\" has an unknown value");
	o->per_class = rec_has(&t->per_class) && t->per_class.type == JSON_TRUE;
	o->pairs = (uint32_t)t->pairs;
	o->bootstrap = (uint32_t)t->bootstrap;
	o->by_group = t->by.p != NULL;
	o->n_choices = 0;
	if (t->choices.p && !agreement_choices(t->choices, o, e))
		return err_prefix(e, "options: field \"choices\": ");
	return agreement_check(o, e) || err_prefix(e, "options: ");
}

static bool set_agreement(struct agreement_options *o, const struct text *t, struct err *e)
{
	if (!agreement_parse(t->agreement, o, e))
		return err_prefix(e, "options: ");
	if (!weights_by_name(t->weights, &o->weights) || !metric_by_name(t->metric, &o->metric))
		return err_set(e, "options: field \"weights\" or \"metric\" has an unknown value");
	o->circumference = t->circumference;
	return set_also(o, t, e);
}

/* What the command line allows, and no more: a forged log must not make an auditor compute for ever. */
static bool set_from_text(struct agree_options *o, const struct text *t, struct err *e)
{
	unsigned gold, repeats;

	if (!agree_methods_parse(t->method, o, e))
		return err_prefix(e, "options: ");
	if (t->iterations > AGREE_MAX_ITERATIONS)
		return err_set(e, "options: field \"iterations\" is above %d", AGREE_MAX_ITERATIONS);
	if (t->tolerance < -1 || t->tolerance > 1)
		return err_set(e, "options: field \"tolerance\" is not from -1 to 1");
	if (t->half_life < 0 || t->half_life > 1e6)
		return err_set(e, "options: field \"half_life\" is not from 0 to 1000000");
	if (!word(t->gold, gold_name, 3, &gold) || !word(t->repeats, repeats_name, 3, &repeats))
		return err_set(e, "options: field \"gold\" or \"repeats\" has an unknown value");
	o->iterations = (uint32_t)t->iterations;
	o->tolerance = t->tolerance;
	o->seed = t->seed;
	o->gold = (enum agree_gold)gold;
	o->repeats = (enum agree_repeats)repeats;
	o->half_life = t->half_life;
	o->calibrate = t->calibrate.type == JSON_TRUE;
	o->overlap = 0.5;
	if (rec_has(&t->overlap) && (t->overlap.type != JSON_NUMBER || !num_parse(t->overlap.raw, &o->overlap) ||
	                             !(o->overlap > 0 && o->overlap <= 1)))
		return err_set(e, "options: field \"overlap\" is not above 0 and at most 1");
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
		REC_FIELD(text, calibrate, REC_VALUE, false),
		REC_FIELD(text, overlap, REC_VALUE, false),
		REC_FIELD(text, agreement, REC_STRING, true),
		REC_FIELD(text, weights, REC_STRING, true),
		REC_FIELD(text, metric, REC_STRING, true),
		REC_FIELD(text, circumference, REC_NUMBER, true),
		REC_FIELD(text, per_class, REC_VALUE, false),
		REC_FIELD(text, pairs, REC_COUNT, false),
		REC_FIELD(text, bootstrap, REC_COUNT, false),
		REC_FIELD(text, by, REC_STRING, false),
		REC_FIELD(text, choices, REC_STRING, false),
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
