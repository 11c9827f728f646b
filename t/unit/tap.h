/* tap - the few lines a C unit test needs: one ok() an assertion, done() at the end.
 *
 * Output is the Test Anything Protocol, so `prove` runs unit binaries and shell
 * scripts alike.  Tests that need ../shared say so with skip_all().
 */
#ifndef T_TAP_H
#define T_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"

static int tap_n, tap_failed;

__attribute__((format(printf, 2, 3), unused))
static bool ok(bool cond, const char *fmt, ...)
{
	va_list ap;

	tap_n++;
	tap_failed += !cond;
	printf("%sok %d - ", cond ? "" : "not ", tap_n);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return cond;
}

__attribute__((unused))
static bool is_str(struct str got, const char *want, const char *name)
{
	bool same = str_is(got, want);

	if (!ok(same, "%s", name))
		printf("#  got: %.*s\n# want: %s\n", STR_FMT(got), want);
	return same;
}

__attribute__((unused))
static _Noreturn void skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

__attribute__((unused))
static int done(void)
{
	printf("1..%d\n", tap_n);
	return tap_failed ? 1 : 0;
}

/* slurp - a whole file as an owned buf; exits loudly when it cannot be read */
__attribute__((unused))
static struct buf slurp(const char *path)
{
	struct buf b = BUF_INIT;
	char part[1 << 16];
	FILE *f = fopen(path, "rb");

	if (!f) {
		printf("Bail out! cannot open %s\n", path);
		exit(1);
	}
	for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0; )
		buf_add(&b, part, n);
	fclose(f);
	return b;
}

/* shared - path of a file below ../shared, or skip the whole test when the folder is not there.
 * LBL_SHARED names the folder; t/run sets it. */
__attribute__((unused))
static const char *shared(const char *rel)
{
	static char path[4096];
	const char *dir = getenv("LBL_SHARED");

	snprintf(path, sizeof path, "%s/%s", dir ? dir : "../shared", rel);
	FILE *f = fopen(path, "rb");
	if (!f)
		skip_all("../shared is not here");
	fclose(f);
	return path;
}

/* shared_or_skip - the same, but skip only one assertion: NULL after "ok N # SKIP" when the
 * folder is not there, so that a test with vectors of its own still runs them */
__attribute__((unused))
static const char *shared_or_skip(const char *rel)
{
	static char path[4096];
	const char *dir = getenv("LBL_SHARED");

	snprintf(path, sizeof path, "%s/%s", dir ? dir : "../shared", rel);
	FILE *f = fopen(path, "rb");
	if (!f) {
		printf("ok %d # SKIP ../shared is not here\n", ++tap_n);
		return NULL;
	}
	fclose(f);
	return path;
}

/* is_hex - compare bytes with their hex text, with or without 0x */
__attribute__((unused))
static bool is_hex(const void *p, size_t n, const char *want, const char *name)
{
	struct buf b = BUF_INIT;
	const char *digits = strncmp(want, "0x", 2) ? want : want + 2;

	hex_put(&b, p, n);
	bool same = is_str(buf_str(&b), digits, name);
	buf_release(&b);
	return same;
}

#endif
