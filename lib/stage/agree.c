/* The stage: takes everything, and hands each type of tasks to the file that knows it. */
#include "stage/agree-part.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"

static const char *const own_auto[] = { "auto", NULL };
static const char *const own_vote[] = { "auto", "vote", NULL };
static const char *const own_ordinal[] = { "auto", "ordinal", NULL };
static const char *const own_number[] = { "auto", "mean", "median", "trimmed", "lfc-n", "crh", "catd", NULL };
static const char *const own_pair[] = { "auto", "bt", "skilled", "votes", NULL };
static const char *const own_text[] = { "auto", "rover", "medoid", NULL };

const struct part_class part_class_of[N_TASK_TYPES] = {
	[TASK_CLASS] = { own_auto, true, agree_class },
	[TASK_ORDINAL] = { own_ordinal, true, agree_ordinal },
	[TASK_NUMBER] = { own_number, false, agree_number },
	[TASK_MULTI] = { own_auto, true, agree_multi },
	[TASK_PAIR] = { own_pair, false, agree_pair },
	[TASK_TEXT] = { own_text, false, agree_text },
	[TASK_BOX] = { own_vote, false, agree_box },
	[TASK_SPAN] = { own_vote, true, agree_span },
};

static void *create(void)
{
	struct agree *s = mem_zalloc(1, sizeof *s);

	agree_options_init(&s->options);
	return s;
}

static void destroy(void *stage)
{
	struct agree *s = stage;

	intern_release(&s->tasks);
	intern_release(&s->workers);
	intern_release(&s->values);
	intern_release(&s->gold_tasks);
	labels_release(&s->labels);
	tasks_release(&s->table);
	groups_release(&s->groups);
	earlier_release(&s->earlier);
	arena_release(&s->scratch);
	buf_release(&s->key);
	buf_release(&s->notes);
	report_keep_release(&s->report);
	free(s->gold);
	free(s);
}

void agree_set(void *stage, const struct agree_options *o)
{
	((struct agree *)stage)->options = *o;
}

void agree_set_report(void *stage, struct buf *out)
{
	((struct agree *)stage)->report.out = out;
}

void agree_last(void *stage)
{
	((struct agree *)stage)->last = true;
}

void agree_watch(void *stage, void (*tick)(unsigned done, unsigned most))
{
	((struct agree *)stage)->tick = tick;
}

static bool configure(void *stage, const struct json_field *options, struct err *e)
{
	struct agree *s = stage;

	return agree_options_read(options, &s->options, e);
}

/* ---- which tasks are of which type ------------------------------------------------------ */

struct types {
	uint8_t *of_task;               /* by id in s->tasks */
	uint32_t *list_of_task;
	size_t n[N_TASK_TYPES];         /* tasks of the type */
};

static void types_init(struct types *y, const struct agree *s)
{
	*y = (struct types){ .of_task = mem_zalloc(s->tasks.n, 1),
	                     .list_of_task = mem_alloc(s->tasks.n, sizeof *y->list_of_task) };
	for (uint32_t t = 0; t < s->tasks.n; t++) {
		const struct task_info *info = tasks_info(&s->table, intern_str(&s->tasks, t));
		y->of_task[t] = !info ? TASK_CLASS : (uint8_t)(part_class_of[info->type].run ? info->type : TASK_OTHER);
		y->list_of_task[t] = info ? info->list : TASK_NO_LIST;
		y->n[y->of_task[t]]++;
	}
}

static void types_release(struct types *y)
{
	free(y->of_task);
	free(y->list_of_task);
}

/* ---- running ------------------------------------------------------------------------------- */

static void keep_line(void *ctx, struct str line)
{
	buf_addstr(ctx, line);
	buf_addc(ctx, '\n');
}

void agree_emit_run(const struct agree *s, struct sink *out)
{
	struct buf b = BUF_INIT;

	stage_put_run(&b, stage_agree.tool);
	agree_options_put(&b, &s->options);
	buf_addc(&b, '}');
	out->line(out->ctx, buf_str(&b));
	buf_release(&b);
}

static bool check_repeats(const struct part *p, struct err *e)
{
	size_t n = p->l.n_replaced;

	return p->s->options.repeats != AGREE_REPEATS_ERROR || !n ||
	       err_set(e, "%zu label%s a worker and task (see --repeats)", n, n == 1 ? " repeats" : "s repeat");
}

static bool run_part(struct part *p, struct sink *out, struct err *e)
{
	bool good = check_repeats(p, e) && part_class_of[p->type].run(p, out, e);

	part_release(p);
	return good;
}

/* Ordinals with different choices are different questions: a part for each list, in the order of the records. */
static bool run_type(struct agree *s, const struct types *y, enum task_type type, struct sink *out, struct err *e)
{
	size_t lists = type == TASK_ORDINAL ? s->table.list_text.n : 1;
	struct part p;

	for (size_t i = 0; i < lists; i++) {
		part_init(&p, s, type, type == TASK_ORDINAL ? (uint32_t)i : TASK_NO_LIST, y->of_task, y->list_of_task);
		if (p.l.n == 0)
			part_release(&p);
		else if (!run_part(&p, out, e))
			return false;
	}
	return true;
}

/* Classes come first, but when one of the others fails nothing at all must have been emitted. */
static bool run_types(struct agree *s, const struct types *y, struct sink *out, struct err *e)
{
	struct buf lines = BUF_INIT;
	struct sink keep = { .line = keep_line, .ctx = &lines };
	struct part p;
	bool good = true;

	for (int t = TASK_CLASS + 1; good && t < TASK_OTHER; t++)
		good = !y->n[t] || run_type(s, y, (enum task_type)t, &keep, e);
	bool only_classes = y->n[TASK_CLASS] == s->tasks.n;
	if (good && (only_classes || y->n[TASK_CLASS])) {
		if (only_classes)
			part_init_all(&p, s);
		else
			part_init(&p, s, TASK_CLASS, TASK_NO_LIST, y->of_task, y->list_of_task);
		s->totals.classes_there = p.l.n > 0;
		good = run_part(&p, out, e);
	} else if (good) {
		agree_emit_run(s, out);
	}
	if (good)
		sink_lines(out, buf_str(&lines));
	buf_release(&lines);
	return good;
}

static bool run(void *stage, struct sink *out, struct err *e)
{
	struct agree *s = stage;
	struct types y;

	buf_reset(&s->notes);
	s->totals = (struct agree_totals){ .workers = s->workers.n };
	types_init(&y, s);
	s->totals.other = y.n[TASK_OTHER];
	if (s->report.out)
		out = report_keep_begin(&s->report, out);
	bool good = run_types(s, &y, out, e);
	types_release(&y);
	s->totals.notes = buf_str(&s->notes);
	if (good && s->report.out)
		report_keep_end(&s->report, &s->options, &s->totals);
	return good;
}

const struct agree_totals *agree_totals(const void *stage)
{
	return &((const struct agree *)stage)->totals;
}

const struct stage_class stage_agree = {
	.tool = "lbl-agree",
	.create = create,
	.destroy = destroy,
	.take = agree_take,
	.configure = configure,
	.run = run,
};
