/* What the score stage keeps of each record. */
#include "base/mem.h"
#include "rec/value.h"
#include "stage/runs.h"
#include "stage/score-part.h"

enum task_type score_type(const struct score *s, struct str task)
{
	const struct task_info *info = tasks_info(&s->table, task);

	return info ? info->type : TASK_CLASS;
}

bool score_judges(const struct score *s, struct str task)
{
	enum task_type type = score_type(s, task);

	return type == TASK_CLASS || type == TASK_ORDINAL;
}

/* What is no scalar needs a task record before it, which says that it may be. */
static bool value_id(struct score *s, bool scalar, const struct json_field *value, uint32_t *id, struct err *e)
{
	buf_reset(&s->key);
	if (!(scalar ? value_key(value, &s->key, e) : value_key_any(value, &s->key, e)))
		return false;
	*id = intern(&s->values, buf_str(&s->key));
	return true;
}

static bool take_label(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_label l;
	struct err extra;
	uint32_t value;

	if (!rec_label(r, &s->scratch, &l, e) || !value_id(s, score_judges(s, l.task), &l.value, &value, e))
		return false;
	if (!score_extra_take(&s->extra, (uint32_t)s->labels.n, r, &extra) && score_reads_all(&s->options)) {
		*e = extra;             /* else nobody asks for it, and labels that are taken many at once have none */
		return false;
	}
	if (!labels_add(&s->labels, intern(&s->tasks, l.task), intern(&s->workers, l.worker), value))
		return err_set(e, "too many labels");
	return true;
}

static bool take_gold(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_gold g;
	uint32_t value;

	if (!rec_gold(r, &s->scratch, &g, e) || !value_id(s, score_judges(s, g.task), &g.value, &value, e))
		return false;
	uint32_t task = intern(&s->tasks, g.task);
	if (task >= s->cap_gold) {
		s->cap_gold = mem_grow(s->cap_gold, (size_t)task + 256);
		s->gold = mem_realloc(s->gold, s->cap_gold, sizeof *s->gold);
	}
	while (s->n_gold <= task)
		s->gold[s->n_gold++] = INTERN_NONE;
	s->gold_replaced += s->gold[task] != INTERN_NONE;
	s->gold[task] = value;
	return true;
}

static bool take_consensus(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_consensus c;

	return rec_consensus(r, &s->scratch, &c, e) &&
	       (!score_judges(s, c.task) || judge_consensus(&s->judge, intern(&s->tasks, c.task), &c, e));
}

static bool take_skill(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_skill k;

	return rec_skill(r, &s->scratch, &k, e) &&
	       (k.type.p || judge_skill(&s->judge, intern(&s->workers, k.worker), &k, e));
}

/* A verdict of an earlier run: its epoch is closed.  One without an epoch says nothing. */
static bool take_verdict(struct score *s, const struct json_record *r, struct err *e)
{
	struct past_label p = { .is_class = true };
	struct rec_verdict v;

	if (!json_get(r, STR("epoch")))
		return true;
	if (!rec_verdict(r, &s->scratch, &v, e))
		return false;
	if (v.type.p)
		p.is_class = score_has_classes(task_type_find(v.type));
	if (!value_id(s, false, &v.value, &p.value, e))
		return false;
	if (s->n_past >= UINT32_MAX)
		return err_set(e, "too many verdicts");
	p.on_gold = p.is_class && (str_is(v.by, "gold") || rec_has(&v.gold));
	p.task = intern(&s->tasks, v.task);
	p.worker = intern(&s->workers, v.worker);
	p.epoch = intern(&s->epochs, v.epoch);
	if (s->n_past == s->cap_past) {
		s->cap_past = mem_grow(s->cap_past, s->n_past + 1024);
		s->past = mem_realloc(s->past, s->cap_past, sizeof *s->past);
	}
	s->past[s->n_past++] = p;
	return true;
}

static bool take_score(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_score x;
	struct str identity;

	if (!rec_score(r, &s->scratch, &x, e))
		return false;
	uint32_t worker = intern(&s->workers, x.worker);
	if (!carried_take(&s->carried, r, worker, intern(&s->epochs, x.epoch), &s->scratch, &identity, e) ||
	    !reputation_score(&s->reputations, worker, r, e))
		return false;
	if (identity.n)
		people_hint(&s->people, worker, identity);
	tell_past(&s->tell, worker, intern(&s->epochs, x.epoch), &x, r);
	return true;
}

static bool take_worker(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_worker w;

	if (!rec_worker(r, &s->scratch, &w, e))
		return false;
	people_say(&s->people, intern(&s->workers, w.worker), w.identity.p ? w.identity : STR(""));
	return true;
}

static bool take_review(struct score *s, const struct json_record *r, struct err *e)
{
	struct rec_review v;

	return rec_review(r, &s->scratch, &v, e) &&
	       reviews_take(&s->reviews, &v, intern(&s->tasks, v.task), intern(&s->workers, v.worker), e);
}

static bool take_finding(struct score *s, const struct json_record *r, struct err *e)
{
	struct str worker = reputation_names(r, &s->scratch);

	(void)e;
	if (worker.n)
		reputation_finding(&s->reputations, intern(&s->workers, worker), r);
	return true;
}

bool score_take(void *stage, struct str kind, const struct json_record *r, struct err *e)
{
	static const struct {
		const char *kind;
		bool (*take)(struct score *s, const struct json_record *r, struct err *e);
	} takes[] = {
		{ "label", take_label }, { "verdict", take_verdict }, { "consensus", take_consensus }, { "gold", take_gold },
		{ "skill", take_skill }, { "score", take_score }, { "worker", take_worker }, { "review", take_review },
		{ "finding", take_finding },
	};
	struct score *s = stage;
	struct rec_task t;

	arena_reset(&s->scratch);
	for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++)
		if (str_is(kind, takes[i].kind))
			return takes[i].take(s, r, e);
	return !str_is(kind, "task") || (rec_task(r, &s->scratch, &t, e) && tasks_take(&s->table, &t, e));
}

/* ---- many at once ------------------------------------------------------------------ */

bool score_take_labels(void *stage, const struct quick_run *run, size_t n_runs, struct err *e)
{
	struct score *s = stage;

	return runs_take(&s->labels, &s->tasks, &s->workers, &s->values, run, n_runs, s->options.threads, e);
}
