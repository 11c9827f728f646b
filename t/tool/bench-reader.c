/* bench-reader - how many label lines a second one core reads.
 *
 * A million lines of about 146 bytes are made in memory, always the same.  Each way of
 * reading them has five turns, taken in rounds so that a slow spell of the machine hits
 * all alike; the best turn counts.  wc -l reads them from a temporary file; what its
 * process costs is measured with an empty file and taken off.  Prints two records. */
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "json/record.h"
#include "json/write.h"

enum { LINES = 1000000, PEER_LINES = 200000, TURNS = 5, BOUND = 5000000 };

static uint64_t next(uint64_t *state)      /* splitmix64 */
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void make_lines(struct buf *b)
{
	static const char *const value[] = { "positive", "negative", "neutral" };
	uint64_t s = 1;

	for (unsigned i = 0; i < LINES; i++) {
		uint64_t a = next(&s), c = next(&s);
		buf_addf(b, "{\"kind\":\"label\",\"task\":\"task-%06u\",\"worker\":\"0x%016llX%016llX%08X\","
			 "\"value\":\"%s\",\"at\":\"2026-11-22T%02u:%02u:%02uZ\",\"ms\":%u}\n",
			 i % 300000, (unsigned long long)a, (unsigned long long)c, i,
			 value[a % 3], (unsigned)(c % 24), (unsigned)(a % 60), (unsigned)(c % 59),
			 1000 + (unsigned)(a % 9000));
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* each returns the lines read, or 0 on failure */

static char wc_file[] = "/tmp/bench-reader.XXXXXX";
extern char **environ;

static bool run_wc(const char *file)
{
	char name[] = "wc", lines[] = "-l", *argv[] = { name, lines, NULL, NULL };
	posix_spawn_file_actions_t quiet;
	int status = 1;
	pid_t pid;
	char path[64];

	snprintf(path, sizeof path, "%s", file);
	argv[2] = path;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	bool good = posix_spawnp(&pid, "wc", &quiet, NULL, argv, environ) == 0 && waitpid(pid, &status, 0) == pid;
	posix_spawn_file_actions_destroy(&quiet);
	return good && status == 0;
}

static size_t read_wc(struct str text, size_t most)
{
	(void)text;
	return run_wc(wc_file) ? most : 0;
}

static size_t read_nothing(struct str text, size_t most)
{
	(void)text;
	return run_wc("/dev/null") ? most : 0;
}

static bool save(struct str text)
{
	int fd = mkstemp(wc_file);
	bool good = fd >= 0;

	for (size_t done = 0; good && done < text.n; ) {
		ssize_t n = write(fd, text.p + done, text.n - done);
		good = n > 0;
		done += good ? (size_t)n : 0;
	}
	close(fd);
	return good;
}

static size_t read_records(struct str text, size_t most)
{
	static struct json_record r;
	const char *p = text.p, *end = p + text.n, *nl;
	struct err e;
	size_t n = 0;

	for (; n < most && (nl = memchr(p, '\n', (size_t)(end - p))); n++, p = nl + 1)
		if (!json_read(&r, (struct str){ p, (size_t)(nl - p) }, &e) || r.n != 6)
			return 0;
	json_record_release(&r);
	return n;
}

static size_t read_peer(struct str text, size_t most)
{
	const char *p = text.p, *end = p + text.n, *nl;
	size_t n = 0;

	for (; n < most && (nl = memchr(p, '\n', (size_t)(end - p))); n++, p = nl + 1) {
		cJSON *v = cJSON_ParseWithLength(p, (size_t)(nl - p));
		if (!v)
			return 0;
		cJSON_Delete(v);
	}
	return n;
}

struct way {
	size_t (*run)(struct str text, size_t most);
	size_t lines;
	double best;        /* lines a second */
};

static void figure(const char *name, double value, const char *unit, double bound, const char *peer,
		   double ratio)
{
	struct buf b = BUF_INIT;

	buf_addc(&b, '{');
	json_put_kstr(&b, "figure", str_of(name));
	json_put_knum(&b, "value", (double)(uint64_t)value);
	json_put_kstr(&b, "unit", str_of(unit));
	if (bound > 0)
		json_put_knum(&b, "bound", bound);
	else
		json_put_knull(&b, "bound");
	json_put_kbool(&b, "ok", value >= bound);
	json_put_kstr(&b, "peer", str_of(peer));
	json_put_knum(&b, "ratio", (double)(uint64_t)(ratio * 1000) / 1000);
	buf_adds(&b, "}\n");
	fwrite(b.p, 1, b.n, stdout);
	buf_release(&b);
}

int main(void)
{
	struct buf b = BUF_INIT;
	struct way ours = { read_records, LINES, 0 }, peer = { read_peer, PEER_LINES, 0 };
	struct way wc = { read_wc, LINES, 0 }, start_up = { read_nothing, LINES, 0 };
	struct way *const all[] = { &ours, &peer, &wc, &start_up };

	make_lines(&b);
	if (!save(buf_str(&b))) {
		fputs("bench-reader: no temporary file\n", stderr);
		return 1;
	}
	for (int turn = 0; turn < TURNS; turn++)
		for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
			double start = now();
			if (all[i]->run(buf_str(&b), all[i]->lines) != all[i]->lines) {
				fputs("bench-reader: the lines were not read\n", stderr);
				unlink(wc_file);
				return 1;
			}
			double rate = (double)all[i]->lines / (now() - start);
			if (rate > all[i]->best)
				all[i]->best = rate;
		}
	unlink(wc_file);
	double bytes = (double)b.n / LINES, wc_rate = 1 / (1 / wc.best - 1 / start_up.best);
	figure("reader.lines_per_s", ours.best, "lines/s", BOUND, "cJSON", ours.best / peer.best);
	figure("reader.bytes_per_s", ours.best * bytes, "bytes/s", 0, "wc -l", ours.best / wc_rate);
	buf_release(&b);
	return ours.best >= BOUND ? 0 : 1;
}
