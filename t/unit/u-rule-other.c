/* the other rules of pay: shared cases, each by its definition, by hand, laws, what is undefined */
#include "score/peer-info.h"
#include "score/peer.h"
#include "score/reward.h"
#include "score/rule-other.h"

#include "math/explog.h"
#include "measures.h"

__extension__ typedef __int128 i128;

enum { T = 14, W = 6, K = 3 };

/* ---- the input ------------------------------------------------------------------------- */

struct world {
	struct labels l;
	struct other_counts counts[16];
	bool gold[64];
	uint8_t half[64];
	struct other_forecasts f;
	uint32_t off[256];
	struct other_forecast cell[1024];
};

static void run(struct world *w, enum other_rule rule, uint64_t ref, struct other_score *out)
{
	struct other_policy p = OTHER_POLICY_DEFAULT;

	p.rule = rule;
	p.ref = ref;
	w->f = (struct other_forecasts){ w->off, w->cell };
	other_scores(&p, &(struct other_input){ &w->l, w->counts, w->gold, w->half, &w->f }, 1, out);
}

/* x[t][w] = class, or -1 */
static void fill(struct world *o, int (*x)[W])
{
	memset(o, 0, sizeof *o);
	for (uint32_t t = 0; t < T; t++)
		for (uint32_t w = 0; w < W; w++)
			if (x[t][w] >= 0)
				labels_add(&o->l, t, w, (uint32_t)x[t][w]);
	o->l.n_tasks = T;
	o->l.n_workers = W;
	o->l.n_classes = K;
	labels_group(&o->l, 0);
}

static void draw(struct rng *r, int (*x)[W])
{
	for (int t = 0; t < T; t++) {
		int truth = (int)rng_below(r, K);
		for (int w = 0; w < W; w++)
			x[t][w] = rng_below(r, 5) > 2 ? -1 : rng_below(r, 3) ? truth : (int)rng_below(r, K);
	}
}

/* ---- shared cases ---------------------------------------------------------------------- */

/* 0 <= num/den - m < 2 units of 2^-32, and the basis points of it */
static bool below(const cJSON *e, int64_t m, uint32_t score_bp)
{
	long long num = strtoll(vec_str(e, "num").p, NULL, 10), den = strtoll(vec_str(e, "den").p, NULL, 10);
	i128 gap = (i128)num * ((i128)1 << 32) - (i128)m * den;
	long long bp = num <= 0 ? 0 : num * 10000 / den;

	return gap >= 0 && gap < 2 * (i128)den && score_bp == (bp > 10000 ? 10000 : bp);
}

static void shared_small(void)
{
	static const struct { const char *key; enum other_rule rule; } all[] = {
		{ "rpts", OTHER_PTS }, { "dasgupta_ghosh", OTHER_DG },
	};
	cJSON *doc = vec_shared("cases/metrics/peer_small.expect.json");
	struct world w = { .off = { 0 } };
	struct other_score out[4];
	struct peer_q32 q[4];
	const cJSON *e;
	bool right = true;
	struct set s;

	if (!doc)
		return;
	set_load(&s, shared("cases/metrics/peer_small.labels.ndjson"));
	w.l = s.l;
	for (size_t i = 0; i < N_OF(all); i++) {
		run(&w, all[i].rule, (uint64_t)1 << 32, out);
		right = true;
		cJSON_ArrayForEach(e, vec_at(doc, all[i].key)) {
			struct other_score *o = &out[intern_find(&s.workers, str_of(e->string))];
			right = below(e, o->measure, o->score_bp) && !o->why && o->bonus_bp == 10000 && right;
		}
		ok(right, "the integers of %s", all[i].key);
	}
	/* the rule asks for Delta of the others' labels, the case has that of all */
	peer_ca_q32(&s.l, PEER_DELTA, q);
	right = true;
	cJSON_ArrayForEach(e, vec_at(doc, "correlated_agreement")) {
		int64_t m = q[intern_find(&s.workers, str_of(e->string))].mean;
		right = below(e, m, m <= 0 ? 0 : (uint32_t)(m * 10000 >> 32)) && right;
	}
	ok(right, "the integers of correlated_agreement");
	set_release(&s);
	cJSON_Delete(doc);
}

struct forecasts {
	struct world *w;
	char worker[16][8];
	size_t n;
};

static void read_forecast(const cJSON *j, void *ctx)
{
	struct forecasts *f = ctx;
	const cJSON *p = vec_at(j, "predict");
	uint32_t at = (uint32_t)f->n;

	labels_add(&f->w->l, 0, at, !strcmp(vec_at(j, "value")->valuestring, "yes"));
	f->w->cell[2 * at] = (struct other_forecast){ 0, vec_at(p, "no")->valuedouble };
	f->w->cell[2 * at + 1] = (struct other_forecast){ 1, vec_at(p, "yes")->valuedouble };
	f->w->off[at + 1] = 2 * at + 2;
	snprintf(f->worker[f->n++], sizeof f->worker[0], "%s", vec_at(j, "worker")->valuestring);
}

static void shared_bts(void)
{
	cJSON *doc = vec_shared("cases/metrics/peer_bts.expect.json");
	struct world w = { .off = { 0 } };
	struct forecasts f = { .w = &w };
	struct other_score out[16];
	int64_t sum = 0;
	bool right = true;

	if (!doc)
		return;
	each_line(shared("cases/metrics/peer_bts.labels.ndjson"), read_forecast, &f);
	labels_group(&w.l, 0);
	run(&w, OTHER_BTS, 0, out);
	for (size_t i = 0; i < f.n; i++) {
		double want = vec_at(vec_at(vec_at(doc, "all_respondents"), f.worker[i]), "score")->valuedouble;
		double off = want * 0x1p32 - (double)out[i].measure, bp = 5000 + 5000 * want;
		right = right && off > -1e-3 && off < 1.001 && bp - out[i].score_bp >= 0 && bp - out[i].score_bp < 1 &&
		        out[i].n == 1;
		sum += out[i].measure;
	}
	ok(right && f.n == 6, "BTS of the case");
	ok(sum <= 0 && sum > -8, "zero sum");
	labels_release(&w.l);
	cJSON_Delete(doc);
}

/* ---- by definition ----------------------------------------------------------------------- */

static void slow_consensus(int (*x)[W], int i, uint64_t *hits, uint64_t *trials)
{
	*hits = *trials = 0;
	for (int t = 0; t < T; t++) {
		int n[K] = { 0 }, best = 0, ties = 0;
		if (x[t][i] < 0)
			continue;
		for (int w = 0; w < W; w++)
			if (w != i && x[t][w] >= 0)
				n[x[t][w]]++;
		for (int c = 1; c < K; c++)
			best = n[c] > n[best] ? c : best;
		for (int c = 0; c < K; c++)
			ties += n[c] == n[best];
		if (!n[best] || ties > 1)
			continue;
		++*trials;
		*hits += x[t][i] == best;
	}
}

static i128 floor_div(i128 a, i128 b)
{
	i128 q = a / b;

	return q - (a % b < 0);
}

/* item by item: A_ij - P_ij, each floored, then the mean */
static bool slow_once(int (*x)[W], const bool *gold, int i, int64_t *out, uint64_t *labels)
{
	i128 sum = 0, peers = 0;

	*labels = 0;
	for (int t = 0; t < T; t++) {
		bool met = false;
		for (int j = 0; j < W; j++)
			met = met || (j != i && x[t][i] >= 0 && x[t][j] >= 0 && !gold[t]);
		*labels += met;
	}
	for (int j = 0; j < W; j++) {
		i128 s = 0, b = 0, mi = 0, mj = 0, product = 0;
		if (j == i)
			continue;
		for (int p = 0; p < T; p++) {
			if (gold[p])
				continue;
			mi += x[p][i] >= 0;
			mj += x[p][j] >= 0;
			s += x[p][i] >= 0 && x[p][j] >= 0;
			b += x[p][i] >= 0 && x[p][i] == x[p][j];
			for (int q = 0; q < T; q++)
				product += !gold[q] && x[p][i] >= 0 && x[p][i] == x[q][j];
		}
		if (!s)
			continue;
		sum += (b << 32) / s - (product << 32) / (mi * mj);
		peers++;
	}
	*out = peers ? (int64_t)floor_div(sum, peers) : 0;
	return peers > 0;
}

static uint32_t as_bp(int64_t q, uint64_t ref)
{
	i128 bp = (i128)q * 10000 / (i128)ref;

	return q <= 0 ? 0 : bp > 10000 ? 10000 : (uint32_t)bp;
}

static bool just_below(struct measure m, struct other_score s, uint64_t ref)
{
	double off = m.value * 0x1p32 - (double)s.measure;

	if (m.why)
		return s.why && s.n == 0 && s.measure == 0 && s.score_bp == 0;
	return !s.why && s.n > 0 && off > -1e-3 && off < 2.001 && s.score_bp == as_bp(s.measure, ref);
}

static void definitions(void)
{
	bool good[N_OTHER];
	struct rng r;

	memset(good, 1, sizeof good);
	rng_seed(&r, 21);
	for (int round = 0; round < 200; round++) {
		int x[T][W];
		struct world w;
		struct other_score out[W];
		struct measure m[W];
		draw(&r, x);
		fill(&w, x);
		for (int t = 0; t < T; t++) {
			w.gold[t] = rng_below(&r, 4) == 0;
			w.half[t] = rng_below(&r, 2) & 1;
		}
		run(&w, OTHER_CONSENSUS, 0, out);
		for (int i = 0; i < W; i++) {
			uint64_t hits, trials;
			slow_consensus(x, i, &hits, &trials);
			bool right = trials ? out[i].score_bp == hits * 10000 / trials && !out[i].why :
			                      out[i].why && !out[i].score_bp;
			good[OTHER_CONSENSUS] = good[OTHER_CONSENSUS] && right && out[i].n == trials &&
			                        out[i].measure == (int64_t)hits;
		}
		run(&w, OTHER_GATE_CA, 1 << 30, out);
		for (int i = 0; i < W; i++) {
			int64_t ca;
			uint64_t labels;
			bool any = slow_once(x, w.gold, i, &ca, &labels);
			good[OTHER_GATE_CA] = good[OTHER_GATE_CA] && out[i].measure == ca && out[i].n == labels &&
			                      any == (labels > 0) && out[i].bonus_bp == as_bp(ca, 1 << 30) &&
			                      out[i].why;  /* no gold */
		}
		peer_pts(&w.l, NULL, m);
		run(&w, OTHER_PTS, 0, out);
		for (int i = 0; i < W; i++)
			good[OTHER_PTS] = good[OTHER_PTS] && just_below(m[i], out[i], (uint64_t)1 << 32);
		peer_ca(&w.l, PEER_SAME, PEER_PAIRS, m);
		run(&w, OTHER_DG, 0, out);
		for (int i = 0; i < W; i++)
			good[OTHER_DG] = good[OTHER_DG] && just_below(m[i], out[i], 1735722879);
		peer_ca(&w.l, PEER_DELTA_REST, PEER_PAIRS, m);
		run(&w, OTHER_CA, 0, out);
		for (int i = 0; i < W; i++)
			good[OTHER_CA] = good[OTHER_CA] && just_below(m[i], out[i], 1735722879);
		peer_dmi_all(&w.l, w.half, m);
		run(&w, OTHER_DMI, 1 << 20, out);
		for (int i = 0; i < W; i++) {
			double off = m[i].value * 0x1p52 - (double)out[i].measure;
			good[OTHER_DMI] = good[OTHER_DMI] && off >= 0 && off < 1 && !!m[i].why == !!out[i].why &&
				out[i].score_bp == as_bp(out[i].measure, (uint64_t)1 << 40);
		}
		labels_release(&w.l);
	}
	for (int k = OTHER_GATE_CA; k < OTHER_BTS; k++)
		ok(good[k], "%s by its definition", other_name((enum other_rule)k));
}

/* ---- by hand ------------------------------------------------------------------------------- */

static void by_hand(void)
{
	struct world w = { .off = { 0 } };
	struct other_score out[3];
	struct other_policy p = OTHER_POLICY_DEFAULT;
	struct other_input in = { &w.l, w.counts, w.gold, w.half, &w.f };

	labels_add(&w.l, 0, 0, 0), labels_add(&w.l, 0, 1, 0), labels_add(&w.l, 0, 2, 1);
	labels_group(&w.l, 0);
	run(&w, OTHER_FLAT, 0, out);
	ok(out[0].score_bp == 10000 && out[0].bonus_bp == 10000 && !out[0].why, "flat");
	/* task 0: a a b.  Of the others' votes: for the a's one a, one b; for b two a's */
	run(&w, OTHER_CONSENSUS, 0, out);
	ok(out[0].why && out[1].why && out[2].n == 1 && out[2].measure == 0 && !out[2].why && !out[2].score_bp,
	   "consensus");
	w.counts[0] = (struct other_counts){ .verified = 3, .rejected = 2 };      /* 6000 */
	w.counts[1] = (struct other_counts){ .verified = 5999, .rejected = 4001 };
	p.rule = OTHER_THRESHOLD;
	other_scores(&p, &in, 1, out);
	ok(out[0].score_bp == 10000 && out[1].score_bp == 0 && !out[1].why && out[2].score_bp == 0 && out[2].why,
	   "threshold");
	p.threshold_bp = 0;
	other_scores(&p, &in, 1, out);
	ok(out[1].score_bp == 10000 && out[2].score_bp == 0, "nothing decided is not enough for a threshold of 0");
	/* Wilson: scoring's table of known values, t/4000-score.t has more */
	w.counts[0] = (struct other_counts){ .gold_hits = 16, .gold_trials = 20 };
	w.counts[1] = (struct other_counts){ .gold_hits = 95, .gold_trials = 100 };
	run(&w, OTHER_GOLD, 0, out);
	ok(out[0].score_bp == 6216 && out[1].score_bp == 9008 && out[0].bonus_bp == 10000 && out[2].score_bp == 0 &&
	   out[2].why, "gold");
	/* CA1 of worker 0: with 1 it agrees on the one task, 1 - 1; with 2 it does not, 0 - 0 */
	run(&w, OTHER_GATE_CA, 0, out);
	ok(out[0].score_bp == 6216 && out[0].measure == 0 && out[0].bonus_bp == 0 && out[0].n == 1 && !out[0].why,
	   "gate-ca");
	w.gold[0] = true;
	run(&w, OTHER_GATE_CA, 0, out);
	ok(out[0].n == 0 && out[0].bonus_bp == 0 && out[0].why, "gate-ca leaves tasks with gold out");
	labels_release(&w.l);
	/* RPTS: 0 says a b, 1 says a b, 2 says a a: of the other four labels of 0 three are a and one is b.  On task 0
	 * both agree, (2/2) / (3/4) - 1 = 1/3; on task 1 one of two, (1/2) / (1/4) - 1 = 1; mean 2/3 */
	memset(&w.l, 0, sizeof w.l);
	labels_add(&w.l, 0, 0, 0), labels_add(&w.l, 0, 1, 0), labels_add(&w.l, 0, 2, 0);
	labels_add(&w.l, 1, 0, 1), labels_add(&w.l, 1, 1, 1), labels_add(&w.l, 1, 2, 0);
	labels_group(&w.l, 0);
	run(&w, OTHER_PTS, 0, out);
	/* floor of each term, then of the mean: (1431655765 + 4294967296) / 2 */
	ok(out[0].measure == 2863311530 && out[0].score_bp == 6666 && out[0].n == 2, "RPTS");
	labels_release(&w.l);
}

/* two say yes, one says no, and all expect half: yes is more common than expected */
static void bts_by_hand(void)
{
	struct world w = { .off = { 0 } };
	struct other_score out[4];

	labels_add(&w.l, 0, 0, 1), labels_add(&w.l, 0, 1, 1), labels_add(&w.l, 0, 2, 0), labels_add(&w.l, 0, 3, 0);
	labels_add(&w.l, 1, 0, 1);
	labels_group(&w.l, 0);
	for (uint32_t i = 0; i < 3; i++) {
		w.cell[2 * i] = (struct other_forecast){ 1, 0.5 };
		w.cell[2 * i + 1] = (struct other_forecast){ 0, 0.5 };
		w.off[i + 1] = 2 * i + 2;
	}
	w.off[4] = 6;                     /* the fourth expects nothing and counts nothing */
	w.cell[6] = (struct other_forecast){ 1, 1 };
	w.off[5] = 7;                     /* alone on task 1 */
	run(&w, OTHER_BTS, 0, out);
	double x = 2 / 3., prediction = x * m_log(0.5 / x) + (1 - x) * m_log(0.5 / (1 - x));
	double yes = m_log(x / 0.5) + prediction, no = m_log((1 - x) / 0.5) + prediction;
	ok(near((double)out[0].measure, yes * 0x1p32 - 0.5, 1e-9) &&
	   near((double)out[2].measure, no * 0x1p32 - 0.5, 1e-9) &&
	   out[0].n == 1 && out[0].score_bp == (uint32_t)(5000 + 5000 * yes) && out[0].score_bp > 5000 &&
		out[2].score_bp < 5000,
	   "BTS: who is more common than expected");
	ok(out[3].why && out[3].n == 0 && out[3].score_bp == 0, "who expects nothing has no BTS");
	labels_release(&w.l);
}

/* ---- laws and ends -------------------------------------------------------------------------- */

static bool same(struct other_score a, struct other_score b)
{
	return a.score_bp == b.score_bp && a.bonus_bp == b.bonus_bp && a.measure == b.measure && a.n == b.n &&
		a.why == b.why;
}

/* tasks, workers and classes numbered otherwise (not the classes of dmi), and another number of threads */
static void law_order(void)
{
	bool good = true;
	struct rng r;

	rng_seed(&r, 22);
	for (int round = 0; round < 60; round++) {
		int x[T][W], y[T][W];
		uint32_t task[T], worker[W], class[K];
		struct world a, b;
		struct other_score p[W], q[W];
		draw(&r, x);
		for (uint32_t i = 0; i < T; i++)
			task[i] = i;
		for (uint32_t i = 0; i < W; i++)
			worker[i] = i;
		for (uint32_t i = 0; i < K; i++)
			class[i] = i;
		shuffle(&r, task, T, sizeof *task);
		shuffle(&r, worker, W, sizeof *worker);
		shuffle(&r, class, K, sizeof *class);
		for (int rule = OTHER_GATE_CA; rule < OTHER_BTS; rule++) {
			struct other_policy policy = { .rule = (enum other_rule)rule, .z2_micro = REWARD_Z2_95 };
			for (int t = 0; t < T; t++)
				for (int w = 0; w < W; w++)
					y[task[t]][worker[w]] = x[t][w] < 0 ? -1 :
						rule == OTHER_DMI ? x[t][w] : (int)class[x[t][w]];
			fill(&a, x);
			fill(&b, y);
			for (int t = 0; t < T; t++) {
				b.gold[task[t]] = a.gold[t] = t % 5 == 0;
				b.half[task[t]] = a.half[t] = t & 1;
			}
			for (uint32_t w = 0; w < W; w++)
				b.counts[worker[w]] = a.counts[w] =
					(struct other_counts){ .gold_hits = w, .gold_trials = w + 1 };
			other_scores(&policy, &(struct other_input){ &a.l, a.counts, a.gold, a.half, NULL }, 1, p);
			other_scores(&policy, &(struct other_input){ &b.l, b.counts, b.gold, b.half, NULL }, 3, q);
			for (int w = 0; w < W; w++)
				good = good && same(p[w], q[worker[w]]);
			labels_release(&a.l);
			labels_release(&b.l);
		}
	}
	ok(good, "no numbering, no number of threads changes a bit");
}

static void ends(void)
{
	struct world w = { .off = { 0 } };
	struct other_score out[2];
	bool named = other_find("flat", 4) == OTHER_FLAT && other_find("", 0) == N_OTHER &&
		other_find("flat ", 5) == N_OTHER;

	for (int k = 0; k < N_OTHER; k++)
		named = named && (int)other_find(other_name((enum other_rule)k),
			strlen(other_name((enum other_rule)k))) == k;
	ok(named, "names");
	labels_add(&w.l, 0, 0, 0), labels_add(&w.l, 1, 1, 0);
	labels_group(&w.l, 0);
	for (int k = OTHER_THRESHOLD; k < N_OTHER; k++) {
		run(&w, (enum other_rule)k, 0, out);
		ok(out[0].why && out[1].why && !out[0].score_bp && (k != OTHER_GATE_CA || !out[0].bonus_bp) &&
		   !out[0].n,
		   "%s with nobody to compare with", other_name((enum other_rule)k));
	}
	labels_release(&w.l);
	memset(&w.l, 0, sizeof w.l);
	labels_add(&w.l, 0, 0, 0), labels_add(&w.l, 0, 1, 4999);
	labels_group(&w.l, 0);
	run(&w, OTHER_CA, 0, out);
	ok(out[0].why && !out[0].score_bp, "too many classes for CA");
	run(&w, OTHER_DMI, 0, out);
	ok(out[0].why && !out[0].score_bp, "and for DMI");
	run(&w, OTHER_GATE_CA, 0, out);
	ok(out[0].n == 1, "not for gate-ca");
	labels_release(&w.l);
	memset(&w.l, 0, sizeof w.l);
	labels_group(&w.l, 0);
	for (int k = 0; k < N_OTHER; k++)
		run(&w, (enum other_rule)k, 0, out);
	ok(true, "no labels at all");
	labels_release(&w.l);
}

int main(void)
{
	definitions();
	by_hand();
	bts_by_hand();
	law_order();
	ends();
	shared_small();
	shared_bts();
	return done();
}
