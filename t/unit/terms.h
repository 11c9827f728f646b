/* terms - of examples/deploy/local.json, which the tests of claims share. */
#ifndef T_TERMS_H
#define T_TERMS_H

#include "chain/claims.h"

static const struct claims_terms terms = {
	.rule = { .version = 1, .rate = 10000, .t = { 6000, 7500, 8500 }, .m = { 8000, 10000, 11500 }, .lo = 500, .hi = 8000,
	          .c0 = 2000, .c1 = 10000, .probation_bp = 10000, .floor_bp = 10000, .batch_budget = 10000000000,
	          .period_budget = 50000000000, .period = 604800, .window = 86400 },
	.unit = 1000000000000,
};

#endif
