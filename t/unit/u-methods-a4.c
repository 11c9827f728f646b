/* categorical methods: message passing and rank-one completion, where the peers are wrong; size */
#include "agree/catd.h"
#include "agree/iwmv.h"
#include "agree/kos.h"
#include "agree/mmsr.h"
#include "agree/mv.h"
#include "agree/onecoin.h"
#include "agree/wawa.h"
#include "agree/zencrowd.h"
#include "math/explog.h"
#include "math/rng.h"
#include "sets.h"

enum { W = 9, K = 3 };

struct row {
	uint32_t t, w, v;
};

static void fill(struct labels *l, const struct row *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		labels_add(l, r[i].t, r[i].w, r[i].v);
	labels_group(l, false);
}

/* ---- MMSR ---------------------------------------------------------------------------- */

static int up(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* dense, as crowd-kit writes it; F < 0 keeps the -F largest, as its slices do */
static double slow_trim(double *x, int n, int F, double a)
{
	int below = 0, above = 0, first, last;
	double s = 0;

	qsort(x, (size_t)n, sizeof *x, up);
	for (int i = 0; i < n; i++)
		below += x[i] < a, above += x[i] > a;
	first = below < F ? below : F >= 0 ? F : n + F;
	last = n - (above < F ? above : F >= 0 ? F : 0);
	for (int i = first; i < last; i++)
		s += x[i];
	return last > first ? s / (last - first) : a;
}

static void slow_mmsr(const struct labels *l, int F, double *size)
{
	static double c[W][W], u[W], v[W];
	static int common[W][W];

	memset(common, 0, sizeof common);
	memset(c, 0, sizeof c);
	for (size_t t = 0; t < l->n_tasks; t++)
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			for (size_t j = l->t_off[t]; j < l->t_off[t + 1]; j++)
				if (i != j) {
					common[l->t_worker[i]][l->t_worker[j]]++;
					c[l->t_worker[i]][l->t_worker[j]] += l->t_value[i] == l->t_value[j];
				}
	for (int i = 0; i < W; i++)
		for (int j = 0; j < W; j++)
			c[i][j] = common[i][j] ? (double)K / (K - 1) * c[i][j] / common[i][j] - 1.0 / (K - 1) : 0;
	for (int i = 0; i < W; i++) {
		double n = 0, sum = 0;
		for (int j = 0; j < W; j++) {
			n += common[i][j] > 0;
			sum += c[i][j] < 0 ? -c[i][j] : c[i][j];
		}
		u[i] = v[i] = m_sqrt(sum / n);
	}
	for (int k = 0; k < 3000; k++) {
		double *from = k % 2 ? v : u, *to = k % 2 ? u : v;
		for (int j = 0; j < W; j++) {
			double x[W];
			int n = 0;
			for (int i = 0; i < W; i++)
				if (common[i][j])
					x[n++] = (c[i][j] < 0 ? -c[i][j] : c[i][j]) / from[i];
			to[j] = n ? slow_trim(x, n, F, to[j]) : to[j];
		}
	}
	double uu = 0, vv = 0;
	for (int i = 0; i < W; i++) {
		uu += u[i] * u[i];
		vv += v[i] * v[i];
	}
	for (int i = 0; i < W; i++)
		size[i] = u[i] / m_sqrt(m_sqrt(uu / vv));
}

static double size_of(const struct agree_fit *f, size_t w)
{
	double x = (K * f->skill[w] - 1) / (K - 1);

	return x < 0 ? -x : x;
}

/* W - 1 who work together, and one who meets only worker 3: the least degree is 1 */
static void test_trimming(void)
{
	struct labels l = { 0 };
	struct agree_fit f;
	struct rng g;
	double none[W], peer[W], most = 0, apart = 0;

	rng_seed(&g, 11);
	for (uint32_t t = 0; t < 3000; t++) {
		uint32_t is = (uint32_t)rng_below(&g, K);
		for (uint32_t w = 0; w < W; w++) {
			if (t < 2500 ? w == W - 1 : w != 3 && w != W - 1)
				continue;
			labels_add(&l, t, w, rng_unit(&g) < 0.5 + 0.03 * w ? is : (is + 1 + (uint32_t)rng_below(&g, K - 1)) % K);
		}
	}
	labels_group(&l, false);
	agree_mmsr(&l, &(struct agree_opt){ .tol = 1e-14 }, &f);
	slow_mmsr(&l, 0, none);
	slow_mmsr(&l, -1, peer);
	for (size_t w = 0; w < W; w++) {
		double d = size_of(&f, w) - none[w], e = peer[w] - none[w];
		most = (d < 0 ? -d : d) > most ? (d < 0 ? -d : d) : most;
		apart = (e < 0 ? -e : e) > apart ? (e < 0 ? -e : e) : apart;
	}
	/* x = (K s - 1) / (K - 1) with s = .5 + .03 w by chance of being right */
	bool right = true;
	for (size_t w = 0; w < W - 1; w++)
		right = right && furthest(&f.skill[w], &(double){ 0.5 + 0.03 * (double)w }, 1) < 0.03;
	ok(most < 1e-8 && right, "mmsr: least degree 1: nothing is trimmed (%.2g), skills within 3 points", most);
	ok(apart > 0.02, "where F = -1 would be off by %.2f", apart);
	agree_fit_release(&f);
	labels_release(&l);
}

static void test_mmsr(void)
{
	struct labels l = { 0 };
	struct agree_fit f;
	struct rng g;
	double slow[W], most = 0;

	/* two adversaries among nine; all have met: F = 3 */
	rng_seed(&g, 12);
	for (uint32_t t = 0; t < 2000; t++) {
		uint32_t is = (uint32_t)rng_below(&g, K);
		for (uint32_t w = 0; w < (t < 1900 ? W : 1); w++)
			labels_add(&l, t, w, rng_unit(&g) < (w < 2 ? 0.02 : 0.8) ? is : (is + 1) % K);
	}
	labels_group(&l, false);
	agree_mmsr(&l, &(struct agree_opt){ .tol = 1e-14 }, &f);
	slow_mmsr(&l, (W - 1) / 2 - 1, slow);
	for (size_t w = 2; w < W; w++) {
		double d = size_of(&f, w) - slow[w];
		most = (d < 0 ? -d : d) > most ? (d < 0 ? -d : d) : most;
	}
	ok(most < 1e-8, "mmsr: trimmed sizes as the slow version's: %.2g", most);
	bool against = f.skill[0] < 1.0 / K && f.skill[1] < 1.0 / K;
	/* where only an adversary spoke crowd-kit divides by a negative sum, and his label wins */
	for (size_t t = 1900; t < 2000; t++) {
		const double *q = f.q + t * K;
		uint32_t said = l.t_value[l.t_off[t]];
		against = against && q[said] < 1.0 / K && q[(said + 1) % K] == q[(said + 2) % K];
	}
	ok(against, "mmsr: an adversary alone speaks against his label");
	agree_fit_release(&f);
	labels_release(&l);
}

/* 60,000 labels on one task, and workers who share no more than that */
static void test_huge_task(void)
{
	struct labels l = { 0 };
	struct agree_fit f;

	for (uint32_t w = 0; w < 60000; w++) {
		labels_add(&l, 0, w, w % 3 == 0);
		labels_add(&l, 1 + w / 4, w, w % 3 == 0);
	}
	labels_group(&l, false);
	agree_mmsr(&l, &(struct agree_opt){ .max_iter = 5 }, &f);
	ok(f.q[0] > 0.5, "mmsr: a task with 60,000 labels costs no square");
	agree_fit_release(&f);
	labels_release(&l);
}

/* ---- KOS ------------------------------------------------------------------------------ */

static void test_kos(void)
{
	struct labels l = { 0 };
	struct agree_fit f;
	struct rng g;
	size_t right = 0;
	static uint32_t is[300];

	/* each round multiplies unscaled messages by some 60 x 300: 10^300 is passed after 75 */
	rng_seed(&g, 13);
	for (uint32_t t = 0; t < 300; t++) {
		is[t] = (uint32_t)rng_below(&g, 2);
		for (uint32_t w = 0; w < 60; w++)
			labels_add(&l, t, w, rng_unit(&g) < (w < 20 ? 0.25 : 0.65) ? is[t] : 1 - is[t]);
	}
	labels_group(&l, false);
	agree_kos(&l, &(struct agree_opt){ .max_iter = 1000, .tol = -1 }, &f);
	for (size_t t = 0; t < 300; t++)
		right += f.q[t * 2 + is[t]] > 0.5 && f.q[t * 2 + is[t]] <= 1;
	bool bad = true;
	for (size_t w = 0; w < 60; w++)
		bad = bad && (f.skill[w] < 0.5) == (w < 20);
	ok(right >= 297 && f.n_iter == 1000 && bad, "kos: 1000 rounds, %zu of 300 right, every adversary found", right);
	agree_fit_release(&f);
	labels_release(&l);
	/* an exact tie: two workers who meet nobody else */
	static const struct row tie[] = { { 0, 0, 0 }, { 0, 1, 1 }, { 1, 2, 1 } };
	uint32_t best[2];
	uint8_t tied[2];
	fill(&l, tie, 3);
	agree_kos(&l, &(struct agree_opt){ 0 }, &f);
	mv_argmax(f.q, 2, 2, best, tied);
	ok(f.q[0] == 0.5 && tied[0] && f.q[3] == 1 && !tied[1], "kos: an exact tie is a tie, a lone label is its label");
	agree_fit_release(&f);
	labels_release(&l);
}

/* ---- size ------------------------------------------------------------------------------ */

/* 1,000 classes and 20,000 workers: a table of K x K a worker would take 160 GB */
static void test_many(void)
{
	static agree_fn *const sparse[] = { agree_onecoin, agree_zencrowd, agree_wawa, agree_iwmv, agree_catd, agree_mmsr };
	struct labels l = { .n_classes = 1000 };
	struct rng g;
	size_t good = 0;

	rng_seed(&g, 14);
	for (uint32_t i = 0; i < 20000; i++)
		labels_add(&l, i / 5 % 1000, i, rng_unit(&g) < 0.7 ? i / 5 % 1000 : (uint32_t)rng_below(&g, 1000));
	labels_group(&l, false);
	for (size_t m = 0; m < sizeof sparse / sizeof *sparse; m++) {
		struct agree_fit f;
		size_t right = 0;
		sparse[m](&l, &(struct agree_opt){ .max_iter = 3 }, &f);
		for (size_t t = 0; t < 1000; t++)
			right += f.q[t * 1000 + t % 1000] > 0.5;
		good += right > 975 && !f.e && !f.counts;
		agree_fit_release(&f);
	}
	ok(good == 6, "six methods with 1,000 classes and 20,000 workers, without a table of confusions");
	labels_release(&l);
}

int main(void)
{
	test_trimming();
	test_mmsr();
	test_huge_task();
	test_kos();
	test_many();
	return done();
}
