/* par - a loop over independent jobs, on several threads.
 *
 * What makes an answer independent of the number of threads: job i writes only
 * what belongs to i, and the caller combines the parts in the order of i.  The
 * jobs themselves run in any order.
 */
#ifndef BASE_PAR_H
#define BASE_PAR_H

#include <stddef.h>

/* par_for - call job(ctx, i) once for every i in 0 .. n_jobs-1; returns when all are done.
 *
 *   threads  how many at most, the calling one included; 0 = par_cores()
 * Threads live for the call only, some tens of microseconds each: a job should
 * be worth more than that.  When the system refuses a thread, the others do its
 * part.  What the jobs wrote is visible to the caller.  A job may allocate, but
 * may not call par_for on data that another job touches. */
void par_for(unsigned threads, size_t n_jobs, void (*job)(void *ctx, size_t i), void *ctx);

/* par_beside - the same, and at the same time own(ctx) once, by the calling thread, which joins
 * the others at the jobs afterwards: for what must not run in two threads, such as printing */
void par_beside(unsigned threads, void (*own)(void *ctx), size_t n_jobs, void (*job)(void *ctx, size_t i), void *ctx);

/* par_cores - processors online, at least 1 */
unsigned par_cores(void);

#endif
