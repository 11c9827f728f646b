#!/bin/sh
# lbl-agree on tasks of type multi: sets by hand, choices, gold, bad input, and the laws.
# shellcheck disable=SC2016,SC2317   # t evaluates text
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

task() {
	_c=$1
	shift
	for _t in "$@"; do
		printf '{"kind":"task","task":"%s","data":0,"type":"multi"%s}\n' "$_t" "$_c"
	done
}

# ---- by hand

{
	task '' t1 t2 t3
	lab t1 w1 '["b","a"]' t1 w2 '["a","b","b"]' t1 w3 '["a","c"]' t1 w4 '["\u0062","a"]'
	lab t2 w1 '[]' t2 w2 '["é"]' t3 w1 '[]'
} >hand

# sets: ab ab ac ab, {} é; n = 6: Do = (4 (1 - ...)): t1 16 - 9 - 1 = 6 / 3, t2 2 / 1, so 4/6; De = (36 - 9 - 1 - 1 - 1)/30
t 'votes class by class, ties named, sets in bytewise order; alpha of whole sets' '
	cp hand in
	made -m multi=mv
	put want \
		"{\"kind\":\"consensus\",\"task\":\"t1\",\"value\":[\"a\",\"b\"],\"confidence\":0.5625,\"labels\":4,\"method\":\"mv\",\"type\":\"multi\",\"posterior\":{\"a\":1,\"b\":0.75,\"c\":0.25}}" \
		"{\"kind\":\"consensus\",\"task\":\"t2\",\"value\":[],\"confidence\":0.5,\"labels\":2,\"method\":\"mv\",\"type\":\"multi\",\"ties\":[\"é\"],\"posterior\":{\"é\":0.5}}" \
		"{\"kind\":\"consensus\",\"task\":\"t3\",\"value\":[],\"confidence\":1,\"labels\":1,\"method\":\"mv\",\"type\":\"multi\",\"posterior\":{}}"
	grep consensus out >got
	same want got
	holds out ".[0] | .metric == \"alpha\" and .type == \"multi\" and (.value - (1 - (4/6)/(24/30)) | fabs) < 1e-12 and .tasks == 2"
	# w2: right on a, b, c everywhere, on é in one of two tasks (the tie is absent)
	holds out "map(select(.worker == \"w2\"))[0] | .skill == (1 + 1 + 1 + 0.5)/4 and .labels == 2"
'
t 'nobody names a class' '
	{ task "" t1; lab t1 w "[]" t1 v "[]"; } >in
	made
	has out "\"value\":[],\"confidence\":1,\"labels\":2,\"method\":\"auto\",\"type\":\"multi\",\"posterior\":{}}"
	has out "\"skill\":null,\"why\":\"nobody named a class\",\"method\":\"auto\",\"type\":\"multi\"}"
	{ task ",\"choices\":[\"x\"]" t1; lab t1 w "[]" t1 v "[]"; } >in
	made -m multi=ds-map
	has out "\"value\":[]"
'
t 'every method of classes; auto says what it is' '
	cp hand in
	for m in ds ds-map onecoin auto glad kos mace; do
		exits 0 lbl-agree -q --only -m multi=$m in >all
		holds all "map(select(.kind == \"consensus\")) | length == 3 and all(.method == \"$m\" and .confidence >= 0 and .confidence <= 1)"
	done
	exits 0 lbl-agree -q --only in >all
	has all "{\"kind\":\"choice\",\"type\":\"multi\",\"method\":\"auto\",\"chosen\":\"auto\",\"classes\":4,"
'

# ---- choices

t 'choices bound the classes of each task, and say which there are' '
	{ task ",\"choices\":[\"a\",\"b\"]" t1 t2; task ",\"choices\":[\"c\"]" t3; lab t1 w "[\"a\"]" t1 v "[\"a\"]" t2 w "[]" t3 w "[\"c\"]" t3 v "[]"; } >in
	for m in mv ds-map; do
		made -m multi=$m
		holds out "map(select(.task == \"t3\"))[0].posterior | keys == [\"c\"]"
		holds out "map(select(.task == \"t1\"))[0].posterior | has(\"c\") | not"
	done
	made
	# b: nobody named it, and the model says what chance it has
	holds out "map(select(.task == \"t1\"))[0].posterior | .b >= 0 and .b < 0.5 and .a > 0.5"
'
t 'what a task may not have teaches nothing about the class' '
	{ task "" t1 t2; lab t1 w "[\"a\"]" t1 v "[\"a\"]" t2 w "[\"a\"]" t2 v "[]"; } >in
	made -m multi=ds-map
	grep "\"t[12]\"" out >want
	{ task "" t1 t2; task ",\"choices\":[\"z\"]" t3 t4; lab t1 w "[\"a\"]" t1 v "[\"a\"]" t2 w "[\"a\"]" t2 v "[]" t3 w "[]" t4 v "[]"; } >in
	made -m multi=ds-map
	grep "\"t[12]\"" out | sed "s/,\"z\":[-0-9.e]*//; s/\"confidence\":[0-9.]*/C/" >got
	sed "s/\"confidence\":[0-9.]*/C/" want >want2
	same want2 got
'
t 'classes that are no choice, in labels and gold' '
	{ task ",\"choices\":[\"a\",\"b\"]" t1; task ",\"choices\":[\"c\"]" t2; lab t1 w "[\"a\"]" t2 v "[\"c\",\"a\"]"; } >in
	bad "task \"t2\": \"a\" in the label of worker \"v\" is not among the choices"
	{ task ",\"choices\":[\"a\",\"b\"]" t1; lab t1 w "[\"a\"]"; gold t1 "[\"x\"]"; } >in
	bad "task \"t1\": \"x\" in the gold is not among the choices"
	made -g ignore
	{ task ",\"choices\":[\"a\",2]" t1; lab t1 w "[\"a\"]"; } >in
	bad "field \"choices\": those of type multi are strings, here is 2"
	{ task ",\"choices\":[]" t1; lab t1 w "[]"; } >in
	made
'

# ---- bad input

t 'values that are no arrays of strings' '
	{ task "" t1; lab t1 w "[\"a\",1]"; } >in
	bad "task \"t1\": the label [\"a\",1] of worker \"w\" is no array of strings"
	{ task "" t1; lab t1 w "[[\"a\"]]"; } >in
	bad "task \"t1\": the label [[\"a\"]] of worker \"w\" is no array of strings"
	{ task "" t1; lab t1 w "\"a\""; } >in
	bad "in:2: field \"value\": expected an array of strings, got a string (byte 50)"
	{ lab t1 w "\"a\""; task "" t1; } >in
	bad "task \"t1\": the label \"a\" of worker \"w\" is no array of strings"
	{ task "" t1; lab t1 w "[\"a\",NaN]"; } >in
	bad "in:2: expected a value (byte 55)"
	{ task "" t1; lab t1 w "[]"; gold t1 "[null]"; } >in
	bad "task \"t1\": the gold [null] is no array of strings"
'
t 'too many classes for so many tasks' '
	awk "BEGIN { printf \"[\\\"0\\\"\"; for (i = 1; i < 20000; i++) printf \",\\\"%d\\\"\", i; print \"]\" }" >many
	{ task "" t1; awk "BEGIN { for (i = 0; i < 7000; i++) printf \"{\\\"kind\\\":\\\"task\\\",\\\"task\\\":\\\"u%d\\\",\\\"data\\\":0,\\\"type\\\":\\\"multi\\\"}\\n{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"u%d\\\",\\\"worker\\\":\\\"w\\\",\\\"value\\\":[]}\\n\", i, i }"
	lab t1 w "$(cat many)"; } >in
	bad "20000 classes, 7001 tasks and 7001 labels of type multi are too many"
	{ task "" t1; lab t1 w "$(cat many)"; } >in
	made -m multi=mv
	holds out "map(select(.kind == \"consensus\"))[0].value | length == 20000 and . == sort"
'

# ---- a crowd

awk 'BEGIN {
	srand(6)
	split("ant bee cow dog", name, " ")
	for (t = 0; t < 120; t++)
		printf "{\"kind\":\"task\",\"task\":\"t%d\",\"data\":0,\"type\":\"multi\"}\n", t
	for (t = 0; t < 120; t++) {
		for (c = 1; c <= 4; c++) truth[c] = rand() < .4
		for (i = 0; i < 6; i++) {
			w = (6 * t + 5 * i) % 11
			v = ""
			for (c = 1; c <= 4; c++) {
				there = w > 8 ? 0 : rand() < (w < 4 ? .05 : .3) ? 1 - truth[c] : truth[c]
				if (there) v = v (v ? "," : "") "\"" name[c] "\""
			}
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":[%s]}\n", t, w, v
		}
		v = ""
		for (c = 1; c <= 4; c++) if (truth[c]) v = v (v ? "," : "") "\"" name[c] "\""
		if (t % 2) printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":[%s]}\n", t, v
	}
}' >crowd
t 'who says nothing weighs little: auto is closer to gold than votes; judged by hand' '
	cp crowd in
	for m in mv auto; do
		lbl-agree -q --only -g judge -m multi=$m crowd >$m.out
	done
	jq -n --slurpfile a auto.out --slurpfile b mv.out "(\$a | map(select(.kind == \"judgement\"))[0]) as \$x | (\$b | map(select(.kind == \"judgement\"))[0]) as \$y
		| \$x.jaccard > \$y.jaccard + 0.03 and \$x.log_loss < \$y.log_loss and \$x.exact > \$y.exact and \$x.tasks == 60 and \$x.type == \"multi\"" >got
	says got true
	jq -n --slurpfile g crowd --slurpfile o auto.out "
		(\$g | map(select(.kind == \"gold\")) | INDEX(.task)) as \$gold
		| [\$o[] | select(.kind == \"consensus\" and \$gold[.task]) | . as \$c | \$gold[.task].value as \$v
			| {same: (.value == (\$v | sort)), either: (.value + \$v | unique | length), more: (.value - \$v | length), less: (\$v - \$c.value | length),
			   loss: ([\"ant\", \"bee\", \"cow\", \"dog\"] | map(. as \$k | (\$c.posterior[\$k] // 0) | if \$v | index(\$k) then . else 1 - . end | -(fmax(.; 1e-6) | log)) | add / 4)}]
		| [(map(select(.same)) | length / 60), (map(if .either == 0 then 1 else (.either - .more - .less) / .either end) | add / 60), (map(.loss) | add / 60)]
		| map(. * 1e9 | round)" -c >want
	jq -c "select(.kind == \"judgement\") | [.exact, .jaccard, .log_loss] | map(. * 1e9 | round)" auto.out >got
	same want got
'
t 'a class that only gold which judges has: always missed, and no trace elsewhere' '
	{ task "" t1 t2; lab t1 w "[\"a\"]" t1 v "[\"a\"]" t2 w "[]" t2 v "[]"; gold t1 "[\"a\",\"z\"]" t2 "[]"; } >in
	made -m multi=mv -g judge
	holds out "map(select(.kind == \"judgement\"))[0] | .exact == 0.5 and .jaccard == 0.75 and (.log_loss - (1e6 | log)/3 | fabs) < 1e-12"
	grep -v judgement out >got
	made -m multi=mv -g ignore
	same out got
	made -m multi=mv
	has out "\"value\":[\"a\",\"z\"],\"confidence\":1,"
'

# ---- laws

t 'the order of lines and in the sets, the number of threads, other types in the stream change nothing' '
	cp crowd in
	made -g judge
	mv out want
	made -g judge -j 3
	same want out
	{ grep "\"kind\":\"task\"" crowd; grep -v "\"kind\":\"task\"" crowd | jq -c "if .value | type == \"array\" then .value |= reverse else . end" |
		awk "{ print NR * 7919 % 1009, \$0 }" | sort -n | cut -d " " -f 2-; } >in
	made -g judge
	close want out 7
	{ lab x w1 "\"a\"" x w2 "\"b\""; cat crowd; lab y w1 "\"b\""; } >in
	made -g judge -m ds
	grep "\"multi\"" out >got
	same want got
'
t 'a class by itself: as the labels that say present or absent' '
	grep -v gold crowd >in
	made -m multi=ds-map
	jq -c "select(.kind == \"consensus\") | [.task, .posterior.cow // 0]" out >got
	jq -c "select(.kind == \"label\") | .value |= (index(\"cow\") != null)" in >binary
	lbl-agree -q --only -m ds-map binary | jq -c "select(.kind == \"consensus\") | [.task, .posterior.true // 0]" >want
	same want got
'
t '100000 labels on one task' '
	{ task "" a; awk "BEGIN { for (i = 0; i < 100000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"a\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":[\\\"x\\\"%s]}\\n\", i, i % 3 ? \"\" : \",\\\"y\\\"\" }"; } >in
	made -m multi=mv
	holds out "map(select(.kind == \"consensus\"))[0] | .value == [\"x\"] and .labels == 100000"
'
t 'lbl-audit computes the same; lbl-score leaves such labels pending, but for gold' '
	lbl-agree -q crowd | lbl-score -q --epoch e >log
	exits 0 lbl-audit replay log >found
	lacks found "\"finding\""
	grep -v "\"end\"" log | sed "s/\"value\":\[\"ant\"\],\"conf/\"value\":[],\"conf/" | lbl-ingest -q >forged
	exits 1 lbl-audit replay forged >found
	has found "\"finding\""
	[ "$(jq -c "select(.kind == \"verdict\" and .by == \"consensus\").verdict" log | sort -u)" = "\"pending\"" ]
'
finish
