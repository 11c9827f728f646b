/* residue - what a process leaves in its memory when it ends.  For LD_PRELOAD:
 *
 *	LD_PRELOAD=residue.so RESIDUE_LOG=FILE RESIDUE_FOR=HEX,HEX,... COMMAND
 *
 * At the end of the process FILE gets a line each of
 *
 *	dumpable N              as prctl(PR_GET_DUMPABLE) says
 *	core N M                RLIMIT_CORE, soft and hard
 *	found N                 how often the first text stands in memory that can be written:
 *	found M                 the second one, and so on
 *
 * Each byte of a text is given exclusive-or 0x5a, and is never put together here: else the
 * search would find itself.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MASK = 0x5a, TEXT_MOST = 256, MAPS_MOST = 1 << 16 };

struct text {
	volatile unsigned char masked[TEXT_MOST];
	size_t n;
};

static size_t count(const struct text *t, const volatile unsigned char *p, const volatile unsigned char *end)
{
	size_t found = 0;

	for (; p + t->n <= end; p++) {
		size_t i = 0;
		while (i < t->n && (p[i] ^ MASK) == t->masked[i])
			i++;
		found += i == t->n;
	}
	return found;
}

static size_t search(const struct text *t, const char *maps)
{
	size_t found = 0;

	for (const char *line = maps; *line; line = strchr(line, '\n') + 1) {
		unsigned long from, to;
		char mode[5];
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && mode[0] == 'r' && mode[1] == 'w')
			found += count(t, (unsigned char *)from, (unsigned char *)to);
		if (!strchr(line, '\n'))
			break;
	}
	return found;
}

/* the next text of the list; returns what is behind it */
static const char *next(const char *list, struct text *t)
{
	unsigned byte;

	for (t->n = 0; t->n < TEXT_MOST && sscanf(list, "%2x", &byte) == 1; list += 2)
		t->masked[t->n++] = (unsigned char)byte;
	return *list == ',' ? list + 1 : "";
}

__attribute__((destructor))
static void look(void)
{
	static char maps[MAPS_MOST];
	const char *log = getenv("RESIDUE_LOG"), *list = getenv("RESIDUE_FOR");
	int fd = open("/proc/self/maps", O_RDONLY);
	struct rlimit core = { 1, 1 };
	size_t n = 0;
	struct text t;

	if (!log || fd < 0)
		return;
	for (ssize_t got; n < MAPS_MOST - 1 && (got = read(fd, maps + n, MAPS_MOST - 1 - n)) > 0; )
		n += (size_t)got;
	close(fd);
	getrlimit(RLIMIT_CORE, &core);
	FILE *f = fopen(log, "w");
	if (!f)
		return;
	fprintf(f, "dumpable %d\ncore %llu %llu\n", prctl(PR_GET_DUMPABLE), (unsigned long long)core.rlim_cur,
	        (unsigned long long)core.rlim_max);
	while (list && *list) {
		list = next(list, &t);
		fprintf(f, "found %zu\n", search(&t, maps));
	}
	fclose(f);
}
