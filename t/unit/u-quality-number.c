/* numbers against gold: the shared case, hand-made ones, slow references, laws, extremes */
#include "score/quality-number.h"

#include "math/explog.h"
#include "measures.h"

static const struct number_tolerance no_tolerance = { -1, -1 };

struct numbers {
	double said[100], gold[100];
	char task[100][32];
	size_t n;
};

static void read_number(const cJSON *j, void *ctx)
{
	struct numbers *a = ctx;
	const char *task = vec_at(j, "task")->valuestring;
	size_t i = 0;

	while (i < a->n && strcmp(a->task[i], task))
		i++;
	if (i == a->n)
		snprintf(a->task[a->n++], sizeof a->task[0], "%s", task);
	bool gold = !strcmp(vec_at(j, "kind")->valuestring, "gold");
	(gold ? a->gold : a->said)[i] = vec_at(j, "value")->valuedouble;
}

static void shared_numbers(void)
{
	cJSON *doc = vec_shared("cases/metrics/quality_numeric.expect.json");
	static struct numbers a;

	if (!doc)
		return;
	each_line(shared("cases/metrics/quality_numeric.labels.ndjson"), read_number, &a);
	struct number_quality q = number_quality(a.said, a.gold, a.n, (struct number_tolerance){ 3, 0.05 });
	const struct { const char *key; struct measure m; } all[] = {
		{ "mae", q.mae }, { "rmse", q.rmse }, { "bias", q.bias }, { "median_ae", q.median_ae }, { "r2", q.r2 },
		{ "mape", q.mape }, { "within_abs_3", q.within_abs }, { "within_rel_5pct", q.within_rel },
		{ "pearson", q.pearson }, { "spearman", q.spearman }, { "kendall_tau_b", q.kendall }, { "ccc_lin", q.ccc },
	};
	ok(q.n == (uint64_t)vec_at(doc, "n")->valueint, "n");
	for (size_t i = 0; i < N_OF(all); i++)
		ok(as_said(doc, all[i].key, all[i].m), "%s", all[i].key);
	const cJSON *limits = vec_at(doc, "bland_altman_loa");
	ok(is(q.limit_low, cJSON_GetArrayItem(limits, 0)->valuedouble) &&
	   is(q.limit_high, cJSON_GetArrayItem(limits, 1)->valuedouble), "limits of agreement");
	cJSON_Delete(doc);
}

static void test_numbers(void)
{
	double x[] = { 1, 2, 4, 8 }, y[] = { 2, 2, 3, 4 };    /* errors -1 0 1 4 */
	struct number_quality q = number_quality(x, y, 4, (struct number_tolerance){ 1, 0.5 });

	ok(is(q.mae, 1.5) && is(q.rmse, m_sqrt(4.5)) && is(q.bias, 1) && is(q.median_ae, 1) &&
	   is(q.mape, (0.5 + 0 + 1 / 3. + 1) / 4), "errors by hand");
	ok(is(q.within_abs, 0.75) && is(q.within_rel, 0.75) && q.n_within_abs == 3, "within tolerance, ties in");
	/* means 3.75 2.75; sums about them: x 28.75, y 2.75, xy 8.75 */
	ok(is(q.pearson, 8.75 / m_sqrt(28.75 * 2.75)) && is(q.ccc, 17.5 / (28.75 + 2.75 + 4)) &&
	   is(q.r2, 1 - 18 / 2.75), "correlations");
	/* ranks 1 2 3 4 and 1.5 1.5 3 4 */
	ok(is(q.spearman, 4.5 / m_sqrt(5 * 4.5)) && is(q.kendall, 5 / m_sqrt(6 * 5.)), "rank correlations");
	ok(is(q.limit_high, 1 + 1.96 * m_sqrt(14 / 3.)) && is(q.limit_low, 1 - 1.96 * m_sqrt(14 / 3.)), "limits");
	q = number_quality(x, x, 4, no_tolerance);
	ok(q.ccc.value == 1 && q.pearson.value == 1 && q.spearman.value == 1 && q.kendall.value == 1 && q.r2.value == 1 &&
	   q.mae.value == 0 && q.limit_low.value == 0,
	   "all right is exactly 1, and 0 wrong");
	ok(none(q.within_abs) && none(q.within_rel), "no tolerance, no share");
	q = number_quality(x, y, 3, no_tolerance);
	ok(is(q.median_ae, 1), "an odd number has one in the middle");

	double flat[] = { 3, 3, 3, 3 }, other[] = { 5, 5, 5, 5 };
	q = number_quality(flat, y, 4, no_tolerance);
	ok(none(q.pearson) && none(q.spearman) && none(q.kendall) && is(q.ccc, 0) && !q.r2.why, "answers all the same");
	q = number_quality(x, flat, 4, no_tolerance);
	ok(none(q.pearson) && none(q.r2) && is(q.ccc, 0), "gold all the same");
	q = number_quality(flat, flat, 4, no_tolerance);
	ok(none(q.ccc) && is(q.mae, 0), "one and the same number has no concordance");
	q = number_quality(flat, other, 4, no_tolerance);
	ok(is(q.ccc, 0) && is(q.bias, -2) && is(q.limit_low, -2), "two numbers have: none");
	double tenths[] = { 0.1, 0.1, 0.1 };
	q = number_quality(tenths, y, 3, no_tolerance);
	ok(none(q.pearson) && is(q.ccc, 0), "three tenths are the same, whatever their mean rounds to");
	bool flats = true;
	for (int i = 1; i <= 500; i++) {
		double same[49], said[49], gold[49];
		for (int j = 0; j < 49; j++) {
			same[j] = i / 100.;
			said[j] = j + i / 4.;
			gold[j] = j;
		}
		q = number_quality(same, gold, 49, no_tolerance);
		flats = flats && q.ccc.value == 0 && none(q.pearson);
		q = number_quality(said, gold, 49, no_tolerance);
		flats = flats && q.limit_low.value == q.bias.value && q.limit_high.value == q.bias.value;
		for (int j = 0; j < 49; j++)
			gold[j] = 0;
		q = number_quality(same, gold, 49, no_tolerance);
		flats = flats && q.limit_low.value == q.bias.value && q.ccc.value == 0;
	}
	ok(flats, "what does not vary varies by 0, whatever means round to");
	q = number_quality(x, y, 1, no_tolerance);
	ok(is(q.mae, 1) && none(q.limit_low) && none(q.pearson) && none(q.r2), "one number");
	q = number_quality(x, y, 0, (struct number_tolerance){ 1, 1 });
	ok(none(q.mae) && none(q.within_abs) && none(q.limit_high) && none(q.kendall) && none(q.ccc) && none(q.mape),
	   "none");
	double zero[] = { 0, 2, 3, 4 };
	ok(none(number_quality(x, zero, 4, no_tolerance).mape), "relative to 0");
}

static void test_within(void)
{
	bool decimal = true;

	ok(number_within(1.1, 1, 0.1) && 1.1 - 1 > 0.1, "1.1 is within 0.1 of 1");
	for (int i = -1000; i <= 1000; i++)
		for (int d = 0; d <= 30; d++) {
			double y = i / 100., x = (i + d) / 100., z = (i - d) / 100.;
			decimal = decimal && number_within(x, y, d / 100.) && number_within(z, y, d / 100.);
			decimal = decimal && (!d ||
			          (!number_within(x, y, (d - 1) / 100.) && !number_within(z, y, (d - 0.001) / 100.)));
		}
	ok(decimal, "so is every decimal tie, and nothing beyond");
	ok(number_within_rel(105, 100, 0.05) && !number_within_rel(105.0001, 100, 0.05) &&
	   number_within_rel(-95, -100, 0.05) &&
	   number_within_rel(1.1, 1, 0.1) && 1.1 - 1 > 0.1, "relative ties");
	ok(number_within_rel(0, 0, 0.05) && !number_within_rel(1e-9, 0, 0.05), "of 0 only 0");
	ok(!number_within(1e308, -1e308, 1e307) && number_within(1.7e308, 1.6e308, 1.1e307) &&
	   number_within(-1e308, 1e308, 1.7e308) == false, "large ones");
	ok(number_within(5, 5, 0) && !number_within(5, 5.000001, 0), "no tolerance at all");
}

static void test_extremes(void)
{
	double big[] = { 1.5e308, -1.5e308, 1e308, 3e307 }, neg[] = { -1.5e308, 1.5e308, -1e308, -3e307 };
	double tiny[] = { 5e-324, 1e-323, 3e-323, 2e-323 }, tiny2[] = { 1e-323, 2e-323, 6e-323, 4e-323 };
	struct number_quality q = number_quality(big, neg, 4, (struct number_tolerance){ 1, 1 });

	ok(none(q.mae) && none(q.rmse) && is(q.pearson, -1) && is(q.kendall, -1) && is(q.ccc, -10.335 / 12.025),
	   "errors beyond the largest double");
	q = number_quality(big, big, 4, no_tolerance);
	ok(q.mae.value == 0 && q.ccc.value == 1 && q.r2.value == 1, "large and right");
	q = number_quality(tiny, tiny2, 4, no_tolerance);
	ok(is(q.pearson, 1) && q.ccc.value > 0.5 && q.ccc.value < 1 && !q.rmse.why, "the smallest doubles");
	double mixed[] = { 1e-200, 2e-200, 4e-200 }, ones[] = { 1, 2, 4 };
	q = number_quality(mixed, ones, 3, no_tolerance);
	ok(is(q.pearson, 1) && is(q.spearman, 1) && is(q.bias, -7 / 3.), "numbers of very different size");
}

/* tau-b from all pairs; ranks by counting */
static double slow_kendall(const double *x, const double *y, size_t n, double *rho)
{
	double s = 0, tx = 0, ty = 0, xy = 0, xx = 0, yy = 0;

	for (size_t i = 0; i < n; i++) {
		double rx = 0, ry = 0;
		for (size_t j = 0; j < n; j++) {
			double a = (x[i] > x[j]) - (x[i] < x[j]), b = (y[i] > y[j]) - (y[i] < y[j]);
			s += a * b;
			tx += a * a;
			ty += b * b;
			rx += a;
			ry += b;
		}
		xy += rx * ry;
		xx += rx * rx;
		yy += ry * ry;
	}
	*rho = xy / m_sqrt(xx * yy);
	return s / m_sqrt(tx * ty);
}

static void laws(void)
{
	struct rng r;
	bool slow = true, order = true, shift = true, turned = true, bound = true;

	rng_seed(&r, 3);
	for (int round = 0; round < 300; round++) {
		struct both { double x, y; } at[60];
		double x[60], y[60], u[60], v[60], rho;
		size_t n = 3 + rng_below(&r, 57);
		for (size_t i = 0; i < n; i++) {
			x[i] = at[i].x = (double)rng_below(&r, 30) / 4;
			y[i] = at[i].y = (double)rng_below(&r, 30) / 4 + (rng_below(&r, 2) ? x[i] : 0);
		}
		struct number_quality q = number_quality(x, y, n, (struct number_tolerance){ 1, 0.1 }), p;
		double tau = slow_kendall(x, y, n, &rho);
		slow = slow && is(q.kendall, tau) && is(q.spearman, rho);
		bound = bound && q.ccc.value * q.ccc.value <= q.pearson.value * q.pearson.value + 1e-15 &&
		        q.mae.value <= q.rmse.value + 1e-15;
		for (size_t i = 0; i < n; i++) {    /* both doubled and moved: exact in binary */
			u[i] = 2 * x[i] + 16;
			v[i] = 2 * y[i] + 16;
		}
		p = number_quality(u, v, n, no_tolerance);
		shift = shift && is(p.mae, 2 * q.mae.value) && is(p.ccc, q.ccc.value) && is(p.pearson, q.pearson.value) &&
		        is(p.r2, q.r2.value) && is(p.limit_high, 2 * q.limit_high.value);
		p = number_quality(y, x, n, no_tolerance);
		turned = turned && same_measure(p.ccc, q.ccc) && same_measure(p.pearson, q.pearson) &&
		         same_measure(p.kendall, q.kendall) && is(p.bias, -q.bias.value);
		shuffle(&r, at, n, sizeof at[0]);
		for (size_t i = 0; i < n; i++) {
			x[i] = at[i].x;
			y[i] = at[i].y;
		}
		p = number_quality(x, y, n, (struct number_tolerance){ 1, 0.1 });
		order = order && !memcmp(&p, &q, sizeof p);
	}
	ok(slow, "Kendall and Spearman against all pairs");
	ok(bound, "|CCC| never above |Pearson|, MAE never above RMSE");
	ok(shift, "scale and place");
	ok(turned, "said and gold exchanged");
	ok(order, "order changes no bit");
}

int main(void)
{
	test_numbers();
	test_within();
	test_extremes();
	laws();
	shared_numbers();
	return done();
}
