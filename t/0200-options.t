#!/bin/sh
# Options, for every command and every verb: what --help says is what the parser does.
# shellcheck disable=SC2016,SC2154   # $c and $v are set around each test, bodies are expanded late
. "${0%/*}/lib.sh"

commands='lbl-ingest lbl-assign lbl-agree lbl-score lbl-score:calibrate lbl-payout lbl-payout:plan lbl-payout:sign lbl-payout:send
	lbl-payout:status lbl-payout:facts lbl-payout:address
	lbl-audit:replay'

# cmd - the command under test; $v is its verb or empty
cmd() {
	"$c" ${v:+"$v"} "$@"
}

# each NAME BODY - one test a command
each() {
	for x in $commands; do
		c=${x%%:*} v=
		case $x in
		*:*) v=${x#*:} ;;
		esac
		[ ! -x "$LBL_BUILD/bin/$c" ] || t "$c${v:+ $v}: $1" "$2"
	done
}

# usage MESSAGE ARGUMENT... - refused with exactly this line, and nothing on stdout
usage() {
	_msg=$1
	shift
	exits 64 cmd "$@" </dev/null >out 2>err && says err "$c: $_msg (see $c --help)" && empty out
}

# options - from --help, one a line: letter or "-", name, argument or nothing.  Who reads
# them in a loop is in a shell of his own, hence the "exit 1".
options() {
	cmd --help | sed -n -e 's/^  -\(.\), --\([a-z0-9-]*\) \{0,1\}\([^ ]*\).*/\1 \2 \3/p' \
		-e 's/^      --\([a-z0-9-]*\) \{0,1\}\([^ ]*\).*/- \1 \2/p'
}

each '--help goes to stdout, with the options that all have' '
	exits 0 cmd --help >out 2>err
	empty err
	head -n 1 out >first
	has first "usage: $c "
	for o in "  -q, --quiet  " "      --only  " "      --rejects FILE  " "      --max-line BYTES  " \
		"      --unbuffered  " "      --help  " "      --version  "; do
		has out "$o"
	done
	[ "$(tail -n 1 out)" = "      --version               print the version" ]
'
each '--help wins over what follows it, not over what stands before' '
	exits 0 cmd --help --nonsense >out 2>err
	empty err
	usage "unknown option --nonsense" --nonsense --help
'
each '--help to a full disk' '
	exits 74 cmd --help >/dev/full 2>err
	says err "$c: cannot write to standard output"
'
each '--version' '
	exits 0 cmd --version >out 2>err
	says out "$c 0.1.0"
	empty err
'
each 'an unknown option' '
	usage "unknown option --nonsense" --nonsense
	usage "unknown option --nonsense=7" --nonsense=7
	usage "unknown option -Z" -Z
	usage "unknown option --quie" --quie
	usage "unknown option --=1" --=1
'
each 'an unknown option is cut short and tamed' '
	usage "unknown option --?[2J" "$(printf "%s\033[2J" --)"
	usage "unknown option --xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" "$(printf "%s%0100d" -- 0 | tr 0 x)"
'
each 'each option with an argument wants one' '
	options | while read -r letter name arg; do
		case $arg in
		"") continue ;;
		esac
		usage "--$name wants a value: $arg" "--$name" || exit 1
		[ "$letter" = - ] || usage "--$name wants a value: $arg" "-$letter" || exit 1
	done
'
each 'each option without an argument takes none' '
	options | while read -r letter name arg; do
		case $arg:$name in
		:help | :version) continue ;;
		:*) usage "--$name takes no value" "--$name=1" || exit 1 ;;
		*) continue ;;
		esac
		[ "$letter" = - ] || usage "--$name takes no value" "-${letter}1" || exit 1
	done
'
each 'each choice refuses what is none, and quotes it' '
	options | while read -r letter name arg; do
		case $arg in
		*"|"*)
			usage "--$name: want $arg, got \"nonsense\"" "--$name=nonsense" || exit 1
			usage "--$name: want $arg, got \"\"" "--$name=" || exit 1
			usage "--$name: want $arg, got \"$(printf "%.40s" "$arg")\"" "--$name" "$arg" || exit 1
			;;
		esac
	done
'
each 'each number refuses what is none, and quotes it' '
	options | while read -r letter name arg; do
		case $arg in
		N | BYTES | SECONDS) what="whole number" ;;
		T | P | RUNS) what="number" ;;
		*) continue ;;
		esac
		for bad in x "" 0x10 1e 1,5 "1 " +1; do
			usage "--$name: want a $what, got \"$bad\"" "--$name=$bad" || exit 1
		done
		[ "$what" = number ] && continue
		for bad in -1 1.5 1e3 18446744073709551616; do
			usage "--$name: want a whole number, got \"$bad\"" "--$name" "$bad" || exit 1
		done
	done
'
each '--max-line has a range' '
	usage "--max-line: 63 is not from 64 to 1000000000000" --max-line 63
	usage "--max-line: 18446744073709551615 is not from 64 to 1000000000000" --max-line=18446744073709551615
'

# ---- where options end, on a command that takes nothing but files

c=lbl-agree v=
label='{"kind":"label","task":"t1","worker":"w1","value":"a"}'
put in "$label"
cp in ./--only
t '-- ends the options' '
	exits 0 cmd -q -m mv -- --only >out 2>err
	exits 0 cmd -q -m mv in >want
	same want out
	exits 0 cmd -q -m mv -- in >out 2>err
	same want out
'
t 'options end at the first operand' '
	exits 66 cmd in --none >out 2>err
	says err "lbl-agree: --none: No such file or directory"
'
t '- is standard input, not an option' '
	exits 0 cmd -q in >want
	exits 0 cmd -q - <in >out 2>err
	same want out
'
t '--opt=value, --opt value, -o value, -ovalue are the same' '
	exits 0 cmd -q --method mv in >want
	has want "\"options\":{\"method\":\"mv\",\"iterations\":0,\"tolerance\":0,\"seed\":0,\"gold\":\"clamp\",\"repeats\":\"last\",\"half_life\":0,\"agreement\":\"alpha\",\"weights\":\"identity\",\"metric\":\"nominal\",\"circumference\":0}"
	for a in --method=mv -mmv "-m mv"; do
		# shellcheck disable=SC2086   # two words
		exits 0 cmd -q $a in >out 2>err
		same want out
	done
'
t 'the last of several counts' '
	exits 0 cmd -q -m mv in >want
	exits 0 cmd -q -m ds --method mv in >out 2>err
	same want out
'
t 'an empty operand is a file that is not there' '
	exits 66 cmd "" >out 2>err
	says err "lbl-agree: : No such file or directory"
'

# ---- the options of each, by name: a table that lost one would pass the loops above

names() {
	options | sed 's/^. \([^ ]*\).*/\1/' | tr '\n' ' '
}
t 'lbl-agree has these options' '
	[ "$(names)" = "method iterations tolerance seed gold calibrate repeats half-life overlap agreement weights metric circumference per-class pairs by bootstrap choices estep mstep apply report threads quiet only rejects max-line unbuffered help version " ]
'
t 'lbl-agree: ranges' '
	usage "--iterations: 1000001 is not from 0 to 1000000" --iterations 1000001
	usage "--seed: 9000000000000001 is not from 0 to 9e+15" --seed 9000000000000001
	usage "--half-life: -0.5 is not from 0 to 1000000" --half-life -0.5
	usage "--half-life: 1000000.5 is not from 0 to 1000000" --half-life 1000000.5
	usage "--half-life: want a number, got \"inf\"" --half-life inf
	usage "--tolerance: -1.5 is not from -1 to 1" --tolerance -1.5
	usage "--tolerance: 2 is not from -1 to 1" --tolerance 2
	usage "--threads: 1025 is not from 0 to 1024" -j1025
	usage "--tolerance: want a number, got \"nan\"" --tolerance nan
	usage "--tolerance: want a number, got \"1e999\"" --tolerance 1e999
	usage "--threads: 0000000000000000000000000000000000009999 is not from 0 to 1024" \
		-j 00000000000000000000000000000000000099999
	for n in 0 1 1000000; do
		exits 0 cmd -q --iterations $n in >out
		has out "\"iterations\":$n,"
	done
	exits 0 cmd -q -m ds --tolerance -1 --iterations 3 --seed 9000000000000000 -g judge --repeats error --half-life 1000000 -j 1024 in >out
	has out "{\"method\":\"ds\",\"iterations\":3,\"tolerance\":-1,\"seed\":9000000000000000,\"gold\":\"judge\",\"repeats\":\"error\",\"half_life\":1000000,\"agreement\":\"alpha\",\"weights\":\"identity\",\"metric\":\"nominal\",\"circumference\":0}"
	exits 0 cmd -q --tolerance 1 --half-life 0 -j 0 in >out
	has out "{\"method\":\"auto\",\"iterations\":0,\"tolerance\":1,\"seed\":0,\"gold\":\"clamp\",\"repeats\":\"last\",\"half_life\":0,\"agreement\":\"alpha\",\"weights\":\"identity\",\"metric\":\"nominal\",\"circumference\":0}"
'
c=lbl-score
t 'lbl-score has these options' '
	[ "$(names)" = "rule epoch min-confidence calibrate policy end reset unhold reviewer reviewers review-queue bound threshold ca-ref half-seed quality tolerance relative iou reputation penalty explain report threads quiet only rejects max-line unbuffered help version " ]
'
t 'lbl-score: ranges' '
	usage "--min-confidence: 1.01 is not from 0 to 1" -c 1.01
	usage "--min-confidence: -0.1 is not from 0 to 1" -c -0.1
	usage "--epoch is empty" --epoch=
	usage "--epoch is longer than 256 bytes" --epoch "$(printf "%0257d" 0)"
	usage "--epoch is not UTF-8" --epoch "$(printf "\303(")"
	exits 0 cmd -q -e "$(printf "%0256d" 0)" -c 1 in >out
	has out "\"epoch\":\"$(printf "%0256d" 0)\",\"min_confidence\":1,"
	exits 0 cmd -q --rule gold -e 2026-W47 -c 0 --bound 90 in >out
	has out "\"options\":{\"rule\":\"gold\",\"epoch\":\"2026-W47\",\"min_confidence\":0,\"calibrate\":50,\"z2_micro\":1642374}"
'
finish
