#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

struct arena_block {
	struct arena_block *prev;
	size_t size;                 /* of the data behind this header */
};

enum { ALIGN = 16, HEADER = 16, FIRST = 64 << 10, MOST = 8 << 20 };

_Static_assert(sizeof(struct arena_block) <= HEADER, "the header keeps the data aligned");

static char *data_of(struct arena_block *b)
{
	return (char *)b + HEADER;
}

static void *take(struct arena *a, size_t n, size_t align)
{
	size_t pad = a->left ? (size_t)(-(uintptr_t)a->next & (align - 1)) : 0;

	if (a->left < pad || a->left - pad < n) {
		size_t size = a->head ? a->head->size * 2 : FIRST;
		if (size > MOST)
			size = MOST;
		if (size < n)
			size = n;
		struct arena_block *b = mem_big(1, HEADER + size);
		b->prev = a->head;
		b->size = size;
		a->head = b;
		a->next = data_of(b);
		a->left = size;
		a->total += size;
		pad = 0;
	}
	void *p = a->next + pad;
	a->next += pad + n;
	a->left -= pad + n;
	return p;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	BUG_ON(__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX / 2);
	return take(a, bytes, ALIGN);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = take(a, s.n + 1, 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){ p, s.n };
}

void arena_reset(struct arena *a)
{
	struct arena_block *b = a->head;

	if (!b)
		return;
	while (b->prev) {
		struct arena_block *older = b->prev;
		b->prev = older->prev;
		a->total -= older->size;
		free(older);
	}
	a->next = data_of(b);
	a->left = b->size;
}

void arena_release(struct arena *a)
{
	while (a->head) {
		struct arena_block *b = a->head;
		a->head = b->prev;
		free(b);
	}
	*a = (struct arena){ 0 };
}
