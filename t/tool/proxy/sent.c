/* sent - the transactions that came by: all of them, and those that are held back. */
#include "proxy.h"

#include "base/mem.h"
#include "data/intern.h"

struct held {
	char *raw;                      /* owned */
	uint64_t due;                   /* the number of the request before which it is delivered */
};

static struct intern seen;              /* every transaction, as hex */
static struct held *held;
static size_t n_held, cap_held;

void sent_add(const char *raw)
{
	intern(&seen, str_of(raw));
}

size_t sent_n(void)
{
	return seen.n;
}

const char *sent_at(uint32_t i)
{
	return intern_str(&seen, i).p;
}

void sent_forget(void)
{
	intern_release(&seen);
	seen = (struct intern){ 0 };
	for (size_t i = 0; i < n_held; i++)
		free(held[i].raw);
	n_held = 0;
}

void sent_hold(const char *raw, uint64_t due)
{
	if (n_held == cap_held) {
		cap_held = mem_grow(cap_held, n_held + 16);
		held = mem_realloc(held, cap_held, sizeof *held);
	}
	size_t n = strlen(raw) + 1;
	char *copy = mem_alloc(n, 1);
	memcpy(copy, raw, n);
	held[n_held++] = (struct held){ copy, due };
}

/* The last that came first. */
void sent_deliver(bool all)
{
	for (size_t i = n_held; i-- > 0; ) {
		if (!all && held[i].due > run.requests)
			continue;
		node_deliver(held[i].raw);
		free(held[i].raw);
		held[i] = held[--n_held];
	}
}
