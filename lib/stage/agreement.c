#include "stage/agreement.h"

#include <stdlib.h>

#include "agree/alpha.h"
#include "agree/duo.h"
#include "base/mem.h"
#include "json/write.h"
#include "rec/value.h"
#include "stage/agreement-scope.h"

static const double LEVEL = 0.95;

/* One scope being written. */
struct writer {
	const struct scope *g;
	const struct agreement_options *o;
	uint64_t seed;
	unsigned threads;
	struct units u;
	struct buf b;
	struct sink *out;
};

/* ---- parts of a record ------------------------------------------------------------------ */

static void begin(struct writer *k, const char *metric)
{
	buf_reset(&k->b);
	buf_adds(&k->b, "{\"kind\":\"agreement\"");
	json_put_kstr(&k->b, "metric", str_of(metric));
	if (k->g->of->in->type)
		json_put_kstr(&k->b, "type", str_of(k->g->of->in->type));
	if (k->g->has_group)
		json_put_kstr(&k->b, "group", k->g->group);
}

/* value, se, low, high, each with its reason when it is not there */
static void put_numbers(struct buf *b, bool ok, const char *why, double value, bool has_interval, const char *se_why,
                        const double *se, double low, double high)
{
	if (!ok) {
		json_put_knull(b, "value");
		json_put_kstr(b, "why", str_of(why));
		return;
	}
	json_put_knum(b, "value", value);
	if (!has_interval) {
		json_put_knull(b, "se");
		json_put_kstr(b, "why", str_of(se_why));
		return;
	}
	if (se)
		json_put_knum(b, "se", *se);
	json_put_knum(b, "low", low);
	json_put_knum(b, "high", high);
}

static void put_coef(struct buf *b, enum coef_id id, const struct coef *c)
{
	if (c->status == COEF_OK && c->has_pa && id != COEF_ALPHA)
		json_put_knum(b, "observed", c->pa);
	if (c->status == COEF_OK && c->has_pe && id != COEF_ALPHA && id != COEF_PERCENT)
		json_put_knum(b, "chance", c->pe);
	put_numbers(b, c->status == COEF_OK, c->why, c->value, c->se_status == COEF_OK, c->se_why, &c->se, c->low, c->high);
}

static void end(struct writer *k, size_t tasks, size_t workers, size_t labels)
{
	json_put_kuint(&k->b, "tasks", tasks);
	json_put_kuint(&k->b, "workers", workers);
	json_put_kuint(&k->b, "labels", labels);
	buf_addc(&k->b, '}');
	k->out->line(k->out->ctx, buf_str(&k->b));
}

/* ---- coefficients -------------------------------------------------------------------------- */

static void put_nominal_alpha(struct writer *k)
{
	struct alpha a;

	alpha_nominal(&k->g->l, LEVEL, &a);
	begin(k, "alpha");
	put_numbers(&k->b, a.status == ALPHA_OK, alpha_why(a.status), a.value, a.se_status == ALPHA_OK,
	            alpha_why(a.se_status), &a.se, a.low, a.high);
	end(k, a.n_pairable, k->g->l.n_workers, a.n_labels);
}

/* Weights and metrics that look at how far classes are apart want numbers: the order of the
 * alphabet means nothing. */
static enum coef_status scale(const struct writer *k, enum coef_id id, struct weights *w)
{
	const struct agreement_options *o = k->o;
	bool plain = id == COEF_ALPHA ? o->metric == METRIC_NOMINAL : o->weights == WEIGHTS_IDENTITY || id == COEF_AC1;

	if (!plain && !k->u.x)
		return k->g->no_x;
	return id == COEF_ALPHA ? weights_init_metric(w, o->metric, &k->u, o->circumference)
	                        : weights_init(w, id == COEF_AC1 ? WEIGHTS_IDENTITY : o->weights, &k->u);
}

static void put_scale(struct writer *k, enum coef_id id)
{
	const struct agreement_options *o = k->o;

	if (id == COEF_ALPHA && o->metric != METRIC_NOMINAL)
		json_put_kstr(&k->b, "scale", str_of(metric_name(o->metric)));
	else if (id != COEF_ALPHA && o->weights != WEIGHTS_IDENTITY && id != COEF_AC1)
		json_put_kstr(&k->b, "weights", str_of(weights_name(o->weights)));
}

static bool resampled(enum coef_id id)
{
	return id == COEF_PERCENT || id == COEF_FLEISS || id == COEF_AC1 || id == COEF_AC2 || id == COEF_BP ||
	       id == COEF_ALPHA;
}

static enum coef_error error_of(const struct agreement_options *o, enum coef_id id)
{
	if (id == COEF_LIGHT)
		return ERROR_NONE;
	if (o->bootstrap && resampled(id))
		return ERROR_BOOTSTRAP;
	return id == COEF_ALPHA ? ERROR_JACKKNIFE : ERROR_LINEAR;
}

/* the tasks and labels that a coefficient is about */
static void end_coef(struct writer *k, enum coef_id id, const struct coef *c)
{
	const struct units *u = &k->u;

	if (id == COEF_COHEN || id == COEF_SCOTT)
		end(k, c->n, u->l->n_workers, 2 * c->n);
	else if (id == COEF_ALPHA || id == COEF_LIGHT)
		end(k, u->n_pair, u->l->n_workers, u->n_pair_labels);
	else
		end(k, u->n, u->l->n_workers, u->l->n);
}

static void put_one(struct writer *k, enum coef_id id)
{
	struct coef_opt opt = {
		.level = LEVEL, .error = error_of(k->o, id), .n_resamples = k->o->bootstrap, .seed = k->seed,
		.task_rank = k->g->rank, .threads = k->threads,
	};
	struct weights w = { 0 };
	struct coef c = { .status = scale(k, id, &w) };

	c.why = coef_why(c.status);
	if (c.status == COEF_OK) {
		coef_estimate(&k->u, &w, id, &opt, &c);
		weights_release(&w);
	}
	begin(k, coef_name(id));
	put_scale(k, id);
	put_coef(&k->b, id, &c);
	if (opt.error == ERROR_BOOTSTRAP && c.status == COEF_OK && c.se_status == COEF_OK)
		json_put_kuint(&k->b, "resamples", k->o->bootstrap - c.n_dropped);
	if (id == COEF_LIGHT && c.status == COEF_OK)
		json_put_kuint(&k->b, "pairs", c.n);
	end_coef(k, id, &c);
}

static void put_icc(struct writer *k, enum icc_kind kind)
{
	struct icc all[N_ICCS], *c = &all[kind];

	icc_estimate(&k->u, LEVEL, all);
	if (!k->u.x)
		c->why = coef_why(k->g->no_x);
	begin(k, icc_name(kind));
	put_numbers(&k->b, c->status == COEF_OK, c->why, c->value, c->interval_status == COEF_OK, c->interval_why, NULL,
	            c->low, c->high);
	if (c->interval_status == COEF_OK && !c->exact)
		json_put_kbool(&k->b, "exact", false);
	end(k, k->u.n, k->u.l->n_workers, k->u.l->n);
}

/* ---- classes --------------------------------------------------------------------------------- */

static void put_class(struct writer *k, enum coef_id id, uint32_t class, const struct coef_class *c)
{
	begin(k, coef_name(id));
	json_put_key(&k->b, "class");
	value_put(&k->b, scope_class(k->g, class));
	put_coef(&k->b, id, &c->c);
	if (c->has_specific)
		json_put_knum(&k->b, "specific", c->specific);
	else
		json_put_knull(&k->b, "specific");
	end(k, c->c.n, k->u.l->n_workers, c->n_labels);
}

static void put_classes(struct writer *k, enum coef_id id)
{
	struct coef_opt opt = { .level = LEVEL };
	struct coef_class *c = mem_alloc(k->u.n_classes, sizeof *c);

	coef_per_class(&k->u, id, &opt, c);
	for (uint32_t i = 0; i < k->u.n_classes; i++)
		put_class(k, id, i, &c[i]);
	free(c);
}

/* ---- pairs ------------------------------------------------------------------------------------- */

/* what is computed of each pair */
struct pair_coef {
	enum coef_id id;
	enum coef_status status;        /* of w */
	struct weights w;
	double total_v;
};

struct pairs {
	struct writer *k;
	struct pair_coef of[AGREEMENT_MOST];
	size_t n;
	struct t_cache t;
};

static bool of_two(enum coef_id id)
{
	return id == COEF_PERCENT || id == COEF_COHEN || id == COEF_SCOTT || id == COEF_AC1 ||
	       id == COEF_AC2 || id == COEF_BP;
}

static void put_pair(void *ctx, const struct duo *d)
{
	struct pairs *p = ctx;
	struct writer *k = p->k;

	if (d->n < k->o->pairs)
		return;
	for (size_t i = 0; i < p->n; i++) {
		const struct pair_coef *f = &p->of[i];
		struct coef c = { .status = f->status, .why = coef_why(f->status) };
		if (f->status == COEF_OK)
			duo_coef(d, &f->w, f->id, f->total_v, &p->t, &c);
		begin(k, coef_name(f->id));
		json_put_kstr(&k->b, "worker", scope_worker(k->g, d->a));
		json_put_kstr(&k->b, "other", scope_worker(k->g, d->b));
		put_scale(k, f->id);
		put_coef(&k->b, f->id, &c);
		end(k, d->n, 2, 2 * d->n);
	}
}

static void add_pair_coef(struct pairs *p, enum coef_id id)
{
	struct pair_coef *f = &p->of[p->n++];

	f->id = id;
	f->status = scale(p->k, id, &f->w);
	f->total_v = f->status == COEF_OK && (id == COEF_AC2 || id == COEF_BP) ? weights_total(&f->w) : 0;
}

static void put_pairs(struct writer *k)
{
	struct pairs *p = mem_zalloc(1, sizeof *p);

	p->k = k;
	p->t.level = LEVEL;
	for (size_t i = 0; i < k->o->n; i++)
		if (!k->o->of[i].is_icc && of_two((enum coef_id)k->o->of[i].id))
			add_pair_coef(p, (enum coef_id)k->o->of[i].id);
	if (!p->n)
		add_pair_coef(p, COEF_COHEN);
	duo_each(&k->u, put_pair, p);
	for (size_t i = 0; i < p->n; i++)
		weights_release(&p->of[i].w);
	free(p);
}

/* ---- all of a scope ------------------------------------------------------------------------------ */

/* the nominal alpha has a short way of its own, without units */
static bool is_short(const struct agreement_options *o, size_t i)
{
	return !o->of[i].is_icc && o->of[i].id == COEF_ALPHA && o->metric == METRIC_NOMINAL && !o->bootstrap;
}

static bool wants_units(const struct agreement_options *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (!is_short(o, i))
			return true;
	return o->per_class || o->pairs;
}

static void put_scope(void *ctx, const struct scope *g)
{
	struct writer *k = ctx;
	const struct agreement_options *o = k->o;
	bool units = wants_units(o);

	k->g = g;
	if (units)
		units_init(&k->u, &g->l, g->x);
	for (size_t i = 0; i < o->n; i++) {
		if (o->of[i].is_icc)
			put_icc(k, (enum icc_kind)o->of[i].id);
		else if (is_short(o, i))
			put_nominal_alpha(k);
		else
			put_one(k, (enum coef_id)o->of[i].id);
	}
	for (size_t i = 0; o->per_class && i < o->n; i++)
		if (!o->of[i].is_icc && resampled((enum coef_id)o->of[i].id))
			put_classes(k, (enum coef_id)o->of[i].id);
	if (o->pairs)
		put_pairs(k);
	if (units)
		units_release(&k->u);
}

/* Nobody agrees with himself: of several labels of a worker and task the last one counts. */
static void without_repeats(const struct labels *l, struct labels *once)
{
	for (uint32_t t = 0; t < l->n_tasks; t++)
		for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			if (!labels_add(once, t, l->t_worker[i], l->t_value[i]))
				BUG_ON(true);   /* they fitted before */
	once->n_tasks = l->n_tasks;
	once->n_workers = l->n_workers;
	once->n_classes = l->n_classes;
	labels_group(once, 0);
}

static void emit_once(const struct agreement_of *in, const struct agreement_options *o, struct sink *out)
{
	struct agreement_of of = *in;
	struct labels once = { 0 };

	without_repeats(in->l, &once);
	of.l = &once;
	of.repeats = false;
	agreement_emit(&of, o, out);
	labels_release(&once);
}

void agreement_emit(const struct agreement_of *in, const struct agreement_options *o, struct sink *out)
{
	if (in->repeats) {
		emit_once(in, o, out);
		return;
	}
	struct writer k = { .o = o, .seed = in->seed, .threads = in->threads, .b = BUF_INIT, .out = out };
	struct scopes s;
	struct scope all;

	scopes_init(&s, in, o);
	scopes_whole(&s, &all);
	put_scope(&k, &all);
	scope_release(&all);
	if (o->by_group)
		scopes_each_group(&s, put_scope, &k);
	scopes_release(&s);
	buf_release(&k.b);
}
