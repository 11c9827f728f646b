/* lists - a list of numbers for each of n things, in two arrays.
 *
 * List i is item[first[i] .. first[i+1]-1], ascending and without repetition.
 * Zeroed memory is "no list at all": every list of it is empty.
 */
#ifndef ASSIGN_LISTS_H
#define ASSIGN_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lists {
	size_t n;
	size_t *first;      /* n + 1, owned */
	uint32_t *item;     /* owned */
};

/* a pair "list, item" in one word, so that sorting words sorts lists */
static inline uint64_t lists_pair(uint32_t list, uint32_t item)
{
	return (uint64_t)list << 32 | item;
}

/* lists_make - n lists out of pairs in any order; pairs that repeat count once.
 *
 *   pair  n_pairs of them; sorted in place; every list below n
 * O(n + n_pairs log n_pairs).  Give back with lists_release. */
void lists_make(struct lists *l, size_t n, uint64_t *pair, size_t n_pairs);

void lists_release(struct lists *l);

/* lists_size - how many items list i has */
static inline size_t lists_size(const struct lists *l, size_t i)
{
	return i < l->n ? l->first[i + 1] - l->first[i] : 0;
}

/* lists_has - is x in list i?  O(log of its length) */
bool lists_has(const struct lists *l, size_t i, uint32_t x);

/* lists_within - is every item of list a in list b?  O(their lengths) */
bool lists_within(const struct lists *l, size_t a, size_t b);

#endif
