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

static bool read_line(struct quick_part *p, struct str line, struct buf *key, struct quick_label *q)
{
	struct rec_label l;
	struct err e;

	if (!json_read(&p->rec, line, &e) || !is_label(&p->rec) || !rec_label(&p->rec, &p->arena, &l, &e))
		return false;
	buf_reset(key);
	if (!value_key(&l.value, key, &e))
		return false;
	q->task = l.task;
	q->worker = l.worker;
	q->key = arena_str(&p->arena, buf_str(key));
	return true;
}

void quick_read(struct quick_part *p)
{
	const char *at = p->text.p, *end = at + p->text.n, *nl;
	struct buf key = BUF_INIT;

	p->n = 0;
	arena_reset(&p->arena);
	for (; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		BUG_ON(!nl);
		struct quick_label *q = next_slot(p);
		struct str line = { at, (size_t)(nl - at) };
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		q->plain = read_line(p, line, &key, q);
		q->end = nl + 1;
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
