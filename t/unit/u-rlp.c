/* RLP: the examples of the specification, refusals, and ../shared. */
#include "chain/rlp.h"
#include "vec.h"

static void refused(const char *hex, const char *why)
{
	struct buf b = BUF_INIT;
	struct err e = { .msg = "" };

	hex_get_any(str_of(hex), &b);
	ok(!rlp_check(buf_str(&b), &e) && !strcmp(e.msg, why), "%.24s: %s", hex, why);
	buf_release(&b);
}

static void published(void)
{
	struct buf b = BUF_INIT;
	size_t outer, inner;

	rlp_put_bytes(&b, "dog", 3);
	is_hex(b.p, b.n, "83646f67", "dog");
	buf_reset(&b);
	outer = rlp_open(&b);
	rlp_put_bytes(&b, "cat", 3);
	rlp_put_bytes(&b, "dog", 3);
	rlp_close(&b, outer);
	is_hex(b.p, b.n, "c88363617483646f67", "[cat, dog]");
	buf_reset(&b);
	rlp_put_bytes(&b, "", 0);
	rlp_close(&b, rlp_open(&b));
	rlp_put_u64(&b, 0);
	rlp_put_u64(&b, 15);
	rlp_put_u64(&b, 1024);
	rlp_put_bytes(&b, "\0", 1);
	is_hex(b.p, b.n, "80c0800f82040000", "empty string, empty list, 0, 15, 1024, the byte 0");
	buf_reset(&b);
	rlp_put_bytes(&b, "Lorem ipsum dolor sit amet, consectetur adipisicing elit", 56);
	ok(b.n == 58 && !memcmp(b.p, "\xb8\x38Lorem", 7), "56 bytes take the long form");
	buf_reset(&b);
	/* the set theoretical representation of three */
	outer = rlp_open(&b);
	rlp_close(&b, rlp_open(&b));
	inner = rlp_open(&b);
	rlp_close(&b, rlp_open(&b));
	rlp_close(&b, inner);
	inner = rlp_open(&b);
	rlp_close(&b, rlp_open(&b));
	size_t third = rlp_open(&b);
	rlp_close(&b, rlp_open(&b));
	rlp_close(&b, third);
	rlp_close(&b, inner);
	rlp_close(&b, outer);
	is_hex(b.p, b.n, "c7c0c1c0c3c0c1c0", "[[], [[]], [[], [[]]]]");
	buf_release(&b);
}

static void strictness(void)
{
	struct rlp_item it;
	struct err e;
	struct str s = STR("\x82\x04\x00" "\x81\x80" "\x05");
	struct u256 big;
	uint64_t v;
	uint8_t two[2];
	struct buf deep = BUF_INIT;

	refused("0x", "rlp: an item is missing");
	refused("0x8100", "rlp: a byte below 0x80 must stand for itself");
	refused("0x817f", "rlp: a byte below 0x80 must stand for itself");
	refused("0xb800", "rlp: a length must not start with a zero byte");
	refused("0xb801ff", "rlp: a short item must use the short form");
	refused("0xf800", "rlp: a length must not start with a zero byte");
	refused("0xb90038", "rlp: a length must not start with a zero byte");
	refused("0x83646f", "rlp: truncated");
	refused("0xb9", "rlp: truncated");
	refused("0xbfffffffffffffffff", "rlp: truncated");
	refused("0xffffffffffffffffff", "rlp: truncated");
	refused("0xc0c0", "rlp: 1 bytes behind the item");
	refused("0xc28100", "rlp: a byte below 0x80 must stand for itself");
	refused("0xc3c28100", "rlp: a byte below 0x80 must stand for itself");
	refused("0xc283", "rlp: truncated");
	ok(rlp_get_u64(&s, &v, &e) && v == 1024 && s.n == 3, "get 1024");
	ok(rlp_get_u256(&s, &big, &e) && big.w[0] == 128, "get 128");
	ok(!rlp_get_list(&s, &s, &e) && s.n == 1, "a string is no list, and stays");
	ok(!rlp_get_fixed(&s, two, 2, &e) && s.n == 1, "one byte is not two");
	s = STR("\x82\x00\x01");
	ok(!rlp_get_u64(&s, &v, &e) && s.n == 3, "an integer with a leading zero");
	s = STR("\x00");
	ok(!rlp_get_u64(&s, &v, &e), "the byte 0 is no integer");
	s = STR("\x89\x01\0\0\0\0\0\0\0\0");
	ok(!rlp_get_u64(&s, &v, &e) && rlp_get_u256(&s, &big, &e) && big.w[1] == 1, "2^64");
	for (int i = 0; i < 100; i++)
		rlp_close(&deep, 0);
	ok(!rlp_check(buf_str(&deep), &e) && !strcmp(e.msg, "rlp: more than 64 lists in each other"), "deep");
	ok(rlp_one(buf_str(&deep), &it, &e) && it.is_list, "one level is enough to step over it");
	buf_release(&deep);
}

/* what the reader accepts, the writer makes again: over random bytes */
static void put_again(struct buf *b, struct str items)
{
	struct rlp_item it;
	struct err e;

	while (items.n && rlp_next(&items, &it, &e)) {
		size_t mark = rlp_open(b);
		if (it.is_list) {
			put_again(b, it.body);
			rlp_close(b, mark);
		} else {
			rlp_put_bytes(b, it.body.p, it.body.n);
		}
	}
}

static void roundtrip(void)
{
	uint32_t x = 12345;
	int accepted = 0, bad = 0;
	struct buf again = BUF_INIT;

	for (int i = 0; i < 200000; i++) {
		char t[24];
		struct err e;
		for (size_t k = 0; k < sizeof t; k++) {
			x = x * 1664525 + 1013904223;
			t[k] = (char)(x >> 24 & (x & 0x800 ? 0xff : 0xc3));
		}
		struct str s = { t, x >> 13 & 15 };
		if (!rlp_check(s, &e))
			continue;
		accepted++;
		buf_reset(&again);
		put_again(&again, s);
		bad += !str_eq(buf_str(&again), s);
	}
	ok(bad == 0 && accepted > 1000, "what is read is written again (%d accepted)", accepted);
	buf_release(&again);
}

static void put_json(struct buf *b, const cJSON *v)
{
	const cJSON *c;

	if (cJSON_IsString(v)) {
		struct buf t = vec_hex(str_of(v->valuestring));
		rlp_put_bytes(b, t.p, t.n);
		buf_release(&t);
		return;
	}
	size_t mark = rlp_open(b);
	cJSON_ArrayForEach(c, v)
		put_json(b, c);
	rlp_close(b, mark);
}

static void cases(void)
{
	cJSON *doc = vec_shared("cases/chain/rlp.json");
	const cJSON *c;
	struct err e;
	int i = 0;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases")) {
		struct buf want = vec_bytes(c, "out"), got = BUF_INIT;
		put_json(&got, vec_at(c, "in"));
		ok(str_eq(buf_str(&got), buf_str(&want)), "shared %d written", i);
		ok(rlp_check(buf_str(&want), &e), "shared %d read", i++);
		buf_reset(&got);
		put_again(&got, buf_str(&want));
		ok(str_eq(buf_str(&got), buf_str(&want)), "shared %d read and written", i);
		buf_release(&want);
		buf_release(&got);
	}
	cJSON_ArrayForEach(c, vec_at(doc, "invalid")) {
		struct buf b = BUF_INIT;
		bool hex = hex_get_any(str_of(c->valuestring), &b);
		ok(!hex || !rlp_check(buf_str(&b), &e), "shared invalid \"%.20s\"", c->valuestring);
		buf_release(&b);
	}
	cJSON_Delete(doc);
}

int main(void)
{
	published();
	strictness();
	roundtrip();
	cases();
	return done();
}
