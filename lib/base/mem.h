/* mem - allocation that never returns NULL, and checked sizes.
 *
 * When memory runs out the process says so and exits with status 71
 * (EX_OSERR): this is the one place below lib/io that may exit, because no
 * caller could do better.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* mem_alloc - n objects of size bytes, uninitialised; owned, free with free().
 * n * size is checked.  mem_alloc(0, s) is a valid pointer. */
void *mem_alloc(size_t n, size_t size);

/* mem_zalloc - the same, zeroed */
void *mem_zalloc(size_t n, size_t size);

/* mem_big - the same, uninitialised, for tables that are read at random: on huge pages
 * where the system has them (a hint, and no error where not), because there the
 * translation of addresses costs more than the memory; at the start of a cache line.  Free with free(). */
void *mem_big(size_t n, size_t size);

/* mem_zbig - the same, zeroed, but in any place */
void *mem_zbig(size_t n, size_t size);

/* mem_realloc - resize to n objects of size bytes; p may be NULL */
void *mem_realloc(void *p, size_t n, size_t size);

/* mem_grow - capacity to use when need objects do not fit into cap: at least
 * need, at least half as much again as cap, so that appending is amortised O(1) */
size_t mem_grow(size_t cap, size_t need);

/* mem_wipe - overwrite a secret in a way that no compiler removes */
void mem_wipe(void *p, size_t n);

#endif
