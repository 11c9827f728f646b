/* crowd - what the tests of aggregation methods share: simulated crowds, the laws every
 * method obeys, odd inputs, and judging against the gold of shared sets. */
#ifndef T_CROWD_H
#define T_CROWD_H

#include <math.h>

#include "agree/method.h"
#include "math/explog.h"
#include "math/rng.h"
#include "sets.h"

struct row {
	uint32_t t, w, v;
};

static inline double larger(double a, double b)
{
	return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
	return a < b ? a : b;
}

__attribute__((unused))
static void fill(struct labels *l, const struct row *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		labels_add(l, r[i].t, r[i].w, r[i].v);
	labels_group(l, false);
}

/* crowd - tasks in order; workers from careless to good, each on some 70% of the tasks; at
 * least one label a task and worker, all K classes */
__attribute__((unused))
static size_t crowd(struct rng *g, struct row *r, uint32_t tasks, uint32_t workers, uint32_t K)
{
	size_t n = 0;

	for (uint32_t t = 0; t < tasks; t++) {
		uint32_t truth = t < K ? t : (uint32_t)rng_below(g, K);
		for (uint32_t w = 0; w < workers; w++) {
			if (w != t % workers && rng_unit(g) < 0.3)
				continue;
			bool knows = w == t % workers || rng_unit(g) < 0.3 + 0.6 * w / workers;
			r[n++] = (struct row){ t, w, knows ? truth : (uint32_t)rng_below(g, K) };
		}
	}
	return n;
}

struct method {
	const char *name;
	agree_fn *fit;
};

__attribute__((unused))
static void test_threads(const struct method *m, const struct labels *l, const struct agree_opt *o)
{
	struct agree_opt one = *o, many = *o;
	struct agree_fit a, b;
	size_t W = l->n_workers, KK = l->n_classes * l->n_classes;

	one.threads = 1;
	many.threads = 5;
	m->fit(l, &one, &a);
	m->fit(l, &many, &b);
	ok(!memcmp(a.q, b.q, l->n_tasks * l->n_classes * sizeof *a.q) && !memcmp(a.skill, b.skill, W * sizeof *a.skill) &&
	   (!a.e || !memcmp(a.e, b.e, W * KK * sizeof *a.e)) &&
	   (!a.counts || !memcmp(a.counts, b.counts, W * KK * sizeof *a.counts)) &&
	   a.objective == b.objective, "%s: same bits for 1 and 5 threads", m->name);
	agree_fit_release(&a);
	agree_fit_release(&b);
}

/* what a fit must be, whatever the input */
__attribute__((unused))
static bool sane(const struct labels *l, const struct agree_fit *f)
{
	for (size_t t = 0; t < l->n_tasks; t++) {
		double s = 0;
		for (size_t c = 0; c < l->n_classes; c++) {
			double x = f->q[t * l->n_classes + c];
			if (!(x >= 0 && x <= 1 + 1e-12))
				return false;
			s += x;
		}
		if (!near(s, 1, 1e-9))
			return false;
	}
	for (size_t w = 0; w < l->n_workers; w++)
		if (!isfinite(f->skill[w]))
			return false;
	for (size_t i = 0; f->e && i < l->n_workers * l->n_classes; i++) {
		double s = 0;
		for (size_t c = 0; c < l->n_classes; c++)
			s += f->e[i * l->n_classes + c];
		if (!near(s, 1, 1e-9))
			return false;
	}
	return isfinite(f->objective);
}

/* test_laws - threads; tasks in another order, workers renumbered, classes renumbered: the same
 * answer, renumbered, to within tol (a method that draws numbers: tol < 0, only threads, gold).
 * Gold is clamped. */
__attribute__((unused))
static void test_laws(const struct method *m, double tol)
{
	enum { T = 2500, W = 30, K = 4 };
	static struct row r[T * W], p[T * W];
	static uint32_t gold[T], gold_p[T];
	static const uint32_t class[K] = { 2, 0, 3, 1 };
	struct labels l = { 0 }, x = { 0 };
	struct agree_fit a, b;
	struct rng g;
	double most = 0;
	bool clamped = true;

	rng_seed(&g, 4);
	size_t n = crowd(&g, r, T, W, K);
	for (size_t i = 0; i < n; i++)
		p[i] = (struct row){ (r[i].t * 7 + 3) % T, W - 1 - r[i].w, class[r[i].v] };
	for (uint32_t t = 0; t < T; t++) {
		gold[t] = t % 50 ? AGREE_NO_GOLD : t / 50 % K;
		gold_p[(t * 7 + 3) % T] = t % 50 ? AGREE_NO_GOLD : class[t / 50 % K];
	}
	fill(&l, r, n);
	fill(&x, p, n);
	test_threads(m, &l, &(struct agree_opt){ .seed = 1, .max_iter = 10, .tol = -1 });
	m->fit(&l, &(struct agree_opt){ .seed = 1, .gold = gold, .max_iter = 30, .tol = -1 }, &a);
	m->fit(&x, &(struct agree_opt){ .seed = 1, .gold = gold_p, .max_iter = 30, .tol = -1 }, &b);
	for (size_t t = 0; t < T; t++)
		for (size_t c = 0; c < K; c++) {
			most = larger(most, fabs(a.q[t * K + c] - b.q[(t * 7 + 3) % T * K + class[c]]));
			clamped = clamped && (gold[t] == AGREE_NO_GOLD || a.q[t * K + c] == (c == gold[t]));
		}
	ok(sane(&l, &a) && clamped, "%s: a distribution each task, gold clamped", m->name);
	if (tol >= 0)
		ok(most <= tol, "%s: tasks, workers, classes renumbered: %.2g", m->name, most);
	agree_fit_release(&a);
	agree_fit_release(&b);
	labels_release(&l);
	labels_release(&x);
}

/* test_odd - one class, one worker, one task, one label; a task and a worker without labels;
 * everybody disagrees; ten thousand labels on one task */
__attribute__((unused))
static void test_odd(const struct method *m)
{
	static const struct row one_class[] = { { 0, 0, 0 }, { 0, 1, 0 }, { 1, 0, 0 } };
	static const struct row one_worker[] = { { 0, 0, 0 }, { 1, 0, 1 }, { 2, 0, 1 } };
	static const struct row one_task[] = { { 0, 0, 0 }, { 0, 1, 1 }, { 0, 2, 1 } };
	static const struct row one_label[] = { { 0, 0, 1 } };
	static const struct row gaps[] = { { 0, 0, 0 }, { 0, 2, 1 }, { 2, 0, 2 }, { 2, 2, 2 }, { 2, 3, 2 } };
	static const struct row apart[] = { { 0, 0, 0 }, { 0, 1, 1 }, { 0, 2, 2 }, { 1, 0, 1 }, { 1, 1, 2 }, { 1, 2, 0 } };
	static struct row many[10000];
	for (uint32_t i = 0; i < 10000; i++)
		many[i] = (struct row){ 0, i, i % 3 == 0 };
	const struct { const char *name; const struct row *r; size_t n; } v[] = {
		{ "one class", one_class, 3 }, { "one worker", one_worker, 3 }, { "one task", one_task, 3 },
		{ "one label", one_label, 1 }, { "task and worker without labels", gaps, 5 },
		{ "nobody agrees", apart, 6 }, { "ten thousand labels on a task", many, 10000 }
	};

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		struct labels l = { 0 };
		struct agree_fit f;
		fill(&l, v[i].r, v[i].n);
		m->fit(&l, &(struct agree_opt){ .seed = 1 }, &f);
		ok(sane(&l, &f), "%s: %s", m->name, v[i].name);
		if (v[i].r == one_class)
			ok(f.q[0] == 1 && f.q[1] == 1, "%s: one class is certain", m->name);
		if (v[i].r == many)
			ok(f.q[0] > .5, "%s: two thirds win", m->name);
		agree_fit_release(&f);
		labels_release(&l);
	}
}

/* ---- shared sets ------------------------------------------------------------------------- */

/* set_named - one of ../shared/data; false, and a skipped assertion, when it is not there */
__attribute__((unused))
static bool set_named(struct set *s, const char *name)
{
	char rel[128];

	snprintf(rel, sizeof rel, "data/%s.labels.ndjson", name);
	const char *path = shared_or_skip(rel);
	if (path)
		set_load(s, path);
	return path;
}

struct gold_reader {
	const struct set *s;
	uint32_t *gold;      /* n_tasks: class; AGREE_NO_GOLD; n_classes = a class nobody said */
};

__attribute__((unused))
static void gold_row(const cJSON *j, void *ctx)
{
	struct gold_reader *r = ctx;
	uint32_t t = intern_find(&r->s->tasks, str_of(cJSON_GetObjectItem(j, "task")->valuestring));
	uint32_t v = intern_find(&r->s->values, str_of(cJSON_GetObjectItem(j, "value")->valuestring));

	if (t != INTERN_NONE)
		r->gold[t] = v == INTERN_NONE ? (uint32_t)r->s->l.n_classes : r->s->rank[v];
}

/* gold_of - owned */
__attribute__((unused))
static uint32_t *gold_of(const struct set *s, const char *name)
{
	struct gold_reader r = { s, mem_alloc(s->l.n_tasks, sizeof *r.gold) };
	char rel[128];

	for (size_t t = 0; t < s->l.n_tasks; t++)
		r.gold[t] = AGREE_NO_GOLD;
	snprintf(rel, sizeof rel, "data/%s.gold.ndjson", name);
	each_line(shared(rel), gold_row, &r);
	return r.gold;
}

/* draw_gold - n of the gold tasks whose class somebody said, the others without gold; owned */
__attribute__((unused))
static uint32_t *draw_gold(const struct set *s, const char *name, size_t n, uint64_t seed)
{
	uint32_t *all = gold_of(s, name), *out = mem_alloc(s->l.n_tasks, sizeof *out);
	struct rng g;
	size_t left = 0;

	rng_seed(&g, seed);
	for (size_t t = 0; t < s->l.n_tasks; t++)
		left += all[t] < s->l.n_classes;
	for (size_t t = 0; t < s->l.n_tasks; t++) {
		out[t] = AGREE_NO_GOLD;
		if (all[t] < s->l.n_classes && rng_below(&g, left--) < n) {
			out[t] = all[t];
			n--;
		}
	}
	free(all);
	return out;
}

struct quality {
	double accuracy;     /* ties shared out */
	double log_loss;     /* nats, probabilities at least 1e-6 */
	double ece;          /* ten bins of the largest probability */
	size_t n;
};

/* judge - q against the gold of the set, but for tasks that skip[] has gold for */
__attribute__((unused))
static struct quality judge(const struct set *s, const char *name, const double *q, const uint32_t *skip)
{
	size_t K = s->l.n_classes;
	uint32_t *gold = gold_of(s, name);
	double hits[10] = { 0 }, claim[10] = { 0 };
	struct quality r = { 0 };

	for (size_t t = 0; t < s->l.n_tasks; t++) {
		const double *p = q + t * K;
		double best = 0, tied = 0;
		if (gold[t] == AGREE_NO_GOLD || (skip && skip[t] != AGREE_NO_GOLD))
			continue;
		for (size_t c = 0; c < K; c++)
			best = larger(best, p[c]);
		for (size_t c = 0; c < K; c++)
			tied += p[c] >= best - 1e-9;
		double mine = gold[t] < K ? p[gold[t]] : 0, hit = gold[t] < K && mine >= best - 1e-9 ? 1 / tied : 0;
		int bin = best >= 1 ? 9 : (int)(best * 10);
		r.n++;
		r.accuracy += hit;
		r.log_loss -= m_log(larger(mine, 1e-6));
		hits[bin] += hit;
		claim[bin] += best;
	}
	r.accuracy /= (double)r.n;
	r.log_loss /= (double)r.n;
	for (int b = 0; b < 10; b++)
		r.ece += fabs(hits[b] - claim[b]) / (double)r.n;
	free(gold);
	return r;
}

#endif
