#include "scenarios.h"

#define CROWD(h, s, r, p, m) { HONEST, h }, { SLOPPY, s }, { RANDOM, r }, { PRIOR, p }, { MAJORITY, m }
#define BASE { CROWD(.5, .2, .05, .05, .05), { COPYCAT, .05 }, { RING, .10 } }
#define WITH(type) { CROWD(.5, .2, .05, .05, .05), { type, .15 } }
#define RING20 { CROWD(.45, .15, .05, .05, .05), { COPYCAT, .05 }, { RING, .20 } }
#define LEAK20 { CROWD(.45, .20, .05, .05, .05), { LEAKRING, .20 } }
#define LEAK30 { CROWD(.45, .15, .04, .03, .03), { LEAKRING, .30 } }
#define PIECED { CROWD(.25, .10, .025, .025, .025), { COPYCAT, .025 }, { RING, .05 }, { PIECE, .5 } }
#define FIRM .leak = .005, .honest = .96, .p5 = .78, .half = .015

const struct scenario scenarios[] = {
	{ "base", BASE, FIRM },
	{ "coloc", BASE, .coloc = true, FIRM },
	{ "ring20", RING20, FIRM },
	{ "ring20_coloc", RING20, .coloc = true, FIRM },
	{ "ring30", { CROWD(.45, .15, .04, .03, .03), { RING, .30 } }, FIRM },
	{ "ring40_coloc", { CROWD(.40, .10, .04, .03, .03), { RING, .40 } }, .coloc = true, FIRM },
	{ "rarering", { CROWD(.5, .2, .05, .05, .05), { COPYCAT, .05 }, { RARERING, .10 } }, .coloc = true, FIRM },
	{ "majority40", { CROWD(.4, .1, .02, .02, .40), { COPYCAT, .02 }, { RING, .04 } }, FIRM },
	{ "copy15", WITH(COPYCAT), .leak = .005, .honest = .96, .half = .015 },
	{ "copymaj15", WITH(COPYMAJ), .leak = .005, .honest = .96, .half = .015 },
	{ "copy15_hidden", WITH(COPYCAT), .hidden = true, .leak = .005, .honest = .96, .half = .015 },
	{ "base_hidden", BASE, .hidden = true, .leak = .005, .honest = .96, .half = .015 },
	{ "goldleak0", WITH(LEAKRING), .leak = .005, .honest = .95, .half = .015 },
	{ "goldleak60", WITH(LEAKRING), .leaked = .6, .leak = .005, .honest = .95, .half = .015 },
	{ "goldleak100", WITH(LEAKRING), .leaked = 1, .leak = .005, .honest = .95, .half = .015 },
	{ "leak100coloc", WITH(LEAKRING), .leaked = 1, .coloc = true, .leak = .005, .honest = .95, .half = .015 },
	{ "leak20", LEAK20, .leaked = 1, .leak = .01, .honest = .94, .half = .015 },
	{ "leak20coloc", LEAK20, .leaked = 1, .coloc = true, .leak = .04, .honest = .82 },
	{ "sleeper", WITH(SLEEPER), .leak = .06, .leak_label = .01, .honest = .95, .half = .015 },
	{ "lazymix", WITH(LAZYMIX), .leak = .025, .honest = .95, .half = .015 },
	{ "copynoise15", WITH(COPYNOISE), .leak = .08, .honest = .95, .half = .015 },
	{ "sparse", BASE, .quota = 15, .leak = .03, .honest = .40 },
	{ "hard_easygold", BASE, .hard = .25, .easy_gold = true, .leak = .005, .honest = .80 },
	{ "hard", BASE, .hard = .25, .leak = .005 },            /* what comes of not calibrating; and classes2 below */
	{ "hard_cal", BASE, .hard = .25, .calibrate = true, .leak = .005, .honest = .93, .p5 = .70, .half = .05 },
	{ "leak30", LEAK30, .leaked = 1, .alarm = true },
	{ "leak30coloc", LEAK30, .leaked = 1, .coloc = true, .alarm = true },
	/* attackers and crowds that the rule was not chosen with */
	/* right on .86 of all items, as honest people are, with less than half of the work: who sees only labels cannot tell */
	{ "rareonly15", WITH(RAREONLY), .leak = .21, .leak_label = .12, .honest = .95 },
	{ "rareonly15_65", WITH(RAREONLY), .glance = .65, .leak = .10, .leak_label = .06, .honest = .95 },
	/* dissents now and then, just enough to be taken for one of the best: the copy hold is set to spare those */
	{ "copynoise5", WITH(COPYNOISE), .copies = .95, .leak = .15, .honest = .95, .half = .015 },
	{ "copynoise30", WITH(COPYNOISE), .copies = .70, .leak = .08, .honest = .95, .half = .015 },
	{ "rotate20", { CROWD(.45, .20, .05, .05, .05), { ROTATE, .20 } }, FIRM },
	{ "natural", BASE, .natural = true, FIRM },
	{ "drift", BASE, .drift = true, .leak = .005, .honest = .83 },
	{ "endgame", WITH(ENDGAME), .leak = .17, .leak_label = .015, .honest = .95, .half = .015 },
	{ "poorcrowd", { CROWD(.30, .40, .05, .05, .05), { COPYCAT, .05 }, { RING, .10 } }, .leak = .005, .honest = .92 },
	{ "base_cal", BASE, .calibrate = true, FIRM },
	{ "leak100_cal", WITH(LEAKRING), .leaked = 1, .calibrate = true, .leak = .005, .honest = .95, .half = .015 },
	{ "classes2", BASE, .classes = 2, .leak = .02 },
	{ "classes2_cal", BASE, .classes = 2, .calibrate = true, .leak = .01, .honest = .92, .half = .07 },
	{ "copy2_cal", WITH(COPYCAT), .classes = 2, .calibrate = true, .leak = .03, .honest = .92 },
	{ "lazy2_cal", WITH(LAZYMIX), .classes = 2, .calibrate = true, .leak = .06, .honest = .92 },
	{ "crowd50", BASE, .workers = 50, .leak = .005, .honest = .94 },
	{ "leak50", WITH(LEAKRING), .leaked = 1, .workers = 50, .leak = .005, .honest = .93 },
	{ "copy50", WITH(COPYCAT), .workers = 50, .leak = .005, .honest = .94 },
	{ "crowd5000", BASE, .workers = 5000, .seeds = 1, FIRM },
	{ "seats3", BASE, .seats = 3, .leak = .005, .honest = .95 },
	{ "seats7", BASE, .seats = 7, FIRM },
	{ "copy3", WITH(COPYCAT), .seats = 3, .leak = .005, .honest = .95 },
	{ "leak3", WITH(LEAKRING), .leaked = 1, .seats = 3, .leak = .005, .honest = .95 },
	{ "leak7", WITH(LEAKRING), .leaked = 1, .seats = 7, .leak = .005, .honest = .95 },
	/* those who copy, by when and whom: last and what most say, whoever was right before, every second answer */
	{ "copylate", WITH(COPYNOISE), .copies = .95, .order = COPIERS_LAST, .leak = .15, .honest = .95, .half = .015 },
	{ "copynear", WITH(COPYNEAR), .leak = .10, .honest = .95, .half = .015 },
	{ "copynear_late", WITH(COPYNEAR), .order = COPIERS_LAST, .leak = .11, .honest = .95, .half = .015 },
	{ "copycat_late", WITH(COPYCAT), .order = COPIERS_LAST, .leak = .05, .honest = .95, .half = .015 },
	/* no rule can win: the labels are as good as those of the honest.  Hide labels until a task is complete */
	{ "copyhalf15", WITH(COPYHALF), .honest = .95, .half = .015 },
	/* honest people who are not alike, or come in an order that says something: nobody is to be held for that */
	{ "schools", BASE, .schools = .25, .leak = .005, .honest = .80, .p5 = .60, .half = .015 },
	{ "skillorder", { CROWD(.5, .2, .05, .05, .05), { RING, .15 } }, .order = BEST_FIRST, FIRM },
	{ "spamlast", WITH(RANDOM), .order = BAD_LAST, FIRM },
	{ "spamfirst", WITH(RANDOM), .order = BAD_FIRST, FIRM },
	/* cleared, and last: who agrees with the first is made to look like a copier.  A ring that does so to all; and people
	 * who work but for that, and are out for one in ten of the honest.  A hold waits for a review, and takes nothing */
	{ "leaklast", WITH(LEAKRING), .leaked = 1, .order = BAD_LAST, .leak = .005, .honest = .95, .half = .015 },
	{ "griefers", WITH(GRIEFER), .targets = 10, .order = BAD_LAST, .honest = .88, .held = .12 },
	/* people who deviate alone */
	{ "lies", { CROWD(.44, .17, .045, .045, .045), { COPYCAT, .04 }, { RING, .085 }, { LIAR, .13 } }, .workers = 1000,
	  .probe = LIAR },
	{ "accuracy", { CROWD(.44, .17, .05, .045, .045), { COPYCAT, .045 }, { RING, .085 }, { LEVEL, .12 } }, .workers = 1000,
	  .probe = LEVEL },
	{ "split", BASE, .split = true, .seeds = 3, FIRM },
	{ "split40", PIECED, .workers = 400, .part = 40, .probe = PIECE, .honest = .95, .half = .015, .pieces = .08 },
	{ "split15", PIECED, .workers = 400, .part = 15, .probe = PIECE, .honest = .95, .half = .015, .pieces = .15 },
};
const size_t n_scenarios = sizeof scenarios / sizeof *scenarios;
