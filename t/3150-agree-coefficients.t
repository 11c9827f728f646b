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

# ---- every coefficient of every reference case ------------------------------------------------

# check.jq - agreement records against the figures of a case, 1e-12 for values and 1e-10 for errors;
# false with what is wrong, and a count of what was compared in "n"
cat >check.jq <<'EOF'
def near($a; $b; $e): ($a == null and $b == null) or ($a != null and $b != null and (($a - $b) | fabs) <= $e * ([1, ($b | fabs)] | max));
def ours: {gwet: "ac2", gwet2: "ac2", bp2: "bp"}[.] // .;
# a null value has no other figures beside it
def same($got; $want; $se; $ci):
	$got != null and near($got.value; $want.value; 1e-12) and
	($want.value == null or (
		($want.pa == null or $got.observed == null or near($got.observed; $want.pa; 1e-12)) and
		($want.pe == null or $got.chance == null or near($got.chance; $want.pe; 1e-12)) and
		near($got.se; $se; 1e-10) and
		($se == null or $ci == null or (near($got.low; $ci[0]; 1e-9) and near($got.high; $ci[1]; 1e-9)))));
def all_of($pairs): [$pairs[] | select(same(.got; .want; .se; .ci) | not)] as $bad |
	if ($bad | length) == 0 and ($pairs | length) > 0 then "right \($pairs | length)" else $bad end;
def weighted($w): INDEX(.metric) as $g |
	all_of([$w | to_entries[] | select(.key != "krippendorff") |
		{got: $g[.key | ours], want: .value, se: .value.se, ci: .value.ci95}]);
def jackknife($w): all_of([{got: .[0], want: $w, se: $w.jackknife.se, ci: $w.jackknife.ci95}]);
def bootstrap($w): $w.bootstrap_items as $b |
	if .[0].resamples != $b.B - $b.degenerate then .[0] else
	all_of([{got: .[0], want: $w, se: $b.sd, ci: $b.ci95}]) end;
def icc($w): INDEX(.metric) as $g |
	all_of([$w | to_entries[] | {got: ($g[.key] | .se = null), want: {value: .value.value}, se: null, ci: null},
		{got: {value: $g[.key].low}, want: {value: .value.ci95[0]}}, {got: {value: $g[.key].high}, want: {value: .value.ci95[1]}}]);
def pairs($w; $kind):
	INDEX("\([.worker, .other] | sort | join("|")) \(.metric)") as $g |
	all_of([$w | to_entries[] | .key as $p | .value.n as $n | .value[$kind] // {} | to_entries[] |
		$g["\($p) \(.key | ours)"] as $got |
		{got: (if $got.tasks == $n then $got else null end), want: .value, se: .value.se, ci: .value.ci95}]);
EOF

# holds FILTER - of the records in out and the case in $want; prints what does not
holds() {
	_holds=$(jq -sr --slurpfile w "$want" "include \"check\"; \$w[0] as \$w | $1" -L . out)
	case $_holds in
	right*) ;;
	*) echo "$1: $_holds"; cat out; return 1 ;;
	esac
}

cases=$LBL_SHARED/cases/metrics
if [ -d "$cases" ]; then
	for want in "$cases"/*.expect.json; do
		name=$(basename "$want" .expect.json)
		case $name in
		quality_* | peer_* | bounds_*) continue ;;
		esac
		labels=$cases/$name.labels.ndjson
		domain=$(jq -r '[.domain[]? | tostring] | join(",")' "$want")
		turn=$(jq -r '.circumference // 1' "$want")
		export want labels domain turn
		set_=${domain:+--choices $domain}
		export set_
		for w in $(jq -r '.cac | keys[]' "$want"); do
			export w
			t "$name: $w weights" '
				coefs "$labels" $set_ --weights $w --agreement percent,fleiss,ac2,bp,conger >out
				holds "weighted(\$w.cac.$w)"
			'
		done
		for m in $(jq -r '.alpha // {} | to_entries[] | select(.value.jackknife) | .key' "$want"); do
			export m
			t "$name: alpha $m" '
				coefs "$labels" $set_ --metric $m --circumference $turn >out
				holds "jackknife(\$w.alpha.$m)"
			'
		done
		for m in $(jq -r '.alpha // {} | to_entries[] | select(.value.bootstrap_items) | .key' "$want"); do
			export m
			t "$name: alpha $m, bootstrap" '
				coefs "$labels" $set_ --metric $m --circumference $turn --bootstrap 1000 --seed 42 >out
				holds "bootstrap(\$w.alpha.$m)"
			'
		done
		if jq -e '.icc' "$want" >/dev/null; then
			t "$name: intraclass correlations" '
				coefs "$labels" --agreement icc_1_1,icc_1_k >out
				holds "icc(\$w.icc)"
			'
		fi
		for w in $(jq -r '[.pairs // {} | .[] | keys[]] | unique[] | select(. != "n" and . != "table")' "$want"); do
			export w
			t "$name: pairs, $w weights" '
				coefs "$labels" $set_ --weights $w --pairs 1 --agreement cohen,scott,ac2,bp | grep "\"other\"" >out
				holds "pairs(\$w.pairs; \"$w\")"
			'
		done
	done
else
	skip 'the reference cases' '../shared is not here'
fi
finish
