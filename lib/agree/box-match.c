#include "agree/box-match.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/sum.h"

/* ---- matching -------------------------------------------------------------------- */

struct pair {
	struct box_shared o;
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
	int c = box_shared_cmp(b->o, a->o, a->exact);

	if (c)
		return c;
	if (a->i != b->i)
		return a->i < b->i ? -1 : 1;
	return (a->j > b->j) - (a->j < b->j);
}

static bool add_pair(struct pairs *l, struct box_shared o, uint32_t i, uint32_t j, bool exact)
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

static struct edge *edges(const struct box_mine *m, size_t n, bool down)
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
static bool find_pairs(const struct box_mine *m, const struct edge *e, size_t n, double match, struct pairs *out)
{
	bool exact = true;

	for (size_t i = 0; i < n; i++)
		exact = exact && box_whole(m[i].b);
	for (size_t a = 0; a < n; a++) {
		const struct box_mine *p = m + e[a].i;
		for (size_t b = a + 1; b < n && e[b].x <= e[a].end; b++) {
			const struct box_mine *q = m + e[b].i;
			if (p->worker == q->worker)
				continue;
			struct box_shared o = box_shared(p->b, q->b);
			if (o.both >= match * o.either && !add_pair(out, o, e[a].i, e[b].i, exact))
				return false;
		}
	}
	return true;
}

/* pairs of boxes of different workers, the closest first */
static bool close_pairs(const struct box_mine *m, size_t n, double match, struct pairs *out)
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
	struct box_mine *m = mem_alloc(na + nb, sizeof *m);
	bool *taken = mem_zalloc(nb, sizeof *taken);
	struct pairs l;

	for (size_t i = 0; i < na + nb; i++)
		m[i] = (struct box_mine){ .b = i < na ? a + i : b + (i - na), .worker = i >= na };
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
static bool joinable(const struct box_mine *m, uint32_t p, uint32_t q, double match)
{
	struct sum s = { 0 };
	double n = 0;

	for (uint32_t i = p; i != BOX_NONE; i = m[i].next)
		for (uint32_t j = q; j != BOX_NONE; j = m[j].next) {
			if (m[i].worker == m[j].worker)
				return false;
			sum_add(&s, box_overlap(m[i].b, m[j].b));
			n += 1;
		}
	return sum_value(&s) >= match * n * (1 - 1e-12);
}

/* a cluster goes by its first box; the boxes of q go behind those of p */
static void join(struct box_mine *m, uint32_t p, uint32_t q)
{
	uint32_t end = p;

	while (m[end].next != BOX_NONE)
		end = m[end].next;
	m[end].next = q;
	for (uint32_t i = q; i != BOX_NONE; i = m[i].next)
		m[i].cluster = p;
}

static void join_pairs(struct box_mine *m, size_t n, const struct pairs *l, double match)
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

bool box_cluster(struct box_mine *m, size_t n, double match, uint32_t *n_clusters)
{
	struct pairs l;

	*n_clusters = 0;
	for (uint32_t i = 0; i < n; i++) {
		m[i].cluster = i;
		m[i].next = BOX_NONE;
	}
	bool good = close_pairs(m, n, match, &l);
	if (good)
		join_pairs(m, n, &l, match);
	free(l.p);
	for (uint32_t i = 0; i < n; i++)
		m[i].cluster = m[i].cluster == i ? (*n_clusters)++ : m[m[i].cluster].cluster;
	return good;
}

bool box_cluster_gold(struct box_mine *m, size_t n, const struct box *gold, size_t n_gold, double match,
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
