#!/bin/sh
# lbl-agree, type pair: scores by hand, blind workers, gold, laws, bad input, replay.
# shellcheck disable=SC2016,SC2317
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

# task TASK LEFT RIGHT; lab TASK WORKER VALUE
task() {
	printf '{"kind":"task","task":"%s","type":"pair","data":{"left":"%s","right":"%s"}}\n' "$@"
}
# made OPTION... - records without mark and run record
made() {
	lbl-agree -q --only "$@" | grep -v -e '"kind":"end"' -e '"kind":"run"'
}

# crowd BLIND TASKS - comparisons of 6 items by 12 workers, the last BLIND of whom go left; 4 labels a task
crowd() {
	awk -v blind="$1" -v tasks="$2" 'BEGIN {
		srand(7)
		for (t = 0; t < tasks; t++) {
			a = int(rand() * 6); b = (a + 1 + int(rand() * 5)) % 6
			printf "{\"kind\":\"task\",\"task\":\"t%d\",\"type\":\"pair\",\"data\":{\"left\":\"i%d\",\"right\":\"i%d\"}}\n", t, a, b
			for (i = 0; i < 4; i++) {
				w = (t * 4 + i) % 12
				x = exp((a - b) / 2); u = rand() * (x + 1 / x + 0.5)
				y = u < x ? "left" : u < x + 1 / x ? "right" : "tie"
				if (w >= 12 - blind && rand() < 0.9)
					y = rand() < 0.9 ? "left" : "right"
				printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", t, w, y
			}
		}
	}'
}

# ---- by hand

# s is the score of a: 1/2 (1 - 2 L(s)) + 3 - 4 L(2 s) = 0 for three wins of four, L the logistic function
{ task t1 a b; lab t1 u '"left"' t1 v '"left"' t1 w '"left"' t1 x '"right"'; } >four
t 'three of four: the score where the likelihood is highest, and the chance that goes with it' '
	made -m pair=bt four >out
	jq -s -e "
		def L: 1 / (1 + (-. | exp));
		(map(select(.kind == \"item\")) | INDEX(.item)) as \$i | \$i.a.score as \$s
		| (0.5 * (1 - 2 * (\$s | L)) + 3 - 4 * (2 * \$s | L) | fabs) < 1e-9 and (\$s + \$i.b.score | fabs) < 1e-12
		  and \$i.a.comparisons == 4 and \$i.a.wins == 3 and \$i.b.wins == 1 and \$i.a.ties == 0
		  and (.[0].confidence - (2 * \$s | L) | fabs) < 1e-12 and .[0].value == \"left\"
		  and (.[0].posterior | keys) == [\"left\", \"right\"]" out
'
t 'the standard error: the information of the difference is 4 p (1 - p) and half that of the prior' '
	jq -s -e "
		def L: 1 / (1 + (-. | exp));
		(map(select(.kind == \"item\"))[0]) as \$a
		| (2 * \$a.score | L) as \$p | (\$a.score | L) as \$f
		| (\$f * (1 - \$f)) as \$own
		| ((1 / (\$own + 2 * 4 * \$p * (1 - \$p)) / 2 | sqrt) - \$a.se | fabs) < 1e-9" out
'
t 'votes: shares, a tie, no scores' '
	{ task t2 b c; lab t2 u "\"tie\"" t2 v "\"right\""; } | cat four - >in
	made -m pair=votes in >out
	cat >want <<-"END"
	{"kind":"consensus","task":"t1","value":"left","confidence":0.75,"labels":4,"method":"votes","type":"pair","posterior":{"left":0.75,"right":0.25}}
	{"kind":"consensus","task":"t2","value":"right","confidence":0.5,"labels":2,"method":"votes","type":"pair","tie":true,"posterior":{"right":0.5,"tie":0.5}}
	{"kind":"item","item":"a","score":null,"se":null,"why":"votes give no scores","comparisons":4,"wins":3,"ties":0,"method":"votes","type":"pair"}
	{"kind":"item","item":"b","score":null,"se":null,"why":"votes give no scores","comparisons":6,"wins":1,"ties":1,"method":"votes","type":"pair"}
	{"kind":"item","item":"c","score":null,"se":null,"why":"votes give no scores","comparisons":2,"wins":1,"ties":1,"method":"votes","type":"pair"}
	{"kind":"skill","worker":"u","labels":2,"skill":0.5,"method":"votes","type":"pair"}
	{"kind":"skill","worker":"v","labels":2,"skill":1,"method":"votes","type":"pair"}
	{"kind":"skill","worker":"w","labels":1,"skill":1,"method":"votes","type":"pair"}
	{"kind":"skill","worker":"x","labels":1,"skill":0,"method":"votes","type":"pair"}
	END
	same want out
'
t 'components; an item against itself; a task with one label' '
	{ task s z z; lab s u "\"tie\""; task r c d; lab r u "\"right\""; cat four; } >in
	made -m pair=bt in | grep item >out
	jq -r "[.component, .item, .comparisons, .score == null, .se == null, .why] | @csv" out | tr -d \\\" >got
	put want 1,a,4,false,false, 1,b,4,false,false, 2,d,1,false,false, 2,c,1,false,false, \
		"3,z,0,true,true,only compared with itself"
	same want got
'

# ---- crowds

crowd 0 600 >honest
crowd 4 600 >blind
t 'auto: bt where all look, skilled where some do not, and why' '
	exits 0 lbl-agree --only honest >out 2>err
	has out "{\"kind\":\"choice\",\"type\":\"pair\",\"method\":\"auto\",\"chosen\":\"bt\",\"gain\":"
	has err "lbl-agree: pair: auto: bt, for that some do not look explains 0."
	exits 0 lbl-agree --only blind >out 2>err
	has out "\"chosen\":\"skilled\",\"gain\":"
	made -m pair=skilled blind >want
	grep -v -e "\"run\"" -e "\"end\"" -e "\"choice\"" out >got
	same want got
'
t 'items come in order of their scores; the blind are found, and their side' '
	grep "\"item\"" out | jq -r .item | tr -d "i\n" >got
	[ "$(cat got)" = 543210 ]
	jq -s -e "map(select(.kind == \"skill\"))
		| all(.[]; (.worker[1:] | tonumber) as \$w | if \$w >= 8 then .skill < 0.5 and .bias > 0.7 else .skill > 0.8 end)" out
'
t 'skilled scores are nearer to the truth, which are one apart' '
	for m in bt skilled; do
		made -m pair=$m blind | jq -s "map(select(.kind == \"item\")) | map((.score - (.item[1:] | tonumber) + 2.5) | . * .) | add / 6 | sqrt" >off.$m
	done
	[ "$(jq -n --slurpfile a off.bt --slurpfile b off.skilled "\$b[0] < 0.25 and \$b[0] < \$a[0] / 2")" = true ]
'
t 'gold judges, clamps, or is no matter; it never moves a score' '
	echo "{\"kind\":\"gold\",\"task\":\"t1\",\"value\":\"tie\"}
		{\"kind\":\"gold\",\"task\":\"t2\",\"value\":\"left\"}
		{\"kind\":\"gold\",\"task\":\"nobody\",\"value\":\"x\"}" | cat blind - >in
	made blind >none
	made -g ignore in >got
	same none got
	made in >got
	grep -v -e "\"task\":\"t[12]\"" none | grep -v "\"skill\"" >want
	grep -v -e "\"task\":\"t[12]\"" got | grep -v "\"skill\"" >rest
	same want rest
	has got "\"task\":\"t1\",\"value\":\"tie\",\"confidence\":1,\"labels\":4,\"method\":\"skilled\",\"type\":\"pair\",\"posterior\":{\"tie\":1}}"
	exits 0 lbl-agree --only -g judge in >out 2>err
	has err "lbl-agree: pair: on 2 gold tasks: accuracy "
	jq -s -e "(map(select(.kind == \"consensus\")) | INDEX(.task)) as \$c
		| (\$c.t1.posterior.tie | log) as \$a | (\$c.t2.posterior.left | log) as \$b
		| .[] | select(.kind == \"judgement\")
		| .type == \"pair\" and .tasks == 2 and (.log_loss + (\$a + \$b) / 2 | fabs) < 1e-12
		  and .accuracy == ([\$c.t1.value == \"tie\", \$c.t2.value == \"left\"] | map(if . then 0.5 else 0 end) | add)" out
'

# ---- laws

t 'any order of the lines, any number of threads' '
	made -m pair=skilled blind | sort >want
	for seed in 1 2; do
		awk -v s=$seed "BEGIN { srand(s) } { print (/\"task\",/ ? 0 : 1), rand(), \$0 }" blind | sort -k 1n,1 -k 2n,2 |
			cut -d " " -f 3- >in
		made -m pair=skilled -j $((seed * 2)) in | sort >got
		same want got
	done
	made -m pair=skilled in | grep "\"item\"" >got
	made -m pair=skilled blind | grep "\"item\"" >want
	same want got
'
t 'sides exchanged: the same scores, left for right' '
	made -m pair=bt honest | jq -c "select(.kind == \"item\") | [.item, (.score * 1e8 | round)]" >want
	sed "s/\"left\":\(.*\),\"right\":\(.*\)}}/\"left\":\2,\"right\":\1}}/; s/\"value\":\"left\"/\"value\":\"x\"/
		s/\"value\":\"right\"/\"value\":\"left\"/; s/\"value\":\"x\"/\"value\":\"right\"/" honest >in
	made -m pair=bt in | jq -c "select(.kind == \"item\") | [.item, (.score * 1e8 | round)]" >got
	same want got
'
t 'a mixed stream gives what each type gives alone' '
	for i in 1 2 3; do printf "{\"kind\":\"label\",\"task\":\"c%d\",\"worker\":\"w%d\",\"value\":\"x\"}\n" $i $((i * 5)); done >classes
	{ head -n 1 classes; head -n 900 blind; tail -n +2 classes; tail -n +901 blind; } >in
	made in | grep "\"pair\"" >got
	made blind | grep "\"pair\"" >want
	same want got
'
t 'a log with comparisons replays' '
	lbl-agree -q <blind >log.ndjson
	exits 0 lbl-audit replay -q log.ndjson >found
	sed "s/\"item\":\"i3\",\"score\":/&-/" log.ndjson | grep -v "\"end\"" >bad
	exits 1 lbl-audit replay -q bad >found
	has found "\"item\":\"i3\""
'

# ---- edges and bad input

t 'one label' '
	{ task t1 a b; lab t1 w "\"tie\""; } >in
	made in >out
	has out "{\"kind\":\"consensus\",\"task\":\"t1\",\"value\":\"tie\","
	jq -s -e "map(select(.kind == \"item\")) | length == 2 and all(.[]; .score == 0 and .se > 0 and .ties == 1)" out
'
t 'what is no answer to a pair' '
	{ task t1 a b; lab t1 w "\"both\""; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"t1\": the label \"both\" of worker \"w\" is not \"left\", \"right\" or \"tie\""
	empty out
	{ task t1 a b; lab t1 w 1; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: in:2: field \"value\": expected \"left\", \"right\" or \"tie\", got a number (byte 50)"
	{ lab t1 w 1; task t1 a b; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"t1\": the label 1 of worker \"w\" is not \"left\", \"right\" or \"tie\""
	{ task t1 a b; lab t1 w "\"left\""; echo "{\"kind\":\"gold\",\"task\":\"t1\",\"value\":\"b\"}"; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"t1\": the gold \"b\" is not \"left\", \"right\" or \"tie\""
	{ task t1 a b | sed "s/}}/},\"choices\":[\"left\",\"right\"]}/"; lab t1 w "\"tie\""; } >in
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: task \"t1\": the label \"tie\" of worker \"w\" is not among the choices"
'
t 'methods by name' '
	exits 64 lbl-agree -m pair=elo four >out 2>err
	has err "\"elo\" is no method of type pair: auto, bt, skilled, votes"
'
t 'a hundred thousand labels on one task; thirty thousand components' '
	{ task t1 a b; awk "BEGIN { for (i = 0; i < 100000; i++)
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t1\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"left\\\"}\\n\", i }"; } >in
	made in >out
	has out "\"comparisons\":100000,\"wins\":100000,"
	awk "BEGIN { for (i = 0; i < 30000; i++) {
		printf \"{\\\"kind\\\":\\\"task\\\",\\\"task\\\":\\\"t%d\\\",\\\"type\\\":\\\"pair\\\",\\\"data\\\":{\\\"left\\\":\\\"a%d\\\",\\\"right\\\":\\\"b%d\\\"}}\\n\", i, i, i
		printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"left\\\"}\\n\", i, i % 7 } }" >in
	made in >out
	has out "\"component\":30000,"
'
finish
