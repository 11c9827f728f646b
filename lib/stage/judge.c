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
		(*spans)[*n] = (struct judge_span){ 0 };
	return &(*spans)[i];
}

/* {"label":p, ...}: one row of a confusion matrix, or a posterior (by_label: the keys are
 * labels); byte is its place in the line */
static bool read_row(struct judge *j, const struct json_field *object, size_t byte, const char *where, bool by_label,
                     uint32_t truth, struct err *e)
{
	struct json_record row = { 0 };
	bool good = json_read(&row, object->raw, e);

	for (size_t i = 0; good && i < row.n; i++) {
		const struct json_field *f = &row.field[i];
		uint32_t key = intern(&j->names, f->key);
		struct judge_cell c = { by_label ? truth : key, by_label ? key : 0, 0 };
		if (f->type != JSON_NUMBER || !num_parse(f->raw, &c.p) || c.p < 0 || c.p > 1)
			good = err_at(e, byte + f->byte - 1, "field \"%s\": expected probabilities from 0 to 1", where);
		else
			push(j, c);
	}
	json_record_release(&row);
	return good;
}

static bool read_matrix(struct judge *j, const struct json_field *object, struct err *e)
{
	struct json_record rows = { 0 };
	bool good = json_read(&rows, object->raw, e);

	for (size_t i = 0; good && i < rows.n; i++) {
		const struct json_field *row = &rows.field[i];
		size_t byte = object->byte + row->byte - 1;
		if (row->type != JSON_OBJECT)
			good = err_at(e, byte, "field \"confusion\": expected an object for each class");
		else
			good = read_row(j, row, byte, "confusion", true, intern(&j->names, row->key), e);
	}
	json_record_release(&rows);
	return good;
}

static int by_label_and_truth(const void *a, const void *b)
{
	const struct judge_cell *x = a, *y = b;

	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return (x->truth > y->truth) - (x->truth < y->truth);
}

/* The cells pushed since from become the span; or, when the record was bad, it stays
 * what it was, as if the record had not been there. */
static bool settle(struct judge *j, struct judge_span *s, size_t from, bool good, uint64_t *replaced)
{
	if (!good) {
		j->n_cells = from;
		return false;
	}
	*replaced += s->known;
	*s = (struct judge_span){ from, (uint32_t)(j->n_cells - from), true };
	return true;
}

bool judge_consensus(struct judge *j, uint32_t task, const struct rec_consensus *c, struct err *e)
{
	struct judge_span *s = span_at(&j->posterior, &j->n_posteriors, &j->cap_posteriors, task);
	const struct json_field *p = &c->posterior;
	size_t from = j->n_cells;

	return settle(j, s, from, !rec_has(p) || read_row(j, p, p->byte, "posterior", false, 0, e),
	              &j->consensus_replaced);
}

bool judge_skill(struct judge *j, uint32_t worker, const struct rec_skill *k, struct err *e)
{
	struct judge_span *s = span_at(&j->confusion, &j->n_confusions, &j->cap_confusions, worker);
	size_t from = j->n_cells;

	if (!settle(j, s, from, !rec_has(&k->confusion) || read_matrix(j, &k->confusion, e), &j->skills_replaced))
		return false;
	if (s->n)                               /* factor() searches it */
		qsort(j->cell + from, s->n, sizeof *j->cell, by_label_and_truth);
	return true;
}

bool judge_knows(const struct judge *j, uint32_t worker)
{
	return worker < j->n_confusions && j->confusion[worker].n;
}

bool judge_has(const struct judge *j, uint32_t task, uint32_t worker)
{
	return task < j->n_posteriors && j->posterior[task].n && judge_knows(j, worker);
}

/* p(worker says label | truth); a pair that the matrix does not hold was never seen */
static double factor(const struct judge *j, uint32_t worker, uint32_t truth, uint32_t label)
{
	const struct judge_span *s = &j->confusion[worker];
	struct judge_cell want = { truth, label, 0 };
	const struct judge_cell *c = bsearch(&want, j->cell + s->from, s->n, sizeof want, by_label_and_truth);

	return c && c->p > SMALLEST ? c->p : SMALLEST;
}

bool judge_divide(const struct judge *j, const struct judge_cell *posterior, size_t n, const struct judge_said *said,
                  size_t n_said, uint32_t *winner, double *confidence)
{
	double sum = 0, best = -1;
	bool tie = false;

	for (size_t i = 0; i < n; i++) {
		double p = posterior[i].p;
		for (size_t k = 0; k < n_said; k++)
			p /= factor(j, said[k].worker, posterior[i].truth, said[k].name);
		sum += p;
		if (p > best) {
			best = p;
			tie = false;
			*winner = posterior[i].truth;
		} else if (p == best) {
			tie = true;
		}
	}
	if (tie || sum <= 0)
		return false;
	*confidence = best / sum;
	return *confidence <= 1;        /* else so many labels of one person were divided out that it overflowed */
}

bool judge_others(const struct judge *j, uint32_t task, const struct judge_said *said, size_t n, uint32_t *winner,
                  double *confidence)
{
	const struct judge_span *s = &j->posterior[task];

	return judge_divide(j, j->cell + s->from, s->n, said, n, winner, confidence);
}

struct judge_cell *judge_prior(const struct judge *j, size_t *n)
{
	struct judge_cell *prior = mem_zalloc(j->names.n, sizeof *prior);
	size_t many = 0;

	for (size_t t = 0; t < j->n_posteriors; t++)
		for (size_t i = j->posterior[t].from; i < j->posterior[t].from + j->posterior[t].n; i++)
			prior[j->cell[i].truth].p += j->cell[i].p;
	for (uint32_t k = 0; k < j->names.n; k++)
		if (prior[k].p > 0)
			prior[many++] = (struct judge_cell){ k, 0, prior[k].p };
	*n = many > JUDGE_CLASSES ? 0 : many;
	if (*n)
		return prior;
	free(prior);
	return NULL;
}

/* The largest becomes 1, so that no number of labels makes all of them 0. */
void judge_multiply(const struct judge *j, struct judge_cell *posterior, size_t n, struct judge_said said)
{
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		posterior[i].p *= factor(j, said.worker, posterior[i].truth, said.name);
		if (posterior[i].p > most)
			most = posterior[i].p;
	}
	for (size_t i = 0; i < n; i++)
		posterior[i].p /= most;
}

void judge_release(struct judge *j)
{
	intern_release(&j->names);
	free(j->cell);
	free(j->posterior);
	free(j->confusion);
	*j = (struct judge){ 0 };
}
