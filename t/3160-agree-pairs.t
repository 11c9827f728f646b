#!/bin/sh
# lbl-agree: agreement of classes, of pairs of workers and of groups, resampled errors, declared
# classes.  Each against the coefficient of a stream that holds only what the record is about.
# shellcheck disable=SC2016,SC2034
. "${0%/*}/lib.sh"

# label TASK WORKER VALUE...
label() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

# coefs FILE OPTION... - the agreement records
coefs() {
	_f=$1
	shift
	lbl-agree -q --only -m mv "$@" "$_f" >.all
	grep '"kind":"agreement"' .all
}

# 40 tasks in two groups and some in none, 6 workers, 3 classes; 1 to 6 labels a task
awk 'BEGIN {
	split("no maybe yes", word); s = 7
	for (t = 1; t <= 40; t++) {
		if (t % 5) printf "{\"kind\":\"task\",\"task\":\"t%d\",\"data\":0,\"group\":\"%s\"}\n", t, t % 3 ? "left" : "right" >"tasks"
		for (w = 1; w <= 6; w++) {
			s = (s * 16807) % 2147483647
			if (s % 10 < 4) continue
			s = (s * 16807) % 2147483647
			v = s % 10 < 6 ? t % 3 : s % 3
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", t, 7 - w, word[v + 1] >"words"
		}
	}
}'
sed 's/"no"/1/; s/"maybe"/2/; s/"yes"/3/' words >numbers
all=percent,fleiss,conger,ac1,ac2,bp,light,alpha

# near FILE FILE - the same records but for the last digits
near() {
	jq -ne --slurpfile a "$1" --slurpfile b "$2" '
		def same($x; $y): ($x | type) == ($y | type) and
			if $x | type == "number" then ($x - $y | fabs) <= 1e-12 * ([1, ($y | fabs)] | max)
			elif $x | type == "object" then ($x | keys_unsorted) == ($y | keys_unsorted) and all($x | keys[]; . as $k | same($x[$k]; $y[$k]))
			elif $x | type == "array" then ($x | length) == ($y | length) and all(range($x | length); . as $k | same($x[$k]; $y[$k]))
			else $x == $y end;
		($a | length) > 0 and ($a | length) == ($b | length) and all(range($a | length); same($a[.]; $b[.]))' >/dev/null || {
		diff "$1" "$2" | head
		false
	}
}

# ---- classes -------------------------------------------------------------------------------

t 'a class is the coefficient of labels that say it or another' '
	for c in no maybe yes; do
		coefs words --agreement fleiss,ac1,bp,percent --per-class | grep "\"class\":\"$c\"" |
			sed "s/,\"class\":\"$c\"//; s/,\"specific\":[^,]*//; s/,\"labels\":[0-9]*//" >got
		sed "s/\"$c\"/\"is\"/; t; s/\"value\":.*/\"value\":\"not\"}/" words >two
		coefs two --agreement fleiss,ac1,bp,percent | sed "s/,\"labels\":[0-9]*//" >want
		near got want
		[ "$(wc -l <got)" -eq 4 ]
	done
	coefs words --agreement alpha --per-class | jq -c "select(.class == \"yes\") | [.value, .tasks]" >got
	coefs two --agreement alpha | jq -c "[.value, .tasks]" >want
	near got want
'
t 'specific agreement and labels of a class, by counting' '
	coefs words --agreement alpha,cohen,ac1 --per-class >out
	[ "$(jq -r "\"\(.metric) \(.class // \"\")\"" out | tr "\n" ";")" = \
		"alpha ;cohen ;ac1 ;alpha maybe;alpha no;alpha yes;ac1 maybe;ac1 no;ac1 yes;" ]
	jq -s "group_by(.task) | map([.[].value] as \$v | (\$v | length) as \$r | {r: \$r, n: (\$v | group_by(.) | map({(.[0]): length}) | add)})" words >tasks.json
	for c in no maybe yes; do
		jq -se --arg c "$c" --slurpfile t tasks.json "(.[] | select(.class == \$c and .metric == \"alpha\")) as \$g |
			[\$t[0][] | {r, a: (.n[\$c] // 0)}] as \$x | [\$x[] | select(.r > 1)] as \$p |
			(([\$p[] | .a * (.a - 1) / (.r - 1)] | add) / ([\$p[].a] | add)) as \$want |
			(\$g.specific - \$want | fabs) < 1e-14 and \$g.labels == ([\$x[].a] | add) and \$g.tasks == (\$p | length)" out
	done
'
t 'a class keeps its type; one that nobody said comes last' '
	sed "s/\"no\"/true/; s/\"maybe\"/2.50/" words >mixed
	coefs mixed --agreement ac1 --per-class --choices yes,2.5,true,never | jq -c "[.class, .labels, .specific == null]" >out
	n=$(grep -c "\"value\":true" mixed)
	[ "$(jq -r "map(type) | join(\" \")" out | tr "\n" ";")" = \
		"null number boolean;boolean number boolean;number number boolean;string number boolean;string number boolean;" ] || { cat out; false; }
	has out "[true,$n,false]"
	[ "$(tail -n 1 out)" = "[\"never\",0,true]" ]
'

# ---- pairs ------------------------------------------------------------------------------------

# duo A B - the labels of two workers on the tasks of both
duo() {
	jq -c --arg a "$1" --arg b "$2" -s '[.[] | select(.worker == $a or .worker == $b)] | group_by(.task)[] | select(length == 2)[]' numbers
}

t 'a pair is the coefficient of two workers alone' '
	coefs numbers --weights linear --pairs 1 --agreement cohen,scott | grep other >out
	[ "$(wc -l <out)" -eq 30 ]
	for a in 1 2 3 4 5; do
		for b in $(seq $((a + 1)) 6); do
			duo w$a w$b >two
			coefs two --choices 1,2,3 --weights linear --agreement cohen,scott >want
			grep -e "\"worker\":\"w$a\",\"other\":\"w$b\"" -e "\"worker\":\"w$b\",\"other\":\"w$a\"" out |
				sed "s/\"worker\":.*\"weights\"/\"weights\"/" >got
			near got want
			[ "$(wc -l <got)" -eq 2 ]
		done
	done
'
t 'pairs stand in the order of first labels; --pairs N leaves out those who share fewer tasks' '
	coefs words --pairs 1 --agreement bp,ac1 | grep other >out
	jq -r .worker words | awk "!s[\$0]++ { print NR, \$0 }" >first
	jq -r "\"\(.worker) \(.other) \(.metric)\"" out | awk "NR == FNR { n[\$2] = \$1; next }
		{ if (n[\$1] >= n[\$2]) exit 1; k = n[\$1] * 1000 + n[\$2]; if (k < last) exit 1; last = k
		if (\$3 != (FNR % 2 ? \"bp\" : \"ac1\")) exit 1 }" first -
	least=$(jq -s "map(.tasks) | sort | .[length / 2 | floor]" out)
	coefs words --pairs "$least" --agreement bp,ac1 | grep other >fewer
	jq -c "select(.tasks >= $least)" out >want
	jq -c . fewer >got
	same want got
	[ "$(wc -l <got)" -lt "$(wc -l <out)" ]
	[ -s got ]
	jq -se "all(.[]; .workers == 2 and .labels == 2 * .tasks)" out
	coefs words --pairs 1000 | grep -c "\"kind\"" >n
	says n 1
'
t 'what pairs do not define is Cohen of them' '
	for a in alpha none fleiss,conger,light,icc_1_1; do
		coefs words --pairs 1 --agreement $a | grep other | jq -r .metric | uniq -c | tr -s " " >out
		says out " 15 cohen"
	done
	coefs words --pairs 1 --agreement alpha,percent | grep other | jq -r .metric | uniq -c | tr -s " " >out
	says out " 15 percent"
'
t 'workers without a task in common are no pair; one task has no error, one class no kappa' '
	{ label t1 a 1 t1 b 1 t2 c 2; } >few
	coefs few --pairs 1 --agreement cohen,ac1 | grep other >out
	cat >want <<EOF
{"kind":"agreement","metric":"cohen","worker":"a","other":"b","value":null,"why":"only one class occurs","tasks":1,"workers":2,"labels":2}
{"kind":"agreement","metric":"ac1","worker":"a","other":"b","observed":1,"chance":0,"value":1,"se":null,"why":"only one task","tasks":1,"workers":2,"labels":2}
EOF
	same want out
'

# ---- groups -------------------------------------------------------------------------------------

t 'a group is a stream of its tasks alone' '
	opt="--per-class --bootstrap 50 --seed 3"
	cat tasks words >both
	coefs both --by group --agreement $all $opt >out
	coefs words --agreement $all $opt >whole
	grep -v "\"group\"" out >rest
	same whole rest
	for g in left right; do
		jq -r --arg g $g "select(.group == \$g).task" tasks >names
		jq -Rc . names | sed "s/.*/\"task\":&,/" >patterns
		grep -F -f patterns words >part
		coefs part --agreement $all $opt >want
		grep "\"group\":\"$g\"" out | sed "s/\"group\":\"$g\",//" >got
		same want got
	done
	[ "$(jq -r ".group // \"\"" out | uniq | tr "\n" " ")" = " left right " ]
	# in a group too, workers stand in the order of the whole stream
	coefs both --by group --agreement percent,bp,ac2 --pairs 2 | grep other >out
	coefs words --agreement percent --pairs 1 | jq -r "select(.other) | .worker + .other" >order
	coefs part --agreement percent,bp,ac2 --pairs 2 | jq -c "select(.other) | [.worker, .other] |= sort" | sort >want
	jq -c "select(.group == \"right\") | del(.group) | [.worker, .other] |= sort" out | sort >got
	same want got
	for g in left right; do
		jq -r "select(.group == \"$g\") | .worker + .other" out | uniq | awk "NR == FNR { n[\$0] = NR; next } { if (n[\$0] <= last) exit 1; last = n[\$0] }" order -
	done
'
t 'the last record of a task says its group; the place in the stream does not matter' '
	coefs both --by group >want
	{ sed "s/left/wrong/" tasks; cat words tasks; } >late
	coefs late --by group >got
	same want got
	{ cat tasks; sed "s/,\"group\":.*/}/" tasks; cat words; } >none
	coefs none --by group >got
	coefs words >want
	same want got
	{ sed "s/\"left\"/\"\"/" tasks; cat words; } >blank
	coefs blank --by group | jq -r ".group // \"none\"" | tr "\n" ";" >got
	[ "$(cat got)" = "none;;right;" ]
'
t 'each group has the classes that its labels have' '
	{ label t1 a 1 t1 b 2 t2 a 2 t2 b 2 t3 a 7 t3 b 8 t4 a 9 t4 b 9; } >l
	for i in 1 2 3 4; do echo "{\"kind\":\"task\",\"task\":\"t$i\",\"data\":0,\"group\":\"$((i > 2))\"}"; done >>l
	coefs l --by group --agreement bp | jq -c "[.group, (1 / .chance | round)]" | tr "\n" " " >out
	[ "$(cat out)" = "[null,5] [\"0\",2] [\"1\",3] " ] || { cat out; false; }
	coefs l --by group --agreement bp --choices 1,2,3,4,5,6,7,8,9,10 | jq -c "1 / .chance | round" | tr "\n" " " >out
	[ "$(cat out)" = "10 10 10 " ] || { cat out; false; }
'

# ---- declared classes ------------------------------------------------------------------------------

t 'choices of task records are the domain: one of three classes occurs' '
	{ label t1 a 1 t1 b 1 t2 a 1 t2 b 1; } | sed "s/:1}/:\"x\"}/" >one
	coefs one --agreement percent,ac1,bp,fleiss,alpha,cohen | jq -c "[.metric, .value, .why]" >out
	cat >want <<EOF
["percent",1,null]
["ac1",null,"there is only one class to choose"]
["bp",null,"there is only one class to choose"]
["fleiss",null,"there is only one class to choose"]
["alpha",null,"only one class occurs"]
["cohen",null,"there is only one class to choose"]
EOF
	same want out
	for i in 1 2; do echo "{\"kind\":\"task\",\"task\":\"t$i\",\"data\":0,\"choices\":[\"x\",\"y\",\"z\"]}"; done | cat - one >declared
	sed "/\"[ab][cp]/s/null.*/1,null]/; s/\"there.*\"/\"only one class occurs\"/" want >want3
	coefs declared --agreement percent,ac1,bp,fleiss,alpha,cohen | jq -c "[.metric, .value, .why]" >out
	same want3 out
	coefs one --choices x,y,z --agreement percent,ac1,bp,fleiss,alpha,cohen | jq -c "[.metric, .value, .why]" >out
	same want3 out
	coefs declared --agreement bp | jq -e ".chance * 3 - 1 | fabs < 1e-15"
'
t 'a group has the choices of its own tasks' '
	{ label t1 a 1 t1 b 1 t2 a 7 t2 b 8; } >l
	echo "{\"kind\":\"task\",\"task\":\"t1\",\"data\":0,\"group\":\"g\",\"choices\":[1,2,3,4]}" >>l
	echo "{\"kind\":\"task\",\"task\":\"t2\",\"data\":0,\"group\":\"h\",\"choices\":[8,7]}" >>l
	coefs l --by group --agreement bp --per-class | jq -c "[.group, .class, (1 / .chance | round)]" | tr "\n" " " >out
	want="[null,null,6] [null,1,2] [null,7,2] [null,8,2] [null,2,2] [null,3,2] [null,4,2]"
	want="$want [\"g\",null,4] [\"g\",1,2] [\"g\",2,2] [\"g\",3,2] [\"g\",4,2] [\"h\",null,2] [\"h\",7,2] [\"h\",8,2] "
	[ "$(cat out)" = "$want" ] || { cat out; false; }
'
t 'words in an order are the numbers from 1 on' '
	for w in linear quadratic radical ordinal bipolar; do
		coefs words --weights $w --metric interval --agreement fleiss,ac2,conger,alpha,icc_1_1 --choices no,maybe,yes >got
		coefs numbers --weights $w --metric interval --agreement fleiss,ac2,conger,alpha,icc_1_1 >want
		near got want
		jq -se "all(.[]; .value != null)" got
	done
	coefs words --metric ordinal --choices yes,maybe,no >got
	coefs numbers --metric ordinal >want
	near got want
	coefs words --metric ordinal --choices no,yes,maybe >got
	! near got want
'
t 'numbers stay what they are; those that nobody said stretch the scale' '
	coefs numbers --weights linear --agreement fleiss --choices 3,2.0,1 >got
	coefs numbers --weights linear --agreement fleiss >want
	same want got
	coefs numbers --weights linear --agreement fleiss --choices 1,2,3,11 | jq -c .observed >got
	jq -c "1 - (1 - .observed) * 2 / 10" want >want2
	near got want2
'
t 'a class that is none of the choices: null, with the reason; without weights it is a class like others' '
	coefs words --weights linear --agreement fleiss,bp,icc_1_1,ac1 --choices no,yes | jq -c "[.metric, .value == null, .why]" >out
	cat >want <<EOF
["fleiss",true,"a class is none of the choices"]
["bp",true,"a class is none of the choices"]
["icc_1_1",true,"a class is none of the choices"]
["ac1",false,null]
EOF
	same want out
	coefs words --weights linear --pairs 1 --agreement cohen --choices no,yes | grep other | jq -c "[.value, .why]" | uniq >out
	says out "[null,\"a class is none of the choices\"]"
'

# ---- the bootstrap -------------------------------------------------------------------------------------

t 'the order of lines and the threads change nothing; the seed does' '
	opt="--agreement $all --bootstrap 200"
	coefs words $opt --seed 5 -j 1 >want
	coefs words $opt --seed 5 -j 7 >got
	same want got
	sort -t: -k 5 words >sorted
	! cmp -s words sorted
	coefs sorted $opt --seed 5 >got
	same want got
	coefs words $opt --seed 6 >got
	! cmp -s got want
	coefs words --agreement $all >plain
	jq -c "[.metric, .value]" plain >a
	jq -c "[.metric, .value]" want >b
	near a b
	[ "$(jq -r "select(has(\"resamples\")).metric" want | tr "\n" " ")" = "percent fleiss ac1 ac2 bp alpha " ]
'
t 'resamples without a value do not count' '
	{ label t1 a 1 t1 b 1 t2 a 1 t2 b 1 t3 a 2 t3 b 2; } >l
	coefs l --agreement alpha,ac1 --bootstrap 1000 >out
	# only 1 or only 2 in 8 + 1 of 27 draws
	jq -se ".[0].value == 1 and .[0].se == 0 and (.[0].resamples - 1000 * 18 / 27 | fabs) < 50 and .[1].resamples == 1000" out
	coefs l --bootstrap 1 | jq -c "[.value, .se, .why]" >out
	jq -e ".[0] == 1 and .[1] == null and .[2] == \"fewer than two resamples have a value\"" out
	label t1 a 1 t1 b 2 | coefs - --bootstrap 100 | jq -c "[.value, .se, .why]" >out
	says out "[0,null,\"only one task\"]"
'

# ---- nothing there ---------------------------------------------------------------------------------------

t 'no labels, no two labels: null everywhere' '
	cat tasks >l
	coefs l --agreement $all,cohen,scott,icc_1_1 --per-class --pairs 1 --by group --bootstrap 10 --choices no,yes >out
	jq -se "(map(select(.class)) | length) == 12 and all(.[]; .value == null and .why == \"no task has two labels\")" out || { cat out; false; }
	label t1 a 1 t2 b 2 | cat tasks - >l
	coefs l --agreement $all,cohen,scott --per-class --pairs 1 --by group --bootstrap 10 >out
	jq -se "length > 30 and all(.[]; .value == null and (.why | length) > 0)" out || { cat out; false; }
'

# ---- options and replay -------------------------------------------------------------------------------------

t 'wrong usage' '
	exits 64 lbl-agree --per-class --agreement cohen,icc_1_1 words 2>err
	says err "lbl-agree: --per-class wants percent, fleiss, ac1, ac2, bp or alpha in --agreement (see lbl-agree --help)"
	exits 64 lbl-agree --bootstrap 5 --agreement none words 2>err
	says err "lbl-agree: --bootstrap wants percent, fleiss, ac1, ac2, bp or alpha in --agreement (see lbl-agree --help)"
	exits 64 lbl-agree --choices a,b,a words 2>err
	says err "lbl-agree: --choices: \"a\" stands twice (see lbl-agree --help)"
	for c in "" a, ,a a,,b; do
		exits 64 lbl-agree --choices "$c" words 2>err
		says err "lbl-agree: --choices: an empty choice (see lbl-agree --help)"
	done
	exits 64 lbl-agree --choices "$(printf "a\377")" words 2>err
	says err "lbl-agree: --choices: not UTF-8 (see lbl-agree --help)"
	exits 64 lbl-agree --choices "$(printf %04097d 0)" words 2>err
	says err "lbl-agree: --choices: more than 4096 bytes (see lbl-agree --help)"
	exits 64 lbl-agree --bootstrap 100001 words 2>err
	exits 64 lbl-agree --pairs -1 words 2>err
	exits 64 lbl-agree --by worker words 2>err
'
t 'the run record has them only when they are not the default' '
	lbl-agree -q --only -m mv words | head -n 1 >want
	lbl-agree -q --only -m mv --pairs 0 --bootstrap 0 --by all words | head -n 1 >got
	same want got
	lbl-agree -q --only -m mv --per-class --pairs 2 --bootstrap 9 --by group --choices "no,\"a b" words | head -n 1 >got
	sed "s/\(\"circumference\":0\)/\1,\"per_class\":true,\"pairs\":2,\"bootstrap\":9,\"by\":\"group\",\"choices\":\"no,\\\\\"a b\"/" want >want2
	same want2 got
'
t 'replay computes them again, and says which one is wrong' '
	lbl-agree -q -m mv --agreement $all --weights linear --metric interval --per-class --pairs 3 --bootstrap 20 --seed 4 --by group \
		--choices no,maybe,yes both >log
	exits 0 lbl-audit replay log >out 2>err
	has err " 0 findings"
	# line SUBJECT SCRIPT PATTERN - the findings after an edit of the first record with the pattern
	lie() {
		n=$(grep -n -m 1 -e "$2" log | sed "s/:.*//")
		sed "${n}$1" log | grep -v "\"kind\":\"end\"" | lbl-ingest -q >bad
		exits 1 lbl-audit replay bad >out 2>err
		has out "\"subject\":$3"
	}
	lie "s/\"tasks\":/&1/" "\"group\":\"right\",\"weights\"" "{\"kind\":\"agreement\",\"metric\":\"percent\",\"group\":\"right\"}"
	lie "s/\"tasks\":/&1/" "alpha.*\"group\":\"left\",\"class\":\"yes\"" "{\"kind\":\"agreement\",\"metric\":\"alpha\",\"group\":\"left\",\"class\":\"yes\"}"
	two=$(grep -m 1 "\"metric\":\"bp\",\"worker\"" log | sed "s/.*\(\"worker\":[^,]*\),\(\"other\":[^,]*\),.*/\1,\2/")
	about="{\"kind\":\"agreement\",${two%,*},\"metric\":\"bp\",${two#*,}}"
	lie "s/\"tasks\":/&1/" "bp\",$two" "$about"
	lie "d" "bp\",$two" "$about"
	lie "s/\"resamples\":/&1/" "resamples" "{\"kind\":\"agreement\",\"metric\":\"percent\"}"
'
t 'options that no command line allows are refused' '
	for s in "s/\"bootstrap\":20/\"bootstrap\":100001/" "s/\"pairs\":3/\"pairs\":5000000000/" "s/\"by\":\"group\"/\"by\":\"all\"/" \
		"s/\"per_class\":true/\"per_class\":1/" "s/\"choices\":\"no,/\"choices\":\"no,no,/"; do
		sed "$s" log | grep -v "\"kind\":\"end\"" | lbl-ingest -q >bad
		! cmp -s log bad
		exits 1 lbl-audit replay bad >out 2>err
		has out "options: "
	done
'
t 'two runs in one log: the second does not inherit from the first' '
	lbl-agree -q -m mv log >twice
	exits 0 lbl-audit replay twice >out 2>err
	has err " 0 findings"
'
finish
