#!/bin/sh
# lbl-agree --estep, --mstep, --apply: rounds over shards are a run on all labels; models and
# counts that do not fit are told; the auditor computes again what can be.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

# lab TASK WORKER VALUE... - label records; VALUE is JSON
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

# agree OPTION... - quietly
agree() {
	lbl-agree -q "$@"
}

# split N FILE - its lines by task into s-0 .. s-N-1, some of which may be missing or empty
split() {
	rm -f s-[0-9]* c-[0-9]*
	awk -v n="$1" 'match($0, /"task": *"[^"]*"/) {
		t = substr($0, RSTART, RLENGTH)
		if (!(t in of)) {
			r = (r * 1103 + 12345) % 65536
			of[t] = int(r / 7) % n
		}
		print >("s-" of[t])
	}' "$2"
}

# esteps MODEL OPTION... - of all shards: s-I to c-I
esteps() {
	_m=$1
	shift
	for _s in s-[0-9]*; do
		agree --estep "$_m" "$@" "$_s" >"c-${_s#s-}"
	done
}

# rounds METHOD N OPTION... - N of them over all shards, into the file model
rounds() {
	_method=$1 _n=$2
	shift 2
	esteps none -m "$_method" "$@"
	agree --mstep --tolerance -1 c-[0-9]* >model
	while _n=$((_n - 1)) && [ "$_n" -gt 0 ]; do
		esteps model "$@"
		# in another order, and with the model or without it
		# shellcheck disable=SC2046,SC2012   # names without spaces
		agree --mstep --tolerance -1 $(ls c-[0-9]* | sort -r) $([ $((_n % 2)) = 0 ] || echo model) >next
		mv next model
	done
}

# applied OPTION... - consensus and skills of all shards
applied() {
	for _s in s-[0-9]*; do
		agree --only --apply model "$@" "$_s"
	done
}

# equal WHOLE PARTS - the same tasks, posteriors to 1e-9; the skills of the parts are those of the whole, to 1e-9;
# how far they are apart at most goes into the log
equal() {
	jq -n --slurpfile a "$1" --slurpfile b "$2" '
		def tasks: map(select(.kind == "consensus")) | INDEX(.task);
		def workers: map(select(.kind == "skill")) | INDEX(.worker);
		def flat: [paths(numbers) as $p | {key: ($p | tojson), value: getpath($p)}] | from_entries;
		def far(x; y): (x | flat) as $x | (y | flat) as $y
			| [($x + $y | keys[]) as $k | ($x[$k] // 0) - ($y[$k] // 0) | fabs] | max // 0;
		($a | tasks) as $p | ($b | tasks) as $q | ($a | workers) as $v | ($b | map(select(.kind == "skill"))) as $w
		| if ($p | length) == 0 or ($p | keys) != ($q | keys) or ($v | keys) != ($w | map(.worker) | unique)
		  then error("other tasks or workers") else . end
		| ([$p[] | far(.posterior; $q[.task].posterior)] | max) as $t
		| ([$w[] | . as $s | $v[.worker] | [far(.confusion; $s.confusion), far([.skill]; [$s.skill])] | max] | max) as $s
		| "posteriors \($t), skills \($s)"
		| if $t <= 1e-9 and $s <= 1e-9 and all($p[]; .value == $q[.task].value and .labels == $q[.task].labels)
		  then . else error(.) end'
}

# holds FILE FILTER - jq finds this true of the records of the file, as an array
holds() {
	jq -se "$2" "$1" >/dev/null || {
		echo "not so: $2" >&2
		head -20 "$1" >&2
		return 1
	}
}

# for jq
model='map(select(.kind == "model"))[0]'

# bad WHY COMMAND... - refused with 65 and these words
bad() {
	_why=$1
	shift
	exits 65 "$@" >bad.out 2>bad.err
	has bad.err "$_why"
	! grep -q '"kind":"end"' bad.out
}

# 120 tasks of 3 classes, 9 workers, each on some of them
awk 'BEGIN {
	r = 3
	for (t = 1; t <= 120; t++)
		for (w = 1; w <= 9; w++) {
			r = (r * 1103 + 12345) % 65536
			if (r % 10 < 5)
				continue
			r = (r * 1103 + 12345) % 65536
			v = r % 100 < 85 - 5 * w ? t % 3 : int(r / 100) % 3
			printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":\"%s\"}\n", t, w, substr("abc", v + 1, 1)
		}
}' >crowd
{
	lab t1 ann '"cat"' t1 bob '"cat"' t1 cyd '"dog"'
	lab t2 ann '"dog"' t2 bob '"cat"'
} >one
lab t3 ann '"dog"' t3 cyd '"dog"' >two

# ---- the records

t 'a first E step: vote shares, counted' '
	exits 0 lbl-agree -m ds --estep none one >out 2>err
	says err "lbl-agree: the input has no end mark: it may have been cut short"
	sed \$d out >body
	cat >want <<-"END"
	{"kind":"run","tool":"lbl-agree","version":"0.1.0","options":{"step":"estep","method":"ds","gold":"clamp","repeats":"last"}}
	{"kind":"shard","method":"ds","iteration":0,"id":"826e01250cdffb1c","tasks":2,"labels":5,"workers":3,"classes":["cat","dog"],"totals":[1.1666666666666665,0.8333333333333333],"loglik":0,"penalty":0,"objective":null}
	{"kind":"count","worker":"ann","labels":2,"counts":{"cat":{"cat":0.6666666666666666,"dog":0.5},"dog":{"cat":0.3333333333333333,"dog":0.5}}}
	{"kind":"count","worker":"bob","labels":2,"counts":{"cat":{"cat":1.1666666666666665},"dog":{"cat":0.8333333333333333}}}
	{"kind":"count","worker":"cyd","labels":1,"counts":{"cat":{"dog":0.6666666666666666},"dog":{"dog":0.3333333333333333}}}
	END
	same want body
	agree -m onecoin --estep none one | grep "kind.:.count" >got
	cat >want <<-"END"
	{"kind":"count","worker":"ann","labels":2,"right":1.1666666666666665,"rest":1.1102230246251565e-16}
	{"kind":"count","worker":"bob","labels":2,"right":1.1666666666666665,"rest":1.1102230246251565e-16}
	{"kind":"count","worker":"cyd","labels":1,"right":0.3333333333333333,"rest":0}
	END
	same want got
'
# prior of cat: 7/6 of 3 tasks; ann as in Dawid and Skene: (2/3, 1/2)/(7/6) and (1/3, 1/2 + 1)/(11/6)
t 'an M step: a class that one shard does not know, workers of both' '
	agree -m ds --estep none one >c1
	agree -m ds --estep none two >c2
	exits 0 lbl-agree --mstep c1 c2 >model 2>err
	says err "lbl-agree: iteration 1, 2 shards: from vote shares"
	holds model "$model | .iteration == 1 and .tasks == 3 and .labels == 7 and .workers == 3
		and .classes == [\"cat\", \"dog\"] and .converged == false and .objective == null
		and (.prior[0] - 7/18 | fabs) < 1e-15"
	holds model "map(select(.worker == \"ann\"))[0] | .labels == 3 and (.confusion.cat.cat - 4/7 | fabs) < 1e-15 and
		(.confusion.dog.cat - 2/11 | fabs) < 1e-15"
	jq -rc "select(.kind == \"param\") | .worker" model | paste -s -d " " - >got
	says got "ann bob cyd"
'
t 'values keep their types' '
	{ lab t1 a 1 t1 b 1.0 t2 a 2 t2 b 2e0 t3 a 10 t3 b 10; } >numbers
	lab t4 a true t4 b true >more
	agree -m ds-map --estep none numbers >c1
	agree -m ds-map --estep none more >c2
	agree --mstep c1 c2 >m
	jq -c "select(.kind == \"model\") | .classes" m >got
	says got "[true,1,10,2]"
	agree --only --apply m numbers more >out
	jq -c "select(.kind == \"consensus\") | .value" out | paste -s -d " " - >got
	says got "1 2 10 true"
	lab t5 a "\"1\"" t5 b "\"1\"" >mixed
	agree -m ds-map --estep none mixed >c3
	bad "labels mix types: both the string \"1\" and 1 occur" lbl-agree --mstep c1 c3
'
t 'a shard without labels, and one with gold alone' '
	: >empty
	agree -m ds --estep none empty >c0
	holds c0 ".[1] | .tasks == 0 and .labels == 0 and .classes == [] and .totals == []"
	agree -m ds --estep none one >c1
	agree -m ds --estep none two >c2
	agree --mstep c1 c2 | grep -v end >want
	agree --mstep c0 c1 c2 c0 | grep -v end >got
	same want got
	agree --mstep c1 c2 >model
	printf "%s\n" "{\"kind\":\"gold\",\"task\":\"t77\",\"value\":\"fox\"}" >gold
	agree --estep model gold >c0
	agree --estep model one >c1
	agree --estep model two >c2
	agree --mstep c0 c1 c2 >next
	holds next "$model | .iteration == 2 and .tasks == 3"
	bad "no labels in any shard" lbl-agree --mstep c0
'
t 'nothing passes through but what apply is for' '
	agree -m ds --estep none one two >c1
	! grep -q -e label.:. -e "\"kind\":\"label\"" c1
	agree --mstep c1 >model
	! grep -q "\"kind\":\"count\"" model
	agree --apply model one two >out
	grep "\"kind\":\"label\"" out >got
	cat one two >want
	same want got
	sed \$d model >want
	head -n "$(wc -l <want)" out >got
	same want got
'

# ---- as one run

for m in ds ds-map onecoin; do
	for n in 1 2 7; do
		t "$m, $n shards, 6 rounds: a run of 6 iterations" '
			agree --only -a none -m $m --iterations 6 --tolerance -1 crowd >whole
			split $n crowd
			rounds $m 6
			applied >parts
			equal whole parts
			holds model "$model | .iteration == 6"
		'
	done
	t "$m: until it has converged, a run with the defaults" '
		agree --only -a none -m $m crowd >whole
		split 3 crowd
		rounds $m 1
		i=0
		until grep -q "\"converged\":true" model; do
			i=$((i + 1))
			[ $i -lt 400 ]
			esteps model
			lbl-agree --mstep model c-* >next 2>err
			mv next model
		done
		has err ": converged"
		[ $i -gt 2 ]
		applied >parts
		equal whole parts
		# what counts alone make of it is one iteration further
		esteps model
		agree --mstep c-* >next
		jq -es "map(select(.kind == \"model\")) | .[0].converged and .[1].converged and
			.[1].iteration == .[0].iteration + 1" model next
	'
done
t 'gold clamps in its shard, and may be given to all' '
	for i in 0 1 2 3 4 5 6 7 8 9; do
		printf "{\"kind\":\"gold\",\"task\":\"t%d\",\"value\":\"%s\"}\n" $((i * 9 + 1)) "$(echo bcad | cut -c $((i % 4 + 1)))"
	done >gold
	agree --only -a none -m ds --iterations 5 --tolerance -1 crowd gold >whole
	split 3 crowd
	for s in s-*; do cat gold >>$s; done
	rounds ds 5
	applied >parts
	equal whole parts
	agree --only -a none -m ds --iterations 5 --tolerance -1 --gold ignore crowd >whole
	rounds ds 5 --gold ignore
	applied --gold ignore >parts
	equal whole parts
'
t 'of repeated labels the last in the shard counts' '
	sed "s/\"value\":\".\"/\"value\":\"c\"/" crowd | head -n 40 | cat - crowd >twice
	agree --only -a none -m ds-map --iterations 4 --tolerance -1 twice >whole
	split 2 twice
	rounds ds-map 4
	applied >parts
	equal whole parts
	bad "a worker and task (see --repeats)" lbl-agree --estep none -m ds --repeats error twice
	bad "a worker and task (see --repeats)" lbl-agree --apply model --repeats error twice
'
t 'the order of the counts changes no byte, nor does the number of threads' '
	split 7 crowd
	rounds ds-map 3
	esteps model
	cat c-* | grep -e "kind.:.shard" -e "kind.:.count" >lines
	[ "$(wc -l <lines)" -gt 50 ]
	agree --mstep lines >want
	for how in "sort" "sort -r" "sort -k 3.5"; do
		$how lines >other
		agree --mstep other >got
		same want got
	done
	for j in 1 2 5; do
		agree --estep model -j $j s-1 >got
		same c-1 got
	done
'
for set in duck cf ms; do
	labels=$LBL_SHARED/data/$set.labels.ndjson
	if ! [ -e "$labels" ]; then
		skip "$set" 'no shared sets'
		continue
	fi
	for m in ds ds-map onecoin; do
		t "$set, $m, 7 shards: a run of 5 iterations" '
			agree --only -a none -m $m --iterations 5 --tolerance -1 "$labels" >whole
			split 7 "$labels"
			rounds $m 5
			applied >parts
			equal whole parts
		'
	done
done

# ---- what does not fit

split 2 crowd
rounds ds 2
rm -f c-*
cp model good
cp s-0 shard
t 'usage' '
	for o in "--estep none" "--estep none -m hds" "--apply good -m mv" "--estep good --mstep" "--mstep -m ds" \
		"--mstep --gold ignore" \
		"--estep good --tolerance 0.1" "--estep good --gold judge" "--apply good --iterations 3" "--apply good -a none" \
		"--estep good --seed 1" "--mstep --half-life 2"; do
		# shellcheck disable=SC2086   # words
		exits 64 lbl-agree $o shard >out 2>err
		empty out
	done
	exits 64 lbl-agree --estep good --seed 1 shard 2>err
	says err "lbl-agree: --seed does not go with --estep (see lbl-agree --help)"
	exits 66 lbl-agree --estep nowhere shard 2>err
'
t 'a model from other classes' '
	lab t1 w1 "\"d\"" >other
	bad "task \"t1\": the label \"d\" of worker \"w1\" is no class of the model: it was made from other labels" \
		lbl-agree --estep good other
	bad "is no class of the model" lbl-agree --apply good other
	lab t1 w1 "\"a\"" >other
	echo "{\"kind\":\"gold\",\"task\":\"t1\",\"value\":\"d\"}" >>other
	bad "task \"t1\": the gold \"d\" is no class of the model" lbl-agree --estep good other
	exits 0 lbl-agree -q --estep good --gold ignore other >out
'
t 'a worker whom the model does not have' '
	lab t1 zoe "\"a\"" >other
	bad "worker \"zoe\" is not in the model: it was made from other labels" lbl-agree --estep good other
'
t 'a label that the model rules out' '
	sed "s/\(\"worker\":\"w1\".*\"confusion\":\).*/\1{\"a\":{\"a\":1},\"b\":{\"a\":1},\"c\":{\"a\":1}}}/" good | sed \$d >m
	bad "worker \"w1\": the model rules out the label" lbl-agree --estep m shard
'
t 'rows and priors that are no distribution' '
	sed \$d good >m0
	sed "/\"w1\"/s/\"a\":{\"a\":[0-9.e-]*/\"a\":{\"a\":0.5/" m0 >m
	bad "m:3: worker \"w1\": the row of class \"a\" does not sum to 1" lbl-agree --estep m shard
	sed "s/\"prior\":\[[0-9.e-]*/\"prior\":[0.9/" m0 >m
	bad "m:2: field \"prior\": does not sum to 1" lbl-agree --estep m shard
	sed "s/\"prior\":\[[0-9.e-]*,/\"prior\":[/" m0 >m
	bad "m:2: field \"prior\": expected 3 numbers, one a class, got 2" lbl-agree --estep m shard
	sed "s/\"prior\":\[[0-9.e-]*,/\"prior\":[-0.1,/" m0 >m
	bad "field \"prior\": expected a number from 0 up" lbl-agree --estep m shard
	sed "s/\"classes\":.\"a\",\"b\"/\"classes\":[\"b\",\"a\"/" m0 >m
	bad "field \"classes\": not in bytewise order" lbl-agree --estep m shard
	sed "/\"w1\"/s/\"c\":{\"a\"/\"c\":{\"z\"/" m0 >m
	bad "field \"confusion\": \"z\" is no class of the model" lbl-agree --estep m shard
	sed "/\"w1\"/s/\"confusion\"/\"confused\"/" m0 >m
	bad "field \"confusion\" is missing" lbl-agree --estep m shard
'
t 'a model of another method, of an unknown one, cut short, doubled, without a head' '
	bad "the model is of method ds, not ds-map" lbl-agree --estep good -m ds-map shard
	exits 0 lbl-agree -q --estep good -m ds shard >out
	sed "s/\"method\":\"ds\"/\"method\":\"hds\"/" good | sed \$d >m
	bad "model of method \"hds\": expected ds, ds-map or onecoin" lbl-agree --estep m shard
	sed "/\"w3\"/d; \$d" good >m
	bad "the model was cut short: 8 param records, and it has 9 workers" lbl-agree --estep m shard
	bad "a second model: there may be only one" lbl-agree --apply good good shard
	sed "/\"kind\":\"model\"/d; \$d" good >m
	bad "no model record before this one" lbl-agree --estep m shard
	bad "no model record in the model" lbl-agree --estep one shard
	{ sed \$d good; grep "\"w3\"" good; } >m
	bad "worker \"w3\" twice in one model" lbl-agree --estep m shard
	# a bad line that was put aside leaves no whole model
	sed "/\"w1\"/s/\"confusion\"/\"confused\"/; \$d" good >m
	bad "a record of the model was bad" lbl-agree --rejects aside --estep m shard
'
t 'tasks of another type' '
	{ echo "{\"kind\":\"task\",\"task\":\"t1\",\"data\":1,\"type\":\"number\"}"; lab t1 w1 3 t1 w2 4; } >other
	bad "task \"t1\" is not of type class" lbl-agree -m ds --estep none other
'
for i in 0 1; do
	agree --estep good s-$i >c-$i
done
t 'counts of the same tasks twice, of different rounds, methods, models' '
	agree --mstep c-0 c-1 >out
	bad "two shards of the same tasks" lbl-agree --mstep c-0 c-1 c-0
	agree --estep none -m ds s-0 >first
	bad "shards of different rounds: made with the model of iteration 2 and of 0" lbl-agree --mstep c-1 first
	agree --estep none -m onecoin s-1 >onecoin
	bad "shards of different methods: ds and onecoin" lbl-agree --mstep first onecoin
	sed "s/\"tasks\":120/\"tasks\":121/; \$d" good >m
	agree --estep m s-1 >strange
	bad "shards made with different models" lbl-agree --mstep c-0 strange
	bad "the counts were made with another model than the one in the input" lbl-agree --mstep m c-0 c-1
	agree --mstep good c-0 c-1 >out
'
t 'counts that are not whole' '
	bad "no shard record in the input" lbl-agree --mstep good
	sed "/\"w5\"/d; \$d" c-1 >cut
	bad "count records, here are" lbl-agree --mstep c-0 cut
	sed "/\"w5\"/s/\"a\":{\"a\":[0-9]/\"a\":{\"a\":17/; \$d" c-1 >high
	bad "field \"counts\"" lbl-agree --mstep c-0 high
	sed "s/\"totals\":\[[0-9.]*/\"totals\":[1/; \$d" c-1 >sums
	bad "field \"totals\": does not sum to the number of tasks" lbl-agree --mstep c-0 sums
	sed "/\"w5\"/s/\"a\":{\"a\"/\"a\":{\"z\"/; \$d" c-1 >alien
	bad "counts of \"z\", which is no class of a shard" lbl-agree --mstep c-0 alien
	sed "/\"w5\"/s/\"counts\":.*/\"right\":3}/; \$d" c-1 >right
	bad "worker \"w5\": counts of another method than ds" lbl-agree --mstep c-0 right
	sed "/\"w5\"/s/\"worker\":\"w5\"/\"worker\":5/; \$d" c-1 >reject
	bad "expected a string, got a number" lbl-agree --mstep c-0 reject
	bad "a record of a shard was bad" lbl-agree --rejects aside --mstep c-0 reject
	sed "s/\"labels\":[0-9]*,\"workers\"/\"labels\":9007199254740992,\"workers\"/; \$d" c-1 >much
	bad "too many labels" lbl-agree --mstep c-0 much
'

# ---- what comes after

t 'the stream goes on, and its consensus is computed again' '
	agree --apply good s-0 | lbl-score -q >log
	grep -q "\"kind\":\"score\"" log
	exits 0 lbl-audit replay log >out 2>err
	n=$(grep -c -e "kind.:.consensus" -e "kind.:.skill" -e "kind.:.verdict" -e "kind.:.score" log)
	[ "$n" -gt 100 ]
	has err " $((n + 2)) recomputed and equal"
	has err "not replayed: 1 run of \"lbl-agree --mstep\""
	has err "taken as it is: 1 model of lbl-agree --mstep"
'
t 'a consensus that the model does not make is found' '
	agree --apply good s-0 >log
	task=$(jq -r "select(.kind == \"consensus\" and .value == \"a\") | .task" log | head -n 1)
	[ "$task" ]
	sed "/\"consensus\",\"task\":\"$task\"/s/\"value\":\"a\"/\"value\":\"b\"/" log | sed \$d >forged
	exits 1 lbl-audit replay forged >out 2>err
	grep differs out >found
	[ "$(wc -l <found)" = 1 ]
	has found "\"task\":\"$task\""
	# a run that names no such step, or an E step before records that it cannot have made
	sed "s/\"step\":\"apply\"/\"step\":\"mstep\"/" log | sed \$d >forged
	exits 1 lbl-audit replay forged >out 2>err
	has out "\"rule\":\"unexplained\""
	sed "s/\"step\":\"apply\",\"gold\":\"clamp\"/\"step\":\"apply\",\"gold\":\"best\"/" log | sed \$d >forged
	exits 1 lbl-audit replay forged >out 2>err
	has out "options: expected step apply"
'
t 'counts and models are no findings' '
	for f in c-0 good; do
		exits 0 lbl-audit replay $f >out 2>err
		has err " 0 findings"
	done
	cat c-0 c-1 good >all
	exits 0 lbl-audit replay all >out 2>err
	has err "not replayed: 2 runs of \"lbl-agree --estep\""
'
finish
