/* interning: dense ids in order of appearance, any bytes, growth, sorting */
#include "data/intern.h"
#include "math/rng.h"
#include "tap.h"

static struct str name_of(uint32_t i, char *text, size_t n)
{
	return (struct str){ text, (size_t)snprintf(text, n, "t%u", (unsigned)i * 7919u % 1000003u) };
}

static void test_small(void)
{
	struct intern in = { 0 };

	ok(intern_find(&in, STR("a")) == INTERN_NONE, "an empty table holds nothing");
	ok(intern(&in, STR("b")) == 0 && intern(&in, STR("a")) == 1 && intern(&in, STR("b")) == 0 &&
	   intern(&in, STR("")) == 2 && intern(&in, STR("a\0b")) == 3 && intern(&in, STR("a\0c")) == 4 &&
	   intern(&in, STR("")) == 2 && in.n == 5, "ids in order of first appearance; empty and NUL too");
	ok(intern_find(&in, STR("a\0c")) == 4 && intern_find(&in, STR("a\0d")) == INTERN_NONE &&
	   in.n == 5, "intern_find adds nothing");
	ok(str_eq(intern_str(&in, 3), STR("a\0b")) && intern_str(&in, 3).p[3] == '\0', "intern_str");

	uint32_t rank[5], order[5];
	static const uint32_t want[] = { 2, 1, 3, 4, 0 };
	intern_sort(&in, rank, order);
	ok(!memcmp(order, want, sizeof want) && rank[2] == 0 && rank[0] == 4, "bytewise order");
	intern_sort(&in, NULL, order);
	intern_release(&in);
	ok(in.n == 0 && intern_find(&in, STR("b")) == INTERN_NONE, "released: empty");
	intern_sort(&in, rank, order);
	intern_release(&in);
}

static void test_many(uint64_t seed)
{
	enum { N = 200000 };
	struct intern in = { .seed = seed };
	bool right = true;
	char text[32];

	for (uint32_t i = 0; i < N; i++)
		right = right && intern(&in, name_of(i, text, sizeof text)) == i;
	const char *first = intern_str(&in, 0).p;
	for (uint32_t i = 0; i < N; i++) {
		struct str s = name_of(i, text, sizeof text);
		right = right && intern_find(&in, s) == i && str_eq(intern_str(&in, i), s);
	}
	ok(right && in.n == N && first == intern_str(&in, 0).p, "%d strings, seed %llu", N, (unsigned long long)seed);
	intern_release(&in);
}

/* in batches of all sizes, with new and old strings mixed: the ids that intern() gives */
static void test_batches(void)
{
	enum { N = 3000 };
	static struct { int other; struct str s; } item[N];
	static char text[N][32];
	static uint32_t got[N];
	struct intern one = { 0 }, many = { 0 };
	bool same = true;

	for (uint32_t i = 0; i < N; i++)
		item[i].s = name_of(i * 7919 % 997, text[i], sizeof text[i]);
	for (size_t from = 0, n = 0; from < N; from += n, n = (n * 3 + 1) % 200) {
		size_t most = n < N - from ? n : N - from;
		intern_many(&many, &item[from].s, sizeof item[0], most, got + from);
	}
	for (size_t i = 0; i < N; i++)
		same = same && got[i] == intern(&one, item[i].s);
	ok(same && one.n == 997 && many.n == 997, "in batches: the same ids");
	intern_release(&one);
	intern_release(&many);
}

/* all lengths around the one that a slot holds, and strings that differ in one byte only */
static void test_lengths(void)
{
	enum { MOST = 20, KINDS = 3 };
	struct intern in = { 0 };
	char text[MOST];
	uint32_t want = 0;
	bool right = true;

	for (int again = 0; again < 2; again++, want = 0)
		for (size_t n = 0; n <= MOST; n++)
			for (size_t at = 0; at <= n; at++)
				for (int k = 0; k < KINDS && (at < n || k == 0); k++) {
					memset(text, 'a', n);
					if (at < n)
						text[at] = "\0b\xff"[k];
					right = right && intern(&in, (struct str){ text, n }) == want;
					right = right && intern_find(&in, (struct str){ text, n }) == want++;
				}
	ok(right && in.n == KINDS * MOST * (MOST + 1) / 2 + MOST + 1, "%zu strings of 0 to 20 bytes", in.n);
	intern_release(&in);
}

int main(void)
{
	test_small();
	test_batches();
	test_lengths();
	test_many(0);
	test_many(99);
	return done();
}
