/* categorical methods: laws, slow versions, degenerate inputs, and what the peers get wrong */
#include "agree/bwa.h"
#include "agree/catd.h"
#include "agree/crh.h"
#include "agree/dsmap.h"
#include "agree/fds.h"
#include "agree/goldmv.h"
#include "agree/ibcc.h"
#include "agree/iwmv.h"
#include "agree/kos.h"
#include "agree/mmsr.h"
#include "agree/mv.h"
#include "agree/onecoin.h"
#include "agree/online.h"
#include "agree/wawa.h"
#include "agree/zbs.h"
#include "agree/zencrowd.h"
#include "math/explog.h"
#include "math/rng.h"
#include "sets.h"

/* what a method promises beyond the common */
enum { ORDER = 1, DRAWS = 2, DOUBLES = 4, RISES = 8, MODEL = 16 };

static const struct method {
	const char *name;
	agree_fn *fn;
	/* depends on the order of tasks; draws by id; twice the tasks: same q; has an objective; has e and counts */
	unsigned is;
} methods[] = {
	{ "wawa", agree_wawa, DOUBLES }, { "zbs", agree_zbs, DOUBLES }, { "goldmv", agree_goldmv, DOUBLES },
	{ "iwmv", agree_iwmv, DOUBLES }, { "crh", agree_crh, 0 }, { "catd", agree_catd, 0 }, { "bwa", agree_bwa, 0 },
	{ "onecoin", agree_onecoin, DOUBLES | RISES | MODEL }, { "zencrowd", agree_zencrowd, DOUBLES | RISES | MODEL },
	{ "dsmap", agree_dsmap, RISES | MODEL }, { "ibcc", agree_ibcc, RISES | MODEL }, { "fds", agree_fds, MODEL },
	{ "online", agree_online, ORDER | MODEL }, { "kos", agree_kos, DRAWS }, { "mmsr", agree_mmsr, 0 },
};
enum { N_METHODS = sizeof methods / sizeof *methods };

struct row {
	uint32_t t, w, v;
};

enum { T = 700, W = 70, K = 3, ROWS = T * 12 };

static struct row rows[ROWS];
static size_t n_rows;
static uint32_t truth[T], gold[T];

/* one-coin and confused workers, from good to bad; tasks with 4 to 10 labels */
static void simulate(uint64_t seed)
{
	struct rng g;

	rng_seed(&g, seed);
	n_rows = 0;
	for (uint32_t t = 0; t < T; t++) {
		truth[t] = rng_unit(&g) < 0.5 ? 0 : (uint32_t)rng_below(&g, K);
		gold[t] = t % 9 ? AGREE_NO_GOLD : truth[t];
		uint32_t first = (uint32_t)rng_below(&g, W), n = 4 + (uint32_t)rng_below(&g, 7);
		for (uint32_t k = 0; k < n; k++) {
			uint32_t w = (first + k * 7) % W;
			bool right = rng_unit(&g) < 0.35 + 0.6 * w / W;
			uint32_t wrong = w % 3 ? (uint32_t)rng_below(&g, K) : (truth[t] + 1) % K;
			rows[n_rows++] = (struct row){ t, w, right ? truth[t] : wrong };
		}
	}
}

static void fill(struct labels *l, const struct row *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		labels_add(l, r[i].t, r[i].w, r[i].v);
	labels_group(l, false);
}

static bool finite_in(const double *x, size_t n, double least, double most)
{
	for (size_t i = 0; i < n; i++)
		if (!(x[i] >= least && x[i] <= most))
			return false;
	return true;
}

/* posteriors: numbers in [0, 1]; rows of tasks with labels sum to 1, of others to 1 or are zero */
static bool sound(const struct labels *l, const struct agree_fit *f)
{
	size_t k = f->n_classes;

	for (size_t t = 0; t < f->n_tasks; t++) {
		double s = 0;
		for (size_t c = 0; c < k; c++)
			s += f->q[t * k + c];
		if (!near(s, 1, 1e-12) && (l->t_off[t] < l->t_off[t + 1] || s != 0))
			return false;
	}
	return finite_in(f->q, f->n_tasks * k, 0, 1) && finite_in(f->skill, f->n_workers, 0, 1) &&
	       (!f->e || finite_in(f->e, f->n_workers * k * k, 0, 1)) && f->objective == f->objective;
}

/* ---- laws ------------------------------------------------------------------------ */

static bool same_bits(const struct agree_fit *a, const struct agree_fit *b)
{
	return !memcmp(a->q, b->q, a->n_tasks * a->n_classes * sizeof *a->q) &&
	       !memcmp(a->skill, b->skill, a->n_workers * sizeof *a->skill) && a->n_iter == b->n_iter &&
	       (!a->e || !memcmp(a->e, b->e, a->n_workers * a->n_classes * a->n_classes * sizeof *a->e));
}

static void test_threads(const struct method *m, const struct labels *l)
{
	struct agree_fit one, many;
	bool same = true;

	m->fn(l, &(struct agree_opt){ .threads = 1, .gold = gold }, &one);
	for (unsigned threads = 2; threads <= 5; threads++) {
		m->fn(l, &(struct agree_opt){ .threads = threads, .gold = gold }, &many);
		same = same && same_bits(&one, &many);
		agree_fit_release(&many);
	}
	ok(same && sound(l, &one), "%s: the same bits on 1 to 5 threads, and sound", m->name);
	agree_fit_release(&one);
}

/* the largest difference when b is a with tasks, workers and classes under other numbers */
static double under(const struct agree_fit *a, const struct agree_fit *b, const uint32_t *t, const uint32_t *w,
                    const uint32_t *c)
{
	double most = 0;

	for (size_t i = 0; i < a->n_tasks * K; i++) {
		double d = furthest(&a->q[i], &b->q[t[i / K] * K + c[i % K]], 1);
		most = d > most ? d : most;
	}
	for (size_t i = 0; i < a->n_workers; i++) {
		double d = furthest(&a->skill[i], &b->skill[w[i]], 1);
		most = d > most ? d : most;
	}
	return most;
}

static void test_names(const struct method *m, const struct labels *l)
{
	static struct row r[ROWS];
	static uint32_t t[T], w[W], c[K];
	struct labels other = { 0 };
	struct agree_fit a, b;
	struct agree_opt o = { .tol = m->is & DRAWS ? 1e-12 : 0, .max_iter = m->is & DRAWS ? 2000 : 0 };

	for (uint32_t i = 0; i < T; i++)
		t[i] = m->is & ORDER ? i : (i * 37 + 5) % T;
	for (uint32_t i = 0; i < W; i++)
		w[i] = (i * 9 + 4) % W;
	for (uint32_t i = 0; i < K; i++)
		c[i] = K - 1 - i;
	for (size_t i = 0; i < n_rows; i++)    /* and the order of lines */
		r[m->is & ORDER ? i : n_rows - 1 - i] = (struct row){ t[rows[i].t], w[rows[i].w], c[rows[i].v] };
	fill(&other, r, n_rows);
	m->fn(l, &o, &a);
	m->fn(&other, &o, &b);
	double most = under(&a, &b, t, w, c);
	ok(most <= 1e-8, "%s: other names of tasks, workers and classes: the same to %.2g", m->name, most);
	agree_fit_release(&a);
	agree_fit_release(&b);
	labels_release(&other);
}

/* methods without a prior on workers do not see that there is twice of everything */
static void test_double(const struct method *m, const struct labels *l)
{
	struct labels twice = { 0 };
	struct agree_fit a, b;

	for (uint32_t copy = 0; copy < 2; copy++)
		for (size_t i = 0; i < n_rows; i++)
			labels_add(&twice, rows[i].t + copy * T, rows[i].w, rows[i].v);
	labels_group(&twice, false);
	m->fn(l, &(struct agree_opt){ 0 }, &a);
	m->fn(&twice, &(struct agree_opt){ 0 }, &b);
	double x = furthest(a.q, b.q, T * K), y = furthest(a.q, b.q + T * K, T * K);
	if (m->is & DOUBLES)
		ok(x <= 1e-8 && y <= 1e-8, "%s: every task twice: the same to %.2g", m->name, x > y ? x : y);
	else if (!(m->is & ORDER))
		ok(furthest(b.q, b.q + T * K, T * K) <= (m->is & DRAWS ? 1e-5 : 1e-12), "%s: twins of a task agree", m->name);
	agree_fit_release(&a);
	agree_fit_release(&b);
	labels_release(&twice);
}

static void test_gold(const struct method *m, const struct labels *l)
{
	struct agree_fit f;
	bool clamped = true;

	m->fn(l, &(struct agree_opt){ .gold = gold }, &f);
	for (size_t t = 0; t < T; t++)
		clamped = clamped && (gold[t] == AGREE_NO_GOLD || f.q[t * K + gold[t]] == 1);
	ok(clamped && sound(l, &f), "%s: gold has all of the posterior", m->name);
	agree_fit_release(&f);
}

static void test_rising(const struct method *m, const struct labels *l)
{
	double counts[W * K * K], classes[K] = { 9, 4, 2 }, before = -1e300;
	bool rises = true;
	struct agree_fit f;

	for (size_t i = 0; i < W * K * K; i++)
		counts[i] = i / K % K == i % K ? 2.5 : (double)(i % 2);
	for (unsigned k = 1; k <= 40; k++) {
		m->fn(l, &(struct agree_opt){ .max_iter = k, .tol = -1, .gold = gold, .counts = counts,
		                              .class_counts = classes }, &f);
		rises = rises && f.objective >= before + 1e-12 * before && f.n_iter == k && !f.converged;
		before = f.objective;
		agree_fit_release(&f);
	}
	ok(rises && before > -1e5, "%s: the objective never falls, with gold and earlier counts too", m->name);
}

/* two days, all gold: the second with the counts of the first is the model of both */
static void test_days(const struct method *m)
{
	struct labels both = { .n_tasks = T, .n_workers = W, .n_classes = K }, day[2] = { both, both };
	struct agree_fit f[3];
	double classes[K] = { 0 };

	for (size_t i = 0; i < n_rows; i++) {
		labels_add(&day[rows[i].t % 2], rows[i].t, rows[i].w, rows[i].v);
		labels_add(&both, rows[i].t, rows[i].w, rows[i].v);
	}
	for (uint32_t t = 0; t < T; t += 2)
		classes[truth[t]]++;
	for (int d = 0; d < 2; d++)
		labels_group(&day[d], false);
	labels_group(&both, false);
	struct agree_opt o = { .gold = truth };
	m->fn(&day[0], &o, &f[0]);
	m->fn(&both, &o, &f[2]);
	o.counts = f[0].counts;
	o.class_counts = classes;
	m->fn(&day[1], &o, &f[1]);
	double e = furthest(f[1].e, f[2].e, W * K * K), p = furthest(f[1].prior, f[2].prior, K);
	ok(e <= 1e-12 && p <= 1e-12 && furthest(f[0].e, f[2].e, W * K * K) > 1e-3,
	   "%s: the second day on the counts of the first is both days: %.2g", m->name, e > p ? e : p);
	for (int k = 0; k < 3; k++)
		agree_fit_release(&f[k]);
	labels_release(&day[0]);
	labels_release(&day[1]);
	labels_release(&both);
}

/* ---- degenerate ------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct labels shape;    /* sizes beyond what the rows have */
	struct row r[12];
	size_t n;
} odd[] = {
	{ "no labels", { .n_tasks = 2, .n_workers = 1, .n_classes = 2 }, { { 0, 0, 0 } }, 0 },
	{ "one class", { 0 }, { { 0, 0, 0 }, { 0, 1, 0 }, { 1, 1, 0 }, { 2, 2, 0 } }, 4 },
	{ "one worker", { 0 }, { { 0, 0, 0 }, { 1, 0, 1 }, { 2, 0, 1 }, { 3, 0, 2 } }, 4 },
	{ "one task", { 0 }, { { 0, 0, 0 }, { 0, 1, 1 }, { 0, 2, 1 } }, 3 },
	{ "one label", { .n_classes = 4 }, { { 0, 0, 2 } }, 1 },
	{ "a label each", { 0 }, { { 0, 0, 0 }, { 0, 1, 0 }, { 0, 2, 1 }, { 1, 3, 1 }, { 1, 4, 1 } }, 5 },
	{ "all agree", { 0 }, { { 0, 0, 0 }, { 0, 1, 0 }, { 1, 0, 1 }, { 1, 1, 1 }, { 2, 0, 2 }, { 2, 1, 2 } }, 6 },
	{ "all differ", { 0 }, { { 0, 0, 0 }, { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 0 }, { 2, 0, 0 }, { 2, 1, 1 } }, 6 },
	{ "unused task, worker and class", { .n_tasks = 6, .n_workers = 5, .n_classes = 4 },
	  { { 0, 0, 0 }, { 0, 1, 0 }, { 1, 0, 1 }, { 1, 1, 1 }, { 3, 0, 1 }, { 3, 2, 1 }, { 3, 1, 0 } }, 7 },
};

static void test_odd(const struct method *m)
{
	static const uint32_t none[6] = { AGREE_NO_GOLD, AGREE_NO_GOLD, AGREE_NO_GOLD, AGREE_NO_GOLD, AGREE_NO_GOLD, 1 };

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct labels l = odd[i].shape;
		struct agree_fit f, g;
		fill(&l, odd[i].r, odd[i].n);
		m->fn(&l, &(struct agree_opt){ 0 }, &f);
		bool good = sound(&l, &f);
		for (size_t t = 0; i == 1 && t < f.n_tasks; t++)
			good = good && f.q[t] == 1;
		/* what all votes say is the answer */
		for (size_t k = 0; (i == 1 || i == 2 || i == 4 || i == 6) && k < odd[i].n; k++)
			good = good && f.q[odd[i].r[k].t * f.n_classes + odd[i].r[k].v] > 1.0 / (double)f.n_classes - 1e-12;
		m->fn(&l, &(struct agree_opt){ .max_iter = 1, .gold = l.n_tasks == 6 ? none : NULL }, &g);
		good = good && sound(&l, &g) && g.n_iter <= 1 && (l.n_tasks != 6 || g.q[5 * g.n_classes + 1] == 1);
		ok(good, "%s: %s", m->name, odd[i].name);
		agree_fit_release(&f);
		agree_fit_release(&g);
		labels_release(&l);
	}
}

int main(void)
{
	struct labels l = { 0 };

	simulate(3);
	fill(&l, rows, n_rows);
	for (int i = 0; i < N_METHODS; i++) {
		const struct method *m = &methods[i];
		test_threads(m, &l);
		test_names(m, &l);
		test_double(m, &l);
		test_gold(m, &l);
		if (m->is & RISES)
			test_rising(m, &l);
		if (m->is & MODEL)
			test_days(m);
		test_odd(m);
	}
	labels_release(&l);
	return done();
}
