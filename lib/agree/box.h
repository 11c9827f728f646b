/* box - boxes on an image from the boxes its workers drew.
 *
 * 1. Match.  Pairs of boxes of different workers that overlap by at least opt.match (intersection
 *    over union) are taken from the closest to the furthest; the clusters of the two become one
 *    if no worker has a box in both and the mean overlap between the two, over all pairs, is at
 *    least opt.match too.  Labels do not matter here.
 * 2. Vote.  A cluster is a box of the image if the workers in it have more than half the weight
 *    of the workers who looked, those without a box included.  Exactly half is no box.
 * 3. Average.  Its edges (left, top, right, bottom) are the weighted means; its label is the
 *    one with the greatest weight, the least label number of those that tie.
 * 4. Weigh.  The skill of a worker is (S + 1) / (M + 2), S = sum of the overlaps of his boxes with the
 *    boxes found, M = his boxes without one + the boxes found on images he looked at: 1
 *    for who draws just these, near 0 for who misses them or draws others.  It is his weight.
 * 2 to 4 are repeated from equal weights until no skill moves by more than opt.tol.
 * On an image with gold the boxes are the gold's; those of each worker are matched to them by box_match.
 *
 * Overlaps are compared exactly when all coordinates of an image are integers below 2^25: as
 * products of integers, not as rounded quotients.  Ties in step 1 go to the boxes of the lower
 * workers, then to the ones they drew first.
 *
 * Laws: exact under translation and scaling by powers of two where the coordinates stay
 * integers, up to rounding otherwise.  An overlap for each two boxes on an image that share a column of it (or a
 * row, whichever are fewer), of which it may have BOX_NEAR; 32 bytes a pair that overlaps enough, of which it may have
 * BOX_PAIRS.  Merging costs
 * the product of the sizes.
 *
 * Two thirds of this is the merging of D. Jung-Lin Lee et al. (2018), "Aggregating crowdsourced
 * image segmentations", HCOMP, and of Braylan, Lease (2020), "Modeling and aggregation of complex
 * annotations via annotation distances", WWW; average linkage: Sokal, Michener (1958).
 */
#ifndef AGREE_BOX_H
#define AGREE_BOX_H

#include "data/box.h"
#include "data/labels.h"

/* What a worker said about an image: the boxes off[v] .. off[v+1]-1, maybe none. */
struct boxes {
	const uint32_t *off;    /* answers + 1 */
	const struct box *box;
};

#define BOX_NONE UINT32_MAX

enum { BOX_PAIRS = 1 << 23, BOX_NEAR = 1 << 29 };

struct box_opt {
	double match;         /* overlap of the same thing; 0 < match <= 1 */
	unsigned max_iter;
	double tol;
	const double *weight; /* n_workers, >= 0: keep to these and do not iterate; NULL = skills */
	const uint32_t *gold; /* n_tasks: the answer that is right, or BOX_NONE; NULL = none */
};

#define BOX_OPT_INIT { .match = 0.5, .max_iter = 50, .tol = 1e-9 }

struct box_found {
	struct box box;
	double share;         /* of the weight of those who looked: confidence that it is there */
	double label_share;   /* of the weight of its boxes, for the label */
	double overlap;       /* weighted mean overlap of its boxes with it */
	uint32_t n;           /* boxes it is made of; of gold: that fit it */
	bool label_tie;
};

/* All arrays owned: box_release. */
struct box_set {
	size_t n_tasks, n_workers;
	size_t *off;                 /* n_tasks + 1 */
	struct box_found *found;     /* of task t: off[t] .. off[t+1]-1, by x, y, w, h, label */
	uint32_t *half;              /* n_tasks: clusters left out with exactly half the weight */
	double *confidence;          /* n_tasks: mean over all clusters of max(share, 1 - share); 1 without any */
	double *skill;               /* n_workers: as above; 1/2 for who looked at nothing */
	unsigned n_iter;
	bool converged;
	size_t crowded;              /* the task for which box_fit returned false */
};

/* box_fit - find the boxes of all images.
 *
 *   l    grouped; label value v is the answer v of b
 *   out  overwritten, and to be released in any case
 * Returns false when an image is too crowded: more than BOX_PAIRS pairs overlap enough, or BOX_NEAR might. */
bool box_fit(const struct labels *l, const struct boxes *b, const struct box_opt *o, struct box_set *out);
void box_release(struct box_set *s);

/* box_match - which boxes of two lists are the same thing: pairs that overlap by at least match, from the closest to
 * the furthest, as long as neither has a partner; ties go to the lower indexes.  Labels do not matter.
 *
 *   of  out, na: the index in b of the partner, or BOX_NONE
 * Returns false where they are too crowded, as box_fit. */
bool box_match(const struct box *a, size_t na, const struct box *b, size_t nb, double match, uint32_t *of);

#endif
