/* sparse models: the dense ones where all classes are named, a slow reference where not, odd inputs */
#include "agree/sparse.h"

#include "agree/dsmap.h"
#include "agree/hedge.h"
#include "agree/methods.h"
#include "agree/onecoin.h"
#include "crowd.h"

enum { MOST_ROWS = 200000 };

static const struct pairing {
	const char *name;
	agree_fn *dense;
	sparse_fn *sparse;
} pairing[] = {
	{ "onecoin", agree_onecoin, sparse_onecoin },
	{ "ds", agree_ds, sparse_ds },
	{ "ds-map", agree_dsmap, sparse_dsmap },
};

/* posterior of class c for task t */
static double q_of(const struct sparse_fit *f, size_t t, uint32_t c)
{
	for (size_t k = f->off[t]; k < f->off[t + 1]; k++)
		if (f->class[k] == c)
			return f->q[k];
	return 0;
}

static double count_of(const struct sparse_fit *f, size_t w, uint32_t truth, uint32_t label)
{
	for (size_t i = f->counts.off[w]; i < f->counts.off[w + 1]; i++)
		if (f->counts.cell[i].truth == truth && f->counts.cell[i].label == label)
			return f->counts.cell[i].n;
	return 0;
}

/* rows sum to 1, classes ascend, cells ascend, skills are probabilities */
static bool sound(const struct sparse_fit *f)
{
	for (size_t t = 0; t < f->n_tasks; t++) {
		double s = 0;
		for (size_t k = f->off[t]; k < f->off[t + 1]; k++) {
			if (!(f->q[k] >= 0) || (k > f->off[t] && f->class[k - 1] >= f->class[k]))
				return false;
			s += f->q[k];
		}
		if (f->off[t] < f->off[t + 1] && !near(s, 1, 1e-9))
			return false;
	}
	for (size_t w = 0; w < f->n_workers; w++) {
		if (!(f->skill[w] >= 0 && f->skill[w] <= 1))
			return false;
		for (size_t i = f->counts.off[w]; i < f->counts.off[w + 1]; i++) {
			const struct sparse_cell *c = f->counts.cell + i;
			if (!(c->n > 0) || (i > f->counts.off[w] &&
			                    (c[-1].truth > c->truth || (c[-1].truth == c->truth && c[-1].label >= c->label))))
				return false;
		}
	}
	return isfinite(f->objective);
}

/* ---- against the dense methods ------------------------------------------------------- */

/* each class named on each task, then labels by workers from poor to good */
static size_t full_crowd(struct rng *g, struct row *r, uint32_t tasks, uint32_t workers, uint32_t K)
{
	size_t n = 0;

	for (uint32_t t = 0; t < tasks; t++) {
		uint32_t truth = (uint32_t)rng_below(g, K);
		for (uint32_t w = 0; w < workers; w++) {
			bool forced = (w + t) % workers < K;
			if (!forced && rng_unit(g) < 0.2)
				continue;
			uint32_t any = (uint32_t)rng_below(g, K);
			r[n++] = (struct row){ t, w, forced ? (w + t) % workers : rng_unit(g) < 0.2 + 0.7 * w / workers ? truth : any };
		}
	}
	return n;
}

/* the counts of earlier days in both shapes */
static struct sparse_cells earlier_cells(size_t W, size_t K, double *dense)
{
	struct sparse_cells c = { mem_alloc(W + 1, sizeof *c.off), mem_alloc(W * K * K, sizeof *c.cell) };
	size_t n = 0;

	for (size_t w = 0; w < W; w++) {
		c.off[w] = n;
		for (uint32_t z = 0; z < K; z++)
			for (uint32_t l = 0; l < K; l++) {
				double x = (w + z + l) % 3 ? (double)(w % 4) + (z == l ? 2.5 : 0) : 0;
				dense[(w * K + z) * K + l] = x;
				c.cell[n++] = (struct sparse_cell){ z, l, x };
			}
	}
	c.off[W] = n;
	return c;
}

/* largest difference of what both fits have */
static double apart(const struct agree_fit *d, const struct sparse_fit *s, bool matrix, const double *earlier)
{
	size_t K = d->n_classes;
	double most = fabs(d->objective - s->objective) / (1 + fabs(d->objective));

	for (size_t t = 0; t < d->n_tasks; t++)
		for (uint32_t c = 0; c < K; c++)
			most = larger(most, fabs(d->q[t * K + c] - q_of(s, t, c)));
	most = larger(most, furthest(d->prior, s->prior, K));
	for (size_t w = 0; w < d->n_workers; w++) {
		double right = 0, all = 0;
		for (uint32_t z = 0; z < K; z++)
			for (uint32_t l = 0; l < K; l++) {
				size_t i = (w * K + z) * K + l;
				most = larger(most, fabs(d->counts[i] - count_of(s, w, z, l)));
				double n = d->counts[i] + (earlier ? earlier[i] : 0);
				all += n;
				right += n * d->e[(w * K + z) * K + z];
			}
		/* the counts of the dense fit are one E step younger than those in its e */
		if (!matrix)
			most = larger(most, fabs(d->skill[w] - s->skill[w]));
		else if (!(fabs(right / all - s->skill[w]) < 1e-2))
			most = 1;
	}
	return most;
}

static void test_dense(const struct pairing *p, uint32_t K, bool gold, bool earlier)
{
	enum { T = 90, W = 14 };
	struct row *r = mem_alloc(T * W, sizeof *r);
	double *table = mem_alloc((size_t)W * K * K, sizeof *table);
	struct sparse_cells cells = earlier_cells(W, K, table);
	uint32_t truth[T];
	struct agree_opt o = { .max_iter = 40, .tol = -1, .gold = gold ? truth : NULL };
	struct labels l = { 0 };
	struct agree_fit d;
	struct sparse_fit s;
	struct rng g;

	rng_seed(&g, K);
	fill(&l, r, full_crowd(&g, r, T, W, K));
	for (uint32_t t = 0; t < T; t++)
		truth[t] = t % 7 ? AGREE_NO_GOLD : t % K;
	p->sparse(&l, &o, earlier ? &cells : NULL, &s);
	o.counts = earlier ? table : NULL;
	p->dense(&l, &o, &d);
	double far = apart(&d, &s, p->dense != agree_onecoin, o.counts);
	ok(sound(&s) && far < 1e-9 && d.n_iter == s.n_iter, "%s, all of %u classes named%s%s: as the dense method (%.1e)",
	   p->name, K, gold ? ", gold" : "", earlier ? ", earlier counts" : "", far);
	agree_fit_release(&d);
	sparse_release(&s);
	sparse_cells_release(&cells);
	labels_release(&l);
	free(table);
	free(r);
}

/* ---- against a slow reference -------------------------------------------------------------- */

/* EM with dense tables and candidates marked, as the header says it */
struct slow {
	const struct labels *l;
	size_t K;
	int kind;               /* index of pairing */
	const uint32_t *gold;
	bool *may;              /* tasks x K */
	double *q, *e, *prior;
};

static void slow_init(struct slow *s)
{
	const struct labels *l = s->l;
	size_t K = s->K;

	s->may = mem_zalloc(l->n_tasks * K, sizeof *s->may);
	s->q = mem_zalloc(l->n_tasks * K, sizeof *s->q);
	s->e = mem_zalloc(l->n_workers * K * K, sizeof *s->e);
	s->prior = mem_zalloc(K, sizeof *s->prior);
	for (size_t t = 0; t < l->n_tasks; t++) {
		bool gold = s->gold && s->gold[t] != AGREE_NO_GOLD;
		if (gold) {
			s->may[t * K + s->gold[t]] = true;
			s->q[t * K + s->gold[t]] = 1;
		}
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			s->may[t * K + l->t_value[i]] = true;
			s->q[t * K + l->t_value[i]] += gold ? 0 : 1.0 / (double)(l->t_off[t + 1] - l->t_off[t]);
		}
	}
}

static void slow_worker(struct slow *s, size_t w)
{
	const struct labels *l = s->l;
	size_t K = s->K;
	double *e = s->e + w * K * K, right = 0, n = (double)(l->w_off[w + 1] - l->w_off[w]);
	bool used[64] = { false };

	memset(e, 0, K * K * sizeof *e);
	for (size_t j = l->w_off[w]; j < l->w_off[w + 1]; j++) {
		used[l->w_value[j]] = true;
		right += s->q[l->w_task[j] * K + l->w_value[j]];
		for (size_t c = 0; c < K; c++)
			e[c * K + l->w_value[j]] += s->q[l->w_task[j] * K + c];
	}
	for (size_t c = 0; c < K; c++) {
		double sum = 0;
		for (size_t v = 0; v < K; v++) {
			double *x = e + c * K + v;
			if (s->kind == 0)
				*x = v == c ? right / n : (1 - right / n) / (double)(K - 1);
			else if (s->kind == 2)
				*x += v == c ? 3 : 0;
			*x = s->kind == 1 && !used[v] ? 0 : larger(*x, 1e-10);
			sum += *x;
		}
		for (size_t v = 0; s->kind && sum > 0 && v < K; v++)
			e[c * K + v] /= sum;
	}
}

static void slow_step(struct slow *s)
{
	const struct labels *l = s->l;
	size_t K = s->K;

	for (size_t c = 0; c < K; c++) {
		s->prior[c] = 0;
		for (size_t t = 0; t < l->n_tasks; t++)
			s->prior[c] += s->q[t * K + c] / (double)l->n_tasks;
	}
	for (size_t w = 0; w < l->n_workers; w++)
		slow_worker(s, w);
	for (size_t t = 0; t < l->n_tasks; t++) {
		double x[64], most = -1e300, sum = 0;
		if (s->gold && s->gold[t] != AGREE_NO_GOLD)
			continue;
		for (size_t c = 0; c < K; c++) {
			x[c] = m_log(larger(s->prior[c], 1e-10));
			for (size_t i = l->t_off[t]; s->may[t * K + c] && i < l->t_off[t + 1]; i++)
				x[c] += m_log(s->e[((size_t)l->t_worker[i] * K + c) * K + l->t_value[i]]);
			most = s->may[t * K + c] ? larger(most, x[c]) : most;
		}
		for (size_t c = 0; c < K; c++)
			sum += s->q[t * K + c] = s->may[t * K + c] ? m_exp(x[c] - most) : 0;
		for (size_t c = 0; c < K; c++)
			s->q[t * K + c] /= sum;
	}
}

static void test_slow(int kind, bool gold, unsigned steps)
{
	enum { T = 120, W = 25, K = 12 };
	struct row *r = mem_alloc(T * W, sizeof *r);
	uint32_t truth[T];
	struct labels l = { 0 };
	struct sparse_fit f;
	struct rng g;
	size_t n = 0;
	double most = 0;

	rng_seed(&g, 5);
	for (uint32_t t = 0; t < T; t++) {
		truth[t] = gold && t % 5 == 0 ? (uint32_t)rng_below(&g, K) : AGREE_NO_GOLD;     /* mostly one nobody says */
		for (uint32_t w = 0; w < 5; w++)
			r[n++] = (struct row){ t, (t * 3 + w * 5) % W, rng_unit(&g) < 0.6 ? t % K : (uint32_t)rng_below(&g, K) };
	}
	fill(&l, r, n);
	l.n_classes = K;
	struct slow s = { .l = &l, .K = K, .kind = kind, .gold = gold ? truth : NULL };
	slow_init(&s);
	for (unsigned i = 0; i < steps; i++)
		slow_step(&s);
	pairing[kind].sparse(&l, &(struct agree_opt){ .max_iter = steps, .tol = -1, .gold = s.gold }, NULL, &f);
	for (size_t t = 0; t < T; t++)
		for (uint32_t c = 0; c < K; c++)
			most = larger(most, fabs(q_of(&f, t, c) - s.q[t * K + c]));
	for (size_t w = 0; w < W; w++)
		for (uint32_t c = 0; c < K; c++)
			for (uint32_t v = 0; v < K; v++) {
				double sum = 0;
				for (size_t j = l.w_off[w]; j < l.w_off[w + 1]; j++)
					sum += l.w_value[j] == v ? s.q[l.w_task[j] * K + c] : 0;
				most = larger(most, fabs(sum - count_of(&f, w, c, v)));
			}
	ok(most < 1e-7 && sound(&f), "%s%s, few classes named: as the slow reference after %u steps (%.1e)", pairing[kind].name,
	   gold ? ", gold" : "", steps, most);
	sparse_release(&f);
	labels_release(&l);
	free(s.may);
	free(s.q);
	free(s.e);
	free(s.prior);
	free(r);
}

/* EM never lowers the objective */
static void test_climbs(int kind)
{
	enum { T = 400, W = 30, K = 40 };
	struct row *r = mem_alloc(T * 6, sizeof *r);
	struct labels l = { 0 };
	struct sparse_fit f;
	struct rng g;
	double before = -1e300;
	bool up = true;
	size_t n = 0;

	rng_seed(&g, 11);
	for (uint32_t t = 0; t < T; t++)
		for (uint32_t w = 0; w < 6; w++)
			r[n++] = (struct row){ t, (t * 7 + w * 5) % W, rng_unit(&g) < 0.5 ? t % K : (uint32_t)rng_below(&g, K) };
	fill(&l, r, n);
	for (unsigned i = 1; i < 12; i++) {
		pairing[kind].sparse(&l, &(struct agree_opt){ .max_iter = i, .tol = -1 }, NULL, &f);
		up = up && f.objective >= before - 1e-6;
		before = f.objective;
		sparse_release(&f);
	}
	ok(up, "%s: the objective never falls", pairing[kind].name);
	labels_release(&l);
	free(r);
}

/* ---- many classes -------------------------------------------------------------------------- */

static uint32_t zipf(struct rng *g, uint32_t K)
{
	double u = rng_unit(g);

	return (uint32_t)((double)K * u * u * u);
}

/* workers with 5 to 20 labels, of whom one in eight knows nothing; truth[tasks] out */
static size_t wide_crowd(struct rng *g, struct row *r, uint32_t tasks, uint32_t K, uint32_t *truth)
{
	uint32_t *task = mem_alloc((size_t)tasks * 5, sizeof *task);
	size_t n = (size_t)tasks * 5, i = 0;

	for (uint32_t t = 0; t < tasks; t++)
		truth[t] = zipf(g, K);
	for (size_t k = 0; k < n; k++)
		task[k] = (uint32_t)(k / 5);
	for (size_t k = n - 1; k > 0; k--) {
		size_t j = rng_below(g, k + 1);
		uint32_t x = task[k];
		task[k] = task[j];
		task[j] = x;
	}
	for (uint32_t w = 0; i < n; w++) {
		double s = rng_unit(g) < 0.125 ? 0 : 0.4 + 0.6 * rng_unit(g);
		for (uint64_t left = 5 + rng_below(g, 16); left && i < n; left--, i++)
			r[i] = (struct row){ task[i], w, rng_unit(g) < s ? truth[task[i]] : zipf(g, K) };
	}
	free(task);
	return n;
}

static struct quality worth(const struct sparse_fit *f, const uint32_t *truth)
{
	struct quality v = { 0 };

	for (size_t t = 0; t < f->n_tasks; t++) {
		double best = 0, mine = q_of(f, t, truth[t]), tied = 0;
		for (size_t k = f->off[t]; k < f->off[t + 1]; k++)
			best = larger(best, f->q[k]);
		for (size_t k = f->off[t]; k < f->off[t + 1]; k++)
			tied += f->q[k] >= best - 1e-12;
		v.accuracy += mine >= best - 1e-12 ? 1 / tied / (double)f->n_tasks : 0;
		v.log_loss -= m_log(larger(mine, 1e-6)) / (double)f->n_tasks;
	}
	return v;
}

static double share_right(const struct labels *l, const uint32_t *truth)
{
	double right = 0;

	for (size_t t = 0; t < l->n_tasks; t++) {
		double best = 0, mine = 0, tied = 0;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			double votes = 0;
			for (size_t k = l->t_off[t]; k < l->t_off[t + 1]; k++)
				votes += l->t_value[k] == l->t_value[i];
			tied = votes > best ? 1 / votes : tied + (votes == best ? 1 / votes : 0);
			best = larger(best, votes);
			mine = l->t_value[i] == truth[t] ? votes : mine;
		}
		right += mine == best ? 1 / tied : 0;
	}
	return right / (double)l->n_tasks;
}

static void test_many_classes(void)
{
	enum { T = 4000, K = 1000 };
	struct row *r = mem_alloc((size_t)T * 5, sizeof *r);
	uint32_t *truth = mem_alloc(T, sizeof *truth);
	struct labels l = { 0 };
	struct sparse_fit best, coin, map;
	struct rng g;

	rng_seed(&g, 3);
	fill(&l, r, wide_crowd(&g, r, T, K, truth));
	struct agree_opt o = { 0 };
	sparse_auto(&l, &o, NULL, &best);
	sparse_onecoin(&l, &o, NULL, &coin);
	sparse_dsmap(&l, &o, NULL, &map);
	struct quality b = worth(&best, truth), c = worth(&coin, truth), m = worth(&map, truth);
	double mv = share_right(&l, truth);
	printf("# accuracy, log loss: mv %.4f; auto %.4f %.3f; onecoin %.4f %.3f; ds-map %.4f %.3f\n", mv,
	       b.accuracy, b.log_loss, c.accuracy, c.log_loss, m.accuracy, m.log_loss);
	ok(sound(&best) && best.converged && b.accuracy > mv + 0.015 && b.accuracy > c.accuracy && b.accuracy > m.accuracy &&
	   b.log_loss < 0.25 && b.log_loss < c.log_loss && b.log_loss < m.log_loss, "1000 classes, few labels a worker: auto is best");
	sparse_release(&best);
	sparse_release(&coin);
	sparse_release(&map);
	labels_release(&l);
	free(r);
	free(truth);
}

static void test_threads_same(const char *name, sparse_fn *fn)
{
	enum { T = 5000, K = 700 };
	struct row *r = mem_alloc((size_t)T * 5, sizeof *r);
	uint32_t *truth = mem_alloc(T, sizeof *truth);
	struct labels l = { 0 };
	struct sparse_fit a, b;
	struct rng g;

	rng_seed(&g, 4);
	fill(&l, r, wide_crowd(&g, r, T, K, truth));
	for (uint32_t t = 0; t < T; t++)
		truth[t] = t % 9 ? AGREE_NO_GOLD : truth[t];
	fn(&l, &(struct agree_opt){ .threads = 1, .gold = truth, .max_iter = 9 }, NULL, &a);
	fn(&l, &(struct agree_opt){ .threads = 5, .gold = truth, .max_iter = 9 }, NULL, &b);
	size_t n = a.off[T], cells = a.counts.off[l.n_workers];
	ok(n == b.off[T] && cells == b.counts.off[l.n_workers] && !memcmp(a.q, b.q, n * sizeof *a.q) &&
	   !memcmp(a.skill, b.skill, l.n_workers * sizeof *a.skill) && !memcmp(a.prior, b.prior, K * sizeof *a.prior) &&
	   !memcmp(a.counts.cell, b.counts.cell, cells * sizeof *a.counts.cell) && a.objective == b.objective && sound(&a),
	   "%s: same bits for 1 and 5 threads", name);
	sparse_release(&a);
	sparse_release(&b);
	labels_release(&l);
	free(r);
	free(truth);
}

/* ---- odd inputs ---------------------------------------------------------------------------- */

static void test_strange(const char *name, sparse_fn *fn)
{
	static const struct row one[] = { { 0, 0, 0 } }, same[] = { { 0, 0, 0 }, { 0, 1, 0 }, { 1, 1, 0 } },
		gaps[] = { { 1, 1, 2 }, { 1, 2, 2 }, { 3, 1, 0 } };
	static const uint32_t gold[] = { AGREE_NO_GOLD, 1, 0, AGREE_NO_GOLD, AGREE_NO_GOLD };
	struct labels l = { 0 };
	struct sparse_fit f;
	uint32_t winner[5];
	uint8_t tie[5];

	fill(&l, one, 1);
	fn(&l, &(struct agree_opt){ 0 }, NULL, &f);
	ok(sound(&f) && f.off[1] == 1 && f.q[0] == 1, "%s: one label", name);
	sparse_release(&f);
	labels_release(&l);

	fill(&l, same, 3);
	fn(&l, &(struct agree_opt){ 0 }, NULL, &f);
	ok(sound(&f) && f.q[0] == 1 && f.q[1] == 1, "%s: one class", name);
	sparse_release(&f);
	labels_release(&l);

	l.n_tasks = 5;
	fill(&l, gaps, 3);
	fn(&l, &(struct agree_opt){ .gold = gold }, NULL, &f);
	sparse_argmax(&f, winner, tie);
	ok(sound(&f) && f.off[1] == 0 && f.off[5] == f.off[4] && q_of(&f, 1, 1) == 1 && q_of(&f, 1, 2) == 0 &&
	   q_of(&f, 2, 0) == 1 && winner[0] == UINT32_MAX && winner[1] == 1 && winner[2] == 0 && winner[3] == 0 &&
	   f.skill[0] == 0, "%s: tasks and workers without labels; gold that nobody said", name);
	sparse_release(&f);
	labels_release(&l);
}

/* n labels on one task: all different, or two thirds the same */
static void test_one_task(const char *name, sparse_fn *fn)
{
	enum { N = 100000 };
	struct row *r = mem_alloc(N, sizeof *r);
	struct labels l = { 0 };
	struct sparse_fit f;
	uint32_t winner;
	uint8_t tie;

	for (uint32_t i = 0; i < N; i++)
		r[i] = (struct row){ 0, i, i };
	fill(&l, r, N);
	fn(&l, &(struct agree_opt){ 0 }, NULL, &f);
	sparse_argmax(&f, &winner, &tie);
	ok(sound(&f) && tie && winner == 0, "%s: a hundred thousand answers to one task, all different", name);
	sparse_release(&f);
	labels_release(&l);
	for (uint32_t i = 0; i < N; i++)
		r[i].v = i % 3 ? 500 : i;
	fill(&l, r, N);
	fn(&l, &(struct agree_opt){ 0 }, NULL, &f);
	sparse_argmax(&f, &winner, &tie);
	ok(sound(&f) && winner == 500 && q_of(&f, 0, 500) > 0.5, "%s: and when two thirds agree (%.3f)", name, q_of(&f, 0, 500));
	sparse_release(&f);
	labels_release(&l);
	free(r);
}

/* 40 classes named: the matrix models keep those with most votes and the gold */
static void test_most(void)
{
	struct row r[45];
	uint32_t gold[2] = { AGREE_NO_GOLD, 39 };
	struct labels l = { 0 };
	struct sparse_fit f;
	size_t n = 0;

	for (uint32_t i = 0; i < 40; i++)
		r[n++] = (struct row){ 0, i, i };
	for (uint32_t i = 0; i < 5; i++)
		r[n++] = (struct row){ 0, 40 + i, 30 + i };
	fill(&l, r, n);
	sparse_dsmap(&l, &(struct agree_opt){ 0 }, NULL, &f);
	ok(f.off[1] == SPARSE_MOST && f.class[SPARSE_MOST - 6] == SPARSE_MOST - 6 && f.class[SPARSE_MOST - 5] == 30 &&
	   f.class[SPARSE_MOST - 1] == 34 && sound(&f), "a matrix: the candidates with most votes, then the first");
	sparse_release(&f);
	sparse_dsmap(&l, &(struct agree_opt){ .gold = gold + 1 }, NULL, &f);
	ok(f.off[1] == SPARSE_MOST + 1 && q_of(&f, 0, 39) == 1 && sound(&f), "a matrix: and the gold");
	sparse_release(&f);
	sparse_onecoin(&l, &(struct agree_opt){ 0 }, NULL, &f);
	ok(f.off[1] == 40, "no matrix: all of them");
	sparse_release(&f);
	labels_release(&l);
}

/* a million classes and one label: the rows and cells that are not stored are in the objective */
static void test_formula(void)
{
	const double K = 1e6, floor = 1e-10;
	struct labels l = { .n_classes = 1000000 };
	struct sparse_fit f;

	fill(&l, &(struct row){ 0, 0, 0 }, 1);
	sparse_dsmap(&l, &(struct agree_opt){ .max_iter = 1, .tol = -1 }, NULL, &f);
	double want = 4 * m_log(4 / (4 + (K - 1) * floor)) + 3 * (K - 1) * m_log(3 / (3 + (K - 1) * floor));
	ok(near(f.objective, want, 1e-9), "ds-map: classes without a cell count in the objective, %.6f", f.objective);
	sparse_release(&f);
	labels_release(&l);
}

static void test_names(void)
{
	bool good = true;

	for (size_t i = 0; i < N_AGREE_METHODS; i++) {
		sparse_fn *fn = sparse_of(agree_methods[i].fit);
		for (size_t k = 0; k < 3; k++)
			good = good && (agree_methods[i].fit != pairing[k].dense || fn == pairing[k].sparse);
		good = good && (agree_methods[i].fit != agree_hds || !fn) && (agree_methods[i].fit != agree_auto || fn == sparse_auto);
	}
	ok(good, "which methods have a sparse variant");
}

int main(void)
{
	for (size_t i = 0; i < 3; i++) {
		for (uint32_t K = 2; K <= 4; K++)
			for (int how = 0; how < 4; how++)
				test_dense(&pairing[i], K, how & 1, how & 2);
		for (unsigned steps = 1; steps < 20; steps *= 4) {
			test_slow((int)i, false, steps);
			test_slow((int)i, true, steps);
		}
		test_climbs((int)i);
		test_threads_same(pairing[i].name, pairing[i].sparse);
		test_strange(pairing[i].name, pairing[i].sparse);
		test_one_task(pairing[i].name, pairing[i].sparse);
	}
	test_threads_same("auto", sparse_auto);
	test_strange("auto", sparse_auto);
	test_one_task("auto", sparse_auto);
	test_many_classes();
	test_most();
	test_formula();
	test_names();
	return done();
}
