#include "chain/rlp.h"

enum { STRING = 0x80, LIST = 0xc0, SHORT = 55, DEEPEST = 64 };

static size_t be_length(uint64_t v)
{
	size_t n = 0;

	for (; v; v >>= 8)
		n++;
	return n;
}

/* header of n bytes into h; returns its length, at most 9 */
static size_t header(uint8_t h[9], unsigned base, size_t n)
{
	if (n <= SHORT) {
		h[0] = (uint8_t)(base + n);
		return 1;
	}
	size_t m = be_length(n);
	h[0] = (uint8_t)(base + SHORT + m);
	for (size_t i = 0; i < m; i++)
		h[1 + i] = (uint8_t)((uint64_t)n >> 8 * (m - 1 - i));
	return 1 + m;
}

void rlp_put_bytes(struct buf *b, const void *p, size_t n)
{
	uint8_t h[9];

	if (n != 1 || *(const uint8_t *)p >= STRING)
		buf_add(b, h, header(h, STRING, n));
	buf_add(b, p, n);
}

void rlp_put_u64(struct buf *b, uint64_t v)
{
	rlp_put_u256(b, u256_of(v));
}

void rlp_put_u256(struct buf *b, struct u256 v)
{
	uint8_t t[32];
	size_t i = 0;

	u256_to_be(v, t);
	while (i < sizeof t && t[i] == 0)
		i++;
	rlp_put_bytes(b, t + i, sizeof t - i);
}

size_t rlp_open(const struct buf *b)
{
	return b->n;
}

void rlp_close(struct buf *b, size_t mark)
{
	uint8_t h[9];
	size_t n = b->n - mark;
	size_t m = header(h, LIST, n);

	buf_need(b, m);
	memmove(b->p + mark + m, b->p + mark, n);
	memcpy(b->p + mark, h, m);
	b->n += m;
	b->p[b->n] = '\0';
}

/* length behind a long header of m bytes at p */
static bool long_length(const uint8_t *p, size_t m, size_t *out, struct err *e)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m; i++)
		n = n << 8 | p[i];
	if (p[0] == 0)
		return err_set(e, "rlp: a length must not start with a zero byte");
	if (n <= SHORT)
		return err_set(e, "rlp: a short item must use the short form");
	if (n > SIZE_MAX)
		return err_set(e, "rlp: truncated");
	*out = (size_t)n;
	return true;
}

bool rlp_next(struct str *rest, struct rlp_item *item, struct err *e)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	size_t head = 1, n = 1;

	if (rest->n == 0)
		return err_set(e, "rlp: an item is missing");
	bool is_list = p[0] >= LIST;
	size_t tag = p[0] - (size_t)(is_list ? LIST : p[0] >= STRING ? STRING : 0);
	if (p[0] < STRING) {
		head = 0;               /* the byte is its own content */
	} else if (tag <= SHORT) {
		n = tag;
	} else {
		head += tag - SHORT;
		if (rest->n < head)
			return err_set(e, "rlp: truncated");
		if (!long_length(p + 1, head - 1, &n, e))
			return false;
	}
	if (n > rest->n - head)
		return err_set(e, "rlp: truncated");
	if (!is_list && head == 1 && n == 1 && p[1] < STRING)
		return err_set(e, "rlp: a byte below 0x80 must stand for itself");
	item->is_list = is_list;
	item->body = (struct str){ rest->p + head, n };
	item->whole = (struct str){ rest->p, head + n };
	rest->p += head + n;
	rest->n -= head + n;
	return true;
}

bool rlp_one(struct str in, struct rlp_item *item, struct err *e)
{
	struct rlp_item it = { 0 };

	if (!rlp_next(&in, &it, e))
		return false;
	if (in.n)
		return err_set(e, "rlp: %zu bytes behind the item", in.n);
	*item = it;
	return true;
}

static bool check_items(struct str items, int depth, struct err *e)
{
	struct rlp_item it = { 0 };

	if (depth > DEEPEST)
		return err_set(e, "rlp: more than %d lists in each other", DEEPEST);
	while (items.n)
		if (!rlp_next(&items, &it, e) || (it.is_list && !check_items(it.body, depth + 1, e)))
			return false;
	return true;
}

bool rlp_check(struct str in, struct err *e)
{
	struct rlp_item it = { 0 };

	return rlp_one(in, &it, e) && (!it.is_list || check_items(it.body, 1, e));
}

static bool get(struct str *rest, bool is_list, struct str *out, struct err *e)
{
	struct str r = *rest;
	struct rlp_item it = { 0 };

	if (!rlp_next(&r, &it, e))
		return false;
	if (it.is_list != is_list)
		return err_set(e, "rlp: expected a %s, got a %s", is_list ? "list" : "string",
			       is_list ? "string" : "list");
	*rest = r;
	*out = it.body;
	return true;
}

bool rlp_get_bytes(struct str *rest, struct str *out, struct err *e)
{
	return get(rest, false, out, e);
}

bool rlp_get_list(struct str *rest, struct str *out, struct err *e)
{
	return get(rest, true, out, e);
}

bool rlp_get_u256(struct str *rest, struct u256 *out, struct err *e)
{
	struct str r = *rest, s = { 0 };
	uint8_t t[32] = { 0 };

	if (!get(&r, false, &s, e))
		return false;
	if (s.n > sizeof t)
		return err_set(e, "rlp: integer does not fit into 256 bits");
	if (s.n && s.p[0] == 0)
		return err_set(e, "rlp: an integer must not start with a zero byte");
	if (s.n)
		memcpy(t + sizeof t - s.n, s.p, s.n);
	*rest = r;
	*out = u256_from_be(t);
	return true;
}

bool rlp_get_u64(struct str *rest, uint64_t *out, struct err *e)
{
	struct str r = *rest;
	struct u256 v;

	if (!rlp_get_u256(&r, &v, e))
		return false;
	if (!u256_to_u64(v, out))
		return err_set(e, "rlp: integer does not fit into 64 bits");
	*rest = r;
	return true;
}

bool rlp_get_fixed(struct str *rest, void *out, size_t n, struct err *e)
{
	struct str r = *rest, s = { 0 };

	if (!get(&r, false, &s, e))
		return false;
	if (s.n != n)
		return err_set(e, "rlp: expected %zu bytes, got %zu", n, s.n);
	memcpy(out, s.p, n);
	*rest = r;
	return true;
}
