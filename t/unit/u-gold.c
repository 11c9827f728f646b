/* gold - draws against HMAC-SHA256 worked out elsewhere, and the laws of the schedule. */
#include "tap.h"

#include "assign/gold.h"
#include "base/mem.h"

/* printf 'ann\0001' | openssl dgst -sha256 -hmac 'a secret of 24 bytes, ok' and so on */
static void draws(void)
{
	struct str key = STR("a secret of 24 bytes, ok");
	struct gold_draw d = gold_draw(key, STR("ann"), 1, 10000);

	ok(d.gold, "at a rate of 1 all is gold");
	ok(d.class == UINT64_C(0xbb31ddfabf27c67d) && d.item == UINT64_C(0x4cf12ee825f35d19), "class and item are bytes 8 to 23 of the HMAC of ann, 1");
	d = gold_draw(key, STR("ann"), 20, 3000);
	ok(d.gold == false && d.class == UINT64_C(0x967d8e986090d474), "ann, 20 at 30 %%: first bytes decide");
	ok(!gold_draw(key, STR("ann"), 1, 0).gold, "at a rate of 0 nothing is");
	ok(gold_below(0, 7) == 0 && gold_below(UINT64_MAX, 7) == 6 && gold_below(UINT64_C(1) << 63, 4) == 2,
	   "64 bits are scaled to below n");
}

static void rates(void)
{
	ok(gold_rate(GOLD_NEW, 1) == 3000 && gold_rate(GOLD_NEW, 20) == 3000 && gold_rate(GOLD_NEW, 21) == 1000,
	   "new: 30 %% of the first 20 answers, then 10 %%");
	ok(gold_rate(GOLD_CLEARED, 1) == 500 && gold_rate(GOLD_RETEST, 1) == 2000 && gold_rate(GOLD_STOPPED, 1) == 0,
	   "cleared 5 %%, retest 20 %%, stopped none");
	uint32_t n = 0;
	for (uint64_t j = 1; j <= 20000; j++)
		n += gold_draw(STR("another secret here"), STR("p"), j, 1000).gold;
	ok(n > 1850 && n < 2150, "10 %% of 20000 answers, to 3.5 standard deviations: %u", n);
}

/* ---- the schedule ---------------------------------------------------------------------- */

enum { CLASSES = 3, ITEMS = 60, PERSONS = 30, WORKERS = 40, BASE = 90 };

static struct lists classes, seen;
static struct gold_person person[PERSONS];
static char name[PERSONS][8];
static uint32_t who[WORKERS], base[WORKERS], used[ITEMS];

/* class 0 has 40 items, class 1 15, class 2 5; persons 0 to 9 have two accounts */
static struct gold_in world(void)
{
	uint64_t pair[ITEMS];

	for (uint32_t i = 0; i < ITEMS; i++)
		pair[i] = lists_pair(i < 40 ? 0 : i < 55 ? 1 : 2, i);
	lists_make(&classes, CLASSES, pair, ITEMS);
	pair[0] = lists_pair(5, 7);
	lists_make(&seen, PERSONS, pair, 1);
	for (uint32_t i = 0; i < PERSONS; i++) {
		snprintf(name[i], sizeof name[i], "p%02u", i);
		person[i] = (struct gold_person){ str_of(name[i]), GOLD_NEW, 0 };
	}
	for (uint32_t w = 0; w < WORKERS; w++) {
		who[w] = w < 20 ? w / 2 : w - 10;
		base[w] = w < 20 ? BASE / 2 : BASE;
	}
	memset(used, 0, sizeof used);
	return (struct gold_in){ STR("the secret of this test"), person, PERSONS, who, base, WORKERS, &classes, &seen, used,
	                         UINT32_MAX };
}

static void unworld(struct gold_out *out)
{
	gold_out_release(out);
	lists_release(&classes);
	lists_release(&seen);
}

/* Everything that can be said of a run without knowing how it was made. */
static bool lawful(const struct gold_in *in, const struct gold_out *out)
{
	static uint32_t had[PERSONS][ITEMS], count[ITEMS];
	bool good = true;

	memset(had, 0, sizeof had);
	memset(count, 0, sizeof count);
	for (size_t i = 0; i < out->n; i++) {
		const struct gold_seat *s = &out->seat[i];
		uint32_t p = in->who[s->worker];
		good = good && !had[p][s->item] && !(p == 5 && s->item == 7);
		had[p][s->item] = 1;
		good = good && ++count[s->item] <= in->most;
		good = good && (i == 0 || out->seat[i - 1].worker < s->worker ||
		                (out->seat[i - 1].worker == s->worker && out->seat[i - 1].turn < s->turn));
		good = good && s->turn >= out->first[s->worker];
		good = good && gold_draw(in->key, in->person[p].id, s->turn, gold_rate(GOLD_NEW, s->turn)).gold;
	}
	for (uint32_t i = 0; i < ITEMS; i++)
		good = good && in->used[i] == count[i];
	return good;
}

/* The first seat of each person has nothing in its way: class and item are those drawn. */
static bool as_drawn(const struct gold_in *in, const struct gold_out *out)
{
	bool good = true;

	for (size_t i = 0; i < out->n; i++) {
		const struct gold_seat *s = &out->seat[i];
		uint32_t p = in->who[s->worker];
		if (p == 5 || (i && in->who[out->seat[i - 1].worker] == p))
			continue;
		struct gold_draw d = gold_draw(in->key, in->person[p].id, s->turn, 10000);
		uint32_t class = gold_below(d.class, CLASSES), size = (uint32_t)lists_size(in->classes, class);
		good = good && s->item == in->classes->item[in->classes->first[class] + gold_below(d.item, size)];
	}
	return good;
}

static void schedule(void)
{
	struct gold_in in = world();
	struct gold_out out;
	uint32_t by_class[CLASSES] = { 0 }, p = 0;

	gold_run(&in, &out);
	ok(lawful(&in, &out), "nobody has an item twice, turns rise, every seat was drawn");
	ok(as_drawn(&in, &out), "class and item are those that were drawn");
	for (size_t i = 0; i < out.n; i++)
		by_class[out.seat[i].item < 40 ? 0 : out.seat[i].item < 55 ? 1 : 2]++;
	ok(by_class[2] > out.n / 5 && by_class[0] < out.n / 2, "rare classes are asked as often: %u %u %u", by_class[0],
	   by_class[1], by_class[2]);
	for (uint32_t w = 0; w < WORKERS; w++)
		p += out.first[w] == (w >= 20 || w % 2 == 0 ? 1 : out.first[w - 1] + base[w - 1]) ? 0 : 1;
	ok(p < 12 && p > 0, "the second account of a person goes on where the first one stopped");
	size_t all = out.n;
	unworld(&out);

	in = world();
	for (uint32_t w = 0; w < 20; w++)       /* all the work of a person in one account */
		base[w] = w % 2 ? 0 : BASE;
	gold_run(&in, &out);
	ok(out.n == all, "two accounts are asked what one is");
	unworld(&out);

	in = world();
	in.most = 3;
	gold_run(&in, &out);
	ok(lawful(&in, &out) && out.n <= 3 * ITEMS && out.n > 2 * ITEMS && out.missed > 0,
	   "an item given three times is retired: %zu given, %llu missed", out.n, (unsigned long long)out.missed);
	unworld(&out);

	in = world();
	for (uint32_t i = 0; i < PERSONS; i++)
		person[i].standing = GOLD_STOPPED;
	gold_run(&in, &out);
	ok(out.n == 0 && out.missed == 0, "who is stopped is asked nothing");
	unworld(&out);

	in = world();
	classes.n = 0;
	seen.n = 0;
	gold_run(&in, &out);
	ok(out.n == 0 && out.missed > 0, "without gold the draws are missed, and counted");
	unworld(&out);
}

int main(void)
{
	draws();
	rates();
	schedule();
	return done();
}
