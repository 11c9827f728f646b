#!/bin/sh
# The rules of the stream, for every command that reads records: lines, records,
# pass-through, rejects, end marks, files, and what happens when a pipe breaks.
# lbl-payout and lbl-audit decide before they print; their own tests say how.
# shellcheck disable=SC2016,SC2154   # $c is set around each test, bodies are expanded late
. "${0%/*}/lib.sh"

readers=
for c in lbl-agree lbl-score lbl-assign lbl-ingest; do
	[ ! -x "$LBL_BUILD/bin/$c" ] || readers="$readers $c"
done

# cmd - the command under test, with what it cannot do without
cmd() {
	case $c in
	lbl-assign) lbl-assign --k 1 "$@" ;;
	*) "$c" "$@" ;;
	esac
}

# again EPOCH ... - the same on what the command has printed: what was scored is not scored again
again() {
	_epoch=$1
	shift
	case $c in
	lbl-score) lbl-score --epoch "$_epoch" "$@" ;;
	*) cmd "$@" ;;
	esac
}

# each NAME BODY - one test for every reader, $c being its name
each() {
	for c in $readers; do
		t "$c: $1" "$2"
	done
}

# refused LINE MESSAGE - the second line of a file is this one, and the command says this
refused() {
	printf '%s\n%s\n' "$good" "$1" >bad
	exits 65 cmd bad >out 2>err
	says err "$c: bad:2: $2"
	says out "$good"                # what came before is there, and no end mark
}

# passes FILE - the command copies the file to the head of its output, and its own
# output is a stream that it takes as whole
passes() {
	exits 0 cmd -q "$1" >out 2>err
	head -c "$(wc -c <"$1")" out >top
	same "$1" top
	exits 0 again 2 out >/dev/null 2>err2
	lacks err2 "end mark"
}

# unsealed - the command has noted that there is no end mark; lbl-ingest does not, whose
# input has none by nature
unsealed() {
	if [ "$c" = lbl-ingest ]; then
		lacks err "end mark"
	else
		head -n 1 err >first
		says first "$c: the input has no end mark: it may have been cut short"
	fi
}

# seal FILE - the file with a valid mark of its own, out of lbl-ingest
seal() {
	lbl-ingest -q "$1"
}

good='{"kind":"label","task":"t1","worker":"w1","value":"a"}'
other='{"kind":"label","task":"t1","worker":"w2","value":"b"}'
put good "$good"
put other "$other"
put pair "$good" "$other"

# ---- what is no record

each 'not JSON' 'refused "hello" "expected an object (byte 1)"'
each 'an array' 'refused "[1]" "expected an object, got an array (byte 1)"'
each 'a truncated line' '
	refused "{\"kind\":\"label\",\"task\":\"t1\",\"wor" "unexpected end (byte 33)"
'
each 'two objects in one line' 'refused "{} {}" "unexpected text after the value (byte 4)"'
each 'a duplicate key' '
	refused "{\"kind\":\"label\",\"task\":\"t\",\"task\":\"t\",\"worker\":\"w\",\"value\":1}" "duplicate key \"task\" (byte 28)"
'
each 'a duplicate key in disguise, in a nested value of an unknown kind' '
	refused "{\"kind\":\"x\",\"y\":{\"a\":1,\"\\u0061\":2}}" "duplicate key \"a\" (byte 24)"
'
each 'a NUL byte' '
	printf "%s\n{\"kind\":\"x\",\"y\":\"\000\"}\n" "$good" >bad
	exits 65 cmd bad >out 2>err
	says err "$c: bad:2: NUL byte (byte 18)"
'
each 'an escaped NUL' 'refused "{\"kind\":\"x\",\"y\":\"\\u0000\"}" "NUL escape (byte 18)"'
each 'invalid UTF-8' '
	refused "$(printf "{\"kind\":\"x\",\"y\":\"\303(\"}")" "invalid UTF-8 (byte 18)"
	refused "$(printf "{\"kind\":\"x\",\"y\":\"\355\240\200\"}")" "invalid UTF-8 (byte 18)"
'
each 'a lone surrogate' '
	refused "{\"kind\":\"x\",\"y\":\"\\ud800\"}" "unpaired surrogate (byte 18)"
	refused "{\"kind\":\"x\",\"y\":\"\\udc00\"}" "unpaired surrogate (byte 18)"
'
each 'a number that no double holds' 'refused "{\"kind\":\"x\",\"y\":1e400}" "number out of range (byte 17)"'
each 'an invalid number' 'refused "{\"kind\":\"x\",\"y\":01}" "invalid number (byte 18)"'
each 'a control character in a string' '
	refused "$(printf "{\"kind\":\"x\",\"y\":\"\033[2J\"}")" "control character in a string (byte 18)"
'
each 'arrays nested 64 deep, not 63' '
	deep() { awk -v n="$1" "BEGIN { for (i = 0; i < n; i++) a = a \"[\"; for (i = 0; i < n; i++) b = b \"]\"; print a b }"; }
	put ok "{\"kind\":\"x\",\"y\":$(deep 63)}"
	passes ok
	refused "{\"kind\":\"x\",\"y\":$(deep 64)}" "nested too deeply (more than 64) (byte 80)"
'

# ---- what is no good record

each 'a field of the wrong type' '
	refused "{\"kind\":\"label\",\"task\":\"t1\",\"worker\":7,\"value\":\"a\"}" \
		"field \"worker\": expected a string, got a number (byte 38)"
	refused "{\"kind\":\"label\",\"task\":null,\"worker\":\"w\",\"value\":\"a\"}" \
		"field \"task\": expected a string, got null (byte 24)"
'
each 'a missing field' '
	refused "{\"kind\":\"label\",\"task\":\"t1\",\"value\":\"a\"}" "field \"worker\" is missing"
'
each 'an empty identifier' '
	refused "{\"kind\":\"label\",\"task\":\"\",\"worker\":\"w\",\"value\":\"a\"}" "field \"task\": is empty (byte 24)"
'
each 'a kind that is no string' '
	refused "{\"kind\":1}" "field \"kind\": expected a string, got a number (byte 9)"
'
each 'a count out of range' '
	for ms in -1 1.5 9007199254740993; do
		refused "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"w\",\"value\":\"a\",\"ms\":$ms}" \
			"field \"ms\": expected a whole number from 0 to 9007199254740992, got $ms (byte 58)"
	done
'
each 'a time that is none' '
	refused "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"w\",\"value\":\"a\",\"at\":\"2026-02-29T00:00:00Z\"}" \
		"field \"at\": expected a time such as 2026-11-22T09:51:00Z, got \"2026-02-29T00:00:00Z\" (byte 58)"
'
each 'an address with a wrong checksum, and with none' '
	refused "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed\",\"value\":\"a\"}" \
		"field \"worker\": address has a wrong checksum (EIP-55) (byte 37)"
	put ok "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\",\"value\":\"a\"}" \
		"{\"kind\":\"label\",\"task\":\"u\",\"worker\":\"0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED\",\"value\":\"a\"}" \
		"{\"kind\":\"label\",\"task\":\"v\",\"worker\":\"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\",\"value\":\"a\"}"
	passes ok
'
each 'identifiers of 256 bytes, not of 257' '
	id=$(awk "BEGIN { for (i = 0; i < 128; i++) printf \"é\" }")
	put ok "{\"kind\":\"label\",\"task\":\"$id\",\"worker\":\"$id\",\"value\":\"a\"}"
	passes ok
	refused "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"x$id\",\"value\":\"a\"}" \
		"field \"worker\": is longer than 256 bytes (byte 37)"
'
each 'terminal escapes are not passed on to a terminal' '
	printf "%s\n" "$good" "{\"kind\":\"label\",\"task\":\"t\",\"worker\":\"w\",\"value\":\"a\",\"at\":\"\\u001b]0;x\\u0007\\u009b\"}" >bad
	exits 65 cmd bad >out 2>err
	says err "$c: bad:2: field \"at\": expected a time such as 2026-11-22T09:51:00Z, got \"?]0;x???\" (byte 58)"
'

# ---- what passes

each 'unknown kinds, no kind, unknown fields pass untouched' '
	put in "{\"kind\":\"unheard-of\",\"worker\":7}" "{ \"no\" : [ \"kind\" ] }" "{}" \
		"{\"kind\":\"label\",\"task\":\"t1\",\"worker\":\"w1\",\"value\":\"a\",\"more\":{\"b\":[null,1e-7]},\"ms\":4288}"
	passes in
'
each 'kind in any position, and escaped' '
	put in "{\"task\":\"t1\",\"worker\":\"w1\",\"value\":\"a\",\"kind\":\"label\"}" \
		"{\"task\":\"t1\",\"worker\":\"w2\",\"value\":\"b\",\"ki\\u006ed\":\"lab\\u0065l\"}"
	passes in
	put bad "{\"task\":\"t1\",\"worker\":7,\"value\":\"a\",\"kind\":\"lab\\u0065l\"}"
	exits 65 cmd bad >out 2>err
	says err "$c: bad:1: field \"worker\": expected a string, got a number (byte 23)"
'
each 'white space, CRLF, blank lines and tabs pass byte for byte' '
	printf "%s\r\n\n \t \r\n\r\n  %s  \n" "$good" "$other" >in
	passes in
'
each 'blank lines are counted' '
	printf "\n\r\n%s\nx\n" "$good" >bad
	exits 65 cmd bad >out 2>err
	says err "$c: bad:4: expected an object (byte 1)"
'
each 'a byte order mark at the start of a file is skipped, elsewhere it is no JSON' '
	printf "\357\273\277%s\n" "$good" >bom
	exits 0 cmd -q bom >out 2>err
	exits 0 cmd -q good >want
	same want out
	printf "%s\n\357\273\277%s\n" "$good" "$good" >bad
	exits 65 cmd bad >out 2>err
	says err "$c: bad:2: expected an object (byte 1)"
	printf "\357\273\277" >bom
	exits 0 cmd -q bom >out
	exits 0 cmd -q /dev/null >want
	same want out
'
each 'the last line may lack its newline' '
	printf "%s\n%s" "$good" "$other" >in
	exits 0 cmd -q in >out 2>err
	exits 0 cmd -q pair >want
	same want out
'
each '--only leaves the input out' '
	exits 0 cmd -q pair >all
	exits 0 cmd -q --only pair >only
	sed 1,2d all | grep -v "\"end\"" >want || :
	grep -v "\"end\"" only >got || :
	same want got
'
each '--unbuffered changes no byte' '
	exits 0 cmd -q pair >want
	exits 0 cmd -q --unbuffered pair >out
	same want out
'
each 'an empty input is no error' '
	exits 0 cmd -q </dev/null >out 2>err
	empty err
	tail -n 1 out >last
	has last "{\"kind\":\"end\",\"tool\":\"$c\","
'
each 'no locale changes a byte' '
	exits 0 cmd -q pair >want
	for l in de_DE.UTF-8 de_DE fr_FR.UTF-8; do
		LC_ALL=$l LC_NUMERIC=$l exits 0 cmd -q pair >out 2>err
		same want out
	done
'

# ---- how long a line may be

each 'a line of --max-line bytes passes, a longer one does not' '
	long="{\"kind\":\"x\",\"y\":\"$(printf "%*s" $((64 - 19)) "")\"}"
	[ ${#long} -eq 64 ]
	put ok "$long"
	exits 0 cmd -q --max-line 64 ok >out
	printf "%s" "$long" >ok
	exits 0 cmd -q --max-line 64 ok >out
	put bad "$good" "$long "
	exits 65 cmd --max-line 64 bad >out 2>err
	says err "$c: bad:2: line is longer than 64 bytes (see --max-line)"
	printf "%s\n%s " "$good" "$long" >bad
	exits 65 cmd --max-line 64 bad >out 2>err
	says err "$c: bad:2: line is longer than 64 bytes (see --max-line)"
'
each 'a line without end is refused before memory grows' '
	([ "${LBL_SAN-}" ] || ulimit -v 400000; exits 65 cmd --max-line 1000000 </dev/zero >out 2>err)
	says err "$c: line 1: line is longer than 1000000 bytes (see --max-line)"
'
each 'a line of many blocks is read whole' '
	awk "BEGIN { printf \"{\\\"kind\\\":\\\"x\\\",\\\"y\\\":\\\"\"; for (i = 0; i < 3000000; i++) printf \"y\"; print \"\\\"}\" }" >in
	passes in
'

# ---- rejects

each '--rejects takes the bad lines, whole, with place and reason' '
	printf "%s\nhello \"you\"\n{\"kind\":\"label\",\"task\":\"t1\",\"value\":\"a\"}\r\n%s\n" "$good" "$other" >in
	exits 1 cmd --rejects rej in >out 2>err
	put want "{\"kind\":\"reject\",\"file\":\"in\",\"line\":2,\"error\":\"expected an object\",\"raw\":\"hello \\\"you\\\"\"}" \
		"{\"kind\":\"reject\",\"file\":\"in\",\"line\":3,\"error\":\"field \\\"worker\\\" is missing\",\"raw\":\"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t1\\\",\\\"value\\\":\\\"a\\\"}\"}"
	same want rej
	grep -v -e "end mark" -e "pending" -e "units released" -e "without gold" -e "is not calibrated" -e "^lbl-agree: auto: [0-9.]* hds + [0-9.]* one-coin: " err >told
	says told "$c: 2 bad lines written to rej"
	head -n 2 out >top
	same pair top
	exits 0 cmd -q pair >want
	same want out                   # as if the bad lines had not been there
'
each '--rejects of one line from standard input, not UTF-8, told even with -q' '
	printf "\303(\n" >in
	exits 1 cmd -q --rejects rej <in >out 2>err
	says rej "{\"kind\":\"reject\",\"file\":\"-\",\"line\":1,\"error\":\"expected an object\",\"raw_hex\":\"c328\"}"
	says err "$c: 1 bad line written to rej"
'
each '--rejects without a bad line: an empty file and status 0' '
	put rej old
	exits 0 cmd -q --rejects rej good >out 2>err
	empty rej
	empty err
'
each '--rejects never empties a file that is read, and is no part of the stream' '
	cp pair keep
	exits 64 cmd --rejects keep keep >out 2>err
	says err "$c: --rejects keep: is the input (see $c --help)"
	same pair keep
	ln -sf keep link
	exits 64 cmd --rejects link good keep >out 2>err
	same pair keep
	exits 64 cmd --rejects out good >out 2>err
	says err "$c: --rejects out: is the output (see $c --help)"
	empty out
'
each '--rejects to a full disk or to nowhere' '
	put in hello
	exits 74 cmd -q --rejects /dev/full in >out 2>err
	says err "$c: /dev/full: No space left on device"
	exits 74 cmd -q --rejects none/rej in >out 2>err
	says err "$c: none/rej: No such file or directory"
'

# ---- end marks

each 'its own output is a whole stream, also twice' '
	exits 0 cmd -q pair >once
	exits 0 again 2 once >twice 2>err
	lacks err "end mark"
	exits 0 again 3 twice >/dev/null 2>err
	lacks err "end mark"
'
each 'a missing end mark is noted, and not with -q' '
	exits 0 cmd good >out 2>err
	unsealed
	exits 0 cmd -q good >out 2>err
	empty err
	seal good | sed \$d >cut
	exits 0 cmd cut >out 2>err
	unsealed
	seal good >sealed
	exits 0 cmd sealed good >out 2>err
	unsealed
'
each 'records behind the mark are not sealed by it' '
	{ seal good; cat other; } >in
	exits 0 cmd in >out 2>err
	unsealed
'
each 'a mark counts the lines before it' '
	seal pair | sed 1d >cut
	exits 65 cmd cut >out 2>err
	says err "$c: cut:2: end mark does not match: it covers 2 lines, here are 1"
	seal pair | sed 2p >more
	exits 65 cmd more >out 2>err
	says err "$c: more:4: end mark does not match: it covers 2 lines, here are 3"
'
each 'a mark knows the bytes before it' '
	seal pair | sed "1s/\"a\"/\"b\"/" >edited
	exits 65 cmd edited >out 2>err
	says err "$c: edited:3: end mark does not match: the 2 lines before it were changed"
	seal pair | sed "2s/ *\$/ /" >edited
	exits 65 cmd edited >out 2>err
	says err "$c: edited:3: end mark does not match: the 2 lines before it were changed"
	seal pair | awk "NR == 1 { first = \$0; next } { print } NR == 2 { print first }" >swapped
	exits 65 cmd swapped >out 2>err
	says err "$c: swapped:3: end mark does not match: the 2 lines before it were changed"
	seal good | sed "s/\"xxh3\":\"./\"xxh3\":\"x/" >edited
	exits 65 cmd edited >out 2>err
	says err "$c: edited:2: end mark does not match: the 1 lines before it were changed"
'
each 'a bad mark is no line to reject: the stream is wrong' '
	seal pair | sed 1d >cut
	exits 65 cmd --rejects rej cut >out 2>err
	says err "$c: cut:2: end mark does not match: it covers 2 lines, here are 1"
	empty rej
'
each 'a mark without its fields' '
	put in "{\"kind\":\"end\",\"tool\":\"x\"}"
	exits 65 cmd in >out 2>err
	says err "$c: in:1: end mark: field \"records\": expected a count"
	put in "{\"kind\":\"end\",\"records\":0,\"xxh3\":7}"
	exits 65 cmd in >out 2>err
	says err "$c: in:1: end mark: field \"xxh3\": expected a string"
'
each 'marks are checked and dropped across cat' '
	seal good >a
	seal other >b
	cat a b >ab
	exits 0 cmd <ab >out 2>err
	lacks err "end mark"
	head -n 2 out >top
	same pair top
	[ "$(grep -c "\"end\"" out)" -eq 1 ]
	exits 0 cmd a b >out2 2>err
	lacks err "end mark"
	same out out2
	sed 1d b >b2
	cat a b2 >ab
	exits 65 cmd <ab >out 2>err
	says err "$c: line 3: end mark does not match: it covers 1 lines, here are 0"
'
each 'a rejected line is under the mark all the same' '
	{ cat good; echo hello; } >in
	{ cat in; printf "{\"kind\":\"end\",\"tool\":\"x\",\"records\":2,\"xxh3\":\"%s\"}\n" d3ad; } >marked
	exits 65 cmd --rejects rej marked >out 2>err
	says err "$c: marked:3: end mark does not match: the 2 lines before it were changed"
'

# ---- files

each 'line numbers start again in each file' '
	put a "$good"
	put b "$other" "hello"
	exits 65 cmd a b >out 2>err
	says err "$c: b:2: expected an object (byte 1)"
	exits 65 cmd a - <b >out 2>err
	says err "$c: -:2: expected an object (byte 1)"
	exits 65 cmd - <b >out 2>err
	says err "$c: line 2: expected an object (byte 1)"
'
each 'a directory' '
	mkdir -p dir
	exits 66 cmd good dir >out 2>err
	says err "$c: dir: is a directory"
	empty out
	exits 66 cmd <dir >out 2>err
	says err "$c: -: Is a directory"
'
each 'a missing file' '
	exits 66 cmd good none >out 2>err
	says err "$c: none: No such file or directory"
	empty out
'
each '- twice' '
	exits 64 cmd - - <good >out 2>err
	says err "$c: \"-\" stands twice: standard input can be read once (see $c --help)"
'
each 'the output is not read again' '
	cp good log
	exits 64 cmd log >>log 2>err
	says err "$c: log: is the input and the output (see $c --help)"
	same good log
'
each 'with --only a log may be added to' '
	seal good >log
	cp log was
	exits 0 cmd -q --only log >>log
	exits 0 again 2 log >out 2>err
	lacks err "end mark"
	head -n 2 log >top
	same was top
'
each 'a full disk' '
	exits 74 cmd -q good >/dev/full 2>err
	says err "$c: cannot write to standard output: No space left on device"
	exits 74 cmd -q --unbuffered good >/dev/full 2>err
	says err "$c: cannot write to standard output: No space left on device"
	exits 74 cmd -q </dev/null >/dev/full 2>err
	says err "$c: cannot write to standard output: No space left on device"
'
each 'standard output closed' '
	exits 74 cmd -q good >&- 2>err
	says err "$c: cannot write to standard output: Bad file descriptor"
'
each 'standard input closed' '
	exits 66 cmd -q <&- >out 2>err
	says err "$c: -: Bad file descriptor"
	exits 0 cmd -q good <&- >out 2>err
	empty err
'
each 'standard error closed' '
	exits 0 cmd good >out 2>&-
	exits 65 cmd --max-line 64 /dev/zero >out2 2>&-
	exits 0 cmd -q good >want
	same want out
'
each 'a broken pipe ends it quietly' '
	awk "BEGIN { for (i = 0; i < 40000; i++) printf \"{\\\"kind\\\":\\\"label\\\",\\\"task\\\":\\\"t%d\\\",\\\"worker\\\":\\\"w\\\",\\\"value\\\":\\\"a\\\"}\n\", i }" >many
	{ code=0; cmd -q many 2>err || code=$?; echo $code >code; } | head -n 1 >out
	says code 141
	empty err
	says out "{\"kind\":\"label\",\"task\":\"t0\",\"worker\":\"w\",\"value\":\"a\"}"
'
each 'also where a parent ignores SIGPIPE' '
	awk "BEGIN { for (i = 0; i < 40000; i++) print \"{}\" }" >many
	{ code=0; (trap "" PIPE; cmd -q many 2>err) || code=$?; echo $code >code; } | :
	says code 141
	empty err
'
finish
