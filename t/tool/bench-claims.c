/* bench-claims - a million workers: claims with all their proofs, as records, and the trees alone.
 *
 * Two lines of NDJSON; exit 0 when the bound is met, else 1.  What is bound is the time of all
 * processors together: one that is there for nothing else needs no longer than that, however
 * busy this machine is.  usage: bench-claims [WORKERS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/par.h"
#include "stage/claim-plan.h"

static const double BOUND_S = 10;

static double now_s(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void give(void *stage, const struct buf *line)
{
	struct json_record r = { 0 };
	struct err e;

	BUG_ON(!json_read(&r, buf_str(line), &e));
	BUG_ON(!stage_claim_plan.take(stage, json_get(&r, STR("kind"))->raw, &r, &e));
	json_record_release(&r);
}

static void give_all(void *stage, uint32_t n)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"kind\":\"claims\",\"chain\":1,\"block\":1,\"claims\":\"0x00000000000000000000000000000000000000c1\",\"unit\":\"1000000000000\","
	         "\"commits\":0,\"params\":{\"version\":1,\"rate\":10000,\"t0\":6000,\"t1\":7500,\"t2\":8500,\"m0\":8000,\"m1\":10000,"
	         "\"m2\":11500,\"lo\":500,\"hi\":8000,\"c0\":2000,\"c1\":10000,\"commit_budget\":\"1\",\"period_budget\":\"1\","
	         "\"period\":1,\"window\":1}}");
	give(stage, &b);
	for (uint32_t i = 1; i < n; i++) {
		buf_reset(&b);
		buf_addf(&b, "{\"kind\":\"lane\",\"worker\":\"0x%040lx\",\"index\":%lu,\"banned\":false,\"credit\":\"0\","
		         "\"batches\":0,\"reputation_bp\":5000}", (unsigned long)i * 7919, (unsigned long)i);
		give(stage, &b);
		buf_reset(&b);
		buf_addf(&b, "{\"kind\":\"score\",\"worker\":\"0x%040lx\",\"epoch\":\"e\",\"labels\":99,\"verified\":%lu,\"rejected\":0,"
		         "\"pending\":0,\"score_bp\":%lu,\"bonus_bp\":%lu}", (unsigned long)i * 7919, (unsigned long)(1 + i % 999),
		         (unsigned long)(6000 + i % 4000), (unsigned long)(500 + i % 9000));
		give(stage, &b);
	}
	buf_release(&b);
}

static void count(void *ctx, struct str text)
{
	*(size_t *)ctx += text.n;
}

/* the trees alone: leaves and nodes of full groups */
struct trees {
	const struct claims_facts *f;
	uint32_t n;
	struct hash32 *root;
};

static void tree(void *ctx, size_t g)
{
	struct trees *t = ctx;
	uint32_t from = (uint32_t)g * CLAIMS_GROUP + (g == 0), to = (uint32_t)(g + 1) * CLAIMS_GROUP;
	struct work *w = mem_alloc(CLAIMS_GROUP, sizeof *w);
	struct claims_tree made;
	struct err e;
	size_t n = 0;

	for (uint32_t i = from; i < to && i < t->n; i++)
		w[n++] = (struct work){ i, 1 + i % 999, (uint16_t)(6000 + i % 4000), (uint16_t)(500 + i % 9000) };
	BUG_ON(!claims_tree_make(&made, &t->f->terms, w, n, &e));
	t->root[g] = *claims_tree_root(&made);
	claims_tree_release(&made);
	free(w);
}

static double trees_s(const struct claims_facts *f, uint32_t n, size_t *groups)
{
	struct trees t = { f, n, NULL };

	*groups = (n + CLAIMS_GROUP - 1) / CLAIMS_GROUP;
	t.root = mem_alloc(*groups, sizeof *t.root);
	double start = now_s(CLOCK_PROCESS_CPUTIME_ID);
	par_for(0, *groups, tree, &t);
	double took = now_s(CLOCK_PROCESS_CPUTIME_ID) - start;
	free(t.root);
	return took;
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
	void *stage = stage_claim_plan.create();
	size_t bytes = 0, groups;
	struct sink out = { .line = count, .ctx = &bytes, .lines = count };
	struct err e;

	give_all(stage, n);
	double alone = trees_s(claim_plan_facts(stage), n, &groups);
	double start = now_s(CLOCK_PROCESS_CPUTIME_ID), wall = now_s(CLOCK_MONOTONIC);
	BUG_ON(!stage_claim_plan.run(stage, &out, &e));
	double took = now_s(CLOCK_PROCESS_CPUTIME_ID) - start;
	wall = now_s(CLOCK_MONOTONIC) - wall;
	printf("{\"figure\":\"claims.trees_cpu_s\",\"value\":%.3f,\"unit\":\"s\",\"leaves\":%lu,\"groups\":%zu}\n", alone,
	       (unsigned long)n, groups);
	printf("{\"figure\":\"claims.records_cpu_s\",\"value\":%.3f,\"unit\":\"s\",\"bound\":%.0f,\"ok\":%s,\"leaves\":%lu,\"bytes\":%zu,"
	       "\"wall_s\":%.3f,\"threads\":%u}\n", took, BOUND_S, took < BOUND_S ? "true" : "false", (unsigned long)n, bytes, wall,
	       par_cores());
	stage_claim_plan.destroy(stage);
	return took < BOUND_S ? 0 : 1;
}
