/* span - a labelled stretch of a text.
 *
 * Positions are code points, half-open [start, end).
 */
#ifndef DATA_SPAN_H
#define DATA_SPAN_H

#include <stdint.h>

struct span {
	uint32_t label, start, end;    /* one with start >= end says nothing */
};

#endif
