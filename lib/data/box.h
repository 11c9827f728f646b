/* box - labelled rectangles on an image, and by how much two of them overlap.
 *
 * Overlap is intersection over union.  Areas are exact when the coordinates are integers below
 * 2^25: then overlaps are compared as products of integers, not as rounded quotients.
 */
#ifndef DATA_BOX_H
#define DATA_BOX_H

#include <stdbool.h>
#include <stdint.h>

struct box {
	uint32_t label;
	double x, y, w, h;    /* finite, |.| < 1e150; w, h >= 0 */
};

/* an overlap as a fraction */
struct box_shared {
	double both, either;    /* areas of intersection and union; 0 <= both <= either, either > 0 */
};

/* box_shared - of two boxes without area 1/1 when they are the same, else 0/1 */
struct box_shared box_shared(const struct box *a, const struct box *b);

/* box_ratio - the quotient, correctly rounded */
static inline double box_ratio(struct box_shared o)
{
	return o.both / o.either;
}

/* box_overlap - the ratio of what they share */
double box_overlap(const struct box *a, const struct box *b);

/* box_whole - whether all four are integers below 2^25 */
bool box_whole(const struct box *b);

/* box_shared_cmp - sign of p - q; exact: the boxes of both are whole */
int box_shared_cmp(struct box_shared p, struct box_shared q, bool exact);

/* box_closer - sign of overlap(a, b) - overlap(c, d): exact for whole boxes */
int box_closer(const struct box *a, const struct box *b, const struct box *c, const struct box *d);

#endif
