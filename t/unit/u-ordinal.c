/* ordered classes: medians, the model against plain loops, laws */
#include "agree/ordinal.h"

#include "agree/mv.h"
#include "math/explog.h"
#include "math/rng.h"
#include "sets.h"

static void test_medians(void)
{
	static const double q[] = { .2, .2, .6,  .5, 0, .5,  0, 0, 0,  1, 0, 0,  .3, .3, .4,  0, 0, 1,  .1, .4, .5 };
	static const uint32_t want[] = { 2, 0, ORDINAL_NONE, 0, 1, 2, 1 };
	static const uint8_t tied[] = { 0, 1, 0, 0, 0, 0, 1 };
	uint32_t got[7];
	uint8_t tie[7];

	ordinal_medians(q, 7, 3, got, tie);
	ok(!memcmp(got, want, sizeof want) && !memcmp(tie, tied, sizeof tied), "medians, ties to the lower class");
}

/* random crowd: worker w errs with chance err[w], mostly by one step */
static void crowd(struct labels *l, uint32_t *truth, uint32_t T, uint32_t W, uint32_t K, uint64_t seed)
{
	struct rng r;

	rng_seed(&r, seed);
	l->n_classes = K;
	l->n_tasks = T;
	for (uint32_t t = 0; t < T; t++) {
		truth[t] = (uint32_t)rng_below(&r, K);
		for (uint32_t w = 0; w < W; w++) {
			uint32_t v = truth[t];
			double err = 0.1 + 0.6 * w / W;
			while (rng_unit(&r) < err) {
				bool up = rng_below(&r, 2);
				v = up && v + 1 < K ? v + 1 : !up && v ? v - 1 : v;
				err /= 2;
			}
			if (rng_below(&r, 3))
				labels_add(l, t, w, v);
		}
	}
}

/* non-increasing curve by the min-max formula, Barlow et al. (1972), 1.9 */
static void slow_unimodal(const double *r, const double *weight, size_t n, double *out)
{
	for (size_t d = 0; d < n; d++) {
		double least = 0;
		for (size_t i = 0; i <= d; i++) {
			double most = 0;
			for (size_t j = d; j < n; j++) {
				double s = 0, sw = 0;
				for (size_t m = i; m <= j; m++) {
					s += r[m] * weight[m];
					sw += weight[m];
				}
				most = j == d || s / sw > most ? s / sw : most;
			}
			least = i == 0 || most < least ? most : least;
		}
		out[d] = least;
	}
}

enum { SK = 5 };

static void slow_m(const double (*n)[SK][SK], size_t W, double (*e)[SK][SK])
{
	double cells[SK], all[SK] = { 80, 20, 10, 5, 2.5 }, pool[SK], total = 0;

	for (size_t d = 0; d < SK; d++)
		cells[d] = 0;
	for (size_t c = 0; c < SK; c++)
		for (size_t v = 0; v < SK; v++) {
			size_t d = c > v ? c - v : v - c;
			cells[d]++;
			for (size_t w = 0; w < W; w++)
				all[d] += n[w][c][v];
		}
	for (size_t d = 0; d < SK; d++) {
		total += all[d];
		all[d] /= cells[d];
	}
	slow_unimodal(all, cells, SK, pool);
	for (size_t w = 0; w < W; w++) {
		double own[SK] = { 0 }, r[SK];
		for (size_t c = 0; c < SK; c++)
			for (size_t v = 0; v < SK; v++) {
				size_t d = c > v ? c - v : v - c;
				own[d] += n[w][c][v] / cells[d];
			}
		for (size_t d = 0; d < SK; d++)
			own[d] += 2 * (SK + 3) * pool[d] / total;
		slow_unimodal(own, cells, SK, r);
		for (size_t c = 0; c < SK; c++) {
			double sum = 0, row = 0;
			for (size_t v = 0; v < SK; v++) {
				sum += r[c > v ? c - v : v - c];
				row += n[w][c][v];
			}
			for (size_t v = 0; v < SK; v++)
				e[w][c][v] = (n[w][c][v] + (SK + 3) * r[c > v ? c - v : v - c] / sum) / (row + SK + 3);
		}
	}
}

static void test_slow(void)
{
	enum { T = 40, W = 6 };
	struct labels l = { 0 };
	struct agree_fit f;
	uint32_t truth[T];
	static double n[W][SK][SK], e[W][SK][SK], q[T][SK];

	crowd(&l, truth, T, W, SK, 5);
	labels_group(&l, false);
	ordinal_fit(&l, &(struct agree_opt){ .max_iter = 30, .tol = -1 }, &f);
	mv_shares(&l, 1, q[0]);
	for (int it = 0; it < 30; it++) {
		double p[SK] = { 50, 50, 50, 50, 50 }, used = 50 * SK;
		memset(n, 0, sizeof n);
		for (size_t t = 0; t < T; t++) {
			used += l.t_off[t] < l.t_off[t + 1];
			for (size_t c = 0; c < SK; c++) {
				p[c] += l.t_off[t] < l.t_off[t + 1] ? q[t][c] : 0;
				for (size_t i = l.t_off[t]; i < l.t_off[t + 1]; i++)
					n[l.t_worker[i]][c][l.t_value[i]] += q[t][c];
			}
		}
		slow_m((const double (*)[SK][SK])n, W, e);
		for (size_t t = 0; t < T; t++) {
			double sum = 0, labels = l.t_off[t + 1] - l.t_off[t];
			for (size_t c = 0; c < SK; c++) {
				double product = 1;
				for (size_t i = l.t_off[t]; i < l.t_off[t + 1]; i++)
					product *= e[l.t_worker[i]][c][l.t_value[i]];
				q[t][c] = p[c] / used * m_exp(m_log(product) / (1 + 0.25 * (labels > 1 ? labels - 1 : 0)));
				sum += q[t][c];
			}
			for (size_t c = 0; c < SK; c++)
				q[t][c] /= sum;
		}
	}
	ok(furthest(q[0], f.q, T * SK) < 1e-10 && furthest(e[0][0], f.e, W * SK * SK) < 1e-10, "30 steps against plain loops");
	agree_fit_release(&f);
	labels_release(&l);
}

static double steps_off(const uint32_t *value, const uint32_t *truth, size_t n)
{
	double s = 0;

	for (size_t t = 0; t < n; t++)
		s += value[t] > truth[t] ? value[t] - truth[t] : truth[t] - value[t];
	return s / (double)n;
}

static void test_quality(void)
{
	enum { T = 3000, W = 8, K = 6 };
	struct labels l = { 0 };
	struct agree_fit f, g;
	static uint32_t truth[T], value[T], back[T];
	static double q[T * K];
	double steps[W];

	crowd(&l, truth, T, W, K, 9);
	labels_group(&l, false);
	ordinal_fit(&l, &(struct agree_opt){ .threads = 1 }, &f);
	ordinal_fit(&l, &(struct agree_opt){ .threads = 4 }, &g);
	ok(f.converged && !memcmp(f.q, g.q, sizeof q) && !memcmp(f.e, g.e, W * K * K * sizeof(double)),
	   "one and four threads, same bits; %u iterations", f.n_iter);
	agree_fit_release(&g);
	ordinal_medians(f.q, T, K, value, NULL);
	double ours = steps_off(value, truth, T);
	mv_winners(&l, 1, back, NULL, NULL);
	double votes = steps_off(back, truth, T);
	mv_shares(&l, 1, q);
	ordinal_medians(q, T, K, back, NULL);
	double median = steps_off(back, truth, T);
	ok(ours < votes && ours < median, "steps off: %.3f; majority vote %.3f, median answer %.3f", ours, votes, median);
	ordinal_steps(&l, f.q, steps);
	ok(steps[0] < steps[4] && steps[4] < steps[7] && f.skill[0] > f.skill[4] && f.skill[4] > f.skill[7],
	   "better workers have more skill and fewer steps: %.2f %.2f %.2f", f.skill[0], f.skill[4], f.skill[7]);
	/* the mirror image */
	struct labels m = { .n_classes = K, .n_tasks = T };
	for (uint32_t t = 0; t < T; t++)
		for (size_t i = l.t_off[t]; i < l.t_off[t + 1]; i++)
			labels_add(&m, t, l.t_worker[i], K - 1 - l.t_value[i]);
	labels_group(&m, false);
	ordinal_fit(&m, &(struct agree_opt){ 0 }, &g);
	double most = 0;
	for (size_t t = 0; t < T; t++)
		for (size_t c = 0; c < K; c++) {
			double d = g.q[t * K + K - 1 - c] - f.q[t * K + c];
			most = d > most ? d : -d > most ? -d : most;
		}
	ok(most < 1e-9, "the order reversed reverses the posteriors");
	agree_fit_release(&g);
	uint32_t gold[T];
	for (size_t t = 0; t < T; t++)
		gold[t] = t % 3 ? AGREE_NO_GOLD : K - 1 - truth[t];
	ordinal_fit(&m, &(struct agree_opt){ .gold = gold, .counts = f.counts, .class_counts = f.prior }, &g);
	bool kept = true;
	for (size_t t = 0; t < T; t += 3)
		kept = kept && g.q[t * K + gold[t]] == 1;
	ok(kept, "gold stays");
	agree_fit_release(&g);
	agree_fit_release(&f);
	labels_release(&l);
	labels_release(&m);
}

static void test_degenerate(void)
{
	struct labels l = { .n_tasks = 2, .n_classes = 4 };
	struct agree_fit f;
	uint32_t value[2];

	labels_add(&l, 0, 0, 2);
	labels_group(&l, false);
	ordinal_fit(&l, &(struct agree_opt){ 0 }, &f);
	ordinal_medians(f.q, 2, 4, value, NULL);
	ok(f.converged && value[0] == 2 && near(f.q[4] + f.q[5] + f.q[6] + f.q[7], 1, 1e-12), "one label, and a task without");
	agree_fit_release(&f);
	labels_release(&l);
	l = (struct labels){ 0 };
	labels_group(&l, false);
	ordinal_fit(&l, &(struct agree_opt){ 0 }, &f);
	ok(true, "nothing at all");
	agree_fit_release(&f);
	labels_release(&l);
	l = (struct labels){ 0 };
	for (uint32_t i = 0; i < 12; i++)
		labels_add(&l, i / 3, i % 3, 0);
	labels_group(&l, false);
	ordinal_fit(&l, &(struct agree_opt){ 0 }, &f);
	ok(f.q[0] == 1 && f.q[3] == 1, "one class");
	agree_fit_release(&f);
	labels_release(&l);
}

int main(void)
{
	test_medians();
	test_slow();
	test_quality();
	test_degenerate();
	return done();
}
