/* err - how a library function says what is wrong with the input or the system.
 *
 * A function that can fail returns false and fills a struct err; on success the
 * struct is untouched.  The message has no file or line: the command that
 * knows them adds them.  A programming error is no err: it is a BUG_ON.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct err {
	char msg[256];   /* what is wrong, lower case, no full stop */
	size_t byte;     /* where in the text, counted from 1; 0 = not a place in a text */
};

/* err_set - fill *e and be false, so that "return err_set(e, ...)" reads as one step.
 * Control bytes in the result become '?': what is quoted comes from hostile input.
 * err_at - the same, with a position.
 * err_prefix - put a context in front of a message already there.
 * Macros, so that a compiler sees that they are false. */
#define err_set(e, ...) (err_fill((e), 0, __VA_ARGS__), err_false())
#define err_at(e, byte, ...) (err_fill((e), (byte), __VA_ARGS__), err_false())
#define err_prefix(e, ...) (err_put_before((e), __VA_ARGS__), err_false())

static inline bool err_false(void)
{
	return false;
}

void err_fill(struct err *e, size_t byte, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void err_put_before(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* BUG_ON - a broken promise between two places of this code: abort, loudly.
 * Never for input: input is never a bug. */
#define BUG_ON(cond) \
	do { \
		if (cond) \
			bug_on(__FILE__, __LINE__, #cond); \
	} while (0)

_Noreturn void bug_on(const char *file, int line, const char *cond);

#endif
