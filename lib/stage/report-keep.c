#include "stage/report-keep.h"

#include <stdlib.h>

#include "base/mem.h"
#include "stage/report.h"

static void keep_agreement(struct report_keep *k, struct str line)
{
	struct str head = STR("{\"kind\":\"agreement\"");

	if (line.n < head.n || memcmp(line.p, head.p, head.n) != 0)
		return;
	buf_addstr(&k->agreement, line);
	buf_addc(&k->agreement, '\n');
}

/* The first line of *rest, without its newline; false when there is none. */
static bool next_line(struct str *rest, struct str *line)
{
	if (!rest->n)
		return false;
	const char *nl = memchr(rest->p, '\n', rest->n);
	*line = (struct str){ rest->p, nl ? (size_t)(nl - rest->p) : rest->n };
	rest->p += line->n + (nl != NULL);
	rest->n -= line->n + (nl != NULL);
	return true;
}

static void tee_line(void *ctx, struct str line)
{
	struct report_keep *k = ctx;

	keep_agreement(k, line);
	k->to->line(k->to->ctx, line);
}

static void tee_lines(void *ctx, struct str lines)
{
	struct report_keep *k = ctx;
	struct str rest = lines, line;

	while (next_line(&rest, &line))
		keep_agreement(k, line);
	sink_lines(k->to, lines);
}

static void forget(struct report_keep *k)
{
	buf_reset(&k->agreement);
	buf_reset(&k->classes);
	free(k->table);
	k->table = NULL;
	k->n_tables = 0;
	arena_reset(&k->texts);
}

struct sink *report_keep_begin(struct report_keep *k, struct sink *to)
{
	forget(k);
	k->to = to;
	k->tee = (struct sink){ .line = tee_line, .ctx = k, .lines = tee_lines };
	return &k->tee;
}

void report_keep_classes(struct report_keep *k, const struct agree_options *o, const struct agree_totals *t,
                         const struct consensus *c, const struct str *text, const uint32_t *gold)
{
	struct judgement v = { t->judged ? t->gold : 0, t->accuracy, t->log_loss, t->brier, t->ece };
	struct report r = { .options = o, .consensus = c, .text = text, .gold = gold, .judgement = &v };

	if (!c->labels->n)
		return;
	report_classes(&r, &k->classes);
}

static struct str *copy(struct arena *a, const struct str *s, size_t n)
{
	struct str *out = arena_alloc(a, n, sizeof *out);

	for (size_t i = 0; i < n; i++)
		out[i] = arena_str(a, s[i]);
	return out;
}

void report_keep_table(struct report_keep *k, const struct report_table *t)
{
	struct arena *a = &k->texts;
	size_t columns = strlen(t->align);

	k->table = mem_realloc(k->table, k->n_tables + 1, sizeof *k->table);
	k->table[k->n_tables++] = (struct report_table){
		.section = arena_str(a, t->section), .title = arena_str(a, t->title), .note = arena_str(a, t->note),
		.align = arena_str(a, str_of(t->align)).p,
		.head = copy(a, t->head, columns), .cell = copy(a, t->cell, columns * t->n_rows), .n_rows = t->n_rows,
	};
}

void report_keep_end(struct report_keep *k, const struct agree_options *o, const struct agree_totals *t)
{
	struct str rest = buf_str(&k->agreement), line, *lines = NULL;
	size_t n = 0, cap = 0;

	while (next_line(&rest, &line)) {
		if (n == cap) {
			cap = mem_grow(cap, n + 16);
			lines = mem_realloc(lines, cap, sizeof *lines);
		}
		lines[n++] = line;
	}
	struct report r = { .options = o, .totals = t, .agreement = lines, .n_agreement = n, .classes = buf_str(&k->classes),
	                    .extra = k->table, .n_extra = k->n_tables };
	buf_reset(k->out);
	report_html(&r, k->out);
	free(lines);
}

void report_keep_release(struct report_keep *k)
{
	forget(k);
	buf_release(&k->agreement);
	buf_release(&k->classes);
	arena_release(&k->texts);
}
