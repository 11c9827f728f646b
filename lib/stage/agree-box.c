/* The type box: rectangles on an image, by agree/box.h. */
#include "stage/agree-region.h"

#include <stdlib.h>

#include "agree/box.h"
#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"

enum { AUTO, VOTE };            /* the methods, in the order of their names in agree.c */

struct job {
	struct part *p;
	struct regions g;
	struct box *box;                /* by g.off */
	size_t n, cap;
	size_t n_turned;                /* those with a rotation */
	int method;
	struct box_set set;
};

/* ---- reading --------------------------------------------------------------------------- */

static bool turned(const struct json_record *r)
{
	const struct json_field *f = json_get(r, STR("rotation"));
	double x;

	return f && f->type == JSON_NUMBER && num_parse(f->raw, &x) && x != 0;
}

static bool side(const struct json_record *r, const char *name, double least, double *x, struct buf *why)
{
	if (!region_number(r, name, x, why))
		return false;
	if (*x < least) {
		buf_addf(why, "its \"%s\" is below 0", name);
		return false;
	}
	if (*x >= 1e150 || *x <= -1e150) {
		buf_addf(why, "its \"%s\" is beyond 1e150", name);
		return false;
	}
	*x = *x == 0 ? 0 : *x;          /* -0 is 0 */
	return true;
}

static bool add_box(void *ctx, const struct json_record *r, uint32_t label, struct buf *why)
{
	struct job *j = ctx;
	struct box b = { .label = label };

	if (!side(r, "x", -1e300, &b.x, why) || !side(r, "y", -1e300, &b.y, why) || !side(r, "w", 0, &b.w, why) ||
	    !side(r, "h", 0, &b.h, why))
		return false;
	if (j->n == j->cap) {
		j->cap = mem_grow(j->cap < 64 ? 64 : j->cap, j->n + 1);
		j->box = mem_realloc(j->box, j->cap, sizeof *j->box);
	}
	j->box[j->n++] = b;
	j->n_turned += turned(r);
	return true;
}

static bool read_boxes(struct job *j, struct err *e)
{
	if (!regions_read(&j->g, j->p, "box", add_box, j, e))
		return false;
	for (size_t i = 0; i < j->n; i++)
		j->box[i].label = j->g.rank[j->box[i].label];
	return true;
}

/* ---- computing --------------------------------------------------------------------------- */

static bool too_crowded(const struct job *j, size_t task, struct err *e)
{
	uint32_t t = 0;

	while (j->g.task[t] != task)
		t++;
	struct str name = ids_str(&j->p->tasks, t);
	return err_set(e, "task \"%.*s\": too many of the boxes on this image overlap", STR_FMT(name));
}

static bool fit(struct job *j, struct err *e)
{
	const struct agree_options *o = &j->p->s->options;
	struct box_opt opt = BOX_OPT_INIT;
	double *ones = mem_alloc(j->g.l.n_workers, sizeof *ones);

	for (size_t w = 0; w < j->g.l.n_workers; w++)
		ones[w] = 1;
	opt.match = o->overlap;
	opt.max_iter = o->iterations ? o->iterations : opt.max_iter;
	opt.tol = o->tolerance != 0 ? o->tolerance : opt.tol;
	opt.weight = j->method == VOTE ? ones : NULL;
	opt.gold = part_clamps(j->p) ? j->g.gold : NULL;
	bool good = box_fit(&j->g.l, &(struct boxes){ j->g.off, j->box }, &opt, &j->set);
	free(ones);
	return good || too_crowded(j, j->set.crowded, e);
}

/* ---- judging ------------------------------------------------------------------------------ */

struct score {
	uint64_t tasks, found, gold, both, labels;      /* boxes; both: matched; labels: of these the same */
	double overlap;                                 /* sum over matches */
};

static bool judge_task(const struct job *j, uint32_t t, struct score *s, struct err *e)
{
	const struct box_set *f = &j->set;
	uint32_t v = j->g.gold[t];
	const struct box *gold = j->box + j->g.off[v];
	size_t n = f->off[t + 1] - f->off[t], n_gold = j->g.off[v + 1] - j->g.off[v];
	struct box *found = mem_alloc(n, sizeof *found);
	uint32_t *of = mem_alloc(n, sizeof *of);

	for (size_t i = 0; i < n; i++)
		found[i] = f->found[f->off[t] + i].box;
	bool good = box_match(found, n, gold, n_gold, j->p->s->options.overlap, of);
	for (size_t i = 0; good && i < n; i++)
		if (of[i] != BOX_NONE) {
			s->both++;
			s->labels += found[i].label == gold[of[i]].label;
			s->overlap += box_overlap(&found[i], &gold[of[i]]);
		}
	s->tasks++;
	s->found += n;
	s->gold += n_gold;
	free(found);
	free(of);
	return good || too_crowded(j, t, e);
}

static void put_ratio(struct buf *b, const char *name, double of, double all)
{
	if (all > 0)
		json_put_knum(b, name, of / all);
	else
		json_put_knull(b, name);
}

static void put_judgement(struct buf *b, const struct score *s)
{
	double both = (double)s->both;

	buf_adds(b, "{\"kind\":\"judgement\",\"type\":\"box\"");
	json_put_kuint(b, "tasks", s->tasks);
	put_ratio(b, "precision", both, (double)s->found);
	put_ratio(b, "recall", both, (double)s->gold);
	put_ratio(b, "f1", 2 * both, (double)(s->found + s->gold));
	put_ratio(b, "overlap", s->overlap, both);
	put_ratio(b, "label_accuracy", (double)s->labels, both);
	if (!s->both)
		json_put_kstr(b, "why", !s->found ? STR("no boxes were found") : !s->gold ? STR("the gold has no boxes") :
		              STR("no box found is one of the gold"));
	buf_addc(b, '}');
}

static bool judge(const struct job *j, struct buf *b, struct err *e)
{
	struct score s = { 0 };

	if (!j->p->gold || part_clamps(j->p))
		return true;
	for (uint32_t t = 0; t < j->g.l.n_tasks; t++)
		if (j->g.gold[t] != AGREE_NO_GOLD && !judge_task(j, t, &s, e))
			return false;
	put_judgement(b, &s);
	if (s.tasks)
		agree_note(j->p->s, "box: on %llu gold task%s: %llu of the %llu boxes found are among the %llu of the gold",
		           (unsigned long long)s.tasks, s.tasks == 1 ? "" : "s", (unsigned long long)s.both,
		           (unsigned long long)s.found, (unsigned long long)s.gold);
	return true;
}

/* ---- emitting ------------------------------------------------------------------------------- */

static void put_box(struct buf *b, const struct job *j, const struct box *x)
{
	buf_addc(b, '{');
	region_put_label(b, &j->g, x->label);
	json_put_knum(b, "x", x->x);
	json_put_knum(b, "y", x->y);
	json_put_knum(b, "w", x->w);
	json_put_knum(b, "h", x->h);
	buf_addc(b, '}');
}

static void put_found(struct buf *b, const struct box_found *f)
{
	buf_addc(b, '{');
	json_put_knum(b, "share", f->share);
	json_put_knum(b, "label_share", f->label_share);
	json_put_knum(b, "overlap", f->overlap);
	json_put_kuint(b, "labels", f->n);
	if (f->label_tie)
		json_put_kbool(b, "tie", true);
	buf_addc(b, '}');
}

static void put_consensus(struct buf *b, const void *job, uint32_t t)
{
	const struct job *j = job;
	const struct box_set *s = &j->set;
	uint32_t at = j->g.task[t];
	bool tie = s->half[at] > 0;

	buf_adds(b, "{\"kind\":\"consensus\"");
	json_put_kstr(b, "task", ids_str(&j->p->tasks, t));
	json_put_key(b, "value");
	buf_addc(b, '[');
	for (size_t i = s->off[at]; i < s->off[at + 1]; i++) {
		json_put_sep(b);
		put_box(b, j, &s->found[i].box);
		tie = tie || s->found[i].label_tie;
	}
	buf_addc(b, ']');
	json_put_knum(b, "confidence", s->confidence[at]);
	json_put_kuint(b, "labels", j->p->l.t_off[t + 1] - j->p->l.t_off[t]);
	json_put_kstr(b, "method", str_of(part_class_of[TASK_BOX].methods[j->method]));
	json_put_kstr(b, "type", STR("box"));
	if (tie)
		json_put_kbool(b, "tie", true);
	json_put_key(b, "boxes");
	buf_addc(b, '[');
	for (size_t i = s->off[at]; i < s->off[at + 1]; i++) {
		json_put_sep(b);
		put_found(b, &s->found[i]);
	}
	buf_addc(b, ']');
}

static void notes(const struct job *j)
{
	struct agree *s = j->p->s;

	if (!j->set.converged)
		agree_note(s, "box: not converged after %u iteration%s: see --iterations and --tolerance", j->set.n_iter,
		           j->set.n_iter == 1 ? "" : "s");
	if (j->n_turned)
		agree_note(s, "box: %zu box%s turned: the rotation is ignored", j->n_turned,
		           j->n_turned == 1 ? " is" : "es are");
}

bool agree_box(struct part *p, struct sink *out, struct err *e)
{
	const struct agree_method *none;
	struct job j = { .p = p, .method = part_method(p, &none) };
	struct buf b = BUF_INIT;
	bool good = read_boxes(&j, e) && fit(&j, e) && judge(&j, &b, e);

	if (good) {
		const char *method = part_class_of[TASK_BOX].methods[j.method];
		struct regions_found f = { j.set.off, j.set.confidence, j.set.skill, method, method, "boxes" };
		notes(&j);
		if (b.n)
			out->line(out->ctx, buf_str(&b));
		buf_reset(&b);
		region_emit(&j.g, &f, &j, put_consensus, &b, out);
		region_report(&j.g, &f, STR("Boxes"),
		              "Confidence is the mean, over all places where somebody drew a box, of the weighted share of "
		              "workers who say the same: that there is one, or none.",
		              "Skill is how well the boxes of the worker overlap with the consensus.");
	}
	box_release(&j.set);
	regions_release(&j.g);
	buf_release(&b);
	free(j.box);
	return good;
}
