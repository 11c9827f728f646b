/* write - appends JSON to a buf.
 *
 * Records are written member by member, and commas take care of themselves:
 *
 *	buf_adds(b, "{\"kind\":\"skill\"");
 *	json_put_kstr(b, "worker", worker);
 *	json_put_knum(b, "skill", 0.93);
 *	buf_adds(b, "}\n");
 *
 * What json_put_string and the numbers write is always read back by json_read, which
 * finds the same text and the same double.  Keys here are C literals that need no
 * escapes, and are written as they are; for a key from data use json_put_sep,
 * json_put_string and a ':'.  All are O(bytes written), thread-safe for different bufs.
 */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* json_put_string - s with quotes; escapes only what must be (RFC 8259, section 7): the
 * quote, the backslash and what is below 0x20, short forms where there are any.  UTF-8
 * stays.  A byte that is no UTF-8 and a NUL, neither of which json_read would accept,
 * become U+FFFD. */
void json_put_string(struct buf *b, struct str s);

/* json_utf8 - whether s is UTF-8 without NUL, so that json_put_string changes nothing */
bool json_utf8(struct str s);

/* json_put_number - as num_print writes it; BUG_ON(x is not finite) */
void json_put_number(struct buf *b, double x);

/* json_put_sep - a comma, unless b is empty or ends in '{', '[', ':' or a newline */
void json_put_sep(struct buf *b);

/* json_put_key - json_put_sep, then "key": */
void json_put_key(struct buf *b, const char *key);

/* a whole member each */
void json_put_kstr(struct buf *b, const char *key, struct str s);
void json_put_knum(struct buf *b, const char *key, double x);
void json_put_kuint(struct buf *b, const char *key, uint64_t v);
void json_put_kint(struct buf *b, const char *key, int64_t v);
void json_put_kbool(struct buf *b, const char *key, bool v);
void json_put_knull(struct buf *b, const char *key);
void json_put_kraw(struct buf *b, const char *key, struct str json);    /* JSON text as it is */

#endif
