#include "stage/earlier.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/num.h"

static bool take_row(struct earlier *p, const struct json_field *row, struct json_record *r, struct err *e)
{
	uint32_t truth = intern(&p->names, row->key);

	if (row->type != JSON_OBJECT)
		return err_set(e, "field \"counts\": expected an object for each class");
	if (!json_read(r, row->raw, e))
		return false;
	for (size_t i = 0; i < r->n; i++) {
		double v;
		if (r->field[i].type != JSON_NUMBER || !num_parse(r->field[i].raw, &v) || v < 0)
			return err_set(e, "field \"counts\": expected numbers from 0");
		if (p->n == p->cap) {
			p->cap = mem_grow(p->cap, p->n + 256);
			p->cell = mem_realloc(p->cell, p->cap, sizeof *p->cell);
		}
		p->cell[p->n++] = (struct earlier_cell){ truth, intern(&p->names, r->field[i].key), v };
	}
	return true;
}

bool earlier_take(struct earlier *p, const struct rec_skill *s, struct err *e)
{
	struct json_record rows = { 0 }, row = { 0 };
	size_t from = p->n;

	if (!rec_has(&s->counts))
		return true;
	bool good = s->counts.type == JSON_OBJECT || err_set(e, "field \"counts\": expected an object");
	good = good && json_read(&rows, s->counts.raw, e);
	for (size_t i = 0; good && i < rows.n; i++)
		good = take_row(p, &rows.field[i], &row, e);
	json_record_release(&rows);
	json_record_release(&row);
	if (!good) {
		p->n = from;
		return false;
	}
	uint32_t w = intern(&p->workers, s->worker);
	if (w >= p->cap_of) {
		p->cap_of = mem_grow(p->cap_of, (size_t)w + 64);
		p->of = mem_realloc(p->of, p->cap_of, sizeof *p->of);
	}
	if (w >= p->n_of)
		p->n_of = (size_t)w + 1;        /* ids are given in order: never a gap */
	p->of[w].from = from;
	p->of[w].n = p->n - from;
	return true;
}

/* by name: its class, INTERN_NONE when it is none of the K; owned */
static uint32_t *classes_of(const struct earlier *p, const struct str *name, size_t K)
{
	uint32_t *class_of = mem_alloc(p->names.n, sizeof *class_of);

	for (size_t i = 0; i < p->names.n; i++)
		class_of[i] = INTERN_NONE;
	for (size_t k = 0; k < K; k++) {
		uint32_t i = intern_find(&p->names, name[k]);
		if (i != INTERN_NONE)
			class_of[i] = (uint32_t)k;
	}
	return class_of;
}

double *earlier_table(const struct earlier *p, const struct ids *workers, size_t n_workers, const struct str *name,
                      size_t K, double weight)
{
	uint32_t *class_of = classes_of(p, name, K);
	double *table = NULL;

	for (size_t w = 0; w < n_workers; w++) {
		uint32_t old = intern_find(&p->workers, ids_str(workers, (uint32_t)w));
		for (size_t i = 0; old != INTERN_NONE && i < p->of[old].n; i++) {
			const struct earlier_cell *c = &p->cell[p->of[old].from + i];
			if (class_of[c->truth] == INTERN_NONE || class_of[c->label] == INTERN_NONE)
				continue;
			if (!table)
				table = mem_zalloc(n_workers, K * K * sizeof *table);
			table[(w * K + class_of[c->truth]) * K + class_of[c->label]] = c->count * weight;
		}
	}
	free(class_of);
	return table;
}

static int by_cell(const void *a, const void *b)
{
	const struct sparse_cell *x = a, *y = b;

	if (x->truth != y->truth)
		return x->truth < y->truth ? -1 : 1;
	return (x->label > y->label) - (x->label < y->label);
}

struct sparse_cells earlier_cells(const struct earlier *p, const struct ids *workers, size_t n_workers,
                                  const struct str *name, size_t K, double weight)
{
	uint32_t *class_of = classes_of(p, name, K);
	struct sparse_cells s = { mem_alloc(n_workers + 1, sizeof *s.off), mem_alloc(p->n, sizeof *s.cell) };
	size_t n = 0;

	for (size_t w = 0; w < n_workers; w++) {
		uint32_t old = intern_find(&p->workers, ids_str(workers, (uint32_t)w));
		s.off[w] = n;
		for (size_t i = 0; old != INTERN_NONE && i < p->of[old].n; i++) {
			const struct earlier_cell *c = &p->cell[p->of[old].from + i];
			uint32_t truth = class_of[c->truth], label = class_of[c->label];
			if (truth != INTERN_NONE && label != INTERN_NONE && c->count > 0)
				s.cell[n++] = (struct sparse_cell){ truth, label, c->count * weight };
		}
		qsort(s.cell + s.off[w], n - s.off[w], sizeof *s.cell, by_cell);
	}
	s.off[n_workers] = n;
	free(class_of);
	return s;
}

void earlier_release(struct earlier *p)
{
	intern_release(&p->workers);
	intern_release(&p->names);
	free(p->cell);
	free(p->of);
	*p = (struct earlier){ 0 };
}
