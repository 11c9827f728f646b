/* Which agreement is asked for: names, lists, and the members of a run record. */
#include "stage/agreement.h"

#include "json/write.h"

void agreement_init(struct agreement_options *o)
{
	memset(o, 0, sizeof *o);
	o->n = 1;
	o->of[0].id = COEF_ALPHA;
}

static const char *name_of(const struct agreement_options *o, size_t i)
{
	return o->of[i].is_icc ? icc_name((enum icc_kind)o->of[i].id) : coef_name((enum coef_id)o->of[i].id);
}

/* what stands before the next comma; false behind the last */
static bool next_item(struct str *list, struct str *item)
{
	if (!list->p)
		return false;
	const char *comma = list->n ? memchr(list->p, ',', list->n) : NULL;
	*item = (struct str){ list->p, comma ? (size_t)(comma - list->p) : list->n };
	list->p = comma ? comma + 1 : NULL;
	list->n -= comma ? item->n + 1 : item->n;
	return true;
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
	struct str name;

	o->n = 0;
	if (str_is(list, "none"))
		return true;
	while (next_item(&list, &name))
		if (!add(name, o, e))
			return false;
	return true;
}

/* The list is short: every item is compared with those before it. */
bool agreement_choices(struct str list, struct agreement_options *o, struct err *e)
{
	struct str rest = list, item, before, other;

	if (list.n > AGREEMENT_MOST_CHOICES)
		return err_set(e, "more than %d bytes", AGREEMENT_MOST_CHOICES);
	if (!json_utf8(list))
		return err_set(e, "not UTF-8");
	while (next_item(&rest, &item)) {
		if (!item.n)
			return err_set(e, "an empty choice");
		before = list;
		while (next_item(&before, &other) && other.p < item.p)
			if (str_eq(other, item))
				return err_set(e, "\"%.*s\" stands twice", (int)(item.n > 40 ? 40 : item.n), item.p);
	}
	memcpy(o->choices, list.p, list.n);
	o->n_choices = list.n;
	return true;
}

bool agreement_check(const struct agreement_options *o, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < o->n; i++) {
		unsigned id = o->of[i].id;
		any = any || (!o->of[i].is_icc && (id == COEF_PERCENT || id == COEF_FLEISS || id == COEF_AC1 ||
		                                   id == COEF_AC2 || id == COEF_BP || id == COEF_ALPHA));
	}
	if (!any && (o->per_class || o->bootstrap))
		return err_set(e, "--%s wants percent, fleiss, ac1, ac2, bp or alpha in --agreement",
		               o->per_class ? "per-class" : "bootstrap");
	return true;
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
	if (o->per_class)
		json_put_kbool(b, "per_class", true);
	if (o->pairs)
		json_put_kuint(b, "pairs", o->pairs);
	if (o->bootstrap)
		json_put_kuint(b, "bootstrap", o->bootstrap);
	if (o->by_group)
		json_put_kstr(b, "by", STR("group"));
	if (o->n_choices)
		json_put_kstr(b, "choices", (struct str){ o->choices, o->n_choices });
}
