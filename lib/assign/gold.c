#include "assign/gold.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "math/isqrt.h"

uint32_t gold_rate(enum gold_standing standing, uint64_t j)
{
	switch (standing) {
	case GOLD_CLEARED:
		return GOLD_RATE_CLEARED;
	case GOLD_RETEST:
		return GOLD_RATE_RETEST;
	case GOLD_STOPPED:
		return 0;
	case GOLD_NEW:
		break;
	}
	return j <= GOLD_FIRST ? GOLD_RATE_FIRST : GOLD_RATE_NEW;
}

static uint64_t big_endian(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

uint32_t gold_below(uint64_t bits, uint32_t n)
{
	return (uint32_t)((u128)bits * n >> 64);
}

struct gold_draw gold_draw(struct str key, struct str person, uint64_t j, uint32_t rate_bp)
{
	struct buf text = BUF_INIT;
	uint8_t d[32];
	unsigned n = sizeof d;

	buf_addstr(&text, person);
	buf_addc(&text, '\0');
	buf_addf(&text, "%llu", (unsigned long long)j);
	BUG_ON(key.n > INT32_MAX || !HMAC(EVP_sha256(), key.p, (int)key.n, (const uint8_t *)text.p, text.n, d, &n));
	buf_release(&text);
	/* first < rate * 2^64, without rounding */
	bool gold = (u128)big_endian(d) * 10000 < (u128)rate_bp << 64;
	return (struct gold_draw){ gold, big_endian(d + 8), big_endian(d + 16) };
}

/* ---- the run ------------------------------------------------------------------------- */

/* One person's way through the items. */
struct walk {
	const struct gold_in *in;
	uint32_t *had;                  /* by item: the last person who had it, + 1 */
	uint32_t person;
};

static bool is_free(const struct walk *w, uint32_t item)
{
	return w->had[item] != w->person + 1 && w->in->used[item] < w->in->most;
}

/* The first item from there on, around the class, that is free. */
static bool find_in(const struct walk *w, size_t class, uint64_t bits, uint32_t *item)
{
	uint32_t n = (uint32_t)lists_size(w->in->classes, class);
	const uint32_t *list = w->in->classes->item + w->in->classes->first[class];

	for (uint32_t i = 0, at = n ? gold_below(bits, n) : 0; i < n; i++, at = at + 1 == n ? 0 : at + 1)
		if (is_free(w, list[at])) {
			*item = list[at];
			return true;
		}
	return false;
}

/* In the class that was drawn; where that is used up, in the next one. */
static bool find(const struct walk *w, const struct gold_draw *d, uint32_t *item)
{
	uint32_t n = (uint32_t)w->in->classes->n, class = n ? gold_below(d->class, n) : 0;

	for (uint32_t i = 0; i < n; i++, class = class + 1 == n ? 0 : class + 1)
		if (find_in(w, class, d->item, item))
			return true;
	return false;
}

static void take(struct walk *w, struct gold_out *out, size_t *cap, struct gold_seat seat)
{
	if (out->n == *cap) {
		*cap = mem_grow(*cap, out->n + 64);
		out->seat = mem_realloc(out->seat, *cap, sizeof *out->seat);
	}
	out->seat[out->n++] = seat;
	w->had[seat.item] = w->person + 1;
	w->in->used[seat.item]++;
}

static void begin(struct walk *w, uint32_t person)
{
	const struct lists *seen = w->in->seen;

	w->person = person;
	for (size_t i = 0; i < lists_size(seen, person); i++)
		w->had[seen->item[seen->first[person] + i]] = person + 1;
}

void gold_run(const struct gold_in *in, struct gold_out *out)
{
	size_t n_items = in->classes->n ? in->classes->first[in->classes->n] : 0, cap = 0;
	struct walk w = { in, mem_zalloc(n_items + 1, sizeof *w.had), UINT32_MAX };
	uint64_t j = 0;
	uint32_t item;

	*out = (struct gold_out){ .first = mem_alloc(in->n_workers, sizeof *out->first) };
	for (uint32_t i = 0; i < in->n_workers; i++) {
		const struct gold_person *p = &in->person[in->who[i]];
		if (in->who[i] != w.person) {
			begin(&w, in->who[i]);
			j = p->answered;
		}
		out->first[i] = j + 1;
		for (uint32_t left = in->base[i]; left > 0; ) {
			j++;
			struct gold_draw d = gold_draw(in->key, p->id, j, gold_rate(p->standing, j));
			if (d.gold && find(&w, &d, &item)) {
				take(&w, out, &cap, (struct gold_seat){ i, item, j });
				continue;
			}
			out->missed += d.gold;
			left--;
		}
	}
	free(w.had);
}

void gold_out_release(struct gold_out *out)
{
	free(out->seat);
	free(out->first);
	*out = (struct gold_out){ 0 };
}
