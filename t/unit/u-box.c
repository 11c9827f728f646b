/* boxes: overlap, matching, votes, skills */
#include "agree/box.h"

#include "base/mem.h"
#include "math/rng.h"
#include "sets.h"

enum { MOST = 4000 };

/* answers as they are made: value v is the v-th */
struct draw {
	struct labels l;
	uint32_t off[MOST], n;
	struct box box[MOST];
};

static void answer(struct draw *d, uint32_t task, uint32_t worker, const struct box *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		d->box[d->off[d->n] + i] = b[i];
	d->off[d->n + 1] = d->off[d->n] + n;
	labels_add(&d->l, task, worker, d->n++);
}

static void fit(struct draw *d, const struct box_opt *o, struct box_set *s)
{
	labels_group(&d->l, false);
	box_fit(&d->l, &(struct boxes){ d->off, d->box }, o, s);
	labels_release(&d->l);
}

static const struct box_opt plain = BOX_OPT_INIT;

static void test_overlap(void)
{
	struct box a = { 0, 0, 0, 10, 10 }, b = { 0, 5, 0, 10, 10 }, c = { 0, 20, 20, 5, 5 }, p = { 0, 3, 3, 0, 0 };
	struct box in = { 0, 2, 2, 5, 5 }, line = { 0, 0, 0, 10, 0 }, tenth = { 0, 0.1, 0.1, 0.2, 0.2 };

	ok(near(box_overlap(&a, &b), 1 / 3.0, 1e-16) && box_overlap(&a, &c) == 0 && box_overlap(&a, &a) == 1 &&
	   box_overlap(&a, &in) == 0.25, "overlaps");
	ok(box_overlap(&p, &p) == 1 && box_overlap(&p, &a) == 0 && box_overlap(&line, &line) == 1 &&
	   box_overlap(&line, &p) == 0 && box_overlap(&tenth, &tenth) == 1, "boxes without area");
	/* 1/3 = 2^24/(3 2^24), and 1/3 less the least bit of a double */
	struct box d = { 0, 0, 0, 16777216, 2 }, e = { 0, 8388608, 0, 16777216, 2 };
	struct box f = { 0, 8388609, 0, 16777216, 2 };
	ok(box_closer(&a, &b, &d, &e) == 0 && box_closer(&a, &b, &d, &f) == 1 && box_closer(&d, &f, &d, &e) == -1, "exact comparison");
}

static void test_image(void)
{
	/* two things; the third worker sees only one, the fourth none, the first also a ghost */
	static struct draw d;
	struct box w0[] = { { 1, 0, 0, 10, 10 }, { 2, 50, 50, 20, 20 }, { 1, 200, 0, 5, 5 } };
	struct box w1[] = { { 1, 1, 0, 10, 10 }, { 3, 52, 50, 20, 20 } }, w2[] = { { 1, 2, 0, 10, 10 } };
	struct box_set s;
	struct box_opt o = plain;
	double ones[] = { 1, 1, 1, 1 };

	answer(&d, 0, 0, w0, 3);
	answer(&d, 0, 1, w1, 2);
	answer(&d, 0, 2, w2, 1);
	answer(&d, 0, 3, NULL, 0);
	d.l.n_tasks = 2;
	o.weight = ones;
	fit(&d, &o, &s);
	ok(s.off[1] == 1 && s.off[2] == 1 && s.half[0] == 1, "three of four see it; two of four are half, and none");
	ok(s.found[0].box.x == 1 && s.found[0].box.w == 10 && s.found[0].box.label == 1 && s.found[0].n == 3 &&
	   s.found[0].share == 0.75 && s.found[0].label_share == 1, "the mean of three");
	ok(near(s.confidence[0], (0.75 + 0.5 + 0.75) / 3, 1e-15) && s.confidence[1] == 1, "confidence");
	double near0 = 90 / 110.0;
	ok(near(s.skill[0], (near0 + 1) / (2 + 1 + 2), 1e-12) && near(s.skill[1], 2 / 4.0, 1e-12) &&
	   near(s.skill[3], 1 / 3.0, 1e-12), "skills by hand");
	ok(near(s.found[0].overlap, (2 * near0 + 1) / 3, 1e-12), "mean overlap");
	box_release(&s);
}

static void test_labels(void)
{
	static struct draw d;
	struct box b[] = { { 7, 0, 0, 1, 1 }, { 4, 0, 0, 1, 1 }, { 7, 0, 0, 1, 1 }, { 4, 0, 0, 1, 1 } };
	struct box_set s;
	double w[] = { 1, 1, 1, 1 };
	struct box_opt o = plain;

	o.weight = w;
	for (uint32_t i = 0; i < 4; i++) {
		answer(&d, 0, i, b + i, 1);
		answer(&d, 1, i, b + i, i < 3);
	}
	fit(&d, &o, &s);
	ok(s.found[0].box.label == 4 && s.found[0].label_tie && s.found[0].label_share == 0.5, "labels tie: the lower");
	ok(s.found[1].box.label == 7 && !s.found[1].label_tie && s.found[1].n == 3, "two to one");
	box_release(&s);
	memset(&d, 0, sizeof d);
	for (uint32_t i = 0; i < 4; i++)
		answer(&d, 0, i, b + i, 1);
	w[3] = 2;
	fit(&d, &o, &s);
	ok(s.found[0].box.label == 4 && !s.found[0].label_tie && s.found[0].label_share == 0.6, "weights decide");
	box_release(&s);
}

static void test_matching(void)
{
	/* a chain: 1 overlaps 2 and 2 overlaps 3 well, 1 and 3 hardly */
	static struct draw d;
	struct box chain[] = { { 0, 0, 0, 10, 10 }, { 0, 3, 0, 10, 10 }, { 0, 6, 0, 10, 10 } };
	struct box two[] = { { 0, 0, 0, 10, 10 }, { 0, 1, 0, 10, 10 } }, one[] = { { 0, 1, 0, 10, 10 } };
	struct box_opt o = plain;
	struct box_set s;

	for (uint32_t w = 0; w < 3; w++)
		answer(&d, 0, w, chain + w, 1);
	fit(&d, &plain, &s);
	/* 7/13 joins the first two; mean of 7/13 and 4/16 is below 1/2: the third stays out */
	ok(s.off[1] == 1 && s.found[0].n == 2 && s.found[0].box.x < 3, "no chains");
	box_release(&s);
	memset(&d, 0, sizeof d);
	answer(&d, 0, 0, two, 2);
	answer(&d, 0, 1, one, 1);
	o.weight = (double[]){ 1, 1 };
	fit(&d, &o, &s);
	ok(s.off[1] == 1 && s.found[0].n == 2 && s.found[0].box.x == 1 && s.half[0] == 1, "one box of a worker in a cluster: the closest");
	box_release(&s);
}

/* images with boxes on a grid; worker w draws with noise and forgets */
static void crowd(struct draw *d, double scale, double shift, bool reverse)
{
	struct rng r;

	rng_seed(&r, 12);
	for (uint32_t t = 0; t < 40; t++) {
		struct box b[6][4];
		uint32_t n[6];
		for (uint32_t w = 0; w < 6; w++) {
			n[w] = 0;
			for (uint32_t i = 0; i < 3; i++) {
				double e[4];
				for (unsigned j = 0; j < 4; j++)
					e[j] = (double)((int64_t)rng_below(&r, 4 * w + 1) - 2 * (int64_t)w);
				if (rng_below(&r, 10) >= w)
					b[w][n[w]++] = (struct box){ i, (100.0 * i + e[0]) * scale + shift, (50 + e[1]) * scale + shift,
					                             (40 + e[2]) * scale, (60 + e[3]) * scale };
			}
			if (rng_below(&r, 10) < w)
				b[w][n[w]++] = (struct box){ 5, (double)rng_below(&r, 300) * scale + shift, 500 * scale + shift, 30 * scale, 30 * scale };
		}
		for (uint32_t w = 0; w < 6; w++)
			answer(d, t, reverse ? 5 - w : w, b[reverse ? 5 - w : w], n[reverse ? 5 - w : w]);
	}
}

static bool same_boxes(const struct box_set *a, const struct box_set *b, double scale, double shift, double tol)
{
	bool good = a->off[a->n_tasks] == b->off[b->n_tasks] && furthest(a->skill, b->skill, a->n_workers) <= tol;

	for (size_t i = 0; good && i < a->off[a->n_tasks]; i++) {
		const struct box_found *p = a->found + i, *q = b->found + i;
		good = near(p->box.x * scale + shift, q->box.x, tol) && near(p->box.y * scale + shift, q->box.y, tol) &&
		       near(p->box.w * scale, q->box.w, tol) && near(p->box.h * scale, q->box.h, tol) &&
		       p->box.label == q->box.label && near(p->share, q->share, tol) && p->n == q->n;
	}
	return good;
}

static void test_crowd(void)
{
	static struct draw d;
	struct box_set s, u;
	size_t right = 0;

	crowd(&d, 1, 0, false);
	fit(&d, &plain, &s);
	for (size_t i = 0; i < s.off[40]; i++) {
		const struct box *b = &s.found[i].box;
		right += b->label < 3 && b->x > 100.0 * b->label - 5 && b->x < 100.0 * b->label + 5 && near(b->w, 40, 0.1);
	}
	ok(s.converged && s.off[40] > 110 && right == s.off[40], "40 images, %zu of 120 boxes, %zu right, %u rounds", s.off[40], right, s.n_iter);
	ok(s.skill[0] > 0.8 && s.skill[0] > s.skill[2] && s.skill[2] > s.skill[5], "skills %.2f %.2f %.2f", s.skill[0],
	   s.skill[2], s.skill[5]);
	memset(&d, 0, sizeof d);
	crowd(&d, 1, 0, true);
	fit(&d, &plain, &u);
	ok(same_boxes(&s, &u, 1, 0, 0), "any order of the answers, same bits");
	box_release(&u);
	memset(&d, 0, sizeof d);
	crowd(&d, 0.37, 1000.1, false);
	fit(&d, &plain, &u);
	ok(same_boxes(&s, &u, 0.37, 1000.1, 1e-9), "scaled and moved");
	box_release(&u);
	memset(&d, 0, sizeof d);
	crowd(&d, 8, -4096, false);
	fit(&d, &plain, &u);
	ok(same_boxes(&s, &u, 8, -4096, 1e-13), "by powers of two and whole numbers");
	box_release(&u);
	box_release(&s);
}

/* the definition of step 1 written plainly on random images: at every pair in order, join if allowed */
static void test_slow(void)
{
	enum { N = 14 };
	struct rng r;
	bool good = true;

	rng_seed(&r, 3);
	for (int round = 0; round < 300; round++) {
		static struct draw d;
		struct box b[N];
		unsigned cluster[N], owner[N], order[N * N], n_pairs = 0;
		struct box_set s;
		memset(&d, 0, sizeof d);
		for (unsigned i = 0; i < N; i++) {
			owner[i] = i / 2;
			cluster[i] = i;
			b[i] = (struct box){ 0, (double)rng_below(&r, 6), (double)rng_below(&r, 6), 6 + (double)rng_below(&r, 4), 7 };
		}
		for (unsigned i = 0; i < N; i++)
			for (unsigned j = i + 1; j < N; j++)
				if (owner[i] != owner[j] && box_overlap(b + i, b + j) >= 0.5)
					order[n_pairs++] = i * N + j;
		for (unsigned i = 1; i < n_pairs; i++)
			for (unsigned j = i; j && box_closer(b + order[j] / N, b + order[j] % N, b + order[j - 1] / N, b + order[j - 1] % N) > 0; j--) {
				unsigned swap = order[j];
				order[j] = order[j - 1];
				order[j - 1] = swap;
			}
		for (unsigned k = 0; k < n_pairs; k++) {
			unsigned p = cluster[order[k] / N], q = cluster[order[k] % N];
			double sum = 0, n = 0;
			for (unsigned i = 0; i < N; i++)
				for (unsigned j = 0; j < N; j++)
					if (cluster[i] == p && cluster[j] == q) {
						sum += owner[i] == owner[j] ? -1e9 : box_overlap(b + i, b + j);
						n++;
					}
			for (unsigned i = 0; p != q && sum >= 0.5 * n * (1 - 1e-12) && i < N; i++)
				cluster[i] = cluster[i] == q ? p : cluster[i];
		}
		unsigned big = 0, n_found = 0;
		for (unsigned c = 0; c < N; c++) {
			unsigned n = 0;
			for (unsigned i = 0; i < N; i++)
				n += cluster[i] == c;
			big += n > 3;
			n_found += n > 3 ? n : 0;
		}
		for (unsigned w = 0; w < N / 2; w++)
			answer(&d, 0, w, b + 2 * w, 2);
		double ones[N / 2] = { 1, 1, 1, 1, 1, 1, 1 };
		struct box_opt o = plain;
		o.weight = ones;
		fit(&d, &o, &s);
		unsigned n = 0;
		for (size_t i = 0; i < s.off[1]; i++)
			n += s.found[i].n;
		good = good && s.off[1] == big && n == n_found;
		box_release(&s);
	}
	ok(good, "300 crowded images against the plain procedure");
}

static void test_degenerate(void)
{
	static struct draw d;
	struct box b = { 3, 1, 2, 0, 0 };
	struct box_set s;

	labels_group(&d.l, false);
	box_fit(&d.l, &(struct boxes){ d.off, d.box }, &plain, &s);
	ok(s.off[0] == 0 && s.converged, "nothing at all");
	box_release(&s);
	labels_release(&d.l);
	answer(&d, 0, 0, &b, 1);
	answer(&d, 1, 0, NULL, 0);
	answer(&d, 2, 0, &b, 1);
	answer(&d, 2, 1, &b, 1);
	fit(&d, &plain, &s);
	ok(s.off[1] == 1 && s.off[2] == 1 && s.off[3] == 2 && s.found[0].share == 1 && s.found[1].box.x == 1 &&
	   s.found[1].overlap == 1, "one worker is all there is; points; an empty image");
	box_release(&s);
}

static void test_match(void)
{
	/* the second of a is nearer to the first of b than the first of a is; ties go to the lower index */
	struct box a[] = { { 1, 0, 0, 10, 10 }, { 2, 1, 0, 10, 10 }, { 3, 50, 50, 10, 10 } };
	struct box b[] = { { 9, 2, 0, 10, 10 }, { 9, 100, 100, 5, 5 }, { 9, 50, 50, 10, 10 }, { 9, 50, 50, 10, 10 } };
	uint32_t of[3];

	ok(box_match(a, 3, b, 4, 0.5, of) && of[0] == BOX_NONE && of[1] == 0 && of[2] == 2, "the closest, then the lower");
	ok(box_match(a, 3, b, 0, 0.5, of) && of[0] == BOX_NONE && of[2] == BOX_NONE && box_match(a, 0, b, 4, 0.5, of),
	   "nothing to match");
	ok(box_match(a, 1, b, 1, 0.7, of) && of[0] == BOX_NONE && box_match(a, 1, b, 1, 80 / 120.0, of) && of[0] == 0,
	   "the threshold itself is enough");
	/* a column of boxes, and one of them everywhere: the other axis is the fast one; and too many the same */
	enum { N = 3000 };
	struct box *c = mem_alloc(N, sizeof *c);
	uint32_t *at = mem_alloc(N, sizeof *at);
	bool good = true;
	for (int i = 0; i < N; i++)
		c[i] = (struct box){ 0, 0, 10.0 * i, 5, 5 };
	good = box_match(c, N, c, N, 0.5, at);
	for (uint32_t i = 0; i < N; i++)
		good = good && at[i] == i;
	ok(good, "a column of %d boxes", N);
	for (int i = 0; i < N; i++)
		c[i] = c[0];
	ok(!box_match(c, N, c, N, 0.5, at), "too crowded");
	free(c);
	free(at);
}

static void test_gold(void)
{
	/* the first is right, the second draws half of it, the third something else; the vote would be 1 and 2 */
	static struct draw d;
	struct box right = { 3, 0, 0, 10, 10 }, half = { 4, 0, 0, 10, 5 }, other = { 5, 80, 0, 10, 10 };
	struct box_opt o = plain;
	struct box_set s;
	uint32_t gold[2] = { BOX_NONE, 0 };

	for (uint32_t t = 0; t < 2; t++) {
		answer(&d, t, 0, &right, 1);
		answer(&d, t, 1, &half, 1);
		answer(&d, t, 2, &other, 1);
	}
	o.gold = gold;
	fit(&d, &o, &s);
	ok(s.off[2] - s.off[1] == 1 && s.found[s.off[1]].box.h == 10 && s.found[s.off[1]].box.label == 3 &&
	   s.found[s.off[1]].share == 1 && s.found[s.off[1]].n == 2 && s.confidence[1] == 1 && s.half[1] == 0, "gold stays");
	ok(s.skill[0] > s.skill[1] && s.skill[1] > s.skill[2], "and shows who is right: %.3f %.3f %.3f", s.skill[0], s.skill[1],
	   s.skill[2]);
	ok(s.off[1] == 1 && s.found[0].box.h > 7.5 && s.found[0].box.h < 10, "which weighs elsewhere");
	box_release(&s);
	memset(&d, 0, sizeof d);
	answer(&d, 0, 0, &right, 1);
	answer(&d, 0, 1, NULL, 0);
	gold[0] = 1;
	fit(&d, &o, &s);
	ok(s.off[1] == 0 && near(s.skill[0], 1 / 3.0, 1e-15) && s.skill[1] == 0.5, "gold that is empty");
	box_release(&s);
}

/* weights that do not sum exactly */
static void test_sure(void)
{
	static struct draw d;
	struct box b = { 0, 0, 0, 10, 10 };
	double w[MOST / 2];
	struct box_opt o = plain;
	struct box_set s;

	for (uint32_t i = 0; i < MOST / 2; i++) {
		w[i] = 0.1 + i % 7 / 3.0;
		answer(&d, 0, i, &b, 1);
	}
	o.weight = w;
	fit(&d, &o, &s);
	ok(s.confidence[0] == 1 && s.found[0].share == 1 && s.found[0].box.w == 10, "all agree: exactly 1");
	box_release(&s);
}

int main(void)
{
	test_overlap();
	test_image();
	test_labels();
	test_matching();
	test_crowd();
	test_slow();
	test_degenerate();
	test_match();
	test_gold();
	test_sure();
	return done();
}
