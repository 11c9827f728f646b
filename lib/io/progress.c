#include "io/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "io/cli.h"
#include "io/opt.h"

static bool shown;

static bool wanted(void)
{
	static int known = -1;

	if (known < 0)
		known = isatty(2) && !opt_common()->quiet;
	return known;
}

static bool due(void)
{
	static struct timespec last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (last.tv_sec == 0) {         /* nothing in the first fifth of a second */
		last = now;
		return false;
	}
	double passed = (double)(now.tv_sec - last.tv_sec) + 1e-9 * (double)(now.tv_nsec - last.tv_nsec);
	if (passed < 0.2)
		return false;
	last = now;
	return true;
}

static void put(const char *text, int n)
{
	if (n > 0 && write(2, text, (size_t)n) < 0)
		return;                 /* a terminal that went away: nobody to tell */
}

void progress(const char *what, uint64_t done, uint64_t total)
{
	char line[160];

	if (!wanted() || !due())
		return;
	int n = total
	      ? snprintf(line, sizeof line, "\r\033[K%s: %s %llu of %llu", cli_tool(), what,
	                 (unsigned long long)done, (unsigned long long)total)
	      : snprintf(line, sizeof line, "\r\033[K%s: %s %llu", cli_tool(), what, (unsigned long long)done);
	put(line, n);
	shown = true;
}

void progress_end(void)
{
	if (shown)
		put("\r\033[K", 4);
	shown = false;
}
