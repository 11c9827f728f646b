/* buf - the one growable string.
 *
 * Invariants: b.p[b.n] is NUL whenever b.cap > 0; n bytes are in use, and they
 * may hold any byte.  BUF_INIT or zeroed memory is an empty buf that owns nothing.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdint.h>

#include "base/str.h"

struct buf {
	char *p;
	size_t n, cap;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_release(struct buf *b);                 /* free and make empty */
void buf_need(struct buf *b, size_t more);       /* room for more bytes and a NUL */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *cstr);
void buf_addu(struct buf *b, uint64_t v);        /* decimal */
void buf_addi(struct buf *b, int64_t v);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
char *buf_detach(struct buf *b);                 /* the caller owns the NUL-terminated bytes; b is empty */

static inline void buf_reset(struct buf *b)
{
	b->n = 0;
	if (b->p)
		b->p[0] = '\0';
}

static inline void buf_addc(struct buf *b, char c)
{
	if (b->n + 1 >= b->cap)
		buf_need(b, 1);
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

static inline void buf_addstr(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->n };
}

#endif
