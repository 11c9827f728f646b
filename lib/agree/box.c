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

#define NONE UINT32_MAX

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

struct pairs {
	struct pair *p;
	size_t n, cap;
};

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

static bool add_pair(struct pairs *l, struct overlap o, uint32_t i, uint32_t j, bool exact)
{
	if (l->n == BOX_PAIRS)
		return false;
	if (l->n == l->cap) {
		l->cap = mem_grow(l->cap < 64 ? 64 : l->cap, l->n + 1);
		l->p = mem_realloc(l->p, l->cap, sizeof *l->p);
	}
	l->p[l->n++] = (struct pair){ o, i < j ? i : j, i < j ? j : i, exact };
	return true;
}

/* where a box begins and ends along one axis, and whose */
struct edge {
	double x, end;
	uint32_t i;
};

static int by_edge(const void *p, const void *q)
{
	const struct edge *a = p, *b = q;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return (a->i > b->i) - (a->i < b->i);
}

static struct edge *edges(const struct mine *m, size_t n, bool down)
{
	struct edge *e = mem_alloc(n, sizeof *e);

	for (uint32_t i = 0; i < n; i++) {
		const struct box *b = m[i].b;
		e[i] = down ? (struct edge){ b->y, b->y + b->h, i } : (struct edge){ b->x, b->x + b->w, i };
	}
	if (n > 1)
		qsort(e, n, sizeof *e, by_edge);
	return e;
}

/* how many pairs share a column (or a row) of the image */
static double count_near(const struct edge *e, size_t n)
{
	double pairs = 0;

	for (size_t a = 0; a < n; a++) {
		size_t from = a + 1, to = n;
		while (from < to) {
			size_t mid = from + (to - from) / 2;
			if (e[mid].x <= e[a].end)
				from = mid + 1;
			else
				to = mid;
		}
		pairs += (double)(from - a - 1);
	}
	return pairs;
}

/* Along the axis, each box with those that begin before it ends. */
static bool find_pairs(const struct mine *m, const struct edge *e, size_t n, double match, struct pairs *out)
{
	bool exact = true;

	for (size_t i = 0; i < n; i++)
		exact = exact && whole_box(m[i].b);
	for (size_t a = 0; a < n; a++) {
		const struct mine *p = m + e[a].i;
		for (size_t b = a + 1; b < n && e[b].x <= e[a].end; b++) {
			const struct mine *q = m + e[b].i;
			if (p->worker == q->worker)
				continue;
			struct overlap o = overlap(p->b, q->b);
			if (o.both >= match * o.either && !add_pair(out, o, e[a].i, e[b].i, exact))
				return false;
		}
	}
	return true;
}

/* pairs of boxes of different workers, the closest first */
static bool close_pairs(const struct mine *m, size_t n, double match, struct pairs *out)
{
	struct edge *across = edges(m, n, false), *down = edges(m, n, true);
	double columns = count_near(across, n), rows = count_near(down, n);

	*out = (struct pairs){ 0 };
	bool good = (columns < rows ? columns : rows) <= BOX_NEAR &&
	            find_pairs(m, columns < rows ? across : down, n, match, out);
	if (good && out->n > 1)
		qsort(out->p, out->n, sizeof *out->p, by_overlap);
	free(across);
	free(down);
	return good;
}

bool box_match(const struct box *a, size_t na, const struct box *b, size_t nb, double match, uint32_t *of)
{
	struct mine *m = mem_alloc(na + nb, sizeof *m);
	bool *taken = mem_zalloc(nb, sizeof *taken);
	struct pairs l;

	for (size_t i = 0; i < na + nb; i++)
		m[i] = (struct mine){ .b = i < na ? a + i : b + (i - na), .worker = i >= na };
	for (size_t i = 0; i < na; i++)
		of[i] = BOX_NONE;
	bool good = close_pairs(m, na + nb, match, &l);
	for (size_t k = 0; good && k < l.n; k++) {
		uint32_t i = l.p[k].i, j = l.p[k].j - (uint32_t)na;
		if (of[i] == BOX_NONE && !taken[j]) {
			of[i] = j;
			taken[j] = true;
		}
	}
	free(l.p);
	free(m);
	free(taken);
	return good;
}

/* ---- clusters ----------------------------------------------------------------------- */

/* Two clusters that did not go together will not until one of them has grown: what they were then,
 * by their numbers.  Without it crowded images would cost the fourth power of their boxes. */
struct refused {
	struct refusal {
		uint32_t p, q;
		size_t size;     /* of both; 0: a free slot */
	} *slot;
	size_t n, n_slots;
};

static struct refusal *find_slot(const struct refused *r, uint32_t p, uint32_t q)
{
	uint64_t hash = ((uint64_t)p << 32 | q) * 0x9e3779b97f4a7c15;
	size_t i = (hash >> 20) & (r->n_slots - 1);

	while (r->slot[i].size && (r->slot[i].p != p || r->slot[i].q != q))
		i = (i + 1) & (r->n_slots - 1);
	return &r->slot[i];
}

static void grow(struct refused *r)
{
	struct refused wide = { .n = r->n, .n_slots = r->n_slots ? 2 * r->n_slots : 64 };

	wide.slot = mem_zalloc(wide.n_slots, sizeof *wide.slot);
	for (size_t i = 0; i < r->n_slots; i++)
		if (r->slot[i].size)
			*find_slot(&wide, r->slot[i].p, r->slot[i].q) = r->slot[i];
	free(r->slot);
	*r = wide;
}

static void refuse(struct refused *r, uint32_t p, uint32_t q, size_t size)
{
	if (r->n * 2 >= r->n_slots)
		grow(r);
	struct refusal *s = find_slot(r, p, q);
	r->n += !s->size;
	*s = (struct refusal){ p, q, size };
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

static void join_pairs(struct mine *m, size_t n, const struct pairs *l, double match)
{
	struct refused no = { 0 };
	uint32_t *size = mem_alloc(n, sizeof *size);

	for (size_t i = 0; i < n; i++)
		size[i] = 1;
	for (size_t k = 0; k < l->n; k++) {
		uint32_t a = m[l->p[k].i].cluster, b = m[l->p[k].j].cluster, p = a < b ? a : b, q = a < b ? b : a;
		size_t both = (size_t)size[p] + size[q];
		if (p == q || (no.n && find_slot(&no, p, q)->size == both))
			continue;
		if (joinable(m, p, q, match)) {
			join(m, p, q);
			size[p] += size[q];
		} else {
			refuse(&no, p, q, both);
		}
	}
	free(no.slot);
	free(size);
}

static int by_worker(const void *p, const void *q)
{
	const struct mine *a = p, *b = q;

	if (a->worker != b->worker)
		return a->worker < b->worker ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);    /* of one answer: the order drawn */
}

/* clusters of one image, numbered from 0 by their first box */
static bool match_boxes(struct mine *m, size_t n, double match, uint32_t *n_clusters)
{
	struct pairs l;

	*n_clusters = 0;
	for (uint32_t i = 0; i < n; i++) {
		m[i].cluster = i;
		m[i].next = NONE;
	}
	bool good = close_pairs(m, n, match, &l);
	if (good)
		join_pairs(m, n, &l, match);
	free(l.p);
	for (uint32_t i = 0; i < n; i++)
		m[i].cluster = m[i].cluster == i ? (*n_clusters)++ : m[m[i].cluster].cluster;
	return good;
}

/* On an image with gold a cluster is a box of the gold and what workers drew of it; what fits none
 * is a cluster of its own. */
static bool match_gold(struct mine *m, size_t n, const struct box *gold, size_t n_gold, double match,
                       uint32_t *n_clusters)
{
	struct box *own = mem_alloc(n, sizeof *own);
	uint32_t *of = mem_alloc(n, sizeof *of);
	bool good = true;

	*n_clusters = (uint32_t)n_gold;
	for (size_t i = 0, many; good && i < n; i += many) {
		for (many = 0; i + many < n && m[i + many].worker == m[i].worker; many++)
			own[many] = *m[i + many].b;
		good = box_match(own, many, gold, n_gold, match, of);
		for (size_t j = 0; good && j < many; j++)
			m[i + j].cluster = of[j] == BOX_NONE ? (*n_clusters)++ : of[j];
	}
	free(own);
	free(of);
	return good;
}

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
	struct mine *mine;          /* by cluster, then by worker and the order drawn */
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
	const struct mine *m = k->mine + k->first[c];
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
	const struct mine *m = k->mine + k->first[c];
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
	f->box.w = most(b0->w + sum_value(&w) / sw, 0);
	f->box.h = most(b0->h + sum_value(&h) / sw, 0);
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
	double in = least(sum_value(&votes), looked);
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
		sum_add(&sure, most(k->found[c].share, 1 - k->found[c].share));
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
			const struct mine *m = k->mine + i;
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
		moved = most(moved, d < 0 ? -d : d);
		k->out->skill[w] = s;
	}
	return moved;
}

/* ---- the whole -------------------------------------------------------------------- */

static uint32_t gold_of(const struct work *k, size_t t)
{
	return k->o->gold ? k->o->gold[t] : NONE;
}

/* the boxes on an image in the order of workers, and what they cluster to */
static bool match_image(struct work *k, size_t t, struct mine *m, size_t *n, uint32_t *n_clusters)
{
	const struct labels *l = k->l;
	uint32_t gold = gold_of(k, t);

	*n = 0;
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		for (size_t j = k->b->off[l->t_value[i]]; j < k->b->off[l->t_value[i] + 1]; j++)
			m[(*n)++] = (struct mine){ .b = k->b->box + j, .worker = l->t_worker[i] };
	BUG_ON(*n >= NONE);
	if (*n > 1)
		qsort(m, *n, sizeof *m, by_worker);
	if (gold == NONE)
		return match_boxes(m, *n, k->o->match, n_clusters);
	return match_gold(m, *n, k->b->box + k->b->off[gold], k->b->off[gold + 1] - k->b->off[gold], k->o->match,
	                  n_clusters);
}

/* Put the boxes in the order of their clusters; first[] of the image is set. */
static void sort_clusters(struct mine *m, size_t n, uint32_t n_clusters, size_t at, size_t *first)
{
	struct mine *copy = mem_alloc(n, sizeof *copy);

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
		if (gold_of(k, t) != NONE)
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
		k->image[t] = (struct image){ n_clusters, clusters, gold_of(k, t) != NONE };
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
		if (g == NONE)
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
