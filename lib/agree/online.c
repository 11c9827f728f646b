#include "agree/online.h"

#include <stdlib.h>
#include <string.h>

#include "agree/em.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/explog.h"

static const double diag = 4, off = 1;

void online_init(struct online *o, size_t n_classes)
{
	*o = (struct online){ .K = n_classes };
	o->classes = mem_alloc(n_classes, sizeof *o->classes);
	for (size_t c = 0; c < n_classes; c++)
		o->classes[c] = 1;
	o->n_decided = (double)n_classes;
}

void online_release(struct online *o)
{
	free(o->n);
	free(o->row);
	free(o->classes);
	*o = (struct online){ 0 };
}

/* room for n workers, the new ones with the prior */
static void need(struct online *o, size_t n)
{
	size_t K = o->K;

	if (n > o->cap) {
		o->cap = mem_grow(o->cap, n);
		BUG_ON(o->cap > SIZE_MAX / K / K / sizeof *o->n);
		o->n = mem_realloc(o->n, o->cap * K * K, sizeof *o->n);
		o->row = mem_realloc(o->row, o->cap * K, sizeof *o->row);
	}
	for (; o->n_workers < n; o->n_workers++) {
		double *count = o->n + o->n_workers * K * K;
		for (size_t i = 0; i < K * K; i++)
			count[i] = i / K == i % K ? diag : off;
		for (size_t c = 0; c < K; c++)
			o->row[o->n_workers * K + c] = diag + off * (double)(K - 1);
	}
}

void online_earlier(struct online *o, size_t n_workers, const double *counts, const double *class_counts)
{
	size_t K = o->K;

	need(o, counts ? n_workers : 0);
	for (size_t i = 0; counts && i < n_workers * K * K; i++) {
		size_t w = i / K / K, c = i / K % K, v = i % K;
		o->n[(w * K + v) * K + c] += counts[i];
		o->row[w * K + c] += counts[i];
	}
	for (size_t c = 0; class_counts && c < K; c++) {
		o->classes[c] += class_counts[c];
		o->n_decided += class_counts[c];
	}
}

void online_decide(struct online *o, const uint32_t *worker, const uint32_t *value, size_t n, uint32_t gold, double *q)
{
	size_t K = o->K;
	double most, sum = 0;

	if (gold != AGREE_NO_GOLD) {
		memset(q, 0, K * sizeof *q);
		q[gold] = 1;
		return;
	}
	for (size_t c = 0; c < K; c++)
		q[c] = m_log(o->classes[c] / o->n_decided);
	for (size_t i = 0; i < n; i++) {
		need(o, (size_t)worker[i] + 1);
		const double *count = o->n + ((size_t)worker[i] * K + value[i]) * K;
		const double *row = o->row + (size_t)worker[i] * K;
		for (size_t c = 0; c < K; c++)
			q[c] += m_log(count[c] / row[c]);
	}
	most = q[0];
	for (size_t c = 1; c < K; c++)
		most = q[c] > most ? q[c] : most;
	for (size_t c = 0; c < K; c++)
		sum += q[c] = m_exp(q[c] - most);
	for (size_t c = 0; c < K; c++)
		q[c] /= sum;
}

void online_learn(struct online *o, const uint32_t *worker, const uint32_t *value, size_t n, const double *q)
{
	size_t K = o->K;

	for (size_t i = 0; i < n; i++) {
		need(o, (size_t)worker[i] + 1);
		double *count = o->n + ((size_t)worker[i] * K + value[i]) * K;
		double *row = o->row + (size_t)worker[i] * K;
		for (size_t c = 0; c < K; c++) {
			count[c] += q[c];
			row[c] += q[c];
		}
	}
	for (size_t c = 0; n && c < K; c++) {
		o->classes[c] += q[c];
		o->n_decided += q[c];
	}
}

/* all tasks once; decided by *by, which may be *learn itself */
static void pass(const struct labels *l, const uint32_t *gold, struct online *by, struct online *learn, double *q)
{
	for (size_t t = 0; t < l->n_tasks; t++) {
		size_t i = l->t_off[t], n = l->t_off[t + 1] - i;
		uint32_t g = gold ? gold[t] : AGREE_NO_GOLD;
		online_decide(by, l->t_worker + i, l->t_value + i, n, g, q + t * l->n_classes);
		online_learn(learn, l->t_worker + i, l->t_value + i, n, q + t * l->n_classes);
	}
}

static void results(struct online *s, const struct labels *l, unsigned threads, struct agree_fit *f)
{
	size_t K = s->K;

	need(s, l->n_workers);
	f->prior = mem_alloc(K, sizeof *f->prior);
	f->e = mem_alloc(l->n_workers * K * K, sizeof *f->e);
	f->counts = mem_alloc(l->n_workers * K * K, sizeof *f->counts);
	for (size_t c = 0; c < K; c++)
		f->prior[c] = s->classes[c] / s->n_decided;
	for (size_t i = 0; i < l->n_workers * K * K; i++) {
		size_t w = i / K / K, c = i / K % K, v = i % K;
		f->e[i] = s->n[(w * K + v) * K + c] / s->row[w * K + c];
		f->skill[w] += v == c ? f->prior[c] * f->e[i] : 0;
	}
	em_count_workers(l, f->q, threads, f->counts);
}

void agree_online(const struct labels *l, const struct agree_opt *o, struct agree_fit *out)
{
	unsigned passes = o->max_iter ? o->max_iter : 1;
	struct online s = { 0 }, next;

	BUG_ON(!l->t_off);
	agree_fit_init(l, out);
	out->converged = true;
	if (!l->n_classes)
		return;
	online_init(&s, l->n_classes);
	online_earlier(&s, l->n_workers, o->counts, o->class_counts);
	pass(l, o->gold, &s, &s, out->q);
	for (out->n_iter = 1; out->n_iter < passes; out->n_iter++) {
		online_init(&next, l->n_classes);
		online_earlier(&next, l->n_workers, o->counts, o->class_counts);
		pass(l, o->gold, &s, &next, out->q);
		online_release(&s);
		s = next;
	}
	results(&s, l, o->threads, out);
	online_release(&s);
}
