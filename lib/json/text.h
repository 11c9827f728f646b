/* text - what the reader and the writer of JSON strings share: the scan for the
 * bytes that matter, UTF-8, and escapes.  For lib/json only.
 */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <stdint.h>

#include "base/str.h"

#if defined __SSE2__ && !defined JSON_NO_SSE2
#include <emmintrin.h>
#endif

/* A byte is plain when it stands for itself inside a JSON string and is ASCII:
 * neither '"' nor '\', not below 0x20, not above 0x7f. */
static inline bool text_is_plain(char ch)
{
	unsigned char c = (unsigned char)ch;

	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* text_skip_bytes, text_skip_words, text_skip - the first byte of [p, end) that is
 * not plain, or end.  All three give the same answer and differ in speed only; lo is
 * the lowest address that may be read (p, or the start of the text around it).
 * No byte outside [lo, end) is touched. */
static inline const char *text_skip_bytes(const char *p, const char *end)
{
	while (p < end && text_is_plain(*p))
		p++;
	return p;
}

static inline const char *text_skip_words(const char *p, const char *end)
{
	const uint64_t one = UINT64_C(0x0101010101010101), top = one << 7;

	for (; end - p >= 8; p += 8) {
		uint64_t v, quote, slash;

		memcpy(&v, p, 8);
		/* per byte and without carries between bytes: the top bit of x is clear iff
		 * the byte is equal (quote, slash) or its low seven bits are below 0x20 */
		quote = ((v ^ one * '"') & ~top) + ~top;
		slash = ((v ^ one * '\\') & ~top) + ~top;
		uint64_t bad = (~(quote & slash & ((v | top) - one * 0x20)) | v) & top;
		if (bad) {
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			return p + (__builtin_ctzll(bad) >> 3);
#else
			break;
#endif
		}
	}
	return text_skip_bytes(p, end);
}

#if defined __SSE2__ && !defined JSON_NO_SSE2
static inline unsigned text_mask16(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* signed comparison: bytes above 0x7f are negative, so one test finds both ends */
	__m128i bad = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));

	bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	bad = _mm_or_si128(bad, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
	return (unsigned)_mm_movemask_epi8(bad);
}
#endif

static inline const char *text_skip(const char *lo, const char *p, const char *end)
{
#if defined __SSE2__ && !defined JSON_NO_SSE2
	unsigned bad;

	for (; end - p >= 16; p += 16) {
		bad = text_mask16(p);
		if (bad)
			return p + __builtin_ctz(bad);
	}
	if (end - lo < 16)
		return text_skip_bytes(p, end);
	/* the last few: read the 16 bytes that end with the text, forget those before p */
	bad = text_mask16(end - 16) >> (16 - (end - p));
	return bad ? p + __builtin_ctz(bad) : end;
#else
	(void)lo;
	return text_skip_words(p, end);
#endif
}

/* text_utf8 - length of the well-formed UTF-8 sequence at p < end: 1 to 4, or 0 when
 * it is overlong, a surrogate, above U+10FFFF, cut off, or no start at all.
 * Source: Unicode 15, table 3-7; RFC 3629, section 4. */
size_t text_utf8(const char *p, const char *end);

/* text_escape - the code point of the escape at p, which is its backslash.
 *   len   out: bytes of the escape, 12 for a surrogate pair
 * Returns the code point, or one of the negative values below (*len untouched).
 * TEXT_CUT: the text ends before the escape does.  Source: RFC 8259, section 7. */
enum { TEXT_BAD_ESCAPE = -1, TEXT_UNPAIRED = -2, TEXT_CUT = -3 };
int32_t text_escape(const char *p, const char *end, size_t *len);

/* text_unescape - the content of an already validated string, raw being its text
 * without the quotes; out has room for raw.n bytes.  Returns the bytes written. */
size_t text_unescape(struct str raw, char *out);

#endif
