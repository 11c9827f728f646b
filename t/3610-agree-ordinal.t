#!/bin/sh
# lbl-agree on tasks of type ordinal: medians, the choice, several lists, gold, bad input, and the laws.
# shellcheck disable=SC2016,SC2317   # t evaluates text
. "${0%/*}/lib.sh"
. "$LBL_TOP/t/agree.sh"

# task CHOICES TASK...
task() {
	_c=$1
	shift
	for _t in "$@"; do
		printf '{"kind":"task","task":"%s","data":0,"type":"ordinal","choices":%s}\n' "$_t" "$_c"
	done
}

# ---- by hand

abc='["low","mid","high"]'
{
	task "$abc" t1 t2 t3
	lab t1 w1 '"low"' t1 w2 '"high"' t1 w3 '"low"' t1 w4 '"high"' t1 w5 '"mid"'
	lab t2 w1 '"low"' t2 w2 '"mid"' t3 w1 '"high"'
} >hand

# t1: low 2, mid 1, high 2 of 5: the median is mid.  w1: t1 2/5 0 + 1/5 1 + 2/5 2 = 1 step off, t2 1/2, t3 0: mean 1/2
t 'the median of the votes is between, a tie takes the lower, and the records say it' '
	cp hand in
	made -m ordinal=mv
	grep -e "\"t1\"" -e "\"t2\"" -e "\"w1\"" -e "\"w5\"" out >got
	put want \
		"{\"kind\":\"consensus\",\"task\":\"t1\",\"value\":\"mid\",\"confidence\":0.2,\"labels\":5,\"method\":\"mv\",\"type\":\"ordinal\",\"posterior\":{\"low\":0.4,\"mid\":0.2,\"high\":0.4}}" \
		"{\"kind\":\"consensus\",\"task\":\"t2\",\"value\":\"low\",\"confidence\":0.5,\"labels\":2,\"method\":\"mv\",\"type\":\"ordinal\",\"tie\":true,\"posterior\":{\"low\":0.5,\"mid\":0.5}}" \
		"{\"kind\":\"skill\",\"worker\":\"w1\",\"labels\":3,\"skill\":1,\"method\":\"mv\",\"type\":\"ordinal\",\"steps\":0.5,\"choices\":$abc}" \
		"{\"kind\":\"skill\",\"worker\":\"w5\",\"labels\":1,\"skill\":0,\"method\":\"mv\",\"type\":\"ordinal\",\"steps\":0.8,\"choices\":$abc}"
	same want got
'
# the midranks of the 7 pairable labels, low low low mid mid high high: 2, 4.5, 6.5; squares of the differences:
# low-mid 6.25, mid-high 4, low-high 20.25.  Do = (2 (2 6.25 + 2 4 + 4 20.25)/4 + 2 6.25)/7; De = 2 (6 6.25 + 4 4 + 6 20.25)/42
t 'alpha is that of the order of the choices, not of the alphabet' '
	cp hand in
	made
	holds out ".[0] | .metric == \"alpha\" and .type == \"ordinal\" and .scale == \"ordinal\" and .choices == $abc and .tasks == 2
		and (.value - (1 - ((2 * (12.5 + 8 + 81) / 4 + 12.5) / 7) / (2 * (37.5 + 16 + 121.5) / 42)) | fabs) < 1e-12"
	made -a cohen,alpha --metric interval --weights linear
	has out "\"metric\":\"alpha\",\"type\":\"ordinal\",\"scale\":\"interval\""
'
t 'values are written as the choices have them' '
	{ task "[3, 2.50, true, \"x\"]" a b c d; lab a w 3.0 b w 2.5 c w true d w "\"x\""; } >in
	made -m ordinal=ordinal
	jq -c "select(.kind == \"consensus\") | .value" out >got
	put want 3 2.5 true "\"x\""
	same want got
	holds out "map(select(.kind == \"consensus\")) | all((.posterior | keys_unsorted) == [\"3\", \"2.5\", \"true\", \"x\"])"
'
t 'a choice nobody named has a chance, and the posterior sums to one' '
	cp hand in
	made -m ordinal=ordinal
	holds out "map(select(.kind == \"consensus\")) | all((.posterior | add - 1 | fabs) < 1e-12) and (.[2].posterior | .low > 0 and .mid > .low and .high > .mid)"
	holds out "map(select(.kind == \"skill\")) | map(select(.worker == \"w1\"))[0] | ([.counts[][]] | add - 3 | fabs) < 1e-9"
'

# ---- several lists

t 'lists of choices are questions of their own, in the order of the records' '
	{ task "[1,2,3]" n1; task "$abc" t1; lab t1 w "\"low\"" n1 w 3; } >in
	made
	jq -c "[.kind, .task // .metric // .worker // .chosen, .choices]" out >got
	put want "[\"agreement\",\"alpha\",[1,2,3]]" "[\"choice\",\"mv\",[1,2,3]]" "[\"consensus\",\"n1\",null]" "[\"skill\",\"w\",[1,2,3]]" \
		"[\"agreement\",\"alpha\",$abc]" "[\"choice\",\"mv\",$abc]" "[\"consensus\",\"t1\",null]" "[\"skill\",\"w\",$abc]"
	same want got
'

# ---- a crowd

# crowd LABELS - 100 tasks of 5 choices, 4 labels each by workers with that many labels; most err by one step
crowd() {
	awk -v per="$1" '
	function gauss(  i, s) { for (i = 0; i < 12; i++) s += rand(); return s - 6 }
	BEGIN {
		srand(4)
		n = int(400 / per)
		split("a b c d e", name, " ")
		for (t = 0; t < 100; t++)
			printf "{\"kind\":\"task\",\"task\":\"t%d\",\"data\":0,\"type\":\"ordinal\",\"choices\":[\"e\",\"d\",\"c\",\"b\",\"a\"]}\n", t
		for (t = 0; t < 100; t++) {
			truth = 1 + int(5 * rand())
			for (i = 0; i < 4; i++) {
				w = (4 * t + i) % n
				v = w % 6 == 5 ? 1 + int(5 * rand()) : int(truth + .5 + (w % 3 ? .4 : .9) * gauss())
				v = v < 1 ? 1 : v
				v = v > 5 ? 5 : v
				printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", t, w, name[v]
			}
			if (t % 2) printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":\"%s\"}\n", t, name[truth]
		}
	}'
}
crowd 20 >crowd
t 'auto: the model where workers have 8 labels, the median of the votes where they have fewer' '
	for n in 8 7.9; do
		crowd $n >in
		made -g judge
		jq -r "select(.kind == \"choice\") | .chosen, .why" out
	done >got
	put want ordinal "workers have 8 labels or more on average" ordinal "workers have 8 labels or more on average"
	same want got
	crowd 4 >in
	exits 0 lbl-agree --only in >out 2>err
	has err "lbl-agree: ordinal: auto: mv, for workers have fewer than 8 labels on average"
	has out "\"chosen\":\"mv\",\"labels_per_worker\":4,"
'
t 'the model is fewer steps off than votes, and says what it knows; judged by hand' '
	cp crowd in
	for m in ordinal mv; do
		made -g judge -m ordinal=$m
		cp out $m.out
		jq -c "select(.kind == \"judgement\") | .steps" out
	done >steps
	jq -s ".[0] < .[1] and .[0] < 0.4" steps >got
	says got true
	jq -s "map(select(.kind == \"judgement\"))[0].log_loss" ordinal.out mv.out >loss
	jq -n --slurpfile g crowd --slurpfile o ordinal.out "
		{a: 4, b: 3, c: 2, d: 1, e: 0} as \$n
		| (\$g | map(select(.kind == \"gold\")) | INDEX(.task)) as \$gold
		| [\$o[] | select(.kind == \"consensus\" and \$gold[.task]) | (\$n[.value] - \$n[\$gold[.task].value] | fabs)] | add / length" >want
	head -n 1 steps >got
	same want got
	holds ordinal.out "map(select(.kind == \"skill\")) | (map(select(.worker == \"w5\"))[0].steps) > 1.5 * (map(select(.worker == \"w1\"))[0].steps)"
'
t 'any categorical method; its value is the median of its posterior' '
	cp crowd in
	for m in ds ds-map onecoin auto mv glad; do
		[ $m = auto ] || made -m ordinal=$m
		[ $m != auto ] || made
		holds out "map(select(.kind == \"consensus\")) | length == 100 and all(
			. as \$c | [\"e\", \"d\", \"c\", \"b\", \"a\"] | map(\$c.posterior[.] // 0) as \$p
			| (index(\$c.value)) as \$i | (\$p[:\$i + 1] | add) > 0.5 - 1e-8 and (\$p[:\$i] | add // 0) < 0.5 + 1e-8
			and (\$p[\$i] - \$c.confidence | fabs) < 1e-15)"
	done
'
t 'gold clamps and teaches, or judges and leaves no trace' '
	cp crowd in
	made
	holds out "map(select(.task == \"t1\"))[0] | .confidence == 1 and (.posterior | length) == 1"
	made -g ignore
	mv out want
	made -g judge
	grep -v judgement out >got
	same want got
'

# ---- bad input

t 'labels and gold that are no choices' '
	{ task "$abc" t1; lab t1 w "\"low\"" t1 v "\"Low\""; } >in
	bad "task \"t1\": the label \"Low\" of worker \"v\" is not among the choices"
	{ task "[1,2]" t1; lab t1 w "\"1\""; } >in
	bad "task \"t1\": the label \"1\" of worker \"w\" is not among the choices"
	{ task "$abc" t1; lab t1 w "\"low\""; gold t1 3; } >in
	bad "task \"t1\": the gold 3 is not among the choices"
	made -g ignore
	{ task "$abc" t1; lab t1 w "[\"low\"]"; } >in
	bad "in:2: field \"value\": expected one of the choices, got an array (byte 50)"
	{ task "[1,\"1\"]" t1; lab t1 w 1; } >in
	bad "field \"choices\": both the string \"1\" and 1 are among them"
	{ task "$abc" t1; lab t1 w "\"low\""; gold zz "\"low\""; } >in
	made -g judge
	has out "{\"kind\":\"judgement\",\"type\":\"ordinal\",\"method\":\"mv\",\"tasks\":0,\"choices\":$abc}"
'
t 'too many choices for a matrix: said, and auto does without' '
	awk "BEGIN { printf \"[0\"; for (i = 1; i < 12000; i++) printf \",%d\", i; print \"]\" }" >many
	{ task "$(cat many)" t1; for i in 1 2 3 4 5 6 7 8 9; do lab t1 w $i; done; lab t1 v 11999; } >in
	exits 65 lbl-agree -q --only -m ordinal=ordinal in 2>err
	says err "lbl-agree: 12000 choices, 1 tasks and 2 workers are too many for method ordinal of type ordinal"
	made
'

# ---- laws

t 'the order of lines, the number of threads, other types in the stream change nothing' '
	cp crowd in
	made -g judge
	mv out want
	made -g judge -j 3
	same want out
	{ grep "\"kind\":\"task\"" crowd; grep -v "\"kind\":\"task\"" crowd | awk "{ print NR * 7919 % 1009, \$0 }" | sort -n | cut -d " " -f 2-; } >in
	made -g judge
	close want out 7
	{ lab x w1 "\"a\"" x w2 "\"b\""; cat crowd; lab y w1 "\"b\""; task "$abc" z; lab z w1 "\"low\""; } >in
	made -g judge -m ds
	grep -e "\"ordinal\"" out | grep -vF -e "$abc" -e "\"task\":\"z\"" >got
	same want got
'
t 'the order reversed: the same posteriors' '
	cp crowd in
	made -g ignore
	jq -c "select(.kind == \"consensus\") | [.task, .posterior]" out >want
	sed "s/\"choices\":.*]/\"choices\":[\"a\",\"b\",\"c\",\"d\",\"e\"]/" crowd >in
	made -g ignore
	jq -c "select(.kind == \"consensus\") | [.task, .posterior]" out >got
	close want got 7
'
t '100000 labels on one task' '
	{ task "[1,2,3]" a; awk "BEGIN { for (i = 0; i < 100000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"a\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":%d}\\n\", i, i % 6 ? (i % 6 == 3 ? 3 : 2) : 1 }"; } >in
	for m in auto ordinal; do
		made ${m:+-m} $([ $m = auto ] && echo auto || echo ordinal=$m)
		holds out "map(select(.kind == \"consensus\"))[0] | .labels == 100000 and .value == 2"
	done
'
t 'lbl-audit computes the same' '
	{ cat crowd; task "$abc" z; lab z w1 "\"low\""; } | lbl-agree -q | lbl-score -q --epoch e >log
	exits 0 lbl-audit replay log >found
	lacks found "\"finding\""
	grep -v "\"end\"" log | sed "s/\"steps\":0/\"steps\":1/" | lbl-ingest -q >forged
	exits 1 lbl-audit replay forged >found
	has found "\"finding\""
'
finish
