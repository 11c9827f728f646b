#!/bin/sh
# lbl-agree on tasks of type box: what is found, who is good, gold, bad input, and the laws.
# shellcheck disable=SC2016,SC2034,SC2154   # t evaluates text
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

# task NAME [MORE] - a task record
task() {
	echo "{\"kind\":\"task\",\"task\":\"$1\",\"data\":\"$1.jpg\",\"type\":\"box\"${2:+,$2}}"
}
# seal - give a stream an end mark
seal() {
	lbl-ingest -q
}
# box LABEL X Y W H
box() {
	printf '{"label":"%s","x":%s,"y":%s,"w":%s,"h":%s}' "$@"
}

# bad VALUE MESSAGE - of a lab of ann on i1
bad() {
	{ task i1 '"choices":["car","dog"]'; lab i1 ann "$1"; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: $2"
	empty out
}

# ---- what is found ---------------------------------------------------------------

car=$(box car 10 10 40 20) near=$(box car 12 10 40 20) dog=$(box dog 11 10 40 20) far=$(box dog 0.1 100 0.2 30)
{ task i1; lab i1 ann "[$car,$far]"; lab i1 bob "[$far,$near]"; lab i1 cyd "$dog"; } >three

t 'equal weights, by hand' '
	cp three in
	made -m box=vote
	put want "{\"kind\":\"consensus\",\"task\":\"i1\",\"value\":[{\"label\":\"dog\",\"x\":0.1,\"y\":100,\"w\":0.2,\"h\":30},{\"label\":\"car\",\"x\":11,\"y\":10,\"w\":40,\"h\":20}],\"confidence\":0.8333333333333333,\"labels\":3,\"method\":\"vote\",\"type\":\"box\",\"boxes\":[{\"share\":0.6666666666666666,\"label_share\":1,\"overlap\":1,\"labels\":2},{\"share\":1,\"label_share\":0.6666666666666666,\"overlap\":0.9674796747967479,\"labels\":3}]}" \
		"{\"kind\":\"skill\",\"worker\":\"ann\",\"labels\":1,\"skill\":0.7378048780487805,\"method\":\"vote\",\"type\":\"box\",\"boxes\":2}" \
		"{\"kind\":\"skill\",\"worker\":\"bob\",\"labels\":1,\"skill\":0.7378048780487805,\"method\":\"vote\",\"type\":\"box\",\"boxes\":2}" \
		"{\"kind\":\"skill\",\"worker\":\"cyd\",\"labels\":1,\"skill\":0.5,\"method\":\"vote\",\"type\":\"box\",\"boxes\":1}"
	same want out
'
t 'nothing there: an empty array is an answer, no label is not' '
	{ task i1; lab i1 ann "[]"; lab i1 bob "[]"; lab i1 cyd "[$car]"; } >in
	made
	has out "\"value\":[],\"confidence\":"
	has out "\"labels\":3,\"method\":\"auto\",\"type\":\"box\",\"boxes\":[]}"
	{ task i1; lab i1 ann "[]"; } >in
	made
	has out "\"value\":[],\"confidence\":1,\"labels\":1,"
'
t 'exactly half is no box, and a tie; so are two labels' '
	{ task i1; lab i1 ann "[]"; lab i1 bob "$car"; } >in
	made -m box=vote
	has out "\"value\":[],\"confidence\":0.5,\"labels\":2,\"method\":\"vote\",\"type\":\"box\",\"tie\":true,\"boxes\":[]}"
	{ task i1; lab i1 ann "$dog"; lab i1 bob "$(box car 11 10 40 20)"; } >in
	made -m box=vote
	has out "\"value\":[{\"label\":\"car\",\"x\":11,"
	has out "\"tie\":true,\"boxes\":[{\"share\":1,\"label_share\":0.5,\"overlap\":1,\"labels\":2,\"tie\":true}]}"
'
t 'a box without a label, with several, or with numbers' '
	{ task i1; lab i1 ann "{\"x\":1,\"y\":2,\"w\":3,\"h\":4}"; lab i1 bob "{\"label\":null,\"x\":1,\"y\":2,\"w\":3,\"h\":4}"
	task i2; lab i2 ann "{\"label\":[\"b\",\"a\",\"b\"],\"x\":1,\"y\":2,\"w\":3,\"h\":4}"; lab i2 bob "{\"label\":[\"a\",\"b\"],\"x\":1,\"y\":2,\"w\":3,\"h\":4}"
	task i3; lab i3 ann "{\"label\":[7],\"x\":-0,\"y\":2,\"w\":3,\"h\":4}"; lab i3 bob "{\"label\":7.0,\"x\":0,\"y\":2,\"w\":3,\"h\":4}"; } >in
	made
	has out "\"task\":\"i1\",\"value\":[{\"x\":1,\"y\":2,\"w\":3,\"h\":4}],\"confidence\":1,"
	has out "\"task\":\"i2\",\"value\":[{\"label\":[\"a\",\"b\"],\"x\":1,\"y\":2,\"w\":3,\"h\":4}],"
	[ "$(grep -c "\"label_share\":1," out)" -eq 3 ]
	has out "\"task\":\"i3\",\"value\":[{\"label\":7,\"x\":0,\"y\":2,\"w\":3,\"h\":4}],"
'
t '--overlap' '
	{ task i1; lab i1 ann "$(box a 0 0 10 10)"; lab i1 bob "$(box a 4 0 10 10)"; } >in
	made -m box=vote
	has out "\"value\":[],"
	made -m box=vote --overlap 0.4
	has out "\"value\":[{\"label\":\"a\",\"x\":2,\"y\":0,\"w\":10,\"h\":10}],"
	has all "\"half_life\":0,\"overlap\":0.4,\"agreement\""
	made -m box=vote --overlap 1
	has out "\"value\":[],"
	exits 64 lbl-agree --overlap 0 in 2>err
	has err "--overlap wants a number above 0"
	exits 64 lbl-agree --overlap 1.1 in 2>err
'
t 'other members are ignored, a rotation is told' '
	{ task i1; lab i1 ann "{\"label\":\"a\",\"x\":1,\"y\":2,\"w\":3,\"h\":4,\"rotation\":30,\"unit\":\"percent\"}"; lab i1 bob "{\"x\":1,\"y\":2,\"w\":3,\"h\":4,\"rotation\":0}"; } | seal >in
	exits 0 lbl-agree --only in >out 2>err
	says err "lbl-agree: box: 1 box is turned: the rotation is ignored"
'

# ---- a crowd ------------------------------------------------------------------------
# 60 images of 2 cars; w0 to w3 are good, w4 forgets every second box, w5 to w7 draw anywhere

awk 'function b(l, x, y) { return sprintf("{\"label\":\"%s\",\"x\":%d,\"y\":%d,\"w\":60,\"h\":40}", l, x, y) }
	function r(n) { s = (s * 16807) % 2147483647; return s % n }
	BEGIN { s = 5
	for (t = 0; t < 60; t++) {
		printf "{\"kind\":\"task\",\"task\":\"i%d\",\"data\":0,\"type\":\"box\"}\n", t
		x = 100 + r(300); y = 100 + r(300)
		printf "{\"kind\":\"gold\",\"task\":\"i%d\",\"value\":[%s,%s]}\n", t, b("car", x, y), b("van", x + 100, y)
		for (w = 0; w < 8; w++) {
			if (r(3) == 0) continue
			v = ""
			if (w < 5) {
				if (w < 4 || r(2)) v = b("car", x + r(11) - 5, y + r(7) - 3)
				if (w < 4 || r(2)) v = v (v == "" ? "" : ",") b(r(5) ? "van" : "car", x + 100 + r(11) - 5, y + r(7) - 3)
			} else
				for (i = r(4); i >= 0; i--) v = v (v == "" ? "" : ",") b("car", r(900), r(900))
			printf "{\"kind\":\"label\",\"task\":\"i%d\",\"worker\":\"w%d\",\"value\":[%s]}\n", t, w, v
		} } }' >crowd

# measure NAME - of the judgement in out
measure() {
	sed -n "s/.*\"judgement\".*\"$1\":\([0-9.]*\).*/\1/p" out
}
t 'gold judges: skills are better than votes' '
	cp crowd in
	made -m box=vote -g judge
	vote=$(measure f1)
	made -g judge
	grep judgement out >j
	says j "{\"kind\":\"judgement\",\"type\":\"box\",\"tasks\":60,\"precision\":$(measure precision),\"recall\":$(measure recall),\"f1\":$(measure f1),\"overlap\":$(measure overlap),\"label_accuracy\":$(measure label_accuracy)}"
	awk "BEGIN { exit !($(measure f1) > 0.97 && $vote < 0.9 && $(measure overlap) > 0.85 && $(measure label_accuracy) > 0.95) }"
	exits 0 lbl-agree --only -g judge in >out 2>err
	grep -q "lbl-agree: box: on 60 gold tasks: 1[0-9]* of the 1[0-9]* boxes found are among the 120 of the gold" err
'
t 'skills tell who is who' '
	made -g ignore
	if grep judgement out; then false; fi
	sed -n "s/.*\"worker\":\"\(w.\)\".*\"skill\":\([0-9.]*\),.*/\1 \2/p" out >s
	awk "{ s[\$1] = \$2 } END { exit !(s[\"w0\"] > 0.8 && s[\"w4\"] < 0.6 && s[\"w4\"] > 0.2 && s[\"w5\"] < 0.1 && NR == 8) }" s
'
t 'gold clamps: it is the answer, and the judge of workers' '
	made -g clamp
	grep -c "\"confidence\":1," out >n
	says n 60
	{ grep "\"type\"" crowd; grep "\"worker\"" crowd; gold i0 "[$(box dog 0 0 1 1)]"; } >in
	made
	has out "\"task\":\"i0\",\"value\":[{\"label\":\"dog\",\"x\":0,\"y\":0,\"w\":1,\"h\":1}],\"confidence\":1,"
	has out "\"boxes\":[{\"share\":1,\"label_share\":1,\"overlap\":0,\"labels\":0}]}"
'
t 'gold of an unlabelled task, and gold that is empty' '
	{ task i1; lab i1 ann "$car"; task i2; gold i2 "$car"; gold i1 "[]"; } >in
	made -g judge
	has out "{\"kind\":\"judgement\",\"type\":\"box\",\"tasks\":1,\"precision\":0,\"recall\":null,\"f1\":0,\"overlap\":null,\"label_accuracy\":null,\"why\":\"the gold has no boxes\"}"
	made -g clamp
	has out "\"value\":[],\"confidence\":1,\"labels\":1,"
'

# ---- laws ------------------------------------------------------------------------------

t 'the order of lines changes nothing but the order of records' '
	{ grep "\"type\"" crowd; grep -v "\"type\"" crowd; } >in
	made
	sort out >want
	{ grep "\"type\"" crowd; grep -v "\"type\"" crowd | awk "{ printf \"%d %s\n\", (NR * 7919) % 9973, \$0 }" | sort -n | cut -d " " -f 2-; } >in
	made
	sort out >got
	same want got
'
t 'threads change nothing; a mixed stream holds the same records' '
	made -j 1
	cp out want
	made -j 7
	same want out
	{ cat in; lab c1 w3 "\"yes\""; lab c1 w1 "\"no\""; echo "{\"kind\":\"task\",\"task\":\"n1\",\"data\":0,\"type\":\"span\"}"; lab n1 w1 "[]"; } >mixed
	mv mixed in
	exits 0 lbl-agree -q --only in >all 2>err
	grep "\"type\":\"box\"" all >out
	same want out
'
t 'a log replays' '
	cp crowd in
	for o in "" "-g judge" "-m box=vote --overlap 0.7 --iterations 3"; do
		exits 0 lbl-agree -q $o in >log 2>err
		exits 0 lbl-audit replay log >out 2>err
		has err " 0 findings"
	done
	sed "s/\"overlap\":0.7,/\"overlap\":0,/" log | grep -v "\"end\"" | seal >forged
	exits 1 lbl-audit replay forged >out 2>err
	has out "field \\\"overlap\\\" is not above 0 and at most 1"
'
t 'lbl-score leaves such labels pending' '
	exits 0 lbl-agree -q crowd >agreed 2>err
	exits 0 lbl-score -q -e e1 agreed >out 2>err
	if grep "\"verdict\":\"[vr]" out; then false; fi
'

# ---- bad input ---------------------------------------------------------------------------

w='of worker "ann"'
t 'what is no box' '
	bad 7 "in:2: field \"value\": expected a box or an array of boxes, got a number (byte 52)"
	bad "[3]" "task \"i1\": the label [3] $w is no array of boxes: number 1: it is a number"
	bad "[$car,{\"x\":1}]" "task \"i1\": the label [{\"label\":\"car\",\"x\":10,\"y\":10,\"w\":40,\"h\":20},{\"x\":1}] $w is no array of boxes: number 2: its \"y\" is missing"
	bad "{\"x\":1,\"y\":2,\"w\":3,\"h\":\"4\"}" "task \"i1\": the label {\"x\":1,\"y\":2,\"w\":3,\"h\":\"4\"} $w is no box: its \"h\" is a string"
	bad "{\"x\":1,\"y\":2,\"w\":-3,\"h\":4}" "task \"i1\": the label {\"x\":1,\"y\":2,\"w\":-3,\"h\":4} $w is no box: its \"w\" is below 0"
	bad "{\"x\":1e200,\"y\":2,\"w\":3,\"h\":4}" "task \"i1\": the label {\"x\":1e200,\"y\":2,\"w\":3,\"h\":4} $w is no box: its \"x\" is beyond 1e150"
	bad "{\"label\":{},\"x\":1,\"y\":2,\"w\":3,\"h\":4}" "task \"i1\": the label {\"label\":{},\"x\":1,\"y\":2,\"w\":3,\"h\":4} $w is no box: its \"label\" is an object"
	bad "{\"x\":1e400,\"y\":2,\"w\":3,\"h\":4}" "in:2: number out of range (byte 57)"
	bad "{\"x\":NaN,\"y\":2,\"w\":3,\"h\":4}" "in:2: expected a value (byte 57)"
'
t 'labels that are no choice' '
	bad "{\"label\":\"cat\",\"x\":1,\"y\":2,\"w\":3,\"h\":4}" "task \"i1\": the label {\"label\":\"cat\",\"x\":1,\"y\":2,\"w\":3,\"h\":4} $w has a label that is not among the choices"
	bad "{\"label\":[\"car\",\"cat\"],\"x\":1,\"y\":2,\"w\":3,\"h\":4}" "task \"i1\": the label {\"label\":[\"car\",\"cat\"],\"x\":1,\"y\":2,\"w\":3,\"h\":4} $w has a label that is not among the choices"
	{ task i1 "\"choices\":[\"car\",\"dog\"]"; lab i1 ann "[$car,{\"label\":[\"dog\",\"car\"],\"x\":1,\"y\":2,\"w\":3,\"h\":4},{\"x\":1,\"y\":2,\"w\":3,\"h\":4}]"; } >in
	made
'
t 'gold that is no box; a lab before its task' '
	{ task i1; lab i1 ann "$car"; gold i1 "[[]]"; } >in
	exits 65 lbl-agree -q in >out 2>err
	says err "lbl-agree: task \"i1\": the gold [[]] is no array of boxes: number 1: it is an array"
	made -g ignore
	{ lab i1 ann "\"x\""; task i1; } >in
	exits 65 lbl-agree -q in >out 2>err
	says err "lbl-agree: task \"i1\": the label \"x\" of worker \"ann\" is no box"
'

# ---- sizes -----------------------------------------------------------------------------------

t '100000 boxes of one worker, in a column, and of two' '
	awk "BEGIN { print \"{\\\"kind\\\":\\\"task\\\",\\\"task\\\":\\\"i1\\\",\\\"data\\\":0,\\\"type\\\":\\\"box\\\"}\"
		for (w = 0; w < 2; w++) { printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"i1\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":[\", w
		for (i = 0; i < 100000; i++) printf \"%s{\\\"x\\\":0,\\\"y\\\":%d,\\\"w\\\":5,\\\"h\\\":5}\", i ? \",\" : \"\", i * 10
		print \"]}\" } }" >in
	made
	has out "\"boxes\":100000}"
	grep -o "\"y\":" out | wc -l | tr -d " " >n
	says n 100000
'
t 'too many boxes that overlap' '
	{ task i1; awk "BEGIN { for (w = 0; w < 5000; w++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"i1\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":{\\\"x\\\":0,\\\"y\\\":1,\\\"w\\\":5,\\\"h\\\":5}}\n\", w }"; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"i1\": too many of the boxes on this image overlap"
	empty out
'

# ---- the shared case ---------------------------------------------------------------------------
# one worker, so what is found is what he drew

case=$LBL_SHARED/cases/metrics/quality_bbox.labels.ndjson
if [ -r "$case" ]; then
	t 'shared case: precision, recall and overlap' '
		{ for i in 0 1 2 3 4; do task i$i; done
		jq -c ".value |= map({x: .x0, y: .y0, w: (.x1 - .x0), h: (.y1 - .y0)})" "$case"; } >in
		for m in 0.5 0.75; do
			made -g judge --overlap $m
			jq -c "select(.kind == \"judgement\") | [.precision, .recall, .f1, (.overlap * 1e12 | round)]" out >got
			jq -c ".[\"iou>=$m\"] | [.precision, .recall, .f1, (.mean_iou_matched * 1e12 | round)]" "${case%.labels.ndjson}.expect.json" >want
			same want got
		done
	'
else
	skip 'shared case: precision, recall and overlap' 'shared/cases is not here'
fi
finish
