#include "agree/box.h"

#include <stdlib.h>
#include <string.h>

#include "agree/box-match.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/sum.h"

/* ---- voting ---------------------------------------------------------------------- */

struct image {
	size_t clusters, n_clusters;    /* where, in found[] */
	bool known;                     /* by gold */
};

struct work {
	const struct labels *l;
	const struct boxes *b;
	const struct box_opt *o;
	struct box_set *out;
	struct box_mine *mine;          /* by cluster, then by worker and the order drawn */
	size_t *first;              /* of cluster c: first[c] .. first[c + 1] - 1 in mine[] */
	struct image *image;
	struct box_found *found;    /* of all clusters */
	bool *there;                /* whether it is voted for */
	double *weight;
	double *got, *of;           /* n_workers: S and M */
};

/* label of a cluster: the boxes are few, so compare all */
static void vote_label(const struct work *k, size_t c, struct box_found *f)
{
	const struct box_mine *m = k->mine + k->first[c];
	size_t n = k->first[c + 1] - k->first[c];
	double best = -1, total = 0;

	for (size_t i = 0; i < n; i++) {
		double sum = 0;
		total += k->weight[m[i].worker];
		for (size_t j = 0; j < n; j++)
			sum += m[j].b->label == m[i].b->label ? k->weight[m[j].worker] : 0;
		if (sum == best && m[i].b->label != f->box.label)
			f->label_tie = true;
		if (sum > best || (sum == best && m[i].b->label < f->box.label))
			f->box.label = m[i].b->label;
		f->label_tie = f->label_tie && sum <= best;
		best = sum > best ? sum : best;
	}
	f->label_share = total > 0 ? best / total : 0;
}

/* Edges are averaged as what they differ from those of the first box: where all are the same, so is the mean. */
static void average(const struct work *k, size_t c, struct box_found *f)
{
	const struct box_mine *m = k->mine + k->first[c];
	const struct box *b0 = m->b;
	size_t n = k->first[c + 1] - k->first[c];
	struct sum x = { 0 }, y = { 0 }, w = { 0 }, h = { 0 };
	double sw = 0;

	for (size_t i = 0; i < n; i++) {
		double v = k->weight[m[i].worker];
		sw += v;
		sum_add(&x, v * (m[i].b->x - b0->x));
		sum_add(&y, v * (m[i].b->y - b0->y));
		sum_add(&w, v * (m[i].b->w - b0->w));
		sum_add(&h, v * (m[i].b->h - b0->h));
	}
	f->box.x = b0->x + sum_value(&x) / sw;
	f->box.y = b0->y + sum_value(&y) / sw;
	f->box.w = box_most(b0->w + sum_value(&w) / sw, 0);
	f->box.h = box_most(b0->h + sum_value(&h) / sw, 0);
}

static double mean_overlap(const struct work *k, size_t c, const struct box *b)
{
	struct sum near = { 0 };
	double sw = 0;

	for (size_t i = k->first[c]; i < k->first[c + 1]; i++) {
		double v = k->weight[k->mine[i].worker];
		sw += v;
		sum_add(&near, v * box_overlap(k->mine[i].b, b));
	}
	return sw > 0 ? sum_value(&near) / sw : 0;
}

static void vote_cluster(struct work *k, size_t c, double looked, uint32_t *half)
{
	struct box_found *f = k->found + c;
	struct sum votes = { 0 };
	double slack = 1e-12 * looked / 2;

	for (size_t i = k->first[c]; i < k->first[c + 1]; i++)
		sum_add(&votes, k->weight[k->mine[i].worker]);
	double in = box_least(sum_value(&votes), looked);
	*f = (struct box_found){ .share = looked > 0 ? in / looked : 0, .n = (uint32_t)(k->first[c + 1] - k->first[c]) };
	*half += looked > 0 && in >= looked / 2 - slack && in <= looked / 2 + slack;
	k->there[c] = in > looked / 2 + slack;
	if (!k->there[c])
		return;
	vote_label(k, c, f);
	average(k, c, f);
	f->overlap = mean_overlap(k, c, &f->box);
}

static void vote_image(struct work *k, size_t t)
{
	const struct labels *l = k->l;
	const struct image *im = k->image + t;
	struct sum looked = { 0 }, sure = { 0 };

	if (im->known)
		return;
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		sum_add(&looked, k->weight[l->t_worker[i]]);
	k->out->half[t] = 0;
	for (size_t c = im->clusters; c < im->clusters + im->n_clusters; c++) {
		vote_cluster(k, c, sum_value(&looked), &k->out->half[t]);
		sum_add(&sure, box_most(k->found[c].share, 1 - k->found[c].share));
	}
	k->out->confidence[t] = im->n_clusters ? sum_value(&sure) / (double)im->n_clusters : 1;
}

/* S and M of every worker */
static void judge_image(struct work *k, size_t t)
{
	const struct labels *l = k->l;
	const struct image *im = k->image + t;
	double n_found = 0;

	for (size_t c = im->clusters; c < im->clusters + im->n_clusters; c++)
		n_found += k->there[c];
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		k->of[l->t_worker[i]] += n_found;
	for (size_t c = im->clusters; c < im->clusters + im->n_clusters; c++)
		for (size_t i = k->first[c]; i < k->first[c + 1]; i++) {
			const struct box_mine *m = k->mine + i;
			if (k->there[c])
				k->got[m->worker] += box_overlap(m->b, &k->found[c].box);
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
		moved = box_most(moved, d < 0 ? -d : d);
		k->out->skill[w] = s;
	}
	return moved;
}

/* ---- the whole -------------------------------------------------------------------- */

static uint32_t gold_of(const struct work *k, size_t t)
{
	return k->o->gold ? k->o->gold[t] : BOX_NONE;
}

static int by_worker(const void *p, const void *q)
{
	const struct box_mine *a = p, *b = q;

	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);    /* of one answer: the order drawn */
}

/* the boxes on an image in the order of workers, and what they cluster to */
static bool match_image(struct work *k, size_t t, struct box_mine *m, size_t *n, uint32_t *n_clusters)
{
	const struct labels *l = k->l;
	uint32_t gold = gold_of(k, t);

	*n = 0;
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		for (size_t j = k->b->off[l->t_value[i]]; j < k->b->off[l->t_value[i] + 1]; j++)
			m[(*n)++] = (struct box_mine){ .b = k->b->box + j, .worker = l->t_worker[i] };
	BUG_ON(*n >= BOX_NONE);
	if (*n > 1)
		qsort(m, *n, sizeof *m, by_worker);
	if (gold == BOX_NONE)
		return box_cluster(m, *n, k->o->match, n_clusters);
	return box_cluster_gold(m, *n, k->b->box + k->b->off[gold], k->b->off[gold + 1] - k->b->off[gold], k->o->match,
	                        n_clusters);
}

/* Put the boxes in the order of their clusters; first[] of the image is set. */
static void sort_clusters(struct box_mine *m, size_t n, uint32_t n_clusters, size_t at, size_t *first)
{
	struct box_mine *copy = mem_alloc(n, sizeof *copy);

	memset(first, 0, n_clusters * sizeof *first);
	for (size_t i = 0; i < n; i++)
		first[m[i].cluster]++;
	for (uint32_t c = 0; c < n_clusters; c++) {
		size_t many = first[c];
		first[c] = at;
		at += many;
	}
	at -= n;
	memcpy(copy, m, n * sizeof *m);
	for (size_t i = 0; i < n; i++)
		m[first[copy[i].cluster]++ - at] = copy[i];
	for (size_t c = n_clusters; c-- > 1; )
		first[c] = first[c - 1];
	if (n_clusters)
		first[0] = at;
	free(copy);
}

static bool match_all(struct work *k)
{
	const struct labels *l = k->l;
	size_t n = 0, n_clusters = 0, most_clusters = 0;

	for (size_t i = 0; i < l->n; i++)
		n += k->b->off[l->t_value[i] + 1] - k->b->off[l->t_value[i]];
	most_clusters = n;
	for (size_t t = 0; t < l->n_tasks; t++)
		if (gold_of(k, t) != BOX_NONE)
			most_clusters += k->b->off[gold_of(k, t) + 1] - k->b->off[gold_of(k, t)];
	k->mine = mem_alloc(n, sizeof *k->mine);
	k->first = mem_alloc(most_clusters + 1, sizeof *k->first);
	k->image = mem_alloc(l->n_tasks, sizeof *k->image);
	n = 0;
	for (size_t t = 0; t < l->n_tasks; t++) {
		size_t many;
		uint32_t clusters;
		k->out->crowded = t;
		if (!match_image(k, t, k->mine + n, &many, &clusters))
			return false;
		sort_clusters(k->mine + n, many, clusters, n, k->first + n_clusters);
		k->image[t] = (struct image){ n_clusters, clusters, gold_of(k, t) != BOX_NONE };
		n += many;
		n_clusters += clusters;
	}
	k->first[n_clusters] = n;
	k->out->crowded = 0;
	k->found = mem_zalloc(n_clusters, sizeof *k->found);
	k->there = mem_zalloc(n_clusters, sizeof *k->there);
	return true;
}

/* what is known needs no vote */
static void set_gold(struct work *k)
{
	for (size_t t = 0; t < k->l->n_tasks; t++) {
		uint32_t g = gold_of(k, t);
		size_t c = k->image[t].clusters;
		if (g == BOX_NONE)
			continue;
		for (size_t i = k->b->off[g]; i < k->b->off[g + 1]; i++, c++) {
			k->there[c] = true;
			k->found[c] = (struct box_found){ .box = k->b->box[i], .share = 1, .label_share = 1,
			                                  .n = (uint32_t)(k->first[c + 1] - k->first[c]) };
		}
		k->out->confidence[t] = 1;
	}
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
		for (size_t c = im->clusters; c < im->clusters + im->n_clusters; c++) {
			if (!k->there[c])
				continue;
			if (im->known)
				k->found[c].overlap = mean_overlap(k, c, &k->found[c].box);
			k->found[n++] = k->found[c];
		}
		if (n - s->off[t] > 1)
			qsort(k->found + s->off[t], n - s->off[t], sizeof *k->found, by_place);
	}
	s->off[s->n_tasks] = n;
	s->found = k->found;
}

static void vote(struct work *k)
{
	const struct box_opt *o = k->o;
	struct box_set *s = k->out;
	size_t W = s->n_workers;

	k->weight = mem_alloc(W, sizeof *k->weight);
	k->got = mem_alloc(W * 2, sizeof *k->got);
	k->of = k->got + W;
	for (size_t w = 0; w < W; w++) {
		s->skill[w] = 0.5;
		k->weight[w] = o->weight ? o->weight[w] : 1;
	}
	while (!s->converged && s->n_iter < (o->max_iter ? o->max_iter : 1)) {
		s->converged = vote_all(k) <= o->tol || o->weight;
		s->n_iter++;
		/* at the end, weights stay those that the boxes were made with */
		if (!o->weight && !s->converged && s->n_iter < o->max_iter)
			memcpy(k->weight, s->skill, W * sizeof *k->weight);
	}
	keep_found(k);
	free(k->weight);
	free(k->got);
}

bool box_fit(const struct labels *l, const struct boxes *b, const struct box_opt *o, struct box_set *out)
{
	size_t T = l->n_tasks, W = l->n_workers;

	BUG_ON(!l->t_off || !(o->match > 0 && o->match <= 1));
	*out = (struct box_set){ .n_tasks = T, .n_workers = W };
	out->off = mem_zalloc(T + 1, sizeof *out->off);
	out->half = mem_zalloc(T, sizeof *out->half);
	out->confidence = mem_zalloc(T, sizeof *out->confidence);
	out->skill = mem_zalloc(W, sizeof *out->skill);
	struct work k = { .l = l, .b = b, .o = o, .out = out };
	bool good = match_all(&k);
	if (good) {
		set_gold(&k);
		vote(&k);
	}
	free(k.mine);
	free(k.first);
	free(k.image);
	free(k.there);
	return good;
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
