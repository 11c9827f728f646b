/* Krippendorff's alpha: shared cases, published values, exact small cases, laws */
#include "agree/alpha.h"

#include "math/explog.h"
#include "math/quantile.h"
#include "math/rng.h"
#include "sets.h"

static double number(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(o, key);

	return v ? v->valuedouble : 0;
}

static double item(const cJSON *o, const char *key, int i)
{
	const cJSON *v = cJSON_GetArrayItem(cJSON_GetObjectItem(o, key), i);

	return v ? v->valuedouble : 0;
}

static void one_case(const char *name)
{
	char rel[128];
	struct set s;
	struct alpha a;

	snprintf(rel, sizeof rel, "cases/metrics/%s.labels.ndjson", name);
	const char *path = shared_or_skip(rel);
	if (!path)
		return;
	set_load(&s, path);
	snprintf(rel, sizeof rel, "cases/metrics/%s.expect.json", name);
	path = shared_or_skip(rel);
	cJSON *doc = path ? json_file(path) : NULL;
	const cJSON *e = cJSON_GetObjectItem(cJSON_GetObjectItem(doc, "alpha"), "nominal");
	const cJSON *jack = cJSON_GetObjectItem(e, "jackknife");
	const cJSON *closed = cJSON_GetObjectItem(doc, "closed_form");

	alpha_nominal(&s.l, 0.95, &a);
	if (closed) {
		ok(near(a.value, number(closed, "alpha_nominal"), 1e-12) && a.se_status == ALPHA_OK, "%s", name);
	} else if (cJSON_IsNull(cJSON_GetObjectItem(e, "value"))) {
		ok(a.status == ALPHA_ONE_CLASS && a.se_status == ALPHA_ONE_CLASS, "%s: undefined", name);
	} else {
		ok(a.status == ALPHA_OK && near(a.value, number(e, "value"), 1e-12) &&
		   near(a.observed, number(e, "Do"), 1e-12) && near(a.expected, number(e, "De"), 1e-12),
		   "%s: alpha %.15g", name, a.value);
		ok(jack ? a.se_status == ALPHA_OK && near(a.se, number(jack, "se"), 1e-12) &&
		          near(a.unbiased, number(jack, "bias_corrected"), 1e-12) &&
		          /* the t quantiles of the cases have 10 digits (df 2: 4.30265272991 for ..2974946) */
		          near(a.low, item(jack, "ci95", 0), 1e-10) && near(a.high, item(jack, "ci95", 1), 1e-10) &&
		          (double)a.n_pairable == number(jack, "n")
		        : a.se_status == ALPHA_ONE_TASK, "%s: se %.12g", name, a.se);
	}
	cJSON_Delete(doc);
	set_release(&s);
}

static void test_cases(void)
{
	static const char *const name[] = {
		"edge_duplicates_last_wins", "edge_one_task", "edge_perfect", "edge_perfect_disagreement",
		"edge_single_category", "fleiss1971_diagnoses", "gwet_4x4_diagnosis", "huge_categories",
		"irrcac_raw_4raters", "irrcac_raw_5observers", "irrcac_raw_ben_gerry", "irrcac_raw_g1g2",
		"irrcac_raw_gender", "krip2011_a_binary", "krip2011_c_missing",
	};

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		one_case(name[i]);
}

/* Krippendorff (2011), section C: 4 observers, 12 units, missing values; alpha = .743 */
static const char *const krip2011[4] = { "123321412...", "1233224125.3", ".3332342251.", "12332441251." };

/* rows[w][t] is the label or '.' */
static void load_rows(struct labels *l, const char *const *rows, uint32_t n_workers)
{
	*l = (struct labels){ 0 };
	for (uint32_t w = 0; w < n_workers; w++)
		for (uint32_t t = 0; rows[w][t]; t++)
			if (rows[w][t] != '.')
				labels_add(l, t, w, (uint32_t)(rows[w][t] - '0'));
	labels_group(l, false);
}

static double alpha_rows(const char *const *rows, uint32_t n_workers, struct alpha *a)
{
	struct labels l;

	load_rows(&l, rows, n_workers);
	alpha_nominal(&l, 0.95, a);
	labels_release(&l);
	return a->value;
}

static void test_small(void)
{
	struct alpha a;
	static const char *const two[] = { "0101", "0110" };
	static const char *const lonely[] = { "01..", "..01" };
	static const char *const rare[] = { "0001", "0001" };
	static const char *const same[] = { "00.", "000" };

	/* by hand: Do = 2/4, De = (64 - 32)/56 */
	ok(near(alpha_rows(two, 2, &a), 1 - 0.5 * 56 / 32, 1e-15) && a.n_pairable == 4 && a.n_labels == 8, "by hand");
	alpha_rows(lonely, 2, &a);
	ok(a.status == ALPHA_NO_PAIRS && a.se_status == ALPHA_NO_PAIRS && *alpha_why(a.status), "no pairs");
	ok(alpha_rows(rare, 2, &a) == 1 && a.status == ALPHA_OK && a.se_status == ALPHA_CLASS_ON_ONE_TASK &&
	   *alpha_why(a.se_status), "a class on one task only: no error");
	alpha_rows(same, 2, &a);
	ok(a.status == ALPHA_ONE_CLASS && a.observed == 0 && !*alpha_why(ALPHA_OK), "one class");
}

/* the definition, word by word: all pairs, a full coincidence matrix, all replicates */
static bool slow_alpha(const struct labels *l, size_t skip, long double *value)
{
	enum { K = 6 };
	long double o[K][K] = { { 0 } }, n[K] = { 0 }, all = 0, observed = 0, expected = 0;

	for (size_t t = 0; t < l->n_tasks; t++) {
		uint32_t m = l->t_off[t + 1] - l->t_off[t];
		for (size_t i = l->t_off[t]; m > 1 && t != skip && i < l->t_off[t + 1]; i++)
			for (size_t j = l->t_off[t]; j < l->t_off[t + 1]; j++)
				if (i != j)
					o[l->t_value[i]][l->t_value[j]] += 1.0L / (m - 1);
	}
	for (int c = 0; c < K; c++)
		for (int k = 0; k < K; k++)
			n[c] += o[c][k];
	for (int c = 0; c < K; c++)
		all += n[c];
	for (int c = 0; c < K; c++)
		for (int k = 0; k < K; k++) {
			observed += c == k ? 0 : o[c][k];
			expected += c == k ? 0 : n[c] * n[k];
		}
	if (expected < 0.5L)
		return false;
	*value = 1 - (all - 1) * observed / expected;
	return true;
}

/* value, error and interval of one random set */
static bool same_as_slow(const struct labels *l)
{
	struct alpha a;
	long double v, x, sum = 0, square = 0;
	size_t n = 0;
	bool error = true;

	alpha_nominal(l, 0.9, &a);
	if (!slow_alpha(l, SIZE_MAX, &v))
		return a.status != ALPHA_OK;
	if (a.status != ALPHA_OK || !near(a.value, (double)v, 1e-14))
		return false;
	for (size_t t = 0; t < l->n_tasks; t++) {
		if (l->t_off[t + 1] - l->t_off[t] < 2)
			continue;
		n++;
		error = error && slow_alpha(l, t, &x);
		sum += x;
		square += x * x;
	}
	if (n < 2 || !error)
		return a.se_status == (n < 2 ? ALPHA_ONE_TASK : ALPHA_CLASS_ON_ONE_TASK);
	long double spread = square - sum * sum / (long double)n;
	double se = m_sqrt((double)((spread > 0 ? spread : 0) * (long double)(n - 1) / (long double)n));
	double half = student_quantile(0.95, (double)(n - 1)) * a.se;
	return a.se_status == ALPHA_OK && (near(a.se, se, 1e-12) || se < 1e-8) &&
	       near(a.unbiased, (double)((long double)n * v - (long double)(n - 1) * sum / (long double)n), 1e-11) &&
	       near(a.low, a.value - half, 1e-12) && (a.high == 1 || near(a.high, a.value + half, 1e-12));
}

struct row {
	uint32_t t, w, v;
};

static void fill(struct labels *l, const struct row *r, size_t n, const uint32_t *map)
{
	*l = (struct labels){ 0 };
	for (size_t i = 0; i < n; i++)
		labels_add(l, r[i].t, r[i].w, map[r[i].v]);
	labels_group(l, false);
}

static void test_random(void)
{
	static const uint32_t id[] = { 0, 1, 2, 3, 4, 5 }, perm[] = { 3, 5, 0, 1, 4, 2 };
	static struct row r[600];
	struct rng g;
	bool right = true, relabelled = true, shuffled = true;

	rng_seed(&g, 5);
	for (int k = 0; k < 400; k++) {
		struct labels l;
		struct alpha a, b;
		size_t n = 1 + (size_t)rng_below(&g, k < 200 ? 20 : 300);
		uint32_t tasks = 1 + (uint32_t)rng_below(&g, 60), classes = 1 + (uint32_t)rng_below(&g, 6), m = 0;
		for (size_t i = 0; i < n; i++) {
			uint32_t t = (uint32_t)rng_below(&g, tasks);
			uint32_t v = rng_below(&g, 2) ? t % classes : (uint32_t)rng_below(&g, classes);
			r[m++] = (struct row){ t, (uint32_t)i, v };    /* no pair repeats */
		}
		fill(&l, r, m, id);
		right = right && same_as_slow(&l);
		alpha_nominal(&l, 0.95, &a);
		labels_release(&l);
		fill(&l, r, m, perm);
		alpha_nominal(&l, 0.95, &b);
		relabelled = relabelled && !memcmp(&a.value, &b.value, sizeof a.value) && a.se == b.se;
		labels_release(&l);
		for (size_t i = m - 1; i > 0; i--) {
			size_t j = (size_t)rng_below(&g, i + 1);
			struct row x = r[i];
			r[i] = r[j];
			r[j] = x;
		}
		fill(&l, r, m, id);
		alpha_nominal(&l, 0.95, &b);
		shuffled = shuffled && !memcmp(&a.value, &b.value, sizeof a.value) && near(b.se, a.se, 1e-13);
		labels_release(&l);
	}
	ok(right, "400 random sets: the definition with all pairs and all replicates");
	ok(relabelled, "renaming the classes changes nothing");
	ok(shuffled, "the order of the labels changes no bit of alpha");
}

int main(void)
{
	struct alpha a;

	test_cases();
	ok(near(alpha_rows(krip2011, 4, &a), 113.0 / 152, 1e-14), "Krippendorff 2011 C: %.3f", a.value);
	test_small();
	test_random();
	return done();
}
