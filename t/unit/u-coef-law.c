/* agreement coefficients: published values, definitions written out, resampling */
#include "coefs.h"
#include "math/trig.h"

/* ---- published --------------------------------------------------------------------------------- */

/* Fleiss (1971), table 1: of 6 psychiatrists, how many gave depression, personality disorder,
 * schizophrenia, neurosis, other */
static const char *const fleiss1971[30] = {
	"00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006",
	"10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203",
	"00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006",
};

static void test_fleiss(void)
{
	struct labels l = { 0 };
	int n = 0;

	for (uint32_t t = 0; t < 30; t++) {
		uint32_t w = 0;
		for (uint32_t c = 0; c < 5; c++)
			for (int k = fleiss1971[t][c] - '0'; k > 0; k--, n++)
				labels_add(&l, t, w++, c);
	}
	labels_group(&l, false);
	struct coef c = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_FLEISS, linear);
	ok(n == 180 && near(c.value, 0.430, 5e-4), "Fleiss (1971): kappa %.3f", c.value);
	labels_release(&l);
}

static void two_way(struct labels *l, const unsigned *table, uint32_t q)
{
	uint32_t t = 0;

	*l = (struct labels){ 0 };
	for (uint32_t i = 0; i < q * q; i++)
		for (unsigned k = table[i]; k > 0; k--, t++) {
			labels_add(l, t, 0, i / q);
			labels_add(l, t, 1, i % q);
		}
	labels_group(l, false);
}

static void test_cohen(void)
{
	static const unsigned table[3][4] = { { 20, 5, 10, 15 }, { 45, 15, 25, 15 }, { 25, 35, 5, 35 } };
	static const double want[3] = { 0.4, 0.1304, 0.2593 };

	for (int i = 0; i < 3; i++) {
		struct labels l;
		two_way(&l, table[i], 2);
		struct coef c = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_COHEN, linear);
		struct coef g = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_CONGER, linear);
		struct coef t = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_LIGHT, linear);
		ok(near(c.value, want[i], 5e-5) && c.df == (double)c.n - 1, "Cohen's kappa, Wikipedia's table %d: %.4f", i + 1, c.value);
		ok(near(g.value, c.value, 1e-14) && t.value == c.value && t.se_status == COEF_NO_ERROR && *t.se_why,
		   "Conger's and Light's kappa of two workers are Cohen's");
		c = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_SCOTT, linear);
		g = estimate(&l, NULL, WEIGHTS_IDENTITY, COEF_FLEISS, linear);
		ok(near(g.value, c.value, 1e-14), "Fleiss' kappa of two workers is Scott's pi");
		labels_release(&l);
	}
}

static void test_krippendorff(void)
{
	static const struct { enum metric m; double want; } alpha[] = {
		{ METRIC_NOMINAL, 0.743 }, { METRIC_ORDINAL, 0.815 }, { METRIC_INTERVAL, 0.849 }, { METRIC_RATIO, 0.797 },
	};
	static const double x[6] = { 0, 1, 2, 3, 4, 5 };
	struct labels l, m = { 0 };

	load_rows(&l, krip2011, 4);
	for (size_t i = 0; i < N_OF(alpha); i++) {
		struct coef c = estimate_alpha(&l, x, alpha[i].m, 0, linear);
		ok(near(c.value, alpha[i].want, 5e-4), "Krippendorff 2011: %s alpha %.4f", metric_name(alpha[i].m), c.value);
	}
	labels_release(&l);
	/* the domain of the published AC1 is 1 .. 5, without a class 0 */
	for (uint32_t w = 0; w < 4; w++)
		for (uint32_t t = 0; t < 12; t++)
			if (krip2011[w][t] != '.')
				labels_add(&m, t, w, (uint32_t)(krip2011[w][t] - '1'));
	labels_group(&m, false);
	struct coef c = estimate(&m, NULL, WEIGHTS_IDENTITY, COEF_AC1, linear);
	ok(near(c.value, 0.77544, 5e-6) && near(c.se, 0.14295, 5e-6), "Gwet: AC1 %.5f, se %.5f", c.value, c.se);
	labels_release(&m);
}

/* ---- the definitions, all pairs of classes --------------------------------------------------------- */

static double square(double x)
{
	return x * x;
}

static double slow_v(enum weights_kind kind, const double *x, int k, int l)
{
	double d = magnitude(x[k] - x[l]), range = x[K - 1] - x[0], most = 0, v[K][K], m;

	if (k == l)
		return 0;
	switch (kind) {
	case WEIGHTS_IDENTITY:
		return 1;
	case WEIGHTS_LINEAR:
		return d / range;
	case WEIGHTS_QUADRATIC:
		return d * d / (range * range);
	case WEIGHTS_RADICAL:
		return m_sqrt(d / range);
	case WEIGHTS_ORDINAL:
		m = abs(k - l) + 1;
		return m * (m - 1) / 2 / (K * (K - 1) / 2.0);
	case WEIGHTS_RATIO:
		return square(d / (x[k] + x[l])) / square(range / (x[0] + x[K - 1]));
	case WEIGHTS_CIRCULAR:
	case WEIGHTS_BIPOLAR:
		break;
	}
	for (int i = 0; i < K; i++)
		for (int j = 0; j < K; j++) {
			double s, cosine, a = x[i] + x[j];
			m_sincospi((x[i] - x[j]) / (range + 1), &s, &cosine);
			v[i][j] = kind == WEIGHTS_CIRCULAR ? s * s :
			          i == j ? 0 : square(x[i] - x[j]) / ((a - 2 * x[0]) * (2 * x[K - 1] - a));
			most = v[i][j] > most ? v[i][j] : most;
		}
	return v[k][l] / most;
}

/* p_a and p_e of fleiss, ac2 and bp, and 1 - alpha, by their formulas */
static bool slow(const struct labels *l, enum weights_kind kind, const double *x, enum coef_id id, double *value)
{
	double pi[K] = { 0 }, nc[K] = { 0 }, tw = 0, pa = 0, pe = 0, observed = 0, all = 0, n = 0, n2 = 0;

	for (size_t t = 0; t < l->n_tasks; t++) {
		double r = l->t_off[t + 1] - l->t_off[t], agree = 0;
		n += r > 0;
		n2 += r > 1;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			pi[l->t_value[i]] += 1 / r;
			nc[l->t_value[i]] += r > 1;
			for (size_t j = l->t_off[t]; j < l->t_off[t + 1]; j++)
				agree += i == j ? 0 : 1 - slow_v(kind, x, (int)l->t_value[i], (int)l->t_value[j]);
		}
		all += r > 1 ? r : 0;
		pa += r > 1 ? agree / (r * (r - 1)) : 0;
		observed += r > 1 ? (r * (r - 1) - agree) / (r - 1) : 0;
	}
	if (n2 < 1)
		return false;
	double de = 0, h = 0;
	for (int k = 0; k < K; k++) {
		h += pi[k] / n * (1 - pi[k] / n);
		for (int c = 0; c < K; c++) {
			tw += 1 - slow_v(kind, x, k, c);
			pe += (1 - slow_v(kind, x, k, c)) * pi[k] * pi[c] / (n * n);
			de += slow_v(kind, x, k, c) * nc[k] * nc[c];
		}
	}
	pe = id == COEF_FLEISS ? pe : id == COEF_BP ? tw / (K * K) : tw / (K * (K - 1)) * h;
	if (id == COEF_ALPHA) {
		*value = 1 - observed / all / (de / (all * (all - 1)));
		return de > 1e-9;
	}
	*value = (pa / n2 - pe) / (1 - pe);
	return 1 - pe > 1e-9;
}

static void test_definitions(void)
{
	static const enum coef_id id[] = { COEF_FLEISS, COEF_AC2, COEF_BP, COEF_ALPHA };
	static struct row r[4000];
	struct rng g;

	rng_seed(&g, 7);
	for (enum weights_kind k = WEIGHTS_IDENTITY; k <= WEIGHTS_BIPOLAR; k++) {
		bool right = true;
		int n_defined = 0;
		for (int i = 0; i < 60; i++) {
			struct labels l;
			fill(&l, r, random_rows(&g, r, 1 + (uint32_t)rng_below(&g, 20), 1 + (uint32_t)rng_below(&g, 9), 60), NULL);
			for (size_t j = 0; j < N_OF(id); j++) {
				double want;
				struct coef c = estimate(&l, values, k, id[j], linear);
				bool defined = slow(&l, k, values, id[j], &want);
				right = right && defined == (c.status == COEF_OK) && (!defined || near(c.value, want, 1e-12));
				n_defined += defined;
			}
			labels_release(&l);
		}
		ok(right && n_defined > 100, "%s weights: 60 random sets, all pairs of classes", weights_name(k));
	}
}

/* sums over many classes in closed form against all pairs */
static void test_many_classes(void)
{
	enum { Q = 300 };
	static double x[Q], mass[Q], got[Q];
	struct labels l = { 0 };
	struct units u;
	struct rng g;

	rng_seed(&g, 3);
	for (uint32_t i = 0; i < Q; i++) {
		x[i] = 1 + (double)rng_below(&g, 100000) / 64;
		mass[i] = rng_unit(&g) * (rng_below(&g, 9) ? 1e-3 : 1);
		labels_add(&l, 0, i, i);
	}
	labels_group(&l, false);
	units_init(&u, &l, x);
	for (int k = 0; k < 8 + 5; k++) {
		struct weights w;
		double worst = 0, total = 0, form = 0;
		enum coef_status s = k < 8 ? weights_init(&w, (enum weights_kind)k, &u)
		                           : weights_init_metric(&w, (enum metric)(k - 8), &u, 360);
		weights_apply(&w, NULL, mass, Q, got);
		for (uint32_t i = 0; i < Q; i++) {
			double o = 0;
			for (uint32_t j = 0; j < Q; j++) {
				o += mass[j] * weights_v(&w, i, j);
				total += weights_v(&w, i, j);
			}
			worst = magnitude(o - got[i]) > worst ? magnitude(o - got[i]) : worst;
		}
		form = weights_form(&w, units_counts(&u, 0));
		ok(s == COEF_OK && worst < 1e-11 && near(weights_total(&w), total, 1e-12) && near(form, total, 1e-12),
		   "%s %s of %d classes: closed forms, %.0e", k < 8 ? weights_name((enum weights_kind)k) : metric_name((enum metric)(k - 8)),
		   k < 8 ? "weights" : "metric", Q, worst);
		weights_release(&w);
	}
	units_release(&u);
	labels_release(&l);
}

/* ---- resampling ------------------------------------------------------------------------------------ */

/* the jackknife with every replicate computed from the labels that are left */
static bool slow_jackknife(const struct row *r, size_t n_rows, uint32_t tasks, enum coef_id id, enum weights_kind kind,
                           int metric, const struct coef *fast)
{
	static struct row left[4000];
	double v[64], sum = 0, sq = 0;
	size_t n = 0;

	for (uint32_t t = 0; t < tasks; t++) {
		struct labels l;
		size_t m = 0, own = 0;
		for (size_t i = 0; i < n_rows; i++) {
			own += r[i].t == t;
			if (r[i].t != t)
				left[m++] = r[i];
		}
		if (own < (id == COEF_ALPHA ? 2 : 1))
			continue;
		fill(&l, left, m, NULL);
		struct coef c = metric >= 0 ? estimate_alpha(&l, values, (enum metric)metric, 7, linear)
		                            : estimate(&l, values, kind, id, linear);
		labels_release(&l);
		if (c.status != COEF_OK)
			return fast->se_status != COEF_OK;
		v[n++] = c.value;
	}
	if (n < 2)
		return fast->se_status != COEF_OK;
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	for (size_t i = 0; i < n; i++)
		sq += (v[i] - sum / (double)n) * (v[i] - sum / (double)n);
	double se = m_sqrt((double)(n - 1) / (double)n * sq);
	bool right = fast->se_status == COEF_OK && near(fast->se, se, 1e-10) &&
	       near(fast->centre, (double)n * fast->value - (double)(n - 1) * sum / (double)n, 1e-9);
	if (!right)
		printf("# %s metric %d weights %d: status %d, se %.15g, want %.15g\n", coef_name(id), metric, (int)kind,
		       (int)fast->se_status, fast->se, se);
	return right;
}

static void test_jackknife(void)
{
	static const struct coef_opt o = { .error = ERROR_JACKKNIFE };
	static struct row r[4000];
	struct rng g;
	bool right = true, ordinal = true;

	rng_seed(&g, 11);
	for (int i = 0; i < 40; i++) {
		struct labels l;
		uint32_t tasks = 2 + (uint32_t)rng_below(&g, 12);
		size_t n = random_rows(&g, r, tasks, 1 + (uint32_t)rng_below(&g, i % 4 ? 6 : 40), i % 2 ? 50 : 90);
		fill(&l, r, n, NULL);
		for (size_t k = 0; k < N_MEANS; k++)
			for (enum weights_kind w = WEIGHTS_IDENTITY; w <= WEIGHTS_BIPOLAR; w++) {
				struct coef c = estimate(&l, values, w, every[k], o);
				if (c.status == COEF_OK)
					right = slow_jackknife(r, n, tasks, every[k], w, -1, &c) && right;
			}
		for (int m = METRIC_NOMINAL; m <= METRIC_CIRCULAR; m++) {
			struct coef c = estimate_alpha(&l, values, (enum metric)m, 7, o);
			if (c.status == COEF_OK)
				ordinal = slow_jackknife(r, n, tasks, COEF_ALPHA, WEIGHTS_IDENTITY, m, &c) && ordinal;
		}
		labels_release(&l);
	}
	ok(right, "jackknife: 40 random sets, every replicate from scratch");
	ok(ordinal, "jackknife of alpha with each metric, likewise");
}

static void test_bootstrap(void)
{
	static struct row r[4000];
	struct rng g;
	struct labels l;
	bool same = true, close = true, dropped;

	rng_seed(&g, 13);
	fill(&l, r, random_rows(&g, r, 300, 6, 60), NULL);
	for (size_t k = 0; k < N_MEANS; k++) {
		struct coef_opt o = { .error = ERROR_BOOTSTRAP, .n_resamples = 400, .seed = 9, .threads = 1 };
		struct coef a = estimate(&l, values, WEIGHTS_LINEAR, every[k], o);
		o.threads = 3;
		struct coef b = estimate(&l, values, WEIGHTS_LINEAR, every[k], o);
		struct coef c = estimate(&l, values, WEIGHTS_LINEAR, every[k], linear);
		same = same && !memcmp(&a, &b, sizeof a);
		close = close && magnitude(a.se / c.se - 1) < 0.15 && a.n_dropped == 0 && a.low < a.value && a.value < a.high;
	}
	labels_release(&l);
	ok(same, "bootstrap: the same for any number of threads");
	ok(close, "bootstrap: close to the linear error on 300 tasks");
	static const char *const two[] = { "01", "01" };
	struct coef_opt o = { .error = ERROR_BOOTSTRAP, .n_resamples = 50, .seed = 1 };
	load_rows(&l, two, 2);
	struct coef c = estimate_alpha(&l, NULL, METRIC_NOMINAL, 0, o);
	dropped = c.n_dropped > 10 && c.n_dropped < 40 && c.se == 0 && c.low == 1 && c.se_status == COEF_OK;
	o.n_resamples = 1;
	ok(dropped && estimate_alpha(&l, NULL, METRIC_NOMINAL, 0, o).se_status == COEF_FEW_RESAMPLES,
	   "bootstrap: resamples with one class are dropped and counted");
	labels_release(&l);
}

int main(void)
{
	test_fleiss();
	test_cohen();
	test_krippendorff();
	test_definitions();
	test_many_classes();
	test_jackknife();
	test_bootstrap();
	return done();
}
