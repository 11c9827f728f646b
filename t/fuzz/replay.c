/* replay - the fuzzer's corpus without the fuzzer, as a test that prove runs.
 *
 *	f-NAME [FILE|FOLDER...]
 *
 * Feeds each file of t/fuzz/corpus/NAME, or those named, to the target, and every
 * prefix of the small ones too: most parser bugs are one byte beyond an early end.
 * Each input is in a block of its own size, so that a sanitizer sees a read past it.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "../unit/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { SMALL = 4096 };

static void feed(const char *p, size_t n)
{
	uint8_t *exact = malloc(n ? n : 1);

	if (!exact)
		exit(71);
	if (n)
		memcpy(exact, p, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static void replay(const char *path)
{
	struct buf b = slurp(path);

	for (size_t n = 0; b.n <= SMALL && n < b.n; n++)
		feed(b.p, n);
	feed(b.p, b.n);
	/* a target that finds fault aborts, so coming here is the test */
	ok(true, "%s", path);
	buf_release(&b);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void replay_folder(const char *folder)
{
	struct dirent **file;
	int n = scandir(folder, &file, visible, by_name);

	if (n < 0) {
		printf("Bail out! %s: %s\n", folder, strerror(errno));
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", folder, file[i]->d_name);
		replay(path);
		free(file[i]);
	}
	free(file);
}

int main(int argc, char **argv)
{
	const char *top = getenv("LBL_TOP");
	const char *name = strrchr(argv[0], '/');
	char corpus[4096];

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		struct stat st;
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay(argv[i]);
	}
	if (argc < 2) {
		snprintf(corpus, sizeof corpus, "%s/t/fuzz/corpus/%s", top ? top : ".",
			 (name ? name + 1 : argv[0]) + 2); /* without "f-" */
		replay_folder(corpus);
	}
	return done();
}
