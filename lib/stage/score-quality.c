/* What each worker's labels say against gold, by type of task: score/quality.h. */
#include "stage/score-quality.h"

#include <stdlib.h>

#include "base/mem.h"
#include "json/write.h"

/* ---- options ----------------------------------------------------------------------------- */

void score_quality_put(struct buf *b, const struct score_options *o)
{
	const struct score_quality_options *q = &o->of_quality;

	if (!o->quality)
		return;
	json_put_key(b, "quality");
	buf_addc(b, '{');
	json_put_knum(b, "tolerance", q->tolerance);
	json_put_knum(b, "relative", q->relative);
	json_put_knum(b, "iou", q->iou);
	json_put_knum(b, "bound", q->bound);
	buf_addc(b, '}');
}

bool score_quality_configure(struct score_options *o, const struct json_field *quality, struct err *e)
{
	static const struct rec_field fields[] = {
		REC_FIELD(score_quality_options, tolerance, REC_NUMBER, true),
		REC_FIELD(score_quality_options, relative, REC_NUMBER, true),
		REC_FIELD(score_quality_options, iou, REC_NUMBER, true),
		REC_FIELD(score_quality_options, bound, REC_NUMBER, true),
	};
	struct json_record r = { 0 };
	struct arena a = { 0 };

	o->quality = rec_has(quality);
	o->of_quality = (struct score_quality_options){ -1, -1, 0.5, 0.95 };
	if (!o->quality)
		return true;
	bool good = json_read(&r, quality->raw, e) &&
	            rec_read(&r, fields, sizeof fields / sizeof fields[0], &a, &o->of_quality, e);
	json_record_release(&r);
	arena_release(&a);
	if (good && !(o->of_quality.iou > 0 && o->of_quality.iou <= 1))
		good = err_set(e, "field \"iou\" is out of range");
	if (good && !(o->of_quality.bound > 0.5 && o->of_quality.bound < 1))
		good = err_set(e, "field \"bound\" is out of range");
	return good || err_prefix(e, "field \"quality\": ");
}

/* ---- figures --------------------------------------------------------------------------------- */

void quality_put(struct quality_work *q, const char *name, struct measure m)
{
	if (!m.why) {
		json_put_knum(&q->line, name, m.value);
		return;
	}
	BUG_ON(q->n_whys == QUALITY_WHYS);
	json_put_knull(&q->line, name);
	q->why[q->n_whys++] = (struct why){ name, m.why };
}

void quality_whys(struct quality_work *q)
{
	if (!q->n_whys)
		return;
	json_put_key(&q->line, "why");
	buf_addc(&q->line, '{');
	for (size_t i = 0; i < q->n_whys; i++)
		json_put_kstr(&q->line, q->why[i].name, str_of(q->why[i].text));
	buf_addc(&q->line, '}');
	q->n_whys = 0;
}

void quality_prf_put(struct quality_work *q, const char *name, struct prf p)
{
	struct why outer[QUALITY_WHYS];
	size_t n_outer = q->n_whys;

	memcpy(outer, q->why, sizeof outer);
	q->n_whys = 0;
	json_put_key(&q->line, name);
	buf_addc(&q->line, '{');
	quality_put(q, "precision", p.precision);
	quality_put(q, "recall", p.recall);
	quality_put(q, "f1", p.f1);
	quality_whys(q);
	buf_addc(&q->line, '}');
	memcpy(q->why, outer, sizeof outer);
	q->n_whys = n_outer;
}

struct str quality_key(const struct quality_work *q, uint32_t value)
{
	return intern_str(&q->book->s->values, value);
}

/* ---- by worker and type ------------------------------------------------------------------------ */

static void figures(struct quality_work *q, enum task_type type, const struct quality_pair *p, size_t n)
{
	switch (type) {
	case TASK_CLASS:
	case TASK_PAIR:
		quality_classes(q, p, n, false);
		break;
	case TASK_ORDINAL:
		quality_classes(q, p, n, true);
		break;
	case TASK_NUMBER:
		quality_numbers(q, p, n);
		break;
	case TASK_MULTI:
		quality_sets(q, p, n);
		break;
	case TASK_TEXT:
		quality_texts(q, p, n);
		break;
	case TASK_BOX:
		quality_boxes(q, p, n);
		break;
	case TASK_SPAN:
		quality_spans(q, p, n);
		break;
	default:
		break;
	}
}

static void emit(struct quality_work *q, uint32_t worker, enum task_type type, const struct quality_pair *p, size_t n,
                 struct sink *out)
{
	const struct score *s = q->book->s;

	buf_reset(&q->line);
	buf_adds(&q->line, "{\"kind\":\"quality\"");
	json_put_kstr(&q->line, "worker", intern_str(&s->workers, worker));
	json_put_kstr(&q->line, "epoch", str_of(s->options.epoch));
	json_put_kstr(&q->line, "type", str_of(task_type_name(type)));
	figures(q, type, p, n);
	quality_whys(q);
	buf_addc(&q->line, '}');
	out->line(out->ctx, buf_str(&q->line));
}

/* the type of each task that has gold and a label, TASK_OTHER elsewhere: to that there are no figures */
static uint8_t *types_with_gold(struct quality_work *q)
{
	const struct score_book *b = q->book;
	uint8_t *type = mem_alloc(b->l.n_tasks, 1);

	for (uint32_t t = 0; t < b->l.n_tasks; t++) {
		type[t] = TASK_OTHER;
		if (b->gold[t] == INTERN_NONE || b->l.t_off[t] == b->l.t_off[t + 1])
			continue;
		const struct task_info *info = tasks_info(&b->s->table, intern_str(&b->s->tasks, t));
		type[t] = (uint8_t)(info ? info->type : TASK_CLASS);
		if (type[t] != TASK_MULTI)
			continue;
		quality_members(q, b->gold[t]);
		for (uint32_t i = b->l.t_off[t]; i < b->l.t_off[t + 1]; i++)
			quality_members(q, b->l.t_value[i]);
	}
	return type;
}

static void worker(struct quality_work *q, uint32_t w, const uint8_t *type, const uint32_t *came,
                   struct quality_pair *pair, struct sink *out)
{
	const struct score_book *b = q->book;
	size_t n[N_TASK_TYPES] = { 0 }, at[N_TASK_TYPES], sum = 0;

	for (uint32_t i = b->l.w_off[w]; i < b->l.w_off[w + 1]; i++)
		n[type[b->l.w_task[i]]]++;
	for (int k = 0; k < N_TASK_TYPES; k++) {
		at[k] = sum;
		sum += n[k];
	}
	for (uint32_t i = b->l.w_off[w]; i < b->l.w_off[w + 1]; i++) {
		uint32_t t = b->l.w_task[i];
		double confidence = came && came[i] != INTERN_NONE ? score_extra_confidence(&b->s->extra, came[i]) : -1;
		pair[at[type[t]]++] = (struct quality_pair){ t, b->l.w_value[i], b->gold[t], confidence };
	}
	for (int k = 0; k < TASK_OTHER; k++)
		if (n[k])
			emit(q, w, (enum task_type)k, pair + at[k] - n[k], n[k], out);
}

void score_quality(struct score_book *b, struct sink *out)
{
	struct score *s = b->s;
	struct quality_work q = { .book = b, .level = s->options.of_quality.bound };
	uint32_t *came = NULL;
	size_t most = 0;

	q.rank = mem_alloc(s->values.n, sizeof *q.rank);
	q.place = mem_zalloc(s->values.n, sizeof *q.place);
	intern_sort(&s->values, q.rank, NULL);
	uint8_t *type = types_with_gold(&q);
	if (s->extra.n)
		came = score_last(b->l.w_off, b->l.w_task, b->l.n_workers, b->l.n_tasks, s->labels.n, s->labels.worker,
		                  s->labels.task);
	for (size_t w = 0; w < b->l.n_workers; w++)
		most = b->l.w_off[w + 1] - b->l.w_off[w] > most ? b->l.w_off[w + 1] - b->l.w_off[w] : most;
	struct quality_pair *pair = mem_alloc(most, sizeof *pair);
	for (uint32_t w = 0; w < b->l.n_workers; w++)
		worker(&q, w, type, came, pair, out);
	free(pair);
	free(came);
	free(type);
	free(q.rank);
	free(q.place);
	intern_release(&q.names);
	buf_release(&q.line);
}
