/* categorical methods: by hand and against slow versions */
#include "agree/catd.h"
#include "agree/crh.h"
#include "agree/dsmap.h"
#include "agree/fds.h"
#include "agree/goldmv.h"
#include "agree/iwmv.h"
#include "agree/mv.h"
#include "agree/online.h"
#include "agree/wawa.h"
#include "agree/zbs.h"
#include "math/explog.h"
#include "math/rng.h"
#include "sets.h"

struct row {
	uint32_t t, w, v;
};

static void fill(struct labels *l, const struct row *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		labels_add(l, r[i].t, r[i].w, r[i].v);
	labels_group(l, false);
}

/* ---- by hand ----------------------------------------------------------------------- */

/* worker 0 always with the majority, 1 once not, 2 twice not; class 0 is right */
static const struct row hand[] = {
	{ 0, 0, 0 }, { 0, 1, 0 }, { 0, 2, 1 }, { 1, 0, 0 }, { 1, 1, 0 }, { 1, 2, 1 },
	{ 2, 0, 0 }, { 2, 1, 1 }, { 2, 2, 0 }, { 3, 0, 1 }, { 3, 1, 1 }, { 3, 2, 1 },
};

static void first_task(agree_fn *fn, const struct agree_opt *o, double want, const char *name)
{
	struct labels l = { 0 };
	struct agree_fit f;

	fill(&l, hand, sizeof hand / sizeof *hand);
	fn(&l, o, &f);
	ok(near(f.q[0], want, 1e-12), "%s: %.15g by hand", name, want);
	agree_fit_release(&f);
	labels_release(&l);
}

static void test_hand(void)
{
	const struct agree_opt one = { .max_iter = 1 };
	static const uint32_t gold[] = { AGREE_NO_GOLD, 0, AGREE_NO_GOLD, 0 };
	double a, b, c, p;

	first_task(agree_wawa, &one, 1.75 / 2.25, "wawa");
	first_task(agree_iwmv, &one, 1 / (1 + m_exp(-2 * 1.5)), "iwmv");
	a = -m_log(1e-8 / 2 + 1e-7) + 1e-7;
	b = -m_log(0.5 + 1e-7) + 1e-7;
	c = 1e-12;    /* -log(1 + 1e-7) + 1e-7 is 5e-15: at the least a weight may be */
	first_task(agree_crh, &one, (a + b) / (a + b + c), "crh");
	c = catd_chi2(4, 0.025);
	first_task(agree_catd, &one, (c / 1e-9 + c / (1 + 1e-9)) / (c / 1e-9 + c / (1 + 1e-9) + c / (2 + 1e-9)), "catd");
	/* gold 0 for tasks 1 and 3: workers 0 and 1 are right once in 2, worker 2 never */
	p = 3.0 / 8;
	a = (1 + 2 * p) / 4;
	b = 2 * p / 4;
	first_task(agree_goldmv, &(struct agree_opt){ .gold = gold }, 2 * a / (2 * a + b), "goldmv");
}

/* agreement stays .75 for worker 1, so 22 rounds are 20 of step 1/2 and 2 of step 1/4 */
static void test_zbs(void)
{
	struct labels l = { 0 };
	struct agree_fit f;
	double left = 0.50001 - 0.75;

	fill(&l, hand, sizeof hand / sizeof *hand);
	agree_zbs(&l, &(struct agree_opt){ .max_iter = 22 }, &f);
	for (int k = 0; k < 22; k++)
		left *= k < 20 ? 0.5 : 0.75;
	ok(f.n_iter == 22 && near(f.skill[1] - 0.75, left, 1e-13) && left < -1e-8, "zbs: the step halves after 20 rounds");
	agree_fit_release(&f);
	labels_release(&l);
}

/* workers 3 and 4 are outvoted wherever others are: crowd-kit divides 0 by 0 on task 2 */
static void test_wawa(void)
{
	static const struct row r[] = {
		{ 0, 0, 0 }, { 0, 1, 0 }, { 0, 3, 1 }, { 1, 0, 0 }, { 1, 1, 0 }, { 1, 4, 1 }, { 2, 3, 1 }, { 2, 4, 0 },
	};
	static const uint32_t gold[] = { AGREE_NO_GOLD, AGREE_NO_GOLD, 2, };
	struct labels l = { .n_classes = 3 };
	struct agree_fit f;
	double share[9];

	/* with gold on task 2 they are right nowhere; then the same weights where gold is not clamped */
	fill(&l, r, sizeof r / sizeof *r);
	wawa_fit(&l, &(struct agree_opt){ .gold = gold }, VOTE_SHARE, &f);
	double weight[5];
	for (int w = 0; w < 5; w++)
		weight[w] = f.skill[w] > vote_least ? f.skill[w] : vote_least;
	vote_scores(&l, weight, 1, share);
	vote_finish(&l, 0, NULL, 1, share);
	ok(f.skill[3] == 0 && f.skill[4] == 0 && f.q[8] == 1 && share[6] == 0.5 && share[7] == 0.5 && f.q[0] < 1 &&
	   f.q[0] > 1 - 1e-11, "wawa: workers without weight leave vote shares, not 0/0");
	agree_fit_release(&f);
	labels_release(&l);
}

static void test_chi2(void)
{
	static const struct { double n, p, x; } v[] = {
		{ 1, .025, 0.000982069117175258 }, { 5, .025, 0.8312116134866635 }, { 10, .025, 3.246972780236841 },
		{ 10, .95, 18.307038053275146 }, { 1, .95, 3.841458820694124 },
	};
	double most = 0;

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		double d = catd_chi2(v[i].n, v[i].p) / v[i].x - 1;
		most = (d < 0 ? -d : d) > most ? (d < 0 ? -d : d) : most;
	}
	/* two degrees of freedom: -2 ln(1 - p) */
	double two = catd_chi2(2, 0.025) / (-2 * m_log(0.975)) - 1;
	ok(most < 1e-10 && two < 1e-13 && two > -1e-13, "chi-squared quantiles to %.2g", most);
	/* Fisher and Wilson-Hilferty agree with it at 10^6 degrees of freedom to 1e-7 */
	double n = 1e6, h = 2 / (9 * n), z = -1.959963984540054, r = 1 - h + z * m_sqrt(h);
	ok(near(catd_chi2(n, 0.025) / n, r * r * r, 1e-8), "and at 10^6 degrees of freedom");
	/* what the method is named for: the same rate of errors weighs more with more labels */
	ok(catd_chi2(2, .025) / 2 < catd_chi2(20, .025) / 20 && catd_chi2(20, .025) / 20 < catd_chi2(200, .025) / 200,
	   "catd: few labels earn little weight");
}

/* crowd-kit's GoldMajorityVote fails when one worker has no gold */
static void test_gold(void)
{
	static const uint32_t gold[] = { AGREE_NO_GOLD, 0, AGREE_NO_GOLD };
	static const struct row r[] = { { 0, 0, 0 }, { 0, 1, 1 }, { 1, 0, 0 }, { 2, 1, 1 }, { 2, 2, 0 } };
	struct labels l = { 0 };
	struct agree_fit f;
	double share[6];

	fill(&l, r, 5);
	agree_goldmv(&l, &(struct agree_opt){ .gold = gold }, &f);
	ok(near(f.skill[1], 2.0 / 3, 1e-15) && f.skill[1] == f.skill[2] && f.skill[0] > f.skill[1] && f.q[0] > 0.5 && f.q[4] == 0.5,
	   "goldmv: who has no gold is as good as the pool");
	agree_fit_release(&f);
	agree_goldmv(&l, &(struct agree_opt){ 0 }, &f);
	mv_shares(&l, 1, share);
	ok(furthest(share, f.q, 6) < 1e-15, "goldmv: without any gold the plain vote");
	agree_fit_release(&f);
	labels_release(&l);
}

/* ---- slow versions of the EM methods -------------------------------------------------- */

enum { T = 40, W = 9, K = 3 };

static struct row rows[T * W];
static size_t n_rows;
static uint32_t truth[T];

static void simulate(struct rng *g, bool adversaries)
{
	n_rows = 0;
	for (uint32_t t = 0; t < T; t++) {
		truth[t] = (uint32_t)rng_below(g, K);
		for (uint32_t w = 0; w < W; w++) {
			bool right = rng_unit(g) < (adversaries && w < 2 ? 0.02 : 0.4 + 0.06 * w);
			if (rng_unit(g) < 0.6)
				rows[n_rows++] = (struct row){ t, w, (truth[t] + (right ? 0 : 1 + (uint32_t)rng_below(g, K - 1))) % K };
		}
	}
}

/* products, dense; hard: decisions, shared by ties; add: to the diagonal and off it */
static void slow_em(double diag, double off, bool hard, unsigned iter, double (*q)[K])
{
	double p[K], e[W][K][K];

	for (unsigned k = 0; k <= iter; k++) {
		double total = 0;
		memset(p, 0, sizeof p);
		memset(e, 0, sizeof e);
		for (uint32_t t = 0; t < T; t++) {
			double n = 0, sum = 0, most = 0, x[K] = { 0 };
			for (size_t i = 0; i < n_rows; i++)
				if (rows[i].t == t)
					n += 1, x[rows[i].v] += 1;
			if (n == 0)
				continue;
			for (int c = 0; k && c < K; c++)
				x[c] = q[t][c];
			for (int c = 0; c < K; c++)
				most = x[c] > most ? x[c] : most;
			for (int c = 0; c < K; c++)
				sum += x[c] = !k || !hard ? x[c] : x[c] >= most * (1 - 1e-9) ? 1 : 0;
			for (int c = 0; c < K; c++)
				p[c] += x[c] / sum;
			for (size_t i = 0; i < n_rows; i++)
				for (int c = 0; rows[i].t == t && c < K; c++)
					e[rows[i].w][c][rows[i].v] += x[c] / sum;
			total++;
		}
		for (uint32_t t = 0; t < T; t++)
			for (int c = 0; c < K; c++)
				q[t][c] = p[c] / total > 1e-10 ? p[c] / total : 1e-10;
		for (size_t i = 0; i < n_rows; i++)
			for (int c = 0; c < K; c++) {
				double sum = 0, mine = 0;
				for (uint32_t v = 0; v < K; v++) {
					double x = e[rows[i].w][c][v] + (v == (uint32_t)c ? diag : off);
					x = x > 1e-10 ? x : 1e-10;
					mine = v == rows[i].v ? x : mine;
					sum += x;
				}
				q[rows[i].t][c] *= mine / sum;
			}
		for (uint32_t t = 0; t < T; t++) {
			double sum = q[t][0] + q[t][1] + q[t][2];
			for (int c = 0; c < K; c++)
				q[t][c] /= sum;
		}
	}
}

static void test_slow(void)
{
	struct rng g;
	double most[3] = { 0 };
	static double q[T][K];

	rng_seed(&g, 5);
	for (unsigned k = 0; k < 40; k++) {
		struct labels l = { .n_tasks = T, .n_workers = W, .n_classes = K };
		struct agree_opt o = { .max_iter = 1 + k % 7, .tol = -1 };
		struct agree_fit f;
		double d;
		simulate(&g, false);
		fill(&l, rows, n_rows);
		agree_dsmap(&l, &o, &f);
		slow_em(DSMAP_DIAG - 1, DSMAP_OFF - 1, false, o.max_iter - 1, q);
		d = furthest(f.q, q[0], T * K);
		most[0] = d > most[0] ? d : most[0];
		agree_fit_release(&f);
		/* the last posteriors of fds are soft, under the parameters of the last decisions but one */
		agree_fds(&l, &o, &f);
		slow_em(FDS_SMOOTH, FDS_SMOOTH, true, o.max_iter - 1, q);
		d = furthest(f.q, q[0], T * K);
		most[1] = d > most[1] ? d : most[1];
		agree_fit_release(&f);
		labels_release(&l);
	}
	ok(most[0] <= 1e-12, "dsmap: 40 small sets to %.2g", most[0]);
	ok(most[1] <= 1e-12, "fds: 40 small sets to %.2g", most[1]);
}

/* task by task from outside, with ids that grow, is the same as agree_online */
static void test_online(void)
{
	struct labels l = { 0 };
	struct agree_fit f, again;
	struct online s;
	struct rng g;
	double most = 0, q[K];

	rng_seed(&g, 6);
	simulate(&g, false);
	fill(&l, rows, n_rows);
	agree_online(&l, &(struct agree_opt){ 0 }, &f);
	online_init(&s, K);
	for (size_t t = 0; t < l.n_tasks; t++) {
		uint32_t i = l.t_off[t], n = l.t_off[t + 1] - i;
		online_decide(&s, l.t_worker + i, l.t_value + i, n, AGREE_NO_GOLD, q);
		online_learn(&s, l.t_worker + i, l.t_value + i, n, q);
		double d = furthest(q, f.q + t * K, K);
		most = d > most ? d : most;
	}
	ok(most == 0 && s.n_workers == l.n_workers, "online: one task at a time, bounded state, is the same");
	online_release(&s);
	/* first task by hand: the prior is flat, a label is right with 4 in K + 3 */
	double x[K] = { 1, 1, 1 }, sum;
	for (uint32_t i = 0; i < l.t_off[1]; i++)
		x[l.t_value[i]] *= 4;
	sum = x[0] + x[1] + x[2];
	ok(near(f.q[0], x[0] / sum, 1e-14) && near(f.q[1], x[1] / sum, 1e-14), "online: the first task by hand");
	agree_online(&l, &(struct agree_opt){ .max_iter = 2 }, &again);
	ok(again.n_iter == 2 && furthest(again.q, f.q, K) > 1e-3, "online: a second pass knows more of the first task");
	agree_fit_release(&f);
	agree_fit_release(&again);
	labels_release(&l);
}

int main(void)
{
	test_hand();
	test_zbs();
	test_wawa();
	test_chi2();
	test_gold();
	test_slow();
	test_online();
	return done();
}
