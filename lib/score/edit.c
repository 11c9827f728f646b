#include "score/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int by_number(const void *p, const void *q)
{
	uint32_t a = *(const uint32_t *)p, b = *(const uint32_t *)q;

	return (a > b) - (a < b);
}

/* the distinct ones of a, ascending; returns how many */
static size_t distinct(const uint32_t *a, size_t m, uint32_t *out)
{
	size_t n = 0;

	memcpy(out, a, m * sizeof *a);
	qsort(out, m, sizeof *out, by_number);
	for (size_t i = 0; i < m; i++)
		if (!n || out[n - 1] != out[i])
			out[n++] = out[i];
	return n;
}

/* place of c among n, or n */
static size_t place(const uint32_t *set, size_t n, uint32_t c)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (set[mid] < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && set[lo] == c ? lo : n;
}

/* One strip of 64 rows (or `rows`, the last) across all columns.  step[j] is by how much the table grows
 * from column j to j + 1 in the row above the strip; then in its last row.
 * match[s]: rows whose symbol is s.  up, down: rows where the table grows or shrinks downwards.
 * Returns the sum of the steps in the last row. */
static int64_t strip(const uint64_t *match, const uint32_t *b, size_t n, unsigned rows, int8_t *step)
{
	uint64_t up = ~(uint64_t)0, down = 0, last = (uint64_t)1 << (rows - 1);
	int64_t sum = 0;

	for (size_t j = 0; j < n; j++) {
		uint64_t eq = match[b[j]], in_less = step[j] < 0;
		uint64_t xv = eq | down;
		eq |= in_less;
		uint64_t xh = (((eq & up) + up) ^ up) | eq;
		uint64_t more = down | ~(xh | up), less = up & xh;
		int8_t out = (int8_t)(!!(more & last) - !!(less & last));
		more = more << 1 | (step[j] > 0);
		less = less << 1 | in_less;
		up = less | ~(xv | more);
		down = more & xv;
		step[j] = out;
		sum += out;
	}
	return sum;
}

/* m, n > 0 */
static size_t strips(const uint32_t *a, size_t m, const uint32_t *b, size_t n)
{
	uint32_t *set = mem_alloc(2 * m + n, sizeof *set), *pa = set + m, *pb = pa + m;
	size_t symbols = distinct(a, m, set);
	uint64_t *match = mem_zalloc(symbols + 1, sizeof *match);
	int8_t *step = mem_alloc(n, sizeof *step);
	int64_t sum = 0;

	for (size_t i = 0; i < m; i++)
		pa[i] = (uint32_t)place(set, symbols, a[i]);
	for (size_t j = 0; j < n; j++)
		pb[j] = (uint32_t)place(set, symbols, b[j]);
	memset(step, 1, n);
	for (size_t i = 0; i < m; i += 64) {
		unsigned rows = m - i < 64 ? (unsigned)(m - i) : 64;
		for (unsigned r = 0; r < rows; r++)
			match[pa[i + r]] |= (uint64_t)1 << r;
		sum = strip(match, pb, n, rows, step);
		for (unsigned r = 0; r < rows; r++)
			match[pa[i + r]] = 0;
	}
	free(set);
	free(match);
	free(step);
	return (size_t)((int64_t)m + sum);
}

bool edit_distance(const uint32_t *a, size_t m, const uint32_t *b, size_t n, size_t *out)
{
	while (m && n && a[0] == b[0]) {
		a++, b++;
		m--, n--;
	}
	while (m && n && a[m - 1] == b[n - 1])
		m--, n--;
	if (m && n > EDIT_CELLS / m)
		return false;
	if (!m || !n)
		*out = m + n;
	else if (m < n)
		*out = strips(a, m, b, n);
	else
		*out = strips(b, n, a, m);
	return true;
}
