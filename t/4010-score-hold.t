#!/bin/sh
# lbl-score --rule hold: by hand where it can be done by hand; what is not fit is told.  That nights of records give what the
# rule gives for the whole log is in t/unit/u-score-hold.c.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/score.sh"

# person WORKER IDENTITY...
person() {
	printf '{"kind":"worker","worker":"%s","identity":"%s"}\n' "$@"
}

# scores OPTION... - of standard input: worker standing llr units score bonus
scores() {
	lbl-score -q --only "$@" >.out &&
		jq -r 'select(.kind == "score") | "\(.worker) \(.standing) \(.llr) \(.units) \(.score_bp) \(.bonus_bp)"' .out
}

golds 30 >golds

# ---- the test on gold

t 'the test by hand: 6 right answers clear, 4 wrong ones flag, 8 stop' '
	# right -530628, wrong 1203973; clear at -2985682, flag at 4553877
	{ cat golds; on_gold a 5 5; on_gold b 6 6; on_gold c 3 0; on_gold d 4 0; on_gold e 7 0; on_gold f 8 0; on_gold g 8 7; } | scores >got
	put want "a new -2653140 0 0 0" "b cleared 0 0 0 0" "c new 3611919 0 0 0" "d retest 0 0 0 0" \
		"e retest 3611919 0 0 0" "f stopped 0 0 0 0" "g cleared 1203973 0 0 0"
	same want got
'
t 'the order of the log decides: five right and then four wrong is not four wrong and then five right' '
	{ cat golds; on_gold a 9 5
		for i in 1 2 3 4; do lab g$i b "\"y\""; done
		for i in 5 6 7 8 9; do lab g$i b "\"x\""; done; } | scores >got
	put want "a new 2162752 0 0 0" "b retest -2653140 0 0 0"
	same want got
'
t 'a policy by the chances it follows from, and by its steps' '
	put p "{\"p0_bp\":8500,\"p1_bp\":5000,\"alpha_bp\":100,\"beta_bp\":500}"
	{ cat golds; on_gold a 6 6; } >in
	lbl-score -q --only in >want
	exits 0 lbl-score -q --only --policy p in >out
	same want out
	put p "{\"right\":-1000000,\"clear\":-2000000}"
	{ cat golds; on_gold a 1 1; on_gold b 2 2; } | scores --policy p >got
	put want "a new -1000000 0 0 0" "b cleared 0 0 0 0"
	same want got
	lacks .out 9f8c8fbfd3506025
'

# ---- what is paid

put p '{"clear":-500000,"join_below":1,"ca_ref":2147483648,"shrink_n":4,"shrink_bp":5000,"alarm_least":1000}'

t 'a block is released at the end of the next epoch, with the bonus by hand' '
	# they agree on all of 4, by chance on half: CA = 1 - 1/2, of ca_ref 1/2: 10000.  bonus = (4*10000 + 4*5000) / 8
	{ cat golds; on_gold ann 1 1; pair one; } | lbl-score -q --policy p --epoch one >first
	jq -c "select(.kind == \"score\") | [.worker, .units, .due, .state.blocks]" first >got
	put want "[\"ann\",0,[[0,5]],[]]" "[\"bob\",0,[[0,4]],[]]"
	same want got
	{ grep -v "\"end\"" first; pair two; } | scores --policy p --epoch two >got
	put want "ann cleared 0 5 10000 7500" "bob new 0 0 0 0"
	same want got
	jq -c "select(.kind == \"score\") | [.worker, .due, (.state.blocks | map([.from, .to, .units, .labels, .agreement, .bonus, .status]))]" .out >got
	put want "[\"ann\",[[1,4]],[[0,0,5,4,10000,7500,\"paid\"]]]" "[\"bob\",[[0,4],[1,4]],[[0,0,4,4,10000,7500,\"pending\"]]]"
	same want got
'
t '--end settles: who is new by how far the test has come, who is under retest nothing' '
	put p1 "{\"clear\":-2000000,\"flag\":2000000,\"wrong\":1000000,\"right\":-1000000,\"join_below\":1,\"ca_ref\":2147483648,\"shrink_n\":4,\"shrink_bp\":5000,\"alarm_least\":1000}"
	{ cat golds; on_gold ann 1 1; on_gold bob 2 0; on_gold cyd 2 2; pair one
		for k in 1 2 3 4; do lab one.$k cyd "\"c$((k % 2))\""; done; } | scores --policy p1 --epoch one --end >got
	# (2000000 + 1000000) / 4000000
	put want "ann new -1000000 5 7500 7500" "bob retest 0 0 0 0" "cyd cleared 0 6 10000 7500"
	same want got
	holds .out "map(select(.kind == \"score\")) | length == 3 and all(.ended and .counted == 2)"
'
t 'after the end a new campaign begins, with people as they are known' '
	{ cat golds; on_gold ann 1 1; pair one; } | lbl-score -q --policy p --epoch one --end >first
	jq -r "select(.kind == \"score\") | \"\(.worker) \(.units)\"" first >got
	put want "ann 5" "bob 4"
	same want got
	holds first "map(select(.kind == \"score\" and .worker == \"bob\")) | all(.score_bp > 0 and .score_bp < 10000)"
	{ grep -v "\"end\"" first; pair two; } | lbl-score -q --policy p --epoch two >second
	{ grep -v "\"end\"" second; pair three; } | scores --policy p --epoch three >got
	put want "ann cleared 0 4 10000 7500" "bob new 0 0 0 0"
	same want got
'

# ---- persons

t 'the accounts of a person are one: splitting gains nothing' '
	{ cat golds; on_gold ann 1 1; pair one; } | lbl-score -q --policy p --epoch one >whole
	{ grep -v "\"end\"" whole; pair two; } | scores --policy p --epoch two >got
	{ cat golds; person ann p an2 p an3 p; on_gold ann 1 1; pair one | sed "/one.[12]/s/ann/an2/;/one.3/s/ann/an3/"; } >in
	lbl-score -q --policy p --epoch one in >split
	{ grep -v "\"end\"" split; pair two; } | scores --policy p --epoch two >got2
	grep ann got >want
	says want "ann cleared 0 5 10000 7500"
	put want "ann cleared 0 2 10000 7500" "an2 cleared 0 2 10000 7500" "an3 cleared 0 1 10000 7500" "bob new 0 0 0 0"
	sort got2 >got
	sort want >want2
	same want2 got
	grep -c "\"state\"" .out >got
	says got 2
'
t 'of the labels of a person on a task one counts, and he does not vote for himself' '
	{ person ann p an2 p; lab t ann "\"a\"" t an2 "\"a\"" t bob "\"b\""; } >in
	exits 0 lbl-score --only in >out 2>err
	has err "1 label record was replaced by a later one of the same worker and task"
	jq -c "select(.kind == \"verdict\") | [.worker, .verdict, .against]" out >got
	put want "[\"an2\",\"rejected\",\"b\"]" "[\"bob\",\"rejected\",\"a\"]"
	same want got
	jq -c "select(.kind == \"score\") | [.worker, .labels, .due]" out >got
	put want "[\"an2\",1,[[0,1]]]" "[\"bob\",1,[[0,1]]]"
	same want got
'

# ---- what people have to look at

t 'the alarm: told, a finding, exit 1, and nothing is released' '
	put p2 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":2147483648,\"alarm_least\":1,\"alarm_labels\":1}"
	{ cat golds; on_gold ann 1 1; on_gold bob 1 1; for k in 1 2 3 4; do lab one.$k ann "\"c$((k % 2))\"" one.$k bob "\"c$((k / 2 % 2))\""; done; } >in
	exits 0 lbl-score -q --policy p2 --epoch one in >first
	{ grep -v "\"end\"" first; pair two; } >in
	exits 1 lbl-score --only --policy p2 --epoch two in >out 2>err
	has err "ALARM"
	has out "\"rule\":\"alarm\",\"severity\":\"error\",\"subject\":{\"kind\":\"score\",\"epoch\":\"two\"}"
	holds out "map(select(.kind == \"score\")) | length == 2 and all(.units == 0 and .score_bp == 0 and .standing == \"cleared\")"
	put p2 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":2147483648,\"alarm_least\":1,\"alarm_labels\":1,\"halt\":false}"
	{ cat golds; on_gold ann 1 1; on_gold bob 1 1; for k in 1 2 3 4; do lab one.$k ann "\"c$((k % 2))\"" one.$k bob "\"c$((k / 2 % 2))\""; done; } >in
	exits 0 lbl-score -q --policy p2 --epoch one in >first
	{ grep -v "\"end\"" first; pair two; } >in
	exits 1 lbl-score -q --only --policy p2 --epoch two in >out 2>err
	holds out "map(select(.kind == \"score\")) | all(.units == 5)"
'
# who copies: cop says what the first has said, when all others differ; as the third or as the fourth
copied() {
	for k in 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
		lab "$1.$k" ann "\"ann$k\"" "$1.$k" bob "\"bob$k\""
		[ $((k % 2)) -eq 0 ] || lab "$1.$k" cyd "\"cyd$k\""
		lab "$1.$k" cop "\"ann$k\""
		[ $((k % 2)) -eq 1 ] || lab "$1.$k" cyd "\"cyd$k\""
		lab "$1.$k" dan "\"dan$k\""
	done
}
t 'who copies is held until somebody has looked' '
	put p3 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":2147483648,\"copy_least\":10,\"alarm_least\":1000}"
	{ cat golds; for w in ann bob cyd dan cop; do on_gold $w 1 1; done; copied one; } >in
	exits 1 lbl-score --only --policy p3 --epoch one in >out 2>err
	has err "1 worker seems to copy: held until somebody has looked"
	jq -r "select(.kind == \"score\" and .held) | .worker" out >got
	says got cop
	jq -c "select(.kind == \"finding\") | [.rule, .severity, .subject.worker, .evidence]" out >got
	says got "[\"copy\",\"hold\",\"cop\",{\"answers_after_others\":30,\"unlike_all_of_them\":0,\"between_others_who_differ\":30,\"like_the_first_of_them\":30}]"
	jq -r "select(.kind == \"queue\")" out >got
	empty got
	exits 1 lbl-score -q --only --policy p3 --epoch one --review-queue in >out
	jq -c "select(.kind == \"queue\" and .reason == \"held worker\")" out >got
	says got "{\"kind\":\"queue\",\"worker\":\"cop\",\"reason\":\"held worker\",\"labels\":31,\"at_stake\":310000}"
	{ cat golds out; pair two; } | grep -v "\"end\"" >in
	exits 1 lbl-score -q --only --policy p3 --epoch two in >out
	jq -c "select(.kind == \"score\" and .worker == \"cop\") | [.units, .held, .due]" out >got
	says got "[0,true,[[0,31]]]"
	exits 0 lbl-score -q --only --policy p3 --epoch two --unhold cop in >out
	jq -c "select(.kind == \"score\" and .worker == \"cop\") | [.units, .held, .due]" out >got
	says got "[31,false,[]]"
	has out "\"unhold\":[\"cop\"]"
'

# Who makes up some answers himself is not found by that, but by their order: of 60 tasks whose first and last answer
# differ cop has the first in 24 and the last in none, dissents in 36, which others do too; eve has the first in 30, the last in 30
mixed() {
	for k in $(seq 11 70); do
		lab "$1.$k" ann "\"ann$k\"" "$1.$k" bob "\"bob$k\""
		if [ $((k % 5)) -lt 2 ]; then lab "$1.$k" cop "\"ann$k\""; else lab "$1.$k" cop "\"cop$k\""; fi
		if [ $((k % 2)) -eq 0 ]; then lab "$1.$k" eve "\"ann$k\""; else lab "$1.$k" eve "\"dan$k\""; fi
		lab "$1.$k" dan "\"dan$k\""
	done
}
t 'so is who says what the first said and not what the last will say' '
	put p3 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":2147483648,\"copy_least\":10,\"alarm_least\":1000}"
	{ cat golds; for w in ann bob eve dan cop; do on_gold $w 1 1; done; mixed one; } >in
	exits 1 lbl-score --only --policy p3 --epoch one in >out 2>err
	jq -c "select(.kind == \"finding\") | [.rule, .subject.worker, .evidence]" out >got
	says got "[\"copy\",\"cop\",{\"answers_after_others\":60,\"unlike_all_of_them\":36,\"between_others_who_differ\":24,\"like_the_first_of_them\":24}]"
	# in the stream, and back
	jq -c "select(.worker == \"eve\" and .kind == \"score\") | .state | [.between, .early]" out >got
	says got "[60,30]"
	{ cat golds out; lab two.1 ann "\"a\"" two.1 cop "\"a\"" two.1 dan "\"b\""; } | grep -v "\"end\"" >in
	exits 1 lbl-score -q --only --policy p3 --epoch two in >out
	jq -c "select(.worker == \"cop\" and .kind == \"score\") | .state | [.between, .early]" out >got
	says got "[25,25]"
	exits 0 lbl-score -q --only --policy p3 --epoch two --unhold cop in >out
	jq -c "select(.worker == \"cop\" and .kind == \"score\") | .state | [.between, .early]" out >got
	says got "[1,1]"
'
t 'and not where the first or the last is no peer' '
	put p3 "{\"clear\":-500000,\"flag\":500000,\"flags_stop\":1,\"join_below\":1,\"ca_ref\":2147483648,\"copy_least\":10,\"alarm_least\":1000}"
	{ cat golds; for w in ann bob eve cop; do on_gold $w 1 1; done; on_gold dan 1 0; mixed one; } >in
	exits 0 lbl-score --only --policy p3 --epoch one in >out 2>err
	jq -c "select(.worker == \"dan\" and .kind == \"score\") | .standing" out >got
	says got "\"stopped\""
'

# ---- input that is not as one would wish

t 'no gold at all, gold nobody labelled: nobody is paid, and that is told' '
	pair one >in
	exits 0 lbl-score --only --end in >out 2>err
	has err "none of these labels is on a task with gold: without gold nobody is cleared"
	holds out "map(select(.kind == \"score\")) | all(.score_bp == 6039)"     # below the first step of pay
	{ cat golds; pair one; } >in
	exits 0 lbl-score --only in >out 2>err
	has err "none of these labels is on a task with gold"
	exits 0 lbl-score --only </dev/null >out 2>err
	lacks err "none of these"
'
t 'one label, a label without time, no label' '
	lab t w "\"a\"" | scores >got
	says got "w new 0 0 0 0"
	{ person w p; gold t "\"a\""; } | scores >got
	empty got
'
t 'a confidence that is none' '
	for x in 1.01 -0.5 2 1e3 10; do
		{ lab t1 w "\"a\"" t2 w "\"a\"" | sed "s/}\$/,\"confidence\":0.5}/"; lab t w "\"a\"" | sed "s/}\$/,\"confidence\":$x}/"; } >in
		exits 65 lbl-score in >out 2>err
		says err "lbl-score: in:3: field \"confidence\": expected a number from 0 to 1, got $x (byte 66)"
		exits 65 lbl-agree in >out 2>err
	done
	for x in 0 1 0.25 1.0 0.0 1e-3 1e0; do
		{ lab t1 w "\"a\"" t2 w "\"a\"" | sed "s/}\$/,\"confidence\":0.5}/"; lab t w "\"a\"" | sed "s/}\$/,\"confidence\":$x}/"; } >in
		exits 0 lbl-score -q in >out 2>err
	done
'
t 'a task whose type changes: the last counts, also for labels before it' '
	task() { printf "{\"kind\":\"task\",\"task\":\"%s\",\"data\":\"\",\"type\":\"%s\"}\n" "$@"; }
	{ task t number; lab t w 1; gold t 1; task t class; } | lbl-score -q --only >out
	jq -c "select(.kind == \"verdict\") | [.verdict, .type]" out >got
	says got "[\"verified\",null]"
	{ lab t w 1; gold t 1; task t number; } | lbl-score -q --only >out
	jq -c "select(.kind == \"verdict\") | [.verdict, .by, .type]" out >got
	says got "[\"pending\",\"consensus\",\"number\"]"
	{ task t multi; lab t w "[\"a\"]"; gold t "[\"a\"]"; task t class; } | lbl-score -q --only >out
	jq -c "select(.kind == \"verdict\") | [.verdict, .by]" out >got
	says got "[\"verified\",\"gold\"]"
'
t 'units are answers of types that have classes; a set is the same in any order' '
	task() { printf "{\"kind\":\"task\",\"task\":\"%s\",\"data\":{\"left\":\"a\",\"right\":\"b\"},\"type\":\"%s\"}\n" "$@"; }
	{ task m multi p pair n number x text; lab m w "[\"b\", \"a\"]" p w "\"left\"" n w 3 x w "\"hello\"" c w "\"a\""
		gold m "[\"a\",\"b\",\"a\"]" p "\"right\"" n 3 x "\"hello\""; } | lbl-score -q --only >out
	jq -c "select(.kind == \"verdict\") | [.task, .verdict, .by, .type]" out >got
	put want "[\"m\",\"verified\",\"gold\",\"multi\"]" "[\"p\",\"rejected\",\"gold\",\"pair\"]" \
		"[\"n\",\"pending\",\"consensus\",\"number\"]" "[\"x\",\"pending\",\"consensus\",\"text\"]" "[\"c\",\"pending\",\"consensus\",null]"
	same want got
	jq -c "select(.kind == \"score\") | [.labels, .due, .gold_hits, .gold_trials]" out >got
	says got "[5,[[0,3]],1,2]"
'
t 'a policy that is none' '
	for p in "{\"p0_bp\":8500}" "{\"p0_bp\":1,\"p1_bp\":2,\"alpha_bp\":1,\"beta_bp\":1}" "{\"clearr\":1}" "{\"right\":1}" "{\"halt\":1}" \
		"{\"passes\":101}" "{\"ca_ref\":4294967296}" "[1]" "{\"right\":-1,\"p0_bp\":8500,\"p1_bp\":5000,\"alpha_bp\":100,\"beta_bp\":500}"; do
		put bad "$p"
		exits 78 lbl-score --policy bad golds >out 2>err
		has err "lbl-score: bad: "
		empty out
	done
	exits 66 lbl-score --policy nowhere golds >out 2>err
'
t 'a task that half a million people answer is no more work than as many tasks' '
	awk "BEGIN { for (i = 0; i < 500000; i++)
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"%s\\\"}\n\", i, i % 3 ? \"a\" : \"b\" }" >in
	exits 0 timeout 60 lbl-score -q --only in >out
	[ "$(grep -c "\"verdict\":" out)" -eq 500000 ]
'
t 'threads change no byte' '
	{ cat golds; for w in ann bob cyd dan cop; do on_gold $w 1 1; done; copied one; } >in
	exits 0 lbl-score -q -j1 in >want
	for j in 2 3 8; do
		exits 0 lbl-score -q -j$j in >out
		same want out
	done
'
finish
