#include "agree/sparse-em.h"

#include <stdlib.h>
#include <string.h>

#include "agree/em.h"
#include "agree/hedge.h"
#include "agree/methods.h"
#include "agree/mv.h"
#include "agree/onecoin.h"
#include "agree/dsmap.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/sum.h"

static const double log_zero = -1e4;    /* exp of it is exactly 0 */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t blocks_of(size_t n, size_t size)
{
	return (n + size - 1) / size;
}

static uint32_t gold_of(const struct agree_opt *o, size_t t)
{
	return o->gold ? o->gold[t] : AGREE_NO_GOLD;
}

static bool has_labels(const struct labels *l, size_t t)
{
	return l->t_off[t] < l->t_off[t + 1];
}

/* ---- candidates ---------------------------------------------------------------- */

struct naming {
	struct sparse_em *em;
	uint64_t *key;          /* by label, task-major: class << 32 | place in the task; sorted within a task */
};

static int by_key(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* the keys are distinct, so any sort gives the same */
static void sort_keys(uint64_t *key, size_t n)
{
	if (n > 24) {
		qsort(key, n, sizeof *key, by_key);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint64_t x = key[i];
		size_t k = i;
		for (; k > 0 && key[k - 1] > x; k--)
			key[k] = key[k - 1];
		key[k] = x;
	}
}

/* labels from key[i] on that name the same class */
static size_t votes_at(const uint64_t *key, size_t i, size_t n)
{
	size_t same = 1;

	while (i + same < n && key[i + same] >> 32 == key[i] >> 32)
		same++;
	return same;
}

/* Of n sorted keys, the classes that make the best `most` candidates: most votes, then first.  Into
 * keep, ascending; n_keep of them. */
static size_t choose(const uint64_t *key, size_t n, size_t most, uint32_t *keep)
{
	uint64_t *rank = mem_alloc(n, sizeof *rank);
	size_t d = 0;

	for (size_t i = 0, votes; i < n; i += votes) {
		votes = votes_at(key, i, n);
		rank[d++] = (UINT32_MAX - (uint64_t)votes) << 32 | key[i] >> 32;
	}
	sort_keys(rank, d);
	d = least(d, most);
	for (size_t k = 0; k < d; k++)
		rank[k] &= UINT32_MAX;
	sort_keys(rank, d);
	for (size_t k = 0; k < d; k++)
		keep[k] = (uint32_t)rank[k];
	free(rank);
	return d;
}

/* Candidates of task t in order, into class (NULL = only count them); returns how many. */
static size_t candidates(const struct naming *s, size_t t, uint32_t *class)
{
	const struct sparse_em *em = s->em;
	const struct labels *l = em->l;
	const uint64_t *key = s->key + l->t_off[t];
	size_t n = l->t_off[t + 1] - l->t_off[t], most = em->model->most, d = 0, made = 0;
	uint32_t gold = gold_of(em->o, t), keep[SPARSE_MOST];
	bool golden = gold == AGREE_NO_GOLD;

	for (size_t i = 0; i < n; i += votes_at(key, i, n))
		d++;
	bool all = !most || d <= most;
	if (!all)
		d = choose(key, n, most, keep);
	for (size_t k = 0, i = 0; k < d; k++) {
		uint32_t c = all ? (uint32_t)(key[i] >> 32) : keep[k];
		if (all)
			i += votes_at(key, i, n);
		if (!golden && gold <= c) {
			golden = true;
			if (gold < c) {
				if (class)
					class[made] = gold;
				made++;
			}
		}
		if (class)
			class[made] = c;
		made++;
	}
	if (!golden) {
		if (class)
			class[made] = gold;
		made++;
	}
	return made;
}

static void count_block(void *ctx, size_t b)
{
	const struct naming *s = ctx;
	const struct labels *l = s->em->l;
	size_t end = least((b + 1) * SPARSE_TASKS, l->n_tasks);

	for (size_t t = b * SPARSE_TASKS; t < end; t++) {
		size_t from = l->t_off[t], n = l->t_off[t + 1] - from;
		for (size_t i = 0; i < n; i++)
			s->key[from + i] = (uint64_t)l->t_value[from + i] << 32 | i;
		sort_keys(s->key + from, n);
		s->em->f->off[t + 1] = candidates(s, t, NULL);
	}
}

static void name_block(void *ctx, size_t b)
{
	const struct naming *s = ctx;
	struct sparse_em *em = s->em;
	struct sparse_fit *f = em->f;
	const struct labels *l = em->l;
	size_t end = least((b + 1) * SPARSE_TASKS, l->n_tasks);

	for (size_t t = b * SPARSE_TASKS; t < end; t++) {
		uint32_t *class = f->class + f->off[t];
		size_t from = l->t_off[t], n = l->t_off[t + 1] - from, d = candidates(s, t, class), k = 0;
		for (size_t i = 0; i < n; i++) {
			uint32_t c = (uint32_t)(s->key[from + i] >> 32), place = (uint32_t)s->key[from + i];
			while (k < d && class[k] < c)
				k++;
			em->at[from + place] = k < d && class[k] == c ? (uint32_t)k : SPARSE_NOT;
		}
	}
}

/* at worker-major, and with a matrix the place in the task: labels_group placed them in this order */
static void by_worker(struct sparse_em *em)
{
	const struct labels *l = em->l;
	uint32_t *next = mem_alloc(l->n_workers, sizeof *next);

	if (l->n_workers)
		memcpy(next, l->w_off, l->n_workers * sizeof *next);
	for (size_t t = 0; t < l->n_tasks; t++)
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
			uint32_t j = next[l->t_worker[i]]++;
			em->w_at[j] = em->at[i];
			if (em->w_rank)
				em->w_rank[j] = (uint32_t)(i - l->t_off[t]);
		}
	free(next);
}

static void name_candidates(struct sparse_em *em)
{
	const struct labels *l = em->l;
	struct sparse_fit *f = em->f;
	size_t blocks = blocks_of(l->n_tasks, SPARSE_TASKS);
	struct naming s = { em, mem_alloc(l->n, sizeof *s.key) };

	f->off = mem_alloc(l->n_tasks + 1, sizeof *f->off);
	f->off[0] = 0;
	par_for(em->o->threads, blocks, count_block, &s);
	for (size_t t = 0; t < l->n_tasks; t++)
		f->off[t + 1] += f->off[t];
	f->class = mem_alloc(f->off[l->n_tasks], sizeof *f->class);
	f->q = mem_zalloc(f->off[l->n_tasks], sizeof *f->q);
	em->at = mem_alloc(l->n, sizeof *em->at);
	par_for(em->o->threads, blocks, name_block, &s);
	free(s.key);
	em->w_at = mem_alloc(l->n, sizeof *em->w_at);
	em->w_rank = em->model->most ? mem_alloc(l->n, sizeof *em->w_rank) : NULL;
	by_worker(em);
}

/* ---- E step ------------------------------------------------------------------ */

/* where the gold of task t stands among its candidates */
static size_t gold_at(const struct sparse_em *em, size_t t)
{
	const struct sparse_fit *f = em->f;
	size_t k = f->off[t];

	while (f->class[k] != em->o->gold[t])
		k++;
	return k - f->off[t];
}

static void start_block(void *ctx, size_t b)
{
	struct sparse_em *em = ctx;
	const struct labels *l = em->l;
	size_t end = least((b + 1) * SPARSE_TASKS, l->n_tasks);

	for (size_t t = b * SPARSE_TASKS; t < end; t++) {
		double *q = em->f->q + em->f->off[t];
		size_t n = 0;
		for (size_t k = 0; k < em->f->off[t + 1] - em->f->off[t]; k++)
			q[k] = 0;
		if (gold_of(em->o, t) != AGREE_NO_GOLD) {
			q[gold_at(em, t)] = 1;
			continue;
		}
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			n += em->at[i] != SPARSE_NOT;
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			if (em->at[i] != SPARSE_NOT)
				q[em->at[i]] += 1;
		for (size_t k = 0; k < em->f->off[t + 1] - em->f->off[t]; k++)
			q[k] /= (double)n;
	}
}

/* log weights of task t, less their maximum, into x; returns its part of the log-likelihood */
static double log_row(const struct sparse_em *em, size_t t, double *x)
{
	size_t n = em->f->off[t + 1] - em->f->off[t];

	if (!n)
		return 0;
	double share = em->model->row(em, t, x), most = x[0];
	for (size_t k = 1; k < n; k++)
		most = x[k] > most ? x[k] : most;
	if (gold_of(em->o, t) != AGREE_NO_GOLD) {
		size_t g = gold_at(em, t);
		most = x[g];
		for (size_t k = 0; k < n; k++)
			x[k] = k == g ? 0 : log_zero;
	} else {
		for (size_t k = 0; k < n; k++)
			x[k] -= most;
	}
	return has_labels(em->l, t) ? most + share : 0;
}

static void e_block(void *ctx, size_t b)
{
	struct sparse_em *em = ctx;
	const size_t *off = em->f->off;
	size_t from = b * SPARSE_TASKS, end = least(from + SPARSE_TASKS, em->l->n_tasks), n = off[end] - off[from];
	double *x = mem_alloc(n, sizeof *x), *q = em->f->q + off[from];
	struct sum ll = { 0 }, moved = { 0 };

	for (size_t t = from; t < end; t++)
		sum_add(&ll, log_row(em, t, x + (off[t] - off[from])));
	m_exp_n(x, x, n);
	for (size_t t = from; t < end; t++) {
		size_t i = off[t] - off[from], last = off[t + 1] - off[from];
		struct sum s = { 0 };
		for (size_t k = i; k < last; k++)
			sum_add(&s, x[k]);
		double total = sum_value(&s);
		for (size_t k = i; k < last; k++) {
			double p = x[k] / total;
			sum_add(&moved, p < q[k] ? q[k] - p : p - q[k]);
			q[k] = p;
		}
		if (has_labels(em->l, t))
			sum_add(&ll, m_log(total));
	}
	em->ll[b] = sum_value(&ll);
	em->moved[b] = sum_value(&moved);
	free(x);
}

/* returns the log-likelihood; *moved is the probability that has moved, a task with labels */
static double e_step(struct sparse_em *em, double *moved)
{
	size_t blocks = blocks_of(em->l->n_tasks, SPARSE_TASKS);
	struct sum ll = { 0 }, change = { 0 };

	par_for(em->o->threads, blocks, e_block, em);
	for (size_t b = 0; b < blocks; b++) {
		sum_add(&ll, em->ll[b]);
		sum_add(&change, em->moved[b]);
	}
	*moved = 0.5 * sum_value(&change) / (em->n_used > 0 ? em->n_used : 1);
	return sum_value(&ll);
}

/* ---- M step ------------------------------------------------------------------ */

/* A few tables that are added up: how many depends on the data only. */
struct summing {
	const struct sparse_em *em;
	double *part;
	size_t n;
};

static void sum_part(void *ctx, size_t p)
{
	const struct summing *s = ctx;
	const struct sparse_em *em = s->em;
	const struct sparse_fit *f = em->f;
	size_t t = p * f->n_tasks / s->n, end = (p + 1) * f->n_tasks / s->n;
	double *sum = s->part + p * em->K;

	memset(sum, 0, em->K * sizeof *sum);
	for (; t < end; t++)
		for (size_t k = f->off[t]; has_labels(em->l, t) && k < f->off[t + 1]; k++)
			sum[f->class[k]] += f->q[k];
}

double *sparse_class_sums(const struct sparse_em *em)
{
	size_t K = em->K, parts = least(16, em->f->off[em->f->n_tasks] / (4 * K + 1));
	struct summing s = { em, NULL, parts ? parts : 1 };

	s.part = mem_alloc(s.n * K, sizeof *s.part);
	par_for(em->o->threads, s.n, sum_part, &s);
	for (size_t p = 1; p < s.n; p++)
		for (size_t c = 0; c < K; c++)
			s.part[c] += s.part[p * K + c];
	return mem_realloc(s.part, K, sizeof *s.part);
}

double sparse_ml_prior(struct sparse_em *em)
{
	double *sum = sparse_class_sums(em);

	for (size_t c = 0; c < em->K; c++) {
		double p = em->n_used > 0 ? sum[c] / em->n_used : 1.0 / (double)em->K;
		em->f->prior[c] = p;
		em->lp[c] = p > em_floor ? p : em_floor;
	}
	m_log_n(em->lp, em->lp, em->K);
	free(sum);
	return 0;
}

void sparse_right(const struct sparse_em *em, size_t w, double *right, double *n, double *before)
{
	const struct labels *l = em->l;
	const struct sparse_fit *f = em->f;
	double r = 0, r0 = 0, n0 = 0;

	for (size_t j = l->w_off[w]; j < l->w_off[w + 1]; j++)
		r += em->w_at[j] == SPARSE_NOT ? 0 : f->q[f->off[l->w_task[j]] + em->w_at[j]];
	for (size_t i = em->earlier ? em->earlier->off[w] : 0; em->earlier && i < em->earlier->off[w + 1]; i++) {
		const struct sparse_cell *c = em->earlier->cell + i;
		if (!(c->n > 0))
			continue;
		n0 += c->n;
		r0 += c->truth == c->label ? c->n : 0;
	}
	*right = r + r0;
	*n = (double)(l->w_off[w + 1] - l->w_off[w]) + n0;
	if (before) {
		before[0] = r0;
		before[1] = n0;
	}
}

static void worker_block(void *ctx, size_t b)
{
	struct sparse_em *em = ctx;
	size_t end = least((b + 1) * SPARSE_WORKERS, em->l->n_workers);
	struct sum penalty = { 0 };

	for (size_t w = b * SPARSE_WORKERS; w < end; w++)
		sum_add(&penalty, em->model->worker(em, w));
	em->penalty[b] = sum_value(&penalty);
}

static double m_step(struct sparse_em *em)
{
	size_t blocks = blocks_of(em->l->n_workers, SPARSE_WORKERS);
	struct sum penalty = { 0 };

	sum_add(&penalty, em->model->shared(em));
	par_for(em->o->threads, blocks, worker_block, em);
	for (size_t b = 0; b < blocks; b++)
		sum_add(&penalty, em->penalty[b]);
	return sum_value(&penalty);
}

/* ---- the whole ------------------------------------------------------------------ */

void sparse_iterate(struct sparse_em *em)
{
	const struct sparse_model *m = em->model;
	unsigned most = em->o->max_iter ? em->o->max_iter : m->max_iter, n = 0;
	double tol = em->o->tol != 0 ? em->o->tol : m->tol, enough = tol * (double)em->l->n, before = 0, moved;
	struct sparse_fit *f = em->f;

	par_for(em->o->threads, blocks_of(em->l->n_tasks, SPARSE_TASKS), start_block, em);
	do {
		agree_tick(em->o, n, most);
		double penalty = m_step(em);
		f->objective = e_step(em, &moved) + penalty;
		n++;
		if (m->by_change)
			f->converged = moved <= tol;
		else
			f->converged = tol >= 0 && n > 1 && f->objective - before <= enough;
		before = f->objective;
	} while (!f->converged && n < most);
	f->n_iter = n > f->n_iter ? n : f->n_iter;
}

void sparse_open(struct sparse_em *em, const struct sparse_model *m, const struct labels *l, const struct agree_opt *o,
                 const struct sparse_cells *earlier, struct sparse_fit *out)
{
	size_t K = l->n_classes, W = l->n_workers, blocks = blocks_of(l->n_tasks, SPARSE_TASKS);

	BUG_ON(!l->t_off || o->counts || o->class_counts);
	*em = (struct sparse_em){ .l = l, .o = o, .earlier = earlier, .model = m, .f = out, .K = K };
	*out = (struct sparse_fit){ .n_tasks = l->n_tasks, .n_workers = W, .n_classes = K };
	out->skill = mem_zalloc(W, sizeof *out->skill);
	out->prior = mem_zalloc(K, sizeof *out->prior);
	em->lp = mem_zalloc(K, sizeof *em->lp);
	em->x = mem_zalloc(W, sizeof *em->x);
	em->other = mem_zalloc(W, sizeof *em->other);
	em->ll = mem_alloc(blocks, sizeof *em->ll);
	em->moved = mem_alloc(blocks, sizeof *em->moved);
	em->penalty = mem_alloc(blocks_of(W, SPARSE_WORKERS), sizeof *em->penalty);
	for (size_t t = 0; t < l->n_tasks; t++)
		em->n_used += has_labels(l, t);
	name_candidates(em);
	if (m->most)
		sparse_matrix_init(em);
}

void sparse_close(struct sparse_em *em)
{
	sparse_matrix_release(&em->m);  /* before the counts are made: that lowers the peak */
	sparse_count(em);
	free(em->at);
	free(em->w_at);
	free(em->w_rank);
	free(em->lp);
	free(em->x);
	free(em->other);
	free(em->ll);
	free(em->moved);
	free(em->penalty);
}

void sparse_cells_release(struct sparse_cells *c)
{
	free(c->off);
	free(c->cell);
	*c = (struct sparse_cells){ 0 };
}

static bool comes_before(const struct sparse_cell *a, const struct sparse_cell *b)
{
	return a->truth != b->truth ? a->truth < b->truth : a->label < b->label;
}

void sparse_cells_add(struct sparse_cells *to, const struct sparse_cells *more, size_t n_workers)
{
	size_t n = 0, *off = mem_alloc(n_workers + 1, sizeof *off);
	struct sparse_cell *cell = mem_alloc(to->off[n_workers] + more->off[n_workers], sizeof *cell);

	for (size_t w = 0; w < n_workers; w++) {
		const struct sparse_cell *a = to->cell + to->off[w], *a_end = to->cell + to->off[w + 1];
		const struct sparse_cell *b = more->cell + more->off[w], *b_end = more->cell + more->off[w + 1];
		off[w] = n;
		while (a < a_end || b < b_end) {
			if (b == b_end || (a < a_end && comes_before(a, b))) {
				cell[n++] = *a++;
			} else if (a == a_end || comes_before(b, a)) {
				cell[n++] = *b++;
			} else {
				cell[n] = *a++;
				cell[n++].n += b++->n;
			}
		}
	}
	off[n_workers] = n;
	sparse_cells_release(to);
	*to = (struct sparse_cells){ off, cell };
}

void sparse_release(struct sparse_fit *f)
{
	free(f->off);
	free(f->class);
	free(f->q);
	free(f->skill);
	free(f->prior);
	sparse_cells_release(&f->counts);
	*f = (struct sparse_fit){ 0 };
}

sparse_fn *sparse_of(agree_fn *dense)
{
	return dense == agree_auto ? sparse_auto : dense == agree_ds ? sparse_ds :
	       dense == agree_dsmap ? sparse_dsmap : dense == agree_onecoin ? sparse_onecoin : NULL;
}

void sparse_argmax(const struct sparse_fit *f, uint32_t *winner, uint8_t *tie)
{
	for (size_t t = 0; t < f->n_tasks; t++) {
		size_t best = f->off[t];
		bool tied = false;
		for (size_t k = f->off[t] + 1; k < f->off[t + 1]; k++) {
			tied = f->q[k] > f->q[best] ? false : tied || f->q[k] == f->q[best];
			best = f->q[k] > f->q[best] ? k : best;
		}
		winner[t] = best < f->off[t + 1] ? f->class[best] : MV_NONE;
		if (tie)
			tie[t] = tied;
	}
}
