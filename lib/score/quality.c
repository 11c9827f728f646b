#include "score/quality.h"

struct prf quality_prf(struct hits h)
{
	return (struct prf){
		.precision = measure_share(h.tp, h.tp + h.fp, "nothing was marked"),
		.recall = measure_share(h.tp, h.tp + h.fn, "gold has nothing"),
		.f1 = measure_share(2 * h.tp, 2 * h.tp + h.fp + h.fn, "nothing was marked and gold has nothing"),
	};
}
