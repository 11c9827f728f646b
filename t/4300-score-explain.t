#!/bin/sh
# lbl-score --explain: what a worker is told, word by word where it can be worked out by hand; and that the numbers are those of
# the records, on workers of the demo.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/tool/score.sh"

# part FILE HEADING - the lines below a heading, up to the next one
part() {
	awk -v h="$2" 'on && !/^  / { exit } on { print } index($0, h) == 1 { on = 1 }' "$1"
}

# in_words FILE - one long line
in_words() {
	tr -s ' \n' '  ' <"$1"
}

golds 30 >golds
put p '{"clear":-500000,"join_below":1,"ca_ref":2147483648,"shrink_n":4,"shrink_bp":5000,"alarm_least":1000}'
{ cat golds; on_gold ann 1 1; on_gold cyd 8 0; on_gold dee 4 0; pair one; } | lbl-score -q --policy p --epoch one >first
{ grep -v '"end"' first; pair two; on_gold bob 2 0; } >second

# ---- by hand

# they agree on all of 4, by chance on half: CA = 1/2 of ca_ref 1/2.  bonus = (4*10000 + 4*5000) / 8 = 7500, which the default
# policy makes (7500 - 4000) * 11000 / 5000 = 7700: 5 units bring 3.85.  drift is 5300000, more than 4 steps of 1203973
t 'cleared: every word' '
	exits 0 lbl-score -q --policy p --epoch two --explain ann second >out 2>err
	empty err
	cat >want <<-"END"
		ann, epoch "two", rule hold

		What came of it
		  5 units are released now, with score 10000 (100.00 %) and bonus 7500
		  (75.00 %). By the pay policy that goes with this rule a unit brings 77.00 %
		  of the rate; all of them together 3.85 times the rate. 4 units wait.

		Gold: hidden questions whose answer is known
		  1 of 1 right so far: 100.00 %.
		  Standing: cleared. The answers to gold are good enough, so what is finished
		  is paid. They stay watched: the evidence (llr) is at 0, never below 0, and
		  at 5300000 one is flagged, from here after 5 wrong answers to gold in a row.

		Agreement with others, which decides how much
		  - epoch "one": 5 units, 4 on tasks that a peer answered too. Agreement
		    beyond chance 10000 (100.00 %); with 4 labels of 5000 to begin with the
		    bonus is 7500 (75.00 %), which multiplies pay by 77.00 %. Released now,
		    with score 10000 (100.00 %).
		  - epoch "two": 4 units. How far they agree with others is counted when the
		    next epoch ends, and they are paid then if the worker is cleared.

		Labels of this epoch
		  4 labels. 4 verified (4 by the others). Under this rule pay rests on gold
		  and agreement; what the others or a review say of one label decides nothing
		  by itself.

		What would raise it
		  - More agreement with those who answer well: pay is 0 at a bonus of 4000 and
		    grows by 2.20 % of the rate with each 100 more, to 110.00 % at 9000.
	END
	same want out
'
# 2 wrong: llr 2407946; (2407946 + 500000) / 530628 = 5.48 right to clear, (4553877 - 2407946) / 1203973 = 1.78 wrong to flag
t 'new: every word' '
	exits 0 lbl-score -q --policy p --epoch two --explain bob second >out 2>err
	cat >want <<-"END"
		bob, epoch "two", rule hold

		What came of it
		  Nothing is released now. 10 units wait.

		Gold: hidden questions whose answer is known
		  0 of 2 right so far: 0.00 %.
		  Standing: new. What is known from gold does not decide yet, in either way.
		  The evidence (llr) is at 2407946: a right answer moves it by -530628, a
		  wrong one by 1203973. At -500000 one is cleared, from here after 6 right
		  answers to gold in a row; at 4553877 flagged, after 2 wrong answers to gold
		  in a row. Flag number 2 stops.

		Agreement with others, which decides how much
		  - epoch "one": 4 units, 4 on tasks that a peer answered too. Agreement
		    beyond chance 10000 (100.00 %); with 4 labels of 5000 to begin with the
		    bonus is 7500 (75.00 %), which multiplies pay by 77.00 %. Waits until the
		    worker is cleared.
		  - epoch "two": 6 units. How far they agree with others is counted when the
		    next epoch ends, and they are paid then if the worker is cleared.

		Labels of this epoch
		  6 labels. 4 verified (4 by the others). 2 rejected (2 by gold). Under this
		  rule pay rests on gold and agreement; what the others or a review say of one
		  label decides nothing by itself.
		  What was rejected:
		  - task "g1": the answer was "y"; gold is "x"
		  - task "g2": the answer was "y"; gold is "x"
		  (2 of these are gold, which must stay hidden: strike it out before this text
		  is passed on, or use that gold no more.)

		What would raise it
		  - 6 right answers to gold in a row: then all that waits is paid as its time
		    comes.
		  - More agreement with those who answer well: pay is 0 at a bonus of 4000 and
		    grows by 2.20 % of the rate with each 100 more, to 110.00 % at 9000.
	END
	same want out
'
t 'stopped: every word, and none of blame' '
	exits 0 lbl-score -q --policy p --epoch two --explain cyd second >out 2>err
	cat >want <<-"END"
		cyd, epoch "two", rule hold

		What came of it
		  Nothing is released now.

		Gold: hidden questions whose answer is known
		  0 of 8 right so far: 0.00 %.
		  Standing: stopped. So many answers to gold were wrong that the worker was
		  flagged 2 times, and 2 flags stop: there is no more work, and what was not
		  paid yet is given up. It rests on the answers to gold alone; whoever thinks
		  that gold is wrong should have it looked at.
		  This rule buys accuracy, not effort. Who works honestly and is right on 55
		  to 68 of 100 such questions earns next to nothing by it. That is what the
		  rule is like; it says nothing about care or honesty.

		Agreement with others, which decides how much
		  - epoch "one": 8 units, 0 on tasks that a peer answered too. Without a peer
		    the bonus is 0. Given up: the worker is stopped.

		Labels of this epoch
		  None.

		What would raise it
		  - Nothing that the worker can do: stopped is for good.
	END
	same want out
'
t 'retest: another chance, and how far it is' '
	exits 0 lbl-score -q --policy p --epoch two --explain dee second >out 2>err
	in_words out >line
	has line "Standing: retest. So many answers to gold were wrong that the worker was flagged, for the first time"
	has line "cleared, from here after 1 right answer to gold; at 4553877 flagged, after 4 wrong answers to gold in a row."
	has line "This rule buys accuracy, not effort."
	part out "What would raise it" >got
	put want "  - 1 right answer to gold: then all that waits is paid as its time comes."
	same want got
	has line "Too few labels have a peer, fewer than 1: joined to the next epoch."
'
# (2000000 + 1000000) / 4000000 of score: the step for 7500 is 7500, of the 77 % for the bonus: 57.75 %, of 5 units 2.8875
t 'settled at the end: what is new is paid in part' '
	put p1 "{\"clear\":-2000000,\"flag\":2000000,\"wrong\":1000000,\"right\":-1000000,\"join_below\":1,\"ca_ref\":2147483648,\"shrink_n\":4,\"shrink_bp\":5000,\"alarm_least\":1000}"
	{ cat golds; on_gold ann 1 1; pair one; } >in
	exits 0 lbl-score -q --policy p1 --end --explain ann in >out
	in_words out >line
	has line "5 units are released now, with score 7500 (75.00 %) and bonus 7500 (75.00 %). By the pay policy that goes with this rule a unit brings 57.75 % of the rate; all of them together 2.88 times the rate."
	has line "Released now, with score 7500 (75.00 %)."
	has line "1 right answer to gold: then work of a next campaign is paid."
	lacks out "wait"
'
t 'nothing of gold, nothing with a peer' '
	lab t zed 1 | exits 0 lbl-score -q --explain zed >out
	in_words out >line
	has line "None was answered so far, so nothing is known of the work, good or bad."
	has line "1 label. 1 pending: nobody can tell yet."
	lacks out "accuracy, not effort"
	lab t zed 1 | exits 0 lbl-score -q --end --explain zed >out
	in_words out >line
	has line "Without a peer the bonus is 0."
'

# ---- held, alarm

copied() {
	for k in 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
		lab "$1.$k" ann "\"ann$k\"" "$1.$k" bob "\"bob$k\""
		[ $((k % 2)) -eq 0 ] || lab "$1.$k" cyd "\"cyd$k\""
		lab "$1.$k" cop "\"ann$k\""
		[ $((k % 2)) -eq 1 ] || lab "$1.$k" cyd "\"cyd$k\""
		lab "$1.$k" dan "\"dan$k\""
	done
}
# cop is the third or the fourth, 15 times each.  Of the first three all are unlike the others in odd tasks, one is in even
# ones: 2/3; of the first four always two: 1/2
t 'held: what was seen and what is to be expected; no proof; exit status 0' '
	put p3 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":2147483648,\"copy_least\":10,\"alarm_least\":1000}"
	{ cat golds; for w in ann bob cyd dan cop; do on_gold $w 1 1; done; copied one; } >in
	exits 1 lbl-score -q --policy p3 in >out
	exits 0 lbl-score -q --policy p3 --explain cop in >out
	in_words out >line
	has line "30 answers came after those of others to the same task, and 0 of them were unlike all of those. Cleared people in the same places dissent 17.5 times."
	# ann is always the first, dan the last; of the others nobody agrees with either
	has line "30 answers agreed with either the first or the last of their task, where these two differ, and 30 of them with the first. With cleared people it is 100.0 of 100."
	has line "None of this is proof."
	has line "- Somebody looks, and finds that nothing was copied"
	exits 0 lbl-score -q --policy p3 --explain ann in >out
	lacks out "Held"
'
t 'alarm: for everybody, and that it says nothing about one' '
	put p2 "{\"clear\":-500000,\"join_below\":1,\"ca_ref\":4294967295,\"shrink_n\":4,\"shrink_bp\":5000,\"alarm_least\":1,\"alarm_labels\":1}"
	{ cat golds; on_gold ann 1 1; pair one; } | lbl-score -q --policy p2 --epoch one >one
	{ grep -v "\"end\"" one; pair two; } >in
	exits 1 lbl-score -q --policy p2 --epoch two in >out
	exits 0 lbl-score -q --policy p2 --epoch two --explain ann in >out
	in_words out >line
	# CA is 1/2, of a ca_ref of 1
	has line "The median agreement of 1 cleared person is 5000, below 7000"
	has line "(the median of 1 cleared person is 5000)"
	has line "Until then nothing is paid to anybody. This says nothing about one worker."
	has line "Waits: the alarm is on, see below."
	has line "- New gold, which ends the alarm."
'

# ---- verdicts

t 'why labels were rejected: review, gold, the others; 20 of them' '
	{
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do
			lab t$i ann "\"a\"" t$i bob "\"b\"" t$i cyd "\"b\"" t$i dee "\"b\"" t$i eve "\"b\"" t$i fay "\"a\""
		done
		gold t2 7
		for r in rea rob ron; do
			printf "{\"kind\":\"review\",\"task\":\"t1\",\"worker\":\"ann\",\"reviewer\":\"%s\",\"verdict\":\"%s\"}\n" $r \
				"$([ $r = rob ] && echo accept || echo reject)"
		done
	} >in
	exits 0 lbl-score -q --rule threshold --reviewer rea --reviewer rob --reviewer ron --explain ann in >out
	part out "Labels of this epoch" >got
	head -n 9 got >got2
	cat >want <<-"END"
		  22 labels. 22 rejected (1 by review, 1 by gold, 20 by the others). What is
		  paid is verified labels.
		  The first 20 that were rejected:
		  - task "t1": the answer was "a"; by review, 2 against and 1 for it
		  - task "t2": the answer was "a"; gold is 7
		  - task "t3": the answer was "a"; the others say "b" with confidence 80.00 %
		  - task "t4": the answer was "a"; the others say "b" with confidence 80.00 %
		  - task "t5": the answer was "a"; the others say "b" with confidence 80.00 %
		  - task "t6": the answer was "a"; the others say "b" with confidence 80.00 %
	END
	same want got2
	[ "$(grep -c "^  - task" out)" -eq 20 ]
	has out "  - and 2 more"
	has out "(1 of these is gold"
'
t 'accounts of a person' '
	{ printf "{\"kind\":\"worker\",\"worker\":\"%s\",\"identity\":\"p\"}\n" ann an2; cat golds; on_gold an2 1 1; pair one; } >in
	exits 0 lbl-score -q --explain ann in >out
	in_words out >line
	has line "One of 2 accounts of a person, who is judged as one"
	has line "1 of 1 right so far"
	has line "Nothing is released now. 4 units wait."
	has line "epoch \"1\": 5 units."
'

# ---- other rules

t 'other rules: how, the integers of the record, and what would raise it' '
	{ cat golds; on_gold ann 20 16; on_gold bob 3 3; pair one; } >in
	# 6216: see the manual
	exits 0 lbl-score -q --rule gold --explain ann in >out
	in_words out >line
	has line "20 units are paid with score 6216 (62.16 %) and bonus 10000 (100.00 %). By a policy that pays score times bonus a unit brings 62.16 % of the rate; all of them together 12.43 times the rate."
	has line "It is made of these integers of the record: gold_hits 16, gold_trials 20, z2_micro 2705543."
	for r in flat threshold gate-ca consensus pts dg ca dmi bts; do
		exits 0 lbl-score -q --rule $r --explain ann in >out
		lbl-score -q --only --rule $r in >records
		score=$(jq -r "select(.kind == \"score\" and .worker == \"ann\") | .score_bp" records)
		in_words out >line
		grep -E -e "score (is )?$score \\(" line >/dev/null
		[ -n "$(part out "How the score is made")" ]
		[ -n "$(part out "What would raise it")" ]
	done
'

# ---- what it is and is not

t 'text instead of records: nothing passes, no mark, nothing else changes' '
	exits 0 lbl-score -q --policy p --epoch two --explain ann second >out
	exits 0 lbl-score -q --policy p --epoch two --only --unbuffered --explain ann second >out2
	same out out2
	lacks out "kind"
	for j in 1 2 3; do
		exits 0 lbl-score -q -j $j --policy p --epoch two --explain ann second >out2
		same out out2
	done
	exits 74 lbl-score -q --policy p --epoch two --explain ann second >/dev/full 2>err
'
t 'a worker whom nobody knows, or no name' '
	exits 65 lbl-score -q --policy p --epoch two --explain zed second >out 2>err
	says err "lbl-score: --explain: worker \"zed\" has no score: no labels of this epoch, nothing from an earlier one"
	empty out
	exits 65 lbl-score -q --explain zed </dev/null >out 2>err
	exits 64 lbl-score -q --explain "" second >out 2>err
	put in "{\"kind\":\"skill\",\"worker\":\"ann\",\"method\":\"mv\",\"skill\":1,\"labels\":1}"
	exits 65 lbl-score -q --explain ann in >out 2>err
'
t 'a terminal obeys nothing that stands in the input' '
	esc=$(printf "\033") bidi=$(printf "\342\200\256") mark=$(printf "\342\237\250")
	{ lab "t\\u001b[31m" "w\\u001b]0;x\\u0007" "\"\\u001b[2J${bidi}\\n- task\"" ; gold "t\\u001b[31m" 1; } >in
	w=$(printf "w\033]0;x\007")
	exits 0 lbl-score -q --epoch "e$bidi" --explain "$w" in >out
	lacks out "$esc"
	lacks out "$bidi"
	lacks out "$(printf "\007")"
	has out "task \"t${mark}U+001B"
	has out "w${mark}U+001B"
	[ "$(grep -c "^- task" out)" -eq 0 ]
'

# ---- the demo

crowd=$LBL_BUILD/t/crowd
if ! [ -x "$crowd" ]; then
	skip 'four workers of the demo' "$crowd is not built"
	finish
fi
mkdir demo
(
	cd demo || exit
	"$crowd" . --seed 1 --tasks 2000 --workers 60
	lbl-ingest -q --from csv --as task --map task=item_id,data=text,choices=options tasks.csv >tasks
	lbl-ingest -q --from csv --as worker --map worker=address,identity=identity workers.csv >workers
	lbl-ingest -q --from csv --as gold --map task=item_id,value=answer gold.csv >gold
	cat tasks workers | lbl-assign -q --k 5 --cap 180 --seed spring >assigned
	"$crowd" . --seed 1 --tasks 2000 --workers 60 --answer assigned
	lbl-ingest -q --from label-studio --task-key item_id --worker-key email export.json >studio
	lbl-ingest -q --from csv --map task=Item,worker=Annotator,value=Answer,at=SubmittedAt,seconds=Seconds labels.csv >other
	cat assigned gold studio other | grep -v '"end"' >all
)
first_of() {    # ROLE
	jq -r "select(.role == \"$1\") | .worker" demo/roles.ndjson | head -n 1
}
honest=$(first_of honest) careless=$(first_of careless) ring=$(first_of colluding)
fresh=$(jq -r 'select(.role == "honest") | .worker' demo/roles.ndjson | tail -n 1)
# of one honest worker only the first three labels: somebody new
awk -v w="\"worker\":\"$fresh\"" '/^{"kind":"label"/ && index($0, w) && n++ >= 3 { next } { print }' demo/all | lbl-agree -q -m mv >in
lbl-score -q --epoch w --end --only in >records
t 'four workers of the demo: honest, careless, ring, new; every number is that of the record' '
	for w in "$honest" "$careless" "$ring" "$fresh"; do
		exits 0 lbl-score -q --epoch w --end --explain "$w" in >out
		in_words out >line
		jq -r "select(.kind == \"score\" and .worker == \"$w\") |
			if .units > 0 then \"\(.units) units are released now, with score \(.score_bp) (\",
				\"and bonus \(.bonus_bp) (\" else \"Nothing is released now.\" end,
			if .gold_trials > 0 then \"\(.gold_hits) of \(.gold_trials) right so far\" else \"None was answered\" end,
			\"Standing: \(.standing).\", \"\(.labels) labels.\", if .rejected > 0 then \"\(.rejected) rejected\" else \"labels\" end,
			if .standing == \"new\" or .standing == \"retest\" then \"The evidence (llr) is at \(.llr):\" else \"Standing\" end" \
			records >words
		[ "$(grep -c . words)" -ge 6 ]
		while IFS= read -r text; do
			has line "$text"
		done <words
		jq -r "select(.kind == \"score\" and .worker == \"$w\") | .state.blocks[] |
			\"Agreement beyond chance \(.agreement) (\", \"the bonus is \(.bonus) (\"" records >words
		while IFS= read -r text; do
			has line "$text"
		done <words
		jq -r "select(.kind == \"verdict\" and .worker == \"$w\" and .verdict == \"rejected\") | .task" records | head -n 20 >want
		sed -n "s/^  - task \"\([^\"]*\)\".*/\1/p" out >got
		same want got
	done
	jq -r "select(.kind == \"score\") | select(.worker == \"$honest\" or .worker == \"$careless\" or .worker == \"$ring\" or .worker == \"$fresh\") | .standing" records | sort -u >got
	has got cleared
	has got new
	has got stopped
'
finish
