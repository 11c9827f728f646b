/* box-match - which boxes are the same thing: the first step of agree/box.h, for nobody else.  (box_match, which
 * that header declares, is in box-match.c too.)
 */
#ifndef AGREE_BOX_MATCH_H
#define AGREE_BOX_MATCH_H

#include "agree/box.h"

struct box_mine {
	const struct box *b;
	uint32_t worker;
	uint32_t cluster;    /* out */
	uint32_t next;       /* scratch: of the cluster, BOX_NONE at the end */
};

/* box_cluster - the clusters of one image, numbered from 0 by their first box.
 *
 *   m  n boxes in the order of workers, those of one worker in the order drawn
 * False when they are too crowded, as box_fit. */
bool box_cluster(struct box_mine *m, size_t n, double match, uint32_t *n_clusters);

/* box_cluster_gold - on an image with gold cluster i is box i of the gold and what workers drew of it; what
 * fits none is a cluster of its own, behind them */
bool box_cluster_gold(struct box_mine *m, size_t n, const struct box *gold, size_t n_gold, double match,
                      uint32_t *n_clusters);

static inline double box_least(double a, double b)
{
	return a < b ? a : b;
}

static inline double box_most(double a, double b)
{
	return a > b ? a : b;
}

#endif
