#include "stage/judgement.h"

#include "json/write.h"

void judgement_put(struct buf *b, const struct judgement *v)
{
	buf_adds(b, "{\"kind\":\"judgement\"");
	json_put_kuint(b, "tasks", v->n);
	if (v->n) {
		json_put_knum(b, "accuracy", v->accuracy);
		json_put_knum(b, "log_loss", v->log_loss);
		json_put_knum(b, "brier", v->brier);
		json_put_knum(b, "ece", v->ece);
	}
	buf_addc(b, '}');
}
