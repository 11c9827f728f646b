/* mace, glad, ebcc: the peers' own outputs, climbing objectives, laws, odd inputs */
#include "agree/ebcc.h"
#include "agree/glad.h"
#include "agree/mace.h"

#include "agree/mv.h"
#include "crowd.h"

/* ---- what a peer says ---------------------------------------------------------------------- */

struct peer {
	const struct set *s;
	const double *q;         /* ours */
	const double *skill;     /* ours, to compare with field */
	const char *field;
	double *alpha, *b;       /* theirs, when wanted */
	double most, most_skill;
	size_t n, same;
};

static void peer_task(const cJSON *j, void *ctx)
{
	struct peer *x = ctx;
	size_t K = x->s->l.n_classes;
	uint32_t t = intern_find(&x->s->tasks, str_of(cJSON_GetObjectItem(j, "task")->valuestring)), best;
	const cJSON *p, *beta = cJSON_GetObjectItem(j, "beta");

	mv_argmax(x->q + t * K, 1, K, &best, NULL);
	x->same += best == x->s->rank[intern_find(&x->s->values, str_of(cJSON_GetObjectItem(j, "label")->valuestring))];
	cJSON_ArrayForEach(p, cJSON_GetObjectItem(j, "p")) {
		uint32_t c = x->s->rank[intern_find(&x->s->values, str_of(p->string))];
		x->most = larger(x->most, furthest(&x->q[t * K + c], &p->valuedouble, 1));
	}
	if (x->b && beta)
		x->b[t] = beta->valuedouble;
	x->n++;
}

static void peer_worker(const cJSON *j, void *ctx)
{
	struct peer *x = ctx;
	uint32_t w = intern_find(&x->s->workers, str_of(cJSON_GetObjectItem(j, "worker")->valuestring));
	const cJSON *v = cJSON_GetObjectItem(j, x->field);

	if (!v)
		return;
	x->most_skill = larger(x->most_skill, furthest(&x->skill[w], &v->valuedouble, 1));
	if (x->alpha)
		x->alpha[w] = v->valuedouble;
}

/* false, and skipped, when there is no such output */
static bool peer_read(struct peer *x, const char *name, const char *method)
{
	char rel[128];

	for (int k = 0; k < 2; k++) {
		snprintf(rel, sizeof rel, "peers/oracle/%s/%s.%s.ndjson", name, method, k ? "workers" : "tasks");
		const char *path = shared_or_skip(rel);
		if (!path)
			return false;
		each_line(path, k ? peer_worker : peer_task, x);
	}
	return true;
}

/* ---- mace ----------------------------------------------------------------------------------- */

/* numpy's RandomState(seed): MT19937 of Matsumoto & Nishimura (1998), doubles of 53 bits */
struct mt {
	uint32_t s[624];
	int i;
};

static void mt_seed(struct mt *m, uint32_t seed)
{
	m->s[0] = seed;
	for (uint32_t i = 1; i < 624; i++)
		m->s[i] = 1812433253u * (m->s[i - 1] ^ m->s[i - 1] >> 30) + i;
	m->i = 624;
}

static uint32_t mt_next(struct mt *m)
{
	for (int i = 0; m->i == 624 && i < 624; i++) {
		uint32_t y = (m->s[i] & 0x80000000u) | (m->s[(i + 1) % 624] & 0x7fffffffu);
		m->s[i] = m->s[(i + 397) % 624] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
	}
	m->i %= 624;
	uint32_t y = m->s[m->i++];
	y ^= y >> 11;
	y ^= y << 7 & 0x9d2c5680u;
	y ^= y << 15 & 0xefc60000u;
	return y ^ y >> 18;
}

static double mt_unit(struct mt *m)
{
	double a = mt_next(m) >> 5, b = mt_next(m) >> 6;

	return (a * 67108864 + b) / 9007199254740992;
}

/* rows x K of uniform [1, 2.5), normalised; column k goes to class order[k] */
static double *mt_start(size_t rows, size_t K, const uint32_t *order)
{
	double *p = mem_alloc(rows * K, sizeof *p);
	struct mt m;

	mt_seed(&m, 0);
	for (size_t r = 0; r < rows; r++) {
		double s = 0;
		for (size_t k = 0; k < K; k++)
			s += p[r * K + (order ? order[k] : k)] = 1 + 1.5 * mt_unit(&m);
		for (size_t k = 0; k < K; k++)
			p[r * K + k] /= s;
	}
	return p;
}

static void test_mace_peer(const char *name, bool em)
{
	struct agree_fit f;
	struct set s;

	if (!set_named(&s, name))
		return;
	double *know = mt_start(s.l.n_workers, 2, NULL), *theta = mt_start(s.l.n_workers, s.l.n_classes, s.rank);
	agree_mace_with(&s.l, &(struct agree_opt){ 0 }, &(struct mace_opt){ em, 1, know, theta }, &f, NULL);
	struct peer x = { .s = &s, .q = f.q, .skill = f.skill, .field = "competence" };
	if (peer_read(&x, name, em ? "MACEemfix" : "MACEfix"))
		ok(x.n && x.most <= 1e-6 && (!em || x.most_skill <= 1e-6), "%s: mace %s as the corrected peer: q %.2g, skill %.2g",
		   name, em ? "em" : "vb", x.most, x.most_skill);
	free(know);
	free(theta);
	agree_fit_release(&f);
	set_release(&s);
}

static void test_mace_restarts(void)
{
	struct agree_fit one, ten;
	struct set s;
	bool kept = true;

	if (!set_named(&s, "duck"))
		return;
	for (uint64_t seed = 0; seed < 3; seed++) {
		struct agree_opt o = { .seed = seed };
		agree_mace_with(&s.l, &o, &(struct mace_opt){ .restarts = 1 }, &one, NULL);
		agree_mace(&s.l, &o, &ten);
		kept = kept && ten.objective > one.objective - 1e-9;
		agree_fit_release(&one);
		agree_fit_release(&ten);
	}
	ok(kept, "mace: the best of ten starts is kept");
	set_release(&s);
}

/* hundreds of labels a task: a product of them is zero, its logarithm is not */
static void test_mace_many(void)
{
	struct labels l = { 0 };
	struct agree_fit f;
	struct rng g;
	double right = 0;

	rng_seed(&g, 2);
	for (uint32_t t = 0; t < 20; t++)
		for (uint32_t w = 0; w < 1500; w++)
			labels_add(&l, t, w, rng_unit(&g) < .4 ? t % 3 : (uint32_t)rng_below(&g, 3));
	labels_group(&l, false);
	agree_mace(&l, &(struct agree_opt){ 0 }, &f);
	for (size_t t = 0; t < 20; t++)
		right += f.q[3 * t + t % 3] > .99;
	ok(right == 20 && f.objective < -1000, "mace: 1500 labels a task do not underflow");
	agree_fit_release(&f);
	labels_release(&l);
}

/* ---- glad ----------------------------------------------------------------------------------- */

/* the objective rises with the steps, ends at a top, and is what glad_objective says */
static void test_glad_top(void)
{
	static struct row r[60 * 12];
	struct labels l = { 0 };
	struct agree_fit f;
	struct rng g;
	double b[60], last = -1e300;
	bool rises = true, top = true;

	rng_seed(&g, 6);
	fill(&l, r, crowd(&g, r, 60, 12, 3));
	for (unsigned k = 1; k < 40; k++) {
		agree_glad(&l, &(struct agree_opt){ .max_iter = k, .tol = -1 }, &f);
		rises = rises && f.objective >= last - 1e-9;
		last = f.objective;
		agree_fit_release(&f);
	}
	ok(rises, "glad: no step falls");
	agree_glad_with(&l, &(struct agree_opt){ .max_iter = 3000, .tol = 1e-13 }, &f, b);
	double best = glad_objective(&l, NULL, f.skill, b);
	ok(near(best, f.objective, 1e-12), "glad: the objective is that of the parameters");
	for (size_t i = 0; i < 2 * (60 + 12); i++) {
		double *p = i / 2 < 60 ? &b[i / 2] : &f.skill[i / 2 - 60], was = *p;
		*p += i % 2 ? 1e-3 : -1e-3;
		top = top && glad_objective(&l, NULL, f.skill, b) < best;
		*p = was;
	}
	ok(top, "glad: at a top, in every parameter");
	agree_fit_release(&f);
	labels_release(&l);
}

static void test_glad_peer(const char *name)
{
	struct agree_fit f;
	struct set s;

	if (!set_named(&s, name))
		return;
	double *alpha = mem_zalloc(s.l.n_workers, sizeof *alpha), *b = mem_zalloc(s.l.n_tasks, sizeof *b);
	agree_glad(&s.l, &(struct agree_opt){ 0 }, &f);
	struct peer x = { .s = &s, .q = f.q, .skill = f.skill, .field = "alpha", .alpha = alpha, .b = b };
	if (peer_read(&x, name, "GLAD")) {
		double theirs = glad_objective(&s.l, NULL, alpha, b);
		ok(f.objective >= theirs - 1e-9, "%s: glad's objective %.4f, the peer's %.4f", name, f.objective, theirs);
		ok((double)x.same >= .97 * (double)x.n, "%s: glad's labels, %zu of %zu as the peer's", name, x.same, x.n);
	}
	free(alpha);
	free(b);
	agree_fit_release(&f);
	set_release(&s);
}

/* ---- ebcc ----------------------------------------------------------------------------------- */

static void test_ebcc_bound(void)
{
	static struct row r[80 * 10];
	static const double counts[10 * 9] = { 2, 0, 1, 0, 3 };
	struct labels l = { 0 };
	struct agree_fit f;
	struct rng g;

	rng_seed(&g, 6);
	fill(&l, r, crowd(&g, r, 80, 10, 3));
	for (int with = 0; with < 2; with++) {
		struct agree_opt o = { .tol = -1, .seed = 3, .counts = with ? counts : NULL };
		double last = -1e300;
		bool rises = true;
		for (o.max_iter = 1; o.max_iter < 60; o.max_iter++) {
			agree_ebcc_with(&l, &o, 4, 1, &f);
			rises = rises && f.objective >= last - 1e-9;
			last = f.objective;
			agree_fit_release(&f);
		}
		ok(rises, "ebcc: the bound never falls%s", with ? ", earlier counts included" : "");
	}
	labels_release(&l);
}

/* ten starts of ours against ten of theirs; on the 108 tasks of duck there are several
 * good tops, and a bound that is higher need not be more right */
static void test_ebcc_peer(const char *name, double accuracy, double same)
{
	struct agree_fit f;
	struct set s;

	if (!set_named(&s, name))
		return;
	agree_ebcc_with(&s.l, &(struct agree_opt){ .seed = 1 }, 10, 10, &f);
	double got = judge(&s, name, f.q, NULL).accuracy;
	struct peer x = { .s = &s, .q = f.q, .skill = f.skill, .field = "none" };
	if (peer_read(&x, name, "EBCC"))
		ok(got >= accuracy - (s.l.n_tasks < 200 ? .07 : .015) && (double)x.same >= same * (double)x.n,
		   "%s: ebcc accuracy %.4f (peer %.4f), %zu of %zu labels as the peer's", name, got, accuracy, x.same, x.n);
	agree_fit_release(&f);
	set_release(&s);
}

int main(void)
{
	static const struct method m[] = {
		{ "mace", agree_mace }, { "mace-em", agree_mace_em }, { "glad", agree_glad }, { "ebcc", agree_ebcc }
	};
	static const struct { const char *name; double accuracy, same; } ebcc[] = {
		{ "duck", .8611, .9 }, { "face", .6267, .9 }, { "rte", .93125, .97 }, { "cf", .8833, .95 }, { "ms", .7871, .95 }
	};

	for (size_t i = 0; i < sizeof m / sizeof *m; i++) {
		test_laws(&m[i], m[i].fit == agree_glad ? 1e-9 : -1);
		test_odd(&m[i]);
	}
	test_mace_peer("duck", true);
	test_mace_peer("face", true);
	for (size_t i = 0; i < sizeof ebcc / sizeof *ebcc; i++) {
		test_mace_peer(ebcc[i].name, false);
		test_glad_peer(ebcc[i].name);
		test_ebcc_peer(ebcc[i].name, ebcc[i].accuracy, ebcc[i].same);
	}
	test_mace_restarts();
	test_mace_many();
	test_glad_top();
	test_ebcc_bound();
	return done();
}
