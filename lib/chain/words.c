#include "chain/words.h"

#include "base/mem.h"
#include "hash/keccak256.h"

enum { WORD = 32, FIELD = 7, FOUR = 4, ONE = 10000 };

static void put_be(uint8_t *p, uint32_t v, size_t n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static uint32_t get_be(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

size_t words_put(struct buf *b, const struct work *w, size_t n)
{
	uint8_t word[WORD];
	size_t n_words = 0;

	for (size_t i = 0; i < n; ) {
		uint32_t slot = w[i].index / FOUR;
		memset(word, 0, sizeof word);
		put_be(word, slot, 4);
		for (; i < n && w[i].index / FOUR == slot; i++) {
			uint8_t *field = word + 4 + FIELD * (w[i].index % FOUR);
			BUG_ON(w[i].index == 0 || (i && w[i].index <= w[i - 1].index));
			BUG_ON(w[i].units == 0 || w[i].units >> 24 || w[i].score > ONE || w[i].bonus > ONE);
			put_be(field, w[i].units, 3);
			put_be(field + 3, w[i].score, 2);
			put_be(field + 5, w[i].bonus, 2);
		}
		buf_add(b, word, sizeof word);
		n_words++;
	}
	return n_words;
}

/* What the contract refuses, and two things that it would pass over: a word that pays nobody, and a score of
 * somebody who has no units.  words_put writes neither, so each set of works has one spelling. */
static bool get_word(const uint8_t word[WORD], size_t at, struct work out[FOUR], size_t *n, struct err *e)
{
	uint32_t slot = get_be(word, 4);

	*n = 0;
	for (uint32_t i = 0; i < FOUR; i++) {
		const uint8_t *field = word + 4 + FIELD * i;
		struct work w = { slot * FOUR + i, get_be(field, 3), (uint16_t)get_be(field + 3, 2),
				  (uint16_t)get_be(field + 5, 2) };
		if (w.units == 0) {
			if (w.score || w.bonus)
				return err_set(e, "word %zu: a score without units", at);
			continue;
		}
		if (slot >> 30 || w.index == 0)
			return err_set(e, "word %zu: there is no such worker", at);
		if (w.score > ONE || w.bonus > ONE)
			return err_set(e, "word %zu: a score above %d", at, ONE);
		out[(*n)++] = w;
	}
	return *n > 0 || err_set(e, "word %zu: pays nobody", at);
}

bool words_get(struct str words, struct work **out, size_t *n, struct err *e)
{
	const uint8_t *p = (const uint8_t *)words.p;
	size_t n_words = words.n / WORD, had = *n, cap = *n, k;

	if (words.n % WORD || n_words == 0 || n_words > WORDS_MOST)
		return err_set(e, "expected 1 to %d words of %d bytes, got %zu bytes", WORDS_MOST, WORD, words.n);
	for (size_t i = 0; i < n_words; i++, p += WORD) {
		struct work four[FOUR];
		if (i && get_be(p, 4) <= get_be(p - WORD, 4)) {
			*n = had;
			return err_set(e, "word %zu: slots do not rise", i);
		}
		if (!get_word(p, i, four, &k, e)) {
			*n = had;
			return false;
		}
		if (*n + k > cap) {
			cap = mem_grow(cap, *n + k);
			*out = mem_realloc(*out, cap, sizeof **out);
		}
		memcpy(*out + *n, four, k * sizeof *four);
		*n += k;
	}
	return true;
}

void words_hash(struct str words, uint8_t out[32])
{
	keccak256(words.p, words.n, out);
}
