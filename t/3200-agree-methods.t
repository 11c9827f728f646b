#!/bin/sh
# The methods of lbl-agree, gold, and counts from day to day: what each must do, with
# numbers worked out by hand where there is a closed form.
# shellcheck disable=SC2016,SC2034,SC2154   # bodies are expanded late
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

methods='auto mv wawa zbs gold-mv ds ds-map hds fds onecoin zencrowd glad mace kos mmsr ibcc ebcc iwmv catd crh bwa online'
counting='auto ds ds-map hds fds onecoin zencrowd ibcc ebcc online'    # their skill records carry counts

# made FILE OPTION... - what lbl-agree makes of it, without mark and run record
made() {
	_f=$1
	shift
	lbl-agree -q --only "$@" "$_f" | grep -v -e '"kind":"end"' -e '"kind":"run"'
}

# for jq
near='def near(a; b; e): (a - b | fabs) <= e;
	def of(t): map(select(.kind == "consensus" and .task == t))[0];
	def skill(w): map(select(.kind == "skill" and .worker == w))[0]; '

# 30 tasks of 3 classes, 6 workers, of whom 1 guesses; each task has 3 to 6 labels
awk 'BEGIN {
	r = 7
	for (t = 1; t <= 30; t++)
		for (w = 1; w <= 6; w++) {
			r = (r * 1103 + 12345) % 65536
			if (w > 3 && r % 10 < 3)
				continue
			r = (r * 1103 + 12345) % 65536
			v = r % 100 < (w == 6 ? 34 : 85 - 5 * w) ? t % 3 : int(r / 100) % 3
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", t, w, substr("abc", v + 1, 1)
		}
}' >crowd

{
	lab t1 w1 '"a"' t1 w2 '"a"' t1 w3 '"b"'
	lab t2 w1 '"b"' t2 w2 '"b"'
	lab t3 w1 '"b"' t3 w3 '"b"'
} >hand

t 'these are the methods' '
	exits 64 lbl-agree --method majority 2>err
	says err "lbl-agree: --method: \"majority\" is no method of type class: $(echo "$methods" | sed "s/ /, /g") (see lbl-agree --help)"
	exits 64 lbl-agree --method number=mv 2>err
	exits 64 lbl-agree --method mv,ds 2>err
	says err "lbl-agree: --method: two methods for type class (see lbl-agree --help)"
	exits 64 lbl-agree --method picture=ds 2>err
	says err "lbl-agree: --method: \"picture\" is no type of tasks (see lbl-agree --help)"
'
for m in $methods; do
	t "$m: a consensus for each task, probabilities, the same bytes again and with threads" '
		made crowd -m $m >out
		holds out "map(select(.kind == \"consensus\")) | length == 30 and (map(.task) | unique | length == 30)
			and all(.[]; .method == \"$m\" and ([.posterior[]] | (add - 1 | fabs) < 1e-9 and min >= 0)
				and .confidence == ([.posterior[]] | max) and .posterior[.value] == .confidence)"
		holds out "map(select(.kind == \"skill\")) | length == 6 and all(.[]; .method == \"$m\" and (.skill | type) == \"number\")"
		for o in "-j 1" "-j 2" "-j 7" "-j 1"; do
			# shellcheck disable=SC2086   # two words
			made crowd -m $m $o >again
			same out again
		done
	'
	t "$m: mostly right" '
		made crowd -m $m >out
		holds out "map(select(.kind == \"consensus\" and .value == ([\"a\", \"b\", \"c\"][(.task[1:] | tonumber) % 3]))) | length > 22"
	'
	t "$m: one label, one worker, one class: answers, no NaN" '
		lab t w "\"a\"" >in
		made in -m $m >out
		holds out "any(.kind == \"consensus\" and .value == \"a\" and .confidence == 1)"
		lab t w "\"a\"" t v "\"b\"" >in
		made in -m $m >out
		holds out "map(select(.kind == \"consensus\")) | length == 1 and all(.[]; [.posterior[]] | (add - 1 | fabs) < 1e-9)"
	'
	t "$m: seed" '
		made crowd -m $m --seed 7 >a
		made crowd -m $m --seed 7 -j 2 >b
		same a b
		made crowd -m $m --seed 8 >b
		case $m in
		mace | kos | ebcc) if cmp -s a b; then false; fi ;;
		*) same a b ;;
		esac
	'
	t "$m: gold clamps, of a class nobody said too" '
		{ cat crowd; gold t4 "\"c\"" t9 "\"zz\""; } >in
		made in -m $m >out
		holds out "$near of(\"t4\").posterior == {c: 1} and of(\"t9\").posterior == {zz: 1} and of(\"t9\").value == \"zz\"
			and of(\"t9\").confidence == 1 and (of(\"t9\") | has(\"tie\") | not)
			and all(.[] | select(.posterior); [.posterior[]] | (add - 1 | fabs) < 1e-9)
			and (map(select(.kind == \"consensus\")) | length == 30)"
	'
	t "$m: gold for a task nobody labelled makes no consensus and changes nothing" '
		{ cat crowd; gold u1 "\"a\"" u2 "\"zz\""; } >in
		made crowd -m $m >want
		made in -m $m >out
		same want out
	'
	t "$m: --gold ignore and judge: as without gold" '
		{ gold t1 "\"c\"" t2 "\"c\"" t3 "\"zz\""; cat crowd; } >in
		made crowd -m $m >want
		made in -m $m --gold ignore >out
		same want out
		made in -m $m --gold judge >out
		holds out "map(select(.kind == \"judgement\")) | length == 1 and .[0].tasks == 3"
		grep -v judgement out >rest
		same want rest
	'
	t "$m: counts or none" '
		made crowd -m $m >out
		case " $counting " in
		*" $m "*)
			# all of them; but hds leaves out what looks guessed
			case $m in
			hds | auto) least="\$n / 2" ;;
			*) least="\$n - 1e-6" ;;
			esac
			holds out "map(select(.kind == \"skill\")) | all(.[]; .labels as \$n | [.counts[][]] | add | . < \$n + 1e-6 and . > $least)"
			;;
		*) holds out "all(.[]; has(\"counts\") | not)" ;;
		esac
		case $m in
		ds | ds-map) holds out "map(select(.kind == \"skill\")) | all(.[]; .confusion)" ;;
		*) holds out "all(.[]; has(\"confusion\") | not)" ;;
		esac
	'
done

# ---- gold

# t1: w1 a, w2 b; t2: w1 b, w2 a.  With gold t1 = a, the shares of t2 to begin with: prior
# (3/4, 1/4), w1 says b of b with 1, of a with 1/3; so does w2 a of b, and a of a:
# q(b) = 1/4 / (1/4 + 3/4 * 1/9) = 3/4 after one step, and 1 in the end
{
	lab t1 w1 '"a"' t1 w2 '"b"'
	lab t2 w1 '"b"' t2 w2 '"a"'
} >cross
t 'ds: gold on one task decides another, by hand' '
	made cross -m ds >out
	holds out "$near of(\"t2\").tie and of(\"t2\").confidence == 0.5"
	{ cat cross; gold t1 "\"a\""; } >in
	made in -m ds --iterations 1 >out
	holds out "$near near(of(\"t2\").posterior.b; 0.75; 1e-9) and of(\"t1\").posterior == {a: 1}"
	made in -m ds >out
	holds out "$near near(of(\"t2\").posterior.b; 1; 1e-9) and near(skill(\"w1\").skill; 1; 1e-9) and near(skill(\"w2\").skill; 0; 1e-9)"
	{ cat cross; gold t1 "\"b\""; } >in
	made in -m ds >out
	holds out "$near near(of(\"t2\").posterior.a; 1; 1e-9)"
'
# the pool: (1 + 1)/(2 + 2); w1: (1 + 2 * 1/2)/(1 + 2)
t 'gold-mv: weights by hand' '
	{ cat cross; gold t1 "\"a\""; } >in
	made in -m gold-mv >out
	holds out "$near near(of(\"t2\").posterior.b; 2 / 3; 1e-15) and near(skill(\"w1\").skill; 2 / 3; 1e-15) and near(skill(\"w2\").skill; 1 / 3; 1e-15)"
	made cross -m gold-mv >out
	holds out "$near of(\"t2\").tie"
'
t 'mv: gold is the value, and what workers are held against' '
	{ cat hand; gold t1 "\"b\""; } >in
	made in -m mv >out
	holds out "$near of(\"t1\") == {kind: \"consensus\", task: \"t1\", value: \"b\", confidence: 1, labels: 3, method: \"mv\", posterior: {b: 1}}
		and near(skill(\"w1\").skill; 2 / 3; 1e-15) and skill(\"w2\").skill == 0.5 and skill(\"w3\").skill == 1"
'
t 'gold: the last of a task counts, wherever it stands' '
	{ gold t1 "\"a\""; cat hand; gold t1 "\"b\""; } >in
	made in -m mv >out
	holds out "$near of(\"t1\").posterior == {b: 1}"
'
# wawa: skills 1, 1, 1/2, so t1 is a by 2/2.5; gold says b everywhere.
# log loss -ln(0.2)/3; Brier (0.8^2 + 0.8^2)/3; the bin of t1 is off by 0.8, that of t2 and t3 by 0
t '--gold judge: accuracy, log loss, Brier and calibration error by hand' '
	{ cat hand; gold t1 "\"b\"" t2 "\"b\"" t3 "\"b\"" u "\"b\""; } >in
	exits 0 lbl-agree --only -m wawa -g judge in >out 2>err
	has err "lbl-agree: on 3 gold tasks: accuracy 0.6667, log loss 0.5365, Brier 0.4267, calibration error 0.2667"
	holds out "$near map(select(.kind == \"judgement\"))[0] | keys_unsorted == [\"kind\", \"tasks\", \"accuracy\", \"log_loss\", \"brier\", \"ece\"]
		and .tasks == 3 and near(.accuracy; 2 / 3; 1e-15) and near(.log_loss; -(0.2 | log) / 3; 1e-12)
		and near(.brier; 1.28 / 3; 1e-12) and near(.ece; 0.8 / 3; 1e-12)"
	holds out "$near near(of(\"t1\").posterior.a; 0.8; 1e-12)"
'
t '--gold judge: the loss of what was held impossible is that of one in a million' '
	{ cat hand; gold t2 "\"a\""; } >in
	made in -m wawa -g judge >out
	holds out "$near map(select(.kind == \"judgement\"))[0] | .tasks == 1 and .accuracy == 0 and near(.log_loss; -(1e-6 | log); 1e-12) and .brier == 2 and .ece == 1"
'
t '--gold judge without gold that could judge' '
	made hand -m ds -g judge >out
	if grep judgement out; then false; fi
	{ cat hand; gold u "\"a\""; } >in
	made in -m ds -g judge >out
	has out "{\"kind\":\"judgement\",\"tasks\":0}"
'

# ---- counts

put before '{"kind":"skill","worker":"w","labels":20,"skill":1,"method":"ds-map","counts":{"a":{"a":8,"b":2},"b":{"a":1,"b":9}}}'
lab t1 w '"a"' t2 w '"b"' >today
# rows after one step from the shares: a: (8 + 1 + 3, 2)/14, b: (1, 9 + 1 + 3)/14, prior 1/2 each:
# q1 = 12/(12 + 1), q2 = 13/(13 + 2); what goes on is before + today
t 'ds-map: yesterday and a label of today, by hand' '
	cat before today >in
	made in -m ds-map --iterations 1 >out
	holds out "$near near(of(\"t1\").posterior.a; 12 / 13; 1e-9) and near(of(\"t2\").posterior.b; 13 / 15; 1e-9)"
	holds out "$near skill(\"w\").counts as \$c | near(\$c.a.a; 8 + 12 / 13; 1e-9) and near(\$c.a.b; 2 + 2 / 15; 1e-9)
		and near(\$c.b.a; 1 + 1 / 13; 1e-9) and near(\$c.b.b; 9 + 13 / 15; 1e-9)"
	# behind labels a skill was made from labels of this stream, and its counts are left alone
	cat today before >in
	made in -m ds-map --iterations 1 >again
	made today -m ds-map --iterations 1 >alone
	same alone again
'
# (4 + 1 + 3, 1)/9 and (1/2, 4.5 + 1 + 3)/9
t 'ds-map: the same after a half-life' '
	cat before today >in
	made in -m ds-map --iterations 1 --half-life 1 >out
	holds out "$near near(of(\"t1\").posterior.a; 8 / 8.5; 1e-9) and near(of(\"t2\").posterior.b; 8.5 / 9.5; 1e-9)
		and near(skill(\"w\").counts.a.a; 4 + 8 / 8.5; 1e-9)"
'
t 'a log that is fed back gives the same consensus: nothing is counted twice' '
	made crowd -m ds-map >out
	lbl-agree -q -m ds-map crowd | grep -v "\"kind\":\"end\"" >log
	made log -m ds-map >again
	same out again
'
t 'classes of earlier counts stay, though nobody says them today' '
	{ echo "{\"kind\":\"skill\",\"worker\":\"w\",\"labels\":19,\"skill\":1,\"method\":\"ds-map\",\"counts\":{\"a\":{\"a\":8,\"c\":2},\"c\":{\"c\":9}}}"
	echo "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"a\"}"; } >in
	made in -m ds-map >out
	holds out "$near skill(\"w\").counts as \$c | near(\$c.c.c; 9; 1e-9) and near(\$c.a.c; 2; 1e-9) and \$c.a.a > 8"
'
t 'half of the counts are left after --half-life runs' '
	gold t1 "\"a\"" t2 "\"b\"" >>today
	cat before today >in
	for h in 1 2 4; do
		cp before last
		for i in $(seq $h); do
			cat last today >in
			made in -m ds-map --half-life $h | grep "\"skill\"" >next
			mv next last
		done
		holds last "$near near(skill(\"w\").counts.a.b; 1; 1e-12) and near(skill(\"w\").counts.b.a; 0.5; 1e-12)"
	done
	cat before today >in
	made in -m ds-map >out
	holds out "$near skill(\"w\").counts == {a: {a: 9, b: 2}, b: {a: 1, b: 10}}"
'
t 'a later skill record of a worker replaces the earlier one; without counts it does not' '
	cat before today >in
	made in -m ds-map >want
	sed "s/\"a\":8/\"a\":1/" before >other
	{ cat other before; echo "{\"kind\":\"skill\",\"worker\":\"w\",\"labels\":1,\"skill\":1,\"method\":\"mv\"}"; cat today; } >in
	made in -m ds-map >out
	same want out
'
# Two who disagree, one of whom was right and the other wrong so far
{
	echo '{"kind":"skill","worker":"w1","labels":40,"skill":1,"method":"ds","counts":{"a":{"a":18,"b":2},"b":{"a":2,"b":18}}}'
	echo '{"kind":"skill","worker":"w2","labels":40,"skill":0,"method":"ds","counts":{"a":{"a":10,"b":10},"b":{"a":10,"b":10}}}'
	lab t1 w1 '"a"' t1 w2 '"b"' t2 w1 '"b"' t2 w2 '"a"'
} >history
for m in gold-mv $counting; do
	t "$m: who was right yesterday is believed today" '
		made history -m $m >out
		holds out "$near of(\"t1\").value == \"a\" and of(\"t2\").value == \"b\" and of(\"t1\").confidence > 0.6 and of(\"t2\").confidence > 0.6"
	'
done
for m in mv wawa zbs glad mace kos mmsr iwmv catd crh bwa; do
	t "$m: yesterday does not matter" '
		grep label history | grep -v skill >in
		made in -m $m >want
		made history -m $m >out
		same want out
	'
done
# Every task of the first day is certain, and there is no class prior: skills + the second day
# are both days
t 'zencrowd: counts of a certain day and the labels of the next are both days' '
	grep -e "\"t[0-9]\"" crowd >day1
	for i in 1 2 3 4 5 6 7 8 9; do
		gold "t$i" "\"$(echo bca | cut -c $((i % 3 == 0 ? 3 : i % 3)))\""
	done >>day1
	grep -e "\"t[0-9][0-9]\"" crowd >day2
	cat day1 day2 >both
	made day1 -m zencrowd | grep "\"skill\"" >skills
	cat skills day2 >next
	made both -m zencrowd --tolerance -1 --iterations 3000 | grep -e "\"t[0-9][0-9]\"" -e "\"skill\"" | sort >want
	made next -m zencrowd --tolerance -1 --iterations 3000 | grep -e "\"t[0-9][0-9]\"" -e "\"skill\"" | sort >got
	[ "$(grep -c consensus got)" -eq 21 ]
	jq -n --slurpfile a want --slurpfile b got "
		if (\$a | length) != 27 or (\$b | length) != 27 then \"not 27\" else empty end,
		(range(27) | . as \$i | select(any(\$a[\$i] | paths(type == \"number\");
			. as \$p | \$p[0] != \"labels\" and ((\$a[\$i] | getpath(\$p)) - (\$b[\$i] | getpath(\$p)) | fabs) > 1e-6)))" >differ
	empty differ
	made day2 -m zencrowd --tolerance -1 --iterations 3000 | grep -e "\"t[0-9][0-9]\"" >alone
	grep consensus got >mine
	if cmp -s alone mine; then false; fi
'
t 'counts that are none' '
	for bad in 7 "[1]" "{\"a\":7}" "{\"a\":{\"a\":-1}}" "{\"a\":{\"a\":\"1\"}}"; do
		echo "{\"kind\":\"skill\",\"worker\":\"w\",\"labels\":1,\"skill\":1,\"method\":\"ds\",\"counts\":$bad}" >in
		exits 65 lbl-agree -q in >out 2>err
		has err "lbl-agree: in:1: field \"counts\": expected "
	done
'

# ---- repeats, the choice, and what others make of it

t '--repeats error' '
	{ cat hand; lab t1 w1 "\"b\"" t2 w1 "\"b\""; } >in
	exits 65 lbl-agree -q --repeats error in >out 2>err
	says err "lbl-agree: 2 labels repeat a worker and task (see --repeats)"
	same in out
	exits 0 lbl-agree -q --repeats error hand >out 2>err
	exits 0 lbl-agree -q --repeats last in >out 2>err
'
t 'auto says what it chose, on stderr and in a record' '
	exits 0 lbl-agree --only crowd >out 2>err
	holds out "map(select(.kind == \"choice\")) | length == 1 and all(.[]; keys_unsorted == [\"kind\", \"method\", \"hds\", \"onecoin\", \"effect\", \"shared\", \"gold\"]
		and .method == \"auto\" and (.hds + .onecoin - 1 | fabs) < 1e-12 and .hds >= 0 and .onecoin >= 0 and .gold == 0)"
	jq -r "select(.kind == \"choice\") | .hds * 100 | round" out >hds
	hds=$(cat hds)
	has err "lbl-agree: auto: $((hds / 100)).$(printf %02d $((hds % 100))) hds + "
	{ cat crowd; gold t1 "\"b\"" t2 "\"c\"" u "\"a\""; } >in
	made in >out
	holds out "map(select(.kind == \"choice\"))[0].gold == 2"
	made crowd -m hds >out
	if grep choice out; then false; fi
'
t 'auto: too many workers and classes for matrices' '
	awk "BEGIN { for (i = 0; i < 4000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"c%d\\\"}\n\", i % 400, i % 70, i % 600 }" >in
	exits 0 lbl-agree --only in >out 2>err
	has err "lbl-agree: auto: sparse one-coin models, for confusion matrices of so many classes, workers or tasks would not fit"
	holds out "map(select(.kind == \"choice\"))[0] | .onecoin == 1 and .hds == 0 and .why == \"too many classes, workers or tasks for confusion matrices: sparse one-coin models\""
'
t 'auto: no choice without labels' '
	gold t1 "\"a\"" >in
	exits 0 lbl-agree --only in >out 2>err
	if grep choice out; then false; fi
'
# no confusion is printed, so the others of a task decide by their shares: of t1, w3 is alone
t 'lbl-score after auto: the shares of the others' '
	lbl-agree -q hand >agreed
	exits 0 lbl-score -q -e e1 agreed >out 2>err
	jq -c "select(.kind == \"verdict\") | [.task, .worker, .verdict, .by, .confidence]" out >got
	put want "[\"t1\",\"w1\",\"pending\",\"consensus\",null]" "[\"t1\",\"w2\",\"pending\",\"consensus\",null]" \
		"[\"t1\",\"w3\",\"rejected\",\"consensus\",1]" "[\"t2\",\"w1\",\"verified\",\"consensus\",1]" \
		"[\"t2\",\"w2\",\"verified\",\"consensus\",1]" "[\"t3\",\"w1\",\"verified\",\"consensus\",1]" \
		"[\"t3\",\"w3\",\"verified\",\"consensus\",1]"
	same want got
'
if [ -x "$LBL_BUILD/bin/lbl-audit" ]; then
	for m in $methods; do
		t "lbl-audit: a log of $m agrees, with gold and all options" '
			{ cat crowd; gold t1 "\"b\"" t5 "\"zz\""; } >in
			exits 0 lbl-agree -q -m $m --seed 9 --iterations 40 --tolerance 1e-6 in >agreed
			exits 0 lbl-score -q -e e1 agreed >log
			exits 0 lbl-audit replay log >out 2>err
			has err " 0 findings"
			exits 0 lbl-agree -q -m $m -g judge in >agreed
			exits 0 lbl-score -q -e e1 agreed >log
			exits 0 lbl-audit replay log >out 2>err
		'
	done
	t 'lbl-audit: two days in one log, with --half-life' '
		grep -e "\"t[0-9]\"" crowd >day1
		grep -e "\"t[0-9][0-9]\"" crowd >day2
		lbl-agree -q day1 >log1
		{ grep -v "\"end\"" log1; cat day2; } >in
		exits 0 lbl-agree -q --half-life 3 in >log2
		exits 0 lbl-audit replay log2 >out 2>err
		has err " 0 findings"
		sed "s/\"onecoin\":/\"onecoin\":1/" log1 | grep -v "\"end\"" >bad
		exits 1 lbl-audit replay bad >out 2>err
		has out "{\"kind\":\"choice\""
	'
fi
finish
