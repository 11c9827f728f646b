#include "stage/score-review.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/mem.h"
#include "chain/key.h"
#include "chain/typed.h"
#include "json/write.h"

/* ---- signatures ---------------------------------------------------------------------- */

static void digest_of(const struct rec_review *v, uint8_t digest[32])
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "{\"kind\":\"review\"");
	json_put_kstr(&text, "task", v->task);
	json_put_kstr(&text, "worker", v->worker);
	json_put_kstr(&text, "reviewer", v->reviewer);
	json_put_kstr(&text, "verdict", v->verdict);
	if (v->at.p)
		json_put_kstr(&text, "at", v->at);
	buf_addc(&text, '}');
	typed_message(buf_str(&text), digest);
	buf_release(&text);
}

static bool check_signature(const struct rec_review *v, struct err *e)
{
	uint8_t sig[65], digest[32];
	struct address by, is;

	if (!address_looks_like(v->reviewer) || !address_parse(v->reviewer, &by, e))
		return err_set(e, "field \"sig\": only a reviewer who is an address can sign");
	if (v->sig.n != 2 + 2 * sizeof sig || !hex_get((struct str){ v->sig.p + 2, v->sig.n - 2 }, sig, sizeof sig))
		return err_set(e, "field \"sig\": expected 65 bytes");
	int parity = sig[64] >= 27 ? sig[64] - 27 : sig[64];
	digest_of(v, digest);
	if (!ecdsa_recover(digest, sig, sig + 32, parity, &is) || !address_eq(&by, &is))
		return err_set(e, "field \"sig\": is not the reviewer's signature of this review");
	return true;
}

/* ---- taking ------------------------------------------------------------------------------ */

bool reviews_take(struct reviews *r, const struct rec_review *v, uint32_t task, uint32_t worker, struct err *e)
{
	bool accept = str_is(v->verdict, "accept");

	if (!accept && !str_is(v->verdict, "reject"))
		return err_set(e, "field \"verdict\": expected accept or reject");
	if (v->sig.p && !check_signature(v, e))
		return false;
	if (r->n == UINT32_MAX)
		return err_set(e, "too many reviews");
	if (r->n == r->cap) {
		r->cap = mem_grow(r->cap, r->n + 64);
		r->review = mem_realloc(r->review, r->cap, sizeof *r->review);
	}
	r->review[r->n] = (struct review){ task, worker, intern(&r->names, v->reviewer), (uint32_t)r->n, accept };
	r->n++;
	return true;
}

/* ---- summing up ---------------------------------------------------------------------------- */

/* by label, then person, then as they came: no two are equal */
static int by_label(const void *a, const void *b)
{
	const struct review *x = a, *y = b;

	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	if (x->worker != y->worker)
		return x->worker < y->worker ? -1 : 1;
	if (x->by != y->by)
		return x->by < y->by ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* the reviews that count, by persons: whose number is that of a worker's identity, or behind all of those */
static struct review *of_persons(const struct reviews *r, const struct intern *listed, const struct intern *workers,
                                 const uint32_t *identity, struct review_sums *out, size_t *n)
{
	struct review *x = mem_alloc(r->n, sizeof *x);
	uint32_t *person = mem_alloc(r->names.n, sizeof *person);

	*n = 0;
	for (uint32_t i = 0; i < r->names.n; i++) {
		struct str name = intern_str(&r->names, i);
		uint32_t w = intern_find(workers, name);
		person[i] = intern_find(listed, name) == INTERN_NONE ? INTERN_NONE :
			w == INTERN_NONE ? (uint32_t)workers->n + i : identity[w];
	}
	for (size_t i = 0; i < r->n; i++) {
		struct review v = r->review[i];
		v.by = person[v.by];
		out->strangers += v.by == INTERN_NONE;
		out->own += v.by == identity[v.worker];
		if (v.by != INTERN_NONE && v.by != identity[v.worker])
			x[(*n)++] = v;
	}
	free(person);
	return x;
}

void reviews_sum(const struct reviews *r, const struct intern *listed, const struct intern *workers,
                 const uint32_t *identity, size_t n_tasks, struct review_sums *out)
{
	size_t n;

	*out = (struct review_sums){ .n_tasks = n_tasks };
	if (!r->n)
		return;
	struct review *x = of_persons(r, listed, workers, identity, out, &n);
	if (n)
		qsort(x, n, sizeof *x, by_label);
	out->of = mem_alloc(n, sizeof *out->of);
	out->task = mem_zalloc(n_tasks, sizeof *out->task);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && x[i].task == x[i + 1].task && x[i].worker == x[i + 1].worker && x[i].by == x[i + 1].by)
			continue;               /* he said something else later */
		struct reviewed *last = out->n ? &out->of[out->n - 1] : NULL;
		if (!last || last->task != x[i].task || last->worker != x[i].worker) {
			last = &out->of[out->n++];
			*last = (struct reviewed){ x[i].task, x[i].worker, 0, 0 };
		}
		last->accepts += x[i].accept;
		last->rejects += !x[i].accept;
		if (x[i].task < n_tasks)
			out->task[x[i].task] = true;
	}
	free(x);
}

const struct reviewed *reviews_of(const struct review_sums *s, uint32_t task, uint32_t worker)
{
	size_t lo = 0, hi = s->n;

	if (!s->n || !s->task[task])
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct reviewed *x = &s->of[mid];
		if (x->task < task || (x->task == task && x->worker < worker))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->of[lo].task == task && s->of[lo].worker == worker ? &s->of[lo] : NULL;
}

void review_sums_release(struct review_sums *s)
{
	free(s->of);
	free(s->task);
	*s = (struct review_sums){ 0 };
}

void reviews_release(struct reviews *r)
{
	intern_release(&r->names);
	free(r->review);
	*r = (struct reviews){ 0 };
}
