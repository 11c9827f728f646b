#include "base/err.h"

#include <stdarg.h>
#include <string.h>

static void tame(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

void err_fill(struct err *e, size_t byte, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	tame(e->msg);
	e->byte = byte;
}

void err_put_before(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->msg], head[sizeof e->msg];
	va_list ap;

	memcpy(old, e->msg, sizeof old);
	va_start(ap, fmt);
	vsnprintf(head, sizeof head, fmt, ap);
	va_end(ap);
	size_t n = strlen(head);
	size_t m = strlen(old);
	if (n + m >= sizeof e->msg)
		m = sizeof e->msg - 1 - n;
	memcpy(e->msg, head, n);
	memcpy(e->msg + n, old, m);
	e->msg[n + m] = '\0';
	tame(e->msg);
}

void bug_on(const char *file, int line, const char *cond)
{
	fprintf(stderr, "bug: %s:%d: %s\n", file, line, cond);
	abort();
}
