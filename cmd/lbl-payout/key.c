/* key - the payer's key, decrypted once and kept for replacements. */
#include "payout.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chain/keystore.h"
#include "io/cli.h"
#include "io/progress.h"

static void no_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

enum { PASSWORD_MAX = 1024 };

/* The first line of the file, without its end.  The path is not told: a password given
 * in its place by mistake must not end up in a log. */
static size_t read_password(const char *path, char *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		cli_die(LBL_NOINPUT, "password file: cannot be opened");
	while (n < PASSWORD_MAX && (got = read(fd, out + n, PASSWORD_MAX - n)) > 0)
		n += (size_t)got;
	close(fd);
	if (got < 0)
		cli_die(LBL_NOINPUT, "password file: cannot be read");
	char *nl = memchr(out, '\n', n);
	if (!nl && n == PASSWORD_MAX)
		cli_die(LBL_NOINPUT, "password file: its first line is longer than %d bytes", PASSWORD_MAX - 1);
	if (nl)
		n = (size_t)(nl - out);
	if (n && out[n - 1] == '\r')
		n--;
	return n;
}

static struct signer *open_key(const struct key_args *a)
{
	struct buf json = read_file(a->keystore);
	char *password = secret_alloc(PASSWORD_MAX);
	uint8_t *secret = secret_alloc(32);
	struct signer *key;
	struct err e;

	no_core_dumps();
	struct str pw = { password, read_password(a->password_file, password) };
	progress("opening the keystore", 0, 0);
	bool good = keystore_open(buf_str(&json), pw, secret, NULL, &e);
	progress_end();
	secret_free(password, PASSWORD_MAX);
	if (!good)
		cli_die(str_is(str_of(e.msg), "wrong password") ? LBL_NOPERM : LBL_DATAERR, "%s: %s", a->keystore, e.msg);
	key = signer_new(secret, &e);
	secret_free(secret, 32);
	buf_release(&json);
	if (!key)
		cli_die(LBL_OSERR, "%s: %s", a->keystore, e.msg);
	return key;
}

const struct signer *payer(struct key_args *a)
{
	if (!a->signer)
		a->signer = open_key(a);
	return a->signer;
}

void payer_release(struct key_args *a)
{
	signer_free(a->signer);
	a->signer = NULL;
}
