#include "stage/consensus.h"

#include <stdlib.h>

#include "agree/method.h"
#include "base/mem.h"
#include "base/par.h"
#include "json/write.h"

/* ---- one record ---------------------------------------------------------------- */

/* a row of probabilities by class, zeros left out */
static void put_row(struct buf *b, const struct consensus *c, const double *p)
{
	char sep = '{';

	for (size_t k = 0; k < c->labels->n_classes; k++) {
		if (p[k] <= 0)
			continue;
		buf_addc(b, sep);
		buf_addstr(b, c->name[k]);
		json_put_number(b, p[k]);
		sep = ',';
	}
	if (sep == '{')
		buf_addc(b, '{');
	buf_addc(b, '}');
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The shares of the votes on a task: as put_row, but in the size of the task's labels,
 * because open answers may have as many classes as there are labels. */
static void put_shares(struct buf *b, const struct consensus *c, uint32_t t)
{
	const struct labels *l = c->labels;
	size_t n = l->t_off[t + 1] - l->t_off[t];
	uint32_t few[16], *vote = n <= 16 ? few : mem_alloc(n, sizeof *vote);

	memcpy(vote, l->t_value + l->t_off[t], n * sizeof *vote);
	qsort(vote, n, sizeof *vote, by_number);
	buf_addc(b, '{');
	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && vote[i + same] == vote[i]; )
			same++;
		if (i)
			buf_addc(b, ',');
		buf_addstr(b, c->name[vote[i]]);
		json_put_number(b, (double)same / (double)n);
	}
	buf_addc(b, '}');
	if (vote != few)
		free(vote);
}

/* Share of the labels of a task that name the winner. */
static double winner_share(const struct labels *l, uint32_t t, uint32_t winner)
{
	uint32_t from = l->t_off[t], to = l->t_off[t + 1], votes = 0;

	for (uint32_t i = from; i < to; i++)
		votes += l->t_value[i] == winner;
	return (double)votes / (double)(to - from);
}

static bool has_gold(const struct consensus *c, uint32_t t)
{
	return c->gold && c->gold[t] != AGREE_NO_GOLD;
}

/* Without posteriors: the shares of the votes, or 1 on the gold. */
static void put_votes(struct buf *b, const struct consensus *c, uint32_t t)
{
	if (!has_gold(c, t)) {
		put_shares(b, c, t);
		return;
	}
	buf_addc(b, '{');
	buf_addstr(b, c->name[c->gold[t]]);
	buf_adds(b, "1}");
}

static void put_consensus(struct buf *b, const struct consensus *c, uint32_t t)
{
	const struct labels *l = c->labels;
	const double *q = c->q ? c->q + (size_t)t * l->n_classes : NULL;
	uint32_t winner = c->winner[t];

	buf_adds(b, "{\"kind\":\"consensus\"");
	json_put_kstr(b, "task", ids_str(&c->tasks, t));
	json_put_key(b, "value");
	buf_addstr(b, c->value[winner]);
	json_put_knum(b, "confidence", q ? q[winner] : has_gold(c, t) ? 1 : winner_share(l, t, winner));
	json_put_kuint(b, "labels", l->t_off[t + 1] - l->t_off[t]);
	json_put_kstr(b, "method", str_of(c->method));
	if (c->tie[t])
		json_put_kbool(b, "tie", true);
	json_put_key(b, "posterior");
	if (q)
		put_row(b, c, q);
	else
		put_votes(b, c, t);
	buf_adds(b, "}\n");
}

static void put_matrix(struct buf *b, const struct consensus *c, const char *key, const double *m)
{
	size_t K = c->labels->n_classes;

	json_put_key(b, key);
	buf_addc(b, '{');
	for (size_t k = 0; k < K; k++) {
		if (k)
			buf_addc(b, ',');
		buf_addstr(b, c->name[k]);
		put_row(b, c, m + k * K);
	}
	buf_addc(b, '}');
}

static void put_skill(struct buf *b, const struct consensus *c, uint32_t w)
{
	size_t cells = c->labels->n_classes * c->labels->n_classes;

	buf_adds(b, "{\"kind\":\"skill\"");
	json_put_kstr(b, "worker", ids_str(&c->workers, w));
	json_put_kuint(b, "labels", c->labels->w_off[w + 1] - c->labels->w_off[w]);
	json_put_knum(b, "skill", c->skill[w]);
	json_put_kstr(b, "method", str_of(c->method));
	if (c->counts)
		put_matrix(b, c, "counts", c->counts + w * cells);
	if (c->e)
		put_matrix(b, c, "confusion", c->e + w * cells);
	buf_adds(b, "}\n");
}

/* ---- many, in waves of pages -------------------------------------------------------- */

enum { PAGE = 1024, PAGES = 64 };       /* records a page; pages a wave, which bounds the memory */

struct wave {
	const struct consensus *c;
	void (*put)(struct buf *b, const struct consensus *c, uint32_t i);
	size_t from, n;                 /* records from .. n-1 are left */
	struct buf page[PAGES];
};

static void fill_page(void *ctx, size_t i)
{
	struct wave *w = ctx;
	size_t from = w->from + i * PAGE, to = from + PAGE < w->n ? from + PAGE : w->n;

	buf_reset(&w->page[i]);
	for (; from < to; from++)
		w->put(&w->page[i], w->c, (uint32_t)from);
}

static void emit(const struct consensus *c, void (*put)(struct buf *, const struct consensus *, uint32_t), size_t n,
                 struct sink *out)
{
	struct wave w = { .c = c, .put = put, .n = n };

	for (; w.from < n; w.from += PAGE * PAGES) {
		size_t pages = (n - w.from + PAGE - 1) / PAGE;
		if (pages > PAGES)
			pages = PAGES;
		par_for(pages > 1 ? c->threads : 1, pages, fill_page, &w);
		for (size_t i = 0; i < pages; i++)
			sink_lines(out, buf_str(&w.page[i]));
	}
	for (size_t i = 0; i < PAGES; i++)
		buf_release(&w.page[i]);
}

void consensus_emit(const struct consensus *c, struct sink *out)
{
	emit(c, put_consensus, c->labels->n_tasks, out);
}

void consensus_emit_skills(const struct consensus *c, struct sink *out)
{
	emit(c, put_skill, c->labels->n_workers, out);
}
