#!/bin/sh
# What the manuals show is what happens.  Every "$ " line in a literal block of a page
# is typed into an empty folder, page by page and in order, and what the page shows below
# it must come out, both outputs together as on a terminal.  A command goes on in the next
# line after "\", "|" or "&&".  The comment
#
#	.\" not run
#
# before a block says that it needs what is not here, such as a network.
# shellcheck disable=SC2016,SC2317
. "${0%/*}/lib.sh"

# blocks PAGE DIR - each command as DIR/N.cmd, what it shows as DIR/N.want
blocks() {
	awk -v dir="$2" '
	/^\.\\" not run/ { skip = 1 }
	/^\.Bd.*-literal/ { on = !skip; skip = 0; more = 0; file = "" }
	/^\.Ed/ { on = 0 }
	!on || /^\./ { next }
	{
		gsub(/\\e/, "\001")
		gsub(/\\&/, "")
		gsub(/\\-/, "-")
		gsub(/\\\(aq/, "\047")
		gsub(/\\\(dq/, "\"")
		gsub("\001", "\\")
	}
	more || /^\$ / {
		if (!more) {
			n++
			sub(/^\$ /, "")
			file = dir "/" n ".want"
			printf "" >file
		}
		print >(dir "/" n ".cmd")
		more = /(\\|\||&&)[ \t]*$/
		next
	}
	file { print >file }
	' "$1"
}

# typed PAGE - all of a page; the variables that one command sets are there for the next
typed() {
	page=$1 here=$PWD
	mkdir src play
	blocks "$page" src
	cd play
	n=0 last=0
	while [ -e "$here/src/$((n + 1)).cmd" ]; do
		n=$((n + 1))
		cmd=$(cat "$here/src/$n.cmd")
		set +e
		(exit $last)
		eval "$cmd" </dev/null >"$here/got" 2>&1
		last=$?
		set -e
		if ! cmp -s "$here/src/$n.want" "$here/got"; then
			echo "$page: $cmd"
			diff -u "$here/src/$n.want" "$here/got" || return 1
		fi
	done
	echo "$n commands"
}

# options COMMAND [VERB] - the option names that --help lists
options() {
	"$@" --help | sed -n -e 's/^  -\(.\), --\([a-z0-9-]*\).*/-\1 --\2/p' -e 's/^      --\([a-z0-9-]*\).*/--\1/p'
}

# text PAGE - as a reader sees it, one long line, words apart
text() {
	printf ' '
	mandoc -Tascii -Owidth=500 "$1" | sed "s/.$(printf '\b')//g" | tr -c 'a-zA-Z0-9_-' ' ' | tr '\n' ' '
	printf ' '
}

# complete COMMAND - all options, those of its verbs too, stand in the manual
complete() {
	text "$LBL_TOP/man/$1.1" >page
	for verb in '' plan sign send status facts address replay; do
		case $1:$verb in
		*: | lbl-payout:plan | lbl-payout:sign | lbl-payout:send | lbl-payout:status | lbl-payout:facts | lbl-payout:address | lbl-audit:replay) ;;
		*) continue ;;
		esac
		options "$1" ${verb:+"$verb"} >list
		[ -s list ]
		for o in $(cat list); do
			has page " $o "
		done
	done
}

# statuses PAGE - each exit status that the page lists is one of lib/io/cli.h, and one at least is
statuses() {
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh/p' "$1" | sed -n 's/^\.It //p' | tr -c '0-9\n' ' ' | tr -s ' ' '\n' | grep . >list
	for s in $(cat list); do
		grep -q "LBL_[A-Z]* = $s," "$LBL_TOP/lib/io/cli.h" || {
			echo "status $s is not in lib/io/cli.h"
			return 1
		}
	done
}

for page in "$LBL_TOP"/man/*.[157]; do
	name=${page##*/}
	t "$name is clean" "mandoc -Tlint -Wwarning '$page'"
	t "$name: exit statuses are real" "statuses '$page'"
	t "$name: its examples do what it shows" "typed '$page'"
	rm -rf src play
done
for c in ingest assign agree score payout audit; do
	c=lbl-$c
	[ -x "$LBL_BUILD/bin/$c" ] || continue
	t "$c has a manual that names all its options" "complete $c"
done
t 'lbl(7) names every command' '
	text "$LBL_TOP/man/lbl.7" >page
	for c in "$LBL_BUILD"/bin/lbl-*; do
		has page " ${c##*/} "
	done
'
t 'lbl-records(5) lists every exit status there is' '
	sed -n "/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p" "$LBL_TOP/man/lbl-records.5" | sed -n "s/^\.It //p" >got
	sed -n "s/.*LBL_[A-Z]* = \([0-9]*\),.*/\1/p" "$LBL_TOP/lib/io/cli.h" >want
	same want got
'
t 'lbl-records(5) lists every field that is read' '
	# REC_FIELD(rec_label, task, ...) in lib/rec/kinds.c; the page has the kind as a tag, then its fields
	sed -n "s/.*REC_FIELD(rec_\([a-z]*\), \([a-z0-9_]*\),.*, \(true\|false\)).*/\1 \2 \3/p" "$LBL_TOP/lib/rec/kinds.c" |
		sed "s/ true\$/ /; s/ false\$/ ?/" | sort >want
	[ "$(wc -l <want)" -gt 70 ]
	awk "/^\.It Cm /{ kind = \$3 } /^\.Cm /{ print kind, \$2, (\$3 == \"?\" ? \"?\" : \"\") }" \
		"$LBL_TOP/man/lbl-records.5" | sort -u >page
	comm -23 want page >lacking
	empty lacking
'
finish
