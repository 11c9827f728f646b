/* slurp - a small file whole: a policy, a deployment, a keystore, a list of URLs. */
#ifndef IO_SLURP_H
#define IO_SLURP_H

#include "base/buf.h"

enum { SLURP_MOST = 16 << 20 };

/* slurp - all of it; owned.  Dies with 66 when it cannot be read or is longer than SLURP_MOST bytes.  What it read through
 * is wiped; who reads a secret wipes the result. */
struct buf slurp(const char *path);

#endif
