/* agree/shard.h: E steps over shards, merged, are the method on all labels */
#include "agree/shard.h"

#include "agree/dsmap.h"
#include "agree/methods.h"
#include "agree/onecoin.h"
#include "base/mem.h"
#include "crowd.h"
#include "math/exact.h"

/* ---- tallies ---------------------------------------------------------------------- */

static void test_tally(void)
{
	enum { N = 2000 };
	static double x[N];
	struct tally a = { 0, 0 }, b = { 0, 0 }, one = { 0, 0 };
	struct exact want = { 0 };
	struct rng g;
	bool down = true;

	rng_seed(&g, 1);
	for (size_t i = 0; i < N; i++) {
		x[i] = rng_unit(&g) * (i % 5 == 0 ? 1e9 : i % 5 == 1 ? 1 : i % 5 == 2 ? 1e-9 : i % 5 == 3 ? 1e-20 : 1e-300);
		exact_add(&want, x[i]);
		tally_add(&a, x[i]);
	}
	for (size_t i = N; i-- > 0; )
		tally_add(&b, x[i]);
	ok(a.high == b.high && a.low == b.low, "a tally does not know the order of its terms");
	ok(tally_value(&a) == exact_value(&want), "a tally is the exact sum, rounded once");
	for (size_t i = 0; i < N; i++) {
		struct tally t = { 0, 0 };
		struct exact e = { 0 };
		double rest, d;
		tally_add(&t, x[i]);
		tally_add(&t, 1e3);
		tally_add(&t, 1 / 3.0);
		d = tally_down(&t, &rest);
		exact_add(&e, x[i]);
		exact_add(&e, 1e3);
		exact_add(&e, 1 / 3.0);
		exact_add(&e, -d);
		exact_add(&e, -rest);
		/* what is below the unit of a tally is lost, and nothing else */
		down = down && rest >= 0 && fabs(exact_value(&e)) < 2e-24 && d <= tally_value(&t) && rest < d * 0x1p-52;
	}
	ok(down, "rounded down, and what is missing, are the sum");
	tally_add(&one, 0x1p40);
	tally_add(&one, 0x1p-80);
	tally_add(&one, 0x1p-82);
	tally_add(&one, 0);
	ok(one.high == 1ull << 56 && one.low == 1, "units of 2^-80");
	tally_add(&one, 0x1p-81);
	ok(one.low == 2, "half a unit is rounded up");
}

/* ---- rounds over shards ------------------------------------------------------------- */

struct fit {
	double *prior, *param, *q, objective, penalty;
};

static void fit_release(struct fit *f)
{
	free(f->prior);
	free(f->param);
	free(f->q);
}

struct split {
	const struct labels *all;
	const uint32_t *gold;           /* by task of all */
	enum shard_method method;
	size_t n;                       /* shards */
	struct labels *l;
	uint32_t **task, **gold_of;     /* by task of a shard: that of all, its gold */
};

static void split_init(struct split *s, uint64_t seed)
{
	uint32_t *shard = mem_alloc(s->all->n_tasks, sizeof *shard), *id = mem_alloc(s->all->n_tasks, sizeof *id);
	size_t *tasks = mem_zalloc(s->n, sizeof *tasks);
	struct rng g;

	rng_seed(&g, seed);
	s->l = mem_zalloc(s->n, sizeof *s->l);
	s->task = mem_zalloc(s->n, sizeof *s->task);
	s->gold_of = mem_zalloc(s->n, sizeof *s->gold_of);
	for (size_t i = 0; i < s->n; i++) {
		s->task[i] = mem_alloc(s->all->n_tasks, sizeof **s->task);
		s->gold_of[i] = mem_alloc(s->all->n_tasks, sizeof **s->gold_of);
	}
	for (uint32_t t = 0; t < s->all->n_tasks; t++) {
		size_t i = shard[t] = (uint32_t)rng_below(&g, s->n);
		id[t] = (uint32_t)tasks[i]++;
		s->task[i][id[t]] = t;
		s->gold_of[i][id[t]] = s->gold ? s->gold[t] : AGREE_NO_GOLD;
		for (uint32_t k = s->all->t_off[t]; k < s->all->t_off[t + 1]; k++)
			labels_add(&s->l[i], id[t], s->all->t_worker[k], s->all->t_value[k]);
	}
	for (size_t i = 0; i < s->n; i++) {
		s->l[i].n_tasks = tasks[i];
		s->l[i].n_workers = s->all->n_workers;
		s->l[i].n_classes = s->all->n_classes;
		labels_group(&s->l[i], false);
	}
	free(shard);
	free(id);
	free(tasks);
}

static void split_release(struct split *s)
{
	for (size_t i = 0; i < s->n; i++) {
		labels_release(&s->l[i]);
		free(s->task[i]);
		free(s->gold_of[i]);
	}
	free(s->l);
	free(s->task);
	free(s->gold_of);
}

struct sums {
	struct tally *cell;
	struct exact *total, loglik;
	uint64_t n_tasks;
};

/* an E step of shard i into the sums; its posteriors to where they belong */
static void visit(const struct split *s, size_t i, const struct shard_model *m, struct sums *to, double *q)
{
	size_t K = s->all->n_classes, n = s->all->n_workers * shard_cells(s->method, K);
	double *mine = mem_alloc(s->l[i].n_tasks * K, sizeof *mine);
	struct shard_counts c;

	shard_e_step(&s->l[i], s->method, m, s->gold ? s->gold_of[i] : NULL, 1 + (unsigned)i % 3, mine, &c);
	for (size_t k = 0; k < n; k++)
		tally_add(&to->cell[k], c.count[k]);
	for (size_t w = 0; c.rest && w < s->all->n_workers; w++)
		tally_add(&to->cell[w], c.rest[w]);
	for (size_t k = 0; k < K; k++)
		exact_add(&to->total[k], c.total[k]);
	exact_add(&to->loglik, c.loglik);
	to->n_tasks += c.n_tasks;
	for (size_t t = 0; t < s->l[i].n_tasks; t++)
		memcpy(q + s->task[i][t] * K, mine + t * K, K * sizeof *q);
	free(mine);
	shard_counts_release(&c);
}

static void m_step(const struct split *s, const struct sums *from, struct fit *f)
{
	size_t K = s->all->n_classes, cells = shard_cells(s->method, K);
	double *sum = mem_alloc(K, sizeof *sum), *count = mem_alloc(cells, sizeof *count);
	double *work = mem_alloc(2 * K * K, sizeof *work);
	struct exact penalty = { 0 };

	for (size_t k = 0; k < K; k++)
		sum[k] = exact_value(&from->total[k]);
	shard_prior(K, sum, (double)from->n_tasks, f->prior);
	for (size_t w = 0; w < s->all->n_workers; w++) {
		double n = s->all->w_off[w + 1] - s->all->w_off[w];
		for (size_t k = 0; k < cells; k++)
			count[k] = tally_value(&from->cell[w * cells + k]);
		exact_add(&penalty, shard_worker(s->method, K, count, n, f->param + w * cells, work));
	}
	f->penalty = exact_value(&penalty);
	free(sum);
	free(count);
	free(work);
}

/* n rounds; back: the shards are visited from the last to the first */
static void rounds(const struct split *s, unsigned n, bool back, struct fit *f)
{
	size_t K = s->all->n_classes, cells = s->all->n_workers * shard_cells(s->method, K);
	struct sums sums = { .cell = mem_alloc(cells, sizeof *sums.cell), .total = mem_alloc(K, sizeof *sums.total) };
	struct shard_model m;

	*f = (struct fit){ mem_alloc(K, sizeof *f->prior), mem_alloc(cells, sizeof *f->param),
	                   mem_alloc(s->all->n_tasks * K, sizeof *f->q), 0, 0 };
	m = (struct shard_model){ s->method, f->prior, f->param };
	for (unsigned r = 0; r <= n; r++) {
		memset(sums.cell, 0, cells * sizeof *sums.cell);
		memset(sums.total, 0, K * sizeof *sums.total);
		sums.loglik = (struct exact){ 0 };
		sums.n_tasks = 0;
		for (size_t i = 0; i < s->n; i++)
			visit(s, back ? s->n - 1 - i : i, r ? &m : NULL, &sums, f->q);
		f->objective = exact_value(&sums.loglik) + f->penalty;
		if (r < n)
			m_step(s, &sums, f);
	}
	free(sums.cell);
	free(sums.total);
}

/* ---- against the method itself ---------------------------------------------------------- */

static agree_fn *const whole[N_SHARD_METHODS] = { agree_ds, agree_dsmap, agree_onecoin };

static double param_distance(const struct fit *f, const struct agree_fit *want, enum shard_method m)
{
	size_t n = want->n_workers * shard_cells(m, want->n_classes);

	return furthest(f->param, shard_has_matrix(m) ? want->e : want->skill, n);
}

static void compare(const char *name, const struct labels *l, const uint32_t *gold, enum shard_method m, unsigned n)
{
	static const size_t shards[] = { 1, 2, 7 };
	struct agree_fit want;

	whole[m](l, &(struct agree_opt){ .max_iter = n, .tol = -1, .gold = gold }, &want);
	for (size_t i = 0; i < sizeof shards / sizeof *shards; i++) {
		struct split s = { .all = l, .gold = gold, .method = m, .n = shards[i] };
		struct fit a, b;
		split_init(&s, 100 + i);
		rounds(&s, n, false, &a);
		rounds(&s, n, true, &b);
		size_t tk = l->n_tasks * l->n_classes, cells = l->n_workers * shard_cells(m, l->n_classes);
		double q = furthest(a.q, want.q, tk), e = param_distance(&a, &want, m);
		double p = furthest(a.prior, want.prior, l->n_classes);
		ok(q <= 1e-9 && e <= 1e-9 && p <= 1e-9 && near(a.objective, want.objective, 1e-12),
		   "%s, %s, %zu shards, %u rounds: posteriors %.1e, parameters %.1e, prior %.1e", name, shard_method_name(m),
		   shards[i], n, q, e, p);
		ok(!memcmp(a.q, b.q, tk * sizeof *a.q) && !memcmp(a.param, b.param, cells * sizeof *a.param) &&
		   !memcmp(a.prior, b.prior, l->n_classes * sizeof *a.prior) && a.objective == b.objective,
		   "%s, %s, %zu shards: the same bits in another order", name, shard_method_name(m), shards[i]);
		fit_release(&a);
		fit_release(&b);
		split_release(&s);
	}
	agree_fit_release(&want);
}

static void test_crowd(void)
{
	enum { T = 2500, W = 30, K = 4 };
	static struct row r[T * W];
	static uint32_t gold[T];
	struct labels l = { 0 };
	struct rng g;

	rng_seed(&g, 9);
	fill(&l, r, crowd(&g, r, T, W, K));
	for (uint32_t t = 0; t < T; t++)
		gold[t] = t % 40 ? AGREE_NO_GOLD : t / 40 % K;
	for (int m = 0; m < N_SHARD_METHODS; m++) {
		compare("a crowd", &l, NULL, (enum shard_method)m, 12);
		compare("a crowd with gold", &l, gold, (enum shard_method)m, 12);
		/* later rounds forget where they started */
		compare("a crowd", &l, NULL, (enum shard_method)m, 1);
		compare("a crowd with gold", &l, gold, (enum shard_method)m, 1);
	}
	labels_release(&l);
}

static void test_sets(void)
{
	static const char *const name[] = { "duck", "rte", "face", "cf", "ms", "rel" };
	struct set s;

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		if (!set_named(&s, name[i]))
			continue;
		for (int m = 0; m < N_SHARD_METHODS; m++)
			compare(name[i], &s.l, NULL, (enum shard_method)m, 15);
		set_release(&s);
	}
}

/* ---- small and odd ------------------------------------------------------------------------ */

static void test_small(void)
{
	static const double count[] = { 3, 1, 0, 4 }, right = 6, prior[] = { .25, .75 };
	double e[4], work[8], s, sum[] = { 2, 6 }, p[2];
	static const uint32_t gold[] = { AGREE_NO_GOLD, 1 };
	struct labels none = { .n_classes = 2, .n_workers = 1 }, gap = { 0 };
	struct shard_counts c;
	enum shard_method m;

	ok(shard_worker(SHARD_DS, 2, count, 8, e, work) == 0 && near(e[0], .75, 1e-15) && near(e[1], .25, 1e-15) &&
	   near(e[2], 1e-10 / 4, 1e-12) && near(e[3], 1, 1e-9), "ds: counts by class, scaled to 1");
	double d = shard_worker(SHARD_DSMAP, 2, count, 8, e, work);
	ok(near(e[0], 6 / 7., 1e-15) && near(e[1], 1 / 7., 1e-15) && near(e[3], 1, 1e-9) &&
	   near(d, 3 * log(6 / 7.) + 3 * log(1 - 1e-10 / 7), 1e-9), "ds-map: three more on the diagonal, and their density");
	ok(near(shard_skill(SHARD_DSMAP, 2, prior, e), .25 * e[0] + .75 * e[3], 1e-15),
	   "skill: right on a task drawn by the prior");
	shard_worker(SHARD_ONECOIN, 2, &right, 8, &s, work);
	ok(s == .75 && shard_skill(SHARD_ONECOIN, 2, prior, &s) == .75, "onecoin: the share of what is right");
	shard_prior(2, sum, 8, p);
	ok(p[0] == .25 && p[1] == .75, "the prior is the mean posterior");
	labels_group(&none, false);
	shard_e_step(&none, SHARD_DS, NULL, NULL, 1, e, &c);
	ok(c.n_tasks == 0 && c.loglik == 0 && c.total[0] == 0 && c.count[3] == 0, "a shard without labels");
	shard_counts_release(&c);
	labels_release(&none);
	labels_add(&gap, 0, 0, 1);
	gap.n_tasks = gap.n_classes = 2;
	labels_group(&gap, false);
	shard_e_step(&gap, SHARD_DS, NULL, gold, 1, e, &c);
	ok(c.n_tasks == 1 && c.total[0] == 0 && c.total[1] == 1 && c.count[3] == 1, "a task without labels, with gold");
	shard_counts_release(&c);
	labels_release(&gap);
	ok(shard_method_find(STR("ds-map"), &m) && m == SHARD_DSMAP && !shard_method_find(STR("hds"), &m), "methods by name");
}

int main(void)
{
	test_tally();
	test_small();
	test_crowd();
	test_sets();
	return done();
}
