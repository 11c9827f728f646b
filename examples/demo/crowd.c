/* crowd - a made-up labelling project, for the demo and for tests.
 *
 *	crowd DIR [--seed N] [--tasks N] [--workers N] [--k N]
 *	crowd DIR [--seed N] [--tasks N] [--workers N] --answer ASSIGNMENTS.ndjson
 *
 * The first form writes what an operator has at the start (tasks.csv, workers.csv,
 * gold.csv) and what nobody has in life (roles.ndjson, truth.ndjson).  The second lets
 * the people answer what lbl-assign gave them: export.json is what comes out of Label
 * Studio, labels.csv what comes out of the tool that some of them use instead.  It
 * keeps no state: --seed, --tasks and --workers have to be those of the first step.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "crowd-model.h"
#include "crowd-text.h"

enum { EX_USAGE = 64, EX_BAD = 65, EX_NOINPUT = 66, EX_IO = 74 };

static const char usage[] =
	"usage: crowd DIR [--seed N] [--tasks N] [--workers N] [--k N] [--answer FILE]\n"
	"  --seed N       what all chance is drawn from (1)\n"
	"  --tasks N      reviews to label, 10 to 20000 (2000)\n"
	"  --workers N    people, 5 to 1000 (60)\n"
	"  --k N          also write plan.ndjson: N workers for each task, assigned at random\n"
	"  --answer FILE  write export.json and labels.csv: the answers to FILE's assignments; - is stdin\n";

static _Noreturn void die(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static _Noreturn void die(int code, const char *fmt, ...)
{
	va_list ap;

	fputs("crowd: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(code);
}

/* save - write b to DIR/name, all of it or a loud failure; b is empty and released afterwards */
static void save(const char *dir, const char *name, struct buf *b)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/%s", dir, name);
	FILE *f = fopen(path.p, "wb");
	if (!f)
		die(EX_IO, "%s: %s", path.p, strerror(errno));
	bool whole = fwrite(b->p, 1, b->n, f) == b->n;
	if (fclose(f) != 0 || !whole)
		die(EX_IO, "%s: %s", path.p, strerror(errno));
	buf_release(&path);
	buf_release(b);
}

/* ---- the start: what the operator has, and the truth ----------------------- */

static void write_tasks(const struct crowd *c, const char *dir)
{
	struct buf tasks = BUF_INIT, gold = BUF_INIT, truth = BUF_INIT, text = BUF_INIT;

	buf_adds(&tasks, "item_id,text,options\n");
	buf_adds(&gold, "item_id,answer\n");
	for (uint32_t t = 0; t < c->n_tasks; t++) {
		const char *value = class_name[c->truth[t]];

		crowd_text(&text, c, t);
		put_task(&tasks, t);
		buf_addc(&tasks, ',');
		put_csv(&tasks, buf_str(&text));
		buf_adds(&tasks, ",negative;neutral;positive\n");
		if (c->gold[t]) {
			put_task(&gold, t);
			buf_addf(&gold, ",%s\n", value);
		}
		buf_adds(&truth, "{\"task\":\"");
		put_task(&truth, t);
		buf_addf(&truth, "\",\"value\":\"%s\"}\n", value);
	}
	save(dir, "tasks.csv", &tasks);
	save(dir, "gold.csv", &gold);
	save(dir, "truth.ndjson", &truth);
	buf_release(&text);
}

static void put_joined(struct buf *b, const struct crowd *c, uint32_t w)
{
	uint32_t d = below(draw(c, ON_JOIN, w, 0), 56), s = below(draw(c, ON_JOIN, w, 1), 86400);

	if (c->who[w].role == COLLUDING) {   /* the ring signed up in one evening */
		d = 48;
		s = 19 * 3600 + s % 3600;
	}
	buf_addf(b, "2026-%02u-%02uT%02u:%02u:%02uZ", 9 + d / 28, 1 + d % 28, s / 3600, s / 60 % 60, s % 60);
}

static void write_workers(const struct crowd *c, const char *dir)
{
	struct buf workers = BUF_INIT, roles = BUF_INIT;

	buf_adds(&workers, "address,identity,joined\n");
	for (uint32_t w = 0; w < c->n_workers; w++) {
		const struct person *p = &c->who[w];

		buf_addf(&workers, "%s,id-%08x,", p->address,
			(unsigned)(draw(c, ON_IDENTITY, p->identity, 0) >> 32));
		put_joined(&workers, c, w);
		buf_addc(&workers, '\n');
		buf_addf(&roles, "{\"worker\":\"%s\",\"role\":\"%s\",\"skill\":", p->address, role_name[p->role]);
		put_bp(&roles, p->skill_bp);
		buf_adds(&roles, "}\n");
	}
	save(dir, "workers.csv", &workers);
	save(dir, "roles.ndjson", &roles);
}

/* write_plan - for those who want answers without lbl-assign */
static void write_plan(const struct crowd *c, const char *dir, uint32_t k)
{
	struct buf b = BUF_INIT;

	for (uint32_t t = 0; t < c->n_tasks; t++) {
		uint32_t w = below(draw(c, ON_PLAN, t, 0), c->n_workers);
		uint32_t step = coprime(draw(c, ON_PLAN, t, 1), c->n_workers);

		for (uint32_t i = 0; i < k; i++, w = (w + step) % c->n_workers) {
			buf_adds(&b, "{\"kind\":\"assignment\",\"task\":\"");
			put_task(&b, t);
			buf_addf(&b, "\",\"worker\":\"%s\",\"reason\":\"base\"}\n", c->who[w].address);
		}
	}
	save(dir, "plan.ndjson", &b);
}

/* ---- Label Studio ---------------------------------------------------------- */

enum { PROJECT = 83, MANAGER = 1, FIRST_USER = 10, FIRST_TASK = 4001 };

struct annotation {
	uint64_t id;
	uint32_t user, task, value, end_ms, took_ms;
	const char *email;
	bool cancelled, truth, empty;
};

static void put_result(struct buf *b, uint64_t id, uint32_t value)
{
	buf_addf(b, "[{\"id\":\"c%ju\",\"from_name\":\"sentiment\",\"to_name\":\"text\",\"type\":\"choices\","
		"\"origin\":\"manual\",\"value\":{\"choices\":[\"%s\"]}}]", (uintmax_t)id, class_name[value]);
}

static void put_annotation(struct buf *b, const struct annotation *a)
{
	if (b->p[b->n - 1] == '}')
		buf_addc(b, ',');
	buf_addf(b, "\n{\"id\":%ju,\"completed_by\":{\"id\":%u,\"email\":\"%s\",\"first_name\":\"\",\"last_name\":\"\"},"
		"\"was_cancelled\":%s,\"ground_truth\":%s,\"created_at\":\"", (uintmax_t)a->id, a->user, a->email,
		a->cancelled ? "true" : "false", a->truth ? "true" : "false");
	put_time(b, a->end_ms, "353");
	buf_adds(b, "\",\"updated_at\":\"");
	put_time(b, a->end_ms, "378");
	buf_addf(b, "\",\"lead_time\":%u.%03u,\"result_count\":%d,\"task\":%u,\"project\":%d,\"result\":",
		a->took_ms / 1000, a->took_ms % 1000, a->empty ? 0 : 1, FIRST_TASK + a->task, PROJECT);
	if (a->empty)
		buf_adds(b, "[]");
	else
		put_result(b, a->id, a->value);
	buf_addc(b, '}');
}

/* put_work - a worker's annotation of t.  Three in a hundred were first given up and then taken
 * up again; the abandoned one stays in the export, half of the time with a choice in it, and
 * stands behind the one that counts.  Returns the number of abandoned ones. */
static uint32_t put_work(struct buf *b, const struct crowd *c, uint32_t w, uint32_t t)
{
	struct when at = crowd_when(c, w, t);
	uint64_t h = draw(c, ON_CANCEL, w, t);
	struct annotation a = {
		/* the numbers rise with time, as those of a database do; the manager came first */
		.id = c->n_tasks + 2 * ((uint64_t)at.slot * c->n_workers + w) + 2,
		.user = FIRST_USER + w, .task = t, .value = crowd_answer(c, w, t),
		.end_ms = at.end_ms, .took_ms = at.took_ms, .email = c->who[w].address,
	};

	put_annotation(b, &a);
	if (below(h, 100) >= 3)
		return 0;
	a.id--;
	a.cancelled = true;
	a.empty = h & 1;
	a.value = wrong(a.value, mix(h));
	a.end_ms -= a.took_ms;
	a.took_ms /= 2;
	put_annotation(b, &a);
	return 1;
}

/* put_predictions - what a weak model thought beforehand: not a label of anybody */
static void put_predictions(struct buf *b, const struct crowd *c, uint32_t t)
{
	uint64_t h = draw(c, ON_MODEL, t, 0);

	if (below(h, 4))
		return;
	buf_addf(b, "{\"id\":%u,\"model_version\":\"baseline-1\",\"score\":0.%u,\"task\":%u,\"result\":",
		t + 1, 41 + below(mix(h + 1), 58), FIRST_TASK + t);
	put_result(b, t + 1, below(mix(h + 2), 10) < 7 ? c->truth[t] : wrong(c->truth[t], mix(h + 3)));
	buf_addc(b, '}');
}

/* put_ls_task - one task of the export, if anybody worked on it; asked has a flag for each worker */
static void put_ls_task(struct buf *b, const struct crowd *c, uint32_t t, const bool *asked)
{
	struct buf notes = BUF_INIT, text = BUF_INIT;
	uint32_t done = 0, cancelled = 0;

	buf_addc(&notes, '[');
	if (c->gold[t] && t % 5 == 0) {
		put_annotation(&notes, &(struct annotation){
			.id = t + 1, .user = MANAGER, .email = "manager@example.org", .task = t,
			.value = c->truth[t], .end_ms = DAY_MS / c->n_tasks * (t + 1), .took_ms = 6500, .truth = true });
		done++;
	}
	for (uint32_t w = 0; w < c->n_workers; w++)
		if (asked[w] && !c->who[w].other_tool) {
			cancelled += put_work(&notes, c, w, t);
			done++;
		}
	buf_addc(&notes, ']');
	if (done) {
		crowd_text(&text, c, t);
		buf_addf(b, "%s{\"id\":%u,\"created_at\":\"2026-11-13T15:02:11.513742Z\",\"project\":%d,\"inner_id\":%u,"
			"\"total_annotations\":%u,\"cancelled_annotations\":%u,\"meta\":{},\"drafts\":[],\"data\":{\"item_id\":\"",
			b->n > 1 ? ",\n" : "\n", FIRST_TASK + t, PROJECT, t + 1, done, cancelled);
		put_task(b, t);
		buf_adds(b, "\",\"text\":");
		put_json(b, buf_str(&text));
		buf_adds(b, "},\"predictions\":[");
		put_predictions(b, c, t);
		buf_adds(b, "],\"annotations\":");
		buf_addstr(b, buf_str(&notes));
		buf_addc(b, '}');
	}
	buf_release(&notes);
	buf_release(&text);
}

static void write_export(const struct crowd *c, const char *dir, const bool *asked)
{
	struct buf b = BUF_INIT;

	buf_addc(&b, '[');
	for (uint32_t t = 0; t < c->n_tasks; t++)
		put_ls_task(&b, c, t, asked + (size_t)t * c->n_workers);
	buf_adds(&b, "\n]\n");
	save(dir, "export.json", &b);
}

/* ---- the other tool -------------------------------------------------------- */

struct row {
	uint32_t task, worker;
	struct when at;
};

static int by_time(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	if (a->at.end_ms != b->at.end_ms)
		return a->at.end_ms < b->at.end_ms ? -1 : 1;
	return (a->worker > b->worker) - (a->worker < b->worker);
}

static void write_labels(const struct crowd *c, const char *dir, const bool *asked)
{
	size_t cells = (size_t)c->n_tasks * c->n_workers, n = 0;
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < cells; i++)
		n += asked[i] && c->who[i % c->n_workers].other_tool;
	struct row *row = mem_alloc(n, sizeof *row);
	n = 0;
	for (size_t i = 0; i < cells; i++) {
		uint32_t t = (uint32_t)(i / c->n_workers), w = (uint32_t)(i % c->n_workers);
		if (asked[i] && c->who[w].other_tool)
			row[n++] = (struct row){ t, w, crowd_when(c, w, t) };
	}
	qsort(row, n, sizeof *row, by_time);

	/* every field quoted and CR LF at the end, as such tools do it */
	buf_adds(&b, "\"Item\",\"Annotator\",\"Answer\",\"SubmittedAt\",\"Seconds\"\r\n");
	for (size_t i = 0; i < n; i++) {
		buf_addc(&b, '"');
		put_task(&b, row[i].task);
		buf_addf(&b, "\",\"%s\",\"%s\",\"", c->who[row[i].worker].address,
			class_name[crowd_answer(c, row[i].worker, row[i].task)]);
		put_time(&b, row[i].at.end_ms, NULL);
		buf_addf(&b, "\",\"%u.%u\"\r\n", row[i].at.took_ms / 1000, row[i].at.took_ms / 100 % 10);
	}
	save(dir, "labels.csv", &b);
	free(row);
}

/* ---- assignments ----------------------------------------------------------- */

/* find_task, find_worker - the index behind a name; the number of them when there is none */
static uint32_t find_task(const struct crowd *c, const char *name)
{
	struct buf b = BUF_INIT;
	uint32_t t = 0;

	if (name[0] == 'r' && strspn(name + 1, "0123456789") == 5)
		t = (uint32_t)strtoul(name + 1, NULL, 10);
	put_task(&b, t - 1);
	bool same = t >= 1 && t <= c->n_tasks && str_is(buf_str(&b), name);
	buf_release(&b);
	return same ? t - 1 : c->n_tasks;
}

static uint32_t find_worker(const struct crowd *c, const char *name)
{
	uint8_t want[20], have[20];
	uint32_t w = 0;

	if (name[0] != '0' || name[1] != 'x' || !hex_get(str_of(name + 2), want, 20))
		return c->n_workers;
	for (; w < c->n_workers; w++)
		if (hex_get(str_of(c->who[w].address + 2), have, 20) && memcmp(want, have, 20) == 0)
			break;
	return w;
}

/* take - mark what one line assigns; lines that assign no labelling are none of our business.
 * Returns NULL, or what of it is unknown: silence about that would be an empty export. */
static const char *take(const struct crowd *c, bool *asked, const char *line)
{
	cJSON *doc = strstr(line, "assignment") ? cJSON_Parse(line) : NULL;
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "kind"));
	const char *why = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "reason"));
	const char *task = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "task"));
	const char *worker = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "worker"));
	const char *unknown = NULL;

	if (kind && strcmp(kind, "assignment") == 0 && !(why && strcmp(why, "review") == 0)) {
		uint32_t t = task ? find_task(c, task) : c->n_tasks;
		uint32_t w = worker ? find_worker(c, worker) : c->n_workers;

		if (t == c->n_tasks)
			unknown = "task";
		else if (w == c->n_workers)
			unknown = "worker";
		else
			asked[(size_t)t * c->n_workers + w] = true;
	}
	cJSON_Delete(doc);
	return unknown;
}

static bool *read_assignments(const struct crowd *c, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	const char *unknown = NULL;
	char *line = NULL;
	size_t cap = 0;
	uintmax_t n = 0;

	if (!f)
		die(EX_NOINPUT, "%s: %s", path, strerror(errno));
	bool *asked = mem_zalloc((size_t)c->n_tasks * c->n_workers, sizeof *asked);
	for (; !unknown && getline(&line, &cap, f) >= 0; n++)
		unknown = take(c, asked, line);
	if (ferror(f))
		die(EX_NOINPUT, "%s: %s", path, strerror(errno));
	free(line);
	fclose(f);
	if (unknown) {
		free(asked);
		die(EX_BAD, "%s:%ju: the %s is not of this crowd: other --seed, --tasks or --workers?",
			path, n, unknown);
	}
	return asked;
}

/* ---- options --------------------------------------------------------------- */

static uint64_t number(const char *name, const char *s, uint64_t low, uint64_t high)
{
	uint64_t v = 0;
	bool good = *s != '\0';

	for (const char *p = s; *p && good; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		good = *p >= '0' && *p <= '9' && v <= (UINT64_MAX - digit) / 10;
		v = v * 10 + digit;
	}
	if (!good || v < low || v > high)
		die(EX_USAGE, "--%s: want a number from %ju to %ju, got \"%.40s\"", name,
			(uintmax_t)low, (uintmax_t)high, s);
	return v;
}

struct options {
	const char *dir, *answer;
	uint64_t seed, tasks, workers, k;
};

static struct options parse(int argc, char **argv)
{
	struct options o = { .seed = 1, .tasks = 2000, .workers = 60 };

	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		const char *v = i + 1 < argc ? argv[i + 1] : NULL;

		if (strncmp(a, "--", 2) != 0) {
			if (o.dir)
				die(EX_USAGE, "one folder only, got \"%.40s\" too", a);
			o.dir = a;
			continue;
		}
		if (strcmp(a, "--help") == 0) {
			fputs(usage, stdout);
			exit(fclose(stdout) == 0 ? 0 : EX_IO);
		}
		if (!v)
			die(EX_USAGE, "%.40s: no such option, or its value is missing", a);
		if (strcmp(a, "--seed") == 0)
			o.seed = number("seed", v, 0, UINT64_MAX);
		else if (strcmp(a, "--tasks") == 0)
			o.tasks = number("tasks", v, 10, 20000);
		else if (strcmp(a, "--workers") == 0)
			o.workers = number("workers", v, 5, 1000);
		else if (strcmp(a, "--k") == 0)
			o.k = number("k", v, 1, 1000);
		else if (strcmp(a, "--answer") == 0)
			o.answer = v;
		else
			die(EX_USAGE, "%.40s: no such option", a);
		i++;
	}
	if (!o.dir)
		die(EX_USAGE, "which folder?");
	if (o.k > o.workers)
		die(EX_USAGE, "--k: more than there are workers");
	return o;
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	struct crowd c = { .seed = o.seed, .n_tasks = (uint32_t)o.tasks, .n_workers = (uint32_t)o.workers };

	if (mkdir(o.dir, 0777) != 0 && errno != EEXIST)
		die(EX_IO, "%s: %s", o.dir, strerror(errno));
	crowd_init(&c);
	if (o.answer) {
		bool *asked = read_assignments(&c, o.answer);
		write_export(&c, o.dir, asked);
		write_labels(&c, o.dir, asked);
		free(asked);
	} else {
		write_tasks(&c, o.dir);
		write_workers(&c, o.dir);
		if (o.k)
			write_plan(&c, o.dir, (uint32_t)o.k);
	}
	crowd_release(&c);
	return 0;
}
