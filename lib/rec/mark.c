#include "rec/mark.h"

#include <xxhash.h>

#include "base/hex.h"
#include "base/mem.h"
#include "json/num.h"
#include "json/write.h"

void mark_init(struct mark *m)
{
	m->state = XXH3_createState();
	BUG_ON(!m->state);
	mark_reset(m);
}

void mark_reset(struct mark *m)
{
	XXH3_128bits_reset(m->state);
	m->lines = 0;
}

void mark_release(struct mark *m)
{
	XXH3_freeState(m->state);
	m->state = NULL;
}

void mark_add(struct mark *m, const char *p, size_t n, uint64_t lines)
{
	if (n)
		XXH3_128bits_update(m->state, p, n);
	m->lines += lines;
}

static void digest(struct mark *m, char hex[33])
{
	XXH128_canonical_t c;
	struct buf b = BUF_INIT;

	XXH128_canonicalFromHash(&c, XXH3_128bits_digest(m->state));
	hex_put(&b, c.digest, sizeof c.digest);
	memcpy(hex, b.p, 33);
	buf_release(&b);
}

void mark_put(struct mark *m, const char *tool, struct buf *b)
{
	char hex[33];

	digest(m, hex);
	buf_adds(b, "{\"kind\":\"end\"");
	json_put_kstr(b, "tool", str_of(tool));
	json_put_kuint(b, "records", m->lines);
	json_put_kstr(b, "xxh3", str_of(hex));
	buf_addc(b, '}');
}

bool mark_check(struct mark *m, const struct json_record *end, struct err *e)
{
	const struct json_field *records = json_get(end, STR("records"));
	const struct json_field *xxh3 = json_get(end, STR("xxh3"));
	int64_t n;
	char hex[33];

	if (!records || records->type != JSON_NUMBER || !num_parse_i64(records->raw, &n) || n < 0)
		return err_set(e, "end mark: field \"records\": expected a count");
	if (!xxh3 || xxh3->type != JSON_STRING)
		return err_set(e, "end mark: field \"xxh3\": expected a string");
	if ((uint64_t)n != m->lines)
		return err_set(e, "end mark does not match: it covers %lld lines, here are %llu",
		               (long long)n, (unsigned long long)m->lines);
	digest(m, hex);
	if (!str_is(xxh3->raw, hex))
		return err_set(e, "end mark does not match: the %lld lines before it were changed", (long long)n);
	return true;
}
