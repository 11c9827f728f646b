/* key - a key held here: from a keystore or a file, opened once and kept for replacements. */
#include "payout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/mem.h"
#include "base/par.h"
#include "chain/keystore.h"
#include "io/cli.h"
#include "io/progress.h"
#include "io/slurp.h"

struct payer {
	struct address from;
	struct signer *key;             /* held here, */
	struct outside *outside;        /* or asked */
};

/* ---- options --------------------------------------------------------------------------- */

bool can_sign(const struct key_args *a)
{
	return a->keystore || a->key_file || a->url || a->url_file || a->command;
}

static bool is_key(const char *text)
{
	struct str s = str_of(text);
	uint8_t secret[32];

	if (s.n >= 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X'))
		s = (struct str){ s.p + 2, s.n - 2 };
	bool is = hex_get(s, secret, sizeof secret);
	mem_wipe(secret, sizeof secret);
	return is;
}

/* A key in the place of its file has been seen by everybody who lists processes; at least
 * it is not told again in a message. */
static void check_name(const char *option, const char *text)
{
	if (text && is_key(text))
		cli_usage("--%s wants the name of a file; the key itself is now known to others", option);
}

void key_args_check(struct key_args *a, const char *what)
{
	int ways = (a->keystore != NULL) + (a->key_file != NULL) + (a->url || a->url_file) + (a->command != NULL);
	bool outside = a->url || a->url_file || a->command, password = a->password_file || a->has_password_fd;
	struct err e;

	check_name("key", a->keystore);
	check_name("key-file", a->key_file);
	check_name("password-file", a->password_file);
	if (ways > 1 || (a->url && a->url_file))
		cli_usage("want one of --key, --key-file, --signer, --signer-file and --signer-command");
	if (a->password_file && a->has_password_fd)
		cli_usage("want one of --password-file and --password-fd");
	if (password && (a->key_file || outside))
		cli_usage("a password goes with --key");
	if (what && !(a->keystore && password) && !a->key_file && !outside)
		cli_usage("%s wants --key KEYSTORE and --password-file FILE", what);
	if (!a->keystore != !password)
		cli_usage("--key and --password-file go together");
	if (outside && !a->from_text)
		cli_usage("an external signer wants --from ADDRESS");
	if (a->from_text && !address_parse(str_of(a->from_text), &a->from, &e))
		cli_usage("--from: %s", e.msg);
}

/* ---- secrets --------------------------------------------------------------------------- */

/* From here on nobody else sees this memory: not in a core file, not by ptrace. */
static void no_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Up to most bytes; false when it cannot be read. */
static bool read_secret(int fd, char *out, size_t most, size_t *n)
{
	ssize_t got = 1;

	*n = 0;
	while (*n < most && got != 0) {
		got = read(fd, out + *n, most - *n);
		if (got < 0 && errno != EINTR)
			return false;
		*n += got > 0 ? (size_t)got : 0;
	}
	return true;
}

enum { PASSWORD_MAX = 1024 };

/* The first line of the file, without its end.  The path is not told: a password given
 * in its place by mistake must not end up in a log. */
static size_t read_password(const struct key_args *a, char *out)
{
	const char *name = a->password_file ? "password file" : "password descriptor";
	int fd = a->password_file ? open(a->password_file, O_RDONLY | O_CLOEXEC) : (int)a->password_fd;
	size_t n;

	if (fd < 0)
		cli_die(LBL_NOINPUT, "%s: cannot be opened", name);
	bool good = read_secret(fd, out, PASSWORD_MAX, &n);
	close(fd);
	if (!good)
		cli_die(LBL_NOINPUT, "%s: cannot be read", name);
	char *nl = memchr(out, '\n', n);
	if (!nl && n == PASSWORD_MAX)
		cli_die(LBL_NOINPUT, "%s: its first line is longer than %d bytes", name, PASSWORD_MAX - 1);
	if (nl)
		n = (size_t)(nl - out);
	if (n && out[n - 1] == '\r')
		n--;
	return n;
}

static void open_keystore(const struct key_args *a, uint8_t secret[32])
{
	struct buf json = slurp(a->keystore);
	char *password = secret_alloc(PASSWORD_MAX);
	struct str pw = { password, read_password(a, password) };
	struct err e;

	progress("opening the keystore", 0, 0);
	bool good = keystore_open(buf_str(&json), pw, secret, NULL, &e);
	progress_end();
	secret_free(password, PASSWORD_MAX);
	buf_release(&json);
	if (!good)
		cli_die(str_is(str_of(e.msg), "wrong password") ? LBL_NOPERM : LBL_DATAERR, "%s: %s", a->keystore, e.msg);
}

/* Whoever else can read or replace it can pay himself. */
static void check_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		cli_die(LBL_NOPERM, "key file: is not a regular file");
	if (st.st_uid != geteuid())
		cli_die(LBL_NOPERM, "key file: belongs to another user");
	if (st.st_mode & 077)
		cli_die(LBL_NOPERM, "key file: mode %04o lets others at it: chmod 600", (unsigned)st.st_mode & 07777);
}

/* 64 hexadecimal digits.  The path is not told, as with the password. */
static void open_key_file(const char *path, uint8_t secret[32])
{
	enum { MOST = 128 };
	char *text = secret_alloc(MOST);
	struct str s = { .p = text };

	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		cli_die(LBL_NOINPUT, "key file: cannot be opened");
	check_private(fd);
	if (!read_secret(fd, text, MOST, &s.n))
		cli_die(LBL_NOINPUT, "key file: cannot be read");
	close(fd);
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	if (s.n >= 2 && s.p[0] == '0' && s.p[1] == 'x')
		s = (struct str){ s.p + 2, s.n - 2 };
	bool good = hex_get(s, secret, 32);
	secret_free(text, MOST);
	if (!good)
		cli_die(LBL_DATAERR, "key file: want 64 hexadecimal digits");
}

/* ---- the payer ------------------------------------------------------------------------- */

static struct key_args *held;

/* A run that dies wipes its key as one that ends does. */
static void wipe_held(void)
{
	payer_release(held);
}

static void hold_key(struct payer *p, const struct key_args *a)
{
	uint8_t *secret;
	struct err e;

	no_core_dumps();
	secret = secret_alloc(32);
	if (a->keystore)
		open_keystore(a, secret);
	else
		open_key_file(a->key_file, secret);
	p->key = signer_new(secret, &e);
	secret_free(secret, 32);
	if (!p->key)
		cli_die(a->keystore ? LBL_OSERR : LBL_DATAERR, "%s: %s", a->keystore ? a->keystore : "key file", e.msg);
	p->from = *signer_address(p->key);
	if (a->from_text && !address_eq(&a->from, &p->from))
		cli_die(LBL_CONFIG, "--from: the key is that of another account");
}

struct payer *payer(struct key_args *a)
{
	if (!a->payer) {
		struct payer *p = mem_zalloc(1, sizeof *p);
		if (a->keystore || a->key_file) {
			hold_key(p, a);
		} else {
			p->outside = outside_open(a);
			p->from = a->from;
		}
		a->payer = p;
		if (p->key && !held)
			atexit(wipe_held);
		held = a;
	}
	return a->payer;
}

void payer_release(struct key_args *a)
{
	if (!a->payer)
		return;
	signer_free(a->payer->key);
	outside_close(a->payer->outside);
	free(a->payer);
	a->payer = NULL;
}

const struct address *payer_address(const struct payer *p)
{
	return &p->from;
}

/* ---- signing --------------------------------------------------------------------------- */

static int prove(const struct payer *p, const struct tx *tx, struct str raw, uint8_t hash[32], struct err *e)
{
	if (tx_is(raw, tx, &p->from, hash, e))
		return 0;
	err_put_before(e, p->key ? "a signature made just now is wrong, this machine is faulty: " :
	               "the signer has answered with something else: ");
	return p->key ? LBL_OSERR : LBL_UNAVAILABLE;
}

int payer_sign(struct payer *p, const struct tx *tx, struct buf *raw, uint8_t hash[32], struct err *e)
{
	size_t start = raw->n;
	int status = 0;

	if (!tx_check(tx, e))
		return LBL_DATAERR;
	if (!p->key)
		status = outside_sign(p->outside, tx, &p->from, raw, e);
	else if (!tx_sign_unproved(tx, p->key, raw, e))
		return LBL_DATAERR;
	if (status == 0)
		status = prove(p, tx, (struct str){ raw->p + start, raw->n - start }, hash, e);
	if (status && raw->n > start) {
		raw->n = start;
		raw->p[start] = '\0';
	}
	return status;
}

struct signing {
	struct payer *p;
	struct to_sign *t;
	size_t n;
};

enum { AT_ONCE = 16 };

static void sign_some(void *ctx, size_t job)
{
	const struct signing *s = ctx;

	for (size_t i = job * AT_ONCE; i < s->n && i < (job + 1) * AT_ONCE; i++) {
		struct to_sign *t = &s->t[i];
		t->status = payer_sign(s->p, &t->tx, &t->raw, t->hash, &t->e);
	}
}

int payer_sign_all(struct payer *p, struct to_sign *t, size_t n, size_t *bad)
{
	struct signing s = { p, t, n };

	/* one who is asked is asked one thing after the other, and no more once he has refused */
	for (size_t i = 0; i < n && !p->key; i++) {
		t[i].status = payer_sign(p, &t[i].tx, &t[i].raw, t[i].hash, &t[i].e);
		if (t[i].status) {
			*bad = i;
			return t[i].status;
		}
	}
	if (p->key)
		par_for(0, (n + AT_ONCE - 1) / AT_ONCE, sign_some, &s);
	for (*bad = 0; *bad < n; ++*bad)
		if (t[*bad].status)
			return t[*bad].status;
	return 0;
}
