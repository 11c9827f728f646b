#include "stage/consensus.h"

#include <stdlib.h>

#include "agree/method.h"
#include "base/mem.h"
#include "base/par.h"
#include "json/num.h"
#include "json/write.h"

/* ---- one record ---------------------------------------------------------------- */

enum { FEW = 16, NUMBER = 32 };         /* labels a task, up to which shares are written once and kept */

struct text {
	size_t n;
	char p[NUMBER];
};

/* What the records of one call share. */
struct writer {
	const struct consensus *c;
	struct buf method;                      /* the member, with the comma before it */
	struct text share[FEW + 1][FEW + 1];    /* [labels][votes], to FEW labels */
};

static void writer_init(struct writer *w, const struct consensus *c)
{
	*w = (struct writer){ .c = c, .method = BUF_INIT };
	buf_adds(&w->method, ",\"method\":");
	json_put_string(&w->method, str_of(c->method));
	for (size_t n = 1; n <= FEW; n++)
		for (size_t k = 1; k <= n; k++)
			w->share[n][k].n = num_print((double)k / (double)n, w->share[n][k].p);
}

/* the caller has made room */
static inline void add(struct buf *b, struct str s)
{
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

static void add_member(struct buf *b, char sep, struct str name, struct str number)
{
	buf_need(b, 1 + name.n + number.n);
	b->p[b->n++] = sep;
	add(b, name);
	add(b, number);
}

static struct str print(double x, struct text *t)
{
	t->n = num_print(x, t->p);
	return (struct str){ t->p, t->n };
}

/* a row of probabilities by class, zeros left out; that of class `known` is text already */
static void put_row(struct buf *b, const struct consensus *c, const double *p, size_t known, struct str text)
{
	struct text t;
	char sep = '{';

	for (size_t k = 0; k < c->labels->n_classes; k++) {
		if (p[k] <= 0)
			continue;
		add_member(b, sep, c->name[k], k == known ? text : print(p[k], &t));
		sep = ',';
	}
	if (sep == '{')
		buf_addc(b, '{');
	buf_addc(b, '}');
}

/* where the posterior of class k of task t stands in f */
static size_t candidate(const struct sparse_fit *f, uint32_t t, uint32_t k)
{
	size_t low = f->off[t], high = f->off[t + 1];

	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;
		if (f->class[mid] <= k)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* as put_row, of the candidates; the one at `known` is text already */
static void put_candidates(struct buf *b, const struct consensus *c, uint32_t t, size_t known, struct str text)
{
	const struct sparse_fit *f = c->sparse;
	struct text x;
	char sep = '{';

	for (size_t k = f->off[t]; k < f->off[t + 1]; k++) {
		if (f->q[k] <= 0)
			continue;
		add_member(b, sep, c->name[f->class[k]], k == known ? text : print(f->q[k], &x));
		sep = ',';
	}
	buf_addc(b, '}');
}

static struct str share(const struct writer *w, size_t votes, size_t n, struct text *t)
{
	if (n > FEW)
		return print((double)votes / (double)n, t);
	return (struct str){ w->share[n][votes].p, w->share[n][votes].n };
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sort(uint32_t *x, size_t n)
{
	if (n > FEW) {
		qsort(x, n, sizeof *x, by_number);
		return;
	}
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && x[j] < x[j - 1]; j--) {
			uint32_t y = x[j];
			x[j] = x[j - 1];
			x[j - 1] = y;
		}
}

/* The shares of the votes on a task: as put_row, but in the size of the task's labels,
 * because open answers may have as many classes as there are labels. */
static void put_shares(struct buf *b, const struct writer *w, uint32_t t)
{
	const struct labels *l = w->c->labels;
	size_t n = l->t_off[t + 1] - l->t_off[t];
	uint32_t few[FEW], *vote = n <= FEW ? few : mem_alloc(n, sizeof *vote);
	struct text text;

	memcpy(vote, l->t_value + l->t_off[t], n * sizeof *vote);
	sort(vote, n);
	if (n == 0)
		buf_addc(b, '{');
	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && vote[i + same] == vote[i]; )
			same++;
		add_member(b, i ? ',' : '{', w->c->name[vote[i]], share(w, same, n, &text));
	}
	buf_addc(b, '}');
	if (vote != few)
		free(vote);
}

/* Share of the labels of a task that name the winner. */
static struct str winner_share(const struct writer *w, uint32_t t, struct text *text)
{
	const struct labels *l = w->c->labels;
	uint32_t from = l->t_off[t], to = l->t_off[t + 1], votes = 0;

	for (uint32_t i = from; i < to; i++)
		votes += l->t_value[i] == w->c->winner[t];
	return votes ? share(w, votes, to - from, text) : print((double)votes / (double)(to - from), text);
}

static bool has_gold(const struct consensus *c, uint32_t t)
{
	return c->gold && c->gold[t] != AGREE_NO_GOLD;
}

/* Without posteriors: the shares of the votes, or 1 on the gold. */
static void put_votes(struct buf *b, const struct writer *w, uint32_t t)
{
	if (has_gold(w->c, t))
		add_member(b, '{', w->c->name[w->c->gold[t]], STR("1}"));
	else
		put_shares(b, w, t);
}

static void put_consensus(struct buf *b, const struct writer *w, uint32_t t)
{
	const struct consensus *c = w->c;
	const struct labels *l = c->labels;
	const double *q = c->q ? c->q + (size_t)t * l->n_classes : NULL;
	uint32_t winner = c->winner[t];
	size_t at = c->sparse ? candidate(c->sparse, t, winner) : 0;
	struct text confidence;
	struct str sure = c->sparse ? print(c->sparse->q[at], &confidence) : q ? print(q[winner], &confidence) :
	                  has_gold(c, t) ? STR("1") : winner_share(w, t, &confidence);

	buf_addstr(b, STR("{\"kind\":\"consensus\",\"task\":"));
	json_put_string(b, ids_str(&c->tasks, t));
	buf_need(b, c->value[winner].n + w->method.n + 128);
	add(b, STR(",\"value\":"));
	add(b, c->value[winner]);
	add(b, STR(",\"confidence\":"));
	add(b, sure);
	add(b, STR(",\"labels\":"));
	buf_addu(b, l->t_off[t + 1] - l->t_off[t]);
	add(b, buf_str(&w->method));
	if (c->tie[t])
		add(b, STR(",\"tie\":true"));
	add(b, STR(",\"posterior\":"));
	if (q)
		put_row(b, c, q, winner, sure);
	else if (c->sparse)
		put_candidates(b, c, t, at, sure);
	else
		put_votes(b, w, t);
	buf_add(b, "}\n", 2);
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
		put_row(b, c, m + k * K, K, STR(""));
	}
	buf_addc(b, '}');
}

/* as put_matrix, of the cells of a worker; classes that he never met are left out */
static void put_cells(struct buf *b, const struct consensus *c, uint32_t w)
{
	const struct sparse_cell *x = c->cells->cell + c->cells->off[w], *end = c->cells->cell + c->cells->off[w + 1];
	struct text text;

	json_put_key(b, "counts");
	buf_addc(b, '{');
	while (x < end) {
		uint32_t truth = x->truth;
		char sep = '{';
		buf_addstr(b, c->name[truth]);
		for (; x < end && x->truth == truth; x++, sep = ',')
			add_member(b, sep, c->name[x->label], print(x->n, &text));
		buf_addc(b, '}');
		if (x < end)
			buf_addc(b, ',');
	}
	buf_addc(b, '}');
}

static void put_skill(struct buf *b, const struct writer *wr, uint32_t w)
{
	const struct consensus *c = wr->c;
	size_t cells = c->labels->n_classes * c->labels->n_classes;

	buf_adds(b, "{\"kind\":\"skill\"");
	json_put_kstr(b, "worker", ids_str(&c->workers, w));
	json_put_kuint(b, "labels", c->labels->w_off[w + 1] - c->labels->w_off[w]);
	json_put_knum(b, "skill", c->skill[w]);
	buf_addstr(b, buf_str(&wr->method));
	if (c->counts)
		put_matrix(b, c, "counts", c->counts + w * cells);
	if (c->cells)
		put_cells(b, c, w);
	if (c->e)
		put_matrix(b, c, "confusion", c->e + w * cells);
	buf_adds(b, "}\n");
}

/* ---- many, in waves of pages -------------------------------------------------------- */

enum { PAGE = 512, PAGES = 64 };        /* records a page; pages a wave, which bounds the memory */

typedef void put_record(struct buf *b, const struct writer *w, uint32_t i);

/* While one wave is filled the one before it is printed. */
struct wave {
	const struct writer *writer;
	put_record *put;
	struct sink *out;
	size_t from, n;                 /* records from .. n-1 are left */
	struct buf page[2][PAGES];
	size_t full;                    /* pages of the wave before */
	int now;                        /* page[now] is filled, the other printed */
};

static void fill_page(void *ctx, size_t i)
{
	struct wave *w = ctx;
	struct buf *b = &w->page[w->now][i];
	size_t from = w->from + i * PAGE, to = from + PAGE < w->n ? from + PAGE : w->n;

	buf_reset(b);
	for (; from < to; from++)
		w->put(b, w->writer, (uint32_t)from);
}

static void print_pages(void *ctx)
{
	struct wave *w = ctx;

	for (size_t i = 0; i < w->full; i++)
		sink_lines(w->out, buf_str(&w->page[!w->now][i]));
}

static void emit(const struct consensus *c, put_record *put, size_t n, struct sink *out)
{
	struct writer writer;
	struct wave w = { .writer = &writer, .put = put, .out = out, .n = n };

	writer_init(&writer, c);
	for (; w.from < n; w.from += PAGE * PAGES, w.now = !w.now) {
		size_t pages = (n - w.from + PAGE - 1) / PAGE;
		if (pages > PAGES)
			pages = PAGES;
		par_beside(pages > 1 ? c->threads : 1, print_pages, pages, fill_page, &w);
		w.full = pages;
	}
	print_pages(&w);
	for (size_t i = 0; i < PAGES; i++) {
		buf_release(&w.page[0][i]);
		buf_release(&w.page[1][i]);
	}
	buf_release(&writer.method);
}

void consensus_emit(const struct consensus *c, struct sink *out)
{
	emit(c, put_consensus, c->labels->n_tasks, out);
}

void consensus_emit_skills(const struct consensus *c, struct sink *out)
{
	emit(c, put_skill, c->labels->n_workers, out);
}
