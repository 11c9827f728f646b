/* peer prediction: the shared cases, each estimator against its definition, what the papers promise */
#include "score/peer.h"
#include "score/peer-info.h"

#include "math/explog.h"
#include "measures.h"

/* ---- shared cases -------------------------------------------------------------------- */

/* rank: worker -> place in out[] */
static void each_worker(const cJSON *doc, const char *key, const struct set *s, const struct measure *m)
{
	const cJSON *e;
	bool right = true;

	cJSON_ArrayForEach(e, vec_at(doc, key))
		right = as_said(e, "value", m[intern_find(&s->workers, str_of(e->string))]) && right;
	ok(right, "%s", key);
}

static void shared_small(void)
{
	cJSON *doc = vec_shared("cases/metrics/peer_small.expect.json");
	struct set s;
	struct measure m[4];
	double delta[9], uniform[3] = { 1 / 3., 1 / 3., 1 / 3. };
	const cJSON *e;
	bool right = true;

	if (!doc)
		return;
	set_load(&s, shared("cases/metrics/peer_small.labels.ndjson"));
	ok(s.l.n_workers == 4 && s.l.n_classes == 3 && s.l.n == 30, "the case is read");
	peer_agreement(&s.l, m);
	each_worker(doc, "output_agreement", &s, m);
	peer_pts(&s.l, NULL, m);
	each_worker(doc, "rpts", &s, m);
	peer_pts(&s.l, uniform, m);
	each_worker(doc, "pts_public_prior_uniform", &s, m);
	bool any = peer_delta(&s.l, delta);
	cJSON_ArrayForEach(e, vec_at(doc, "delta")) {
		const char *key = e->string;
		right = as_said(e, "value", measure_of(delta[(key[0] - 'x') * 3 + key[2] - 'x'])) && right;
	}
	ok(any && right, "delta");
	peer_ca(&s.l, PEER_SAME, PEER_PAIRS, m);
	each_worker(doc, "dasgupta_ghosh", &s, m);
	peer_ca(&s.l, PEER_DELTA, PEER_PAIRS, m);
	each_worker(doc, "correlated_agreement", &s, m);
	set_release(&s);
	cJSON_Delete(doc);
}

struct forecasts {
	uint32_t said[16];
	double forecast[32];
	char worker[16][8];
	size_t n;
};

static void read_forecast(const cJSON *j, void *ctx)
{
	struct forecasts *f = ctx;
	const cJSON *p = vec_at(j, "predict");

	f->said[f->n] = !strcmp(vec_at(j, "value")->valuestring, "yes");
	f->forecast[2 * f->n] = vec_at(p, "no")->valuedouble;
	f->forecast[2 * f->n + 1] = vec_at(p, "yes")->valuedouble;
	snprintf(f->worker[f->n++], sizeof f->worker[0], "%s", vec_at(j, "worker")->valuestring);
}

static void shared_bts(void)
{
	cJSON *doc = vec_shared("cases/metrics/peer_bts.expect.json");
	struct forecasts f = { .n = 0 };
	struct bts out[16];

	if (!doc)
		return;
	each_line(shared("cases/metrics/peer_bts.labels.ndjson"), read_forecast, &f);
	peer_bts(f.said, f.forecast, f.n, 2, vec_at(doc, "alpha")->valuedouble, out);
	double yes = 0, sum = 0;
	for (size_t i = 0; i < f.n; i++) {
		yes += f.said[i] / (double)f.n;
		sum += out[i].score;
	}
	ok(f.n == 6 && as_said(vec_at(doc, "xbar"), "yes", measure_of(yes)) &&
	   as_said(vec_at(doc, "xbar"), "no", measure_of(1 - yes)) && as_said(doc, "zero_sum_check", measure_of(sum)),
	   "BTS: shares and sum");
	for (size_t i = 0; i < f.n; i++) {
		const cJSON *e = vec_at(vec_at(doc, "all_respondents"), f.worker[i]);
		ok(as_said(e, "information", measure_of(out[i].information)) &&
		   as_said(e, "prediction", measure_of(out[i].prediction)) &&
		   as_said(e, "score", measure_of(out[i].score)), "BTS of %s", f.worker[i]);
	}
	cJSON_Delete(doc);
}

/* ---- against definitions ------------------------------------------------------------- */

enum { T = 14, W = 6, K = 3 };

/* x[t][w] = class, or -1 */
static void fill(struct labels *l, int (*x)[W])
{
	*l = (struct labels){ 0 };
	for (uint32_t t = 0; t < T; t++)
		for (uint32_t w = 0; w < W; w++)
			if (x[t][w] >= 0)
				labels_add(l, t, w, (uint32_t)x[t][w]);
	l->n_tasks = T;
	l->n_workers = W;
	l->n_classes = K;
	labels_group(l, 0);
}

static void draw(struct rng *r, int (*x)[W])
{
	for (int t = 0; t < T; t++) {
		int truth = (int)rng_below(r, K);
		for (int w = 0; w < W; w++)
			x[t][w] = rng_below(r, 5) > 2 ? -1 : rng_below(r, 3) ? truth : (int)rng_below(r, K);
	}
}

static void slow_delta(int (*x)[W], int without, double D[K][K])
{
	double P[K][K] = { { 0 } }, p[K] = { 0 }, n = 0;

	for (int t = 0; t < T; t++) {
		double r = 0;
		for (int w = 0; w < W; w++)
			r += x[t][w] >= 0 && w != without;
		n += r >= 2;
		for (int i = 0; i < W && r >= 2; i++)
			for (int j = 0; j < W; j++)
				if (i != j && i != without && j != without && x[t][i] >= 0 && x[t][j] >= 0)
					P[x[t][i]][x[t][j]] += 1 / (r * (r - 1));
	}
	for (int a = 0; a < K; a++)
		for (int b = 0; b < K; b++)
			p[a] += P[a][b] / n;
	for (int a = 0; a < K; a++)
		for (int b = 0; b < K; b++)
			D[a][b] = n > 0 ? P[a][b] / n - p[a] * p[b] : 0;
}

static bool slow_pairs(int (*x)[W], int i, double S[K][K], double *out)
{
	double sum = 0, terms = 0;

	for (int b = 0; b < T; b++)
		for (int j = 0; j < W; j++) {
			double apart = 0, many = 0;
			if (j == i || x[b][i] < 0 || x[b][j] < 0)
				continue;
			for (int p = 0; p < T; p++)
				for (int q = 0; q < T; q++)
					if (p != q && p != b && q != b && x[p][i] >= 0 && x[q][j] >= 0) {
						apart += S[x[p][i]][x[q][j]];
						many++;
					}
			if (many > 0) {
				sum += S[x[b][i]][x[b][j]] - apart / many;
				terms++;
			}
		}
	*out = sum / terms;
	return terms > 0;
}

static bool slow_once(int (*x)[W], int i, double S[K][K], double *out)
{
	double sum = 0, peers = 0;

	for (int j = 0; j < W; j++) {
		double shared_tasks = 0, agreed = 0, all = 0, product = 0;
		for (int p = 0; p < T; p++) {
			if (j != i && x[p][i] >= 0 && x[p][j] >= 0) {
				shared_tasks++;
				agreed += S[x[p][i]][x[p][j]];
			}
			for (int q = 0; q < T; q++)
				if (x[p][i] >= 0 && x[q][j] >= 0) {
					all++;
					product += S[x[p][i]][x[q][j]];
				}
		}
		if (shared_tasks > 0) {
			sum += agreed / shared_tasks - product / all;
			peers++;
		}
	}
	*out = sum / peers;
	return peers > 0;
}

static bool slow_pooled(int (*x)[W], int i, double S[K][K], double *out)
{
	double agreed = 0, pairs = 0, product = 0, all = 0;

	for (int p = 0; p < T; p++)
		for (int j = 0; j < W; j++) {
			if (j == i || x[p][i] < 0)
				continue;
			if (x[p][j] >= 0) {
				agreed += S[x[p][i]][x[p][j]];
				pairs++;
			}
			for (int q = 0; q < T; q++)
				if (x[q][j] >= 0) {
					product += S[x[p][i]][x[q][j]];
					all++;
				}
		}
	*out = agreed / pairs - product / all;
	return pairs > 0;
}

static bool slow_pts(int (*x)[W], int i, bool divide, double *out)
{
	double sum = 0, n = 0, all = 0, of[K] = { 0 };

	for (int t = 0; t < T; t++)
		for (int w = 0; w < W; w++)
			if (w != i && x[t][w] >= 0) {
				of[x[t][w]]++;
				all++;
			}
	for (int t = 0; t < T; t++) {
		double same = 0, peers = 0;
		for (int w = 0; w < W; w++)
			if (w != i && x[t][i] >= 0 && x[t][w] >= 0) {
				same += x[t][w] == x[t][i];
				peers++;
			}
		if (peers > 0) {
			double share = same / peers;
			sum += !divide ? share : share > 0 ? share / (of[x[t][i]] / all) - 1 : -1;
			n++;
		}
	}
	*out = sum / n;
	return n > 0;
}

static bool agrees(struct measure m, bool defined, double want)
{
	return defined ? is(m, want) : none(m);
}

static void definitions(void)
{
	typedef bool slow_fn(int (*)[W], int, double [K][K], double *);
	slow_fn *const slow[] = { slow_pairs, slow_pooled, slow_once };
	bool right[3][3] = { { true, true, true }, { true, true, true }, { true, true, true } }, agreement = true,
	    pts = true, table = true;
	struct rng r;
	int x[T][W];

	rng_seed(&r, 8);
	for (int round = 0; round < 100; round++) {
		struct labels l;
		struct measure m[W];
		double D[K][K], S[K][K], want, delta[K * K];
		draw(&r, x);
		fill(&l, x);
		slow_delta(x, -1, D);
		table = table && peer_delta(&l, delta) && furthest(delta, D[0], K * K) < 1e-14;
		for (int kernel = PEER_SAME; kernel <= PEER_DELTA_REST; kernel++)
			for (int e = PEER_PAIRS; e <= PEER_ONCE; e++) {
				peer_ca(&l, (enum peer_kernel)kernel, (enum peer_estimator)e, m);
				for (int w = 0; w < W; w++) {
					slow_delta(x, kernel == PEER_DELTA_REST ? w : -1, D);
					for (int a = 0; a < K * K; a++)
						S[a / K][a % K] = kernel == PEER_SAME ? a / K == a % K : D[a / K][a % K] > 1e-12;
					bool defined = slow[e](x, w, S, &want);
					right[kernel][e] = right[kernel][e] && agrees(m[w], defined, want);
				}
			}
		peer_agreement(&l, m);
		for (int w = 0; w < W; w++) {
			bool defined = slow_pts(x, w, false, &want);
			agreement = agreement && agrees(m[w], defined, want);
		}
		peer_pts(&l, NULL, m);
		for (int w = 0; w < W; w++) {
			bool defined = slow_pts(x, w, true, &want);
			pts = pts && agrees(m[w], defined, want);
		}
		labels_release(&l);
	}
	static const char *const kernels[] = { "same", "delta", "delta of the rest" },
	    *const names[] = { "pairs", "pooled", "once" };
	ok(table, "Delta");
	for (int kernel = 0; kernel < 3; kernel++)
		for (int e = 0; e < 3; e++)
			ok(right[kernel][e], "CA by its definition: %s, %s", kernels[kernel], names[e]);
	ok(agreement, "output agreement by its definition");
	ok(pts, "RPTS by its definition");
}

/* the same labels with tasks and workers numbered and read otherwise */
static void law_order(void)
{
	bool same = true;
	struct rng r;
	int x[T][W];

	rng_seed(&r, 9);
	for (int round = 0; round < 50; round++) {
		struct row { uint32_t t, w, v; } row[T * W];
		size_t n = 0;
		uint32_t task[T], worker[W];
		struct labels a, b = { 0 };
		struct measure p[W], q[W];
		draw(&r, x);
		fill(&a, x);
		for (uint32_t t = 0; t < T; t++)
			task[t] = t;
		for (uint32_t w = 0; w < W; w++)
			worker[w] = w;
		shuffle(&r, task, T, sizeof *task);
		shuffle(&r, worker, W, sizeof *worker);
		for (uint32_t t = 0; t < T; t++)
			for (uint32_t w = 0; w < W; w++)
				if (x[t][w] >= 0)
					row[n++] = (struct row){ task[t], worker[w], (uint32_t)x[t][w] };
		shuffle(&r, row, n, sizeof *row);
		for (size_t i = 0; i < n; i++)
			labels_add(&b, row[i].t, row[i].w, row[i].v);
		b.n_tasks = T;
		b.n_workers = W;
		b.n_classes = K;
		labels_group(&b, 0);
		for (int e = PEER_PAIRS; e <= PEER_ONCE; e++) {
			peer_ca(&a, PEER_DELTA_REST, (enum peer_estimator)e, p);
			peer_ca(&b, PEER_DELTA_REST, (enum peer_estimator)e, q);
			for (int w = 0; w < W; w++)
				same = same && same_measure(p[w], q[worker[w]]);
		}
		peer_pts(&a, NULL, p);
		peer_pts(&b, NULL, q);
		for (int w = 0; w < W; w++)
			same = same && same_measure(p[w], q[worker[w]]);
		labels_release(&a);
		labels_release(&b);
	}
	ok(same, "numbering and order change no bit");
}

/* honest workers, one who always says 0, one who guesses */
static void promises(void)
{
	enum { MANY = 3000, SEATS = 12 };
	struct labels l = { 0 };
	struct measure oa[SEATS], ca[SEATS], dmi[SEATS], pts[SEATS];
	uint8_t *half = mem_alloc(MANY, 1);
	bool best = true;
	struct rng r;

	rng_seed(&r, 10);
	for (uint32_t t = 0; t < MANY; t++) {
		uint32_t truth = rng_below(&r, 10) < 6 ? 0 : 1;
		half[t] = rng_below(&r, 2) & 1;
		for (uint32_t w = 0; w < SEATS; w++)
			if (rng_below(&r, 2))
				labels_add(&l, t, w, w == 0 ? 0 : w == 1 ? (uint32_t)rng_below(&r, 2) :
				           rng_below(&r, 10) < 8 ? truth : 1 - truth);
	}
	labels_group(&l, 0);
	peer_agreement(&l, oa);
	peer_pts(&l, NULL, pts);
	peer_ca(&l, PEER_DELTA_REST, PEER_ONCE, ca);
	peer_dmi_all(&l, half, dmi);
	for (int w = 2; w < SEATS; w++)
		best = best && ca[w].value > 0.1 && pts[w].value > 0.1 && dmi[w].value > 0.0005;
	ok(best, "honest workers are paid by CA, PTS and DMI");
	ok(near(ca[0].value, 0, 0.02) && near(ca[1].value, 0, 0.03), "CA pays nothing to a constant or a guess");
	ok(dmi[0].value == 0 && near(dmi[1].value, 0, 0.0005), "nor does DMI");
	ok(near(pts[0].value, 0, 0.03), "nor PTS");
	ok(oa[0].value > 0.5, "output agreement does pay a constant");
	labels_release(&l);
	free(half);
}

static void undefined(void)
{
	struct labels l = { 0 };
	struct measure m[2];
	double d[4];
	const uint8_t half[2] = { 0, 1 };

	labels_add(&l, 0, 0, 0);
	labels_add(&l, 1, 1, 1);
	labels_group(&l, 0);
	peer_agreement(&l, m);
	ok(none(m[0]) && none(m[1]), "agreement with nobody");
	peer_pts(&l, NULL, m);
	ok(none(m[0]), "PTS with nobody");
	peer_ca(&l, PEER_DELTA_REST, PEER_ONCE, m);
	ok(none(m[0]), "CA with nobody");
	ok(!peer_delta(&l, d), "no pair, no Delta");
	peer_dmi_all(&l, half, m);
	ok(none(m[0]), "DMI with too few tasks");
	labels_release(&l);
	l = (struct labels){ 0 };
	labels_add(&l, 0, 0, 0);
	labels_add(&l, 0, 1, 0);
	labels_group(&l, 0);
	peer_ca(&l, PEER_SAME, PEER_PAIRS, m);
	ok(none(m[0]), "pairs need another task each");
	peer_ca(&l, PEER_SAME, PEER_ONCE, m);
	ok(is(m[0], 0), "once does not");
	labels_release(&l);
}

/* ---- DMI, f-MI, BTS, SSR ------------------------------------------------------------- */

static double slow_determinant(const double *m, size_t n)
{
	double sum = 0;

	if (n == 1)
		return m[0];
	for (size_t c = 0; c < n; c++) {
		double minor[36];
		for (size_t i = 1; i < n; i++)
			for (size_t j = 0, k = 0; j < n; j++)
				if (j != c)
					minor[(i - 1) * (n - 1) + k++] = m[i * n + j];
		sum += (c % 2 ? -m[c] : m[c]) * slow_determinant(minor, n - 1);
	}
	return sum;
}

static void test_dmi(void)
{
	const double a[] = { 3, 1, 0, 2 }, b[] = { 2, 0, 1, 4 };    /* det 6 of 6, 8 of 7 */
	const double big[] = { 5, 1, 0, 2, 1, 6, 1, 0, 0, 2, 7, 1, 3, 0, 1, 8 }, flat[] = { 1, 1, 1, 1 };
	bool slow = true, perm = true;
	struct rng r;

	ok(is(peer_dmi(a, b, 2), 6 / 30. * (8 / 42.)), "DMI by hand");
	ok(is(peer_dmi(flat, b, 2), 0) && peer_dmi(flat, b, 2).value == 0, "independent in one half");
	ok(none(peer_dmi((const double[]){ 1, 0, 0, 0 }, b, 2)), "one task and two classes");
	ok(is(peer_dmi(big, big, 4),
	   slow_determinant(big, 4) * slow_determinant(big, 4) / ((38 * 37 * 36 * 35.) * (38 * 37 * 36 * 35.))),
	   "four classes");
	rng_seed(&r, 11);
	for (int round = 0; round < 200; round++) {
		double m[36], turned[36], one[36], of_one = 1;
		size_t C = 1 + rng_below(&r, 6);
		double n = 0, ff = 1;
		for (size_t i = 0; i < C * C; i++)
			n += m[i] = (double)(1 + rng_below(&r, 20));
		for (size_t i = 0; i < C * C; i++)
			turned[i] = m[(i / C + 1) % C * C + i % C];
		for (size_t i = 0; i < C; i++)
			ff *= n - (double)i;
		for (size_t i = 0; i < C * C; i++)
			one[i] = i / C == i % C ? (double)C : 0;    /* determinant C^C of C^2 tasks */
		for (size_t i = 0; i < C; i++)
			of_one *= (double)C / (double)(C * C - i);
		struct measure x = peer_dmi(m, one, C), y = peer_dmi(turned, turned, C);
		double want = slow_determinant(m, C) / ff;
		slow = slow && !x.why && near(x.value, want * of_one, 1e-12) && near(x.value / of_one * ff, want * ff, 1e-9);
		perm = perm && near(y.value, want * want, 1e-12);
	}
	ok(slow, "against the expansion by minors");
	ok(perm, "classes renamed by the worker: the same");
	/* unbiased: all 6^2 ways to draw two tasks from a joint distribution in sixths, in each half */
	const double cell[6][4] = { { 1, 0, 0, 0 }, { 1, 0, 0, 0 }, { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 0, 1 },
	    { 0, 0, 0, 1 } };
	double mean = 0;
	for (int i = 0; i < 6 * 6 * 6 * 6; i++) {
		double m1[4], m2[4];
		for (int k = 0; k < 4; k++) {
			m1[k] = cell[i % 6][k] + cell[i / 6 % 6][k];
			m2[k] = cell[i / 36 % 6][k] + cell[i / 216][k];
		}
		mean += peer_dmi(m1, m2, 2).value / (6 * 6 * 6 * 6);
	}
	ok(near(mean, (3 * 2 / 36.) * (3 * 2 / 36.), 1e-14), "its mean is the squared determinant");
}

static void test_fmi(void)
{
	const double diagonal[] = { 5, 0, 0, 5 }, apart[] = { 2, 4, 4, 8 }, some[] = { 3, 1, 1, 5 };

	ok(is(peer_fmi(diagonal, 2, PEER_TVD), 0.5) && is(peer_fmi(diagonal, 2, PEER_KL), m_log(2)) &&
	   is(peer_fmi(diagonal, 2, PEER_CHI2), 1) &&
	   is(peer_fmi(diagonal, 2, PEER_HELLINGER), 2 * (m_sqrt(0.5) - 0.5) * (m_sqrt(0.5) - 0.5) + 0.5),
	   "two who always agree");
	bool zero = true;
	for (int f = PEER_TVD; f <= PEER_HELLINGER; f++)
		zero = zero && peer_fmi(apart, 2, (enum peer_f)f).value < 1e-16 && !peer_fmi(apart, 2, (enum peer_f)f).why;
	ok(zero, "independent ones have none");
	/* joint .3 .1 .1 .5, margins .4 .6: products .16 .24 .24 .36, all off by .14 */
	ok(is(peer_fmi(some, 2, PEER_TVD), 0.28) &&
	   is(peer_fmi(some, 2, PEER_CHI2), 0.0196 * (1 / 0.16 + 2 / 0.24 + 1 / 0.36)) &&
	   is(peer_fmi(some, 2, PEER_KL), 0.3 * m_log(0.3 / 0.16) + 0.2 * m_log(0.1 / 0.24) + 0.5 * m_log(0.5 / 0.36)),
	   "by hand");
	const double nothing[4] = { 0 };
	ok(none(peer_fmi(nothing, 2, PEER_KL)), "no tasks");
	const double third[] = { 2, 0, 0, 0, 0, 0, 0, 0, 3 };
	ok(is(peer_fmi(third, 3, PEER_CHI2), 1) && is(peer_fmi(third, 3, PEER_TVD), 0.48), "a class that neither used");
}

static void test_bts(void)
{
	struct rng r;
	bool zero = true;

	rng_seed(&r, 12);
	for (int round = 0; round < 100; round++) {
		uint32_t said[20];
		double y[80], sum = 0;
		struct bts out[20];
		for (int i = 0; i < 20; i++) {
			double s = 0;
			said[i] = (uint32_t)rng_below(&r, 4);
			for (int k = 0; k < 4; k++)
				s += y[4 * i + k] = 0.05 + rng_unit(&r);
			for (int k = 0; k < 4; k++)
				y[4 * i + k] /= s;
		}
		peer_bts(said, y, 20, 4, 1, out);
		for (int i = 0; i < 20; i++)
			sum += out[i].score;
		zero = zero && near(sum, 0, 1e-12);
	}
	ok(zero, "zero sum");
	/* 3 yes, 1 no; all forecast 1/2: yes is surprisingly common */
	const uint32_t said[] = { 1, 1, 1, 0 };
	const double y[] = { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0 };
	struct bts out[4];
	peer_bts(said, y, 3, 2, 1, out);
	ok(is(measure_of(out[0].information), m_log(2)) && is(measure_of(out[0].prediction), m_log(0.5)),
	   "all say what half was expected of");
	peer_bts(said, y, 4, 2, 0.5, out);
	double no = 0.25 * m_log(1 / 0.25) + 0.75 * m_log(1e-6 / 0.75);
	ok(is(measure_of(out[3].prediction), no) && is(measure_of(out[3].score), out[3].information + 0.5 * no),
	   "a forecast of 0 costs, but not without end");
}

static void test_ssr(void)
{
	const double Tm[] = { 0.8, 0.15, 0.05, 0.2, 0.7, 0.1, 0.1, 0.2, 0.7 }, singular[] = { 0.5, 0.5, 0.5, 0.5 },
	    id[] = { 1, 0, 0, 1 };
	double s[9], two[4];
	bool unbiased = peer_ssr_table(Tm, 3, s);
	struct labels l = { 0 };
	struct measure m[3];

	for (int a = 0; a < 3; a++)
		for (int y = 0; y < 3; y++) {
			double mean = 0;
			for (int z = 0; z < 3; z++)
				mean += Tm[y * 3 + z] * s[a * 3 + z];
			unbiased = unbiased && near(mean, a == y, 1e-14);
		}
	ok(unbiased, "its mean over the peers is [right]");
	ok(!peer_ssr_table(singular, 2, two), "peers who know nothing");
	/* two tasks of three workers with perfect peers: agreement */
	labels_add(&l, 0, 0, 1), labels_add(&l, 0, 1, 1), labels_add(&l, 0, 2, 0);
	labels_add(&l, 1, 0, 0), labels_add(&l, 1, 1, 0);
	labels_group(&l, 0);
	ok(peer_ssr_table(id, 2, two), "peers who know");
	peer_ssr(&l, two, m);
	ok(is(m[0], 0.75) && is(m[1], 0.75) && is(m[2], 0), "with them it is agreement");
	labels_release(&l);
}

int main(void)
{
	definitions();
	law_order();
	promises();
	undefined();
	test_dmi();
	test_fmi();
	test_bts();
	test_ssr();
	shared_small();
	shared_bts();
	return done();
}
