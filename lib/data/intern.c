#include "data/intern.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/err.h"
#include "base/mem.h"

enum { LEAST_SLOTS = 64 };

static uint64_t hash_of(const struct intern *in, struct str s)
{
	return XXH3_64bits_withSeed(s.p, s.n, in->seed);
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

struct str intern_str(const struct intern *in, uint32_t id)
{
	uint32_t n;

	BUG_ON(id >= in->n);
	memcpy(&n, in->text[id] - sizeof n, sizeof n);
	return (struct str){ in->text[id], n };
}

/* the slot that holds s, or the free one where it belongs */
static struct intern_slot *probe(const struct intern *in, struct str s, uint32_t tag)
{
	size_t mask = in->n_slots - 1;

	for (size_t i = tag & mask; ; i = (i + 1) & mask) {
		struct intern_slot *slot = &in->slot[i];
		if (!slot->id1 || (slot->tag == tag && str_eq(intern_str(in, slot->id1 - 1), s)))
			return slot;
	}
}

/* double the table; the tags are enough to place every slot again */
static void grow(struct intern *in)
{
	size_t n = in->n_slots ? 2 * in->n_slots : LEAST_SLOTS, mask = n - 1;
	struct intern_slot *slot = mem_big(n, sizeof *slot);

	memset(slot, 0, n * sizeof *slot);
	for (size_t i = 0; i < in->n_slots; i++) {
		if (!in->slot[i].id1)
			continue;
		size_t j = in->slot[i].tag & mask;
		while (slot[j].id1)
			j = (j + 1) & mask;
		slot[j] = in->slot[i];
	}
	free(in->slot);
	in->slot = slot;
	in->n_slots = n;
}

static void grow_text(struct intern *in)
{
	in->cap = mem_grow(in->cap < 64 ? 64 : in->cap, in->n + 1);
	const char **text = mem_big(in->cap, sizeof *text);
	if (in->n)
		memcpy(text, in->text, in->n * sizeof *text);
	free(in->text);
	in->text = text;
}

static uint32_t add(struct intern *in, struct str s)
{
	uint32_t n = (uint32_t)s.n;

	if (in->n >= INTERN_NONE || s.n > UINT32_MAX)
		return INTERN_NONE;
	if (in->n == in->cap)
		grow_text(in);
	/* two packed pieces could land in two blocks of the arena: one piece it is */
	char *p = arena_alloc(&in->arena, sizeof n + s.n + 1, 1);
	memcpy(p, &n, sizeof n);
	if (s.n)
		memcpy(p + sizeof n, s.p, s.n);
	p[sizeof n + s.n] = '\0';
	in->text[in->n] = p + sizeof n;
	return (uint32_t)in->n++;
}

static uint32_t intern_hashed(struct intern *in, struct str s, uint64_t hash)
{
	uint32_t tag = tag_of(hash);

	if (in->n >= in->n_slots - in->n_slots / 4)
		grow(in);
	struct intern_slot *slot = probe(in, s, tag);
	if (slot->id1)
		return slot->id1 - 1;
	uint32_t id = add(in, s);
	if (id != INTERN_NONE)
		*slot = (struct intern_slot){ tag, id + 1 };
	return id;
}

uint32_t intern(struct intern *in, struct str s)
{
	return intern_hashed(in, s, hash_of(in, s));
}

/* The slot where the search for a hash begins. */
static const struct intern_slot *home(const struct intern *in, uint64_t hash)
{
	return &in->slot[tag_of(hash) & (in->n_slots - 1)];
}

/* Where the text of a likely match is: in text[] first, then in the arena. */
static void prefetch_text(const struct intern *in, uint64_t hash, bool bytes)
{
	size_t mask = in->n_slots - 1, i = tag_of(hash) & mask;

	while (in->slot[i].id1 && in->slot[i].tag != tag_of(hash))
		i = (i + 1) & mask;
	if (!in->slot[i].id1)
		return;
	const char **text = &in->text[in->slot[i].id1 - 1];
	if (bytes)
		__builtin_prefetch(*text - sizeof(uint32_t));
	else
		__builtin_prefetch(text);
}

void intern_many(struct intern *in, const struct str *first, size_t stride, size_t n, uint32_t *out)
{
	/* a string passes four stations, eight strings apart: hash, slot, text[], bytes */
	enum { APART = 8, RING = 32 };
	uint64_t hash[RING];
	const char *p = (const char *)first;

	if (!in->n_slots)
		grow(in);
	for (size_t i = 0; i < n + 3 * APART; i++) {
		if (i < n) {
			hash[i % RING] = hash_of(in, *(const struct str *)(const void *)(p + i * stride));
			__builtin_prefetch(home(in, hash[i % RING]));
		}
		if (i >= APART && i - APART < n)
			prefetch_text(in, hash[(i - APART) % RING], false);
		if (i >= 2 * APART && i - 2 * APART < n)
			prefetch_text(in, hash[(i - 2 * APART) % RING], true);
		if (i >= 3 * APART) {
			size_t k = i - 3 * APART;
			out[k] = intern_hashed(in, *(const struct str *)(const void *)(p + k * stride), hash[k % RING]);
		}
	}
}

uint32_t intern_find(const struct intern *in, struct str s)
{
	if (!in->n_slots)
		return INTERN_NONE;
	return probe(in, s, tag_of(hash_of(in, s)))->id1 - 1;    /* 0 - 1 is INTERN_NONE */
}

/* qsort has no context argument: sort (string, id) pairs.  Interned strings differ, so no ties. */
struct named {
	struct str s;
	uint32_t id;
};

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct named *)a)->s, ((const struct named *)b)->s);
}

void intern_sort(const struct intern *in, uint32_t *rank, uint32_t *order)
{
	struct named *v = mem_alloc(in->n, sizeof *v);

	for (size_t i = 0; i < in->n; i++)
		v[i] = (struct named){ intern_str(in, (uint32_t)i), (uint32_t)i };
	if (in->n)
		qsort(v, in->n, sizeof *v, by_name);
	for (size_t i = 0; i < in->n; i++) {
		if (order)
			order[i] = v[i].id;
		if (rank)
			rank[v[i].id] = (uint32_t)i;
	}
	free(v);
}

void intern_release(struct intern *in)
{
	free(in->slot);
	free(in->text);
	arena_release(&in->arena);
	*in = (struct intern){ 0 };
}
