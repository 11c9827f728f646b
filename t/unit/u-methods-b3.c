/* the hedge (auto) and recal: evidence, gold, laws, odd inputs, quality on the shared sets */
#include "agree/hedge.h"

#include "agree/mv.h"
#include "agree/recal.h"
#include "crowd.h"

/* ---- recal ------------------------------------------------------------------------------- */

/* the objective of the header */
static double recal_value(const double *q, const uint32_t *gold, size_t n, double power, const double *bias)
{
	double s = -(power - 1) * (power - 1) / (2 * .09);

	for (int c = 0; c < 3; c++)
		s -= bias[c] * bias[c] / (2 * .25);
	for (size_t t = 0; t < n; t++) {
		struct recal r = { 3, power, (double *)(uintptr_t)bias };
		double row[3] = { q[3 * t], q[3 * t + 1], q[3 * t + 2] };
		recal_apply(&r, row);
		s += gold[t] < 3 ? m_log(row[gold[t]]) : 0;
	}
	return s;
}

static void test_recal(void)
{
	enum { N = 300 };
	static double q[3 * N];
	static uint32_t gold[N];
	struct recal r;
	struct rng g;
	bool top = true;

	/* overconfident, and class 2 is claimed too often */
	rng_seed(&g, 12);
	for (size_t t = 0; t < N; t++) {
		size_t c = (size_t)rng_below(&g, 3);
		for (size_t k = 0; k < 3; k++)
			q[3 * t + k] = k == c ? .98 : .01;
		double u = rng_unit(&g);
		gold[t] = t % 7 == 0 ? AGREE_NO_GOLD : (uint32_t)(u < (c == 2 ? .5 : .8) ? c : u < .9 ? 0 : (c + 1) % 3);
	}
	recal_fit(&r, q, N, 3, gold);
	double best = recal_value(q, gold, N, r.power, r.bias);
	for (int k = 0; k < 8; k++) {
		double b[3] = { r.bias[0], r.bias[1], r.bias[2] }, p = r.power, d = k % 2 ? 1e-3 : -1e-3;
		if (k < 6)
			b[k / 2] += d;
		else
			p += d;
		top = top && recal_value(q, gold, N, p, b) < best;
	}
	ok(top && r.power < .8 && r.bias[2] < -.1, "recal: at the top of its hill, power %.2f, bias %.2f %.2f %.2f", r.power,
	   r.bias[0], r.bias[1], r.bias[2]);
	recal_release(&r);
	for (size_t t = 0; t < N; t++)
		gold[t] = AGREE_NO_GOLD;
	recal_fit(&r, q, N, 3, gold);
	ok(r.power == 1 && r.bias[0] == 0 && r.bias[2] == 0, "recal: no gold, no change");
	recal_release(&r);
}

/* ---- evidence ---------------------------------------------------------------------------- */

enum { N_T = 2000, N_W = 40 };

/* two classes: acc[z] is the mean accuracy on class z; each worker is up to spread better
 * on one and worse on the other */
static void two_coins(struct labels *l, struct rng *g, const double *acc, double spread)
{
	double a[N_W][2];

	for (int w = 0; w < N_W; w++) {
		double x = spread * (2 * rng_unit(g) - 1);
		a[w][0] = acc[0] + x;
		a[w][1] = acc[1] - x;
	}
	for (uint32_t t = 0; t < N_T; t++)
		for (uint32_t i = 0; i < 7; i++) {
			uint32_t w = (t * 11 + i * 5 + t / 40) % N_W, z = t % 2;
			labels_add(l, t, w, rng_unit(g) < a[w][z] ? z : 1 - z);
		}
	labels_group(l, false);
}

static void test_evidence(void)
{
	struct labels own = { 0 }, all = { 0 }, none = { 0 };
	struct agree_auto_why why;
	struct agree_opt o = { .threads = 2 };
	struct agree_fit f, h;
	struct rng g;

	rng_seed(&g, 8);
	two_coins(&own, &g, (double[]){ .7, .7 }, .28);
	agree_auto_explain(&own, &o, &f, &why);
	agree_hds(&own, &o, &h);
	ok(why.effect > .04 && why.share < .2 && why.weight == 0 && !memcmp(f.q, h.q, N_T * 2 * sizeof *f.q),
	   "workers with biases of their own: effect %.3f, share %.2f, hds alone", why.effect, why.share);
	agree_fit_release(&f);
	agree_fit_release(&h);
	two_coins(&all, &g, (double[]){ .62, .93 }, .04);
	agree_auto_explain(&all, &o, &f, &why);
	ok(why.shared > .02 && why.share > .5 && why.weight > .5, "a bias of all: shared %.3f, share %.2f, one-coin %.2f",
	   why.shared, why.share, why.weight);
	agree_fit_release(&f);
	two_coins(&none, &g, (double[]){ .75, .75 }, 0);
	agree_auto_explain(&none, &o, &f, &why);
	ok(why.effect < .005 && why.weight < .1, "no bias: effect %.4f, shared %.4f, one-coin %.2f", why.effect,
	   why.shared, why.weight);
	agree_fit_release(&f);
	labels_release(&own);
	labels_release(&all);
	labels_release(&none);
}

static void test_gold(void)
{
	struct labels l = { 0 };
	struct agree_auto_why why;
	struct agree_fit f;
	struct rng g;
	uint32_t gold[N_T];
	bool clamped = true;
	double right = 0;

	for (uint32_t t = 0; t < N_T; t++)
		gold[t] = t < 200 ? t % 2 : AGREE_NO_GOLD;
	rng_seed(&g, 9);
	two_coins(&l, &g, (double[]){ .62, .93 }, .04);
	agree_auto_explain(&l, &(struct agree_opt){ .gold = gold }, &f, &why);
	for (size_t t = 0; t < N_T; t++)
		if (t < 200)
			clamped = clamped && f.q[2 * t + t % 2] == 1 && f.q[2 * t + 1 - t % 2] == 0;
		else
			right += f.q[2 * t + t % 2] > .5;
	ok(clamped && why.n_gold == 200, "gold is clamped");
	ok((why.weight > why.weight_prior) == (why.gold_onecoin < why.gold_hds) || why.weight > .9,
	   "gold moves the weight to the better model: log loss %.3f of hds, %.3f of one-coin, %.2f to %.2f",
	   why.gold_hds, why.gold_onecoin, why.weight_prior, why.weight);
	ok(why.power != 1 && why.most_bias > 0, "and corrects: power %.2f, bias up to %.2f", why.power, why.most_bias);
	ok(right > .85 * 1800, "the rest is right: %.0f of 1800", right);
	agree_fit_release(&f);
	labels_release(&l);
}

static void test_too_big(void)
{
	struct labels l = { 0 };
	struct agree_auto_why why;
	struct agree_fit f;
	uint32_t K = 4200;

	for (uint32_t t = 0; t < 30; t++)
		for (uint32_t w = 0; w < 3; w++)
			labels_add(&l, t, w, w < 2 ? t : K - 1);
	labels_group(&l, false);
	agree_auto_explain(&l, &(struct agree_opt){ 0 }, &f, &why);
	bool right = true;
	for (uint32_t t = 0; t < 30; t++)
		right = right && f.q[t * K + t] > .5;
	ok(why.too_big && why.weight == 1 && !f.e && right, "thousands of classes: one-coin alone, and it says so");
	agree_fit_release(&f);
	labels_release(&l);
}

/* ---- shared sets -------------------------------------------------------------------------- */

static const char *const sets[] = { "duck", "product", "face", "possent", "rte", "sp", "rel", "trec", "fact_eval", "cf",
	"ms" };
static const double n_sets = sizeof sets / sizeof *sets;

/* means over the sets, and the most lost to majority vote */
static void test_sets(void)
{
	double acc = 0, loss = 0, ece = 0, worst = 0;

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		struct agree_auto_why why;
		struct agree_fit f;
		struct set s;
		if (!set_named(&s, sets[i]))
			return;
		double *share = mem_alloc(s.l.n_tasks * s.l.n_classes, sizeof *share);
		mv_shares(&s.l, 0, share);
		agree_auto_explain(&s.l, &(struct agree_opt){ 0 }, &f, &why);
		struct quality got = judge(&s, sets[i], f.q, NULL), vote = judge(&s, sets[i], share, NULL);
		printf("# %-9s accuracy %.4f (vote %.4f) log loss %.3f calibration %.3f: effect %.3f shared %.3f one-coin %.2f\n",
		       sets[i], got.accuracy, vote.accuracy, got.log_loss, got.ece, why.effect, why.shared, why.weight);
		acc += got.accuracy / n_sets;
		loss += got.log_loss / n_sets;
		ece += got.ece / n_sets;
		worst = larger(worst, vote.accuracy - got.accuracy);
		free(share);
		agree_fit_release(&f);
		set_release(&s);
	}
	ok(acc >= .833 && worst <= .015, "auto on the shared sets: mean accuracy %.4f, at most %.4f below majority vote", acc,
	   worst);
	ok(loss <= .55 && ece <= .08, "mean log loss %.3f, calibration error %.3f", loss, ece);
}

static void add(struct quality *sum, struct quality x, double by)
{
	sum->accuracy += x.accuracy * by;
	sum->log_loss += x.log_loss * by;
	sum->ece += x.ece * by;
}

/* fifty gold tasks drawn by seed, judged on all gold and on the other gold tasks */
static void test_fifty(uint64_t draws)
{
	struct quality all = { 0 }, others = { 0 };

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		struct quality a = { 0 }, b = { 0 };
		struct set s;
		if (!set_named(&s, sets[i]))
			return;
		for (uint64_t seed = 1; seed <= draws; seed++) {
			uint32_t *gold = draw_gold(&s, sets[i], 50, seed);
			struct agree_fit f;
			agree_auto(&s.l, &(struct agree_opt){ .gold = gold }, &f);
			add(&a, judge(&s, sets[i], f.q, NULL), 1 / (double)draws);
			add(&b, judge(&s, sets[i], f.q, gold), 1 / (double)draws);
			agree_fit_release(&f);
			free(gold);
		}
		printf("# %-9s with 50 gold: accuracy %.4f; of the other tasks %.4f, log loss %.3f, calibration %.3f\n",
		       sets[i], a.accuracy, b.accuracy, b.log_loss, b.ece);
		add(&all, a, 1 / n_sets);
		add(&others, b, 1 / n_sets);
		set_release(&s);
	}
	ok(all.accuracy >= .845 && others.accuracy >= .838, "with 50 gold tasks: mean accuracy %.4f; of the other tasks %.4f",
	   all.accuracy, others.accuracy);
	ok(others.log_loss <= .5 && others.ece <= .06, "mean log loss %.3f, calibration error %.3f", others.log_loss,
	   others.ece);
}

int main(void)
{
	static const struct method m = { "auto", agree_auto };

	test_recal();
	test_laws(&m, 1e-10);
	test_odd(&m);
	test_evidence();
	test_gold();
	test_too_big();
	test_sets();
	/* a sanitizer takes its time */
	const char *san = getenv("LBL_SAN"), *draws = getenv("DRAWS");
	if (!san || !*san)
		test_fifty(draws ? strtoul(draws, NULL, 10) : 3);
	return done();
}
