#include "io/opt.h"

#include "base/buf.h"
#include "io/cli.h"
#include "json/num.h"

static struct opt_common common = { .max_line = 16u << 20 };

static const struct opt common_opts[] = {
	{ 'q', "quiet", OPT_FLAG, NULL, &common.quiet, "say nothing but warnings and errors", 0, 0 },
	{ 0, "only", OPT_FLAG, NULL, &common.only, "print only the records this command makes", 0, 0 },
	{ 0, "rejects", OPT_STR, "FILE", &common.rejects, "write bad lines to FILE and go on", 0, 0 },
	{ 0, "max-line", OPT_UINT, "BYTES", &common.max_line, "refuse longer lines (default 16777216)", 64, 1e12 },
	{ 0, "unbuffered", OPT_FLAG, NULL, &common.unbuffered, "write each record at once", 0, 0 },
	{ 0, "help", OPT_FLAG, NULL, NULL, "print this text", 0, 0 },
	{ 0, "version", OPT_FLAG, NULL, NULL, "print the version", 0, 0 },
	{ 0, NULL, OPT_END, NULL, NULL, NULL, 0, 0 },
};

enum { MAX_GIVEN = 64 };
static const char *given[MAX_GIVEN];
static size_t n_given;

const struct opt_common *opt_common(void)
{
	return &common;
}

bool opt_given(const char *name)
{
	for (size_t i = 0; i < n_given; i++)
		if (str_is(str_of(given[i]), name))
			return true;
	return false;
}

static void help_table(struct buf *b, const struct opt *o)
{
	for (; o->type != OPT_END; o++) {
		size_t start = b->n;
		if (o->letter)
			buf_addf(b, "  -%c, --%s", o->letter, o->name);
		else
			buf_addf(b, "      --%s", o->name);
		if (o->arg)
			buf_addf(b, " %s", o->arg);
		if (b->n - start > 28)
			buf_adds(b, "\n                              ");
		else
			buf_addf(b, "%*s", (int)(30 - (b->n - start)), "");
		buf_addf(b, "%s\n", o->help);
	}
}

static _Noreturn void print_and_exit(struct buf *b)
{
	bool good = fwrite(b->p, 1, b->n, stdout) == b->n && fflush(stdout) == 0;

	buf_release(b);
	if (!good)
		cli_die(LBL_IOERR, "cannot write to standard output");
	exit(LBL_OK);
}

static _Noreturn void help(const struct opt_spec *spec)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "usage: %s %s\n\n%s\n\noptions:\n", cli_tool(), spec->usage, spec->about);
	help_table(&b, spec->opts);
	help_table(&b, common_opts);
	print_and_exit(&b);
}

static _Noreturn void version(void)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s %s\n", cli_tool(), LBL_VERSION);
	print_and_exit(&b);
}

static const struct opt *find(const struct opt *o, struct str name, char letter)
{
	for (; o->type != OPT_END; o++)
		if (letter ? o->letter == letter : str_is(name, o->name))
			return o;
	return NULL;
}

/* one of "mv|ds|auto"? */
static bool is_choice(const char *words, const char *value)
{
	struct str v = str_of(value);

	for (const char *p = words; ; ) {
		size_t n = strcspn(p, "|");
		if (str_eq((struct str){ p, n }, v))
			return true;
		if (!p[n])
			return false;
		p += n + 1;
	}
}

static void check_range(const struct opt *o, double v, const char *text)
{
	if ((o->min != 0 || o->max != 0) && (v < o->min || v > o->max))
		cli_usage("--%s: %.40s is not from %.15g to %.15g", o->name, text, o->min, o->max);
}

static void set(const struct opt *o, const char *text)
{
	double v;

	switch (o->type) {
	case OPT_STR:
		*(const char **)o->target = text;
		break;
	case OPT_CHOICE:
		if (!is_choice(o->arg, text))
			cli_usage("--%s: want %s, got \"%.40s\"", o->name, o->arg, text);
		*(const char **)o->target = text;
		break;
	case OPT_UINT: {
		uint64_t u = 0;
		size_t n = strlen(text);
		for (size_t i = 0; i < n; i++) {
			if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(u, 10, &u) ||
			    __builtin_add_overflow(u, (uint64_t)(text[i] - '0'), &u))
				n = 0;
		}
		if (n == 0)
			cli_usage("--%s: want a whole number, got \"%.40s\"", o->name, text);
		check_range(o, (double)u, text);
		*(uint64_t *)o->target = u;
		break;
	}
	case OPT_NUM:
		if (!num_parse(str_of(text), &v))
			cli_usage("--%s: want a number, got \"%.40s\"", o->name, text);
		check_range(o, v, text);
		*(double *)o->target = v;
		break;
	case OPT_LIST: {
		struct opt_list *l = o->target;
		if (l->n == OPT_LIST_MAX)
			cli_usage("--%s is given more than %d times", o->name, OPT_LIST_MAX);
		l->text[l->n++] = text;
		break;
	}
	case OPT_FLAG:
		*(bool *)o->target = true;
		break;
	case OPT_END:
		break;
	}
}

int opt_parse(int argc, char **argv, const struct opt_spec *spec)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *a = argv[i], *eq = NULL, *value = NULL;
		char letter = 0;
		struct str name = { "", 0 };
		if (a[1] == '-') {
			if (!a[2]) {
				i++;
				break;
			}
			eq = strchr(a, '=');
			name = (struct str){ a + 2, eq ? (size_t)(eq - a) - 2 : strlen(a) - 2 };
		} else {
			letter = a[1];
		}
		const struct opt *o = find(spec->opts, name, letter);
		if (!o)
			o = find(common_opts, name, letter);
		if (!o)
			cli_usage("unknown option %.60s", a);
		if (!o->target) {
			if (o->name[0] == 'h')
				help(spec);
			version();
		}
		if (o->type == OPT_FLAG) {
			if (eq || (letter && a[2]))
				cli_usage("--%s takes no value", o->name);
		} else if (eq) {
			value = eq + 1;
		} else if (letter && a[2]) {
			value = a + 2;
		} else {
			if (i + 1 >= argc)
				cli_usage("--%s wants a value: %s", o->name, o->arg);
			value = argv[++i];
		}
		set(o, value);
		if (!opt_given(o->name) && n_given < MAX_GIVEN)
			given[n_given++] = o->name;
	}
	cli_quiet(common.quiet);
	return i;
}
