#include "agree/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "math/sum.h"

/* ---- edit distance --------------------------------------------------------------- */

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

/* Wagner and Fischer (1974) in one row of n + 1 */
static size_t one_row(const uint32_t *a, size_t m, const uint32_t *b, size_t n, uint32_t *row)
{
	for (size_t j = 0; j <= n; j++)
		row[j] = (uint32_t)j;
	for (size_t i = 1; i <= m; i++) {
		uint32_t corner = row[0];
		row[0] = (uint32_t)i;
		for (size_t j = 1; j <= n; j++) {
			uint32_t sub = corner + (a[i - 1] != b[j - 1]), gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			corner = row[j];
			row[j] = sub < gap ? sub : gap;
		}
	}
	return row[n];
}

/* row: n + 1 of scratch */
static size_t distance(const uint32_t *a, size_t m, const uint32_t *b, size_t n, uint32_t *row)
{
	while (m && n && a[0] == b[0]) {
		a++, b++;
		m--, n--;
	}
	while (m && n && a[m - 1] == b[n - 1])
		m--, n--;
	if (m == 0 || n == 0 || m > TEXT_CHARS || n > TEXT_CHARS)
		return m > n ? m : n;
	return one_row(a, m, b, n, row);
}

size_t text_distance(struct str a, struct str b, size_t *n_max)
{
	uint32_t *buf = mem_alloc(a.n + 2 * b.n + 1, sizeof *buf);
	size_t m = decode(a, buf), n = decode(b, buf + m);
	size_t d = distance(buf, m, buf + m, n, buf + m + n);

	if (n_max)
		*n_max = m > n ? m : n;
	free(buf);
	return d;
}

double text_similarity(struct str a, struct str b)
{
	size_t longest, d = text_distance(a, b, &longest);

	return longest ? 1 - (double)d / (double)longest : 1;
}

/* ---- answers, equal ones together --------------------------------------------------- */

struct answer {
	struct str s;
	double weight;      /* of all who gave it */
	double far;         /* weighted sum of the distances to the others */
	size_t first;       /* index of the first who gave it */
	size_t times;
	uint32_t *word;     /* number of each word in the dictionary */
	size_t n_words;
};

static int by_text(const void *p, const void *q)
{
	const struct answer *a = p, *b = q;
	int c = str_cmp(a->s, b->s);

	if (c)
		return c;
	if (a->weight != b->weight)    /* so that sums do not depend on the order either */
		return a->weight < b->weight ? -1 : 1;
	return (a->first > b->first) - (a->first < b->first);
}

/* sorted bytewise; returns how many distinct ones */
static size_t collect(const struct str *text, const double *weight, size_t n, struct answer *a)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++)
		a[i] = (struct answer){ .s = text[i], .weight = weight ? weight[i] : 1, .first = i, .times = 1 };
	if (n > 1)
		qsort(a, n, sizeof *a, by_text);
	for (size_t i = 0; i < n; i++) {
		if (out && str_eq(a[out - 1].s, a[i].s)) {
			a[out - 1].weight += a[i].weight;
			a[out - 1].times++;
			a[out - 1].first = a[i].first < a[out - 1].first ? a[i].first : a[out - 1].first;
		} else {
			a[out++] = a[i];
		}
	}
	return out;
}

static bool nearer(const struct answer *a, const struct answer *b)
{
	return a->far < b->far || (a->far == b->far && a->weight > b->weight);
}

static size_t priced(size_t n)
{
	return (n < TEXT_CHARS ? n : TEXT_CHARS) + 16;
}

static int by_weight(const void *p, const void *q)
{
	const struct answer *a = p, *b = q;

	if (a->weight > b->weight || a->weight < b->weight)
		return a->weight > b->weight ? -1 : 1;
	return str_cmp(a->s, b->s);
}

/* How many can be compared, each with each, within TEXT_WORK; when not all, the weightiest come to the front. */
static size_t affordable(struct answer *a, size_t n)
{
	uint64_t cost = 0, all = 0;
	size_t i;

	for (i = 0; i < n && cost <= TEXT_WORK; all += priced(a[i++].s.n))
		cost += all * priced(a[i].s.n);
	if (cost <= TEXT_WORK)
		return n;
	qsort(a, n, sizeof *a, by_weight);
	cost = all = 0;
	for (i = 0; i < n; all += priced(a[i++].s.n)) {
		cost += all * priced(a[i].s.n);
		if (cost > TEXT_WORK)
			break;
	}
	return i;
}

struct text_choice text_medoid(const struct str *text, const double *weight, size_t n)
{
	struct answer *a = mem_alloc(n, sizeof *a);
	size_t m = collect(text, weight, n, a), near = affordable(a, m), best = 0;
	struct text_choice c = { .best = SIZE_MAX };
	double like = 0, total = 0;

	for (size_t i = 0; i < near; i++)
		for (size_t j = i + 1; j < near; j++) {
			double d = (double)text_distance(a[i].s, a[j].s, NULL);
			a[i].far += a[j].weight * d;
			a[j].far += a[i].weight * d;
		}
	for (size_t i = 1; i < near; i++)
		best = nearer(a + i, a + best) ? i : best;
	for (size_t i = 0; i < m; i++) {
		like += a[i].weight * text_similarity(a[i].s, a[best].s);
		total += a[i].weight;
		c.tie |= i < near && i != best && a[i].far == a[best].far;
	}
	if (m) {
		c.best = a[best].first;
		c.confidence = total > 0 ? like / total : 0;
	}
	free(a);
	return c;
}

/* ---- words ---------------------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* the words of s; out may be NULL */
static size_t split(struct str s, struct str *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; ) {
		size_t start;
		while (i < s.n && is_space(s.p[i]))
			i++;
		for (start = i; i < s.n && !is_space(s.p[i]); )
			i++;
		if (i > start && out)
			out[n] = (struct str){ s.p + start, i - start };
		n += i > start;
	}
	return n;
}

bool text_single(const struct str *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (split(text[i], NULL) > 1)
			return false;
	return true;
}

static int by_bytes(const void *p, const void *q)
{
	return str_cmp(*(const struct str *)p, *(const struct str *)q);
}

struct words {
	struct str *name;    /* distinct, sorted; numbers start at 1: 0 is no word */
	size_t n;
	uint32_t *all;       /* the words of all answers */
	size_t n_all;
};

static void number_words(struct answer *a, size_t n, struct words *w)
{
	size_t at = 0, out = 0;

	*w = (struct words){ 0 };
	for (size_t i = 0; i < n; i++)
		w->n_all += a[i].n_words = split(a[i].s, NULL);
	struct str *raw = mem_alloc(w->n_all, sizeof *raw);
	w->name = mem_alloc(w->n_all, sizeof *w->name);
	w->all = mem_alloc(w->n_all, sizeof *w->all);
	for (size_t i = 0; i < n; i++)
		at += split(a[i].s, raw + at);
	if (at) {
		memcpy(w->name, raw, at * sizeof *raw);
		qsort(w->name, at, sizeof *w->name, by_bytes);
	}
	for (size_t i = 0; i < at; i++)
		if (out == 0 || !str_eq(w->name[out - 1], w->name[i]))
			w->name[out++] = w->name[i];
	w->n = out;
	for (size_t i = 0; i < at; i++) {
		const struct str *hit = bsearch(raw + i, w->name, out, sizeof *raw, by_bytes);
		w->all[i] = (uint32_t)(hit - w->name) + 1;
	}
	at = 0;
	for (size_t i = 0; i < n; at += a[i++].n_words)
		a[i].word = w->all + at;
	free(raw);
}

/* ---- the network of slots -------------------------------------------------------------- */

/* Slot s holds for every answer that has entered the word it has there, or 0:
 * row s of a table as wide as there are answers. */
struct net {
	uint32_t *word;
	size_t n_slots, n_in, width;    /* width: answers in all */
	uint64_t work;
	uint8_t *move;                  /* n_slots + 1 x words + 1 */
	uint64_t *cost;
	const struct answer *in;        /* those that have entered, and the rest */
};

enum { PUT, SKIP, NEW };

enum { SUBSTITUTION = 4, GAP = 3 };    /* as in NIST's SCTK */

/* how many of the answers that have entered do not have the word in slot s */
static uint64_t without(const struct net *net, size_t s, uint32_t word)
{
	uint64_t n = 0;

	for (size_t i = 0; i < net->n_in; i++)
		n += net->word[s * net->width + i] == word ? 0 : net->in[i].times;
	return n;
}

/* of a word beside those of the slot: nothing beside itself, a gap beside none */
static uint64_t put_cost(const struct net *net, size_t s, uint32_t word)
{
	uint64_t cost = 0;

	for (size_t i = 0; i < net->n_in; i++) {
		uint32_t other = net->word[s * net->width + i];
		cost += net->in[i].times * (other == word ? 0 : other ? SUBSTITUTION : GAP);
	}
	return cost;
}

/* least costs, and how they come about; false when it would be too much */
static bool align(struct net *net, const struct answer *a)
{
	size_t m = a->n_words, cells, wide = m + 1;
	uint64_t gap = 0;

	if (__builtin_mul_overflow(net->n_slots + 1, wide, &cells) || cells > TEXT_CELLS)
		return false;
	net->work += cells * (net->n_in + 1);
	if (net->work > TEXT_WORK)
		return false;
	net->move = mem_realloc(net->move, cells, 1);
	net->cost = mem_realloc(net->cost, wide, sizeof *net->cost);
	for (size_t i = 0; i < net->n_in; i++)
		gap += GAP * net->in[i].times;
	for (size_t j = 0; j <= m; j++) {
		net->cost[j] = gap * j;
		net->move[j] = NEW;
	}
	for (size_t s = 1; s <= net->n_slots; s++) {
		uint64_t corner = net->cost[0], skip = GAP * without(net, s - 1, 0);
		uint8_t *move = net->move + s * wide;
		net->cost[0] += skip;
		move[0] = SKIP;
		for (size_t j = 1; j <= m; j++) {
			uint64_t put = corner + put_cost(net, s - 1, a->word[j - 1]);
			uint64_t leave = net->cost[j] + skip, fresh = net->cost[j - 1] + gap;
			corner = net->cost[j];
			move[j] = put <= leave && put <= fresh ? PUT : leave <= fresh ? SKIP : NEW;
			net->cost[j] = move[j] == PUT ? put : move[j] == SKIP ? leave : fresh;
		}
	}
	return true;
}

/* follow the moves back and write the new table from its end */
static void enter(struct net *net, const struct answer *a)
{
	size_t s = net->n_slots, j = a->n_words, wide = j + 1, n = 0, width = net->width;

	for (; s || j; n++) {
		uint8_t move = net->move[s * wide + j];
		s -= move != NEW;
		j -= move != SKIP;
	}
	uint32_t *next = mem_zalloc(n * width, sizeof *next);
	s = net->n_slots;
	j = a->n_words;
	for (size_t k = n; k-- > 0; ) {
		uint8_t move = net->move[s * wide + j];
		if (move != NEW)
			memcpy(next + k * width, net->word + --s * width, net->n_in * sizeof *next);
		if (move != SKIP)
			next[k * width + net->n_in] = a->word[--j];
	}
	free(net->word);
	net->word = next;
	net->n_slots = n;
	net->n_in++;
}

/* the word of slot s; its weight */
static uint32_t vote(const struct net *net, size_t s, const struct answer *a, double *most, bool *tie)
{
	const uint32_t *word = net->word + s * net->width;
	uint32_t best = 0;

	*most = -1;
	*tie = false;
	for (size_t i = 0; i < net->n_in; i++) {
		double sum = 0;
		bool seen = false;
		for (size_t j = 0; j < net->n_in; j++) {
			seen |= j < i && word[j] == word[i];
			sum += word[j] == word[i] ? a[j].weight : 0;
		}
		if (seen)
			continue;
		*tie = sum > *most ? false : sum == *most ? true : *tie;
		if (sum > *most) {
			*most = sum;
			best = word[i];
		}
	}
	return best;
}

static int by_nearness(const void *p, const void *q)
{
	const struct answer *a = p, *b = q;

	if (nearer(a, b) || nearer(b, a))
		return nearer(a, b) ? -1 : 1;
	return str_cmp(a->s, b->s);
}

/* false when it would be too much */
static bool sort_by_nearness(struct answer *a, size_t n)
{
	size_t longest = 0;
	uint64_t cost = 0, all = 0;

	for (size_t i = 0; i < n && cost <= TEXT_WORK; all += priced(a[i++].n_words)) {
		longest = a[i].n_words > longest ? a[i].n_words : longest;
		cost += all * priced(a[i].n_words);
	}
	if (cost > TEXT_WORK)
		return false;
	uint32_t *row = mem_alloc(longest + 1, sizeof *row);
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			double d = (double)distance(a[i].word, a[i].n_words, a[j].word, a[j].n_words, row);
			a[i].far += a[j].weight * d;
			a[j].far += a[i].weight * d;
		}
	if (n > 1)
		qsort(a, n, sizeof *a, by_nearness);
	free(row);
	return true;
}

static void write_votes(const struct net *net, const struct words *w, const struct answer *a, struct buf *out,
                        struct text_vote *v)
{
	double total = 0;
	struct sum share = { 0 };
	bool space = false;

	*v = (struct text_vote){ .slots = net->n_slots, .confidence = 1 };
	for (size_t i = 0; i < net->n_in; i++)
		total += a[i].weight;
	for (size_t s = 0; s < net->n_slots; s++) {
		double most;
		bool tie;
		uint32_t word = vote(net, s, a, &most, &tie);
		sum_add(&share, total > 0 ? most / total : 0);
		v->tied += tie;
		if (word == 0)
			continue;
		if (space)
			buf_addc(out, ' ');
		space = true;
		buf_addstr(out, w->name[word - 1]);
	}
	if (net->n_slots)
		v->confidence = sum_value(&share) / (double)net->n_slots;
}

bool text_rover(const struct str *text, const double *weight, size_t n, struct buf *out, struct text_vote *v)
{
	struct answer *a = mem_alloc(n, sizeof *a);
	size_t m = collect(text, weight, n, a);
	struct net net = { .width = m, .in = a };
	struct words w;

	number_words(a, m, &w);
	bool fits = sort_by_nearness(a, m);
	for (size_t i = 0; i < m && fits; i++) {
		fits = align(&net, a + i);
		if (fits)
			enter(&net, a + i);
	}
	if (fits)
		write_votes(&net, &w, a, out, v);
	free(net.word);
	free(net.move);
	free(net.cost);
	free(w.name);
	free(w.all);
	free(a);
	return fits;
}

static int by_size(const void *p, const void *q)
{
	double a = *(const double *)p, b = *(const double *)q;

	return (a > b) - (a < b);
}

void text_skills(const struct labels *l, const double *like, double *sum, double *skill)
{
	double *by_worker = mem_alloc(l->n, sizeof *by_worker);
	uint32_t *at = mem_alloc(l->n_workers, sizeof *at);

	memcpy(at, l->w_off, l->n_workers * sizeof *at);
	for (size_t i = 0; i < l->n; i++)
		by_worker[at[l->t_worker[i]]++] = like[i];
	for (size_t w = 0; w < l->n_workers; w++) {
		size_t n = l->w_off[w + 1] - l->w_off[w];
		struct sum s = { 0 };
		if (n)
			qsort(by_worker + l->w_off[w], n, sizeof *by_worker, by_size);
		for (size_t i = l->w_off[w]; i < l->w_off[w + 1]; i++)
			sum_add(&s, by_worker[i]);
		sum[w] = sum_value(&s);
		skill[w] = (sum[w] + 1) / ((double)n + 2);
	}
	free(by_worker);
	free(at);
}
