#!/bin/sh
# lbl-agree, type text: by hand, weights, gold, laws, limits, bad input, replay.
# shellcheck disable=SC2016,SC2317
. "${0%/*}/lib.sh"

# task TASK...; lab TASK WORKER TEXT
task() {
	printf '{"kind":"task","task":"%s","type":"text","data":"scan.png"}\n' "$@"
}
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":"%s"}\n' "$@"
}

# made OPTION... - records without mark and run record
made() {
	lbl-agree -q --only "$@" | grep -v -e '"kind":"end"' -e '"kind":"run"'
}

# typists SPAM TASKS - sentences typed by 3 of 12 workers; the last SPAM of them type something else.  Gold for all
typists() {
	awk -v spam="$1" -v tasks="$2" '
	function word() { return substr("abcdefghijklmnopqrstuvwxyzabcdefgh", 1 + int(rand() * 26), 3 + int(rand() * 4)) }
	BEGIN {
		srand(3)
		for (t = 0; t < tasks; t++) {
			n = 4 + int(rand() * 5); truth = ""
			for (i = 0; i < n; i++) { x[i] = word(); truth = truth (i ? " " : "") x[i] }
			printf "{\"kind\":\"task\",\"task\":\"t%d\",\"type\":\"text\",\"data\":0}\n", t
			printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":\"%s\"}\n", t, truth
			for (k = 0; k < 3; k++) {
				w = (t + k * (1 + t % 5)) % 12; s = ""
				for (i = 0; i < n; i++)
					s = s (w >= 12 - spam || rand() < 0.05 ? word() : x[i]) " "
				printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", t, w, s
			}
		}
	}'
}

# ---- by hand

{ task t1 t2; lab t1 ann "the cat sat" t1 bob "the  cat sits" t1 cyd "a cat sat"; lab t2 ann colour t2 bob color t2 cyd "coulor"; } >hand

# similarities on t1: 1, 10/13 (the second space, a -> i, the last s), 8/11; color is 1 off
# colour, 1 off coulor, these two are 2 apart: so color is the medoid
t 'words are voted on, single ones are not: the whole output of one round' '
	made --iterations 1 hand >out
	cat >want <<-"END"
	{"kind":"choice","type":"text","method":"auto","chosen":"rover","rover":1,"medoid":1,"why":"medoid where no answer has two words, or they are too long"}
	{"kind":"consensus","task":"t1","value":"the cat sat","confidence":0.8321678321678322,"labels":3,"method":"rover","type":"text"}
	{"kind":"consensus","task":"t2","value":"color","confidence":0.888888888888889,"labels":3,"method":"medoid","type":"text"}
	{"kind":"skill","worker":"ann","labels":2,"skill":0.7083333333333334,"method":"rover","type":"text"}
	{"kind":"skill","worker":"bob","labels":2,"skill":0.6923076923076923,"method":"rover","type":"text"}
	{"kind":"skill","worker":"cyd","labels":2,"skill":0.6401515151515151,"method":"rover","type":"text"}
	END
	same want out
'
# by the medoid t1 has "the cat sat" again, so on t2 ann counts ((1 + 1) / 3)^2, bob ((10/13 + 1) / 3)^2, cyd ((8/11 + 1) / 3)^2
t 'the second round weighs by the square of the mean similarity on the other tasks' '
	made -m text=medoid --iterations 2 hand >out
	jq -s -e "(4 / 9) as \$ann | (23 / 39 | . * .) as \$bob | (19 / 33 | . * .) as \$cyd
		| (.[] | select(.task == \"t2\")) | .value == \"color\" and
		  (.confidence - (5 / 6 * \$ann + \$bob + 5 / 6 * \$cyd) / (\$ann + \$bob + \$cyd) | fabs) < 1e-12" out
	made -m text=medoid hand >got
	same out got
'
t 'two answers of equal weight: the bytewise first, and told' '
	{ task t; lab t a "b c" t b "a c"; } >in
	for m in rover medoid; do
		made -m text=$m in >out
		has out "\"value\":\"a c\",\"confidence\":0.8333333333333334,\"labels\":2,\"method\":\"$m\",\"type\":\"text\",\"tie\":true}"
	done
'
# words apart: the first two 1, "the bat" 2 from either, so it enters last, beside "the" and one of the other slots.  Entering
# second it would be put beside "cat sat" word by word, and "the" would be voted down.  Characters apart from the result: 4, 5, 0 of 11
t 'the nearest answers make the slots: not the first in the stream, nor by their bytes' '
	{ task t; lab t a "cat sat" t b "the bat" t c "the cat sat"; } >in
	made -m text=rover --iterations 1 in >out
	jq -s -e "map(select(.kind == \"consensus\"))[0] | .value == \"the cat sat\" and (.confidence - 24 / 33 | fabs) < 1e-12" out
	{ task t; lab t b "the bat" t c "the cat sat" t a "cat sat"; } >in
	made -m text=rover --iterations 1 in >out
	has out "\"value\":\"the cat sat\""
'
t 'characters are code points, and come out as they went in' '
	{ task t; lab t a "na\\u00efve \\ud83d\\ude00" t b "naïve 😀" t c "naive 😀"; } >in
	made -m text=rover --iterations 1 in >out
	has out "\"value\":\"naïve 😀\",\"confidence\":0.9523809523809524,"
	lab t c "say \\\"hi\\\"\\nnow" >l
	{ task t; cat l; } >in
	made -m text=medoid in >out
	has out "\"value\":\"say \\\"hi\\\"\\nnow\",\"confidence\":1,"
'
t 'empty texts, one answer, a number as text' '
	{ task t u; lab t a "" t b "" u a "one answer only"; } >in
	made in >out
	has out "\"task\":\"t\",\"value\":\"\",\"confidence\":1,\"labels\":2,\"method\":\"medoid\",\"type\":\"text\"}"
	has out "\"task\":\"u\",\"value\":\"one answer only\",\"confidence\":1,\"labels\":1,\"method\":\"rover\",\"type\":\"text\"}"
	{ task t; lab t a x | sed "s/\"x\"/7/"; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: in:2: field \"value\": expected a string, got a number (byte 49)"
	{ lab t a x | sed "s/\"x\"/7/"; task t; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"t\": the label 7 of worker \"a\" is no text"
	exits 64 lbl-agree -m text=mv in >out 2>err
	has err "\"mv\" is no method of type text: auto, rover, medoid"
'

# ---- crowds

typists 4 120 >crowd
cer() {
	made -g judge "$@" | jq 'select(.kind == "judgement") | .cer'
}
t 'weights pay where some type anything' '
	[ "$(jq -n "$(cer --iterations 1 crowd) / 1.5 > $(cer crowd)")" = true ]
	made crowd | jq -s -e "map(select(.kind == \"skill\"))
		| (map(select((.worker[1:] | tonumber) >= 8).skill) | max) < (map(select((.worker[1:] | tonumber) < 8).skill) | min)"
'
t 'gold judges: exact matches and character errors' '
	{ cat hand; echo "{\"kind\":\"gold\",\"task\":\"t1\",\"value\":\"the cat spat\"}
		{\"kind\":\"gold\",\"task\":\"t2\",\"value\":\"color\"}"; } >in
	exits 0 lbl-agree --only -g judge in >out 2>err
	has out "{\"kind\":\"judgement\",\"type\":\"text\",\"method\":\"rover\",\"tasks\":2,\"exact\":0.5,\"cer\":0.058823529411764705}"
	has err "lbl-agree: text: on 2 gold tasks: 1 exact, 1 character errors in 17"
	made -g ignore in >got
	made hand >want
	same want got
'
t 'gold clamps: it is the answer, and workers are held against it' '
	{ cat hand; echo "{\"kind\":\"gold\",\"task\":\"t2\",\"value\":\"coulor\"}"; } >in
	made in >out
	has out "\"task\":\"t2\",\"value\":\"coulor\",\"confidence\":1,"
	jq -s -e "map(select(.kind == \"skill\")) | INDEX(.worker) | .cyd.skill > .bob.skill" out
'

# ---- laws

t 'any order of the lines, any number of threads' '
	made crowd | sort >want
	for seed in 1 2; do
		awk -v s=$seed "BEGIN { srand(s) } { print (/\"task\",/ ? 0 : 1), rand(), \$0 }" crowd | sort -k 1n,1 -k 2n,2 |
			sed "s/^[01] [^ ]* //" >in
		made -j $((seed * 2)) in | sort >got
		same want got
	done
'
t 'a mixed stream gives what each type gives alone' '
	for i in 1 2 3; do printf "{\"kind\":\"label\",\"task\":\"c%d\",\"worker\":\"w%d\",\"value\":\"x\"}\n" $i $((i * 5)); done >classes
	{ head -n 1 classes; head -n 300 crowd; tail -n +2 classes; tail -n +301 crowd; } >in
	made in | grep "\"text\"" >got
	made crowd | grep "\"text\"" >want
	same want got
'
t 'a log with texts replays' '
	lbl-agree -q <crowd >log.ndjson
	exits 0 lbl-audit replay -q log.ndjson >found
	sed "/consensus.*\"t3\"/s/\"value\":\"/&z/" log.ndjson | grep -v "\"end\"" >bad
	exits 1 lbl-audit replay -q bad >found
	has found "\"task\":\"t3\""
'

# ---- limits

t 'rover gives way to the medoid where texts are too long, and says so' '
	long=$(awk "BEGIN { for (i = 0; i < 9000; i++) printf \"%c%d \", 97 + i % 26, i }")
	{ task t; lab t a "$long" t b "$(echo "$long" | tr a-z b-za)" t c "short text"; } >in
	exits 0 lbl-agree --only -m text=rover in >out 2>err
	has err "lbl-agree: text: 1 task is too long for rover: the medoid instead"
	has out "\"labels\":3,\"method\":\"medoid\",\"type\":\"text\""
	exits 0 lbl-agree --only in >out 2>err
	has err "lbl-agree: text: auto: rover for 0 tasks, the medoid for 1"
'
t 'a text of a megabyte' '
	{ task t; printf "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"a\",\"value\":\""; head -c 1000000 /dev/zero | tr "\\0" x; echo "\"}"
	lab t b "xx yy"; } >in
	exits 0 lbl-agree -q --only in >out
	[ "$(wc -c <out)" -lt 2000000 ]
	has out "\"labels\":2,"
'
t 'very many answers to one task, all the same or none' '
	{ task t; awk "BEGIN { for (i = 0; i < 100000; i++)
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"yes it is\\\"}\\n\", i }"; } >in
	made in >out
	has out "\"value\":\"yes it is\",\"confidence\":1,\"labels\":100000,\"method\":\"rover\""
	{ task t; awk "BEGIN { for (i = 0; i < 20000; i++)
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"%d\\\"}\\n\", i, i }"; } >in
	made --iterations 1 in >out
	has out "\"labels\":20000,\"method\":\"medoid\",\"type\":\"text\",\"tie\":true}"
'
finish
