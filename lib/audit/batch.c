#include "audit/batch.h"

#include <stdlib.h>

#include "audit/subject.h"
#include "base/mem.h"
#include "data/intern.h"

struct batch {
	struct place run;
	struct buf text;                /* the expected lines, one after the other */
	size_t *start;                  /* n + 1 offsets into text */
	uint64_t *line;                 /* by expected line: where it stands; 0 = not yet seen */
	size_t n, cap;
	size_t next;                    /* the one behind the last that was seen */
	bool disorder;                  /* not all were seen in their order */
	struct intern subjects;         /* of the expected lines, made when first needed */
	uint32_t *by_subject;           /* by subject: the expected line */
	struct findings between;        /* what stands between them, FIND_ORDER, if more of them follow */
	struct json_record rec;         /* for looking into an expected line */
};

struct batch *batch_new(void)
{
	return mem_zalloc(1, sizeof(struct batch));
}

static void forget(struct batch *b)
{
	intern_release(&b->subjects);
	free(b->by_subject);
	b->by_subject = NULL;
	findings_release(&b->between);
	buf_reset(&b->text);
	b->n = b->next = 0;
	b->disorder = false;
}

void batch_free(struct batch *b)
{
	forget(b);
	buf_release(&b->text);
	json_record_release(&b->rec);
	free(b->start);
	free(b->line);
	free(b);
}

void batch_begin(struct batch *b, struct place run)
{
	forget(b);
	b->run = run;
}

void batch_expect(struct batch *b, struct str line)
{
	if (b->n + 2 > b->cap) {
		b->cap = mem_grow(b->cap, b->n + 1024);
		b->start = mem_realloc(b->start, b->cap, sizeof *b->start);
		b->line = mem_realloc(b->line, b->cap, sizeof *b->line);
	}
	b->start[b->n] = b->text.n;
	b->line[b->n++] = 0;
	buf_addstr(&b->text, line);
	b->start[b->n] = b->text.n;
}

size_t batch_size(const struct batch *b)
{
	return b->n;
}

bool batch_explains(struct str kind)
{
	static const char *const kinds[] = { "consensus", "skill", "agreement", "choice", "judgement", "verdict",
	                                     "score", "payment", "batch", "counted", "claim", "commit" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_is(kind, kinds[i]))
			return true;
	return false;
}

/* ---- which expected line is about a record ------------------------------------------ */

static struct str expected(const struct batch *b, size_t i)
{
	return (struct str){ b->text.p + b->start[i], b->start[i + 1] - b->start[i] };
}

/* Read an expected line into b->rec; its kind, and which record it is. */
static struct str look_into(struct batch *b, size_t i, struct buf *subject)
{
	struct err e;

	BUG_ON(!json_read(&b->rec, expected(b, i), &e));        /* a stage wrote it */
	struct str kind = json_get(&b->rec, STR("kind"))->raw;
	buf_reset(subject);
	subject_put(subject, kind, &b->rec);
	return kind;
}

static void make_index(struct batch *b)
{
	struct buf subject = BUF_INIT;

	b->by_subject = mem_alloc(b->n, sizeof *b->by_subject);
	for (size_t i = 0; i < b->n; i++) {
		look_into(b, i, &subject);
		size_t had = b->subjects.n;
		uint32_t id = intern(&b->subjects, buf_str(&subject));
		if (id == had)
			b->by_subject[id] = (uint32_t)i;
	}
	buf_release(&subject);
}

static size_t find(struct batch *b, struct str subject)
{
	if (b->n && !b->by_subject)
		make_index(b);
	uint32_t id = intern_find(&b->subjects, subject);
	return id == INTERN_NONE ? SIZE_MAX : b->by_subject[id];
}

/* ---- one record ------------------------------------------------------------------------ */

/* Expected line i stands here: what stood between it and the one before does not belong there. */
static void seen(struct batch *b, struct findings *f, size_t i, struct place at)
{
	b->line[i] = at.line;
	b->disorder = b->disorder || i != b->next;
	b->next = i + 1;
	if (b->between.n[FIND_ORDER])
		findings_move(f, &b->between, FIND_ORDER);
}

/* The value as text, cut short. */
static int cut(struct str s)
{
	return (int)(s.n > 120 ? 120 : s.n);
}

/* How the log's line departs from the computed one: the first field that differs. */
static void report_difference(struct batch *b, struct findings *f, size_t i, struct str subject,
                              const struct json_record *r, struct place at)
{
	struct err e;

	BUG_ON(!json_read(&b->rec, expected(b, i), &e));
	for (size_t k = 0; k < b->rec.n; k++) {
		const struct json_field *want = &b->rec.field[k], *got = json_get(r, want->key);
		if (got && got->type == want->type && str_eq(got->raw, want->raw))
			continue;
		struct str is = got ? got->raw : STR("absent");
		const char *quote = want->type == JSON_STRING ? "\"" : "";
		const char *q = got && got->type == JSON_STRING ? "\"" : "";
		findings_add(f, FIND_DIFFERS, subject, at, NOWHERE,
		             "field \"%.*s\" is %s%.*s%s, and %s%.*s%s follows from the records before it",
		             STR_FMT(want->key), q, cut(is), is.p, q, quote, cut(want->raw), want->raw.p, quote);
		return;
	}
	findings_add(f, FIND_DIFFERS, subject, at, NOWHERE, "has fields or bytes that its tool does not write");
}

static enum batch_match settle(struct batch *b, struct findings *f, struct str subject, const struct json_record *r,
                               struct str line, struct place at)
{
	size_t i = find(b, subject);

	if (i == SIZE_MAX) {
		findings_add(f, FIND_UNEXPLAINED, subject, at, NOWHERE, "does not follow from the records before it");
		return BATCH_UNEXPLAINED;
	}
	if (b->line[i]) {
		findings_add(f, FIND_ORDER, subject, at, (struct place){ at.file, b->line[i] },
		             "stands here a second time");
		return BATCH_OTHER;
	}
	seen(b, f, i, at);
	if (str_eq(expected(b, i), line))
		return BATCH_SAME;
	report_difference(b, f, i, subject, r, at);
	return BATCH_OTHER;
}

enum batch_match batch_compare(struct batch *b, struct findings *f, struct str kind, const struct json_record *r,
                               struct str line, struct place at)
{
	struct buf subject = BUF_INIT;
	enum batch_match m = BATCH_FREE;
	bool due = b->next < b->n;

	if (due && b->line[b->next] == 0 && str_eq(expected(b, b->next), line)) {
		seen(b, f, b->next, at);
		return BATCH_SAME;
	}
	bool ours = batch_explains(kind) || (b->n && str_is(kind, "run") && at.line == b->run.line);
	if (ours || due)
		subject_put(&subject, kind, r);
	if (ours && !(str_is(kind, "batch") && find(b, buf_str(&subject)) == SIZE_MAX))
		m = settle(b, f, buf_str(&subject), r, line, at);
	else if (due)
		findings_add(&b->between, FIND_ORDER, buf_str(&subject), at, b->run,
		             "stands inside what this run wrote, where no tool writes it");
	buf_release(&subject);
	return m;
}

/* ---- the end ----------------------------------------------------------------------------- */

static size_t report_missing(struct batch *b, struct findings *f, struct said *said, struct arena *scratch)
{
	struct buf subject = BUF_INIT;
	struct place before = b->run;
	size_t missing = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (b->line[i]) {
			before.line = b->line[i];
			continue;
		}
		missing++;
		struct place label = NOWHERE;
		if (findings_full(f, FIND_MISSING)) {
			buf_reset(&subject);
		} else if (str_is(look_into(b, i, &subject), "verdict")) {
			arena_reset(scratch);
			label = said_where(said, &b->rec, scratch);
		}
		findings_add(f, FIND_MISSING, buf_str(&subject), before, label,
		             "follows from the records before it, and is not in the log after this one");
	}
	buf_release(&subject);
	return missing;
}

/* The longest run of records that stand in their order stays; the others were moved there. */
static void report_disorder(struct batch *b, struct findings *f)
{
	size_t *tail = mem_alloc(b->n, sizeof *tail), *before = mem_alloc(b->n, sizeof *before), n = 0;
	uint8_t *stays = mem_zalloc(b->n, 1);
	struct buf subject = BUF_INIT;

	for (size_t i = 0; i < b->n; i++) {
		size_t lo = 0, hi = n;
		if (!b->line[i])
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;
			if (b->line[tail[mid]] < b->line[i])
				lo = mid + 1;
			else
				hi = mid;
		}
		before[i] = lo ? tail[lo - 1] : SIZE_MAX;
		tail[lo] = i;
		n = lo == n ? n + 1 : n;
	}
	for (size_t i = n ? tail[n - 1] : SIZE_MAX; i != SIZE_MAX; i = before[i])
		stays[i] = 1;
	for (size_t i = 0; i < b->n; i++) {
		if (!b->line[i] || stays[i])
			continue;
		look_into(b, i, &subject);
		findings_add(f, FIND_ORDER, buf_str(&subject), (struct place){ b->run.file, b->line[i] }, NOWHERE,
		             "stands in another place than its tool writes it");
	}
	free(tail);
	free(before);
	free(stays);
	buf_release(&subject);
}

size_t batch_end(struct batch *b, struct findings *f, struct said *said, struct arena *scratch)
{
	struct buf subject = BUF_INIT;
	size_t n = b->n, seen_lines = 0;

	for (size_t i = 1; i < n; i++)
		seen_lines += b->line[i] != 0;
	if (n == 0)
		return 0;
	if (n > 1 && seen_lines == 0) {
		look_into(b, 0, &subject);
		findings_add(f, FIND_RUN, buf_str(&subject), b->run, NOWHERE,
		             "nothing of what this run computes is in the log: %zu records", n - 1);
		n--;
	} else {
		n = report_missing(b, f, said, scratch);
		if (b->disorder)
			report_disorder(b, f);
	}
	forget(b);
	buf_release(&subject);
	return n;
}
