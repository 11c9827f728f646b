#include "hash/address.h"

#include "base/hex.h"
#include "hash/keccak256.h"

static bool upper(char c)
{
	return c >= 'A' && c <= 'F';
}

static bool lower(char c)
{
	return c >= 'a' && c <= 'f';
}

/* turn 40 lower-case digits into their EIP-55 case */
static void checksum_case(char digit[40])
{
	uint8_t hash[32];

	keccak256(digit, 40, hash);
	for (size_t i = 0; i < 40; i++)
		if (lower(digit[i]) && (hash[i / 2] >> 4 * (1 - i % 2) & 8))
			digit[i] = (char)(digit[i] - 'a' + 'A');
}

static void digits(char out[40], const struct address *a)
{
	for (size_t i = 0; i < 40; i++)
		out[i] = "0123456789abcdef"[a->b[i / 2] >> 4 * (1 - i % 2) & 15];
}

bool address_looks_like(struct str s)
{
	return s.n == ADDRESS_CHARS && s.p[0] == '0' && s.p[1] == 'x';
}

bool address_parse(struct str s, struct address *out, struct err *e)
{
	struct address a;
	bool has_upper = false, has_lower = false;

	if (!address_looks_like(s) || !hex_get((struct str){ s.p + 2, 40 }, a.b, sizeof a.b))
		return err_set(e, "expected an address (0x and 40 hex digits)");
	for (size_t i = 2; i < s.n; i++) {
		has_upper = has_upper || upper(s.p[i]);
		has_lower = has_lower || lower(s.p[i]);
	}
	if (has_upper && has_lower) {
		char want[40];
		digits(want, &a);
		checksum_case(want);
		if (memcmp(want, s.p + 2, sizeof want) != 0)
			return err_set(e, "address has a wrong checksum (EIP-55)");
	}
	*out = a;
	return true;
}

void address_put(struct buf *b, const struct address *a)
{
	char t[40];

	digits(t, a);
	checksum_case(t);
	buf_adds(b, "0x");
	buf_add(b, t, sizeof t);
}

void address_put_lower(struct buf *b, const struct address *a)
{
	buf_adds(b, "0x");
	hex_put(b, a->b, sizeof a->b);
}

bool address_eq(const struct address *a, const struct address *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool address_is_zero(const struct address *a)
{
	static const struct address zero;

	return address_eq(a, &zero);
}

struct address address_of_pubkey(const uint8_t xy[64])
{
	uint8_t hash[32];
	struct address a;

	keccak256(xy, 64, hash);
	memcpy(a.b, hash + 12, sizeof a.b);
	return a;
}
