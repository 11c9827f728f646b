#!/bin/sh
# The end mark against another implementation of the hash, and against fixed values.
# shellcheck disable=SC2016,SC2154
. "${0%/*}/lib.sh"

# sum_of FILE - XXH3-128 of it, by a program that is not ours
sum_of() {
	xxhsum -H2 <"$1" | cut -d' ' -f1
}

# mark TOOL N SUM - an end mark
mark() {
	printf '{"kind":"end","tool":"%s","records":%s,"xxh3":"%s"}\n' "$1" "$2" "$3"
}

t 'nothing: the published XXH3-128 of no bytes' '
	exits 0 lbl-ingest </dev/null >out
	says out "{\"kind\":\"end\",\"tool\":\"lbl-ingest\",\"records\":0,\"xxh3\":\"99aa06d3014798d86001c324468d497f\"}"
'
t 'one line, its newline included' '
	put in "{}"
	exits 0 lbl-ingest in >out
	tail -n 1 out >got
	says got "{\"kind\":\"end\",\"tool\":\"lbl-ingest\",\"records\":1,\"xxh3\":\"7809095c382d5f77daa13e4f205dc5ba\"}"
'
t 'a mark made by hand is taken, in any order of its fields and with others' '
	{ echo "{}"; mark by-hand 1 7809095c382d5f77daa13e4f205dc5ba; } >in
	exits 0 lbl-agree in >out 2>err
	if grep "end mark" err; then false; fi
	printf "{}\n{\"xxh3\":\"7809095c382d5f77daa13e4f205dc5ba\",\"at\":1,\"records\":1,\"kind\":\"\\\\u0065nd\"}\n" >in
	exits 0 lbl-agree in >out 2>err
	if grep "end mark" err; then false; fi
'
t 'a mark needs the digits as they are' '
	{ echo "{}"; mark by-hand 1 7809095C382D5F77DAA13E4F205DC5BA; } >in
	exits 65 lbl-agree in >out 2>err
	says err "lbl-agree: in:2: end mark does not match: the 1 lines before it were changed"
'

if command -v xxhsum >/dev/null; then
	for c in lbl-ingest lbl-agree lbl-score lbl-assign; do
		t "$c: the mark is what xxhsum says of all lines before it" '
			awk "BEGIN { for (i = 0; i < 5000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w%d\\\",\\\"value\\\":\\\"é%d\\\"}\n\", i % 900, i % 17, i % 3 }" >in
			# blank lines count, and a newline is added
			printf "\n\r\n \n{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w1\",\"value\":\"a\"}" >>in
			exits 0 $c -q in >out
			sed \$d out >body
			{ cat body; mark $c "$(wc -l <body)" "$(sum_of body)"; } >want
			same want out
		'
		t "$c: also when each line is written at once" '
			exits 0 $c -q --unbuffered in >out2
			same out out2
		'
		t "$c: also with --only" '
			exits 0 $c -q --only in >out
			sed \$d out >body
			{ cat body; mark $c "$(wc -l <body | tr -d " ")" "$(sum_of body)"; } >want
			same want out
		'
	done
	t 'the count starts again behind a mark' '
		lbl-agree -q in >a
		{ cat a; sed \$d in; } >both             # its last line has no newline
		sed \$d in >rest
		{ cat both; mark x "$(wc -l <rest)" "$(sum_of rest)"; } >sealed
		exits 0 lbl-score sealed >out 2>err
		if grep "end mark" err; then false; fi
	'
else
	skip 'the mark is what xxhsum says' 'no xxhsum: it is in the package xxhash'
fi
finish
