/* crowd - simulated people at work: honest, careless, and out for money that they do not earn.
 *
 * One round: every working account answers one item, a hidden gold item (how often depends on its standing) or a seat
 * on a fresh task beside others drawn at random; EPOCH rounds an epoch, EPOCHS of them.  The generator is that of the
 * study the default rule was chosen with, and more attackers; only the random numbers differ.
 */
#ifndef T_CROWD_H
#define T_CROWD_H

#include "math/rng.h"
#include "score/rule.h"

enum { CLASSES = 4, EPOCH = 100, EPOCHS = 4, GOLD = 300, MAX_SEATS = 16 };

enum type {
	HONEST, SLOPPY, RANDOM, PRIOR, MAJORITY, COPYCAT, RING, RARERING, SLEEPER, LAZYMIX, LEAKRING, COPYMAJ, COPYNOISE,
	COPYHALF, RAREONLY, ROTATE, ENDGAME, LIAR, LEVEL, COPYNEAR, GRIEFER, PIECE, TYPES
};
extern const char *const type_name[TYPES];

/* What single people do beside a crowd that does not: of LIAR, in turn, one of the lies, each by somebody who works as honest people
 * do; of LEVEL, who answers right with chance (40 + 5 i) % whatever the class, i = 0 .. LEVELS-1.
 * A PIECE is an account of somebody honest, random, majority or lazy, in turn: one of ten that nobody knows to be of one
 * person, each with a tenth of the work, or the only one. */
enum { LIES = 13, LEVELS = 12, PIECES = 4, PROBES = 13 };
extern const char *const lie_name[LIES];
extern const enum type piece_type[PIECES];

bool type_is_bad(enum type t);

/* Who answers first on a task.  BEST_FIRST: those who look at items by their skill, the others anywhere among them. */
enum order { BY_CHANCE, COPIERS_LAST, BAD_LAST, BAD_FIRST, BEST_FIRST };

struct share {
	enum type type;
	double of;
};

struct scenario {
	const char *name;
	struct share mix[8];            /* up to a share of 0 */
	bool coloc;                     /* a ring takes 3 of 5 seats of its tasks */
	bool hidden;                    /* nobody sees the answers of others */
	bool natural;                   /* half of the gold is drawn as the tasks are, not class by class */
	bool drift;                     /* everybody gets worse, by a tenth over the campaign */
	double glance;                  /* of RAREONLY: how often a look tells that an item is common or not; 0 = .8 */
	double leaked;                  /* of the gold, known to the ring from the start */
	uint32_t quota;                 /* answers of an account; 0 = all rounds */
	double hard;                    /* of the items, deceptive; of gold too unless easy_gold */
	bool easy_gold;
	double copies;                  /* of COPYNOISE, COPYNEAR: how often it copies; 0 = .85, .95 */
	enum order order;
	double schools;                 /* of the tasks without gold: 40 % of all who look see another class there */
	uint32_t targets;               /* of the honest one in so many, whom each GRIEFER is out to make look like a copier */
	uint32_t part;                  /* of PIECE: answers of one of ten accounts */
	bool calibrate;                 /* the policy is what lbl-score calibrate makes of a pilot */
	uint32_t classes, workers, seats, seeds;        /* 0 = 4, 200, 5, as asked for */
	double leak, leak_label, honest, p5, half;      /* bounds; 0 = none */
	double held;                    /* bound for the honest held; 0 = .005 */
	double pieces;                  /* bound for what a lazy PIECE gets of the price */
	bool alarm;                     /* must go off */
	enum type probe;                /* LIAR, LEVEL or PIECE: it is those who are looked at; HONEST: all are */
	bool split;                     /* pay is the same to the unit when every person works through ten accounts */
};

/* Labels in the order in which they were given. */
struct column {
	uint32_t *task, *worker, *value;
	size_t n, cap;
	uint32_t n_tasks;
};

struct item {
	uint32_t y, hash, trap;
	bool hard, two_ways;            /* deceptive; read as trap by one of the two schools */
};

struct gold_item {
	struct item is;
	bool known;                     /* to the ring */
	uint32_t votes[CLASSES], n, sample, last;       /* answers so far, and one of them drawn at random */
};

struct account {
	enum type type;
	bool probed, school, target;    /* one of those who are looked at; of the smaller school; disliked by griefers */
	uint32_t probe;                 /* which lie, which level, which piece: 2 kind + whether it is the only account */
	uint32_t quota;                 /* answers */
	double skill;                   /* how often it is right, the mean of the classes */
	double says[CLASSES][CLASSES];  /* by true class */
	uint32_t at[CLASSES], step[CLASSES];    /* the gold of a class it gets next, and how far to the one after that */
	uint32_t answers;
	uint32_t units[EPOCHS], idle[EPOCHS];   /* answers; those given without work */
	struct rule_state s;            /* by the rule's own test, as it goes */
};

struct world {
	const struct scenario *sc;
	const struct rule_policy *p;
	struct rng rng;
	uint32_t n, seats, quota, round, classes, probes;
	const double *prior;
	bool stops;                     /* who is STOPPED gets no more tasks: set unless taken back */
	bool pilot;                     /* gold is .30 of all items, whatever the standing */
	struct account *w;
	uint32_t per_class;             /* of gold */
	struct gold_item *gold;         /* tasks 0 .. classes * per_class - 1 */
	struct column log;
};

/* world_init - the same seed, the same world */
void world_init(struct world *o, const struct scenario *sc, const struct rule_policy *p, uint32_t gold, uint64_t seed);

/* world_epoch - let them work for one epoch; its labels are added to the log */
void world_epoch(struct world *o);

/* world_is_gold - is this task gold, and which class? */
bool world_is_gold(const struct world *o, uint32_t task, uint32_t *class);

void world_release(struct world *o);

#endif
