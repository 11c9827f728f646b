#include "agree/em.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"

enum { PIECE = 1 << 16 };    /* posteriors a job of change_job */

struct moving {
	const double *q;
	double *old, *most;
	size_t n;
};

static void change_job(void *ctx, size_t piece)
{
	struct moving *m = ctx;
	size_t i = piece * PIECE, end = i + PIECE < m->n ? i + PIECE : m->n;
	double most = 0;

	for (; i < end; i++) {
		double d = m->q[i] - m->old[i];
		d = d < 0 ? -d : d;
		most = d > most ? d : most;
		m->old[i] = m->q[i];
	}
	m->most[piece] = most;
}

/* the largest change of a posterior since the last call; old is brought up to date */
static double change(const struct em *em, double *old)
{
	size_t n = em->l->n_tasks * em->K, pieces = (n + PIECE - 1) / PIECE;
	struct moving m = { em->q, old, mem_alloc(pieces, sizeof *m.most), n };
	double most = 0;

	par_for(em->threads, pieces, change_job, &m);
	for (size_t i = 0; i < pieces; i++)
		most = m.most[i] > most ? m.most[i] : most;
	free(m.most);
	return most;
}

void em_run(struct em *em, unsigned max_iter, double tol, struct agree_fit *f)
{
	double enough = tol * (double)em->l->n, before = 0, penalty;
	double *old = em->by_change ? mem_zalloc(em->l->n_tasks * em->K, sizeof *old) : NULL;

	em_start(em);
	if (old)
		change(em, old);
	do {
		agree_tick(em->watch, f->n_iter, max_iter);
		penalty = em_m_step(em);
		f->objective = em_e_step(em, f->n_iter + 1 < max_iter) + penalty;
		f->n_iter++;
		if (old)
			f->converged = change(em, old) <= tol;
		else
			f->converged = tol >= 0 && f->n_iter > 1 && f->objective - before <= enough;
		before = f->objective;
	} while (!f->converged && f->n_iter < max_iter);
	free(old);
}

bool em_dense(const struct labels *l)
{
	size_t size;

	return !__builtin_mul_overflow(l->n_workers * l->n_classes, l->n_classes, &size) && size <= (size_t)1 << 27;
}

/* skill[w] = sum of prior[c] e[w][c][c]; 0 for a worker nothing is known of */
static void fill_skill(struct agree_fit *f)
{
	size_t K = f->n_classes;

	for (size_t w = 0; w < f->n_workers; w++)
		for (size_t c = 0; c < K; c++)
			f->skill[w] += f->prior[c] * f->e[(w * K + c) * K + c];
}

void em_fit(const struct em_model *m, const struct labels *l, const struct agree_opt *o, struct agree_fit *f)
{
	size_t K = l->n_classes;
	struct em em;

	agree_fit_init(l, f);
	f->prior = mem_alloc(K, sizeof *f->prior);
	em_init(&em, l, o->threads, m->rows, f->q, f->prior);
	em.watch = o;
	em.gold = o->gold;
	em.counts = o->counts;
	em.class_counts = o->class_counts;
	em.worker = m->worker;
	em.class_prior = m->class_prior;
	em.diag = m->diag;
	em.off = m->off;
	em.hard = m->hard;
	em.by_change = m->by_change;
	em_run(&em, o->max_iter ? o->max_iter : m->max_iter, o->tol != 0 ? o->tol : m->tol, f);
	if (m->finish)
		m->finish(&em, f);
	if (em.e) {
		for (size_t w = 0; w < f->n_workers; w++)
			em_transpose(em.e + w * K * K, K);
		f->e = em.e;
		em.e = NULL;
		fill_skill(f);
	}
	if (f->e || em_dense(l)) {
		f->counts = mem_alloc(l->n_workers * K * K, sizeof *f->counts);
		em_count_workers(l, f->q, o->threads, f->counts);
	}
	em_release(&em);
}
