#include "rec/quick.h"

#include <stdlib.h>

#include "base/mem.h"
#include "rec/rec.h"
#include "rec/value.h"

static struct quick_label *next_slot(struct quick_part *p)
{
	if (p->n == p->cap) {
		p->cap = mem_grow(p->cap, p->n + 1024);
		p->label = mem_realloc(p->label, p->cap, sizeof *p->label);
	}
	return &p->label[p->n++];
}

static bool is_label(const struct json_record *r)
{
	const struct json_field *kind = json_get(r, STR("kind"));

	return kind && kind->type == JSON_STRING && !kind->escaped && str_eq(kind->raw, STR("label"));
}

/* The key of a string that came a moment ago is there already: most values are few. */
static struct str string_key(struct quick_part *p, struct str raw)
{
	size_t n = raw.n;
	unsigned h = n ? (unsigned char)raw.p[0] * 5u + (unsigned char)raw.p[n - 1] + (unsigned)n : 0;
	struct str *k = &p->known[h % QUICK_KNOWN];

	if (k->p && k->n == n + 1 && memcmp(k->p + 1, raw.p, n) == 0)
		return *k;
	char *to = arena_alloc(&p->arena, n + 2, 1);
	*to = 's';
	memcpy(to + 1, raw.p, n);
	to[n + 1] = '\0';
	return *k = (struct str){ to, n + 1 };
}

static bool key_of(struct quick_part *p, const struct json_field *value, struct buf *key, struct str *out)
{
	struct err e;

	if (value->type == JSON_STRING && !value->escaped) {
		*out = string_key(p, value->raw);
		return true;
	}
	buf_reset(key);
	if (!value_key(value, key, &e))
		return false;
	*out = arena_str(&p->arena, buf_str(key));
	return true;
}

static bool says_more(const struct json_record *r)
{
	return json_get(r, STR("confidence")) || json_get(r, STR("predict"));
}

/* the careful reader */
static bool read_line(struct quick_part *p, struct str line, struct buf *key, struct quick_label *q)
{
	struct rec_label l;
	struct err e;

	if (!json_read(&p->rec, line, &e) || !is_label(&p->rec) || !rec_label(&p->rec, &p->arena, &l, &e) ||
	    !key_of(p, &l.value, key, &q->key) || (p->whole && says_more(&p->rec)))
		return false;
	q->task = l.task;
	q->worker = l.worker;
	shape_learn(&p->shape, &p->rec, line);
	return true;
}

/* the line at `at`; returns its end */
static const char *next_line(struct quick_part *p, const char *at, const char *end, struct buf *key,
                             struct quick_label *q)
{
	struct shape_label l;

	if (shape_read(&p->shape, p->text.p, at, end, &p->arena, &l) && key_of(p, &l.value, key, &q->key)) {
		q->task = l.task;
		q->worker = l.worker;
		q->plain = true;
		return l.end;
	}
	const char *nl = memchr(at, '\n', (size_t)(end - at));
	BUG_ON(!nl);
	struct str line = { at, (size_t)(nl - at) };
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	q->plain = read_line(p, line, key, q);
	return nl + 1;
}

void quick_read(struct quick_part *p)
{
	const char *at = p->text.p, *end = at + p->text.n;
	struct buf key = BUF_INIT;

	p->n = 0;
	arena_reset(&p->arena);
	memset(p->known, 0, sizeof p->known);
	while (at < end) {
		struct quick_label *q = next_slot(p);
		q->end = at = next_line(p, at, end, &key, q);
	}
	buf_release(&key);
}

void quick_release(struct quick_part *p)
{
	free(p->label);
	arena_release(&p->arena);
	json_record_release(&p->rec);
	*p = (struct quick_part){ 0 };
}
