#!/bin/sh
# lbl-agree on ten million labels, beside plain numpy and, where it is installed, crowd-kit.
#
# The labels are gen-labels', kept in $LBL_BUILD/perf.  Runs print their records only, to
# nowhere; seconds are of the wall, the whole process from NDJSON to the last record, the
# better of two turns; memory is the most that was resident.  An iteration is what 10
# iterations and 100 differ by, over 90.  PYTHON says which Python has numpy and crowd-kit;
# t/perf/agree/crowdkit-venv makes one with crowd-kit.
#
# LBL_LABELS=N measures on N labels instead, against bounds that are then not the promised ones.
set -eu
most=${LBL_LABELS:-10000000}
here=t/perf/agree
made=$LBL_BUILD/perf

# labels N - the file with N labels
labels() {
	_f=$made/labels.$1.ndjson
	if ! [ -e "$_f" ]; then
		gen-labels "$1" >"$_f.new"
		mv "$_f.new" "$_f"
	fi
	echo "$_f"
}

# run TURNS OPTION... FILE... - wall seconds and megabytes of lbl-agree, the best turn
run() {
	_turns=$1
	shift
	while [ "$_turns" -gt 0 ]; do
		timed lbl-agree -q --only "$@"
		_turns=$((_turns - 1))
	done >"$made/turns" || return
	jq -sr '"\(map(.wall) | min) \(map(.memory) | max)"' "$made/turns"
}

# calc EXPRESSION - of awk
calc() {
	awk "BEGIN { printf \"%.6g\", ($1) }"
}

# figure NAME VALUE UNIT [most|least BOUND [PEER RATIO]]; - for what there is none of.
# The bound is on VALUE; one on the ratio has a figure of its own.
figure() {
	jq -cn --arg name "$1" --arg value "$2" --arg unit "$3" --arg sense "${4--}" --arg bound "${5--}" \
		--arg peer "${6--}" --arg ratio "${7--}" '
		def number: if . == "-" then null else tonumber end;
		($value | number) as $v | ($bound | number) as $b
		| { figure: ("agree." + $name), value: $v, unit: $unit, bound: $b,
			ok: (if $v == null then null elif $b == null then true elif $sense == "most" then $v <= $b else $v >= $b end),
			peer: (if $peer == "-" then null else $peer end), ratio: ($ratio | number) }'
}

# measure TURNS OPTION... FILE... - $seconds and $memory
measure() {
	seconds=$(run "$@")
	memory=${seconds#* } seconds=${seconds% *}
}

echo "agree: load $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime), $(getconf _NPROCESSORS_ONLN) cores" >&2
file=$(labels "$most")

# ---- ten million

measure 2 --method mv "$file"
mv_memory=$memory mv=$seconds
figure mv.seconds "$mv" s most 2.5
measure 1 --method ds --iterations 10 --tolerance -1 "$file"
ds10=$seconds
measure 1 --method ds --iterations 100 --tolerance -1 "$file"
ds=$(calc "($seconds - $ds10) / 90")
figure ds.seconds "$seconds" s most 12
figure ds.iteration "$ds" s most .10
figure memory "$(calc "$memory > $mv_memory ? $memory : $mv_memory")" MB most 500

# a second copy of the file changes nothing in the output: its cost is that of reading, of
# grouping, and of finding that all of it repeats
measure 2 --method mv --threads 1 "$file"
one=$seconds
measure 2 --method mv --threads 1 "$file" "$file"
figure read.lines_per_s "$(calc "int($most / ($seconds - $one))")" 'lines/s a core' least 4000000
figure mv.lines_per_s "$(calc "int($most / $one)")" 'lines/s a core, output too'

million=$(labels $((most / 10)))
measure 1 --method glad --iterations 5 --tolerance -1 "$million"
glad=$seconds
measure 1 --method glad --iterations 15 --tolerance -1 "$million"
figure glad.iteration "$(calc "($seconds - $glad) / 10")" s most 1

# ---- peers

# python MODULE - one that has it, or nothing
python() {
	for _p in ${PYTHON:+"$PYTHON"} python3 /usr/bin/python3 "$made/venv/bin/python"; do
		if "$_p" -c "import $1" 2>/dev/null; then
			echo "$_p"
			return
		fi
	done
}

numpy=$(python numpy)
if [ -n "$numpy" ]; then
	gen-labels --binary "$most" >"$made/labels.bin"
	peer=$("$numpy" $here/ds_numpy.py "$made/labels.bin" 3)
	rm -f "$made/labels.bin"
	figure ds.iteration.numpy "$peer" s
	figure ds.times_numpy "$(calc "$peer / $ds")" times least 15 'numpy, an iteration' "$(calc "$peer / $ds")"
else
	echo 'agree: no numpy (python3-numpy): not compared' >&2
	figure ds.times_numpy - times least 15 numpy
fi

# Every method that both have.  The seconds are of the whole process here and of fit alone there.
# kos wants two classes, gold-mv gold for a tenth of the tasks.  The medoid is not among them: crowd-kit's ClosestToAverage
# wants a vector for each answer, and no text.
crowdkit=$(python crowdkit)
if [ -n "$crowdkit" ]; then
	n=$((most / 100))
	few=$(labels "$n")
	sed -e 's/"c[02]"/"a"/;s/"c[13]"/"b"/' "$few" >"$made/two"
	{
		gen-labels --gold "$n" | head -n $((n / 50))
		cat "$few"
	} >"$made/gold"
	# other types: each file is of one alone
	type=t/perf/agree/crowd.awk few_of=$((n / 5))
	for name in pair text multi; do
		awk -v type=$name -v n="$few_of" -f $type >"$made/$name"
	done
	# method, iterations of both, labels.  With - both end where they do by themselves: crowd-kit's search for skills by
	# L-BFGS, ours by EM, and what an iteration of one has in common with that of the other is its name.
	while read -r method iterations file; do
		if ! peer=$("$crowdkit" $here/crowdkit_time.py "$method" "$iterations" "$file" 2>"$made/peer.err"); then
			echo "agree: crowd-kit's $method failed: $(tail -1 "$made/peer.err" | cut -c1-200)" >&2
			continue
		fi
		if [ "$iterations" = - ]; then
			measure 3 --method "$method" "$file"
		else
			measure 3 --method "$method" --iterations "$iterations" --tolerance -1 "$file"
		fi
		name=$(echo "$method" | tr '=' .)
		figure "$name.few.crowdkit" "$peer" s
		figure "$name.few.seconds" "$seconds" s - - "crowd-kit, fit alone" "$(calc "$peer / $seconds")"
	done <<-END
		mv 1 $few
		wawa 1 $few
		zbs 100 $few
		gold-mv 1 $made/gold
		ds 10 $few
		onecoin 10 $few
		mace 5 $few
		mmsr 2 $few
		kos 10 $made/two
		glad 1 $few
		pair=bt 100 $made/pair
		pair=skilled - $made/pair
		text=rover 1 $made/text
		multi=mv 1 $made/multi
	END
	rm -f "$made/two" "$made/gold" "$made/pair" "$made/text" "$made/multi"
else
	echo 'agree: no crowd-kit (t/perf/agree/crowdkit-venv): not compared' >&2
fi

# ---- linear: what a label costs, from ten thousand to ten million

# Between the last two sizes it may grow by half, as the tables outgrow the caches; in ten
# thousand labels it is the start of the process that is measured.
for method in mv ds auto; do
	n=$((most / 1000))
	while [ "$n" -le "$most" ]; do
		file=$(labels "$n")
		measure 2 --method $method --iterations 20 --tolerance -1 "$file"
		if [ "$n" -eq "$most" ]; then
			figure "linear.$method.time" "$(calc "$seconds / $n / $label_seconds")" times most 1.5
			figure "linear.$method.memory" "$(calc "$memory / $n / $label_memory")" times most 1.5
		fi
		label_seconds=$(calc "$seconds / $n") label_memory=$(calc "$memory / $n")
		figure "linear.$method.$n.seconds" "$(calc "1e6 * $label_seconds")" 's a million labels'
		figure "linear.$method.$n.memory" "$(calc "1e6 * $label_memory")" 'MB a million labels'
		n=$((n * 10))
	done
done
