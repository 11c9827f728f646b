/* intern - strings to dense numbers, in order of first appearance.
 *
 * The first new string gets 0, the next new one 1, and so on: the numbers depend
 * on the order of the calls and on nothing else.  Zeroed memory is an empty table.
 *
 * Cost: one XXH3 hash and, in a big table, one cache miss a call, two for strings of
 * twelve bytes and more; intern_many hides them.
 *
 * Memory: 21 to 43 bytes of slots and 8 of pointer a string, its bytes and 5 more.
 */
#ifndef DATA_INTERN_H
#define DATA_INTERN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#define INTERN_NONE UINT32_MAX

struct intern_slot {
	uint64_t head;    /* up to eleven bytes stand in head and tail, and nothing else is read ... */
	uint32_t tail;    /* ... of a longer string: where its text is, and 24 bits of its hash */
	uint32_t id1;     /* id + 1; 0 = free */
};

struct intern {
	struct intern_slot *slot;    /* open addressing, linear probing */
	size_t n_slots;              /* a power of two, or 0 */
	const char **text;           /* by id: the bytes, their number before them */
	size_t n, cap;               /* strings held: ids are 0 .. n-1 */
	uint64_t seed;               /* of the hash.  Set before the first call where strings are
	                              * hostile enough to be made to collide; ids do not depend on it */
	struct arena arena;
};

/* intern - the id of s, a new one when s was not there; the bytes are copied.
 * INTERN_NONE when 2^32 - 1 strings are held or s has 2^32 bytes. */
uint32_t intern(struct intern *in, struct str s);

/* intern_find - the id of s, or INTERN_NONE */
uint32_t intern_find(const struct intern *in, struct str s);

/* intern_str - the string with this id (below in->n), NUL behind it; borrowed until intern_release */
struct str intern_str(const struct intern *in, uint32_t id);

/* intern_many - n strings at once, several times faster in a big table: while one is
 * looked up, the cache lines that the next ones need are on their way.
 *
 *   first   address of the first struct str; the next one is `stride` bytes further on
 *   out     n ids, as intern() in this order would give them */
void intern_many(struct intern *in, const struct str *first, size_t stride, size_t n, uint32_t *out);

/* intern_sort - bytewise order of the strings: rank[id] is the place of the
 * string, order[place] its id; either may be NULL, each has in->n entries.
 * O(n log n) comparisons, 24 n bytes of scratch. */
void intern_sort(const struct intern *in, uint32_t *rank, uint32_t *order);

void intern_release(struct intern *in);

#endif
