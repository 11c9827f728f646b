/* arena - memory that is given back all at once.
 *
 * Pointers stay valid until arena_reset or arena_release.  Zeroed memory is an
 * empty arena.  Not for secrets: nothing is wiped.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	char *next;      /* where the next object goes */
	size_t left;     /* bytes left behind it */
	size_t total;    /* bytes obtained from the system, for limits and reports */
};

void *arena_alloc(struct arena *a, size_t n, size_t size);   /* n objects, 16-byte aligned */
struct str arena_str(struct arena *a, struct str s);         /* a copy of s, packed, NUL behind it */
void arena_reset(struct arena *a);                           /* keeps one block for reuse */
void arena_release(struct arena *a);

#endif
