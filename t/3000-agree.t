#!/bin/sh
# lbl-agree: votes counted by hand, the peers' answers, the edges, and laws that any
# aggregation obeys.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

# made FILE OPTION... - what lbl-agree makes of it, without mark and run record
made() {
	_f=$1
	shift
	lbl-agree -q --only "$@" "$_f" | grep -v -e '"kind":"end"' -e '"kind":"run"'
}

# near TOLERANCE A B - the same tasks with the same consensus, confidences that close
near() {
	jq -n --slurpfile a "$2" --slurpfile b "$3" --argjson e "$1" '
		def by_task: map(select(.kind == "consensus")) | INDEX(.task);
		($a | by_task) as $x | ($b | by_task) as $y
		| if ($x | length) == 0 or ($x | keys) != ($y | keys) then error("other tasks") else empty end,
		($x[] | . as $p | $y[.task]
			| select(.value != $p.value or (.confidence - $p.confidence | fabs) > $e or .labels != $p.labels)
			| [$p, .])' >.near
	if [ -s .near ]; then
		head -20 .near >&2
		return 1
	fi
}

# ---- by hand

{
	lab t1 w1 '"a"' t1 w2 '"a"' t1 w3 '"b"'
	lab t2 w1 '"b"' t2 w2 '"a"'
	lab t3 w1 '"b"' t3 w3 '"b"'
} >hand

# alpha: n = 7, n_a = 3, n_b = 4; Do = (2 + 2 + 0)/7 = De = (49 - 25)/42.  Without t1, t2, t3
# it is 0, 1/3, -1/3, so se = sqrt(2/3 * 2/9) = 0.3849..., and t(0.975, 2) = 0.95 sqrt(2/0.0975)
t 'votes, a tie, skills, alpha: the whole output' '
	exits 0 lbl-agree -m mv hand >out 2>err
	says err "lbl-agree: the input has no end mark: it may have been cut short"
	cat hand - >want <<-"END"
	{"kind":"run","tool":"lbl-agree","version":"0.1.0","options":{"method":"mv","iterations":0,"tolerance":0,"seed":0,"gold":"clamp","repeats":"last","half_life":0,"agreement":"alpha","weights":"identity","metric":"nominal","circumference":0}}
	{"kind":"agreement","metric":"alpha","value":0,"se":0.3849001794597505,"low":-1.6560918078335527,"high":1,"tasks":3,"workers":3,"labels":7}
	{"kind":"consensus","task":"t1","value":"a","confidence":0.6666666666666666,"labels":3,"method":"mv","posterior":{"a":0.6666666666666666,"b":0.3333333333333333}}
	{"kind":"consensus","task":"t2","value":"a","confidence":0.5,"labels":2,"method":"mv","tie":true,"posterior":{"a":0.5,"b":0.5}}
	{"kind":"consensus","task":"t3","value":"b","confidence":1,"labels":2,"method":"mv","posterior":{"b":1}}
	{"kind":"skill","worker":"w1","labels":3,"skill":0.6666666666666666,"method":"mv"}
	{"kind":"skill","worker":"w2","labels":2,"skill":1,"method":"mv"}
	{"kind":"skill","worker":"w3","labels":2,"skill":0.5,"method":"mv"}
	END
	sed \$d out >body
	same want body
	tail -n 1 out >last
	has last "{\"kind\":\"end\",\"tool\":\"lbl-agree\",\"records\":15,"
'
t 'the method and what it was given are in the stream' '
	exits 0 lbl-agree -q --only hand >out
	head -n 1 out >first
	says first "{\"kind\":\"run\",\"tool\":\"lbl-agree\",\"version\":\"0.1.0\",\"options\":{\"method\":\"auto\",\"iterations\":0,\"tolerance\":0,\"seed\":0,\"gold\":\"clamp\",\"repeats\":\"last\",\"half_life\":0,\"agreement\":\"alpha\",\"weights\":\"identity\",\"metric\":\"nominal\",\"circumference\":0}}"
	[ "$(grep -c "\"method\":\"auto\"" out)" -eq 8 ]
	exits 0 lbl-agree -q --only -m ds hand >out
	[ "$(grep -c "\"method\":\"ds\"" out)" -eq 7 ]
	exits 0 lbl-agree -q --only -m ds --iterations 7 --tolerance 0.5 --threads 2 --seed 5 --gold judge --repeats error --half-life 2.5 hand >out
	head -n 1 out >first
	says first "{\"kind\":\"run\",\"tool\":\"lbl-agree\",\"version\":\"0.1.0\",\"options\":{\"method\":\"ds\",\"iterations\":7,\"tolerance\":0.5,\"seed\":5,\"gold\":\"judge\",\"repeats\":\"error\",\"half_life\":2.5,\"agreement\":\"alpha\",\"weights\":\"identity\",\"metric\":\"nominal\",\"circumference\":0}}"
'
t 'a tie goes to the first class in bytewise order, whatever came first' '
	lab t1 w1 "\"b\"" t1 w2 "\"a\"" t2 w1 "\"é\"" t2 w2 "\"z\"" t3 w1 "10" t3 w2 "9" >in
	made in -m mv | jq -c "select(.kind == \"consensus\") | [.task, .value, .tie, (.posterior | keys_unsorted)]" >got
	put want "[\"t1\",\"a\",true,[\"a\",\"b\"]]" "[\"t2\",\"z\",true,[\"z\",\"é\"]]" "[\"t3\",10,true,[\"10\",\"9\"]]"
	same want got
'
t 'three tied classes of four' '
	lab t w1 "\"d\"" t w2 "\"c\"" t w3 "\"b\"" t w4 "\"d\"" t w5 "\"c\"" t w6 "\"b\"" t w7 "\"a\"" >in
	made in -m mv >out
	has out "\"value\":\"b\",\"confidence\":0.2857142857142857,\"labels\":7,\"method\":\"mv\",\"tie\":true,"
'

# ---- edges

t 'no labels: nothing agreed, and why' '
	put in "{\"kind\":\"gold\",\"task\":\"t\",\"value\":1}"
	for m in mv ds auto; do
		exits 0 lbl-agree --only -m $m in >out 2>err
		has err "lbl-agree: no labels in the input"
		grep -v -e "\"run\"" -e "\"end\"" out >got
		says got "{\"kind\":\"agreement\",\"metric\":\"alpha\",\"value\":null,\"why\":\"no task has two labels\",\"tasks\":0,\"workers\":0,\"labels\":0}"
	done
'
t 'one worker: every task is as that worker says, alpha is undefined' '
	lab t1 w "\"a\"" t2 w "\"b\"" >in
	for m in mv ds; do
		made in -m $m >out
		has out "\"metric\":\"alpha\",\"value\":null,\"why\":\"no task has two labels\",\"tasks\":0,\"workers\":1,\"labels\":0}"
		jq -c "select(.kind == \"consensus\") | [.task, .value, .labels, .confidence > 0.999]" out >got
		put want "[\"t1\",\"a\",1,true]" "[\"t2\",\"b\",1,true]"
		same want got
	done
'
t 'one class: alpha is undefined, all are sure' '
	lab t1 w1 "\"a\"" t1 w2 "\"a\"" t2 w1 "\"a\"" >in
	put want \
		"{\"kind\":\"agreement\",\"metric\":\"alpha\",\"value\":null,\"why\":\"only one class occurs\",\"tasks\":1,\"workers\":2,\"labels\":2}" \
		"{\"kind\":\"consensus\",\"task\":\"t1\",\"value\":\"a\",\"confidence\":1,\"labels\":2,\"method\":\"ds\",\"posterior\":{\"a\":1}}" \
		"{\"kind\":\"consensus\",\"task\":\"t2\",\"value\":\"a\",\"confidence\":1,\"labels\":1,\"method\":\"ds\",\"posterior\":{\"a\":1}}" \
		"{\"kind\":\"skill\",\"worker\":\"w1\",\"labels\":2,\"skill\":1,\"method\":\"ds\",\"counts\":{\"a\":{\"a\":2}},\"confusion\":{\"a\":{\"a\":1}}}" \
		"{\"kind\":\"skill\",\"worker\":\"w2\",\"labels\":1,\"skill\":1,\"method\":\"ds\",\"counts\":{\"a\":{\"a\":1}},\"confusion\":{\"a\":{\"a\":1}}}"
	made in -m ds >got
	same want got
'
t 'a single task with two labels: a value and no error' '
	lab t1 w1 "\"a\"" t1 w2 "\"b\"" >in
	made in -m mv >out
	head -n 1 out >first
	says first "{\"kind\":\"agreement\",\"metric\":\"alpha\",\"value\":0,\"se\":null,\"why\":\"only one task has two labels\",\"tasks\":1,\"workers\":2,\"labels\":2}"
'
t 'numbers are classes by their value, booleans too' '
	lab t w1 1 t w2 1.0 t w3 1e0 u w1 -0 u w2 0 u w3 0.0 v w1 true v w2 true v w3 false >in
	made in -m mv | jq -c "select(.kind == \"consensus\") | [.value, .confidence, .posterior]" >got
	put want "[1,1,{\"1\":1}]" "[0,1,{\"0\":1}]" "[true,0.6666666666666666,{\"false\":0.3333333333333333,\"true\":0.6666666666666666}]"
	same want got
'
t 'a string that needs escapes is one class however it is written' '
	lab "t\\u0041" w1 "\"a\\u0022\\n\"" tA w2 "\"\\u0061\\\"\\u000a\"" >in
	made in -m mv >out
	has out "{\"kind\":\"consensus\",\"task\":\"tA\",\"value\":\"a\\\"\\n\",\"confidence\":1,\"labels\":2,\"method\":\"mv\",\"posterior\":{\"a\\\"\\n\":1}}"
'
t 'types that a posterior cannot tell apart are refused' '
	lab t w1 "\"1\"" t w2 1 >in
	for m in mv ds auto; do
		exits 65 lbl-agree -q -m $m in >out 2>err
		says err "lbl-agree: labels mix types: both the string \"1\" and 1 occur"
		same in out             # passed through, and no end mark
	done
	lab t w1 true u w2 "\"true\"" >in
	exits 65 lbl-agree -q in >out 2>err
	says err "lbl-agree: labels mix types: both the string \"true\" and true occur"
	lab t w1 "\"a\"" u w2 1 >in
	exits 0 lbl-agree -q in >out 2>err
'
t 'a value that is no class' '
	lab t w1 "[\"a\"]" >in
	exits 65 lbl-agree in >out 2>err
	says err "lbl-agree: in:1: field \"value\": expected a string, a number or a boolean, got an array (byte 50)"
	lab t w1 null >in
	exits 65 lbl-agree in >out 2>err
	says err "lbl-agree: in:1: field \"value\": expected a string, a number or a boolean, got null (byte 50)"
'
t 'a later label of the same worker counts, and is told' '
	{ lab t1 w3 "\"a\"" t2 w1 "\"a\""; cat hand; } >in
	exits 0 lbl-agree --only -m mv in >out 2>err
	has err "lbl-agree: 2 label records were replaced by a later one of the same worker and task"
	jq -c "select(.kind == \"consensus\") | [.task, .value, .labels]" out | sort >got
	put want "[\"t1\",\"a\",3]" "[\"t2\",\"a\",2]" "[\"t3\",\"b\",2]"
	same want got
	{ cat hand; lab t1 w1 "\"b\""; } >in
	exits 0 lbl-agree --only -m mv in >out 2>err
	has err "lbl-agree: 1 label record was replaced by a later one of the same worker and task"
	has out "{\"kind\":\"consensus\",\"task\":\"t1\",\"value\":\"b\",\"confidence\":0.6666666666666666,\"labels\":3,"
'
t 'a slip that was corrected leaves no trace, of its class or of its type' '
	{ lab t1 w1 "\"zz\"" t2 w1 "\"0\""; cat hand; } >in
	for m in mv ds auto; do
		made hand -m $m >want
		made in -m $m >got
		same want got
	done
	{ lab t1 w1 1; lab t1 w1 "\"1\"" t1 w2 "\"1\""; } >in
	lab t1 w1 "\"1\"" t1 w2 "\"1\"" >hand2
	for m in mv ds auto; do
		made hand2 -m $m >want
		made in -m $m >got
		same want got
	done
'
t 'an address is one worker in any case' '
	lab t 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed "\"a\"" t 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed "\"b\"" >in
	exits 0 lbl-agree --only -m mv in >out 2>err
	has err "1 label record was replaced"
	has out "{\"kind\":\"skill\",\"worker\":\"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\",\"labels\":1,"
'
t 'identifiers of 256 bytes come out whole' '
	id=$(printf "%0256d" 7)
	lab "$id" "$id" 1 >in
	made in >out
	has out "{\"kind\":\"consensus\",\"task\":\"$id\",\"value\":1,"
	has out "{\"kind\":\"skill\",\"worker\":\"$id\","
'
t 'too many classes for ibcc: told, and mv does it' '
	awk "BEGIN { for (i = 0; i < 4000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"c%d\\\"}\n\", i, i % 34, i % 2000 }" >in
	exits 65 lbl-agree -q --only -m ibcc in >out 2>err
	says err "lbl-agree: 2000 classes and 34 workers are too many for method ibcc: use auto, onecoin, ds-map, ds or mv"
	empty out
	exits 0 lbl-agree -q --only -m mv in >out 2>err
'
t 'open answers: mv needs memory for the labels, not for tasks times classes' '
	awk "BEGIN { for (i = 0; i < 60000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"c%d\\\"}\n\", i / 3, i % 3, i }" >in
	([ "${LBL_SAN-}" ] || ulimit -v 600000; exits 0 lbl-agree -q --only -m mv --threads 2 in >out 2>err)
	[ "$(grep -c "\"confidence\":0.3333333333333333,\"labels\":3,\"method\":\"mv\",\"tie\":true," out)" -eq 20000 ]
'
t 'not converged is told' '
	lab t1 w1 "\"a\"" t1 w2 "\"b\"" t1 w3 "\"a\"" t2 w1 "\"b\"" t2 w2 "\"b\"" t2 w3 "\"a\"" t3 w1 "\"a\"" t3 w2 "\"a\"" >in
	exits 0 lbl-agree --only -m ds --iterations 1 in >out 2>err
	has err "lbl-agree: not converged after 1 iteration: see --iterations and --tolerance"
	exits 0 lbl-agree --only -m ds --iterations 100000 in >out 2>err
	if grep "not converged" err; then false; fi
'
t 'what it made before is not input: consensus, agreement, choice and skills without counts pass' '
	lbl-agree -q -m mv hand >once
	exits 0 lbl-agree -q -m mv once >twice 2>err
	empty err
	made hand -m mv >want
	tail -n 8 twice | grep -v -e "\"end\"" >got
	same want got
	for m in ds auto; do
		lbl-agree -q -m $m hand | grep -v "\"end\"" | sed "s/,\"counts\":.*}/}/" >once
		made hand -m $m >want
		exits 0 lbl-agree -q -m $m once >twice 2>err
		tail -n $(($(grep -c . want) + 1)) twice | grep -v -e "\"end\"" >got
		same want got
	done
'

# ---- laws, on real labels

duck=$LBL_SHARED/data/duck.labels.ndjson
gold=$LBL_SHARED/data/duck.gold.ndjson
peer=$LBL_SHARED/peers/oracle/duck/MV.tasks.ndjson
if ! [ -r "$duck" ] || ! [ -r "$peer" ]; then
	skip 'duck' "no $duck"
	finish
fi
lbl-agree -q --only -m mv "$duck" >duck.mv
lbl-agree -q --only -m ds "$duck" >duck.ds

t 'duck, mv: as the peer has it, task by task' '
	jq -n --slurpfile want "$peer" "
		[inputs | select(.kind == \"consensus\")] | INDEX(.task) as \$got
		| if (\$want | length) != 108 or (\$got | length) != 108 then \"not 108 tasks\" else empty end,
		(\$want[] | . as \$w | \$got[.task]
			| select(.value != \$w.label or any(\$w.p | to_entries[]; .value != (\$got[\$w.task].posterior[.key] // 0)))
			| [\$w, .])" duck.mv >differ
	empty differ
'
right() {
	jq -n --slurpfile gold "$gold" '
		[inputs | select(.kind == "consensus")] | INDEX(.task) as $c
		| [$gold[] | select(.value == $c[.task].value)] | length' "$1"
}
t 'duck: 82 of 108 right by votes, 97 by ds' '
	[ "$(right duck.mv)" -eq 82 ]
	[ "$(right duck.ds)" -eq 97 ]
'
t 'duck: probabilities sum to one' '
	jq -c "select(.kind == \"consensus\") | select(([.posterior[]] | add - 1 | fabs) > 1e-12 or .confidence != ([.posterior[]] | max))" duck.mv duck.ds >bad
	empty bad
	jq -c "select(.confusion) | select(any(.confusion[]; ([.[]] | add - 1 | fabs) > 1e-9) or .skill < 0 or .skill > 1)" duck.ds >bad
	empty bad
	[ "$(grep -c "\"confusion\"" duck.ds)" -eq 39 ]
'
for m in mv ds; do
	t "duck, $m: any number of threads, the same bytes" "
		for n in 1 2 3 7; do
			exits 0 lbl-agree -q --only -m $m --threads \$n '$duck' >out
			same duck.$m out
		done
	"
	t "duck, $m: several files are one" "
		head -n 1000 '$duck' >d1
		tail -n +1001 '$duck' >d2
		exits 0 lbl-agree -q --only -m $m d1 d2 >out
		same duck.$m out
		exits 0 lbl-agree -q --only -m $m d1 - <d2 >out
		same duck.$m out
	"
	t "duck, $m: the order of the lines changes no answer" "
		tac '$duck' >in
		lbl-agree -q --only -m $m in >out
		near 1e-12 duck.$m out
		sort -t : -k 5 '$duck' >in
		lbl-agree -q --only -m $m in >out
		near 1e-12 duck.$m out
	"
	t "duck, $m: the names of the classes change no answer" '
		sed "s/\"value\": \"0\"/\"value\":\"zero\"/; s/\"value\": \"1\"/\"value\":\"one\"/" "$duck" >in
		[ "$(grep -c -e zero -e one in)" -eq "$(grep -c . "$duck")" ]
		lbl-agree -q --only -m '$m' in | sed "s/\"value\":\"zero\"/\"value\":\"0\"/; s/\"value\":\"one\"/\"value\":\"1\"/" >out
		near 1e-12 duck.'$m' out
	'
done
t 'duck: everyone twice: the same winners and shares, more agreement' '
	{ cat "$duck"; sed "s/\"worker\": \"/&again/" "$duck"; } >in
	lbl-agree -q --only -m mv "$duck" >a
	lbl-agree -q --only -m mv in | sed "s/\"labels\":78/\"labels\":39/" >b
	near 1e-15 a b
	jq -n --slurpfile a a --slurpfile b b "(\$b[1].value > \$a[1].value), (\$b[1].labels == 2 * \$a[1].labels)" >got
	put want true true
	same want got
'
finish
