#include "stage/agreement.h"

#include "agree/alpha.h"
#include "json/write.h"

static const double LEVEL = 0.95;

void agreement_init(struct agreement_options *o)
{
	*o = (struct agreement_options){ .n = 1 };
	o->of[0].id = COEF_ALPHA;
}

/* ---- options ----------------------------------------------------------------------- */

static const char *name_of(const struct agreement_options *o, size_t i)
{
	return o->of[i].is_icc ? icc_name((enum icc_kind)o->of[i].id) : coef_name((enum coef_id)o->of[i].id);
}

static bool add(struct str name, struct agreement_options *o, struct err *e)
{
	enum coef_id coef;
	enum icc_kind icc;

	for (size_t i = 0; i < o->n; i++)
		if (str_is(name, name_of(o, i)))
			return err_set(e, "\"%.*s\" stands twice", STR_FMT(name));
	if (o->n == AGREEMENT_MOST)
		return err_set(e, "more than %d coefficients", AGREEMENT_MOST);
	o->of[o->n].is_icc = icc_by_name(name, &icc);
	if (o->of[o->n].is_icc)
		o->of[o->n].id = icc;
	else if (coef_by_name(name, &coef))
		o->of[o->n].id = coef;
	else
		return err_set(e, "no coefficient is named \"%.*s\"", (int)(name.n > 40 ? 40 : name.n), name.p);
	o->n++;
	return true;
}

bool agreement_parse(struct str list, struct agreement_options *o, struct err *e)
{
	o->n = 0;
	if (str_is(list, "none"))
		return true;
	for (;;) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;
		if (!add((struct str){ list.p, n }, o, e))
			return false;
		if (!comma)
			return true;
		list.p += n + 1;
		list.n -= n + 1;
	}
}

void agreement_put_options(struct buf *b, const struct agreement_options *o)
{
	json_put_key(b, "agreement");
	buf_addc(b, '"');
	for (size_t i = 0; i < o->n; i++) {
		if (i)
			buf_addc(b, ',');
		buf_adds(b, name_of(o, i));
	}
	buf_adds(b, o->n ? "\"" : "none\"");
	json_put_kstr(b, "weights", str_of(weights_name(o->weights)));
	json_put_kstr(b, "metric", str_of(metric_name(o->metric)));
	json_put_knum(b, "circumference", o->circumference);
}

/* ---- records ------------------------------------------------------------------------- */

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

static void begin(struct buf *b, const char *metric)
{
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"agreement\"");
	json_put_kstr(b, "metric", str_of(metric));
}

static void end(struct buf *b, size_t tasks, size_t workers, size_t labels, struct sink *out)
{
	json_put_kuint(b, "tasks", tasks);
	json_put_kuint(b, "workers", workers);
	json_put_kuint(b, "labels", labels);
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

static void emit_nominal_alpha(const struct labels *l, struct buf *b, struct sink *out)
{
	struct alpha a;

	alpha_nominal(l, LEVEL, &a);
	begin(b, "alpha");
	put_numbers(b, a.status == ALPHA_OK, alpha_why(a.status), a.value, a.se_status == ALPHA_OK,
	            alpha_why(a.se_status), &a.se, a.low, a.high);
	end(b, a.n_pairable, l->n_workers, a.n_labels, out);
}

/* Weights and metrics that look at how far classes are apart want numbers: the order of the
 * alphabet means nothing. */
static enum coef_status scale(const struct units *u, const struct agreement_options *o, enum coef_id id,
                              struct weights *w)
{
	bool plain = id == COEF_ALPHA ? o->metric == METRIC_NOMINAL : o->weights == WEIGHTS_IDENTITY || id == COEF_AC1;

	if (!plain && !u->x)
		return COEF_NO_VALUES;
	return id == COEF_ALPHA ? weights_init_metric(w, o->metric, u, o->circumference)
	                        : weights_init(w, id == COEF_AC1 ? WEIGHTS_IDENTITY : o->weights, u);
}

static void emit_coef(const struct units *u, const struct agreement_options *o, enum coef_id id, struct buf *b,
                      struct sink *out)
{
	struct coef_opt opt = { .level = LEVEL, .error = id == COEF_ALPHA ? ERROR_JACKKNIFE : ERROR_LINEAR };
	struct weights w = { 0 };
	struct coef c = { .status = scale(u, o, id, &w) };

	if (id == COEF_LIGHT)
		opt.error = ERROR_NONE;
	c.why = coef_why(c.status);
	if (c.status == COEF_OK) {
		coef_estimate(u, &w, id, &opt, &c);
		weights_release(&w);
	}
	begin(b, coef_name(id));
	if (id == COEF_ALPHA)
		json_put_kstr(b, "scale", str_of(metric_name(o->metric)));
	else if (o->weights != WEIGHTS_IDENTITY && id != COEF_AC1)
		json_put_kstr(b, "weights", str_of(weights_name(o->weights)));
	if (c.status == COEF_OK && c.has_pa && id != COEF_ALPHA)
		json_put_knum(b, "observed", c.pa);
	if (c.status == COEF_OK && c.has_pe && id != COEF_ALPHA && id != COEF_PERCENT)
		json_put_knum(b, "chance", c.pe);
	put_numbers(b, c.status == COEF_OK, c.why, c.value, c.se_status == COEF_OK, c.se_why, &c.se, c.low, c.high);
	end(b, c.n, u->l->n_workers, u->l->n, out);
}

static void emit_icc(const struct units *u, enum icc_kind kind, struct buf *b, struct sink *out)
{
	struct icc all[N_ICCS], *c = &all[kind];

	icc_estimate(u, LEVEL, all);
	begin(b, icc_name(kind));
	put_numbers(b, c->status == COEF_OK, c->why, c->value, c->interval_status == COEF_OK, c->interval_why, NULL,
	            c->low, c->high);
	if (c->interval_status == COEF_OK && !c->exact)
		json_put_kbool(b, "exact", false);
	end(b, u->n, u->l->n_workers, u->l->n, out);
}

void agreement_emit(const struct labels *l, const double *x, const struct agreement_options *o, struct sink *out)
{
	struct buf b = BUF_INIT;
	struct units u = { 0 };
	bool plain = true;

	for (size_t i = 0; i < o->n; i++)
		plain = plain && !o->of[i].is_icc && o->of[i].id == COEF_ALPHA && o->metric == METRIC_NOMINAL;
	if (!plain)
		units_init(&u, l, x);
	for (size_t i = 0; i < o->n; i++) {
		if (o->of[i].is_icc)
			emit_icc(&u, (enum icc_kind)o->of[i].id, &b, out);
		else if (o->of[i].id == COEF_ALPHA && o->metric == METRIC_NOMINAL)
			emit_nominal_alpha(l, &b, out);
		else
			emit_coef(&u, o, (enum coef_id)o->of[i].id, &b, out);
	}
	if (!plain)
		units_release(&u);
	buf_release(&b);
}
