#!/bin/sh
# lbl-score: who judges a label, with what certainty, and the integers that come of it.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

# lab TASK WORKER VALUE... - label records; VALUE is JSON
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

# gold TASK VALUE...
gold() {
	printf '{"kind":"gold","task":"%s","value":%s}\n' "$@"
}

# model TASK POSTERIOR - a consensus record; what it says but the posterior does not matter
model() {
	printf '{"kind":"consensus","task":"%s","value":"?","confidence":1,"labels":3,"method":"ds","posterior":%s}\n' "$@"
}

# skill WORKER CONFUSION
skill() {
	printf '{"kind":"skill","worker":"%s","labels":9,"skill":0.7,"method":"ds","confusion":%s}\n' "$@"
}

# verdicts FILE OPTION... - one line a verdict: task worker verdict by against confidence
verdicts() {
	_f=$1
	shift
	lbl-score -q --only --rule gold "$@" "$_f" >.out &&
		jq -r 'select(.kind == "verdict") | "\(.task) \(.worker) \(.verdict) \(.by) \(.against) \(.confidence)"' .out
}

# scores FILE OPTION...
scores() {
	_f=$1
	shift
	lbl-score -q --only --rule gold "$@" "$_f" >.out && jq -c 'select(.kind == "score")' .out
}

# ---- the whole of it

{
	gold t1 '"a"'
	lab t1 w1 '"a"' t1 w2 '"b"'
	lab t2 w1 '"a"' t2 w2 '"a"' t2 w3 '"b"'
} >small

t 'gold, votes, scores: the whole output' '
	exits 0 lbl-score --rule gold small >out 2>err
	put want "lbl-score: the input has no end mark: it may have been cut short" \
		"lbl-score: 5 labels by 3 workers: 1 verified, 2 rejected, 2 pending" \
		"lbl-score: confidence by votes is not calibrated: 1 task with gold can say what it is worth, --calibrate asks for 50"
	same want err
	cat small - >want <<-"END"
	{"kind":"run","tool":"lbl-score","version":"0.1.0","options":{"rule":"gold","epoch":"1","min_confidence":0.8,"calibrate":50,"z2_micro":2705543}}
	{"kind":"verdict","task":"t1","worker":"w1","verdict":"verified","by":"gold","value":"a","against":"a","epoch":"1"}
	{"kind":"verdict","task":"t1","worker":"w2","verdict":"rejected","by":"gold","value":"b","against":"a","epoch":"1"}
	{"kind":"verdict","task":"t2","worker":"w1","verdict":"pending","by":"consensus","value":"a","epoch":"1"}
	{"kind":"verdict","task":"t2","worker":"w2","verdict":"pending","by":"consensus","value":"a","epoch":"1"}
	{"kind":"verdict","task":"t2","worker":"w3","verdict":"rejected","by":"consensus","value":"b","against":"a","confidence":1,"epoch":"1"}
	{"kind":"score","worker":"w1","epoch":"1","labels":2,"verified":1,"rejected":0,"pending":1,"score_bp":2698,"bonus_bp":10000,"rule":"gold","gold_hits":1,"gold_trials":1,"z2_micro":2705543}
	{"kind":"score","worker":"w2","epoch":"1","labels":2,"verified":0,"rejected":1,"pending":1,"score_bp":0,"bonus_bp":10000,"rule":"gold","gold_hits":0,"gold_trials":1,"z2_micro":2705543}
	{"kind":"score","worker":"w3","epoch":"1","labels":1,"verified":0,"rejected":1,"pending":0,"score_bp":0,"bonus_bp":10000,"rule":"gold","gold_hits":0,"gold_trials":0,"z2_micro":2705543}
	END
	sed \$d out >body
	same want body
'
t 'nothing to score' '
	exits 0 lbl-score --only </dev/null >out 2>err
	has err "lbl-score: 0 labels by 0 workers: 0 verified, 0 rejected, 0 pending"
	[ "$(wc -l <out)" -eq 2 ]
'
t 'the epoch is the one that was said' '
	scores small -e 2026-W47 >out
	[ "$(grep -c "\"epoch\":\"2026-W47\"" out)" -eq 3 ]
'

# ---- gold

t 'score_bp is the Wilson bound: known values, both bounds' '
	hits() {        # WORKER HITS TRIALS
		i=0
		while [ $i -lt "$3" ]; do
			i=$((i + 1))
			if [ $i -le "$2" ]; then lab g$i "$1" "\"x\""; else lab g$i "$1" "\"y\""; fi
		done
	}
	{
		i=0
		while [ $i -lt 100 ]; do i=$((i + 1)); gold g$i "\"x\""; done
		hits a 0 1; hits b 1 1; hits c 1 2; hits d 2 2; hits e 5 5; hits f 16 20; hits g 19 20; hits h 20 20; hits i 95 100
		lab other j "\"x\""
	} >in
	scores in | jq -r "\"\(.worker) \(.gold_hits) \(.gold_trials) \(.score_bp)\"" >got
	put want "a 0 1 0" "b 1 1 2698" "c 1 2 1208" "d 2 2 4250" "e 5 5 6488" "f 16 20 6216" "g 19 20 8039" \
		"h 20 20 8808" "i 95 100 9008" "j 0 0 0"
	same want got
	scores in --bound 90 | jq -r .score_bp | paste -s -d " " - >got
	says got "0 3784 1642 5490 7527 6647 8467 9241 9140 0"
'
t 'gold decides against any consensus' '
	{ cat small; lab t1 w3 "\"b\"" t1 w4 "\"b\"" t1 w5 "\"b\""; } >in
	verdicts in | grep ^t1 >got
	put want "t1 w1 verified gold a null" "t1 w2 rejected gold a null" "t1 w3 rejected gold a null" \
		"t1 w4 rejected gold a null" "t1 w5 rejected gold a null"
	same want got
'
t 'a later gold replaces the earlier, in any place, and is told' '
	{ cat small; gold t1 "\"b\""; } >in
	exits 0 lbl-score --only in >out 2>err
	has err "lbl-score: 1 gold record was replaced by a later one of the same task"
	verdicts in | grep ^t1 >got
	put want "t1 w1 rejected gold b null" "t1 w2 verified gold b null"
	same want got
'
t 'gold that nobody labelled, a skill without labels: nothing comes of them' '
	{ gold t0 "\"a\"" t9 "\"z\""; skill w9 "{\"a\":{\"a\":1}}"; cat small; } >in
	verdicts small >want
	verdicts in >got
	same want got
	scores small >want
	scores in >got
	same want got
'
t 'gold and label must be of one type' '
	{ gold t1 1; lab t1 w1 1.0 t1 w2 "\"1\""; } >in
	verdicts in >got
	put want "t1 w1 verified gold 1 null" "t1 w2 rejected gold 1 null"
	same want got
'
t 'gold that is no class is bad input' '
	gold t1 "[1]" >in
	exits 65 lbl-score in >out 2>err
	says err "lbl-score: in:1: field \"value\": expected a string, a number or a boolean, got an array (byte 36)"
'

# ---- the votes of the others

t 'ties, a lone label, two of three' '
	lab t1 w1 "\"a\"" t2 w1 "\"a\"" t2 w2 "\"b\"" t3 w1 "\"a\"" t3 w2 "\"a\"" t4 w1 "\"a\"" t4 w2 "\"a\"" t4 w3 "\"b\"" t4 w4 "\"b\"" >in
	verdicts in >got
	put want "t1 w1 pending consensus null null" \
		"t2 w1 rejected consensus b 1" "t2 w2 rejected consensus a 1" \
		"t3 w1 verified consensus a 1" "t3 w2 verified consensus a 1" \
		"t4 w1 pending consensus null 0.6666666666666666" "t4 w2 pending consensus null 0.6666666666666666" \
		"t4 w3 pending consensus null 0.6666666666666666" "t4 w4 pending consensus null 0.6666666666666666"
	same want got
'
t '--min-confidence is reached when it is equal' '
	lab t w1 "\"a\"" t w2 "\"a\"" t w3 "\"a\"" t w4 "\"a\"" t w5 "\"a\"" t w6 "\"b\"" >in
	verdicts in -c 0.8 >got
	head -n 1 got >first
	says first "t w1 verified consensus a 0.8"
	verdicts in -c 0.8000000000000002 >got
	head -n 1 got >first
	says first "t w1 pending consensus null 0.8"
	tail -n 1 got >last
	says last "t w6 rejected consensus a 1"
	verdicts in -c 1 | tail -n 1 >last
	says last "t w6 rejected consensus a 1"
	lab t w1 "\"a\"" t w2 "\"b\"" t w3 "\"c\"" >in
	verdicts in -c 0 | head -n 1 >first
	says first "t w1 pending consensus null null"
'
t 'every way that four may answer: what the others say does not depend on the own label' '
	awk "BEGIN {
		for (i = 0; i < 256; i++) {
			split(\"a b c d\", v, \" \")
			n[1] = i % 4; n[2] = int(i / 4) % 4; n[3] = int(i / 16) % 4; n[4] = int(i / 64)
			for (w = 1; w <= 4; w++)
				printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"%d%d%d%d\\\",\\\"worker\\\":\\\"%d\\\",\\\"value\\\":\\\"%s\\\"}\n\", n[1], n[2], n[3], n[4], w, v[n[w] + 1]
		}
	}" >in
	lbl-score -q --only -c 0.6 in >out
	[ "$(grep -c "\"verdict\":" out)" -eq 1024 ]
	# said again from the definition: the most frequent of the three others, if there is one
	jq -c "select(.kind == \"verdict\")
		| (.worker | tonumber - 1) as \$w
		| [.task | explode[] - 48] as \$n
		| [\$n | to_entries[] | select(.key != \$w) | .value] as \$others
		| [\$others | group_by(.)[] | {v: [.[0] + 97] | implode, n: length}] as \$c
		| ([\$c[].n] | max) as \$best
		| [\$c[] | select(.n == \$best)] as \$top
		| (if (\$top | length) == 1 then \$best / 3 else 0 end) as \$p
		| (if \$p >= 0.6 then \$top[0].v else null end) as \$against
		| (if \$against == null then \"pending\" elif \$against == .value then \"verified\" else \"rejected\" end) as \$verdict
		| select(.verdict != \$verdict or .against != \$against or ((.confidence // 0) - \$p | fabs) > 1e-15)" out >wrong
	empty wrong
'

# ---- the model, the worker left out

# posterior {a:.9, b:.1}: w1 said a, so a: .9/.8, b: .1/.4 -> 9/11;  w2 said b, so a: .9/.3,
# b: .1/.9 -> 27/28;  w3 has no matrix: one vote each of the others is a tie
{
	model t '{"a":0.9,"b":0.1}'
	skill w1 '{"a":{"a":0.8,"b":0.2},"b":{"a":0.4,"b":0.6}}'
	skill w2 '{"b":{"b":0.9,"a":0.1},"a":{"b":0.3,"a":0.7}}'
	lab t w1 '"a"' t w2 '"b"' t w3 '"a"'
} >bayes
t 'the own factor is divided out of the posterior' '
	verdicts bayes >got
	put want "t w1 verified consensus a 0.8181818181818182" "t w2 rejected consensus a 0.9642857142857143" \
		"t w3 pending consensus null null"
	same want got
	verdicts bayes -c 0.82 >got
	head -n 1 got >first
	says first "t w1 pending consensus null 0.8181818181818182"
'
t 'also where the model comes after the labels' '
	verdicts bayes >want
	{ sed "1,3d" bayes; sed -n "1,3p" bayes; } >in
	verdicts in >got
	same want got
'
t 'the others say the same whatever the own label, when the posterior follows from it' '
	# r: odds by the others; e: matrix of w.  The posterior with the label is r e / sum
	awk "BEGIN {
		ea[\"a\"] = .7; ea[\"b\"] = .3; eb[\"a\"] = .25; eb[\"b\"] = .75
		for (i = 1; i < 100; i++)
			for (j = 0; j < 2; j++) {
				if (i == 50)
					continue
				l = j ? \"b\" : \"a\"; r = i / 100
				pa = r * ea[l]; pb = (1 - r) * eb[l]
				printf \"{\\\"kind\\\":\\\"consensus\\\",\\\"task\\\":\\\"%d%s\\\",\\\"value\\\":0,\\\"confidence\\\":0,\\\"labels\\\":2,\\\"method\\\":\\\"ds\\\",\\\"posterior\\\":{\\\"a\\\":%.17g,\\\"b\\\":%.17g}}\n\", i, l, pa / (pa + pb), pb / (pa + pb)
				for (k = 0; k < 2; k++)
					printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"%d%s\\\",\\\"worker\\\":\\\"%s\\\",\\\"value\\\":\\\"%s\\\"}\n\", i, l, k ? \"w\" : \"x\", l
			}
	}" >in
	skill w "{\"a\":{\"a\":0.7,\"b\":0.3},\"b\":{\"a\":0.25,\"b\":0.75}}" >>in
	lbl-score -q --only -c 0 in >out
	[ "$(grep -c "\"worker\":\"w\",\"verdict\":" out)" -eq 196 ]
	jq -c "select(.kind == \"verdict\" and .worker == \"w\")
		| (.task | .[:-1] | tonumber / 100) as \$r
		| select(.against != (if \$r > 0.5 then \"a\" else \"b\" end)
			or (.confidence - ([\$r, 1 - \$r] | max) | fabs) > 1e-12)" out >wrong
	empty wrong
'
t 'a pair that a matrix does not hold was never seen: one in 10^10' '
	{
		model t "{\"a\":0.5,\"b\":0.5}"
		skill w "{\"b\":{\"c\":0.5,\"b\":0.5},\"a\":{\"a\":1}}"
		lab t w "\"c\"" t x "\"c\""
	} >in
	verdicts in | head -n 1 >got
	says got "t w rejected consensus a 0.9999999998"
'
t 'two values equally likely: pending' '
	{
		model t "{\"a\":0.5,\"b\":0.5}"
		skill w "{\"a\":{\"a\":0.5,\"b\":0.5},\"b\":{\"a\":0.5,\"b\":0.5}}"
		lab t w "\"a\"" t x "\"a\""
	} >in
	verdicts in -c 0 | head -n 1 >got
	says got "t w pending consensus null null"
'
t 'a lone label is pending, however sure the prior is of the most frequent class' '
	{
		model t "{\"a\":0.99,\"b\":0.01}"
		skill w "{\"a\":{\"a\":0.9,\"b\":0.1},\"b\":{\"a\":0.1,\"b\":0.9}}"
		lab t w "\"a\""
	} >in
	verdicts in -c 0 >got
	says got "t w pending consensus null null"
	lab t1 w "\"a\"" t2 w "\"a\"" t3 w "\"a\"" >in
	lbl-agree -q in >model
	verdicts model -c 0 >got
	put want "t1 w pending consensus null null" "t2 w pending consensus null null" "t3 w pending consensus null null"
	same want got
	{ lab t1 w "\"a\"" t1 x "\"b\""; gold t1 "\"a\""; lab t1 x "\"a\"" t2 w "\"a\""; } >in
	verdicts in >got
	put want "t1 w verified gold a null" "t1 x verified gold a null" "t2 w pending consensus null null"
	same want got
'
t 'no posterior or no matrix: the votes' '
	{
		printf "{\"kind\":\"consensus\",\"task\":\"t\",\"value\":\"b\",\"confidence\":1,\"labels\":3,\"method\":\"mv\"}\n"
		printf "{\"kind\":\"skill\",\"worker\":\"w1\",\"labels\":3,\"skill\":null,\"method\":\"mv\"}\n"
		lab t w1 "\"a\"" t w2 "\"a\"" t w3 "\"a\""
	} >in
	verdicts in >got
	put want "t w1 verified consensus a 1" "t w2 verified consensus a 1" "t w3 verified consensus a 1"
	same want got
'
t 'later records replace earlier ones, and are told' '
	{
		model t "{\"a\":0.1,\"b\":0.9}"
		skill w2 "{\"a\":{\"a\":1}}"
		cat bayes
	} >in
	exits 0 lbl-score --only in >out 2>err
	has err "lbl-score: 1 consensus record was replaced by a later one of the same task"
	has err "lbl-score: 1 skill record was replaced by a later one of the same worker"
	verdicts bayes >want
	verdicts in >got
	same want got
	{ cat bayes; model t "{\"a\":0.1,\"b\":0.9}"; } >in
	verdicts in | head -n 1 >got
	says got "t w1 rejected consensus b 0.9473684210526315"
	{ cat bayes; lab t w1 "\"b\""; } >in
	exits 0 lbl-score --only in >out 2>err
	has err "lbl-score: 1 label record was replaced by a later one of the same worker and task"
'
t 'numbers and booleans meet their names in the posterior' '
	{
		model t "{\"1\":0.9,\"true\":0.1}"
		skill w1 "{\"1\":{\"1\":0.9,\"true\":0.1},\"true\":{\"1\":0.1,\"true\":0.9}}"
		skill w2 "{\"1\":{\"1\":0.9,\"true\":0.1},\"true\":{\"1\":0.1,\"true\":0.9}}"
		lab t w1 1.0 t w2 true
	} >in
	verdicts in -c 0.5 >got
	put want "t w1 pending consensus null null" "t w2 rejected consensus 1 0.9878048780487805"
	same want got
'
t 'gold of another type somewhere else does not touch the consensus' '
	{
		model t "{\"1\":0.99,\"0\":0.01}"
		skill w "{\"1\":{\"1\":0.9,\"0\":0.1},\"0\":{\"1\":0.1,\"0\":0.9}}"
		lab t w "\"1\"" t x "\"0\""
	} >plain
	verdicts plain >want
	head -n 1 want >got
	says got "t w verified consensus 1 0.9166666666666666"
	{ gold elsewhere 1; cat plain; } >in
	verdicts in >got
	same want got
	{ cat plain; gold elsewhere 1; } >in
	verdicts in >got
	same want got
'

# ---- bad models

bad_model() {
	put bad "$1"
	exits 65 lbl-score bad >out 2>err
	says err "lbl-score: bad:1: $2"
}
t 'a posterior that is none' '
	for p in 1.5 -0.1 "\"0.5\"" null; do
		bad_model "$(model t "{\"a\":0.5,\"b\":$p}")" "field \"posterior\": expected probabilities from 0 to 1 (byte 109)"
	done
	bad_model "$(model t "[1]")" "field \"posterior\": expected an object, got an array (byte 96)"
'
t 'a matrix that is none' '
	bad_model "$(skill w "{\"a\":{\"a\":0.5},\"b\":{\"a\":2}}")" "field \"confusion\": expected probabilities from 0 to 1 (byte 103)"
	bad_model "$(skill w "{\"a\":{\"a\":0.5},\"b\":1}")" "field \"confusion\": expected an object for each class (byte 98)"
	bad_model "$(skill w "7")" "field \"confusion\": expected an object, got a number (byte 79)"
'
t 'a record that is rejected leaves what was there before' '
	{ cat bayes; model t "{\"a\":0.5,\"b\":2}"; skill w1 "{\"a\":{\"a\":2}}"; skill w2 "{\"a\":1}"; } >in
	verdicts bayes >want
	exits 1 lbl-score -q --only --rejects rej in >out 2>err
	jq -r "select(.kind == \"verdict\") | \"\(.task) \(.worker) \(.verdict) \(.by) \(.against) \(.confidence)\"" out >got
	same want got
	[ "$(wc -l <rej)" -eq 3 ]
'

# ---- laws

t 'the order of the lines changes no verdict and no score' '
	cat small bayes >in
	verdicts in | sort >want
	tac in >back
	verdicts back | sort >got
	same want got
	scores in | sort >want
	scores back | sort >got
	same want got
'
t 'what was counted is not counted again' '
	for rule in gold hold; do
		lbl-score -q --rule $rule bayes >once
		exits 65 lbl-score -q --rule $rule once >twice 2>err
		says err "lbl-score: there are scores of epoch \"1\" already: what was counted is not counted again"
		[ "$(grep -c "\"kind\":\"run\"" twice)" -eq 1 ]      # nothing but the input
	done
'
t 'hundreds of classes are no trouble' '
	awk "BEGIN { for (t = 0; t < 3000; t++) for (k = 0; k < 5; k++)
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"c%d\\\"}\n\", t, (t + k * k) % 20, (k < 3 || t % 5) ? t % 300 : (t * 7 + k) % 300 }" >in
	lbl-agree -q in >model
	exits 0 timeout 60 lbl-score -q --only model >out
	[ "$(grep -c "\"verdict\":" out)" -eq 15000 ]
'
if [ -r "$LBL_SHARED/data/duck.labels.ndjson" ]; then
	t 'duck: each label has one verdict, and the scores add up' '
		cat "$LBL_SHARED/data/duck.gold.ndjson" "$LBL_SHARED/data/duck.labels.ndjson" | awk "NR % 4 || !/gold/" >in
		lbl-agree -q in >model
		exits 0 lbl-score -q --only --rule gold model >out 2>err
		jq -n "
			reduce inputs as \$r ({}; if \$r.kind == \"verdict\" then .[\$r.worker][\$r.verdict] += 1
				| .[\$r.worker].gold += (if \$r.by == \"gold\" then 1 else 0 end)
				elif \$r.kind == \"score\" then .[\$r.worker].score = \$r else . end)
			| to_entries[] | .value
			| select(.score.labels != 108 or .score.verified != (.verified // 0) or .score.rejected != (.rejected // 0)
				or .score.pending != (.pending // 0) or .score.gold_trials != .gold)" out >wrong
		empty wrong
		[ "$(grep -c "\"kind\":\"score\"" out)" -eq 39 ]
	'
else
	skip 'duck' "no labels in $LBL_SHARED/data"
fi
finish
