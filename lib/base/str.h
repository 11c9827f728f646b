/* str - a borrowed slice of bytes, not NUL-terminated.
 *
 * A str never owns what it points at: whoever hands one out says how long the
 * bytes stay ("borrowed until the next line", "borrowed from the arena").
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* STR("literal") - a slice of a string literal, without its NUL. */
#define STR(lit) ((struct str){ ("" lit), sizeof(lit) - 1 })

/* For printf's "%.*s": precision first, then the pointer. */
#define STR_FMT(s) (int)((s).n > 1000 ? 1000 : (s).n), (s).p

static inline struct str str_of(const char *cstr)
{
	return (struct str){ cstr, strlen(cstr) };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* str_is - compare with a C string */
static inline bool str_is(struct str a, const char *b)
{
	return str_eq(a, str_of(b));
}

/* str_cmp - bytewise order, shorter first on a common prefix: the order of LC_ALL=C sort */
static inline int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

#endif
