#include "agree/sparse-em.h"

#include <stdlib.h>
#include <string.h>

#include "agree/hds.h"
#include "base/mem.h"
#include "base/par.h"
#include "math/explog.h"
#include "math/sum.h"

enum { GRID = 24 };

struct coins {
	bool blind;             /* to how often a class is said */
	double s[GRID], ls[GRID], lf[GRID];     /* accuracies, their logs and those of 1 - s */
	double mix[GRID];       /* log share of the workers that have it */
	double *found;          /* by block of workers, GRID each: posterior of the workers over the grid */
	double *said;           /* K: labels of the class */
	double *lu, *lv;        /* K: log chance that a wrong answer is this class, and that it is another one */
};

static double damping(const struct labels *l, size_t t, double rho)
{
	double n = (double)(l->t_off[t + 1] - l->t_off[t]);

	return n > 1 ? 1 / (1 + rho * (n - 1)) : 1;
}

static double coins_row(const struct sparse_em *em, size_t t, double *row)
{
	const struct labels *l = em->l;
	const struct sparse_fit *f = em->f;
	const struct coins *m = em->mine;
	double n = (double)(l->t_off[t + 1] - l->t_off[t]), b = damping(l, t, HDS_RHO);

	for (size_t k = f->off[t]; k < f->off[t + 1]; k++)
		row[k - f->off[t]] = em->lp[f->class[k]] - b * n * m->lv[f->class[k]];
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
		uint32_t c = l->t_value[i];
		row[em->at[i]] += b * (em->x[l->t_worker[i]] - m->lu[c] + m->lv[c]);
	}
	return 0;
}

/* accuracy of a worker: the mean of its posterior, the prior being that of all workers */
static double coins_worker(struct sparse_em *em, size_t w)
{
	const struct coins *m = em->mine;
	double right, n, r[GRID], most = -1e300, sum = 0, s = 0, *found = m->found + w / SPARSE_WORKERS * GRID;

	if (w % SPARSE_WORKERS == 0)
		memset(found, 0, GRID * sizeof *found);
	sparse_right(em, w, &right, &n, NULL);
	if (!(n > 0))
		return 0;
	for (size_t g = 0; g < GRID; g++) {
		r[g] = m->mix[g] + right * m->ls[g] + (n - right) * m->lf[g];
		most = r[g] > most ? r[g] : most;
	}
	for (size_t g = 0; g < GRID; g++)
		r[g] -= most;
	m_exp_n(r, r, GRID);
	for (size_t g = 0; g < GRID; g++)
		sum += r[g];
	for (size_t g = 0; g < GRID; g++) {
		s += r[g] / sum * m->s[g];
		found[g] += r[g] / sum;
	}
	em->f->skill[w] = s;
	em->x[w] = m_log(s) - m_log(1 - s);
	return 0;
}

/* ---- what all workers share -------------------------------------------------------- */

/* wrong answers by class, in expectation: a few tables that are added up */
struct wrongs {
	const struct sparse_em *em;
	double *part;
	size_t n;
};

static void wrong_part(void *ctx, size_t p)
{
	const struct wrongs *s = ctx;
	const struct sparse_em *em = s->em;
	const struct labels *l = em->l;
	size_t t = p * l->n_tasks / s->n, end = (p + 1) * l->n_tasks / s->n;
	double *sum = s->part + p * em->K;

	memset(sum, 0, em->K * sizeof *sum);
	for (; t < end; t++)
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			sum[l->t_value[i]] += 1 - em->f->q[em->f->off[t] + em->at[i]];
}

static double *wrong_answers(const struct sparse_em *em)
{
	size_t K = em->K, parts = em->l->n / (4 * K + 1);
	struct wrongs s = { em, NULL, parts < 1 ? 1 : parts > 16 ? 16 : parts };

	s.part = mem_alloc(s.n * K, sizeof *s.part);
	par_for(em->o->threads, s.n, wrong_part, &s);
	for (size_t p = 1; p < s.n; p++)
		for (size_t c = 0; c < K; c++)
			s.part[c] += s.part[p * K + c];
	return s.part;
}

static void spread_answers(struct sparse_em *em)
{
	struct coins *m = em->mine;
	double K = (double)em->K, *wrong = wrong_answers(em);
	struct sum all = { 0 };

	for (size_t c = 0; c < em->K; c++)
		sum_add(&all, wrong[c]);
	for (size_t c = 0; c < em->K; c++) {
		double half = 0.5 + 0.5 * K * m->said[c] / (double)(em->l->n + 1);
		double u = (wrong[c] + half) / (sum_value(&all) + K);
		m->lu[c] = u;
		m->lv[c] = 1 - u > 1e-6 ? 1 - u : 1e-6;
	}
	m_log_n(m->lu, m->lu, em->K);
	m_log_n(m->lv, m->lv, em->K);
	free(wrong);
}

static void share_accuracies(struct sparse_em *em)
{
	struct coins *m = em->mine;
	size_t blocks = (em->l->n_workers + SPARSE_WORKERS - 1) / SPARSE_WORKERS;
	double n[GRID], all = 0;

	for (size_t g = 0; g < GRID; g++) {
		struct sum s = { 1, 0 };
		for (size_t b = 0; b < blocks; b++)
			sum_add(&s, m->found[b * GRID + g]);
		n[g] = sum_value(&s);
		all += n[g];
	}
	for (size_t g = 0; g < GRID; g++)
		m->mix[g] = m_log(n[g] / all);
}

static double coins_shared(struct sparse_em *em)
{
	struct coins *m = em->mine;

	share_accuracies(em);
	if (!m->blind)
		spread_answers(em);
	return 0;
}

/* ---- two of them --------------------------------------------------------------------- */

static void coins_init(struct sparse_em *em, struct coins *m, bool blind)
{
	const struct labels *l = em->l;
	size_t K = em->K, blocks = (l->n_workers + SPARSE_WORKERS - 1) / SPARSE_WORKERS;

	*m = (struct coins){ .blind = blind };
	m->found = mem_zalloc(blocks * GRID, sizeof *m->found);
	m->said = mem_zalloc(K, sizeof *m->said);
	m->lu = mem_alloc(K, sizeof *m->lu);
	m->lv = mem_alloc(K, sizeof *m->lv);
	for (size_t g = 0; g < GRID; g++) {
		m->s[g] = g == 0 ? 0.005 : g == GRID - 1 ? 0.995 : (double)g / (GRID - 1);
		m->ls[g] = m_log(m->s[g]);
		m->lf[g] = m_log(1 - m->s[g]);
		m->found[g] = blocks ? (double)l->n_workers * m->s[g] / (GRID / 2) : 0;
	}
	for (size_t i = 0; i < l->n; i++)
		m->said[l->t_value[i]] += 1;
	double other = 1 - 1 / (double)K > 1e-6 ? 1 - 1 / (double)K : 1e-6;
	for (size_t c = 0; c < K; c++) {
		em->f->prior[c] = blind ? 1 / (double)K : (m->said[c] + 1) / (double)(l->n + K);
		em->lp[c] = m_log(em->f->prior[c]);
		m->lu[c] = m_log(1 / (double)K);
		m->lv[c] = m_log(other);
	}
	em->mine = m;
}

static void coins_release(struct coins *m)
{
	free(m->found);
	free(m->said);
	free(m->lu);
	free(m->lv);
}

static void damp_block(void *ctx, size_t b)
{
	struct sparse_em *em = ctx;
	struct sparse_fit *f = em->f;
	size_t end = (b + 1) * SPARSE_TASKS < f->n_tasks ? (b + 1) * SPARSE_TASKS : f->n_tasks;

	for (size_t t = b * SPARSE_TASKS; t < end; t++) {
		double g = damping(em->l, t, HDS_RHO_OUT) / damping(em->l, t, HDS_RHO);
		struct sum s = { 0 };
		if (em->o->gold && em->o->gold[t] != AGREE_NO_GOLD)
			continue;
		for (size_t k = f->off[t]; k < f->off[t + 1]; k++) {
			f->q[k] = m_exp(g * m_log(f->q[k] > 1e-300 ? f->q[k] : 1e-300));
			sum_add(&s, f->q[k]);
		}
		for (size_t k = f->off[t]; k < f->off[t + 1]; k++)
			f->q[k] /= sum_value(&s);
	}
}

static void coins_fit(struct sparse_em *em, bool blind)
{
	struct coins m;

	coins_init(em, &m, blind);
	sparse_iterate(em);
	par_for(em->o->threads, (em->f->n_tasks + SPARSE_TASKS - 1) / SPARSE_TASKS, damp_block, em);
	coins_release(&m);
}

void sparse_auto(const struct labels *l, const struct agree_opt *o, const struct sparse_cells *earlier,
                 struct sparse_fit *out)
{
	static const struct sparse_model model = { .row = coins_row, .worker = coins_worker, .shared = coins_shared,
		.by_change = true, .max_iter = 100, .tol = 2e-4 };
	struct sparse_em em;

	sparse_open(&em, &model, l, o, earlier, out);
	size_t n = out->off[l->n_tasks];
	double *q = mem_alloc(n, sizeof *q), *skill = mem_alloc(l->n_workers, sizeof *skill);
	coins_fit(&em, true);
	if (n)
		memcpy(q, out->q, n * sizeof *q);
	if (l->n_workers)
		memcpy(skill, out->skill, l->n_workers * sizeof *skill);
	bool settled = out->converged;
	coins_fit(&em, false);
	out->converged = out->converged && settled;
	out->objective = 0;
	for (size_t i = 0; i < n; i++)
		out->q[i] = 0.5 * out->q[i] + 0.5 * q[i];
	for (size_t w = 0; w < l->n_workers; w++)
		out->skill[w] = 0.5 * out->skill[w] + 0.5 * skill[w];
	free(q);
	free(skill);
	sparse_close(&em);
}
