/* Why was I paid this?  What came of a worker's labels, in words. */
#include "stage/score-explain.h"

#include "json/num.h"
#include "stage/report-part.h"

enum { COLUMNS = 78, NAME = 60, VALUE = 60, REJECTED_LISTED = 20 };

/* a space that no line is broken at, until it is written; text from the input has none: part_plain */
#define TIED "\001"
enum { TIE = 1 };

/* ---- layout ------------------------------------------------------------------------------ */

static size_t width_of(const char *p, size_t n)
{
	size_t w = 0;

	for (size_t i = 0; i < n; i++)
		w += ((unsigned char)p[i] & 0xc0) != 0x80;
	return w;
}

static void wrap(struct explain *e, const char *first, const char *indent)
{
	struct str rest = buf_str(&e->para);
	size_t at = 0;

	while (rest.n) {
		const char *space = memchr(rest.p, ' ', rest.n);
		size_t n = space ? (size_t)(space - rest.p) : rest.n, w = width_of(rest.p, n);
		if (!at || at + 1 + w > COLUMNS) {
			buf_adds(e->out, at ? "\n" : "");
			buf_adds(e->out, at ? indent : first);
			at = strlen(indent);
		} else {
			buf_addc(e->out, ' ');
			at++;
		}
		for (size_t i = 0; i < n; i++)
			buf_addc(e->out, rest.p[i] == TIE ? ' ' : rest.p[i]);
		at += w;
		rest.p += n + (space != NULL);
		rest.n -= n + (space != NULL);
	}
	buf_addc(e->out, '\n');
	buf_reset(&e->para);
}

void explain_head(struct explain *e, const char *title)
{
	buf_addf(e->out, "\n%s\n", title);
}

void explain_para(struct explain *e)
{
	if (e->para.n)
		wrap(e, "  ", "  ");
}

void explain_item(struct explain *e)
{
	wrap(e, "  - ", "    ");
}

void explain_percent(struct buf *b, uint64_t bp)
{
	buf_addf(b, "%lu.%02lu" TIED "%%", (unsigned long)(bp / 100), (unsigned long)(bp % 100));
}

void explain_bp(struct buf *b, uint64_t bp)
{
	buf_addu(b, bp);
	buf_adds(b, " (");
	explain_percent(b, bp);
	buf_addc(b, ')');
}

void explain_rates(struct buf *b, uint64_t x)
{
	buf_addf(b, "%llu.%02llu", (unsigned long long)(x / 10000), (unsigned long long)(x % 10000 / 100));
}

void explain_epoch(struct explain *e, uint32_t epoch)
{
	const struct score *s = e->b->s;
	bool last = epoch + 1 == e->t->now && s->carried.counted == e->t->now && !s->options.reset && !s->carried.ended;

	if (epoch == e->t->now || last) {
		buf_adds(&e->para, "epoch \"");
		part_plain(&e->para, last ? intern_str(&s->epochs, s->carried.epoch) : str_of(s->options.epoch), NAME);
		buf_addc(&e->para, '"');
	} else {
		buf_addf(&e->para, "epoch number %lu", (unsigned long)epoch + 1);
	}
}

/* ---- what came of it --------------------------------------------------------------------------- */

static void title(struct explain *e)
{
	const struct score *s = e->b->s;
	uint32_t accounts = 0;

	part_plain(e->out, intern_str(&s->workers, e->worker), NAME);
	buf_adds(e->out, ", epoch \"");
	part_plain(e->out, str_of(s->options.epoch), NAME);
	buf_addf(e->out, "\", rule %s\n", s->options.rule->name);
	for (uint32_t k = 0; k < e->b->n_workers; k++)
		accounts += e->t->of[k].there && e->b->identity[k] == e->who;
	if (accounts < 2)
		return;
	buf_addf(&e->para, "One of %lu accounts of a person, who is judged as one: gold, agreement and standing below "
	         "are of all of them together, units and labels of this account.", (unsigned long)accounts);
	explain_para(e);
}

static void came_of_it(struct explain *e)
{
	const struct told *w = e->w;
	bool hold = e->t->hold;
	struct buf *b = &e->para;

	explain_head(e, "What came of it");
	if (w->units) {
		buf_addf(b, "%llu %s %s with "
		         "score ", (unsigned long long)w->units, w->units == 1 ? "unit is" : "units are",
		         hold ? "released now," : "paid");
		explain_bp(b, w->score_bp);
		buf_adds(b, " and bonus ");
		explain_bp(b, w->bonus_bp);
		buf_adds(b, hold ? ". By the pay policy that goes with this rule a unit brings " : ". By a policy that "
		         "pays score times bonus a unit brings ");
		explain_percent(b, tell_pay(hold, 1, w->score_bp, w->bonus_bp));
		buf_adds(b, " of the rate; all of them together ");
		explain_rates(b, w->pay);
		buf_adds(b, " times the rate.");
	} else {
		buf_adds(b, hold ? "Nothing is released now." : "Nothing is paid now.");
		if (!hold) {
			buf_adds(b, " The score is ");
			explain_bp(b, w->score_bp);
			buf_adds(b, ", the bonus ");
			explain_bp(b, w->bonus_bp);
			buf_adds(b, "; no label is verified.");
		}
	}
	if (w->due)
		buf_addf(b, " %llu %s.", (unsigned long long)w->due, w->due == 1 ? "unit waits" : "units wait");
	explain_para(e);
}

/* ---- the labels ----------------------------------------------------------------------------------- */

/* What verdicts of one worker came to, by ground. */
struct grounds {
	uint64_t verified[3], rejected[3], pending[3];
	uint64_t listed, on_gold;
};

static const char *const ground_names[] = { "consensus", "gold", "review" };
static const char *const ground_words[] = { "the others", "gold", "review" };

static struct str text_of(struct explain *e, const struct json_record *r, struct str key)
{
	const struct json_field *f = json_get(r, key);

	if (!f)
		return STR("");
	return f->type == JSON_STRING ? json_text(f, &e->scratch) : f->raw;
}

static void put_value(struct explain *e, const struct json_field *f)
{
	bool quotes = f->type == JSON_STRING;

	buf_adds(&e->para, quotes ? "\"" : "");
	part_plain(&e->para, quotes ? json_text(f, &e->scratch) : f->raw, VALUE);
	buf_adds(&e->para, quotes ? "\"" : "");
}

static uint64_t count_of(const struct json_record *r, struct str key)
{
	const struct json_field *f = json_get(r, key);
	uint64_t n = 0;

	return f && num_parse_u64(f->raw, &n) ? n : 0;
}

static void put_rejected(struct explain *e, const struct json_record *r, int ground)
{
	const struct json_field *confidence = json_get(r, STR("confidence")), *against = json_get(r, STR("against"));
	struct buf *b = &e->para;
	double p;

	buf_adds(b, "task \"");
	part_plain(b, text_of(e, r, STR("task")), NAME);
	buf_adds(b, "\": the answer was ");
	put_value(e, json_get(r, STR("value")));
	if (ground == BY_REVIEW) {
		buf_addf(b, "; by review, %llu against and %llu for it", (unsigned long long)count_of(r, STR("rejects")),
		         (unsigned long long)count_of(r, STR("accepts")));
	} else if (against) {
		buf_adds(b, ground == BY_GOLD ? "; gold is " : "; the others say ");
		put_value(e, against);
	}
	if (ground == BY_CONSENSUS && confidence && num_parse(confidence->raw, &p)) {
		buf_adds(b, " with confidence ");
		explain_percent(b, (uint64_t)(p * 10000));
	}
	explain_item(e);
}

static void look_at(struct explain *e, struct str line, struct grounds *g, bool list)
{
	struct json_record r = { 0 };
	struct err err;
	int ground = 0;

	arena_reset(&e->scratch);
	if (json_read(&r, line, &err) && str_eq(text_of(e, &r, STR("worker")), buf_str(&e->t->name))) {
		struct str verdict = text_of(e, &r, STR("verdict")), by = text_of(e, &r, STR("by"));
		bool rejected = str_is(verdict, "rejected");
		while (ground < 2 && !str_is(by, ground_names[ground]))
			ground++;
		(rejected ? g->rejected : str_is(verdict, "verified") ? g->verified : g->pending)[ground]++;
		if (list && rejected && g->listed++ < REJECTED_LISTED) {
			g->on_gold += ground == BY_GOLD;
			put_rejected(e, &r, ground);
		}
	}
	json_record_release(&r);
}

static struct grounds look_at_all(struct explain *e, bool list)
{
	struct str rest = buf_str(&e->t->verdicts);
	struct grounds g = { { 0 }, { 0 }, { 0 }, 0, 0 };

	while (rest.n) {
		size_t n = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p);
		look_at(e, (struct str){ rest.p, n }, &g, list);
		rest.p += n + 1;
		rest.n -= n + 1;
	}
	return g;
}

static void by_grounds(struct explain *e, const char *what, const uint64_t n[3])
{
	struct buf *b = &e->para;
	uint64_t all = n[0] + n[1] + n[2];
	bool first = true;

	if (!all)
		return;
	buf_addf(b, " %llu %s", (unsigned long long)all, what);
	for (int i = 2; i >= 0; i--) {
		if (!n[i])
			continue;
		buf_addf(b, "%s%llu by %s", first ? " (" : ", ", (unsigned long long)n[i], ground_words[i]);
		first = false;
	}
	buf_adds(b, ").");
}

static void labels(struct explain *e)
{
	struct buf *b = &e->para;

	explain_head(e, "Labels of this epoch");
	if (!e->w->labels) {
		buf_adds(b, "None.");
		explain_para(e);
		return;
	}
	struct grounds g = look_at_all(e, false);
	buf_addf(b, "%lu %s.", (unsigned long)e->w->labels, e->w->labels == 1 ? "label" : "labels");
	by_grounds(e, "verified", g.verified);
	by_grounds(e, "rejected", g.rejected);
	if (e->w->pending)
		buf_addf(b, " %lu pending: nobody can tell yet.", (unsigned long)e->w->pending);
	buf_adds(b, e->t->hold ? " Under this rule pay rests on gold and agreement; what the others or a review say of "
	         "one label decides nothing by itself." : " What is paid is verified labels.");
	explain_para(e);
	if (!e->w->rejected)
		return;
	buf_addf(b, "%s rejected:", e->w->rejected > REJECTED_LISTED ? "The first 20 that were" : "What was");
	explain_para(e);
	g = look_at_all(e, true);
	if (g.listed > REJECTED_LISTED) {
		buf_addf(b, "and %llu more", (unsigned long long)g.listed - REJECTED_LISTED);
		explain_item(e);
	}
	if (g.on_gold) {
		buf_addf(b, "(%llu of these %s gold, which must stay hidden: strike it out before this text is passed "
		         "on, or use that gold no "
		         "more.)", (unsigned long long)g.on_gold, g.on_gold == 1 ? "is" : "are");
		explain_para(e);
	}
}

/* ---- all of it ---------------------------------------------------------------------------------------- */

bool score_explain(const struct score_book *b, struct buf *out, struct err *err)
{
	const struct tell *t = &b->s->tell;
	uint32_t worker = intern_find(&b->s->workers, buf_str(&t->name));

	if (worker == INTERN_NONE || worker >= t->n || !t->of[worker].there)
		return err_set(err, "--explain: worker \"%.*s\" has no score: no labels of this epoch, nothing from an "
		               "earlier one",
		               STR_FMT(buf_str(&t->name)));
	struct explain e = { .b = b, .t = t, .w = &t->of[worker], .p = &b->s->options.policy, .worker = worker,
	                     .who = b->identity[worker], .out = out };
	e.x = t->hold ? &t->run.state[e.who] : NULL;
	title(&e);
	came_of_it(&e);
	if (t->hold)
		explain_hold(&e);
	else
		explain_other(&e);
	labels(&e);
	explain_head(&e, "What would raise it");
	if (t->hold)
		explain_hold_raise(&e);
	else
		explain_other_raise(&e);
	buf_release(&e.para);
	arena_release(&e.scratch);
	return true;
}
