/* shard-model - the model that shards share: read from records, kept, written.
 *
 *	{"kind":"model","method":"ds","iteration":2,"converged":false,...,"classes":["cat","dog"],"prior":[0.6,0.4]}
 *	{"kind":"param","worker":"ann","labels":3,"confusion":{"cat":{"cat":0.9,"dog":0.1},"dog":{"dog":1}}}
 *
 * lbl-records(5) has all fields.  The model record comes before its param records; these may
 * come in any order.  What is inconsistent in itself is bad input: a row that is no
 * distribution, classes out of order, too few workers.
 */
#ifndef STAGE_SHARD_MODEL_H
#define STAGE_SHARD_MODEL_H

#include "agree/shard.h"
#include "data/intern.h"
#include "rec/rec.h"
#include "stage/stage.h"

/* Classes in bytewise order of their keys (rec/value.h): an id is a class.  No two have the same text. */
struct shard_classes {
	struct intern key, name;
};

/* shard_classes_read - from an array of values; false and *e unless it is one as above */
bool shard_classes_read(struct shard_classes *c, const struct json_field *list, struct err *e);
bool shard_classes_add(struct shard_classes *c, struct str key, struct err *e);    /* keys in rising order */
void shard_classes_put(struct buf *b, const struct shard_classes *c);              /* the member "classes" */
bool shard_classes_same(const struct shard_classes *a, const struct shard_classes *b);
void shard_classes_release(struct shard_classes *c);

/* shard_numbers - n numbers from min up, out of an array of just so many */
bool shard_numbers(const struct json_field *list, const char *field, size_t n, double min, double *out, struct err *e);
void shard_put_numbers(struct buf *b, const char *field, const double *x, size_t n);

/* shard_cells_read - each entry of {"TRUTH":{"LABEL":NUMBER,...},...} to fn, numbers from 0 up */
typedef bool shard_cell_fn(void *ctx, struct str truth, struct str label, double x, struct err *e);
bool shard_cells_read(const struct json_field *object, const char *field, shard_cell_fn *fn, void *ctx, struct err *e);

/* shard_put_cells - K x K as such an object, zeros left out; all classes are there */
void shard_put_cells(struct buf *b, const char *field, const struct shard_classes *c, const double *x);

/* shard_objective_read - a number, or null */
bool shard_objective_read(const struct json_field *f, bool *known, double *out, struct err *e);

struct model {
	bool there, converged;
	bool lost;                      /* a record of it was bad */
	enum shard_method method;
	struct shard_classes classes;
	size_t K, cells;                /* cells: numbers a worker */
	double *prior;
	uint64_t iteration, n_tasks, n_labels, n_workers;
	bool known;                     /* objective is */
	double objective, penalty;
	struct intern workers;
	double *param;                  /* by worker, cells each */
	uint64_t *labels;               /* by worker */
	size_t cap;
	uint64_t id;                    /* stands for all of it, whatever the order of the param records */
};

/* model_take - a model or param record; a second model is bad input */
bool model_take(struct model *m, struct str kind, const struct json_record *r, struct arena *a, struct err *e);

/* model_check - after the last record: is it whole? */
bool model_check(const struct model *m, struct err *e);

/* model_worker - room for the numbers of a worker, who is new; its id */
uint32_t model_worker(struct model *m, struct str worker);

/* model_emit - the records, workers in bytewise order */
void model_emit(const struct model *m, struct sink *out);

void model_release(struct model *m);

/* shard_id_text - an id as 16 hexadecimal digits and a NUL */
enum { SHARD_ID = 17 };
void shard_id_text(uint64_t id, char text[SHARD_ID]);

#endif
