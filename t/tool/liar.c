/* liar FILE - a node that answers as FILE says.  Prints its URL, then serves until killed.
 *
 * FILE is read anew for each request; its first line that fits is the answer:
 *
 *	METHOD[?TEXT][<K] ANSWER
 *
 * METHOD is the name of a method, or * for any; with ?TEXT only where the parameters hold
 * TEXT; with <K only to the first K requests for this method that the log holds.  ANSWER is
 *
 *	JSON            the result
 *	!JSON           the error
 *	=STATUS HEADER  an HTTP status, and a header or nothing, without a body
 *	%TEXT           this text in place of JSON
 *	@               the hash of the transaction that is sent
 *	-               the connection is closed without a word
 *	~JSON           the result, under another id
 *
 * Each request is a line of FILE.log: the method, a blank, the parameters; remove it to
 * count anew.
 */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hex.h"
#include "hash/keccak256.h"
#include "json/num.h"

static int listen_anywhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, 8) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		exit(71);
	printf("http://127.0.0.1:%d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

/* the body of a request, NUL-terminated; its length is believed */
static bool read_request(int fd, struct buf *b, const char **body)
{
	for (;;) {
		buf_need(b, 4096);
		ssize_t n = read(fd, b->p + b->n, 4096);
		if (n <= 0)
			return false;
		b->n += (size_t)n;
		b->p[b->n] = '\0';
		const char *end = strstr(b->p, "\r\n\r\n"), *length = strstr(b->p, "Content-Length: ");
		if (end && length && strlen(end + 4) >= strtoul(length + 16, NULL, 10)) {
			*body = end + 4;
			return true;
		}
	}
}

/* how often the log holds the method */
static unsigned long asked(const char *log, const char *method)
{
	char line[1 << 16];
	unsigned long n = 0;
	FILE *f = fopen(log, "r");

	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, " \n")] = '\0';
		n += strcmp(line, method) == 0;
	}
	if (f)
		fclose(f);
	return n;
}

static void note(const char *log, const char *method, const char *params)
{
	FILE *f = fopen(log, "a");

	if (!f)
		exit(74);
	fprintf(f, "%s %s\n", method, params);
	fclose(f);
}

/* the line of the file that fits, without what it must fit; empty for none */
static void look_up(const char *path, const char *log, const char *method, const char *params, struct buf *out)
{
	char line[4096];
	FILE *f = fopen(path, "r");

	if (!f)
		exit(66);
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		char *rest = strchr(line, ' ');
		if (!rest)
			continue;
		*rest++ = '\0';
		char *most = strchr(line, '<');
		if (most)
			*most++ = '\0';
		char *text = strchr(line, '?');
		if (text)
			*text++ = '\0';
		if ((strcmp(line, method) != 0 && strcmp(line, "*") != 0) || (text && !strstr(params, text)) ||
		    (most && asked(log, method) >= strtoul(most, NULL, 10)))
			continue;
		buf_adds(out, rest);
		break;
	}
	fclose(f);
}

/* "0x..." in the parameters of eth_sendRawTransaction, hashed */
static void put_tx_hash(struct buf *b, const cJSON *params)
{
	const char *raw = cJSON_GetStringValue(cJSON_GetArrayItem(params, 0));
	struct buf bytes = BUF_INIT;
	uint8_t hash[32];

	if (!raw || !hex_get_any(str_of(raw), &bytes))
		exit(65);
	keccak256(bytes.p, bytes.n, hash);
	buf_adds(b, "\"result\":\"0x");
	hex_put(b, hash, 32);
	buf_adds(b, "\"}");
	buf_release(&bytes);
}

/* a whole HTTP answer */
static void put_answer(struct buf *b, const char *what, double id, const cJSON *params)
{
	struct buf body = BUF_INIT;
	const char *status = "200 OK";

	if (*what == '=')
		status = what + 1;
	else if (*what == '%')
		buf_adds(&body, what + 1);
	else {
		buf_addf(&body, "{\"jsonrpc\":\"2.0\",\"id\":%.0f,", *what == '~' ? id + 1 : id);
		if (*what == '@')
			put_tx_hash(&body, params);
		else
			buf_addf(&body, *what == '!' ? "\"error\":%s}" : "\"result\":%s}", what + (*what == '!' || *what == '~'));
	}
	const char *header = *what == '=' ? strchr(status, ' ') : NULL;
	buf_addf(b, "HTTP/1.1 %.3s -\r\n", status);
	if (header)
		buf_addf(b, "%s\r\n", header + 1);
	buf_addf(b, "Content-Length: %zu\r\nConnection: close\r\n\r\n", body.n);
	buf_addstr(b, buf_str(&body));
	buf_release(&body);
}

static void serve(int fd, const char *path, const char *log)
{
	struct buf request = BUF_INIT, what = BUF_INIT, text = BUF_INIT;
	const char *body = NULL;
	cJSON *doc = NULL;

	if (read_request(fd, &request, &body) && (doc = cJSON_Parse(body))) {
		const char *method = cJSON_GetStringValue(cJSON_GetObjectItem(doc, "method"));
		const cJSON *params = cJSON_GetObjectItem(doc, "params");
		char *said = cJSON_PrintUnformatted(params);
		look_up(path, log, method ? method : "", said ? said : "", &what);
		note(log, method ? method : "", said ? said : "");
		if (what.n && what.p[0] != '-') {
			put_answer(&text, what.p, cJSON_GetNumberValue(cJSON_GetObjectItem(doc, "id")), params);
			if (write(fd, text.p, text.n) < 0)
				exit(74);
		}
		free(said);
	}
	cJSON_Delete(doc);
	buf_release(&request);
	buf_release(&what);
	buf_release(&text);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: liar FILE\n", stderr);
		return 64;
	}
	struct buf log = BUF_INIT;
	buf_addf(&log, "%s.log", argv[1]);
	signal(SIGPIPE, SIG_IGN);
	for (int fd = listen_anywhere(); ; ) {
		int client = accept(fd, NULL, NULL);
		if (client >= 0)
			serve(client, argv[1], log.p);
	}
}
