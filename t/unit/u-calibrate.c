/* calibrate: a slow reference of the cross-fitting, no gold, gold that is hidden, and that it helps where a
 * model claims too much */
#include "agree/calibrate.h"

#include "agree/methods.h"
#include "agree/onecoin.h"
#include "crowd.h"

enum { T = 1500, W = 9, K = 3 };

static struct row rows[T * W];
static uint32_t truth[T], gold[T];
static uint8_t fold[T];

/* Three honest workers, and six who are one: a model that takes them for six claims too much. */
static void copied_crowd(struct labels *l)
{
	struct rng g;
	size_t n = 0;

	rng_seed(&g, 77);
	for (uint32_t t = 0; t < T; t++) {
		truth[t] = (uint32_t)rng_below(&g, K);
		gold[t] = t % 5 == 0 ? truth[t] : AGREE_NO_GOLD;
		fold[t] = (uint8_t)(t / 5 % CALIBRATE_FOLDS);
		uint32_t copied = rng_unit(&g) < .6 ? truth[t] : (uint32_t)rng_below(&g, K);
		for (uint32_t w = 0; w < W; w++)
			rows[n++] = (struct row){ t, w, w >= 3 ? copied : rng_unit(&g) < .75 ? truth[t] :
			                                                  (uint32_t)rng_below(&g, K) };
	}
	fill(l, rows, n);
}

static double unseen_loss(const double *q)
{
	double s = 0;
	size_t n = 0;

	for (size_t t = 0; t < T; t++)
		if (gold[t] == AGREE_NO_GOLD) {
			double p = q[t * K + truth[t]];
			s -= m_log(p > 1e-6 ? p : 1e-6);
			n++;
		}
	return s / (double)n;
}

static void test_helps(const struct labels *l)
{
	const struct { const char *name; agree_fn *fit; } m[] = { { "ds", agree_ds }, { "onecoin", agree_onecoin },
	                                                          { "mv", agree_mv } };

	for (size_t i = 0; i < 3; i++) {
		struct agree_fit plain, out;
		struct calibration c;
		m[i].fit(l, &(struct agree_opt){ .gold = gold }, &plain);
		calibrate(l, m[i].fit, &(struct agree_opt){ .seed = 1 }, gold, fold, true, &out, &c);
		double before = unseen_loss(plain.q), after = unseen_loss(out.q);
		ok(after < before - .005 && sane(l, &out), "%s: log loss on unseen tasks %.3f, calibrated %.3f", m[i].name,
		   before, after);
		ok(fabs(c.after.log_loss - after) < .12, "%s: %.3f was foretold on the gold", m[i].name, c.after.log_loss);
		ok(c.before.n == T / 5 && c.after.n == T / 5, "%s: all gold has judged", m[i].name);
		bool kept = true;
		for (size_t t = 0; t < T; t += 5)
			kept = kept && out.q[t * K + truth[t]] == 1;
		ok(kept, "%s: clamped gold stays", m[i].name);
		agree_fit_release(&plain);
		agree_fit_release(&out);
		calibration_release(&c);
	}
}

/* the posterior of one gold task, the long way: fit without its fold's gold, correct by the other folds' */
static void reference(const struct labels *l, uint32_t task, bool clamp, double *row)
{
	static double held[T * K];
	static uint32_t use[T];
	struct agree_fit f;
	struct recal map;

	for (unsigned k = 0; k < CALIBRATE_FOLDS; k++) {
		for (size_t t = 0; t < T; t++)
			use[t] = clamp && fold[t] != k ? gold[t] : AGREE_NO_GOLD;
		agree_ds(l, &(struct agree_opt){ .gold = use }, &f);
		for (size_t t = 0; t < T; t++)
			if (gold[t] != AGREE_NO_GOLD && fold[t] == k)
				memcpy(held + t * K, f.q + t * K, sizeof(double) * K);
		agree_fit_release(&f);
	}
	for (size_t t = 0; t < T; t++)
		use[t] = fold[t] == fold[task] ? AGREE_NO_GOLD : gold[t];
	recal_fit(&map, held, T, K, use);
	memcpy(row, held + task * K, sizeof(double) * K);
	recal_apply(&map, row);
	recal_release(&map);
}

static void test_reference(const struct labels *l)
{
	struct agree_fit out;
	struct calibration c;
	double most = 0, loss = 0, row[K];

	calibrate(l, agree_ds, &(struct agree_opt){ .seed = 0 }, gold, fold, false, &out, &c);
	for (uint32_t t = 0; t < T; t += 250) {
		reference(l, t, false, row);
		most = larger(most, furthest(row, out.q + t * K, K));
	}
	ok(most < 1e-9, "held-out gold: corrected by the other folds, %.1g off", most);
	agree_fit_release(&out);
	calibration_release(&c);

	calibrate(l, agree_ds, &(struct agree_opt){ .seed = 0 }, gold, fold, true, &out, &c);
	for (uint32_t t = 0; t < T; t += 5) {
		reference(l, t, true, row);
		loss -= m_log(larger(row[truth[t]], 1e-6)) / (T / 5);
	}
	ok(near(c.after.log_loss, loss, 1e-9), "clamped gold: what it brought is %.6f, the long way %.6f", c.after.log_loss,
	   loss);
	agree_fit_release(&out);
	calibration_release(&c);
}

static void test_without(const struct labels *l)
{
	static uint32_t none[T], strange[T];
	struct agree_fit plain, out;
	struct calibration c;

	for (size_t t = 0; t < T; t++) {
		none[t] = AGREE_NO_GOLD;
		strange[t] = t == 7 ? K : AGREE_NO_GOLD;
	}
	agree_ds(l, &(struct agree_opt){ .seed = 0 }, &plain);
	calibrate(l, agree_ds, &(struct agree_opt){ .seed = 0 }, none, fold, true, &out, &c);
	ok(!memcmp(plain.q, out.q, sizeof(double) * T * K) && c.before.n == 0, "no gold: nothing is changed");
	agree_fit_release(&out);
	calibration_release(&c);
	calibrate(l, agree_ds, &(struct agree_opt){ .seed = 0 }, strange, fold, false, &out, &c);
	ok(!memcmp(plain.q, out.q, sizeof(double) * T * K) && c.before.n == 0, "gold that nobody said teaches nothing");
	agree_fit_release(&out);
	calibration_release(&c);
	agree_fit_release(&plain);
}

int main(void)
{
	struct labels l = { 0 };

	copied_crowd(&l);
	test_helps(&l);
	test_reference(&l);
	test_without(&l);
	labels_release(&l);
	return done();
}
