/* Dawid-Skene: a slow obvious version, laws, the paper's own data, shared oracle */
#include "agree/ds.h"

#include "agree/mv.h"
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

static void fit(const struct labels *l, unsigned iter, double tol, unsigned threads, struct ds *d)
{
	ds_fit(l, &(struct ds_opt){ .max_iter = iter, .tol = tol, .final_e = true, .threads = threads }, d);
}

/* a crowd from the model itself: K classes, workers from good to careless; each pair once */
static size_t simulate(struct rng *g, struct row *r, uint32_t tasks, uint32_t workers, uint32_t K)
{
	size_t n = 0;

	for (uint32_t t = 0; t < tasks; t++) {
		uint32_t truth = (uint32_t)rng_below(g, K) * (uint32_t)rng_below(g, 2);
		for (uint32_t w = 0; w < workers; w++) {
			if (rng_unit(g) < 0.4)
				continue;
			bool knows = rng_unit(g) < 0.3 + 0.6 * w / workers;
			r[n++] = (struct row){ t, w, knows ? truth : (uint32_t)rng_below(g, K) };
		}
	}
	return n;
}

/* ---- the slow version: products instead of logs, dense, in the words of the header ---- */

enum { T = 30, W = 8, MOST_K = 7 };

struct slow {
	long double q[T][MOST_K], p[MOST_K], e[W][MOST_K][MOST_K];
	long double loglik;
};

static long double at_least(long double x)
{
	return x > 1e-10L ? x : 1e-10L;
}

static void slow_m(struct slow *s, const struct row *r, size_t n, int K)
{
	bool used[W][MOST_K] = { { false } }, labelled[T] = { false };
	long double tasks = 0;

	memset(s->e, 0, sizeof s->e);
	memset(s->p, 0, sizeof s->p);
	for (size_t i = 0; i < n; i++) {
		used[r[i].w][r[i].v] = labelled[r[i].t] = true;
		for (int c = 0; c < K; c++)
			s->e[r[i].w][c][r[i].v] += s->q[r[i].t][c];
	}
	for (int t = 0; t < T; t++)
		for (int c = 0; c < K; c++)
			s->p[c] += labelled[t] ? s->q[t][c] : 0;
	for (int t = 0; t < T; t++)
		tasks += labelled[t];
	for (int c = 0; c < K; c++)
		s->p[c] /= tasks;
	for (int w = 0; w < W; w++)
		for (int c = 0; c < K; c++) {
			long double sum = 0;
			for (int v = 0; v < K; v++)
				sum += used[w][v] ? at_least(s->e[w][c][v]) : 0;
			for (int v = 0; v < K; v++)
				s->e[w][c][v] = used[w][v] ? at_least(s->e[w][c][v]) / sum : 0;
		}
}

static void slow_e(struct slow *s, const struct row *r, size_t n, int K)
{
	s->loglik = 0;
	for (uint32_t t = 0; t < T; t++) {
		long double sum = 0;
		for (int c = 0; c < K; c++) {
			long double x = at_least(s->p[c]);
			for (size_t i = 0; i < n; i++)
				if (r[i].t == t)
					x *= s->e[r[i].w][c][r[i].v];
			s->q[t][c] = x;
			sum += x;
		}
		for (int c = 0; c < K; c++)
			s->q[t][c] /= sum;
		/* a product of 8 labels stays a normal double */
		s->loglik += m_log((double)sum);
	}
}

static void slow_fit(struct slow *s, const struct row *r, size_t n, int K, unsigned iter)
{
	*s = (struct slow){ 0 };
	for (uint32_t t = 0; t < T; t++) {
		long double labels = 0;
		for (size_t i = 0; i < n; i++)
			labels += r[i].t == t;
		for (size_t i = 0; i < n; i++)
			if (r[i].t == t)
				s->q[t][r[i].v] += 1 / labels;
	}
	slow_m(s, r, n, K);
	for (unsigned k = 0; k < iter; k++) {
		slow_e(s, r, n, K);
		slow_m(s, r, n, K);
	}
	slow_e(s, r, n, K);
}

static double slow_distance(const struct ds *d, const struct slow *s)
{
	size_t K = d->n_classes;
	double most = 0, x;

	for (size_t t = 0; t < d->n_tasks; t++)
		for (size_t c = 0; c < K; c++) {
			x = d->q[t * K + c] - (double)s->q[t][c];
			most = (x < 0 ? -x : x) > most ? (x < 0 ? -x : x) : most;
		}
	for (size_t c = 0; c < K; c++) {
		x = d->prior[c] - (double)s->p[c];
		most = (x < 0 ? -x : x) > most ? (x < 0 ? -x : x) : most;
	}
	for (size_t i = 0; i < d->n_workers * K * K; i++) {
		x = d->e[i] - (double)s->e[i / K / K][i / K % K][i % K];
		most = (x < 0 ? -x : x) > most ? (x < 0 ? -x : x) : most;
	}
	return most;
}

static void test_slow(void)
{
	struct rng g;
	double most = 0, most_ll = 0;

	rng_seed(&g, 1);
	for (int k = 0; k < 120; k++) {
		static struct row r[T * W];
		static struct slow s;
		uint32_t K = 1 + (uint32_t)k % MOST_K;
		unsigned iter = (unsigned)rng_below(&g, 20);
		struct labels l = { .n_tasks = T, .n_workers = W, .n_classes = K };
		struct ds d;
		size_t n = simulate(&g, r, T - (uint32_t)k % 3, W, K);    /* up to 2 tasks without labels */
		fill(&l, r, n);
		fit(&l, iter, -1, 1, &d);
		slow_fit(&s, r, n, (int)K, iter);
		double x = slow_distance(&d, &s), y = (d.loglik - (double)s.loglik) / (double)n;
		/* tasks without labels add log(sum of the prior) = 0 but for the floor */
		most = x > most ? x : most;
		most_ll = (y < 0 ? -y : y) > most_ll ? (y < 0 ? -y : y) : most_ll;
		if (d.n_iter != iter || d.converged)
			most = 1;
		ds_release(&d);
		labels_release(&l);
	}
	ok(most <= 1e-12, "120 small sets, 1 to 7 classes: posteriors, prior, confusion to %.2g", most);
	ok(most_ll <= 1e-12, "and the log-likelihood to %.2g a label", most_ll);
}

/* ---- laws ------------------------------------------------------------------------ */

enum { N_T = 3000, N_W = 60, N_K = 4 };

static struct row big[N_T * N_W];
static size_t n_big;

static void test_threads(void)
{
	struct labels l = { 0 };
	struct ds one, many;

	fill(&l, big, n_big);
	fit(&l, 12, -1, 1, &one);
	for (unsigned threads = 2; threads <= 5; threads++) {
		fit(&l, 12, -1, threads, &many);
		ok(!memcmp(one.q, many.q, N_T * N_K * sizeof *one.q) && one.loglik == many.loglik &&
		   !memcmp(one.prior, many.prior, N_K * sizeof *one.prior) &&
		   !memcmp(one.e, many.e, N_W * N_K * N_K * sizeof *one.e), "threads 1 and %u: the same bits", threads);
		ds_release(&many);
	}
	ds_release(&one);
	labels_release(&l);
}

static void test_rising(void)
{
	struct labels l = { 0 };
	struct ds d;
	double before = -1e300;
	bool rises = true;

	fill(&l, big, n_big);
	for (unsigned k = 0; k < 40; k++) {
		fit(&l, k, -1, 0, &d);
		rises = rises && d.loglik >= before - 1e-12 * -before && d.n_iter == k && !d.converged;
		before = d.loglik;
		ds_release(&d);
	}
	ok(rises, "the log-likelihood never falls");
	fit(&l, 1000, 1e-8, 0, &d);
	ok(d.converged && d.n_iter < 1000 && d.loglik >= before - 1e-6 * (double)l.n,
	   "converges (%u iterations)", d.n_iter);
	ds_release(&d);
	labels_release(&l);
}

static void test_shuffle(void)
{
	struct labels l = { 0 }, m = { 0 };
	struct ds a, b;
	struct rng g;
	static struct row r[N_T * N_W];

	/* order of rows; then names of tasks, workers and classes */
	memcpy(r, big, sizeof r);
	rng_seed(&g, 6);
	for (size_t i = n_big - 1; i > 0; i--) {
		size_t j = (size_t)rng_below(&g, i + 1);
		struct row x = r[i];
		r[i] = r[j];
		r[j] = x;
	}
	for (size_t i = 0; i < n_big; i++)
		r[i] = (struct row){ N_T - 1 - r[i].t, (r[i].w + 17) % N_W, N_K - 1 - r[i].v };
	fill(&l, big, n_big);
	fill(&m, r, n_big);
	fit(&l, 30, -1, 0, &a);
	fit(&m, 30, -1, 0, &b);
	double most = near(a.loglik, b.loglik, 1e-12) ? 0 : 1;
	for (size_t i = 0; i < N_T * N_K; i++) {
		double x = furthest(&a.q[i], &b.q[N_T * N_K - 1 - i], 1);
		most = x > most ? x : most;
	}
	for (size_t i = 0; i < N_W * N_K * N_K; i++) {
		size_t w = i / N_K / N_K, at = i % (N_K * N_K);
		double x = furthest(&a.e[i], &b.e[(w + 17) % N_W * N_K * N_K + N_K * N_K - 1 - at], 1);
		most = x > most ? x : most;
	}
	ok(most <= 1e-12, "other names, other order: the same to %.2g", most);
	ds_release(&a);
	ds_release(&b);
	labels_release(&l);
	labels_release(&m);
}

/* All tasks twice, with the same workers: the same model, twice the log-likelihood.
 * (Counts double, so only the floor of 1e-10 differs.) */
static void test_double(void)
{
	struct labels l = { 0 }, m = { 0 };
	struct ds a, b;

	for (int copy = 0; copy < 2; copy++)
		for (size_t i = 0; i < n_big; i++)
			labels_add(&m, big[i].t + (copy ? N_T : 0), big[i].w, big[i].v);
	labels_group(&m, false);
	fill(&l, big, n_big);
	fit(&l, 30, -1, 0, &a);
	fit(&m, 30, -1, 0, &b);
	ok(furthest(a.q, b.q, N_T * N_K) < 1e-9 && furthest(a.q, b.q + N_T * N_K, N_T * N_K) < 1e-9 &&
	   near(b.loglik, 2 * a.loglik, 1e-9), "every task twice: the same posteriors, twice the log-likelihood");
	ds_release(&a);
	ds_release(&b);
	labels_release(&l);
	labels_release(&m);
}

/* out = the E step of one task, without worker skip */
static void posterior(const struct labels *l, const struct ds *d, size_t t, uint32_t skip, double *out)
{
	size_t K = d->n_classes;
	double sum = 0;

	for (size_t c = 0; c < K; c++) {
		out[c] = d->prior[c];
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			if (l->t_worker[i] != skip)
				out[c] *= d->e[(l->t_worker[i] * K + c) * K + l->t_value[i]];
		sum += out[c];
	}
	for (size_t c = 0; c < K; c++)
		out[c] /= sum;
}

static void test_without(void)
{
	struct labels l = { 0 };
	struct ds d;
	double full[N_K], want[N_K], got[N_K], most_q = 0, most = 0;

	fill(&l, big, n_big);
	for (int how = 0; how < 2; how++) {
		fit(&l, how ? 1000 : 3, how ? 1e-6 : -1, 0, &d);
		for (size_t t = 0; t < N_T; t += 7) {
			posterior(&l, &d, t, UINT32_MAX, full);
			double x = furthest(full, &d.q[t * N_K], N_K);
			most_q = x > most_q ? x : most_q;
			for (size_t i = l.t_off[t]; i < l.t_off[t + 1]; i++) {
				uint32_t w = l.t_worker[i];
				posterior(&l, &d, t, w, want);
				ds_without(&d.q[t * N_K], &d.e[w * N_K * N_K], l.t_value[i], N_K, got);
				x = furthest(want, got, N_K);
				most = x > most ? x : most;
			}
		}
		ds_release(&d);
	}
	ok(most_q <= 1e-13, "q is the E step under prior and e, stopped either way: %.2g", most_q);
	ok(most <= 1e-13, "leave-one-out by division: %.2g", most);
	labels_release(&l);
}

static void test_counts(void)
{
	struct labels l = { 0 };
	struct ds d;
	double *count = mem_alloc(N_W * N_K * N_K, sizeof *count), *slow = mem_zalloc(N_W * N_K * N_K, sizeof *slow);

	fill(&l, big, n_big);
	fit(&l, 5, -1, 0, &d);
	ds_counts(&l, d.q, 3, count);
	for (size_t i = 0; i < n_big; i++)
		for (size_t c = 0; c < N_K; c++)
			slow[(big[i].w * N_K + c) * N_K + big[i].v] += d.q[big[i].t * N_K + c];
	ok(furthest(count, slow, N_W * N_K * N_K) < 1e-9, "expected counts");
	free(count);
	free(slow);
	ds_release(&d);
	labels_release(&l);
}

/* ---- shared data ------------------------------------------------------------------- */

struct compare {
	const struct set *s;
	const struct ds *d;
	size_t n, right;
	double most;
};

static void task_line(const cJSON *j, void *ctx)
{
	struct compare *o = ctx;
	size_t K = o->d->n_classes;
	uint32_t t = intern_find(&o->s->tasks, str_of(cJSON_GetObjectItem(j, "task")->valuestring));
	const cJSON *p;

	cJSON_ArrayForEach(p, cJSON_GetObjectItem(j, "p")) {
		uint32_t c = o->s->rank[intern_find(&o->s->values, str_of(p->string))];
		double got = o->d->q[t * K + c];
		got = got > 1e-10 ? got : 1e-10;       /* crowd-kit clips what it returns */
		double x = furthest(&got, &p->valuedouble, 1);
		o->most = x > o->most ? x : o->most;
		o->n++;
	}
}

static void worker_line(const cJSON *j, void *ctx)
{
	struct compare *o = ctx;
	size_t K = o->d->n_classes;
	uint32_t w = intern_find(&o->s->workers, str_of(cJSON_GetObjectItem(j, "worker")->valuestring));
	const cJSON *row, *p;

	cJSON_ArrayForEach(row, cJSON_GetObjectItem(j, "confusion"))
		cJSON_ArrayForEach(p, row) {
			uint32_t v = o->s->rank[intern_find(&o->s->values, str_of(row->string))];
			uint32_t c = o->s->rank[intern_find(&o->s->values, str_of(p->string))];
			double x = furthest(&o->d->e[(w * K + c) * K + v], &p->valuedouble, 1);
			o->most = x > o->most ? x : o->most;
			o->n++;
		}
}

static void gold_line(const cJSON *j, void *ctx)
{
	struct compare *o = ctx;
	size_t K = o->d->n_classes;
	uint32_t t = intern_find(&o->s->tasks, str_of(cJSON_GetObjectItem(j, "task")->valuestring)), best;
	uint32_t v = intern_find(&o->s->values, str_of(cJSON_GetObjectItem(j, "value")->valuestring));

	if (t == INTERN_NONE)
		return;
	mv_argmax(o->d->q + t * K, 1, K, &best, NULL);
	o->n++;
	o->right += v != INTERN_NONE && best == o->s->rank[v];
}

static void compare(const struct set *s, const struct ds *d, const char *name, const char *method)
{
	static const char *const part[] = { "tasks", "workers" };
	char rel[128];

	for (int k = 0; k < 2; k++) {
		struct compare o = { .s = s, .d = d };
		snprintf(rel, sizeof rel, "peers/oracle/%s/%s.%s.ndjson", name, method, part[k]);
		const char *path = shared_or_skip(rel);
		if (!path)
			continue;
		each_line(path, k ? worker_line : task_line, &o);
		ok(o.n > 0 && o.most <= 1e-9, "%s %s: %zu numbers of %s to %.2g", name, method, o.n, part[k], o.most);
	}
}

static void test_oracle(const char *name, bool one)
{
	char rel[128];
	struct set s;
	struct ds d;
	struct ds_opt fixed = { .max_iter = 100, .tol = -1, .final_e = false };

	snprintf(rel, sizeof rel, "data/%s.labels.ndjson", name);
	const char *path = shared_or_skip(rel);
	if (!path)
		return;
	set_load(&s, path);
	for (; fixed.max_iter; fixed.max_iter = one && fixed.max_iter > 1) {
		ds_fit(&s.l, &fixed, &d);
		compare(&s, &d, name, fixed.max_iter == 1 ? "DS1" : "DS100");
		ds_release(&d);
	}
	ds_fit(&s.l, &(struct ds_opt)DS_OPT_INIT, &d);
	struct compare o = { .s = &s, .d = &d };
	snprintf(rel, sizeof rel, "data/%s.gold.ndjson", name);
	path = shared_or_skip(rel);
	if (path) {
		each_line(path, gold_line, &o);
		ok(d.converged && (strcmp(name, "duck") || (o.right == 97 && o.n == 108)),
		   "%s: converged after %u, %zu of %zu gold right", name, d.n_iter, o.right, o.n);
	}
	ds_release(&d);
	set_release(&s);
}

int main(void)
{
	struct rng g;

	test_slow();
	rng_seed(&g, 2);
	n_big = simulate(&g, big, N_T, N_W / 4, N_K);
	for (size_t i = 0; i < n_big; i++)
		big[i].w = big[i].w * 4 + big[i].t % 4;    /* more workers, each on a quarter of the tasks */
	test_threads();
	test_rising();
	test_shuffle();
	test_double();
	test_without();
	test_counts();
	test_oracle("duck", true);
	test_oracle("cf", false);
	test_oracle("face", true);
	test_oracle("ms", false);
	test_oracle("rte", false);
	return done();
}
