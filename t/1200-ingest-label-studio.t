#!/bin/sh
# lbl-ingest on Label Studio's JSON export: who labelled what, what is no label, and what
# each type of result becomes.
# shellcheck disable=SC2016,SC2034,SC2120   # t evaluates text
. "${0%/*}/lib.sh"

# ls_task ID ANNOTATION... - a task of an export; result NAME TYPE VALUE - a result
ls_task() {
	printf '{"id":%s,"data":{"text":"a b","n":1.50,"key":"k%s"},"predictions":[],"drafts":[],"annotations":[' "$1" "$1"
	shift
	comma=
	for a; do
		printf '%s%s' "$comma" "$a"
		comma=,
	done
	printf ']}'
}

result() {
	printf '{"id":"r","from_name":"%s","to_name":"x","type":"%s","value":%s}' "$@"
}

# annotation WORKER RESULT... - with a number for its id, a time and a duration
annotation() {
	who=$1
	shift
	printf '{"id":1001,"completed_by":%s,"created_at":"2026-03-09T22:16:08.728353Z","lead_time":4.288,"result":[' "$who"
	comma=
	for r; do
		printf '%s%s' "$comma" "$r"
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

# takes OPTIONS... - the records of x.json without the end mark are in `out`, nothing is on stderr
takes() {
	exits 0 lbl-ingest --from label-studio "$@" x.json >all 2>err
	empty err
	sed '$d' all >out
}

# answers - of `all`, in `out`: no task records, which t/3690 is about
answers() {
	sed '$d; /^{"kind":"task"/d' all >out
}

# bad OPTIONS... MESSAGE
bad() {
	for want; do :; done
	n=$#
	while [ "$n" -gt 1 ]; do
		set -- "$@" "$1"
		shift
		n=$((n - 1))
	done
	shift
	exits 65 lbl-ingest --from label-studio "$@" x.json >out 2>err
	says err "lbl-ingest: $want"
}

# value_of TYPE VALUE WANT [OPTIONS...] - what one result becomes
value_of() {
	type=$1 value=$2 want=$3
	shift 3
	export_of "$(ls_task 1 "$(annotation 10 "$(result f "$type" "$value")")")" >x.json
	exits 0 lbl-ingest --from label-studio "$@" x.json >all 2>err
	answers
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":$want,\"at\":\"2026-03-09T22:16:08.728353Z\",\"ms\":4288}"
}

yes=$(result f choices '{"choices":["yes"]}')
no=$(result f choices '{"choices":["no"]}')
label='"at":"2026-03-09T22:16:08.728353Z","ms":4288}'

# ---- who ---------------------------------------------------------------------

t 'completed_by is a number, an object or a string' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")" "$(annotation "{\"id\":11,\"email\":\"b@example.org\"}" "$no")" \
		"$(annotation "\"12\"" "$no")")" >x.json
	takes
	put want "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\",$label" \
		"{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":\"no\",$label" \
		"{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"12\",\"value\":\"no\",$label"
	same want out
'
t '--worker-key takes another member' '
	export_of "$(ls_task 1 "$(annotation "{\"id\":11,\"email\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"}" "$yes")")" >x.json
	takes --worker-key email
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\",\"value\":\"yes\",$label"
'
t 'a wallet with a wrong checksum' '
	export_of "$(ls_task 1 "$(annotation "{\"id\":11,\"email\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD\"}" "$yes")")" >x.json
	bad --worker-key email "x.json:1: field \"worker\": address has a wrong checksum (EIP-55) (byte 96)"
'
t 'a number has no email' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >x.json
	bad --worker-key email "x.json:1: task 1, annotation 1001: field \"completed_by\": expected an object with \"email\", got a number: export with the annotators'\'' details, or use --worker-key id (byte 122)"
'
t 'an object that lacks the member' '
	export_of "$(ls_task 1 "$(annotation "{\"id\":11,\"username\":\"b\"}" "$yes")")" >x.json
	bad --worker-key email "x.json:1: task 1, annotation 1001: field \"completed_by\": has no \"email\"; there are: id, username (byte 122)"
'
t 'an empty email' '
	export_of "$(ls_task 1 "$(annotation "{\"id\":11,\"email\":\"\"}" "$yes")")" >x.json
	bad --worker-key email "x.json:1: task 1, annotation 1001: field \"email\": is empty (byte 139)"
'
t 'nobody' '
	export_of "$(ls_task 1 "$(annotation null "$yes")")" >x.json
	bad "x.json:1: task 1, annotation 1001: field \"completed_by\": is null: nobody to credit the label to (byte 96)"
'

# ---- what is no label ----------------------------------------------------------

edit() {
	sed "$1" x.json >y.json
	mv y.json x.json
}

t 'cancelled annotations are counted and left out' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")" "$(annotation 11 "$no")" "$(annotation 12)")" >x.json
	edit "s/\"completed_by\":1[12]/\"was_cancelled\":true,&/g"
	exits 0 lbl-ingest --from label-studio x.json >all 2>err
	says err "lbl-ingest: 2 annotations were cancelled: no labels"
	sed "\$d" all >out
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\",$label"
	exits 0 lbl-ingest -q --from label-studio x.json >all 2>err
	empty err
'
t 'was_cancelled:false is a label' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >x.json
	edit "s/\"completed_by\"/\"was_cancelled\":false,\"ground_truth\":false,&/"
	takes
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\",$label"
'
t 'ground truth is gold' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")" "$(annotation 11 "$no")")" >x.json
	edit "s/\"completed_by\":10/\"ground_truth\":true,&/"
	takes
	put want "{\"kind\":\"gold\",\"task\":\"1\",\"value\":\"yes\"}" "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":\"no\",$label"
	same want out
'
t '--as label, --as gold' '
	exits 0 lbl-ingest --from label-studio --as gold x.json >all 2>err
	says err "lbl-ingest: 1 label left out"
	sed "\$d" all >out
	says out "{\"kind\":\"gold\",\"task\":\"1\",\"value\":\"yes\"}"
	exits 0 lbl-ingest --from label-studio --as label x.json >all 2>err
	says err "lbl-ingest: 1 ground truth left out"
	sed "\$d" all >out
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":\"no\",$label"
'
t 'the author of gold need not be known' '
	edit "s/\"completed_by\":10/\"completed_by\":null/"
	takes
	put want "{\"kind\":\"gold\",\"task\":\"1\",\"value\":\"yes\"}" "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":\"no\",$label"
	same want out
'
t 'predictions and drafts are no labels' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >x.json
	edit "s/\"predictions\":\[\],\"drafts\":\[\]/\"predictions\":[{\"result\":[$no]}],\"drafts\":[{\"result\":[$no]}]/"
	exits 0 lbl-ingest --from label-studio x.json >all 2>err
	says err "lbl-ingest: 1 prediction of a model left out"
	sed "\$d" all >out
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\",$label"
'
t 'no answer: counted and left out' '
	export_of "$(ls_task 1 "$(annotation 10)" "$(annotation 11 "$(result f choices "{\"choices\":[]}")")" "$(annotation 12 "$yes")")" >x.json
	exits 0 lbl-ingest --from label-studio x.json >all 2>err
	says err "lbl-ingest: 2 annotations hold no answer"
	sed "\$d" all >out
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"12\",\"value\":\"yes\",$label"
'
t 'relations between regions are counted and left out' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes" "{\"from_id\":\"a\",\"to_id\":\"b\",\"type\":\"relation\",\"direction\":\"right\"}")")" >x.json
	exits 0 lbl-ingest --from label-studio x.json >all 2>err
	says err "lbl-ingest: 1 relation between regions left out"
	sed "\$d" all >out
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\",$label"
'
t 'labels of one task and worker all stay' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")" "$(annotation 10 "$no")")" >x.json
	takes
	put want "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\",$label" \
		"{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"no\",$label"
	same want out
'

# ---- which task, when, how long ---------------------------------------------------

t 'ids are numbers of any size, or strings' '
	export_of "$(ls_task 9007199254740993 "$(annotation 10 "$yes")")" "$(ls_task 2 "$(annotation 10 "$yes")")" >x.json
	edit "s/\"id\":2/\"id\":\"a-1\"/"
	takes
	put want "{\"kind\":\"label\",\"task\":\"9007199254740993\",\"worker\":\"10\",\"value\":\"yes\",$label" \
		"{\"kind\":\"label\",\"task\":\"a-1\",\"worker\":\"10\",\"value\":\"yes\",$label"
	same want out
'
t '--task-key takes it from the data' '
	export_of "$(ls_task 7 "$(annotation 10 "$yes")")" >x.json
	takes --task-key key
	says out "{\"kind\":\"label\",\"task\":\"k7\",\"worker\":\"10\",\"value\":\"yes\",$label"
	bad --task-key item "x.json:1: field \"data\": has no \"item\"; there are: text, n, key (byte 17)"
	bad --task-key n "x.json:1: field \"n\": expected a string or a whole number, got another number (byte 35)"
'
t 'lead_time is rounded by its decimal digits, halves up' '
	for pair in 1.0005=1001 8.0415=8042 0.0004999=0 1e-3=1 12=12000; do
		export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >x.json
		edit "s/4\.288/${pair%=*}/"
		takes
		has out "\"ms\":${pair#*=}}"
	done
'
t 'a task without a time or a duration' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >x.json
	edit "s/\"created_at\":\"[^\"]*\",\"lead_time\":4.288/\"created_at\":null,\"lead_time\":null/"
	takes
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\"}"
	edit "s/\"created_at\":null,\"lead_time\":null,//"
	takes
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\"}"
'
t 'a time in another zone' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >x.json
	edit "s/353Z/353+02:00/"
	takes
	has out "\"at\":\"2026-03-09T20:16:08.728353Z\""
'
t 'a time that is none' '
	edit "s/\"created_at\":\"2026-03/\"created_at\":\"2026-13/"
	bad "x.json:1: task 1, annotation 1001: field \"created_at\": there is no such time: \"2026-13-09T22:16:08.728353+02:00\" (byte 138)"
'
t 'a duration below zero' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >x.json
	edit "s/4\.288/-4.288/"
	bad "x.json:1: task 1, annotation 1001: field \"lead_time\": expected seconds from 0, got -4.288 (byte 180)"
'

# ---- which field --------------------------------------------------------------------

stars=$(result quality rating '{"rating":4}')
t 'several fields: one must be chosen' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes" "$stars")" "$(annotation 11 "$stars")")" >x.json
	bad "the export holds several fields: f, quality; choose one with --field"
	empty out
'
t 'and can be' '
	takes --field quality
	answers
	put want "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":4,$label" "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":4,$label"
	same want out
	exits 0 lbl-ingest --from label-studio --field f x.json >all 2>err
	says err "lbl-ingest: 1 annotation does not answer the field"
	sed "\$d" all >out
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"yes\",$label"
'
t 'a field that is not there' '
	bad --field F "the export holds no field \"F\"; there are: f, quality"
'
t 'fields of cancelled annotations do not count' '
	edit "s/\"completed_by\":10/\"was_cancelled\":true,&/"
	exits 0 lbl-ingest --from label-studio x.json >all 2>err
	says err "lbl-ingest: 1 annotation was cancelled: no label"
'
t 'fields are looked for in all files' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes")")" >y.json
	export_of "$(ls_task 1 "$(annotation 10 "$stars")")" >x.json
	bad y.json "the export holds several fields: f, quality; choose one with --field"
'
t 'nothing answered, nothing to choose' '
	export_of "$(ls_task 1)" >x.json
	takes --field f
	empty out
	put x.json "[]"
	takes
	empty out
'

# ---- values -------------------------------------------------------------------------

t 'choices: one is a string' 'value_of choices "{\"choices\":[\"a \\\"b\\\" \\u00e9\"]}" "\"a \\\"b\\\" \\u00e9\""; empty err'
t 'choices: several are an array' 'value_of choices "{\"choices\":[\"a\",  \"b\"]}" "[\"a\",\"b\"]"'
t 'choices: --list' 'value_of choices "{\"choices\":[\"a\"]}" "[\"a\"]" --list'
t 'rating' 'value_of rating "{\"rating\":4}" 4'
t 'number' 'value_of number "{\"number\":1.50}" 1.5'
t 'textarea: one text' 'value_of textarea "{\"text\":[\"hard ware\"]}" "\"hard ware\""; value_of textarea "{\"text\":\"x\"}" "\"x\""'
t 'textarea: several' 'value_of textarea "{\"text\":[\"a\",\"b\"]}" "[\"a\",\"b\"]"'
t 'taxonomy' 'value_of taxonomy "{\"taxonomy\":[[\"A\",\"B\"]]}" "[[\"A\",\"B\"]]"'
t 'pairwise' 'value_of pairwise "{\"selected\":\"left\"}" "\"left\""'
t 'datetime' 'value_of datetime "{\"datetime\":\"2026-01-01\"}" "\"2026-01-01\""'
t 'ranker' '
	value_of ranker "{\"ranker\":{\"rank\":[\"b\",\"a\"]}}" "[\"b\",\"a\"]"
	value_of ranker "{\"ranker\":[\"b\",\"a\"]}" "[\"b\",\"a\"]"
	value_of ranker "{\"ranker\":{\"good\":[\"b\"],\"bad\":[\"a\"]}}" "{\"good\":[\"b\"],\"bad\":[\"a\"]}"
'
t 'a span is an array of one' 'value_of labels "{\"start\":0,\"end\":7,\"text\":\"Battery\",\"labels\":[\"PART\"]}" \
	"[{\"label\":\"PART\",\"start\":0,\"end\":7}]"'
t 'a span of several labels, or of none' '
	value_of labels "{\"start\":1.5,\"end\":7,\"labels\":[\"A\",\"B\"]}" "[{\"label\":[\"A\",\"B\"],\"start\":1.5,\"end\":7}]"
	value_of labels "{\"start\":1.5,\"end\":7,\"labels\":[]}" "[{\"start\":1.5,\"end\":7}]"
	value_of labels "{\"start\":1.5,\"end\":7}" "[{\"start\":1.5,\"end\":7}]"
'
box='{"x":50.8,"y":5.869797225186766,"width":12.4,"height":10.45,"rotation":0,"rectanglelabels":["battery"]}'
t 'a box in per cent keeps its unit' 'value_of rectanglelabels "$box" \
	"[{\"label\":\"battery\",\"x\":50.8,\"y\":5.869797225186766,\"w\":12.4,\"h\":10.45,\"unit\":\"percent\"}]"'
sized() {
	export_of "$(ls_task 1 "$(annotation 10 "$(result f "$1" "$2")")")" >x.json
	edit 's/"to_name":"x"/&,"original_width":640,"original_height":480/'
	takes
	answers
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":$3,$label"
}
t 'or becomes pixels, to the nearest double' 'sized rectanglelabels "$box" \
	"[{\"label\":\"battery\",\"x\":325.12,\"y\":28.175026680896476,\"w\":79.36,\"h\":50.16}]"'
t 'a turned box' 'sized rectanglelabels "{\"x\":1,\"y\":1,\"width\":1,\"height\":1,\"rotation\":30.5,\"rectanglelabels\":[\"a\"]}" \
	"[{\"label\":\"a\",\"x\":6.4,\"y\":4.8,\"w\":6.4,\"h\":4.8,\"rotation\":30.5}]"'
t 'a box without a label, and one of <Labels>' '
	sized rectangle "{\"x\":0,\"y\":0,\"width\":100,\"height\":50}" "[{\"x\":0,\"y\":0,\"w\":640,\"h\":240}]"
	sized labels "{\"x\":0,\"y\":0,\"width\":100,\"height\":50,\"labels\":[\"a\"]}" "[{\"label\":\"a\",\"x\":0,\"y\":0,\"w\":640,\"h\":240}]"
'
t 'several regions' '
	export_of "$(ls_task 1 "$(annotation 10 "$(result f labels "{\"start\":0,\"end\":1,\"labels\":[\"A\"]}")" \
		"$(result f labels "{\"start\":2,\"end\":3,\"labels\":[\"B\"]}")")")" >x.json
	takes
	has out "\"value\":[{\"label\":\"A\",\"start\":0,\"end\":1},{\"label\":\"B\",\"start\":2,\"end\":3}],"
'
t 'several answers to one field' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes" "$no")")" >x.json
	takes
	has out "\"value\":[\"yes\",\"no\"],"
'
t 'an unknown type is passed as it is, on one line, with a note' '
	value_of brushlabels "{ \"format\" : \"rle\",
		\"rle\" : [ 1, 2 ], \"s\" : \" { \\\" \" }" "[{\"format\":\"rle\",\"rle\":[1,2],\"s\":\" { \\\" \"}]"
	says err "lbl-ingest: results of type \"brushlabels\" were passed as they are"
'
t 'a result that is not as its type' '
	export_of "$(ls_task 1 "$(annotation 10 "$(result f rating "{\"rating\":\"4\"}")")")" >x.json
	bad "x.json:1: task 1, annotation 1001: field \"rating\": expected a number, got a string (byte 270)"
	export_of "$(ls_task 1 "$(annotation 10 "$(result f choices "{}")")")" >x.json
	bad "x.json:1: task 1, annotation 1001: field \"choices\": expected an array, got nothing (byte 196)"
'

# ---- the document ---------------------------------------------------------------------

t 'tasks, with the data whole' '
	export_of "$(ls_task 1 "$(annotation 10 "$yes" "$stars")")" "$(ls_task 2)" >x.json
	takes --as task
	put want "{\"kind\":\"task\",\"task\":\"1\",\"data\":{\"text\":\"a b\",\"n\":1.50,\"key\":\"k1\"}}" \
		"{\"kind\":\"task\",\"task\":\"2\",\"data\":{\"text\":\"a b\",\"n\":1.50,\"key\":\"k2\"}}"
	same want out
'
t 'a pretty export gives the same' '
	takes --field f
	mv out plain
	sed "s/[[{,]/&\n  /g" x.json >y.json
	printf "\357\273\277" >x.json
	cat y.json >>x.json
	takes --field f
	same plain out
'
t 'malformed: line and byte' '
	printf "[\n{\"id\":1,\n \"id\":2}]\n" >x.json
	bad "x.json:3: duplicate key \"id\" (byte 2)"
	printf "[\n{\"id\":1," >x.json
	bad "x.json:2: unexpected end (byte 9)"
	: >x.json
	bad "x.json:1: unexpected end (byte 1)"
'
t 'no array' '
	put x.json "" "{\"id\":1}"
	bad "x.json:2: expected an array of tasks, as Label Studio'\''s JSON export is (byte 1)"
'
t 'JSON_MIN' '
	put x.json "[{\"id\":1,\"sentiment\":\"negative\",\"annotator\":10}]"
	bad "x.json:1: task 1: has no array \"annotations\": take the export called JSON, not JSON_MIN (byte 2)"
'
t 'what is no task' '
	put x.json "[7]"
	bad "x.json:1: expected a task, got a number (byte 2)"
	put x.json "[{\"annotations\":[]}]"
	bad "x.json:1: field \"task\": has no \"id\"; there are: annotations (byte 2)"
	put x.json "[{\"id\":1,\"annotations\":[7]}]"
	bad "x.json:1: task 1, annotation ?: expected an object, got a number (byte 25)"
'
t '--rejects keeps bad annotations whole and goes on' '
	export_of "$(ls_task 1 "$(annotation null "$yes")" "$(annotation 11 "$no")")" 7 >x.json
	exits 1 lbl-ingest --from label-studio --rejects rej x.json >all 2>err
	says err "lbl-ingest: 2 bad records written to rej"
	sed "\$d" all >out
	says out "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":\"no\",$label"
	head -n 1 rej >one
	says one "{\"kind\":\"reject\",\"file\":\"x.json\",\"line\":1,\"error\":\"task 1, annotation 1001: field \\\"completed_by\\\": is null: nobody to credit the label to\",\"raw\":\"$(annotation null "$yes" | sed "s/\"/\\\\\"/g")\"}"
	tail -n 1 rej >one
	says one "{\"kind\":\"reject\",\"file\":\"x.json\",\"line\":1,\"error\":\"expected a task, got a number\",\"raw\":\"7\"}"
'
t 'standard input has lines and no name' '
	put x.json "[7]"
	exits 65 lbl-ingest --from label-studio <x.json >out 2>err
	says err "lbl-ingest: line 1: expected a task, got a number (byte 2)"
'

# ---- the export of the shared cases ------------------------------------------------------

case=$LBL_SHARED/cases/platforms/label-studio.json
platform() {
	name="shared case: $1" field=$1 value=$2 worker=$3 at=$4 ms=$5
	if ! [ -r "$case" ]; then
		skip "$name" 'shared/cases is not here'
		return
	fi
	put want "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"$worker\",\"value\":$value,\"at\":\"$at\",\"ms\":$ms}"
	if [ "$worker" = 10 ]; then
		echo "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":[],\"at\":\"2026-03-09T22:20:01.000000Z\",\"ms\":9100}" >>want
	fi
	t "$name" '
		exits 0 lbl-ingest --from label-studio --field $field "$case" >all 2>err
		says err "lbl-ingest: 1 annotation $other"
		answers
		same want out
	'
}
# of boxes and spans, who marks none says that there are none
other='marks nothing: its label is an empty list'
first='10 2026-03-09T22:16:08.728353Z 4288' second='11 2026-03-09T22:20:01.000000Z 9100'
# shellcheck disable=SC2086  # three words each
{
platform tag '[{"label":"battery","x":325.12,"y":28.128,"w":79.36,"h":50.16}]' $first
platform ner '[{"label":"PART","start":0,"end":7}]' $first
other='does not answer the field'
platform quality 4 $second
platform pref '["b","a","c"]' $second
platform why '"hardware failure"' $second
}
if [ -r "$case" ]; then
	t 'shared case: sentiment' '
		exits 0 lbl-ingest --from label-studio --field sentiment "$case" >all 2>err
		empty err
		sed "\$d" all >out
		put want "{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"10\",\"value\":\"negative\",\"at\":\"2026-03-09T22:16:08.728353Z\",\"ms\":4288}" \
			"{\"kind\":\"label\",\"task\":\"1\",\"worker\":\"11\",\"value\":\"neutral\",\"at\":\"2026-03-09T22:20:01.000000Z\",\"ms\":9100}"
		same want out
	'
	t 'shared case: several fields' '
		exits 65 lbl-ingest --from label-studio "$case" >out 2>err
		says err "lbl-ingest: the export holds several fields: sentiment, tag, ner, quality, pref, why; choose one with --field"
	'
	t 'shared case: tasks' '
		exits 0 lbl-ingest --from label-studio --as task --task-key my_item_id "$case" >all 2>err
		sed "\$d" all >out
		says out "{\"kind\":\"task\",\"task\":\"t1\",\"data\":{\"text\":\"Battery died after two days.\",\"image\":\"https://example.org/1.jpg\",\"my_item_id\":\"t1\"}}"
	'
	t 'shared case: the two kinds of completed_by' '
		exits 65 lbl-ingest --from label-studio --field sentiment --worker-key email "$case" >out 2>err
		has err "expected an object with \"email\", got a number"
	'
else
	skip 'shared case: sentiment, fields, tasks' 'shared/cases is not here'
fi
finish
