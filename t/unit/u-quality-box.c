/* boxes against gold: the shared case, matchings against all there are, exact thresholds, crowds */
#include "score/quality-box.h"

#include "measures.h"

static const struct box_rule half = { .match = 0.5 };

/* ---- the shared case --------------------------------------------------------------- */

enum { MOST = 8 };

struct image {
	char task[32];
	struct box box[2][MOST];    /* of the worker, of gold */
	size_t n[2];
};

struct images {
	struct image of[16];
	size_t n;
};

static void read_boxes(const cJSON *j, void *ctx)
{
	struct images *a = ctx;
	const char *task = vec_at(j, "task")->valuestring;
	size_t i = 0;
	const cJSON *e;

	while (i < a->n && strcmp(a->of[i].task, task))
		i++;
	if (i == a->n)
		snprintf(a->of[a->n++].task, sizeof a->of[0].task, "%s", task);
	bool gold = !strcmp(vec_at(j, "kind")->valuestring, "gold");
	cJSON_ArrayForEach(e, vec_at(j, "value")) {
		double x = vec_at(e, "x0")->valuedouble, y = vec_at(e, "y0")->valuedouble;
		a->of[i].box[gold][a->of[i].n[gold]++] = (struct box){ 0, x, y, vec_at(e, "x1")->valuedouble - x,
		                                                       vec_at(e, "y1")->valuedouble - y };
	}
}

static void check_level(const cJSON *doc, const struct images *a, const char *key, double match)
{
	const cJSON *want = vec_at(doc, key);
	struct box_tally t = { .n_images = 0 };
	bool good = true;

	for (size_t i = 0; i < a->n; i++)
		good = good && box_tally_add(&t, a->of[i].box[0], a->of[i].n[0], a->of[i].box[1], a->of[i].n[1],
		       &(struct box_rule){ .match = match });
	struct box_quality q = box_quality(&t);
	ok(good && t.hits.tp == (uint64_t)vec_at(want, "tp")->valueint &&
	   t.hits.fp == (uint64_t)vec_at(want, "fp")->valueint &&
	   t.hits.fn == (uint64_t)vec_at(want, "fn")->valueint, "%s: counts", key);
	ok(as_said(want, "precision", q.prf.precision) && as_said(want, "recall", q.prf.recall) &&
	   as_said(want, "f1", q.prf.f1), "%s: F1", key);
	ok(as_said(want, "mean_iou_matched", q.mean_iou) && as_said(want, "panoptic_quality", q.pq), "%s: IoU and PQ", key);
}

static void shared_boxes(void)
{
	cJSON *doc = vec_shared("cases/metrics/quality_bbox.expect.json");
	static struct images a;
	const cJSON *row, *cell;
	bool exact = true;

	if (!doc)
		return;
	each_line(shared("cases/metrics/quality_bbox.labels.ndjson"), read_boxes, &a);
	size_t j = 0, i;
	cJSON_ArrayForEach(row, vec_at(doc, "pairwise_iou_i0")) {    /* gold down, worker across */
		i = 0;
		cJSON_ArrayForEach(cell, row) {
			struct box_shared s = box_shared(&a.of[0].box[0][i], &a.of[0].box[1][j]);
			exact = exact && s.both * strtod(vec_at(cell, "den")->valuestring, NULL) ==
			                 s.either * strtod(vec_at(cell, "num")->valuestring, NULL);
			i++;
		}
		exact = exact && i == a.of[0].n[0];
		j++;
	}
	ok(exact && j == a.of[0].n[1], "overlaps as exact fractions");
	check_level(doc, &a, "iou>=0.5", 0.5);
	check_level(doc, &a, "iou>=0.75", 0.75);
	cJSON_Delete(doc);
}

/* ---- by hand ----------------------------------------------------------------------- */

/* a strip of 10 high, on x .. x + w */
static struct box strip(double x, double w)
{
	return (struct box){ 0, x, 0, w, 10 };
}

static void test_boxes(void)
{
	/* the first box of the worker fits gold 0 best, but then gold 1 has nobody: overlaps 9/11 8/12; 7/13 none */
	struct box a[] = { strip(1, 10), strip(-3, 10) }, b[] = { strip(0, 10), strip(3, 10) };
	uint32_t of[8];
	struct box_tally t = { .n_images = 0 };
	bool good = quality_box_match(a, 2, b, 2, &half, of);
	ok(good && of[0] == 1 && of[1] == 0, "the greatest sum, not the greatest first");
	good = box_tally_add(&t, a, 2, b, 2, &half);
	struct box_quality q = box_quality(&t);
	ok(good && is(q.pq, (8 / 12. + 7 / 13.) / 2) && is(q.mean_iou, (8 / 12. + 7 / 13.) / 2) &&
	   is_prf(q.prf, 1, 1, 1), "and its figures");

	memset(&t, 0, sizeof t);
	good = box_tally_add(&t, a, 2, b, 1, &half);
	q = box_quality(&t);
	ok(good && is(q.pq, 9 / 11. / 1.5) && is_prf(q.prf, 0.5, 1, 2 / 3.), "one too many is half a one in PQ");
	memset(&t, 0, sizeof t);

	/* one pair that is the same against two that are half: as much, and more pairs */
	struct box c[] = { strip(0, 10), { 0, 0, 0, 10, 5 } }, d[] = { strip(0, 10), { 0, 0, 0, 10, 20 } };
	good = quality_box_match(c, 2, d, 2, &half, of);
	ok(good && of[0] == 1 && of[1] == 0, "of equal sums the one with more pairs");

	/* 4 of 5 reaches 0.8; one unit less does not.  0.7 and 0.6 as well */
	struct box unit = strip(0, 10), part = strip(0, 8), less = strip(0, 7.9999), seven = strip(0, 7), six = strip(0, 6);
	ok(quality_box_match(&part, 1, &unit, 1, &(struct box_rule){ .match = 0.8 }, of) && of[0] == 0 &&
	   quality_box_match(&less, 1, &unit, 1, &(struct box_rule){ .match = 0.8 }, of) && of[0] == UINT32_MAX &&
	   quality_box_match(&seven, 1, &unit, 1, &(struct box_rule){ .match = 0.7 }, of) && of[0] == 0 &&
	   quality_box_match(&six, 1, &unit, 1, &(struct box_rule){ .match = 0.6 }, of) && of[0] == 0,
	   "thresholds are inclusive, as decimals");

	struct box named = strip(0, 10);
	named.label = 1;
	ok(quality_box_match(&named, 1, &unit, 1, &half, of) && of[0] == 0 &&
	   quality_box_match(&named, 1, &unit, 1, &(struct box_rule){ .match = 0.5, .labels = true }, of) &&
	   of[0] == UINT32_MAX, "labels where asked for");

	memset(&t, 0, sizeof t);
	good = box_tally_add(&t, a, 0, b, 0, &half);
	q = box_quality(&t);
	ok(good && t.n_images == 1 && none(q.prf.f1) && none(q.pq) && none(q.mean_iou) && none(q.prf.precision),
	   "empty against empty counts nothing");
	good = box_tally_add(&t, a, 0, b, 2, &half);
	q = box_quality(&t);
	ok(good && none(q.prf.precision) && is(q.prf.recall, 0) && is(q.prf.f1, 0) && is(q.pq, 0) && none(q.mean_iou),
	   "all missed");
	struct box_tally u = { .n_images = 0 };
	good = box_tally_add(&u, a, 2, b, 0, &half);
	box_tally_join(&t, &u);
	q = box_quality(&t);
	ok(good && t.n_images == 3 && t.hits.fp == 2 && t.hits.fn == 2 && is_prf(q.prf, 0, 0, 0), "joined");
	struct box point = { 0, 5, 5, 0, 0 };
	ok(quality_box_match(&point, 1, &point, 1, &half, of) && of[0] == 0 &&
	   quality_box_match(&point, 1, &unit, 1, &half, of) && of[0] == UINT32_MAX, "boxes without area");
}

/* ---- all matchings ------------------------------------------------------------------ */

struct best {
	double sum;
	unsigned n;
};

static void every(const struct box *a, size_t na, const struct box *b, size_t nb, double match, unsigned used,
                  struct best now, struct best *best)
{
	if (!na) {
		if (now.sum > best->sum + 1e-12 || (now.sum > best->sum - 1e-12 && now.n > best->n))
			*best = now;
		return;
	}
	every(a + 1, na - 1, b, nb, match, used, now, best);
	for (size_t j = 0; j < nb; j++) {
		double iou = box_overlap(a, b + j);
		if (!(used & 1u << j) && iou >= match)
			every(a + 1, na - 1, b, nb, match, used | 1u << j, (struct best){ now.sum + iou, now.n + 1 }, best);
	}
}

static void laws(void)
{
	struct rng r;
	bool best = true, valid = true, order = true, turned = true;
	unsigned differ = 0;

	rng_seed(&r, 4);
	for (int round = 0; round < 1500; round++) {
		struct box a[6], b[6];
		uint32_t of[6];
		size_t na = rng_below(&r, 7), nb = rng_below(&r, 7);
		unsigned taken = 0, span = 3 + (unsigned)rng_below(&r, 12);
		double match = rng_below(&r, 2) ? 0.5 : 0.2;
		for (size_t i = 0; i < 6; i++) {
			a[i] = (struct box){ 0, (double)rng_below(&r, span), (double)rng_below(&r, 3),
			       5 + (double)rng_below(&r, 4), 8 };
			b[i] = (struct box){ 0, (double)rng_below(&r, span), (double)rng_below(&r, 3),
			       5 + (double)rng_below(&r, 4), 8 };
		}
		struct box_rule rule = { .match = match };
		struct best want = { 0, 0 }, got = { 0, 0 };
		bool good = quality_box_match(a, na, b, nb, &rule, of);
		for (size_t i = 0; i < na; i++)
			if (of[i] != UINT32_MAX) {
				valid = valid && of[i] < nb && !(taken & 1u << of[i]) && box_overlap(a + i, b + of[i]) >= match;
				taken |= 1u << of[i];
				got.sum += box_overlap(a + i, b + of[i]);
				got.n++;
			}
		every(a, na, b, nb, match, 0, (struct best){ 0, 0 }, &want);
		best = best && good && near(got.sum, want.sum, 1e-12) && got.n == want.n;
		struct box_tally t = { .n_images = 0 }, s = { .n_images = 0 }, u = { .n_images = 0 };
		box_tally_add(&t, a, na, b, nb, &rule);
		box_tally_add(&u, b, nb, a, na, &rule);
		turned = turned && t.hits.tp == u.hits.tp && t.hits.fp == u.hits.fn &&
		         exact_value(&t.iou) == exact_value(&u.iou);
		shuffle(&r, a, na, sizeof *a);
		shuffle(&r, b, nb, sizeof *b);
		box_tally_add(&s, a, na, b, nb, &rule);
		struct box_quality p = box_quality(&t), q = box_quality(&s);
		order = order && s.hits.tp == t.hits.tp && same_measure(p.pq, q.pq) && same_measure(p.mean_iou, q.mean_iou);
		differ += want.n > 1;
	}
	ok(differ > 300, "matchings to choose from");
	ok(valid, "each box at most once, and near enough");
	ok(best, "the best of all matchings");
	ok(order, "order changes no bit");
	ok(turned, "nor who is whom");
}

static void test_crowd(void)
{
	enum { MANY = 2000 };
	struct box *a = mem_alloc(MANY, sizeof *a);
	uint32_t *of = mem_alloc(MANY, sizeof *of);
	bool each = true;

	for (int i = 0; i < MANY; i++)
		a[i] = strip(20 * i, 10);
	ok(quality_box_match(a, MANY, a, MANY, &half, of), "many boxes apart");
	for (uint32_t i = 0; i < MANY; i++)
		each = each && of[i] == i;
	ok(each, "each finds itself");
	for (int i = 0; i < MANY; i++)
		a[i] = strip(0, 10);
	ok(!quality_box_match(a, MANY, a, MANY, &half, of), "a crowd in one place is refused");
	struct box_tally t = { .n_images = 0 };
	ok(!box_tally_add(&t, a, MANY, a, MANY, &half) && t.n_images == 0 && t.hits.tp == 0, "and adds nothing");
	ok(quality_box_match(a, MANY, a, 20, &half, of), "a crowd against few is not");
	free(a);
	free(of);
}

int main(void)
{
	test_boxes();
	laws();
	test_crowd();
	shared_boxes();
	return done();
}
