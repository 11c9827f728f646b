#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void no_memory(void)
{
	static const char msg[] = "lbl: out of memory\n";

	if (write(2, msg, sizeof msg - 1) < 0)
		_exit(71);
	_exit(71);
}

static size_t bytes_of(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total) || total > PTRDIFF_MAX)
		no_memory();
	return total ? total : 1;
}

void *mem_alloc(size_t n, size_t size)
{
	void *p = malloc(bytes_of(n, size));

	if (!p)
		no_memory();
	return p;
}

void *mem_zalloc(size_t n, size_t size)
{
	void *p = calloc(1, bytes_of(n, size));

	if (!p)
		no_memory();
	return p;
}

void *mem_big(size_t n, size_t size)
{
	enum { HUGE_PAGE = 2 << 20 };
	size_t bytes = bytes_of(n, size);
	void *p;

	if (bytes < 2 * HUGE_PAGE)
		return mem_alloc(n, size);
	if (posix_memalign(&p, HUGE_PAGE, bytes) != 0)
		no_memory();
#ifdef MADV_HUGEPAGE
	madvise(p, bytes, MADV_HUGEPAGE);
#endif
	return p;
}

void *mem_realloc(void *p, size_t n, size_t size)
{
	p = realloc(p, bytes_of(n, size));
	if (!p)
		no_memory();
	return p;
}

size_t mem_grow(size_t cap, size_t need)
{
	size_t more = cap + cap / 2;

	if (more < cap)
		no_memory();
	return more > need ? more : need;
}

void mem_wipe(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}
