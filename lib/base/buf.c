#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf)BUF_INIT;
}

void buf_need(struct buf *b, size_t more)
{
	if (b->cap - b->n > more)
		return;
	size_t need = b->n + more + 1;
	BUG_ON(need <= b->n);
	b->cap = mem_grow(b->cap < 64 ? 64 : b->cap, need);
	b->p = mem_realloc(b->p, b->cap, 1);
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	buf_need(b, n);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_adds(struct buf *b, const char *cstr)
{
	buf_add(b, cstr, strlen(cstr));
}

void buf_addu(struct buf *b, uint64_t v)
{
	char t[20];
	size_t i = sizeof t;

	do
		t[--i] = (char)('0' + v % 10);
	while (v /= 10);
	buf_add(b, t + i, sizeof t - i);
}

void buf_addi(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_addc(b, '-');
	buf_addu(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	BUG_ON(n < 0);
	buf_need(b, (size_t)n);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
	va_end(again);
	b->n += (size_t)n;
}

char *buf_detach(struct buf *b)
{
	buf_need(b, 0);
	b->p[b->n] = '\0';
	char *p = b->p;
	*b = (struct buf)BUF_INIT;
	return p;
}
