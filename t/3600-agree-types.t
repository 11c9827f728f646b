#!/bin/sh
# lbl-agree: what task records say of the answers; calibration; input that is bad as a whole.
# shellcheck disable=SC2016,SC2034,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

# task TASK REST... - task records; REST is more fields, or nothing
task() {
	while [ $# -gt 0 ]; do
		printf '{"kind":"task","task":"%s","data":"d"%s}\n' "$1" "$2"
		shift 2
	done
}

# ---- choices

t 'labels among the choices pass, as strings, numbers and booleans' '
	{
		task t1 ",\"choices\":[\"a\",\"b\"]" t2 ",\"choices\":[1,2.50,true]"
		lab t1 w1 "\"a\"" t1 w2 "\"b\"" t2 w1 2.5 t2 w2 true t3 w1 "\"free\""
	} >in
	exits 0 lbl-agree -q --only -m mv in >out
	[ "$(grep -c consensus out)" -eq 3 ]
'
t 'a label outside the choices of its task is an error that names it, wherever the task record stands' '
	{ task t1 ",\"choices\":[\"a\",\"b\"]"; lab t1 w1 "\"a\"" t1 w2 "\"c\""; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"t1\": the label \"c\" of worker \"w2\" is not among the choices"
	empty out
	{ lab t1 w1 "\"a\"" t1 w2 "\"c\""; task t1 ",\"choices\":[\"a\",\"b\"]"; } >in
	exits 65 lbl-agree -q --only in 2>err
	says err "lbl-agree: task \"t1\": the label \"c\" of worker \"w2\" is not among the choices"
'
t 'so is gold outside the choices, unless gold is ignored' '
	{ task t1 ",\"choices\":[\"a\",\"b\"]"; lab t1 w1 "\"a\""; echo "{\"kind\":\"gold\",\"task\":\"t1\",\"value\":\"x\"}"; } >in
	exits 65 lbl-agree -q --only in 2>err
	says err "lbl-agree: task \"t1\": the gold \"x\" is not among the choices"
	exits 0 lbl-agree -q --only --gold ignore in >out
'
t 'a label that a revision replaced may have been anything' '
	{ task t1 ",\"choices\":[\"a\",\"b\"]"; lab t1 w1 "\"c\"" t1 w1 "\"a\""; } >in
	exits 0 lbl-agree -q --only in >out
'
t 'the number 1 is not the choice "1"' '
	{ task t1 ",\"choices\":[\"1\"]"; lab t1 w1 1; } >in
	exits 65 lbl-agree -q --only in 2>err
	says err "lbl-agree: task \"t1\": the label 1 of worker \"w1\" is not among the choices"
'
t 'a later task record replaces an earlier one' '
	{ task t1 ",\"choices\":[\"a\"]" t1 ""; lab t1 w1 "\"b\""; } >in
	exits 0 lbl-agree -q --only in >out
	{ task t1 "" t1 ",\"choices\":[\"a\"]"; lab t1 w1 "\"b\""; } >in
	exits 65 lbl-agree -q --only in 2>err
'
t 'choices that are no choices are bad input, with their line' '
	for c in "[[]]" "[\"a\",\"a\"]" "[null]" "[1,1.0]"; do
		task t1 ",\"choices\":$c" >in
		exits 65 lbl-agree -q --only in 2>err
		has err "lbl-agree: in:1: field \"choices\": "
	done
	task t1 ",\"type\":\"ordinal\"" >in
	exits 65 lbl-agree -q --only in 2>err
	says err "lbl-agree: in:1: field \"choices\": a task of type ordinal needs them, in their order"
	task t1 ",\"type\":\"pair\"" >in
	exits 65 lbl-agree -q --only in 2>err
	has err "lbl-agree: in:1: field \"data\": "
'

# ---- types

t 'an array wants a task record before it that allows it; --rejects takes the line' '
	lab t1 w1 "[\"a\"]" t2 w1 "\"b\"" >in
	exits 65 lbl-agree -q --only in 2>err
	says err "lbl-agree: in:1: field \"value\": expected a string, a number or a boolean, got an array (byte 51)"
	exits 1 lbl-agree -q --only --rejects bad in >out
	[ "$(grep -c consensus out)" -eq 1 ]
	[ "$(grep -c reject bad)" -eq 1 ]
'
t 'a type that nobody knows makes no consensus, and is told' '
	{ task t1 ",\"type\":\"polygon\"" t2 ",\"type\":\"polygon\""; lab t1 w1 "{\"x\":[1,2]}" t2 w1 7 t3 w1 "\"a\""; } >in
	exits 0 lbl-agree --only in >out 2>err
	has err "lbl-agree: 2 tasks are of a type that has no methods here: no consensus"
	[ "$(grep -c consensus out)" -eq 1 ]
	{ task t1 ",\"type\":\"polygon\""; lab t1 w1 7; } >in
	exits 0 lbl-agree --only in >out 2>err
	[ "$(grep -c "\"kind\":\"run\"" out)" -eq 1 ]
	[ "$(wc -l <out)" -eq 2 ]
'
t 'a mixed stream gives each type what a stream of its own would' '
	{ task n1 ",\"type\":\"number\""; lab n1 w1 3 n1 w2 4; } >num
	lab c1 w1 "\"a\"" c1 w2 "\"b\"" c2 w2 "\"b\"" c2 w3 "\"b\"" >class
	lbl-agree -q --only -m ds class | grep -e consensus -e skill -e agreement >want
	{ cat num; cat class; } >both
	lbl-agree -q --only -m ds both | grep -e consensus -e skill -e agreement | grep -v number >got
	same want got
'

# ---- bad input as a whole

t 'no labels at all: a run record and an agreement that is undefined' '
	: >in
	exits 0 lbl-agree --only in >out 2>err
	has err "lbl-agree: no labels in the input"
	[ "$(wc -l <out)" -eq 3 ]
	has out "\"value\":null"
'
t 'gold for a task that nobody labelled makes no consensus' '
	{ lab t1 w1 "\"a\"" t1 w2 "\"a\""; echo "{\"kind\":\"gold\",\"task\":\"other\",\"value\":\"z\"}"; } >in
	exits 0 lbl-agree -q --only in >out
	[ "$(grep -c consensus out)" -eq 1 ]
	lacks out "\"z\""
'
t 'numbers that are none: NaN, Infinity, 1e400' '
	for v in NaN Infinity -Infinity 1e400 -1e999; do
		lab t1 w1 "$v" >in
		exits 65 lbl-agree -q --only in 2>err
		has err "lbl-agree: in:1: "
	done
	lab t1 w1 1e400 >in
	exits 65 lbl-agree -q --only in 2>err
	has err "number out of range"
'
t 'strings and numbers of one task may mix unless they look alike' '
	lab t1 w1 1 t1 w2 "\"a\"" >in
	exits 0 lbl-agree -q --only in >out
	lab t1 w1 1 t1 w2 "\"1\"" >in
	exits 65 lbl-agree -q --only in 2>err
	has err "labels mix types"
'
many=1000000
[ -z "${LBL_SAN-}" ] || many=100000
t 'a million labels on one task' '
	awk "BEGIN { for (i = 0; i < $many; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"%s\\\"}\\n\", i, i % 3 ? \"a\" : \"b\" }" >in
	for m in mv ds auto; do
		exits 0 lbl-agree -q --only -m $m in >out
		jq -c "select(.kind == \"consensus\") | [.value, .labels]" out >got
		says got "[\"a\",$many]"
	done
'

# ---- repeats

t '--repeats keep: each label is an observation; last: the last one; error: none' '
	lab t1 w1 "\"a\"" t1 w1 "\"a\"" t1 w2 "\"b\"" t1 w1 "\"b\"" t2 w2 "\"b\"" >in
	exits 0 lbl-agree -q --only -m mv --repeats keep in >out
	holds out "map(select(.task == \"t1\"))[0] == {kind: \"consensus\", task: \"t1\", value: \"a\", confidence: 0.5, labels: 4,
		method: \"mv\", tie: true, posterior: {a: 0.5, b: 0.5}} and map(select(.worker == \"w1\"))[0].labels == 3"
	exits 0 lbl-agree -q --only -m mv in >out
	holds out "map(select(.task == \"t1\"))[0] | .value == \"b\" and .labels == 2 and .confidence == 1"
	exits 65 lbl-agree -q --only -m mv --repeats error in 2>err
	says err "lbl-agree: 2 labels repeat a worker and task (see --repeats)"
'
t '--repeats keep: agreement is of the last ones, and any method can live with it' '
	awk "BEGIN { srand(4); for (i = 0; i < 900; i++) { t = int(rand() * 40); printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"%s\\\"}\\n\", t, int(rand() * 9), rand() < .7 ? t % 3 : int(rand() * 3) } }" >in
	for o in "-a alpha,fleiss,conger,light" "-a alpha --per-class --pairs 2"; do
		for r in last keep; do
			# shellcheck disable=SC2086   # words
			lbl-agree -q --only -m mv $o --repeats $r in | grep "kind\":\"agreement" >$r
		done
		same last keep
	done
	for m in $(lbl-agree -m - 2>&1 | sed "s/.*class: //; s/ (see.*//; s/,//g"); do
		exits 0 lbl-agree -q --only -m $m --repeats keep in >out
		holds out "(map(select(.kind == \"consensus\")) | length == 40 and (map(.labels) | add) == 900)
			and ([.[] | .posterior // empty | add] | all(. - 1 | fabs < 1e-9))"
	done
	lbl-agree -q -m ds --repeats keep in | lbl-score -q --epoch e >log
	exits 0 lbl-audit replay log >found
	lacks found "\"finding\""
'

# ---- calibration

awk 'BEGIN {
	srand(3)
	for (t = 0; t < 200; t++) {
		truth = int(rand() * 2)
		copied = rand() < .7 ? truth : 1 - truth
		for (w = 0; w < 6; w++)
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", t, w,
				substr("ab", (w > 1 ? copied : rand() < .8 ? truth : 1 - truth) + 1, 1)
		if (t % 4 == 0)
			printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":\"%s\"}\n", t, substr("ab", truth + 1, 1)
	}
}' >copied

t '--calibrate: less is claimed where gold says so, and the records say what was done' '
	exits 0 lbl-agree --only -m ds --calibrate copied >out 2>err
	holds out "(map(select(.kind == \"calibration\")) | length == 1 and (.[0] | .tasks == 50 and .method == \"ds\" and .power > 0
		and .power < 1 and .after.log_loss < .before.log_loss / 2 and (.bias | keys) == [\"a\", \"b\"]))
		and (map(select(.kind == \"run\"))[0].options.calibrate)"
	has err "lbl-agree: calibrated on 50 gold tasks: power "
	lbl-agree -q --only -m ds copied >plain
	jq -s "map(select(.kind == \"consensus\" and .confidence < 1) | .confidence) | add / length | . < .98" out >got
	jq -s "map(select(.kind == \"consensus\" and .confidence < 1) | .confidence) | add / length | . > .98" plain >>got
	put want true true
	same want got
'
t 'no confusion is printed where a label cannot be divided out of the posterior' '
	lbl-agree -q --only -m ds copied >out
	has out "\"confusion\""
	for o in --calibrate "--repeats keep"; do
		# shellcheck disable=SC2086   # words
		lbl-agree -q --only -m ds $o copied >out
		lacks out "\"confusion\""
		has out "\"counts\""
	done
'
t '--calibrate: any order of the lines, any number of threads' '
	lbl-agree -q --only -m ds --calibrate -j 2 copied >two
	lbl-agree -q --only -m ds --calibrate -j 1 copied >one
	same one two
	awk "{ print NR % 7, NR, \$0 }" copied | sort -n | cut -d " " -f 3- >shuffled
	lbl-agree -q --only -m ds --calibrate shuffled >other
	for f in one other; do
		jq -c "select(.kind == \"consensus\") | [.task, .value, (.confidence * 1e9 | round)]" $f | sort >$f.sorted
	done
	same one.sorted other.sorted
'
t '--calibrate with --gold judge: the judgement is of corrected posteriors that have not seen their gold' '
	lbl-agree -q --only -m ds --gold judge --calibrate copied >out
	holds out "map(select(.kind == \"calibration\"))[0].after.log_loss as \$a
		| map(select(.kind == \"judgement\"))[0].log_loss | . - \$a | fabs < 1e-12"
	lbl-agree -q --only -m mv --gold judge --calibrate copied >out
	holds out "map(select(.kind == \"calibration\")) | length == 1"
'
t '--calibrate without gold changes nothing but says so; with --gold ignore it is refused' '
	grep label copied >labels
	lbl-agree --only -m ds --calibrate labels 2>err | grep consensus >got
	has err "lbl-agree: there is no gold with labels: nothing to calibrate by"
	lbl-agree -q --only -m ds labels | grep consensus >want
	same want got
	exits 64 lbl-agree --calibrate --gold ignore labels 2>err
'
t '--calibrate: lbl-audit computes the same' '
	lbl-agree -q -m onecoin --calibrate copied >in
	exits 1 lbl-score -q --epoch e in >log          # all but two of them say the same, and are held
	exits 0 lbl-audit replay log >found
	lacks found "\"finding\""
'

finish
