# prometheus.awk - a strict reader of the text format 0.0.4, for what lbl-payout writes of it.
#
# Prints "name labels value" of each sample, and exits 1, with what is wrong, when the file is
# anything else than families of HELP, TYPE and samples, in that order, each name once, each sample once, the
# last line ended.  -v want=LIST: these families and no others.
function bad(why) {
	print FILENAME ":" FNR ": " why >"/dev/stderr"
	failed = 1
	exit 1
}
/^# HELP / {
	if (!match($0, /^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* [^ ].*$/))
		bad("HELP")
	if (family != "" && !samples[family])
		bad("no sample of " family)
	family = $3
	if (family in help)
		bad(family " again")
	help[family] = 1
	families = families " " family
	next
}
/^# TYPE / {
	if (NF != 4 || $3 != family || (family in type) || $4 !~ /^(gauge|counter)$/)
		bad("TYPE")
	type[family] = $4
	if (($4 == "counter") != (family ~ /_total$/))
		bad("a counter ends in _total, and nothing else does")
	next
}
/^[a-zA-Z_:][a-zA-Z0-9_:]*([{][a-z]+="[a-z]+"[}])? -?([0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?|NaN|[+-]Inf)$/ {
	name = $1
	sub(/[{].*/, "", name)
	if (name != family || !(family in type))
		bad("a sample outside of its family")
	if ($1 in seen)
		bad($1 " again")
	seen[$1] = 1
	samples[family]++
	print $1, $2
	next
}
{
	bad("neither comment nor sample: " $0)
}
END {
	if (failed)
		exit 1
	if (family == "" || !samples[family])
		bad("ends without a sample")
	if (want != "" && families != " " want)
		bad("families are" families)
}
