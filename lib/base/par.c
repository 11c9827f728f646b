#include "base/par.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST = 256 };

struct loop {
	atomic_size_t next;
	size_t n;
	void (*job)(void *ctx, size_t i);
	void *ctx;
};

static void *work(void *p)
{
	struct loop *l = p;
	size_t i;

	while ((i = atomic_fetch_add(&l->next, 1)) < l->n)
		l->job(l->ctx, i);
	return NULL;
}

unsigned par_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MOST ? MOST : (unsigned)n;
}

static void run(size_t want, void (*own)(void *ctx), struct loop *l)
{
	pthread_t other[MOST];
	size_t n = 0;

	atomic_init(&l->next, 0);
	while (n + 1 < want && !pthread_create(&other[n], NULL, work, l))
		n++;
	if (own)
		own(l->ctx);
	work(l);
	while (n > 0)
		pthread_join(other[--n], NULL);
}

static size_t least(size_t threads, size_t useful)
{
	size_t n = threads ? threads : par_cores();

	n = n < MOST ? n : MOST;
	return n < useful ? n : useful;
}

void par_for(unsigned threads, size_t n_jobs, void (*job)(void *ctx, size_t i), void *ctx)
{
	struct loop l = { .n = n_jobs, .job = job, .ctx = ctx };

	run(least(threads, n_jobs), NULL, &l);
}

void par_beside(unsigned threads, void (*own)(void *ctx), size_t n_jobs, void (*job)(void *ctx, size_t i), void *ctx)
{
	struct loop l = { .n = n_jobs, .job = job, .ctx = ctx };

	run(least(threads, n_jobs + 1), own, &l);
}
