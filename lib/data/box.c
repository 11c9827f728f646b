#include "data/box.h"

#include "math/isqrt.h"

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
}

/* what identical boxes share is all they have, whatever rounding makes of right - left */
struct box_shared box_shared(const struct box *a, const struct box *b)
{
	double w = least(a->x + a->w, b->x + b->w) - most(a->x, b->x);
	double h = least(a->y + a->h, b->y + b->h) - most(a->y, b->y);
	bool same = a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h;
	double both = w > 0 && h > 0 ? w * h : 0, either = a->w * a->h + b->w * b->h - both;

	if (same)
		return (struct box_shared){ 1, 1 };
	return either > 0 ? (struct box_shared){ least(both, either), either } : (struct box_shared){ 0, 1 };
}

double box_overlap(const struct box *a, const struct box *b)
{
	return box_ratio(box_shared(a, b));
}

static bool whole(double v)
{
	return v > -0x1p25 && v < 0x1p25 && v == (double)(int64_t)v;
}

bool box_whole(const struct box *b)
{
	return whole(b->x) && whole(b->y) && whole(b->w) && whole(b->h);
}

/* exact: areas are integers below 2^53 */
int box_shared_cmp(struct box_shared p, struct box_shared q, bool exact)
{
	if (exact) {
		u128 left = (u128)(uint64_t)p.both * (uint64_t)q.either, right = (u128)(uint64_t)q.both * (uint64_t)p.either;
		return (left > right) - (left < right);
	}
	return (box_ratio(p) > box_ratio(q)) - (box_ratio(p) < box_ratio(q));
}

int box_closer(const struct box *a, const struct box *b, const struct box *c, const struct box *d)
{
	return box_shared_cmp(box_shared(a, b), box_shared(c, d),
	                      box_whole(a) && box_whole(b) && box_whole(c) && box_whole(d));
}
