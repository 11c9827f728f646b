/* u256 against schoolbook arithmetic on decimal digits: another base, no carries in binary. */
#include "chain/u256.h"
#include "tap.h"

/* ---- the slow version: numbers as 200 decimal digits, least significant first ---- */

enum { N = 200 };

struct dec {
	int d[N];
};

static struct dec dec_of(struct str s)
{
	struct dec r = { { 0 } };

	for (size_t i = 0; i < s.n; i++)
		r.d[i] = s.p[s.n - 1 - i] - '0';
	return r;
}

static int dec_cmp(const struct dec *a, const struct dec *b)
{
	for (int i = N - 1; i >= 0; i--)
		if (a->d[i] != b->d[i])
			return a->d[i] - b->d[i];
	return 0;
}

static struct dec dec_add(struct dec a, struct dec b)
{
	for (int i = 0, carry = 0; i < N; i++) {
		int t = a.d[i] + b.d[i] + carry;
		a.d[i] = t % 10;
		carry = t / 10;
	}
	return a;
}

static struct dec dec_sub(struct dec a, struct dec b)
{
	for (int i = 0, borrow = 0; i < N; i++) {
		int t = a.d[i] - b.d[i] - borrow;
		borrow = t < 0;
		a.d[i] = t + 10 * borrow;
	}
	return a;
}

static struct dec dec_mul(struct dec a, struct dec b)
{
	struct dec r = { { 0 } };

	for (int i = 0; i < N / 2; i++)
		for (int j = 0, carry = 0; i + j < N; j++) {
			int t = r.d[i + j] + a.d[i] * (j < N / 2 ? b.d[j] : 0) + carry;
			r.d[i + j] = t % 10;
			carry = t / 10;
		}
	return r;
}

static struct dec dec_div(struct dec a, struct dec b)
{
	struct dec q = { { 0 } }, rest = { { 0 } };

	for (int i = N - 1; i >= 0; i--) {
		for (int j = N - 1; j > 0; j--)
			rest.d[j] = rest.d[j - 1];
		rest.d[0] = a.d[i];
		while (dec_cmp(&rest, &b) >= 0) {
			rest = dec_sub(rest, b);
			q.d[i]++;
		}
	}
	return q;
}

static struct dec slow(struct u256 a)
{
	struct buf b = BUF_INIT;

	u256_put_dec(&b, a);
	struct dec r = dec_of(buf_str(&b));
	buf_release(&b);
	return r;
}

static bool same(struct u256 a, struct dec want)
{
	struct dec got = slow(a);

	return dec_cmp(&got, &want) == 0;
}

/* ---- inputs: random, and at the edges where carries go wrong ---- */

static uint64_t seed = 1;

static uint64_t next64(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static struct u256 any(void)
{
	struct u256 a;
	uint64_t how = next64();

	for (size_t i = 0; i < 4; i++, how >>= 4)
		switch (how & 15) {
		case 0: a.w[i] = UINT64_MAX; break;
		case 1: a.w[i] = 1; break;
		case 2: a.w[i] = 1ULL << 63; break;
		case 3: a.w[i] = 0xffffffff00000000; break;
		case 4: a.w[i] = 0x80000000ffffffff; break;
		case 5: case 6: case 7: a.w[i] = 0; break;
		default: a.w[i] = next64(); break;
		}
	for (size_t i = how & 3, k = (how >> 2) & 3; k && i < 4; i++)
		a.w[i] = 0;        /* often short */
	return a;
}

static void arithmetic(void)
{
	static const char max_text[] =
		"115792089237316195423570985008687907853269984665640564039457584007913129639935";
	struct dec max = dec_of(str_of(max_text));
	int add = 0, sub = 0, mul = 0, div = 0, muldiv = 0, small = 0, fits = 0;

	for (int i = 0; i < 3000; i++) {
		struct u256 a = any(), b = any(), c = any(), r, q;
		struct dec x = slow(a), y = slow(b), z = slow(c), w;
		uint64_t rest;

		w = dec_add(x, y);
		add += u256_add(&r, a, b) ? !same(r, w) : dec_cmp(&w, &max) <= 0;
		sub += u256_sub(&r, a, b) ? !same(r, dec_sub(x, y)) : dec_cmp(&x, &y) >= 0;
		w = dec_mul(x, y);
		mul += u256_mul(&r, a, b) ? !same(r, w) : dec_cmp(&w, &max) <= 0;
		if (u256_is_zero(c)) {
			div += u256_divmod(&q, &r, a, c) || u256_mul_div(&r, a, b, c);
			continue;
		}
		struct dec p = dec_div(w, z);
		bool fine = u256_mul_div(&q, a, b, c);
		fits += fine;
		muldiv += fine ? !same(q, p) : dec_cmp(&p, &max) <= 0;
		p = dec_div(x, z);
		div += !u256_divmod(&q, &r, a, c) || !same(q, p) || !same(r, dec_sub(x, dec_mul(p, z)));
		if (c.w[0]) {
			small += !u256_divmod_u64(&q, &rest, a, c.w[0]);
			u256_divmod(&r, &b, a, u256_of(c.w[0]));
			small += u256_cmp(q, r) != 0 || rest != b.w[0];
		}
	}
	ok(add == 0, "add");
	ok(sub == 0, "sub");
	ok(mul == 0, "mul");
	ok(div == 0, "divmod");
	ok(small == 0, "divmod_u64");
	ok(muldiv == 0, "mul_div (%d of 3000 fit)", fits);
	ok(fits > 500 && fits < 2900, "both outcomes of mul_div were met");
}

/* q * d + r == a, over many more inputs than the slow version can take */
static void laws(void)
{
	int bad = 0, bytes = 0, hex = 0;

	for (int i = 0; i < 300000; i++) {
		struct u256 a = any(), d = any(), q, r, back;
		struct err e;
		uint8_t be[32];

		u256_to_be(a, be);
		bytes += u256_cmp(u256_from_be(be), a) != 0;
		if (!u256_divmod(&q, &r, a, d))
			continue;
		bad += u256_cmp(r, d) >= 0 || !u256_mul(&back, q, d) || !u256_add(&back, back, r) ||
			u256_cmp(back, a) != 0;
		bad += !u256_mul_div(&q, a, d, d) || u256_cmp(q, a) != 0;
		if (i % 16)
			continue;
		struct buf b = BUF_INIT;
		u256_put_quantity(&b, a);
		hex += !u256_from_quantity(buf_str(&b), &back, &e) || u256_cmp(back, a) != 0;
		buf_reset(&b);
		u256_put_dec(&b, a);
		hex += !u256_from_dec(buf_str(&b), &back, &e) || u256_cmp(back, a) != 0;
		buf_release(&b);
	}
	ok(bad == 0, "q * d + r = a and a * d / d = a");
	ok(bytes == 0, "bytes and back");
	ok(hex == 0, "text and back");
	/* the one branch of algorithm D that random numbers almost never take */
	struct u256 u = { { 0, 0, 0x8000000000000000, 0x7fffffffffffffff } }, v = { { 1, 0, 0x8000000000000000, 0 } };
	struct u256 q, r, back;
	u256_divmod(&q, &r, u, v);
	ok(u256_cmp(r, v) < 0 && u256_mul(&back, q, v) && u256_add(&back, back, r) && !u256_cmp(back, u),
	   "add back");
}

static void refused_dec(const char *text, const char *why)
{
	struct u256 a = u256_of(7);
	struct err e;

	ok(!u256_from_dec(str_of(text), &a, &e) && a.w[0] == 7 && !strcmp(e.msg, why),
	   "decimal \"%.30s\": %s", text, why);
}

static void refused_quantity(const char *text)
{
	struct u256 a = u256_of(7);
	struct err e;

	ok(!u256_from_quantity(str_of(text), &a, &e) && a.w[0] == 7, "quantity \"%.20s\" is refused", text);
}

static void text(void)
{
	static const char max[] = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
	struct buf b = BUF_INIT;
	struct u256 a;
	struct err e;
	uint64_t v;

	u256_put_dec(&b, U256_MAX);
	is_str(buf_str(&b), max, "2^256 - 1 in decimal");
	ok(u256_from_dec(str_of(max), &a, &e) && !u256_cmp(a, U256_MAX), "and back");
	buf_reset(&b);
	u256_put_dec(&b, U256_ZERO);
	is_str(buf_str(&b), "0", "zero");
	buf_reset(&b);
	u256_put_dec(&b, u256_of(1000000000000000000));
	is_str(buf_str(&b), "1000000000000000000", "zeros inside stay");
	ok(u256_from_dec(STR("0"), &a, &e) && u256_is_zero(a), "\"0\" is 0");
	refused_dec("", "expected a decimal integer, got an empty string");
	refused_dec("00", "an integer must not start with 0");
	refused_dec("01", "an integer must not start with 0");
	refused_dec("+1", "expected a decimal digit");
	refused_dec("-1", "expected a decimal digit");
	refused_dec("1.0", "expected a decimal digit");
	refused_dec("1e3", "expected a decimal digit");
	refused_dec(" 1", "expected a decimal digit");
	refused_dec("115792089237316195423570985008687907853269984665640564039457584007913129639936",
		    "integer does not fit into 256 bits");
	refused_dec("999999999999999999999999999999999999999999999999999999999999999999999999999999999",
		    "integer does not fit into 256 bits");

	buf_reset(&b);
	u64_put_quantity(&b, 1024);
	is_str(buf_str(&b), "0x400", "quantity 1024");
	buf_reset(&b);
	u64_put_quantity(&b, 0);
	is_str(buf_str(&b), "0x0", "quantity 0");
	ok(u64_from_quantity(STR("0xFf"), &v, &e) && v == 255, "either case");
	ok(u64_from_quantity(STR("0xffffffffffffffff"), &v, &e) && v == UINT64_MAX, "2^64 - 1");
	ok(!u64_from_quantity(STR("0x10000000000000000"), &v, &e), "2^64 is too much for 64 bits");
	refused_quantity("");
	refused_quantity("0x");
	refused_quantity("0x00");
	refused_quantity("0x0400");
	refused_quantity("ff");
	refused_quantity("0Xff");
	refused_quantity("0xfg");
	refused_quantity("0x10000000000000000000000000000000000000000000000000000000000000000");
	buf_release(&b);
}

int main(void)
{
	arithmetic();
	laws();
	text();
	return done();
}
