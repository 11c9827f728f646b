# shellcheck shell=sh
# What the tests of lbl-agree share; read behind lib.sh.

# lab TASK WORKER VALUE... - label records; VALUE is JSON
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

# gold TASK VALUE...
gold() {
	printf '{"kind":"gold","task":"%s","value":%s}\n' "$@"
}

# made OPTION... - what lbl-agree makes of `in`, without mark and run record, in `out`
made() {
	exits 0 lbl-agree -q --only "$@" in >all 2>err
	empty err
	grep -v -e '^{"kind":"run"' -e '^{"kind":"end"' all >out
}

# bad MESSAGE - `in` is refused, and nothing is made
bad() {
	exits 65 lbl-agree -q --only in >out 2>err
	says err "lbl-agree: $1"
	empty out
}

# close A B DIGITS - the same records in any order, numbers to so many digits behind the point
close() {
	for _f in "$1" "$2"; do
		jq -cS --argjson d "$3" 'walk(if type == "number" then . * ($d | exp10) | round else . end)' "$_f" |
			sort >"$_f.close"
	done
	same "$1.close" "$2.close"
}
