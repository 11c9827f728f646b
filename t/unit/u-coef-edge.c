/* agreement coefficients: laws, single classes, pairs of workers, degenerate cases */
#include "agree/alpha.h"
#include "agree/duo.h"
#include "coefs.h"

/* ---- laws --------------------------------------------------------------------------------------------- */

static void shuffle(struct rng *g, uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = (uint32_t)i;
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)rng_below(g, i);
		uint32_t x = v[i - 1];
		v[i - 1] = v[j];
		v[j] = x;
	}
}

/* lines in another order, tasks and workers with other numbers */
static void renumber(struct rng *g, const struct row *r, struct row *out, size_t n)
{
	uint32_t task[64], worker[64];
	uint32_t *line = mem_alloc(n, sizeof *line);

	shuffle(g, task, N_OF(task));
	shuffle(g, worker, N_OF(worker));
	shuffle(g, line, n);
	for (size_t i = 0; i < n; i++)
		out[line[i]] = (struct row){ task[r[i].t], worker[r[i].w], r[i].v };
	free(line);
}

static bool same_bits(const struct coef *a, const struct coef *b)
{
	return a->status == b->status && a->se_status == b->se_status && !memcmp(&a->value, &b->value, sizeof a->value) &&
	       !memcmp(&a->pe, &b->pe, sizeof a->pe) && !memcmp(&a->se, &b->se, sizeof a->se) &&
	       !memcmp(&a->low, &b->low, sizeof a->low) && !memcmp(&a->centre, &b->centre, sizeof a->centre);
}

static void test_order(void)
{
	static struct row r[4000], s[4000];
	static const uint32_t relabel[K] = { 3, 5, 0, 1, 4, 2 };
	struct rng g;
	bool shuffled = true, relabelled = true;

	rng_seed(&g, 17);
	for (int i = 0; i < 60; i++) {
		struct labels l, m, n;
		struct coef_opt o = { .error = i % 3 ? ERROR_LINEAR : ERROR_JACKKNIFE };
		size_t n_rows = random_rows(&g, r, 40, i % 5 ? 10 : 2, 60);
		fill(&l, r, n_rows, NULL);
		renumber(&g, r, s, n_rows);
		fill(&m, s, n_rows, NULL);
		fill(&n, r, n_rows, relabel);
		for (size_t k = 0; k < N_OF(every); k++) {
			for (enum weights_kind w = WEIGHTS_IDENTITY; w <= WEIGHTS_BIPOLAR; w++) {
				struct coef a = estimate(&l, values, w, every[k], o), b = estimate(&m, values, w, every[k], o);
				shuffled = shuffled && same_bits(&a, &b);
			}
			struct coef a = estimate(&l, NULL, WEIGHTS_IDENTITY, every[k], o);
			struct coef b = estimate(&n, NULL, WEIGHTS_IDENTITY, every[k], o);
			relabelled = relabelled && a.status == b.status && a.value == b.value && near(a.se, b.se, 1e-13);
		}
		for (int k = METRIC_NOMINAL; k <= METRIC_CIRCULAR; k++) {
			struct coef a = estimate_alpha(&l, values, (enum metric)k, 9, o);
			struct coef b = estimate_alpha(&m, values, (enum metric)k, 9, o);
			shuffled = shuffled && same_bits(&a, &b);
		}
		labels_release(&l);
		labels_release(&m);
		labels_release(&n);
	}
	ok(shuffled, "other order of lines, other numbers of tasks and workers: no bit changes");
	ok(relabelled, "classes renamed: nominal coefficients do not change");
}

static bool same_alpha(const struct labels *l, enum metric m, double turn, double (*f)(double))
{
	double x[K];

	for (int k = 0; k < K; k++)
		x[k] = f(values[k]);
	struct coef a = estimate_alpha(l, values, m, turn, linear), b = estimate_alpha(l, x, m, turn, linear);
	return a.status == COEF_OK && near(a.value, b.value, 1e-12) && near(a.se, b.se, 1e-11);
}

static double plus(double x) { return x + 1000; }
static double times(double x) { return 3 * x; }
static double minus(double x) { return -x; }
static double cube(double x) { return x * x * x; }

static void test_scales(void)
{
	static struct row r[4000], twice[8000];
	struct rng g;
	struct labels l, d;

	rng_seed(&g, 19);
	size_t n = random_rows(&g, r, 50, 8, 50);
	fill(&l, r, n, NULL);
	ok(same_alpha(&l, METRIC_INTERVAL, 0, plus) && same_alpha(&l, METRIC_INTERVAL, 0, times) &&
	   same_alpha(&l, METRIC_INTERVAL, 0, minus), "interval alpha: x + a, b x, -x change nothing");
	ok(same_alpha(&l, METRIC_RATIO, 0, times) && !same_alpha(&l, METRIC_RATIO, 0, plus), "ratio alpha: only b x");
	ok(same_alpha(&l, METRIC_ORDINAL, 0, cube) && same_alpha(&l, METRIC_ORDINAL, 0, minus), "ordinal alpha: any monotone map");
	ok(same_alpha(&l, METRIC_CIRCULAR, 8, plus) && same_alpha(&l, METRIC_CIRCULAR, 8, minus), "circular alpha: x + a, -x");

	memcpy(twice, r, n * sizeof *r);
	for (size_t i = 0; i < n; i++)
		twice[n + i] = (struct row){ r[i].t + 50, r[i].w, r[i].v };
	fill(&d, twice, 2 * n, NULL);
	bool right = true;
	for (size_t k = 0; k < N_OF(every); k++) {
		struct coef a = estimate(&l, values, WEIGHTS_LINEAR, every[k], linear);
		struct coef b = estimate(&d, values, WEIGHTS_LINEAR, every[k], linear);
		double big = (double)a.n;
		if (every[k] == COEF_ALPHA || a.status != COEF_OK)
			continue;
		right = right && near(a.value, b.value, 1e-13);
		if (every[k] != COEF_LIGHT)
			right = right && near(b.se, a.se * m_sqrt((big - 1) / (2 * big - 1)), 1e-12);
	}
	ok(right, "every task twice: the same value, a smaller error");
	labels_release(&d);
	labels_release(&l);
}

/* the nominal alpha that was there first */
static void test_other_alpha(void)
{
	static struct row r[4000];
	struct rng g;
	bool right = true;

	rng_seed(&g, 23);
	for (int i = 0; i < 50; i++) {
		struct labels l;
		struct alpha a;
		struct coef_opt o = { .error = ERROR_JACKKNIFE };
		fill(&l, r, random_rows(&g, r, 1 + (uint32_t)rng_below(&g, 30), 6, 40), NULL);
		alpha_nominal(&l, 0.95, &a);
		struct coef c = estimate_alpha(&l, NULL, METRIC_NOMINAL, 0, o);
		right = right && (a.status == ALPHA_OK) == (c.status == COEF_OK) && (a.se_status == ALPHA_OK) == (c.se_status == COEF_OK);
		if (c.status == COEF_OK)
			right = right && near(a.value, c.value, 1e-14) && near(a.se, c.se, 1e-12) && near(a.unbiased, c.centre, 1e-11);
		labels_release(&l);
	}
	ok(right, "agree/alpha.h says the same");
}

/* each class against the rest is the coefficient of labels with two classes */
static void test_classes(void)
{
	static const enum coef_id id[] = { COEF_PERCENT, COEF_FLEISS, COEF_AC1, COEF_BP, COEF_ALPHA };
	static struct row r[4000], s[4000];
	struct rng g;
	bool right = true, specific = true;

	rng_seed(&g, 29);
	for (int i = 0; i < 40; i++) {
		struct labels l;
		struct units u;
		struct coef_class c[K];
		struct coef_opt o = { .level = 0.9 };
		size_t n = random_rows(&g, r, 2 + (uint32_t)rng_below(&g, 30), 5, i % 2 ? 40 : 80);
		fill(&l, r, n, NULL);
		units_init(&u, &l, i % 3 ? NULL : values);
		for (size_t k = 0; k < N_OF(id) * K; k++) {
			struct labels two = { 0 };
			double same = 0, any = 0;
			memcpy(s, r, n * sizeof *r);
			for (size_t j = 0; j < n; j++)
				labels_add(&two, s[j].t, s[j].w, s[j].v == k % K);
			two.n_classes = 2;
			labels_group(&two, false);
			coef_per_class(&u, id[k / K], &o, c);
			struct coef want = estimate(&two, NULL, WEIGHTS_IDENTITY, id[k / K], o), got = c[k % K].c;
			right = right && got.status == want.status && got.se_status == want.se_status && near(got.value, want.value, 1e-12) &&
			        near(got.se, want.se, 1e-11) && near(got.low, want.low, 1e-10) && near(got.pe, want.pe, 1e-12) && got.n == want.n;
			for (size_t t = 0; t < two.n_tasks; t++) {
				double m = two.t_off[t + 1] - two.t_off[t], a = 0;
				for (size_t j = two.t_off[t]; j < two.t_off[t + 1]; j++)
					a += two.t_value[j];
				same += m > 1 ? a * (a - 1) / (m - 1) : 0;
				any += m > 1 ? a : 0;
			}
			specific = specific && c[k % K].has_specific == (any > 0) && (any == 0 || near(c[k % K].specific, same / any, 1e-13));
			labels_release(&two);
		}
		units_release(&u);
		labels_release(&l);
	}
	ok(right, "per class: the coefficient of \"this class or not\"");
	ok(specific, "per class: specific agreement by its definition");
}

struct seen {
	const struct labels *l;
	size_t n;
	bool right;
	uint32_t a, b;
};

static void see(void *ctx, const struct duo *p)
{
	struct seen *s = ctx;
	const struct labels *l = s->l;
	size_t n = 0, cells = 0;

	s->right = s->right && p->a < p->b && (!s->n || p->a > s->a || (p->a == s->a && p->b > s->b));
	for (size_t i = l->w_off[p->a]; i < l->w_off[p->a + 1]; i++)
		for (size_t j = l->w_off[p->b]; j < l->w_off[p->b + 1]; j++)
			n += l->w_task[i] == l->w_task[j];
	for (size_t c = 0; c < p->n_cells; c++)
		cells += p->count[c];
	s->right = s->right && n == p->n && cells == n;
	s->n++;
	s->a = p->a;
	s->b = p->b;
}

static void test_pairs(void)
{
	static const char *const rows[] = { "0011..", "..0101", "......", "01....", ".....1" };
	struct labels l;
	struct units u;
	struct seen s = { .l = &l, .right = true };

	load_rows(&l, rows, 5);
	units_init(&u, &l, NULL);
	duo_each(&u, see, &s);
	ok(s.right && s.n == 3, "pairs: only workers that share a task, in order");
	units_release(&u);
	struct coef c = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_LIGHT, linear);
	ok(c.status == COEF_OK && c.n + c.n_dropped == 3 && c.n_dropped == 1, "Light: pairs without a kappa are left out and counted");
	c = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_COHEN, linear);
	ok(c.status == COEF_NOT_TWO && *c.why, "Cohen: %s", c.why);
	labels_release(&l);
}

/* ---- degenerate --------------------------------------------------------------------------------------- */

static bool no_numbers(const struct coef *c)
{
	return c->value == 0 && c->se == 0 && c->low == 0 && c->high == 0 && *c->why && *c->se_why;
}

static void test_degenerate(void)
{
	static const char *const same[] = { "000", "000" }, *const alone[] = { "01..", "..01" }, *const one[] = { "01" };
	static const char *const single[] = { "0", "1", "0" };
	struct labels l;
	struct coef c;
	bool right = true;

	load_rows(&l, same, 2);
	for (size_t k = 0; k < N_OF(every); k++) {
		c = estimate(&l, NULL, WEIGHTS_IDENTITY, every[k], linear);
		right = right && (every[k] == COEF_PERCENT ? c.value == 1 && c.se == 0 && c.high == 1 :
		                  c.status != COEF_OK && no_numbers(&c));
	}
	ok(right, "one class, and no other to choose: percent only");
	l.n_classes = 3;
	for (size_t k = 0; k < N_OF(every); k++) {
		bool chosen = every[k] == COEF_PERCENT || every[k] == COEF_AC1 || every[k] == COEF_AC2 || every[k] == COEF_BP;
		c = estimate(&l, NULL, WEIGHTS_IDENTITY, every[k], linear);
		right = right && (chosen ? c.value == 1 && c.se == 0 && c.se_status == COEF_OK : c.status == COEF_ONE_CLASS && no_numbers(&c));
	}
	ok(right, "one class out of three: AC1 and BP are 1, the kappas and alpha have no value");
	labels_release(&l);

	load_rows(&l, alone, 2);
	right = true;
	for (size_t k = 0; k < N_OF(every); k++) {
		c = estimate(&l, NULL, WEIGHTS_IDENTITY, every[k], linear);
		right = right && c.status == COEF_NO_PAIRS && no_numbers(&c) && !c.has_pa;
	}
	ok(right, "no task has two labels: no value");
	labels_release(&l);

	load_rows(&l, one, 1);
	right = true;
	for (size_t k = 0; k < N_OF(every); k++)
		right = right && estimate(&l, NULL, WEIGHTS_IDENTITY, every[k], linear).status != COEF_OK;
	ok(right, "one worker: no value");
	labels_release(&l);

	load_rows(&l, single, 3);
	right = true;
	for (size_t k = 0; k < 7; k++) {
		c = estimate(&l, NULL, WEIGHTS_IDENTITY, every[k], linear);
		right = right && c.status == COEF_OK && c.se_status == COEF_ONE_TASK && *c.se_why && c.se == 0;
	}
	ok(right, "one task: a value without an error");
	labels_release(&l);

	l = (struct labels){ 0 };
	labels_group(&l, false);
	right = true;
	for (size_t k = 0; k < N_OF(every); k++)
		for (enum weights_kind w = WEIGHTS_IDENTITY; w <= WEIGHTS_BIPOLAR; w++)
			right = right && estimate(&l, NULL, w, every[k], linear).status == COEF_NO_PAIRS;
	ok(right, "no labels at all");
	labels_release(&l);
}

static void test_refusals(void)
{
	static const char *const rows[] = { "0120", "0121" };
	static const double zero[3] = { 0, 1, 2 }, turns[3] = { 0.5, 8.5, 16.5 }, huge[3] = { -1.7e308, 0, 1.7e308 };
	struct labels l;
	struct units u;
	struct weights w;
	struct coef c;

	load_rows(&l, rows, 2);
	units_init(&u, &l, zero);
	ok(weights_init(&w, WEIGHTS_RATIO, &u) == COEF_BAD_VALUES && *coef_why(COEF_BAD_VALUES), "ratio weights refuse the value 0");
	ok(weights_init_metric(&w, METRIC_CIRCULAR, &u, 0) == COEF_BAD_VALUES &&
	   weights_init_metric(&w, METRIC_CIRCULAR, &u, 1e308 * 10) == COEF_BAD_VALUES, "a circle has a circumference");
	c = estimate_alpha(&l, zero, METRIC_RATIO, 0, linear);
	ok(c.status == COEF_OK && c.value < 1, "the ratio metric takes it");
	units_release(&u);
	c = estimate_alpha(&l, turns, METRIC_CIRCULAR, 8, linear);
	ok(c.status == COEF_ONE_CLASS && no_numbers(&c), "angles that differ by whole turns are one class");
	ok(estimate_alpha(&l, NULL, METRIC_INTERVAL, 0, linear).status == COEF_NO_VALUES, "interval alpha needs numbers");
	bool right = true;
	for (size_t k = 0; k < N_OF(every); k++)
		for (enum weights_kind i = WEIGHTS_IDENTITY; i <= WEIGHTS_BIPOLAR; i++) {
			c = estimate(&l, huge, i, every[k], linear);
			right = right && c.value - c.value == 0 && c.se - c.se == 0 && c.low - c.low == 0 && c.pe - c.pe == 0;
		}
	for (int m = METRIC_NOMINAL; m <= METRIC_CIRCULAR; m++) {
		c = estimate_alpha(&l, huge, (enum metric)m, 1e-300, linear);
		right = right && c.value - c.value == 0 && c.se - c.se == 0 && c.observed - c.observed == 0;
	}
	ok(right, "values at the end of the range: no infinity, no NaN");
	l.n_classes = WEIGHTS_MOST + 1;
	units_init(&u, &l, NULL);
	ok(weights_init(&w, WEIGHTS_RADICAL, &u) == COEF_MANY_CLASSES && weights_init(&w, WEIGHTS_LINEAR, &u) == COEF_OK,
	   "all pairs of %d classes are refused", WEIGHTS_MOST + 1);
	weights_release(&w);
	units_release(&u);
	labels_release(&l);
}

static void test_names(void)
{
	bool right = true;

	for (int i = 0; i < N_COEFS; i++) {
		enum coef_id id;
		right = right && coef_by_name(str_of(coef_name((enum coef_id)i)), &id) && (int)id == i;
	}
	enum coef_id id;
	enum metric m;
	enum weights_kind w;
	ok(right && !coef_by_name(STR("kappa"), &id) && !metric_by_name(STR("linear"), &m) && !weights_by_name(STR(""), &w), "names");
}

static void test_population(void)
{
	struct labels l;
	struct coef_opt o = { .population = 24 };

	load_rows(&l, krip2011, 4);
	struct coef a = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_CONGER, linear), b = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_CONGER, o);
	struct coef c = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_FLEISS, linear), d = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_FLEISS, o);
	ok(near(b.se, a.se * m_sqrt(0.5), 1e-14) && near(d.se, c.se * m_sqrt(0.5), 1e-14), "half of a finite population");
	labels_release(&l);
}

int main(void)
{
	test_order();
	test_scales();
	test_other_alpha();
	test_classes();
	test_pairs();
	test_degenerate();
	test_refusals();
	test_names();
	test_population();
	return done();
}
