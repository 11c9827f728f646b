/* par_for: every job once, whatever the number of threads; the caller sees what they wrote */
#include <pthread.h>

#include "base/par.h"
#include "tap.h"

static void mark(void *ctx, size_t i)
{
	unsigned *seen = ctx;

	seen[i] += 1 + (unsigned)i;
}

static unsigned owns;
static pthread_t owner;

static void own(void *ctx)
{
	(void)ctx;
	owns++;
	owner = pthread_self();
}

int main(void)
{
	enum { N = 1000 };
	static const unsigned threads[] = { 0, 1, 2, 3, 7, 64, 100000 };
	static const size_t jobs[] = { 0, 1, 2, 5, N };
	static unsigned seen[N];

	for (size_t k = 0; k < sizeof threads / sizeof *threads; k++)
		for (size_t j = 0; j < sizeof jobs / sizeof *jobs; j++) {
			bool right = true;
			memset(seen, 0, sizeof seen);
			par_for(threads[k], jobs[j], mark, seen);
			for (size_t i = 0; i < N; i++)
				right = right && seen[i] == (i < jobs[j] ? 1 + i : 0);
			memset(seen, 0, sizeof seen);
			owns = 0;
			par_beside(threads[k], own, jobs[j], mark, seen);
			for (size_t i = 0; i < N; i++)
				right = right && seen[i] == (i < jobs[j] ? 1 + i : 0);
			right = right && owns == 1 && pthread_equal(owner, pthread_self());
			ok(right, "%zu jobs on %u threads", jobs[j], threads[k]);
		}
	ok(par_cores() >= 1 && par_cores() <= 256, "par_cores");
	return done();
}
