/* The type multi: sets of classes, each class by itself and by a categorical method: agree/multi.h.
 *
 * auto is the mixture of agree/hedge.h for each class: in 14 kinds of simulated crowds (5 to 50 classes, common and
 * rare, 2 to 10 labels a task, workers who leave out much, who guess, or who say nothing) it had the least log
 * loss but for ibcc, and a mean Jaccard index of 0.92 where votes had 0.92, 0.62 where they had 0.58.  ds-map
 * and ibcc name up to a tenth more where workers leave out much and have labelled much, and lose as
 * much where they have labelled little; their log loss is up to five times as high there.
 */
#include "stage/agree-part.h"

#include <stdlib.h>

#include "agree/hedge.h"
#include "agree/multi.h"
#include "base/mem.h"
#include "json/write.h"
#include "math/explog.h"
#include "math/sum.h"
#include "rec/value.h"
#include "stage/report-list.h"

enum { MAX_MODEL = 1 << 27 };           /* doubles in the posteriors: 1 GiB */
static const double MAX_WORK = 1073741824.0;    /* classes times labels: half a minute of votes */
static const double tie_width = 1e-9;   /* agree/multi.h */

/* lists of numbers, one behind the other: list i is item[off[i]] .. item[off[i+1]-1] */
struct lists {
	uint32_t *off, *item;
	size_t n, n_items, cap, cap_items;
};

struct job {
	struct part *p;
	struct labels *l;               /* p->l; values become sets */
	uint32_t *gold;                 /* p->gold, likewise */
	struct intern names;            /* of classes */
	uint32_t *class_of;             /* by name: bytewise; from n_classes on those that only gold which judges has */
	struct str *text;               /* by class: its name as JSON */
	size_t n_classes;
	struct lists said;              /* by value id: names, as they stand */
	struct intern sets;             /* keys 'j' and the sorted array: first those of labels */
	struct lists set;               /* by set: classes ascending, each once */
	struct lists allowed;           /* by list of s->table: classes ascending */
	uint32_t *list_of;              /* by task; NULL = no task has choices */
	struct arena texts;
	const char *method;
	bool fixed, named;              /* some label names a class */
	struct multi fit;
	struct buf b;
};

/* ---- lists ------------------------------------------------------------------------------ */

static void add_item(struct lists *s, uint32_t item)
{
	if (s->n_items == s->cap_items) {
		s->cap_items = mem_grow(s->cap_items, s->n_items + 64);
		s->item = mem_realloc(s->item, s->cap_items, sizeof *s->item);
	}
	s->item[s->n_items++] = item;
}

static void end_list(struct lists *s)
{
	if (s->n + 2 > s->cap) {
		s->cap = mem_grow(s->cap, s->n + 64);
		s->off = mem_realloc(s->off, s->cap, sizeof *s->off);
	}
	s->off[0] = 0;
	BUG_ON(s->n_items > UINT32_MAX);        /* each has been text of at least two bytes */
	s->off[++s->n] = (uint32_t)s->n_items;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* the items from the end of the last list on become one: ascending, each once */
static void end_set(struct lists *s)
{
	size_t from = s->n ? s->off[s->n] : 0, n = from;

	if (s->n_items > from)
		qsort(s->item + from, s->n_items - from, sizeof *s->item, by_number);
	for (size_t i = from; i < s->n_items; i++)
		if (i == from || s->item[i] != s->item[i - 1])
			s->item[n++] = s->item[i];
	s->n_items = n;
	end_list(s);
}

static bool in_list(const struct lists *s, size_t i, uint32_t item)
{
	size_t n = s->off[i + 1] - s->off[i];

	return n && bsearch(&item, s->item + s->off[i], n, sizeof item, by_number);
}

static void lists_release(struct lists *s)
{
	free(s->off);
	free(s->item);
}

/* ---- what the values say ------------------------------------------------------------------- */

/* the items of an array; a label that came before the record of its task may be anything */
static bool read_value(struct job *j, uint32_t v, struct err *e)
{
	struct str key = part_key(j->p, v), rest = value_name(key);
	struct json_field item;
	struct arena a = { 0 };
	bool good = key.p[0] == 'j' && rest.p[0] == '[';

	while (good && json_next(&rest, &item)) {
		good = item.type == JSON_STRING;
		if (good)
			add_item(&j->said, intern(&j->names, json_text(&item, &a)));
		arena_reset(&a);
	}
	arena_release(&a);
	return good || part_bad(j->p, v, "is no array of strings", e);
}

static bool read_values(struct job *j, struct err *e)
{
	bool *used = part_used(j->p), good = true;

	for (uint32_t v = 0; good && v < j->p->s->values.n; v++) {
		good = !used[v] || read_value(j, v, e);
		end_list(&j->said);
	}
	free(used);
	return good;
}

/* the lists of choices that tasks have, as names */
static bool read_choices(struct job *j, struct err *e)
{
	const struct task_table *table = &j->p->s->table;
	bool *used, any = false, good = true;

	if (!table->any_list)
		return true;
	used = mem_zalloc(table->list_text.n, sizeof *used);
	j->list_of = mem_alloc(j->l->n_tasks, sizeof *j->list_of);
	for (uint32_t t = 0; t < j->l->n_tasks; t++) {
		const struct task_info *info = tasks_info(table, ids_str(&j->p->tasks, t));
		j->list_of[t] = info && info->list != TASK_NO_LIST ? info->list : MULTI_ANY;
		if (j->list_of[t] != MULTI_ANY)
			used[j->list_of[t]] = any = true;
	}
	for (size_t i = 0; good && any && i < table->list_text.n; i++) {
		for (size_t k = 0; good && used[i] && k < table->list[i].n; k++) {
			struct str key = table->list[i].key[k];
			good = key.p[0] == 's' || err_set(e, "field \"choices\": those of type multi are strings, here is %.*s",
			                                  STR_FMT(value_name(key)));
			add_item(&j->allowed, intern(&j->names, value_name(key)));
		}
		end_list(&j->allowed);
	}
	free(used);
	if (!any) {
		free(j->list_of);
		j->list_of = NULL;
	}
	return good;
}

/* ---- classes -------------------------------------------------------------------------------- */

static void use_names(const struct lists *s, size_t i, bool *used)
{
	for (size_t k = s->off[i]; k < s->off[i + 1]; k++)
		used[s->item[k]] = true;
}

/* Names of labels, of choices and of gold that is clamped are classes.  Gold that only judges makes none. */
static void number_classes(struct job *j)
{
	size_t n = j->names.n, more;
	bool *used = mem_zalloc(n, sizeof *used);
	uint32_t *order = mem_alloc(n, sizeof *order);

	for (size_t i = 0; i < j->l->n; i++)
		use_names(&j->said, j->l->t_value[i], used);
	for (size_t t = 0; part_clamps(j->p) && t < j->l->n_tasks; t++)
		if (j->gold[t] != AGREE_NO_GOLD)
			use_names(&j->said, j->gold[t], used);
	for (size_t i = 0; i < j->allowed.n_items; i++)
		used[j->allowed.item[i]] = true;
	intern_sort(&j->names, NULL, order);
	j->class_of = mem_alloc(n, sizeof *j->class_of);
	j->text = mem_alloc(n, sizeof *j->text);
	for (size_t i = 0; i < n; i++)
		j->n_classes += used[i];
	more = j->n_classes;
	for (size_t i = 0, c = 0; i < n; i++) {
		uint32_t class = (uint32_t)(used[order[i]] ? c++ : more++);
		j->class_of[order[i]] = class;
		buf_reset(&j->b);
		json_put_string(&j->b, intern_str(&j->names, order[i]));
		j->text[class] = arena_str(&j->texts, buf_str(&j->b));
	}
	buf_reset(&j->b);
	free(used);
	free(order);
}

/* the set of a value: one number for the same classes in any order */
static uint32_t set_of(struct job *j, uint32_t value)
{
	const struct lists *said = &j->said;
	struct lists *set = &j->set;
	size_t from = set->n_items;

	for (size_t i = said->off[value]; i < said->off[value + 1]; i++)
		add_item(set, j->class_of[said->item[i]]);
	end_set(set);
	buf_reset(&j->b);
	buf_adds(&j->b, "j[");
	for (size_t i = set->off[set->n - 1]; i < set->n_items; i++) {
		json_put_sep(&j->b);
		buf_addstr(&j->b, j->text[set->item[i]]);
	}
	buf_addc(&j->b, ']');
	uint32_t id = intern(&j->sets, buf_str(&j->b));
	if (id + 1 < set->n) {                  /* known: the list just made goes again */
		set->n--;
		set->n_items = from;
	}
	return id;
}

static void map(uint32_t *value, size_t n, const uint32_t *to)
{
	for (size_t i = 0; i < n; i++)
		if (value[i] != AGREE_NO_GOLD)
			value[i] = to[value[i]];
}

static void number_sets(struct job *j)
{
	size_t n = j->p->s->values.n;
	uint32_t *to = mem_alloc(n, sizeof *to);

	memset(to, 0xff, n * sizeof *to);
	for (size_t i = 0; i < j->l->n; i++)
		if (to[j->l->t_value[i]] == UINT32_MAX)
			to[j->l->t_value[i]] = set_of(j, j->l->t_value[i]);
	j->l->n_classes = j->sets.n;
	j->named = j->set.n_items > 0;
	for (size_t t = 0; j->gold && t < j->l->n_tasks; t++)
		if (j->gold[t] != AGREE_NO_GOLD && to[j->gold[t]] == UINT32_MAX)
			to[j->gold[t]] = set_of(j, j->gold[t]);
	map(j->l->t_value, j->l->n, to);
	map(j->l->w_value, j->l->n, to);
	if (j->gold)
		map(j->gold, j->l->n_tasks, to);
	free(to);
	for (size_t i = 0; i < j->allowed.n_items; i++)
		j->allowed.item[i] = j->class_of[j->allowed.item[i]];
	for (size_t i = 0; i < j->allowed.n; i++)
		if (j->allowed.off[i + 1] > j->allowed.off[i])
			qsort(j->allowed.item + j->allowed.off[i], j->allowed.off[i + 1] - j->allowed.off[i],
			      sizeof *j->allowed.item, by_number);
}

/* ---- choices ---------------------------------------------------------------------------------- */

/* NULL, or the first class of a set that the task may not have */
static const struct str *foreign(const struct job *j, uint32_t t, uint32_t set)
{
	for (size_t i = j->set.off[set]; i < j->set.off[set + 1]; i++)
		if (!in_list(&j->allowed, j->list_of[t], j->set.item[i]))
			return &j->text[j->set.item[i]];
	return NULL;
}

static bool check_task(const struct job *j, uint32_t t, struct err *e)
{
	const struct labels *l = j->l;
	struct str task = ids_str(&j->p->tasks, t);
	const struct str *bad;

	for (uint32_t i = l->t_off[t]; i < l->t_off[t + 1]; i++)
		if ((bad = foreign(j, t, l->t_value[i])))
			return err_set(e, "task \"%.*s\": %.*s in the label of worker \"%.*s\" is not among the choices",
			               STR_FMT(task), (int)(bad->n > 60 ? 60 : bad->n), bad->p,
			               STR_FMT(ids_str(&j->p->workers, l->t_worker[i])));
	if (j->gold && j->gold[t] != AGREE_NO_GOLD && (bad = foreign(j, t, j->gold[t])))
		return err_set(e, "task \"%.*s\": %.*s in the gold is not among the choices", STR_FMT(task),
		               (int)(bad->n > 60 ? 60 : bad->n), bad->p);
	return true;
}

static bool check_choices(const struct job *j, struct err *e)
{
	bool good = true;

	for (uint32_t t = 0; j->list_of && good && t < j->l->n_tasks; t++)
		good = j->list_of[t] == MULTI_ANY || check_task(j, t, e);
	return good;
}

/* ---- computing ----------------------------------------------------------------------------------- */

static bool fit(struct job *j, struct err *e)
{
	const struct agree_options *o = &j->p->s->options;
	const struct agree_method *m;

	if ((double)j->l->n_tasks * (double)j->n_classes > MAX_MODEL ||
	    (double)j->l->n * (double)j->n_classes > MAX_WORK)
		return err_set(e, "%zu classes, %zu tasks and %zu labels of type multi are too many", j->n_classes,
		               j->l->n_tasks, j->l->n);
	part_method(j->p, &m);
	j->method = m ? m->name : "auto";
	j->fixed = m && m->fixed;
	struct class_sets sets = { j->set.off, j->set.item };
	struct multi_opt opt = {
		.fn = m ? m->fit : agree_auto,
		.agree = { .max_iter = o->iterations, .tol = o->tolerance, .threads = o->threads, .seed = o->seed },
		.gold = part_clamps(j->p) ? j->gold : NULL, .list_of = j->list_of,
		.allowed = { j->allowed.off, j->allowed.item }, .n_lists = j->allowed.n,
	};
	multi_fit(j->l, &sets, j->n_classes, &opt, &j->fit);
	return true;
}

/* ---- emitting --------------------------------------------------------------------------------------- */

/* sets as they are, each a class of its own */
static void emit_agreement(struct job *j, struct sink *out)
{
	struct agree *s = j->p->s;
	struct agreement_options o = s->options.agreement;
	struct agreement_of in = {
		.type = "multi", .l = j->l, .classes = { &j->sets, NULL }, .tasks = j->p->tasks, .workers = j->p->workers,
		.order = TASK_NO_LIST, .groups = &s->groups,
		.repeats = s->options.repeats == AGREE_REPEATS_KEEP,
		.seed = s->options.seed, .threads = s->options.threads,
	};

	o.n_choices = 0;
	agreement_emit(&in, &o, out);
}

static void emit_choice(struct job *j, struct sink *out)
{
	buf_adds(&j->b, "{\"kind\":\"choice\",\"type\":\"multi\",\"method\":\"auto\",\"chosen\":\"auto\"");
	json_put_kuint(&j->b, "classes", j->n_classes);
	json_put_kstr(&j->b, "why", STR("each class by the mixture that auto is for classes"));
	part_put(&j->b, out);
}

struct verdict {
	size_t n, exact, cells;
	struct sum jaccard, loss;
};

static double loss(double p)
{
	return -m_log(p > 1e-6 ? p : 1e-6);
}

/* A class that only the gold has was not in the model: it said 0. */
static void judge_task(const struct job *j, uint32_t t, struct verdict *v)
{
	const double *q = j->fit.q + (size_t)t * j->n_classes;
	uint32_t gold = j->gold[t], from = j->set.off[gold], to = j->set.off[gold + 1];
	size_t n = j->fit.off[t + 1] - j->fit.off[t], both = 0;

	for (size_t i = j->fit.off[t]; i < j->fit.off[t + 1]; i++)
		both += in_list(&j->set, gold, j->fit.class[i]);
	v->n++;
	v->exact += both == n && n == to - from;
	size_t either = n + (to - from) - both;
	sum_add(&v->jaccard, either ? (double)both / (double)either : 1);
	for (uint32_t c = 0; c < j->n_classes; c++)
		sum_add(&v->loss, loss(in_list(&j->set, gold, c) ? q[c] : 1 - q[c]));
	v->cells += j->n_classes;
	for (uint32_t i = from; i < to; i++)
		if (j->set.item[i] >= j->n_classes) {
			sum_add(&v->loss, loss(0));
			v->cells++;
		}
}

static void judge(struct job *j, struct sink *out)
{
	struct verdict v = { .n = 0 };

	for (uint32_t t = 0; t < j->l->n_tasks; t++)
		if (j->gold[t] != AGREE_NO_GOLD)
			judge_task(j, t, &v);
	buf_adds(&j->b, "{\"kind\":\"judgement\",\"type\":\"multi\"");
	json_put_kstr(&j->b, "method", str_of(j->method));
	json_put_kuint(&j->b, "tasks", v.n);
	if (v.n) {
		double exact = (double)v.exact / (double)v.n, jaccard = sum_value(&v.jaccard) / (double)v.n;
		double each = v.cells ? sum_value(&v.loss) / (double)v.cells : 0;
		json_put_knum(&j->b, "exact", exact);
		json_put_knum(&j->b, "jaccard", jaccard);
		json_put_knum(&j->b, "log_loss", each);
		agree_note(j->p->s, "multi: on %zu gold task%s: exact %.4f, Jaccard %.4f, log loss a class %.4f", v.n,
		           v.n == 1 ? "" : "s", exact, jaccard, each);
	}
	part_put(&j->b, out);
}

static void put_ties(struct job *j, uint32_t t)
{
	const double *q = j->fit.q + (size_t)t * j->n_classes;

	json_put_key(&j->b, "ties");
	buf_addc(&j->b, '[');
	for (size_t c = 0; c < j->n_classes; c++)
		if (q[c] >= 0.5 - tie_width && q[c] <= 0.5 + tie_width) {
			json_put_sep(&j->b);
			buf_addstr(&j->b, j->text[c]);
		}
	buf_addc(&j->b, ']');
}

static void put_consensus(struct job *j, uint32_t t)
{
	const double *q = j->fit.q + (size_t)t * j->n_classes;

	buf_adds(&j->b, "{\"kind\":\"consensus\"");
	json_put_kstr(&j->b, "task", ids_str(&j->p->tasks, t));
	json_put_key(&j->b, "value");
	buf_addc(&j->b, '[');
	for (size_t i = j->fit.off[t]; i < j->fit.off[t + 1]; i++) {
		json_put_sep(&j->b);
		buf_addstr(&j->b, j->text[j->fit.class[i]]);
	}
	buf_addc(&j->b, ']');
	json_put_knum(&j->b, "confidence", j->fit.confidence[t]);
	json_put_kuint(&j->b, "labels", j->l->t_off[t + 1] - j->l->t_off[t]);
	json_put_kstr(&j->b, "method", str_of(j->method));
	json_put_kstr(&j->b, "type", STR("multi"));
	if (j->fit.ties[t])
		put_ties(j, t);
	json_put_key(&j->b, "posterior");
	buf_addc(&j->b, '{');
	for (size_t c = 0; c < j->n_classes; c++)
		if (q[c] > 0) {
			json_put_sep(&j->b);
			buf_addstr(&j->b, j->text[c]);
			buf_addc(&j->b, ':');
			json_put_number(&j->b, q[c]);
		}
	buf_addc(&j->b, '}');
}

static void put_skill(struct job *j, uint32_t w)
{
	buf_adds(&j->b, "{\"kind\":\"skill\"");
	json_put_kstr(&j->b, "worker", ids_str(&j->p->workers, w));
	json_put_kuint(&j->b, "labels", j->l->w_off[w + 1] - j->l->w_off[w]);
	if (j->named)
		json_put_knum(&j->b, "skill", j->fit.skill[w]);
	else
		json_put_knull(&j->b, "skill");
	if (!j->named)
		json_put_kstr(&j->b, "why", STR("nobody named a class"));
	json_put_kstr(&j->b, "method", str_of(j->method));
	json_put_kstr(&j->b, "type", STR("multi"));
}

static void emit_all(struct job *j, struct sink *out)
{
	const struct agree_method *m;

	buf_reset(&j->b);
	emit_agreement(j, out);
	if (part_method(j->p, &m) == 0)
		emit_choice(j, out);
	if (j->gold && !part_clamps(j->p))
		judge(j, out);
	for (uint32_t t = 0; t < j->l->n_tasks; t++) {
		put_consensus(j, t);
		part_put(&j->b, out);
	}
	for (uint32_t w = 0; w < j->l->n_workers; w++) {
		put_skill(j, w);
		part_put(&j->b, out);
	}
	sink_lines(out, buf_str(&j->b));
	if (!j->fit.converged && !j->fixed)
		agree_note(j->p->s, "multi: %s has not converged after %u iteration%s on some class", j->method,
		           j->fit.n_iter, j->fit.n_iter == 1 ? "" : "s");
}

/* ---- the page ----------------------------------------------------------------------------------- */

static void task_row(const void *ctx, uint32_t t, struct report_row *r)
{
	const struct job *j = ctx;
	struct buf set = BUF_INIT;

	for (size_t i = j->fit.off[t]; i < j->fit.off[t + 1]; i++) {
		buf_adds(&set, set.n ? ", " : "");
		buf_addstr(&set, j->text[j->fit.class[i]]);
	}
	row_text(r, ids_str(&j->p->tasks, t));
	row_text(r, set.n ? buf_str(&set) : STR("none"));
	row_fixed(r, j->fit.confidence[t], 4);
	row_number(r, j->fit.ties[t]);
	row_number(r, j->l->t_off[t + 1] - j->l->t_off[t]);
	buf_release(&set);
}

static void worker_row(const void *ctx, uint32_t w, struct report_row *r)
{
	const struct job *j = ctx;

	row_text(r, ids_str(&j->p->workers, w));
	row_number(r, j->l->w_off[w + 1] - j->l->w_off[w]);
	row_fixed(r, j->fit.skill[w], 4);
}

static void report(const struct job *j)
{
	struct report_keep *k = &j->p->s->report;

	report_keep_list(k, &(struct report_list){
		.section = STR("Sets of classes"), .title = "Tasks, the least certain first", .method = j->method,
		.note = "Confidence is the probability that the whole set is right, if its classes are independent. Undecided is "
			"how many classes might as well be there.",
		.head = "Task|Consensus|Confidence|Undecided|Labels", .align = "llrrr", .key = j->fit.confidence,
		.n = j->l->n_tasks, .most = REPORT_FEW, .row = task_row, .ctx = j,
	});
	report_keep_list(k, &(struct report_list){
		.section = STR("Sets of classes"), .title = "Workers, the lowest skill first",
		.note = j->named ? "Skill is the mean of the skills for each class."
			: "Nobody named a class, so there are no skills.",
		.head = "Worker|Labels|Skill", .align = "lrr", .key = j->fit.skill, .n = j->named ? j->l->n_workers : 0,
		.most = REPORT_FEW, .row = worker_row, .ctx = j,
	});
}

bool agree_multi(struct part *p, struct sink *out, struct err *e)
{
	struct job j = { .p = p, .l = &p->l, .gold = p->gold };
	bool good = read_values(&j, e) && read_choices(&j, e);

	if (good) {
		number_classes(&j);
		number_sets(&j);
		good = check_choices(&j, e) && fit(&j, e);
	}
	if (good) {
		emit_all(&j, out);
		report(&j);
		multi_release(&j.fit);
	}
	intern_release(&j.names);
	intern_release(&j.sets);
	lists_release(&j.said);
	lists_release(&j.set);
	lists_release(&j.allowed);
	arena_release(&j.texts);
	free(j.class_of);
	free(j.text);
	free(j.list_of);
	buf_release(&j.b);
	return good;
}
