#include "score/peer-info.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/exact.h"
#include "math/explog.h"

static const char no_peer[] = "nobody else labelled a task of the worker";

/* ---- matrices ------------------------------------------------------------------------ */

static void swap_rows(double *m, size_t C, size_t a, size_t b)
{
	for (size_t k = 0; k < C; k++) {
		double x = m[a * C + k];
		m[a * C + k] = m[b * C + k];
		m[b * C + k] = x;
	}
}

/* Gauss with the largest of the column as pivot.  m is used up; other, if any, becomes inverse(m) other.
 * Returns the determinant; 0 where a pivot is below 2^-50 of the largest number of m. */
static double eliminate(double *m, size_t C, double *other)
{
	double det = 1, most = 0;

	for (size_t i = 0; i < C * C; i++)
		most = __builtin_fabs(m[i]) > most ? __builtin_fabs(m[i]) : most;
	for (size_t c = 0; c < C; c++) {
		size_t best = c;
		for (size_t r = c + 1; r < C; r++)
			if (__builtin_fabs(m[r * C + c]) > __builtin_fabs(m[best * C + c]))
				best = r;
		double pivot = m[best * C + c];
		if (!(__builtin_fabs(pivot) > most * 0x1p-50))
			return 0;
		if (best != c) {
			swap_rows(m, C, best, c);
			if (other)
				swap_rows(other, C, best, c);
			det = -det;
		}
		det *= pivot;
		for (size_t r = other ? 0 : c + 1; r < C; r++) {
			double f = m[r * C + c] / pivot;
			if (r == c || f == 0)
				continue;
			for (size_t k = c; k < C; k++)
				m[r * C + k] -= f * m[c * C + k];
			for (size_t k = 0; other && k < C; k++)
				other[r * C + k] -= f * other[c * C + k];
		}
	}
	for (size_t r = 0; other && r < C; r++)
		for (size_t k = 0; k < C; k++)
			other[r * C + k] /= m[r * C + r];
	return det;
}

/* small ones by their definition: exact for integers */
static double determinant(const double *m, size_t C)
{
	if (C == 1)
		return m[0];
	if (C == 2)
		return m[0] * m[3] - m[1] * m[2];
	if (C == 3)
		return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
		       m[2] * (m[3] * m[7] - m[4] * m[6]);
	double *copy = mem_alloc(C * C, sizeof *copy);
	memcpy(copy, m, C * C * sizeof *copy);
	double det = eliminate(copy, C, NULL);
	free(copy);
	return det;
}

static double total(const double *m, size_t n)
{
	struct exact sum = { 0 };

	for (size_t i = 0; i < n; i++)
		exact_add(&sum, m[i]);
	return exact_value(&sum);
}

/* ---- DMI ------------------------------------------------------------------------------- */

/* determinant / (n (n-1) .. (n-C+1)); n is a number of tasks, so what is not whole is rounding */
static bool per_tasks(const double *m, size_t C, double *out)
{
	double n = (double)(uint64_t)(total(m, C * C) + 0.5), d = determinant(m, C);

	if (n < (double)C)
		return false;
	for (size_t i = 0; i < C; i++)
		d /= n - (double)i;
	*out = d;
	return true;
}

struct measure peer_dmi(const double *m1, const double *m2, size_t C)
{
	double a, b;

	if (!per_tasks(m1, C, &a) || !per_tasks(m2, C, &b))
		return measure_none("fewer tasks in a half than classes");
	return measure_of(a * b);
}

void peer_dmi_all(const struct labels *l, const uint8_t *half, struct measure *out)
{
	size_t C = l->n_classes;

	BUG_ON(!l->t_off || !l->w_off || C > PEER_DMI_CLASSES);
	struct exact *sum = mem_alloc(2 * C * C, sizeof *sum);
	double *m = mem_alloc(2 * C * C, sizeof *m);
	for (size_t w = 0; w < l->n_workers; w++) {
		memset(sum, 0, 2 * C * C * sizeof *sum);
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
			size_t t = l->w_task[i], r = l->t_off[t + 1] - l->t_off[t];
			BUG_ON(half[t] > 1);
			for (size_t p = l->t_off[t]; r > 1 && p < l->t_off[t + 1]; p++)
				if (l->t_worker[p] != w)
					exact_add(sum + (half[t] * C + l->w_value[i]) * C + l->t_value[p], 1 / (double)(r - 1));
		}
		for (size_t i = 0; i < 2 * C * C; i++)
			m[i] = exact_value(sum + i);
		out[w] = peer_dmi(m, m + C * C, C);
	}
	free(sum);
	free(m);
}

/* ---- f-mutual information ------------------------------------------------------------ */

static double divergence(double U, double e, enum peer_f f)
{
	double d = U - e, root = 0;

	switch (f) {
	case PEER_TVD:
		return __builtin_fabs(d) / 2;
	case PEER_KL:
		return U > 0 ? U * m_log(U / e) : 0;
	case PEER_CHI2:
		return e > 0 ? d * d / e : 0;
	case PEER_HELLINGER:
		root = m_sqrt(U) - m_sqrt(e);
	}
	return root * root;
}

struct measure peer_fmi(const double *joint, size_t C, enum peer_f f)
{
	double n = total(joint, C * C), *u = mem_zalloc(2 * C, sizeof *u), *v = u + C;
	struct exact sum = { 0 };

	for (size_t i = 0; i < C * C; i++) {
		u[i / C] += joint[i];
		v[i % C] += joint[i];
	}
	for (size_t i = 0; n > 0 && i < C * C; i++)
		exact_add(&sum, divergence(joint[i] / n, u[i / C] / n * (v[i % C] / n), f));
	free(u);
	return n > 0 ? measure_of(exact_value(&sum)) : measure_none(no_peer);
}

/* ---- BTS ------------------------------------------------------------------------------- */

static double floored(double p)
{
	return p > BTS_FLOOR ? p : BTS_FLOOR;
}

void peer_bts(const uint32_t *said, const double *forecast, size_t n, size_t K, double alpha, struct bts *out)
{
	double *x = mem_zalloc(2 * K, sizeof *x), *log_y = x + K;

	BUG_ON(!n);
	for (size_t i = 0; i < n; i++)
		x[said[i]] += 1;
	for (size_t k = 0; k < K; k++) {
		struct exact sum = { 0 };
		for (size_t i = 0; i < n; i++)
			exact_add(&sum, m_log(floored(forecast[i * K + k])));
		log_y[k] = exact_value(&sum) / (double)n;
		x[k] /= (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		struct exact sum = { 0 };
		for (size_t k = 0; k < K; k++)
			if (x[k] > 0)
				exact_add(&sum, x[k] * m_log(floored(forecast[i * K + k]) / x[k]));
		out[i].information = m_log(x[said[i]]) - log_y[said[i]];
		out[i].prediction = exact_value(&sum);
		out[i].score = out[i].information + alpha * out[i].prediction;
	}
	free(x);
}

/* ---- surrogates ------------------------------------------------------------------------ */

bool peer_ssr_table(const double *T, size_t C, double *s)
{
	double *m = mem_alloc(2 * C * C, sizeof *m), *inverse = m + C * C;

	memcpy(m, T, C * C * sizeof *m);
	for (size_t i = 0; i < C * C; i++)
		inverse[i] = i / C == i % C;
	bool good = eliminate(m, C, inverse) != 0;
	for (size_t a = 0; good && a < C; a++)
		for (size_t z = 0; z < C; z++)
			s[a * C + z] = inverse[z * C + a];
	free(m);
	return good;
}

void peer_ssr(const struct labels *l, const double *s, struct measure *out)
{
	BUG_ON(!l->t_off || !l->w_off);
	for (size_t w = 0; w < l->n_workers; w++) {
		struct exact sum = { 0 };
		size_t n = 0;
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++) {
			size_t t = l->w_task[i], r = l->t_off[t + 1] - l->t_off[t];
			for (size_t p = l->t_off[t]; r > 1 && p < l->t_off[t + 1]; p++)
				if (l->t_worker[p] != w)
					exact_add(&sum, s[l->w_value[i] * l->n_classes + l->t_value[p]] / (double)(r - 1));
			n += r > 1;
		}
		out[w] = n ? measure_of(exact_value(&sum) / (double)n) : measure_none(no_peer);
	}
}
