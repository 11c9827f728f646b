#include "io/bulk.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "io/opt.h"
#include "io/out.h"
#include "io/progress.h"

enum { PART = 512 << 10, LEAST = 16 << 10 };    /* bytes of a thread's job; below LEAST it is not worth it */

static void read_part(void *ctx, size_t i)
{
	quick_read(&((struct bulk *)ctx)->part[i]);
}

/* Cut whole lines into parts of about the same size. */
static void cut(struct bulk *b, struct str text, bool whole)
{
	size_t n = text.n / PART + 1, i = 0;

	if (n > b->n_parts) {
		b->part = mem_realloc(b->part, n, sizeof *b->part);
		b->run = mem_realloc(b->run, n, sizeof *b->run);
		memset(b->part + b->n_parts, 0, (n - b->n_parts) * sizeof *b->part);
		b->n_parts = n;
	}
	for (size_t done = 0; i < b->n_parts; i++) {
		size_t want = i + 1 < n ? PART : text.n - done;
		size_t size = want < text.n - done ? want : text.n - done;
		if (size && size < text.n - done) {
			const char *nl = memchr(text.p + done + size, '\n', text.n - done - size);
			size = (size_t)(nl + 1 - (text.p + done));
		}
		b->part[i].text = (struct str){ text.p + done, size };
		b->part[i].whole = whole;
		done += size;
	}
}

/* The whole lines that the stream has in its block and has not given out. */
static struct str whole_lines(const struct stream *s)
{
	const char *from = s->block + s->from, *p = s->block + s->to;

	while (p > from && p[-1] != '\n')
		p--;
	return (struct str){ from, (size_t)(p - from) };
}

static bool read_ahead(struct bulk *b, struct stream *s, unsigned threads)
{
	struct str text = whole_lines(s);

	if (text.n < LEAST)
		return false;
	cut(b, text, s->whole);
	par_for(threads, b->n_parts, read_part, b);
	b->at_part = b->at_label = 0;
	b->at = text.p;
	b->fills = s->fills;
	return true;
}

/* The stream may have taken lines by itself since: catch up with it. */
static bool catch_up(struct bulk *b, const struct stream *s)
{
	const char *from = s->block + s->from;

	while (b->at_part < b->n_parts) {
		struct quick_part *p = &b->part[b->at_part];
		if (b->at_label == p->n) {
			b->at_part++;
			b->at_label = 0;
			continue;
		}
		if (b->at == from)
			return true;
		b->at = p->label[b->at_label++].end;
	}
	return false;
}

static void count_and_pass(struct stream *s, struct str lines, size_t n)
{
	s->from += lines.n;
	s->line_no += n;
	s->records += n;
	s->marked = s->at_mark = false;
	mark_add(&s->mark, lines.p, lines.n, n);
	s->bytes = lines;
	stream_pass(s);
	progress("records read", s->records, 0);
}

/* The plain labels of a part from the next one on; their end. */
static size_t next_run(struct bulk *b)
{
	const struct quick_part *p = &b->part[b->at_part];
	size_t i = b->at_label;

	for (; i < p->n && p->label[i].plain; i++) {
		if ((size_t)(p->label[i].end - b->at) > opt_common()->max_line)
			break;
		b->at = p->label[i].end;
	}
	if (i > b->at_label)
		b->run[b->n_runs++] = (struct quick_run){ p->label + b->at_label, i - b->at_label };
	return i;
}

bool bulk_next(struct bulk *b, struct stream *s, unsigned threads)
{
	size_t n = 0;

	b->n_runs = 0;
	if (s->at >= s->files.n || (s->line_no == 0 && s->from == s->to))
		return false;
	if (!b->at || b->fills != s->fills || !catch_up(b, s)) {
		b->at = NULL;
		if (!read_ahead(b, s, threads) || !catch_up(b, s))
			return false;
	}
	const char *start = b->at;
	for (; b->at_part < b->n_parts; b->at_part++, b->at_label = 0) {
		size_t from = b->at_label;
		b->at_label = next_run(b);
		n += b->at_label - from;
		if (b->at_label < b->part[b->at_part].n)
			break;                  /* a line for stream_next */
	}
	if (n)
		count_and_pass(s, (struct str){ start, (size_t)(b->at - start) }, n);
	return n;
}

void bulk_release(struct bulk *b)
{
	for (size_t i = 0; i < b->n_parts; i++)
		quick_release(&b->part[i]);
	free(b->part);
	free(b->run);
	*b = (struct bulk){ 0 };
}
