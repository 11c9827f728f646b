#!/bin/sh
# lbl-assign: records in, assignments out, to the byte; what is refused; what is told.
. "${0%/*}/lib.sh"

put roster '{"kind":"task","task":"t1","data":{"text":"good"}}' \
	'{"kind":"task","task":"t2","data":{"text":"gut"},"skills":["de"]}' \
	'{"kind":"worker","worker":"ann","skills":["de","en"]}' \
	'{"kind":"worker","worker":"bob","conflicts":["cyd"]}' \
	'{"kind":"worker","worker":"cyd","skills":["de"],"capacity":1}' \
	'{"kind":"worker","worker":"dan","identity":"ann","skills":["de"]}'

# given - the assignments in out, "task worker reason" a line
given() {
	sed -n 's/^{"kind":"assignment","task":"\(.*\)","worker":"\(.*\)","reason":"\(.*\)"}$/\1 \2 \3/p' out
}

# gives TEXT - given is exactly this, lines joined by ", "
gives() {
	got=$(given | paste -sd, - | sed 's/,/, /g')
	[ "$got" = "$1" ] || {
		echo "got:  $got"
		echo "want: $1"
		return 1
	}
}

# assign CODE OPTION... - with --only and -q, into out; err is kept
assign() {
	code=$1
	shift
	exits "$code" lbl-assign -q --only "$@" >out 2>err
}

# ---- the whole output ----------------------------------------------------------

t 'lines pass through, then run, assignments and end mark' '
	exits 0 lbl-assign -k 2 --seed spring roster >out 2>err
	{
		cat roster
		echo "{\"kind\":\"run\",\"tool\":\"lbl-assign\",\"version\":\"0.1.0\",\"options\":{\"k\":2,\"cap\":null},\"seed\":\"spring\"}"
		echo "{\"kind\":\"assignment\",\"task\":\"t1\",\"worker\":\"bob\",\"reason\":\"base\"}"
		echo "{\"kind\":\"assignment\",\"task\":\"t1\",\"worker\":\"dan\",\"reason\":\"base\"}"
		echo "{\"kind\":\"assignment\",\"task\":\"t2\",\"worker\":\"ann\",\"reason\":\"base\"}"
		echo "{\"kind\":\"assignment\",\"task\":\"t2\",\"worker\":\"cyd\",\"reason\":\"base\"}"
		echo "{\"kind\":\"end\",\"tool\":\"lbl-assign\",\"records\":11,\"xxh3\":\"d965e47aa4d93066f064a4efd37be772\"}"
	} >want
	same want out
	says err "lbl-assign: the input has no end mark: it may have been cut short"
'
t 'from standard input, and a sealed input needs no note' '
	lbl-assign -q -k 2 --seed spring roster >sealed
	exits 0 lbl-assign -k 2 --seed spring <sealed >out 2>err
	empty err
'
t '--only leaves out the input' '
	assign 0 -k 2 --seed spring --cap 7 roster
	[ "$(wc -l <out)" -eq 6 ]
	has out "\"options\":{\"k\":2,\"cap\":7},\"seed\":\"spring\"}"
'
t 'the default is three labels, no cap, the empty seed' '
	assign 1 roster
	has out "\"options\":{\"k\":3,\"cap\":null},\"seed\":\"\"}"
'
t 'other kinds, and fields unknown, do not matter' '
	lbl-assign -q --only -k 2 --seed spring roster >want
	sed "s/}\$/,\"more\":[1]}/" roster >more
	put others "{\"kind\":\"gold\",\"task\":\"t9\",\"value\":1}" "{\"x\":1}" "{\"kind\":\"worker2\",\"worker\":1}"
	assign 0 -k 2 --seed spring more others
	same want out
'
t 'nothing in, only a run record out' '
	: >none
	assign 0 none
	[ "$(wc -l <out)" -eq 2 ]
	empty err
'
t 'text that needs escapes comes back escaped' '
	put in "{\"kind\":\"task\",\"task\":\"a\\\"b\\\\\",\"data\":0}" "{\"kind\":\"worker\",\"worker\":\"\\u00e9\"}"
	assign 0 -k 1 --seed "\"" in
	has out "\"seed\":\"\\\"\"}"
	has out "{\"kind\":\"assignment\",\"task\":\"a\\\"b\\\\\",\"worker\":\"é\",\"reason\":\"base\"}"
'

# ---- the rules -----------------------------------------------------------------

t 'skills: all of the task'\''s, whatever their order' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0,\"skills\":[\"x\",\"y\"]}" \
		"{\"kind\":\"worker\",\"worker\":\"none\"}" "{\"kind\":\"worker\",\"worker\":\"x\",\"skills\":[\"x\",\"x\"]}" \
		"{\"kind\":\"worker\",\"worker\":\"yzx\",\"skills\":[\"y\",\"z\",\"x\"]}" \
		"{\"kind\":\"worker\",\"worker\":\"yx\",\"skills\":[\"y\",\"x\",\"y\"]}"
	assign 1 in
	gives "t yx base, t yzx base"
	says err "lbl-assign: 1 task is short of workers, 1 seat stays empty; the first task is \"t\""
'
t 'an identity sits once, under whatever account' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" "{\"kind\":\"worker\",\"worker\":\"p\"}" \
		"{\"kind\":\"worker\",\"worker\":\"a\",\"identity\":\"p\"}" "{\"kind\":\"worker\",\"worker\":\"q\"}" \
		"{\"kind\":\"worker\",\"worker\":\"b\",\"identity\":\"p\"}"
	assign 1 in
	[ "$(given | grep -c " q ")" -eq 1 ]
	[ "$(given | wc -l)" -eq 2 ]
'
t 'conflicts hold both ways, by worker, by identity, for all accounts' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" \
		"{\"kind\":\"worker\",\"worker\":\"a1\",\"identity\":\"a\",\"conflicts\":[\"b1\"]}" \
		"{\"kind\":\"worker\",\"worker\":\"a2\",\"identity\":\"a\"}" \
		"{\"kind\":\"worker\",\"worker\":\"b1\",\"identity\":\"b\"}" "{\"kind\":\"worker\",\"worker\":\"b2\",\"identity\":\"b\"}"
	for seed in 1 2 3 4 5 6 7 8; do
		assign 1 -k 2 --seed $seed in
		[ "$(given | wc -l)" -eq 1 ]
		given
	done >seen
	grep -q " a" seen
	grep -q " b" seen
	sed "s/\\[\"b1\"\\]/[\"b\"]/" in >named
	assign 1 -k 2 named
	[ "$(given | wc -l)" -eq 1 ]
	sed "s/,\"conflicts\":\\[\"b1\"\\]//" in >friends
	assign 0 -k 2 friends
'
t 'a label or assignment takes a seat, of a worker unknown too' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" "{\"kind\":\"worker\",\"worker\":\"a\"}" \
		"{\"kind\":\"worker\",\"worker\":\"b\",\"identity\":\"z\"}" "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"z\",\"value\":1}" \
		"{\"kind\":\"assignment\",\"task\":\"t\",\"worker\":\"y\",\"reason\":\"base\"}"
	assign 0 in
	gives "t a base"
	assign 0 -k 2 in
	gives ""
	assign 1 -k 4 in
	gives "t a base"
'
t 'an assignment and its label are one seat; two accounts of one person too' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" "{\"kind\":\"worker\",\"worker\":\"a\"}" \
		"{\"kind\":\"worker\",\"worker\":\"b\",\"identity\":\"a\"}" "{\"kind\":\"worker\",\"worker\":\"c\"}" \
		"{\"kind\":\"assignment\",\"task\":\"t\",\"worker\":\"a\",\"reason\":\"base\"}" \
		"{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"a\",\"value\":1}" "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"b\",\"value\":1}"
	assign 0 -k 2 in
	gives "t c base"
'
t 'a review keeps its worker off the task and fills no seat' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" "{\"kind\":\"worker\",\"worker\":\"a\"}" \
		"{\"kind\":\"worker\",\"worker\":\"b\"}" "{\"kind\":\"assignment\",\"task\":\"t\",\"worker\":\"a\",\"reason\":\"review\"}"
	assign 0 -k 1 in
	gives "t b base"
	assign 1 -k 2 in
	gives "t b base"
'
t 'caps count what a worker has already, on tasks not in the stream too' '
	put in "{\"kind\":\"task\",\"task\":\"t1\",\"data\":0}" "{\"kind\":\"task\",\"task\":\"t2\",\"data\":0}" \
		"{\"kind\":\"worker\",\"worker\":\"a\"}" "{\"kind\":\"label\",\"task\":\"old\",\"worker\":\"a\",\"value\":1}" \
		"{\"kind\":\"label\",\"task\":\"old\",\"worker\":\"a\",\"value\":2}"
	assign 0 -k 1 --cap 3 in
	assign 1 -k 1 --cap 2 in
	[ "$(given | wc -l)" -eq 1 ]
	assign 1 -k 1 --cap 1 in
	gives ""
	says err "lbl-assign: 2 tasks are short of workers, 2 seats stay empty; the first task is \"t1\""
'
t 'capacity lowers the cap and never raises it' '
	put in "{\"kind\":\"task\",\"task\":\"t1\",\"data\":0}" "{\"kind\":\"task\",\"task\":\"t2\",\"data\":0}" \
		"{\"kind\":\"worker\",\"worker\":\"a\",\"capacity\":0}" "{\"kind\":\"worker\",\"worker\":\"b\",\"capacity\":9}"
	assign 0 -k 1 in
	gives "t1 b base, t2 b base"
	assign 1 -k 1 --cap 1 in
	[ "$(given | wc -l)" -eq 1 ]
'
t 'a full worker makes room by moving: two tasks, one of whom only he can do' '
	put in "{\"kind\":\"task\",\"task\":\"t1\",\"data\":0}" "{\"kind\":\"task\",\"task\":\"t2\",\"data\":0,\"skills\":[\"x\"]}" \
		"{\"kind\":\"worker\",\"worker\":\"a\",\"skills\":[\"x\"]}" "{\"kind\":\"worker\",\"worker\":\"b\"}"
	for seed in 1 2 3 4 5 6 7 8; do
		assign 0 -k 1 --cap 1 --seed $seed in
		gives "t1 b base, t2 a base"
	done
'
t 'a later record of a task or worker replaces the earlier, and that is told' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" "{\"kind\":\"worker\",\"worker\":\"a\"}" \
		"{\"kind\":\"worker\",\"worker\":\"b\",\"capacity\":0}" "{\"kind\":\"task\",\"task\":\"t\",\"data\":1,\"skills\":[\"x\"]}" \
		"{\"kind\":\"worker\",\"worker\":\"b\",\"skills\":[\"x\"]}" "{\"kind\":\"worker\",\"worker\":\"b\",\"skills\":[\"x\"]}"
	exits 0 lbl-assign --only -k 1 in >out 2>err
	gives "t b base"
	put want "lbl-assign: the input has no end mark: it may have been cut short" \
		"lbl-assign: 1 task record was replaced by a later one of the same task" \
		"lbl-assign: 2 worker records were replaced by a later one of the same worker"
	same want err
'
t 'an address is one worker in any case' '
	put in "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" \
		"{\"kind\":\"worker\",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"}" \
		"{\"kind\":\"worker\",\"worker\":\"b\",\"conflicts\":[\"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\"]}" \
		"{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\",\"value\":1}"
	assign 1 -k 2 in
	gives ""
'

# ---- what is refused --------------------------------------------------------------

t 'skills are strings' '
	put bad "{\"kind\":\"worker\",\"worker\":\"a\",\"skills\":[\"x\",7]}"
	exits 65 lbl-assign bad >out 2>err
	says err "lbl-assign: bad:1: field \"skills[1]\": expected a string, got a number (byte 45)"
'
t 'conflicts are ids' '
	put bad "{\"kind\":\"worker\",\"worker\":\"a\",\"conflicts\":[\"\"]}"
	exits 65 lbl-assign bad >out 2>err
	says err "lbl-assign: bad:1: field \"conflicts[0]\": is empty (byte 44)"
'
t 'a capacity is a whole number' '
	put bad "{\"kind\":\"worker\",\"worker\":\"a\",\"capacity\":-1}"
	exits 65 lbl-assign bad >out 2>err
	says err "lbl-assign: bad:1: field \"capacity\": expected a whole number from 0 to 9007199254740992, got -1 (byte 42)"
'
t 'bad lines go to --rejects, and the status is 1' '
	put bad "{\"kind\":\"task\",\"task\":\"t\",\"data\":0}" "{\"kind\":\"worker\",\"worker\":\"\"}" "{\"kind\":\"worker\",\"worker\":\"a\"}"
	assign 1 -k 1 --rejects rej bad
	gives "t a base"
	says err "lbl-assign: 1 bad line written to rej"
'
t 'options out of range' '
	exits 64 lbl-assign --k 0 roster 2>err
	says err "lbl-assign: --k: 0 is not from 1 to 1000 (see lbl-assign --help)"
	exits 64 lbl-assign --cap 0 roster 2>err
	says err "lbl-assign: --cap: 0 is not from 1 to 4000000000 (see lbl-assign --help)"
	exits 64 lbl-assign --seed "$(printf %257s x)" roster 2>err
	says err "lbl-assign: --seed: longer than 256 bytes (see lbl-assign --help)"
	exits 64 lbl-assign --seed "$(printf "\\377")" roster 2>err
	says err "lbl-assign: --seed: not UTF-8 (see lbl-assign --help)"
	exits 66 lbl-assign nowhere 2>err
	says err "lbl-assign: nowhere: No such file or directory"
'
finish
