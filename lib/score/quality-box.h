/* quality-box - boxes of a worker on an image against those of gold.
 *
 * A box of the worker and one of gold may be the same thing if they overlap by at least `match`
 * (intersection over union).  Of all ways to pair them off, that with the greatest sum of
 * overlaps counts, of several the one with more pairs: a maximum-weight bipartite matching, so nobody
 * loses by the order of boxes, as with pairing off greedily.  tp = pairs, fp = boxes of the worker left,
 * fn = those of gold.  Over images everything is summed; an image without any box counts nothing.
 *
 *	precision, recall, F1    of the sums
 *	mean IoU                 of the pairs
 *	PQ                       sum of IoU / (tp + fp/2 + fn/2): Kirillov et al. (2019), "Panoptic
 *	                         segmentation", CVPR.  As there, F1 times mean IoU
 *
 * Overlaps are exact fractions for coordinates that are integers below 2^25 (data/box.h), rounded once
 * and then compared with match: 4 of 5 reaches 0.8 though no double is 0.8.  Sums of overlaps are
 * compared exactly.  So no figure depends on the order of the boxes or of the images.
 */
#ifndef SCORE_QUALITY_BOX_H
#define SCORE_QUALITY_BOX_H

#include <stdbool.h>
#include <stddef.h>

#include "data/box.h"
#include "math/exact.h"
#include "score/quality.h"

/* Bounds on what one image may cost: boxes x boxes of gold; and of any bunch of boxes that overlap,
 * the square of the fewer x the more. */
#define QUALITY_BOX_NEAR ((uint64_t)1 << 28)
#define QUALITY_BOX_WORK ((uint64_t)1 << 31)

struct box_rule {
	double match;    /* 0 < match <= 1; usually 1/2 */
	bool labels;     /* boxes of different labels are not the same thing */
};

/* Zeroed memory is no image. */
struct box_tally {
	struct hits hits;
	struct exact iou;     /* of the pairs */
	uint64_t n_images;    /* those with a box of either included and those without */
};

struct box_quality {
	struct prf prf;
	struct measure mean_iou, pq;
};

/* quality_box_match - pair the na boxes of a worker off with the nb of gold.
 *
 *   of  out, na: the index in b, or UINT32_MAX
 * False, of[] undefined, when the image is too crowded. */
bool quality_box_match(const struct box *a, size_t na, const struct box *b, size_t nb, const struct box_rule *rule,
                       uint32_t *of);

/* box_tally_add - one image; false and nothing added when it is too crowded */
bool box_tally_add(struct box_tally *t, const struct box *a, size_t na, const struct box *b, size_t nb,
                   const struct box_rule *rule);

void box_tally_join(struct box_tally *t, const struct box_tally *other);

struct box_quality box_quality(const struct box_tally *t);

#endif
