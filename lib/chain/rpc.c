/* Endpoints: opened and closed, and what may be said of them.  A call: rpc-call.c; several of them: rpc-set.c. */
#include "chain/rpc-in.h"

#include <stdarg.h>

#include "base/mem.h"

enum { CONNECT_MS = 10000, TOTAL_MS = 60000, SECRET_CHARS = 8 };
static const size_t MAX_ANSWER = 8 << 20;

/* ---- messages ---- */

static void blank(char *text, const char *secret, size_t n)
{
	for (char *p = text; *p; p++)
		if (strncmp(p, secret, n) == 0)
			memset(p, '*', n);
}

static bool key_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '_' || c == '-';
}

static bool contains(const char *text, const char *p, size_t n)
{
	for (; *text; text++)
		if (strncmp(text, p, n) == 0)
			return true;
	return false;
}

/* blank every long word of the URL but the host's: providers put keys into the path, and quote them */
static void redact(const struct rpc *r, char *text)
{
	for (const char *p = r->url; *p; ) {
		size_t n = 0;
		while (key_char(p[n]))
			n++;
		if (n >= SECRET_CHARS && !contains(r->where, p, n))
			blank(text, p, n);
		p += n ? n : 1;
	}
}

void rpc_say(struct rpc_error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->message, sizeof e->message, fmt, ap);
	va_end(ap);
}

void rpc_quote(const struct rpc *r, struct rpc_error *e, const char *words)
{
	struct buf b = BUF_INIT;
	struct err tame;

	buf_adds(&b, words);
	redact(r, b.p);
	err_set(&tame, "%s", b.p);
	_Static_assert(sizeof tame.msg == sizeof e->message, "both hold one message");
	memcpy(e->message, tame.msg, sizeof tame.msg);
	buf_release(&b);
}

enum rpc_status rpc_bad(struct rpc_error *e, const char *method, const char *what)
{
	memset(e, 0, sizeof *e);
	snprintf(e->message, sizeof e->message, "%s: %s", method, what);
	return RPC_UNKNOWN;
}

/* ---- opening ---- */

static bool has_scheme(CURLU *u, const char *want)
{
	char *scheme = NULL;

	curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	bool same = scheme && strcmp(scheme, want) == 0;
	curl_free(scheme);
	return same;
}

/* scheme://host:port, owned; NULL when the URL is not one of ours */
static char *where_of(const char *url, struct err *e)
{
	CURLU *u = curl_url();
	struct buf b = BUF_INIT;
	char *host = NULL, *port = NULL;

	for (const char *p = url; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f) {
			err_set(e, "the URL has a blank or a byte outside ASCII");
			goto out;
		}
	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
		err_set(e, "not a URL");
	} else if (!has_scheme(u, "http") && !has_scheme(u, "https")) {
		err_set(e, "the URL must begin with http:// or https://");
	} else if (curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK || !host[0] ||
		   curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
		err_set(e, "the URL has no host");
	} else {
		buf_adds(&b, has_scheme(u, "https") ? "https://" : "http://");
		buf_adds(&b, host);
		buf_addc(&b, ':');
		buf_adds(&b, port);
	}
out:
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return b.n ? buf_detach(&b) : NULL;
}

static size_t on_body(char *p, size_t one, size_t n, void *user)
{
	struct rpc *r = user;

	n *= one;
	if (n > r->max_answer - r->answer.n) {
		r->too_long = true;
		return 0;
	}
	buf_add(&r->answer, p, n);
	return n;
}

/* called between the connection and the request, once for each attempt that
 * curl makes: on a connection kept alive it silently makes a second one, so a
 * "refused" at the end does not prove that nothing was sent before */
static int on_connected(void *user, char *ip, char *local_ip, int port, int local_port)
{
	struct rpc *r = user;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	r->sent = true;
	return CURL_PREREQFUNC_OK;
}

static void add_header(struct rpc *r, const char *text)
{
	struct curl_slist *l = curl_slist_append(r->headers, text);

	BUG_ON(!l);
	r->headers = l;
}

static bool set_headers(struct rpc *r, const char *bearer, struct err *e)
{
	add_header(r, "Content-Type: application/json");
	add_header(r, "Accept: application/json");
	add_header(r, "Expect:");
	if (!bearer)
		return true;
	for (const char *p = bearer; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			return err_set(e, "the bearer token has a byte that no header may hold");
	struct buf b = BUF_INIT;
	buf_addf(&b, "Authorization: Bearer %s", bearer);
	add_header(r, b.p);
	mem_wipe(b.p, b.n);
	buf_release(&b);
	return true;
}

static bool set_options(struct rpc *r, const struct rpc_options *o)
{
	CURL *c = r->curl;
	CURLcode bad = CURLE_OK;

#define SET(option, value) bad = bad ? bad : curl_easy_setopt(c, option, value)
	SET(CURLOPT_URL, r->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, o->connect_ms > 0 ? o->connect_ms : (long)CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, o->total_ms > 0 ? o->total_ms : (long)TOTAL_MS);
	SET(CURLOPT_ACCEPT_ENCODING, "");
	SET(CURLOPT_HTTPHEADER, r->headers);
	SET(CURLOPT_USERAGENT, "lbl/" LBL_VERSION);
	SET(CURLOPT_ERRORBUFFER, r->detail);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, r);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	SET(CURLOPT_PREREQDATA, r);
#undef SET
	return bad == CURLE_OK;
}

struct rpc *rpc_open(const char *url, const struct rpc_options *opt, struct err *e)
{
	struct rpc_options o = opt ? *opt : (struct rpc_options){ 0 };
	struct rpc *r = mem_zalloc(1, sizeof *r);

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, "libcurl does not start");
		free(r);
		return NULL;
	}
	r->max_answer = o.max_answer ? o.max_answer : MAX_ANSWER;
	r->where = where_of(url, e);
	if (!r->where)
		goto fail;
	struct buf copy = BUF_INIT;
	buf_adds(&copy, url);
	r->url = buf_detach(&copy);
	r->curl = curl_easy_init();
	if (!set_headers(r, o.bearer, e))
		goto fail;
	if (!r->curl || !set_options(r, &o)) {
		err_set(e, "libcurl refuses an option: it is too old or built without HTTP");
		goto fail;
	}
	return r;
fail:
	rpc_close(r);
	return NULL;
}

void rpc_close(struct rpc *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		rpc_close(r->end[i]);
	if (r->n) {
		free(r);
		return;
	}
	curl_easy_cleanup(r->curl);
	for (struct curl_slist *l = r->headers; l; l = l->next)
		mem_wipe(l->data, strlen(l->data));
	curl_slist_free_all(r->headers);
	if (r->url)
		mem_wipe(r->url, strlen(r->url));
	free(r->url);
	free(r->where);
	buf_release(&r->answer);
	free(r);
	curl_global_cleanup();
}

const char *rpc_where(const struct rpc *r)
{
	return r->n ? r->end[r->at]->where : r->where;
}
