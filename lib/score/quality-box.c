#include "score/quality-box.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

#define NOBODY UINT32_MAX

__extension__ typedef __int128 i128;

/* ---- pairs that may be the same thing -------------------------------------------- */

struct near {
	uint32_t a, b;
	uint32_t bunch;    /* what hangs together, by any of its pairs */
	double iou;
};

struct nears {
	struct near *p;
	size_t n, cap;
};

static bool find_near(const struct box *a, size_t na, const struct box *b, size_t nb, const struct box_rule *rule,
                      struct nears *out)
{
	if (nb && na > QUALITY_BOX_NEAR / nb)
		return false;
	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++) {
			double iou = box_overlap(a + i, b + j);
			if (iou < rule->match || (rule->labels && a[i].label != b[j].label))
				continue;
			if (out->n == out->cap) {
				out->cap = mem_grow(out->cap < 16 ? 16 : out->cap, out->n + 1);
				out->p = mem_realloc(out->p, out->cap, sizeof *out->p);
			}
			out->p[out->n++] = (struct near){ (uint32_t)i, (uint32_t)j, 0, iou };
		}
	return true;
}

static uint32_t root(uint32_t *up, uint32_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

static int by_bunch(const void *p, const void *q)
{
	const struct near *x = p, *y = q;

	if (x->bunch != y->bunch)
		return x->bunch < y->bunch ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static void find_bunches(struct nears *l, size_t na, size_t nb)
{
	uint32_t *up = mem_alloc(na + nb, sizeof *up);

	for (size_t i = 0; i < na + nb; i++)
		up[i] = (uint32_t)i;
	for (size_t i = 0; i < l->n; i++) {
		uint32_t p = root(up, l->p[i].a), q = root(up, (uint32_t)na + l->p[i].b);
		up[p > q ? p : q] = p < q ? p : q;
	}
	for (size_t i = 0; i < l->n; i++)
		l->p[i].bunch = root(up, l->p[i].a);
	free(up);
	if (l->n > 1)
		qsort(l->p, l->n, sizeof *l->p, by_bunch);
}

/* ---- matching ---------------------------------------------------------------------- */

/* Weights of a bunch of m x n, m <= n, and the state of the search.  A weight is the overlap in units
 * of 2^-63 with 25 bits below for the number of pairs: integers, so that sums and their comparison
 * are exact.  (Overlaps below 2^-10 lose bits at the end.)  0 = not the same thing. */
struct bunch {
	size_t m, n;
	i128 *weight;               /* m x n */
	i128 *u, *v, *slack;        /* m + 1, n + 1, n + 1 */
	uint32_t *row_of, *way;     /* n + 1 each: of column j the row 1 .. m, 0 = none */
	bool *used;
};

static i128 weight_of(double iou)
{
	return (i128)(uint64_t)(iou * 0x1p63) * (1 << 25) + 1;
}

/* Shortest augmenting paths: Jonker, Volgenant (1987), "A shortest augmenting path algorithm for
 * dense and sparse linear assignment problems", Computing 38:325; costs are -weight.  Row and
 * column 0 stand for none. */
static void augment(struct bunch *k, size_t row)
{
	const i128 far = (i128)1 << 120;
	size_t j0 = 0;

	k->row_of[0] = (uint32_t)row;
	for (size_t j = 0; j <= k->n; j++) {
		k->slack[j] = far;
		k->used[j] = false;
	}
	do {
		size_t i0 = k->row_of[j0], j1 = 0;
		i128 delta = far;
		k->used[j0] = true;
		for (size_t j = 1; j <= k->n; j++) {
			if (k->used[j])
				continue;
			i128 cost = -k->weight[(i0 - 1) * k->n + j - 1] - k->u[i0] - k->v[j];
			if (cost < k->slack[j]) {
				k->slack[j] = cost;
				k->way[j] = (uint32_t)j0;
			}
			if (k->slack[j] < delta) {
				delta = k->slack[j];
				j1 = j;
			}
		}
		for (size_t j = 0; j <= k->n; j++) {
			if (k->used[j]) {
				k->u[k->row_of[j]] += delta;
				k->v[j] -= delta;
			} else {
				k->slack[j] -= delta;
			}
		}
		j0 = j1;
	} while (k->row_of[j0]);
	for (size_t j1; j0; j0 = j1) {
		j1 = k->way[j0];
		k->row_of[j0] = k->row_of[j1];
	}
}

static void bunch_init(struct bunch *k, size_t m, size_t n)
{
	k->m = m;
	k->n = n;
	k->weight = mem_zalloc(m * n, sizeof *k->weight);
	k->u = mem_zalloc(m + 1, sizeof *k->u);
	k->v = mem_zalloc(n + 1, sizeof *k->v);
	k->slack = mem_zalloc(n + 1, sizeof *k->slack);
	k->row_of = mem_zalloc(n + 1, sizeof *k->row_of);
	k->way = mem_zalloc(n + 1, sizeof *k->way);
	k->used = mem_zalloc(n + 1, sizeof *k->used);
}

static void bunch_release(struct bunch *k)
{
	free(k->weight);
	free(k->u);
	free(k->v);
	free(k->slack);
	free(k->row_of);
	free(k->way);
	free(k->used);
}

/* number the boxes that occur, in the order met; at[] = NOBODY before and after */
struct side {
	uint32_t *at, *who;
	size_t n;
};

static uint32_t number(struct side *s, uint32_t box)
{
	if (s->at[box] == NOBODY) {
		s->at[box] = (uint32_t)s->n;
		s->who[s->n++] = box;
	}
	return s->at[box];
}

static void forget(struct side *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->at[s->who[i]] = NOBODY;
	s->n = 0;
}

/* the n pairs of one bunch */
static bool match_bunch(const struct near *p, size_t n, struct side *a, struct side *b, uint32_t *of)
{
	struct bunch k;

	for (size_t i = 0; i < n; i++) {
		number(a, p[i].a);
		number(b, p[i].b);
	}
	bool turned = a->n > b->n;
	uint64_t few = turned ? b->n : a->n, many = turned ? a->n : b->n;
	if (many > QUALITY_BOX_WORK / few / few)
		return false;
	bunch_init(&k, few, many);
	for (size_t i = 0; i < n; i++) {
		size_t r = turned ? b->at[p[i].b] : a->at[p[i].a], c = turned ? a->at[p[i].a] : b->at[p[i].b];
		k.weight[r * many + c] = weight_of(p[i].iou);
	}
	for (size_t i = 1; i <= few; i++)
		augment(&k, i);
	for (size_t j = 1; j <= many; j++) {
		size_t r = k.row_of[j];
		if (r && k.weight[(r - 1) * many + j - 1])
			of[a->who[turned ? j - 1 : r - 1]] = b->who[turned ? r - 1 : j - 1];
	}
	bunch_release(&k);
	forget(a);
	forget(b);
	return true;
}

/* each bunch can be matched apart from all else */
static bool match_bunches(const struct nears *l, size_t na, size_t nb, uint32_t *of)
{
	uint32_t *buf = mem_alloc(2 * (na + nb), sizeof *buf);
	struct side a = { .at = buf, .who = buf + na }, b = { .at = buf + 2 * na, .who = buf + 2 * na + nb };
	bool good = true;

	for (size_t i = 0; i < 2 * (na + nb); i++)
		buf[i] = NOBODY;
	for (size_t i = 0, j; good && i < l->n; i = j) {
		for (j = i; j < l->n && l->p[j].bunch == l->p[i].bunch; j++)
			;
		good = match_bunch(l->p + i, j - i, &a, &b, of);
	}
	free(buf);
	return good;
}

bool quality_box_match(const struct box *a, size_t na, const struct box *b, size_t nb, const struct box_rule *rule,
                       uint32_t *of)
{
	struct nears l = { 0 };

	BUG_ON(!(rule->match > 0 && rule->match <= 1) || na >= NOBODY / 2 || nb >= NOBODY / 2);
	for (size_t i = 0; i < na; i++)
		of[i] = NOBODY;
	bool good = find_near(a, na, b, nb, rule, &l);
	if (good && l.n) {
		find_bunches(&l, na, nb);
		good = match_bunches(&l, na, nb, of);
	}
	free(l.p);
	return good;
}

/* ---- sums ------------------------------------------------------------------------- */

bool box_tally_add(struct box_tally *t, const struct box *a, size_t na, const struct box *b, size_t nb,
                   const struct box_rule *rule)
{
	uint32_t *of = mem_alloc(na, sizeof *of);
	bool good = quality_box_match(a, na, b, nb, rule, of);
	uint64_t tp = 0;

	for (size_t i = 0; good && i < na; i++)
		if (of[i] != NOBODY) {
			exact_add(&t->iou, box_overlap(a + i, b + of[i]));
			tp++;
		}
	free(of);
	if (!good)
		return false;
	hits_add(&t->hits, (struct hits){ tp, na - tp, nb - tp });
	t->n_images++;
	return true;
}

void box_tally_join(struct box_tally *t, const struct box_tally *other)
{
	hits_add(&t->hits, other->hits);
	exact_join(&t->iou, &other->iou);
	t->n_images += other->n_images;
}

struct box_quality box_quality(const struct box_tally *t)
{
	double iou = exact_value(&t->iou), tp = (double)t->hits.tp;
	double all = tp + (double)(t->hits.fp + t->hits.fn) / 2;

	return (struct box_quality){
		.prf = quality_prf(t->hits),
		.mean_iou = t->hits.tp ? measure_of(iou / tp) : measure_none("no box matches"),
		.pq = all > 0 ? measure_of(iou / all) : measure_none("nothing was marked and gold has nothing"),
	};
}
