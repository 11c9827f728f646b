/* spans, sets and texts against gold: hand-made cases, slow references, laws */
#include "score/edit.h"
#include "score/quality-set.h"
#include "score/quality-span.h"
#include "score/quality-text.h"

#include "math/explog.h"
#include "measures.h"

/* ---- spans ------------------------------------------------------------------------- */

static bool are(struct hits h, uint64_t tp, uint64_t fp, uint64_t fn)
{
	if (h.tp != tp || h.fp != fp || h.fn != fn)
		printf("# got %d %d %d, want %d %d %d\n", (int)h.tp, (int)h.fp, (int)h.fn, (int)tp, (int)fp, (int)fn);
	return h.tp == tp && h.fp == fp && h.fn == fn;
}

static void test_spans(void)
{
	/* gold: PER 0-5, ORG 10-20, LOC 30-34; said: PER 0-5, LOC 10-20, LOC 31-36, PER 50-52, the first twice */
	const struct span gold[] = { { 0, 0, 5 }, { 1, 10, 20 }, { 2, 30, 34 } };
	const struct span said[] = { { 2, 31, 36 }, { 0, 0, 5 }, { 2, 10, 20 }, { 0, 50, 52 }, { 0, 0, 5 }, { 1, 7, 7 } };
	struct span_tally t = { .n_texts = 0 }, u = { .n_texts = 0 }, none_yet = { .n_texts = 0 };

	span_tally_add(&t, said, 6, gold, 3);
	ok(are(t.strict, 1, 3, 2), "strict: bounds and label");
	ok(are(t.bounds, 2, 2, 1), "bounds only");
	ok(are(t.chars, 5 + 3, 10 + 2 + 2, 10 + 1), "characters with labels");
	ok(are(t.chars_any, 5 + 10 + 3, 2 + 2, 1), "characters");
	/* said 0 5 10 20 31 36 50 52, gold 0 5 10 20 30 34 */
	ok(are(t.points, 4, 4, 2), "boundary points");
	ok(is_prf(quality_prf(t.strict), 1 / 4., 1 / 3., 2 / 7.) && is_prf(quality_prf(t.points), 0.5, 4 / 6., 8 / 14.),
	   "as precision, recall and F1");
	ok(t.n_texts == 1 && t.n_same == 0, "not the same");
	span_tally_add(&u, gold, 3, gold, 3);
	span_tally_add(&u, gold, 0, gold, 0);
	ok(u.n_same == 2 && are(u.chars, 19, 0, 0) && are(u.points, 6, 0, 0), "the same, and nothing for nothing");
	span_tally_join(&t, &u);
	ok(are(t.strict, 4, 3, 2) && t.n_texts == 3 && are(t.chars_any, 37, 4, 1), "joined");
	/* a run in two pieces is the same characters, not the same spans; the place between is a boundary */
	const struct span pieces[] = { { 0, 0, 5 }, { 0, 5, 9 } }, whole[] = { { 0, 0, 9 } },
	    over[] = { { 0, 0, 7 }, { 0, 3, 9 } };
	t = none_yet;
	span_tally_add(&t, pieces, 2, whole, 1);
	ok(are(t.strict, 0, 2, 1) && are(t.chars, 9, 0, 0) && are(t.points, 2, 1, 0), "pieces");
	t = none_yet;
	span_tally_add(&t, over, 2, whole, 1);
	ok(are(t.chars, 9, 0, 0) && are(t.chars_any, 9, 0, 0) && are(t.bounds, 0, 2, 1),
	   "overlapping spans count a character once");
	const struct span two[] = { { 0, 2, 4 }, { 1, 2, 4 } };
	t = none_yet;
	span_tally_add(&t, two, 2, two, 1);
	ok(are(t.strict, 1, 1, 0) && are(t.bounds, 1, 0, 0) && are(t.chars, 2, 2, 0) && are(t.chars_any, 2, 0, 0),
	   "two labels on one stretch");
	const struct span large[] = { { 0, 0, UINT32_MAX } }, larger[] = { { 0, 1, UINT32_MAX } };
	t = none_yet;
	span_tally_add(&t, large, 1, larger, 1);
	ok(are(t.chars, UINT32_MAX - 1, 1, 0), "long ones");
	ok(none(quality_prf(none_yet.strict).f1), "no text");
}

static bool has(const struct span *m, size_t n, uint32_t c, uint32_t label, bool any)
{
	for (size_t i = 0; i < n; i++)
		if (c >= m[i].start && c < m[i].end && (any || m[i].label == label))
			return true;
	return false;
}

static bool ends(const struct span *m, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].start < m[i].end && (m[i].start == c || m[i].end == c))
			return true;
	return false;
}

static void count(struct hits *h, bool a, bool b)
{
	h->tp += a && b;
	h->fp += a && !b;
	h->fn += b && !a;
}

static void law_spans(void)
{
	struct rng r;
	bool slow = true, order = true, ladder = true;

	rng_seed(&r, 5);
	for (int round = 0; round < 2000; round++) {
		struct span a[2][5];
		size_t n[2] = { rng_below(&r, 6), rng_below(&r, 6) };
		for (int s = 0; s < 2; s++)
			for (size_t i = 0; i < n[s]; i++) {
				uint32_t from = (uint32_t)rng_below(&r, 12);
				a[s][i] = (struct span){ (uint32_t)rng_below(&r, 2), from, from + (uint32_t)rng_below(&r, 5) };
			}
		struct span_tally t = { .n_texts = 0 }, u = { .n_texts = 0 }, want = { .n_texts = 0 };
		span_tally_add(&t, a[0], n[0], a[1], n[1]);
		for (uint32_t c = 0; c < 20; c++) {
			for (uint32_t label = 0; label < 2; label++)
				count(&want.chars, has(a[0], n[0], c, label, false), has(a[1], n[1], c, label, false));
			count(&want.chars_any, has(a[0], n[0], c, 0, true), has(a[1], n[1], c, 0, true));
			count(&want.points, ends(a[0], n[0], c), ends(a[1], n[1], c));
		}
		for (uint32_t at = 0; at < 20 * 20; at++) {
			bool in[2][3] = { { false } };
			if (at % 20 >= at / 20)    /* start % 20, end / 20 */
				continue;
			for (int s = 0; s < 2; s++)
				for (size_t i = 0; i < n[s]; i++)
					if (a[s][i].start == at % 20 && a[s][i].end == at / 20)
						in[s][a[s][i].label] = in[s][2] = true;
			count(&want.strict, in[0][0], in[1][0]);
			count(&want.strict, in[0][1], in[1][1]);
			count(&want.bounds, in[0][2], in[1][2]);
		}
		slow = slow && !memcmp(&t.strict, &want.strict, sizeof want.strict) &&
		       !memcmp(&t.bounds, &want.bounds, sizeof want.bounds) &&
		       !memcmp(&t.chars, &want.chars, sizeof want.chars) &&
		       !memcmp(&t.chars_any, &want.chars_any, sizeof want.chars_any) &&
		       !memcmp(&t.points, &want.points, sizeof want.points);
		ladder = ladder && t.strict.tp <= t.chars.tp;
		shuffle(&r, a[0], n[0], sizeof a[0][0]);
		shuffle(&r, a[1], n[1], sizeof a[0][0]);
		span_tally_add(&u, a[0], n[0], a[1], n[1]);
		order = order && !memcmp(&t, &u, sizeof t);
	}
	ok(slow, "all five against sets of characters and places");
	ok(ladder, "whoever has spans has their characters");
	ok(order, "order does not matter");
}

/* ---- sets -------------------------------------------------------------------------- */

static void test_sets(void)
{
	const uint32_t ab[] = { 0, 1 }, abc[] = { 0, 1, 2 }, bc[] = { 1, 2 }, d[] = { 3 };
	struct hits by_class[4] = { { 0, 0, 0 } };
	struct set_tally t = { .n_tasks = 0 }, u = { .n_tasks = 0 };

	ok(near(set_jaccard(ab, 2, abc, 3), 2 / 3., 0) && near(set_jaccard(ab, 2, bc, 2), 1 / 3., 0) &&
	   set_jaccard(ab, 2, d, 1) == 0 &&
	   set_jaccard(ab, 0, d, 0) == 1 && set_jaccard(ab, 0, d, 1) == 0 && set_jaccard(abc, 3, abc, 3) == 1, "Jaccard");
	/* Passonneau's: nested 2 of 3 gives 1 - 2/3 2/3, overlapping 1 of 3 gives 1 - 1/3 1/3 */
	ok(near(set_masi(ab, 2, abc, 3), 5 / 9., 1e-16) && near(set_masi(ab, 2, bc, 2), 8 / 9., 1e-16) &&
	   set_masi(ab, 2, d, 1) == 1 &&
	   set_masi(ab, 0, d, 0) == 0 && set_masi(ab, 0, d, 1) == 1 && set_masi(ab, 2, ab, 2) == 0, "MASI");
	set_tally_add(&t, ab, 2, abc, 3, 4, by_class);
	set_tally_add(&t, ab, 2, bc, 2, 4, by_class);
	set_tally_add(&u, d, 1, d, 1, 4, by_class);
	set_tally_add(&u, d, 0, d, 0, 4, by_class);
	set_tally_join(&t, &u);
	struct set_quality q = set_quality(&t);
	ok(is(q.jaccard, (2 / 3. + 1 / 3. + 1 + 1) / 4) && is(q.hamming, (0.25 + 0.5) / 4) && is(q.exact, 0.5) &&
	   is(q.masi, 13 / 36.), "means over tasks");
	ok(are(t.micro, 2 + 1 + 1, 1, 1 + 1) && is_prf(q.micro, 4 / 5., 4 / 6., 8 / 11.), "micro");
	ok(are(by_class[0], 1, 1, 0) && are(by_class[1], 2, 0, 0) && are(by_class[2], 0, 0, 2) &&
	   are(by_class[3], 1, 0, 0), "by class");
	q = set_quality(&(struct set_tally){ .n_tasks = 0 });
	ok(none(q.jaccard) && none(q.hamming) && none(q.exact) && none(q.masi) && none(q.micro.f1), "no sets");
}

static void law_sets(void)
{
	bool slow = true, metric = true;

	for (unsigned a = 0; a < 32; a++)
		for (unsigned b = 0; b < 32; b++) {
			uint32_t x[5], y[5];
			size_t nx = 0, ny = 0;
			for (uint32_t c = 0; c < 5; c++) {
				if (a >> c & 1)
					x[nx++] = c;
				if (b >> c & 1)
					y[ny++] = c;
			}
			struct set_tally t = { .n_tasks = 0 };
			set_tally_add(&t, x, nx, y, ny, 5, NULL);
			struct set_quality q = set_quality(&t);
			double and = __builtin_popcount(a & b), or = __builtin_popcount(a | b);
			double m = a == b ? 1 : (a & b) == a || (a & b) == b ? 2 / 3. : a & b ? 1 / 3. : 0;
			slow = slow && is(q.jaccard, or > 0 ? and / or : 1) && is(q.hamming, __builtin_popcount(a ^ b) / 5.) &&
			       is(q.exact, a == b) && is(q.masi, 1 - (or > 0 ? and / or : 1) * m);
			metric = metric && set_masi(x, nx, y, ny) == set_masi(y, ny, x, nx) &&
			         (set_masi(x, nx, y, ny) == 0) == (a == b);
		}
	ok(slow, "all pairs of sets of five");
	ok(metric, "MASI is symmetric, and 0 only for the same");
}

/* ---- edit distance ------------------------------------------------------------------ */

static size_t slow_distance(const uint32_t *a, size_t m, const uint32_t *b, size_t n)
{
	size_t *row = mem_alloc(n + 1, sizeof *row), d;

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= m; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);
			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			corner = row[j];
			row[j] = best;
		}
	}
	d = row[n];
	free(row);
	return d;
}

static void law_edit(void)
{
	struct rng r;
	bool slow = true, sides = true;
	uint32_t a[300], b[300];
	size_t d, e;

	rng_seed(&r, 6);
	for (int round = 0; round < 3000; round++) {
		static const unsigned most[] = { 8, 70, 140, 300 };
		unsigned letters = 1 + (unsigned)rng_below(&r, 8);
		size_t m = rng_below(&r, most[round % 4]), n = rng_below(&r, most[round / 4 % 4]);
		for (size_t i = 0; i < m; i++)
			a[i] = 0x1f600 + (uint32_t)rng_below(&r, letters);
		for (size_t j = 0; j < n; j++)
			b[j] = rng_below(&r, 4) && j < m ? a[j] : 0x1f600 + (uint32_t)rng_below(&r, letters);
		slow = slow && edit_distance(a, m, b, n, &d) && d == slow_distance(a, m, b, n);
		sides = sides && edit_distance(b, n, a, m, &e) && e == d;
	}
	ok(slow, "distance against the whole table");
	ok(sides, "from either side");
	size_t many = 200000;
	uint32_t *p = mem_zalloc(2 * many, sizeof *p), *q = p + many;
	for (size_t i = 0; i < many; i++)
		q[i] = 1;
	d = 7;
	ok(!edit_distance(p, many, q, many, &d) && d == 7, "too long and too different is refused");
	q[0] = q[many - 1] = 0;
	ok(edit_distance(p, many, p, many, &d) && d == 0 && edit_distance(p, many, p, many - 1, &d) && d == 1,
	   "long and alike is not");
	free(p);
}

/* ---- texts -------------------------------------------------------------------------- */

static struct text_quality text_of(const char *said, const char *gold)
{
	struct text_tally t = { .n_texts = 0 };

	text_tally_add(&t, str_of(said), str_of(gold));
	return text_quality(&t);
}

/* n-grams by comparing all with all, each of gold used once */
static double slow_chrf(const char *a, const char *b)
{
	double P = 0, R = 0, orders = 0;
	char x[2][64];
	size_t len[2] = { 0, 0 };

	for (int s = 0; s < 2; s++)
		for (const char *p = s ? b : a; *p; p++)
			if (*p != ' ')
				x[s][len[s]++] = *p;
	for (size_t n = 1; n <= 6; n++) {
		bool used[64] = { false };
		double same = 0;
		if (len[0] < n || len[1] < n)
			continue;
		for (size_t i = 0; i + n <= len[0]; i++)
			for (size_t j = 0; j + n <= len[1]; j++)
				if (!used[j] && !memcmp(x[0] + i, x[1] + j, n)) {
					used[j] = true;
					same++;
					break;
				}
		P += same / (double)(len[0] - n + 1);
		R += same / (double)(len[1] - n + 1);
		orders++;
	}
	if (orders > 0) {
		P /= orders;
		R /= orders;
	}
	return P + R > 0 ? 5 * P * R / (4 * P + R) : 0;
}

static void test_texts(void)
{
	struct text_quality q = text_of("the cat sat on mat", "the cat sat on the mat");
	ok(is(q.wer, 1 / 6.) && is(q.cer, 4 / 22.) && is(q.likeness, 18 / 22.) && is(q.exact, 0), "a word left out");
	q = text_of("kitten", "sitting");
	ok(is(q.cer, 3 / 7.) && is(q.wer, 1), "kitten and sitting");
	/* a: 3 of abc in abd: unigrams 2 of 3, bigrams 1 of 2, trigrams 0 of 1 */
	q = text_of("abc", "abd");
	ok(is(q.chrf, (2 / 3. + 1 / 2. + 0) / 3), "chrF of three letters");
	/* abcd said, ab gold: P 2/4 1/3, R 1 1; orders with both: 2 */
	q = text_of("abcd", "ab");
	ok(is(q.chrf, 5 * (5 / 12.) * 1 / (4 * (5 / 12.) + 1)) && is(q.cer, 1),
	   "orders of which one side has none do not count");
	q = text_of("a b c d", "ab\tcd\n");
	ok(is(q.chrf, 1) && !q.wer.why && is(q.wer, 2), "white space is not in n-grams; WER can be above 1");
	q = text_of("naïve café", "naive café");
	ok(is(q.cer, 1 / 10.) && is(q.wer, 1 / 2.), "code points, not bytes");
	q = text_of("日本語", "日本");
	ok(is(q.cer, 1 / 2.) && is(q.likeness, 2 / 3.), "three bytes each");
	q = text_of("x", "");
	ok(none(q.cer) && none(q.wer) && is(q.likeness, 0) && is(q.chrf, 0), "gold empty");
	q = text_of("", "x");
	ok(is(q.cer, 1) && is(q.wer, 1) && is(q.likeness, 0) && is(q.chrf, 0), "nothing written");
	q = text_of("", "");
	ok(none(q.cer) && none(q.chrf) && is(q.likeness, 1) && is(q.exact, 1), "nothing for nothing");
	q = text_of("same words", "same words");
	ok(q.cer.value == 0 && q.wer.value == 0 && is(q.chrf, 1) && q.likeness.value == 1 && q.exact.value == 1,
	   "the same");
	q = text_quality(&(struct text_tally){ .n_texts = 0 });
	ok(none(q.cer) && none(q.wer) && none(q.likeness) && none(q.chrf) && none(q.exact), "no text");

	struct text_tally t = { .n_texts = 0 }, u = { .n_texts = 0 };
	bool good = text_tally_add(&t, STR("abcd"), STR("abce")) && text_tally_add(&u, STR(""), STR("xy z"));
	text_tally_join(&t, &u);
	q = text_quality(&t);
	ok(good && is(q.cer, 5 / 8.) && is(q.wer, 3 / 3.) && is(q.likeness, 0.75 / 2) && t.n_texts == 2,
	   "two texts: sums over sums");
	/* n-grams of gold 4+3, 3+2, 2+1, 1; said 4 3 2 1; both 3 2 1 0 */
	double P = (3 / 4. + 2 / 3. + 1 / 2. + 0) / 4, R = (3 / 7. + 2 / 5. + 1 / 3. + 0) / 4;
	ok(is(q.chrf, 5 * P * R / (4 * P + R)), "chrF of two texts");
}

static void law_texts(void)
{
	struct rng r;
	bool slow = true, whole = true;

	rng_seed(&r, 7);
	for (int round = 0; round < 2000; round++) {
		char a[41], b[41];
		size_t m = rng_below(&r, 40), n = 1 + rng_below(&r, 39);
		for (size_t j = 0; j < n; j++)
			b[j] = "abc "[rng_below(&r, 4)];
		b[0] = 'a';
		for (size_t i = 0; i < m; i++)
			a[i] = i < n && rng_below(&r, 4) ? b[i] : "abc "[rng_below(&r, 4)];
		a[m] = b[n] = 0;
		struct text_quality q = text_of(a, b), p = text_of(b, b);
		slow = slow && is(q.chrf, slow_chrf(a, b));
		whole = whole && is(p.chrf, 1) && q.likeness.value >= 0 && q.likeness.value <= 1 && q.chrf.value <= 1;
	}
	ok(slow, "chrF against n-grams compared one by one");
	ok(whole, "between 0 and 1, and 1 for the same");
}

int main(void)
{
	test_spans();
	law_spans();
	test_sets();
	law_sets();
	law_edit();
	test_texts();
	law_texts();
	return done();
}
