/* ABI: the examples of the specification, refusals, and ../shared with a small type-driven encoder. */
#include "chain/abi.h"
#include "vec.h"

static void published(void)
{
	/* the specification's example: sam(bytes,bool,uint256[]) with "dave", true, [1,2,3] */
	struct buf b = BUF_INIT;

	abi_put_selector(&b, "sam(bytes,bool,uint256[])");
	abi_put_u64(&b, 0x60);
	abi_put_bool(&b, true);
	abi_put_u64(&b, 0xa0);
	abi_put_bytes(&b, STR("dave"));
	abi_put_u64(&b, 3);
	for (uint64_t i = 1; i <= 3; i++)
		abi_put_u64(&b, i);
	is_hex(b.p, b.n, "a5643bf2"
	       "0000000000000000000000000000000000000000000000000000000000000060"
	       "0000000000000000000000000000000000000000000000000000000000000001"
	       "00000000000000000000000000000000000000000000000000000000000000a0"
	       "0000000000000000000000000000000000000000000000000000000000000004"
	       "6461766500000000000000000000000000000000000000000000000000000000"
	       "0000000000000000000000000000000000000000000000000000000000000003"
	       "0000000000000000000000000000000000000000000000000000000000000001"
	       "0000000000000000000000000000000000000000000000000000000000000002"
	       "0000000000000000000000000000000000000000000000000000000000000003", "sam");
	ok(abi_is(buf_str(&b), "sam(bytes,bool,uint256[])") && !abi_is(buf_str(&b), "sam()"), "which call");

	struct str args = { b.p + 4, b.n - 4 }, s;
	struct err e;
	struct u256 v;
	struct address a;
	uint64_t n;
	uint8_t word[32];
	bool t;
	ok(abi_get_bytes(args, 0, &s, &e) && str_is(s, "dave"), "read bytes");
	ok(abi_get_bool(args, 1, &t, &e) && t, "read bool");
	ok(abi_get_u64(args, 8, &n, &e) && n == 3, "read the last word");
	ok(!abi_get_word(args, 9, word, &e) && !abi_get_word(args, SIZE_MAX, word, &e), "not one more");
	ok(!abi_get_bool(args, 0, &t, &e), "0x60 is no bool");
	ok(!abi_get_address(args, 4, &a, &e), "text is no address");
	ok(!abi_get_bytes(args, 4, &s, &e), "an offset that leads outside");
	ok(!abi_get_bytes(args, 1, &s, &e), "an offset to a length that is too long");
	ok(abi_get_u256(args, 2, &v, &e) && v.w[0] == 160, "read a number");
	buf_reset(&b);
	abi_put_address(&b, &(struct address){ { 1, 2 } });
	ok(abi_get_address(buf_str(&b), 0, &a, &e) && a.b[0] == 1 && a.b[19] == 0, "address and back");
	buf_release(&b);
}

static void is_revert(const char *hex, const char *want, bool known)
{
	struct buf in = vec_hex(str_of(hex)), out = BUF_INIT;

	ok(abi_put_revert(&out, buf_str(&in)) == known, "revert %s", known ? "known" : "unknown");
	is_str(buf_str(&out), want, want);
	buf_release(&in);
	buf_release(&out);
}

#define WORD0 "00000000000000000000000000000000000000000000000000000000000000"

static void reverts(void)
{
	is_revert("0x08c379a0" WORD0 "20" WORD0 "1a4e6f7420656e6f7567682045746865722070726f76696465642e000000000000",
		  "Not enough Ether provided.", true);
	is_revert("0x08c379a0" WORD0 "20" WORD0 "03610a1b0000000000000000000000000000000000000000000000000000000000",
		  "a??", true);
	is_revert("0x4e487b71" WORD0 "11", "panic 0x11 (arithmetic overflow)", true);
	is_revert("0x4e487b71" WORD0 "99", "panic 0x99 (unknown)", true);
	is_revert("0x4e487b71ff" WORD0, "panic 0xff" WORD0 " (unknown)", true);
	is_revert("0xe450d38c", "custom error 0xe450d38c", false);
	is_revert("0x08c379a0" WORD0 "20" WORD0 "ff", "custom error 0x08c379a0", false);
	is_revert("0x08c379", "unreadable revert data", false);
	is_revert("0x", "no reason given", false);
}

/* ---- ../shared: arguments as JSON, encoded by their types ---- */

static struct str cut_type(struct str *list)
{
	size_t i = 0;
	int depth = 0;

	for (; i < list->n && (depth || list->p[i] != ','); i++)
		depth += (list->p[i] == '(') - (list->p[i] == ')');
	struct str t = { list->p, i };
	list->p += i < list->n ? i + 1 : i;
	list->n -= i < list->n ? i + 1 : i;
	return t;
}

static bool is_array(struct str t)
{
	return t.n > 2 && t.p[t.n - 1] == ']';
}

static bool is_dynamic(struct str t)
{
	if (is_array(t) || str_is(t, "bytes") || str_is(t, "string"))
		return true;
	if (t.p[0] != '(')
		return false;
	struct str in = { t.p + 1, t.n - 2 };
	while (in.n)
		if (is_dynamic(cut_type(&in)))
			return true;
	return false;
}

static void put_value(struct buf *b, struct str t, const cJSON *v);

/* heads, then tails; types is "a,b,c", or one type for all elements */
static void put_tuple(struct buf *b, struct str types, bool one_type, const cJSON *list)
{
	struct buf head = BUF_INIT, tail = BUF_INIT;
	const cJSON *v;
	struct str rest = types;

	cJSON_ArrayForEach(v, list) {
		struct str t = one_type ? types : cut_type(&rest);
		if (is_dynamic(t)) {
			/* every static value here is one word */
			abi_put_u64(&head, (uint64_t)cJSON_GetArraySize(list) * 32 + tail.n);
			put_value(&tail, t, v);
		} else {
			put_value(&head, t, v);
		}
	}
	buf_addstr(b, buf_str(&head));
	buf_addstr(b, buf_str(&tail));
	buf_release(&head);
	buf_release(&tail);
}

static void put_value(struct buf *b, struct str t, const cJSON *v)
{
	struct str s = str_of(v->valuestring ? v->valuestring : "");
	struct address a;
	struct u256 n;
	struct err e;

	if (is_array(t)) {
		abi_put_u64(b, (uint64_t)cJSON_GetArraySize(v));
		put_tuple(b, (struct str){ t.p, t.n - 2 }, true, v);
	} else if (t.p[0] == '(') {
		put_tuple(b, (struct str){ t.p + 1, t.n - 2 }, false, v);
	} else if (str_is(t, "address")) {
		ok(address_parse(s, &a, &e), "an address argument");
		abi_put_address(b, &a);
	} else if (str_is(t, "bool")) {
		abi_put_bool(b, cJSON_IsTrue(v));
	} else if (str_is(t, "string")) {
		abi_put_bytes(b, s);
	} else if (t.n >= 4 && !memcmp(t.p, "uint", 4)) {
		n = u256_of((uint64_t)v->valuedouble);
		ok(cJSON_IsNumber(v) || u256_from_dec(s, &n, &e), "a number argument");
		abi_put_u256(b, n);
	} else {
		struct buf raw = vec_hex(s);
		if (str_is(t, "bytes"))
			abi_put_bytes(b, buf_str(&raw));
		else
			abi_put_word(b, (const uint8_t *)raw.p);
		buf_release(&raw);
	}
}

static void is_call(const cJSON *c)
{
	struct str sig = vec_str(c, "signature");
	struct buf want = vec_bytes(c, "data"), got = BUF_INIT;
	const char *open = strchr(sig.p, '(');
	struct str types = { open + 1, strlen(open) - 2 };

	abi_put_selector(&got, sig.p);
	put_tuple(&got, types, false, vec_at(c, "args"));
	ok(str_eq(buf_str(&got), buf_str(&want)), "shared %s", sig.p);
	buf_release(&want);
	buf_release(&got);
}

static void cases(void)
{
	cJSON *doc = vec_shared("cases/chain/abi.json");
	const cJSON *c;

	if (!doc)
		return;
	cJSON_ArrayForEach(c, vec_at(doc, "cases"))
		is_call(c);
	cJSON_ArrayForEach(c, vec_at(doc, "reverts"))
		is_call(c);
	cJSON_ArrayForEach(c, vec_at(doc, "errorSelectors")) {
		uint8_t s[4];
		abi_selector(c->string, s);
		is_hex(s, 4, c->valuestring, c->string);
	}
	cJSON_ArrayForEach(c, vec_at(doc, "topics")) {
		uint8_t s[4];
		abi_selector(c->string, s);
		ok(str_of(c->valuestring).n == 66, "a topic");
		char t[11] = { 0 };
		memcpy(t, c->valuestring, 10);
		is_hex(s, 4, t, c->string);
	}
	cJSON_Delete(doc);
}

int main(void)
{
	published();
	reverts();
	cases();
	return done();
}
