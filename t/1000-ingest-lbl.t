#!/bin/sh
# lbl-ingest on records: what is right passes byte for byte, what is not stops it.
# shellcheck disable=SC2016
. "${0%/*}/lib.sh"

# bad RECORD MESSAGE - the record alone is refused with the message
bad() {
	put in "$1"
	exits 65 lbl-ingest in >out 2>err
	empty out
	says err "lbl-ingest: in:1: $2"
}

put good \
	'{"kind":"task","task":"t1","data":{"text":"a"},"type":"class","choices":["x","y"],"skills":[],"group":"g","reward":"1500"}' \
	'{"kind":"worker","worker":"w1","identity":"i1","skills":["de"],"capacity":20,"at":"2026-11-22T09:51:00Z"}' \
	'{"kind":"gold","task":"t1","value":"x"}' \
	'{ "task" : "t1",  "kind":"label", "worker":"w1","value":[1],"at":"2026-11-22T09:51:00.25Z","ms":4288,"confidence":0.5,"more":null}' \
	'{"kind":"review","task":"t1","worker":"w1","reviewer":"r","verdict":"accept"}' \
	'{"kind":"unheard-of","worker":7}' \
	'{"no":"kind"}'

t 'records pass unchanged and are sealed' '
	exits 0 lbl-ingest good >out 2>err
	empty err
	{ cat good; echo "{\"kind\":\"end\",\"tool\":\"lbl-ingest\",\"records\":7,\"xxh3\":\"4180648647fa3185077d5109240b09c6\"}"; } >want
	same want out
'
t 'from standard input too, and --from lbl is the default' '
	exits 0 lbl-ingest --from lbl - <good >out2 2>err
	empty err
	exits 0 lbl-ingest good >out
	same out out2
'
t 'its own output is read again: old marks are checked and dropped' '
	lbl-ingest good >once
	exits 0 lbl-ingest once >twice 2>err
	empty err
	same once twice
'
t 'a mark that does not match is refused' '
	lbl-ingest good | sed 1d >cut
	exits 65 lbl-ingest cut >out 2>err
	says err "lbl-ingest: cut:7: end mark does not match: it covers 7 lines, here are 6"
'
t 'a CR and blank lines stay' '
	printf "{\"kind\":\"gold\",\"task\":\"t\",\"value\":1}\r\n\n" >crlf
	exits 0 lbl-ingest crlf >out 2>err
	head -n 2 out >two
	same crlf two
'
t '--only checks and copies nothing' '
	exits 0 lbl-ingest --only good >out 2>err
	says out "{\"kind\":\"end\",\"tool\":\"lbl-ingest\",\"records\":0,\"xxh3\":\"99aa06d3014798d86001c324468d497f\"}"
'
t 'nothing in, only a mark out' '
	exits 0 lbl-ingest </dev/null >out 2>err
	says out "{\"kind\":\"end\",\"tool\":\"lbl-ingest\",\"records\":0,\"xxh3\":\"99aa06d3014798d86001c324468d497f\"}"
	empty err
'

t 'task without data' 'bad "{\"kind\":\"task\",\"task\":\"t\"}" "field \"data\" is missing"'
t 'worker is a number' 'bad "{\"kind\":\"label\",\"task\":\"t\",\"worker\":7,\"value\":1}" \
	"field \"worker\": expected a string, got a number (byte 37)"'
t 'empty identifier' 'bad "{\"kind\":\"gold\",\"task\":\"\",\"value\":1}" "field \"task\": is empty (byte 23)"'
t 'address with a wrong checksum' 'bad \
	"{\"kind\":\"worker\",\"worker\":\"0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"}" \
	"field \"worker\": address has a wrong checksum (EIP-55) (byte 27)"'
t 'address with the right one' '
	put in "{\"kind\":\"worker\",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"}"
	exits 0 lbl-ingest in >out 2>err
	head -n 1 out >one
	same in one
'
t 'a time that is none' 'bad "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"w\",\"value\":1,\"at\":\"2026-02-30T00:00:00Z\"}" \
	"field \"at\": expected a time such as 2026-11-22T09:51:00Z, got \"2026-02-30T00:00:00Z\" (byte 56)"'
t 'ms with a fraction' 'bad "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"w\",\"value\":1,\"ms\":1.5}" \
	"field \"ms\": expected a whole number from 0 to 9007199254740992, got 1.5 (byte 56)"'
t 'a verdict that is none' 'bad "{\"kind\":\"review\",\"task\":\"t\",\"worker\":\"w\",\"reviewer\":\"r\",\"verdict\":\"maybe\"}" \
	"field \"verdict\": expected accept or reject, got \"maybe\" (byte 67)"'
t 'kinds of other commands are checked too' '
	for kind in assignment consensus skill score payment tx receipt run; do
		put in "{\"kind\":\"$kind\"}"
		exits 65 lbl-ingest in >out 2>err
		has err "lbl-ingest: in:1: field \""
		has err "is missing"
	done
'
t 'no JSON' 'bad "task,worker" "expected an object (byte 1)"'
t 'a line number counts from the start of its file' '
	put a "{\"kind\":\"gold\",\"task\":\"t\",\"value\":1}"
	put b "" "{\"kind\":\"gold\"}"
	exits 65 lbl-ingest a b >out 2>err
	says err "lbl-ingest: b:2: field \"task\" is missing"
'
t 'standard input has lines and no name' '
	exits 65 lbl-ingest <b >out 2>err
	says err "lbl-ingest: line 2: field \"task\" is missing"
'
t '--rejects keeps the bad line and goes on' '
	put in "{\"kind\":\"gold\",\"task\":\"t\",\"value\":1}" "{\"kind\":\"gold\",\"task\":7,\"value\":1}" "{\"kind\":\"x\"}"
	exits 1 lbl-ingest --rejects bad in >out 2>err
	says err "lbl-ingest: 1 bad line written to bad"
	says bad "{\"kind\":\"reject\",\"file\":\"in\",\"line\":2,\"error\":\"field \\\"task\\\": expected a string, got a number\",\"raw\":\"{\\\"kind\\\":\\\"gold\\\",\\\"task\\\":7,\\\"value\\\":1}\"}"
	sed 2d in >want
	head -n 2 out >two
	same want two
'

# usage OPTIONS... MESSAGE
usage() {
	for last; do :; done
	set -- "$last" "$@"
	want=$1
	shift
	n=$#
	while [ "$n" -gt 1 ]; do
		set -- "$@" "$1"
		shift
		n=$((n - 1))
	done
	shift
	exits 64 lbl-ingest "$@" </dev/null >out 2>err
	empty out
	says err "lbl-ingest: $want (see lbl-ingest --help)"
}

t '--as means nothing to records' 'usage --as task "--as goes with --from csv, tsv or label-studio, not with lbl"'
t '--map neither' 'usage --map task=a "--map goes with --from csv or tsv, not with lbl"'
t '--map is not for label-studio' 'usage --from label-studio --map task=a "--map goes with --from csv or tsv, not with label-studio"'
t '--number is for tables' 'usage --from label-studio --number "--number goes with --from csv or tsv, not with label-studio"'
t '--list is not for records' 'usage --list "--list goes with --from csv, tsv or label-studio, not with lbl"'
t '--field is for label-studio' 'usage --from csv --field x "--field goes with --from label-studio, not with csv"'
t '--worker-key is too' 'usage --from tsv --worker-key x "--worker-key goes with --from label-studio, not with tsv"'
t '--task-key is too' 'usage --task-key x "--task-key goes with --from label-studio, not with lbl"'
t 'label-studio knows no reviews' 'usage --from label-studio --as review "--from label-studio makes label, gold and task records, not review"'
t 'another format' 'usage --from xml "--from: want lbl|csv|tsv|label-studio, got \"xml\""'
t 'standard input twice' '
	for from in lbl csv label-studio; do
		usage --from $from - - "\"-\" stands twice: standard input can be read once"
	done
'
t 'a file that is not there' '
	for from in lbl csv tsv label-studio; do
		exits 66 lbl-ingest --from $from none >out 2>err
		says err "lbl-ingest: none: No such file or directory"
	done
'
t 'a folder' '
	mkdir -p folder
	for from in lbl csv label-studio; do
		exits 66 lbl-ingest --from $from folder >out 2>err
		says err "lbl-ingest: folder: is a directory"
	done
'
t 'the rejects may not go over the input, nor into the output' '
	put x.csv task,worker,value t,w,v
	cp x.csv x.json
	cp x.csv copy
	for from in lbl csv label-studio; do
		exits 64 lbl-ingest --from $from --rejects x.csv x.csv >out 2>err
		says err "lbl-ingest: --rejects x.csv: is the input (see lbl-ingest --help)"
		same copy x.csv
		exits 64 lbl-ingest --from $from --rejects out x.csv >out 2>err
		says err "lbl-ingest: --rejects out: is the output (see lbl-ingest --help)"
		exits 64 lbl-ingest --from $from x.csv >>x.csv 2>err
		says err "lbl-ingest: x.csv: is the input and the output (see lbl-ingest --help)"
		same copy x.csv
	done
'
t 'a full disk is told' '
	put x.csv task,worker,value t,w,v
	put x.json "[]"
	exits 74 lbl-ingest --from csv x.csv >/dev/full 2>err
	says err "lbl-ingest: cannot write to standard output: No space left on device"
	exits 74 lbl-ingest --from label-studio x.json >/dev/full 2>err
	exits 74 lbl-ingest good >/dev/full 2>err
'
finish
