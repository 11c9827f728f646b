#include "stage/score-tell.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"
#include "stage/score-part.h"

uint64_t tell_pay(bool hold, uint64_t units, uint64_t score_bp, uint64_t bonus_bp)
{
	uint64_t g = hold ? rule_mult_score((uint32_t)score_bp) : score_bp;
	uint64_t c = hold ? rule_mult_bonus((uint32_t)bonus_bp) : bonus_bp;

	return units * g * c / 10000;   /* below 2^32 units */
}

static struct told *told_of(struct tell *t, uint32_t worker)
{
	if (worker >= t->cap) {
		t->cap = mem_grow(t->cap, (size_t)worker + 64);
		t->of = mem_realloc(t->of, t->cap, sizeof *t->of);
	}
	for (; t->n <= worker; t->n++)
		t->of[t->n] = (struct told){ 0 };
	return &t->of[worker];
}

static struct told_epoch *epoch_of(struct tell *t, uint32_t epoch)
{
	if (epoch >= t->cap_epochs) {
		t->cap_epochs = mem_grow(t->cap_epochs, (size_t)epoch + 16);
		t->epoch = mem_realloc(t->epoch, t->cap_epochs, sizeof *t->epoch);
	}
	for (; t->n_epochs <= epoch; t->n_epochs++)
		t->epoch[t->n_epochs] = (struct told_epoch){ 0 };
	return &t->epoch[epoch];
}

void tell_past(struct tell *t, uint32_t worker, uint32_t epoch, const struct rec_score *x, const struct json_record *r)
{
	const struct json_field *rule = json_get(r, STR("rule"));

	if (!tell_wants(t))
		return;
	struct told_epoch *e = epoch_of(t, epoch);
	uint64_t units = x->units < UINT32_MAX ? x->units : UINT32_MAX;
	uint64_t pay = tell_pay(rule && str_is(rule->raw, "hold"), units, x->score_bp, x->bonus_bp);
	e->accounts++;
	e->labels += x->labels;
	e->units += units;
	e->pay += pay;
	struct told *w = told_of(t, worker);
	w->past = true;
	w->before += pay;
}

/* ---- records of this run ---------------------------------------------------------------- */

static uint64_t units_due(const struct json_field *due)
{
	struct str rest = due->raw, pair;
	struct json_field item, number;
	uint64_t sum = 0, v;

	while (json_next(&rest, &item)) {
		pair = item.raw;
		for (int i = 0; json_next(&pair, &number); i++)
			if (i == 1 && num_parse_u64(number.raw, &v))
				sum += v;
	}
	return sum;
}

static void keep_score(struct tell *t, struct str line)
{
	const struct score *s = t->book->s;
	const struct json_field *due;
	struct rec_score x;
	struct err e;

	BUG_ON(!json_read(&t->rec, line, &e) || !rec_score(&t->rec, &t->scratch, &x, &e));
	uint32_t worker = intern_find(&s->workers, x.worker);
	BUG_ON(worker == INTERN_NONE);
	struct told *w = told_of(t, worker);
	*w = (struct told){
		.there = true, .past = w->past, .before = w->before, .labels = (uint32_t)x.labels,
		.verified = (uint32_t)x.verified, .rejected = (uint32_t)x.rejected, .pending = (uint32_t)x.pending,
		.score_bp = (uint32_t)x.score_bp, .bonus_bp = (uint32_t)x.bonus_bp, .units = x.units,
	};
	w->pay = tell_pay(s->options.rule->plain, x.units, x.score_bp, x.bonus_bp);
	due = json_get(&t->rec, STR("due"));
	w->due = due ? units_due(due) : 0;
	if (t->explain && str_eq(x.worker, buf_str(&t->name)))
		buf_addstr(&t->score, line);
}

static bool contains(struct str s, struct str needle)
{
	const char *end = s.p + s.n, *p = s.p;

	while ((size_t)(end - p) >= needle.n && (p = memchr(p, needle.p[0], (size_t)(end - p) - needle.n + 1)) != NULL)
		if (memcmp(p++, needle.p, needle.n) == 0)
			return true;
	return false;
}

static void keep_verdict(struct tell *t, struct str line)
{
	if (!t->explain || !contains(line, buf_str(&t->needle)))
		return;
	buf_addstr(&t->verdicts, line);
	buf_addc(&t->verdicts, '\n');
}

/* the place of a reason among those there are */
static size_t reason_of(struct tell *t, struct str reason)
{
	struct str all = buf_str(&t->reasons);
	size_t i = 0, from = 0;

	for (size_t at = 0; at < all.n; at++) {
		if (all.p[at] != '\n')
			continue;
		if (str_eq((struct str){ all.p + from, at - from }, reason))
			return i;
		from = at + 1;
		i++;
	}
	BUG_ON(i == TOLD_REASONS);
	buf_addstr(&t->reasons, reason);
	buf_addc(&t->reasons, '\n');
	return i;
}

static uint64_t number(const struct json_record *r, struct str key)
{
	const struct json_field *f = json_get(r, key);
	uint64_t v = 0;

	return f && num_parse_u64(f->raw, &v) ? v : 0;
}

static void keep_queue(struct tell *t, struct str line)
{
	struct err e;

	BUG_ON(!json_read(&t->rec, line, &e));
	struct told_queue *q = &t->reason[reason_of(t, json_get(&t->rec, STR("reason"))->raw)];
	q->records++;
	q->labels += number(&t->rec, STR("labels"));
	q->at_stake += number(&t->rec, STR("at_stake"));
	if (t->n_queue++ >= TOLD_FEW)
		return;
	buf_addstr(&t->queue, line);
	buf_addc(&t->queue, '\n');
}

static bool begins(struct str line, struct str head)
{
	return line.n >= head.n && memcmp(line.p, head.p, head.n) == 0;
}

static void keep(struct tell *t, struct str line)
{
	arena_reset(&t->scratch);
	if (begins(line, STR("{\"kind\":\"verdict\"")))
		keep_verdict(t, line);
	else if (begins(line, STR("{\"kind\":\"score\"")))
		keep_score(t, line);
	else if (begins(line, STR("{\"kind\":\"queue\"")))
		keep_queue(t, line);
}

static void tee_line(void *ctx, struct str line)
{
	struct tell *t = ctx;

	keep(t, line);
	if (!t->explain)
		t->to->line(t->to->ctx, line);
}

static void tee_lines(void *ctx, struct str lines)
{
	struct tell *t = ctx;
	struct str rest = lines;

	while (rest.n) {
		const char *nl = memchr(rest.p, '\n', rest.n);
		size_t n = (size_t)(nl - rest.p);
		keep(t, (struct str){ rest.p, n });
		rest.p += n + 1;
		rest.n -= n + 1;
	}
	if (!t->explain)
		sink_lines(t->to, lines);
}

/* ---- a run --------------------------------------------------------------------------------- */

static void forget(struct tell *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->of[i] = (struct told){ .past = t->of[i].past, .before = t->of[i].before };
	buf_reset(&t->verdicts);
	buf_reset(&t->score);
	buf_reset(&t->queue);
	buf_reset(&t->reasons);
	buf_reset(&t->needle);
	memset(t->reason, 0, sizeof t->reason);
	t->n_queue = 0;
	rule_run_release(&t->run);
	t->run = (struct rule_run){ 0 };
	t->hold = false;
}

struct sink *tell_begin(struct tell *t, const struct score_book *b, struct sink *to)
{
	if (!tell_wants(t))
		return to;
	forget(t);
	if (b->n_workers)
		told_of(t, (uint32_t)b->n_workers - 1);
	buf_adds(&t->needle, "\"worker\":");
	json_put_string(&t->needle, buf_str(&t->name));
	t->book = b;
	t->to = to;
	t->tee = (struct sink){ .line = tee_line, .ctx = t, .lines = tee_lines };
	return &t->tee;
}

void tell_hold(struct tell *t, struct rule_run *run, uint32_t now)
{
	if (!tell_wants(t))
		return;
	t->run = *run;
	*run = (struct rule_run){ 0 };
	t->now = now;
	t->hold = true;
}

/* lines of the queue that nobody asked for as records */
static void aside(void *ctx, struct str line)
{
	keep(ctx, line);
}

bool tell_end(struct tell *t, struct score_book *b, struct err *e)
{
	bool good = true;

	if (t->report && !b->s->options.queue) {
		struct sink out = { .line = aside, .ctx = t };
		score_queue(b, &out);
	}
	if (t->report) {
		buf_reset(t->report);
		score_report(b, t->report);
	}
	if (t->explain) {
		buf_reset(t->explain);
		good = score_explain(b, t->explain, e);
	}
	t->book = NULL;
	return good;
}

void tell_release(struct tell *t)
{
	forget(t);
	free(t->of);
	free(t->epoch);
	buf_release(&t->name);
	buf_release(&t->verdicts);
	buf_release(&t->score);
	buf_release(&t->queue);
	buf_release(&t->reasons);
	buf_release(&t->needle);
	arena_release(&t->scratch);
	json_record_release(&t->rec);
}

/* ---- what the run says ------------------------------------------------------------------ */

const struct rule_epoch *tell_evaluated(const struct tell *t, uint32_t epoch)
{
	for (size_t i = 0; i < t->run.n_epochs; i++)
		if (t->run.epoch[i].epoch == epoch)
			return &t->run.epoch[i];
	return NULL;
}

struct tell_lone tell_lone(const struct tell *t, size_t n_identities)
{
	struct tell_lone all = { .between = 0 };

	for (size_t i = 0; t->hold && i < n_identities; i++) {
		const struct rule_state *x = &t->run.state[i];
		for (int k = 0; k < RULE_SEATS && x->standing == RULE_CLEARED; k++) {
			all.met[k] += x->met[k];
			all.apart[k] += x->apart[k];
		}
		all.between += x->standing == RULE_CLEARED ? x->between : 0;
		all.early += x->standing == RULE_CLEARED ? x->early : 0;
	}
	return all;
}

double tell_expected(const struct tell_lone *all, const struct rule_state *x, uint64_t *seen, uint64_t *lone)
{
	double sum = 0;

	*seen = *lone = 0;
	for (int k = 0; k < RULE_SEATS; k++) {
		*seen += x->seen[k];
		*lone += x->lone[k];
		if (all->met[k])
			sum += (double)x->seen[k] * (double)all->apart[k] / (double)all->met[k];
	}
	return sum;
}
