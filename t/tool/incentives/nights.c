#include "nights.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "chain/u256.h"
#include "json/write.h"
#include "rec/rec.h"
#include "score/reward.h"
#include "stage/score-policy.h"

/* What goes wrong here is no result: nothing is printed that could be taken for one. */
static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "incentives: %s: %s\n", what, strerror(errno));
	exit(70);
}

/* ---- files and commands ------------------------------------------------------------------ */

void nights_open(struct nights *n, const char *bin)
{
	const char *tmp = getenv("TMPDIR");

	n->bin = bin;
	snprintf(n->dir, sizeof n->dir, "%.40s/incentives.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(n->dir))
		fail(n->dir);
}

__attribute__((format(printf, 2, 3)))
static void run(const struct nights *n, const char *fmt, ...)
{
	int status;

	struct buf b = BUF_INIT;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_addf(&b, "cd '%s' && PATH='%s':\"$PATH\" && { %s; } 2>log", n->dir, n->bin, text);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", b.p, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("fork");
	buf_release(&b);
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
		fprintf(stderr, "incentives: %s: status %d; see %s/log\n", text, WEXITSTATUS(status), n->dir);
		exit(70);
	}
}

void nights_close(struct nights *n)
{
	run(n, "rm -rf -- '%s'", n->dir);
}

static FILE *file(const struct nights *n, const char *name, const char *mode)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", n->dir, name);
	f = fopen(path, mode);
	if (!f)
		fail(path);
	return f;
}

static void done(FILE *f)
{
	if (ferror(f) || fclose(f))
		fail("writing");
}

/* ---- what goes in --------------------------------------------------------------------------- */

static void put_gold(const struct nights *n, const struct world *o)
{
	FILE *f = file(n, "gold", "w");
	uint32_t class;

	for (uint32_t t = 0; world_is_gold(o, t, &class); t++)
		fprintf(f, "{\"kind\":\"gold\",\"task\":\"t%lu\",\"value\":\"%c\"}\n", (unsigned long)t, (int)('a' + class));
	done(f);
}

/* account k of person i is worker i + k n */
static void put_people(const struct nights *n, const struct world *o, uint32_t accounts)
{
	FILE *f = file(n, "people", "w");

	for (uint32_t k = 0; k < o->n * accounts && accounts > 1; k++)
		fprintf(f, "{\"kind\":\"worker\",\"worker\":\"0x%040lx\",\"identity\":\"person %lu\"}\n", (unsigned long)k + 1,
		        (unsigned long)(k % o->n));
	done(f);
}

static void put_labels(const struct nights *n, const struct world *o, size_t from, uint32_t accounts, const char *name)
{
	const struct column *l = &o->log;
	FILE *f = file(n, name, "w");

	for (size_t i = from; i < l->n; i++)
		fprintf(f, "{\"kind\":\"label\",\"task\":\"t%lu\",\"worker\":\"0x%040lx\",\"value\":\"%c\"}\n",
		        (unsigned long)l->task[i], (unsigned long)l->worker[i] + o->n * (unsigned long)(i % accounts) + 1,
		        (int)('a' + l->value[i]));
	done(f);
}

/* What incentives.md pays: three steps on the score, one line on the bonus; a unit is a million. */
static void put_policies(const struct nights *n, const struct world *o)
{
	struct buf b = BUF_INIT;
	FILE *f = file(n, "pay.json", "w");

	fputs("{\"rate\":\"1000000\",\"pay\":\"stepped\",\"steps\":[[6500,5000],[7500,7500],[10000,10000]],"
	      "\"bonus\":[4000,9000,0,11000]}", f);
	done(f);
	score_policy_put(&b, o->p);
	f = file(n, "policy.json", "w");
	fwrite(b.p, 1, b.n, f);
	done(f);
	buf_release(&b);
}

/* ---- what comes out --------------------------------------------------------------------------- */

/* Calls take for each record of a file. */
static void each(const struct nights *n, const char *name, void (*take)(void *ctx, struct str kind, const struct json_record *r),
                 void *ctx)
{
	FILE *f = file(n, name, "r");
	struct json_record r = { 0 };
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	struct err e;

	while ((len = getline(&line, &cap, f)) > 0) {
		BUG_ON(!json_read(&r, (struct str){ line, (size_t)len - 1 }, &e));
		const struct json_field *kind = json_get(&r, STR("kind"));
		BUG_ON(!kind);
		take(ctx, kind->raw, &r);
	}
	free(line);
	json_record_release(&r);
	fclose(f);
}

static uint64_t whole(const struct json_record *r, const char *name)
{
	const struct json_field *f = json_get(r, str_of(name));
	char text[24] = "";

	BUG_ON(!f || f->raw.n >= sizeof text);
	memcpy(text, f->raw.p, f->raw.n);
	return strtoull(text, NULL, 10);
}

static uint32_t worker_of(const struct world *o, const struct json_record *r)
{
	const struct json_field *f = json_get(r, STR("worker"));

	BUG_ON(!f || f->raw.n != 42);
	char text[9] = "";
	memcpy(text, f->raw.p + 34, 8);
	return ((uint32_t)strtoul(text, NULL, 16) - 1) % o->n;
}

static bool says(const struct json_record *r, const char *name, const char *what)
{
	const struct json_field *f = json_get(r, str_of(name));

	return f && str_is(f->raw, what);
}

/* One night's reading. */
struct reading {
	const struct world *o;
	struct payout *out;
	double *idle_share;             /* of the units released now, by account */
};

/* the released blocks of a record: how many of their units were without work */
static double idle_of(const struct world *o, uint32_t who, const struct json_record *r)
{
	const struct json_field *state = json_get(r, STR("state")), *blocks;
	struct json_record s = { 0 }, b = { 0 };
	struct json_field item;
	double units = 0, idle = 0;
	struct err e;

	if (!state)
		return 0;               /* an account of somebody who has others */
	BUG_ON(!json_read(&s, state->raw, &e));
	blocks = json_get(&s, STR("blocks"));
	BUG_ON(!blocks);
	for (struct str rest = blocks->raw; json_next(&rest, &item); ) {
		BUG_ON(!json_read(&b, item.raw, &e));
		if (!says(&b, "status", "paid"))
			continue;
		units += (double)whole(&b, "units");
		for (uint64_t k = whole(&b, "from"); k <= whole(&b, "to"); k++)
			idle += o->w[who].idle[k];
	}
	json_record_release(&s);
	json_record_release(&b);
	return units > 0 ? idle / units : 0;
}

static void take_score(void *ctx, struct str kind, const struct json_record *r)
{
	struct reading *x = ctx;

	if (str_is(kind, "finding") && says(r, "rule", "alarm"))
		x->out->alarm = true;
	if (!str_is(kind, "score"))
		return;
	uint32_t who = worker_of(x->o, r);
	const struct account *a = &x->o->w[who];
	static const char *const standing[] = { "new", "cleared", "retest", "stopped" };
	x->idle_share[who] = idle_of(x->o, who, r);
	/* the log holds all that the test saw as it went */
	BUG_ON(!says(r, "standing", standing[a->s.standing]));
	x->out->held[a->type] += !a->probed && says(r, "held", "true");
	x->out->stopped += a->s.standing == RULE_STOPPED;
	x->out->cleared += a->s.standing == RULE_CLEARED;
}

static void take_payment(void *ctx, struct str kind, const struct json_record *r)
{
	struct reading *x = ctx;

	if (!str_is(kind, "payment"))
		return;
	uint32_t who = worker_of(x->o, r);
	double amount = (double)whole(r, "amount") / 1e6;
	x->out->base[who] += whole(r, "amount");
	x->out->all[who] += amount;
	x->out->idle[who] += amount * x->idle_share[who];
}

/* ---- the default rule -------------------------------------------------------------------------- */

static void night(const struct nights *n, const struct world *o, unsigned e, struct payout *out)
{
	struct reading x = { o, out, mem_zalloc(o->n, sizeof *x.idle_share) };
	char name[32];

	run(n, "lbl-score -q --only --policy policy.json --epoch %u %s gold people %s labels-%u >scores-%u", e,
	    e + 1 == EPOCHS ? "--end" : "", e ? "before" : "", e, e);
	run(n, "lbl-payout plan -q --only --unsealed --policy pay.json --epoch %u scores-%u >payments", e, e);
	run(n, "cp scores-%u before", e);
	snprintf(name, sizeof name, "scores-%u", e);
	memset(out->held, 0, sizeof out->held);
	out->stopped = out->cleared = 0;
	each(n, name, take_score, &x);
	each(n, "payments", take_payment, &x);
	free(x.idle_share);
}

/* one epoch's labels */
static void work(const struct nights *n, struct world *o, uint32_t accounts, unsigned e)
{
	size_t from = o->log.n;
	char name[32];

	world_epoch(o);
	snprintf(name, sizeof name, "labels-%u", e);
	put_labels(n, o, from, accounts, name);
}

static struct payout nothing(const struct world *o)
{
	return (struct payout){ .all = mem_zalloc(o->n, sizeof(double)), .idle = mem_zalloc(o->n, sizeof(double)),
	                        .base = mem_zalloc(o->n, sizeof(uint64_t)) };
}

void nights_run(const struct nights *n, struct world *o, uint32_t accounts, struct payout *out)
{
	*out = nothing(o);
	put_people(n, o, accounts);
	put_gold(n, o);
	put_policies(n, o);
	for (unsigned e = 0; e < EPOCHS; e++) {
		work(n, o, accounts, e);
		night(n, o, e, out);
	}
}

void nights_work(const struct nights *n, struct world *o)
{
	put_gold(n, o);
	for (unsigned e = 0; e < EPOCHS; e++)
		work(n, o, 1, e);
}

void nights_calibrate(const struct nights *n, struct world *pilot, struct rule_policy *p)
{
	struct buf text = BUF_INIT;
	struct err e;
	char line[1024];

	pilot->stops = false;
	pilot->pilot = true;
	put_gold(n, pilot);
	world_epoch(pilot);
	put_labels(n, pilot, 0, 1, "pilot");
	run(n, "lbl-score calibrate -q gold pilot >calibrated");
	FILE *f = file(n, "calibrated", "r");
	while (fgets(line, sizeof line, f))
		buf_adds(&text, line);
	fclose(f);
	BUG_ON(!score_policy_read(buf_str(&text), p, &e));
	buf_release(&text);
}

/* ---- the others ------------------------------------------------------------------------------------ */

struct other {
	const struct world *o;
	struct payout *out;
	bool gate;                      /* the score is a lower bound on gold: three steps and a line, as rewards are */
};

static void take_other(void *ctx, struct str kind, const struct json_record *r)
{
	static const struct reward_step step[] = { { 6000, 8000 }, { 7500, 10000 }, { 8500, 11500 } };
	struct other *x = ctx;

	if (!str_is(kind, "score"))
		return;
	uint32_t who = worker_of(x->o, r), g = (uint32_t)whole(r, "score_bp"), c = (uint32_t)whole(r, "bonus_bp"), idle = 0, units = 0;
	if (x->gate)
		BUG_ON(!reward_step_bp(g, step, 3, &g) || !reward_linear_bp(c, 500, 8000, 2000, 10000, &c));
	double pay = (double)whole(r, "labels") * g / 1e4 * c / 1e4;
	for (unsigned e = 0; e < EPOCHS; e++) {
		idle += x->o->w[who].idle[e];
		units += x->o->w[who].units[e];
	}
	x->out->all[who] += pay;
	x->out->idle[who] += units ? pay * idle / units : 0;
}

void nights_rule(const struct nights *n, const struct world *o, const char *rule, struct payout *out)
{
	struct other x = { o, out, strcmp(rule, "gold") == 0 || strcmp(rule, "gate-ca") == 0 };

	*out = nothing(o);
	run(n, "lbl-score -q --only --rule %s gold labels-0 labels-1 labels-2 labels-3 >out", rule);
	run(n, "grep '\"kind\":\"score\"' out >scores");
	each(n, "scores", take_other, &x);
}

void payout_release(struct payout *p)
{
	free(p->all);
	free(p->idle);
	free(p->base);
}
