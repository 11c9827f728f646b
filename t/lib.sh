# lib.sh - what a shell test needs; sourced by t/*.t, which prove runs.
#
#	. "${0%/*}/lib.sh"
#	t 'a worker must be a string' '
#		put bad "{\"kind\":\"label\",\"task\":\"t\",\"worker\":7,\"value\":1}"
#		exits 65 lbl-agree bad 2>err
#		says err "lbl-agree: bad:1: field \"worker\": expected a string, got a number (byte 37)"
#	'
#	finish
#
# Each test script runs in an empty folder of its own, removed at the end.  The
# body of a test runs in a subshell under set -e; never pipe a command under
# test: its exit status would be lost.
# Set by the Makefile: LBL_BUILD (build folder), LBL_TOP (the project), LBL_SHARED.

LC_ALL=C TZ=UTC
export LC_ALL TZ
LBL_TOP=${LBL_TOP:-$(cd "${0%/*}/.." && pwd)}
LBL_BUILD=${LBL_BUILD:-$LBL_TOP/build}
LBL_SHARED=${LBL_SHARED:-$LBL_TOP/../shared}
PATH=$LBL_BUILD/bin:$LBL_BUILD/t:$PATH
export LBL_TOP LBL_BUILD LBL_SHARED PATH

work=$(mktemp -d "${TMPDIR:-/tmp}/lbl-t.XXXXXX") || exit 1
trap 'cd / && rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

n_tests=0 n_failed=0

# t NAME BODY - one test
t() {
	n_tests=$((n_tests + 1))
	(set -e; eval "$2") >"$work/.log" 2>&1
	if [ $? -eq 0 ]; then
		echo "ok $n_tests - $1"
	else
		n_failed=$((n_failed + 1))
		echo "not ok $n_tests - $1"
		sed 's/^/#   /' "$work/.log" | head -40
	fi
}

# skip NAME WHY - a test that cannot run here, visibly
skip() {
	n_tests=$((n_tests + 1))
	echo "ok $n_tests - $1 # SKIP $2"
}

# finish - last line of a script
finish() {
	echo "1..$n_tests"
	[ "$n_failed" -eq 0 ]
	exit
}

# put FILE LINE... - write lines to a file
put() {
	_f=$1
	shift
	printf '%s\n' "$@" >"$_f"
}

# exits CODE COMMAND... - the command must end with exactly this status
exits() {
	_want=$1
	shift
	_got=0
	"$@" || _got=$?
	[ "$_got" -eq "$_want" ] || {
		echo "exit status $_got, want $_want: $*" >&2
		[ ! -s err ] || sed 's/^/err: /' err >&2
		return 1
	}
}

# same WANT GOT - two files are equal to the byte
same() {
	cmp -s "$1" "$2" || {
		diff -u "$1" "$2" | head -30 >&2
		return 1
	}
}

# says FILE TEXT - the file is exactly this one line
says() {
	printf '%s\n' "$2" >.want
	same .want "$1"
}

# has FILE TEXT - the file holds this fixed text
has() {
	grep -qF -e "$2" "$1" || {
		echo "no '$2' in $1:" >&2
		head -20 "$1" | cut -c1-300 >&2
		return 1
	}
}

# lacks FILE TEXT - the file does not hold it.  (In the middle of a test "! grep" would
# fail unseen: set -e does not look at it.)
lacks() {
	if grep -F -e "$2" "$1" >&2; then
		return 1
	fi
}

# holds FILE EXPRESSION - of jq, true of the array of the records of the file
holds() {
	jq -se "$2" "$1" >/dev/null || {
		echo "not so: $2" >&2
		head -20 "$1" | cut -c1-300 >&2
		return 1
	}
}

# empty FILE - nothing in it
empty() {
	[ ! -s "$1" ] || {
		echo "$1 is not empty:" >&2
		head -20 "$1" | cut -c1-300 >&2
		return 1
	}
}
