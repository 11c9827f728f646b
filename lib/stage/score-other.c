/* Scores by the rules of score/rule-other.h: labels by identity, classes in the order of their text. */
#include <stdlib.h>
#include <xxhash.h>

#include "base/mem.h"
#include "json/write.h"
#include "rec/value.h"
#include "stage/score-more.h"

/* ---- the input ----------------------------------------------------------------------- */

/* class_of - of each value: the place of its text among those that the labels have */
static size_t classes_by_text(const struct score_book *b, uint32_t *class_of)
{
	const struct intern *values = &b->s->values;
	uint32_t *order = mem_alloc(values->n, sizeof *order);
	size_t n = 0;

	for (size_t v = 0; v < values->n; v++)
		class_of[v] = INTERN_NONE;
	for (size_t i = 0; i < b->l.n; i++)
		class_of[b->l.t_value[i]] = 0;
	intern_sort(values, NULL, order);
	for (size_t i = 0; i < values->n; i++)
		if (class_of[order[i]] == 0)
			class_of[order[i]] = (uint32_t)n++;
	free(order);
	return n;
}

/* The same by name, as forecasts have no types: the names that occur in forecasts first, then other values. */
static size_t classes_by_name(const struct score_book *b, uint32_t *class_of)
{
	const struct intern *values = &b->s->values, *names = &b->s->extra.names;
	size_t n = names->n;

	for (size_t v = 0; v < values->n; v++) {
		struct str text = value_name(intern_str(values, (uint32_t)v));
		uint32_t name = names->n ? intern_find(names, text) : INTERN_NONE;
		class_of[v] = name == INTERN_NONE ? (uint32_t)n++ : name;
	}
	return n;
}

/* Identities in place of accounts; answers that are right or wrong only.  With from the columns stay, and from says
 * where in b->l by task each of them was. */
static void labels_of_identities(const struct score_book *b, bool by_name, struct labels *l, uint32_t *from)
{
	uint32_t *class_of = mem_alloc(b->s->values.n, sizeof *class_of);

	*l = (struct labels){ 0 };
	size_t n_classes = by_name ? classes_by_name(b, class_of) : classes_by_text(b, class_of);
	for (uint32_t t = 0; t < b->l.n_tasks; t++) {
		if (!score_judges(b->s, intern_str(&b->s->tasks, t)))
			continue;
		for (uint32_t i = b->l.t_off[t]; i < b->l.t_off[t + 1]; i++) {
			if (from)
				from[l->n] = i;
			BUG_ON(!labels_add(l, t, b->identity[b->l.t_worker[i]], class_of[b->l.t_value[i]]));
		}
	}
	l->n_tasks = b->l.n_tasks;
	l->n_workers = b->n_identities;
	if (by_name || l->n_classes < n_classes)
		l->n_classes = n_classes;
	labels_group_threads(l, from ? LABELS_COLUMNS : 0, b->threads);
	free(class_of);
}

static struct other_counts *counts_of_identities(const struct score_book *b)
{
	struct other_counts *c = mem_zalloc(b->n_identities, sizeof *c);

	for (size_t w = 0; w < b->l.n_workers; w++) {
		struct other_counts *of = &c[b->identity[w]];
		of->verified += b->tally[w].count[VERIFIED];
		of->rejected += b->tally[w].count[REJECTED];
		of->gold_hits += b->tally[w].gold_hits;
		of->gold_trials += b->tally[w].gold_trials;
	}
	return c;
}

static uint8_t *halves(const struct score_book *b)
{
	uint8_t *half = mem_alloc(b->l.n_tasks, 1);

	for (uint32_t t = 0; t < b->l.n_tasks; t++) {
		struct str task = intern_str(&b->s->tasks, t);
		half[t] = (uint8_t)(XXH3_64bits_withSeed(task.p, task.n, b->s->options.half_seed) >> 63);
	}
	return half;
}

/* of labels l, of which label k as it came is from[k] of the book */
static void forecasts_init(struct other_forecasts *f, const struct score_book *b, const struct labels *l,
                           const uint32_t *from)
{
	const struct score *s = b->s;
	const struct labels *all = &s->labels, *book = &b->l;
	uint32_t *place = score_last(l->t_off, l->t_worker, l->n_tasks, l->n_workers, l->n + l->n_replaced, l->task,
	                             l->worker);
	uint32_t *came = score_last(book->t_off, book->t_worker, book->n_tasks, book->n_workers, all->n, all->task,
	                            all->worker);
	size_t n_cells = 0;

	f->off = mem_alloc(l->n + 1, sizeof *f->off);
	f->cell = mem_alloc(s->extra.n_cells, sizeof *f->cell);
	for (size_t i = 0; i < l->n; i++) {
		size_t n = 0;
		uint32_t label = came[from[place[i]]];
		const struct other_forecast *c = NULL;
		if (label != INTERN_NONE)
			c = score_extra_predict(&s->extra, label, &n);
		f->off[i] = (uint32_t)n_cells;
		for (size_t k = 0; k < n; k++)
			f->cell[n_cells++] = c[k];
	}
	f->off[l->n] = (uint32_t)n_cells;
	free(place);
	free(came);
}

/* ---- the record ------------------------------------------------------------------------ */

static struct other_policy policy_of(const struct score_options *o, enum other_rule rule)
{
	return (struct other_policy){ rule, o->threshold_bp, o->z2_micro, o->ca_ref ? o->ca_ref : other_ref(rule) };
}

void score_other_put(struct buf *b, const struct score_options *o)
{
	enum other_rule rule = other_find(o->rule->name, strlen(o->rule->name));

	if (rule == N_OTHER)
		return;
	if (rule == OTHER_THRESHOLD)
		json_put_kuint(b, "threshold_bp", o->threshold_bp);
	if (other_ref(rule))
		json_put_kuint(b, "ca_ref", policy_of(o, rule).ref);
	if (rule == OTHER_DMI)
		json_put_kuint(b, "half_seed", o->half_seed);
}

/* the integers that the score is made of */
static void put_inputs(struct buf *line, const struct other_policy *p, const struct other_counts *c,
                       const struct other_score *s)
{
	static const char *const measure[N_OTHER] = {
		[OTHER_GATE_CA] = "ca_q32", [OTHER_CONSENSUS] = "hits", [OTHER_PTS] = "pts_q32", [OTHER_DG] = "dg_q32",
		[OTHER_CA] = "ca_q32", [OTHER_DMI] = "dmi_q52", [OTHER_BTS] = "bts_q32",
	};
	static const char *const of[N_OTHER] = {
		[OTHER_GATE_CA] = "peer_labels", [OTHER_CONSENSUS] = "trials", [OTHER_PTS] = "peer_tasks",
		[OTHER_DG] = "peer_pairs", [OTHER_CA] = "peer_pairs", [OTHER_DMI] = "peer_tasks",
		[OTHER_BTS] = "peer_tasks",
	};

	if (p->rule == OTHER_THRESHOLD) {
		json_put_kuint(line, "all_verified", c->verified);
		json_put_kuint(line, "all_rejected", c->rejected);
		json_put_kuint(line, "threshold_bp", p->threshold_bp);
	}
	if (p->rule == OTHER_GOLD || p->rule == OTHER_GATE_CA) {
		json_put_kuint(line, "gold_hits", c->gold_hits);
		json_put_kuint(line, "gold_trials", c->gold_trials);
		json_put_kuint(line, "z2_micro", p->z2_micro);
	}
	if (measure[p->rule]) {
		json_put_kint(line, measure[p->rule], s->measure);
		json_put_kuint(line, of[p->rule], s->n);
	}
	if (other_ref(p->rule))
		json_put_kuint(line, "ca_ref", p->ref);
	if (s->why && p->rule != OTHER_GOLD)    /* gold_trials says it */
		json_put_kstr(line, "why", str_of(s->why));
}

static void emit(struct score_book *b, const struct other_policy *p, const struct other_counts *counts,
                 const struct other_score *score, struct sink *out)
{
	struct buf line = BUF_INIT;

	for (uint32_t w = 0; w < b->l.n_workers; w++) {
		const struct other_score *s = &score[b->identity[w]];
		if (b->l.w_off[w] == b->l.w_off[w + 1])
			continue;               /* a skill record alone is no work */
		score_open(b, w, s->score_bp, s->bonus_bp, &line);
		put_inputs(&line, p, &counts[b->identity[w]], s);
		score_put_reputation(b, w, s->score_bp, b->tally[w].count[VERIFIED], &line);
		score_close(b, &line, out);
	}
	buf_release(&line);
}

static bool run(enum other_rule rule, struct score_book *b, struct sink *out)
{
	struct other_policy p = policy_of(&b->s->options, rule);
	struct other_forecasts forecasts = { NULL, NULL };
	struct labels l;
	uint32_t *from = rule == OTHER_BTS ? mem_alloc(b->l.n, sizeof *from) : NULL;
	bool *gold = mem_alloc(b->l.n_tasks, sizeof *gold);

	labels_of_identities(b, rule == OTHER_BTS, &l, from);
	for (size_t t = 0; t < b->l.n_tasks; t++)
		gold[t] = b->gold[t] != INTERN_NONE;
	if (rule == OTHER_BTS)
		forecasts_init(&forecasts, b, &l, from);
	uint8_t *half = rule == OTHER_DMI ? halves(b) : NULL;
	struct other_counts *counts = counts_of_identities(b);
	struct other_score *score = mem_alloc(b->n_identities, sizeof *score);
	other_scores(&p, &(struct other_input){ &l, counts, gold, half, &forecasts }, b->threads, score);
	emit(b, &p, counts, score, out);
	labels_release(&l);
	free(forecasts.off);
	free(forecasts.cell);
	free(from);
	free(gold);
	free(half);
	free(counts);
	free(score);
	return true;
}

#define RULE(name, rule) \
	bool score_other_##name(struct score_book *b, struct sink *out, struct err *e) \
	{ \
		(void)e; \
		return run(rule, b, out); \
	}

RULE(flat, OTHER_FLAT)
RULE(threshold, OTHER_THRESHOLD)
RULE(gold, OTHER_GOLD)
RULE(gate_ca, OTHER_GATE_CA)
RULE(consensus, OTHER_CONSENSUS)
RULE(pts, OTHER_PTS)
RULE(dg, OTHER_DG)
RULE(ca, OTHER_CA)
RULE(dmi, OTHER_DMI)
RULE(bts, OTHER_BTS)
