#include "io/slurp.h"

#include <errno.h>
#include <stdio.h>

#include "base/mem.h"
#include "io/cli.h"

struct buf slurp(const char *path)
{
	struct buf b = BUF_INIT;
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f)
		cli_die(LBL_NOINPUT, "%s: %s", path, strerror(errno));
	while ((n = fread(part, 1, sizeof part, f)) > 0 && b.n < SLURP_MOST)
		buf_add(&b, part, n);
	if (ferror(f))
		cli_die(LBL_NOINPUT, "%s: %s", path, strerror(errno));
	if (n > 0)
		cli_die(LBL_NOINPUT, "%s: is longer than %d bytes", path, SLURP_MOST);
	fclose(f);
	mem_wipe(part, sizeof part);
	return b;
}
