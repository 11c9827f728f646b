#!/bin/sh
# lbl-score: what the confidence of the others is worth on gold
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/audit.sh"

# say PREFIX FROM TO VALUE... - tasks PREFIX<number>, labelled by w1, w2, ...: the values, without quotes
say() {
	_p=$1 _i=$2 _to=$3
	shift 3
	while [ "$_i" -le "$_to" ]; do
		_w=0
		for _v; do
			_w=$((_w + 1))
			printf '{"kind":"label","task":"%s","worker":"w%d","value":"%s"}\n' "$_p$_i" $_w "$_v"
		done
		_i=$((_i + 1))
	done
}

# gold PREFIX FROM TO VALUE
gold() {
	_i=$2
	while [ "$_i" -le "$3" ]; do
		printf '{"kind":"gold","task":"%s","value":"%s"}\n' "$1$_i" "$4"
		_i=$((_i + 1))
	done
}

# consensus POSTERIOR PREFIX FROM TO
consensus() {
	_i=$3
	while [ "$_i" -le "$4" ]; do
		printf '{"kind":"consensus","task":"%s","value":"?","confidence":1,"labels":3,"method":"ds","posterior":%s}\n' "$2$_i" "$1"
		_i=$((_i + 1))
	done
}

# verdicts FILE OPTION... - of tasks without gold: task worker verdict against confidence; the rest is in out and err
verdicts() {
	_f=$1
	shift
	lbl-score --only --rule gold "$@" "$_f" >out 2>err &&
		jq -r 'select(.by == "consensus") | "\(.task) \(.worker) \(.verdict) \(.against) \(.confidence)"' out
}

# Others who are of one mind are right on half of the gold: 30 of 60, and one more that was wrong, are 30/61
{
	say g 1 60 a a a
	gold g 1 30 a
	gold g 31 60 b
	say t 1 1 a a a
} >half

t 'sure and wrong: worth less than the minimum, so nothing decides, and people look' '
	verdicts half --review-queue >got
	put want "t1 w1 pending null 0.4918032786885246" "t1 w2 pending null 0.4918032786885246" \
		"t1 w3 pending null 0.4918032786885246"
	same want got
	grep "\"kind\":\"queue\"" out >got
	put want "{\"kind\":\"queue\",\"task\":\"t1\",\"reason\":\"no confident consensus\",\"labels\":3,\"at_stake\":11883}"
	same want got
	put want "lbl-score: the input has no end mark: it may have been cut short" \
		"lbl-score: 183 labels by 3 workers: 90 verified, 90 rejected, 3 pending" \
		"lbl-score: confidence by votes is what 60 tasks with gold say of it, and one more that was wrong:" \
		"lbl-score:   claimed 1.0000 to 1.0000: 30.0 of 61.0 right, 0.4918"
	same want err
'
t 'taken at its word with --calibrate 0, which is silent, and is in no run record' '
	verdicts half --calibrate 0 --review-queue >got
	put want "t1 w1 verified a 1" "t1 w2 verified a 1" "t1 w3 verified a 1"
	same want got
	lacks out "\"kind\":\"queue\""
	lacks err confidence
	lacks out "\"calibrate\""
'
t 'gold decides labels on gold as ever' '
	lbl-score -q --only --rule gold --calibrate 0 half | grep "\"by\":\"gold\"" >want
	lbl-score -q --only --rule gold half | grep "\"by\":\"gold\"" >got
	[ "$(wc -l <want)" -eq 180 ]
	same want got
'
t 'N tasks with gold are enough, one less is not, and why is told' '
	verdicts half --calibrate 60 >got
	has got "t1 w1 pending null 0.4918032786885246"
	has out "\"min_confidence\":0.8,\"calibrate\":60,"
	verdicts half --calibrate 61 >got
	has got "t1 w1 verified a 1"
	has out "\"min_confidence\":0.8,\"calibrate\":61,"
	has err "lbl-score: confidence by votes is not calibrated: 60 tasks with gold can say what it is worth, --calibrate asks for 61"
	{ say g 1 49 a a a; gold g 1 49 b; say t 1 1 a a a; } >few
	verdicts few >got
	has got "t1 w1 verified a 1"
	has err "49 tasks with gold can say what it is worth, --calibrate asks for 50"
	{ cat few; say g 50 50 a a a; gold g 50 50 b; } >enough
	verdicts enough >got
	has got "t1 w1 pending null null"
'
t 'the minimum is held against what is worth' '
	verdicts half -c 0.4918 >got
	has got "t1 w1 verified a 0.4918032786885246"
	verdicts half -c 0.4919 >got
	has got "t1 w1 pending null 0.4918032786885246"
'
t 'gold that one person labelled, or that is of another type, says nothing' '
	{
		cat few
		say one 1 5 a
		gold one 1 5 a
		printf "{\"kind\":\"task\",\"task\":\"p1\",\"type\":\"multi\",\"data\":{}}\n"
		say p 1 1 a a a | sed "s/\"a\"/[&]/"
		gold p 1 1 a | sed "s/\"a\"/[&]/"
		gold nobody 1 5 a
	} >in
	verdicts in >got
	has err "not calibrated: 49 tasks with gold can"
'

# ---- more than one claim

# 5 of one mind: right on 40 of 40.  3 against 2: the two are told by 3/4 of the others, which is right on 10 of 40; the
# three have as many for as against.
{
	say u 1 40 a a a a a
	gold u 1 40 a
	say v 1 40 a a a b b
	gold v 1 10 a
	gold v 11 40 b
	say s 1 1 a a a a a
	say t 1 1 b b b a a
	say x 1 1 a a a b c
} >two

t 'two claims, each worth its own; one below all that gold has seen is not raised, nor one between' '
	{ cat two; say y 1 1 a a a a b c; } >in
	verdicts in -c 0.7 >got
	has got "s1 w5 verified a 0.975609756097561"
	{
		printf "s1 w%d verified a 0.975609756097561\n" 1 2 3 4 5
		printf "t1 w%d pending null null\n" 1 2 3
		printf "t1 w%d pending null 0.25\n" 4 5
		printf "x1 w%d pending null 0.25\n" 1 2 3 4 5
		printf "y1 w%d pending null 0.25\n" 1 2 3 4 5 6
	} >want
	same want got
	grep claimed err >got
	put want "lbl-score:   claimed 0.7500 to 0.7500: 10.0 of 40.0 right, 0.2500" \
		"lbl-score:   claimed 1.0000 to 1.0000: 40.0 of 41.0 right, 0.9756"
	same want got
	{ say u 1 60 a a a a a; gold u 1 60 a; say x 1 1 a a a b c; } >in
	verdicts in -c 0.6 >got
	{
		printf "x1 w%d pending null 0.5\n" 1 2 3
		printf "x1 w%d rejected a 0.75\n" 4 5
	} >want
	same want got
'
t 'gold with hundreds of labels is asked in panels of the usual size, and weighs no more than other gold' '
	# shellcheck disable=SC2046
	{
		say g 1 49 a a a
		gold g 1 49 a
		say big 1 1 $(awk "BEGIN { for (i = 0; i < 96; i++) print \"a a b\" }")
		gold big 1 1 b
		say t 1 1 a a a
		say t 2 2 a a a a a
	} >in
	verdicts in >got
	has got "t1 w1 verified a 0.960784313725490"    # 49 / 51
	has err "lbl-score:   claimed 1.0000 to 1.0000: 49.0 of 51.0 right, 0.9608"
'
t 'of one person one label is asked' '
	{       # his last label is b, so each of the two persons claims what the other does not say
		say g 1 60 a a b
		gold g 1 60 a
		say t 1 1 a a a
		printf "{\"kind\":\"worker\",\"worker\":\"w%d\",\"identity\":\"one\"}\n" 2 3
	} >in
	verdicts in >got
	put want "t1 w1 pending null 0.4918032786885246" "t1 w3 pending null 0.4918032786885246"
	same want got
	has err "claimed 1.0000 to 1.0000: 30.0 of 61.0 right"
	{
		cat half
		printf "{\"kind\":\"worker\",\"worker\":\"w%d\",\"identity\":\"one\"}\n" 1 2 3
	} >in
	lbl-score --only --rule gold in 2>err >out
	lacks err "confidence by"
	lacks out "\"confidence\""
'

# ---- the model

# What lbl-agree says of gold has seen it: it is right on all.  Two others of one mind claim .81 / .82.
{
	say a 1 15 a a a
	say a 16 30 b b b
	gold a 1 30 a
	say b 1 15 b b b
	say b 16 30 a a a
	gold b 1 30 b
	say t 1 1 a a a
	say t 2 2 b b b
	consensus "{\"a\":1}" a 1 30
	consensus "{\"b\":1}" b 1 30
	consensus "{\"a\":0.9986301369863013,\"b\":0.0013698630136986301}" t 1 1
	consensus "{\"b\":0.9986301369863013,\"a\":0.0013698630136986301}" t 2 2
	printf '{"kind":"skill","worker":"w%d","labels":62,"skill":0.9,"method":"ds","confusion":{"a":{"a":0.9,"b":0.1},"b":{"a":0.1,"b":0.9}}}\n' 1 2 3
} >model

t 'the posterior of gold is made again from the others, and worth what they are right' '
	verdicts model >got
	printf "t%d w%d pending null 0.4918032786885246\n" 1 1 1 2 1 3 2 1 2 2 2 3 >want
	same want got
	grep "confidence\|claimed" err >got
	put want "lbl-score: confidence by the model is what 60 tasks with gold say of it, and one more that was wrong:" \
		"lbl-score:   claimed 0.9878 to 1.0000: 30.0 of 61.0 right, 0.4918"
	same want got
	verdicts model --calibrate 0 | sed "s/0[.]9878048780[0-9]*/0.987805/" >got
	printf "t%d w%d verified %s 0.987805\n" 1 1 a 1 2 a 1 3 a 2 1 b 2 2 b 2 3 b >want
	same want got
'
t 'votes and the model are worth each what they are right' '
	{
		cat model
		say c 1 40 a a a a a    # of five, of whom two have no matrix: only their votes claim
		gold c 1 40 a
		say t 3 3 a a a a a
		consensus "{\"a\":0.9999,\"b\":0.0001}" t 3 3
	} >in
	verdicts in >got
	grep "^t3" got >seen
	# votes: 70 of 101.  The model: a is the likelier class now, so to claim it is 15 + 40 of 70, and 1; b 15 of 30.
	{
		printf "t3 w%d pending null 0.7746478873239436\n" 1 2 3
		printf "t3 w%d pending null 0.693069306930693\n" 4 5
	} >want
	same want seen
	grep claimed err >got
	put want "lbl-score:   claimed 1.0000 to 1.0000: 70.0 of 101.0 right, 0.6931" \
		"lbl-score:   claimed 0.9874 to 0.9874: 15.0 of 30.0 right, 0.5000" \
		"lbl-score:   claimed 0.9881 to 1.0000: 55.0 of 71.0 right, 0.7746"
	same want got
'

# ---- the same anywhere

awk 'BEGIN {
	s = 7
	for (t = 0; t < 4000; t++) {
		n = t % 2 ? 3 + t % 3 : 2 + t % 40
		if (t % 2 == 0)
			printf "{\"kind\":\"gold\",\"task\":\"q%d\",\"value\":\"%s\"}\n", t, substr("abc", 1 + t % 3, 1)
		for (i = 0; i < n; i++) {
			s = (s * 16807) % 2147483647
			v = s % 10 < 6 ? t % 3 : s % 3
			s = (s * 16807) % 2147483647
			printf "{\"kind\":\"label\",\"task\":\"q%d\",\"worker\":\"p%d\",\"value\":\"%s\"}\n", t, s % 90, substr("abc", 1 + v, 1)
		}
	}
}' >many

t 'the same bytes for any number of threads, by votes and by the model' '
	lbl-agree -q -m ds many >modelled
	for in in many modelled; do
		lbl-score --only -j 1 $in >one 2>err1 || [ $? -eq 1 ]
		lbl-score --only -j 2 $in >two 2>err2 || [ $? -eq 1 ]
		lbl-score --only -j 7 $in >seven 2>err7 || [ $? -eq 1 ]
		same one two
		same one seven
		same err1 err2
		same err1 err7
		has err1 "2000 tasks with gold say of it"
	done
	has err1 "confidence by the model"
'
t 'replayed to the byte; with another N the verdicts differ' '
	for in in many modelled; do
		lbl-score -q --rule gold $in >log
		exits 0 lbl-audit replay -q log
		grep "\"kind\":\"run\"" log | grep -c "\"calibrate\":50" >n
		says n 1
		edit "s/\"calibrate\":50/\"calibrate\":2000/" log
		exits 0 lbl-audit replay -q bad.ndjson
		edit "s/\"calibrate\":50/\"calibrate\":2001/" log
		exits 1 lbl-audit replay -q bad.ndjson >found
		has found "\"rule\":\"differs\""
	done
'
t 'a log without calibrate is one that took claims at their word' '
	lbl-score -q --rule gold --calibrate 0 many >log
	lacks log calibrate
	exits 0 lbl-audit replay -q log
	edit "s/\"min_confidence\":0.8/&,\"calibrate\":1000000001/" log
	exits 1 lbl-audit replay -q bad.ndjson >found
	has found "options: field \\\"calibrate\\\" is out of range"
'
finish
