#!/bin/sh
# The bounds of `make incentives`, on one seed of a few crowds: honest people are paid, rings are not, even when they know all gold.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

TMPDIR=$work
export TMPDIR

# crowd NAME - within its bounds, and said so
crowd() {
	exits 0 incentives -s 1 -f 1000 -j 1 "$LBL_BUILD/bin" "$1" >out 2>err
	empty err
	lacks out MISSED
	[ "$(wc -l <out)" -eq 3 ]
	has out "$1 "
}

case $LBL_BUILD in
/*) ;;
*) LBL_BUILD=$LBL_TOP/$LBL_BUILD ;;
esac
for name in base ring20 goldleak100; do
	t "$name" 'crowd $name'
done
t 'one person through ten accounts is paid the same to the unit' '
	exits 0 incentives -s 1 -j 1 "$LBL_BUILD/bin" split >out 2>err
	empty err
	lacks out MISSED
'
t 'a bound that is missed is told, and is the exit status' '
	exits 0 incentives -s 1 -j 1 "$LBL_BUILD/bin" leak30 >out
	has out "leak30 "
	mkdir bin
	printf "%s\n" "#!/bin/sh" "exec \"$LBL_BUILD/bin/lbl-score\" \"\$@\" | sed -e \"s/\\\"score_bp\\\":10000/\\\"score_bp\\\":5000/\" -e \"/\\\"kind\\\":\\\"end\\\"/d\"" >bin/lbl-score
	chmod +x bin/lbl-score
	ln -s "$LBL_BUILD/bin/lbl-payout" bin/lbl-payout
	exits 1 incentives -s 1 -j 1 "$PWD/bin" base >out
	has out "MISSED honest pay: 0.0"
'
t 'a command that does not work is no result' '
	printf "%s\n" "#!/bin/sh" "exit 65" >bin/lbl-score
	exits 70 incentives -s 1 -j 1 "$PWD/bin" base >out 2>err
	has err "incentives: "
	[ "$(wc -l <out)" -eq 2 ]
'
finish
