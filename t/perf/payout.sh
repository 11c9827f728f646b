#!/bin/sh
# lbl-payout: signing beside libsecp256k1, planning for a million workers, and settling ten thousand in a pool.
#
# Signing is measured twice: alone, against the library's signing alone, and as the command does it, every
# signature recovered before it is believed, against the library's signing and recovering.  Seconds are of the
# wall, of the whole process from NDJSON to the last record, the best of three turns; the bounds are for a machine
# that has nothing else to do.  Claims have their own: t/perf/claims.sh.
#
# LBL_WORKERS=N plans for N workers instead, against bounds that are then not the promised ones.
set -eu
most=${LBL_WORKERS:-1000000}
made=$LBL_BUILD/perf

# calc EXPRESSION - of awk
calc() {
	awk "BEGIN { printf \"%.6g\", ($1) }"
}

# figure NAME VALUE UNIT [most|least BOUND [PEER RATIO]]; - for what there is none of
figure() {
	jq -cn --arg name "$1" --arg value "$2" --arg unit "$3" --arg sense "${4--}" --arg bound "${5--}" \
		--arg peer "${6--}" --arg ratio "${7--}" '
		def number: if . == "-" then null else tonumber end;
		($value | number) as $v | ($bound | number) as $b
		| { figure: ("payout." + $name), value: $v, unit: $unit, bound: $b,
			ok: (if $v == null then null elif $b == null then true elif $sense == "most" then $v <= $b else $v >= $b end),
			peer: (if $peer == "-" then null else $peer end), ratio: ($ratio | number) }'
}

# measure COMMAND... - $seconds of the wall and $memory in MB, the best of three turns
measure() {
	for _turn in 1 2 3; do
		timed "$@"
	done >"$made/turns"
	seconds=$(jq -s 'map(.wall) | min' "$made/turns")
	memory=$(jq -s 'map(.memory) | max' "$made/turns")
}

echo "payout: load $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime), $(getconf _NPROCESSORS_ONLN) cores" >&2

# ---- signing

bench-payout 20000 >"$made/sign"
got() {
	jq ".$1" "$made/sign"
}
library=$(got library) sign=$(got sign) proved_library=$(got library_proved) proved=$(got proved)
figure sign.library "$library" '1/s a core'
figure sign "$sign" '1/s a core'
figure sign.of_library "$(calc "$sign / $library")" times least .9 'secp256k1_ecdsa_sign_recoverable' "$(calc "$sign / $library")"
figure proved.library "$proved_library" '1/s a core'
figure proved "$proved" '1/s a core'
figure proved.of_library "$(calc "$proved / $proved_library")" times least .9 'the same and secp256k1_ecdsa_recover' \
	"$(calc "$proved / $proved_library")"
if [ "$(getconf _NPROCESSORS_ONLN)" -ge 2 ]; then
	figure proved.two_cores "$(got two)" 'times one' least 1.7
else
	figure proved.two_cores - 'times one' least 1.7
fi

# ---- the commands

# records N FORMAT - with the number of the worker, and a number that differs
records() {
	awk -v n="$1" -v f="$2" 'BEGIN { for (i = 0; i < n; i++) printf f "\n", i + 4096, i % 97 + 1, i % 97 + 1, i * 7 % 10001, i * 3 % 10001, i % 31 }'
}

payments=$((most / 20))
awk -v n="$payments" 'BEGIN { for (i = 1; i <= n; i++)
	printf "{\"kind\":\"payment\",\"id\":\"0x%064x\",\"epoch\":\"e\",\"worker\":\"0x%040x\",\"amount\":\"%d\"," \
		"\"verified\":1,\"score_bp\":1,\"policy\":\"p\"}\n", i, i + 4096, i }' >"$made/payments.ndjson"
(umask 077 && echo ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 >"$made/key")
measure lbl-payout sign -q --only --unsealed --key-file "$made/key" --token 0x5FbDB2315678afecb367f032d93F642f64180aa3 \
	--chain-id 1 --nonce 0 --max-fee 30gwei --tip 1gwei --gas 60000 "$made/payments.ndjson"
rm -f "$made/key" "$made/payments.ndjson"
figure sign.command "$(calc "int($payments / $seconds)")" 'payments/s, all cores'

scores=$made/scores.$most.ndjson
records "$most" '{"kind":"score","worker":"0x%040x","epoch":"w47","labels":%d,"verified":%d,"rejected":0,"pending":0,"score_bp":%d,"bonus_bp":%d,"gold_hits":0,"gold_trials":%d}' >"$scores"
echo '{"rate":"250000000000000000","pay":"threshold","threshold_bp":6000,"min_gold":10,"probation_bp":5000}' >"$made/policy"
measure lbl-payout plan -q --only --unsealed --policy "$made/policy" "$scores"
rm -f "$scores" "$made/policy"
figure plan.seconds "$seconds" s most 3
figure plan.memory "$memory" MB most 500

# ---- a pool

if [ -d contracts/node_modules ]; then
	figure pool.seconds "$(t/perf/payout/pool 10000)" 's for 10000 workers' most 30
else
	echo 'payout: no contracts/node_modules: run "npm ci" in contracts/' >&2
	figure pool.seconds - 's for 10000 workers' most 30
fi
