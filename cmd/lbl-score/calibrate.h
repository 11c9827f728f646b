/* calibrate - lbl-score calibrate: a policy for rule hold from a pilot. */
#ifndef LBL_SCORE_CALIBRATE_H
#define LBL_SCORE_CALIBRATE_H

/* calibrate - all of the command; argv[0] is the verb.  The exit status */
int calibrate(int argc, char **argv);

#endif
