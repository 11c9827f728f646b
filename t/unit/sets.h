/* sets - what the tests of the pure layers share: closeness and label files. */
#ifndef T_SETS_H
#define T_SETS_H

#include <cjson/cJSON.h>

#include "base/mem.h"
#include "data/intern.h"
#include "data/labels.h"
#include "tap.h"

/* near - equal to within tol, relative to the larger of 1 and |want| */
__attribute__((unused))
static bool near(double got, double want, double tol)
{
	double scale = want > 1 ? want : want < -1 ? -want : 1, d = got - want;

	return (d < 0 ? -d : d) <= tol * scale;
}

/* furthest - largest |a[i] - b[i]|; a NaN counts as infinitely far */
__attribute__((unused))
static double furthest(const double *a, const double *b, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		double d = a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
		if (!(d <= most))
			most = d == d ? d : 1e300;
	}
	return most;
}

/* each_line - call fn with every line of an NDJSON file */
__attribute__((unused))
static void each_line(const char *path, void (*fn)(const cJSON *line, void *ctx), void *ctx)
{
	struct buf text = slurp(path);

	for (char *p = text.p; p && p < text.p + text.n; ) {
		char *end = memchr(p, '\n', (size_t)(text.p + text.n - p));
		size_t n = end ? (size_t)(end - p) : (size_t)(text.p + text.n - p);
		cJSON *j = n ? cJSON_ParseWithLength(p, n) : NULL;
		if (j)
			fn(j, ctx);
		cJSON_Delete(j);
		p += n + 1;
	}
	buf_release(&text);
}

__attribute__((unused))
static cJSON *json_file(const char *path)
{
	struct buf text = slurp(path);
	cJSON *j = cJSON_ParseWithLength(text.p, text.n);

	buf_release(&text);
	return j;
}

struct set {
	struct intern tasks, workers, values;
	uint32_t *rank;        /* of a value's id: its class */
	struct labels l;
};

/* value_id - a string or a number; the number by its shortest exact text */
__attribute__((unused))
static uint32_t value_id(struct intern *in, const cJSON *v)
{
	char text[40];

	if (cJSON_IsString(v))
		return intern(in, str_of(v->valuestring));
	snprintf(text, sizeof text, "%.17g", v->valuedouble);
	return intern(in, str_of(text));
}

__attribute__((unused))
static void set_line(const cJSON *j, void *ctx)
{
	struct set *s = ctx;
	const cJSON *t = cJSON_GetObjectItem(j, "task"), *w = cJSON_GetObjectItem(j, "worker");
	const cJSON *v = cJSON_GetObjectItem(j, "value");

	labels_add(&s->l, intern(&s->tasks, str_of(t->valuestring)),
	           intern(&s->workers, str_of(w->valuestring)), value_id(&s->values, v));
}

/* set_load - a label file, grouped, classes in bytewise order */
__attribute__((unused))
static void set_load(struct set *s, const char *path)
{
	*s = (struct set){ 0 };
	each_line(path, set_line, s);
	s->rank = mem_alloc(s->values.n, sizeof *s->rank);
	intern_sort(&s->values, s->rank, NULL);
	labels_map_values(&s->l, s->rank);
	labels_group(&s->l, false);
}

__attribute__((unused))
static void set_release(struct set *s)
{
	intern_release(&s->tasks);
	intern_release(&s->workers);
	intern_release(&s->values);
	labels_release(&s->l);
	free(s->rank);
}

#endif
