#include "stage/calibration.h"

#include <xxhash.h>

#include "base/mem.h"
#include "json/write.h"

uint8_t *calibration_folds(const struct ids *tasks, size_t n)
{
	uint8_t *fold = mem_alloc(n, 1);

	for (uint32_t t = 0; t < n; t++) {
		struct str id = ids_str(tasks, t);
		fold[t] = (uint8_t)(XXH3_64bits(id.p, id.n) % CALIBRATE_FOLDS);
	}
	return fold;
}

static void put_worth(struct buf *b, const char *key, const struct judgement *v)
{
	json_put_key(b, key);
	buf_addc(b, '{');
	json_put_knum(b, "accuracy", v->accuracy);
	json_put_knum(b, "log_loss", v->log_loss);
	json_put_knum(b, "brier", v->brier);
	json_put_knum(b, "ece", v->ece);
	buf_addc(b, '}');
}

void calibration_put(struct buf *b, const struct calibration *c, const char *method, const struct str *name)
{
	buf_adds(b, "{\"kind\":\"calibration\"");
	json_put_kstr(b, "method", str_of(method));
	json_put_kuint(b, "tasks", c->before.n);
	if (c->before.n) {
		json_put_knum(b, "power", c->map.power);
		json_put_key(b, "bias");
		buf_addc(b, '{');
		for (size_t k = 0; k < c->map.n_classes; k++) {
			if (k)
				buf_addc(b, ',');
			buf_addstr(b, name[k]);
			json_put_number(b, c->map.bias[k]);
		}
		buf_addc(b, '}');
		put_worth(b, "before", &c->before);
		put_worth(b, "after", &c->after);
	}
	buf_addc(b, '}');
}
