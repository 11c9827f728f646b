/* The type span: stretches of a text, by agree/span.h. */
#include "stage/agree-region.h"

#include <stdlib.h>

#include "agree/span.h"
#include "base/mem.h"
#include "json/write.h"

enum { AUTO, VOTE };            /* the methods of its own, in the order of their names in agree.c */
enum { MAX_MODEL = 1 << 27 };   /* doubles in the confusion matrices: 1 GiB */

struct job {
	struct part *p;
	struct regions g;
	struct span *span;              /* by g.off */
	size_t n, cap;
	uint32_t *length;               /* by task of g.l; 0 = not known */
	const char *method;             /* its name */
	const char *chosen;             /* by auto, or NULL */
	agree_fn *fn;                   /* NULL: vote */
	bool fixed;                     /* makes a fixed number of iterations */
	struct span_set set;
};

/* ---- reading --------------------------------------------------------------------------- */

static bool position(const struct json_record *r, const char *name, uint32_t *at, struct buf *why)
{
	double x;

	if (!region_number(r, name, &x, why))
		return false;
	if (x < 0)
		buf_addf(why, "its \"%s\" is below 0", name);
	else if (x >= UINT32_MAX)
		buf_addf(why, "its \"%s\" is beyond %u", name, UINT32_MAX - 1);
	else if (x != (double)(uint32_t)x)
		buf_addf(why, "its \"%s\" is no whole number", name);
	else
		return *at = (uint32_t)x, true;
	return false;
}

static bool add_span(void *ctx, const struct json_record *r, uint32_t label, struct buf *why)
{
	struct job *j = ctx;
	struct span s = { .label = label };

	if (!position(r, "start", &s.start, why) || !position(r, "end", &s.end, why))
		return false;
	if (s.end < s.start) {
		buf_adds(why, "it ends before it starts");
		return false;
	}
	if (j->n == j->cap) {
		j->cap = mem_grow(j->cap < 64 ? 64 : j->cap, j->n + 1);
		j->span = mem_realloc(j->span, j->cap, sizeof *j->span);
	}
	j->span[j->n++] = s;
	return true;
}

static bool fits(const struct job *j, uint32_t t, uint32_t worker, uint32_t value, uint32_t length, struct err *e)
{
	char why[80];

	for (uint32_t i = j->g.off[value]; i < j->g.off[value + 1]; i++)
		if (j->span[i].end > length) {
			snprintf(why, sizeof why, "has a span to %u: the text has %u characters", j->span[i].end, length);
			return part_bad_at(j->p, t, worker, value, why, e);
		}
	return true;
}

/* the lengths of the texts, and no span beyond them */
static bool measure(struct job *j, struct err *e)
{
	const struct part *p = j->p;

	j->length = mem_zalloc(p->l.n_tasks, sizeof *j->length);
	for (uint32_t t = 0; t < p->l.n_tasks; t++) {
		const struct task_info *info = tasks_info(&p->s->table, ids_str(&p->tasks, t));
		if (!info || info->length == TASK_NO_LENGTH)
			continue;
		j->length[j->g.task[t]] = info->length;
		for (uint32_t i = p->l.t_off[t]; i < p->l.t_off[t + 1]; i++)
			if (!fits(j, t, p->l.t_worker[i], p->l.t_value[i], info->length, e))
				return false;
		if (p->gold && p->gold[t] != AGREE_NO_GOLD && !fits(j, t, INTERN_NONE, p->gold[t], info->length, e))
			return false;
	}
	return true;
}

static bool read_spans(struct job *j, struct err *e)
{
	if (!regions_read(&j->g, j->p, "span", add_span, j, e))
		return false;
	for (size_t i = 0; i < j->n; i++)
		j->span[i].label = j->g.rank[j->span[i].label];
	return measure(j, e);
}

/* ---- computing --------------------------------------------------------------------------- */

static bool matrices_fit(const struct job *j)
{
	double K = (double)j->g.names.n + 1;

	return (double)j->g.l.n_workers * K * K <= MAX_MODEL;
}

/* Auto is Dawid and Skene's model wherever its matrices fit.  Who marks spans errs in one direction: he misses many and
 * invents few, which a vote takes for a majority that there is none, and a matrix tells apart.  Of simulated crowds
 * (13 kinds: spammers, people who mark nothing, shifted edges, wrong labels, 2 to 5 labels a text, 10 to 100 texts,
 * 5 to 100 workers) its strict F1 was the best of vote, onecoin, ds, ds-map, hds, ibcc, wawa and glad in 10 and
 * within 0.02 of the best in all: 0.83 against 0.57 of the vote for an ordinary one.  On 1 to 8 texts it was above
 * the vote or within 0.03 of it. */
static bool choose(struct job *j, struct err *e)
{
	const struct agree_method *m;
	int own = part_method(j->p, &m);

	j->method = m ? m->name : part_class_of[TASK_SPAN].methods[own];
	j->fixed = m && m->fixed;
	if (m)
		j->fn = m->fit;
	else if (own == AUTO && matrices_fit(j))
		j->fn = agree_ds;
	if (m && m->has_matrix && !matrices_fit(j))
		return err_set(e, "%zu labels of spans and %zu workers are too many for method %s: use span=vote",
		               j->g.names.n, j->g.l.n_workers, j->method);
	j->chosen = own == AUTO ? j->fn ? "ds" : "vote" : NULL;
	return true;
}

static bool fit(struct job *j, struct err *e)
{
	const struct agree_options *o = &j->p->s->options;
	struct span_opt opt = { .fn = j->fn, .length = j->length, .gold = part_clamps(j->p) ? j->g.gold : NULL };

	opt.agree = (struct agree_opt){ .max_iter = o->iterations, .tol = o->tolerance, .threads = o->threads,
	                                .seed = o->seed };
	if (span_fit(&j->g.l, &(struct spans){ j->g.off, j->span }, j->g.names.n, &opt, &j->set))
		return true;
	uint32_t t = 0;
	while (j->g.task[t] != j->set.crowded)
		t++;
	return err_set(e, "task \"%.*s\": too many spans: more than %d votes on pieces of text, or %d pieces times labels",
	               STR_FMT(ids_str(&j->p->tasks, t)), SPAN_VOTES, SPAN_CELLS);
}

/* ---- judging ------------------------------------------------------------------------------ */

/* spans that are the same in both, and characters of the same label */
struct score {
	uint64_t tasks, found, gold, both, found_chars, gold_chars, both_chars;
};

static int in_order(const struct span *a, const struct span *b)
{
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return (a->label > b->label) - (a->label < b->label);
}

static void judge_spans(const struct span *a, size_t na, const struct span *b, size_t nb, struct score *s)
{
	s->found += na;
	s->gold += nb;
	for (size_t i = 0, k = 0; i < na && k < nb; ) {
		int c = in_order(a + i, b + k);
		s->both += c == 0;
		i += c <= 0;
		k += c >= 0;
	}
}

static uint64_t chars(const struct span *a, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i].end - a[i].start;
	return sum;
}

static void judge_chars(const struct span *a, size_t na, const struct span *b, size_t nb, struct score *s)
{
	s->found_chars += chars(a, na);
	s->gold_chars += chars(b, nb);
	for (size_t i = 0, k = 0; i < na && k < nb; ) {
		uint32_t from = a[i].start > b[k].start ? a[i].start : b[k].start;
		uint32_t to = a[i].end < b[k].end ? a[i].end : b[k].end;
		s->both_chars += from < to && a[i].label == b[k].label ? to - from : 0;
		if (a[i].end <= b[k].end)
			i++;
		else
			k++;
	}
}

static void judge_task(const struct job *j, uint32_t t, struct score *s)
{
	const struct span_set *f = &j->set;
	size_t n = f->off[t + 1] - f->off[t], n_gold;
	struct span *found = mem_alloc(n, sizeof *found);
	struct span *gold = span_runs(&(struct spans){ j->g.off, j->span }, j->g.gold[t], &n_gold);

	for (size_t i = 0; i < n; i++)
		found[i] = f->found[f->off[t] + i].span;
	s->tasks++;
	judge_spans(found, n, gold, n_gold, s);
	judge_chars(found, n, gold, n_gold, s);
	free(found);
	free(gold);
}

static void put_ratio(struct buf *b, const char *name, uint64_t of, uint64_t all)
{
	if (all)
		json_put_knum(b, name, (double)of / (double)all);
	else
		json_put_knull(b, name);
}

static void put_judgement(struct buf *b, const struct score *s)
{
	buf_adds(b, "{\"kind\":\"judgement\",\"type\":\"span\"");
	json_put_kuint(b, "tasks", s->tasks);
	put_ratio(b, "precision", s->both, s->found);
	put_ratio(b, "recall", s->both, s->gold);
	put_ratio(b, "f1", 2 * s->both, s->found + s->gold);
	put_ratio(b, "char_precision", s->both_chars, s->found_chars);
	put_ratio(b, "char_recall", s->both_chars, s->gold_chars);
	put_ratio(b, "char_f1", 2 * s->both_chars, s->found_chars + s->gold_chars);
	if (!s->found || !s->gold)
		json_put_kstr(b, "why", s->found ? STR("the gold has no spans") : STR("no spans were found"));
	buf_addc(b, '}');
}

static void judge(const struct job *j, struct buf *b, struct sink *out)
{
	struct score s = { 0 };

	if (!j->p->gold || part_clamps(j->p))
		return;
	for (uint32_t t = 0; t < j->g.l.n_tasks; t++)
		if (j->g.gold[t] != AGREE_NO_GOLD)
			judge_task(j, t, &s);
	buf_reset(b);
	put_judgement(b, &s);
	out->line(out->ctx, buf_str(b));
	if (s.tasks)
		agree_note(j->p->s, "span: on %llu gold task%s: %llu of the %llu spans found are among the %llu of the gold",
		           (unsigned long long)s.tasks, s.tasks == 1 ? "" : "s", (unsigned long long)s.both,
		           (unsigned long long)s.found, (unsigned long long)s.gold);
}

/* ---- emitting ------------------------------------------------------------------------------- */

static void put_consensus(struct buf *b, const void *job, uint32_t t)
{
	const struct job *j = job;
	const struct span_set *s = &j->set;
	uint32_t at = j->g.task[t];
	bool tie = false;

	buf_adds(b, "{\"kind\":\"consensus\"");
	json_put_kstr(b, "task", ids_str(&j->p->tasks, t));
	json_put_key(b, "value");
	buf_addc(b, '[');
	for (size_t i = s->off[at]; i < s->off[at + 1]; i++) {
		const struct span *p = &s->found[i].span;
		json_put_sep(b);
		buf_addc(b, '{');
		region_put_label(b, &j->g, p->label);
		json_put_kuint(b, "start", p->start);
		json_put_kuint(b, "end", p->end);
		buf_addc(b, '}');
		tie = tie || s->found[i].tie;
	}
	buf_addc(b, ']');
	json_put_knum(b, "confidence", s->confidence[at]);
	json_put_kuint(b, "labels", j->p->l.t_off[t + 1] - j->p->l.t_off[t]);
	json_put_kstr(b, "method", str_of(j->method));
	json_put_kstr(b, "type", STR("span"));
	if (tie)
		json_put_kbool(b, "tie", true);
	json_put_key(b, "spans");
	buf_addc(b, '[');
	for (size_t i = s->off[at]; i < s->off[at + 1]; i++) {
		json_put_sep(b);
		buf_addc(b, '{');
		json_put_knum(b, "confidence", s->found[i].confidence);
		if (s->found[i].tie)
			json_put_kbool(b, "tie", true);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void put_choice(const struct job *j, struct buf *b, struct sink *out)
{
	if (!j->chosen)
		return;
	buf_reset(b);
	buf_adds(b, "{\"kind\":\"choice\",\"type\":\"span\",\"method\":\"auto\"");
	json_put_kstr(b, "chosen", str_of(j->chosen));
	json_put_kstr(b, "why", j->fn ? STR("the confusion matrices of its workers fit") :
	              STR("too many workers and labels for confusion matrices"));
	buf_addc(b, '}');
	out->line(out->ctx, buf_str(b));
	agree_note(j->p->s, "span: auto: %s",
	           j->fn ? "ds" : "vote, for confusion matrices of so many workers and labels would not fit");
}

bool agree_span(struct part *p, struct sink *out, struct err *e)
{
	struct job j = { .p = p };
	struct buf b = BUF_INIT;

	bool good = read_spans(&j, e) && choose(&j, e) && fit(&j, e);
	if (good) {
		if (!j.set.converged && !j.fixed)
			agree_note(p->s, "span: not converged after %u iteration%s: see --iterations and --tolerance", j.set.n_iter,
			           j.set.n_iter == 1 ? "" : "s");
		put_choice(&j, &b, out);
		judge(&j, &b, out);
		buf_reset(&b);
		struct regions_found f = { j.set.off, j.set.confidence, j.set.skill, j.method, j.chosen ? j.chosen : j.method,
		                           "spans" };
		region_emit(&j.g, &f, &j, put_consensus, &b, out);
		region_report(&j.g, &f, STR("Spans"),
		              "Confidence is the mean probability of the label of each character, or of none there.", NULL);
	}
	span_release(&j.set);
	regions_release(&j.g);
	buf_release(&b);
	free(j.span);
	free(j.length);
	return good;
}
