#include "audit/said.h"

#include <stdlib.h>

#include "audit/subject.h"
#include "base/mem.h"
#include "data/intern.h"
#include "rec/rec.h"
#include "rec/value.h"

struct entry {
	uint32_t value;         /* INTERN_NONE: never said */
	struct place at;        /* of the last record, or of one of an unknown kind */
	bool judged;
};

struct said {
	struct intern names, values;    /* "task" (gold) or "task\0worker"; keys of rec/value.h */
	struct entry *entry;            /* by name */
	size_t n, cap;
	bool any_judged;
	struct buf key;
};

struct said *said_new(void)
{
	return mem_zalloc(1, sizeof(struct said));
}

void said_free(struct said *s)
{
	intern_release(&s->names);
	intern_release(&s->values);
	buf_release(&s->key);
	free(s->entry);
	free(s);
}

static struct str name_of(struct said *s, struct str task, struct str worker)
{
	buf_reset(&s->key);
	buf_addstr(&s->key, task);
	if (worker.n) {
		buf_addc(&s->key, '\0');
		buf_addstr(&s->key, worker);
	}
	return buf_str(&s->key);
}

static struct entry *find(const struct said *s, struct str name)
{
	uint32_t i = intern_find(&s->names, name);

	return i == INTERN_NONE ? NULL : &s->entry[i];
}

static struct entry *make(struct said *s, struct str name)
{
	uint32_t i = intern(&s->names, name);

	if (i >= s->cap) {
		s->cap = mem_grow(s->cap, (size_t)i + 1024);
		s->entry = mem_realloc(s->entry, s->cap, sizeof *s->entry);
	}
	for (; s->n <= i; s->n++)
		s->entry[s->n] = (struct entry){ INTERN_NONE, NOWHERE, false };
	return &s->entry[i];
}

/* the value's id; INTERN_NONE when it is none that a label can have */
static uint32_t value_of(struct said *s, const struct json_field *f)
{
	struct err e;

	buf_reset(&s->key);
	return f && value_key(f, &s->key, &e) ? intern(&s->values, buf_str(&s->key)) : INTERN_NONE;
}

bool said_nothing(const struct said *s)
{
	return s->n == 0;
}

/* ---- labels and gold ---------------------------------------------------------------- */

static void remember(struct said *s, struct str task, struct str worker, const struct json_field *value,
                     struct place at)
{
	uint32_t v = value_of(s, value);

	if (v != INTERN_NONE)           /* a bad record: the stages complain about it */
		*make(s, name_of(s, task, worker)) = (struct entry){ v, at, false };
}

static bool is_known(struct str kind)
{
	static const char *const kinds[] = {
		"task", "worker", "gold", "label", "review", "assignment", "agreement", "consensus", "skill", "item",
		"choice", "calibration", "judgement", "shard", "count", "model", "param", "verdict", "score", "queue",
		"finding", "quality", "payment", "batch", "tx", "receipt", "chain", "lane", "claims", "counted", "claim",
		"commit", "attempt", "address", "attestation", "checkpoint", "run", "end", "reject",
		"try", "mined", "plan", "settled", "void",
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_is(kind, kinds[i]))
			return true;
	return false;
}

void said_note(struct said *s, struct str kind, const struct json_record *r, struct arena *scratch, struct place at)
{
	struct rec_label l;
	struct rec_gold g;
	struct err e;

	if (str_is(kind, "gold")) {
		if (rec_gold(r, scratch, &g, &e))
			remember(s, g.task, STR(""), &g.value, at);
		return;
	}
	bool stray = !str_is(kind, "label");
	if ((stray && is_known(kind)) || !rec_label(r, scratch, &l, &e))
		return;
	if (!stray) {
		remember(s, l.task, l.worker, &l.value, at);
		return;
	}
	struct entry *x = make(s, name_of(s, l.task, l.worker));
	if (x->value == INTERN_NONE)
		x->at = at;
}

/* ---- verdicts ----------------------------------------------------------------------- */

/* Is the value that a verdict names the one that the record says? */
static void check(struct said *s, struct findings *f, const char *kind, struct str task, struct str worker,
                  const struct json_field *value, struct place at)
{
	struct buf subject = BUF_INIT;
	const struct entry *x = find(s, name_of(s, task, worker));
	bool known = x && x->value != INTERN_NONE;

	if (known && x->value == value_of(s, value))
		return;
	subject_put_label(&subject, str_of(kind), task, worker);
	if (known)
		findings_add(f, FIND_LABEL, buf_str(&subject), x->at, at, "the %s is not the one that was judged", kind);
	else
		findings_add(f, FIND_LABEL, buf_str(&subject), at, x ? x->at : NOWHERE,
		             x ? "a verdict on a %s that is not in the log, but a record of an unknown kind is"
		               : "a verdict on a %s that is not in the log", kind);
	buf_release(&subject);
}

static bool names(const struct json_record *r, struct arena *scratch, struct str *task, struct str *worker)
{
	const struct json_field *t = json_get(r, STR("task")), *w = json_get(r, STR("worker"));
	struct err e;

	if (!t || t->type != JSON_STRING || !w || w->type != JSON_STRING)
		return false;
	*task = json_text(t, scratch);
	return rec_check_id(json_text(w, scratch), scratch, worker, &e);
}

void said_verdict(struct said *s, struct findings *f, const struct json_record *r, struct arena *scratch,
                  struct place at)
{
	const struct json_field *by = json_get(r, STR("by"));
	struct str task, worker;

	if (!names(r, scratch, &task, &worker))
		return;                 /* it differs from what was computed, and that is said */
	check(s, f, "label", task, worker, json_get(r, STR("value")), at);
	if (by && by->type == JSON_STRING && str_is(by->raw, "gold"))
		check(s, f, "gold", task, STR(""), json_get(r, STR("against")), at);
}

struct place said_where(struct said *s, const struct json_record *verdict, struct arena *scratch)
{
	struct str task, worker;

	if (!names(verdict, scratch, &task, &worker))
		return NOWHERE;
	const struct entry *x = find(s, name_of(s, task, worker));
	return x ? x->at : NOWHERE;
}

/* ---- what came too late --------------------------------------------------------------- */

void said_judged(struct said *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->entry[i].judged = true;
	s->any_judged = true;
}

void said_unjudged(const struct said *s, struct findings *f)
{
	struct buf subject = BUF_INIT;

	for (uint32_t i = 0; s->any_judged && i < s->n; i++) {
		const struct entry *x = &s->entry[i];
		if (x->judged || x->value == INTERN_NONE)
			continue;
		struct str name = intern_str(&s->names, i);
		const char *nul = memchr(name.p, '\0', name.n);
		struct str task = { name.p, nul ? (size_t)(nul - name.p) : name.n }, worker = { "", 0 };
		if (nul)
			worker = (struct str){ nul + 1, name.n - task.n - 1 };
		buf_reset(&subject);
		subject_put_label(&subject, nul ? STR("label") : STR("gold"), task, worker);
		findings_add(f, FIND_LABEL, buf_str(&subject), x->at, NOWHERE, "was not there when the labels were judged");
	}
	buf_release(&subject);
}
