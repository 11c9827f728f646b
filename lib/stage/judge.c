#include "stage/judge.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"

/* The smallest factor a model is taken to mean: agree/ds.h clips there too. */
static const double SMALLEST = 1e-10;

static void push(struct judge *j, struct judge_cell c)
{
	if (j->n_cells == j->cap_cells) {
		j->cap_cells = mem_grow(j->cap_cells, j->n_cells + 1024);
		j->cell = mem_realloc(j->cell, j->cap_cells, sizeof *j->cell);
	}
	j->cell[j->n_cells++] = c;
}

/* span i of a table that grows as needed, new ones empty */
static struct judge_span *span_at(struct judge_span **spans, size_t *n, size_t *cap, uint32_t i)
{
	if (i >= *cap) {
		*cap = mem_grow(*cap, (size_t)i + 256);
		*spans = mem_realloc(*spans, *cap, sizeof **spans);
	}
	for (; *n <= i; (*n)++)
		(*spans)[*n] = (struct judge_span){ 0, 0 };
	return &(*spans)[i];
}

static bool probability(const struct json_field *f, const char *where, double *p, struct err *e)
{
	if (f->type != JSON_NUMBER || !num_parse(f->raw, p) || *p < 0 || *p > 1)
		return err_set(e, "field \"%s\": expected probabilities from 0 to 1", where);
	return true;
}

/* {"label":p, ...}: one row of a confusion matrix, or a posterior (by_label: the keys are labels) */
static bool read_row(struct judge *j, struct str object, const char *where, bool by_label, uint32_t truth,
                     struct err *e)
{
	struct json_record row = { 0 };
	bool good = json_read(&row, object, e);

	for (size_t i = 0; good && i < row.n; i++) {
		uint32_t key = intern(&j->names, row.field[i].key);
		struct judge_cell c = { by_label ? truth : key, by_label ? key : 0, 0 };
		good = probability(&row.field[i], where, &c.p, e);
		if (good)
			push(j, c);
	}
	json_record_release(&row);
	return good;
}

bool judge_consensus(struct judge *j, uint32_t task, const struct rec_consensus *c, struct err *e)
{
	struct judge_span *s = span_at(&j->posterior, &j->n_posteriors, &j->cap_posteriors, task);
	size_t from = j->n_cells;

	*s = (struct judge_span){ from, 0 };
	if (!rec_has(&c->posterior))
		return true;
	if (!read_row(j, c->posterior.raw, "posterior", false, 0, e))
		return false;
	s->n = (uint32_t)(j->n_cells - from);
	return true;
}

bool judge_skill(struct judge *j, uint32_t worker, const struct rec_skill *k, struct err *e)
{
	struct judge_span *s = span_at(&j->confusion, &j->n_confusions, &j->cap_confusions, worker);
	struct json_record rows = { 0 };
	size_t from = j->n_cells;

	*s = (struct judge_span){ from, 0 };
	if (!rec_has(&k->confusion))
		return true;
	bool good = json_read(&rows, k->confusion.raw, e);
	for (size_t i = 0; good && i < rows.n; i++) {
		const struct json_field *row = &rows.field[i];
		if (row->type != JSON_OBJECT)
			good = err_set(e, "field \"confusion\": expected an object for each class");
		else
			good = read_row(j, row->raw, "confusion", true, intern(&j->names, row->key), e);
	}
	json_record_release(&rows);
	if (good)
		j->confusion[worker].n = (uint32_t)(j->n_cells - from);
	return good;
}

bool judge_has(const struct judge *j, uint32_t task, uint32_t worker)
{
	return task < j->n_posteriors && j->posterior[task].n && worker < j->n_confusions && j->confusion[worker].n;
}

/* p(worker says label | truth); a pair that the matrix does not hold was never seen */
static double factor(const struct judge *j, uint32_t worker, uint32_t truth, uint32_t label)
{
	const struct judge_span *s = &j->confusion[worker];

	for (size_t i = s->from; i < s->from + s->n; i++)
		if (j->cell[i].truth == truth && j->cell[i].label == label)
			return j->cell[i].p > SMALLEST ? j->cell[i].p : SMALLEST;
	return SMALLEST;
}

bool judge_others(const struct judge *j, uint32_t task, uint32_t worker, uint32_t name, uint32_t *winner,
                  double *confidence)
{
	const struct judge_span *s = &j->posterior[task];
	double sum = 0, best = -1;
	bool tie = false;

	for (size_t i = s->from; i < s->from + s->n; i++) {
		double p = j->cell[i].p / factor(j, worker, j->cell[i].truth, name);
		sum += p;
		if (p > best) {
			best = p;
			tie = false;
			*winner = j->cell[i].truth;
		} else if (p == best) {
			tie = true;
		}
	}
	if (tie || sum <= 0)
		return false;
	*confidence = best / sum;
	return true;
}

void judge_release(struct judge *j)
{
	intern_release(&j->names);
	free(j->cell);
	free(j->posterior);
	free(j->confusion);
	*j = (struct judge){ 0 };
}
