/* classes, confidences and bounds against gold: published and shared cases, laws, what is undefined */
#include "score/bounds.h"
#include "score/quality-class.h"
#include "score/quality-confidence.h"
#include "score/reward.h"

#include "math/explog.h"
#include "measures.h"

/* ---- bounds ------------------------------------------------------------------------ */

static void shared_bounds(void)
{
	cJSON *doc = vec_shared("cases/metrics/bounds_small_counts.expect.json");
	const cJSON *row;

	if (!doc)
		return;
	cJSON_ArrayForEach(row, vec_at(doc, "rows")) {
		uint64_t k = (uint64_t)vec_at(row, "k")->valuedouble, n = (uint64_t)vec_at(row, "n")->valuedouble;
		struct interval w = bounds_wilson(k, n, 0.95);
		uint32_t bp = 0;
		bool right = as_said(row, "wilson_lower", measure_of(w.low));
		right = as_said(row, "wilson_upper", measure_of(w.high)) && right;
		right = as_said(row, "beta11_lower05", measure_of(bounds_beta(k, n, 1, 1, 0.95).low)) && right;
		right = as_said(row, "jeffreys_lower05", measure_of(bounds_beta(k, n, 0.5, 0.5, 0.95).low)) && right;
		right = as_said(row, "beta11_mean", measure_of(bounds_beta_mean(k, n, 1, 1))) && right;
		right = reward_wilson_lb_bp(k, n, REWARD_Z2_95, &bp) &&
		        bp == (uint32_t)vec_at(row, "wilson_lower_bp_floor")->valueint && right;
		ok(right, "bounds of %d in %d", (int)k, (int)n);
	}
	cJSON_Delete(doc);
}

/* chance of k hits or more in n */
static double binomial_upper(unsigned k, unsigned n, double p)
{
	double sum = 0;

	for (unsigned i = k; i <= n; i++) {
		double term = 1;
		for (unsigned j = 1; j <= i; j++)
			term *= (double)(n - i + j) / j * p;
		for (unsigned j = i; j < n; j++)
			term *= 1 - p;
		sum += term;
	}
	return sum;
}

static void test_bounds(void)
{
	bool score = true, exact = true, mirror = true, order = true, split = true;

	/* Agresti, Coull (1998), The American Statistician 52:119: 0 of 10 and 95 % give (0, .278) and Clopper-Pearson
	 * (0, .308); Newcombe (1998), Statistics in Medicine 17:857, table I: 81/263 Wilson .2553 .3662,
	 * exact .2527 .3676 */
	struct interval w = bounds_wilson(81, 263, 0.975), c = bounds_clopper_pearson(81, 263, 0.975);
	ok(near(w.low, 0.2553, 5e-5) && near(w.high, 0.3662, 5e-5), "Newcombe's 81 of 263, Wilson");
	ok(near(c.low, 0.2527, 5e-5) && near(c.high, 0.3676, 5e-5), "and exact");
	w = bounds_wilson(0, 10, 0.975), c = bounds_clopper_pearson(0, 10, 0.975);
	ok(w.low == 0 && near(w.high, 0.2775, 5e-5) && c.low == 0 && near(c.high, 0.3085, 5e-5), "0 of 10");
	ok(bounds_wilson(0, 0, 0.95).low == 0 && bounds_wilson(0, 0, 0.95).high == 1 &&
	   bounds_clopper_pearson(0, 0, 0.95).low == 0 && bounds_clopper_pearson(0, 0, 0.95).high == 1, "nothing known");
	ok(bounds_wilson(7, 7, 0.95).high == 1 && bounds_clopper_pearson(7, 7, 0.95).high == 1, "all right");
	for (unsigned n = 1; n <= 30; n++)
		for (unsigned k = 0; k <= n; k++) {
			const double z2 = 1.6448536269514722 * 1.6448536269514722;
			struct interval a = bounds_wilson(k, n, 0.95), b = bounds_wilson(n - k, n, 0.95);
			double ends[] = { a.low, a.high };
			/* the bound is the p from which k is just z standard deviations off */
			for (unsigned e = 0; e < 2; e++) {
				double off = k - n * ends[e];
				score = score && near(off * off, z2 * n * ends[e] * (1 - ends[e]), 1e-12);
			}
			mirror = mirror && near(a.low, 1 - b.high, 1e-15);
			a = bounds_clopper_pearson(k, n, 0.95);
			exact = exact && (!k || near(binomial_upper(k, n, a.low), 0.05, 1e-12));
			exact = exact && (k == n || near(1 - binomial_upper(k + 1, n, a.high), 0.05, 1e-12));
			struct interval j = bounds_beta(k, n, 0.5, 0.5, 0.95);
			order = order && j.low >= a.low && j.high <= a.high && j.low < (k + 0.5) / (n + 1) &&
			        j.high > (k + 0.5) / (n + 1);
			/* parts of the same rate never gain */
			split = split && n * bounds_wilson(k, n, 0.95).low * 2 <= 2 * n * bounds_wilson(2 * k, 2 * n,
			        0.95).low + 1e-12;
		}
	ok(score, "Wilson solves his equation");
	ok(mirror, "hits and misses mirror");
	ok(exact, "Clopper-Pearson leaves exactly 5 %% of the binomial");
	ok(order, "Jeffreys lies inside");
	ok(split, "two halves are worth no more than the whole");
	ok(near(bounds_beta_quantile(0.3, 1, 1), 0.3, 1e-15) && near(bounds_beta_quantile(0.25, 2, 1), 0.5, 1e-15) &&
	   near(bounds_beta_quantile(0.5, 7.25, 7.25), 0.5, 1e-15), "Beta quantiles known in closed form");
}

/* ---- classes ----------------------------------------------------------------------- */

struct answers {
	struct intern values;
	struct { char task[32]; uint32_t said, gold; double confidence; bool has_gold; } of[200];
	size_t n;
};

static void read_answer(const cJSON *j, void *ctx)
{
	struct answers *a = ctx;
	const char *task = vec_at(j, "task")->valuestring;
	size_t i = 0;

	while (i < a->n && strcmp(a->of[i].task, task))
		i++;
	if (i == a->n)
		snprintf(a->of[a->n++].task, sizeof a->of[0].task, "%s", task);
	uint32_t v = value_id(&a->values, vec_at(j, "value"));
	if (!strcmp(vec_at(j, "kind")->valuestring, "gold")) {
		a->of[i].gold = v;
		a->of[i].has_gold = true;
	} else {
		a->of[i].said = v;
		a->of[i].confidence = vec_at(j, "confidence")->valuedouble;
	}
}

static bool means_as_said(const cJSON *doc, const char *key, struct means m)
{
	const cJSON *o = vec_at(doc, key);
	bool a = as_said(o, "precision", m.precision), b = as_said(o, "recall", m.recall), c = as_said(o, "f1", m.f1);

	return a && b && c;
}

static void shared_classes(void)
{
	cJSON *doc = vec_shared("cases/metrics/quality_categorical.expect.json");
	static struct answers a;
	uint32_t said[200], gold[200], K = 4, rank[4];
	double confidence[200];
	bool right[200], good = true;
	struct class_row row[4] = { { 0, 0, 0 } };
	uint64_t table[16] = { 0 };
	const cJSON *e;

	if (!doc)
		return;
	each_line(shared("cases/metrics/quality_categorical.labels.ndjson"), read_answer, &a);
	intern_sort(&a.values, rank, NULL);
	for (size_t i = 0; i < a.n; i++) {
		good = good && a.of[i].has_gold;
		said[i] = rank[a.of[i].said];
		gold[i] = rank[a.of[i].gold];
		confidence[i] = a.of[i].confidence;
		right[i] = said[i] == gold[i];
	}
	ok(good && a.n == 120, "the case is read");
	class_count(row, K, gold, said, a.n);
	class_confusion(table, K, gold, said, a.n);
	struct class_quality q = class_quality(row, K);
	ok(q.n == (uint64_t)vec_at(doc, "n")->valueint && q.correct == (uint64_t)vec_at(doc, "correct")->valueint,
	   "counts");
	for (int i = 0; i < 16; i++)
		good = good && table[i] == (uint64_t)cJSON_GetArrayItem(cJSON_GetArrayItem(vec_at(doc,
		       "confusion_gold_rows"), i / 4), i % 4)->valueint;
	ok(good, "confusion");
	ok(as_said(doc, "accuracy", q.accuracy), "accuracy");
	struct interval w = bounds_wilson(q.correct, q.n, 0.975), c = bounds_clopper_pearson(q.correct, q.n, 0.975);
	ok(is(measure_of(w.low), cJSON_GetArrayItem(vec_at(doc, "wilson95"), 0)->valuedouble) &&
	   is(measure_of(w.high), cJSON_GetArrayItem(vec_at(doc, "wilson95"), 1)->valuedouble) &&
	   as_said(doc, "wilson_lower_onesided95", measure_of(bounds_wilson(q.correct, q.n, 0.95).low)), "Wilson");
	ok(is(measure_of(c.low), cJSON_GetArrayItem(vec_at(doc, "clopper_pearson95"), 0)->valuedouble) &&
	   is(measure_of(c.high), cJSON_GetArrayItem(vec_at(doc, "clopper_pearson95"), 1)->valuedouble), "Clopper-Pearson");
	ok(as_said(doc, "beta_jeffreys_lower05", measure_of(bounds_beta(q.correct, q.n, 0.5, 0.5, 0.95).low)) &&
	   as_said(doc, "beta_uniform_lower05", measure_of(bounds_beta(q.correct, q.n, 1, 1, 0.95).low)) &&
	   as_said(doc, "beta_uniform_mean", measure_of(bounds_beta_mean(q.correct, q.n, 1, 1))), "Beta");
	cJSON_ArrayForEach(e, vec_at(doc, "per_class")) {
		struct class_row *r = row + rank[intern_find(&a.values, str_of(e->string))];
		struct prf p = class_prf(r);
		ok(as_said(e, "precision", p.precision) && as_said(e, "recall", p.recall) && as_said(e, "f1", p.f1) &&
		   r->gold == (uint64_t)vec_at(e, "support")->valueint, "class %s", e->string);
	}
	ok(means_as_said(doc, "macro", q.macro), "macro");
	ok(means_as_said(doc, "micro", q.micro), "micro");
	ok(means_as_said(doc, "weighted", q.weighted), "weighted");
	ok(as_said(doc, "balanced_accuracy", q.balanced) &&
	   as_said(doc, "balanced_accuracy_adjusted", q.balanced_adjusted), "balanced accuracy");
	ok(as_said(doc, "mcc", q.mcc) && as_said(doc, "cohen_kappa", q.kappa), "MCC and kappa");
	struct confidence_quality s = confidence_quality(confidence, right, a.n);
	ok(as_said(doc, "brier_correctness", s.brier) && as_said(doc, "log_loss_correctness", s.log_loss),
	   "Brier and log loss");
	ok(as_said(doc, "ece10", s.ece) && as_said(doc, "mce10", s.mce), "ECE and MCE");
	ok(as_said(doc, "auroc_confidence", s.auroc), "AUROC");
	intern_release(&a.values);
	cJSON_Delete(doc);
}

static struct class_quality quality_of(const char *gold, const char *said, unsigned K, struct class_row *row)
{
	uint32_t g[64], s[64];
	size_t n = strlen(gold);

	for (size_t i = 0; i < n; i++) {
		g[i] = (uint32_t)(gold[i] - 'a');
		s[i] = (uint32_t)(said[i] - 'a');
	}
	memset(row, 0, K * sizeof *row);
	class_count(row, K, g, s, n);
	return class_quality(row, K);
}

static void test_classes(void)
{
	struct class_row row[26];
	struct class_quality q = quality_of("aaaaaabbbc", "aaaabbbbac", 3, row);
	/* a: 6 gold, 5 said, 4 both; b: 3, 4, 2; c: 1, 1, 1 */
	ok(is(q.accuracy, 0.7) && is_prf(class_prf(row), 4 / 5., 4 / 6., 8 / 11.) &&
	   is_prf(class_prf(row + 1), 2 / 4., 2 / 3., 4 / 7.),
	   "ten answers by hand");
	ok(is(q.macro.precision, (4 / 5. + 2 / 4. + 1) / 3) && is(q.weighted.f1, (6 * 8 / 11. + 3 * 4 / 7. + 1) / 10),
	   "their means");
	ok(is(q.balanced, (4 / 6. + 2 / 3. + 1) / 3) && is(q.balanced_adjusted, (3 * 7 / 9. - 1) / 2), "balanced");
	ok(is(q.kappa, (70 - 43) / (100 - 43.)) && is(q.mcc, 27 / m_sqrt((100 - 42.) * (100 - 46.))), "chance-corrected");
	/* Wikipedia's table for binary MCC: cats and dogs, TP 6 FN 2 FP 1 TN 3: .478 */
	q = quality_of("aaaaaaaabbbb", "aaaaaabbabbb", 2, row);
	ok(near(q.mcc.value, 0.478, 5e-4), "MCC of two classes is phi");

	q = quality_of("abcabc", "abcabc", 3, row);
	ok(q.accuracy.value == 1 && q.mcc.value == 1 && q.kappa.value == 1 && q.balanced_adjusted.value == 1 &&
	   q.macro.f1.value == 1, "all right is exactly 1");
	q = quality_of("aaab", "aaaa", 2, row);
	ok(is(q.balanced, 0.5) && is(q.balanced_adjusted, 0) && none(q.mcc) && is(q.kappa, 0), "always the majority");
	ok(none(class_prf(row + 1).precision) && is(class_prf(row + 1).recall, 0) && is(class_prf(row + 1).f1, 0) &&
	   is(q.macro.precision, 3 / 8.), "a class never said");
	q = quality_of("aaaa", "aaaa", 1, row);
	ok(is(q.accuracy, 1) && none(q.kappa) && none(q.mcc) && none(q.balanced_adjusted) && is(q.balanced, 1),
	   "one class only");
	q = quality_of("aaaa", "abab", 3, row);
	ok(none(q.mcc) && is(q.kappa, 0) && none(class_prf(row + 1).recall) && none(class_prf(row + 2).f1) &&
	   is(q.macro.f1, 1 / 3.),
	   "a class that gold has not, and one that nobody has");
	q = quality_of("aabb", "aabc", 3, row);
	ok(is(q.balanced, 0.75) && is(q.balanced_adjusted, 0.5) && is(q.macro.recall, 0.5) && q.n_gold_classes == 2,
	   "C is the classes of gold");
	q = quality_of("", "", 2, row);
	ok(none(q.accuracy) && none(q.macro.f1) && none(q.balanced) && none(q.mcc) && none(q.kappa) &&
	   none(q.weighted.recall), "no answers");
	q = quality_of("ab", "ba", 2, row);
	ok(is(q.mcc, -1) && is(q.kappa, -1) && is(q.accuracy, 0) && is(q.balanced_adjusted, -1), "all wrong");
	struct class_row huge[2] = { { 4294967294, 4294967294, 4294967294 }, { 1, 1, 1 } };
	q = class_quality(huge, 2);
	ok(is(q.mcc, 1) && is(q.kappa, 1) && is(q.balanced, 1), "2^32 - 1 answers");
}

/* Gorodkin's R_K by its definition: correlation of indicator matrices */
static double slow_mcc(const uint32_t *g, const uint32_t *s, size_t n, unsigned K)
{
	double xy = 0, xx = 0, yy = 0;

	for (unsigned k = 0; k < K; k++) {
		double mg = 0, ms = 0;
		for (size_t i = 0; i < n; i++) {
			mg += (g[i] == k) / (double)n;
			ms += (s[i] == k) / (double)n;
		}
		for (size_t i = 0; i < n; i++) {
			xy += ((g[i] == k) - mg) * ((s[i] == k) - ms);
			xx += ((g[i] == k) - mg) * ((g[i] == k) - mg);
			yy += ((s[i] == k) - ms) * ((s[i] == k) - ms);
		}
	}
	return xy / m_sqrt(xx * yy);
}

static void law_classes(void)
{
	struct rng r;
	bool slow = true, order = true, names = true, padded = true;

	rng_seed(&r, 1);
	for (int round = 0; round < 300; round++) {
		uint32_t K = 2 + (uint32_t)rng_below(&r, 5), n = 5 + (uint32_t)rng_below(&r, 40);
		uint32_t at[64][2], g[64], s[64];
		struct class_row a[8] = { { 0, 0, 0 } }, b[8] = { { 0, 0, 0 } }, c[8] = { { 0, 0, 0 } };
		for (uint32_t i = 0; i < n; i++) {
			at[i][0] = g[i] = (uint32_t)rng_below(&r, K);
			at[i][1] = s[i] = rng_below(&r, 3) ? g[i] : (uint32_t)rng_below(&r, K);
		}
		class_count(a, K, g, s, n);
		struct class_quality q = class_quality(a, K), p = class_quality(a, 8);
		padded = padded && !memcmp(&q, &p, sizeof q);
		if (!q.mcc.why)
			slow = slow && near(q.mcc.value, slow_mcc(g, s, n, K), 1e-12);
		shuffle(&r, at, n, sizeof at[0]);
		for (uint32_t i = 0; i < n; i++) {
			g[i] = at[i][0];
			s[i] = at[i][1];
		}
		class_count(b, K, g, s, n);
		order = order && !memcmp(a, b, sizeof a);
		for (uint32_t i = 0; i < n; i++) {    /* names reversed */
			g[i] = K - 1 - g[i];
			s[i] = K - 1 - s[i];
		}
		class_count(c, K, g, s, n);
		p = class_quality(c, K);
		names = names && same_measure(p.mcc, q.mcc) && same_measure(p.macro.f1, q.macro.f1) &&
		        same_measure(p.weighted.f1, q.weighted.f1) &&
		        same_measure(p.balanced, q.balanced) && same_measure(p.kappa, q.kappa);
	}
	ok(slow, "MCC is the correlation of the indicators");
	ok(order, "order does not matter");
	ok(names, "nor do the names of classes, to the bit");
	ok(padded, "nor classes that do not occur");
}

/* ---- confidence --------------------------------------------------------------------- */

static void test_confidence(void)
{
	double c[] = { 0.9, 0.9, 0.3, 0.1, 1.0 };
	bool h[] = { true, false, true, false, true };
	struct confidence_quality q = confidence_quality(c, h, 5);

	ok(is(q.brier, (0.01 + 0.81 + 0.49 + 0.01 + 0) / 5), "Brier by hand");
	ok(is(q.log_loss, -(m_log(0.9) + m_log(0.1) + m_log(0.3) + m_log(0.9) + m_log(1 - 1e-6)) / 5), "log loss, clamped");
	/* bins 9: .9 .9 1 with 2 of 3; 3: .3 right; 1: .1 wrong */
	ok(is(q.ece, (0.8 + 0.7 + 0.1) / 5) && is(q.mce, 0.7) && q.bin[9].n == 3 && q.bin[9].right == 2 &&
	   q.bin[3].n == 1 && is(measure_of(q.bin[9].mean), 2.8 / 3),
	   "bins");
	/* right .9 .3 1, wrong .9 .1: .9 ties and wins, .3 loses and wins, 1 wins both */
	ok(is(q.auroc, (0.5 + 1 + 0 + 1 + 2) / 6), "AUROC with a tie");
	bool all[] = { true, true, true, true, true };
	q = confidence_quality(c, all, 5);
	ok(none(q.auroc) && !q.brier.why && !q.log_loss.why, "AUROC needs wrong answers");
	q = confidence_quality(c, h, 0);
	ok(none(q.brier) && none(q.log_loss) && none(q.ece) && none(q.mce) && none(q.auroc), "no answers");
	double sure[] = { 0, 1 };
	bool wrong[] = { true, false };
	q = confidence_quality(sure, wrong, 2);
	ok(is(q.log_loss, -m_log(1e-6)) && is(q.brier, 1) && is(q.auroc, 0) && is(q.mce, 1),
	   "sure and wrong costs, but not without end");
	double edges[] = { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0x1.fffffffffffffp-1 };
	bool some[10] = { true };
	q = confidence_quality(edges, some, 10);
	bool each = q.bin[0].n == 0 && q.bin[9].n == 2;
	for (int b = 1; b < 9; b++)
		each = each && q.bin[b].n == 1;
	ok(each, "tenths begin a bin");
}

static void law_confidence(void)
{
	struct rng r;
	bool slow = true, order = true, proper = true;

	rng_seed(&r, 2);
	for (int round = 0; round < 200; round++) {
		struct { double c; bool h; } at[50];
		double c[50], won = 0, pairs = 0;
		bool h[50];
		size_t n = 2 + rng_below(&r, 48);
		for (size_t i = 0; i < n; i++) {
			memset(at + i, 0, sizeof at[i]);
			at[i].c = c[i] = (double)rng_below(&r, 21) / 20;
			at[i].h = h[i] = rng_unit(&r) < c[i];
		}
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				if (h[i] && !h[j]) {
					pairs++;
					won += c[i] > c[j] ? 1 : c[i] == c[j] ? 0.5 : 0;
				}
		struct confidence_quality a = confidence_quality(c, h, n), b;
		slow = slow && (pairs > 0 ? is(a.auroc, won / pairs) : none(a.auroc));
		shuffle(&r, at, n, sizeof at[0]);
		for (size_t i = 0; i < n; i++) {
			c[i] = at[i].c;
			h[i] = at[i].h;
		}
		b = confidence_quality(c, h, n);
		order = order && same_measure(a.auroc, b.auroc) && same_measure(a.brier, b.brier) &&
		        same_measure(a.log_loss, b.log_loss) && same_measure(a.ece, b.ece);
	}
	/* of 7 right in 10 no other constant scores better than .7 */
	bool seven[10] = { true, true, true, true, true, true, true };
	double flat[10], best = 10, best_loss = 10;
	for (int p = 0; p <= 100; p++) {
		for (int i = 0; i < 10; i++)
			flat[i] = p / 100.;
		struct confidence_quality q = confidence_quality(flat, seven, 10);
		best = q.brier.value < best ? q.brier.value : best;
		best_loss = q.log_loss.value < best_loss ? q.log_loss.value : best_loss;
		proper = proper && (p != 70 || (q.brier.value == best && q.log_loss.value == best_loss));
		proper = proper && (p <= 70 || (q.brier.value > best && q.log_loss.value > best_loss));
	}
	ok(slow, "AUROC against all pairs");
	ok(order, "order does not matter, to the bit");
	ok(proper, "honest confidence is the best");
}

int main(void)
{
	test_bounds();
	test_classes();
	law_classes();
	test_confidence();
	law_confidence();
	shared_bounds();
	shared_classes();
	return done();
}
