#include "agree/sparse-em.h"

#include <string.h>

#include "agree/dsmap.h"
#include "agree/em.h"
#include "math/explog.h"

/* ---- one coin --------------------------------------------------------------------- */

static double coin_row(const struct sparse_em *em, size_t t, double *row)
{
	const struct labels *l = em->l;
	const struct sparse_fit *f = em->f;
	double share = 0;

	for (size_t k = f->off[t]; k < f->off[t + 1]; k++)
		row[k - f->off[t]] = em->lp[f->class[k]];
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
		uint32_t w = l->t_worker[i];
		row[em->at[i]] += em->x[w];
		share += em->other[w];
	}
	return share;
}

static double clip(double p)
{
	return p < em_floor ? em_floor : p > 1 - em_floor ? 1 - em_floor : p;
}

static double coin_worker(struct sparse_em *em, size_t w)
{
	double right, n, before[2];

	sparse_right(em, w, &right, &n, before);
	if (!(n > 0))
		return 0;
	double s = clip(right / n), own = m_log(s);
	em->f->skill[w] = s;
	em->other[w] = em->K > 1 ? m_log(clip((1 - s) / (double)(em->K - 1))) : 0;
	em->x[w] = own - em->other[w];
	return before[0] * own + (before[1] - before[0]) * em->other[w];
}

void sparse_onecoin(const struct labels *l, const struct agree_opt *o, const struct sparse_cells *earlier,
                    struct sparse_fit *out)
{
	static const struct sparse_model model = { .row = coin_row, .worker = coin_worker, .shared = sparse_ml_prior,
		.max_iter = 1000, .tol = 1e-8 };

	struct sparse_em em;

	sparse_open(&em, &model, l, o, earlier, out);
	sparse_iterate(&em);
	sparse_close(&em);
}

/* ---- a matrix a worker ------------------------------------------------------------- */

static double matrix_row(const struct sparse_em *em, size_t t, double *row)
{
	const struct labels *l = em->l;
	const struct sparse_fit *f = em->f;
	const uint32_t *pair = em->m.pair + em->m.pair_off[t];
	size_t n = f->off[t + 1] - f->off[t];

	for (size_t k = 0; k < n; k++)
		row[k] = em->lp[f->class[f->off[t] + k]];
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++, pair += n) {
		const double *le = em->m.le + em->m.off[l->t_worker[i]];
		for (size_t k = 0; k < n; k++)
			row[k] += le[pair[k]];
	}
	return 0;
}

/* expected counts of worker w, those of earlier days included */
static void matrix_counts(struct sparse_em *em, size_t w)
{
	const struct labels *l = em->l;
	const struct sparse_fit *f = em->f;
	struct sparse_matrix *m = &em->m;
	double *n = m->n + m->off[w];
	size_t cells = m->off[w + 1] - m->off[w];

	if (m->before && cells)
		memcpy(n, m->before + m->off[w], cells * sizeof *n);
	else if (cells)
		memset(n, 0, cells * sizeof *n);
	for (size_t j = l->w_off[w]; j < l->w_off[w + 1]; j++) {
		size_t t = l->w_task[j], c = f->off[t + 1] - f->off[t];
		const double *q = f->q + f->off[t];
		const uint32_t *pair = m->pair + m->pair_off[t] + em->w_rank[j] * c;
		for (size_t k = 0; k < c; k++)
			n[pair[k]] += q[k];
	}
}

static double most_of(double a, double b)
{
	return a > b ? a : b;
}

/* Cells [i, end) are a row: one true class.  Their log chances, under the floor and the prior counts, which the
 * classes that are not stored have too; returns the log density. */
static double row_chances(struct sparse_em *em, size_t w, size_t i, size_t end)
{
	struct sparse_matrix *m = &em->m;
	const double diag = em->model->diag, off = em->model->off, K = (double)em->K;
	double sum = 0, density = 0, rest;
	bool own = false;

	for (size_t k = i; k < end; k++) {
		bool right = m->truth[k] == m->label[k];
		double x = m->n[k];
		if (diag > 0)
			x += right ? diag - 1 : off - 1;
		m->le[k] = most_of(x, em_floor);
		sum += m->le[k];
		own = own || right;
	}
	if (diag > 0) {
		rest = K - (double)(end - i) - !own;
		sum += rest * most_of(off - 1, em_floor) + (own ? 0 : most_of(diag - 1, em_floor));
	} else {
		rest = (double)m->used[w] - (double)(end - i);
		sum += rest * em_floor;
	}
	for (size_t k = i; k < end; k++)
		m->le[k] /= sum;
	m_log_n(m->le + i, m->le + i, end - i);
	if (diag > 0) {
		density += off > 1 ? rest * (off - 1) * m_log((off - 1) / sum) : 0;
		density += (own ? 0 : (diag - 1) * m_log(most_of(diag - 1, em_floor) / sum));
	}
	for (size_t k = i; k < end; k++) {
		if (diag > 0)
			density += (m->truth[k] == m->label[k] ? diag - 1 : off - 1) * m->le[k];
		if (m->before)
			density += m->before[k] * m->le[k];
	}
	return density;
}

/* log density of a row that has no cells */
static double bare_row(const struct sparse_em *em)
{
	double diag = most_of(em->model->diag - 1, em_floor), off = most_of(em->model->off - 1, em_floor);
	double K = (double)em->K, sum = diag + (K - 1) * off;

	return (em->model->diag - 1) * m_log(diag / sum) + (K - 1) * (em->model->off - 1) * m_log(off / sum);
}

static double matrix_worker(struct sparse_em *em, size_t w)
{
	const struct sparse_matrix *m = &em->m;
	double density = 0;
	size_t rows = 0;

	matrix_counts(em, w);
	for (size_t i = m->off[w], end; i < m->off[w + 1]; i = end, rows++) {
		for (end = i + 1; end < m->off[w + 1] && m->truth[end] == m->truth[i]; )
			end++;
		density += row_chances(em, w, i, end);
	}
	if (em->model->diag > 0)
		density += (double)(em->K - rows) * bare_row(em);
	return density;
}

/* skills, from the counts and chances of the last M step */
static void matrix_skills(struct sparse_em *em)
{
	const struct sparse_matrix *m = &em->m;

	for (size_t w = 0; w < em->l->n_workers; w++) {
		double all = 0, right = 0;
		for (size_t i = m->off[w], end; i < m->off[w + 1]; i = end) {
			double n = 0, e = 0;
			for (end = i; end < m->off[w + 1] && m->truth[end] == m->truth[i]; end++) {
				n += m->n[end];
				e += m->truth[end] == m->label[end] ? m_exp(m->le[end]) : 0;
			}
			all += n;
			right += n * e;
		}
		em->f->skill[w] = all > 0 ? right / all : 0;
	}
}

static void matrix_fit(const struct sparse_model *m, const struct labels *l, const struct agree_opt *o,
                       const struct sparse_cells *earlier, struct sparse_fit *out)
{
	struct sparse_em em;

	sparse_open(&em, m, l, o, earlier, out);
	sparse_iterate(&em);
	matrix_skills(&em);
	sparse_close(&em);
}

void sparse_ds(const struct labels *l, const struct agree_opt *o, const struct sparse_cells *earlier,
               struct sparse_fit *out)
{
	static const struct sparse_model model = { .row = matrix_row, .worker = matrix_worker, .shared = sparse_ml_prior,
		.most = SPARSE_MOST, .max_iter = 1000, .tol = 1e-8 };

	matrix_fit(&model, l, o, earlier, out);
}

void sparse_dsmap(const struct labels *l, const struct agree_opt *o, const struct sparse_cells *earlier,
                  struct sparse_fit *out)
{
	static const struct sparse_model model = { .row = matrix_row, .worker = matrix_worker, .shared = sparse_ml_prior,
		.diag = DSMAP_DIAG, .off = DSMAP_OFF, .most = SPARSE_MOST, .max_iter = 1000, .tol = 1e-8 };

	matrix_fit(&model, l, o, earlier, out);
}
