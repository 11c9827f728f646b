#include "agree/mv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"

enum { BLOCK = 8192 };    /* tasks a job */

struct vote {
	const struct labels *l;
	double *q;
	uint32_t *winner, *votes;
	uint8_t *tie;
};

static size_t n_blocks(const struct labels *l)
{
	return (l->n_tasks + BLOCK - 1) / BLOCK;
}

static size_t block_end(const struct labels *l, size_t block)
{
	size_t end = (block + 1) * BLOCK;

	return end < l->n_tasks ? end : l->n_tasks;
}

static void shares_block(void *ctx, size_t block)
{
	struct vote *v = ctx;
	const struct labels *l = v->l;
	size_t n_classes = l->n_classes, end = block_end(l, block);

	for (size_t t = block * BLOCK; t < end; t++) {
		double *row = v->q + t * n_classes;
		double n = (double)(l->t_off[t + 1] - l->t_off[t]);
		memset(row, 0, n_classes * sizeof *row);
		for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
			row[l->t_value[i]] += 1.0;
		for (size_t c = 0; n > 1 && c < n_classes; c++)
			row[c] /= n;
	}
}

void mv_shares(const struct labels *l, unsigned threads, double *q)
{
	struct vote v = { .l = l, .q = q };

	par_for(threads, n_blocks(l), shares_block, &v);
}

/* count[] is zero before and after */
static void count_task(const struct vote *v, size_t t, uint32_t *count)
{
	const struct labels *l = v->l;
	uint32_t best = MV_NONE, most = 0;
	uint8_t tie = 0;

	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		count[l->t_value[i]]++;
	for (size_t i = l->t_off[t]; i < l->t_off[t + 1]; i++) {
		uint32_t c = l->t_value[i], n = count[c];
		if (!n)
			continue;    /* a class met before */
		count[c] = 0;
		tie = n > most ? 0 : n == most ? 1 : tie;
		if (n > most || (n == most && c < best))
			best = c;
		most = n > most ? n : most;
	}
	v->winner[t] = best;
	if (v->votes)
		v->votes[t] = most;
	if (v->tie)
		v->tie[t] = tie;
}

static void winners_block(void *ctx, size_t block)
{
	struct vote *v = ctx;
	uint32_t *count = mem_zalloc(v->l->n_classes, sizeof *count);
	size_t end = block_end(v->l, block);

	for (size_t t = block * BLOCK; t < end; t++)
		count_task(v, t, count);
	free(count);
}

void mv_winners(const struct labels *l, unsigned threads, uint32_t *winner, uint32_t *votes, uint8_t *tie)
{
	struct vote v = { .l = l, .winner = winner, .votes = votes, .tie = tie };

	par_for(threads, n_blocks(l), winners_block, &v);
}

void mv_argmax(const double *q, size_t n_tasks, size_t n_classes, uint32_t *winner, uint8_t *tie)
{
	for (size_t t = 0; t < n_tasks; t++) {
		const double *row = q + t * n_classes;
		uint32_t best = MV_NONE;
		uint8_t tied = 0;
		double most = 0;
		for (size_t c = 0; c < n_classes; c++) {
			if (row[c] > most) {
				most = row[c];
				best = (uint32_t)c;
				tied = 0;
			} else if (row[c] == most && best != MV_NONE) {
				tied = 1;
			}
		}
		winner[t] = best;
		if (tie)
			tie[t] = tied;
	}
}
