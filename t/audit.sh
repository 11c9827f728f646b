# audit.sh - what the tests of lbl-audit share; sourced after lib.sh.

# small_log - log.ndjson: 5 workers, 20 tasks, 8 of them with gold, planned and signed offline
small_log() {
	awk 'BEGIN {
		split("red green blue", colour)
		for (t = 1; t <= 8; t++)
			printf "{\"kind\":\"gold\",\"task\":\"t%02d\",\"value\":\"%s\"}\n", t, colour[t % 3 + 1]
		for (t = 1; t <= 20; t++)
			for (w = 1; w <= 5; w++)
				printf "{\"kind\":\"label\",\"task\":\"t%02d\",\"worker\":\"0x%040d\",\"value\":\"%s\"}\n", t, w,
					colour[(t * w % 7 == 3 ? t + w : t) % 3 + 1]
	}' >raw.ndjson
	put policy.json '{"rate":"1000","pay":"flat"}'
	echo demo >password
	lbl-ingest -q raw.ndjson | lbl-agree -q --method ds | lbl-score -q --rule gold --epoch e1 |
		lbl-payout plan -q --policy policy.json | sign >log.ndjson
}

# sign - payments to transactions, without a node
# shellcheck disable=SC2120   # each test gives its own
sign() {
	lbl-payout sign -q --key "$LBL_TOP/examples/demo/payer.json" --password-file password --chain-id 31337 \
		--nonce 1 --max-fee 2000000000 --tip 1000000000 --token 0x5FbDB2315678afecb367f032d93F642f64180aa3 "$@"
}

# seal - a new end mark behind changed records, as a careful forger would write it
seal() {
	grep -v '"kind":"end"' | lbl-ingest -q
}

# edit SED-SCRIPT [LOG] - the log (default log.ndjson) changed and sealed again, in bad.ndjson
edit() {
	sed -E "$1" "${2-log.ndjson}" | seal >bad.ndjson
	! cmp -s bad.ndjson "${2-log.ndjson}" || { echo "nothing was edited: $1" >&2; return 1; }
}

# spoil SED-SCRIPT [LOG] - the same, and the end mark stays what it was
spoil() {
	sed -E "$1" "${2-log.ndjson}" >bad.ndjson
	! cmp -s bad.ndjson "${2-log.ndjson}" || { echo "nothing was edited: $1" >&2; return 1; }
}

# receipts - for each transaction of a log on stdin, the receipt of a success
receipts() {
	sed -n 's/.*"kind":"tx".*"hash":"\([^"]*\)".*"payments":\([^}]*\)}/{"kind":"receipt","hash":"\1","status":1,"block":2,"gas":50000,"payments":\2}/p'
}

# unsigned - log.ndjson as it was planned
unsigned() {
	sed '/"kind":"tx"/d' log.ndjson | seal
}

# nth N KIND [LOG] - number of the line of the N-th record of a kind
nth() {
	grep -nF "{\"kind\":\"$2\"" "${3-log.ndjson}" | sed -n "$1{s/:.*//;p;}"
}

# agrees ARG... - replay has nothing to say
agrees() {
	exits 0 lbl-audit replay "$@" >found 2>err
	[ "$(wc -l <found)" -eq 1 ] || { cat found >&2; return 1; }
}

# lies ARG... - replay has findings, in found
lies() {
	exits 1 lbl-audit replay "$@" >found 2>err
}

# rules RULE... - findings are of exactly these rules, in this order
rules() {
	_got=$(sed -n 's/.*"rule":"\([^"]*\)".*/\1/p' found | uniq | tr '\n' ' ')
	[ "$_got" = "$* " ] || {
		echo "rules are $_got- want $*" >&2
		cut -c1-300 found | head -n 20 >&2
		return 1
	}
}

# finding RULE TEXT... - one finding of this rule holds all the texts
finding() {
	grep -F "\"rule\":\"$1\"" found >.these || :
	_rule=$1
	shift
	for _text in "$@"; do
		grep -F -e "$_text" .these >.those || :
		mv .those .these
	done
	[ -s .these ] || {
		echo "no finding $_rule with: $*" >&2
		cut -c1-300 found | head -n 20 >&2
		return 1
	}
}

# at LINE... - the evidence of a finding
at() {
	_places=
	for _line in "$@"; do
		_places="$_places${_places:+,}{\"line\":$_line}"
	done
	printf '"evidence":[%s]' "$_places"
}
