/* texts: edit distance, medoid, ROVER */
#include "agree/text.h"

#include "math/rng.h"
#include "sets.h"

static size_t dist(const char *a, const char *b)
{
	return text_distance(str_of(a), str_of(b), NULL);
}

static void test_distance(void)
{
	ok(dist("kitten", "sitting") == 3 && dist("intention", "execution") == 5 && dist("saturday", "sunday") == 3 &&
	   dist("", "abc") == 3 && dist("abc", "") == 3 && dist("", "") == 0 && dist("same", "same") == 0, "textbook distances");
	ok(dist("na\xc3\xafve", "naive") == 1 && dist("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x81") == 1 &&
	   dist("\xe2\x82\xac", "") == 1, "characters, not bytes");
	ok(near(text_similarity(STR("abcd"), STR("abce")), 0.75, 0) && near(text_similarity(STR(""), STR("")), 1, 0),
	   "similarity");
}

static size_t slow(const char *a, const char *b)
{
	if (!*a || !*b)
		return strlen(a) + strlen(b);
	size_t d = slow(a + 1, b + 1) + (*a != *b), e = slow(a + 1, b) + 1, f = slow(a, b + 1) + 1;
	e = e < f ? e : f;
	return d < e ? d : e;
}

static void random_text(struct rng *r, char *to, size_t most, unsigned letters)
{
	size_t n = rng_below(r, most + 1);

	for (size_t i = 0; i < n; i++)
		to[i] = (char)('a' + rng_below(r, letters));
	to[n] = '\0';
}

static void test_slow(void)
{
	struct rng r;
	char a[8], b[8];
	bool good = true;

	rng_seed(&r, 1);
	for (int i = 0; i < 2000; i++) {
		random_text(&r, a, 6, 3);
		random_text(&r, b, 6, 3);
		good = good && dist(a, b) == slow(a, b) && dist(b, a) == dist(a, b);
	}
	ok(good, "2000 random pairs against the recursion");
	size_t n = TEXT_CHARS + 10;
	struct buf x = BUF_INIT, y = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		buf_addc(&x, i == 0 || i + 1 == n ? 'q' : 'a');
		buf_addc(&y, i == 0 || i + 1 == n ? 'r' : 'a');
	}
	ok(text_distance(buf_str(&x), buf_str(&y), NULL) == n, "too long to compare: nothing in common");
	x.p[0] = 'r';
	ok(text_distance(buf_str(&x), buf_str(&y), NULL) == 1, "but what they share at the ends does not count");
	buf_release(&x);
	buf_release(&y);
}

static void test_medoid(void)
{
	struct str t[] = { STR("the cat"), STR("the hat"), STR("the bat sat"), STR("the hat") };
	struct text_choice c = text_medoid(t, NULL, 4);

	ok(c.best == 1 && !c.tie && near(c.confidence, (6 / 7.0 + 1 + 1 + 1 - 5 / 11.0) / 4, 1e-12), "nearest to the others");
	c = text_medoid(t, (double[]){ 5, 1, 1, 1 }, 4);
	ok(c.best == 0, "weights");
	c = text_medoid(t, NULL, 2);
	ok(c.best == 0 && c.tie, "two answers: the bytewise first, and a tie");
	c = text_medoid(t, NULL, 1);
	ok(c.best == 0 && !c.tie && c.confidence == 1, "one answer");
	c = text_medoid(t, NULL, 0);
	ok(c.best == SIZE_MAX, "none");
	c = text_medoid((struct str[]){ STR(""), STR(""), STR("") }, NULL, 3);
	ok(c.best == 0 && !c.tie && c.confidence == 1, "all empty");
}

static void rover(const struct str *t, const double *w, size_t n, const char *want, size_t tied, const char *name)
{
	struct buf b = BUF_INIT;
	struct text_vote v;

	bool fits = text_rover(t, w, n, &b, &v);
	ok(fits && v.tied == tied, "%s: %zu slots, %zu tied, %.3f", name, v.slots, v.tied, v.confidence);
	is_str(buf_str(&b), want, name);
	buf_release(&b);
}

static void test_rover(void)
{
	struct str fox[] = { STR("the quick brown fox"), STR("the quick fox"), STR("a quick brown  fox"), STR("the quack brown fox jumps") };
	struct str two[] = { STR("b c d"), STR("a c e") };
	struct str gap[] = { STR("x y"), STR("x z y"), STR("x z y"), STR("x y") };

	rover(fox, NULL, 4, "the quick brown fox", 0, "four near misses");
	rover(fox, (double[]){ 1, 1, 5, 1 }, 4, "a quick brown fox", 0, "one with great weight");
	rover(fox, NULL, 1, "the quick brown fox", 0, "one answer");
	rover(fox, NULL, 0, "", 0, "none");
	rover(two, NULL, 2, "a c e", 2, "two that differ: the nearer one whole, here bytewise");
	rover(two, (double[]){ 2, 1 }, 2, "b c d", 0, "or the weightier");
	rover(gap, NULL, 4, "x y", 1, "two for a word, two for none");
	rover((struct str[]){ STR(" \t\n"), STR("") }, NULL, 2, "", 0, "blank answers");
	rover((struct str[]){ STR("a b"), STR(""), STR("") }, NULL, 3, "", 0, "nothing wins");
}

static void test_order(void)
{
	/* any order of the answers, and each of them twice, gives the same text */
	struct rng r;
	bool good = true;

	rng_seed(&r, 2);
	for (int round = 0; round < 300; round++) {
		char text[5][40];
		struct str t[10], u[10];
		double w[10], x[10];
		size_t n = 1 + rng_below(&r, 5), at = rng_below(&r, n);
		for (size_t i = 0; i < n; i++) {
			random_text(&r, text[i], 12, 3);
			for (char *p = text[i]; *p; p++)
				*p = *p == 'c' ? ' ' : *p;
			w[i] = w[n + i] = 1 + (double)rng_below(&r, 3);
			t[i] = t[n + i] = str_of(text[i]);
		}
		for (size_t i = 0; i < n; i++) {
			u[i] = t[(i + at) % n];
			x[i] = w[(i + at) % n];
		}
		struct buf a = BUF_INIT, b = BUF_INIT, c = BUF_INIT;
		struct text_vote v, v2, v3;
		good = good && text_rover(t, w, n, &a, &v) && text_rover(u, x, n, &b, &v2) && text_rover(t, w, 2 * n, &c, &v3);
		good = good && str_eq(buf_str(&a), buf_str(&b)) && v.confidence == v2.confidence && v.tied == v2.tied;
		good = good && str_eq(buf_str(&a), buf_str(&c)) && v.slots == v3.slots;
		struct text_choice m = text_medoid(t, w, n), m2 = text_medoid(u, x, n);
		good = good && str_eq(t[m.best], u[m2.best]) && m.confidence == m2.confidence && m.tie == m2.tie;
		buf_release(&a);
		buf_release(&b);
		buf_release(&c);
	}
	ok(good, "300 random sets: order does not matter, nor does everything twice");
}

static void test_noise(void)
{
	/* seven noisy copies of a sentence of 40 words */
	struct rng r;
	struct buf copy[7] = { BUF_INIT }, truth = BUF_INIT, out = BUF_INIT;
	struct str t[7];
	struct text_vote v;

	rng_seed(&r, 6);
	for (unsigned i = 0; i < 40; i++) {
		buf_addf(&truth, "%sw%u", i ? " " : "", i * 7 % 40);
		for (unsigned k = 0; k < 7; k++) {
			uint64_t u = rng_below(&r, 30);
			if (u > 0)
				buf_addf(&copy[k], " %s%u", u > 2 ? "w" : "v", i * 7 % 40 + (u == 2));
			if (u == 3)
				buf_adds(&copy[k], " uh");
		}
	}
	for (unsigned k = 0; k < 7; k++)
		t[k] = buf_str(&copy[k]);
	bool fits = text_rover(t, NULL, 7, &out, &v);
	ok(fits, "%zu slots for 40 words, %.2f", v.slots, v.confidence);
	is_str(buf_str(&out), truth.p, "noise is voted out");
	for (unsigned k = 0; k < 7; k++)
		buf_release(&copy[k]);
	buf_release(&truth);
	buf_release(&out);
}

static void test_limit(void)
{
	struct buf a = BUF_INIT, b = BUF_INIT, out = BUF_INIT;
	struct text_vote v;

	for (unsigned i = 0; i < 9000; i++) {
		buf_addf(&a, "a%u ", i);
		buf_addf(&b, "b%u ", i);
	}
	struct str t[] = { buf_str(&a), buf_str(&b) };
	ok(!text_rover(t, NULL, 2, &out, &v) && out.n == 0, "9000 x 9000 words are refused");
	buf_release(&a);
	buf_release(&b);
	buf_release(&out);
}

static void test_skills(void)
{
	double like[] = { 1, 0.75, 1, 0 }, sum[3];
	struct labels l = { 0 };
	double skill[3];

	labels_add(&l, 0, 0, 0);
	labels_add(&l, 0, 1, 1);
	labels_add(&l, 1, 0, 0);
	labels_add(&l, 1, 1, 2);
	l.n_workers = 3;
	labels_group(&l, false);
	text_skills(&l, like, sum, skill);
	ok(sum[0] == 2 && sum[1] == 0.75 && sum[2] == 0 && skill[0] == 0.75 && skill[1] == 1.75 / 4 && skill[2] == 0.5, "skills");
	labels_release(&l);
}

/* 2^-53 is half of what a double at 1 can tell apart, 2^-106 at that: which of them come first decides what is lost */
static void test_skills_order(void)
{
	double like[][5] = { { 1, 0x1p-53, 0x1p-106, 0x1p-106, 0x1p-106 }, { 0x1p-106, 0x1p-106, 0x1p-53, 0x1p-106, 1 } };
	double sum[2], skill;

	for (uint32_t k = 0; k < 2; k++) {
		struct labels l = { 0 };
		for (uint32_t t = 0; t < 5; t++)
			labels_add(&l, t, 0, 0);
		labels_group(&l, false);
		text_skills(&l, like[k], &sum[k], &skill);
		labels_release(&l);
	}
	ok(sum[0] == sum[1], "tasks in another order: the same bits (%a, %a)", sum[0], sum[1]);
}

int main(void)
{
	test_distance();
	test_slow();
	test_medoid();
	test_rover();
	test_order();
	test_noise();
	test_limit();
	test_skills();
	test_skills_order();
	return done();
}
