#!/bin/sh
# lbl-score --rule: the rules beside the default one, what they read, what an auditor can recompute; reputations.
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

# guess TASK WORKER VALUE SHARE - a label with a forecast: SHARE of the others say yes
guess() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s,"predict":{"yes":%s,"no":%s}}\n' "$1" "$2" "$3" "$4" \
		"$(jq -n "1 - $4")"
}

# scores RULE FILE OPTION... - the score records
scores() {
	_r=$1 _f=$2
	shift 2
	lbl-score -q --only --rule "$_r" "$@" "$_f" >.out && grep '"kind":"score"' .out
}

# crowd - 90 tasks, some with gold, of 12 workers who are right more or less often; two are one person
crowd() {
	awk 'BEGIN {
		x = 7
		for (t = 0; t < 90; t++) {
			truth = "abc"; truth = substr(truth, 1 + t % 7 % 3, 1)
			if (t % 4 == 0)
				printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":\"%s\"}\n", t, truth
			for (k = 0; k < 5; k++) {
				x = (x * 1103515245 + 12345) % 2147483648
				y = int(x / 65536)
				w = (t * 3 + k * (1 + t % 2)) % 12
				v = y % 12 > w / 2 ? truth : substr("aab", 1 + y % 3, 1)
				printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\",\"predict\":{\"a\":0.5,\"b\":0.25,\"c\":0.25}}\n", t, w, v
			}
		}
		print "{\"kind\":\"worker\",\"worker\":\"w3\",\"identity\":\"p\"}"
		print "{\"kind\":\"worker\",\"worker\":\"w8\",\"identity\":\"p\"}"
	}'
}
crowd >crowd.ndjson
rules='gold flat threshold gate-ca consensus pts dg ca dmi bts'

# ---- each by hand

{
	lab t1 ann '"a"' t1 bob '"a"' t1 cyd '"b"'
	lab t2 ann '"b"' t2 bob '"b"' t2 cyd '"a"'
} >hand

t 'flat' '
	scores flat hand | jq -c "[.worker, .score_bp, .bonus_bp, .rule]" >got
	put want "[\"ann\",10000,10000,\"flat\"]" "[\"bob\",10000,10000,\"flat\"]" "[\"cyd\",10000,10000,\"flat\"]"
	same want got
'
t 'threshold: of what is decided, the share that is verified; at it counts' '
	{ gold g1 1 g2 1 g3 1 g4 1 g5 1; lab g1 w 1 g2 w 1 g3 w 1 g4 w 2 g5 w 2 t7 y 6; } >in
	scores threshold in | jq -c "[.worker, .score_bp, .all_verified, .all_rejected, .threshold_bp, .why]" >got
	put want "[\"w\",10000,3,2,6000,null]" "[\"y\",0,0,0,6000,\"no label of the worker has been decided\"]"
	same want got
	scores threshold in --threshold 6001 | head -n 1 | jq -c "[.score_bp, .threshold_bp]" >got
	says got "[0,6001]"
'
t 'consensus: the others of ann and bob are one a and one b, those of cyd are sure' '
	scores consensus hand | jq -c "[.worker, .score_bp, .hits, .trials, .why]" >got
	put want "[\"ann\",0,0,0,\"the others have no majority on any task of the worker\"]" \
		"[\"bob\",0,0,0,\"the others have no majority on any task of the worker\"]" "[\"cyd\",0,0,2,null]"
	same want got
	{ cat hand; lab t1 dan "\"a\"" t2 dan "\"a\""; } >in
	scores consensus in | jq -c "[.worker, .score_bp, .hits, .trials]" >got
	put want "[\"ann\",5000,1,2]" "[\"bob\",5000,1,2]" "[\"cyd\",0,0,2]" "[\"dan\",5000,1,2]"
	same want got
'
t 'pts: agreement over how often the others say it' '
	# of the others of ann two say a and two b, so R is 1/2 each; half of her peers agree: (1/2)/(1/2) - 1 on both tasks
	scores pts hand | jq -c "[.worker, .score_bp, .pts_q32, .peer_tasks]" >got
	put want "[\"ann\",0,0,2]" "[\"bob\",0,0,2]" "[\"cyd\",0,-4294967296,2]"
	same want got
'
t 'dg and gate-ca: a perfect pair and one who says one thing' '
	{
		for k in 1 2 3 4; do lab a$k ann "\"a\"" a$k bob "\"a\"" a$k cyd "\"a\"" b$k ann "\"b\"" b$k bob "\"b\"" b$k cyd "\"a\""; done
	} >in
	# with bob ann agrees on all, by chance on half; with cyd on half, and half by chance
	scores gate-ca in | jq -c "[.worker, .bonus_bp, .ca_q32, .peer_labels, .score_bp, .why]" >got
	put want "[\"ann\",6186,1073741824,8,0,\"no label of the worker is on gold\"]" \
		"[\"bob\",6186,1073741824,8,0,\"no label of the worker is on gold\"]" \
		"[\"cyd\",0,0,8,0,\"no label of the worker is on gold\"]"
	same want got
	# pairs: apart from the task itself 3 of 7 others are of the class, less those that are one task: 18 of 42
	scores dg in | jq -c "select(.worker == \"cyd\") | [.score_bp, .peer_pairs]" >got
	says got "[0,16]"
	scores dg in --ca-ref 1 | jq -c "[.worker, .score_bp]" >got
	put want "[\"ann\",10000]" "[\"bob\",10000]" "[\"cyd\",0]"
	same want got
'
t 'bts: who says what is more common than expected' '
	{ guess q ann "\"yes\"" 0.5; guess q bob "\"yes\"" 0.5; guess q cyd "\"no\"" 0.5; lab q dan "\"no\""; } >in
	scores bts in | jq -c "[.worker, .score_bp, .peer_tasks, .why]" >got
	put want "[\"ann\",6155,1,null]" "[\"bob\",6155,1,null]" "[\"cyd\",2689,1,null]" \
		"[\"dan\",0,0,\"no task where the worker and another one said what they expect\"]"
	same want got
	# a name has no type: the forecast of \"1\" is of 1, too
	sed "s/\"yes\"/\"1\"/g; s/\"value\":\"1\"/\"value\":1/" in >in2
	scores bts in2 | jq -c "[.worker, .score_bp, .peer_tasks, .why]" >got
	same want got
'
t 'bts: a forecast that is none' '
	bad() {
		put bad "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"w\",\"value\":\"a\",\"predict\":$1}"
		exits 65 lbl-score --rule bts bad >out 2>err
		says err "lbl-score: bad:1: field \"predict\": $2"
		exits 0 lbl-score -q --rule flat bad >out
	}
	bad "[1]" "expected an object, got an array (byte 63)"
	bad "{\"a\":1.5}" "expected probabilities from 0 to 1 (byte 68)"
	bad "{\"a\":0.5,\"b\":\"0.5\"}" "expected probabilities from 0 to 1 (byte 76)"
	bad "{\"a\":0.5,\"b\":0.4}" "the probabilities do not sum to 1 (byte 63)"
	bad "{}" "the probabilities do not sum to 1 (byte 63)"
	put good "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"w\",\"value\":\"a\",\"predict\":{\"a\":0.3333333,\"b\":0.3333333,\"c\":0.3333333}}"
	exits 0 lbl-score -q --rule bts good >out
'
t 'a later label without a forecast takes it back' '
	{ guess q ann "\"yes\"" 0.5; guess q bob "\"yes\"" 0.5; lab q bob "\"no\""; } >in
	scores bts in | jq -c .peer_tasks | paste -s -d " " - >got
	says got "0 0"
'
t 'options: out of range' '
	exits 64 lbl-score --rule flatter hand >out 2>err
	exits 64 lbl-score --threshold 10001 hand >out 2>err
	exits 64 lbl-score --ca-ref 0 hand >out 2>err
	exits 64 lbl-score --ca-ref 1099511627776 hand >out 2>err
	exits 64 lbl-score --reputation 0 hand >out 2>err
	exits 64 lbl-score --penalty 1 hand >out 2>err
	says err "lbl-score: --penalty goes with --reputation, which remembers what was taken (see lbl-score --help)"
'

# ---- all of them

t 'every rule: an auditor gets the score from the integers in the record' '
	for rule in $rules; do scores $rule crowd.ndjson --threshold 8500; done >all
	jq -s -e "length == 120 and all(.[]; .score_bp >= 0 and .score_bp <= 10000 and .bonus_bp >= 0 and .bonus_bp <= 10000)" all >out
	# bp of a measure in units of 2^-bits; floor, for it is not negative
	jq -c "
		def bp(m; one): if m <= 0 then 0 else [(m * 10000 / (.ca_ref * one) | floor), 10000] | min end;
		def want:
			if .rule == \"threshold\" then if .all_verified * 10000 >= .threshold_bp * (.all_verified + .all_rejected) then 10000 else 0 end
			elif .rule == \"consensus\" then (.hits * 10000 / .trials | floor)
			elif .rule == \"pts\" then bp(.pts_q32; 1)
			elif .rule == \"dg\" then bp(.dg_q32; 1)
			elif .rule == \"ca\" then bp(.ca_q32; 1)
			elif .rule == \"dmi\" then bp(.dmi_q52; 1048576)
			elif .rule == \"bts\" then ([(((.bts_q32 + .ca_ref) * 10000 / (2 * .ca_ref)) | floor), 0] | max)
			elif .rule == \"flat\" then 10000
			else .score_bp end;
		select(.score_bp != want or (.rule == \"gate-ca\" and .bonus_bp != bp(.ca_q32; 1)))" all >wrong
	empty wrong
	# and they do not all say the same; where only equal answers agree more than by chance, ca is dg
	jq -s -e "group_by(.rule) | map(map([.score_bp, .bonus_bp])) | unique | length == 9" all >out
'
t 'accounts of one person have one score, and are no peers of each other' '
	for rule in $rules; do
		scores $rule crowd.ndjson | jq -c "select(.worker == \"w3\" or .worker == \"w8\") | [.score_bp, .bonus_bp, .gold_hits, .ca_q32]" |
			sort -u | wc -l
	done | sort -u >got
	says got 1
	{ lab t x "\"a\"" t y "\"a\"" t z "\"b\""; echo "{\"kind\":\"worker\",\"worker\":\"x\",\"identity\":\"y\"}"; } >in
	# of x and y one label counts, and z has one against him: as two persons they would be a majority
	scores consensus in | jq -c "[.worker, .hits, .trials]" >got
	put want "[\"y\",0,1]" "[\"z\",0,1]"
	same want got
'
t 'neither the order of the lines nor the number of threads changes a score' '
	shuf --random-source=/dev/zero crowd.ndjson >other
	for rule in $rules; do
		scores $rule crowd.ndjson -j 1 | sort >want
		scores $rule crowd.ndjson -j 3 | sort >got
		same want got
		scores $rule other -j 2 | sort >got
		same want got
	done
'
t 'the halves of dmi come from the seed' '
	scores dmi crowd.ndjson >a
	scores dmi crowd.ndjson --half-seed 1 >b
	lacks b "$(head -n 1 a)"
	lbl-score -q --only --rule dmi --half-seed 1 crowd.ndjson | head -n 1 >run
	has run "\"ca_ref\":268435456,\"half_seed\":1"
'
t 'lbl-audit replays every rule' '
	lbl-agree -q crowd.ndjson >model
	for rule in $rules; do
		exits 0 lbl-score -q --rule $rule --ca-ref 123456789 --threshold 7000 --half-seed 5 --bound 90 model >log
		exits 0 lbl-audit replay log >found 2>err
		has err ": 0 findings"
		# and sees one that was touched
		sed "s/\"score_bp\":[0-9]*/\"score_bp\":17/" log | grep -v "\"kind\":\"end\",\"tool\":\"lbl-score\"" >lie
		exits 1 lbl-audit replay -q lie >found
	done
'

# ---- reputations

about() {       # WORKER TEXT
	printf '{"kind":"finding","rule":"R01","severity":"error","subject":{"kind":"worker","worker":"%s"},"evidence":[],"text":"%s"}\n' "$@"
}

t 'none unless asked for' '
	scores flat hand >out
	lacks out reputation
'
t 'a reputation goes from day to day' '
	{ gold g 1 h 1; lab g ann 1 h ann 1 g bob 2 h bob 2; } >day1
	lbl-score -q --rule gold --reputation 6000 -e d1 day1 >day1.log
	jq -c "select(.kind == \"score\") | [.worker, .score_bp, .reputation_bp, .beta, .beta_bp]" day1.log >got
	# ann: (15 6000 + 4250) / 16, downwards; bob has no verified label, so no units, and does not move
	put want "[\"ann\",4250,5890,[2000000,0],7500]" "[\"bob\",0,6000,[0,2000000],2500]"
	same want got
	{ cat day1.log; gold i 1; lab i ann 1; lab i bob 1; } | lbl-score -q --rule gold --reputation 6000 -e d2 >day2.log
	jq -c "select(.kind == \"score\" and .epoch == \"d2\") | [.worker, .score_bp, .reputation_bp, .beta]" day2.log >got
	put want "[\"ann\",2698,5690,[2800000,0]]" "[\"bob\",2698,5793,[1000000,1800000]]"
	same want got
	# another start is for those who are new
	{ cat day1.log; gold i 1; lab i ann 1; lab i new 1; } | lbl-score -q --only --rule gold --reputation 1 -e d2 |
		jq -c "select(.kind == \"score\") | [.worker, .reputation_bp]" >got
	put want "[\"ann\",5690]" "[\"new\",170]"
	same want got
	exits 0 lbl-audit replay -q day2.log >found
'
t 'a finding about a worker is told; with --penalty it takes its part of the score, once' '
	{ cat hand; about ann one; about ann two; about ann one; } >in
	scores flat in --reputation 5000 | jq -c "[.worker, .score_bp, (.findings | length)]" >got
	put want "[\"ann\",10000,2]" "[\"bob\",10000,0]" "[\"cyd\",10000,0]"
	same want got
	lbl-score -q --rule flat --reputation 5000 --penalty 2500 -e d1 in >log
	jq -c "select(.kind == \"score\") | [.worker, .score_bp]" log >got
	put want "[\"ann\",5000]" "[\"bob\",10000]" "[\"cyd\",10000]"
	same want got
	exits 0 lbl-audit replay -q log >found
	{ cat log; lab t3 ann 1; about ann three; } | lbl-score -q --rule flat --reputation 5000 --penalty 2500 -e d2 >log2
	jq -c "select(.kind == \"score\" and .epoch == \"d2\") | [.worker, .score_bp, (.findings | length)]" log2 >got
	says got "[\"ann\",7500,3]"
'
t 'findings about records, and those of lbl-score itself, are not of the worker' '
	{
		cat hand
		about ann one | sed "s/\"kind\":\"worker\"/\"kind\":\"payment\"/"
		about ann one | sed s/R01/copy/
		about ann one | sed s/R01/alarm/
	} >in
	scores flat in --reputation 5000 --penalty 10000 | jq -c .score_bp | sort -u >got
	says got 10000
'
t 'a reputation that is none is bad input' '
	scores flat hand --reputation 5000 | head -n 1 | sed "s/\"reputation_bp\":[0-9]*/\"reputation_bp\":10001/" >in
	exits 65 lbl-score -e 2 in >out 2>err
	has err "lbl-score: in:1: field \"reputation_bp\": expected a whole number from 0 to 10000"
'
finish
