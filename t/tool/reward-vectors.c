/* reward-vectors N SHARED - inputs of the pay rule and what the C library makes of them, for the contracts' tests
 *
 * Prints lines of hex, each of up to 500 cases: for each of N random inputs, and each line of the file SHARED
 * (rewards.ndjson; "-" for none) that can be said to a pool, 64 bytes, big endian:
 *
 *	rate 5 | t0 2 | t1 2 | t2 2 | m0 2 | m1 2 | m2 2 | lo 2 | hi 2 | c0 2 | c1 2 | probation 1 | probationBp 2
 *	| floorAt 2 | floorBp 2 | units 3 | score 2 | bonus 2 | batches 1 | reputation 2 | want 16 | zero 6
 *
 * The same bytes everywhere: the numbers come from a fixed seed.
 */
#include "math/rng.h"
#include "score/reward.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct in {
	uint64_t rate;
	uint32_t t[3], m[3], lo, hi, c0, c1, probation, probation_bp, floor_at, floor_bp;
	uint32_t units, score, bonus, batches, reputation;
};

static void put(u128 v, int bytes)
{
	while (bytes-- > 0)
		printf("%02x", (unsigned)(v >> (8 * bytes)) & 0xff);
}

static u128 pay(const struct in *x)
{
	struct reward_step step[3];
	uint32_t mult[4];
	size_t n = 0;
	u128 out;

	/* tiers at the same score: the last one counts, and steps must rise */
	for (int i = 0; i < 3; i++) {
		if (n && step[n - 1].at == x->t[i])
			n--;
		step[n++] = (struct reward_step){ x->t[i], x->m[i] };
	}
	mult[2] = x->batches < x->probation ? x->probation_bp : REWARD_ONE;
	mult[3] = x->reputation < x->floor_at ? x->floor_bp : REWARD_ONE;
	if (!reward_step_bp(x->score, step, n, &mult[0]) ||
	    !reward_linear_bp(x->bonus, x->lo, x->hi, x->c0, x->c1, &mult[1]) ||
	    !reward_pay4(x->rate, x->units, mult, &out)) {
		fputs("reward-vectors: an input is out of bounds\n", stderr);
		exit(1);
	}
	return out;
}

static void print(const struct in *x)
{
	static int n;

	fputs(n++ % 500 ? "" : n > 1 ? "\n0x" : "0x", stdout);
	put(x->rate, 5);
	for (int i = 0; i < 3; i++)
		put(x->t[i], 2);
	for (int i = 0; i < 3; i++)
		put(x->m[i], 2);
	put(x->lo, 2);
	put(x->hi, 2);
	put(x->c0, 2);
	put(x->c1, 2);
	put(x->probation, 1);
	put(x->probation_bp, 2);
	put(x->floor_at, 2);
	put(x->floor_bp, 2);
	put(x->units, 3);
	put(x->score, 2);
	put(x->bonus, 2);
	put(x->batches, 1);
	put(x->reputation, 2);
	put(pay(x), 16);
	put(0, 6);
}

static struct rng rng;

/* below n; one time in four an edge of the range */
static uint32_t any(uint32_t n)
{
	switch (rng_below(&rng, 8)) {
	case 0:
		return 0;
	case 1:
		return n - 1;
	default:
		return (uint32_t)rng_below(&rng, n);
	}
}

/* at, just below or just above x, or anything to 10000 */
static uint32_t near(uint32_t x)
{
	uint32_t by = (uint32_t)rng_below(&rng, 6);

	if (by > 2)
		return any(REWARD_ONE + 1);
	x = x + by == 0 ? 0 : x + by - 1;
	return x > REWARD_ONE ? REWARD_ONE : x;
}

static void sort(uint32_t *v, int n)
{
	for (int i = 1; i < n; i++)
		for (int k = i; k > 0 && v[k - 1] > v[k]; k--) {
			uint32_t swap = v[k];
			v[k] = v[k - 1];
			v[k - 1] = swap;
		}
}

static void random_input(struct in *x)
{
	uint32_t ends[2] = { any(REWARD_ONE + 1), any(REWARD_ONE + 1) }, c[2] = { any(1 << 15), any(1 << 15) };

	for (int i = 0; i < 3; i++) {
		x->t[i] = any(REWARD_ONE + 1);
		x->m[i] = any(1 << 15);
	}
	sort(x->t, 3);
	sort(x->m, 3);
	sort(ends, 2);
	sort(c, 2);
	x->rate = rng_next(&rng) >> (24 + rng_below(&rng, 40));
	x->lo = ends[0];
	x->hi = ends[1];
	x->c0 = c[0];
	x->c1 = c[1];
	x->probation = any(16);
	x->probation_bp = any(REWARD_ONE + 1);
	x->floor_at = any(REWARD_ONE + 1);
	x->floor_bp = any(REWARD_ONE + 1);
	x->units = any(1 << 24);
	x->score = near(x->t[rng_below(&rng, 3)]);
	x->bonus = near(rng_below(&rng, 2) ? x->lo : x->hi);
	x->batches = any(16);
	x->reputation = near(x->floor_at);
}

static double number(const cJSON *j, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(j, key);

	return cJSON_IsString(v) ? strtod(v->valuestring, NULL) : v->valuedouble;
}

static u128 exact(const cJSON *j, const char *key)
{
	const cJSON *v = cJSON_GetObjectItem(j, key);
	u128 r = 0;

	if (!cJSON_IsString(v))
		return (u128)v->valuedouble;
	for (const char *p = v->valuestring; *p; p++)
		r = r * 10 + (unsigned)(*p - '0');
	return r;
}

/* pays everything, to all alike, 1 unit at 10000: what is said of the line, or of one multiplier, comes out */
static bool shared_input(const cJSON *j, struct in *x)
{
	const char *f = cJSON_GetObjectItem(j, "f")->valuestring;
	u128 want;

	*x = (struct in){ .rate = REWARD_ONE, .m = { REWARD_ONE, REWARD_ONE, REWARD_ONE }, .c0 = REWARD_ONE,
	                  .c1 = REWARD_ONE, .units = 1 };
	if (!strcmp(f, "linear_bp")) {
		if (number(j, "q") > REWARD_ONE || number(j, "hi") > 65535 || number(j, "m1") >= 1 << 15)
			return false;
		x->bonus = (uint32_t)number(j, "q");
		x->lo = (uint32_t)number(j, "lo");
		x->hi = (uint32_t)number(j, "hi");
		x->c0 = (uint32_t)number(j, "m0");
		x->c1 = (uint32_t)number(j, "m1");
	} else if (!strcmp(f, "pay")) {
		if (number(j, "price") >= (double)((uint64_t)1 << 40) || number(j, "mult_bp") >= 1 << 15)
			return false;
		x->rate = (uint64_t)number(j, "price");
		x->units = (uint32_t)number(j, "units");
		x->m[0] = x->m[1] = x->m[2] = (uint32_t)number(j, "mult_bp");
	} else {
		return false;
	}
	want = exact(j, "out");
	if (pay(x) != want) {
		fprintf(stderr, "reward-vectors: not what the shared vectors say: %s\n", f);
		exit(1);
	}
	return true;
}

static void shared(const char *path)
{
	char line[4096];
	struct in x;
	FILE *f = fopen(path, "r");

	if (!f) {
		fprintf(stderr, "reward-vectors: cannot open %s\n", path);
		exit(1);
	}
	while (fgets(line, sizeof line, f)) {
		cJSON *j = cJSON_Parse(line);
		if (j && shared_input(j, &x))
			print(&x);
		cJSON_Delete(j);
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	struct in x;

	if (argc != 3) {
		fputs("usage: reward-vectors N SHARED|-\n", stderr);
		return 64;
	}
	rng_seed(&rng, 20);
	for (long n = strtol(argv[1], NULL, 10); n > 0; n--) {
		random_input(&x);
		print(&x);
	}
	if (strcmp(argv[2], "-"))
		shared(argv[2]);
	putchar('\n');
	return fflush(stdout) || ferror(stdout);
}
