#!/bin/sh
# lbl-score --quality: what the labels of a worker say against gold, by type of task; the shared cases end to end.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

# lab TASK WORKER VALUE..., sure TASK WORKER VALUE CONFIDENCE..., gold TASK VALUE... - records; VALUE is JSON
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}
sure() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s,"confidence":%s}\n' "$@"
}
gold() {
	printf '{"kind":"gold","task":"%s","value":%s}\n' "$@"
}
# task TYPE CHOICES TASK... - CHOICES is a member with its comma, or empty
task() {
	_type=$1 _choices=$2
	shift 2
	printf '{"kind":"task","task":"%s","data":null,"type":"'"$_type"'"'"$_choices"'}\n' "$@"
}

# quality FILE OPTION... - the quality records
quality() {
	_f=$1
	shift
	lbl-score -q --only --rule gold --quality "$@" "$_f" >.out && grep '"kind":"quality"' .out
}

# near FILE EXPRESSION - of jq: pairs [what is, what should be], which agree to 1e-12 of the larger of 1 and the second
near() {
	jq -ne --slurpfile want "$1" --slurpfile got got "
		def near: (.[0] - .[1] | fabs) <= 1e-12 * ([1, (.[1] | fabs)] | max);
		\$want[0] as \$w | \$got as \$g | [$2] | length > 0 and all(.[]; near)" >.near || {
		echo "not near: $2" >&2
		cut -c1-1000 got >&2
		return 1
	}
}

# ---- the shared cases

cases=$LBL_SHARED/cases/metrics
if [ -r "$cases/quality_categorical.expect.json" ]; then
	t 'shared: classes and confidences' '
		quality "$cases/quality_categorical.labels.ndjson" >got
		near "$cases/quality_categorical.expect.json" "
			\$g[0] as \$q
			| [\$q.n, \$w.n], [\$q.correct, \$w.correct], [\$q.accuracy, \$w.accuracy],
			  [\$q.wilson_low, \$w.wilson_lower_onesided95], [\$q.beta_low, \$w.beta_uniform_lower05],
			  [\$q.beta_mean, \$w.beta_uniform_mean], [\$q.balanced, \$w.balanced_accuracy],
			  [\$q.balanced_adjusted, \$w.balanced_accuracy_adjusted], [\$q.mcc, \$w.mcc], [\$q.kappa, \$w.cohen_kappa],
			  ((\"macro\", \"micro\", \"weighted\") as \$m | (\"precision\", \"recall\", \"f1\") as \$f
				| [\$q[\$m][\$f], \$w[\$m][\$f]]),
			  (\$q.classes[] as \$c | (\"precision\", \"recall\", \"f1\") as \$f | [\$c[\$f], \$w.per_class[\$c.value][\$f]]),
			  (\$q.classes[] as \$c | [\$c.gold, \$w.per_class[\$c.value].support]),
			  (range(4) as \$i | [\$q.classes[\$i].both, \$w.confusion_gold_rows[\$i][\$i]]),
			  [\$q.confidence.n, \$w.n], [\$q.confidence.brier, \$w.brier_correctness],
			  [\$q.confidence.log_loss, \$w.log_loss_correctness], [\$q.confidence.ece, \$w.ece10],
			  [\$q.confidence.mce, \$w.mce10], [\$q.confidence.auroc, \$w.auroc_confidence]"
		[ "$(jq "[.classes[].value]" got | tr -d " \n")" = "[\"bird\",\"cat\",\"dog\",\"fish\"]" ]
	'
	t 'shared: numbers' '
		{ jq -c "{kind:\"task\",task,type:\"number\",data:null}" "$cases/quality_numeric.labels.ndjson" | sort -u
			cat "$cases/quality_numeric.labels.ndjson"; } >in
		quality in --tolerance 3 --relative 0.05 >got
		near "$cases/quality_numeric.expect.json" "
			\$g[0] as \$q | [\$q.unfit, 0], [\$q.within, \$w.within_abs_3], [\$q.within_relative, \$w.within_rel_5pct],
			[\$q.ccc, \$w.ccc_lin], [\$q.kendall, \$w.kendall_tau_b],
			((\"n\", \"mae\", \"rmse\", \"bias\", \"median_ae\", \"mape\", \"r2\", \"pearson\", \"spearman\") as \$f | [\$q[\$f], \$w[\$f]])"
	'
	t 'shared: boxes' '
		jq -c "if .value then .value |= map({x:.x0,y:.y0,w:(.x1-.x0),h:(.y1-.y0)}) else . end" \
			"$cases/quality_bbox.labels.ndjson" >boxes
		{ jq -c "{kind:\"task\",task,type:\"box\",data:null}" boxes | sort -u; cat boxes; } >in
		for iou in 0.5 0.75; do
			quality in --iou $iou >got
			near "$cases/quality_bbox.expect.json" "
				\$g[0] as \$q | \$w[\"iou>=$iou\"] as \$b
				| [\$q.mean_iou, \$b.mean_iou_matched], [\$q.pq, \$b.panoptic_quality],
				  ((\"tp\", \"fp\", \"fn\", \"precision\", \"recall\", \"f1\") as \$f | [\$q[\$f], \$b[\$f]])"
		done
	'
	t 'shared: bounds of small counts, and the integer that is paid' '
		jq -r ".rows[] | select(.n > 0 and .n <= 1000) | \"\(.k) \(.n)\"" "$cases/bounds_small_counts.expect.json" >counts
		awk "{ for (i = 0; i < \$2; i++) { if (i >= most) { printf \"{\\\"kind\\\":\\\"gold\\\",\\\"task\\\":\\\"g%d\\\",\\\"value\\\":1}\n\", i; most = i + 1 }
			printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"g%d\\\",\\\"worker\\\":\\\"%d-%d\\\",\\\"value\\\":%d}\n\", i, \$1, \$2, i < \$1 } }" counts >in
		[ "$(wc -l <counts)" -gt 5 ]
		quality in >q
		grep "\"kind\":\"score\"" .out >s
		cat q s >got
		near "$cases/bounds_small_counts.expect.json" "
			\$w.rows[] | select(.n > 0 and .n <= 1000) | . as \$r | \"\(.k)-\(.n)\" as \$who
			| (\$g[] | select(.worker == \$who and .kind == \"quality\")) as \$q
			| (\$g[] | select(.worker == \$who and .kind == \"score\")) as \$s
			| [\$q.wilson_low, \$r.wilson_lower], [\$q.wilson_high, \$r.wilson_upper], [\$q.beta_low, \$r.beta11_lower05],
			  [\$q.beta_mean, \$r.beta11_mean], [\$s.score_bp, \$r.wilson_lower_bp_floor]"
	'
else
	skip 'shared cases' "none in $cases"
fi

# ---- classes, by hand

{
	gold a '"x"' b '"x"' c '"y"' d '"y"'
	sure a ann '"x"' 1 b ann '"x"' 0.5 c ann '"x"' 0.5
	lab d ann '"y"' a bob '"z"' free bob '"z"' free cyd '"z"'
} >small

t 'the whole records' '
	quality small | head -n 1 >got
	cat >want <<-"END"
	{"kind":"quality","worker":"ann","epoch":"1","type":"class","n":4,"correct":3,"accuracy":0.75,"wilson_low":0.3561680085985064,"wilson_high":0.9420926788001412,"beta_mean":0.6666666666666666,"beta_low":0.3425916819988615,"beta_high":0.923559608587671,"balanced":0.75,"balanced_adjusted":0.5,"mcc":0.5773502691896258,"kappa":0.5,"macro":{"precision":0.8333333333333333,"recall":0.75,"f1":0.7333333333333334},"micro":{"precision":0.75,"recall":0.75,"f1":0.75},"weighted":{"precision":0.8333333333333333,"recall":0.75,"f1":0.7333333333333334},"classes":[{"value":"x","gold":2,"said":3,"both":2,"precision":0.6666666666666666,"recall":1,"f1":0.8},{"value":"y","gold":2,"said":1,"both":1,"precision":1,"recall":0.5,"f1":0.6666666666666666}],"confidence":{"n":3,"brier":0.16666666666666666,"log_loss":0.46209845370679686,"ece":0,"mce":0,"auroc":0.75}}
	END
	same want got
'
t 'what is not defined is null, and says why' '
	quality small | tail -n 1 >got
	holds got ".[0] | .worker == \"bob\" and .n == 1 and .correct == 0 and .mcc == null and .why.mcc == \"gold is all of one class\""
	holds got ".[0].classes | map([.value, .precision, .recall, .why.precision // .why.recall]) ==
		[[\"x\", null, 0, \"the class was never said\"], [\"z\", 0, null, \"gold never has the class\"]]"
	holds got ".[0] | has(\"confidence\") | not"
'
t 'only who has labels on gold has a record' '
	quality small | jq -r .worker >got
	put want ann bob
	same want got
	quality /dev/null >got || :
	empty got
'
t 'the bound is that of --bound, and of the score' '
	for b in 90 95; do
		quality small --bound $b | head -n 1 >got
		jq -e --argjson bp "$(grep "\"score\",\"worker\":\"ann\"" .out | jq .score_bp)" ".wilson_low * 10000 | floor == \$bp" got >out
	done
	[ "$(jq .beta_low got)" != "$(quality small --bound 90 | head -n 1 | jq .beta_low)" ]
'
t 'the last label and the last gold count, and their confidence' '
	{ cat small; gold c "\"x\""; lab c ann "\"y\""; sure a ann "\"x\"" 0.25; } >in
	quality in | head -n 1 >got
	holds got ".[0] | .correct == 3 and .confidence.n == 2 and .confidence.brier == (0.75 * 0.75 + 0.25) / 2"
'
t 'a confidence that is none is bad input' '
	for c in 1.5 -0.1 "\"1\"" null; do
		sure t w 1 "$c" >bad
		exits 65 lbl-score --quality bad >out 2>err
		has err "lbl-score: bad:1: field \"confidence\": expected a number"
	done
'
t 'a value of another type is another class' '
	{ gold a 1; lab a ann "\"1\""; } >in
	quality in | jq -c "[.correct, .classes[].value]" >got
	says got "[0,1,\"1\"]"
'

# ---- other types

t 'ordinal: how many choices off' '
	{ task ordinal ",\"choices\":[\"low\",\"mid\",\"high\"]" a b c d
		gold a "\"low\"" b "\"low\"" c "\"high\"" d "\"high\""
		lab a w "\"low\"" b w "\"high\"" c w "\"mid\"" d w "\"other\""; } >in
	quality in >got
	holds got ".[0] | .type == \"ordinal\" and .n == 4 and .correct == 1 and .placed == 3 and .distance == 1 and .within_one == 2 / 3"
'
t 'pair' '
	{ printf "{\"kind\":\"task\",\"task\":\"%s\",\"type\":\"pair\",\"data\":{\"left\":\"p\",\"right\":\"q\"}}\n" a b
		gold a "\"left\"" b "\"tie\""; lab a w "\"left\"" b w "\"right\""; } >in
	quality in >got
	holds got ".[0] | .type == \"pair\" and .n == 2 and .accuracy == 0.5"
'
t 'numbers: errors, tolerance, what is no number' '
	{ task number "" a b c d; gold a 1 b 2 c 3 d 4; lab a w 1.1 b w 2 c w 5 d w "\"4\""; } >in
	quality in --tolerance 0.1 >got
	holds got ".[0] | .n == 3 and .unfit == 1 and .within == 2 / 3 and (.mae - 0.7 | fabs) < 1e-12 and .median_ae == 0.10000000000000009 and (has(\"within_relative\") | not)"
	{ task number "" a; gold a 1; lab a w "\"1\""; } >in
	quality in >got
	holds got ".[0] | .n == 0 and .unfit == 1 and .mae == null and (.why.mae | length > 0)"
'
t 'sets: Jaccard, Hamming of the choices, exact; order and repeats do not matter' '
	{ task multi ",\"choices\":[\"p\",\"q\",\"r\",\"s\"]" a b c
		gold a "[\"p\",\"q\"]" b "[\"r\"]" c "[]"
		lab a w "[\"q\",\"p\",\"q\"]" b w "[\"r\",\"s\"]" c w "[]"; } >in
	quality in >got
	holds got ".[0] | .n == 3 and .exact == 2 / 3 and .jaccard == 2.5 / 3 and .hamming == 0.25 / 3 and .micro.precision == 0.75 and .micro.recall == 1"
'
t 'texts: WER, CER, chrF' '
	{ task text "" a b; gold a "\"the cat sat\"" b "\"x\""; lab a w "\"the bat sat\"" b w "\"x\""; } >in
	quality in >got
	# one of four words; one of twelve characters; n-grams in common 9/10 6/8 4/7 2/6 1/5 0/4
	holds got ".[0] | .n == 2 and .exact == 0.5 and .wer == 0.25 and .cer == 1 / 12 and .likeness == (1 + 10 / 11) / 2 and (.chrf - (0.9 + 0.75 + 4 / 7 + 1 / 3 + 0.2) / 6 | fabs) < 1e-12"
'
t 'boxes: pairs at --iou, labels must be the same, an empty image' '
	{ task box "" a b c d
		gold a "[{\"label\":\"k\",\"x\":0,\"y\":0,\"w\":10,\"h\":10}]" b "[{\"label\":\"k\",\"x\":0,\"y\":0,\"w\":10,\"h\":10}]" c "[]" d "[]"
		lab a w "{\"label\":\"k\",\"x\":0,\"y\":0,\"w\":10,\"h\":8}" b w "[{\"label\":\"m\",\"x\":0,\"y\":0,\"w\":10,\"h\":10}]" c w "[]" \
			d w "[{\"x\":0,\"y\":0,\"w\":-1,\"h\":1}]"; } >in
	quality in >got
	holds got ".[0] | .n == 3 and .unfit == 1 and [.tp, .fp, .fn] == [1, 1, 1] and .mean_iou == 0.8 and .f1 == 0.5"
	quality in --iou 0.8 >got
	holds got ".[0].tp == 1"
	quality in --iou 0.81 >got
	holds got ".[0] | .tp == 0 and .mean_iou == null and (.why.mean_iou | length > 0)"
'
t 'spans: strict, bounds, characters, boundary points' '
	{ task span "" a b
		gold a "[{\"label\":\"k\",\"start\":0,\"end\":4}]" b "[{\"label\":[\"k\",\"m\"],\"start\":2,\"end\":6}]"
		lab a w "[{\"label\":\"k\",\"start\":0,\"end\":2}]" b w "[{\"label\":[\"m\",\"k\"],\"start\":2,\"end\":6}]"; } >in
	quality in >got
	holds got ".[0] | .n == 2 and .same == 0.5 and .strict.f1 == 0.5 and .bounds.f1 == 0.5 and .chars.precision == 1 and .chars.recall == 0.75 and .points.f1 == 0.75"
'
t 'several types: a record each' '
	{ task number "" a; task text "" b; gold a 1 b "\"x\"" c "\"x\""; lab a w 1 b w "\"x\"" c w "\"x\""; } >in
	quality in | jq -r "[.type, .n] | @tsv" >got
	printf "class\t1\nnumber\t1\ntext\t1\n" >want
	same want got
'

# ---- from day to day, again, and in any order

t 'a record is of its epoch: labels of days before are not in it' '
	lbl-score -q --rule gold --quality -e d1 small >day1
	{ cat day1; gold e "\"x\""; lab e ann "\"x\""; } | lbl-score -q --only --rule gold --quality -e d2 | grep quality\",\"w >got
	holds got "length == 1 and (.[0] | .worker == \"ann\" and .epoch == \"d2\" and .n == 1)"
'
t 'with the default rule too' '
	quality small >want
	lbl-score -q --only --quality small >out
	grep "\"kind\":\"quality\"" out >got
	same want got
'
t 'lbl-audit replays it, and sees a figure that was touched' '
	lbl-score -q --rule gold --quality --tolerance 0.5 --bound 90 small >log
	exits 0 lbl-audit replay -q log >found
	sed "s/\"accuracy\":0.75/\"accuracy\":0.76/" log | grep -v "\"kind\":\"end\"" >lie
	exits 1 lbl-audit replay -q lie >found
	has found "\"kind\":\"quality\""
'
t 'neither the order of the lines nor the number of threads changes a record' '
	quality small -j 1 | sort >want
	tac small >in
	quality in -j 3 | sort >got
	same want got
'
if [ -r "$LBL_SHARED/data/duck.labels.ndjson" ]; then
	t 'duck: the figures are those of the labels, counted by other means' '
		cat "$LBL_SHARED/data/duck.gold.ndjson" "$LBL_SHARED/data/duck.labels.ndjson" >in
		quality in >got
		jq -n "
			reduce inputs as \$r ({g:{}, w:{}};
				if \$r.kind == \"gold\" then .g[\$r.task] = \$r.value
				else .w[\$r.worker] += [[\$r.value, .g[\$r.task]]] end)
			| .w | map_values({n: length, k: map(select(.[0] == .[1])) | length,
				tp: map(select(. == [\"1\", \"1\"])) | length, said: map(select(.[0] == \"1\")) | length})" in >slow
		jq -s --slurpfile slow slow "
			length == 39 and all(.[]; . as \$q | \$slow[0][\$q.worker] as \$s | \$q.classes[1] as \$c
				| \$q.n == \$s.n and \$q.correct == \$s.k and \$c.value == \"1\" and \$c.both == \$s.tp and \$c.said == \$s.said
				and \$c.precision == \$s.tp / \$s.said)" got >answer
		says answer true
	'
else
	skip 'duck' "no labels in $LBL_SHARED/data"
fi
finish
