#include "score/rule-peer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "math/isqrt.h"
#include "score/rule-ln.h"

enum { PARTS = 64 };                    /* however many threads there are */
enum { D_BITS = 34 };                   /* D + 2^32 is 0 .. 2^33 */

static const int64_t one = (int64_t)1 << 32;

/* Pairs i < j of a range of i: pair[off[i-from]] .. hold j << 34 | D + 2^32. */
struct rule_part {
	uint32_t from, to;
	size_t n, cap;
	size_t *off;
	uint64_t *pair;
};

struct count {
	uint32_t value, n;
};

/* who labelled what, in both directions, and what each one's labels are */
struct build {
	struct rule_peers *p;
	const uint32_t *group;
	struct rule_answer *answer;     /* who is a peer's number */
	uint32_t *off;                  /* n + 1: of a peer */
	uint32_t *in;                   /* group of each label of a peer */
	uint32_t *mine;                 /* and its value */
	uint32_t *hist_off;             /* n + 1 */
	struct count *hist;
	size_t n_values;
};

/* ---- numbering ----------------------------------------------------------------------- */

static void number_peers(struct build *b, size_t n_groups, const struct rule_answer *from, size_t n_identities)
{
	struct rule_peers *p = b->p;
	uint32_t *of = mem_zalloc(n_identities, sizeof *of);
	uint32_t base = b->group[0], end = b->group[n_groups];

	for (uint32_t k = base; k < end; k++)
		of[from[k].who] = 1;
	for (size_t i = 0; i < n_identities; i++)
		p->n += of[i];
	p->who = mem_alloc(p->n, sizeof *p->who);
	p->labels = mem_zalloc(p->n, sizeof *p->labels);
	uint32_t n = 0;
	for (size_t i = 0; i < n_identities; i++)
		if (of[i]) {
			p->who[n] = (uint32_t)i;
			of[i] = n++;
		}
	b->answer = mem_big(end - base, sizeof *b->answer);
	for (uint32_t k = base; k < end; k++)
		b->answer[k - base] = (struct rule_answer){ of[from[k].who], from[k].value };
	free(of);
}

static void by_peer(struct build *b, size_t n_groups)
{
	struct rule_peers *p = b->p;
	uint32_t base = b->group[0], n = b->group[n_groups] - base;

	b->off = mem_zalloc(p->n + 2, sizeof *b->off);
	b->in = mem_big(n, sizeof *b->in);
	b->mine = mem_big(n, sizeof *b->mine);
	for (uint32_t k = 0; k < n; k++)
		b->off[b->answer[k].who + 2]++;
	for (uint32_t i = 0; i < p->n; i++)
		b->off[i + 2] += b->off[i + 1];
	for (uint32_t g = 0; g < n_groups; g++)
		for (uint32_t k = b->group[g] - base; k < b->group[g + 1] - base; k++) {
			uint32_t i = b->answer[k].who, at = b->off[i + 1]++;

			b->in[at] = g;
			b->mine[at] = b->answer[k].value;
			p->labels[i] += b->group[g + 1] - b->group[g] > 1;
		}
}

static void histograms(struct build *b)
{
	uint32_t n = b->p->n;
	uint32_t *place = mem_zalloc(b->n_values, sizeof *place);       /* + 1 - hist_off[i] */

	b->hist_off = mem_alloc(n + 1, sizeof *b->hist_off);
	b->hist = mem_big(b->off[n], sizeof *b->hist);
	b->hist_off[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct count *h = b->hist + b->hist_off[i];
		uint32_t found = 0;

		for (uint32_t k = b->off[i]; k < b->off[i + 1]; k++) {
			uint32_t *at = &place[b->mine[k]];
			if (!*at) {
				h[found] = (struct count){ b->mine[k], 0 };
				*at = ++found;
			}
			h[*at - 1].n++;
		}
		for (uint32_t v = 0; v < found; v++)
			place[h[v].value] = 0;
		b->hist_off[i + 1] = b->hist_off[i] + found;
	}
	free(place);
}

/* ---- pairs --------------------------------------------------------------------------- */

struct shared {
	uint32_t tasks, same;
};

static int64_t beyond_chance(struct shared s, u128 dot, uint64_t mm)
{
	uint64_t seen = ((uint64_t)s.same << 32) / s.tasks;
	/* dividing 64 bits is four times as fast as dividing 128 */
	uint64_t chance = dot >> 32 ? (uint64_t)((dot << 32) / mm) : ((uint64_t)dot << 32) / mm;

	return (int64_t)seen - (int64_t)chance;
}

static void put(struct rule_part *r, uint32_t j, int64_t d)
{
	if (r->n == r->cap) {
		r->cap = mem_grow(r->cap, r->n + 1);
		r->pair = mem_realloc(r->pair, r->cap, sizeof *r->pair);
	}
	r->pair[r->n++] = (uint64_t)j << D_BITS | (uint64_t)(d + one);
}

/* the peers of i above i: touched, and in with[] what is shared with each */
static uint32_t meet(const struct build *b, uint32_t i, struct shared *with, uint32_t *touched)
{
	const uint32_t base = b->group[0], ahead = 8;
	uint32_t n = 0, end = b->off[i + 1];

	for (uint32_t k = b->off[i]; k < end; k++) {
		uint32_t g = b->in[k], v = b->mine[k];

		if (k + 2 * ahead < end)
			__builtin_prefetch(&b->group[b->in[k + 2 * ahead]]);
		if (k + ahead < end)
			__builtin_prefetch(&b->answer[b->group[b->in[k + ahead]] - base]);
		for (uint32_t a = b->group[g] - base; a < b->group[g + 1] - base; a++) {
			uint32_t j = b->answer[a].who;

			if (j <= i)
				continue;
			if (!with[j].tasks++)
				touched[n++] = j;
			with[j].same += b->answer[a].value == v;
		}
	}
	return n;
}

static void pairs_of(const struct build *b, struct rule_part *r, uint32_t i, struct shared *with, uint32_t *touched,
	uint32_t *own)
{
	uint32_t n = meet(b, i, with, touched);
	uint64_t m = b->off[i + 1] - b->off[i];

	for (uint32_t k = b->hist_off[i]; k < b->hist_off[i + 1]; k++)
		own[b->hist[k].value] = b->hist[k].n;
	for (uint32_t t = 0; t < n; t++) {
		uint32_t j = touched[t];
		uint64_t dot = 0;       /* at most m_i m_j < 2^64 */

		for (uint32_t k = b->hist_off[j]; k < b->hist_off[j + 1]; k++)
			dot += (uint64_t)own[b->hist[k].value] * b->hist[k].n;
		put(r, j, beyond_chance(with[j], dot, m * (b->off[j + 1] - b->off[j])));
		with[j] = (struct shared){ 0 };
	}
	for (uint32_t k = b->hist_off[i]; k < b->hist_off[i + 1]; k++)
		own[b->hist[k].value] = 0;
}

static void pair_job(void *ctx, size_t k)
{
	const struct build *b = ctx;
	struct rule_part *r = &b->p->part[k];
	struct shared *with = mem_zalloc(b->p->n, sizeof *with);
	uint32_t *touched = mem_alloc(b->p->n, sizeof *touched);
	uint32_t *own = mem_zalloc(b->n_values, sizeof *own);

	r->off = mem_alloc(r->to - r->from + 1, sizeof *r->off);
	for (uint32_t i = r->from; i < r->to; i++) {
		r->off[i - r->from] = r->n;
		pairs_of(b, r, i, with, touched, own);
	}
	r->off[r->to - r->from] = r->n;
	free(with);
	free(touched);
	free(own);
}

void rule_peers_init(struct rule_peers *p, const uint32_t *group, size_t n_groups, const struct rule_answer *answer,
	size_t n_identities, size_t n_values, unsigned threads)
{
	struct build b = { .p = p, .group = group, .n_values = n_values };

	*p = (struct rule_peers){ .threads = threads };
	number_peers(&b, n_groups, answer, n_identities);
	by_peer(&b, n_groups);
	histograms(&b);
	p->n_parts = p->n < PARTS ? p->n : PARTS;
	p->part = mem_zalloc(p->n_parts, sizeof *p->part);
	for (size_t k = 0; k < p->n_parts; k++) {
		p->part[k].from = (uint32_t)(p->n * k / p->n_parts);
		p->part[k].to = (uint32_t)(p->n * (k + 1) / p->n_parts);
	}
	par_for(threads, p->n_parts, pair_job, &b);
	free(b.answer);
	free(b.off);
	free(b.in);
	free(b.mine);
	free(b.hist_off);
	free(b.hist);
}

void rule_peers_release(struct rule_peers *p)
{
	for (size_t k = 0; k < p->n_parts; k++) {
		free(p->part[k].off);
		free(p->part[k].pair);
	}
	free(p->part);
	free(p->who);
	free(p->labels);
	*p = (struct rule_peers){ 0 };
}

/* ---- agreement ----------------------------------------------------------------------- */

enum { SUMS = 8 };                      /* sets of sums, each for some of the parts */

struct sum {
	i128 num;
	uint64_t den;
};

struct adding {
	const struct rule_peers *p;
	const uint32_t *w;
	struct sum *sum;                /* SUMS x n */
};

static void add_job(void *ctx, size_t s)
{
	const struct adding *a = ctx;
	struct sum *sum = a->sum + s * a->p->n;

	for (size_t k = s; k < a->p->n_parts; k += SUMS) {
		const struct rule_part *r = &a->p->part[k];
		for (uint32_t i = r->from; i < r->to; i++) {
			int64_t wi = a->w[i];
			struct sum own = { 0 };
			for (size_t q = r->off[i - r->from]; q < r->off[i - r->from + 1]; q++) {
				uint32_t j = (uint32_t)(r->pair[q] >> D_BITS);
				int64_t d = (int64_t)(r->pair[q] & (((uint64_t)1 << D_BITS) - 1)) - one;
				own.num += a->w[j] * d;         /* below 2^46 */
				own.den += a->w[j];
				sum[j].num += wi * d;
				sum[j].den += (uint64_t)wi;
			}
			sum[i].num += own.num;
			sum[i].den += own.den;
		}
	}
}

static i128 floor_div(i128 a, i128 b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

void rule_peers_ca(const struct rule_peers *p, const uint32_t *w, int64_t *ca)
{
	struct adding a = { p, w, mem_zalloc((size_t)SUMS * p->n, sizeof *a.sum) };

	par_for(p->threads, SUMS, add_job, &a);
	for (uint32_t i = 0; i < p->n; i++) {
		struct sum t = { 0 };
		for (size_t s = 0; s < SUMS; s++) {
			t.num += a.sum[s * p->n + i].num;
			t.den += a.sum[s * p->n + i].den;
		}
		ca[i] = t.den ? (int64_t)floor_div(t.num, t.den) : 0;
	}
	free(a.sum);
}

/* ---- weights ------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median_weighed(const struct rule_peers *p, const uint32_t *w, const int64_t *ca, int64_t *work)
{
	uint32_t n = 0;

	for (uint32_t j = 0; j < p->n; j++)
		if (w[j])
			work[n++] = ca[j];
	if (!n)
		return 0;
	qsort(work, n, sizeof *work, ascending);
	return work[(n - 1) / 2];
}

static uint32_t weight(const struct rule_policy *policy, int64_t ca, int64_t med)
{
	i128 over = (i128)RULE_ONE * (100 * ca - (int64_t)policy->weight_lo * med);
	i128 w = floor_div(over, (int64_t)(policy->weight_hi - policy->weight_lo) * med);

	return w < 0 ? 0 : w > RULE_ONE ? RULE_ONE : (uint32_t)w;
}

void rule_peers_weigh(const struct rule_peers *p, const struct rule_policy *policy, const bool *among, int64_t *ca)
{
	uint32_t *w = mem_alloc(p->n, sizeof *w);
	int64_t *work = mem_alloc(p->n, sizeof *work);

	for (uint32_t j = 0; j < p->n; j++)
		w[j] = among[j] && p->labels[j] ? RULE_ONE : 0;
	rule_peers_ca(p, w, ca);
	for (uint32_t pass = 0; pass < policy->passes; pass++) {
		int64_t med = median_weighed(p, w, ca, work);
		uint32_t heard = 0;

		med = med < policy->median_least ? policy->median_least : med;
		for (uint32_t j = 0; j < p->n; j++) {
			w[j] = among[j] && p->labels[j] ? weight(policy, ca[j], med) : 0;
			heard += w[j] > 0;
		}
		for (uint32_t j = 0; j < p->n && heard < policy->peers_least; j++)
			w[j] = among[j] && p->labels[j] ? RULE_ONE : 0;
		rule_peers_ca(p, w, ca);
	}
	free(w);
	free(work);
}
