#include "audit/segment.h"

#include <stdlib.h>

#include "audit/subject.h"
#include "base/mem.h"
#include "rec/value.h"

/* The value that a label or gold record gave, and where. */
struct said {
	uint32_t value;
	uint64_t line;
};

struct replay_segment {
	struct buf text;                /* the expected lines, one after the other */
	size_t *start;                  /* n + 1 offsets into text */
	size_t n, cap, next;
	struct intern names, values;    /* "task" or "task\0worker"; keys of rec/value.h */
	struct said *said;              /* by name */
	size_t n_said, cap_said;
	struct json_record rec;         /* for looking into an expected line */
	struct buf key;
};

struct replay_segment *segment_new(void)
{
	return mem_zalloc(1, sizeof(struct replay_segment));
}

void segment_free(struct replay_segment *s)
{
	buf_release(&s->text);
	buf_release(&s->key);
	intern_release(&s->names);
	intern_release(&s->values);
	json_record_release(&s->rec);
	free(s->start);
	free(s->said);
	free(s);
}

/* ---- what must come next --------------------------------------------------------------- */

void segment_expect(struct replay_segment *s, struct str line)
{
	if (s->n + 2 > s->cap) {
		s->cap = mem_grow(s->cap, s->n + 1024);
		s->start = mem_realloc(s->start, s->cap, sizeof *s->start);
	}
	s->start[s->n++] = s->text.n;
	buf_addstr(&s->text, line);
	s->start[s->n] = s->text.n;
}

void segment_forget(struct replay_segment *s)
{
	buf_reset(&s->text);
	s->n = s->next = 0;
}

static struct str expected(const struct replay_segment *s, size_t i)
{
	return (struct str){ s->text.p + s->start[i], s->start[i + 1] - s->start[i] };
}

/* Which record an expected line is, as a subject. */
static void subject_of_line(struct replay_segment *s, struct str line, struct buf *out)
{
	struct err e;

	BUG_ON(!json_read(&s->rec, line, &e));  /* a stage wrote it */
	subject_put(out, json_get(&s->rec, STR("kind"))->raw, &s->rec);
}

static void report_missing(struct replay_segment *s, struct findings *f, size_t i, struct replay_place at)
{
	struct buf subject = BUF_INIT;

	subject_of_line(s, expected(s, i), &subject);
	findings_add(f, FIND_MISSING, buf_str(&subject), at.file, at.line, 0, "follows from the records before it, "
	             "and is not in the log");
	buf_release(&subject);
}

void segment_missing(struct replay_segment *s, struct findings *f)
{
	for (; s->next < s->n; s->next++)
		report_missing(s, f, s->next, (struct replay_place){ STR(""), 0 });
	segment_forget(s);
}

/* Kinds that only stages make. */
static bool is_computed(struct str kind)
{
	static const char *const kinds[] = { "consensus", "skill", "agreement", "verdict", "score", "payment" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_is(kind, kinds[i]))
			return true;
	return false;
}

/* The first expected line, from the next one on, that is about this record; looked for in the
 * near future only, so that a hostile log costs no quadratic time. */
static size_t find_expected(struct replay_segment *s, struct str subject)
{
	enum { NEAR = 1000 };
	struct buf other = BUF_INIT;
	size_t i, end = s->n - s->next > NEAR ? s->next + NEAR : s->n;

	for (i = s->next; i < end; i++) {
		buf_reset(&other);
		subject_of_line(s, expected(s, i), &other);
		if (str_eq(buf_str(&other), subject))
			break;
	}
	buf_release(&other);
	return i < end ? i : SIZE_MAX;
}

/* How the log's line departs from the computed one: the first field that differs. */
static void report_difference(struct replay_segment *s, struct findings *f, size_t i, struct str subject,
                              const struct json_record *r, struct replay_place at)
{
	struct err e;

	BUG_ON(!json_read(&s->rec, expected(s, i), &e));
	for (size_t k = 0; k < s->rec.n; k++) {
		const struct json_field *want = &s->rec.field[k], *got = json_get(r, want->key);
		if (got && got->type == want->type && str_eq(got->raw, want->raw))
			continue;
		findings_add(f, FIND_DIFFERS, subject, at.file, at.line, 0,
		             "field \"%.*s\" is %.*s, and %.*s follows from the records before it",
		             STR_FMT(want->key), got ? (int)(got->raw.n > 120 ? 120 : got->raw.n) : 6,
		             got ? got->raw.p : "absent", (int)(want->raw.n > 120 ? 120 : want->raw.n), want->raw.p);
		return;
	}
	findings_add(f, FIND_DIFFERS, subject, at.file, at.line, 0, "has fields or bytes that its tool does not write");
}

unsigned segment_compare(struct replay_segment *s, struct findings *f, struct str kind, const struct json_record *r,
                         struct str line, struct replay_place at)
{
	struct buf subject = BUF_INIT;
	bool due = s->next < s->n;

	if (due && str_eq(expected(s, s->next), line)) {
		s->next++;
		return 1;
	}
	if (!is_computed(kind) && !(due && s->next == 0 && str_is(kind, "run")))
		return 0;
	subject_put(&subject, kind, r);
	size_t i = due ? find_expected(s, buf_str(&subject)) : SIZE_MAX;
	if (i == SIZE_MAX) {
		findings_add(f, FIND_UNEXPLAINED, buf_str(&subject), at.file, at.line, 0,
		             "does not follow from the records before it");
	} else {
		for (; s->next < i; s->next++)
			report_missing(s, f, s->next, at);
		s->next = i + 1;
		if (!str_eq(expected(s, i), line))
			report_difference(s, f, i, buf_str(&subject), r, at);
	}
	buf_release(&subject);
	return 0;
}

/* ---- what was judged ---------------------------------------------------------------------- */

static uint32_t name_of(struct replay_segment *s, struct str task, struct str worker)
{
	buf_reset(&s->key);
	buf_addstr(&s->key, task);
	if (worker.n) {
		buf_addc(&s->key, '\0');
		buf_addstr(&s->key, worker);
	}
	return intern(&s->names, buf_str(&s->key));
}

static bool value_of(struct replay_segment *s, const struct json_field *f, uint32_t *value)
{
	struct err e;

	buf_reset(&s->key);
	if (!f || !value_key(f, &s->key, &e))
		return false;
	*value = intern(&s->values, buf_str(&s->key));
	return true;
}

static void remember(struct replay_segment *s, struct str task, struct str worker, const struct json_field *value,
                     uint64_t line)
{
	uint32_t v, i;

	if (!value_of(s, value, &v))
		return;                 /* a bad record: the stages complain about it */
	i = name_of(s, task, worker);
	if (i >= s->cap_said) {
		s->cap_said = mem_grow(s->cap_said, (size_t)i + 1024);
		s->said = mem_realloc(s->said, s->cap_said, sizeof *s->said);
	}
	for (; s->n_said <= i; s->n_said++)
		s->said[s->n_said].value = INTERN_NONE;
	s->said[i] = (struct said){ v, line };
}

/* Is the value that a verdict names the one that the record says? */
static void check_said(struct replay_segment *s, struct findings *f, const char *kind, struct str task,
                       struct str worker, const struct json_field *value, struct replay_place at)
{
	uint32_t i = name_of(s, task, worker), v;
	struct buf subject = BUF_INIT;

	if (!value_of(s, value, &v))
		v = INTERN_NONE;
	bool known = i < s->n_said && s->said[i].value != INTERN_NONE;
	if (known && s->said[i].value == v)
		return;
	subject_put_label(&subject, kind, task, worker);
	findings_add(f, FIND_LABEL, buf_str(&subject), at.file, known ? s->said[i].line : at.line, known ? at.line : 0,
	             known ? "the %s is not the one that was judged" : "a verdict on a %s that is not in the log", kind);
	buf_release(&subject);
}

static void check_verdict(struct replay_segment *s, struct findings *f, struct arena *scratch,
                          const struct json_record *r, struct replay_place at)
{
	const struct json_field *task = json_get(r, STR("task")), *worker = json_get(r, STR("worker"));
	const struct json_field *by = json_get(r, STR("by"));

	if (!task || task->type != JSON_STRING || !worker || worker->type != JSON_STRING)
		return;                 /* it differs from what was computed, and that is said */
	struct str t = json_text(task, scratch), w = json_text(worker, scratch);
	check_said(s, f, "label", t, w, json_get(r, STR("value")), at);
	if (by && by->type == JSON_STRING && str_is(by->raw, "gold"))
		check_said(s, f, "gold", t, STR(""), json_get(r, STR("against")), at);
}

void segment_note(struct replay_segment *s, struct findings *f, struct arena *scratch, struct str kind,
                  const struct json_record *r, struct replay_place at)
{
	struct rec_label l;
	struct rec_gold g;
	struct err e;

	if (str_is(kind, "label") && rec_label(r, scratch, &l, &e))
		remember(s, l.task, l.worker, &l.value, at.line);
	else if (str_is(kind, "gold") && rec_gold(r, scratch, &g, &e))
		remember(s, g.task, STR(""), &g.value, at.line);
	else if (str_is(kind, "verdict"))
		check_verdict(s, f, scratch, r, at);
}
