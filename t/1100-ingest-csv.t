#!/bin/sh
# lbl-ingest on tables: quoting, the map, what cells mean, and what is refused and where.
# shellcheck disable=SC2016
. "${0%/*}/lib.sh"

# takes OPTIONS... - the records of x.csv without the end mark are in `out`, nothing is on stderr
takes() {
	exits 0 lbl-ingest --from csv "$@" x.csv >all 2>err
	empty err
	sed '$d' all >out
}

# bad OPTIONS... MESSAGE - x.csv is refused
bad() {
	code=65
	refuses "$@"
}

refuses() {
	for want; do :; done
	n=$#
	while [ "$n" -gt 1 ]; do
		set -- "$@" "$1"
		shift
		n=$((n - 1))
	done
	shift
	exits "$code" lbl-ingest --from csv "$@" x.csv >out 2>err
	says err "lbl-ingest: $want"
}

# label VALUE... - these values in labels t1, t2, ... of w are wanted in `out`
values() {
	i=0
	: >want
	for v; do
		i=$((i + 1))
		printf '{"kind":"label","task":"t%d","worker":"w","value":%s}\n' $i "$v" >>want
	done
	same want out
}

# ---- reading ---------------------------------------------------------------

put x.csv task,worker,value t1,w,cat t2,w,dog
t 'columns are taken by their names' 'takes; values "\"cat\"" "\"dog\""'
t 'the end mark seals it' '
	exits 0 lbl-ingest --from csv x.csv >all
	tail -n 1 all >mark
	says mark "{\"kind\":\"end\",\"tool\":\"lbl-ingest\",\"records\":2,\"xxh3\":\"4bdd0f2bdeec8bb000661ed98be049c8\"}"
	exits 0 lbl-ingest all >again
	same all again
'
t 'a byte order mark, CR LF, and no line end at the end' '
	printf "\357\273\277task,worker,value\r\nt1,w,cat\r\nt2,w,dog" >x.csv
	takes
	values "\"cat\"" "\"dog\""
'
t 'commas, quotes and line ends inside of quotes' '
	printf "\"task\",\"worker\",\"value\"\r\n\"t1\",\"w\",\"a,b\"\r\nt2,w,\"say \"\"hi\"\"\"\r\nt3,w,\"two\nlines\r\n\"\r\n" >x.csv
	takes
	values "\"a,b\"" "\"say \\\"hi\\\"\"" "\"two\\nlines\\r\\n\""
'
t 'blank lines are skipped, and counted' '
	put x.csv "" task,worker,value "" t1,w,a " 	" "" t2,w,
	bad "x.csv:7: field \"value\": is empty"
'
t 'a quote inside of a field is data' '
	put x.csv task,worker,value "t1,w,5\" disk"
	takes
	values "\"5\\\" disk\""
'
t 'rows longer than a block' '
	{ echo task,worker,value
	  printf "t1,w,\""; head -c 3000000 /dev/zero | tr "\0" x; echo "\""
	  echo t2,w,end; } >x.csv
	takes
	{ printf "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\""; head -c 3000000 /dev/zero | tr "\0" x; echo "\"}"
	  echo "{\"kind\":\"label\",\"task\":\"t2\",\"worker\":\"w\",\"value\":\"end\"}"; } >want
	same want out
'
t 'from a pipe, a byte at a time' '
	put x.csv task,worker,value t1,w,cat t2,w,dog
	for c in task,worker,value t1,w,cat t2,w,dog; do sleep 0.02; echo $c; done | lbl-ingest --from csv >piped 2>err
	lbl-ingest --from csv x.csv >out
	same out piped
'
t 'several files, each with a header of its own' '
	put x.csv task,worker,value t1,w,a
	put y.csv value,worker,task b,w,t2
	takes y.csv
	put want "{\"kind\":\"label\",\"task\":\"t2\",\"worker\":\"w\",\"value\":\"b\"}" "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"a\"}"
	same want out
'
t 'tabs, with quotes and suites of tasks between blank lines' '
	printf "task\tworker\tvalue\nt1\tw\ta,b\n\nt2\tw\t\"x\ty\"\n" >x.tsv
	exits 0 lbl-ingest --from tsv x.tsv >all 2>err
	sed "\$d" all >out
	values "\"a,b\"" "\"x\\ty\""
'

# ---- what is no table --------------------------------------------------------

t 'text behind a closing quote' '
	put x.csv task,worker,value "t1,\"w\"x,a"
	bad "x.csv:2: text behind a closing quote (byte 7)"
'
t 'an open quote is told where it began' '
	put x.csv task,worker,value t1,w,a "t2,\"w,b" t3,w,c
	bad "x.csv:3: quote is never closed (byte 4)"
'
t 'too few columns' '
	put x.csv task,worker,value t1,w,a t2,w
	bad "x.csv:3: 2 columns, but the header has 3"
'
t 'too many, behind a row of several lines' '
	put x.csv task,worker,value "t1,w,\"a" "b\"" t2,w,x,y
	bad "x.csv:4: 4 columns, but the header has 3"
'
t 'a CR alone' '
	printf "task,worker,value\rt1,w,a\r" >x.csv
	bad "x.csv:1: carriage return without a line feed (byte 18)"
'
t 'invalid UTF-8' '
	printf "task,worker,value\nt1,w,caf\351\n" >x.csv
	bad "x.csv:2: invalid UTF-8 (byte 9)"
'
t 'NUL' '
	printf "task,worker,value\nt1,w,\000\n" >x.csv
	bad "x.csv:2: NUL byte (byte 6)"
'
t 'UTF-16' '
	printf "\377\376t\000a\000" >x.csv
	bad "x.csv:1: text is UTF-16: convert it with iconv -f UTF-16 -t UTF-8 (byte 1)"
'
t 'an empty file' '
	: >x.csv
	bad "x.csv:1: no header: the file has no rows"
'
t 'a row over --max-line' '
	put x.csv task,worker,value "t1,w,$(printf "%0100d" 0)"
	bad --max-line 99 "x.csv:2: row is longer than 99 bytes (see --max-line)"
'
t 'an open quote and a big file' '
	{ echo task,worker,value; echo "t1,\"w,a"; head -c 3000000 /dev/zero | tr "\0" "\n"; } >x.csv
	bad --max-line 1000000 "x.csv:2: row is longer than 1000000 bytes (see --max-line): is the quote of line 2 never closed?"
'
t 'standard input has lines and no name' '
	put x.csv task,worker,value t1,w
	exits 65 lbl-ingest --from csv <x.csv >out 2>err
	says err "lbl-ingest: line 2: 2 columns, but the header has 3"
'
t '--rejects keeps each bad row whole and goes on' '
	printf "task,worker,value\nt1,w,a\nt2,w\nt3,\"w\"x,c\nt4,,d\nt5,w,\"e\nf\",g\nt6,w,caf\351\nt7,w,z\n" >x.csv
	exits 1 lbl-ingest --from csv --rejects rej x.csv >all 2>err
	says err "lbl-ingest: 5 bad records written to rej"
	sed "\$d" all >out
	put want "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"a\"}" "{\"kind\":\"label\",\"task\":\"t7\",\"worker\":\"w\",\"value\":\"z\"}"
	same want out
	put want "{\"kind\":\"reject\",\"file\":\"x.csv\",\"line\":3,\"error\":\"2 columns, but the header has 3\",\"raw\":\"t2,w\"}" \
		"{\"kind\":\"reject\",\"file\":\"x.csv\",\"line\":4,\"error\":\"text behind a closing quote\",\"raw\":\"t3,\\\"w\\\"x,c\"}" \
		"{\"kind\":\"reject\",\"file\":\"x.csv\",\"line\":5,\"error\":\"field \\\"worker\\\": is empty\",\"raw\":\"t4,,d\"}" \
		"{\"kind\":\"reject\",\"file\":\"x.csv\",\"line\":6,\"error\":\"4 columns, but the header has 3\",\"raw\":\"t5,w,\\\"e\\nf\\\",g\"}" \
		"{\"kind\":\"reject\",\"file\":\"x.csv\",\"line\":8,\"error\":\"invalid UTF-8\",\"raw_hex\":\"74362c772c636166e9\"}"
	same want rej
'
t 'nothing is rejected behind an open quote' '
	put x.csv task,worker,value t1,w,a "t2,\"w,b" t3,w,c
	exits 65 lbl-ingest --from csv --rejects rej x.csv >out 2>err
	says err "lbl-ingest: x.csv:3: quote is never closed (byte 4)"
'

# ---- the map -----------------------------------------------------------------

put x.csv Item,Annotator,Answer,SubmittedAt,Seconds r1,w1,cat,2026-03-09T13:05:40Z,4.2885
t 'any columns' '
	takes --map task=Item,worker=Annotator,value=Answer,at=SubmittedAt,seconds=Seconds
	says out "{\"kind\":\"label\",\"task\":\"r1\",\"worker\":\"w1\",\"value\":\"cat\",\"at\":\"2026-03-09T13:05:40Z\",\"ms\":4289}"
'
t 'the order of the map does not matter' '
	takes --map seconds=Seconds,value=Answer,worker=Annotator,task=Item
	says out "{\"kind\":\"label\",\"task\":\"r1\",\"worker\":\"w1\",\"value\":\"cat\",\"ms\":4289}"
'
t 'one column may serve two fields' '
	takes --map task=Item,worker=Annotator,value=Item
	says out "{\"kind\":\"label\",\"task\":\"r1\",\"worker\":\"w1\",\"value\":\"r1\"}"
'
t 'a column with commas, quotes and equal signs' '
	put x.csv "\"a,\"\"b\"\"=c\",x=y,v" t1,w,z
	takes --map "task=\"a,\"\"b\"\"=c\",worker=x=y,value=v"
	says out "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"z\"}"
'
put x.csv a,b,c,c t1,w,x,y
t 'a column that is not there' 'bad --map task=a,worker=b,value=X "x.csv:1: no column \"X\"; there are: a, b, c, c"'
t 'a required field that is not mapped' '
	code=64
	refuses --map task=a,worker=b "x.csv:1: no column for field \"value\": name it with --map value=COLUMN; there are: a, b, c, c"
	refuses "x.csv:1: no column for field \"task\": name it with --map task=COLUMN; there are: a, b, c, c"
'
t 'a name that stands twice, when it is mapped' 'bad --map task=a,worker=b,value=c "x.csv:1: column \"c\" is there 2 times"'
t 'and only then' 'takes --map task=a,worker=b,value=b; says out "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"w\"}"'
t 'a wrong map' '
	code=64
	refuses --map task "--map: expected FIELD=COLUMN, got \"task\" (see lbl-ingest --help)"
	refuses --map task=a, "--map: expected FIELD=COLUMN, got \"\" (see lbl-ingest --help)"
	refuses --map task= "--map: no column is named for field \"task\" (see lbl-ingest --help)"
	refuses --map task=a,task=b "--map: field \"task\" is mapped twice (see lbl-ingest --help)"
	refuses --map "task=\"a" "--map: field \"task\": expected \"COLUMN\" and a comma or the end (see lbl-ingest --help)"
	refuses --map "task=\"a\"b" "--map: field \"task\": expected \"COLUMN\" and a comma or the end (see lbl-ingest --help)"
	refuses --map ms=a,seconds=b "--map: fields \"ms\" and \"seconds\" are one: map only one of them (see lbl-ingest --help)"
	refuses --as gold --map worker=a "--map: gold records have no field \"worker\", but task, value (see lbl-ingest --help)"
'
t 'with --map no column is taken only for its name' '
	put x.csv task,worker,value,at t1,w,x,not-a-time
	takes --map task=task,worker=worker,value=value
	says out "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"x\"}"
'
t 'an error names the column where it is called otherwise' '
	put x.csv Item,who,v t1,,a
	bad --map task=Item,worker=who,value=v "x.csv:2: field \"worker\" (column \"who\"): is empty"
'

# ---- labels ------------------------------------------------------------------

t 'all fields, in the order of the records page' '
	put x.csv sig,nonce,confidence,ms,at,value,worker,task "0x00,n,0.50,4288.0,1662030885456,a,w,t1"
	takes
	says out "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"a\",\"at\":\"2022-09-01T11:14:45.456Z\",\"ms\":4288,\"confidence\":0.5,\"nonce\":\"n\",\"sig\":\"0x00\"}"
'
t 'empty optional cells are no fields' '
	put x.csv task,worker,value,at,seconds,confidence t1,w,a,,,
	takes
	values "\"a\""
'
t 'without --map, ms goes before seconds' '
	put x.csv task,worker,value,seconds,ms t1,w,a,7,6
	takes
	says out "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"a\",\"ms\":6}"
'
t 'seconds become milliseconds by decimal digits, halves up' '
	put x.csv task,worker,value,seconds t,w,a,1.0005 t,w,a,8.0415 t,w,a,0.00049999999999999999999 t,w,a,30 t,w,a,1e-3
	takes
	sed "s/.*\"ms\"://" out >ms
	put want "1001}" "8042}" "0}" "30000}" "1}"
	same want ms
'
t 'seconds below zero' '
	put x.csv task,worker,value,seconds t,w,a,-1
	bad "x.csv:2: field \"seconds\": expected a number from 0, got \"-1\""
'
t 'values are strings' 'put x.csv task,worker,value t1,w,01 t2,w,true; takes; values "\"01\"" "\"true\""'
t 'or numbers with --number' '
	put x.csv task,worker,value t1,w,1.50 t2,w,1e2 t3,w,-0.25
	takes --number
	values 1.5 100 -0.25
	put x.csv task,worker,value t1,w,five
	bad --number "x.csv:2: field \"value\": expected a number, got \"five\""
'
t 'or lists with --list' '
	put x.csv task,worker,value "t1,w,a; b;c" t2,w,a "t3,w,;"
	takes --list
	values "[\"a\",\"b\",\"c\"]" "[\"a\"]" "[]"
	put x.csv task,worker,value "t1,w,1;2.0"
	takes --list --number
	values "[1,2]"
'
# the platform, the time it writes, the same in UTC
while IFS='|' read -r name text utc; do
	t "time: $name" "
		put x.csv task,worker,value,at 't1,w,a,$text'
		takes
		says out '{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"a\",\"at\":\"$utc\"}'
	"
done <<END
RFC 3339|2026-03-09T22:16:08.728353Z|2026-03-09T22:16:08.728353Z
an offset|2026-03-01T00:30:00.50+01:00|2026-02-28T23:30:00.50Z
an offset west of UTC|2026-12-31T20:00:00-05:00|2027-01-01T01:00:00Z
no zone, a T|2026-03-09T13:05:40.500|2026-03-09T13:05:40.500Z
no zone, a space|2026-03-09 13:05:40|2026-03-09T13:05:40Z
MTurk, winter|Tue Mar 03 13:05:40 PST 2026|2026-03-03T21:05:40Z
MTurk, summer|Tue Mar 31 17:05:40 PDT 2026|2026-04-01T00:05:40Z
MTurk, east|Thu Dec 31 19:00:00 EST 2026|2027-01-01T00:00:00Z
MTurk, east in summer|Sat Jul 04 19:00:00 EDT 2026|2026-07-04T23:00:00Z
MTurk, UTC|Sat Jul 04 19:00:00 UTC 2026|2026-07-04T19:00:00Z
Appen, month first|1/28/2026 19:02:18|2026-01-28T19:02:18Z
seconds|1662030885|2022-09-01T11:14:45Z
milliseconds|1662030885456|2022-09-01T11:14:45.456Z
END
t 'a time that is none' '
	put x.csv task,worker,value,at t1,w,a,2026-02-29T00:00:00Z
	bad "x.csv:2: field \"at\": there is no such time: \"2026-02-29T00:00:00Z\""
	put x.csv task,worker,value,at t1,w,a,yesterday
	bad "x.csv:2: field \"at\": expected a time such as 2026-11-22T09:51:00Z, got \"yesterday\""
	put x.csv task,worker,value,at "t1,w,a,Sat Jul 04 19:00:00 CST 2026"
	bad "x.csv:2: field \"at\": expected a time such as 2026-11-22T09:51:00Z, got \"Sat Jul 04 19:00:00 CST 2026\""
'
t 'a duration taken for a time' '
	put x.csv task,worker,value,at t1,w,a,4288
	bad "x.csv:2: field \"at\": expected a time such as 2026-11-22T09:51:00Z, got \"4288\""
'
t 'addresses must satisfy EIP-55, and stay as they are written' '
	put x.csv task,worker,value t1,0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed,a
	takes
	says out "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\",\"value\":\"a\"}"
	put x.csv task,worker,value t1,0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD,a
	bad "x.csv:2: field \"worker\": address has a wrong checksum (EIP-55)"
'
t 'identifiers have 256 bytes at most' '
	long=$(printf "%0256d" 0)
	put x.csv task,worker,value "$long,w,a"
	takes
	put x.csv task,worker,value "${long}0,w,a"
	bad "x.csv:2: field \"task\": is longer than 256 bytes"
'
t 'labels of one task and worker all stay' '
	put x.csv task,worker,value t1,w,a t1,w,b
	takes
	put want "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"a\"}" "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w\",\"value\":\"b\"}"
	same want out
'

# ---- the other kinds -----------------------------------------------------------

t 'tasks: all columns are the data' '
	put x.csv task,text,n "t1,\"a \"\"b\"\",c\",7" t2,,
	takes --as task
	put want "{\"kind\":\"task\",\"task\":\"t1\",\"data\":{\"task\":\"t1\",\"text\":\"a \\\"b\\\",c\",\"n\":\"7\"}}" \
		"{\"kind\":\"task\",\"task\":\"t2\",\"data\":{\"task\":\"t2\",\"text\":\"\",\"n\":\"\"}}"
	same want out
'
t 'tasks: or one column is' '
	put x.csv id,text,kind,options,needs,batch,pay "t1,hello,ordinal,low;mid; high,de;medical,b1,1500000000000000000"
	takes --as task --map task=id,data=text,type=kind,choices=options,skills=needs,group=batch,reward=pay
	says out "{\"kind\":\"task\",\"task\":\"t1\",\"data\":\"hello\",\"type\":\"ordinal\",\"choices\":[\"low\",\"mid\",\"high\"],\"skills\":[\"de\",\"medical\"],\"group\":\"b1\",\"reward\":\"1500000000000000000\"}"
'
t 'tasks: a reward in base units' '
	put x.csv task,data,reward t1,x,0.05
	bad --as task "x.csv:2: field \"reward\": expected an amount in base units, got \"0.05\""
'
t 'tasks: columns with one name cannot both be data' '
	put x.csv task,a,a t1,x,y
	bad --as task "x.csv:1: column \"a\" is there 2 times"
	put x.csv task,data,a,a t1,d,x,y
	takes --as task
	says out "{\"kind\":\"task\",\"task\":\"t1\",\"data\":\"d\"}"
'
t 'gold' '
	put x.csv item,truth r00001,positive
	takes --as gold --map task=item,value=truth
	says out "{\"kind\":\"gold\",\"task\":\"r00001\",\"value\":\"positive\"}"
'
t 'gold: rows without it are told and left out' '
	put x.csv task,value t1, t2,b t3,
	exits 0 lbl-ingest --from csv --as gold x.csv >all 2>err
	says err "lbl-ingest: 2 rows without a gold value left out"
	sed "\$d" all >out
	says out "{\"kind\":\"gold\",\"task\":\"t2\",\"value\":\"b\"}"
'
t 'workers' '
	put x.csv worker,identity,skills,capacity,conflicts,at "w1,p1,de;fr,20,w2;w3,2026-11-16 08:00:00" w2,,,,,
	takes --as worker
	put want "{\"kind\":\"worker\",\"worker\":\"w1\",\"identity\":\"p1\",\"skills\":[\"de\",\"fr\"],\"capacity\":20,\"conflicts\":[\"w2\",\"w3\"],\"at\":\"2026-11-16T08:00:00Z\"}" \
		"{\"kind\":\"worker\",\"worker\":\"w2\"}"
	same want out
	put x.csv worker,capacity w1,2.5
	bad --as worker "x.csv:2: field \"capacity\": expected a whole number from 0, got \"2.5\""
'
t 'reviews' '
	put x.csv task,worker,reviewer,verdict,at t1,w,r,accept,1662030885 t1,w2,r,reject,
	takes --as review
	put want "{\"kind\":\"review\",\"task\":\"t1\",\"worker\":\"w\",\"reviewer\":\"r\",\"verdict\":\"accept\",\"at\":\"2022-09-01T11:14:45Z\"}" \
		"{\"kind\":\"review\",\"task\":\"t1\",\"worker\":\"w2\",\"reviewer\":\"r\",\"verdict\":\"reject\"}"
	same want out
	put x.csv task,worker,reviewer,verdict t1,w,r,Approved
	bad --as review "x.csv:2: field \"verdict\": expected accept or reject, got \"Approved\""
'

# ---- the exports of platforms ----------------------------------------------------

cases=$LBL_SHARED/cases/platforms
# platform NAME FILE OPTIONS RECORD... - what becomes of a platform's table
platform() {
	name=$1 file=$2 options=$3
	shift 3
	if ! [ -r "$cases/$file" ]; then
		skip "$name" 'shared/cases is not here'
		return
	fi
	put "want.$name" "$@"
	t "$name" "
		exits 0 lbl-ingest -q $options '$cases/$file' >all 2>err
		empty err
		sed '\$d' all >out
		same want.$name out
	"
}

platform mturk mturk-batch.csv '--from csv --map task=Input.id,worker=WorkerId,value=Answer.sentiment.label,at=SubmitTime,seconds=WorkTimeInSeconds' \
	'{"kind":"label","task":"t1","worker":"A1WORKER","value":"negative","at":"2026-03-09T21:05:40Z","ms":30000}' \
	'{"kind":"label","task":"t1","worker":"A2WORKER","value":"positive","at":"2026-03-09T21:06:04Z","ms":4000}'
platform toloka toloka-assignments.tsv '--from tsv --map task=ASSIGNMENT:task_id,worker=ASSIGNMENT:worker_id,value=OUTPUT:result,at=ASSIGNMENT:submitted' \
	'{"kind":"label","task":"0000a1--t1","worker":"5f0a...w1","value":"cat","at":"2026-03-09T13:05:40.500Z"}' \
	'{"kind":"label","task":"0000a1--t2","worker":"5f0a...w1","value":"dog","at":"2026-03-09T13:05:40.500Z"}'
platform toloka-gold toloka-assignments.tsv '--from tsv --as gold --map task=ASSIGNMENT:task_id,value=GOLDEN:result' \
	'{"kind":"gold","task":"0000a1--t2","value":"cat"}'
platform appen appen-full.csv '--from csv --map task=_unit_id,worker=_worker_id,value=sentiment,at=_created_at' \
	'{"kind":"label","task":"867851139","worker":"31234567","value":"negative","at":"2026-01-28T19:02:18Z"}' \
	'{"kind":"label","task":"867851140","worker":"31234567","value":"positive","at":"2026-01-28T19:02:18Z"}'
platform appen-gold appen-full.csv '--from csv --as gold --map task=_unit_id,value=sentiment_gold' \
	'{"kind":"gold","task":"867851140","value":"negative"}'
platform crowd-kit crowd-kit.csv '--from csv --map task=task,worker=worker,value=label' \
	'{"kind":"label","task":"t1","worker":"w1","value":"cat"}' \
	'{"kind":"label","task":"t1","worker":"w2","value":"cat"}' \
	'{"kind":"label","task":"t2","worker":"w1","value":"dog"}'
platform netease netease-crowd.tsv '--from tsv --number --map task=taskId,worker=workerId,value=answer,at=completeTime' \
	'{"kind":"label","task":"1012658489119473900","worker":"437","value":0,"at":"2022-09-01T11:14:45.456Z"}'
platform label-studio-csv label-studio.csv '--from csv --map task=id,worker=annotator,value=sentiment,at=created_at,seconds=lead_time' \
	'{"kind":"label","task":"1","worker":"10","value":"negative","at":"2026-03-09T22:16:08.728353Z","ms":4288}' \
	'{"kind":"label","task":"1","worker":"11","value":"neutral","at":"2026-03-09T22:20:01.000000Z","ms":9100}'
finish
