/* The default rule (score/rule.h): labels to its log, its state from the scores of the last epoch and into those of this one. */
#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"
#include "score/rule.h"
#include "stage/score-part.h"
#include "stage/score-policy.h"

/* What one account gets and keeps. */
struct ledger {
	uint32_t labels, due, n_due;    /* of this epoch; in carried.due, what is left of the epochs before */
	uint32_t units;                 /* of this epoch: labels whose type has classes */
	bool there;                     /* he had a score in the last epoch, or has labels now */
	bool leads;                     /* he is the first of his person's */
};

struct work {
	struct score_book *b;
	const struct carried *c;        /* an empty one when nothing is carried on */
	struct rule_run run;
	struct rule_log log;
	uint32_t *task, *worker, *value, *epoch, *gold;         /* owned columns of the log; NULL: those of the stage */
	struct ledger *of;              /* by worker */
	uint32_t *block_off, *block_ord;        /* by identity: its blocks in run.block */
	char policy[17];
	uint32_t now;                   /* the number of this epoch */
};

/* ---- is the input fit? --------------------------------------------------------------------- */

static const struct carried nothing;

static bool of_last_epoch(const struct work *w, const struct past_label *p)
{
	return w->c->counted && !w->c->ended && p->epoch == w->c->epoch;
}

/* Every account must have the labels again that its last score speaks of: their bonus is still to come. */
static bool labels_are_there(const struct work *w, struct err *e)
{
	const struct score *s = w->b->s;
	uint32_t *want = mem_zalloc(w->b->n_workers, sizeof *want), *got = mem_zalloc(w->b->n_workers, sizeof *got);
	bool good = true;

	for (size_t i = 0; i < w->c->n; i++)
		want[w->c->account[i].worker] = w->c->account[i].labels;
	for (size_t i = 0; i < s->n_past; i++)
		got[s->past[i].worker] += of_last_epoch(w, &s->past[i]);
	for (uint32_t k = 0; good && k < w->b->n_workers && !w->c->ended && w->c->counted; k++)
		if (want[k] != got[k])
			good = err_set(e, "epoch \"%.*s\": %.*s has a score of %lu labels, and verdicts on %lu",
			               STR_FMT(intern_str(&s->epochs, w->c->epoch)), STR_FMT(intern_str(&s->workers, k)),
			               (unsigned long)want[k], (unsigned long)got[k]);
	free(want);
	free(got);
	return good;
}

static bool no_account_twice(const struct work *w, struct err *e)
{
	bool *seen = mem_zalloc(w->b->n_workers, sizeof *seen), good = true;

	for (size_t i = 0; good && i < w->c->n; i++) {
		uint32_t worker = w->c->account[i].worker;
		if (seen[worker])
			good = err_set(e, "two scores of %.*s in one epoch", STR_FMT(intern_str(&w->b->s->workers, worker)));
		seen[worker] = true;
	}
	free(seen);
	return good;
}

bool score_hold_check(struct score_book *b, struct err *e)
{
	const struct score *s = b->s;
	struct work w = { .b = b, .c = s->options.reset ? &nothing : &s->carried };

	score_policy_id(&s->options.policy, w.policy);
	if (w.c->counted && !str_is(str_of(w.policy), w.c->policy))
		return err_set(e, "the scores of epoch \"%.*s\" are of policy %s, this one is %s: end the campaign with its own (--end), "
		               "or forget all that is known of the workers (--reset)",
		               STR_FMT(intern_str(&s->epochs, w.c->epoch)), w.c->policy, w.policy);
	return no_account_twice(&w, e) && labels_are_there(&w, e);
}

/* ---- the log ---------------------------------------------------------------------------------- */

static bool in_log(const struct work *w, size_t i)
{
	const struct score *s = w->b->s;
	uint8_t f = w->b->fate[i];

	if (!(f & FATE_COUNTS))
		return false;
	return i < s->n_past ? of_last_epoch(w, &s->past[i]) && s->past[i].is_class : (f & FATE_CLASS) != 0;
}

/* Is the log just what the stage holds? */
static bool is_plain(const struct work *w)
{
	const struct score *s = w->b->s;

	if (s->n_past || w->b->class_of)
		return false;
	for (size_t i = 0; i < s->labels.n; i++)
		if (!in_log(w, i))
			return false;
	return true;
}

/* A label of the last epoch had gold or not as it was then: where that has changed, its task is another one. */
static void add_past(struct work *w, const struct past_label *p)
{
	const struct score_book *b = w->b;
	bool gold_now = b->gold[p->task] != INTERN_NONE;
	size_t at = w->log.n++;

	w->task[at] = p->task + (gold_now != p->on_gold ? (uint32_t)b->n_tasks : 0);
	w->worker[at] = p->worker;
	w->value[at] = score_class(b, p->value);
	w->epoch[at] = w->now - 1;
}

static void add_label(struct work *w, size_t i)
{
	const struct score_book *b = w->b;
	size_t at = w->log.n++;

	w->task[at] = b->s->labels.task[i];
	w->worker[at] = b->s->labels.worker[i];
	w->value[at] = score_class(b, b->s->labels.value[i]);
	w->epoch[at] = w->now;
}

static void copy_log(struct work *w)
{
	const struct score *s = w->b->s;
	size_t n = 0;

	for (size_t i = 0; i < s->n_past + s->labels.n; i++)
		n += in_log(w, i);
	w->task = mem_big(n, sizeof *w->task);
	w->worker = mem_big(n, sizeof *w->worker);
	w->value = mem_big(n, sizeof *w->value);
	w->epoch = mem_big(n, sizeof *w->epoch);
	for (size_t i = 0; i < s->n_past + s->labels.n; i++) {
		if (!in_log(w, i))
			continue;
		if (i < s->n_past)
			add_past(w, &s->past[i]);
		else
			add_label(w, i - s->n_past);
	}
	w->log.task = w->task;
	w->log.worker = w->worker;
	w->log.value = w->value;
	w->log.epoch = w->epoch;
}

static void make_log(struct work *w)
{
	const struct score_book *b = w->b;
	const struct score *s = b->s;
	size_t n_tasks = b->n_tasks;

	w->log = (struct rule_log){ .n_workers = b->n_workers, .n_values = b->n_values, .identity = b->identity,
	                            .n_identities = b->n_identities, .n_epochs = (size_t)w->now + 1 };
	if (is_plain(w)) {
		w->log.n = s->labels.n;
		w->log.task = s->labels.task;
		w->log.worker = s->labels.worker;
		w->log.value = s->labels.value;
		w->log.gold = b->gold;
		w->log.n_tasks = n_tasks;
	} else {
		copy_log(w);
		w->gold = mem_alloc(2 * n_tasks, sizeof *w->gold);
		for (size_t t = 0; t < n_tasks; t++) {
			w->gold[t] = b->gold[t] == INTERN_NONE ? RULE_NO_GOLD : score_class(b, b->gold[t]);
			w->gold[n_tasks + t] = b->gold[t] == INTERN_NONE ? 0 : RULE_NO_GOLD;
		}
		w->log.gold = w->gold;
		w->log.n_tasks = 2 * n_tasks;
	}
	_Static_assert(RULE_NO_GOLD == INTERN_NONE, "gold is handed on as it is");
}

/* ---- what is carried on --------------------------------------------------------------------------- */

static void set_fresh(struct work *w)
{
	const struct score_book *b = w->b;

	for (size_t i = 0; i < b->s->n_past; i++)
		if (in_log(w, i))
			w->run.state[b->identity[b->s->past[i].worker]].fresh++;
}

/* Somebody has looked at what seemed to be copied. */
static void unhold(struct work *w)
{
	const struct score *s = w->b->s;

	for (uint32_t i = 0; i < s->unheld.n; i++) {
		uint32_t worker = intern_find(&s->workers, intern_str(&s->unheld, i));
		if (worker == INTERN_NONE)
			continue;
		struct rule_state *x = &w->run.state[w->b->identity[worker]];
		x->held = false;
		memset(x->seen, 0, sizeof x->seen);
		memset(x->lone, 0, sizeof x->lone);
		memset(x->met, 0, sizeof x->met);
		memset(x->apart, 0, sizeof x->apart);
		x->between = x->early = 0;
	}
}

static void carry_on(struct work *w)
{
	const struct score_book *b = w->b;

	carried_join(w->c, b->identity, b->n_identities, &w->run);
	set_fresh(w);
	unhold(w);
	w->of = mem_zalloc(b->n_workers, sizeof *w->of);
	for (size_t i = 0; i < w->c->n; i++) {
		const struct account *x = &w->c->account[i];
		struct ledger *l = &w->of[x->worker];
		l->due = x->due;
		l->n_due = x->n_due;
		l->there = true;
	}
	for (size_t i = 0; i < b->s->labels.n; i++) {
		uint8_t f = b->fate[b->s->n_past + i];
		if (!(f & FATE_COUNTS))
			continue;
		struct ledger *l = &w->of[b->s->labels.worker[i]];
		l->there = true;
		l->units += (f & FATE_CLASS) != 0;
	}
	bool *led = mem_zalloc(b->n_identities, sizeof *led);
	for (uint32_t k = 0; k < b->n_workers; k++) {
		w->of[k].leads = w->of[k].there && !led[b->identity[k]];
		led[b->identity[k]] = led[b->identity[k]] || w->of[k].there;
	}
	free(led);
}

/* ---- what is paid ------------------------------------------------------------------------------------ */

static void sort_blocks(struct work *w)
{
	const struct rule_run *r = &w->run;

	w->block_off = mem_zalloc(w->b->n_identities + 2, sizeof *w->block_off);
	w->block_ord = mem_alloc(r->n_blocks, sizeof *w->block_ord);
	for (size_t k = 0; k < r->n_blocks; k++)
		w->block_off[r->block[k].who + 2]++;
	for (size_t i = 0; i < w->b->n_identities; i++)
		w->block_off[i + 2] += w->block_off[i + 1];
	for (size_t k = 0; k < r->n_blocks; k++)
		w->block_ord[w->block_off[r->block[k].who + 1]++] = (uint32_t)k;
}

/* What a person's released blocks come to. */
struct pay {
	uint32_t score_bp, bonus_bp;
};

static struct pay pay_of(const struct work *w, uint32_t who)
{
	struct pay p = { 0, 0 };
	uint64_t units = 0, sum = 0;

	for (uint32_t k = w->block_off[who]; k < w->block_off[who + 1]; k++) {
		const struct rule_block *x = &w->run.block[w->block_ord[k]];
		if (x->status != RULE_PAID)
			continue;
		p.score_bp = x->score;          /* the same of all: rule.h */
		units += x->units;
		sum += (uint64_t)x->units * x->bonus;
	}
	if (units)
		p.bonus_bp = (uint32_t)(sum / units);
	return p;
}

static uint8_t status_of_epoch(const struct work *w, uint32_t who, uint32_t epoch)
{
	for (uint32_t k = w->block_off[who]; k < w->block_off[who + 1]; k++) {
		const struct rule_block *x = &w->run.block[w->block_ord[k]];
		if (x->from <= epoch && epoch <= x->to)
			return x->status;
	}
	return RULE_OPEN;               /* of this epoch: it has no block yet */
}

/* An account's own units: released now, and still due. */
static uint64_t settle_account(const struct work *w, uint32_t worker, struct due *due, size_t *n_due)
{
	const struct ledger *l = &w->of[worker];
	uint32_t who = w->b->identity[worker];
	uint64_t units = 0;

	*n_due = 0;
	for (uint32_t i = 0; i <= l->n_due; i++) {
		struct due d = i < l->n_due ? w->c->due[l->due + i] : (struct due){ w->now, l->units };
		uint8_t status = d.units ? status_of_epoch(w, who, d.epoch) : RULE_VOID;
		if (status == RULE_PAID)
			units += d.units;
		else if (status != RULE_VOID)
			due[(*n_due)++] = d;
	}
	return units;
}

/* what a unit of his would be paid if the campaign ended now */
static uint32_t worth_of(const struct work *w, const struct rule_state *x)
{
	const struct rule_policy *p = &w->b->s->options.policy;
	int64_t all = (int64_t)p->flag - p->clear;

	if (x->standing == RULE_CLEARED)
		return RULE_ONE;
	if (x->standing != RULE_NEW || x->flags)
		return 0;
	int64_t score = (p->flag - x->llr) * RULE_ONE / all;
	return score < 0 ? 0 : score < RULE_ONE ? (uint32_t)score : RULE_ONE - 1;
}

static void emit_account(struct work *w, uint32_t worker, struct due *due, struct buf *line, struct sink *out)
{
	const struct score *s = w->b->s;
	uint32_t who = w->b->identity[worker];
	const struct rule_state *x = &w->run.state[who];
	struct pay p = pay_of(w, who);
	struct str identity = people_name(&s->people, worker);
	size_t n_due;
	uint64_t units = settle_account(w, worker, due, &n_due);

	score_open(w->b, worker, units ? p.score_bp : 0, units ? p.bonus_bp : 0, line);
	json_put_kuint(line, "units", units);
	if (identity.n)
		json_put_kstr(line, "identity", identity);
	json_put_kstr(line, "standing", str_of(standing_name(x->standing)));
	json_put_kbool(line, "held", x->held);
	json_put_kuint(line, "gold_hits", x->right);
	json_put_kuint(line, "gold_trials", x->gold);
	json_put_kuint(line, "flags", x->flags);
	json_put_kint(line, "llr", x->llr);
	due_put(line, due, n_due);
	if (w->of[worker].leads)
		state_put(line, x, w->run.block, w->block_ord + w->block_off[who], w->block_off[who + 1] - w->block_off[who]);
	json_put_kuint(line, "counted", (uint64_t)w->now + 1 + s->options.end);
	json_put_kstr(line, "policy", str_of(w->policy));
	if (s->options.end)
		json_put_kbool(line, "ended", true);
	score_put_reputation(w->b, worker, p.score_bp, units, line);
	score_close(w->b, line, out);
	w->b->worth[worker] = worth_of(w, x);
	for (size_t i = 0; i < n_due && x->held; i++)
		w->b->held[worker] += due[i].units;
	w->b->s->totals.released += units;
	w->b->s->totals.paid += units > 0;
	w->b->s->totals.stopped += x->standing == RULE_STOPPED && w->of[worker].leads;
	w->b->s->totals.cleared += x->standing == RULE_CLEARED && w->of[worker].leads;
}

static void emit_scores(struct work *w, struct sink *out)
{
	struct buf line = BUF_INIT;
	struct due *due = NULL;
	size_t cap = 0;

	w->b->held = mem_zalloc(w->b->n_workers, sizeof *w->b->held);

	for (uint32_t k = 0; k < w->b->n_workers; k++) {
		const struct ledger *l = &w->of[k];
		if (!l->there)
			continue;
		if (l->n_due + (size_t)1 > cap) {
			cap = mem_grow(cap, l->n_due + (size_t)1);
			due = mem_realloc(due, cap, sizeof *due);
		}
		emit_account(w, k, due, &line, out);
	}
	free(due);
	buf_release(&line);
}

/* ---- what a person has to look at ----------------------------------------------------------------------- */

static void emit_alarm(struct work *w, struct sink *out)
{
	const struct rule_epoch *e = &w->run.epoch[w->run.n_epochs - 1];
	const struct rule_policy *p = &w->b->s->options.policy;
	struct buf line = BUF_INIT;

	buf_adds(&line, "{\"kind\":\"finding\",\"rule\":\"alarm\",\"severity\":\"error\",\"subject\":{\"kind\":\"score\"");
	json_put_kstr(&line, "epoch", str_of(w->b->s->options.epoch));
	buf_adds(&line, "},\"evidence\":{");
	json_put_kuint(&line, "cleared", e->cleared);
	json_put_kuint(&line, "median_bp", e->median);
	json_put_kuint(&line, "alarm_bp", p->alarm_bp);
	buf_addc(&line, '}');
	json_put_kstr(&line, "text", STR("those who are cleared no longer agree with each other: gold may be known to a ring, and only "
	                                 "new gold can tell who is right"));
	buf_addc(&line, '}');
	out->line(out->ctx, buf_str(&line));
	buf_release(&line);
}

static void emit_held(struct work *w, uint32_t worker, struct buf *line, struct sink *out)
{
	const struct rule_state *x = &w->run.state[w->b->identity[worker]];
	uint64_t seen = 0, lone = 0;

	for (int i = 0; i < RULE_SEATS; i++) {
		seen += x->seen[i];
		lone += x->lone[i];
	}
	buf_reset(line);
	buf_adds(line, "{\"kind\":\"finding\",\"rule\":\"copy\",\"severity\":\"hold\",\"subject\":{\"kind\":\"score\"");
	json_put_kstr(line, "worker", intern_str(&w->b->s->workers, worker));
	json_put_kstr(line, "epoch", str_of(w->b->s->options.epoch));
	buf_adds(line, "},\"evidence\":{");
	json_put_kuint(line, "answers_after_others", seen);
	json_put_kuint(line, "unlike_all_of_them", lone);
	json_put_kuint(line, "between_others_who_differ", x->between);
	json_put_kuint(line, "like_the_first_of_them", x->early);
	buf_addc(line, '}');
	json_put_kstr(line, "text", STR("answers as if it had seen what others said before: pay is held until somebody has looked"));
	buf_addc(line, '}');
	out->line(out->ctx, buf_str(line));
}

static void emit_findings(struct work *w, struct sink *out)
{
	struct buf line = BUF_INIT;

	if (w->run.alarm)
		emit_alarm(w, out);
	for (uint32_t k = 0; k < w->b->n_workers; k++)
		if (w->of[k].leads && w->run.state[w->b->identity[k]].held)
			emit_held(w, k, &line, out);
	w->b->s->totals.alarm = w->run.alarm;
	w->b->s->totals.held = w->run.n_held;
	buf_release(&line);
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

bool score_hold(struct score_book *b, struct sink *out, struct err *e)
{
	const struct score_options *o = &b->s->options;
	struct work w = { .b = b, .c = o->reset ? &nothing : &b->s->carried };

	score_policy_id(&o->policy, w.policy);
	w.now = w.c->counted;
	carry_on(&w);
	make_log(&w);
	bool good = rule_run(&o->policy, &w.log, o->end, b->threads, &w.run, e);
	if (good) {
		sort_blocks(&w);
		emit_scores(&w, out);
		emit_findings(&w, out);
		tell_hold(&b->s->tell, &w.run, w.now);
	}
	rule_run_release(&w.run);
	free(w.task);
	free(w.worker);
	free(w.value);
	free(w.epoch);
	free(w.gold);
	free(w.of);
	free(w.block_off);
	free(w.block_ord);
	return good;
}
