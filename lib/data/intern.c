#include "data/intern.h"

#include <stdlib.h>
#define XXH_INLINE_ALL          /* a short string is hashed in less time than a call takes */
#include <xxhash.h>

#include "base/err.h"
#include "base/mem.h"

enum { LEAST_SLOTS = 64, SHORT = 11 };

static const uint32_t long_mark = UINT32_C(0xff) << 24;

/* What a slot says of a string, and the hash of it.  Up to SHORT bytes, head and tail are the
 * string itself; of a longer one the tail holds 24 bits of the hash, and the slot's head the
 * address of its text. */
struct key {
	uint64_t head, hash;
	uint32_t tail;
};

static uint64_t eight(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint32_t four(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint32_t byte(const char *p)
{
	return (unsigned char)*p;
}

static inline struct key key_of(const struct intern *in, struct str s)
{
	struct key k = { .tail = (uint32_t)s.n << 24 };
	uint64_t raw[2];

	if (s.n > SHORT) {
		k.hash = XXH3_64bits_withSeed(s.p, s.n, in->seed);
		k.tail = long_mark | (uint32_t)(k.hash >> 40);
		return k;
	}
	/* with the length known, pieces that overlap tell any two strings apart */
	if (s.n >= 8) {
		k.head = eight(s.p);
		k.tail |= byte(s.p + s.n - 3) | byte(s.p + s.n - 2) << 8 | byte(s.p + s.n - 1) << 16;
	} else if (s.n >= 4) {
		k.head = (uint64_t)four(s.p) << 32 | four(s.p + s.n - 4);
	} else if (s.n) {
		k.head = byte(s.p) | byte(s.p + s.n / 2) << 8 | byte(s.p + s.n - 1) << 16;
	}
	raw[0] = k.head;
	raw[1] = k.tail;
	k.hash = XXH3_64bits_withSeed(raw, sizeof raw, in->seed);
	return k;
}

static bool is_long(uint32_t tail)
{
	return tail >= long_mark;
}

static const char *text_of(const struct intern_slot *slot)
{
	return (const char *)(uintptr_t)slot->head;
}

static struct str str_at(const char *text)
{
	uint32_t n;

	memcpy(&n, text - sizeof n, sizeof n);
	return (struct str){ text, n };
}

struct str intern_str(const struct intern *in, uint32_t id)
{
	BUG_ON(id >= in->n);
	return str_at(in->text[id]);
}

/* the slot that holds s, or the free one where it belongs */
static inline struct intern_slot *probe(const struct intern *in, struct str s, const struct key *k)
{
	size_t mask = in->n_slots - 1;

	for (size_t i = k->hash & mask; ; i = (i + 1) & mask) {
		struct intern_slot *slot = &in->slot[i];
		if (!slot->id1)
			return slot;
		if (slot->tail != k->tail)
			continue;
		if (is_long(k->tail) ? str_eq(str_at(text_of(slot)), s) : slot->head == k->head)
			return slot;
	}
}

static void prefetch_slot(const struct intern *in, const struct key *k)
{
	__builtin_prefetch(&in->slot[k->hash & (in->n_slots - 1)]);
}

static void fill(struct intern *in, struct intern_slot *slot, const struct key *k, uint32_t id)
{
	slot->head = is_long(k->tail) ? (uintptr_t)in->text[id] : k->head;
	slot->tail = k->tail;
	slot->id1 = id + 1;
}

/* double the table; every string is placed again, in the order of the texts in memory */
static void grow(struct intern *in)
{
	enum { APART = 16 };
	struct key ring[APART];

	free(in->slot);
	in->n_slots = in->n_slots ? 2 * in->n_slots : LEAST_SLOTS;
	in->slot = mem_zbig(in->n_slots, sizeof *in->slot);
	for (size_t i = 0; i < in->n + APART; i++) {
		struct key *k = &ring[i % APART];
		if (i >= APART) {
			size_t at = k->hash & (in->n_slots - 1);
			while (in->slot[at].id1)
				at = (at + 1) & (in->n_slots - 1);
			fill(in, &in->slot[at], k, (uint32_t)(i - APART));
		}
		if (i < in->n) {
			*k = key_of(in, str_at(in->text[i]));
			prefetch_slot(in, k);
		}
	}
}

static void grow_text(struct intern *in)
{
	in->cap = mem_grow(in->cap < 64 ? 64 : in->cap, in->n + 1);
	in->text = mem_realloc(in->text, in->cap, sizeof *in->text);
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

static inline uint32_t intern_key(struct intern *in, struct str s, const struct key *k)
{
	if (in->n >= in->n_slots - in->n_slots / 4)
		grow(in);
	struct intern_slot *slot = probe(in, s, k);
	if (slot->id1)
		return slot->id1 - 1;
	uint32_t id = add(in, s);
	if (id != INTERN_NONE)
		fill(in, slot, k, id);
	return id;
}

uint32_t intern(struct intern *in, struct str s)
{
	struct key k = key_of(in, s);

	return intern_key(in, s, &k);
}

/* The text of a likely match. */
static void prefetch_text(const struct intern *in, const struct key *k)
{
	size_t mask = in->n_slots - 1, i = k->hash & mask;

	while (in->slot[i].id1 && in->slot[i].tail != k->tail)
		i = (i + 1) & mask;
	if (in->slot[i].id1)
		__builtin_prefetch(text_of(&in->slot[i]) - sizeof(uint32_t));
}

void intern_many(struct intern *in, const struct str *first, size_t stride, size_t n, uint32_t *out)
{
	/* a string passes three stations, sixteen strings apart: hash; slot; text, if it is long */
	enum { APART = 16, RING = 32 };
	struct key ring[RING];
	const char *p = (const char *)first;

	if (!in->n_slots)
		grow(in);
	for (size_t i = 0; i < n + 2 * APART; i++) {
		struct key *k = &ring[i % RING];
		if (i >= 2 * APART) {
			size_t at = i - 2 * APART;
			out[at] = intern_key(in, *(const struct str *)(const void *)(p + at * stride), k);
		}
		if (i >= APART && i - APART < n && is_long(ring[(i - APART) % RING].tail))
			prefetch_text(in, &ring[(i - APART) % RING]);
		if (i < n) {
			*k = key_of(in, *(const struct str *)(const void *)(p + i * stride));
			prefetch_slot(in, k);
		}
	}
}

uint32_t intern_find(const struct intern *in, struct str s)
{
	if (!in->n_slots)
		return INTERN_NONE;
	struct key k = key_of(in, s);
	return probe(in, s, &k)->id1 - 1;       /* 0 - 1 is INTERN_NONE */
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
