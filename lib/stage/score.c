#include "stage/score.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"
#include "rec/value.h"
#include "stage/score-more.h"

static void *create(void)
{
	struct score *s = mem_zalloc(1, sizeof *s);

	score_options_init(&s->options);
	return s;
}

static void destroy(void *stage)
{
	struct score *s = stage;

	intern_release(&s->tasks);
	intern_release(&s->workers);
	intern_release(&s->values);
	intern_release(&s->epochs);
	intern_release(&s->reviewers);
	intern_release(&s->unheld);
	people_release(&s->people);
	reviews_release(&s->reviews);
	carried_release(&s->carried);
	reputations_release(&s->reputations);
	tell_release(&s->tell);
	free(s->past);
	labels_release(&s->labels);
	judge_release(&s->judge);
	tasks_release(&s->table);
	score_extra_release(&s->extra);
	for (int by = 0; by < N_TRUSTS; by++)
		free(s->trust[by].block);
	arena_release(&s->scratch);
	buf_release(&s->key);
	free(s->gold);
	free(s);
}

/* ---- the book ------------------------------------------------------------------- */

/* {"b","a"} and ["a","b","a"] are one set */
static bool set_key(struct str array, struct arena *a, struct buf *key)
{
	struct intern set = { 0 };
	struct json_field item;
	struct str rest = array;
	bool good = array.n && array.p[0] == '[';

	while (good && json_next(&rest, &item)) {
		good = item.type == JSON_STRING;
		if (good)
			intern(&set, json_text(&item, a));
	}
	uint32_t *order = mem_alloc(set.n, sizeof *order);
	intern_sort(&set, NULL, order);
	buf_reset(key);
	for (size_t i = 0; good && i < set.n; i++)
		json_put_string(key, intern_str(&set, order[i]));
	free(order);
	intern_release(&set);
	return good;
}

/* Where there are tasks of type multi: of each value, the first that is the same set. */
static uint32_t *classes_of(struct score *s)
{
	struct intern sets = { 0 };
	uint32_t *class_of, *first;
	size_t i = 0;

	while (i < s->table.names.n && s->table.of[i].type != TASK_MULTI)
		i++;
	if (i == s->table.names.n)
		return NULL;
	class_of = mem_alloc(s->values.n, sizeof *class_of);
	first = mem_alloc(s->values.n, sizeof *first);
	arena_reset(&s->scratch);
	for (uint32_t v = 0; v < s->values.n; v++) {
		struct str text = intern_str(&s->values, v);
		class_of[v] = v;
		if (text.p[0] != 'j' || !set_key(value_name(text), &s->scratch, &s->key))
			continue;
		size_t had = sets.n;
		uint32_t set = intern(&sets, buf_str(&s->key));
		if (set == had)
			first[set] = v;
		class_of[v] = first[set];
	}
	free(first);
	intern_release(&sets);
	return class_of;
}

static void book_init(struct score_book *b, struct score *s)
{
	*b = (struct score_book){ .s = s, .threads = s->options.threads, .n_tasks = s->tasks.n, .n_workers = s->workers.n,
	                          .n_values = s->values.n };
	b->identity = people_number(&s->people, &s->workers, &b->n_identities);
	b->class_of = classes_of(s);
	b->tally = mem_zalloc(b->n_workers, sizeof *b->tally);
	b->worth = mem_zalloc(b->n_workers, sizeof *b->worth);
	b->fate = mem_zbig(s->n_past + s->labels.n, 1);
	b->gold = mem_alloc(b->n_tasks, sizeof *b->gold);
	for (size_t t = 0; t < b->n_tasks; t++)
		b->gold[t] = t < s->n_gold ? s->gold[t] : INTERN_NONE;
	reputation_sort(&s->reputations);
	reviews_sum(&s->reviews, &s->reviewers, &s->workers, b->identity, b->n_tasks, &b->reviews);
}

/* The labels of this epoch that count, in both orders, and their verdicts. */
static void book_lists(struct score_book *b)
{
	struct score *s = b->s;
	const struct labels *all = &s->labels;

	size_t n = 0;

	BUG_ON(!labels_extend(&b->l, s->totals.labels));
	for (size_t i = 0; i < all->n; i++) {
		if (!(b->fate[s->n_past + i] & FATE_COUNTS))
			continue;
		b->l.task[n] = all->task[i];
		b->l.worker[n] = all->worker[i];
		b->l.value[n++] = all->value[i];
	}
	b->l.n_tasks = b->n_tasks;
	b->l.n_workers = b->n_workers;
	b->l.n_classes = b->n_values;
	labels_group_threads(&b->l, LABELS_BY_TASK, b->threads);
	labels_by_worker(&b->l, b->threads);
	/* grouping keeps the order of the stream within a task */
	uint32_t *at = mem_alloc(b->n_tasks, sizeof *at);
	memcpy(at, b->l.t_off, b->n_tasks * sizeof *at);
	b->verdict = mem_alloc(b->l.n, 1);
	for (size_t i = 0; i < all->n; i++)
		if (b->fate[s->n_past + i] & FATE_COUNTS)
			b->verdict[at[all->task[i]]++] = (uint8_t)fate_verdict(b->fate[s->n_past + i]);
	free(at);
}

static void book_release(struct score_book *b)
{
	labels_release(&b->l);
	review_sums_release(&b->reviews);
	free(b->verdict);
	free(b->tally);
	free(b->worth);
	free(b->held);
	free(b->gold);
	free(b->identity);
	free(b->class_of);
	free(b->fate);
}

/* ---- running ------------------------------------------------------------------ */

static bool epoch_is_new(const struct score *s, struct err *e)
{
	uint32_t epoch = intern_find(&s->epochs, str_of(s->options.epoch));

	if (epoch != INTERN_NONE && carried_has_scores(&s->carried, epoch))
		return err_set(e, "there are scores of epoch \"%s\" already: what was counted is not counted again",
		               s->options.epoch);
	return true;
}

static void emit_run(struct score *s, struct sink *out)
{
	struct buf line = BUF_INIT;

	stage_put_run(&line, stage_score.tool);
	score_put_options(&line, s);
	buf_addc(&line, '}');
	out->line(out->ctx, buf_str(&line));
	buf_release(&line);
}

static bool run(void *stage, struct sink *out, struct err *e)
{
	struct score *s = stage;
	struct score_book b;
	bool hold = s->options.rule->plain;

	book_init(&b, s);
	s->totals = (struct score_totals){ .gold_replaced = s->gold_replaced,
	                                   .consensus_replaced = s->judge.consensus_replaced,
	                                   .skills_replaced = s->judge.skills_replaced,
	                                   .strange_reviews = b.reviews.strangers, .own_reviews = b.reviews.own };
	bool good = epoch_is_new(s, e) && (!hold || score_hold_check(&b, e));
	out = tell_begin(&s->tell, &b, out);
	if (good) {
		emit_run(s, out);
		score_judge_all(&b, out);
		if (!hold || s->options.quality)
			book_lists(&b);
		good = s->options.rule->run(&b, out, e);
	}
	if (good && s->options.quality)
		score_quality(&b, out);
	if (good && s->options.queue)
		score_queue(&b, out);
	if (good && tell_wants(&s->tell))
		good = tell_end(&s->tell, &b, e);
	book_release(&b);
	return good;
}

struct score_totals score_totals(const void *stage)
{
	return ((const struct score *)stage)->totals;
}

const struct score_trust *score_trusted(const void *stage)
{
	return ((const struct score *)stage)->trust;
}

const struct stage_class stage_score = {
	.tool = "lbl-score",
	.create = create,
	.destroy = destroy,
	.take = score_take,
	.configure = score_configure,
	.run = run,
};
