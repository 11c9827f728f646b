/* liar FILE - a node that answers as FILE says.  Prints its URL, then serves until killed.
 *
 * FILE is read anew for each request, one line a method: its name, a blank, and the
 * JSON of the result, or ! and that of the error.  "*" is any other method.  A line
 * "raw TEXT" is sent in place of any answer.
 */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
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

/* what the file says about a method, as the rest of an answer */
static void look_up(const char *path, const char *method, struct buf *out)
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
		buf_reset(out);
		if (strcmp(line, "raw") == 0)
			buf_addf(out, "%s", rest);
		else if (strcmp(line, method) == 0 || strcmp(line, "*") == 0)
			buf_addf(out, *rest == '!' ? "\"error\":%s}" : "\"result\":%s}", rest + (*rest == '!'));
		else
			continue;
		break;
	}
	fclose(f);
}

static void serve(int fd, const char *path)
{
	struct buf request = BUF_INIT, rest = BUF_INIT, answer = BUF_INIT, text = BUF_INIT;
	const char *body = NULL;
	cJSON *doc = NULL;

	if (read_request(fd, &request, &body) && (doc = cJSON_Parse(body))) {
		const char *method = cJSON_GetStringValue(cJSON_GetObjectItem(doc, "method"));
		look_up(path, method ? method : "", &rest);
		if (rest.n && (rest.p[0] == '"'))
			buf_addf(&answer, "{\"jsonrpc\":\"2.0\",\"id\":%.0f,",
			         cJSON_GetNumberValue(cJSON_GetObjectItem(doc, "id")));
		buf_addstr(&answer, buf_str(&rest));
		buf_addf(&text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", answer.n);
		buf_addstr(&text, buf_str(&answer));
		if (write(fd, text.p, text.n) < 0)
			exit(74);
	}
	cJSON_Delete(doc);
	buf_release(&request);
	buf_release(&rest);
	buf_release(&answer);
	buf_release(&text);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: liar FILE\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	for (int fd = listen_anywhere(); ; ) {
		int client = accept(fd, NULL, NULL);
		if (client >= 0)
			serve(client, argv[1]);
	}
}
