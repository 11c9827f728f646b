#include "agree/box.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/isqrt.h"
#include "math/sum.h"

/* ---- overlap --------------------------------------------------------------------- */

struct overlap {
	double both, either;    /* areas; either > 0 */
};

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
}

/* what identical boxes share is all they have, whatever rounding makes of right - left */
static struct overlap overlap(const struct box *a, const struct box *b)
{
	double w = least(a->x + a->w, b->x + b->w) - most(a->x, b->x);
	double h = least(a->y + a->h, b->y + b->h) - most(a->y, b->y);
	bool same = a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h;
	double both = w > 0 && h > 0 ? w * h : 0, either = a->w * a->h + b->w * b->h - both;

	if (same)
		return (struct overlap){ 1, 1 };
	return either > 0 ? (struct overlap){ least(both, either), either } : (struct overlap){ 0, 1 };
}

static double ratio(struct overlap o)
{
	return o.both / o.either;
}

double box_overlap(const struct box *a, const struct box *b)
{
	return ratio(overlap(a, b));
}

static bool whole(double v)
{
	return v > -0x1p25 && v < 0x1p25 && v == (double)(int64_t)v;
}

static bool whole_box(const struct box *b)
{
	return whole(b->x) && whole(b->y) && whole(b->w) && whole(b->h);
}

/* exact: areas are integers below 2^53 */
static int closer(struct overlap p, struct overlap q, bool exact)
{
	if (exact) {
		u128 left = (u128)(uint64_t)p.both * (uint64_t)q.either, right = (u128)(uint64_t)q.both * (uint64_t)p.either;
		return (left > right) - (left < right);
	}
	return (ratio(p) > ratio(q)) - (ratio(p) < ratio(q));
}

int box_closer(const struct box *a, const struct box *b, const struct box *c, const struct box *d)
{
	return closer(overlap(a, b), overlap(c, d), whole_box(a) && whole_box(b) && whole_box(c) && whole_box(d));
}

/* ---- matching -------------------------------------------------------------------- */

struct mine {
	const struct box *b;
	uint32_t worker;
	uint32_t cluster;    /* while matching: number of the cluster; then numbers without gaps */
	uint32_t next;       /* of the cluster, NONE at the end */
};

struct pair {
	struct overlap o;
	uint32_t i, j;       /* i < j */
	bool exact;
};

#define NONE UINT32_MAX

static int by_overlap(const void *p, const void *q)
{
	const struct pair *a = p, *b = q;
	int c = closer(b->o, a->o, a->exact);

	if (c)
		return c;
	if (a->i != b->i)
		return a->i < b->i ? -1 : 1;
	return (a->j > b->j) - (a->j < b->j);
}

/* may the clusters that start at p and q become one? */
static bool joinable(const struct mine *m, uint32_t p, uint32_t q, double match)
{
	struct sum s = { 0 };
	double n = 0;

	for (uint32_t i = p; i != NONE; i = m[i].next)
		for (uint32_t j = q; j != NONE; j = m[j].next) {
			if (m[i].worker == m[j].worker)
				return false;
			sum_add(&s, box_overlap(m[i].b, m[j].b));
			n += 1;
		}
	return sum_value(&s) >= match * n * (1 - 1e-12);
}

/* a cluster goes by its first box; the boxes of q go behind those of p */
static void join(struct mine *m, uint32_t p, uint32_t q)
{
	uint32_t end = p;

	while (m[end].next != NONE)
		end = m[end].next;
	m[end].next = q;
	for (uint32_t i = q; i != NONE; i = m[i].next)
		m[i].cluster = p;
}

static struct pair *close_pairs(const struct mine *m, size_t n, double match, size_t *n_pairs)
{
	struct pair *p = NULL;
	size_t cap = 0, out = 0;
	bool exact = true;

	for (size_t i = 0; i < n; i++)
		exact = exact && whole_box(m[i].b);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n; j++) {
			struct overlap o = overlap(m[i].b, m[j].b);
			if (m[i].worker == m[j].worker || !(o.both >= match * o.either))
				continue;
			if (out == cap) {
				cap = mem_grow(cap < 64 ? 64 : cap, out + 1);
				p = mem_realloc(p, cap, sizeof *p);
			}
			p[out++] = (struct pair){ o, i, j, exact };
		}
	if (out > 1)
		qsort(p, out, sizeof *p, by_overlap);
	*n_pairs = out;
	return p;
}

static int by_worker(const void *p, const void *q)
{
	const struct mine *a = p, *b = q;

	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);    /* of one answer: the order drawn */
}

/* clusters of one image, numbered from 0 by their first box; returns how many */
static uint32_t match_boxes(struct mine *m, size_t n, double match)
{
	size_t n_pairs;
	uint32_t n_clusters = 0;

	if (n > 1)
		qsort(m, n, sizeof *m, by_worker);
	for (uint32_t i = 0; i < n; i++) {
		m[i].cluster = i;
		m[i].next = NONE;
	}
	struct pair *p = close_pairs(m, n, match, &n_pairs);
	for (size_t k = 0; k < n_pairs; k++) {
		uint32_t a = m[p[k].i].cluster, b = m[p[k].j].cluster;
		if (a != b && joinable(m, a, b, match))
			join(m, a < b ? a : b, a < b ? b : a);
	}
	free(p);
	for (uint32_t i = 0; i < n; i++)
		m[i].cluster = m[i].cluster == i ? n_clusters++ : m[m[i].cluster].cluster;
	return n_clusters;
}

/* ---- voting ---------------------------------------------------------------------- */

struct image {
	size_t mine, n_mine, clusters, n_clusters;    /* where, in mine[] and found[] */
};

struct work {
	const struct labels *l;
	const struct boxes *b;
	const struct box_opt *o;
	struct box_set *out;
	struct mine *mine;
	struct image *image;
	struct box_found *found;    /* of all clusters; n = 0: not voted for */
	double *weight;
	double *got, *of;           /* n_workers: S and M */
};

/* label of a cluster: the boxes are few, so compare all */
static void vote_label(const struct work *k, const struct image *im, uint32_t c, struct box_found *f)
{
	const struct mine *m = k->mine + im->mine;
	double best = -1, total = 0;

	for (size_t i = 0; i < im->n_mine; i++) {
		double sum = 0;
		if (m[i].cluster != c)
			continue;
		total += k->weight[m[i].worker];
		for (size_t j = 0; j < im->n_mine; j++)
			sum += m[j].cluster == c && m[j].b->label == m[i].b->label ? k->weight[m[j].worker] : 0;
		if (sum == best && m[i].b->label != f->box.label)
			f->label_tie = true;
		if (sum > best || (sum == best && m[i].b->label < f->box.label))
			f->box.label = m[i].b->label;
		f->label_tie = f->label_tie && sum <= best;
		best = sum > best ? sum : best;
	}
	f->label_share = total > 0 ? best / total : 0;
}

static void average(const struct work *k, const struct image *im, uint32_t c, struct box_found *f)
{
	const struct mine *m = k->mine + im->mine;
	struct sum x = { 0 }, y = { 0 }, right = { 0 }, bottom = { 0 }, near = { 0 };
	double sw = 0;

	for (size_t i = 0; i < im->n_mine; i++) {
		double v = k->weight[m[i].worker];
		if (m[i].cluster != c)
			continue;
		sw += v;
		sum_add(&x, v * m[i].b->x);
		sum_add(&y, v * m[i].b->y);
		sum_add(&right, v * (m[i].b->x + m[i].b->w));
		sum_add(&bottom, v * (m[i].b->y + m[i].b->h));
	}
	f->box.x = sum_value(&x) / sw;
	f->box.y = sum_value(&y) / sw;
	f->box.w = most(sum_value(&right) / sw - f->box.x, 0);
	f->box.h = most(sum_value(&bottom) / sw - f->box.y, 0);
	for (size_t i = 0; i < im->n_mine; i++)
		if (m[i].cluster == c)
			sum_add(&near, k->weight[m[i].worker] * box_overlap(m[i].b, &f->box));
	f->overlap = sum_value(&near) / sw;
}

static void vote_image(struct work *k, size_t t)
{
	const struct labels *l = k->l;
	const struct image *im = k->image + t;
	struct box_found *f = k->found + im->clusters;
	struct sum looked = { 0 }, sure = { 0 };
	double *in = mem_zalloc(im->n_clusters, sizeof *in);

	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		sum_add(&looked, k->weight[l->t_worker[i]]);
	for (size_t i = 0; i < im->n_mine; i++)
		in[k->mine[im->mine + i].cluster] += k->weight[k->mine[im->mine + i].worker];
	k->out->half[t] = 0;
	for (uint32_t c = 0; c < im->n_clusters; c++) {
		double half = sum_value(&looked) / 2, slack = 1e-12 * half;
		f[c] = (struct box_found){ .share = half > 0 ? in[c] / (2 * half) : 0 };
		sum_add(&sure, most(f[c].share, 1 - f[c].share));
		k->out->half[t] += half > 0 && in[c] >= half - slack && in[c] <= half + slack;
		if (!(in[c] > half + slack))
			continue;
		vote_label(k, im, c, f + c);
		average(k, im, c, f + c);
		for (size_t i = 0; i < im->n_mine; i++)
			f[c].n += k->mine[im->mine + i].cluster == c;
	}
	k->out->confidence[t] = im->n_clusters ? sum_value(&sure) / (double)im->n_clusters : 1;
	free(in);
}

/* S and M of every worker */
static void judge_image(struct work *k, size_t t)
{
	const struct labels *l = k->l;
	const struct image *im = k->image + t;
	const struct box_found *f = k->found + im->clusters;
	double n_found = 0;

	for (size_t c = 0; c < im->n_clusters; c++)
		n_found += f[c].n > 0;
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		k->of[l->t_worker[i]] += n_found;
	for (size_t i = 0; i < im->n_mine; i++) {
		const struct mine *m = k->mine + im->mine + i;
		if (f[m->cluster].n)
			k->got[m->worker] += box_overlap(m->b, &f[m->cluster].box);
		else
			k->of[m->worker] += 1;
	}
}

/* one round; returns the largest move of a skill */
static double vote_all(struct work *k)
{
	double moved = 0;

	memset(k->got, 0, 2 * k->l->n_workers * sizeof *k->got);
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		vote_image(k, t);
		judge_image(k, t);
	}
	for (size_t w = 0; w < k->l->n_workers; w++) {
		double s = (k->got[w] + 1) / (k->of[w] + 2), d = s - k->out->skill[w];
		moved = most(moved, d < 0 ? -d : d);
		k->out->skill[w] = s;
	}
	return moved;
}

/* ---- the whole -------------------------------------------------------------------- */

static void match_all(struct work *k)
{
	const struct labels *l = k->l;
	size_t n = 0, n_clusters = 0;

	for (size_t i = 0; i < l->n; i++)
		n += k->b->off[l->t_value[i] + 1] - k->b->off[l->t_value[i]];
	k->mine = mem_alloc(n, sizeof *k->mine);
	k->image = mem_alloc(l->n_tasks, sizeof *k->image);
	n = 0;
	for (size_t t = 0; t < l->n_tasks; t++) {
		struct image *im = k->image + t;
		*im = (struct image){ .mine = n, .clusters = n_clusters };
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			for (size_t j = k->b->off[l->t_value[i]]; j < k->b->off[l->t_value[i] + 1]; j++)
				k->mine[n++] = (struct mine){ .b = k->b->box + j, .worker = l->t_worker[i] };
		im->n_mine = n - im->mine;
		BUG_ON(im->n_mine >= NONE);
		im->n_clusters = match_boxes(k->mine + im->mine, im->n_mine, k->o->match);
		n_clusters += im->n_clusters;
	}
	k->found = mem_zalloc(n_clusters, sizeof *k->found);
}

static int by_place(const void *p, const void *q)
{
	const struct box *a = &((const struct box_found *)p)->box, *b = &((const struct box_found *)q)->box;
	const double u[] = { a->x, a->y, a->w, a->h }, v[] = { b->x, b->y, b->w, b->h };

	for (unsigned i = 0; i < 4; i++)
		if (u[i] != v[i])
			return u[i] < v[i] ? -1 : 1;
	return (a->label > b->label) - (a->label < b->label);
}

static void keep_found(struct work *k)
{
	struct box_set *s = k->out;
	size_t n = 0;

	for (size_t t = 0; t < s->n_tasks; t++) {
		const struct image *im = k->image + t;
		s->off[t] = n;
		for (size_t c = 0; c < im->n_clusters; c++)
			if (k->found[im->clusters + c].n)
				k->found[n++] = k->found[im->clusters + c];
		if (n - s->off[t] > 1)
			qsort(k->found + s->off[t], n - s->off[t], sizeof *k->found, by_place);
	}
	s->off[s->n_tasks] = n;
	s->found = k->found;
}

void box_fit(const struct labels *l, const struct boxes *b, const struct box_opt *o, struct box_set *out)
{
	size_t T = l->n_tasks, W = l->n_workers;

	BUG_ON(!l->t_off || !(o->match > 0 && o->match <= 1));
	*out = (struct box_set){ .n_tasks = T, .n_workers = W };
	out->off = mem_alloc(T + 1, sizeof *out->off);
	out->half = mem_zalloc(T, sizeof *out->half);
	out->confidence = mem_zalloc(T, sizeof *out->confidence);
	out->skill = mem_alloc(W, sizeof *out->skill);
	struct work k = { .l = l, .b = b, .o = o, .out = out };
	k.weight = mem_alloc(W, sizeof *k.weight);
	k.got = mem_alloc(W * 2, sizeof *k.got);
	k.of = k.got + W;
	match_all(&k);
	for (size_t w = 0; w < W; w++) {
		out->skill[w] = 0.5;
		k.weight[w] = o->weight ? o->weight[w] : 1;
	}
	while (!out->converged && out->n_iter < (o->max_iter ? o->max_iter : 1)) {
		out->converged = vote_all(&k) <= o->tol || o->weight;
		out->n_iter++;
		/* at the end, weights stay those that the boxes were made with */
		if (!o->weight && !out->converged && out->n_iter < o->max_iter)
			memcpy(k.weight, out->skill, W * sizeof *k.weight);
	}
	keep_found(&k);
	free(k.weight);
	free(k.got);
	free(k.mine);
	free(k.image);
}

void box_release(struct box_set *s)
{
	free(s->off);
	free(s->found);
	free(s->half);
	free(s->confidence);
	free(s->skill);
	*s = (struct box_set){ 0 };
}
