/* The fields of each kind, as lbl-records(5) lists them. */
#include "rec/rec.h"

#define READER(kind, ...) READER_OF(kind, , rec_##kind, __VA_ARGS__)

#define READER_OF(kind, storage, strct, ...) \
	storage bool rec_##kind(const struct json_record *r, struct arena *a, struct strct *out, struct err *e) \
	{ \
		static const struct rec_field fields[] = { __VA_ARGS__ }; \
		memset(out, 0, sizeof *out); \
		return rec_read(r, fields, sizeof fields / sizeof fields[0], a, out, e); \
	}

READER(task,
	REC_FIELD(rec_task, task, REC_ID, true),
	REC_FIELD(rec_task, data, REC_VALUE, true),
	REC_FIELD(rec_task, type, REC_STRING, false),
	REC_FIELD(rec_task, choices, REC_LIST, false),
	REC_FIELD(rec_task, skills, REC_LIST, false),
	REC_FIELD(rec_task, group, REC_STRING, false),
	REC_FIELD(rec_task, reward, REC_MONEY, false))

READER(worker,
	REC_FIELD(rec_worker, worker, REC_ID, true),
	REC_FIELD(rec_worker, identity, REC_ID, false),
	REC_FIELD(rec_worker, skills, REC_LIST, false),
	REC_FIELD(rec_worker, capacity, REC_COUNT, false),
	REC_FIELD(rec_worker, conflicts, REC_LIST, false),
	REC_FIELD(rec_worker, at, REC_TIME, false))

READER(gold,
	REC_FIELD(rec_gold, task, REC_ID, true),
	REC_FIELD(rec_gold, value, REC_VALUE, true))

/* rec/shape.c knows what these fields ask of a text */
READER(label,
	REC_FIELD(rec_label, task, REC_ID, true),
	REC_FIELD(rec_label, worker, REC_ID, true),
	REC_FIELD(rec_label, value, REC_VALUE, true),
	REC_FIELD(rec_label, at, REC_TIME, false),
	REC_FIELD(rec_label, ms, REC_COUNT, false),
	REC_FIELD(rec_label, confidence, REC_SHARE, false),
	REC_FIELD(rec_label, nonce, REC_STRING, false),
	REC_FIELD(rec_label, sig, REC_HEX, false))

READER(review,
	REC_FIELD(rec_review, task, REC_ID, true),
	REC_FIELD(rec_review, worker, REC_ID, true),
	REC_FIELD(rec_review, reviewer, REC_ID, true),
	REC_FIELD(rec_review, verdict, REC_STRING, true),
	REC_FIELD(rec_review, at, REC_TIME, false),
	REC_FIELD(rec_review, sig, REC_HEX, false))

READER(assignment,
	REC_FIELD(rec_assignment, task, REC_ID, true),
	REC_FIELD(rec_assignment, worker, REC_ID, true),
	REC_FIELD(rec_assignment, reason, REC_STRING, true),
	REC_FIELD(rec_assignment, at, REC_TIME, false),
	REC_FIELD(rec_assignment, expires, REC_TIME, false))

READER(consensus,
	REC_FIELD(rec_consensus, task, REC_ID, true),
	REC_FIELD(rec_consensus, value, REC_VALUE, true),
	REC_FIELD(rec_consensus, confidence, REC_VALUE, true),
	REC_FIELD(rec_consensus, labels, REC_COUNT, true),
	REC_FIELD(rec_consensus, method, REC_STRING, true),
	REC_FIELD(rec_consensus, type, REC_STRING, false),
	REC_FIELD(rec_consensus, posterior, REC_OBJECT, false))

READER(skill,
	REC_FIELD(rec_skill, worker, REC_ID, true),
	REC_FIELD(rec_skill, labels, REC_COUNT, true),
	REC_FIELD(rec_skill, skill, REC_VALUE, true),
	REC_FIELD(rec_skill, method, REC_STRING, true),
	REC_FIELD(rec_skill, type, REC_STRING, false),
	REC_FIELD(rec_skill, counts, REC_VALUE, false),
	REC_FIELD(rec_skill, confusion, REC_OBJECT, false))

READER(shard,
	REC_FIELD(rec_shard, method, REC_STRING, true),
	REC_FIELD(rec_shard, iteration, REC_COUNT, true),
	REC_FIELD(rec_shard, model, REC_STRING, false),
	REC_FIELD(rec_shard, id, REC_STRING, true),
	REC_FIELD(rec_shard, tasks, REC_COUNT, true),
	REC_FIELD(rec_shard, labels, REC_COUNT, true),
	REC_FIELD(rec_shard, workers, REC_COUNT, true),
	REC_FIELD(rec_shard, classes, REC_LIST, true),
	REC_FIELD(rec_shard, totals, REC_LIST, true),
	REC_FIELD(rec_shard, loglik, REC_NUMBER, true),
	REC_FIELD(rec_shard, penalty, REC_NUMBER, true),
	REC_FIELD(rec_shard, objective, REC_VALUE, true))

READER(count,
	REC_FIELD(rec_count, worker, REC_ID, true),
	REC_FIELD(rec_count, labels, REC_COUNT, true),
	REC_FIELD(rec_count, counts, REC_OBJECT, false),
	REC_FIELD(rec_count, right, REC_NUMBER, false),
	REC_FIELD(rec_count, rest, REC_NUMBER, false))

READER(model,
	REC_FIELD(rec_model, method, REC_STRING, true),
	REC_FIELD(rec_model, iteration, REC_COUNT, true),
	REC_FIELD(rec_model, converged, REC_VALUE, true),
	REC_FIELD(rec_model, objective, REC_VALUE, true),
	REC_FIELD(rec_model, penalty, REC_NUMBER, true),
	REC_FIELD(rec_model, tasks, REC_COUNT, true),
	REC_FIELD(rec_model, labels, REC_COUNT, true),
	REC_FIELD(rec_model, workers, REC_COUNT, true),
	REC_FIELD(rec_model, classes, REC_LIST, true),
	REC_FIELD(rec_model, prior, REC_LIST, true))

READER(param,
	REC_FIELD(rec_param, worker, REC_ID, true),
	REC_FIELD(rec_param, labels, REC_COUNT, true),
	REC_FIELD(rec_param, confusion, REC_OBJECT, false),
	REC_FIELD(rec_param, skill, REC_NUMBER, false))

READER(verdict,
	REC_FIELD(rec_verdict, task, REC_ID, true),
	REC_FIELD(rec_verdict, worker, REC_ID, true),
	REC_FIELD(rec_verdict, verdict, REC_STRING, true),
	REC_FIELD(rec_verdict, by, REC_STRING, true),
	REC_FIELD(rec_verdict, value, REC_VALUE, true),
	REC_FIELD(rec_verdict, type, REC_STRING, false),
	REC_FIELD(rec_verdict, gold, REC_VALUE, false),
	REC_FIELD(rec_verdict, epoch, REC_ID, false))

READER_OF(score_alone, static, rec_score,
	REC_FIELD(rec_score, worker, REC_ID, true),
	REC_FIELD(rec_score, epoch, REC_ID, true),
	REC_FIELD(rec_score, labels, REC_COUNT, true),
	REC_FIELD(rec_score, verified, REC_COUNT, true),
	REC_FIELD(rec_score, rejected, REC_COUNT, true),
	REC_FIELD(rec_score, pending, REC_COUNT, true),
	REC_FIELD(rec_score, score_bp, REC_BP, true),
	REC_FIELD(rec_score, bonus_bp, REC_BP, true),
	REC_FIELD(rec_score, units, REC_COUNT, false),
	REC_FIELD(rec_score, gold_hits, REC_COUNT, false),
	REC_FIELD(rec_score, gold_trials, REC_COUNT, false))

bool rec_score(const struct json_record *r, struct arena *a, struct rec_score *out, struct err *e)
{
	if (!rec_score_alone(r, a, out, e))
		return false;
	if (!json_get(r, STR("units")))
		out->units = out->verified;
	return true;
}

READER(payment,
	REC_FIELD(rec_payment, id, REC_HEX, true),
	REC_FIELD(rec_payment, epoch, REC_ID, true),
	REC_FIELD(rec_payment, worker, REC_ID, true),
	REC_FIELD(rec_payment, verified, REC_COUNT, true),
	REC_FIELD(rec_payment, score_bp, REC_BP, true),
	REC_FIELD(rec_payment, bonus_bp, REC_BP, false),
	REC_FIELD(rec_payment, amount, REC_MONEY, true),
	REC_FIELD(rec_payment, policy, REC_STRING, true))

READER(tx,
	REC_FIELD(rec_tx, id, REC_HEX, true),
	REC_FIELD(rec_tx, hash, REC_HEX, true),
	REC_FIELD(rec_tx, raw, REC_HEX, true),
	REC_FIELD(rec_tx, from, REC_ID, true),
	REC_FIELD(rec_tx, to, REC_ID, true),
	REC_FIELD(rec_tx, nonce, REC_COUNT, true),
	REC_FIELD(rec_tx, chain, REC_COUNT, true),
	REC_FIELD(rec_tx, action, REC_STRING, false),
	REC_FIELD(rec_tx, batch, REC_COUNT, false),
	REC_FIELD(rec_tx, payments, REC_LIST, true))

READER(receipt,
	REC_FIELD(rec_receipt, hash, REC_HEX, true),
	REC_FIELD(rec_receipt, status, REC_COUNT, true),
	REC_FIELD(rec_receipt, block, REC_COUNT, true),
	REC_FIELD(rec_receipt, gas, REC_COUNT, true),
	REC_FIELD(rec_receipt, payments, REC_LIST, true))

READER(run,
	REC_FIELD(rec_run, tool, REC_STRING, true),
	REC_FIELD(rec_run, version, REC_STRING, true),
	REC_FIELD(rec_run, options, REC_OBJECT, true),
	REC_FIELD(rec_run, seed, REC_VALUE, false))
