/* comparisons: Bradley-Terry, ties, workers; gradients against differences */
#include "agree/pair.h"

#include "math/explog.h"
#include "math/rng.h"
#include "sets.h"

static const struct pair_opt plain = PAIR_OPT_INIT;

static size_t say(struct comparison *c, size_t n, uint32_t left, uint32_t right, enum pair_winner y, unsigned times)
{
	while (times--)
		c[n++] = (struct comparison){ left, right, 0, y };
	return n;
}

/* American League East 1987: Agresti (2002), "Categorical data analysis", tables 10.10 and 10.11 */
static void test_baseball(void)
{
	enum { N = 7 };
	static const unsigned won[N][N] = {
		{ 0, 7, 9, 7, 7, 9, 11 }, { 6, 0, 7, 5, 11, 9, 9 }, { 4, 6, 0, 7, 7, 8, 12 }, { 6, 8, 6, 0, 6, 7, 10 },
		{ 6, 2, 6, 7, 0, 7, 12 }, { 4, 4, 5, 6, 6, 0, 6 }, { 2, 4, 1, 3, 1, 7, 0 },
	};
	static const double want[N] = { 1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0 };
	struct comparison c[600];
	struct pair_opt o = plain;
	struct pair_set p;
	size_t n = 0;
	double most = 0;

	o.prior = 0;
	for (uint32_t i = 0; i < N; i++)
		for (uint32_t j = 0; j < N; j++)
			n = say(c, n, i, j, PAIR_LEFT, won[i][j]);
	pair_fit(c, n, N, 1, &o, &p);
	for (size_t i = 0; i < N; i++) {
		double d = p.score[i] - p.score[6] - want[i];
		most = d > most ? d : -d > most ? -d : most;
	}
	ok(n == 273 && most < 0.0051 && p.converged, "baseball 1987: off by %.5f at most, %u iterations", most, p.n_iter);
	ok(p.n_components == 1 && near(p.score[0] + p.score[1] + p.score[2] + p.score[3] + p.score[4] + p.score[5] +
	   p.score[6], 0, 1e-12), "one component, mean 0");
	pair_release(&p);
}

static void test_two(void)
{
	struct comparison c[30];
	struct pair_opt o = plain;
	struct pair_set p;
	size_t n = say(c, 0, 0, 1, PAIR_LEFT, 12);

	n = say(c, n, 1, 0, PAIR_LEFT, 4);
	o.prior = 0;
	pair_fit(c, n, 2, 1, &o, &p);
	ok(near(p.score[0] - p.score[1], m_log(3), 1e-9) && near(p.se[0], m_sqrt(1 / (16 * 3 / 16.0)) / 2, 1e-9) &&
	   p.se[0] == p.se[1], "12 : 4 is ln 3, and its standard error");
	pair_release(&p);
	n = say(c, n, 0, 1, PAIR_TIE, 8);
	pair_fit(c, n, 2, 1, &o, &p);
	/* all would be exact, nu = 8 / sqrt(12 x 4), but for the one comparison that is known of nu */
	ok(near(p.score[0] - p.score[1], m_log(3), 0.02) && near(p.nu, 8 / m_sqrt(48), 0.04), "eight ties: nu %.3f", p.nu);
	double b[3];
	pair_chances(p.score[0], p.score[1], p.nu, b);
	ok(near(b[0] + b[1] + b[2], 1, 1e-15) && near(b[PAIR_LEFT] / b[PAIR_RIGHT], m_exp(p.score[0] - p.score[1]), 1e-12), "chances sum to one");
	pair_release(&p);
	pair_chances(1e4, -1e4, 0.5, b);
	ok(b[0] == 1 && b[1] == 0 && b[2] == 0, "chances far apart");
}

static void random_set(struct comparison *c, size_t n, uint32_t items, uint32_t workers, double ties, double *truth,
                       uint64_t seed)
{
	struct rng r;

	rng_seed(&r, seed);
	for (uint32_t i = 0; i < items; i++)
		truth[i] = 3.0 * i / items;
	for (size_t i = 0; i < n; i++) {
		uint32_t a = (uint32_t)rng_below(&r, items), b = (uint32_t)rng_below(&r, items - 1);
		uint32_t w = (uint32_t)rng_below(&r, workers);
		b += b >= a;
		double p[3], u = rng_unit(&r);
		pair_chances(truth[a], truth[b], ties, p);
		/* every third worker does not look, and goes left */
		if (w % 3 == 2 && rng_unit(&r) < 0.9) {
			p[PAIR_LEFT] = 0.8;
			p[PAIR_RIGHT] = ties > 0 ? 0.15 : 0.2;
		}
		c[i] = (struct comparison){ a, b, w, u < p[0] ? PAIR_LEFT : u < p[0] + p[1] ? PAIR_RIGHT : PAIR_TIE };
		if (ties == 0 && c[i].winner == PAIR_TIE)
			c[i].winner = PAIR_RIGHT;
	}
}

static double largest(const double *g, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++)
		most = g[i] > most ? g[i] : -g[i] > most ? -g[i] : most;
	return most;
}

/* move the parameter that g[i] belongs to */
static void nudge(struct pair_set *p, size_t i, double by)
{
	if (i < p->n_items) {
		p->score[i] += by;
	} else if (i == p->n_items) {
		p->nu *= m_exp(by);
	} else {
		size_t w = (i - p->n_items - 1) / 4, which = (i - p->n_items - 1) % 4;
		double *u = p->habit + 3 * w, total;
		if (which == 0) {
			double odds = p->skill[w] / (1 - p->skill[w]) * m_exp(by);
			p->skill[w] = odds / (1 + odds);
			return;
		}
		u[which - 1] *= m_exp(by);
		total = u[0] + u[1] + u[2];
		for (unsigned y = 0; y < 3; y++)
			u[y] /= total;
	}
}

static void test_gradient(double ties, bool workers, const char *name)
{
	enum { N = 300, ITEMS = 8, W = 6, G = ITEMS + 1 + 4 * W };
	struct comparison c[N];
	struct pair_opt o = plain;
	struct pair_set p;
	double truth[ITEMS], g[G], num[G] = { 0 }, h = 1e-5;

	random_set(c, N, ITEMS, W, ties, truth, 17);
	o.workers = workers;
	pair_fit(c, N, ITEMS, W, &o, &p);
	pair_gradient(c, N, &o, &p, g);
	ok(p.converged && largest(g, G) < 1e-6, "%s: the gradient vanishes at the answer (%.1g, %u iterations)", name,
	   largest(g, G), p.n_iter);
	double best = p.objective;
	bool top = true;
	for (size_t i = 0; i < G; i++) {
		nudge(&p, i, 0.01);
		top = top && pair_objective(c, N, &o, &p) <= best;
		nudge(&p, i, -0.02);
		top = top && pair_objective(c, N, &o, &p) <= best;
		nudge(&p, i, 0.01 + 0.1 * (double)(i % 5) - 0.2);    /* away from the top, where it is not flat */
	}
	ok(top, "%s: and every step away loses", name);
	pair_gradient(c, N, &o, &p, g);
	for (size_t i = 0; i < G; i++) {
		nudge(&p, i, h);
		num[i] = pair_objective(c, N, &o, &p);
		nudge(&p, i, -2 * h);
		num[i] = (num[i] - pair_objective(c, N, &o, &p)) / (2 * h);
		nudge(&p, i, h);
	}
	ok(largest(g, G) > 1 && furthest(g, num, G) < 1e-6, "%s: gradient against differences, %.1g", name,
	   furthest(g, num, G));
	pair_release(&p);
}

/* standard errors against the inverse of a numerical Hessian */
static void test_errors(bool workers)
{
	enum { N = 400, M = 5, W = 6 };
	struct comparison c[N];
	struct pair_opt o = plain;
	struct pair_set p;
	double truth[M], up[M + 1 + 4 * W], down[M + 1 + 4 * W], a[M][2 * M] = { { 0 } }, h = 1e-5;

	random_set(c, N, M, W, 0.7, truth, 23);
	o.workers = workers;
	pair_fit(c, N, M, W, &o, &p);
	for (size_t i = 0; i < M; i++) {
		p.score[i] += h;
		pair_gradient(c, N, &o, &p, up);
		p.score[i] -= 2 * h;
		pair_gradient(c, N, &o, &p, down);
		p.score[i] += h;
		for (size_t j = 0; j < M; j++)
			a[i][j] = (down[j] - up[j]) / (2 * h);
		a[i][M + i] = 1;
	}
	for (size_t i = 0; i < M; i++)    /* Gauss and Jordan */
		for (size_t r = 0; r < M; r++) {
			double f = r == i ? 1 - 1 / a[i][i] : a[r][i] / a[i][i];
			for (size_t j = 0; j < 2 * M; j++)
				a[r][j] -= f * a[i][j] * (r == i || j >= i);
		}
	bool good = true;
	for (size_t i = 0; i < M; i++) {
		double v = a[i][M + i];
		for (size_t j = 0; j < M; j++) {
			v -= 2 * a[i][M + j] / M;
			for (size_t m = 0; m < M; m++)
				v += a[m][M + j] / (M * M);
		}
		good = good && near(p.se[i], m_sqrt(v), 1e-5);
	}
	ok(good, "standard errors, %s: %.4f", workers ? "workers" : "plain", p.se[0]);
	pair_release(&p);
}

static void test_laws(void)
{
	enum { N = 500, ITEMS = 20, W = 9 };
	struct comparison c[N], d[N];
	struct pair_opt o = plain;
	struct pair_set p, q;
	double truth[ITEMS];
	struct rng r;

	random_set(c, N, ITEMS, W, 0.5, truth, 4);
	rng_seed(&r, 8);
	memcpy(d, c, sizeof c);
	for (size_t i = N; i > 1; i--) {
		size_t j = rng_below(&r, i);
		struct comparison swap = d[i - 1];
		d[i - 1] = d[j];
		d[j] = swap;
	}
	o.workers = true;
	pair_fit(c, N, ITEMS, W, &o, &p);
	pair_fit(d, N, ITEMS, W, &o, &q);
	ok(!memcmp(p.score, q.score, 2 * sizeof truth) && !memcmp(p.skill, q.skill, 5 * W * sizeof(double)), "any order, same bits");
	pair_release(&q);
	for (size_t i = 0; i < N; i++)
		d[i] = (struct comparison){ c[i].right, c[i].left, c[i].worker,
		                            c[i].winner == PAIR_TIE ? PAIR_TIE : PAIR_RIGHT - c[i].winner };
	pair_fit(d, N, ITEMS, W, &o, &q);
	bool good = furthest(p.score, q.score, ITEMS) < 1e-6;
	for (size_t w = 0; w < W; w++)
		good = good && near(p.bias[w], 1 - q.bias[w], 1e-6);
	ok(good, "sides exchanged: same scores, mirrored bias");
	pair_release(&q);
	for (size_t i = 0; i < N; i++) {
		d[i] = c[i];
		d[i].winner = c[i].winner == PAIR_TIE ? PAIR_TIE : PAIR_RIGHT - c[i].winner;
	}
	pair_fit(d, N, ITEMS, W, &o, &q);
	for (size_t i = 0; i < ITEMS; i++)
		q.score[i] = -q.score[i];
	ok(furthest(p.score, q.score, ITEMS) < 1e-6, "every answer reversed: scores negated");
	pair_release(&q);
	pair_release(&p);
}

/* root mean square of score - a - b truth, at the best a and b: the scale is not what is asked */
static double off(const struct pair_set *p, const double *truth)
{
	double n = (double)p->n_items, x = 0, y = 0, xx = 0, xy = 0, yy = 0;

	for (size_t i = 0; i < p->n_items; i++) {
		x += p->score[i] / n;
		y += truth[i] / n;
	}
	for (size_t i = 0; i < p->n_items; i++) {
		xx += (p->score[i] - x) * (p->score[i] - x);
		xy += (p->score[i] - x) * (truth[i] - y);
		yy += (truth[i] - y) * (truth[i] - y);
	}
	return m_sqrt((yy - xy * xy / xx) / n);
}

static void test_workers(void)
{
	enum { N = 20000, ITEMS = 30, W = 30 };
	struct comparison *c = mem_alloc(N, sizeof *c);
	struct pair_opt o = plain;
	struct pair_set p, q;
	double truth[ITEMS];
	bool good = true;

	random_set(c, N, ITEMS, W, 0.5, truth, 31);
	pair_fit(c, N, ITEMS, W, &o, &p);
	o.workers = true;
	pair_fit(c, N, ITEMS, W, &o, &q);
	for (size_t w = 0; w < W; w++)
		good = good && (w % 3 == 2 ? q.skill[w] < 0.4 && q.bias[w] > 0.7 : q.skill[w] > 0.75);
	ok(good && q.converged, "finds those who do not look, %u iterations: %.2f %.2f", q.n_iter, q.skill[0], q.skill[2]);
	ok(off(&q, truth) < off(&p, truth), "scores off by %.4f, plain %.4f", off(&q, truth), off(&p, truth));
	pair_release(&p);
	pair_release(&q);
	free(c);
}

static void test_degenerate(void)
{
	struct comparison c[8];
	struct pair_set p;
	size_t n;

	pair_fit(NULL, 0, 3, 2, &plain, &p);
	ok(p.converged && p.n_components == 3 && p.score[0] == 0 && p.se[0] == -1, "no comparisons");
	pair_release(&p);
	pair_fit(NULL, 0, 0, 0, &plain, &p);
	ok(p.converged, "nothing at all");
	pair_release(&p);
	n = say(c, 0, 0, 1, PAIR_LEFT, 1);
	pair_fit(c, n, 2, 1, &plain, &p);
	/* by symmetry score -s, and 1/2 (1 - 2 L(s)) + 1 - L(2s) = 0 */
	double e = m_exp(p.score[0]), g = 0.5 * (1 - 2 * e / (1 + e)) + 1 - e * e / (1 + e * e);
	ok(near(p.score[0], -p.score[1], 1e-9) && near(g, 0, 1e-9) && p.score[0] > 0, "one comparison: %.4f", p.score[0]);
	pair_release(&p);
	n = say(c, 0, 0, 2, PAIR_LEFT, 3);
	n = say(c, n, 1, 3, PAIR_TIE, 2);
	n = say(c, n, 2, 2, PAIR_LEFT, 1);
	pair_fit(c, n, 5, 1, &plain, &p);
	ok(p.n_components == 3 && p.component[0] == 0 && p.component[1] == 1 && p.component[2] == 0 &&
	   p.component[3] == 1 && p.component[4] == 2 && p.score[0] > p.score[2] && near(p.score[1], 0, 1e-9) &&
	   near(p.score[3], 0, 1e-9) && p.score[4] == 0, "three components, one of ties");
	pair_release(&p);
	n = say(c, 0, 0, 1, PAIR_TIE, 4);
	pair_fit(c, n, 2, 1, &plain, &p);
	ok(p.converged && p.nu > 1 && p.nu < 1000, "only ties: nu %.2f", p.nu);
	pair_release(&p);
	struct pair_opt o = plain;
	o.prior = 0;
	o.max_iter = 50;
	n = say(c, 0, 0, 1, PAIR_LEFT, 4);
	pair_fit(c, n, 2, 1, &o, &p);
	ok(p.score[0] > 10 && p.score[0] <= PAIR_LIMIT, "without prior a clean win stops at the limit");
	pair_release(&p);
}

static void test_chain(void)
{
	/* a long chain, each link one win and one loss but for the first: slow for MM alone */
	enum { ITEMS = 2000 };
	struct comparison *c = mem_alloc(2 * ITEMS, sizeof *c);
	struct pair_set p;
	size_t n = 0;

	for (uint32_t i = 0; i + 1 < ITEMS; i++) {
		n = say(c, n, i, i + 1, PAIR_LEFT, 1);
		n = say(c, n, i, i + 1, i ? PAIR_RIGHT : PAIR_LEFT, 1);
	}
	struct pair_opt o = plain;
	o.prior = 1e-6;
	pair_fit(c, n, ITEMS, 1, &o, &p);
	ok(p.converged && p.n_iter < 100 && p.score[0] - p.score[1] > 5 && p.se[0] == -1,
	   "a chain of 2000 items: %u iterations", p.n_iter);
	pair_release(&p);
	free(c);
}

int main(void)
{
	test_baseball();
	test_two();
	test_gradient(0, false, "plain");
	test_gradient(0.6, false, "ties");
	test_gradient(0, true, "workers");
	test_gradient(0.6, true, "workers and ties");
	test_errors(false);
	test_errors(true);
	test_laws();
	test_workers();
	test_degenerate();
	test_chain();
	return done();
}
