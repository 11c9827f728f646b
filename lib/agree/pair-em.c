/* The search for the maximum: EM over who looked, MM and Newton steps within, leaps between. */
#include "agree/pair-em.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/explog.h"
#include "math/sum.h"

/* TOGETHER: factors multiplied before one logarithm is taken.  A factor is at least e^(-2 PAIR_LIMIT) = 2e-35
 * times c, which EM keeps above 9 / (n + 10), so eight stay above the smallest double. */
enum { CG_STEPS = 2000, HALVINGS = 20, TOGETHER = 8 };

void pair_halves(struct pair_work *k)
{
	for (size_t e = 0; e < k->n_edges; e++)
		k->half[e] = (k->p->score[k->edge[e].a] - k->p->score[k->edge[e].b]) / 2;
	m_exp_n(k->half, k->half, k->n_edges);
}

static void note(double *most, double before, double after)
{
	double d = after > before ? after - before : before - after;

	*most = d > *most ? d : *most;
}

/* ---- workers --------------------------------------------------------------------- */

static void fill_table(struct pair_work *k)
{
	const struct pair_set *p = k->p;

	for (size_t w = 0; w < p->n_workers; w++) {
		k->table[w][0] = p->skill[w];
		for (unsigned y = 0; y < 3; y++)
			k->table[w][1 + y] = (1 - p->skill[w]) * p->habit[w * 3 + y];
	}
}

/* E step: who looked, summed by pair and outcome and by worker */
static void look(struct pair_work *k)
{
	double b[3];

	fill_table(k);
	pair_halves(k);
	memset(k->count, 0, k->p->n_workers * sizeof *k->count);
	for (size_t e = 0; e < k->n_edges; e++) {
		double *made = k->made[e];
		pair_at(k, e, b);
		made[0] = made[1] = made[2] = 0;
		for (size_t i = k->edge[e].from; i < k->edge[e + 1].from; i++) {
			struct pair_vote v = k->vote[i];
			double by_look = k->table[v.worker][0] * b[v.won];
			double rho = by_look / (by_look + k->table[v.worker][1 + v.shown]);
			made[v.won] += rho;
			k->count[v.worker][0] += rho;
			k->count[v.worker][1 + v.shown] += 1 - rho;
		}
	}
}

/* the plain model: everyone looked */
static void count_all(struct pair_work *k)
{
	memset(k->made, 0, k->n_edges * sizeof *k->made);
	for (size_t e = 0; e < k->n_edges; e++)
		for (size_t i = k->edge[e].from; i < k->edge[e + 1].from; i++)
			k->made[e][k->vote[i].won]++;
}

/* the workers' part of the M step; returns the largest move */
static double fit_workers(struct pair_work *k)
{
	struct pair_set *p = k->p;
	unsigned n_out = p->nu > 0 ? 3 : 2;
	double moved = 0;

	for (size_t w = 0; w < p->n_workers; w++) {
		const double *from = k->count[w];
		double blinds = from[1] + from[2] + from[3];
		double c = (from[0] + PAIR_LOOKED) / (from[0] + blinds + PAIR_LOOKED + PAIR_BLIND);
		note(&moved, p->skill[w], c);
		p->skill[w] = c;
		for (unsigned y = 0; y < n_out; y++) {
			double u = (from[1 + y] + PAIR_CLICK) / (blinds + PAIR_CLICK * n_out);
			note(&moved, p->habit[w * 3 + y], u);
			p->habit[w * 3 + y] = u;
		}
	}
	return moved;
}

static double objective(struct pair_work *k)
{
	struct sum s = { 0 };
	double b[3], product = 1;
	unsigned n = 0;

	fill_table(k);
	pair_halves(k);
	for (size_t e = 0; e < k->n_edges; e++) {
		pair_at(k, e, b);
		for (size_t i = k->edge[e].from; i < k->edge[e + 1].from; i++) {
			struct pair_vote v = k->vote[i];
			product *= k->table[v.worker][0] * b[v.won] + k->table[v.worker][1 + v.shown];
			if (++n == TOGETHER) {
				sum_add(&s, m_log(product));
				product = 1;
				n = 0;
			}
		}
	}
	sum_add(&s, m_log(product));
	return sum_value(&s) + pair_log_priors(k->o, true, k->p);
}

/* ---- scores ------------------------------------------------------------------------ */

/* log-likelihood of the scores when those looked who did: what the M step raises */
static double q_scores(struct pair_work *k)
{
	struct pair_set *p = k->p;
	double log_nu = p->nu > 0 ? m_log(p->nu) : 0;
	struct sum s = { 0 };

	pair_halves(k);
	for (size_t e = 0; e < k->n_edges; e++) {
		const double *made = k->made[e], all = made[0] + made[1] + made[2], h = k->half[e];
		double x = p->score[k->edge[e].a] - p->score[k->edge[e].b];
		sum_add(&s, made[0] * x + made[2] * (x / 2 + log_nu) - all * m_log(1 + h * h + p->nu * h));
	}
	return sum_value(&s) + pair_log_priors(k->o, false, p);
}

static double limited(double s)
{
	return s > PAIR_LIMIT ? PAIR_LIMIT : s < -PAIR_LIMIT ? -PAIR_LIMIT : s;
}

/* minorise, maximise: e^score times points made / points expected */
static void mm_scores(struct pair_work *k)
{
	struct pair_set *p = k->p;
	double *points = k->grad, *expect = k->res, b[3];

	for (size_t i = 0; i < p->n_items; i++) {
		points[i] = k->o->prior;
		expect[i] = 2 * k->o->prior * pair_logistic(p->score[i]);
	}
	for (size_t e = 0; e < k->n_edges; e++) {
		const double *made = k->made[e], all = made[0] + made[1] + made[2];
		uint32_t i = k->edge[e].a, j = k->edge[e].b;
		pair_at(k, e, b);
		points[i] += made[0] + made[2] / 2;
		points[j] += made[1] + made[2] / 2;
		expect[i] += all * (b[PAIR_LEFT] + b[PAIR_TIE] / 2);
		expect[j] += all * (b[PAIR_RIGHT] + b[PAIR_TIE] / 2);
	}
	for (size_t i = 0; i < p->n_items; i++)
		if (expect[i] > 0)
			p->score[i] = limited(p->score[i] + m_log(points[i]) - m_log(expect[i]));
}

/* the same for nu: ties made / ties expected */
static void mm_ties(struct pair_work *k)
{
	double ties = 0.5, expect = k->p->nu / (2 + k->p->nu), b[3];

	if (k->p->nu == 0)
		return;
	for (size_t e = 0; e < k->n_edges; e++) {
		const double *made = k->made[e];
		pair_at(k, e, b);
		ties += made[2];
		expect += (made[0] + made[1] + made[2]) * b[PAIR_TIE];
	}
	k->p->nu *= ties / expect;
}

/* out = H v, H = minus the second derivatives of q_scores */
static void hessian_times(const struct pair_work *k, const double *v, double *out)
{
	for (size_t i = 0; i < k->p->n_items; i++)
		out[i] = k->save[i] * v[i];
	for (size_t e = 0; e < k->n_edges; e++) {
		uint32_t i = k->edge[e].a, j = k->edge[e].b;
		double d = k->curve[e] * (v[i] - v[j]);
		out[i] += d;
		out[j] -= d;
	}
}

/* gradient, curvature of every pair, of the prior (save) and the diagonal of H */
static void derivatives(struct pair_work *k)
{
	const struct pair_set *p = k->p;
	double b[3];

	for (size_t i = 0; i < p->n_items; i++) {
		double s = pair_logistic(p->score[i]);
		k->grad[i] = k->o->prior * (1 - 2 * s);
		k->diag[i] = k->save[i] = 2 * k->o->prior * s * (1 - s);
	}
	for (size_t e = 0; e < k->n_edges; e++) {
		const double *made = k->made[e], all = made[0] + made[1] + made[2];
		uint32_t i = k->edge[e].a, j = k->edge[e].b;
		pair_at(k, e, b);
		double g = (made[0] - made[1] - all * (b[PAIR_LEFT] - b[PAIR_RIGHT])) / 2;
		k->curve[e] = all * pair_variance(b);
		k->grad[i] += g;
		k->grad[j] -= g;
		k->diag[i] += k->curve[e];
		k->diag[j] += k->curve[e];
	}
}

static double dot(const double *a, const double *b, const double *by, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += a[i] * (by && by[i] > 0 ? b[i] / by[i] : b[i]);
	return s;
}

/* step = H^-1 grad, roughly: conjugate gradients, preconditioned by the diagonal */
static void solve(struct pair_work *k)
{
	size_t n = k->p->n_items;
	double rz, first;

	memset(k->step, 0, n * sizeof *k->step);
	memcpy(k->res, k->grad, n * sizeof *k->res);
	for (size_t i = 0; i < n; i++)
		k->dir[i] = k->diag[i] > 0 ? k->res[i] / k->diag[i] : 0;
	first = rz = dot(k->res, k->res, k->diag, n);
	for (unsigned it = 0; it < CG_STEPS && rz > first * (k->workers ? 1e-4 : 1e-8) && rz > 0; it++) {
		hessian_times(k, k->dir, k->hdir);
		double curve = dot(k->dir, k->hdir, NULL, n);
		if (!(curve > 0))
			return;
		double a = rz / curve;
		for (size_t i = 0; i < n; i++) {
			k->step[i] += a * k->dir[i];
			k->res[i] -= a * k->hdir[i];
		}
		double next = dot(k->res, k->res, k->diag, n);
		for (size_t i = 0; i < n; i++)
			k->dir[i] = (k->diag[i] > 0 ? k->res[i] / k->diag[i] : 0) + next / rz * k->dir[i];
		rz = next;
	}
}

/* Whether a Newton step gains without being looked at.  The third derivatives of the model are at most
 * its second ones, because what is counted of an outcome is from -1/2 to 1/2; so along a step by
 * which no difference of two scores moves by more than R, 2 (e^R - R - 1) / R^2 < 2 times half the curvature is
 * lost of what the gradient promises, which for R <= 1 leaves a gain (Bach 2010, "Self-concordant analysis for
 * logistic regression", EJS 4).  Conjugate gradients may stop at any time: gradient x step = curvature. */
static bool sure_to_gain(const struct pair_work *k)
{
	for (size_t i = 0; i < k->p->n_items; i++) {
		double d = k->step[i], to = k->p->score[i] + d;
		if (!(d <= 0.5 && d >= -0.5) || limited(to) != to)
			return false;
	}
	return true;
}

/* half is that of the scores */
static void newton_step(struct pair_work *k)
{
	struct pair_set *p = k->p;
	double part = 1;

	derivatives(k);
	solve(k);
	if (sure_to_gain(k)) {
		for (size_t i = 0; i < p->n_items; i++)
			p->score[i] += k->step[i];
		return;
	}
	double before = q_scores(k);
	memcpy(k->save, p->score, p->n_items * sizeof *k->save);
	for (unsigned i = 0; i < HALVINGS; i++, part /= 2) {
		for (size_t j = 0; j < p->n_items; j++)
			p->score[j] = limited(k->save[j] + part * k->step[j]);
		if (q_scores(k) >= before)
			return;
	}
	memcpy(p->score, k->save, p->n_items * sizeof *k->save);
}

/* ---- the search ---------------------------------------------------------------------- */

/* one round of EM; returns the largest move */
static double em_step(struct pair_work *k, double *old)
{
	struct pair_set *p = k->p;
	double moved = 0, nu = p->nu;

	memcpy(old, p->score, p->n_items * sizeof *old);
	if (k->workers) {
		look(k);
		moved = fit_workers(k);
	} else {
		pair_halves(k);
		mm_scores(k);
		pair_halves(k);
	}
	mm_ties(k);
	newton_step(k);
	note(&moved, nu, p->nu);
	for (size_t i = 0; i < p->n_items; i++)
		note(&moved, old[i], p->score[i]);
	return moved;
}

static size_t n_params(const struct pair_set *p)
{
	return p->n_items + 1 + 4 * p->n_workers;
}

/* the parameters without their bounds: scores, ln nu, logit c, ln u */
static void pack(const struct pair_set *p, double *v)
{
	memcpy(v, p->score, p->n_items * sizeof *v);
	v += p->n_items;
	*v++ = p->nu > 0 ? m_log(p->nu) : 0;
	for (size_t w = 0; w < p->n_workers; w++) {
		*v++ = m_log(p->skill[w]) - m_log(1 - p->skill[w]);
		for (unsigned y = 0; y < 3; y++)
			*v++ = p->habit[w * 3 + y] > 0 ? m_log(p->habit[w * 3 + y]) : 0;
	}
}

static void unpack(struct pair_set *p, const double *v)
{
	for (size_t i = 0; i < p->n_items; i++)
		p->score[i] = limited(*v++);
	p->nu = p->nu > 0 ? m_exp(*v) : 0;
	v++;
	for (size_t w = 0; w < p->n_workers; w++, v += 4) {
		double *u = p->habit + w * 3, total = 0;
		p->skill[w] = pair_logistic(*v);
		for (unsigned y = 0; y < 3; y++)
			total += u[y] = u[y] > 0 ? m_exp(v[1 + y]) : 0;
		for (unsigned y = 0; y < 3; y++)
			u[y] /= total;
	}
}

/* Two steps from a to b to c show where they lead: squared extrapolation, Varadhan, Roland
 * (2008), Scand. J. Statist. 35, scheme S3; taken when it gains. */
static void leap(struct pair_work *k, const double *a, const double *b, const double *c, double *to)
{
	size_t n = n_params(k->p);
	double rr = 0, vv = 0;

	for (size_t i = 0; i < n; i++) {
		double r = b[i] - a[i], v = c[i] - b[i] - r;
		rr += r * r;
		vv += v * v;
	}
	double step = vv > 0 ? m_sqrt(rr / vv) : 1;
	if (step <= 1)
		return;
	for (size_t i = 0; i < n; i++) {
		double r = b[i] - a[i], v = c[i] - b[i] - r;
		to[i] = a[i] + 2 * step * r + step * step * v;
	}
	double before = objective(k);
	unpack(k->p, to);
	if (!(objective(k) > before))
		unpack(k->p, c);
}

void pair_iterate(struct pair_work *k)
{
	struct pair_set *p = k->p;
	size_t n = n_params(p);
	double *v = mem_alloc(4 * n, sizeof *v), *a = v, *b = v + n, *c = b + n, *spare = c + n, moved = 1;
	const struct pair_opt *o = k->o;

	if (!k->workers)
		count_all(k);
	else
		pack(p, c);
	for (p->n_iter = 0; p->n_iter < o->max_iter && moved > o->tol; p->n_iter++) {
		moved = em_step(k, spare);
		if (!k->workers)
			continue;
		double *first = a;
		a = b;
		b = c;
		c = first;
		pack(p, c);
		if (p->n_iter % 2 && moved > o->tol) {
			leap(k, a, b, c, spare);
			pack(p, c);
		}
	}
	p->converged = moved <= o->tol;
	p->objective = k->workers ? objective(k) : q_scores(k);
	p->loglik = p->objective - pair_log_priors(o, k->workers, p);
	free(v);
}
