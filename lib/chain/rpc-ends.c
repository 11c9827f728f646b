#include "chain/rpc-ends.h"

#include "base/mem.h"

bool rpc_ends_add(struct rpc_ends *s, const char *url, const char *bearer, struct err *e)
{
	struct rpc_options o = { .bearer = bearer };

	if (s->n == RPC_MOST)
		return err_set(e, "more than %d endpoints", RPC_MOST);
	s->end[s->n] = rpc_open(url, &o, e);
	if (!s->end[s->n])
		return false;
	s->n++;
	return true;
}

/* a line without its end */
static bool add_line(struct rpc_ends *s, char *line, struct err *e)
{
	line[strcspn(line, "\r")] = '\0';
	char *token = line + strcspn(line, " \t");
	if (*token)
		*token++ = '\0';
	token += strspn(token, " \t");
	return !*line || rpc_ends_add(s, line, *token ? token : NULL, e);
}

bool rpc_ends_read(struct rpc_ends *s, struct buf *text, struct err *e)
{
	size_t before = s->n;
	bool good = true;

	buf_addc(text, '\0');
	for (char *p = text->p, *next; good && *p; p = next) {
		next = p + strcspn(p, "\n");
		if (*next)
			*next++ = '\0';
		good = add_line(s, p, e);
	}
	mem_wipe(text->p, text->n);
	return good && (s->n > before || err_set(e, "holds no URL"));
}

struct rpc *rpc_ends_join(struct rpc_ends *s, unsigned patience_ms)
{
	size_t n = s->n;

	s->n = 0;
	return n ? rpc_join(s->end, n, patience_ms) : NULL;
}
