# lbl-agree --agreement: the coefficients as records, against the reference cases.
# shellcheck shell=sh disable=SC2016 # the bodies of tests are expanded by t
. "${0%/*}/lib.sh"

# label TASK WORKER VALUE...
label() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

# coefs FILE OPTION... - the agreement records
coefs() {
	_f=$1
	shift
	lbl-agree -q --only -m mv "$@" "$_f" | grep '"kind":"agreement"'
}

# 10 tasks of two workers: 4 a/a, 2 a/b, 1 b/a, 3 b/b
for i in 1 2 3 4; do label t$i v '"a"' t$i w '"a"'; done >two
for i in 5 6; do label t$i v '"a"' t$i w '"b"'; done >>two
label t7 v '"b"' t7 w '"a"' >>two
for i in 8 9 10; do label t$i v '"b"' t$i w '"b"'; done >>two

t 'by hand: percent, cohen, scott, ac1, bp' '
	coefs two --agreement percent,cohen,scott,ac1,bp >out
	jq -se "def near(a; b): (a - b | fabs) < 1e-12;
		near(.[0].value; 0.7) and
		near(.[1].chance; 0.6 * 0.5 + 0.4 * 0.5) and near(.[1].value; 0.2 / 0.5) and
		near(.[2].chance; 0.55 * 0.55 + 0.45 * 0.45) and near(.[2].value; (0.7 - .[2].chance) / (1 - .[2].chance)) and
		near(.[3].chance; 2 * 0.55 * 0.45) and near(.[4].value; 0.4)" out
	[ "$(jq -r .metric out | tr "\n" " ")" = "percent cohen scott ac1 bp " ]
'
t 'none, twice, unknown' '
	exits 0 lbl-agree -q --only -m mv --agreement none two >out
	[ "$(grep -c "\"kind\":\"agreement\"" out)" -eq 0 ]
	exits 64 lbl-agree --agreement alpha,alpha two 2>err
	says err "lbl-agree: --agreement: \"alpha\" stands twice (see lbl-agree --help)"
	exits 64 lbl-agree --agreement kappa two 2>err
	says err "lbl-agree: --agreement: no coefficient is named \"kappa\" (see lbl-agree --help)"
	exits 64 lbl-agree --metric circular two 2>err
	says err "lbl-agree: --metric circular wants --circumference U, above 0 (see lbl-agree --help)"
'
t 'words have no distance: null, with the reason' '
	coefs two --agreement fleiss,alpha,icc_1_1 --weights linear --metric interval >out
	jq -se "all(.[]; .value == null and .why == \"the classes have no numeric values\")" out || { cat out; false; }
'
t 'replay computes them again' '
	sed "s/\"a\"}/1}/;s/\"b\"}/2.5}/" two >numbers
	lbl-agree -q -m mv --agreement alpha,fleiss,ac2,icc_1_1 --weights quadratic numbers >log
	exits 0 lbl-audit replay log >out 2>err
	sed "s/\(\"metric\":\"fleiss\".*\"chance\":0\.\)./\17/" log >bad
	exits 1 lbl-audit replay bad >out 2>err
	has out "\"metric\":\"fleiss\""
'

cases=$LBL_SHARED/cases/metrics
if [ -d "$cases" ]; then
	for want in "$cases"/*.expect.json; do
		name=$(basename "$want" .expect.json)
		case $name in
		quality_* | peer_* | bounds_*) continue ;;
		esac
		jq -e '.cac' "$want" >/dev/null || continue
		# a declared domain is for unit tests: here it is what occurs
		jq -e '(.domain | length) as $q | [.n_categories // $q] | .[0] == $q' "$want" >/dev/null || continue
		export want name cases
		t "$name: identity" '
			coefs "$cases/$name.labels.ndjson" --agreement percent,fleiss,ac2,bp,conger >out
			jq -se --slurpfile w "$want" "
				def near(a; b; e): (a == null and b == null) or (a != null and b != null and ((a - b | fabs) <= e * ([1, (b | fabs)] | max)));
				\$w[0].cac.identity as \$c | INDEX(.metric) as \$g |
				[[\"percent\", \"percent\"], [\"fleiss\", \"fleiss\"], [\"ac2\", \"gwet\"], [\"bp\", \"bp\"], [\"conger\", \"conger\"]] |
				all(.[]; . as [\$ours, \$theirs] | (\$c[\$theirs] | type) != \"object\" or (\$c[\$theirs] | has(\"value\") | not) or
					(near(\$g[\$ours].value; \$c[\$theirs].value; 1e-12) and near(\$g[\$ours].se; \$c[\$theirs].se; 1e-10)))" out || {
				cat out
				false
			}
		'
	done
else
	skip 'the reference cases' '../shared is not here'
fi
finish
