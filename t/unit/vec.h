/* vec - reading test vectors out of JSON documents with cJSON. */
#ifndef T_VEC_H
#define T_VEC_H

#include <cjson/cJSON.h>

#include "tap.h"

/* vec_shared - a document below ../shared, owned; NULL after a TAP skip when it is not here */
__attribute__((unused))
static cJSON *vec_shared(const char *rel)
{
	const char *path = shared_or_skip(rel);

	if (!path)
		return NULL;
	struct buf b = slurp(path);
	cJSON *doc = cJSON_Parse(b.p);
	buf_release(&b);
	if (!doc) {
		printf("Bail out! %s is not JSON\n", path);
		exit(1);
	}
	return doc;
}

__attribute__((unused))
static const cJSON *vec_at(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!v) {
		printf("Bail out! a vector has no %s\n", key);
		exit(1);
	}
	return v;
}

__attribute__((unused))
static struct str vec_str(const cJSON *o, const char *key)
{
	const cJSON *v = vec_at(o, key);

	if (!cJSON_IsString(v)) {
		printf("Bail out! %s of a vector is no string\n", key);
		exit(1);
	}
	return str_of(v->valuestring);
}

/* vec_hex - "0x.." as bytes, owned */
__attribute__((unused))
static struct buf vec_hex(struct str s)
{
	struct buf b = BUF_INIT;

	if (!hex_get_any(s, &b)) {
		printf("Bail out! not hex: %.*s\n", STR_FMT(s));
		exit(1);
	}
	return b;
}

__attribute__((unused))
static struct buf vec_bytes(const cJSON *o, const char *key)
{
	return vec_hex(vec_str(o, key));
}

/* vec_32 - 32 bytes of hex */
__attribute__((unused))
static void vec_32(const cJSON *o, const char *key, uint8_t out[32])
{
	struct str s = vec_str(o, key);

	if (s.n != 66 || !hex_get((struct str){ s.p + 2, 64 }, out, 32)) {
		printf("Bail out! %s is not 32 bytes\n", key);
		exit(1);
	}
}

#endif
