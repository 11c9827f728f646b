/* spans: votes by character, ties, runs, any method */
#include "agree/span.h"

#include <stdlib.h>

#include "agree/mv.h"
#include "agree/ordinal.h"
#include "math/rng.h"
#include "sets.h"

enum { MOST = 4000 };

struct draw {
	struct labels l;
	uint32_t off[MOST], n;
	struct span span[MOST];
};

static uint32_t answer(struct draw *d, uint32_t task, uint32_t worker, const struct span *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		d->span[d->off[d->n] + i] = s[i];
	d->off[d->n + 1] = d->off[d->n] + n;
	if (worker != UINT32_MAX)
		labels_add(&d->l, task, worker, d->n);
	return d->n++;
}

static void fit(struct draw *d, size_t n_labels, const struct span_opt *o, struct span_set *s)
{
	labels_group(&d->l, false);
	span_fit(&d->l, &(struct spans){ d->off, d->span }, n_labels, o, s);
	labels_release(&d->l);
}

static bool found(const struct span_found *f, uint32_t label, uint32_t start, uint32_t end)
{
	return f->span.label == label && f->span.start == start && f->span.end == end;
}

static void test_vote(void)
{
	static struct draw d;
	struct span a[] = { { 0, 2, 8 }, { 1, 20, 25 } }, b[] = { { 0, 3, 8 }, { 2, 20, 25 } }, c[] = { { 0, 4, 9 }, { 1, 21, 25 } };
	struct span_set s;
	uint32_t length[] = { 30, 5 };

	answer(&d, 0, 0, a, 2);
	answer(&d, 0, 1, b, 2);
	answer(&d, 0, 2, c, 2);
	d.l.n_tasks = 2;
	fit(&d, 3, &(struct span_opt){ .length = length }, &s);
	ok(s.off[1] == 2 && found(s.found, 0, 3, 8) && found(s.found + 1, 1, 21, 25), "majority by character");
	/* 3: two of three; 4 - 8: all; 21 - 25: two of three; at 20 one each: none */
	ok(near(s.found[0].confidence, (2 / 3.0 + 4) / 5, 1e-15) && near(s.found[1].confidence, 2 / 3.0, 1e-15) &&
	   !s.found[0].tie, "confidence of the spans");
	ok(near(s.confidence[0], (2 + 2 / 3.0 + 2 / 3.0 + 4 + 2 / 3.0 + 11 + 1 / 3.0 + 8 / 3.0 + 5) / 30, 1e-14),
	   "and of the text");
	/* worker 0 marks 2-8, 20-25: 5 + 4 right of 11 */
	ok(near(s.skill[0], 10 / 13.0, 1e-15) && near(s.skill[1], 6 / (5 + 5 + 2.0), 1e-15), "skills by hand");
	ok(s.off[2] == 2 && s.confidence[1] == 0, "a text without answers");
	span_release(&s);
}

static void test_ties(void)
{
	static struct draw d;
	struct span a[] = { { 1, 0, 4 } }, b[] = { { 0, 2, 6 } };
	struct span_set s;

	answer(&d, 0, 0, a, 1);
	answer(&d, 0, 1, b, 1);
	fit(&d, 2, &(struct span_opt){ 0 }, &s);
	ok(s.off[1] == 1 && found(s.found, 0, 2, 4) && s.found[0].tie && s.found[0].confidence == 0.5,
	   "none before a label, the lower label before the higher");
	span_release(&s);
	memset(&d, 0, sizeof d);
	answer(&d, 0, 0, a, 1);
	answer(&d, 0, 1, b, 1);
	fit(&d, 2, &(struct span_opt){ .weight = (double[]){ 2, 1 } }, &s);
	ok(s.off[1] == 1 && found(s.found, 1, 0, 4) && !s.found[0].tie, "weights");
	span_release(&s);
}

static void test_overlapping(void)
{
	static struct draw d;
	struct span a[] = { { 0, 0, 10 }, { 1, 3, 5 }, { 3, 7, 9 }, { 2, 7, 9 }, { 1, 12, 12 } };
	struct span t[] = { { 0, 0, 3 }, { 0, 3, 6 } };
	struct span_set s;

	answer(&d, 0, 0, a, 5);
	answer(&d, 1, 0, t, 2);
	fit(&d, 4, &(struct span_opt){ 0 }, &s);
	ok(s.off[1] == 5 && found(s.found, 0, 0, 3) && found(s.found + 1, 1, 3, 5) && found(s.found + 2, 0, 5, 7) &&
	   found(s.found + 3, 2, 7, 9) && found(s.found + 4, 0, 9, 10), "of overlapping ones the shorter, then the lower");
	ok(s.off[2] == 6 && found(s.found + 5, 0, 0, 6), "touching ones become one");
	span_release(&s);
}

static void test_degenerate(void)
{
	static struct draw d;
	struct span_set s;

	labels_group(&d.l, false);
	span_fit(&d.l, &(struct spans){ d.off, d.span }, 0, &(struct span_opt){ .fn = ordinal_fit }, &s);
	ok(s.off[0] == 0, "nothing at all");
	span_release(&s);
	labels_release(&d.l);
	memset(&d, 0, sizeof d);
	answer(&d, 0, 0, NULL, 0);
	answer(&d, 0, 1, NULL, 0);
	fit(&d, 1, &(struct span_opt){ 0 }, &s);
	ok(s.off[1] == 0 && s.confidence[0] == 1 && s.skill[0] == 0.5, "nobody marks anything");
	span_release(&s);
}

/* T texts of 40 characters by W workers; a worker is off at the ends, forgets, and errs in the label */
static void crowd(struct draw *d, uint32_t T, uint32_t W, uint32_t (*truth)[40], uint64_t seed)
{
	struct rng r;

	rng_seed(&r, seed);
	for (uint32_t t = 0; t < T; t++) {
		struct span real[2] = { { (uint32_t)rng_below(&r, 3), 2, 12 }, { (uint32_t)rng_below(&r, 3), 20, 28 } };
		memset(truth[t], 0, 40 * sizeof **truth);
		for (unsigned i = 0; i < 2; i++)
			for (uint32_t p = real[i].start; p < real[i].end; p++)
				truth[t][p] = real[i].label + 1;
		for (uint32_t w = 0; w < W; w++) {
			struct span s[2];
			uint32_t n = 0;
			for (unsigned i = 0; i < 2; i++) {
				if (rng_below(&r, 12) < w)
					continue;
				s[n] = real[i];
				s[n].start = (uint32_t)(s[n].start + rng_below(&r, w / 2 + 1));
				s[n].end = (uint32_t)(s[n].end + rng_below(&r, w + 1) - w / 2);
				if (rng_below(&r, 12) < w)
					s[n].label = (uint32_t)rng_below(&r, 3);
				n++;
			}
			answer(d, t, w, s, n);
		}
	}
}

static size_t wrong(const struct span_set *s, uint32_t (*truth)[40])
{
	size_t n = 0;

	for (size_t t = 0; t < s->n_tasks; t++) {
		uint32_t got[40] = { 0 };
		for (size_t i = s->off[t]; i < s->off[t + 1]; i++)
			for (uint32_t p = s->found[i].span.start; p < s->found[i].span.end && p < 40; p++)
				got[p] = s->found[i].span.label + 1;
		for (size_t p = 0; p < 40; p++)
			n += got[p] != truth[t][p];
	}
	return n;
}

/* the vote character by character, written plainly */
static void test_slow(void)
{
	enum { T = 60, W = 7 };
	static struct draw d;
	static uint32_t truth[T][40];
	struct span_set s;
	double weight[W] = { 1, 2, 3, 1, 1, 2, 1 };
	uint32_t length[T];
	bool good = true;

	crowd(&d, T, W, truth, 4);
	for (size_t t = 0; t < T; t++)
		length[t] = 40;
	fit(&d, 3, &(struct span_opt){ .weight = weight, .length = length }, &s);
	struct spans all = { d.off, d.span };
	for (uint32_t t = 0; t < T; t++) {
		double sure = 0;
		size_t at = s.off[t];
		for (uint32_t p = 0; p < 40; p++) {
			double n[4] = { 0 }, total = 0;
			uint32_t best = 0;
			for (uint32_t w = 0; w < W; w++) {
				n[span_class(&all, t * W + w, p)] += weight[w];
				total += weight[w];
			}
			for (uint32_t c = 1; c < 4; c++)
				best = n[c] > n[best] ? c : best;
			sure += n[best] / total;
			while (at < s.off[t + 1] && s.found[at].span.end <= p)
				at++;
			bool in = at < s.off[t + 1] && s.found[at].span.start <= p;
			good = good && (in ? s.found[at].span.label + 1 : 0) == best;
		}
		good = good && near(s.confidence[t], sure / 40, 1e-12);
	}
	ok(good, "60 texts, character by character");
	span_release(&s);
}

static void test_methods(void)
{
	enum { T = 60, W = 12 };
	static struct draw d;
	static uint32_t truth[T][40];
	struct span_set s, m, g;
	uint32_t length[T], gold[T];

	for (size_t t = 0; t < T; t++)
		length[t] = 40;
	crowd(&d, T, W, truth, 9);
	fit(&d, 3, &(struct span_opt){ .length = length }, &s);
	memset(&d, 0, sizeof d);
	crowd(&d, T, W, truth, 9);
	/* any agree_fn will do; here the one at hand */
	fit(&d, 3, &(struct span_opt){ .fn = ordinal_fit, .length = length }, &m);
	ok(wrong(&m, truth) < wrong(&s, truth) && m.converged, "characters wrong of 2400: model %zu, vote %zu",
	   wrong(&m, truth), wrong(&s, truth));
	ok(m.skill[0] > m.skill[6] && m.skill[6] > m.skill[11] && s.skill[0] > s.skill[6] && s.skill[6] > s.skill[11], "skills");
	memset(&d, 0, sizeof d);
	crowd(&d, T, W, truth, 9);
	for (uint32_t t = 0; t < T; t++) {
		struct span mark = { 2, 5, 35 };
		gold[t] = t % 3 ? AGREE_NO_GOLD : answer(&d, 0, UINT32_MAX, &mark, 1);
	}
	for (unsigned with = 0; with < 2; with++) {
		if (with) {
			memset(&d, 0, sizeof d);
			crowd(&d, T, W, truth, 9);
			for (uint32_t t = 0; t < T; t += 3)
				gold[t] = answer(&d, 0, UINT32_MAX, &(struct span){ 2, 5, 35 }, 1);
		}
		fit(&d, 3, &(struct span_opt){ .fn = with ? ordinal_fit : NULL, .length = length, .gold = gold }, &g);
		bool good = true;
		for (size_t t = 0; t < T; t += 3)
			good = good && g.off[t + 1] == g.off[t] + 1 && found(g.found + g.off[t], 2, 5, 35) && g.confidence[t] == 1;
		ok(good, "gold stays, %s", with ? "model" : "vote");
		span_release(&g);
	}
	span_release(&s);
	span_release(&m);
}

/* the runs of answers full of spans in each other, against span_class character by character */
static void test_runs(void)
{
	enum { N = 40, LEN = 60 };
	struct rng r;
	bool good = true;
	size_t most = 0;

	rng_seed(&r, 5);
	for (int round = 0; round < 500; round++) {
		struct span a[N], *run;
		uint32_t off[] = { 0, (uint32_t)rng_below(&r, N + 1) }, class[LEN] = { 0 };
		size_t n;
		for (uint32_t i = 0; i < off[1]; i++) {
			uint32_t start = (uint32_t)rng_below(&r, LEN), wide = round % 2 ? LEN - start : 9;
			a[i] = (struct span){ (uint32_t)rng_below(&r, 3), start, start + (uint32_t)rng_below(&r, wide < LEN - start ? wide : LEN - start) };
		}
		struct spans s = { off, a };
		run = span_runs(&s, 0, &n);
		for (size_t i = 0; i < n; i++) {
			good = good && run[i].start < run[i].end && (!i || run[i - 1].end < run[i].start ||
			       (run[i - 1].end == run[i].start && run[i - 1].label != run[i].label));
			for (uint32_t p = run[i].start; p < run[i].end; p++)
				class[p] = run[i].label + 1;
		}
		for (uint32_t p = 0; p < LEN; p++)
			good = good && class[p] == span_class(&s, 0, p);
		most = n > most ? n : most;
		free(run);
	}
	ok(good && most > 15, "500 answers as runs, up to %zu, character by character", most);
}

/* as many votes as there may be, and one more text */
static void test_limit(void)
{
	enum { N = 100000 };
	struct span *a = mem_alloc(N, sizeof *a);
	uint32_t *off = mem_alloc(N + 1, sizeof *off);
	struct labels l = { 0 };
	struct span_set s;

	for (uint32_t i = 0; i < N; i++) {
		a[i] = (struct span){ 0, 2 * i, 2 * i + 1 };
		off[i] = i;
		labels_add(&l, i ? 1 : 0, i, i);
	}
	off[N] = N;
	labels_group(&l, false);
	ok(!span_fit(&l, &(struct spans){ off, a }, 1, &(struct span_opt){ 0 }, &s) && s.crowded == 1 && s.off[2] == 0, "too many votes");
	span_release(&s);
	labels_release(&l);
	free(a);
	free(off);
}

int main(void)
{
	test_runs();
	test_limit();
	test_vote();
	test_ties();
	test_overlapping();
	test_degenerate();
	test_slow();
	test_methods();
	return done();
}
