#include "score/peer.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"

static const char no_peer[] = "nobody else labelled a task of the worker";

static size_t task_size(const struct labels *l, size_t t)
{
	return l->t_off[t + 1] - l->t_off[t];
}

/* labels of task t with value v */
static uint64_t like(const struct labels *l, size_t t, uint32_t v)
{
	uint64_t n = 0;

	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		n += l->t_value[i] == v;
	return n;
}

/* ---- agreement and PTS ------------------------------------------------------------- */

/* chance: of every class, or NULL: not divided by */
static struct measure against_peers(const struct labels *l, size_t w, const double *chance)
{
	struct exact sum = { 0 };
	size_t n = 0;

	for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
		size_t r = task_size(l, l->w_task[i]);
		if (r < 2)
			continue;
		double share = (double)(like(l, l->w_task[i], l->w_value[i]) - 1) / (double)(r - 1);
		double R = chance ? chance[l->w_value[i]] : 1;
		exact_add(&sum, share > 0 && R > 0 ? share / R : 0);
		n++;
	}
	return n ? measure_of(exact_value(&sum) / (double)n - (chance ? 1 : 0)) : measure_none(no_peer);
}

void peer_agreement(const struct labels *l, struct measure *out)
{
	BUG_ON(!l->t_off || !l->w_off);
	for (size_t w = 0; w < l->n_workers; w++)
		out[w] = against_peers(l, w, NULL);
}

void peer_pts(const struct labels *l, const double *prior, struct measure *out)
{
	BUG_ON(!l->t_off || !l->w_off);
	uint64_t *all = mem_zalloc(l->n_classes, sizeof *all);
	double *R = mem_alloc(l->n_classes, sizeof *R);

	for (size_t i = 0; i < l->n; i++)
		all[l->t_value[i]]++;
	for (size_t c = 0; !prior && c < l->n_classes; c++)
		R[c] = 0;
	for (size_t w = 0; w < l->n_workers; w++) {
		size_t from = l->w_off[w], end = l->w_off[w + 1];
		for (size_t i = from; i < end; i++)
			all[l->w_value[i]]--;
		for (size_t i = from; !prior && i < end; i++)
			R[l->w_value[i]] = (double)all[l->w_value[i]] / (double)(l->n - (end - from));
		out[w] = against_peers(l, w, prior ? prior : R);
		for (size_t i = from; i < end; i++)
			all[l->w_value[i]]++;
	}
	free(all);
	free(R);
}

__extension__ typedef __int128 i128;

static int64_t floor_mean(i128 sum, uint64_t n)
{
	const int64_t most = (int64_t)1 << 53;

	if (!n)
		return 0;
	i128 q = sum / (i128)n;
	q -= sum % (i128)n < 0;
	return q > most ? most : (int64_t)q;    /* the least is -2^32 */
}

/* sum over the tasks with a peer of floor(2^32 (same / peers) (all / all_v)) - 2^32, all_v labels of the value among
 * the `all` of others */
static struct peer_q32 pts_q32(const struct labels *l, size_t w, const uint64_t *of_value, uint64_t all)
{
	struct peer_q32 m = { 0, 0 };
	i128 sum = 0;

	for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
		size_t r = task_size(l, l->w_task[i]);
		if (r < 2)
			continue;
		uint64_t same = like(l, l->w_task[i], l->w_value[i]) - 1;
		if (same)               /* then somebody else has the value */
			sum += ((i128)same * (i128)all << 32) / ((i128)(r - 1) * (i128)of_value[l->w_value[i]]);
		sum -= (i128)1 << 32;
		m.n++;
	}
	m.mean = floor_mean(sum, m.n);
	return m;
}

void peer_pts_q32(const struct labels *l, struct peer_q32 *out)
{
	BUG_ON(!l->t_off || !l->w_off);
	uint64_t *all = mem_zalloc(l->n_classes, sizeof *all);

	for (size_t i = 0; i < l->n; i++)
		all[l->t_value[i]]++;
	for (size_t w = 0; w < l->n_workers; w++) {
		size_t from = l->w_off[w], end = l->w_off[w + 1];
		for (size_t i = from; i < end; i++)
			all[l->w_value[i]]--;
		out[w] = pts_q32(l, w, all, l->n - (end - from));
		for (size_t i = from; i < end; i++)
			all[l->w_value[i]]++;
	}
	free(all);
}

/* ---- Delta --------------------------------------------------------------------------- */

/* P(a,b) in units of 2^-60 a task: integers, so that it does not matter in which order tasks come and go */
struct joint {
	size_t K;
	i128 *pair;          /* K x K */
	i128 *margin;        /* K */
	uint64_t n_tasks;
};

/* add (sign 1) or take (-1) the pairs of task t, without those of worker `skip` */
static void joint_task(struct joint *j, const struct labels *l, size_t t, uint32_t skip, int sign)
{
	size_t from = l->t_off[t], end = l->t_off[t + 1], r = 0;

	for (size_t p = from; p < end; p++)
		r += l->t_worker[p] != skip;
	if (r < 2)
		return;
	int64_t unit = sign * (int64_t)(((uint64_t)1 << 60) / (r * (r - 1)));
	for (size_t p = from; p < end; p++)
		for (size_t q = from; q < end; q++)
			if (p != q && l->t_worker[p] != skip && l->t_worker[q] != skip) {
				j->pair[l->t_value[p] * j->K + l->t_value[q]] += unit;
				j->margin[l->t_value[p]] += unit;
			}
	j->n_tasks += (uint64_t)(int64_t)sign;
}

static void joint_init(struct joint *j, const struct labels *l)
{
	BUG_ON(l->n_classes > PEER_CLASSES);
	*j = (struct joint){ .K = l->n_classes };
	j->pair = mem_zalloc(j->K * j->K, sizeof *j->pair);
	j->margin = mem_zalloc(j->K, sizeof *j->margin);
	for (size_t t = 0; t < l->n_tasks; t++)
		joint_task(j, l, t, UINT32_MAX, 1);
}

/* the labels of worker w go (sign -1) or come back (1) */
static void joint_worker(struct joint *j, const struct labels *l, size_t w, int sign)
{
	for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
		joint_task(j, l, l->w_task[i], UINT32_MAX, sign);
		joint_task(j, l, l->w_task[i], (uint32_t)w, -sign);
	}
}

static void joint_release(struct joint *j)
{
	free(j->pair);
	free(j->margin);
}

static double delta(const struct joint *j, size_t a, size_t b)
{
	double n = (double)j->n_tasks * 0x1p60;

	return (double)j->pair[a * j->K + b] / n - (double)j->margin[a] / n * ((double)j->margin[b] / n);
}

bool peer_delta(const struct labels *l, double *out)
{
	struct joint j;

	BUG_ON(!l->t_off);
	joint_init(&j, l);
	bool any = j.n_tasks > 0;
	for (size_t a = 0; any && a < j.K; a++)
		for (size_t b = 0; b < j.K; b++)
			out[a * j.K + b] = delta(&j, a, b);
	joint_release(&j);
	return any;
}

/* ---- CA -------------------------------------------------------------------------------- */

struct work {
	const struct labels *l;
	size_t K;
	bool same;              /* S is the identity, and kernel[] not there */
	bool *kernel;           /* K x K, symmetric */
	uint32_t *hist;         /* W x K */
	uint64_t *all;          /* K: of all labels */
	uint64_t *v;            /* K: sum over a of c_i(a) S(a,b) */
	struct met *met;
	size_t cap;
};

/* worker i met a peer on a task */
struct met {
	uint32_t peer, mine, theirs;
};

static int by_peer(const void *p, const void *q)
{
	const struct met *a = p, *b = q;

	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	if (a->mine != b->mine)
		return a->mine < b->mine ? -1 : 1;
	return (a->theirs > b->theirs) - (a->theirs < b->theirs);
}

static bool S(const struct work *k, uint32_t a, uint32_t b)
{
	return k->same ? a == b : k->kernel[a * k->K + b];
}

static uint64_t n_labels(const struct labels *l, size_t w)
{
	return l->w_off[w + 1] - l->w_off[w];
}

static size_t meet(struct work *k, size_t w)
{
	const struct labels *l = k->l;
	size_t n = 0;

	for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
		size_t t = l->w_task[i];
		if (n + task_size(l, t) > k->cap) {
			k->cap = mem_grow(k->cap, n + task_size(l, t));
			k->met = mem_realloc(k->met, k->cap, sizeof *k->met);
		}
		for (size_t p = l->t_off[t]; p < l->t_off[t + 1]; p++)
			if (l->t_worker[p] != w)
				k->met[n++] = (struct met){ l->t_worker[p], l->w_value[i], l->t_value[p] };
	}
	if (n > 1)
		qsort(k->met, n, sizeof *k->met, by_peer);
	return n;
}

/* sum over b of v(b) c(b) */
static uint64_t product(const struct work *k, const uint32_t *c)
{
	uint64_t sum = 0;

	for (size_t b = 0; b < k->K; b++)
		sum += k->v[b] * c[b];
	return sum;
}

/* how often S(a, x) over the labels x of a peer with histogram c */
static uint64_t row(const struct work *k, uint32_t a, const uint32_t *c)
{
	uint64_t sum = 0;

	if (k->same)
		return c[a];
	for (size_t b = 0; b < k->K; b++)
		sum += k->kernel[a * k->K + b] ? c[b] : 0;
	return sum;
}

/* the terms so far, exactly and, in units of 2^-32, each cut downwards */
struct terms {
	struct exact sum;
	i128 q32;
	size_t n;
};

/* one peer, met n times: the terms of "pairs" */
static void add_pairs(const struct work *k, size_t w, const struct met *m, size_t n, struct terms *t)
{
	const uint32_t *c = k->hist + m->peer * k->K;
	uint64_t everything = product(k, c), shared = 0;
	uint64_t many = (n_labels(k->l, w) - 1) * (n_labels(k->l, m->peer) - 1) - (n - 1);

	for (size_t i = 0; i < n; i++)
		shared += S(k, m[i].mine, m[i].theirs);
	for (size_t i = 0; many && i < n; i++) {
		uint64_t bonus = S(k, m[i].mine, m[i].theirs);
		/* all pairs, less those with this task on either side, less the others of one task */
		uint64_t apart = everything + bonus - row(k, m[i].mine, c) - k->v[m[i].theirs] - (shared - bonus);
		exact_add(&t->sum, (double)bonus - (double)apart / (double)many);
		t->q32 += ((i128)bonus << 32) - ((i128)apart * ((i128)1 << 32) + many - 1) / many;
		t->n++;
	}
}

static void add_once(const struct work *k, size_t w, const struct met *m, size_t n, struct terms *t)
{
	double expected = (double)product(k, k->hist + m->peer * k->K);
	uint64_t shared = 0;

	for (size_t i = 0; i < n; i++)
		shared += S(k, m[i].mine, m[i].theirs);
	exact_add(&t->sum, (double)shared / (double)n -
	                   expected / ((double)n_labels(k->l, w) * (double)n_labels(k->l, m->peer)));
	t->n++;
}

static struct measure pooled(const struct work *k, size_t w, size_t n)
{
	uint64_t shared = 0, expected = 0, mine = n_labels(k->l, w);

	if (!n)
		return measure_none(no_peer);
	for (size_t i = 0; i < n; i++)
		shared += S(k, k->met[i].mine, k->met[i].theirs);
	for (size_t b = 0; b < k->K; b++)
		expected += k->v[b] * (k->all[b] - k->hist[w * k->K + b]);
	return measure_of((double)shared / (double)n - (double)expected / ((double)mine * (double)(k->l->n - mine)));
}

static struct measure score(struct work *k, size_t w, enum peer_estimator estimator, struct peer_q32 *q)
{
	size_t n = meet(k, w);
	struct terms t = { .n = 0 };

	for (size_t b = 0; b < k->K; b++)
		k->v[b] = row(k, (uint32_t)b, k->hist + w * k->K);
	if (estimator == PEER_POOLED)
		return pooled(k, w, n);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && k->met[j].peer == k->met[i].peer; j++)
			;
		(estimator == PEER_PAIRS ? add_pairs : add_once)(k, w, k->met + i, j - i, &t);
	}
	*q = (struct peer_q32){ floor_mean(t.q32, t.n), t.n };
	if (!t.n)
		return measure_none(n ? "no tasks apart from those shared" : no_peer);
	return measure_of(exact_value(&t.sum) / (double)t.n);
}

static void set_kernel(struct work *k, const struct joint *j)
{
	for (size_t a = 0; a < k->K; a++)
		for (size_t b = 0; b < k->K; b++)
			k->kernel[a * k->K + b] = j->n_tasks && delta(j, a, b) > 1e-12;
}

static void all_workers(const struct labels *l, enum peer_kernel kernel, enum peer_estimator estimator,
                        struct measure *out, struct peer_q32 *q32)
{
	struct peer_q32 ignored;
	struct work k = { .l = l, .K = l->n_classes, .same = kernel == PEER_SAME };
	struct joint j = { 0 };

	BUG_ON(!l->t_off || !l->w_off);
	k.hist = mem_zalloc(l->n_workers * k.K, sizeof *k.hist);
	k.all = mem_zalloc(k.K, sizeof *k.all);
	k.v = mem_alloc(k.K, sizeof *k.v);
	for (size_t i = 0; i < l->n; i++) {
		k.hist[l->t_worker[i] * k.K + l->t_value[i]]++;
		k.all[l->t_value[i]]++;
	}
	if (!k.same) {
		k.kernel = mem_alloc(k.K * k.K, sizeof *k.kernel);
		joint_init(&j, l);
		set_kernel(&k, &j);
	}
	for (size_t w = 0; w < l->n_workers; w++) {
		if (kernel == PEER_DELTA_REST) {
			joint_worker(&j, l, w, -1);
			set_kernel(&k, &j);
		}
		struct measure m = score(&k, w, estimator, q32 ? q32 + w : &ignored);
		if (out)
			out[w] = m;
		if (kernel == PEER_DELTA_REST)
			joint_worker(&j, l, w, 1);
	}
	joint_release(&j);
	free(k.kernel);
	free(k.hist);
	free(k.all);
	free(k.v);
	free(k.met);
}

void peer_ca(const struct labels *l, enum peer_kernel kernel, enum peer_estimator estimator, struct measure *out)
{
	all_workers(l, kernel, estimator, out, NULL);
}

void peer_ca_q32(const struct labels *l, enum peer_kernel kernel, struct peer_q32 *out)
{
	all_workers(l, kernel, PEER_PAIRS, NULL, out);
}
