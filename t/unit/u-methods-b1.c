/* hds: a slow obvious version, the prototype's figures, damping, earlier counts, laws, odd inputs */
#include "agree/hds.h"

#include "crowd.h"
#include "math/explog.h"
#include "math/gamma.h"

/* ---- hds, slow: dense loops in the words of the header ------------------------------ */

enum { SLOW_T = 40, SLOW_W = 9, SLOW_K = 3, N_KAPPA = 5 };

static const double kappas[N_KAPPA] = { 2, 8, 32, 128, 1000 };

struct slow {
	double c[SLOW_W][SLOW_K][SLOW_K], e[SLOW_W][SLOW_K][SLOW_K];    /* [w][l][z] */
	double q[SLOW_T][SLOW_K], qp[SLOW_T][SLOW_K], S[SLOW_T][2][SLOW_K];
	double mix[N_KAPPA], h[2], u[SLOW_K], n_t[SLOW_T];
};

static void slow_count(struct slow *s, const struct row *r, size_t n, bool first)
{
	memset(s->c, 0, sizeof s->c);
	for (size_t i = 0; i < n; i++)
		for (int z = 0; z < SLOW_K; z++) {
			double e = s->e[r[i].w][r[i].v][z], knows = .1 * e / (.1 * e + .9 * s->u[r[i].v]);
			s->c[r[i].w][r[i].v][z] += first ? s->q[r[i].t][z]
				: s->S[r[i].t][0][z] + s->S[r[i].t][1][z] * knows;
		}
}

static void slow_worker(struct slow *s, int w, double mu, double O[SLOW_K][SLOW_K], double *r)
{
	double m[SLOW_K][SLOW_K], n[SLOW_K] = { 0 }, all = 0, right = 0, top = -1e300, sum = 0;

	for (int l = 0; l < SLOW_K; l++)
		for (int z = 0; z < SLOW_K; z++) {
			n[z] += s->c[w][l][z];
			all += s->c[w][l][z];
			right += l == z ? s->c[w][l][z] : 0;
		}
	double acc = smaller(larger((right + 5 * mu) / (all + 5), 1e-6), 1 - 1e-6);
	for (int j = 0; j < N_KAPPA; j++) {
		r[j] = m_log(s->mix[j]);
		for (int z = 0; z < SLOW_K; z++) {
			for (int l = 0; l < SLOW_K; l++) {
				m[l][z] = l == z ? acc : (1 - acc) * O[l][z];
				r[j] += m_lgamma(s->c[w][l][z] + kappas[j] * m[l][z]) - m_lgamma(kappas[j] * m[l][z]);
			}
			r[j] += m_lgamma(kappas[j]) - m_lgamma(n[z] + kappas[j]);
		}
		top = larger(top, r[j]);
	}
	for (int j = 0; j < N_KAPPA; j++)
		sum += r[j] = m_exp(r[j] - top);
	memset(s->e[w], 0, sizeof s->e[w]);
	for (int j = 0; j < N_KAPPA; j++) {
		r[j] /= sum;
		for (int l = 0; l < SLOW_K; l++)
			for (int z = 0; z < SLOW_K; z++)
				s->e[w][l][z] += r[j] * (s->c[w][l][z] + kappas[j] * m[l][z]) / (n[z] + kappas[j]);
	}
}

static void slow_m(struct slow *s)
{
	double P[SLOW_K][SLOW_K] = { { 0 } }, O[SLOW_K][SLOW_K], all = 0, right = 0, rsum[N_KAPPA] = { 0 };

	for (int w = 0; w < SLOW_W; w++)
		for (int l = 0; l < SLOW_K; l++)
			for (int z = 0; z < SLOW_K; z++) {
				P[l][z] += s->c[w][l][z];
				all += s->c[w][l][z];
				right += l == z ? s->c[w][l][z] : 0;
			}
	for (int z = 0; z < SLOW_K; z++) {
		double sum = 0;
		for (int l = 0; l < SLOW_K; l++)
			sum += l == z ? 0 : P[l][z] + 10.0 / (SLOW_K + 3);
		for (int l = 0; l < SLOW_K; l++)
			O[l][z] = l == z ? 0 : (P[l][z] + 10.0 / (SLOW_K + 3)) / sum;
	}
	for (int w = 0; w < SLOW_W; w++) {
		double r[N_KAPPA];
		slow_worker(s, w, right / all, O, r);
		for (int j = 0; j < N_KAPPA; j++)
			rsum[j] += r[j];
	}
	for (int j = 0; j < N_KAPPA; j++)
		s->mix[j] = (rsum[j] + 1) / (SLOW_W + N_KAPPA);
}

/* probabilities of class and level of task t, evidence to the power b */
static void slow_task(const struct slow *s, const struct row *r, size_t n, uint32_t t, double b,
                      const double *p, double out[2][SLOW_K])
{
	double sum = 0;

	for (int d = 0; d < 2; d++)
		for (int z = 0; z < SLOW_K; z++) {
			double x = 0;
			for (size_t i = 0; i < n; i++) {
				double e = s->e[r[i].w][r[i].v][z];
				if (r[i].t == t)
					x += m_log(d ? .1 * e + .9 * s->u[r[i].v] : e);
			}
			sum += out[d][z] = m_exp(b * x) * p[z] * s->h[d];
		}
	for (int d = 0; d < 2; d++)
		for (int z = 0; z < SLOW_K; z++)
			out[d][z] /= sum;
}

static void slow_e(struct slow *s, const struct row *r, size_t n)
{
	double p[SLOW_K], hard = 0, plain[2][SLOW_K];

	for (int z = 0; z < SLOW_K; z++) {
		p[z] = 50;
		for (int t = 0; t < SLOW_T; t++)
			p[z] += s->qp[t][z];
		p[z] /= SLOW_T + 50 * SLOW_K;
	}
	for (uint32_t t = 0; t < SLOW_T; t++) {
		slow_task(s, r, n, t, 1 / (1 + .05 * (s->n_t[t] - 1)), p, s->S[t]);
		slow_task(s, r, n, t, 1, p, plain);
		for (int z = 0; z < SLOW_K; z++) {
			s->q[t][z] = s->S[t][0][z] + s->S[t][1][z];
			s->qp[t][z] = plain[0][z] + plain[1][z];
			hard += s->S[t][1][z];
		}
	}
	s->h[1] = (hard + 10) / (SLOW_T + 20);
	s->h[0] = 1 - s->h[1];
}

static void slow_fit(struct slow *s, const struct row *r, size_t n, int iterations)
{
	*s = (struct slow){ .h = { .8, .2 } };
	for (size_t i = 0; i < n; i++) {
		s->n_t[r[i].t] += 1;
		s->q[r[i].t][r[i].v] += 1;
		s->u[r[i].v] += .5 / (double)n;
	}
	for (int t = 0; t < SLOW_T; t++)
		for (int z = 0; z < SLOW_K; z++)
			s->qp[t][z] = s->q[t][z] /= s->n_t[t];
	for (int z = 0; z < SLOW_K; z++)
		s->u[z] += .5 / SLOW_K;
	for (int j = 0; j < N_KAPPA; j++)
		s->mix[j] = .2;
	for (int k = 0; k < iterations; k++) {
		slow_count(s, r, n, k == 0);
		slow_m(s);
		slow_e(s, r, n);
	}
}

static void test_slow(void)
{
	static struct row r[SLOW_T * SLOW_W];
	static struct slow s;
	struct rng g;
	double most_q = 0, most_e = 0;

	rng_seed(&g, 5);
	for (int k = 1; k < 60; k += 7) {
		struct labels l = { 0 };
		struct agree_fit f;
		size_t n = crowd(&g, r, SLOW_T, SLOW_W, SLOW_K);
		fill(&l, r, n);
		agree_hds_raw(&l, &(struct agree_opt){ .max_iter = (unsigned)k, .tol = -1 }, &f);
		slow_fit(&s, r, n, k);
		most_q = larger(most_q, furthest(f.q, s.q[0], SLOW_T * SLOW_K));
		for (size_t w = 0; w < SLOW_W; w++)
			for (size_t z = 0; z < SLOW_K; z++)
				for (size_t v = 0; v < SLOW_K; v++)
					most_e = larger(most_e, furthest(&f.e[(w * SLOW_K + z) * SLOW_K + v], &s.e[w][v][z], 1));
		agree_fit_release(&f);
		labels_release(&l);
	}
	ok(most_q < 1e-11 && most_e < 1e-11, "hds as the slow version: q to %.2g, e to %.2g", most_q, most_e);
}

/* ---- the prototype -------------------------------------------------------------------- */

/* proto/auto/auto.py, reported posteriors; tasks by order of appearance */
static const struct { const char *set; uint32_t t, c; double p; } proto[] = {
	{ "duck", 0, 0, 0.7426722325834484 },
	{ "duck", 0, 1, 0.25732776741655156 },
	{ "duck", 17, 0, 0.8612905165978275 },
	{ "duck", 17, 1, 0.1387094834021725 },
	{ "duck", 53, 0, 0.23281523315621203 },
	{ "duck", 53, 1, 0.767184766843788 },
	{ "duck", 107, 0, 0.6744722573498317 },
	{ "duck", 107, 1, 0.3255277426501683 },
	{ "cf", 1, 0, 0.09922581281692008 },
	{ "cf", 1, 1, 0.11892192122233647 },
	{ "cf", 1, 2, 0.08858840035433715 },
	{ "cf", 1, 3, 0.1158570870886192 },
	{ "cf", 1, 4, 0.577406778517787 },
	{ "cf", 44, 0, 0.06100194987399402 },
	{ "cf", 44, 1, 0.10000227000318548 },
	{ "cf", 44, 2, 0.06571392521189406 },
	{ "cf", 44, 3, 0.1064405202322691 },
	{ "cf", 44, 4, 0.6668413346786572 },
	{ "cf", 299, 0, 0.012153115224913982 },
	{ "cf", 299, 1, 0.0158444958740601 },
	{ "cf", 299, 2, 0.9475716728891097 },
	{ "cf", 299, 3, 0.015466302790175412 },
	{ "cf", 299, 4, 0.008964413221741005 },
	{ "ms", 3, 0, 0.8907276876299632 },
	{ "ms", 3, 1, 0.009886448143653465 },
	{ "ms", 3, 2, 0.0093592972983386 },
	{ "ms", 3, 3, 0.03146251168305865 },
	{ "ms", 3, 4, 0.009529118688495179 },
	{ "ms", 3, 5, 0.010559074946499393 },
	{ "ms", 3, 6, 0.00964875658774788 },
	{ "ms", 3, 7, 0.009895202489290954 },
	{ "ms", 3, 8, 0.0091703458742707 },
	{ "ms", 3, 9, 0.009761556658682015 },
	{ "ms", 350, 0, 0.02625650252435871 },
	{ "ms", 350, 1, 0.016178527538176623 },
	{ "ms", 350, 2, 0.02796600319560725 },
	{ "ms", 350, 3, 0.7482822991809561 },
	{ "ms", 350, 4, 0.03102151281079131 },
	{ "ms", 350, 5, 0.046491683942911595 },
	{ "ms", 350, 6, 0.019666163096001093 },
	{ "ms", 350, 7, 0.021022208853387795 },
	{ "ms", 350, 8, 0.03360223503890934 },
	{ "ms", 350, 9, 0.029512863818900087 },
	{ "ms", 699, 0, 0.014091716414940326 },
	{ "ms", 699, 1, 0.017937971495725055 },
	{ "ms", 699, 2, 0.014936004485799445 },
	{ "ms", 699, 3, 0.020165371829970146 },
	{ "ms", 699, 4, 0.018484033064725375 },
	{ "ms", 699, 5, 0.0098754461712038 },
	{ "ms", 699, 6, 0.01048728243758037 },
	{ "ms", 699, 7, 0.01108833936961372 },
	{ "ms", 699, 8, 0.006713226010255995 },
	{ "ms", 699, 9, 0.8762206087201857 },
};

static void test_proto(const char *name)
{
	struct agree_fit f;
	struct set s;
	double most = 0;

	if (!set_named(&s, name))
		return;
	agree_hds(&s.l, &(struct agree_opt){ .threads = 1 }, &f);
	for (size_t i = 0; i < sizeof proto / sizeof *proto; i++)
		if (!strcmp(proto[i].set, name))
			most = larger(most, furthest(&f.q[proto[i].t * f.n_classes + proto[i].c], &proto[i].p, 1));
	ok(most < 1e-9, "%s: hds as the prototype to %.2g, %u iterations", name, most, f.n_iter);
	agree_fit_release(&f);
	set_release(&s);
}

/* ---- damping, earlier counts ------------------------------------------------------------ */

static void test_damp(void)
{
	struct row r[] = { { 0, 0, 0 }, { 0, 1, 0 }, { 0, 2, 1 }, { 0, 3, 0 }, { 0, 4, 0 }, { 1, 0, 1 }, { 2, 0, 0 },
	                   { 2, 1, 1 } };
	double q[] = { .9, .1, .2, .8, 1, 0 };
	uint32_t gold[] = { AGREE_NO_GOLD, AGREE_NO_GOLD, 0 };
	struct labels l = { 0 };

	fill(&l, r, 8);
	agree_damp(&l, gold, 0, .25, 1, q);
	ok(near(q[0], .75, 1e-14) && near(q[1], .25, 1e-14), "five labels at .25 count as 2.5: odds 9 become 3");
	ok(q[2] == .2 && q[3] == .8, "one label counts as one");
	ok(q[4] == 1 && q[5] == 0, "gold stays");
	agree_damp(&l, NULL, .25, 0, 1, q);
	ok(near(q[0], .9, 1e-13), "and back");
	labels_release(&l);
}

/* two halves of a crowd, the first as counts, pull the skills of the second */
static void test_counts(void)
{
	static struct row r[400 * 12];
	struct labels a = { 0 }, b = { 0 };
	struct agree_fit fa, alone, with;
	struct rng g;
	double moved = 0, near_a = 0, total = 0;

	rng_seed(&g, 3);
	size_t n = crowd(&g, r, 400, 12, 3), half = 0;
	while (r[half].t < 380)
		half++;
	fill(&a, r, half);
	for (size_t i = half; i < n; i++)
		labels_add(&b, r[i].t - 380, r[i].w, r[i].v);
	b.n_workers = a.n_workers;
	b.n_classes = a.n_classes;
	labels_group(&b, false);
	agree_hds(&a, &(struct agree_opt){ 0 }, &fa);
	agree_hds(&b, &(struct agree_opt){ 0 }, &alone);
	agree_hds(&b, &(struct agree_opt){ .counts = fa.counts }, &with);
	for (size_t w = 0; w < 12; w++) {
		moved += furthest(&alone.skill[w], &fa.skill[w], 1);
		near_a += furthest(&with.skill[w], &fa.skill[w], 1);
	}
	ok(near_a < moved / 3, "counts of earlier days: skills %.3f from yesterday's, %.3f without", near_a / 12, moved / 12);
	for (size_t i = 0; i < 12 * 9; i++)
		total += with.counts[i];
	ok(total > 0 && total <= (double)b.n + 1e-9, "counts of today only: %.2f of %zu labels", total, b.n);
	agree_fit_release(&fa);
	agree_fit_release(&alone);
	agree_fit_release(&with);
	labels_release(&a);
	labels_release(&b);
}

int main(void)
{
	static const struct method hds = { "hds", agree_hds };

	test_slow();
	test_damp();
	test_laws(&hds, 1e-12);
	test_odd(&hds);
	test_counts();
	test_proto("duck");
	test_proto("cf");
	test_proto("ms");
	return done();
}
