#include "score/quality-text.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "score/edit.h"

/* ---- code points and words --------------------------------------------------------- */

/* code points of valid UTF-8; returns how many */
static size_t decode(struct str s, uint32_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char b = (unsigned char)s.p[i];
		if ((b & 0xc0) == 0x80 && n)
			out[n - 1] = out[n - 1] << 6 | (b & 0x3f);
		else
			out[n++] = b < 0x80 ? b : b < 0xe0 ? b & 0x1f : b < 0xf0 ? b & 0x0f : b & 0x07;
	}
	return n;
}

static bool is_white(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct word {
	struct str s;
	size_t at;    /* its place: words of the worker first */
};

static int by_text(const void *p, const void *q)
{
	const struct word *a = p, *b = q;
	int c = str_cmp(a->s, b->s);

	return c ? c : (a->at > b->at) - (a->at < b->at);
}

static size_t split(struct str s, struct word *w, size_t first)
{
	size_t n = first;

	for (size_t i = 0, j; i < s.n; i = j) {
		for (j = i; j < s.n && !is_white((unsigned char)s.p[j]); j++)
			;
		if (j > i) {
			w[n] = (struct word){ { s.p + i, j - i }, n };
			n++;
		} else {
			j++;
		}
	}
	return n - first;
}

/* the same word has the same number */
static bool word_edits(struct str a, struct str b, size_t *edits, size_t *n_gold)
{
	struct word *w = mem_alloc(a.n / 2 + b.n / 2 + 2, sizeof *w);
	size_t m = split(a, w, 0), n = split(b, w, m);
	uint32_t *id = mem_alloc(m + n, sizeof *id), next = 0;

	if (m + n > 1)
		qsort(w, m + n, sizeof *w, by_text);
	for (size_t i = 0; i < m + n; i++) {
		next += i && !str_eq(w[i - 1].s, w[i].s);
		id[w[i].at] = next;
	}
	bool good = edit_distance(id, m, id + m, n, edits);
	*n_gold = n;
	free(w);
	free(id);
	return good;
}

/* ---- n-grams ------------------------------------------------------------------------- */

/* An n-gram is a pair: number of its first n - 1 symbols as an (n-1)-gram, last symbol. */
struct gram {
	uint64_t key;
	uint32_t at;    /* where it begins: the worker's first */
};

static int by_key(const void *p, const void *q)
{
	const struct gram *a = p, *b = q;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static size_t squeeze(const uint32_t *in, size_t n, uint32_t *out)
{
	size_t many = 0;

	for (size_t i = 0; i < n; i++)
		if (!is_white(in[i]))
			out[many++] = in[i];
	return many;
}

/* n-grams of c[0 .. m-1] and c[m .. m+n-1] that both have, with the lesser of the two numbers of
 * times.  id[i]: number of the gram of the order below that begins at i, then of this one. */
static struct hits grams(const uint32_t *c, size_t m, size_t n, unsigned order, uint32_t *id, struct gram *g)
{
	size_t k = 0, mine = m >= order ? m - order + 1 : 0, gold = n >= order ? n - order + 1 : 0, both = 0;
	uint32_t next = 0;

	for (size_t i = 0; i < m + n; i++)
		if (i < m ? i < mine : i - m < gold)
			g[k++] = (struct gram){ (uint64_t)(order > 1 ? id[i] : 0) << 32 | c[i + order - 1], (uint32_t)i };
	if (k > 1)
		qsort(g, k, sizeof *g, by_key);
	for (size_t i = 0, j; i < k; i = j) {
		size_t left = 0;
		for (j = i; j < k && g[j].key == g[i].key; j++) {
			left += g[j].at < m;
			id[g[j].at] = next;
		}
		next++;
		both += left < j - i - left ? left : j - i - left;
	}
	return (struct hits){ both, mine - both, gold - both };
}

/* buf: m + n code points, the worker's first */
static void count_grams(const uint32_t *a, size_t m, const uint32_t *b, size_t n, struct hits *gram)
{
	uint32_t *c = mem_alloc(2 * (m + n), sizeof *c), *id = c + m + n;
	struct gram *g = mem_alloc(m + n, sizeof *g);

	m = squeeze(a, m, c);
	n = squeeze(b, n, c + m);
	for (unsigned order = 1; order <= CHRF_ORDER; order++)
		hits_add(&gram[order - 1], grams(c, m, n, order, id, g));
	free(c);
	free(g);
}

static struct measure chrf(const struct hits *gram)
{
	const double b2 = CHRF_BETA * CHRF_BETA;
	double P = 0, R = 0;
	unsigned orders = 0;

	for (unsigned i = 0; i < CHRF_ORDER; i++) {
		uint64_t mine = gram[i].tp + gram[i].fp, gold = gram[i].tp + gram[i].fn;
		if (!mine || !gold)
			continue;
		P += (double)gram[i].tp / (double)mine;
		R += (double)gram[i].tp / (double)gold;
		orders++;
	}
	if (!orders && !(gram[0].fp + gram[0].fn))
		return measure_none("nothing was written and gold has nothing");
	return measure_of(P + R > 0 ? (1 + b2) * P * R / (b2 * P + R) / orders : 0);
}

/* ---- the whole ----------------------------------------------------------------------- */

bool text_tally_add(struct text_tally *t, struct str said, struct str gold)
{
	uint32_t *c = mem_alloc(said.n + gold.n, sizeof *c);
	size_t m = decode(said, c), n = decode(gold, c + m), chars, words, n_words, most = m > n ? m : n;
	bool good = edit_distance(c, m, c + m, n, &chars) && word_edits(said, gold, &words, &n_words);

	if (good) {
		count_grams(c, m, c + m, n, t->gram);
		t->n_texts++;
		t->n_exact += str_eq(said, gold);
		t->char_edits += chars;
		t->chars += n;
		t->word_edits += words;
		t->words += n_words;
		exact_add(&t->likeness, most ? (double)(most - chars) / (double)most : 1);
	}
	free(c);
	return good;
}

void text_tally_join(struct text_tally *t, const struct text_tally *o)
{
	t->n_texts += o->n_texts;
	t->n_exact += o->n_exact;
	t->char_edits += o->char_edits;
	t->chars += o->chars;
	t->word_edits += o->word_edits;
	t->words += o->words;
	exact_join(&t->likeness, &o->likeness);
	for (unsigned i = 0; i < CHRF_ORDER; i++)
		hits_add(&t->gram[i], o->gram[i]);
}

struct text_quality text_quality(const struct text_tally *t)
{
	static const char none[] = "no text for a task with gold";

	if (!t->n_texts) {
		struct measure no = measure_none(none);
		return (struct text_quality){ no, no, no, no, no };
	}
	return (struct text_quality){
		.cer = measure_share(t->char_edits, t->chars, "gold is empty"),
		.wer = measure_share(t->word_edits, t->words, "gold has no words"),
		.likeness = measure_of(exact_value(&t->likeness) / (double)t->n_texts),
		.chrf = chrf(t->gram),
		.exact = measure_share(t->n_exact, t->n_texts, none),
	};
}
