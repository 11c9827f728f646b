#include "agree/pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/explog.h"
#include "math/sum.h"

enum { CG_STEPS = 2000, HALVINGS = 20 };

static const double looked = 1.8, blind = 0.2, click = 1;    /* what is known of every worker */

struct work {
	struct comparison *c;
	size_t n;
	const struct pair_opt *o;
	struct pair_set *p;
	double *r;        /* n: chance that the worker looked */
	double *curve;    /* n: r x variance of the outcome */
	double *grad, *step, *res, *dir, *hdir, *diag, *save;    /* n_items */
};

/* how much a comparison counts for the scores: all of it in the plain model */
static double weight(const struct work *k, size_t i)
{
	return k->o->workers ? k->r[i] : 1;
}

/* ---- the model ----------------------------------------------------------------- */

void pair_chances(double a, double b, double nu, double p[3])
{
	double x = a - b, t = m_exp(x > 0 ? -x / 2 : x / 2), d = 1 + t * t + nu * t;

	p[PAIR_LEFT] = (x > 0 ? 1 : t * t) / d;
	p[PAIR_RIGHT] = (x > 0 ? t * t : 1) / d;
	p[PAIR_TIE] = nu * t / d;
}

static double logistic(double s)
{
	double t = m_exp(s > 0 ? -s : s);

	return s > 0 ? 1 / (1 + t) : t / (1 + t);
}

/* ln s(s) + ln s(-s) */
static double log_even(double s)
{
	double a = s > 0 ? s : -s;

	return -a - 2 * m_log1p(m_exp(-a));
}

/* derivative of ln B(y) by x */
static double slope(const double b[3], enum pair_winner y)
{
	double half = (b[PAIR_LEFT] - b[PAIR_RIGHT]) / 2;

	return (y == PAIR_LEFT ? 0.5 : y == PAIR_RIGHT ? -0.5 : 0) - half;
}

static double variance(const double b[3])
{
	double diff = b[PAIR_LEFT] - b[PAIR_RIGHT];

	return (b[PAIR_LEFT] + b[PAIR_RIGHT] - diff * diff) / 4;
}

static void chances_of(const struct pair_set *p, const struct comparison *c, double b[3])
{
	pair_chances(p->score[c->left], p->score[c->right], p->nu, b);
}

/* Pr(what was said) and the chance that it was said by looking */
static double mixed(const struct pair_set *p, const struct comparison *c, const struct pair_opt *o, const double b[3],
                    double *rho)
{
	if (!o->workers) {
		*rho = 1;
		return b[c->winner];
	}
	double by_look = p->skill[c->worker] * b[c->winner];
	double all = by_look + (1 - p->skill[c->worker]) * p->habit[(size_t)c->worker * 3 + c->winner];
	*rho = by_look / all;
	return all;
}

static double log_priors(const struct pair_opt *o, const struct pair_set *p)
{
	struct sum s = { 0 };

	for (size_t i = 0; o->prior > 0 && i < p->n_items; i++)
		sum_add(&s, o->prior * log_even(p->score[i]));
	if (p->nu > 0)
		sum_add(&s, m_log(p->nu) / 2 - m_log(2 + p->nu));
	for (size_t w = 0; o->workers && w < p->n_workers; w++) {
		sum_add(&s, looked * m_log(p->skill[w]) + blind * m_log(1 - p->skill[w]));
		for (unsigned y = 0; y < (p->nu > 0 ? 3 : 2); y++)
			sum_add(&s, click * m_log(p->habit[w * 3 + y]));
	}
	return sum_value(&s);
}

double pair_objective(const struct comparison *c, size_t n, const struct pair_opt *o, const struct pair_set *p)
{
	struct sum s = { 0 };
	double b[3], rho;

	for (size_t i = 0; i < n; i++) {
		if (c[i].left == c[i].right)
			continue;
		chances_of(p, c + i, b);
		sum_add(&s, m_log(mixed(p, c + i, o, b, &rho)));
	}
	return sum_value(&s) + log_priors(o, p);
}

void pair_gradient(const struct comparison *c, size_t n, const struct pair_opt *o, const struct pair_set *p, double *g)
{
	double *worker = g + p->n_items + 1, b[3], rho;
	unsigned n_out = p->nu > 0 ? 3 : 2;

	memset(g, 0, (p->n_items + 1 + 4 * p->n_workers) * sizeof *g);
	for (size_t i = 0; i < p->n_items; i++)
		g[i] = o->prior * (1 - 2 * logistic(p->score[i]));
	if (p->nu > 0)
		g[p->n_items] = 0.5 - p->nu / (2 + p->nu);
	for (size_t w = 0; o->workers && w < p->n_workers; w++) {
		worker[w * 4] = looked - (looked + blind) * p->skill[w];
		for (unsigned y = 0; y < n_out; y++)
			worker[w * 4 + 1 + y] = click - click * n_out * p->habit[w * 3 + y];
	}
	for (size_t i = 0; i < n; i++) {
		size_t w = c[i].worker;
		if (c[i].left == c[i].right)
			continue;
		chances_of(p, c + i, b);
		mixed(p, c + i, o, b, &rho);
		g[c[i].left] += rho * slope(b, c[i].winner);
		g[c[i].right] -= rho * slope(b, c[i].winner);
		if (p->nu > 0)
			g[p->n_items] += rho * ((c[i].winner == PAIR_TIE) - b[PAIR_TIE]);
		if (!o->workers)
			continue;
		worker[w * 4] += rho - p->skill[w];
		for (unsigned y = 0; y < n_out; y++)
			worker[w * 4 + 1 + y] += (1 - rho) * ((c[i].winner == y) - p->habit[w * 3 + y]);
	}
}

/* ---- workers --------------------------------------------------------------------- */

static void note(double *most, double before, double after)
{
	double d = after > before ? after - before : before - after;

	*most = d > *most ? d : *most;
}

/* E step and the workers' part of the M step; returns the largest move */
static double fit_workers(struct work *k)
{
	struct pair_set *p = k->p;
	unsigned n_out = p->nu > 0 ? 3 : 2;
	double *count = mem_zalloc(p->n_workers * 4, sizeof *count), moved = 0, b[3];

	for (size_t i = 0; i < k->n; i++) {
		double *to = count + (size_t)k->c[i].worker * 4;
		chances_of(p, k->c + i, b);
		mixed(p, k->c + i, k->o, b, k->r + i);
		to[0] += k->r[i];
		to[1 + k->c[i].winner] += 1 - k->r[i];
	}
	for (size_t w = 0; w < p->n_workers; w++) {
		const double *from = count + w * 4;
		double blinds = from[1] + from[2] + from[3];
		double c = (from[0] + looked) / (from[0] + blinds + looked + blind);
		note(&moved, p->skill[w], c);
		p->skill[w] = c;
		for (unsigned y = 0; y < n_out; y++) {
			double u = (from[1 + y] + click) / (blinds + click * n_out);
			note(&moved, p->habit[w * 3 + y], u);
			p->habit[w * 3 + y] = u;
		}
	}
	free(count);
	return moved;
}

/* ---- scores ------------------------------------------------------------------------ */

/* log-likelihood of the scores with the weights r: what the M step raises */
static double q_scores(const struct work *k)
{
	struct sum s = { 0 };
	double b[3];

	for (size_t i = 0; i < k->n; i++) {
		chances_of(k->p, k->c + i, b);
		sum_add(&s, weight(k, i) * m_log(b[k->c[i].winner]));
	}
	for (size_t i = 0; k->o->prior > 0 && i < k->p->n_items; i++)
		sum_add(&s, k->o->prior * log_even(k->p->score[i]));
	return sum_value(&s);
}

static double limited(double s)
{
	return s > PAIR_LIMIT ? PAIR_LIMIT : s < -PAIR_LIMIT ? -PAIR_LIMIT : s;
}

/* minorise, maximise: e^score times points made / points expected; nu likewise for ties */
static void mm_step(struct work *k)
{
	struct pair_set *p = k->p;
	double *made = k->grad, *expect = k->res, b[3];
	double ties = 0.5, ties_expect = p->nu / (2 + p->nu);

	for (size_t i = 0; i < p->n_items; i++) {
		made[i] = k->o->prior;
		expect[i] = 2 * k->o->prior * logistic(p->score[i]);
	}
	for (size_t i = 0; i < k->n; i++) {
		const struct comparison *c = k->c + i;
		double v = weight(k, i);
		chances_of(p, c, b);
		made[c->left] += c->winner == PAIR_LEFT ? v : c->winner == PAIR_TIE ? v / 2 : 0;
		made[c->right] += c->winner == PAIR_RIGHT ? v : c->winner == PAIR_TIE ? v / 2 : 0;
		expect[c->left] += v * (b[PAIR_LEFT] + b[PAIR_TIE] / 2);
		expect[c->right] += v * (b[PAIR_RIGHT] + b[PAIR_TIE] / 2);
		ties += c->winner == PAIR_TIE ? v : 0;
		ties_expect += v * b[PAIR_TIE];
	}
	for (size_t i = 0; i < p->n_items; i++)
		if (expect[i] > 0)
			p->score[i] = limited(p->score[i] + m_log(made[i]) - m_log(expect[i]));
	if (p->nu > 0)
		p->nu *= ties / ties_expect;
}

/* out = H v, H = minus the second derivatives of q_scores */
static void hessian_times(const struct work *k, const double *v, double *out)
{
	for (size_t i = 0; i < k->p->n_items; i++)
		out[i] = k->save[i] * v[i];
	for (size_t i = 0; i < k->n; i++) {
		double d = k->curve[i] * (v[k->c[i].left] - v[k->c[i].right]);
		out[k->c[i].left] += d;
		out[k->c[i].right] -= d;
	}
}

/* gradient, curvature of every comparison, of the prior (save) and the diagonal of H */
static void derivatives(struct work *k)
{
	const struct pair_set *p = k->p;
	double b[3];

	for (size_t i = 0; i < p->n_items; i++) {
		double s = logistic(p->score[i]);
		k->grad[i] = k->o->prior * (1 - 2 * s);
		k->diag[i] = k->save[i] = 2 * k->o->prior * s * (1 - s);
	}
	for (size_t i = 0; i < k->n; i++) {
		const struct comparison *c = k->c + i;
		double v = weight(k, i);
		chances_of(p, c, b);
		k->curve[i] = v * variance(b);
		k->grad[c->left] += v * slope(b, c->winner);
		k->grad[c->right] -= v * slope(b, c->winner);
		k->diag[c->left] += k->curve[i];
		k->diag[c->right] += k->curve[i];
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
static void solve(struct work *k)
{
	size_t n = k->p->n_items;
	double rz, first;

	memset(k->step, 0, n * sizeof *k->step);
	memcpy(k->res, k->grad, n * sizeof *k->res);
	for (size_t i = 0; i < n; i++)
		k->dir[i] = k->diag[i] > 0 ? k->res[i] / k->diag[i] : 0;
	first = rz = dot(k->res, k->res, k->diag, n);
	for (unsigned it = 0; it < CG_STEPS && rz > first * 1e-8 && rz > 0; it++) {
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

static void newton_step(struct work *k)
{
	struct pair_set *p = k->p;
	double before = q_scores(k), part = 1;

	derivatives(k);
	solve(k);
	memcpy(k->save, p->score, p->n_items * sizeof *k->save);
	for (unsigned i = 0; i < HALVINGS; i++, part /= 2) {
		for (size_t j = 0; j < p->n_items; j++)
			p->score[j] = limited(k->save[j] + part * k->step[j]);
		if (q_scores(k) >= before)
			return;
	}
	memcpy(p->score, k->save, p->n_items * sizeof *k->save);
}

/* one round of EM; returns the largest move */
static double em_step(struct work *k, double *old)
{
	struct pair_set *p = k->p;
	double moved = 0, nu = p->nu;

	memcpy(old, p->score, p->n_items * sizeof *old);
	if (k->o->workers)
		moved = fit_workers(k);
	mm_step(k);
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
		p->skill[w] = logistic(*v);
		for (unsigned y = 0; y < 3; y++)
			total += u[y] = u[y] > 0 ? m_exp(v[1 + y]) : 0;
		for (unsigned y = 0; y < 3; y++)
			u[y] /= total;
	}
}

/* Two steps from a to b to c show where they lead: squared extrapolation, Varadhan, Roland
 * (2008), Scand. J. Statist. 35, scheme S3; taken when it gains. */
static void leap(struct work *k, const double *a, const double *b, const double *c, double *to)
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
	double before = pair_objective(k->c, k->n, k->o, k->p);
	unpack(k->p, to);
	if (!(pair_objective(k->c, k->n, k->o, k->p) > before))
		unpack(k->p, c);
}

static void iterate(struct work *k, bool workers)
{
	struct pair_set *p = k->p;
	size_t n = n_params(p);
	double *v = mem_alloc(4 * n, sizeof *v), *a = v, *b = v + n, *c = b + n, *spare = c + n, moved = 1;
	const struct pair_opt *o = k->o;
	struct pair_opt mode = *o;

	mode.workers = workers;
	k->o = &mode;
	pack(p, c);
	for (p->n_iter = 0; p->n_iter < o->max_iter && moved > o->tol; p->n_iter++) {
		moved = em_step(k, spare);
		if (!workers)
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
	k->o = o;
	free(v);
}

/* ---- components and standard errors -------------------------------------------------- */

static uint32_t root(uint32_t *up, uint32_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

/* the least item of a component is its root, so numbers follow in one pass */
static void components(const struct work *k)
{
	struct pair_set *p = k->p;
	uint32_t *up = p->component;

	for (size_t i = 0; i < p->n_items; i++)
		up[i] = (uint32_t)i;
	for (size_t i = 0; i < k->n; i++) {
		uint32_t a = root(up, k->c[i].left), b = root(up, k->c[i].right);
		up[a > b ? a : b] = a > b ? b : a;
	}
	for (size_t i = 0; i < p->n_items; i++)
		up[i] = root(up, (uint32_t)i);
	for (size_t i = 0; i < p->n_items; i++)
		up[i] = up[i] == i ? (uint32_t)p->n_components++ : up[up[i]];
}

/* m = L L' in the lower triangle; false when m is not positive definite */
static bool cholesky(double *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++) {
			double s = m[i * n + j];
			for (size_t h = 0; h < j; h++)
				s -= m[i * n + h] * m[j * n + h];
			if (i == j && !(s > 0))
				return false;
			m[i * n + j] = i == j ? m_sqrt(s) : s / m[j * n + j];
		}
	return true;
}

/* observed information of the scores of one component; at[] = place of an item in it */
static void information(const struct work *k, uint32_t comp, const uint32_t *at, double *m, size_t n)
{
	const struct pair_set *p = k->p;
	double b[3], rho;

	for (size_t i = 0; i < n * n; i++)
		m[i] = k->o->prior > 0 ? 0 : 1 / (double)n;
	for (size_t i = 0; i < p->n_items; i++)
		if (p->component[i] == comp) {
			double s = logistic(p->score[i]);
			m[at[i] * n + at[i]] += 2 * k->o->prior * s * (1 - s);
		}
	for (size_t i = 0; i < k->n; i++) {
		size_t l = at[k->c[i].left], r = at[k->c[i].right];
		if (p->component[k->c[i].left] != comp)
			continue;
		chances_of(p, k->c + i, b);
		mixed(p, k->c + i, k->o, b, &rho);
		double g = slope(b, k->c[i].winner), h = rho * (variance(b) - (1 - rho) * g * g);
		m[l * n + l] += h;
		m[r * n + r] += h;
		m[l * n + r] -= h;
		m[r * n + l] -= h;
	}
}

/* Variance of score[i] - mean for each i, from the factor: solve L y = e_i - 1/n; it is |y|^2. */
static double contrast(const double *m, size_t n, size_t i, double *y)
{
	double v = 0;

	for (size_t j = 0; j < n; j++) {
		double s = (j == i) - 1 / (double)n;
		for (size_t h = 0; h < j; h++)
			s -= m[j * n + h] * y[h];
		y[j] = s / m[j * n + j];
		v += y[j] * y[j];
	}
	return v;
}

static void component_errors(const struct work *k, uint32_t comp, const uint32_t *at, size_t n)
{
	struct pair_set *p = k->p;
	double *m = mem_alloc(n * n + n, sizeof *m);

	information(k, comp, at, m, n);
	if (cholesky(m, n))
		for (size_t i = 0; i < p->n_items; i++)
			if (p->component[i] == comp)
				p->se[i] = m_sqrt(contrast(m, n, at[i], m + n * n));
	free(m);
}

static void standard_errors(const struct work *k)
{
	struct pair_set *p = k->p;
	uint32_t *at = mem_alloc(p->n_items, sizeof *at);
	size_t *size = mem_zalloc(p->n_components, sizeof *size);

	for (size_t i = 0; i < p->n_items; i++) {
		at[i] = (uint32_t)size[p->component[i]]++;
		p->se[i] = -1;
	}
	for (size_t comp = 0; comp < p->n_components; comp++)
		if (size[comp] > 1 && size[comp] <= PAIR_SE_ITEMS)
			component_errors(k, (uint32_t)comp, at, size[comp]);
	free(at);
	free(size);
}

static void centre(struct pair_set *p)
{
	struct sum *s = mem_zalloc(p->n_components, sizeof *s);
	size_t *n = mem_zalloc(p->n_components, sizeof *n);

	for (size_t i = 0; i < p->n_items; i++) {
		sum_add(&s[p->component[i]], p->score[i]);
		n[p->component[i]]++;
	}
	for (size_t i = 0; i < p->n_items; i++)
		p->score[i] -= sum_value(&s[p->component[i]]) / (double)n[p->component[i]];
	free(s);
	free(n);
}

/* ---- the whole ----------------------------------------------------------------------- */

static int by_all(const void *p, const void *q)
{
	const struct comparison *a = p, *b = q;

	if (a->left != b->left)
		return a->left < b->left ? -1 : 1;
	if (a->right != b->right)
		return a->right < b->right ? -1 : 1;
	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	return (int)a->winner - (int)b->winner;
}

static void take(struct work *k, const struct comparison *c, size_t n)
{
	k->c = mem_alloc(n, sizeof *k->c);
	for (size_t i = 0; i < n; i++) {
		BUG_ON(c[i].left >= k->p->n_items || c[i].right >= k->p->n_items || c[i].worker >= k->p->n_workers);
		if (c[i].left != c[i].right)
			k->c[k->n++] = c[i];
		if (c[i].left != c[i].right && c[i].winner == PAIR_TIE)
			k->p->nu = 1;
	}
	if (k->n)
		qsort(k->c, k->n, sizeof *k->c, by_all);
}

void pair_fit(const struct comparison *c, size_t n, size_t n_items, size_t n_workers, const struct pair_opt *o,
              struct pair_set *out)
{
	BUG_ON(!(o->prior >= 0));
	*out = (struct pair_set){ .n_items = n_items, .n_workers = n_workers };
	out->score = mem_zalloc(n_items * 2, sizeof *out->score);
	out->se = out->score + n_items;
	out->component = mem_alloc(n_items, sizeof *out->component);
	out->skill = mem_alloc(n_workers * 5, sizeof *out->skill);
	out->bias = out->skill + n_workers;
	out->habit = out->bias + n_workers;
	struct work k = { .o = o, .p = out };
	take(&k, c, n);
	for (size_t w = 0; w < n_workers; w++) {
		out->skill[w] = o->workers ? looked / (looked + blind) : 1;
		for (unsigned y = 0; y < 3; y++)
			out->habit[w * 3 + y] = out->nu > 0 ? 1 / 3.0 : y < 2 ? 0.5 : 0;
	}
	k.r = mem_alloc(k.n * 2, sizeof *k.r);
	k.curve = k.r + k.n;
	k.grad = mem_alloc(n_items * 7, sizeof *k.grad);
	k.step = k.grad + n_items;
	k.res = k.step + n_items;
	k.dir = k.res + n_items;
	k.hdir = k.dir + n_items;
	k.diag = k.hdir + n_items;
	k.save = k.diag + n_items;
	components(&k);
	iterate(&k, false);
	if (o->workers)
		iterate(&k, true);
	if (o->prior == 0)
		centre(out);
	for (size_t w = 0; w < n_workers; w++)
		out->bias[w] = out->habit[w * 3] / (out->habit[w * 3] + out->habit[w * 3 + 1]);
	out->objective = pair_objective(k.c, k.n, o, out);
	standard_errors(&k);
	free(k.c);
	free(k.r);
	free(k.grad);
}

void pair_release(struct pair_set *p)
{
	free(p->score);
	free(p->component);
	free(p->skill);
	*p = (struct pair_set){ 0 };
}
