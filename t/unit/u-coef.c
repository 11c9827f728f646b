/* agreement coefficients: every figure of every shared case */
#include "agree/coef.h"
#include "agree/icc.h"
#include "agree/duo.h"

#include "sets.h"

struct kase {
	const char *name;
	struct set s;
	struct units u;
	uint32_t *task_rank;
	cJSON *doc;
	int n_figures;
};

static bool numeric(const struct set *s)
{
	for (uint32_t i = 0; i < s->values.n; i++) {
		char *end;
		struct str t = intern_str(&s->values, i);
		strtod(t.p, &end);
		if (!t.n || end != t.p + t.n)
			return false;
	}
	return true;
}

/* the labels, and the classes of the domain that nobody used */
static void load(struct kase *k, const char *path)
{
	struct set *s = &k->s;
	const cJSON *v;

	*s = (struct set){ 0 };
	each_line(path, set_line, s);
	cJSON_ArrayForEach(v, cJSON_GetObjectItem(k->doc, "domain"))
		value_id(&s->values, v);
	s->rank = mem_alloc(s->values.n, sizeof *s->rank);
	uint32_t *order = mem_alloc(s->values.n, sizeof *order);
	intern_sort(&s->values, s->rank, order);
	labels_map_values(&s->l, s->rank);
	s->l.n_classes = s->values.n;
	labels_group(&s->l, false);
	double *x = mem_alloc(s->values.n, sizeof *x);
	for (size_t c = 0; c < s->values.n; c++)
		x[c] = strtod(intern_str(&s->values, order[c]).p, NULL);
	units_init(&k->u, &s->l, numeric(s) ? x : NULL);
	k->task_rank = mem_alloc(s->tasks.n, sizeof *k->task_rank);
	intern_sort(&s->tasks, k->task_rank, NULL);
	free(x);
	free(order);
}

static const cJSON *at(const cJSON *o, const char *key)
{
	return cJSON_GetObjectItem(o, key);
}

/* a number within tol, or absent or null and not defined */
static bool same(struct kase *k, const cJSON *want, bool defined, double got, double tol)
{
	if (!want)
		return true;
	k->n_figures++;
	if (cJSON_IsNumber(want) && defined && near(got, want->valuedouble, tol))
		return true;
	if (cJSON_IsNull(want) && !defined)
		return true;
	printf("# %s: %s: got %.17g (%d), want %.17g\n", k->name, want->string ? want->string : "limit",
	       got, defined, want->valuedouble);
	return false;
}

static bool same_limits(struct kase *k, const cJSON *ci, bool defined, double low, double high)
{
	bool a = same(k, cJSON_GetArrayItem(ci, 0), defined, low, 1e-9);

	return same(k, cJSON_GetArrayItem(ci, 1), defined, high, 1e-9) && a;
}

static bool same_coef(struct kase *k, const cJSON *e, const struct coef *c)
{
	bool has = c->status == COEF_OK, error = c->se_status == COEF_OK;
	bool right = same(k, at(e, "value"), has, c->value, 1e-12);

	right = same(k, at(e, "pa"), c->has_pa, c->pa, 1e-12) && right;
	right = same(k, at(e, "pe"), c->has_pe, c->pe, 1e-12) && right;
	right = same(k, at(e, "se"), error, c->se, 1e-10) && right;
	right = same(k, at(e, "df"), has, c->df, 0) && right;
	right = same_limits(k, at(e, "ci95"), error, c->low, c->high) && right;
	return right && !*c->why == has && !*c->se_why == error;
}

static bool id_of(const char *name, enum coef_id *id)
{
	static const struct { const char *name; enum coef_id id; } also[] = {
		{ "gwet", COEF_AC2 }, { "gwet2", COEF_AC2 }, { "bp2", COEF_BP }, { "krippendorff", COEF_ALPHA },
	};

	for (size_t i = 0; i < sizeof also / sizeof *also; i++)
		if (!strcmp(name, also[i].name)) {
			*id = also[i].id;
			return true;
		}
	return coef_by_name(str_of(name), id);
}

static void check_weighted(struct kase *k)
{
	struct coef_opt o = { .level = 0.95 };
	const cJSON *by_weights, *e;

	cJSON_ArrayForEach(by_weights, at(k->doc, "cac")) {
		enum weights_kind kind;
		struct weights w;
		bool right = weights_by_name(str_of(by_weights->string), &kind) && weights_init(&w, kind, &k->u) == COEF_OK;
		if (!ok(right, "%s: %s weights", k->name, by_weights->string))
			continue;
		cJSON_ArrayForEach(e, by_weights) {
			enum coef_id id;
			struct coef c;
			right = id_of(e->string, &id);
			if (right)
				coef_estimate(&k->u, &w, id, &o, &c);
			ok(right && same_coef(k, e, &c), "%s: %s, %s", k->name, e->string, by_weights->string);
		}
		weights_release(&w);
	}
}

static bool check_error(struct kase *k, const cJSON *e, const struct weights *w, enum coef_error error)
{
	struct coef c;
	const cJSON *n = at(e, "n"), *b = at(e, "B");
	bool jack = error == ERROR_JACKKNIFE;
	struct coef_opt o = { .level = 0.95, .error = error, .n_resamples = b ? (unsigned)b->valueint : 0,
	                      .seed = b ? (uint64_t)at(e, "seed")->valuedouble : 0, .task_rank = k->task_rank };

	coef_estimate(&k->u, w, COEF_ALPHA, &o, &c);
	bool has = c.se_status == COEF_OK;
	bool right = same(k, n, true, (double)c.n, 0) && same(k, at(e, "degenerate"), true, (double)c.n_dropped, 0);
	right = same(k, at(e, jack ? "se" : "sd"), has, c.se, 1e-10) && right;
	right = same(k, at(e, jack ? "bias_corrected" : "mean"), has, c.centre, 1e-10) && right;
	return same_limits(k, at(e, "ci95"), has, c.low, c.high) && right;
}

static void check_alpha(struct kase *k)
{
	struct coef_opt o = { .level = 0.95 };
	const cJSON *e, *turn = at(k->doc, "circumference");

	cJSON_ArrayForEach(e, at(k->doc, "alpha")) {
		enum metric m;
		struct weights w;
		struct coef c;
		bool right = metric_by_name(str_of(e->string), &m) &&
		             weights_init_metric(&w, m, &k->u, turn ? turn->valuedouble : 0) == COEF_OK;
		if (!ok(right, "%s: %s metric", k->name, e->string))
			continue;
		coef_estimate(&k->u, &w, COEF_ALPHA, &o, &c);
		bool has = c.status == COEF_OK, error = c.se_status == COEF_OK;
		right = same(k, at(e, "value"), has, c.value, 1e-12);
		right = same(k, at(e, "Do"), has, c.observed, 1e-12) && right;
		right = same(k, at(e, "De"), has, c.expected, 1e-12) && right;
		right = same(k, at(e, "se_gwet"), error, c.se, 1e-10) && right;
		right = same_limits(k, at(e, "ci95_gwet"), error, c.low, c.high) && right;
		ok(right, "%s: alpha %s", k->name, e->string);
		if (at(e, "jackknife"))
			ok(check_error(k, at(e, "jackknife"), &w, ERROR_JACKKNIFE), "%s: alpha %s, jackknife", k->name, e->string);
		if (at(e, "bootstrap_items"))
			ok(check_error(k, at(e, "bootstrap_items"), &w, ERROR_BOOTSTRAP), "%s: alpha %s, bootstrap", k->name, e->string);
		weights_release(&w);
	}
}

struct table {
	struct kase *k;
	const cJSON *want;
	uint32_t a, b;
	bool found, right;
};

static bool check_pair_weights(struct kase *k, const cJSON *by_weights, const struct duo *p)
{
	enum weights_kind kind;
	struct weights w;
	const cJSON *e;
	bool right = true;

	if (!weights_by_name(str_of(by_weights->string), &kind))
		return true;
	weights_init(&w, kind, &k->u);
	struct t_cache t = { .level = 0.95 };
	cJSON_ArrayForEach(e, by_weights) {
		enum coef_id id;
		struct coef c;
		id_of(e->string, &id);
		duo_coef(p, &w, id, weights_total(&w), &t, &c);
		right = same_coef(k, e, &c) && right;
	}
	weights_release(&w);
	return right;
}

static void check_pair(void *ctx, const struct duo *p)
{
	struct table *t = ctx;
	const cJSON *e;
	double n = 0;

	if (!(p->a == t->a && p->b == t->b) && !(p->a == t->b && p->b == t->a))
		return;
	bool swapped = p->a != t->a;
	t->found = true;
	t->right = same(t->k, at(t->want, "n"), true, (double)p->n, 0);
	for (size_t c = 0; c < p->n_cells; c++) {
		uint32_t row = swapped ? p->col[c] : p->row[c], col = swapped ? p->row[c] : p->col[c];
		e = cJSON_GetArrayItem(cJSON_GetArrayItem(at(t->want, "table"), (int)row), (int)col);
		t->right = t->right && e && e->valueint == (int)p->count[c];
		n += p->count[c];
	}
	t->right = t->right && n == (double)p->n;
	cJSON_ArrayForEach(e, t->want)
		t->right = check_pair_weights(t->k, e, p) && t->right;
}

static void check_pairs(struct kase *k)
{
	const cJSON *e;

	cJSON_ArrayForEach(e, at(k->doc, "pairs")) {
		const char *bar = strchr(e->string, '|');
		struct table t = { .k = k, .want = e };
		t.a = intern_find(&k->s.workers, (struct str){ e->string, (size_t)(bar - e->string) });
		t.b = intern_find(&k->s.workers, str_of(bar + 1));
		duo_each(&k->u, check_pair, &t);
		ok(t.found && t.right, "%s: workers %s", k->name, e->string);
	}
}

static void check_icc(struct kase *k)
{
	struct icc c[N_ICCS];
	const cJSON *e;

	if (!at(k->doc, "icc"))
		return;
	icc_estimate(&k->u, 0.95, c);
	cJSON_ArrayForEach(e, at(k->doc, "icc")) {
		enum icc_kind i;
		bool right = icc_by_name(str_of(e->string), &i);
		if (right) {
			const struct icc *g = &c[i];
			right = same(k, at(e, "value"), g->status == COEF_OK, g->value, 1e-12);
			right = same(k, at(e, "k0"), true, g->k, 1e-12) && same(k, at(e, "F"), g->has_f, g->f, 1e-12) && right;
			right = same_limits(k, at(e, "ci95"), g->interval_status == COEF_OK, g->low, g->high) && right;
			right = same(k, cJSON_GetArrayItem(at(e, "df"), 0), true, g->df1, 0) && right;
			right = same(k, cJSON_GetArrayItem(at(e, "df"), 1), true, g->df2, 0) && right;
			right = right && (!at(e, "exact_ci") || cJSON_IsTrue(at(e, "exact_ci")) == g->exact);
		}
		ok(right, "%s: %s", k->name, e->string);
	}
}

/* figures in closed form, over thousands of classes */
static void check_closed(struct kase *k)
{
	static const struct { const char *key; enum metric m; } metrics[] = {
		{ "alpha_nominal", METRIC_NOMINAL }, { "alpha_interval", METRIC_INTERVAL }, { "alpha_ordinal", METRIC_ORDINAL },
	};
	static const struct { const char *key; enum coef_id id; } plain[] = {
		{ "percent", COEF_PERCENT }, { "fleiss", COEF_FLEISS }, { "gwet_ac1", COEF_AC1 }, { "bp", COEF_BP },
	};
	const cJSON *e = at(k->doc, "closed_form");
	struct coef_opt o = { .level = 0.95, .error = ERROR_NONE };
	struct weights w;
	struct coef c;
	bool right = true;

	if (!e)
		return;
	/* the closed forms of the file were summed plainly */
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
		weights_init_metric(&w, metrics[i].m, &k->u, 0);
		coef_estimate(&k->u, &w, COEF_ALPHA, &o, &c);
		right = same(k, at(e, metrics[i].key), c.status == COEF_OK, c.value, 1e-12) && right;
		weights_release(&w);
	}
	weights_init(&w, WEIGHTS_IDENTITY, &k->u);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		coef_estimate(&k->u, &w, plain[i].id, &o, &c);
		right = same(k, at(e, plain[i].key), c.status == COEF_OK, c.value, 1e-12) && right;
	}
	weights_release(&w);
	ok(right && k->u.n_classes == (size_t)at(e, "q")->valueint, "%s: closed forms", k->name);
}

static void one_case(const char *name)
{
	char rel[128];
	struct kase k = { .name = name };

	snprintf(rel, sizeof rel, "cases/metrics/%s.expect.json", name);
	const char *path = shared_or_skip(rel);
	if (!path)
		return;
	k.doc = json_file(path);
	snprintf(rel, sizeof rel, "cases/metrics/%s.labels.ndjson", name);
	path = shared_or_skip(rel);
	if (path) {
		load(&k, path);
		check_weighted(&k);
		check_alpha(&k);
		check_pairs(&k);
		check_icc(&k);
		check_closed(&k);
		ok(k.n_figures > 0, "%s: %d figures", name, k.n_figures);
		units_release(&k.u);
		set_release(&k.s);
		free(k.task_rank);
	}
	cJSON_Delete(k.doc);
}

int main(void)
{
	static const char *const name[] = {
		"edge_duplicates_last_wins", "edge_one_task", "edge_perfect", "edge_perfect_disagreement",
		"edge_single_category", "fleiss1971_diagnoses", "gwet_4x4_diagnosis", "huge_categories",
		"irrcac_raw_4raters", "irrcac_raw_5observers", "irrcac_raw_ben_gerry", "irrcac_raw_g1g2",
		"irrcac_raw_gender", "krip2011_a_binary", "krip2011_c_missing", "wikipedia_cohen_1",
		"wikipedia_krippendorff",
	};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		one_case(name[i]);
	return done();
}
