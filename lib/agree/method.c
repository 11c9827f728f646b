#include "agree/method.h"

#include <stdlib.h>

#include "base/mem.h"

void agree_fit_init(const struct labels *l, struct agree_fit *out)
{
	*out = (struct agree_fit){ .n_tasks = l->n_tasks, .n_workers = l->n_workers, .n_classes = l->n_classes };
	out->q = mem_zalloc(l->n_tasks * l->n_classes, sizeof *out->q);
	out->skill = mem_zalloc(l->n_workers, sizeof *out->skill);
}

void agree_fit_release(struct agree_fit *f)
{
	free(f->q);
	free(f->skill);
	free(f->prior);
	free(f->e);
	free(f->counts);
	*f = (struct agree_fit){ 0 };
}
