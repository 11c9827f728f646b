/* calibration - which fold a gold task belongs to, and the `calibration` record. */
#ifndef STAGE_CALIBRATION_H
#define STAGE_CALIBRATION_H

#include "agree/calibrate.h"
#include "base/buf.h"
#include "data/ids.h"

/* calibration_folds - by XXH3 (64 bits, seed 0) of the task's id: n numbers, owned.  The order of tasks does
 * not matter, nor what other gold there is. */
uint8_t *calibration_folds(const struct ids *tasks, size_t n);

/* calibration_put - as a record; name[k]: class k as a member's name, with its colon */
void calibration_put(struct buf *b, const struct calibration *c, const char *method, const struct str *name);

#endif
