#include "agree/hedge.h"

#include <stdlib.h>
#include <string.h>

#include "agree/cells.h"
#include "agree/mv.h"
#include "agree/recal.h"
#include "agree/sparse.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/sum.h"

static const double worth = 0.01;          /* nats a label */
static const double prior_tasks = 10;      /* what the evidence without gold weighs, in gold tasks */

/* ---- one-coin ---------------------------------------------------------------------- */

struct coin {
	const struct labels *l;
	const struct agree_opt *o;
	size_t K;
	double *q, *s, *x;    /* posteriors, accuracies, log odds that a label adds */
	double *moved;        /* by block of tasks */
	bool damped;          /* the last E step: what is reported */
};

static void coin_worker(struct coin *k, size_t w)
{
	const struct labels *l = k->l;
	size_t K = k->K;
	double right = 4, n = 4 + (double)cells_least(K - 1, 4) + (double)(l->w_off[w + 1] - l->w_off[w]);

	for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
		right += k->q[(size_t)l->w_task[i] * K + l->w_value[i]];
	for (size_t i = 0; k->o->counts && i < K * K; i++) {
		double c = k->o->counts[w * K * K + i];
		n += c;
		right += i / K == i % K ? c : 0;
	}
	double s = right / n;
	s = s < 1e-6 ? 1e-6 : s > 1 - 1e-6 ? 1 - 1e-6 : s;
	k->s[w] = s;
	k->x[w] = m_log(s) - m_log((1 - s) / (double)(K - 1));
}

static void coin_workers(void *ctx, size_t block)
{
	struct coin *k = ctx;
	size_t end = cells_least((block + 1) * CELLS_WORKERS, k->l->n_workers);

	for (size_t w = block * CELLS_WORKERS; w < end; w++)
		coin_worker(k, w);
}

/* the posterior of task t into row */
static void coin_task(const struct coin *k, size_t t, double *row)
{
	const struct labels *l = k->l;
	size_t K = k->K, n = l->t_off[t + 1] - l->t_off[t];
	uint32_t gold = k->o->gold ? k->o->gold[t] : AGREE_NO_GOLD;
	double by = k->damped && n > 1 ? 1.0 / (1.0 + HDS_RHO_OUT * (double)(n - 1)) : 1.0;

	memset(row, 0, K * sizeof *row);
	if (gold != AGREE_NO_GOLD) {
		row[gold] = 1;
		return;
	}
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		row[l->t_value[i]] += by * k->x[l->t_worker[i]];
	cells_softmax(row, 1, K, NULL);
}

static void coin_tasks(void *ctx, size_t block)
{
	struct coin *k = ctx;
	size_t K = k->K, end = cells_least((block + 1) * CELLS_TASKS, k->l->n_tasks);
	double *row = mem_alloc(K, sizeof *row), most = 0;

	for (size_t t = block * CELLS_TASKS; t < end; t++) {
		coin_task(k, t, row);
		for (size_t c = 0; c < K; c++) {
			double d = row[c] - k->q[t * K + c];
			d = d < 0 ? -d : d;
			most = d > most ? d : most;
			k->q[t * K + c] = row[c];
		}
	}
	k->moved[block] = most;
	free(row);
}

/* damped posteriors into q, accuracies into s (n_workers); returns the iterations, and
 * whether it settled */
static unsigned onecoin(const struct labels *l, const struct agree_opt *o, double *q, double *s, bool *settled)
{
	size_t K = l->n_classes, blocks = cells_blocks(l->n_tasks, CELLS_TASKS);
	struct coin k = { .l = l, .o = o, .K = K, .q = q, .s = s };
	unsigned n = 0;

	k.x = mem_alloc(l->n_workers, sizeof *k.x);
	k.moved = mem_alloc(blocks, sizeof *k.moved);
	mv_shares(l, o->threads, q);
	for (size_t t = 0; o->gold && t < l->n_tasks; t++)
		for (size_t c = 0; o->gold[t] != AGREE_NO_GOLD && c < K; c++)
			q[t * K + c] = c == o->gold[t];
	for (*settled = false; n < 100 && !*settled; n++) {
		par_for(o->threads, cells_blocks(l->n_workers, CELLS_WORKERS), coin_workers, &k);
		par_for(o->threads, blocks, coin_tasks, &k);
		*settled = true;
		for (size_t b = 0; b < blocks; b++)
			*settled = *settled && k.moved[b] < 1e-5;
	}
	k.damped = true;
	par_for(o->threads, blocks, coin_tasks, &k);
	free(k.x);
	free(k.moved);
	return n;
}

/* ---- evidence ---------------------------------------------------------------------- */

static double within(double x, double low, double high)
{
	return x < low ? low : x > high ? high : x;
}

/* worker w's part of the effect, times N; his counts by class added to n, the right ones to hit */
static double worker_effect(const double *count, const double *e, size_t K, double *n, double *hit)
{
	double all = 0, a = 0, kl = 0;

	for (size_t c = 0; c < K; c++) {
		double n_c = 0;
		for (size_t l = 0; l < K; l++)
			n_c += count[l * K + c];
		n[c] += n_c;
		hit[c] += count[c * K + c];
		all += n_c;
		a += n_c * e[c * K + c];
	}
	if (!(all > 0))
		return 0;
	a = within(a / all, 1e-6, 1 - 1e-6);
	for (size_t c = 0; c < K; c++) {
		double n_c = 0, r = within(e[c * K + c], 1e-6, 1 - 1e-6);
		for (size_t l = 0; l < K; l++)
			n_c += count[l * K + c];
		kl += n_c * (r * m_log(r / a) + (1 - r) * m_log((1 - r) / (1 - a)));
	}
	return kl;
}

static double crowd_effect(const double *n, const double *hit, size_t K)
{
	double all = 0, a = 0, s = 0;

	for (size_t c = 0; c < K; c++) {
		all += n[c];
		a += hit[c];
	}
	a = all > 0 ? within(a / all, 0.01, 0.99) : 0.5;
	for (size_t c = 0; c < K; c++) {
		double r = (hit[c] + 0.5) / (n[c] + 1);
		s += hit[c] * m_log(r / a) + (n[c] - hit[c]) * m_log((1 - r) / (1 - a));
	}
	return all > 0 && s > 0 ? s / all : 0;
}

/* effect, shared, share and weight_prior from the undamped posteriors of hds */
static void evidence(const struct labels *l, unsigned threads, const struct agree_fit *hds, struct agree_auto_why *why)
{
	size_t K = l->n_classes;
	double *count = mem_alloc(l->n_workers * K * K, sizeof *count), *n = mem_zalloc(2 * K, sizeof *n);
	struct cells x;
	struct sum effect = { 0 };

	cells_init(&x, l, K, threads);
	cells_count(&x, hds->q, count);
	cells_release(&x);
	for (size_t w = 0; w < l->n_workers; w++)
		sum_add(&effect, worker_effect(count + w * K * K, hds->e + w * K * K, K, n, n + K));
	why->effect = l->n ? sum_value(&effect) / (double)l->n : 0;
	why->shared = crowd_effect(n, n + K, K);
	why->share = why->shared / ((why->effect > why->shared ? why->effect : why->shared) + worth);
	why->weight_prior = within((why->share - 0.25) / 0.5, 0, 1);
	free(count);
	free(n);
}

/* ---- gold -------------------------------------------------------------------------- */

static bool judges(const struct labels *l, const uint32_t *gold, size_t t)
{
	return gold && gold[t] != AGREE_NO_GOLD && l->t_off[t] < l->t_off[t + 1];
}

/* weight by stacking: EM for the weight of a mixture of two, a concave problem */
static void stack(const struct labels *l, const uint32_t *gold, const double *hds, const double *coin,
                  struct agree_auto_why *why)
{
	size_t K = l->n_classes;
	double n = (double)why->n_gold, w = 0.5;

	for (unsigned i = 0; i < 500; i++) {
		struct sum mine = { 0 };
		for (size_t t = 0; t < l->n_tasks; t++) {
			if (!judges(l, gold, t))
				continue;
			double h = hds[t * K + gold[t]] + 1e-6, o = coin[t * K + gold[t]] + 1e-6;
			sum_add(&mine, w * o / (w * o + (1 - w) * h));
		}
		double next = (sum_value(&mine) + prior_tasks * why->weight_prior) / (n + prior_tasks);
		bool still = next - w < 1e-9 && w - next < 1e-9;
		w = next;
		if (still)
			break;
	}
	why->weight = w;
	for (size_t t = 0; t < l->n_tasks; t++)
		if (judges(l, gold, t)) {
			why->gold_hds -= m_log(hds[t * K + gold[t]] + 1e-300) / n;
			why->gold_onecoin -= m_log(coin[t * K + gold[t]] + 1e-300) / n;
		}
}

/* q = the mixture, except where gold is */
static void mix(const struct labels *l, const uint32_t *gold, double w, const double *coin, double *q)
{
	size_t K = l->n_classes;

	for (size_t t = 0; w > 0 && t < l->n_tasks; t++)
		for (size_t c = 0; (!gold || gold[t] == AGREE_NO_GOLD) && c < K; c++)
			q[t * K + c] = (1 - w) * q[t * K + c] + w * coin[t * K + c];
}

/* the correction that gold with labels asks of the mixture, which has not seen it */
static void learn(const struct labels *l, const uint32_t *gold, const double *q, struct recal *r,
                  struct agree_auto_why *why)
{
	uint32_t *use = mem_alloc(l->n_tasks, sizeof *use);

	for (size_t t = 0; t < l->n_tasks; t++)
		use[t] = judges(l, gold, t) ? gold[t] : AGREE_NO_GOLD;
	recal_fit(r, q, l->n_tasks, l->n_classes, use);
	why->power = r->power;
	for (size_t c = 0; c < l->n_classes; c++) {
		double b = r->bias[c] < 0 ? -r->bias[c] : r->bias[c];
		why->most_bias = b > why->most_bias ? b : why->most_bias;
	}
	free(use);
}

/* the weight: from a fit without gold, judged on the gold where there is some.
 * *out is that fit, damped; *coin its one-coin posteriors if they were needed, else untouched. */
static void weigh(const struct labels *l, const struct agree_opt *o, struct agree_fit *out, double *coin, double *s,
                  struct agree_auto_why *why)
{
	struct agree_opt blind = *o;
	bool settled;

	blind.gold = NULL;
	agree_hds_raw(l, &blind, out);
	evidence(l, o->threads, out, why);
	agree_damp(l, NULL, HDS_RHO, HDS_RHO_OUT, o->threads, out->q);
	why->weight = why->weight_prior;
	if (why->n_gold || why->weight > 0)
		onecoin(l, &blind, coin, s, &settled);
	if (why->n_gold)
		stack(l, o->gold, out->q, coin, why);
}

/* ---- the whole --------------------------------------------------------------------- */

/* the counts of earlier days without their zeros */
static struct sparse_cells earlier_cells(const struct labels *l, const double *counts)
{
	size_t K = l->n_classes, size = l->n_workers * K * K, n = 0;
	struct sparse_cells s = { .off = mem_alloc(l->n_workers + 1, sizeof *s.off) };

	for (size_t i = 0; i < size; i++)
		n += counts[i] > 0;
	s.cell = mem_alloc(n, sizeof *s.cell);
	n = 0;
	for (size_t i = 0; i < size; i++) {
		if (i % (K * K) == 0)
			s.off[i / (K * K)] = n;
		if (counts[i] > 0)
			s.cell[n++] = (struct sparse_cell){ (uint32_t)(i / K % K), (uint32_t)(i % K), counts[i] };
	}
	s.off[l->n_workers] = n;
	return s;
}

/* no confusion matrices: agree/sparse.h, in the shape of the dense methods */
static void without_matrices(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	struct agree_opt plain = *o;
	struct sparse_cells earlier = { 0 };
	struct sparse_fit f;

	plain.counts = plain.class_counts = NULL;
	if (o->counts)
		earlier = earlier_cells(l, o->counts);
	sparse_auto(l, &plain, o->counts ? &earlier : NULL, &f);
	agree_fit_init(l, out);
	for (size_t t = 0; t < l->n_tasks; t++) {
		double *row = out->q + t * l->n_classes;
		for (size_t k = f.off[t]; k < f.off[t + 1]; k++)
			row[f.class[k]] = f.q[k];
		for (size_t c = 0; f.off[t] == f.off[t + 1] && c < l->n_classes; c++)
			row[c] = f.prior[c];
	}
	if (l->n_workers)
		memcpy(out->skill, f.skill, l->n_workers * sizeof *out->skill);
	out->prior = f.prior;
	f.prior = NULL;
	out->n_iter = f.n_iter;
	out->converged = f.converged;
	sparse_release(&f);
	sparse_cells_release(&earlier);
}

bool agree_auto_big(const struct labels *l)
{
	size_t K = l->n_classes, size;

	return __builtin_mul_overflow(l->n_workers * K, K, &size) || size > AUTO_MOST_CELLS ||
	       __builtin_mul_overflow(l->n_tasks, K, &size) || size > AUTO_MOST_POSTERIORS;
}

void agree_auto_explain(const struct labels *l, const struct agree_opt *o, struct agree_fit *out,
                        struct agree_auto_why *why)
{
	size_t K = l->n_classes, T = l->n_tasks;
	bool any_gold = false, settled;

	*why = (struct agree_auto_why){ .power = 1 };
	if (K < 2) {
		agree_hds(l, o, out);
		return;
	}
	if (agree_auto_big(l)) {
		why->too_big = true;
		why->weight = why->weight_prior = 1;
		without_matrices(l, o, out);
		return;
	}
	for (size_t t = 0; t < T; t++) {
		why->n_gold += judges(l, o->gold, t);
		any_gold = any_gold || (o->gold && o->gold[t] != AGREE_NO_GOLD);
	}
	double *coin = mem_alloc(T * K, sizeof *coin), *s = mem_alloc(l->n_workers, sizeof *s);
	struct recal r = { .bias = NULL };
	weigh(l, o, out, coin, s, why);
	if (why->n_gold) {
		mix(l, NULL, why->weight, coin, out->q);
		learn(l, o->gold, out->q, &r, why);
	}
	if (any_gold) {
		agree_fit_release(out);
		agree_hds(l, o, out);
		if (why->weight > 0)
			onecoin(l, o, coin, s, &settled);
	}
	mix(l, o->gold, why->weight, coin, out->q);
	for (size_t t = 0; why->n_gold && t < T; t++)
		if (o->gold[t] == AGREE_NO_GOLD)
			recal_apply(&r, out->q + t * K);
	recal_release(&r);
	free(coin);
	free(s);
}

void agree_auto(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	struct agree_auto_why why;

	agree_auto_explain(l, o, out, o->why ? o->why : &why);
}
