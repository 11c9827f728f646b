/* shards - the steps of lbl-agree for tasks that lie in several places: --estep, --mstep, --apply. */
#ifndef LBL_AGREE_SHARDS_H
#define LBL_AGREE_SHARDS_H

#include "io/opt.h"
#include "stage/shard.h"

struct shard_args {
	const char *estep, *apply;      /* a file, or NULL; estep: or "none" */
	bool mstep;
};

/* shards_asked - is it one of these steps? */
bool shards_asked(const struct shard_args *a);

/* shards_main - all of the command in that case; returns the exit status.
 *   o     what the other options say
 *   opts  the command's table: an option that was given and that the step does not know ends it with 64 */
int shards_main(const struct shard_args *a, const struct agree_options *o, const struct opt *opts, char **files, int n);

#endif
