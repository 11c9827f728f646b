/* majority vote: shares, winners, ties; shared oracle */
#include "agree/mv.h"

#include "math/rng.h"
#include "sets.h"

static void test_ties(void)
{
	/* task, class of labels by workers 0, 1, 2, ... */
	static const char *const votes[] = { "110", "0110", "21", "", "3", "33221100", "012333" };
	static const uint32_t want[] = { 1, 0, 1, MV_NONE, 3, 0, 3 }, most[] = { 2, 2, 1, 0, 1, 2, 3 };
	static const uint8_t tied[] = { 0, 1, 1, 0, 0, 1, 0 };
	enum { N = 7, K = 4 };
	struct labels l = { .n_tasks = N };
	uint32_t winner[N], count[N], again[N];
	uint8_t tie[N], tie2[N];
	double q[N * K];

	for (uint32_t t = 0; t < N; t++)
		for (uint32_t w = 0; votes[t][w]; w++)
			labels_add(&l, t, w, (uint32_t)(votes[t][w] - '0'));
	labels_group(&l, false);
	mv_winners(&l, 1, winner, count, tie);
	ok(!memcmp(winner, want, sizeof want) && !memcmp(count, most, sizeof most) &&
	   !memcmp(tie, tied, sizeof tied), "winners, votes, ties");
	mv_winners(&l, 1, again, NULL, NULL);
	ok(!memcmp(winner, again, sizeof want), "without votes and ties");
	mv_shares(&l, 1, q);
	ok(q[0] == 1 / 3.0 && q[1] == 2 / 3.0 && q[2] == 0 && q[2 * K + 1] == 0.5 && q[3 * K] == 0 &&
	   q[4 * K + 3] == 1 && q[6 * K + 3] == 0.5, "shares; a task without labels is all zero");
	mv_argmax(q, N, K, again, tie2);
	ok(!memcmp(winner, again, sizeof want) && !memcmp(tie, tie2, sizeof tie), "argmax of the shares agrees");
	labels_release(&l);
}

static void test_threads(void)
{
	enum { N = 20000, K = 3 };
	struct labels l = { 0 };
	struct rng r;
	uint32_t *w1 = mem_alloc(N, sizeof *w1), *w3 = mem_alloc(N, sizeof *w3);
	double *q1 = mem_alloc(N * K, sizeof *q1), *q3 = mem_alloc(N * K, sizeof *q3);

	rng_seed(&r, 1);
	for (uint32_t t = 0; t < N; t++)
		for (uint32_t w = 0; w < 5; w++)
			labels_add(&l, t, w, (uint32_t)rng_below(&r, K));
	labels_group(&l, false);
	mv_winners(&l, 1, w1, NULL, NULL);
	mv_winners(&l, 3, w3, NULL, NULL);
	mv_shares(&l, 1, q1);
	mv_shares(&l, 3, q3);
	ok(!memcmp(w1, w3, N * sizeof *w1) && !memcmp(q1, q3, N * K * sizeof *q1), "threads 1 and 3");
	mv_argmax(q1, N, K, w3, NULL);
	ok(!memcmp(w1, w3, N * sizeof *w1), "20000 tasks: argmax of the shares agrees");
	free(w1);
	free(w3);
	free(q1);
	free(q3);
	labels_release(&l);
}

struct oracle {
	struct set *s;
	uint32_t *winner;
	double *q;
	size_t n, right;
	double most;
};

static void oracle_line(const cJSON *j, void *ctx)
{
	struct oracle *o = ctx;
	size_t K = o->s->l.n_classes;
	uint32_t t = intern_find(&o->s->tasks, str_of(cJSON_GetObjectItem(j, "task")->valuestring));
	uint32_t c = o->s->rank[value_id(&o->s->values, cJSON_GetObjectItem(j, "label"))];
	const cJSON *p;

	o->n++;
	o->right += o->winner[t] == c;
	cJSON_ArrayForEach(p, cJSON_GetObjectItem(j, "p")) {
		uint32_t k = o->s->rank[intern_find(&o->s->values, str_of(p->string))];
		double d = furthest(&p->valuedouble, &o->q[t * K + k], 1);
		o->most = d > o->most ? d : o->most;
	}
}

static void test_oracle(const char *name)
{
	char rel[128];
	struct set s;
	struct oracle o = { .s = &s };

	snprintf(rel, sizeof rel, "data/%s.labels.ndjson", name);
	const char *path = shared_or_skip(rel);
	if (!path)
		return;
	set_load(&s, path);
	o.winner = mem_alloc(s.l.n_tasks, sizeof *o.winner);
	o.q = mem_alloc(s.l.n_tasks * s.l.n_classes, sizeof *o.q);
	mv_winners(&s.l, 0, o.winner, NULL, NULL);
	mv_shares(&s.l, 0, o.q);
	snprintf(rel, sizeof rel, "peers/oracle/%s/MV.tasks.ndjson", name);
	path = shared_or_skip(rel);
	if (path) {
		each_line(path, oracle_line, &o);
		ok(o.n == s.l.n_tasks && o.right == o.n && o.most < 1e-15, "%s: crowd-kit's majority vote, ties too", name);
	}
	free(o.winner);
	free(o.q);
	set_release(&s);
}

int main(void)
{
	static const char *const name[] = { "duck", "cf", "face", "ms", "rte" };

	test_ties();
	test_threads();
	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		test_oracle(name[i]);
	return done();
}
