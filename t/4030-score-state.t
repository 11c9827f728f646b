#!/bin/sh
# lbl-score --rule hold: what one epoch leaves to the next, and what is refused.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

# night N - labels of a night: six people, twelve tasks of three seats, and gold for all
night() {
	awk -v n="$1" 'BEGIN {
		for (t = 0; t < 12; t++)
			for (k = 0; k < 3; k++)
				printf "{\"kind\":\"label\",\"task\":\"n%d.%d\",\"worker\":\"w%d\",\"value\":\"c%d\"}\n", n, t, (t + k * (n + 1)) % 6,
					(t + k * (n + 1)) % 6 == 5 ? k : t % 3
		for (w = 0; w < 6; w++)
			for (g = 0; g < 3; g++)
				printf "{\"kind\":\"label\",\"task\":\"g%d.%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", n, g, w, w == 5 ? "y" : "x"
	}'
}

golds() {
	awk 'BEGIN { for (n = 1; n < 5; n++) for (g = 0; g < 3; g++) printf "{\"kind\":\"gold\",\"task\":\"g%d.%d\",\"value\":\"x\"}\n", n, g }'
}

# keep - of an output on standard input, what the next night needs
keep() {
	grep -e '"kind":"verdict"' -e '"kind":"score"'
}

# scores FILE
scores() {
	jq -c 'select(.kind == "score") | [.worker, .standing, .llr, .units, .score_bp, .bonus_bp, .gold_trials]' "$1"
}

put p '{"join_below":3,"ca_ref":1000000000,"alarm_least":1000}'
score() {
	lbl-score -q --policy p "$@"
}

golds >golds.ndjson
for n in 1 2 3 4; do night $n >n$n; done

t 'the last output alone, all of the log, and only verdicts and scores: the same scores' '
	cat golds.ndjson n1 | score --epoch e1 >a1
	cat golds.ndjson n1 | score --epoch e1 --only >b1
	keep <b1 >c1
	for n in 2 3 4; do
		p=$((n - 1))
		{ grep -v "\"end\"" a$p; cat n$n; } | score --epoch e$n >a$n
		cat b$p golds.ndjson n$n | score --epoch e$n --only >b$n
		{ cat c$p golds.ndjson n$n; } | score --epoch e$n --only | keep >c$n
		grep "\"epoch\":\"e$n\"" b$n | keep | sort >want
		grep "\"epoch\":\"e$n\"" a$n | keep | sort >got
		same want got
		grep "\"epoch\":\"e$n\"" c$n | sort >got
		same want got
	done
	scores b4 >got
	grep -c cleared got >n
	says n 5
	grep -c stopped got >n
	says n 1
	[ "$(jq -s "map(select(.kind == \"score\" and .units > 0)) | length" b4)" -ge 4 ]
'
t 'who has a state and no labels has a score all the same' '
	cat b1 golds.ndjson >in
	grep -v "\"worker\":\"w3\"" n2 >>in
	exits 0 score --epoch e2 --only in >out
	jq -c "select(.kind == \"score\" and .worker == \"w3\") | [.labels, .gold_trials, .counted, (.state.answers > 0)]" out >got
	says got "[0,3,2,true]"
	cat out golds.ndjson n3 | score --epoch e3 --only >out3
	jq -c "select(.kind == \"score\" and .worker == \"w3\") | [.gold_trials, .counted]" out3 >got
	says got "[6,3]"
'
t 'the same epoch again is refused, also an older one' '
	cat b1 golds.ndjson n1 >in
	exits 65 score --epoch e1 in >out 2>err
	says err "lbl-score: there are scores of epoch \"e1\" already: what was counted is not counted again"
	cat b1 b2 golds.ndjson n3 >in
	exits 65 score --epoch e1 in >out 2>err
	exits 0 score --epoch e3 in >out 2>err
'
t 'another policy is refused, unless everything is forgotten' '
	cat b2 golds.ndjson n3 >in
	exits 65 lbl-score -q --epoch e3 in >out 2>err
	has err "lbl-score: the scores of epoch \"e2\" are of policy "
	has err "end the campaign with its own (--end), or forget all that is known of the workers (--reset)"
	exits 0 lbl-score -q --epoch e3 --reset --only in >out
	jq -c "select(.kind == \"score\") | [.counted, .gold_trials]" out | sort -u >got
	says got "[1,3]"
	has out "\"reset\":true"
'
t 'verdicts that are missing, or too many: refused' '
	{ sed "0,/\"kind\":\"verdict\"/{/\"kind\":\"verdict\"/d}" c1; cat golds.ndjson n2; } >in
	exits 65 score --epoch e2 in >out 2>err
	says err "lbl-score: epoch \"e1\": w0 has a score of 9 labels, and verdicts on 8"
	{ grep verdict c1 | sed "1s/n1.0/n1.99/;2,\$d"; cat c1 golds.ndjson n2; } >in
	exits 65 score --epoch e2 in >out 2>err
	says err "lbl-score: epoch \"e1\": w0 has a score of 9 labels, and verdicts on 10"
	{ grep -v "\"kind\":\"score\",\"worker\":\"w4\"" c1; cat golds.ndjson n2; } >in
	exits 65 score --epoch e2 in >out 2>err
	says err "lbl-score: epoch \"e1\": w4 has a score of 0 labels, and verdicts on 9"
	cat c1 c1 golds.ndjson n2 >in
	exits 65 score --epoch e2 in >out 2>err
	has err "two scores of w0 in one epoch"
'
t 'a label that changes when its epoch is closed changes nothing, and is told' '
	cat b1 golds.ndjson n2 >in
	score --epoch e2 --only in >want
	{ cat b1; sed "1s/c[0-9]/c7/" n1; cat golds.ndjson n2; } >in
	exits 0 lbl-score --policy p --epoch e2 --only in >out 2>err
	has err "lbl-score: 1 label came when an earlier one of the same person and task had been counted: left out"
	same want out
'
t 'gold that comes later does not change what was counted' '
	cat b1 golds.ndjson n2 >in
	score --epoch e2 --only in | keep >want
	{ cat b1; printf "{\"kind\":\"gold\",\"task\":\"n1.0\",\"value\":\"c0\"}\n"; cat golds.ndjson n2; } | score --epoch e2 --only | keep >got
	same want got
	{ cat b1; grep -v g1 golds.ndjson; cat n2; } | score --epoch e2 --only | keep >got
	same want got
'
t 'two accounts turn out to be one person: counts are added, the worse standing stands, nothing is lost' '
	{ cat b1; printf "{\"kind\":\"worker\",\"worker\":\"%s\",\"identity\":\"p\"}\n" w0 w5; cat golds.ndjson n2; } >in
	exits 0 score --epoch e2 --only in >out
	jq -c "select(.kind == \"score\" and (.worker == \"w0\" or .worker == \"w5\")) | [.identity, .gold_trials, .state != null]" out >got
	put want "[\"p\",9,true]" "[\"p\",9,false]"
	same want got
	cat out golds.ndjson n3 >in
	exits 0 score --epoch e3 --only in >out3
	jq -c "select(.kind == \"score\" and .worker == \"w5\") | .identity" out3 >got
	says got "\"p\""
'
t 'a state that is none' '
	score_of() {
		grep "\"kind\":\"score\",\"worker\":\"w5\"" c2
	}
	for change in "s/\"counted\":2/\"counted\":0/" "s/\"standing\":\"[a-z]*\"/\"standing\":\"king\"/" "s/\"due\":\[/\"due\":[[7,1],/" \
		"s/\"seen\":\[/\"seen\":[1,/" "s/\"llr\":[0-9-]*/\"llr\":1.5/" "s/\"held\":false/\"held\":0/" "s/\"policy\":\"./\"policy\":\"/" \
		"s/\"from\":0,\"to\":0/\"from\":1,\"to\":0/" "s/\"gold_hits\":[0-9]*/\"gold_hits\":9999/" "s/,\"counted\":2//" "s/\"status\":\"pending\"/\"status\":7/"; do
		score_of | sed "$change" >bad
		! score_of | cmp -s - bad || { echo "nothing was edited: $change" >&2; score_of >&2; return 1; }
		exits 65 score bad >out 2>err
		has err "lbl-score: bad:1: "
	done
	{ score_of; score_of | sed "s/\"worker\":\"w5\"/\"worker\":\"w9\"/;s/\"epoch\":\"e2\"/\"epoch\":\"e7\"/"; } >bad
	exits 65 score bad >out 2>err
	has err "two scores are of epoch number 1, and differ in its name, its policy or whether it was the last"
'
t 'nights replayed: from a whole log, and from one that goes on from another' '
	for n in 1 2; do
		{ [ $n -eq 1 ] || grep -v "\"end\"" log1; [ $n -eq 2 ] || cat golds.ndjson; cat n$n; } | lbl-ingest -q | lbl-agree -q --method mv | score --epoch e$n >log$n
	done
	exits 0 lbl-audit replay log2 >found 2>err
	lacks found "\"finding\""
	{ cat b1 golds.ndjson n2; } | lbl-agree -q --method mv | score --epoch e2 >short
	exits 0 lbl-audit replay short >found 2>err
	lacks found "\"finding\""
	has err "taken as they are: 61 records of an earlier log"
	sed "s/\"worker\":\"w1\",\"epoch\":\"e1\",\"labels\":9/\"worker\":\"w1\",\"epoch\":\"e1\",\"labels\":8/" short | grep -v "\"end\"" | lbl-ingest -q >forged
	exits 1 lbl-audit replay forged >found 2>err
	has found "has a score of 8 labels, and verdicts on 9"
'
t 'nobody is paid for a score that is only carried on' '
	put pay "{\"rate\":\"1000\",\"pay\":\"flat\"}"
	sed "s/\"worker\":\"w\([0-9]\)\"/\"worker\":\"0x100000000000000000000000000000000000000\1\"/" b2 n3 golds.ndjson | grep -v "\"end\"" | lbl-agree -q --method mv |
		score --epoch e3 | lbl-payout plan -q --policy pay --epoch e3 >good
	grep -c "\"payment\"" good >n
	exits 0 lbl-audit replay good >found 2>err
	sed "s/\"worker\":\"w\([0-9]\)\"/\"worker\":\"0x100000000000000000000000000000000000000\1\"/" b2 n3 golds.ndjson | grep -v "\"end\"" | lbl-agree -q --method mv |
		score --epoch e3 | lbl-payout plan -q --policy pay --epoch e2 >bad
	exits 1 lbl-audit replay bad >found 2>err
	has found "\"kind\":\"payment\""
'
t 'another rule knows nothing of states, and judges only what is new' '
	cat b2 golds.ndjson n3 >in
	exits 0 lbl-score -q --rule gold --epoch e3 --only in >out
	grep "\"epoch\":\"e3\"" b3 | grep verdict >want
	cat b2 golds.ndjson n3 | lbl-score -q --rule gold --epoch e3 --only | grep "\"kind\":\"verdict\"" >got
	same want got
	jq -c "select(.kind == \"score\") | [.labels, .gold_trials]" out | sort -u >got
	says got "[9,3]"
'
finish
