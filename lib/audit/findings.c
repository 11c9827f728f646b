#include "audit/findings.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"

static const char *const rule_name[FIND_RULES] = {
	"line", "mark", "run", "label", "tx", "paid-twice", "chain", "receipt", "unpaid", "differs", "order", "missing",
	"unexplained",
};

/* room for one more of the rule, or NULL when it is only counted */
static struct finding *more(struct findings *f, enum finding_rule rule)
{
	size_t i = f->n[rule]++;

	if (i >= FINDINGS_SHOWN)
		return NULL;
	if (!f->of[rule])
		f->of[rule] = mem_alloc(FINDINGS_SHOWN, sizeof *f->of[rule]);
	return &f->of[rule][i];
}

void findings_add(struct findings *f, enum finding_rule rule, struct str subject, struct place at, struct place other,
                  const char *fmt, ...)
{
	struct finding *new = more(f, rule);
	char text[600];
	va_list ap;

	if (!new)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	*new = (struct finding){ arena_str(&f->text, subject), arena_str(&f->text, str_of(text)), at, other };
}

void findings_move(struct findings *f, struct findings *from, enum finding_rule rule)
{
	for (size_t i = 0; i < from->n[rule]; i++) {
		struct finding *new = more(f, rule);
		if (!new || i >= FINDINGS_SHOWN)
			continue;               /* the first ones of `from` fill f before its counted ones are met */
		*new = from->of[rule][i];
		new->subject = arena_str(&f->text, new->subject);
		new->text = arena_str(&f->text, new->text);
	}
	from->n[rule] = 0;
	arena_reset(&from->text);
}

static void put_place(struct buf *b, const struct place *p)
{
	if (!p->line)
		return;
	json_put_sep(b);
	buf_addc(b, '{');
	if (p->file.n)
		json_put_kstr(b, "file", p->file);
	json_put_kuint(b, "line", p->line);
	buf_addc(b, '}');
}

static void emit_one(enum finding_rule rule, const struct finding *f, struct buf *b, struct sink *out)
{
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"finding\"");
	json_put_kstr(b, "rule", str_of(rule_name[rule]));
	json_put_kstr(b, "severity", STR("error"));
	json_put_kraw(b, "subject", f->subject);
	json_put_key(b, "evidence");
	buf_addc(b, '[');
	put_place(b, &f->at);
	put_place(b, &f->other);
	buf_addc(b, ']');
	json_put_kstr(b, "text", f->text);
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
}

static void emit_rest(enum finding_rule rule, size_t rest, struct buf *b, struct sink *out)
{
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"finding\"");
	json_put_kstr(b, "rule", str_of(rule_name[rule]));
	json_put_kstr(b, "severity", STR("error"));
	buf_adds(b, ",\"subject\":{},\"evidence\":[]");
	json_put_key(b, "text");
	buf_addf(b, "\"and %zu more of this rule\"}", rest);
	out->line(out->ctx, buf_str(b));
}

uint64_t findings_emit(const struct findings *f, struct sink *out)
{
	struct buf b = BUF_INIT;
	uint64_t total = 0;

	for (int r = 0; r < FIND_RULES; r++) {
		for (size_t i = 0; i < f->n[r] && i < FINDINGS_SHOWN; i++)
			emit_one((enum finding_rule)r, &f->of[r][i], &b, out);
		if (f->n[r] > FINDINGS_SHOWN)
			emit_rest((enum finding_rule)r, f->n[r] - FINDINGS_SHOWN, &b, out);
		total += f->n[r];
	}
	buf_release(&b);
	return total;
}

void findings_release(struct findings *f)
{
	for (int r = 0; r < FIND_RULES; r++)
		free(f->of[r]);
	arena_release(&f->text);
	*f = (struct findings){ 0 };
}
