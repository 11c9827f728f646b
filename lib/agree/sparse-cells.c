#include "agree/sparse-em.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/par.h"

static const double trace = 1e-12;      /* a count below it is none */

/* One label under one candidate (or an earlier count): the cell it falls in, and its place in the order
 * in which counts are summed. */
struct entry {
	uint64_t key;           /* truth << 32 | label */
	uint64_t place;         /* in m.pair; of earlier counts EARLIER | their number */
	double n;
};

#define EARLIER ((uint64_t)1 << 63)

struct heap {
	struct entry *e;
	size_t n, cap;
};

static void push(struct heap *h, uint32_t truth, uint32_t label, uint64_t place, double n)
{
	if (h->n == h->cap) {
		h->cap = mem_grow(h->cap, h->n + 64);
		h->e = mem_realloc(h->e, h->cap, sizeof *h->e);
	}
	h->e[h->n++] = (struct entry){ (uint64_t)truth << 32 | label, place, n };
}

static int by_cell(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static void sort_entries(struct heap *h)
{
	if (h->n > 16) {
		qsort(h->e, h->n, sizeof *h->e, by_cell);
		return;
	}
	for (size_t i = 1; i < h->n; i++) {
		struct entry x = h->e[i];
		size_t k = i;
		for (; k > 0 && by_cell(&h->e[k - 1], &x) > 0; k--)
			h->e[k] = h->e[k - 1];
		h->e[k] = x;
	}
}

static size_t blocks_of(size_t n, size_t size)
{
	return (n + size - 1) / size;
}

/* ---- blocks of workers, each with cells of its own, joined at the end ------------------- */

struct making {
	struct sparse_em *em;
	struct sparse_cells *out;
	/* the candidates that count, by task, and where they stand; NULL = all */
	size_t *some_off;
	uint32_t *some;
	struct block {
		struct sparse_cell *cell;
		size_t n, cap;
	} *block;
};

static void put(struct block *b, const struct sparse_cell *c)
{
	if (b->n == b->cap) {
		b->cap = mem_grow(b->cap, b->n + 64);
		b->cell = mem_realloc(b->cell, b->cap, sizeof *b->cell);
	}
	b->cell[b->n++] = *c;
}

/* what label j of worker-major order says of the candidates of its task */
static void push_label(const struct making *k, size_t j, struct heap *h)
{
	const struct sparse_em *em = k->em;
	const struct sparse_fit *f = em->f;
	size_t t = em->l->w_task[j], from = f->off[t], n = f->off[t + 1] - from;
	uint32_t label = em->l->w_value[j];

	if (!k->some) {
		uint64_t place = em->m.pair_off[t] + (uint64_t)em->w_rank[j] * n;
		for (size_t i = 0; i < n; i++)
			push(h, f->class[from + i], label, place + i, 0);
		return;
	}
	bool own = em->w_at[j] == SPARSE_NOT;
	for (size_t i = k->some_off[t]; i < k->some_off[t + 1]; i++) {
		push(h, f->class[from + k->some[i]], label, j, f->q[from + k->some[i]]);
		own = own || k->some[i] == em->w_at[j];
	}
	if (!own && f->q[from + em->w_at[j]] >= trace)
		push(h, label, label, j, f->q[from + em->w_at[j]]);
}

/* sorted entries of a worker become cells of the block; the pairs learn where theirs is */
static void merge(const struct making *k, const struct heap *h, struct block *b)
{
	size_t first = b->n;

	for (size_t i = 0, same; i < h->n; i += same) {
		struct sparse_cell c = { (uint32_t)(h->e[i].key >> 32), (uint32_t)h->e[i].key, 0 };
		for (same = 0; i + same < h->n && h->e[i + same].key == h->e[i].key; same++) {
			c.n += h->e[i + same].n;
			if (!k->some && !(h->e[i + same].place & EARLIER))
				k->em->m.pair[h->e[i + same].place] = (uint32_t)(b->n - first);
		}
		if (!k->some || c.n >= trace)
			put(b, &c);
	}
}

static void make_block(void *ctx, size_t block)
{
	struct making *k = ctx;
	const struct sparse_em *em = k->em;
	size_t end = (block + 1) * SPARSE_WORKERS;
	struct heap h = { 0 };

	end = end < em->l->n_workers ? end : em->l->n_workers;
	for (size_t w = block * SPARSE_WORKERS; w < end; w++) {
		size_t before = k->block[block].n;
		h.n = 0;
		for (size_t j = em->l->w_off[w]; j < em->l->w_off[w + 1]; j++)
			push_label(k, j, &h);
		if (!k->some && em->earlier)
			for (size_t i = em->earlier->off[w]; i < em->earlier->off[w + 1]; i++) {
				const struct sparse_cell *c = em->earlier->cell + i;
				if (c->n > 0)
					push(&h, c->truth, c->label, EARLIER | i, c->n);
			}
		sort_entries(&h);
		merge(k, &h, &k->block[block]);
		k->out->off[w + 1] = k->block[block].n - before;
	}
	free(h.e);
}

static void make(struct making *k)
{
	size_t W = k->em->l->n_workers, blocks = blocks_of(W, SPARSE_WORKERS), n = 0;

	k->block = mem_zalloc(blocks, sizeof *k->block);
	k->out->off = mem_alloc(W + 1, sizeof *k->out->off);
	k->out->off[0] = 0;
	par_for(k->em->o->threads, blocks, make_block, k);
	for (size_t w = 0; w < W; w++)
		k->out->off[w + 1] += k->out->off[w];
	k->out->cell = mem_alloc(k->out->off[W], sizeof *k->out->cell);
	for (size_t b = 0; b < blocks; b++) {
		if (k->block[b].n)
			memcpy(k->out->cell + n, k->block[b].cell, k->block[b].n * sizeof *k->out->cell);
		n += k->block[b].n;
		free(k->block[b].cell);
	}
	free(k->block);
}

/* ---- counts ----------------------------------------------------------------------- */

void sparse_count(struct sparse_em *em)
{
	const struct sparse_fit *f = em->f;
	struct making k = { .em = em, .out = &em->f->counts };
	size_t n = 0;

	k.some_off = mem_alloc(f->n_tasks + 1, sizeof *k.some_off);
	k.some = mem_alloc(f->off[f->n_tasks], sizeof *k.some);
	for (size_t t = 0; t < f->n_tasks; t++) {
		double enough = f->off[t + 1] - f->off[t] > SPARSE_MOST ? 1.0 / SPARSE_MOST : trace;
		k.some_off[t] = n;
		for (size_t i = f->off[t]; i < f->off[t + 1]; i++)
			if (f->q[i] >= enough)
				k.some[n++] = (uint32_t)(i - f->off[t]);
	}
	k.some_off[f->n_tasks] = n;
	make(&k);
	free(k.some_off);
	free(k.some);
}

/* ---- the matrix of a fit ------------------------------------------------------------- */

static int by_label(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* how many labels the cells of worker w have */
static uint32_t labels_used(const struct sparse_matrix *m, size_t w, uint32_t *scratch)
{
	size_t n = m->off[w + 1] - m->off[w];
	uint32_t used = 0;

	if (!n)
		return 0;
	memcpy(scratch, m->label + m->off[w], n * sizeof *scratch);
	qsort(scratch, n, sizeof *scratch, by_label);
	for (size_t i = 0; i < n; i++)
		used += i == 0 || scratch[i] != scratch[i - 1];
	return used;
}

void sparse_matrix_init(struct sparse_em *em)
{
	const struct labels *l = em->l;
	struct sparse_matrix *m = &em->m;
	struct sparse_cells cells;
	struct making k = { .em = em, .out = &cells };
	size_t most = 0;

	m->pair_off = mem_alloc(l->n_tasks + 1, sizeof *m->pair_off);
	m->pair_off[0] = 0;
	for (size_t t = 0; t < l->n_tasks; t++)
		m->pair_off[t + 1] = m->pair_off[t] +
			(size_t)(l->t_off[t + 1] - l->t_off[t]) * (em->f->off[t + 1] - em->f->off[t]);
	m->pair = mem_alloc(m->pair_off[l->n_tasks], sizeof *m->pair);
	make(&k);
	size_t n = cells.off[l->n_workers];
	m->off = cells.off;
	m->truth = mem_alloc(n, sizeof *m->truth);
	m->label = mem_alloc(n, sizeof *m->label);
	m->n = mem_alloc(n, sizeof *m->n);
	m->le = mem_alloc(n, sizeof *m->le);
	m->before = em->earlier ? mem_alloc(n, sizeof *m->before) : NULL;
	for (size_t i = 0; i < n; i++) {
		m->truth[i] = cells.cell[i].truth;
		m->label[i] = cells.cell[i].label;
		if (m->before)
			m->before[i] = cells.cell[i].n;
	}
	free(cells.cell);
	for (size_t w = 0; w < l->n_workers; w++)
		most = m->off[w + 1] - m->off[w] > most ? m->off[w + 1] - m->off[w] : most;
	BUG_ON(most > UINT32_MAX);
	uint32_t *scratch = mem_alloc(most, sizeof *scratch);
	m->used = mem_alloc(l->n_workers, sizeof *m->used);
	for (size_t w = 0; w < l->n_workers; w++)
		m->used[w] = labels_used(m, w, scratch);
	free(scratch);
}

void sparse_matrix_release(struct sparse_matrix *m)
{
	free(m->off);
	free(m->truth);
	free(m->label);
	free(m->before);
	free(m->n);
	free(m->le);
	free(m->used);
	free(m->pair_off);
	free(m->pair);
	*m = (struct sparse_matrix){ 0 };
}
