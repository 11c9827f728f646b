/* The page about scores and pay: people, what was run, what needs a look. */
#include "stage/score-report.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"

/* ---- people --------------------------------------------------------------------------------- */

static void add_account(struct person *x, const struct score_book *b, uint32_t worker)
{
	const struct told *w = &b->s->tell.of[worker];

	if (!x->accounts++)
		*x = (struct person){ .first = worker, .accounts = 1, .peers = -1 };
	x->labels += w->labels;
	x->verified += w->verified;
	x->rejected += w->rejected;
	x->pending += w->pending;
	x->units += w->units;
	x->due += w->due;
	x->pay += w->pay;
	x->all += w->pay + w->before;
	if (b->s->tell.hold || !w->there)
		return;
	x->hits += b->tally[worker].gold_hits;
	x->trials += b->tally[worker].gold_trials;
	x->peers = (int32_t)w->score_bp;
}

/* what rule hold knows of them: standing, gold, and the agreement of the newest block that has one */
static void add_states(struct person *of, const struct score_book *b)
{
	const struct rule_run *run = &b->s->tell.run;
	uint32_t *to = mem_zalloc(b->n_identities, sizeof *to);

	for (size_t i = 0; i < b->n_identities; i++) {
		const struct rule_state *x = &run->state[i];
		of[i].standing = x->standing;
		of[i].held = x->held;
		of[i].hits = x->right;
		of[i].trials = x->gold;
	}
	for (size_t i = 0; i < run->n_blocks; i++) {
		const struct rule_block *k = &run->block[i];
		if (k->status == RULE_OPEN || !k->labels || k->to + 1 < to[k->who])
			continue;
		to[k->who] = k->to + 1;
		of[k->who].peers = (int32_t)k->agreement;
	}
	free(to);
}

struct paid {
	uint64_t pay;
	uint32_t person;
};

static int by_pay(const void *a, const void *b)
{
	const struct paid *x = a, *y = b;

	if (x->pay != y->pay)
		return x->pay < y->pay ? -1 : 1;
	return (x->person > y->person) - (x->person < y->person);
}

static void sort_by_pay(struct score_page *p)
{
	struct paid *x = mem_alloc(p->n, sizeof *x);

	for (uint32_t i = 0; i < p->n; i++)
		x[i] = (struct paid){ p->of[i].all, i };
	if (p->n)
		qsort(x, p->n, sizeof *x, by_pay);
	p->by_pay = mem_alloc(p->n, sizeof *p->by_pay);
	for (uint32_t i = 0; i < p->n; i++)
		p->by_pay[i] = x[i].person;
	free(x);
}

static void page_init(struct score_page *p, const struct score_book *b)
{
	const struct tell *t = &b->s->tell;
	struct person *of = mem_zalloc(b->n_identities, sizeof *of);

	*p = (struct score_page){ .b = b, .t = t, .hold = t->hold };
	for (uint32_t w = 0; w < b->n_workers; w++)
		if (t->of[w].there || t->of[w].past)
			add_account(&of[b->identity[w]], b, w);
	if (t->hold)
		add_states(of, b);
	/* in the order of the identities, which is that of the accounts */
	for (size_t i = 0; i < b->n_identities; i++)
		if (of[i].accounts)
			of[p->n++] = of[i];
	p->of = of;
	sort_by_pay(p);
}

/* ---- cells ------------------------------------------------------------------------------------ */

void rates_put(struct buf *b, uint64_t x)
{
	part_fixed(b, (double)(x / 100) / 100, 2);
}

void cell_rates(struct buf *b, uint64_t x)
{
	cell_begin(b, true);
	rates_put(b, x);
	cell_end(b);
}

void cell_unknown(struct buf *b)
{
	cell_begin(b, true);
	buf_adds(b, "not known");
	cell_end(b);
}

void row_person(struct buf *b, const struct score_page *p, uint32_t person)
{
	const struct person *x = &p->of[person];

	row_begin(b, false);
	part_name(b, intern_str(&p->b->s->workers, x->first));
	if (x->accounts > 1) {
		buf_adds(b, " and ");
		part_n(b, x->accounts - 1, "more account", "more accounts");
	}
	row_headed(b);
}

/* ---- what needs a look --------------------------------------------------------------------------- */

static void alarm(struct buf *b, const struct score_page *p)
{
	const struct rule_run *run = &p->t->run;
	const struct rule_epoch *e = run->n_epochs ? &run->epoch[run->n_epochs - 1] : NULL;
	const struct rule_policy *policy = &p->b->s->options.policy;

	buf_adds(b, run->alarm ? "<p><strong>The alarm is on.</strong> " : "<p>The alarm is off. ");
	if (!e || e->cleared < policy->alarm_least) {
		buf_addf(b, "It needs %lu cleared people with labels to compare; ", (unsigned long)policy->alarm_least);
		buf_adds(b, "there are ");
		part_count(b, e ? e->cleared : 0);
		buf_adds(b, ".</p>\n");
		return;
	}
	buf_adds(b, "The median agreement of ");
	part_n(b, e->cleared, "cleared person", "cleared people");
	buf_adds(b, " is ");
	part_percent(b, e->median / 10000.0);
	buf_adds(b, run->alarm ? ", below " : "; the alarm is below ");
	part_percent(b, policy->alarm_bp / 10000.0);
	buf_adds(b, run->alarm ? ": gold may be known to a ring, and only new gold can tell who is right." : ".");
	buf_adds(b, run->alarm && policy->halt ? " Nothing is paid.</p>\n" : "</p>\n");
}

static bool more_due(const void *ctx, uint32_t x, uint32_t y)
{
	const struct person *of = ctx;

	return of[x].due != of[y].due ? of[x].due > of[y].due : x < y;
}

static void copies(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "Worker", "Answers after others", "Unlike all of them", "Expected",
	                                    "Like first or last", "Like the first", "Units held" };
	struct tell_lone all = tell_lone(p->t, p->b->n_identities);
	struct top top = { .n = 0 };
	uint64_t n = 0, seen, lone;

	for (uint32_t i = 0; i < p->n; i++) {
		if (!p->of[i].held)
			continue;
		top_add(&top, i, more_due, p->of);
		n++;
	}
	if (!n) {
		buf_adds(b, "<p>Nobody is held for copying.</p>\n");
		return;
	}
	buf_adds(b, "<p>");
	part_n(b, n, "person seems", "people seem");
	buf_adds(b, " to copy: hardly ever unlike all who answered before, or like the first where the last differs. What is due to them is held until somebody "
	         "has looked; see the option --unhold.");
	buf_adds(b, n > TOP ? " Those with most units held are listed.</p>\n" : "</p>\n");
	part_table(b, "Held for copying", head, "lrrrrrr");
	for (size_t i = 0; i < top.n; i++) {
		const struct person *x = &p->of[top.id[i]];
		const struct rule_state *state = &p->t->run.state[p->b->identity[x->first]];
		double expected = tell_expected(&all, state, &seen, &lone);
		row_person(b, p, top.id[i]);
		cell_count(b, seen);
		cell_count(b, lone);
		cell_fixed(b, expected, 1);
		cell_count(b, state->between);
		cell_count(b, state->early);
		cell_count(b, x->due);
		row_end(b);
	}
	part_table_end(b);
}

static struct str next_line(struct str *rest)
{
	size_t n = (size_t)((const char *)memchr(rest->p, '\n', rest->n) - rest->p);
	struct str line = { rest->p, n };

	rest->p += n + 1;
	rest->n -= n + 1;
	return line;
}

static void reasons(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "Why", "Things to look at", "Labels or units", "At stake, in rates" };
	struct str rest = buf_str(&p->t->reasons);

	part_table(b, "What waits for people", head, "lrrr");
	for (const struct told_queue *q = p->t->reason; rest.n; q++) {
		row_begin(b, false);
		part_text(b, next_line(&rest), 100);
		row_headed(b);
		cell_count(b, q->records);
		cell_count(b, q->labels);
		cell_rates(b, q->at_stake);
		row_end(b);
	}
	part_table_end(b);
}

static void cell_member(struct buf *b, const struct json_record *r, struct str key, struct arena *a)
{
	const struct json_field *f = json_get(r, key);

	if (f && f->type == JSON_STRING)
		cell_name(b, json_text(f, a));
	else
		cell_said(b, "all");
}

static void queue_list(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "First", "Task", "Worker", "Why", "At stake, in rates" };
	struct str rest = buf_str(&p->t->queue);
	struct json_record r = { 0 };
	struct arena a = { 0 };
	struct err e;
	uint64_t at = 0;

	part_table(b, p->t->n_queue > TOLD_FEW ? "The 20 with most at stake" : "All of it, most at stake "
	           "first", head, "rlllr");
	while (rest.n) {
		BUG_ON(!json_read(&r, next_line(&rest), &e));
		const struct json_field *stake = json_get(&r, STR("at_stake"));
		uint64_t v = 0;
		row_begin(b, true);
		part_count(b, ++at);
		row_headed(b);
		cell_member(b, &r, STR("task"), &a);
		cell_member(b, &r, STR("worker"), &a);
		cell_member(b, &r, STR("reason"), &a);
		cell_rates(b, stake && num_parse_u64(stake->raw, &v) ? v : 0);
		row_end(b);
	}
	part_table_end(b);
	json_record_release(&r);
	arena_release(&a);
}

void score_section_attention(struct buf *b, const struct score_page *p)
{
	section_begin(b, "attention", "What needs a look");
	if (p->hold) {
		alarm(b, p);
		copies(b, p);
	}
	if (p->t->n_queue) {
		buf_adds(b, "<p>What follows is decided by nobody yet. At stake is what it would bring if it were "
		         "found right, in times the rate of a unit.</p>\n");
		reasons(b, p);
		queue_list(b, p);
	} else {
		buf_adds(b, "<p>No label waits for people.</p>\n");
	}
	section_end(b);
}

/* ---- what was run ------------------------------------------------------------------------------------ */

static void row_n(struct buf *b, const char *what, uint64_t n)
{
	row_said(b, what);
	cell_count(b, n);
	row_end(b);
}

static void verdicts(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "Verdict", "By review", "By gold", "By the others", "All" };
	static const char *const name[] = { "pending", "verified", "rejected" };
	const struct score *s = p->b->s;
	uint64_t n[3][3] = { { 0 }, { 0 }, { 0 } };

	for (size_t i = 0; i < s->labels.n; i++) {
		uint8_t f = p->b->fate[s->n_past + i];
		if (f & FATE_COUNTS)
			n[fate_verdict(f)][(f & FATE_GROUND) >> 2]++;
	}
	part_table(b, "Verdicts of this epoch", head, "lrrrr");
	for (int k = 1; k <= 3; k++) {
		const uint64_t *of = n[k % 3];
		row_said(b, name[k % 3]);
		cell_count(b, of[BY_REVIEW]);
		cell_count(b, of[BY_GOLD]);
		cell_count(b, of[BY_CONSENSUS]);
		cell_count(b, of[BY_REVIEW] + of[BY_GOLD] + of[BY_CONSENSUS]);
		row_end(b);
	}
	part_table_end(b);
}

static void epoch_row(struct buf *b, struct str name, const struct told_epoch *e)
{
	row_name(b, name);
	cell_count(b, e->accounts);
	cell_count(b, e->labels);
	cell_count(b, e->units);
	cell_rates(b, e->pay);
	row_end(b);
}

/* those whose scores are in the stream, the last 20 of them; then this one */
static void epochs(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "Epoch", "Accounts", "Labels", "Units", "Pay, in rates" };
	const struct score *s = p->b->s;
	struct told_epoch now = { 0, 0, 0, 0 }, before = { 0, 0, 0, 0 };
	uint64_t n = 0, at = 0;

	for (uint32_t w = 0; w < p->b->n_workers; w++) {
		const struct told *x = &p->t->of[w];
		now.accounts += x->there;
		now.labels += x->labels;
		now.units += x->units;
		now.pay += x->pay;
	}
	for (size_t i = 0; i < p->t->n_epochs; i++)
		n += p->t->epoch[i].accounts > 0;
	part_table(b, "Epochs whose scores are at hand", head, "lrrrr");
	for (uint32_t i = 0; i < p->t->n_epochs; i++) {
		const struct told_epoch *e = &p->t->epoch[i];
		if (!e->accounts)
			continue;
		if (at++ + TOP >= n) {
			epoch_row(b, intern_str(&s->epochs, i), e);
			continue;
		}
		before.accounts = e->accounts > before.accounts ? e->accounts : before.accounts;
		before.labels += e->labels;
		before.units += e->units;
		before.pay += e->pay;
		if (at + TOP == n)
			epoch_row(b, STR("all before (the most accounts)"), &before);
	}
	epoch_row(b, str_of(s->options.epoch), &now);
	part_table_end(b);
}

void score_section_run(struct buf *b, const struct score_page *p)
{
	static const char *const head[] = { "What", "Number" };
	const struct score *s = p->b->s;
	uint64_t accounts = 0;

	for (uint32_t i = 0; i < p->n; i++)
		accounts += p->of[i].accounts;
	section_begin(b, "run", "What was run");
	buf_addf(b, "<p>Rule <b>%s</b>, epoch ", s->options.rule->name);
	part_name(b, str_of(s->options.epoch));
	buf_adds(b, s->options.end && p->hold ? ", the last of the campaign. " : ". ");
	buf_adds(b, p->hold ? "Hidden gold decides who is paid at all, agreement with others how much; a unit is an "
	         "answer." : "A unit is a verified label.");
	buf_adds(b, "</p>\n");
	part_table(b, "What was there", head, "lr");
	row_n(b, "Labels of this epoch", s->totals.labels);
	row_n(b, "Of these on tasks with gold", s->totals.gold_labels);
	row_n(b, "People with a score", p->n);
	row_n(b, "Their accounts", accounts);
	row_n(b, "Labels replaced by a later one", s->totals.replaced);
	row_n(b, "Labels too late for a closed epoch", s->totals.late);
	part_table_end(b);
	verdicts(b, p);
	epochs(b, p);
	section_end(b);
}

/* ---- the page -------------------------------------------------------------------------------------------- */

static const struct {
	const char *id, *title;
	void (*put)(struct buf *b, const struct score_page *p);
} sections[] = {
	{ "attention", "What needs a look", score_section_attention },
	{ "run", "What was run", score_section_run },
	{ "standing", "Standing", score_section_standing },
	{ "gold", "Gold and peers", score_section_gold },
	{ "pay", "Who gets how much", score_section_pay },
	{ "workers", "Workers", score_section_workers },
};

enum { N_SECTIONS = sizeof sections / sizeof sections[0] };

static bool is_there(const struct score_page *p, size_t section)
{
	return p->hold || sections[section].put != score_section_standing;
}

static void lead(struct buf *b, const struct score_page *p)
{
	uint64_t pay = 0, units = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		pay += p->of[i].pay;
		units += p->of[i].units;
	}
	buf_adds(b, "<header>\n<h1>Scores and pay</h1>\n<p>Epoch ");
	part_name(b, str_of(p->b->s->options.epoch));
	buf_adds(b, ": ");
	part_n(b, p->b->s->totals.labels, "label", "labels");
	buf_adds(b, ", ");
	part_n(b, p->n, "person", "people");
	buf_adds(b, "; ");
	part_n(b, units, p->hold ? "unit is released" : "unit is paid", p->hold ? "units are released" : "units are "
	       "paid");
	buf_adds(b, ", which bring ");
	rates_put(b, pay);
	buf_adds(b, " times the rate of a unit");
	buf_adds(b, p->hold && p->t->run.alarm ? ". <strong>The alarm is on.</strong></p>\n" : ".</p>\n");
	buf_adds(b, p->hold ? "<p>Pay is counted by the pay policy that goes with this rule: steps [6500,5000], "
	         "[7500,7500], [10000,10000] and bonus [4000,9000,0,11000]. Another one pays "
	         "otherwise.</p>\n" : "<p>Pay is counted as units times score times bonus. A pay policy may say "
	         "otherwise.</p>\n");
	buf_adds(b, "</header>\n");
}

void score_report(const struct score_book *book, struct buf *b)
{
	struct score_page p;

	page_init(&p, book);
	page_begin(b, "Scores and pay", "lbl-score");
	lead(b, &p);
	buf_adds(b, "<nav aria-label=\"Contents\">\n<ul>\n");
	for (size_t i = 0; i < N_SECTIONS; i++)
		if (is_there(&p, i))
			buf_addf(b, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
	buf_adds(b, "</ul>\n</nav>\n<main id=\"main\">\n");
	for (size_t i = 0; i < N_SECTIONS; i++)
		if (is_there(&p, i))
			sections[i].put(b, &p);
	buf_adds(b, "</main>\n<footer>\n<p>Made by lbl-score " LBL_VERSION ". The numbers are rounded; the records "
	         "that the run wrote have all digits, and lbl-score --explain tells how one worker\xe2\x80\x99s score "
	         "came about. The manual lbl-score(1) has the formulas.</p>\n</footer>\n</body>\n</html>\n");
	free(p.of);
	free(p.by_pay);
}
