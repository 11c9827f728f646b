/* progress - a line on stderr that tells a waiting person how far the work is.
 *
 * Only when stderr is a terminal and -q was not given; it is erased before
 * anything else is said.
 */
#ifndef IO_PROGRESS_H
#define IO_PROGRESS_H

#include <stdint.h>

/* progress - report that `done` of `total` things are done (total 0 = unknown).
 * Cheap: looks at the clock and prints at most five times a second. */
void progress(const char *what, uint64_t done, uint64_t total);

/* progress_end - erase the line */
void progress_end(void);

#endif
