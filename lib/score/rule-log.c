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

/* label numbers by task, in the order of the log within one; *off has n_tasks + 1 places */
static uint32_t *by_task(const struct rule_log *l, uint32_t **off)
{
	uint32_t *at = mem_zbig(l->n_tasks + 2, sizeof *at);
	uint32_t *ord = mem_big(l->n, sizeof *ord);

	for (size_t i = 0; i < l->n; i++)
		at[l->task[i] + 2]++;
	places(at + 1, l->n_tasks);
	for (size_t i = 0; i < l->n; i++)
		ord[at[l->task[i] + 1]++] = (uint32_t)i;
	*off = at;
	return ord;
}

/* one label of an identity a task: of the earliest epoch, and there the last */
static uint8_t *choose(const struct rule_log *l, const uint32_t *ord, const uint32_t *off, size_t *n_replaced)
{
	uint8_t *keep = mem_big(l->n, 1);
	uint32_t *mine = mem_zalloc(l->n_identities, sizeof *mine);     /* label + 1 */

	*n_replaced = 0;
	for (size_t t = 0; t < l->n_tasks; t++) {
		for (uint32_t k = off[t]; k < off[t + 1]; k++) {
			uint32_t i = ord[k], *m = &mine[who_of(l, i)];
			bool first = !*m || epoch_of(l, i) <= epoch_of(l, *m - 1);

			keep[i] = first;
			if (*m) {
				(*n_replaced)++;
				if (first)
					keep[*m - 1] = 0;
			}
			if (first)
				*m = i + 1;
		}
		for (uint32_t k = off[t]; k < off[t + 1]; k++)
			mine[who_of(l, ord[k])] = 0;
	}
	free(mine);
	return keep;
}

static bool has_gold(const struct rule_log *l, size_t task)
{
	return l->gold && l->gold[task] != RULE_NO_GOLD;
}

static void take_gold(struct rule_view *v, const struct rule_log *l, const uint8_t *keep)
{
	uint32_t *at = mem_zalloc(v->n_epochs + 2, sizeof *at);

	for (size_t i = 0; i < l->n; i++)
		if (keep[i] && epoch_of(l, i) >= v->first && has_gold(l, l->task[i]))
			at[epoch_of(l, i) - v->first + 2]++;
	places(at + 1, v->n_epochs);
	v->n_gold = at[v->n_epochs + 1];
	v->gold = mem_alloc(v->n_gold, sizeof *v->gold);
	for (size_t i = 0; i < l->n && v->n_gold; i++)
		if (keep[i] && epoch_of(l, i) >= v->first && has_gold(l, l->task[i]))
			v->gold[at[epoch_of(l, i) - v->first + 1]++] =
				(struct rule_answer){ who_of(l, i), l->value[i] == l->gold[l->task[i]] };
	v->epoch_gold = at;
}

/* Answers of an epoch come task after task, so a group ends where the task of the next differs. */
static void take_answers(struct rule_view *v, const struct rule_log *l, const uint32_t *ord, const uint32_t *off,
	const uint8_t *keep)
{
	size_t E = v->n_epochs;
	uint32_t *at = mem_zalloc(E + 2, sizeof *at), *groups = mem_zalloc(E + 2, sizeof *groups);
	uint32_t *last = mem_alloc(E + 1, sizeof *last);

	for (size_t e = 0; e < E; e++)
		last[e] = RULE_NONE;
	for (uint32_t t = 0; t < l->n_tasks; t++)
		for (uint32_t k = off[t]; k < off[t + 1] && !has_gold(l, t); k++) {
			uint32_t i = ord[k];
			if (!keep[i] || epoch_of(l, i) < v->first)
				continue;
			uint32_t e = epoch_of(l, i) - v->first;
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
		for (uint32_t k = off[t]; k < off[t + 1] && !has_gold(l, t); k++) {
			uint32_t i = ord[k];
			if (!keep[i] || epoch_of(l, i) < v->first)
				continue;
			uint32_t e = epoch_of(l, i) - v->first;
			if (last[e] != t)
				v->group[groups[e + 1]++] = at[e + 1];
			last[e] = t;
			v->answer[at[e + 1]++] = (struct rule_answer){ who_of(l, i), l->value[i] };
		}
	free(last);
	free(at);
	v->epoch_group = groups;
}

void rule_view_init(struct rule_view *v, const struct rule_log *l, uint32_t first)
{
	uint32_t *off;

	check(l);
	BUG_ON(first > l->n_epochs);
	*v = (struct rule_view){ .first = first, .n_epochs = l->n_epochs - first };
	uint32_t *ord = by_task(l, &off);
	uint8_t *keep = choose(l, ord, off, &v->n_replaced);
	take_gold(v, l, keep);
	take_answers(v, l, ord, off, keep);
	free(keep);
	free(ord);
	free(off);
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
