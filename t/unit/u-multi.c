/* sets of classes: binary relevance with votes and with a model */
#include "agree/multi.h"

#include "agree/ordinal.h"
#include "math/rng.h"
#include "sets.h"

enum { K = 3 };

/* an answer is a mask: class c is in it when bit c is set; answer v is the set v */
static uint32_t mask_off[9], mask_class[12];
static const struct class_sets masks = { mask_off, mask_class };

static void make_masks(void)
{
	uint32_t n = 0;

	for (uint32_t v = 0; v < 8; v++) {
		mask_off[v] = n;
		for (uint32_t c = K; c-- > 0; )    /* not in order: it does not matter */
			if (v >> c & 1)
				mask_class[n++] = c;
	}
	mask_off[8] = n;
}

static void test_vote(void)
{
	static const uint32_t said[][4] = { { 1, 3, 5, 0 }, { 7, 6, 2, 3 }, { 0, 0, 0, 0 }, { 1, 2, 4, 7 }, { 1, 1, 2, 2 } };
	struct labels l = { .n_tasks = 6 };
	struct multi m;

	for (uint32_t t = 0; t < 5; t++)
		for (uint32_t w = 0; w < 4; w++)
			labels_add(&l, t, w, said[t][w]);
	labels_group(&l, false);
	multi_fit(&l, &masks, K, &(struct multi_opt){ .fn = NULL }, &m);
	ok(m.off[1] == 1 && m.class[0] == 0 && m.q[0] == 0.75 && m.q[1] == 0.25 && m.ties[0] == 0, "three of four");
	ok(m.off[2] == 2 && m.class[1] == 1 && m.ties[1] == 2, "two of four is a tie, and absent");
	ok(m.off[3] == 2 && m.confidence[2] == 1 && m.off[4] == 2 && m.ties[3] == 3 && m.confidence[3] == 0.125 &&
	   m.ties[4] == 2, "the empty set is an answer");
	ok(m.off[6] == 2 && m.confidence[5] == 0, "a task without labels");
	ok(near(m.confidence[0], 0.75 * 0.75 * 0.75, 1e-15), "confidence");
	multi_release(&m);
	uint32_t gold[] = { AGREE_NO_GOLD, AGREE_NO_GOLD, 5, AGREE_NO_GOLD, AGREE_NO_GOLD, 2 };
	multi_fit(&l, &masks, K, &(struct multi_opt){ .gold = gold }, &m);
	ok(m.off[3] == m.off[2] + 2 && m.class[m.off[2]] == 0 && m.class[m.off[2] + 1] == 2 && m.confidence[2] == 1 &&
	   m.off[6] == m.off[5] + 1 && m.class[m.off[5]] == 1 && m.confidence[5] == 1, "gold stays");
	multi_release(&m);
	labels_release(&l);
}

/* worker w adds or drops each class with chance w / 20 */
static void crowd(struct labels *l, uint32_t *truth, uint32_t T, uint32_t W, bool complement, const uint32_t *map)
{
	struct rng r;

	rng_seed(&r, 8);
	for (uint32_t t = 0; t < T; t++) {
		truth[t] = (uint32_t)rng_below(&r, 8);
		for (uint32_t w = 0; w < W; w++) {
			uint32_t v = truth[t], u = 0;
			for (uint32_t c = 0; c < K; c++)
				v ^= rng_below(&r, 20) < w ? 1u << c : 0;
			for (uint32_t c = 0; c < K; c++)
				u |= (v >> c & 1) << map[c];
			labels_add(l, t, w, complement ? 7 - u : u);
		}
	}
	labels_group(l, false);
}

static size_t right(const struct multi *m, const uint32_t *truth)
{
	size_t n = 0;

	for (size_t t = 0; t < m->n_tasks; t++) {
		uint32_t v = 0;
		for (size_t i = m->off[t]; i < m->off[t + 1]; i++)
			v |= 1u << m->class[i];
		n += v == truth[t];
	}
	return n;
}

static void test_model(void)
{
	enum { T = 500, W = 9 };
	static const uint32_t same[] = { 0, 1, 2 }, turned[] = { 2, 0, 1 };
	struct labels l = { 0 }, n = { 0 };
	struct multi m, v, u;
	struct multi_opt o = { .fn = ordinal_fit, .agree = { .threads = 1 } };
	static uint32_t truth[T];

	crowd(&l, truth, T, W, false, same);
	multi_fit(&l, &masks, K, &o, &m);
	multi_fit(&l, &masks, K, &(struct multi_opt){ .fn = NULL }, &v);
	ok(right(&m, truth) > right(&v, truth) && m.converged, "whole sets right of 500: model %zu, votes %zu",
	   right(&m, truth), right(&v, truth));
	ok(m.skill[0] > m.skill[4] && m.skill[4] > m.skill[8], "skills %.2f %.2f %.2f", m.skill[0], m.skill[4], m.skill[8]);
	/* one class alone gives the same */
	struct labels one;
	struct agree_fit f;
	bool good = true;
	multi_labels(&l, &masks, 1, &one);
	ordinal_fit(&one, &(struct agree_opt){ 0 }, &f);
	for (size_t t = 0; t < T; t++)
		good = good && f.q[t * 2 + 1] == m.q[t * K + 1];
	ok(good && one.n == l.n && one.n_classes == 2, "each class is the method on its own labels");
	ok(!memcmp(m.counts + W * 4, f.counts, W * 4 * sizeof(double)), "and so are the counts");
	agree_fit_release(&f);
	labels_release(&one);
	crowd(&n, truth, T, W, false, turned);
	multi_fit(&n, &masks, K, &o, &u);
	good = true;
	for (size_t t = 0; t < T; t++)
		for (size_t c = 0; c < K; c++)
			good = good && m.q[t * K + c] == u.q[t * K + turned[c]];
	ok(good, "classes renamed");
	multi_release(&u);
	labels_release(&n);
	n = (struct labels){ 0 };
	crowd(&n, truth, T, W, true, same);
	multi_fit(&n, &masks, K, &o, &u);
	good = true;
	for (size_t i = 0; i < T * K; i++)
		good = good && near(m.q[i], 1 - u.q[i], 1e-9);
	ok(good, "every set complemented");
	multi_release(&u);
	labels_release(&n);
	o.agree.threads = 4;
	o.counts = m.counts;
	multi_fit(&l, &masks, K, &o, &u);
	ok(right(&u, truth) >= 480, "counts of another day: %zu", right(&u, truth));
	multi_release(&u);
	multi_release(&m);
	multi_release(&v);
	labels_release(&l);
}

static void test_degenerate(void)
{
	struct labels l = { 0 };
	struct multi m;

	labels_group(&l, false);
	multi_fit(&l, &masks, K, &(struct multi_opt){ .fn = ordinal_fit }, &m);
	ok(m.off[0] == 0, "nothing at all");
	multi_release(&m);
	multi_fit(&l, &masks, 0, &(struct multi_opt){ .fn = NULL }, &m);
	ok(m.off[0] == 0, "no classes");
	multi_release(&m);
	labels_release(&l);
	l = (struct labels){ 0 };
	labels_add(&l, 0, 0, 6);
	labels_add(&l, 1, 0, 0);
	labels_group(&l, false);
	multi_fit(&l, &masks, K, &(struct multi_opt){ .fn = ordinal_fit }, &m);
	ok(m.off[1] == 2 && m.class[0] == 1 && m.class[1] == 2 && m.off[2] == 2, "one worker is believed");
	multi_release(&m);
	labels_release(&l);
}

/* tasks 0 .. 19 may have the classes 0 and 1, the others any: those are as if the first were not there for class 2 */
static void test_allowed(void)
{
	enum { T = 60, W = 6 };
	static const uint32_t off[] = { 0, 2 }, class[] = { 0, 1 }, as_is[] = { 0, 1, 2 };
	struct labels l = { 0 }, rest = { .n_tasks = T, .n_workers = W, .n_classes = 8 };
	struct multi a, b;
	uint32_t list[T], truth[T];

	crowd(&l, truth, T, W, false, as_is);
	struct labels bound = { .n_classes = 8 };
	for (uint32_t t = 0; t < T; t++) {
		list[t] = t < 20 ? 0 : MULTI_ANY;
		for (size_t i = l.t_off[t]; i < l.t_off[t + 1]; i++) {
			labels_add(&bound, t, l.t_worker[i], t < 20 ? l.t_value[i] & 3 : l.t_value[i]);
			if (t >= 20)
				labels_add(&rest, t, l.t_worker[i], l.t_value[i]);
		}
	}
	labels_group(&bound, false);
	labels_group(&rest, false);
	struct multi_opt o = { .fn = ordinal_fit, .list_of = list, .allowed = { off, class }, .n_lists = 1 };
	multi_fit(&bound, &masks, K, &o, &a);
	multi_fit(&rest, &masks, K, &(struct multi_opt){ .fn = ordinal_fit }, &b);
	bool zero = true, same = true;
	for (size_t t = 0; t < T; t++) {
		zero = zero && (t >= 20 || a.q[t * K + 2] == 0);
		same = same && (t < 20 || a.q[t * K + 2] == b.q[t * K + 2]);
	}
	ok(zero && same, "a class that may not be is not, and nothing is learned of it");
	multi_release(&b);
	o.list_of = NULL;
	multi_fit(&bound, &masks, K, &o, &b);
	ok(a.q[25 * K] == b.q[25 * K] && a.q[25 * K + 2] != b.q[25 * K + 2], "other classes as before");
	multi_release(&a);
	multi_release(&b);
	labels_release(&l);
	labels_release(&bound);
	labels_release(&rest);
}

int main(void)
{
	make_masks();
	test_vote();
	test_model();
	test_degenerate();
	test_allowed();
	return done();
}
