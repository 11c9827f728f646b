#include "stage/score-extra.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"
#include "math/exact.h"

static const double NEAR = 1e-6;

/* ---- taking ---------------------------------------------------------------------- */

static bool share(const struct json_field *f, double *p)
{
	return f->type == JSON_NUMBER && num_parse(f->raw, p) && *p >= 0 && *p <= 1;
}

static void put_cell(struct score_extra *x, uint32_t name, double p)
{
	if (x->n_cells == x->cap_cells) {
		x->cap_cells = mem_grow(x->cap_cells, x->n_cells + 64);
		x->cell = mem_realloc(x->cell, x->cap_cells, sizeof *x->cell);
	}
	x->cell[x->n_cells++] = (struct other_forecast){ name, p };
}

static bool read_cells(struct score_extra *x, const struct json_field *predict, struct err *e)
{
	struct json_record row = { 0 };
	struct exact sum = { 0 };
	bool good = json_read(&row, predict->raw, e);

	for (size_t i = 0; good && i < row.n; i++) {
		double p;
		if (!share(&row.field[i], &p)) {
			good = err_at(e, predict->byte + row.field[i].byte - 1,
			              "field \"predict\": expected probabilities from 0 to 1");
			break;
		}
		exact_add(&sum, p);
		put_cell(x, intern(&x->names, row.field[i].key), p);
	}
	double off = exact_value(&sum) - 1;
	if (good && !(off <= NEAR && off >= -NEAR))
		good = err_at(e, predict->byte, "field \"predict\": the probabilities do not sum to 1");
	json_record_release(&row);
	return good;
}

static bool take_predict(struct score_extra *x, uint32_t label, const struct json_field *f, struct err *e)
{
	size_t from = x->n_cells;

	if (f->type != JSON_OBJECT)
		return err_at(e, f->byte, "field \"predict\": expected an object, got %s", json_type_name(f->type));
	if (!read_cells(x, f, e)) {
		x->n_cells = from;
		return false;
	}
	if (x->n_predict == x->cap_predict) {
		x->cap_predict = mem_grow(x->cap_predict, x->n_predict + 64);
		x->label = mem_realloc(x->label, x->cap_predict, sizeof *x->label);
		x->from = mem_realloc(x->from, x->cap_predict, sizeof *x->from);
	}
	x->label[x->n_predict] = label;
	x->from[x->n_predict++] = (uint32_t)from;
	return true;
}

static void put_confidence(struct score_extra *x, uint32_t label, double c)
{
	if (label >= x->cap) {
		x->cap = mem_grow(x->cap, (size_t)label + 256);
		x->confidence = mem_realloc(x->confidence, x->cap, sizeof *x->confidence);
	}
	while (x->n < label)
		x->confidence[x->n++] = -1;
	x->confidence[x->n++] = c;
}

bool score_extra_take(struct score_extra *x, uint32_t label, const struct json_record *r, struct err *e)
{
	const struct json_field *confidence = json_get(r, STR("confidence")), *predict = json_get(r, STR("predict"));
	double c = -1;

	if (confidence && !share(confidence, &c))
		return err_at(e, confidence->byte, "field \"confidence\": expected a probability from 0 to 1");
	if (predict && !take_predict(x, label, predict, e))
		return false;
	if (confidence)
		put_confidence(x, label, c);
	return true;
}

/* ---- asking ------------------------------------------------------------------------ */

double score_extra_confidence(const struct score_extra *x, uint32_t label)
{
	return label < x->n ? x->confidence[label] : -1;
}

const struct other_forecast *score_extra_predict(const struct score_extra *x, uint32_t label, size_t *n)
{
	size_t lo = 0, hi = x->n_predict;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (x->label[mid] < label)
			lo = mid + 1;
		else
			hi = mid;
	}
	*n = 0;
	if (lo == x->n_predict || x->label[lo] != label)
		return NULL;
	*n = (lo + 1 < x->n_predict ? x->from[lo + 1] : x->n_cells) - x->from[lo];
	return x->cell + x->from[lo];
}

void score_extra_release(struct score_extra *x)
{
	intern_release(&x->names);
	free(x->confidence);
	free(x->label);
	free(x->from);
	free(x->cell);
	*x = (struct score_extra){ 0 };
}

/* ---- which label counts ---------------------------------------------------------------- */

uint32_t *score_last(const uint32_t *off, const uint32_t *minor, size_t n_major, size_t n_minor, size_t n,
                     const uint32_t *major_of, const uint32_t *minor_of)
{
	uint32_t *last = mem_alloc(off[n_major], sizeof *last);
	uint32_t *start = mem_zalloc(n_major + 2, sizeof *start), *by = mem_alloc(n, sizeof *by);
	uint32_t *place = mem_zalloc(n_minor, sizeof *place);       /* 1 + where the minor is in this range */

	for (size_t i = 0; i < n; i++)
		if (major_of[i] < n_major)
			start[major_of[i] + 2]++;
	for (size_t k = 0; k < n_major; k++)
		start[k + 2] += start[k + 1];
	for (size_t i = 0; i < n; i++)
		if (major_of[i] < n_major)
			by[start[major_of[i] + 1]++] = (uint32_t)i;
	for (size_t k = 0; k < n_major; k++) {
		for (uint32_t p = off[k]; p < off[k + 1]; p++) {
			place[minor[p]] = p + 1;
			last[p] = INTERN_NONE;
		}
		for (uint32_t i = start[k]; i < start[k + 1]; i++)
			if (minor_of[by[i]] < n_minor && place[minor_of[by[i]]])
				last[place[minor_of[by[i]]] - 1] = by[i];
		for (uint32_t p = off[k]; p < off[k + 1]; p++)
			place[minor[p]] = 0;
	}
	free(start);
	free(by);
	free(place);
	return last;
}
