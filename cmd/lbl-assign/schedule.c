#include "schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/cli.h"
#include "rec/value.h"

enum { KEY_LEAST = 16, KEY_MOST = 1024 };

void schedule_open(struct schedule *s, const char *key_file, uint64_t most)
{
	int fd = open(key_file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) != 0)
		cli_die(LBL_NOINPUT, "%s: %s", key_file, strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_mode & (S_IRWXG | S_IRWXO))
		cli_die(LBL_NOPERM, "%s: others may read it: chmod 600", key_file);
	buf_need(&s->key, KEY_MOST + 2);
	while (s->key.n < KEY_MOST + 2 && (n = read(fd, s->key.p + s->key.n, KEY_MOST + 2 - s->key.n)) != 0) {
		if (n < 0)
			cli_die(LBL_NOINPUT, "%s: %s", key_file, strerror(errno));
		s->key.n += (size_t)n;
	}
	close(fd);
	if (s->key.n && s->key.p[s->key.n - 1] == '\n')
		s->key.n--;
	if (s->key.n < KEY_LEAST || s->key.n > KEY_MOST)
		cli_die(LBL_CONFIG, "%s: a key has %d to %d bytes", key_file, KEY_LEAST, KEY_MOST);
	s->most = most ? (uint32_t)most : UINT32_MAX;
}

/* ---- taking ---------------------------------------------------------------------------- */

static bool take_gold(struct schedule *s, struct roster *r, const struct json_record *rec, struct err *e)
{
	struct buf key = BUF_INIT;
	struct rec_gold g;

	bool good = rec_gold(rec, &r->arena, &g, e) && value_key_any(&g.value, &key, e);
	if (good) {
		size_t before = s->items.n;
		uint32_t item = intern(&s->items, g.task);
		if (item >= s->cap_items) {
			s->cap_items = mem_grow(s->cap_items, (size_t)item + 64);
			s->value = mem_realloc(s->value, s->cap_items, sizeof *s->value);
		}
		s->replaced += item < before;
		s->value[item] = intern(&s->values, buf_str(&key));
		roster_task(r, g.task)->gold = true;
	}
	buf_release(&key);
	return good;
}

static bool standing_of(struct str name, uint8_t *out, struct err *e)
{
	static const char *const names[] = { "new", "cleared", "retest", "stopped" };

	for (uint8_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_is(name, names[i])) {
			*out = i;
			return true;
		}
	return err_set(e, "field \"standing\": expected new, cleared, retest or stopped");
}

/* The answers of all accounts stand in the state of the person's first one (lbl-score(1)). */
static bool answers_of(const struct json_field *state, struct arena *arena, uint64_t *out, struct err *e)
{
	struct text { uint64_t answers; } t = { 0 };
	static const struct rec_field fields[] = { REC_FIELD(text, answers, REC_COUNT, true) };
	struct json_record r = { 0 };

	if (!rec_has(state))
		return true;
	bool good = state->type == JSON_OBJECT && json_read(&r, state->raw, e) && rec_read(&r, fields, 1, arena, &t, e);
	if (state->type != JSON_OBJECT)
		err_set(e, "expected an object, got %s", json_type_name(state->type));
	json_record_release(&r);
	*out = t.answers;
	return good || err_prefix(e, "field \"state\": ");
}

/* Scores by a rule that knows no standing say nothing here. */
static bool take_score(struct roster *r, const struct json_record *rec, struct err *e)
{
	struct text { struct str worker, standing; struct json_field state; } t = { 0 };
	static const struct rec_field fields[] = {
		REC_FIELD(text, worker, REC_ID, true),
		REC_FIELD(text, standing, REC_STRING, false),
		REC_FIELD(text, state, REC_VALUE, false),
	};
	struct roster_score score = { 0 };

	if (!rec_read(rec, fields, sizeof fields / sizeof *fields, &r->arena, &t, e))
		return false;
	if (!t.standing.n)
		return true;
	if (!standing_of(t.standing, &score.standing, e) || !answers_of(&t.state, &r->arena, &score.answers, e))
		return false;
	*roster_score(r, t.worker) = score;
	return true;
}

bool schedule_take(struct schedule *s, struct roster *r, struct str kind, const struct json_record *rec, struct err *e)
{
	if (!s->key.n)
		return true;
	if (str_is(kind, "gold"))
		return take_gold(s, r, rec, e);
	return !str_is(kind, "score") || take_score(r, rec, e);
}

/* ---- the run ------------------------------------------------------------------------------ */

/* Items and classes in the order of their names, so that the order of the records does not matter. */
struct names {
	uint32_t *item_rank, *item_order, *value_rank;
};

static void classes_of(const struct schedule *s, const struct names *names, struct lists *classes)
{
	uint64_t *pair = mem_alloc(s->items.n, sizeof *pair);

	for (uint32_t i = 0; i < s->items.n; i++)
		pair[i] = lists_pair(names->value_rank[s->value[i]], names->item_rank[i]);
	lists_make(classes, s->values.n, pair, s->items.n);
	free(pair);
}

/* What each person had already, and how many had each item. */
static void seen_of(const struct schedule *s, const struct roster *r, const struct names *names, struct lists *seen,
                    uint32_t *used)
{
	uint64_t *pair = mem_alloc(r->n_seats, sizeof *pair);
	size_t n = 0;

	for (size_t i = 0; i < r->n_seats; i++) {
		uint32_t item = intern_find(&s->items, intern_str(&r->tasks, r->seat[i].task));
		if (item != INTERN_NONE)
			pair[n++] = lists_pair(r->worker[r->seat[i].worker].identity, names->item_rank[item]);
	}
	lists_make(seen, r->persons.n, pair, n);
	for (size_t i = 0; r->persons.n && i < seen->first[r->persons.n]; i++)
		used[seen->item[i]]++;
	free(pair);
}

/* The answers there are: what the scores counted, or what stands in the stream if that is more. */
static struct gold_person *persons_of(const struct roster *r)
{
	struct gold_person *p = mem_zalloc(r->persons.n, sizeof *p);
	struct roster_score *score = roster_persons(r);
	uint64_t *pair = mem_alloc(r->n_seats, sizeof *pair);
	struct lists tasks;

	for (size_t i = 0; i < r->n_seats; i++)
		pair[i] = lists_pair(r->worker[r->seat[i].worker].identity, r->seat[i].task);
	lists_make(&tasks, r->persons.n, pair, r->n_seats);
	for (uint32_t i = 0; i < r->persons.n; i++) {
		uint64_t here = lists_size(&tasks, i);
		p[i] = (struct gold_person){ intern_str(&r->persons, i), score[i].standing,
		                             score[i].answers > here ? score[i].answers : here };
	}
	lists_release(&tasks);
	free(pair);
	free(score);
	return p;
}

struct account {
	uint32_t person_rank, worker;
};

static int by_person(const void *a, const void *b)
{
	const struct account *x = a, *y = b;
	int c = (x->person_rank > y->person_rank) - (x->person_rank < y->person_rank);

	return c ? c : (x->worker > y->worker) - (x->worker < y->worker);
}

/* The workers by person, which is how gold_run wants them: s->order. */
static void sort_workers(struct schedule *s, const struct roster *r, const struct assign_in *in)
{
	uint32_t *rank = mem_alloc(r->persons.n, sizeof *rank);
	struct account *a = mem_alloc(in->n_workers, sizeof *a);

	intern_sort(&r->persons, rank, NULL);
	for (uint32_t w = 0; w < in->n_workers; w++)
		a[w] = (struct account){ rank[in->worker[w].identity], w };
	qsort(a, in->n_workers, sizeof *a, by_person);
	s->n_workers = in->n_workers;
	s->order = mem_alloc(in->n_workers, sizeof *s->order);
	for (size_t i = 0; i < in->n_workers; i++)
		s->order[i] = a[i].worker;
	free(a);
	free(rank);
}

/* The turns that gold leaves free, in the order of the tasks. */
static void turns_of(struct schedule *s, const struct assign_in *in, const struct assign_out *out)
{
	uint32_t *row = mem_alloc(in->n_workers, sizeof *row);
	size_t *gold = mem_zalloc(in->n_workers, sizeof *gold), n_seats = out->first[in->n_tasks];

	for (size_t i = 0, at = 0; i < s->n_workers; i++) {
		row[s->order[i]] = (uint32_t)i;
		for (gold[i] = at; at < s->out.n && s->out.seat[at].worker == i; at++)
			;
	}
	s->turn = mem_zalloc(n_seats, sizeof *s->turn);
	for (size_t k = 0; k < n_seats; k++) {
		if (out->worker[k] == ASSIGN_NONE)
			continue;
		uint32_t i = row[out->worker[k]];
		while (gold[i] < s->out.n && s->out.seat[gold[i]].worker == i && s->out.seat[gold[i]].turn == s->out.first[i]) {
			gold[i]++;
			s->out.first[i]++;
		}
		s->turn[k] = s->out.first[i]++;
	}
	free(gold);
	free(row);
}

/* Of each worker in s->order: his person, and the tasks he is given beside gold. */
static void load_of(const struct schedule *s, const struct assign_in *in, const struct assign_out *out, uint32_t *who,
                    uint32_t *base)
{
	uint32_t *load = mem_zalloc(in->n_workers, sizeof *load);

	for (size_t k = 0; k < out->first[in->n_tasks]; k++)
		if (out->worker[k] != ASSIGN_NONE)
			load[out->worker[k]]++;
	for (size_t i = 0; i < s->n_workers; i++) {
		who[i] = in->worker[s->order[i]].identity;
		base[i] = load[s->order[i]];
	}
	free(load);
}

static struct names names_of(const struct schedule *s)
{
	struct names n = { mem_alloc(s->items.n, sizeof(uint32_t)), mem_alloc(s->items.n, sizeof(uint32_t)),
	                   mem_alloc(s->values.n, sizeof(uint32_t)) };

	intern_sort(&s->items, n.item_rank, n.item_order);
	intern_sort(&s->values, n.value_rank, NULL);
	return n;
}

void schedule_run(struct schedule *s, const struct roster *r, const struct assign_in *in, const struct assign_out *out)
{
	struct names names = names_of(s);
	uint32_t *who = mem_alloc(in->n_workers, sizeof *who), *base = mem_alloc(in->n_workers, sizeof *base);
	uint32_t *used = mem_zalloc(s->items.n, sizeof *used);
	struct gold_person *person = persons_of(r);
	struct lists classes, seen;

	classes_of(s, &names, &classes);
	seen_of(s, r, &names, &seen, used);
	sort_workers(s, r, in);
	load_of(s, in, out, who, base);
	gold_run(&(struct gold_in){ buf_str(&s->key), person, r->persons.n, who, base, s->n_workers, &classes, &seen, used,
	                            s->most }, &s->out);
	for (size_t i = 0; i < s->out.n; i++)
		s->out.seat[i].item = names.item_order[s->out.seat[i].item];
	turns_of(s, in, out);
	lists_release(&classes);
	lists_release(&seen);
	free(names.item_rank);
	free(names.item_order);
	free(names.value_rank);
	free(person);
	free(who);
	free(base);
	free(used);
}

void schedule_release(struct schedule *s)
{
	if (s->key.p)
		mem_wipe(s->key.p, s->key.n);
	buf_release(&s->key);
	intern_release(&s->values);
	intern_release(&s->items);
	gold_out_release(&s->out);
	free(s->value);
	free(s->order);
	free(s->turn);
}
