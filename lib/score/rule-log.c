#include "score/rule-log.h"

#include <stdlib.h>

#include "base/mem.h"

static uint32_t who_of(const struct rule_log *l, size_t i)
{
	uint32_t who = l->identity ? l->identity[l->worker[i]] : l->worker[i];

	BUG_ON(who >= l->n_identities);
	return who;
}

static uint32_t epoch_of(const struct rule_log *l, size_t i)
{
	return l->epoch ? l->epoch[i] : (uint32_t)l->n_epochs - 1;
}

static void check(const struct rule_log *l)
{
	BUG_ON(l->n >= UINT32_MAX || l->n_tasks >= UINT32_MAX || l->n_values >= UINT32_MAX || l->n_epochs >= UINT32_MAX);
	BUG_ON(l->n_identities >> 30);
	for (size_t i = 0; i < l->n; i++)
		BUG_ON(l->task[i] >= l->n_tasks || l->worker[i] >= l->n_workers || l->value[i] >= l->n_values ||
			epoch_of(l, i) >= l->n_epochs);
}

/* counts, shifted by one, to places: at[k] becomes where key k begins */
static void places(uint32_t *at, size_t n_keys)
{
	for (size_t k = 0; k < n_keys; k++)
		at[k + 1] += at[k];
}

/* The labels by task, in the order of the log within one.  What is wanted of them is put beside each other here, in one
 * pass: looked up later, each would be a cache miss. */
struct sorted {
	uint32_t *off;                  /* n_tasks + 1 */
	uint32_t *label;                /* its number in the log */
	struct rule_answer *answer;
	uint8_t *keep;
};

static void sort_by_task(struct sorted *s, const struct rule_log *l)
{
	uint32_t *at = mem_zbig(l->n_tasks + 2, sizeof *at);

	s->label = mem_big(l->n, sizeof *s->label);
	s->answer = mem_big(l->n, sizeof *s->answer);
	s->keep = mem_big(l->n, 1);
	for (size_t i = 0; i < l->n; i++)
		at[l->task[i] + 2]++;
	places(at + 1, l->n_tasks);
	for (size_t i = 0; i < l->n; i++) {
		uint32_t k = at[l->task[i] + 1]++;
		s->label[k] = (uint32_t)i;
		s->answer[k] = (struct rule_answer){ who_of(l, i), l->value[i] };
	}
	s->off = at;
}

static void sorted_release(struct sorted *s)
{
	free(s->off);
	free(s->label);
	free(s->answer);
	free(s->keep);
}

/* one label of an identity a task: of the earliest epoch, and there the last */
static void choose(const struct rule_log *l, struct sorted *s, size_t *n_replaced)
{
	uint32_t *mine = mem_zalloc(l->n_identities, sizeof *mine);     /* place + 1 */

	*n_replaced = 0;
	for (size_t t = 0; t < l->n_tasks; t++) {
		for (uint32_t k = s->off[t]; k < s->off[t + 1]; k++) {
			uint32_t *m = &mine[s->answer[k].who];
			bool first = !*m || epoch_of(l, s->label[k]) <= epoch_of(l, s->label[*m - 1]);

			s->keep[k] = first;
			if (*m) {
				(*n_replaced)++;
				if (first)
					s->keep[*m - 1] = 0;
			}
			if (first)
				*m = k + 1;
		}
		for (uint32_t k = s->off[t]; k < s->off[t + 1]; k++)
			mine[s->answer[k].who] = 0;
	}
	free(mine);
}

static bool has_gold(const struct rule_log *l, size_t task)
{
	return l->gold && l->gold[task] != RULE_NO_GOLD;
}

/* The answers to gold that count, marked where they stand in the log: there their order matters. */
static uint8_t *gold_in_log(const struct rule_view *v, const struct rule_log *l, const struct sorted *s)
{
	uint8_t *counts = mem_zbig(l->n, 1);

	for (size_t t = 0; t < l->n_tasks; t++)
		for (uint32_t k = s->off[t]; k < s->off[t + 1] && has_gold(l, t); k++)
			counts[s->label[k]] = s->keep[k] && epoch_of(l, s->label[k]) >= v->first;
	return counts;
}

static void take_gold(struct rule_view *v, const struct rule_log *l, const struct sorted *s)
{
	uint32_t *at = mem_zalloc(v->n_epochs + 2, sizeof *at);
	uint8_t *counts = gold_in_log(v, l, s);

	for (size_t i = 0; i < l->n; i++)
		if (counts[i])
			at[epoch_of(l, i) - v->first + 2]++;
	places(at + 1, v->n_epochs);
	v->n_gold = at[v->n_epochs + 1];
	v->gold = mem_alloc(v->n_gold, sizeof *v->gold);
	for (size_t i = 0; i < l->n && v->n_gold; i++)
		if (counts[i])
			v->gold[at[epoch_of(l, i) - v->first + 1]++] =
				(struct rule_answer){ who_of(l, i), l->value[i] == l->gold[l->task[i]] };
	free(counts);
	v->epoch_gold = at;
}

/* Answers of an epoch come task after task, so a group ends where the task of the next differs. */
static void take_answers(struct rule_view *v, const struct rule_log *l, const struct sorted *s)
{
	size_t E = v->n_epochs;
	uint32_t *at = mem_zalloc(E + 2, sizeof *at), *groups = mem_zalloc(E + 2, sizeof *groups);
	uint32_t *last = mem_alloc(E + 1, sizeof *last);

	for (size_t e = 0; e < E; e++)
		last[e] = RULE_NONE;
	for (uint32_t t = 0; t < l->n_tasks; t++)
		for (uint32_t k = s->off[t]; k < s->off[t + 1] && !has_gold(l, t); k++) {
			uint32_t e = epoch_of(l, s->label[k]);
			if (!s->keep[k] || e < v->first)
				continue;
			e -= v->first;
			at[e + 2]++;
			groups[e + 2] += last[e] != t;
			last[e] = t;
		}
	places(at + 1, E);
	places(groups + 1, E);
	v->n_groups = groups[E + 1];
	v->group = mem_big(v->n_groups + 1, sizeof *v->group);
	v->answer = mem_big(at[E + 1], sizeof *v->answer);
	v->group[v->n_groups] = at[E + 1];
	for (size_t e = 0; e < E; e++)
		last[e] = RULE_NONE;
	for (uint32_t t = 0; t < l->n_tasks; t++)
		for (uint32_t k = s->off[t]; k < s->off[t + 1] && !has_gold(l, t); k++) {
			uint32_t e = epoch_of(l, s->label[k]);
			if (!s->keep[k] || e < v->first)
				continue;
			e -= v->first;
			if (last[e] != t)
				v->group[groups[e + 1]++] = at[e + 1];
			last[e] = t;
			v->answer[at[e + 1]++] = s->answer[k];
		}
	free(last);
	free(at);
	v->epoch_group = groups;
}

void rule_view_init(struct rule_view *v, const struct rule_log *l, uint32_t first)
{
	struct sorted s;

	check(l);
	BUG_ON(first > l->n_epochs);
	*v = (struct rule_view){ .first = first, .n_epochs = l->n_epochs - first };
	sort_by_task(&s, l);
	choose(l, &s, &v->n_replaced);
	take_gold(v, l, &s);
	take_answers(v, l, &s);
	sorted_release(&s);
}

void rule_view_release(struct rule_view *v)
{
	free(v->group);
	free(v->answer);
	free(v->gold);
	free(v->epoch_group);
	free(v->epoch_gold);
	*v = (struct rule_view){ 0 };
}
