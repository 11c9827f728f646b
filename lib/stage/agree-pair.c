/* The type pair: which of two items is better, and scores for all items, by agree/pair.h.
 *
 * Items and workers are numbered by the bytewise order of their names, so that the order of the stream decides
 * nothing, not even the last bit of a sum.
 *
 * What is written as consensus of a task is the model's chance of each answer by a worker who looks, from the
 * scores of the two items; the labels on the task itself are in the scores, with all others on these items.
 * The method votes has the shares of the labels on the task instead, and no scores.  Gold is the answer of its task
 * when it clamps, and moves no score: that one item is better does not say by how much.
 *
 * auto fits both models and takes the one with workers when that raises the log-likelihood by more than 1 nat a
 * worker.  In the simulations of agree/pair.h this was within 0.003 nats a comparison of bt where all workers look, and
 * kept nearly all that the model with workers gains where some do not and have 30 comparisons or more.
 */
#include "stage/agree-part.h"

#include <math.h>
#include <stdlib.h>

#include "agree/pair.h"
#include "base/mem.h"
#include "json/write.h"
#include "math/exact.h"
#include "math/explog.h"
#include "stage/report-list.h"

enum { AUTO, BT, SKILLED, VOTES };      /* the methods, in the order of their names in agree.c */

static const double worth_it = 1;       /* nats a worker */
static const char *const side[3] = { "left", "right", "tie" };

struct tally {
	uint64_t comparisons, wins, ties;
};

struct job {
	struct part *p;
	const struct labels *l;         /* p->l */
	uint8_t *winner_of;             /* value of the stage -> enum pair_winner */
	uint32_t *left, *right;         /* by task: items */
	struct str *item;               /* by item, ascending */
	size_t n_items;
	uint32_t *worker;               /* number in p -> number in set */
	struct comparison *c;
	struct tally *tally;            /* by item */
	int method;
	double gain;                    /* of auto */
	struct pair_set set;            /* not of votes */
	double *skill;                  /* by worker of p; NaN = none */
	struct buf b;
};

/* ---- reading --------------------------------------------------------------------------- */

static bool read_value(struct str key, uint8_t *winner)
{
	for (uint8_t y = 0; y < 3; y++)
		if (key.p[0] == 's' && str_is((struct str){ key.p + 1, key.n - 1 }, side[y])) {
			*winner = y;
			return true;
		}
	return false;
}

static bool read_values(struct job *j, struct err *e)
{
	bool *used = part_used(j->p), good = true;

	j->winner_of = mem_zalloc(j->p->s->values.n, 1);
	for (uint32_t v = 0; good && v < j->p->s->values.n; v++)
		if (used[v] && !read_value(part_key(j->p, v), &j->winner_of[v]))
			good = part_bad(j->p, v, "is not \"left\", \"right\" or \"tie\"", e);
	free(used);
	return good && part_check_choices(j->p, e);
}

struct name {
	struct str s;
	uint32_t id;
};

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct name *)a)->s, ((const struct name *)b)->s);
}

/* The items of tasks with labels, from ids of the table to places in the order of their names. */
static void number_items(struct job *j)
{
	const struct task_table *table = &j->p->s->table;
	uint32_t *new = mem_alloc(table->item.n, sizeof *new);
	struct name *name = mem_alloc(table->item.n, sizeof *name);

	memset(new, 0xff, table->item.n * sizeof *new);
	j->left = mem_alloc(j->l->n_tasks * 2, sizeof *j->left);
	j->right = j->left + j->l->n_tasks;
	for (uint32_t t = 0; t < j->l->n_tasks; t++) {
		const struct task_info *info = tasks_info(table, ids_str(&j->p->tasks, t));
		uint32_t both[2] = { j->left[t] = info->left, j->right[t] = info->right };
		for (unsigned i = 0; i < 2; i++)
			if (new[both[i]] == INTERN_NONE) {
				new[both[i]] = 0;
				name[j->n_items++] = (struct name){ intern_str(&table->item, both[i]), both[i] };
			}
	}
	if (j->n_items)
		qsort(name, j->n_items, sizeof *name, by_name);
	j->item = mem_alloc(j->n_items, sizeof *j->item);
	for (size_t i = 0; i < j->n_items; i++) {
		j->item[i] = name[i].s;
		new[name[i].id] = (uint32_t)i;
	}
	for (uint32_t t = 0; t < j->l->n_tasks; t++) {
		j->left[t] = new[j->left[t]];
		j->right[t] = new[j->right[t]];
	}
	free(new);
	free(name);
}

static void number_workers(struct job *j)
{
	size_t n = j->l->n_workers;
	struct name *name = mem_alloc(n, sizeof *name);

	j->worker = mem_alloc(n, sizeof *j->worker);
	for (uint32_t w = 0; w < n; w++)
		name[w] = (struct name){ ids_str(&j->p->workers, w), w };
	if (n)
		qsort(name, n, sizeof *name, by_name);
	for (uint32_t i = 0; i < n; i++)
		j->worker[name[i].id] = i;
	free(name);
}

static void count(struct job *j, uint32_t item, bool won, bool tied)
{
	j->tally[item].comparisons++;
	j->tally[item].wins += won;
	j->tally[item].ties += tied;
}

static void compare(struct job *j)
{
	size_t n = 0;

	j->c = mem_alloc(j->l->n, sizeof *j->c);
	j->tally = mem_zalloc(j->n_items, sizeof *j->tally);
	for (uint32_t t = 0; t < j->l->n_tasks; t++)
		for (uint32_t i = j->l->t_off[t]; i < j->l->t_off[t + 1]; i++) {
			enum pair_winner y = (enum pair_winner)j->winner_of[j->l->t_value[i]];
			j->c[n++] = (struct comparison){ j->left[t], j->right[t], j->worker[j->l->t_worker[i]], y };
			if (j->left[t] == j->right[t])
				continue;
			count(j, j->left[t], y == PAIR_LEFT, y == PAIR_TIE);
			count(j, j->right[t], y == PAIR_RIGHT, y == PAIR_TIE);
		}
}

/* ---- computing --------------------------------------------------------------------------- */

static void fit(const struct job *j, bool workers, struct pair_set *out)
{
	const struct agree_options *o = &j->p->s->options;
	struct pair_opt opt = PAIR_OPT_INIT;

	opt.workers = workers;
	if (workers) {
		opt.max_iter = 1000;
		opt.tol = 1e-5;
	}
	if (o->iterations)
		opt.max_iter = o->iterations;
	if (o->tolerance < 0 || o->tolerance > 0)
		opt.tol = o->tolerance;
	pair_fit(j->c, j->l->n, j->n_items, j->l->n_workers, &opt, out);
}

static void choose(struct job *j)
{
	struct pair_set plain;

	fit(j, false, &plain);
	fit(j, true, &j->set);
	j->gain = (j->set.loglik - plain.loglik) / (double)j->l->n_workers;
	j->method = j->gain > worth_it ? SKILLED : BT;
	if (j->method == BT) {
		struct pair_set other = j->set;
		j->set = plain;
		plain = other;
	}
	pair_release(&plain);
}

static void fit_all(struct job *j)
{
	const struct agree_method *none;

	j->method = part_method(j->p, &none);
	if (j->method == AUTO)
		choose(j);
	else if (j->method != VOTES)
		fit(j, j->method == SKILLED, &j->set);
}

/* chances of left, right, a tie; returns the greatest, the first of equal ones */
static unsigned chances(const struct job *j, uint32_t t, double q[3], bool *tie)
{
	uint32_t from = j->l->t_off[t], to = j->l->t_off[t + 1];
	unsigned best = 0;

	if (j->method != VOTES) {
		pair_chances(j->set.score[j->left[t]], j->set.score[j->right[t]], j->set.nu, q);
	} else {
		uint32_t n[3] = { 0 };
		for (uint32_t i = from; i < to; i++)
			n[j->winner_of[j->l->t_value[i]]]++;
		for (unsigned y = 0; y < 3; y++)
			q[y] = to > from ? n[y] / (double)(to - from) : 0;
	}
	*tie = false;
	for (unsigned y = 1; y < 3; y++) {
		*tie = q[y] > q[best] ? false : q[y] == q[best] ? true : *tie;
		best = q[y] > q[best] ? y : best;
	}
	return best;
}

/* the answer, with the gold that clamps */
static unsigned answer(const struct job *j, uint32_t t, double q[3], bool *tie)
{
	unsigned best = chances(j, t, q, tie);

	if (part_clamps(j->p) && j->p->gold[t] != AGREE_NO_GOLD) {
		best = j->winner_of[j->p->gold[t]];
		for (unsigned y = 0; y < 3; y++)
			q[y] = y == best;
		*tie = false;
	}
	return best;
}

/* ---- emitting ------------------------------------------------------------------------------ */

static void put_end(struct job *j)
{
	json_put_kstr(&j->b, "method", str_of(part_class_of[TASK_PAIR].methods[j->method]));
	json_put_kstr(&j->b, "type", STR("pair"));
}

static void emit_choice(struct job *j, struct sink *out)
{
	const char *chosen = part_class_of[TASK_PAIR].methods[j->method];

	buf_adds(&j->b, "{\"kind\":\"choice\",\"type\":\"pair\",\"method\":\"auto\"");
	json_put_kstr(&j->b, "chosen", str_of(chosen));
	json_put_knum(&j->b, "gain", j->gain);
	json_put_kstr(&j->b, "why", j->method == SKILLED ? STR("that some do not look explains more than 1 nat a worker")
	              : STR("that some do not look explains 1 nat a worker or less"));
	part_put(&j->b, out);
	agree_note(j->p->s, "pair: auto: %s, for that some do not look explains %.2f nats a worker", chosen, j->gain);
}

static void emit_judgement(struct job *j, struct sink *out)
{
	struct exact loss = { 0 };
	size_t n = 0, right = 0;
	double q[3];
	bool tie;

	for (uint32_t t = 0; t < j->l->n_tasks; t++) {
		if (j->p->gold[t] == AGREE_NO_GOLD)
			continue;
		unsigned gold = j->winner_of[j->p->gold[t]], best = chances(j, t, q, &tie);
		n++;
		right += best == gold;
		exact_add(&loss, -m_log(q[gold] > 1e-6 ? q[gold] : 1e-6));
	}
	buf_adds(&j->b, "{\"kind\":\"judgement\",\"type\":\"pair\"");
	json_put_kstr(&j->b, "method", str_of(part_class_of[TASK_PAIR].methods[j->method]));
	json_put_kuint(&j->b, "tasks", n);
	if (n) {
		double accuracy = (double)right / (double)n, log_loss = exact_value(&loss) / (double)n;
		json_put_knum(&j->b, "accuracy", accuracy);
		json_put_knum(&j->b, "log_loss", log_loss);
		agree_note(j->p->s, "pair: on %zu gold task%s: accuracy %.4f, log loss %.4f", n, n == 1 ? "" : "s", accuracy,
		           log_loss);
	}
	part_put(&j->b, out);
}

static void put_consensus(struct job *j, uint32_t t, struct sink *out)
{
	struct buf *b = &j->b;
	double q[3];
	bool tie;
	unsigned best = answer(j, t, q, &tie);

	buf_adds(b, "{\"kind\":\"consensus\"");
	json_put_kstr(b, "task", ids_str(&j->p->tasks, t));
	json_put_kstr(b, "value", str_of(side[best]));
	json_put_knum(b, "confidence", q[best]);
	json_put_kuint(b, "labels", j->l->t_off[t + 1] - j->l->t_off[t]);
	put_end(j);
	if (tie)
		json_put_kbool(b, "tie", true);
	json_put_key(b, "posterior");
	buf_addc(b, '{');
	for (unsigned y = 0; y < 3; y++)
		if (q[y] > 0)
			json_put_knum(b, side[y], q[y]);
	buf_addc(b, '}');
	part_put(&j->b, out);
}

struct place {
	uint32_t item, component;
	double score;
};

/* the best of each component first */
static int by_score(const void *p, const void *q)
{
	const struct place *a = p, *b = q;

	if (a->component != b->component)
		return a->component < b->component ? -1 : 1;
	if (a->score > b->score || a->score < b->score)
		return a->score > b->score ? -1 : 1;
	return (a->item > b->item) - (a->item < b->item);
}

/* Scores are told against the mean of their component, which is what the standard error is about. */
static struct place *places(const struct job *j)
{
	struct place *at = mem_alloc(j->n_items, sizeof *at);
	size_t n = j->method == VOTES ? 1 : j->set.n_components;
	double *sum = mem_zalloc(n, sizeof *sum);
	size_t *size = mem_zalloc(n, sizeof *size);

	for (uint32_t i = 0; i < j->n_items; i++) {
		at[i] = (struct place){ .item = i };
		if (j->method == VOTES)
			continue;
		at[i].component = j->set.component[i];
		sum[at[i].component] += j->set.score[i];
		size[at[i].component]++;
	}
	for (uint32_t i = 0; i < j->n_items && j->method != VOTES; i++)
		at[i].score = j->set.score[i] - sum[at[i].component] / (double)size[at[i].component];
	if (j->n_items)
		qsort(at, j->n_items, sizeof *at, by_score);
	free(sum);
	free(size);
	return at;
}

static void put_item(struct job *j, const struct place *at, struct sink *out)
{
	struct buf *b = &j->b;
	const struct tally *n = &j->tally[at->item];
	const char *why = !n->comparisons ? "only compared with itself" : j->method == VOTES ? "votes give no scores" : NULL;

	buf_adds(b, "{\"kind\":\"item\"");
	json_put_kstr(b, "item", j->item[at->item]);
	if (why)
		json_put_knull(b, "score");
	else
		json_put_knum(b, "score", at->score);
	if (!why && j->set.se[at->item] >= 0) {
		json_put_knum(b, "se", j->set.se[at->item]);
	} else {
		json_put_knull(b, "se");
		json_put_kstr(b, "why", str_of(why ? why : "too many items in its component"));
	}
	json_put_kuint(b, "comparisons", n->comparisons);
	json_put_kuint(b, "wins", n->wins);
	json_put_kuint(b, "ties", n->ties);
	if (j->method != VOTES && j->set.n_components > 1)
		json_put_kuint(b, "component", (uint64_t)at->component + 1);
	put_end(j);
	part_put(&j->b, out);
}

static double skill_of(const struct job *j, uint32_t w, const uint8_t *said)
{
	uint32_t from = j->l->w_off[w], to = j->l->w_off[w + 1], same = 0;

	if (j->method == SKILLED)
		return j->set.skill[j->worker[w]];
	for (uint32_t i = from; i < to; i++)
		same += j->winner_of[j->l->w_value[i]] == said[j->l->w_task[i]];
	return to > from ? same / (double)(to - from) : NAN;
}

static void put_skill(struct job *j, uint32_t w, struct sink *out)
{
	struct buf *b = &j->b;

	buf_adds(b, "{\"kind\":\"skill\"");
	json_put_kstr(b, "worker", ids_str(&j->p->workers, w));
	json_put_kuint(b, "labels", j->l->w_off[w + 1] - j->l->w_off[w]);
	if (isnan(j->skill[w]))
		json_put_knull(b, "skill");
	else
		json_put_knum(b, "skill", j->skill[w]);
	put_end(j);
	if (j->method == SKILLED)
		json_put_knum(b, "bias", j->set.bias[j->worker[w]]);
	part_put(&j->b, out);
}

static void emit_skills(struct job *j, struct sink *out)
{
	uint8_t *said = mem_alloc(j->l->n_tasks, 1);
	double q[3];
	bool tie;

	for (uint32_t t = 0; t < j->l->n_tasks; t++)
		said[t] = (uint8_t)answer(j, t, q, &tie);
	j->skill = mem_alloc(j->l->n_workers, sizeof *j->skill);
	for (uint32_t w = 0; w < j->l->n_workers; w++) {
		j->skill[w] = skill_of(j, w, said);
		put_skill(j, w, out);
	}
	free(said);
}

static void emit_all(struct job *j, const struct place *at, bool chose, struct sink *out)
{
	if (chose)
		emit_choice(j, out);
	if (j->p->gold && !part_clamps(j->p))
		emit_judgement(j, out);
	for (uint32_t t = 0; t < j->l->n_tasks; t++)
		put_consensus(j, t, out);
	for (size_t i = 0; i < j->n_items; i++)
		put_item(j, &at[i], out);
	emit_skills(j, out);
	sink_lines(out, buf_str(&j->b));
	if (j->method != VOTES && !j->set.converged)
		agree_note(j->p->s, "pair: not converged after %u iteration%s: see --iterations and --tolerance", j->set.n_iter,
		           j->set.n_iter == 1 ? "" : "s");
}

/* ---- the page ----------------------------------------------------------------------------------- */

struct items {
	const struct job *j;
	const struct place *at;
};

static void item_row(const void *ctx, uint32_t i, struct report_row *r)
{
	const struct items *s = ctx;
	const struct job *j = s->j;
	const struct place *at = &s->at[i];
	const struct tally *n = &j->tally[at->item];
	bool scored = n->comparisons && j->method != VOTES;

	row_text(r, j->item[at->item]);
	row_fixed(r, scored ? at->score : NAN, 4);
	row_fixed(r, scored && j->set.se[at->item] >= 0 ? j->set.se[at->item] : NAN, 4);
	row_number(r, n->comparisons);
	row_number(r, n->wins);
	row_number(r, n->ties);
	if (j->method != VOTES && j->set.n_components > 1)
		row_number(r, (uint64_t)at->component + 1);
}

static void worker_row(const void *ctx, uint32_t w, struct report_row *r)
{
	const struct job *j = ctx;

	row_text(r, ids_str(&j->p->workers, w));
	row_number(r, j->l->w_off[w + 1] - j->l->w_off[w]);
	row_fixed(r, j->skill[w], 4);
	if (j->method == SKILLED)
		row_fixed(r, j->set.bias[j->worker[w]], 4);
}

static void report(const struct job *j, const struct place *at)
{
	struct report_keep *k = &j->p->s->report;
	bool parts = j->method != VOTES && j->set.n_components > 1, skilled = j->method == SKILLED;

	report_keep_list(k, &(struct report_list){
		.section = STR("Pairs"), .title = "Items, the best first",
		.method = part_class_of[TASK_PAIR].methods[j->method],
		.note = j->method == VOTES ? "Votes give no scores: see the methods bt and skilled." : parts
			? "A score is the log odds to be found better than the mean of the component. Items of different components were "
			  "never compared, not even by way of others, and have no rank among each other."
			: "A score is the log odds to be found better than the mean of the items.",
		.head = "Item|Score|Standard error|Comparisons|Wins|Ties|Component", .align = parts ? "lrrrrrr" : "lrrrrr",
		.n = j->n_items, .most = 50, .row = item_row, .ctx = &(struct items){ j, at },
	});
	report_keep_list(k, &(struct report_list){
		.section = STR("Pairs"), .title = "Workers, the lowest skill first",
		.note = skilled ? "Skill is the chance that the worker looks before answering; bias is how often one who does "
			"not look says left rather than right." : "Skill is the share of the labels that are the consensus of their task.",
		.head = "Worker|Labels|Skill|Bias", .align = skilled ? "lrrr" : "lrr", .key = j->skill, .n = j->l->n_workers,
		.most = REPORT_FEW, .row = worker_row, .ctx = j,
	});
}

static void job_release(struct job *j)
{
	pair_release(&j->set);
	buf_release(&j->b);
	free(j->winner_of);
	free(j->left);
	free(j->item);
	free(j->worker);
	free(j->c);
	free(j->tally);
	free(j->skill);
}

bool agree_pair(struct part *p, struct sink *out, struct err *e)
{
	struct job j = { .p = p, .l = &p->l };
	const struct agree_method *none;
	bool good = read_values(&j, e);

	if (good) {
		number_items(&j);
		number_workers(&j);
		compare(&j);
		fit_all(&j);
		struct place *at = places(&j);
		emit_all(&j, at, part_method(p, &none) == AUTO, out);
		report(&j, at);
		free(at);
	}
	job_release(&j);
	return good;
}
