#!/bin/sh
# Label sets with very many classes: what auto, ds, ds-map and onecoin do when their tables would be too big.
# shellcheck disable=SC2016,SC2034,SC2154   # bodies are expanded late
. "${0%/*}/lib.sh"

# holds FILE FILTER - jq finds this true of the records of the file, as an array
holds() {
	jq -se "$2" "$1" >/dev/null || {
		echo "not so: $2" >&2
		head -5 "$1" | cut -c 1-300 >&2
		return 1
	}
}

# made FILE OPTION... - what lbl-agree makes of it, without mark and run record
made() {
	_f=$1
	shift
	lbl-agree -q --only -a none "$@" "$_f" | grep -v -e '"kind":"end"' -e '"kind":"run"'
}

# crowd TASKS WORKERS CLASSES SEED - 5 labels a task; task i is of class i modulo CLASSES; every second worker guesses
crowd() {
	awk -v T="$1" -v W="$2" -v K="$3" -v r="$4" '
	function draw(n) {
		r = (r * 16807) % 2147483647
		return int(r / 2147483647 * n)
	}
	BEGIN {
		for (t = 0; t < T; t++)
			for (i = 0; i < 5; i++) {
				w = (t * 7 + i * 31 + int(t / W) * 3) % W
				v = draw(100) < (w % 2 ? 75 : 5) ? t % K : draw(K)
				printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"c%d\"}\n", t, w, v
			}
	}'
}

# for jq: the share of the tasks that are right
right='def right(k): map(select(.kind == "consensus") | .value == "c\((.task[1:] | tonumber) % k)") | (map(select(.)) | length) / length; '

crowd 4000 150 1000 1 >many                     # workers x classes^2 = 1.5e8
methods='auto onecoin ds-map ds'

for m in $methods; do
	t "$m: 1000 classes and 150 workers" '
		made many -m $m --iterations 20 >out
		holds out "$right"'\''map(select(.kind == "consensus")) | length == 4000 and
			all(.[]; ([.posterior[]] | (add - 1 | fabs) < 1e-9 and length <= 5) and .confidence == ([.posterior[]] | max)
				and .posterior[.value] == .confidence)'\''
		holds out '\''map(select(.kind == "skill")) | length == 150 and all(.[]; .skill >= 0 and .skill <= 1 and
			((([.counts[][]] | add) - .labels | fabs) < 1e-6))'\''
	'
	t "$m: no byte depends on the threads" '
		made many -m $m --iterations 5 -j 1 >one
		made many -m $m --iterations 5 -j 5 >five
		same one five
	'
done
t 'auto, onecoin and ds-map are mostly right, and know who guesses' '
	made many >auto
	made many -m onecoin >coin
	made many -m ds-map >map
	made many -m mv >mv
	for m in auto coin map mv; do
		jq -s "$right right(1000)" $m >$m.right
	done
	jq -se ".[0] > 0.78 and .[0] > .[1] + 0.01 and .[0] > .[2] and .[2] > 0.78 and .[3] > 0.75" auto.right mv.right coin.right map.right
	holds auto '\''map(select(.kind == "skill")) | all(.[]; (.skill < 0.3) == ((.worker[1:] | tonumber) % 2 == 0))'\''
'
t 'auto says what it took, and why' '
	exits 0 lbl-agree --only -a none many >out 2>err
	has err "lbl-agree: auto: sparse one-coin models, for confusion matrices of so many classes, workers or tasks would not fit"
	has out "{\"kind\":\"choice\",\"method\":\"auto\",\"hds\":0,\"onecoin\":1,\"effect\":0,\"shared\":0,\"gold\":0,\"why\":\"too many classes, workers or tasks for confusion matrices: sparse one-coin models\"}"
'
t 'another method with a matrix names those that can' '
	exits 65 lbl-agree -q --only -m ibcc many >out 2>err
	says err "lbl-agree: 1000 classes and 150 workers are too many for method ibcc: use auto, onecoin, ds-map, ds or mv"
	empty out
'
{
	printf '{"kind":"gold","task":"t7","value":"c8"}\n{"kind":"gold","task":"t9","value":"nobody said it"}\n'
	cat many
} >gold
t 'gold clamps, also to a class that nobody said' '
	for m in $methods; do
		made gold -m $m --iterations 3 >out
		holds out '\''def of(t): map(select(.kind == "consensus" and .task == t))[0];
			of("t7").value == "c8" and of("t7").confidence == 1 and of("t9").posterior == {"nobody said it": 1}'\''
	done
'
t 'gold judges: against measures made by hand' '
	crowd 4000 150 1000 1 | awk -F "\"" "{ t = substr(\$8, 2) } !(t in seen) && t % 5 == 0 {
		seen[t] = 1
		printf \"{\\\"kind\\\":\\\"gold\\\",\\\"task\\\":\\\"t%d\\\",\\\"value\\\":\\\"c%d\\\"}\n\", t, t % 1000 }" >known
	cat known many >in
	made in --gold judge >out
	holds out '\''(map(select(.kind == "consensus" and (.task[1:] | tonumber) % 5 == 0)) | map(. + {g: "c\((.task[1:] | tonumber) % 1000)"})) as $c
		| map(select(.kind == "judgement"))[0] as $j | ($c | length) as $n | $n == 800 and $j.tasks == $n
		and (($c | map(select(.value == .g)) | length) / $n - $j.accuracy | fabs) < 1e-12
		and (($c | map(-([.posterior[.g] // 0, 1e-6] | max | log)) | add) / $n - $j.log_loss | fabs) < 1e-9
		and (($c | map(.g as $g | (.posterior | to_entries | map(if .key == $g then 0 else .value * .value end) | add)
			+ (1 - (.posterior[$g] // 0)) * (1 - (.posterior[$g] // 0))) | add) / $n - $j.brier | fabs) < 1e-9'\''
'
t 'counts of yesterday count' '
	for m in auto onecoin ds-map; do
		made many -m $m --iterations 10 | grep "\"kind\":\"skill\"" >skills
		printf "{\"kind\":\"label\",\"task\":\"new%d\",\"worker\":\"w%d\",\"value\":\"c%d\"}\n" 1 1 1 1 4 2 >today
		cat skills today >in
		awk "BEGIN { for (w = 0; w < 150; w++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"z\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"c5\\\"}\n\", w }" >>in
		made in -m $m --iterations 10 >out
		# ds-map trusts everybody on a class that is new to him
		[ $m = ds-map ] || holds out '\''map(select(.kind == "consensus" and .task == "new1"))[0].value == "c1"'\''
		jq -sc '\''map(select(.kind == "skill" and .worker == "w1"))[] | [.counts[][]] | add'\'' skills out >sums
		jq -se "(.[1] - .[0] - 2 | fabs) < 1e-6" sums >/dev/null
	done
'
t 'a report is made' '
	exits 0 lbl-agree -q --only --report page.html many >/dev/null
	has page.html "one number a worker"
'
t 'open answers: as many classes as labels, memory for the labels' '
	awk "BEGIN { for (i = 0; i < 60000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"c%d\\\"}\n\", i / 3, i % 300, i % 30 == 1 ? i - 1 : i }" >in
	for m in auto onecoin ds-map; do
		([ "${LBL_SAN-}" ] || ulimit -v 900000; exits 0 lbl-agree -q --only -a none -m $m --threads 2 --iterations 5 in >out 2>err)
		[ "$(grep -c "\"kind\":\"consensus\"" out)" -eq 20000 ]
		holds out '\''map(select(.kind == "consensus" and (.posterior | length) == 2)) | length == 2000 and
			all(.[]; .confidence > 0.6)'\''
	done
'
finish
