/* What was run, and on what. */
#include "stage/report.h"

#include "agree/hedge.h"
#include "stage/report-part.h"

static void row_n(struct buf *b, const char *what, uint64_t n, const char *note)
{
	row_said(b, what);
	cell_count(b, n);
	cell_said(b, note);
	row_end(b);
}

static void mean_row(struct buf *b, const char *what, uint64_t of, uint64_t by)
{
	if (!by)
		return;
	row_said(b, what);
	cell_fixed(b, (double)of / (double)by, 2);
	cell_said(b, "mean");
	row_end(b);
}

static const char *gold_note(enum agree_gold g)
{
	return g == AGREE_GOLD_CLAMP ? "taken as known" : g == AGREE_GOLD_JUDGE ? "held out, to judge the "
		"consensus" : "ignored";
}

static void counts(struct buf *b, const struct report *r)
{
	static const char *const head[] = { "What", "Number", "Note" };
	const struct agree_totals *t = r->totals;

	part_table(b, "What was there", head, "lrl");
	row_n(b, "Labels", t->labels, "those that count");
	row_n(b, "Tasks", t->tasks, "");
	row_n(b, "Workers", t->workers, "");
	row_n(b, "Classes", t->classes, "");
	mean_row(b, "Labels a task", t->labels, t->tasks);
	mean_row(b, "Labels a worker", t->labels, t->workers);
	row_n(b, "Tasks with gold", t->gold, gold_note(r->options->gold));
	row_n(b, "Labels replaced", t->replaced, "by a later one of the same worker and task; not counted above");
	row_n(b, "Ties", t->ties, "tasks where several classes are equally likely; the first by its text is taken");
	if (t->other)
		row_n(b, "Tasks of other types", t->other, "that have no methods here, and no consensus");
	part_table_end(b);
}

static void share(struct buf *b, double x, const char *what)
{
	part_percent(b, x);
	buf_adds(b, what);
}

/* What auto weighed, in words: agree/hedge.h. */
static void choice(struct buf *b, const struct agree_auto_why *w)
{
	buf_adds(b, "<h3>What auto chose, and why</h3>\n<p>");
	if (w->too_big) {
		buf_adds(b, "Models with one number a worker alone, over the classes that a task\xe2\x80\x99s labels name: there are "
		         "too many workers and classes, or tasks and classes, for confusion matrices.</p>\n");
		return;
	}
	share(b, 1 - w->weight, " of a model with a confusion matrix for each worker (hds) and ");
	share(b, w->weight, " of a model with one number for each worker (one-coin).</p>\n<p>How often a label is right "
	      "depends on the class of the task: by ");
	part_fixed(b, w->effect, 4);
	buf_adds(b, "\xc2\xa0nats a label in ways that differ from worker to worker, by ");
	part_fixed(b, w->shared, 4);
	buf_adds(b, "\xc2\xa0nats for the crowd as a whole. ");
	buf_adds(b, w->shared > w->effect ? "More of it is the crowd\xe2\x80\x99s: then errors are made together, and "
	         "matrices would take one fact for many." : "More of it is the workers\xe2\x80\x99 own: then matrices find "
	         "out who errs where.");
	if (w->n_gold) {
		buf_adds(b, " Gold on ");
		part_n(b, w->n_gold, "task", "tasks");
		buf_adds(b, " decided too: fitted without it, its log loss was ");
		part_fixed(b, w->gold_hds, 4);
		buf_adds(b, " with matrices and ");
		part_fixed(b, w->gold_onecoin, 4);
		buf_adds(b, " with one number; without gold the weight of the latter would be ");
		part_fixed(b, w->weight_prior, 2);
		buf_adds(b, ".");
	}
	buf_adds(b, "</p>\n");
}

static void method(struct buf *b, const struct report *r)
{
	const struct agree_method *m = r->options->method;
	const struct agree_totals *t = r->totals;

	buf_addf(b, "<p>Consensus by <b>%s</b>: %s. ", m->name, m->about);
	if (t->iterations) {
		part_n(b, t->iterations, "iteration", "iterations");
		if (!m->fixed)
			buf_adds(b, t->converged ? ", then nothing moved any more." : ", <strong>and it had not converged: the numbers "
			         "below may still move. See the options --iterations and --tolerance.</strong>");
		else
			buf_adds(b, ", as many as it always makes.");
	}
	buf_adds(b, "</p>\n");
}

/* How confidence was corrected: agree/calibrate.h. */
static void calibrated(struct buf *b, const struct calibration_totals *c)
{
	buf_adds(b, "<h3>Correction of confidence</h3>\n<p>Probabilities were corrected by ");
	part_n(b, c->gold, "gold task", "gold tasks");
	buf_adds(b, ": raised to the power ");
	part_fixed(b, c->power, 2);
	buf_adds(b, ". That took the log loss on them from ");
	part_fixed(b, c->loss_before, 4);
	buf_adds(b, " to ");
	part_fixed(b, c->loss_after, 4);
	buf_adds(b, " and the calibration error from ");
	part_fixed(b, c->ece_before, 4);
	buf_adds(b, " to ");
	part_fixed(b, c->ece_after, 4);
	buf_adds(b, ".</p>\n");
}

/* What other types of tasks had to say, a line each. */
static void notes(struct buf *b, struct str s)
{
	if (!s.n)
		return;
	buf_adds(b, "<ul>\n");
	while (s.n) {
		const char *nl = memchr(s.p, '\n', s.n);
		struct str line = { s.p, nl ? (size_t)(nl - s.p) : s.n };
		buf_adds(b, "<li>");
		part_text(b, line, 300);
		buf_adds(b, "</li>\n");
		s.p += line.n + (nl != NULL);
		s.n -= line.n + (nl != NULL);
	}
	buf_adds(b, "</ul>\n");
}

void section_run(struct buf *b, const struct report *r)
{
	section_begin(b, "run", "What was run");
	if (!r->totals->labels)
		buf_adds(b, "<p>There are no labels in the input, so there is nothing to tell.</p>\n");
	else if (r->consensus || r->classes.n)
		method(b, r);
	counts(b, r);
	notes(b, r->totals->notes);
	if (r->totals->calibration.gold)
		calibrated(b, &r->totals->calibration);
	if (r->options->method->fit == agree_auto && (r->consensus || r->classes.n))
		choice(b, &r->totals->why);
	section_end(b);
}
