#!/bin/sh
# Label Studio's export to consensus, for each type of result: lbl-ingest declares what the tasks are,
# and lbl-agree does what the type wants.
# shellcheck disable=SC2016,SC2034,SC2154,SC2120   # t evaluates text
. "${0%/*}/lib.sh"

# result TYPE VALUE [MORE] - a result of the field f; region TYPE VALUE - one on an image of 200 x 100
result() {
	printf '{"from_name":"f","to_name":"x","type":"%s"%s,"value":%s}' "$1" "${3-}" "$2"
}
region() {
	result "$1" "$2" ',"original_width":200,"original_height":100'
}
# by WORKER RESULT... - an annotation
by() {
	printf '{"id":1,"completed_by":"%s","result":[' "$1"
	shift
	comma=
	for r; do
		printf '%s%s' "$comma" "$r"
		comma=,
	done
	printf ']}'
}
# of ID DATA ANNOTATION... - a task
of() {
	printf '{"id":%s,"data":%s,"annotations":[' "$1" "$2"
	shift 2
	comma=
	for a; do
		printf '%s%s' "$comma" "$a"
		comma=,
	done
	printf ']}'
}
# export_of TASK... > x.json
export_of() {
	comma=
	printf '['
	for k; do
		printf '%s%s' "$comma" "$k"
		comma=,
	done
	printf ']\n'
}

# taken [OPTIONS...] - what lbl-ingest makes of x.json is in `in`, what lbl-agree makes of that in `out`
taken() {
	exits 0 lbl-ingest --from label-studio "$@" x.json >in 2>err
	empty err
	exits 0 lbl-agree -q --only in >out 2>err
	empty err
}
# consensus - value and type of the consensus records in out, a line each
consensus() {
	jq -c 'select(.kind == "consensus") | [.task, .value, .type]' out
}
three() {
	export_of "$(of 1 "$1" "$(by ann "$2")" "$(by bob "$3")" "$(by cyd "$4")")" >x.json
}

t 'choices of one are classes, of which nothing is declared' '
	three "{\"text\":\"x\"}" "$(result choices "{\"choices\":[\"yes\"]}")" "$(result choices "{\"choices\":[\"yes\"]}")" "$(result choices "{\"choices\":[\"no\"]}")"
	taken
	if grep "\"kind\":\"task\"" in; then false; fi
	consensus >got
	says got "[\"1\",\"yes\",null]"
'
t 'choices of several are arrays, all of them, and the tasks of type multi' '
	three "{\"text\":\"x\"}" "$(result choices "{\"choices\":[\"a\",\"b\"]}")" "$(result choices "{\"choices\":[\"a\"]}")" "$(result choices "{\"choices\":[\"a\",\"c\"]}")"
	taken
	head -n 2 in | sed "s/,\"at.*//" >got
	put want "{\"kind\":\"task\",\"task\":\"1\",\"data\":{\"text\":\"x\"},\"type\":\"multi\"}" \
		"{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"ann\",\"value\":[\"a\",\"b\"]}"
	same want got
	has in "\"worker\":\"bob\",\"value\":[\"a\"]}"
	consensus >got
	says got "[\"1\",[\"a\"],\"multi\"]"
	cp out want
	# several results of one field are the same as several choices of one
	three "{\"text\":\"x\"}" "$(result choices "{\"choices\":[\"a\"]}"),$(result choices "{\"choices\":[\"b\"]}")" "$(result choices "{\"choices\":[\"a\"]}")" "$(result choices "{\"choices\":[\"a\",\"c\"]}")"
	taken
	same want out
	three "{\"text\":\"x\"}" "$(result choices "{\"choices\":[\"a\"]}"),$(result choices "{\"choices\":[\"b\"]}")" "$(result choices "{\"choices\":[\"a\"]}")" "$(result choices "{\"choices\":[\"a\"]}")"
	taken
	has in "\"type\":\"multi\"}"
	has in "\"worker\":\"bob\",\"value\":[\"a\"]}"
	three "{\"text\":\"x\"}" "$(result choices "{\"choices\":[\"a\"]}")" "$(result choices "{\"choices\":[\"a\"]}")" "$(result choices "{\"choices\":[\"a\"]}")"
	taken --list
	has in "\"type\":\"multi\"}"
	has in "\"worker\":\"bob\",\"value\":[\"a\"]}"
'
t 'ratings are ordinal: 1 to 5 stars, or to the most that were given' '
	three "{\"text\":\"x\"}" "$(result rating "{\"rating\":4}")" "$(result rating "{\"rating\":4}")" "$(result rating "{\"rating\":1}")"
	taken
	has in "{\"kind\":\"task\",\"task\":\"1\",\"data\":{\"text\":\"x\"},\"type\":\"ordinal\",\"choices\":[1,2,3,4,5]}"
	consensus >got
	says got "[\"1\",4,\"ordinal\"]"
	three "{\"text\":\"x\"}" "$(result rating "{\"rating\":7}")" "$(result rating "{\"rating\":7}")" "$(result rating "{\"rating\":1}")"
	taken
	has in "\"choices\":[1,2,3,4,5,6,7]}"
	three "{\"text\":\"x\"}" "$(result rating "{\"rating\":2.5}")" "$(result rating "{\"rating\":3}")" "$(result rating "{\"rating\":3.5}")"
	taken
	has in "\"type\":\"number\"}"
'
t 'numbers' '
	three "{\"text\":\"x\"}" "$(result number "{\"number\":3}")" "$(result number "{\"number\":3}")" "$(result number "{\"number\":3.0}")"
	taken
	has in "\"type\":\"number\"}"
	consensus >got
	says got "[\"1\",3,\"number\"]"
'
t 'texts' '
	three "{\"text\":\"x\"}" "$(result textarea "{\"text\":[\"one two\"]}")" "$(result textarea "{\"text\":[\"one two\"]}")" "$(result textarea "{\"text\":\"one too\"}")"
	taken
	has in "\"type\":\"text\"}"
	consensus >got
	says got "[\"1\",\"one two\",\"text\"]"
'
left=$(result pairwise '{"selected":"left"}') right=$(result pairwise '{"selected":"right"}')
t 'pairs: the items are those that to_name names' '
	for data in "{\"b\":\"beta\",\"a\":\"alpha\",\"q\":1}"; do
		three "$data" "$left" "$left" "$right"
		sed "s/\"to_name\":\"x\"/\"to_name\":\"b, a\"/g" x.json >y && mv y x.json
		taken
	done
	has in "{\"kind\":\"task\",\"task\":\"1\",\"data\":{\"left\":\"beta\",\"right\":\"alpha\",\"b\":\"beta\",\"a\":\"alpha\",\"q\":1},\"type\":\"pair\"}"
	consensus >got
	says got "[\"1\",\"left\",\"pair\"]"
	jq -r "select(.kind == \"item\") | .item" out | sort >got
	put want alpha beta
	same want got
'
t 'or left and right, or text1 and text2' '
	three "{\"right\":\"R\",\"left\":\"L\",\"text1\":\"x\",\"text2\":\"y\"}" "$left" "$left" "$right"
	taken
	has in "\"data\":{\"right\":\"R\",\"left\":\"L\",\"text1\":\"x\",\"text2\":\"y\"},\"type\":\"pair\"}"
	three "{\"prompt\":\"p\",\"text2\":\"y\",\"text1\":\"x\"}" "$left" "$left" "$right"
	taken
	has in "\"data\":{\"left\":\"x\",\"right\":\"y\",\"prompt\":\"p\",\"text2\":\"y\",\"text1\":\"x\"},\"type\":\"pair\"}"
'
t 'else they are no pairs, and that is told' '
	for data in "{\"prompt\":\"p\",\"answers\":[\"y\",\"x\"]}" "{\"text1\":\"x\",\"text2\":\"y\",\"text3\":\"z\"}" "{\"left\":1,\"text1\":\"x\",\"text2\":\"y\"}"; do
		three "$data" "$left" "$left" "$right"
		exits 0 lbl-ingest --from label-studio x.json >in 2>err
		says err "lbl-ingest: 1 task does not tell the two items that are compared: it is no pair"
		if grep "\"type\"" in; then false; fi
		exits 0 lbl-agree -q --only in >out 2>err
		consensus >got
		says got "[\"1\",\"left\",null]"
	done
'
t 'boxes; who draws none says that there are none' '
	box="{\"x\":10,\"y\":10,\"width\":20,\"height\":40,\"rotation\":0,\"rectanglelabels\":[\"car\"]}"
	ghost="{\"x\":70,\"y\":10,\"width\":20,\"height\":40,\"rotation\":0,\"rectanglelabels\":[\"car\"]}"
	export_of "$(of 1 "{\"image\":\"x\"}" "$(by ann "$(region rectanglelabels "$box")" "$(region rectanglelabels "$ghost")")" \
		"$(by bob "$(region rectanglelabels "$box")")" "$(by cyd "$(region rectanglelabels "$box")")")" \
		"$(of 2 "{\"image\":\"y\"}" "$(by ann "$(region rectanglelabels "$ghost")")" "$(by bob)" "$(by cyd)")" >x.json
	exits 0 lbl-ingest --from label-studio x.json >in 2>err
	says err "lbl-ingest: 2 annotations mark nothing: their labels are empty lists"
	exits 0 lbl-agree -q --only in >out 2>err
	consensus >got
	put want "[\"1\",[{\"label\":\"car\",\"x\":20,\"y\":10,\"w\":40,\"h\":40}],\"box\"]" "[\"2\",[],\"box\"]"
	same want got
'
t 'spans' '
	export_of "$(of 1 "{\"text\":\"Ann lives in Köln 😀 now\"}" "$(by ann "$(result labels "{\"start\":13,\"end\":17,\"text\":\"Köln\",\"labels\":[\"LOC\"]}")")" \
		"$(by bob "$(result labels "{\"start\":13,\"end\":17,\"text\":\"Köln\",\"labels\":[\"LOC\"]}")" "$(result labels "{\"start\":20,\"end\":23,\"labels\":[\"T\"]}")")" "$(by cyd)")" >x.json
	exits 0 lbl-ingest --from label-studio x.json >in 2>err
	says err "lbl-ingest: 1 annotation marks nothing: its label is an empty list"
	exits 0 lbl-agree -q --only -m span=vote in >out 2>err
	consensus >got
	says got "[\"1\",[{\"label\":\"LOC\",\"start\":13,\"end\":17}],\"span\"]"
	sed "s/\"end\":23/\"end\":24/" in | grep -v "\"end\",\|kind\":\"end" >bad
	exits 65 lbl-agree -q bad >out 2>err
	has err "has a span to 24: the text has 23 characters"
'
t 'spans of a recording, and what else cannot be aggregated, keep the name of their type' '
	three "{\"audio\":\"x\"}" "$(result labels "{\"start\":1.5,\"end\":3,\"labels\":[\"a\"]}")" "$(result labels "{\"start\":1,\"end\":3,\"labels\":[\"a\"]}")" "$(result labels "{\"start\":1,\"end\":3,\"labels\":[\"a\"]}")"
	exits 0 lbl-ingest --from label-studio x.json >in 2>err
	has in "\"type\":\"labels\"}"
	exits 0 lbl-agree --only in >out 2>err
	says err "lbl-agree: 1 task is of a type that has no methods here: no consensus"
	three "{\"text\":\"x\"}" "$(result ranker "{\"ranker\":[\"a\",\"b\"]}")" "$(result ranker "{\"ranker\":[\"a\",\"b\"]}")" "$(result ranker "{\"ranker\":[\"b\",\"a\"]}")"
	exits 0 lbl-ingest --from label-studio x.json >in 2>err
	has in "\"type\":\"ranker\"}"
	exits 0 lbl-agree -q --only in >out 2>err
	three "{\"text\":\"x\"}" "$(result textarea "{\"text\":[\"a\",\"b\"]}")" "$(result textarea "{\"text\":\"x\"}")" "$(result textarea "{\"text\":\"x\"}")"
	exits 0 lbl-ingest --from label-studio x.json >in 2>err
	has in "\"type\":\"list\"}"
	exits 0 lbl-agree -q --only in >out 2>err
	three "{\"text\":\"x\"}" "$(result number "{\"number\":1}")" "$(result choices "{\"choices\":[\"x\"]}")" "$(result choices "{\"choices\":[\"x\"]}")"
	exits 0 lbl-ingest --from label-studio x.json >in 2>err
	has in "\"type\":\"mixed\"}"
'
t 'ground truth judges' '
	export_of "$(of 1 "{\"text\":\"abcdefghij\"}" "$(by ann "$(result labels "{\"start\":1,\"end\":4,\"labels\":[\"L\"]}")")" "$(by eve | sed "s/{\"id\"/{\"ground_truth\":true,\"id\"/")")" >x.json
	exits 0 lbl-ingest -q --from label-studio x.json >in 2>err
	has in "{\"kind\":\"gold\",\"task\":\"1\",\"value\":[]}"
	exits 0 lbl-agree -q --only -g judge in >out 2>err
	has out "{\"kind\":\"judgement\",\"type\":\"span\",\"tasks\":1,\"precision\":0,"
'
t '--as task declares the type of the field; --as label and gold make no tasks' '
	exits 0 lbl-ingest -q --from label-studio --as task x.json >out 2>err
	has out "{\"kind\":\"task\",\"task\":\"1\",\"data\":{\"text\":\"abcdefghij\"},\"type\":\"span\"}"
	for as in label gold; do
		exits 0 lbl-ingest -q --from label-studio --as $as x.json >out 2>err
		if grep "\"kind\":\"task\"" out; then false; fi
	done
	export_of "$(of 1 "{\"text\":\"x\"}" "$(by ann "$(result number "{\"number\":1}")" "$(result rating "{\"rating\":2}" | sed "s/\"f\"/\"g\"/")")")" >x.json
	exits 0 lbl-ingest --from label-studio --as task x.json >out 2>err
	if grep "\"type\"" out; then false; fi
	exits 0 lbl-ingest --from label-studio --as task --field g x.json >out 2>err
	has out "\"type\":\"ordinal\",\"choices\":[1,2,3,4,5]}"
	exits 65 lbl-ingest --from label-studio --as task --field h x.json >out 2>err
	says err "lbl-ingest: the export holds no field \"h\"; there are: f, g"
'
t 'a task without data' '
	three "{\"text\":\"x\"}" "$(result number "{\"number\":1}")" "$(result number "{\"number\":1}")" "$(result number "{\"number\":1}")"
	sed "s/\"data\":{\"text\":\"x\"},//" x.json >y && mv y x.json
	exits 65 lbl-ingest --from label-studio x.json >out 2>err
	says err "lbl-ingest: x.json:1: task 1: field \"data\" is missing (byte 8)"
'
finish
