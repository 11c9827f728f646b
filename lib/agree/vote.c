#include "agree/vote.h"

#include <stdlib.h>
#include <string.h>

#include "agree/mv.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"

enum { TASKS = 2048, WORKERS = 64 };    /* a job */

static const double tie_width = 1e-10;

struct vote {
	const struct labels *l;
	const double *weight;
	const uint32_t *gold;
	double *q, *agree;
	double softness;
	enum vote_tie tie;
};

static void each_tasks(struct vote *v, unsigned threads, void (*job)(void *ctx, size_t i))
{
	par_for(threads, (v->l->n_tasks + TASKS - 1) / TASKS, job, v);
}

static size_t tasks_end(const struct labels *l, size_t job)
{
	return (job + 1) * TASKS < l->n_tasks ? (job + 1) * TASKS : l->n_tasks;
}

/* ---- the steps ------------------------------------------------------------------- */

static void scores_job(void *ctx, size_t job)
{
	struct vote *v = ctx;
	const struct labels *l = v->l;
	size_t K = l->n_classes, end = tasks_end(l, job);

	for (size_t t = job * TASKS; t < end; t++) {
		double *row = v->q + t * K;
		memset(row, 0, K * sizeof *row);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			row[l->t_value[i]] += v->weight ? v->weight[l->t_worker[i]] : 1;
	}
}

void vote_scores(const struct labels *l, const double *weight, unsigned threads, double *q)
{
	each_tasks(&(struct vote){ .l = l, .weight = weight, .q = q }, threads, scores_job);
}

static void set_gold(double *row, size_t K, uint32_t gold)
{
	memset(row, 0, K * sizeof *row);
	row[gold] = 1;
}

static void decide_row(double *row, size_t K, enum vote_tie tie)
{
	double most = row[0], scale = 0, m = 0;

	for (size_t c = 0; c < K; c++) {
		double size = row[c] < 0 ? -row[c] : row[c];
		most = row[c] > most ? row[c] : most;
		scale = size > scale ? size : scale;
	}
	double least = tie == VOTE_SHARE ? most - tie_width * scale : most;
	for (size_t c = 0; c < K; c++) {
		row[c] = row[c] >= least && (tie == VOTE_SHARE || m == 0);
		m += row[c];
	}
	for (size_t c = 0; m > 1 && c < K; c++)
		row[c] /= m;
}

static void decide_job(void *ctx, size_t job)
{
	struct vote *v = ctx;
	const struct labels *l = v->l;
	size_t K = l->n_classes, end = tasks_end(l, job);

	for (size_t t = job * TASKS; t < end; t++) {
		if (v->gold && v->gold[t] != AGREE_NO_GOLD)
			set_gold(v->q + t * K, K, v->gold[t]);
		else if (l->t_off[t] < l->t_off[t + 1])
			decide_row(v->q + t * K, K, v->tie);
	}
}

void vote_decide(const struct labels *l, enum vote_tie tie, const uint32_t *gold, unsigned threads, double *q)
{
	each_tasks(&(struct vote){ .l = l, .tie = tie, .gold = gold, .q = q }, threads, decide_job);
}

static void agree_job(void *ctx, size_t job)
{
	struct vote *v = ctx;
	const struct labels *l = v->l;
	size_t K = l->n_classes, end = (job + 1) * WORKERS < l->n_workers ? (job + 1) * WORKERS : l->n_workers;

	for (size_t w = job * WORKERS; w < end; w++) {
		size_t n = l->w_off[w + 1] - l->w_off[w];
		double s = 0;
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
			s += v->q[(size_t)l->w_task[i] * K + l->w_value[i]];
		v->agree[w] = n ? s / (double)n : 0;
	}
}

void vote_agreement(const struct labels *l, const double *decision, unsigned threads, double *agree)
{
	struct vote v = { .l = l, .q = (double *)(uintptr_t)decision, .agree = agree };

	par_for(threads, (l->n_workers + WORKERS - 1) / WORKERS, agree_job, &v);
}

static void softmax_row(double *row, size_t K, double softness)
{
	double most = row[0], s = 0;

	for (size_t c = 1; c < K; c++)
		most = row[c] > most ? row[c] : most;
	for (size_t c = 0; c < K; c++)
		s += row[c] = m_exp(softness * (row[c] - most));
	for (size_t c = 0; c < K; c++)
		row[c] /= s;
}

static void finish_job(void *ctx, size_t job)
{
	struct vote *v = ctx;
	const struct labels *l = v->l;
	size_t K = l->n_classes, end = tasks_end(l, job);

	for (size_t t = job * TASKS; t < end; t++) {
		double *row = v->q + t * K, s = 0;
		if (v->gold && v->gold[t] != AGREE_NO_GOLD) {
			set_gold(row, K, v->gold[t]);
			continue;
		}
		if (l->t_off[t] == l->t_off[t + 1])
			continue;
		if (v->softness > 0) {
			softmax_row(row, K, v->softness);
			continue;
		}
		for (size_t c = 0; c < K; c++)
			s += row[c];
		for (size_t c = 0; c < K; c++)
			row[c] /= s;
	}
}

void vote_finish(const struct labels *l, double softness, const uint32_t *gold, unsigned threads, double *q)
{
	each_tasks(&(struct vote){ .l = l, .softness = softness, .gold = gold, .q = q }, threads, finish_job);
}

/* ---- the rounds ------------------------------------------------------------------ */

/* the largest change against the largest weight; old becomes new */
static double moved(const double *weight, double *old, size_t n)
{
	double most = 0, scale = 0;

	for (size_t w = 0; w < n; w++) {
		double d = weight[w] - old[w], a = weight[w];
		d = d < 0 ? -d : d;
		a = a < 0 ? -a : a;
		most = d > most ? d : most;
		scale = a > scale ? a : scale;
		old[w] = weight[w];
	}
	return scale > 0 ? most / scale : most;
}

void vote_run(const struct vote_model *m, const struct labels *l, const struct agree_opt *o,
              struct agree_fit *out, double *weight)
{
	unsigned max_iter = o->max_iter ? o->max_iter : m->max_iter;
	double tol = o->tol != 0 ? o->tol : m->tol;
	double *own = weight ? NULL : mem_alloc(l->n_workers, sizeof *own);
	double *w = weight ? weight : own, *old = mem_alloc(l->n_workers, sizeof *old);

	BUG_ON(!l->t_off);
	agree_fit_init(l, out);
	for (size_t i = 0; i < l->n_workers; i++)
		w[i] = old[i] = 1;
	while (!out->converged && out->n_iter < max_iter) {
		vote_scores(l, w, o->threads, out->q);
		vote_decide(l, m->tie, o->gold, o->threads, out->q);
		vote_agreement(l, out->q, o->threads, out->skill);
		m->weigh(l, out->skill, w, ++out->n_iter);
		out->converged = moved(w, old, l->n_workers) <= tol;
	}
	vote_scores(l, w, o->threads, out->q);
	vote_finish(l, m->softness, o->gold, o->threads, out->q);
	free(own);
	free(old);
}

uint32_t *vote_edges(const struct labels *l)
{
	uint32_t *edge = mem_alloc(l->n, sizeof *edge), *next = mem_alloc(l->n_workers, sizeof *next);

	/* the labels of a worker are in order of the task */
	memcpy(next, l->w_off, l->n_workers * sizeof *next);
	for (uint32_t i = 0; i < l->n; i++)
		edge[next[l->t_worker[i]]++] = i;
	free(next);
	return edge;
}
