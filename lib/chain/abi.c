#include "chain/abi.h"

#include "base/hex.h"
#include "hash/keccak256.h"

void abi_selector(const char *signature, uint8_t out[4])
{
	uint8_t hash[32];

	keccak256(signature, strlen(signature), hash);
	memcpy(out, hash, 4);
}

void abi_put_selector(struct buf *b, const char *signature)
{
	uint8_t s[4];

	abi_selector(signature, s);
	buf_add(b, s, sizeof s);
}

void abi_put_word(struct buf *b, const uint8_t word[32])
{
	buf_add(b, word, ABI_WORD);
}

void abi_put_u256(struct buf *b, struct u256 v)
{
	uint8_t word[ABI_WORD];

	u256_to_be(v, word);
	abi_put_word(b, word);
}

void abi_put_u64(struct buf *b, uint64_t v)
{
	abi_put_u256(b, u256_of(v));
}

void abi_put_bool(struct buf *b, bool v)
{
	abi_put_u64(b, v);
}

void abi_put_address(struct buf *b, const struct address *a)
{
	uint8_t word[ABI_WORD] = { 0 };

	memcpy(word + 12, a->b, sizeof a->b);
	abi_put_word(b, word);
}

void abi_put_bytes(struct buf *b, struct str s)
{
	static const uint8_t zero[ABI_WORD];

	abi_put_u64(b, s.n);
	buf_addstr(b, s);
	if (s.n % ABI_WORD)
		buf_add(b, zero, ABI_WORD - s.n % ABI_WORD);
}

bool abi_get_word(struct str data, size_t i, uint8_t out[32], struct err *e)
{
	if (i >= data.n / ABI_WORD)
		return err_set(e, "abi: %zu bytes end before word %zu", data.n, i);
	memcpy(out, data.p + i * ABI_WORD, ABI_WORD);
	return true;
}

bool abi_get_u256(struct str data, size_t i, struct u256 *out, struct err *e)
{
	uint8_t word[ABI_WORD];

	if (!abi_get_word(data, i, word, e))
		return false;
	*out = u256_from_be(word);
	return true;
}

bool abi_get_u64(struct str data, size_t i, uint64_t *out, struct err *e)
{
	struct u256 v;

	if (!abi_get_u256(data, i, &v, e))
		return false;
	if (!u256_to_u64(v, out))
		return err_set(e, "abi: word %zu does not fit into 64 bits", i);
	return true;
}

bool abi_get_address(struct str data, size_t i, struct address *out, struct err *e)
{
	static const uint8_t zero[12];
	uint8_t word[ABI_WORD];

	if (!abi_get_word(data, i, word, e))
		return false;
	if (memcmp(word, zero, sizeof zero) != 0)
		return err_set(e, "abi: word %zu is no address", i);
	memcpy(out->b, word + sizeof zero, sizeof out->b);
	return true;
}

bool abi_get_bool(struct str data, size_t i, bool *out, struct err *e)
{
	uint64_t v;

	if (!abi_get_u64(data, i, &v, e))
		return false;
	if (v > 1)
		return err_set(e, "abi: word %zu is neither 0 nor 1", i);
	*out = v == 1;
	return true;
}

bool abi_get_bytes(struct str data, size_t i, struct str *out, struct err *e)
{
	uint64_t at, n;

	if (!abi_get_u64(data, i, &at, e))
		return false;
	if (at > data.n || data.n - at < ABI_WORD)
		return err_set(e, "abi: offset in word %zu leads outside", i);
	struct str tail = { data.p + at, data.n - (size_t)at };
	if (!abi_get_u64(tail, 0, &n, e))
		return false;
	if (n > tail.n - ABI_WORD)
		return err_set(e, "abi: the content of word %zu ends early", i);
	*out = (struct str){ tail.p + ABI_WORD, (size_t)n };
	return true;
}

bool abi_is(struct str data, const char *signature)
{
	uint8_t s[4];

	abi_selector(signature, s);
	return data.n >= sizeof s && memcmp(data.p, s, sizeof s) == 0;
}

/* Solidity documentation, "Panic via assert and Error via require" */
static const struct { unsigned code; const char *text; } panics[] = {
	{ 0x00, "generic" },
	{ 0x01, "assertion failed" },
	{ 0x11, "arithmetic overflow" },
	{ 0x12, "division by zero" },
	{ 0x21, "no such enum value" },
	{ 0x22, "storage byte array is broken" },
	{ 0x31, "pop of an empty array" },
	{ 0x32, "index out of bounds" },
	{ 0x41, "too much memory" },
	{ 0x51, "call of an unset function" },
};

static void put_panic(struct buf *b, struct u256 code)
{
	const char *text = "unknown";
	uint64_t c;

	buf_adds(b, "panic ");
	if (u256_to_u64(code, &c)) {
		buf_addf(b, "0x%02llx", (unsigned long long)c);
		for (size_t i = 0; i < sizeof panics / sizeof *panics; i++)
			if (panics[i].code == c)
				text = panics[i].text;
	} else {
		u256_put_quantity(b, code);
	}
	buf_addf(b, " (%s)", text);
}

static void put_tame(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_addc(b, (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? '?' : s.p[i]);
}

bool abi_put_revert(struct buf *b, struct str data)
{
	struct err e;
	struct u256 code;
	struct str text, args = data.n < 4 ? data : (struct str){ data.p + 4, data.n - 4 };

	if (data.n == 0) {
		buf_adds(b, "no reason given");
	} else if (data.n < 4) {
		buf_adds(b, "unreadable revert data");
	} else if (abi_is(data, "Error(string)") && abi_get_bytes(args, 0, &text, &e)) {
		put_tame(b, text);
		return true;
	} else if (abi_is(data, "Panic(uint256)") && abi_get_u256(args, 0, &code, &e)) {
		put_panic(b, code);
		return true;
	} else {
		buf_adds(b, "custom error 0x");
		hex_put(b, (const uint8_t *)data.p, 4);
	}
	return false;
}
