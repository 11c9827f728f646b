#include "agree/shard.h"

#include <stdlib.h>
#include <string.h>

#include "agree/ds.h"
#include "agree/dsmap.h"
#include "agree/em.h"
#include "agree/mv.h"
#include "agree/onecoin.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/explog.h"

static const char *const names[N_SHARD_METHODS] = { "ds", "ds-map", "onecoin" };

bool shard_method_find(struct str name, enum shard_method *out)
{
	for (int i = 0; i < N_SHARD_METHODS; i++)
		if (str_is(name, names[i])) {
			*out = (enum shard_method)i;
			return true;
		}
	return false;
}

const char *shard_method_name(enum shard_method m)
{
	return names[m];
}

bool shard_has_matrix(enum shard_method m)
{
	return m != SHARD_ONECOIN;
}

size_t shard_cells(enum shard_method m, size_t K)
{
	return shard_has_matrix(m) ? K * K : 1;
}

/* ---- E step ------------------------------------------------------------------------ */

static bool has_labels(const struct labels *l, size_t t)
{
	return l->t_off[t] < l->t_off[t + 1];
}

static void vote_shares(const struct labels *l, const uint32_t *gold, unsigned threads, double *q)
{
	size_t K = l->n_classes;

	mv_shares(l, threads, q);
	for (size_t t = 0; gold && t < l->n_tasks; t++)
		for (size_t c = 0; gold[t] != AGREE_NO_GOLD && c < K; c++)
			q[t * K + c] = c == gold[t];
}

/* the tables that em_e_step reads, from the parameters */
static void set_model(struct em *em, const struct shard_model *m)
{
	size_t K = em->K;

	for (size_t c = 0; c < K; c++)
		em->lp[c] = m_log(m->prior[c] > em_floor ? m->prior[c] : em_floor);
	for (size_t w = 0; w < em->l->n_workers; w++) {
		if (!shard_has_matrix(m->method)) {
			onecoin_set(em, w, m->param[w]);
			continue;
		}
		double *le = em->le + w * K * K;
		m_log_n(m->param + w * K * K, le, K * K);
		em_transpose(le, K);
	}
}

static double e_step(const struct labels *l, const struct shard_model *m, const uint32_t *gold, unsigned threads,
                     double *q)
{
	double *prior = mem_alloc(l->n_classes, sizeof *prior);
	struct em em;

	em_init(&em, l, threads, shard_has_matrix(m->method) ? NULL : onecoin_rows, q, prior);
	em.gold = gold;
	set_model(&em, m);
	double loglik = em_e_step(&em, false);
	em_release(&em);
	free(prior);
	return loglik;
}

static void add_totals(const struct labels *l, const double *q, struct shard_counts *out)
{
	size_t K = l->n_classes;
	struct exact *sum = mem_zalloc(K, sizeof *sum);

	for (size_t t = 0; t < l->n_tasks; t++) {
		if (!has_labels(l, t))
			continue;
		out->n_tasks++;
		for (size_t c = 0; c < K; c++)
			exact_add(&sum[c], q[t * K + c]);
	}
	for (size_t c = 0; c < K; c++)
		out->total[c] = exact_value(&sum[c]);
	free(sum);
}

static void count_right(const struct labels *l, const double *q, double *right, double *rest)
{
	for (size_t w = 0; w < l->n_workers; w++) {
		struct tally sum = { 0, 0 };
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
			tally_add(&sum, q[(size_t)l->w_task[i] * l->n_classes + l->w_value[i]]);
		right[w] = tally_down(&sum, &rest[w]);
	}
}

void shard_e_step(const struct labels *l, enum shard_method method, const struct shard_model *m,
                  const uint32_t *gold, unsigned threads, double *q, struct shard_counts *out)
{
	size_t K = l->n_classes;

	*out = (struct shard_counts){ 0 };
	out->count = mem_alloc(l->n_workers * shard_cells(method, K), sizeof *out->count);
	out->total = mem_alloc(K, sizeof *out->total);
	if (m)
		out->loglik = e_step(l, m, gold, threads, q);
	else
		vote_shares(l, gold, threads, q);
	if (shard_has_matrix(method)) {
		em_count_workers(l, q, threads, out->count);
	} else {
		out->rest = mem_alloc(l->n_workers, sizeof *out->rest);
		count_right(l, q, out->count, out->rest);
	}
	add_totals(l, q, out);
}

void shard_counts_release(struct shard_counts *c)
{
	free(c->count);
	free(c->rest);
	free(c->total);
	*c = (struct shard_counts){ 0 };
}

/* ---- the merge --------------------------------------------------------------------- */

__extension__ typedef unsigned __int128 u128;

enum { UNIT = 80 };     /* a tally counts units of 2^-80 */

void tally_add(struct tally *t, double x)
{
	uint64_t u;
	u128 term = 0;

	memcpy(&u, &x, sizeof u);
	int e = (int)(u >> 52) & 0x7ff, by = (e ? e : 1) - 1075 + UNIT;
	u128 m = (u & 0xfffffffffffff) | (uint64_t)(e != 0) << 52;
	BUG_ON(!(x >= 0 && x <= 0x1p40));
	if (by >= 0)
		term = m << by;
	else if (by > -64)
		term = (m + ((u128)1 << (-by - 1))) >> -by;
	u128 sum = ((u128)t->high << 64 | t->low) + term;
	t->high = (uint64_t)(sum >> 64);
	t->low = (uint64_t)sum;
}

double tally_value(const struct tally *t)
{
	return (double)((u128)t->high << 64 | t->low) * 0x1p-80;
}

double tally_down(const struct tally *t, double *rest)
{
	u128 v = (u128)t->high << 64 | t->low, low = 0;
	int bits = t->high ? 128 - __builtin_clzll(t->high) : t->low ? 64 - __builtin_clzll(t->low) : 0;

	if (bits > 53)
		low = v & (((u128)1 << (bits - 53)) - 1);
	*rest = (double)low * 0x1p-80;
	return (double)(v - low) * 0x1p-80;
}

void shard_prior(size_t K, const double *sum, double n, double *prior)
{
	double *lp = mem_alloc(K, sizeof *lp);
	struct em em = { .K = K, .prior = prior, .lp = lp };

	em_ml_prior(&em, sum, n);
	free(lp);
}

/* the M step of the method itself, which knows the counts by label first */
static double matrix(em_worker *step, size_t K, const double *count, double *param, double *work)
{
	struct em em = { .K = K, .diag = DSMAP_DIAG, .off = DSMAP_OFF };

	memcpy(work, count, K * K * sizeof *work);
	em_transpose(work, K);
	double density = step(&em, 0, work, work + K * K);
	em_transpose(work, K);
	memcpy(param, work, K * K * sizeof *work);
	return density;
}

double shard_worker(enum shard_method m, size_t K, const double *count, double labels, double *param, double *work)
{
	switch (m) {
	case SHARD_DS: return matrix(ds_worker, K, count, param, work);
	case SHARD_DSMAP: return matrix(dsmap_worker, K, count, param, work);
	default: *param = onecoin_skill(*count, labels); return 0;
	}
}

double shard_skill(enum shard_method m, size_t K, const double *prior, const double *param)
{
	double s = 0;

	if (!shard_has_matrix(m))
		return *param;
	for (size_t c = 0; c < K; c++)
		s += prior[c] * param[c * K + c];
	return s;
}
