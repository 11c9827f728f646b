#!/bin/sh
# lbl-agree on tasks of type number: by hand, the choice, gold, bad input, and the laws.
# shellcheck disable=SC2016,SC2317   # t evaluates text
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

task() {
	printf '{"kind":"task","task":"%s","data":0,"type":"number"}\n' "$@"
}
# close A B - the same records in any order, numbers to 1e-9
close() {
	for _f in "$1" "$2"; do
		jq -cS "walk(if type == \"number\" then (if fabs < 1e-7 then 0 else . * 1e9 / (fabs | log10 | floor | exp10) | round end) else . end)" "$_f" |
			sort >"$_f.close"
	done
	same "$1.close" "$2.close"
}

# ---- by hand

# s0: distances from the medians 2 and 6 are 1 2 1 1 (the middle one of three left out, and tasks of one answer);
# the third in order is 1, so s0 = 1.4826
{ task a b c; lab a w1 1 a w2 2 a w3 4 b w1 5 b w2 7 c w3 4; } >hand

t 'means and medians, the interval, skills, alpha' '
	cp hand in
	made -m number=mean
	head -n 1 out >first
	# Do = (3 14/3 + 2 4)/5 = 4.4, the mean squares of 1 2 4 and of 5 7; De = that of all pairs, 11.4
	holds first ".[0] | .metric == \"alpha\" and .type == \"number\" and .scale == \"interval\" and (.value - (1 - 4.4/11.4) | fabs) < 1e-12 and .tasks == 2 and .labels == 5"
	holds out "map(select(.kind == \"consensus\")) | map(.value) == [7/3, 6, 4] and all(.confidence == null and .level == 0.95 and .type == \"number\" and .method == \"mean\")"
	# task b: ss = 2, n = 2, s^2 = (3 1.4826^2 + 2)/4, t(0.975, 4) = 2.7764451
	holds out "map(select(.task == \"b\"))[0] | (.high - 6 - 2.7764451051977987 * ((3 * 1.4826 * 1.4826 + 2)/4/2 | sqrt) | fabs) < 1e-9 and (.high + .low - 12 | fabs) < 1e-12"
	# w3: errors 4 - 7/3 and 0; sigma^2 = (3 s0^2 + 25/9) / 5
	holds out "map(select(.worker == \"w3\"))[0] | (.sigma * .sigma - (3 * 1.4826 * 1.4826 + 25/9)/5 | fabs) < 1e-9 and (.skill * .sigma * .sigma - 1 | fabs) < 1e-12 and .labels == 2"
	made -m number=median
	holds out "map(select(.kind == \"consensus\").value) == [2, 6, 4]"
'
t 'every method has its name in the records, and what it knows of workers' '
	cp hand in
	for m in mean median trimmed lfc-n crh catd; do
		made -m number=$m
		holds out "map(select(.kind != \"agreement\").method) | length == 6 and all(. == \"$m\")"
		lacks out "\"choice\""
	done
	has out "\"weight\":"
	made -m number=lfc-n
	has out "\"bias\":"
'
t 'alone: a value, and no word of errors' '
	{ task a; lab a w 7.5; } >in
	made
	put want \
		"{\"kind\":\"agreement\",\"metric\":\"alpha\",\"type\":\"number\",\"scale\":\"interval\",\"value\":null,\"why\":\"no task has two labels\",\"tasks\":0,\"workers\":1,\"labels\":0}" \
		"{\"kind\":\"choice\",\"type\":\"number\",\"method\":\"auto\",\"chosen\":\"lfc-n\",\"answers\":0,\"why\":\"no task has two answers that differ\"}" \
		"{\"kind\":\"consensus\",\"task\":\"a\",\"value\":7.5,\"confidence\":null,\"low\":null,\"high\":null,\"level\":0.95,\"why\":\"no task has two answers\",\"labels\":1,\"method\":\"lfc-n\",\"type\":\"number\"}" \
		"{\"kind\":\"skill\",\"worker\":\"w\",\"labels\":1,\"skill\":null,\"why\":\"no task has two answers\",\"method\":\"lfc-n\",\"type\":\"number\"}"
	same want out
'
t 'answers that never differ; the largest and the least numbers' '
	{ task a b; lab a w 7 a v 7 b w 8 b v 8; } >in
	made
	has out "\"value\":7,\"confidence\":null,\"low\":7,\"high\":7,"
	has out "\"skill\":null,\"why\":\"no error was seen\",\"method\":\"lfc-n\",\"type\":\"number\",\"sigma\":0,"
	{ task a b; lab a w 1.7e308 a v -1.7e308 b w 1.7e308 b v 0; gold a -1.7e308; } >in
	for m in mean median trimmed lfc-n crh catd; do
		made -m number=$m
		has out "\"low\":null,\"high\":null,\"level\":0.95,\"why\":\"beyond the largest number\","
	done
	made -g judge -m number=mean
	has out "\"rmse\":null,\"why\":\"beyond the largest number\","
	{ task a b; lab a w 5e-324 a v -5e-324 b w 1e-310 b v 0; } >in
	made
'

# ---- people with biases, a guesser, slips

# crowd SEED SLIPS - 80 tasks, 5 answers of 10 workers; truth as gold on every fourth
crowd() {
	awk -v seed="$1" -v slips="$2" '
	function gauss(  i, s) { for (i = 0; i < 12; i++) s += rand(); return s - 6 }
	BEGIN {
		srand(seed)
		for (w = 0; w < 10; w++) {
			sd[w] = w < 5 ? 1 : 3
			bias[w] = gauss()
		}
		for (t = 0; t < 80; t++)
			printf "{\"kind\":\"task\",\"task\":\"t%d\",\"data\":0,\"type\":\"number\"}\n", t
		for (t = 0; t < 80; t++) {
			truth = 50 + 10 * gauss()
			for (i = 0; i < 5; i++) {
				w = (t + i * (1 + int(t / 10))) % 10
				if (seen[t, w]++) continue
				v = w == 9 && !slips ? 20 + 60 * rand() : truth + bias[w] + sd[w] * gauss()
				if (rand() < slips) v *= 10
				printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":%.2f}\n", t, w, v
			}
			if (t % 4 == 0) printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":%.3f}\n", t, truth
		}
	}'
}
crowd 1 0 >crowd
crowd 2 0.05 >slips
judged() {
	lbl-agree -q --only -g judge -m number="$1" "$2" | jq -r 'select(.kind == "judgement").mae'
}
t 'a guesser weighs little: lfc-n is closer to gold than mean and median, and auto takes it' '
	lfc=$(judged lfc-n crowd) auto=$(judged auto crowd) mean=$(judged mean crowd) median=$(judged median crowd)
	echo "$lfc $auto $mean $median"
	[ "$lfc" = "$auto" ]
	jq -n "$lfc < $mean * 0.8 and $lfc < $median * 0.8" >got
	says got true
	cp crowd in
	made
	holds out "map(select(.kind == \"skill\")) | (map(select(.worker == \"w9\"))[0].sigma) > 2 * (map(select(.worker != \"w9\").sigma) | max)"
'
t 'slips of the keyboard: the median is, and auto takes it' '
	lfc=$(judged lfc-n slips) auto=$(judged auto slips) median=$(judged median slips)
	echo "$lfc $auto $median"
	[ "$median" = "$auto" ]
	jq -n "$median < $lfc / 2" >got
	says got true
	exits 0 lbl-agree --only slips >out 2>err
	has err "lbl-agree: number: auto: median, for the squared error of answers held out is "
	holds out "map(select(.kind == \"choice\"))[0] | .median < .lfc_n - 2 * .se and .chosen == \"median\" and .type == \"number\" and .answers > 300"
'

# ---- gold

t 'gold is the answer, and lfc-n learns from it; held out it judges; ignored it is nothing' '
	cp crowd in
	made
	holds out "map(select(.task == \"t4\"))[0] | .value == .low and .value == .high"
	jq -c "select(.task == \"t4\" and .kind == \"gold\").value" crowd >want
	jq -c "select(.task == \"t4\" and .kind == \"consensus\").value" out >got
	same want got
	made -g judge
	holds out "map(select(.kind == \"judgement\"))[0] | .tasks == 20 and .inside >= 0.85 and .rmse >= .mae and .type == \"number\""
	grep -v -e judgement out >judge.out
	made -g ignore
	same out judge.out
	# by hand
	{ task a b; lab a w 1 a v 3 b w 5 b v 7; gold a 2.5 b 9 zz 4; } >in
	made -m number=mean -g judge
	holds out "map(select(.kind == \"judgement\"))[0] | .tasks == 2 and .mae == 1.75 and (.rmse * .rmse - (0.25 + 9)/2 | fabs) < 1e-12 and .inside == 0.5"
'
t 'gold only for a task that nobody labelled' '
	{ task a; lab a w 1 a v 3; gold zz 4; } >in
	made -g judge
	has out "{\"kind\":\"judgement\",\"type\":\"number\",\"method\":\"lfc-n\",\"tasks\":0}"
	lacks out "zz"
'

# ---- bad input

t 'values that are no numbers' '
	{ task a; lab a w "\"7\""; } >in
	bad "in:2: field \"value\": expected a number, got a string (byte 49)"
	{ task a; lab a w 1e400; } >in
	bad "in:2: number out of range (byte 49)"
	{ task a; lab a w NaN; } >in
	bad "in:2: expected a value (byte 49)"
	{ task a; lab a w -Infinity; } >in
	bad "in:2: invalid number (byte 50)"
	{ task a; lab a w null; } >in
	bad "in:2: field \"value\": expected a number, got null (byte 49)"
	{ lab a w "\"x\""; task a; lab a v 1; } >in
	bad "task \"a\": the label \"x\" of worker \"w\" is no number"
	{ lab a w 1; gold a "\"x\""; task a; } >in
	bad "task \"a\": the gold \"x\" is no number"
	made -g ignore
	{ lab a w "\"x\""; task a; lab a w 1; } >in
	made
'
t 'methods that there are not' '
	exits 64 lbl-agree -m number=ds in 2>err
	says err "lbl-agree: --method: \"ds\" is no method of type number: auto, mean, median, trimmed, lfc-n, crh, catd (see lbl-agree --help)"
'

# ---- laws

t 'the order of lines, the number of threads, other types in the stream change nothing' '
	cp crowd in
	made -g judge
	mv out want
	made -g judge -j 3
	same want out
	awk "{ print NR * 7919 % 1009, NR, (/\"task\",/ ? 0 : 1) }" crowd >/dev/null
	{ grep "\"kind\":\"task\"" crowd; grep -v "\"kind\":\"task\"" crowd | awk "{ print NR * 7919 % 1009, \$0 }" | sort -n | cut -d " " -f 2-; } >in
	made -g judge
	close want out
	{ lab x w1 "\"a\"" x w2 "\"b\""; cat crowd; lab y w1 "\"b\""; } >in
	made -g judge -m ds
	grep "\"number\"" out >got
	same want got
'
t 'ten times as large, and three more: so is everything' '
	jq -c "if .kind == \"label\" or .kind == \"gold\" then .value = .value * 16 + 4 else . end" crowd >in
	made -g ignore
	jq -c "select(.kind == \"consensus\") | [.task, (.value - 4) / 16, (.low - 4) / 16, (.high - 4) / 16]" out >a
	cp crowd in
	made -g ignore
	jq -c "select(.kind == \"consensus\") | [.task, .value, .low, .high]" out >b
	close a b
'
t 'a revised answer leaves no trace' '
	cp hand in
	made
	mv out want
	{ head -n 3 hand; lab a w1 1000; tail -n +4 hand; } >in
	exits 0 lbl-agree -q --only in >all
	grep -v -e "^{\"kind\":\"run\"" -e "^{\"kind\":\"end\"" all >out
	same want out
'
t '100000 answers to one task' '
	{ task a; awk "BEGIN { for (i = 0; i < 100000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"a\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":%d}\\n\", i, i * 7919 % 100003 }"; } >in
	made
	holds out "map(select(.kind == \"consensus\"))[0] | .labels == 100000 and .value > 49000 and .value < 51000"
'
t 'lbl-audit computes the same; lbl-score leaves such labels pending' '
	lbl-agree -q slips | lbl-score -q --epoch e >log
	exits 0 lbl-audit replay log >found
	lacks found "\"finding\""
	sed "s/\"value\":\([0-9.]*\),\"confidence\":null/\"value\":1\1,\"confidence\":null/" log | grep -v "\"end\"" | lbl-ingest -q >forged
	exits 1 lbl-audit replay forged >found
	has found "\"finding\""
	[ "$(jq -c "select(.kind == \"verdict\").verdict" log | sort -u)" = "\"pending\"" ]
'
finish
