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

enum { HUGE_PAGE = 2 << 20, LINE = 64 };

static void on_huge_pages(char *p, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	size_t skip = (size_t)(-(uintptr_t)p & (HUGE_PAGE - 1));

	if (bytes >= skip + HUGE_PAGE)
		madvise(p + skip, (bytes - skip) & ~(size_t)(HUGE_PAGE - 1), MADV_HUGEPAGE);
#else
	(void)p;
	(void)bytes;
#endif
}

void *mem_big(size_t n, size_t size)
{
	size_t bytes = bytes_of(n, size);
	void *p;

	if (posix_memalign(&p, bytes < HUGE_PAGE ? LINE : HUGE_PAGE, bytes) != 0)
		no_memory();
	on_huge_pages(p, bytes);
	return p;
}

void *mem_zbig(size_t n, size_t size)
{
	void *p = mem_zalloc(n, size);

	/* so large a piece comes from the system, zeroed and untouched: it is not too late */
	on_huge_pages(p, bytes_of(n, size));
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
