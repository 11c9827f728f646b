/* pool-plan - lanes as they will be when the batches that wait their turn are settled. */
#include "pool.h"

#include <stdlib.h>

#include "base/mem.h"

/* As Reward.payFour leaves it: a sixteenth of the way to the score, rounded towards the score. */
static void settle_lane(const struct pool_params *p, const struct work *w, struct pool_lane *lane)
{
	uint32_t reputation = pool_lane_is_new(lane) ? p->start_reputation : lane->reputation;
	uint64_t pay = 0;
	struct err ignored;

	if (!pool_pay(p, w, lane, &pay, &ignored))
		return;
	lane->credit += pay;
	lane->reputation = (uint16_t)((15 * (reputation + (w->score > reputation)) + w->score) >> 4);
	lane->batches = (uint8_t)(lane->batches < 15 ? lane->batches + 1 : 15);
}

struct place {
	uint32_t index, at;
};

static int by_index(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* Both rise by number. */
static void settle_batch(const struct pool_params *p, const struct batch *b, const struct place *place, size_t n,
                         const bool *banned, struct pool_lane *lane)
{
	struct work *w = batch_works(b);

	for (size_t i = 0, k = 0; i < b->n_payments && k < n; ) {
		if (w[i].index < place[k].index) {
			i++;
		} else if (place[k].index < w[i].index) {
			k++;
		} else {
			if (!banned[place[k].at])
				settle_lane(p, &w[i], &lane[place[k].at]);
			i++;
			k++;
		}
	}
	free(w);
}

void pool_foresee(const struct journal *j, const struct pool_params *p, const uint32_t *index, const bool *banned,
                  size_t n, struct pool_lane *lane)
{
	struct place *place = mem_alloc(n, sizeof *place);

	for (size_t i = 0; i < n; i++)
		place[i] = (struct place){ index[i], (uint32_t)i };
	qsort(place, n, sizeof *place, by_index);
	for (size_t i = 0; i < j->batches.n; i++)
		if (j->batches.at[i].state == BATCH_QUEUED)
			settle_batch(p, &j->batches.at[i], place, n, banned, lane);
	free(place);
}
