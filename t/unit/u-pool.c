/* The pool's rule, words and call data, against constants from the contracts and from cast. */
#include "base/mem.h"
#include "chain/abi.h"
#include "chain/deployment.h"
#include "chain/pool.h"
#include "hash/keccak256.h"
#include "math/rng.h"
#include "vec.h"

static struct rng rng;

/* ---- what auditors sign ---- */

static struct address address(const char *text)
{
	struct address a;
	struct err e;

	BUG_ON(!address_parse(str_of(text), &a, &e));
	return a;
}

static void hash(struct str text, uint8_t out[32])
{
	BUG_ON(text.n != 66 || !hex_get((struct str){ text.p + 2, 64 }, out, 32));
}

static void digest_is(const char *name, uint64_t chain, const char *pool, uint64_t batch, const char *data_hash,
		      const char *total, const char *log_root, const char *want)
{
	uint8_t data[32], root[32], out[32];
	struct address a = address(pool);
	struct u256 t;
	struct err e;

	hash(str_of(data_hash), data);
	hash(str_of(log_root), root);
	BUG_ON(!u256_from_dec(str_of(total), &t, &e));
	pool_digest(chain, &a, batch, data, t, root, out);
	is_hex(out, sizeof out, want, name);
}

static void digests(void)
{
	digest_is("the digest of a settlement, from three libraries", 10, "0xA4b602EA3a95d6535A57bd19194E64521EA433BD", 7,
		  "0x4a79e3171d3dee6aeb1c5320e9a08cc37838d6ba6eff37b82bf29dcd983d5f1c", "6160790498972665352526815027",
		  "0x01ee22ae65cfeee5bc1af480aa28d31bcd5ceea508cac8795979e5aab3bc4d10",
		  "0x9ed38f3628029c0a3c237c4dfeb3c6d9ca640a2dcd4f55cdc6be09b211f05f5a");

	cJSON *doc = vec_shared("cases/chain/eip712.json");
	const cJSON *c;
	int n = 0;
	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		if (!str_is(vec_str(c, "primaryType"), "Settlement"))
			continue;
		const cJSON *d = vec_at(c, "domain"), *m = vec_at(c, "message");
		digest_is(vec_str(c, "name").p, strtoull(vec_str(d, "chainId").p, NULL, 10), vec_str(d, "verifyingContract").p,
			  strtoull(vec_str(m, "seq").p, NULL, 10), vec_str(m, "dataHash").p, vec_str(m, "total").p,
			  vec_str(m, "logRoot").p, vec_str(c, "digest").p);
		n++;
	}
	ok(n > 0, "%d settlements in ../shared", n);
	cJSON_Delete(doc);
}

/* ---- the rule ---- */

struct case_ {
	uint64_t rate;
	uint16_t t[3], m[3], lo, hi, c0, c1;
	uint8_t probation;
	uint16_t probation_bp, floor_at, floor_bp;
	uint32_t units;
	uint16_t score, bonus;
	uint8_t batches;
	uint16_t reputation;
	uint64_t want;
};

/* Of the cases that t/tool/reward-vectors prints and contracts/test/RewardVectors.t.sol has compared with the contract:
 * every tier, both sides and the middle of the line, newcomers and the doubted. */
static const struct case_ cases[] = {
	{ 65369, { 5394, 5458, 7292 }, { 0, 20549, 32615 }, 1830, 3559, 0, 32767, 7, 6582, 0, 7244, 14726551, 7129, 1831, 3, 7062, 2343656516 },
	{ 331, { 5289, 7339, 7614 }, { 0, 12191, 20575 }, 7056, 10000, 10524, 12135, 2, 9353, 5277, 10000, 6028250, 7614, 7056, 3, 5276, 4320558918 },
	{ 41802556759, { 2136, 4560, 10000 }, { 9414, 9718, 32767 }, 8187, 9644, 14454, 19862, 0, 2684, 10000, 1286, 6238988, 3559, 6478, 0, 4047, 0 },
	{ 476, { 3068, 7860, 10000 }, { 0, 11359, 32767 }, 8117, 9195, 6076, 25687, 0, 5193, 4867, 7940, 5775933, 7861, 3405, 7, 4868, 0 },
	{ 33, { 0, 3317, 8809 }, { 14923, 21797, 24946 }, 9287, 10000, 0, 20765, 13, 298, 6007, 4172, 0, 0, 9098, 11, 6006, 0 },
	{ 202, { 3556, 3612, 8160 }, { 0, 19897, 32767 }, 0, 8925, 0, 26659, 1, 9176, 5465, 4960, 911539, 5617, 8926, 7, 6399, 976693007 },
	{ 237748989, { 2745, 4679, 10000 }, { 2091, 13776, 32767 }, 10000, 10000, 4656, 26640, 0, 463, 3486, 3488, 16777215, 10000, 10000, 15, 7323, 34818451333303605 },
	{ 28856, { 0, 0, 531 }, { 0, 4719, 29505 }, 4404, 9430, 0, 30501, 0, 9968, 8530, 10000, 16777215, 0, 0, 9, 8529, 0 },
	{ 3182548026, { 6959, 6981, 7791 }, { 1627, 4704, 31216 }, 6091, 6882, 32767, 32767, 15, 115, 5153, 1039, 14688411, 6958, 0, 13, 5153, 0 },
	{ 25435782244, { 1561, 5464, 10000 }, { 0, 29655, 32767 }, 0, 0, 0, 13527, 15, 3073, 41, 343, 16777215, 894, 0, 15, 40, 0 },
	{ 89, { 5676, 7696, 10000 }, { 3875, 23801, 32767 }, 4640, 10000, 0, 14553, 2, 10000, 3169, 10000, 11917321, 1580, 4641, 0, 3169, 0 },
	{ 1052, { 0, 5971, 8412 }, { 16807, 19095, 26736 }, 4702, 5673, 0, 13597, 15, 7299, 8300, 0, 16777215, 8412, 4701, 4, 8299, 0 },
	{ 131427, { 13, 1773, 2114 }, { 0, 0, 26154 }, 73, 2735, 10691, 13914, 15, 3476, 7178, 5699, 2065221, 5815, 2734, 14, 5579, 195639813558 },
	{ 12869, { 1038, 8388, 9581 }, { 2334, 22727, 27732 }, 7629, 7746, 16819, 30955, 11, 0, 6209, 4743, 13013458, 4611, 7630, 15, 6209, 66210388376 },
	{ 899605, { 5889, 7021, 9963 }, { 14941, 31495, 32767 }, 0, 2881, 0, 24961, 7, 0, 4912, 8813, 1596918, 5889, 6813, 9, 7871, 5357672005674 },
	{ 2082469, { 818, 5650, 10000 }, { 0, 13432, 28386 }, 5701, 7293, 32767, 32767, 7, 10000, 10000, 727, 2420268, 817, 4929, 15, 10000, 0 },
	{ 6088699118, { 2174, 10000, 10000 }, { 7206, 25761, 32767 }, 1056, 7094, 2426, 22722, 15, 8534, 5817, 9185, 9113321, 9999, 7093, 11, 5818, 77520786910664799 },
	{ 4, { 4936, 6153, 10000 }, { 2936, 16833, 26113 }, 4373, 8157, 1613, 16586, 6, 6607, 1914, 0, 0, 10000, 1283, 15, 1913, 0 },
	{ 79463232, { 2961, 9641, 9982 }, { 5479, 14374, 28488 }, 8257, 10000, 0, 12617, 0, 1618, 3597, 0, 7192497, 0, 8258, 15, 3596, 0 },
	{ 117, { 0, 2969, 7853 }, { 7223, 13288, 15702 }, 0, 2251, 0, 17753, 4, 6440, 1857, 7721, 16344759, 2429, 5285, 0, 1857, 1579209029 },
	{ 196340, { 481, 1386, 3050 }, { 3460, 17915, 20236 }, 0, 2794, 16516, 28674, 12, 108, 10000, 9860, 16390759, 7074, 9105, 15, 9999, 18411862290203 },
	{ 236990671534, { 0, 6548, 10000 }, { 2548, 19972, 28980 }, 0, 5862, 32767, 32767, 10, 10000, 4266, 3699, 5347703, 6899, 1, 0, 92, 3067899303926244641 },
	{ 1, { 0, 7374, 10000 }, { 437, 3346, 10822 }, 1090, 5350, 6805, 28018, 9, 666, 0, 1935, 11912039, 9999, 5820, 3, 0, 743743 },
	{ 339424651010, { 1870, 6549, 8182 }, { 18424, 26116, 30840 }, 1942, 7421, 8110, 28136, 11, 10000, 9250, 8356, 16256536, 1183, 7421, 4, 9251, 0 },
};

static void from_case(const struct case_ *c, struct pool_params *p, struct work *w, struct pool_lane *l)
{
	*p = (struct pool_params){
		.version = 1, .rate = c->rate, .lo = c->lo, .hi = c->hi, .c0 = c->c0, .c1 = c->c1,
		.probation = c->probation, .probation_bp = c->probation_bp, .floor_at = c->floor_at, .floor_bp = c->floor_bp,
		.start_reputation = 5000, .batch_budget = 1, .period_budget = 1, .period = 1, .window = 1, .patience = 1,
	};
	memcpy(p->t, c->t, sizeof p->t);
	memcpy(p->m, c->m, sizeof p->m);
	*w = (struct work){ 1, c->units, c->score, c->bonus };
	*l = (struct pool_lane){ 0, c->reputation, c->batches, 0 };
}

static void pays_as_the_contract(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pool_params p;
		struct pool_lane l;
		struct work w;
		struct err e;
		uint64_t got = 1;
		from_case(&cases[i], &p, &w, &l);
		bool good = pool_params_check(&p, &e) && pool_pay(&p, &w, &l, &got, &e);
		ok(good && got == cases[i].want, "case %zu of the contract: %llu, want %llu", i, (unsigned long long)got,
		   (unsigned long long)cases[i].want);
	}
}

static uint32_t any(uint32_t below)
{
	return rng_below(&rng, 4) ? (uint32_t)rng_below(&rng, below) : rng_below(&rng, 2) ? below - 1 : 0;
}

static void random_params(struct pool_params *p)
{
	do {
		*p = (struct pool_params){
			.version = 1, .rate = rng_next(&rng) >> (24 + rng_below(&rng, 30)), .t = { (uint16_t)any(10001) },
			.m = { (uint16_t)any(1 << 15) }, .probation = (uint8_t)any(16), .probation_bp = (uint16_t)any(10001),
			.floor_at = (uint16_t)any(10001), .floor_bp = (uint16_t)any(10001), .start_reputation = (uint16_t)(1 + any(10000)),
			.batch_budget = 1, .period_budget = 1, .period = 1, .window = 1, .patience = 1,
		};
		for (int i = 1; i < 3; i++) {
			p->t[i] = (uint16_t)(p->t[i - 1] + any(10001u - p->t[i - 1]));
			p->m[i] = (uint16_t)(p->m[i - 1] + any(32768u - p->m[i - 1]));
		}
		p->hi = (uint16_t)any(10001);
		p->lo = (uint16_t)any(p->hi + 1u);
		p->c1 = (uint16_t)any(1 << 15);
		p->c0 = (uint16_t)any(p->c1 + 1u);
	} while (p->rate == 0);
}

/* As Reward.payFour does it: tiers as a sum of steps, doubts as a sum of products; in 256 bits. */
static bool slow_pay(const struct pool_params *p, const struct work *w, const struct pool_lane *l, uint64_t *out)
{
	uint64_t gate = 0, bonus, known = l->batches >= p->probation;
	uint64_t reputation = l->batches || l->reputation ? l->reputation : p->start_reputation;
	uint64_t trusted = reputation >= p->floor_at, a = p->probation_bp, b = p->floor_bp;
	struct u256 v = u256_of(p->rate);

	gate += (w->score >= p->t[0]) * (uint64_t)p->m[0];
	gate += (w->score >= p->t[1]) * (uint64_t)(p->m[1] - p->m[0]);
	gate += (w->score >= p->t[2]) * (uint64_t)(p->m[2] - p->m[1]);
	bonus = w->bonus < p->lo ? 0 : w->bonus >= p->hi ? p->c1 :
		p->c0 + (uint64_t)(p->c1 - p->c0) * (uint64_t)(w->bonus - p->lo) / (uint64_t)(p->hi - p->lo);
	uint64_t doubts = a * b + known * (10000 - a) * b + trusted * a * (10000 - b) + known * trusted * (10000 - a) * (10000 - b);
	BUG_ON(!u256_mul(&v, v, u256_of(w->units)) || !u256_mul(&v, v, u256_of(gate)) || !u256_mul(&v, v, u256_of(bonus)) ||
	       !u256_mul(&v, v, u256_of(doubts)) || !u256_divmod_u64(&v, NULL, v, 10000000000000000));
	return u256_to_u64(v, out);
}

static void pays_as_defined(void)
{
	enum { N = 200000 };
	size_t wrong = 0, zero = 0, refused = 0;

	for (int i = 0; i < N; i++) {
		struct pool_params p;
		struct err e;
		uint64_t got = 0, want = 0;
		random_params(&p);
		uint16_t near[] = { p.t[0], p.t[1], p.t[2], (uint16_t)any(10001) };
		struct work w = { 1, any(1 << 24), near[rng_below(&rng, 4)], near[3] };
		w.score = (uint16_t)(w.score && rng_below(&rng, 2) ? w.score - 1 : w.score);
		w.bonus = rng_below(&rng, 2) ? (uint16_t)any(10001) : rng_below(&rng, 2) ? p.lo : p.hi;
		struct pool_lane l = { 0, (uint16_t)any(10001), (uint8_t)any(16), 0 };
		if (rng_below(&rng, 2))
			l.reputation = p.floor_at && rng_below(&rng, 2) ? (uint16_t)(p.floor_at - 1) : p.floor_at;
		bool fits = slow_pay(&p, &w, &l, &want);
		bool good = pool_params_check(&p, &e) && pool_pay(&p, &w, &l, &got, &e);
		wrong += fits != good || (fits && got != want);
		zero += fits && want == 0;
		refused += !fits;
	}
	ok(wrong == 0, "%d random works: another way to the same integer (%zu differ)", N, wrong);
	ok(zero < N / 3 * 2 && refused < N / 10, "of which %zu are paid nothing and %zu more than 64 bits", zero, refused);
}

static void new_lanes(void)
{
	struct pool_params p;
	struct work w;
	struct pool_lane l, never = { 0 }, sunk = { .batches = 1 };
	uint32_t mult[4];

	from_case(&cases[0], &p, &w, &l);
	p.floor_at = 5000;
	p.floor_bp = 1;
	pool_mult(&p, 0, 0, &never, mult);
	ok(mult[3] == 10000 && pool_lane_is_new(&never), "who was never paid has the first reputation");
	p.start_reputation = 4999;
	pool_mult(&p, 0, 0, &never, mult);
	ok(mult[3] == 1, "which may be below the floor");
	p.start_reputation = 5000;
	pool_mult(&p, 0, 0, &sunk, mult);
	ok(mult[3] == 1 && !pool_lane_is_new(&sunk), "a reputation that has sunk to 0 is 0");
}

static void params(void)
{
	static const struct case_ sound = {
		1, { 1, 2, 3 }, { 4, 5, 6 }, 7, 8, 9, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0
	};
	struct pool_params p, q;
	struct pool_lane l;
	struct work w;
	struct err e;

	from_case(&sound, &p, &w, &l);
	ok(pool_params_check(&p, &e), "parameters are taken");
#define BAD(what, value) q = p; q.what = value; ok(!pool_params_check(&q, &e), #what " = " #value ": %s", e.msg)
	BAD(version, 0);
	BAD(version, (uint64_t)1 << 32);
	BAD(rate, (uint64_t)1 << 40);
	BAD(t[0], 3);
	BAD(t[1], 4);
	BAD(m[0], 6);
	BAD(m[1], 7);
	BAD(t[2], 10001);
	BAD(lo, 9);
	BAD(c0, 11);
	BAD(m[2], 32768);
	BAD(c1, 32768);
	BAD(probation_bp, 10001);
	BAD(floor_bp, 10001);
	BAD(floor_at, 10001);
	BAD(probation, 16);
	BAD(start_reputation, 0);
	BAD(start_reputation, 10001);
	BAD(batch_budget, (uint64_t)1 << 39);
	BAD(period, 0);
	BAD(window, 0);
	BAD(patience, 0);
#undef BAD
	uint64_t out = 7;
	w.units = 1 << 24;
	ok(!pool_pay(&p, &w, &l, &out, &e) && out == 7, "units: %s", e.msg);
	w = (struct work){ 1, 1, 10001, 0 };
	ok(!pool_pay(&p, &w, &l, &out, &e) && out == 7, "score: %s", e.msg);
	w = (struct work){ 1, 1, 0, 10001 };
	ok(!pool_pay(&p, &w, &l, &out, &e) && out == 7, "bonus: %s", e.msg);
}

/* ---- words ---- */

static void words_are(void)
{
	const struct work w[] = { { 1, 1, 2, 3 }, { 3, 0xffffff, 10000, 10000 }, { 4, 5, 6, 7 }, { 0xffffffff, 8, 9, 10 } };
	struct buf b = BUF_INIT;
	uint8_t h[32];

	ok(words_put(&b, w, 4) == 3 && b.n == 96, "three slots are three words");
	is_hex(b.p, 32, "00000000" "00000000000000" "00000100020003" "00000000000000" "ffffff27102710", "worker 0 is nobody");
	is_hex(b.p + 32, 32, "00000001" "00000500060007" "00000000000000" "00000000000000" "00000000000000", "slot 1");
	is_hex(b.p + 64, 32, "3fffffff" "00000000000000" "00000000000000" "00000000000000" "0000080009000a", "the last slot");
	words_hash(buf_str(&b), h);
	/* cast keccak of the 96 bytes above */
	is_hex(h, 32, "e4cabe429cece3c5286dc41fcc9a3d9a5e6a62749d12183c8478efaaa13d401d", "their hash");
	buf_reset(&b);
	ok(words_put(&b, w, 0) == 0 && b.n == 0, "no works, no words");
	buf_release(&b);
}

static void round_trips(void)
{
	size_t wrong = 0;

	for (int i = 0; i < 3000; i++) {
		struct work w[64], *back = NULL;
		size_t n = 1 + (size_t)rng_below(&rng, 64), n_back = 0;
		uint32_t index = (uint32_t)rng_below(&rng, 1u << 31), step = 1 + (uint32_t)rng_below(&rng, 9);
		struct buf b = BUF_INIT;
		struct err e;
		for (size_t k = 0; k < n; k++) {
			index += 1 + (uint32_t)rng_below(&rng, step);
			w[k] = (struct work){ index, 1 + any((1 << 24) - 1), (uint16_t)any(10001), (uint16_t)any(10001) };
		}
		size_t n_words = words_put(&b, w, n);
		wrong += n_words * 32 != b.n || !words_get(buf_str(&b), &back, &n_back, &e) || n_back != n ||
			memcmp(back, w, n * sizeof *w) != 0;
		free(back);
		buf_release(&b);
	}
	ok(wrong == 0, "3000 random batches there and back (%zu wrong)", wrong);
}

static void refuses(const char *hex, size_t times, const char *want)
{
	struct buf b = BUF_INIT, one = BUF_INIT;
	struct work *w = mem_zalloc(1, sizeof *w);
	struct err e = { .msg = "" };
	size_t n = 1;

	w->units = 7;
	buf_adds(&b, "0x");
	while (times--)
		buf_adds(&b, hex);
	BUG_ON(!hex_get_any(buf_str(&b), &one));
	ok(!words_get(buf_str(&one), &w, &n, &e) && n == 1 && w->units == 7, "refused: %s", e.msg);
	is_str(str_of(e.msg), want, "with these words");
	free(w);
	buf_release(&b);
	buf_release(&one);
}

#define NONE "00000000000000"
#define SOME "00000100020003"
static void bad_words(void)
{
	refuses("", 0, "expected 1 to 512 words of 32 bytes, got 0 bytes");
	refuses("00", 31, "expected 1 to 512 words of 32 bytes, got 31 bytes");
	refuses("00", 513 * 32, "expected 1 to 512 words of 32 bytes, got 16416 bytes");
	refuses("00000001" SOME NONE NONE NONE, 2, "word 1: slots do not rise");
	refuses("00000002" SOME NONE NONE NONE "00000001" SOME NONE NONE NONE, 1, "word 1: slots do not rise");
	refuses("00000000" SOME NONE NONE NONE, 1, "word 0: there is no such worker");
	refuses("40000000" SOME NONE NONE NONE, 1, "word 0: there is no such worker");
	refuses("00000001" NONE NONE NONE NONE, 1, "word 0: pays nobody");
	refuses("00000001" NONE NONE NONE "00000000010000", 1, "word 0: a score without units");
	refuses("00000001" NONE NONE NONE "00000127110000", 1, "word 0: a score above 10000");
	refuses("00000001" NONE NONE NONE "00000100002711", 1, "word 0: a score above 10000");
}

/* ---- call data: what cast makes of the same arguments ---- */

static void is_data(struct buf *b, const char *want, const char *name)
{
	is_hex(b->p, b->n, want, name);
	buf_release(b);
}

#define W1 "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define W2 "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"
#define R1 "1111111111111111111111111111111111111111111111111111111111111111"
#define WORD(x) "00000000000000000000000000000000000000000000000000000000000000" x
#define SIG(x) WORD("41") x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x \
	x x x x x x x x x x x x x x x x "00000000000000000000000000000000000000000000000000000000000000"
static void call_data(void)
{
	uint8_t root[32], words[64], sig[2][65];
	struct str w = { (const char *)words, sizeof words };
	const uint32_t index[] = { 1, 77, 0xffffffff };
	struct buf b = BUF_INIT;

	memset(root, 0x11, sizeof root);
	memset(words, 0xa1, 32);
	memset(words + 32, 0xb2, 32);
	memset(sig[0], 0xc3, 65);
	memset(sig[1], 0xd4, 65);
	pool_put_post(&b, 7, root, w);
	is_data(&b, "af9d29a1" WORD("07") R1 WORD("60") WORD("02") W1 W2, "post");
	pool_put_settle(&b, 7, w);
	is_data(&b, "f9cf32ad" WORD("07") WORD("40") WORD("02") W1 W2, "settle");
	pool_put_settle_signed(&b, 7, w, (const uint8_t (*)[65])sig, 2);
	is_data(&b, "56ec16b4" WORD("07") WORD("60") WORD("c0") WORD("02") W1 W2 WORD("02") WORD("40") WORD("c0") SIG("c3") SIG("d4"),
		"settle with signatures");
	pool_put_withdraw(&b, index, 3);
	is_data(&b, "b3ff1860" WORD("20") WORD("03") WORD("01") WORD("4d")
		"00000000000000000000000000000000000000000000000000000000ffffffff", "withdrawMany");
}

/* ---- errors ---- */

static void error_is(const char *hex, const char *want, const char *is, const char *is_not)
{
	struct buf data = BUF_INIT, text = BUF_INIT;

	BUG_ON(!hex_get_any(str_of(hex), &data));
	pool_put_error(&text, buf_str(&data));
	is_str(buf_str(&text), want, want);
	if (is)
		ok(pool_error_is(buf_str(&data), is) && !pool_error_is(buf_str(&data), is_not), "is %s, and not %s", is, is_not);
	buf_release(&data);
	buf_release(&text);
}

static void errors(void)
{
	error_is("0x1a8ce787" WORD("0c") WORD("0a"), "OverBatchBudget(total 12, budget 10)", "OverBatchBudget", "OverPeriodBudget");
	error_is("0xe07a3d23000000000000000000000000000000000000000000000000000000006b06ae80", "WindowIsOpen(until 2026-11-25T09:46:40Z)",
		 "WindowIsOpen", "WindowIsClosed");
	error_is("0x915b745100000000000000000000000070997970c51812dc3a010c7d01b50e0d17dc79c8",
		 "NotAPoster(caller 0x70997970C51812dc3A010C7d01b50e0d17dc79C8)", "NotAPoster", "NotThePoster");
	error_is("0xfa820fd6" R1 W1, "OtherData(got 0x" R1 ", want 0x" W1 ")", "OtherData", "WrongBatch");
	error_is("0x2166ec35", "NoQuorum", "NoQuorum", "NoBond");
	error_is("0xe37d4aeb" WORD("02"), "WrongState(state 2)", "WrongState", "WrongBatch");
	error_is("0x9c4b9722" WORD("05"), "NoSuchWorker(index 5)", "NoSuchWorker", "NoWorker");
	error_is("0x9c4b9722", "NoSuchWorker", "NoSuchWorker", "NoWorker");
	error_is("0x1a8ce787" WORD("0c"), "OverBatchBudget(total 12)", NULL, NULL);
	error_is("0x", "no reason given", NULL, NULL);
	error_is("0x12345678", "custom error 0x12345678", NULL, NULL);
}

static void times(void)
{
	static const struct { uint64_t s; const char *text; } t[] = {
		{ 0, "1970-01-01T00:00:00Z" }, { 951782400, "2000-02-29T00:00:00Z" }, { 951868799, "2000-02-29T23:59:59Z" },
		{ 951868800, "2000-03-01T00:00:00Z" }, { 4107542399, "2100-02-28T23:59:59Z" }, { 4107542400, "2100-03-01T00:00:00Z" },
		{ 1795600000, "2026-11-25T09:46:40Z" }, { 1798761599, "2026-12-31T23:59:59Z" }, { 1798761600, "2027-01-01T00:00:00Z" },
		{ (uint64_t)1 << 40, "36812-02-20T00:36:16Z" }, { UINT64_MAX, "second 18446744073709551615" },
	};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&b);
		pool_put_time(&b, t[i].s);
		is_str(buf_str(&b), t[i].text, t[i].text);
	}
	buf_release(&b);
}

/* "Name(type,type)" of an entry of an ABI */
static void put_signature(struct buf *b, const cJSON *entry)
{
	const cJSON *in;
	bool first = true;

	buf_addf(b, "%s(", vec_str(entry, "name").p);
	cJSON_ArrayForEach(in, vec_at(entry, "inputs")) {
		buf_addf(b, "%s%s", first ? "" : ",", vec_str(in, "type").p);
		first = false;
	}
	buf_addc(b, ')');
}

/* No contract can refuse in words that nobody here knows. */
static void all_errors(const char *contract)
{
	const char *top = getenv("LBL_TOP");
	char path[4096];
	cJSON *abi;
	const cJSON *c;
	size_t n = 0, unknown = 0;

	snprintf(path, sizeof path, "%s/contracts/abi/%s.json", top ? top : ".", contract);
	struct buf text = slurp(path);
	abi = cJSON_Parse(text.p);
	cJSON_ArrayForEach(c, abi) {
		struct buf sig = BUF_INIT, data = BUF_INIT, words = BUF_INIT;
		if (!str_is(vec_str(c, "type"), "error"))
			continue;
		put_signature(&sig, c);
		abi_put_selector(&data, sig.p);
		pool_put_error(&words, buf_str(&data));
		if (!str_eq(buf_str(&words), vec_str(c, "name"))) {
			printf("# %s: %s\n", sig.p, words.p);
			unknown++;
		}
		n++;
		buf_release(&sig);
		buf_release(&data);
		buf_release(&words);
	}
	ok(n > 5 && unknown == 0, "%s: all of %zu errors are known by name", contract, n);
	cJSON_Delete(abi);
	buf_release(&text);
}

/* ---- deployments ---- */

#define CODE "0x2222222222222222222222222222222222222222222222222222222222222222"
#define AT(x) "{\"address\":\"0x00000000000000000000000000000000000000" x "\",\"code_hash\":\"" CODE "\"}"
static const char deployment[] = "{\n \"kind\": \"deployment\",\"chain_id\":31337,\"genesis\":\"0x" R1 "\",\"config\":\"0x\",\"block\":9,"
	"\"params_version\":1,\"contracts\":{\"timelock\":1,\"token\":" AT("01") ",\"registry\":" AT("02") ",\"adapter\":" AT("03")
	",\"pool\":" AT("04") ",\"claims\":" AT("05") "}}";

static void bad_deployment(const char *from, const char *to, const char *want)
{
	struct buf b = BUF_INIT;
	struct deployment d;
	struct err e = { .msg = "" };
	const char *at = strstr(deployment, from);

	BUG_ON(!at);
	buf_add(&b, deployment, (size_t)(at - deployment));
	buf_adds(&b, to);
	buf_adds(&b, at + strlen(from));
	ok(!deployment_read(buf_str(&b), &d, &e), "refused: \"%s\" for \"%.20s\"", to, from);
	is_str(str_of(e.msg), want, want);
	buf_release(&b);
}

static void deployments(void)
{
	struct deployment d;
	struct err e;

	ok(deployment_read(str_of(deployment), &d, &e), "a deployment is read");
	ok(d.chain_id == 31337 && d.block == 9, "chain and block");
	is_hex(d.genesis, 32, R1, "genesis");
	ok(d.token.address.b[19] == 1 && d.registry.address.b[19] == 2 && d.pool.address.b[19] == 4 && d.claims.address.b[19] == 5,
	   "each contract has its own address");
	is_hex(d.claims.code_hash, 32, CODE, "code hash");
	bad_deployment("\"chain_id\":31337,", "", "field \"chain_id\" is missing");
	bad_deployment("31337", "\"31337\"", "field \"chain_id\": expected a number, got a string");
	bad_deployment("31337", "0", "field \"chain_id\": is 0");
	bad_deployment("31337", "1.5", "field \"chain_id\": expected a whole number below 2^53");
	bad_deployment("\"block\":9", "\"block\":-9", "field \"block\": expected a whole number below 2^53");
	bad_deployment(R1, "11", "field \"genesis\": expected 0x and 64 hexadecimal digits");
	bad_deployment("\"pool\":", "\"poll\":", "contracts: field \"pool\" is missing");
	bad_deployment("\"pool\":{\"address\"", "\"pool\":{\"adress\"", "contracts: pool: field \"address\" is missing");
	bad_deployment("00000002", "0000002", "contracts: registry: field \"address\": expected an address (0x and 40 hex digits)");
	bad_deployment("00000002", "00000000", "contracts: registry: field \"address\": is the zero address");
	bad_deployment("\"code_hash\":\"0x22", "\"code_hash\":\"0xg2", "contracts: token: field \"code_hash\": expected 0x and 64 hexadecimal digits");
	bad_deployment("\"contracts\":{", "\"contracts\":[],\"x\":{", "field \"contracts\": expected an object, got an array");
	bad_deployment(",\"code_hash\":\"" CODE "\"}}}", "", "unexpected end");
}

int main(void)
{
	rng_seed(&rng, 1);
	digests();
	pays_as_the_contract();
	pays_as_defined();
	new_lanes();
	params();
	words_are();
	round_trips();
	bad_words();
	call_data();
	errors();
	times();
	all_errors("RewardPool");
	all_errors("RewardClaims");
	all_errors("WorkerRegistry");
	deployments();
	return done();
}
