#include "given.h"

#include "io/cli.h"
#include "io/slurp.h"
#include "json/write.h"
#include "stage/score-policy.h"

void given_policy(const char *path, struct rule_policy *p)
{
	struct buf text = slurp(path);
	struct err e;

	if (!score_policy_read(buf_str(&text), p, &e))
		cli_die(LBL_CONFIG, "%s: %s", path, e.msg);
	buf_release(&text);
}

static bool check(struct str name, struct arena *a, struct str *id, struct err *e)
{
	if (!rec_check_id(name, a, id, e))
		return false;
	return json_utf8(*id) || err_set(e, "is not UTF-8");
}

static void add(void *stage, const char *option, const char *name, void (*to)(void *stage, struct str id))
{
	struct arena a = { 0 };
	struct str id;
	struct err e;

	if (!check(str_of(name), &a, &id, &e))
		cli_usage("%s %s", option, e.msg);
	to(stage, id);
	arena_release(&a);
}

void given_reviewers(void *stage, const struct opt_list *names, const char *path)
{
	struct arena a = { 0 };
	struct err e;

	for (size_t i = 0; i < names->n; i++)
		add(stage, "--reviewer", names->text[i], score_add_reviewer);
	if (!path)
		return;
	struct buf text = slurp(path);
	struct str rest = buf_str(&text), id;
	for (unsigned long line = 1; rest.n; line++) {
		const char *nl = memchr(rest.p, '\n', rest.n);
		struct str name = { rest.p, nl ? (size_t)(nl - rest.p) : rest.n };
		rest.p += name.n + (nl != NULL);
		rest.n -= name.n + (nl != NULL);
		if (name.n && name.p[name.n - 1] == '\r')
			name.n--;
		if (!name.n)
			continue;
		if (!check(name, &a, &id, &e))
			cli_die(LBL_CONFIG, "%s:%lu: %s", path, line, e.msg);
		score_add_reviewer(stage, id);
	}
	arena_release(&a);
	buf_release(&text);
}

void given_unhold(void *stage, const struct opt_list *names)
{
	for (size_t i = 0; i < names->n; i++)
		add(stage, "--unhold", names->text[i], score_unhold);
}

void given_explain(void *stage, const char *worker, struct buf *text)
{
	struct arena a = { 0 };
	struct str id;
	struct err e;

	if (!check(str_of(worker), &a, &id, &e))
		cli_usage("--explain %s", e.msg);
	score_set_explain(stage, id, text);
	arena_release(&a);
}
