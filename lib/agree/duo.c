#include "agree/duo.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/quantile.h"

/* ---- tables of two workers ---------------------------------------------------------------- */

/* labels that worker a shares with later ones, grouped by the other */
struct meet {
	const struct units *u;
	uint32_t *n_with;        /* by worker: tasks shared with a; zero between workers */
	uint32_t *other;         /* the workers met, in order */
	size_t n_other;
	uint32_t *at;            /* by worker: where its next meeting goes */
	uint32_t *met;           /* meetings of a: the other worker */
	uint64_t *found, *key;   /* class of a << 32 | class of the other; as found, and grouped */
	size_t cap;
	uint32_t *row, *col, *count;
	size_t cap_cells;
	uint32_t *dense;         /* q^2, zero between pairs; NULL when q is large */
};

enum { DENSE = 256, AHEAD = 8 };

static void reserve(struct meet *m, size_t n)
{
	if (n <= m->cap)
		return;
	m->cap = mem_grow(m->cap < 256 ? 256 : m->cap, n);
	m->met = mem_realloc(m->met, m->cap, sizeof *m->met);
	m->found = mem_realloc(m->found, m->cap, sizeof *m->found);
	m->key = mem_realloc(m->key, m->cap, sizeof *m->key);
}

static int ascending64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int ascending32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* every meeting of worker a, in the order of its tasks; those are far apart in memory */
static size_t find_others(struct meet *m, uint32_t a)
{
	const struct labels *l = m->u->l;
	const uint32_t *place = m->u->place;
	size_t n = 0;

	m->n_other = 0;
	for (size_t i = l->w_off[a]; i < l->w_off[a + 1]; i++) {
		uint32_t t = l->w_task[i];
		uint64_t own = (uint64_t)place[l->w_value[i]] << 32;
		if (i + 2 * AHEAD < l->w_off[a + 1]) {
			__builtin_prefetch(&l->t_off[l->w_task[i + 2 * AHEAD]]);
			uint32_t next = l->t_off[l->w_task[i + AHEAD]];
			__builtin_prefetch(&l->t_worker[next]);
			__builtin_prefetch(&l->t_value[next]);
		}
		reserve(m, n + (l->t_off[t + 1] - l->t_off[t]));
		for (size_t j = l->t_off[t]; j < l->t_off[t + 1]; j++) {
			uint32_t b = l->t_worker[j];
			if (b <= a)
				continue;
			if (!m->n_with[b]++)
				m->other[m->n_other++] = b;
			m->met[n] = b;
			m->found[n++] = own | place[l->t_value[j]];
		}
	}
	qsort(m->other, m->n_other, sizeof *m->other, ascending32);
	return n;
}

/* the meetings grouped by the other worker */
static void place_meetings(struct meet *m, size_t n_met)
{
	size_t n = 0;

	for (size_t k = 0; k < m->n_other; k++) {
		m->at[m->other[k]] = (uint32_t)n;
		n += m->n_with[m->other[k]];
	}
	for (size_t i = 0; i < n_met; i++)
		m->key[m->at[m->met[i]]++] = m->found[i];
}

static void put_cell(struct meet *m, struct duo *p, uint32_t row, uint32_t col, uint32_t count)
{
	if (p->n_cells == m->cap_cells) {
		m->cap_cells = mem_grow(m->cap_cells < 64 ? 64 : m->cap_cells, p->n_cells + 1);
		m->row = mem_realloc(m->row, m->cap_cells, sizeof *m->row);
		m->col = mem_realloc(m->col, m->cap_cells, sizeof *m->col);
		m->count = mem_realloc(m->count, m->cap_cells, sizeof *m->count);
	}
	m->row[p->n_cells] = row;
	m->col[p->n_cells] = col;
	m->count[p->n_cells++] = count;
}

static void tabulate(struct meet *m, struct duo *p, uint64_t *key)
{
	size_t q = m->u->n_classes;

	if (m->dense && p->n >= q * q / 4) {
		for (size_t i = 0; i < p->n; i++)
			m->dense[(key[i] >> 32) * q + (uint32_t)key[i]]++;
		for (size_t c = 0; c < q * q; c++) {
			if (m->dense[c])
				put_cell(m, p, (uint32_t)(c / q), (uint32_t)(c % q), m->dense[c]);
			m->dense[c] = 0;
		}
		return;
	}
	qsort(key, p->n, sizeof *key, ascending64);
	for (size_t i = 0; i < p->n; i++) {
		if (i && key[i] == key[i - 1])
			m->count[p->n_cells - 1]++;
		else
			put_cell(m, p, (uint32_t)(key[i] >> 32), (uint32_t)key[i], 1);
	}
}

static void duos_of(struct meet *m, uint32_t a, void (*fn)(void *ctx, const struct duo *p), void *ctx)
{
	place_meetings(m, find_others(m, a));
	for (size_t k = 0; k < m->n_other; k++) {
		uint32_t b = m->other[k];
		struct duo p = { .a = a, .b = b, .n = m->n_with[b] };
		m->n_with[b] = 0;
		tabulate(m, &p, m->key + m->at[b] - p.n);
		p.row = m->row;
		p.col = m->col;
		p.count = m->count;
		fn(ctx, &p);
	}
}

void duo_each(const struct units *u, void (*fn)(void *ctx, const struct duo *p), void *ctx)
{
	size_t n = u->l->n_workers, q = u->n_classes;
	struct meet m = { .u = u };

	m.n_with = mem_zalloc(n, sizeof *m.n_with);
	m.other = mem_alloc(n, sizeof *m.other);
	m.at = mem_alloc(n, sizeof *m.at);
	m.dense = q <= DENSE ? mem_zalloc(q * q, sizeof *m.dense) : NULL;
	for (uint32_t a = 0; a < n; a++)
		duos_of(&m, a, fn, ctx);
	free(m.n_with);
	free(m.other);
	free(m.at);
	free(m.met);
	free(m.found);
	free(m.key);
	free(m.row);
	free(m.col);
	free(m.count);
	free(m.dense);
}

/* ---- coefficients of one table -------------------------------------------------------------- */

/* the margins on the classes that either worker used */
struct margins {
	size_t n;
	uint32_t *pos;
	double *a, *b, *mean;        /* shares; mean of the two */
	double *va, *vb, *vm;        /* V times each */
	double de, kappa;
};

static size_t find(const struct margins *g, uint32_t pos)
{
	size_t low = 0, high = g->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		*(g->pos[mid] <= pos ? &low : &high) = mid;
	}
	return low;
}

static void margins_init(struct margins *g, const struct duo *p)
{
	size_t most = 2 * p->n_cells;

	g->pos = mem_alloc(most, sizeof *g->pos);
	memcpy(g->pos, p->row, p->n_cells * sizeof *p->row);
	memcpy(g->pos + p->n_cells, p->col, p->n_cells * sizeof *p->col);
	qsort(g->pos, most, sizeof *g->pos, ascending32);
	for (size_t i = 0; i < most; i++)
		if (!i || g->pos[i] != g->pos[g->n - 1])
			g->pos[g->n++] = g->pos[i];
	g->a = mem_zalloc(6 * g->n, sizeof *g->a);
	g->b = g->a + g->n;
	g->mean = g->b + g->n;
	g->va = g->mean + g->n;
	g->vb = g->va + g->n;
	g->vm = g->vb + g->n;
	for (size_t c = 0; c < p->n_cells; c++) {
		g->a[find(g, p->row[c])] += p->count[c];
		g->b[find(g, p->col[c])] += p->count[c];
	}
	for (size_t i = 0; i < g->n; i++) {
		g->mean[i] = (g->a[i] + g->b[i]) / (2 * (double)p->n);
		g->a[i] /= (double)p->n;
		g->b[i] /= (double)p->n;
	}
}

/* v and de: as coef_chance, but with two margins */
static bool chance(struct margins *g, const struct weights *w, enum coef_id id, double total_v)
{
	double q = (double)w->q;
	struct exact s = { 0 };

	g->de = 1;
	if (id == COEF_PERCENT)
		return true;
	if (id == COEF_BP) {
		g->de = total_v / (q * q);
		return g->de > 0;
	}
	if (id == COEF_AC1 || id == COEF_AC2) {
		g->kappa = w->q > 1 ? (q * q - total_v) / (q * (q - 1)) : 0;
		for (size_t i = 0; i < g->n; i++)
			exact_add(&s, g->mean[i] * (1 - g->mean[i]));
		g->de = w->q > 1 ? 1 - g->kappa * exact_value(&s) : 0;
		return g->de > 0;
	}
	weights_apply(w, g->pos, g->a, g->n, g->va);
	weights_apply(w, g->pos, g->b, g->n, g->vb);
	for (size_t i = 0; i < g->n; i++) {
		g->vm[i] = (g->va[i] + g->vb[i]) / 2;
		exact_add(&s, id == COEF_COHEN ? (g->a[i] * g->vb[i] + g->b[i] * g->va[i]) / 2 : g->mean[i] * g->vm[i]);
	}
	g->de = exact_value(&s);
	return g->n > 1 && g->de > (w->kind == WEIGHTS_CIRCULAR ? 0x1p-80 : 0);
}

/* mean of L less L_kl */
static double share_of(const struct margins *g, enum coef_id id, size_t k, size_t l)
{
	if (id == COEF_COHEN)
		return g->vb[k] + g->va[l] - 2 * g->de;
	if (id == COEF_SCOTT)
		return g->vm[k] + g->vm[l] - 2 * g->de;
	if (id == COEF_AC1 || id == COEF_AC2)
		return 2 * (1 - g->de) - g->kappa * (2 - g->mean[k] - g->mean[l]);
	return 0;
}

static double variance(const struct duo *p, const struct weights *w, const struct margins *g, enum coef_id id, double da)
{
	struct exact s = { 0 };
	double n = (double)p->n;

	for (size_t c = 0; c < p->n_cells; c++) {
		double v = weights_v(w, p->row[c], p->col[c]);
		double l = share_of(g, id, find(g, p->row[c]), find(g, p->col[c]));
		double z = (da - v + da / g->de * l) / g->de;
		exact_add(&s, p->count[c] / n * (z * z));
	}
	return exact_value(&s) / n;
}

static double half_of(struct t_cache *t, double df)
{
	if (df >= (double)(sizeof t->half / sizeof *t->half))
		return student_quantile(0.5 + t->level / 2, df);
	double *half = &t->half[(size_t)df];
	if (!(*half > 0))
		*half = student_quantile(0.5 + t->level / 2, df);
	return *half;
}

void duo_coef(const struct duo *p, const struct weights *w, enum coef_id id, double total_v,
               struct t_cache *t, struct coef *out)
{
	struct weights identity = { .kind = WEIGHTS_IDENTITY, .q = w->q, .scale = 1, .up = 1 };
	struct margins g = { 0 };
	struct exact d = { 0 };

	BUG_ON(id == COEF_FLEISS || id == COEF_CONGER || id == COEF_LIGHT || id == COEF_ALPHA);
	if (id == COEF_AC1) {
		w = &identity;
		total_v = weights_total(w);
	}
	*out = (struct coef){ .n = p->n, .why = coef_why(COEF_OK), .se_why = coef_why(COEF_OK), .has_pa = true };
	margins_init(&g, p);
	for (size_t c = 0; c < p->n_cells; c++)
		exact_add(&d, p->count[c] * weights_v(w, p->row[c], p->col[c]));
	double da = exact_value(&d) / (double)p->n;
	bool defined = chance(&g, w, id, total_v);
	out->pa = 1 - da;
	out->has_pe = !((id == COEF_AC1 || id == COEF_AC2) && w->q < 2);
	out->pe = out->has_pe ? 1 - g.de : 0;
	if (!defined) {
		coef_fail(out, w->q < 2 ? COEF_ONE_CLASS_DECLARED : COEF_ONE_CLASS);
	} else {
		out->value = 1 - da / g.de;
		out->df = (double)p->n - 1;
		if (p->n < 2)
			coef_fail_error(out, COEF_ONE_TASK);
		else if (!t)
			coef_fail_error(out, COEF_NO_ERROR);
		else
			coef_limits(out, variance(p, w, &g, id, da), out->df, half_of(t, out->df));
	}
	free(g.pos);
	free(g.a);
}

/* ---- over all pairs --------------------------------------------------------------------------- */

struct only {
	const struct weights *w;
	enum coef_id id;
	struct t_cache t;
	struct coef *out;
};

static void only_pair(void *ctx, const struct duo *p)
{
	struct only *o = ctx;

	duo_coef(p, o->w, o->id, 0, &o->t, o->out);
}

void duo_estimate(const struct units *u, const struct weights *w, enum coef_id id,
                    const struct coef_opt *o, struct coef *out)
{
	struct only only = { .w = w, .id = id, .t = { .level = o->level }, .out = out };
	size_t n = 0;

	*out = (struct coef){ .why = coef_why(COEF_OK), .se_why = coef_why(COEF_OK) };
	for (size_t g = 0; g < u->l->n_workers; g++)
		n += u->l->w_off[g + 1] > u->l->w_off[g];
	coef_fail(out, n == 2 ? COEF_NO_PAIRS : n == 1 ? COEF_ONE_WORKER : n ? COEF_NOT_TWO : COEF_NO_PAIRS);
	if (n != 2)
		return;
	duo_each(u, only_pair, &only);
	if (out->status != COEF_OK || out->se_status != COEF_OK)
		return;
	double f = o->population > 0 ? (double)out->n / o->population : 0;
	if (o->error != ERROR_LINEAR)
		coef_fail_error(out, COEF_NO_ERROR);
	else if (f > 0)
		coef_interval(out, (f < 1 ? 1 - f : 0) * out->se * out->se, out->df, o->level);
}

struct light {
	const struct weights *w;
	struct exact value, pa, pe;
	size_t n, n_dropped;
};

static void light_pair(void *ctx, const struct duo *p)
{
	struct light *t = ctx;
	struct coef c;

	duo_coef(p, t->w, COEF_COHEN, 0, NULL, &c);
	if (c.status != COEF_OK) {
		t->n_dropped++;
		return;
	}
	t->n++;
	exact_add(&t->value, c.value);
	exact_add(&t->pa, c.pa);
	exact_add(&t->pe, c.pe);
}

void duo_light(const struct units *u, const struct weights *w, struct coef *out)
{
	struct light t = { .w = w };

	duo_each(u, light_pair, &t);
	*out = (struct coef){ .n = t.n, .n_dropped = t.n_dropped, .why = coef_why(COEF_OK), .has_pa = t.n > 0, .has_pe = t.n > 0 };
	if (!t.n) {
		coef_fail(out, t.n_dropped ? COEF_ONE_CLASS : COEF_NO_PAIRS);
		return;
	}
	out->value = exact_value(&t.value) / (double)t.n;
	out->pa = exact_value(&t.pa) / (double)t.n;
	out->pe = exact_value(&t.pe) / (double)t.n;
	coef_fail_error(out, COEF_NO_ERROR);
}
