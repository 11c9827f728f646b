/* http - as much of it as the payer's client needs. */
#include "proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CLIENTS = 64 };

struct client {
	int fd;
	struct buf in;
};

static struct client client[MOST_CLIENTS];
static size_t n_clients;

/* ---- answers --------------------------------------------------------------------------- */

static bool put(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool http_answer(int fd, const char *status, struct str body, size_t most)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", status, body.n);
	buf_add(&b, body.p, most < body.n ? most : body.n);
	bool good = put(fd, b.p, b.n) && most >= body.n;
	buf_release(&b);
	return good;
}

bool http_answer_result(int fd, const cJSON *doc, struct str result)
{
	struct buf b = BUF_INIT;
	char *id = cJSON_PrintUnformatted(cJSON_GetObjectItem(doc, "id"));

	buf_addf(&b, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%.*s}", id ? id : "null", STR_FMT(result));
	bool good = http_answer(fd, "200 OK", buf_str(&b), SIZE_MAX);
	free(id);
	buf_release(&b);
	return good;
}

/* ---- clients --------------------------------------------------------------------------- */

/* What has come so far; false when the client is done with, or we are with it. */
static bool feed(struct client *c, bool (*serve)(int, struct str))
{
	buf_need(&c->in, 1 << 16);
	ssize_t n = recv(c->fd, c->in.p + c->in.n, 1 << 16, 0);
	if (n <= 0)
		return false;
	c->in.n += (size_t)n;
	c->in.p[c->in.n] = '\0';
	const char *end = strstr(c->in.p, "\r\n\r\n"), *length = strstr(c->in.p, "Content-Length: ");
	if (!end || !length)
		return true;
	size_t want = strtoul(length + 16, NULL, 10), head = (size_t)(end + 4 - c->in.p);
	if (c->in.n - head < want)
		return true;
	bool good = serve(c->fd, (struct str){ end + 4, want });
	buf_reset(&c->in);
	return good;
}

static int listen_anywhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, MOST_CLIENTS) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		exit(71);
	printf("http://127.0.0.1:%d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

static void hang_up(size_t i)
{
	close(client[i].fd);
	buf_release(&client[i].in);
	client[i] = client[--n_clients];
}

void http_loop(bool (*serve)(int fd, struct str body))
{
	struct pollfd p[MOST_CLIENTS + 1];
	int listener = listen_anywhere();

	for (;;) {
		for (size_t i = 0; i < n_clients; i++)
			p[i] = (struct pollfd){ .fd = client[i].fd, .events = POLLIN };
		p[n_clients] = (struct pollfd){ .fd = n_clients < MOST_CLIENTS ? listener : -1, .events = POLLIN };
		if (poll(p, n_clients + 1, -1) < 0)
			continue;
		bool new = p[n_clients].revents;
		for (size_t i = n_clients; i-- > 0; )
			if (p[i].revents && !feed(&client[i], serve))
				hang_up(i);
		if (new)
			client[n_clients++] = (struct client){ .fd = accept(listener, NULL, NULL), .in = BUF_INIT };
	}
}
