#!/bin/sh
# lbl-score: people who looked at labels.  Who counts, what decides, whose signature it must be, and what is left for them to do.
# shellcheck disable=SC2016,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

# lab TASK WORKER VALUE... - label records; VALUE is JSON
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

# gold TASK VALUE...
gold() {
	printf '{"kind":"gold","task":"%s","value":%s}\n' "$@"
}

# rev TASK WORKER REVIEWER VERDICT...
rev() {
	printf '{"kind":"review","task":"%s","worker":"%s","reviewer":"%s","verdict":"%s"}\n' "$@"
}

# verdicts OPTION... - of standard input
verdicts() {
	lbl-score --only "$@" >.out 2>err &&
		jq -r 'select(.kind == "verdict") | "\(.task) \(.worker) \(.verdict) \(.by) \(.accepts) \(.rejects) \(.gold)"' .out
}

me=0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266
# by another program, with the key of that address
accept_sig=0x303408ca630706e94593ff8840e3f5ec718dfedf39dc5586767a67df35b370ba3f6d80c824b0a22098d992cfef0e956566df24735765a7173ae7483db2e2b8b81b
reject_sig=0xdf498443a9f0922f63091cdfa939e1d7bbbeb0f3a74a6c56a6f14d597e4721f97a591e877f331a4155312e53d9065e3dd7c614c0a6451102425572ab86a464d51c

t 'a review decides before gold, gold before the others' '
	{ gold t1 "\"x\"" t2 "\"x\""; lab t1 ann "\"y\"" t2 ann "\"y\"" t3 ann "\"a\"" t3 bob "\"b\"" t3 cyd "\"b\"" t4 ann "\"a\"" t4 bob "\"b\"" t4 cyd "\"b\""
		rev t1 ann rob accept t3 ann rob accept; } | verdicts --reviewer rob | grep ann >got
	put want "t1 ann verified review 1 0 false" "t2 ann rejected gold null null null" "t3 ann verified review 1 0 null" \
		"t4 ann rejected consensus null null null"
	same want got
	has .out "\"reviewers\":[\"rob\"]"
'
t 'a review that gold contradicts changes no count of gold' '
	{ gold t1 "\"x\""; lab t1 ann "\"y\""; rev t1 ann rob accept; } | lbl-score -q --only --reviewer rob >out
	jq -c "select(.kind == \"score\") | [.verified, .gold_hits, .gold_trials]" out >got
	says got "[1,0,1]"
'
t 'contradictory reviews: the majority; a tie is pending, and first in the queue of its task' '
	{ lab t1 ann "\"a\"" t2 ann "\"a\"" t3 ann "\"a\""; rev t1 ann r1 accept t1 ann r2 reject t1 ann r3 reject t2 ann r1 accept t2 ann r2 reject t3 ann r1 accept; } >in
	verdicts --reviewer r1 --reviewer r2 --reviewer r3 --review-queue <in >got
	put want "t1 ann rejected review 1 2 null" "t2 ann pending review 1 1 null" "t3 ann verified review 1 0 null"
	same want got
	grep "\"queue\"" .out | jq -c "select(.kind == \"queue\")" >got
	says got "{\"kind\":\"queue\",\"task\":\"t2\",\"worker\":\"ann\",\"reason\":\"contradictory reviews\",\"labels\":1,\"at_stake\":6039}"
'
t 'of a reviewer the later word counts, and his accounts are one' '
	{ lab t1 ann "\"a\"" t2 ann "\"a\""; rev t1 ann r1 accept t1 ann r1 reject t2 ann r1 accept t2 ann r2 accept t2 ann r3 reject
		printf "{\"kind\":\"worker\",\"worker\":\"%s\",\"identity\":\"p\"}\n" r1 r2; } >in
	verdicts --reviewer r1 --reviewer r2 --reviewer r3 <in >got
	put want "t1 ann rejected review 0 1 null" "t2 ann pending review 1 1 null"
	same want got
'
t 'who is not on the list, and who reviews himself, is left out and told' '
	{ lab t1 ann "\"a\"" t2 ann "\"a\""; rev t1 ann bob accept t2 ann an2 accept t2 ann ann accept
		printf "{\"kind\":\"worker\",\"worker\":\"%s\",\"identity\":\"p\"}\n" ann an2; } >in
	verdicts --reviewer ann --reviewer an2 <in >got
	put want "t1 ann pending consensus null null null" "t2 ann pending consensus null null null"
	same want got
	has err "1 review is by people that neither --reviewer nor --reviewers names: left out"
	has err "2 reviews are of the reviewer'"'"'s own labels: left out"
	verdicts <in >got
	same want got
	has err "3 reviews are by people that neither --reviewer nor --reviewers names: left out"
'
t '--reviewers FILE: one a line; addresses in any case' '
	printf "rob\r\n\n0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" >list
	{ lab t1 ann "\"a\"" t2 ann "\"a\""; rev t1 ann rob accept t2 ann $me reject; } >in
	verdicts --reviewers list <in >got
	put want "t1 ann verified review 1 0 null" "t2 ann rejected review 0 1 null"
	same want got
	has .out "\"reviewers\":[\"rob\",\"$me\"]"
	printf "rob\n0xF39fd6e51aad88F6F4ce6aB8827279cffFb92266\n" >list
	exits 78 lbl-score --reviewers list in >out 2>err
	says err "lbl-score: list:2: address has a wrong checksum (EIP-55)"
	exits 66 lbl-score --reviewers nowhere in >out 2>err
	exits 64 lbl-score --reviewer "" in >out 2>err
'
t 'a signature must be that of the reviewer, of this review' '
	signed() {      # VERDICT AT SIG [REVIEWER]
		printf "{\"sig\":\"%s\",\"kind\":\"review\",\"verdict\":\"%s\",\"task\":\"t1\",%s\"worker\":\"ann\",\"reviewer\":\"%s\"}\n" "$3" "$1" "$2" "${4-$me}"
	}
	at="\"at\":\"2026-11-22T09:51:00Z\","
	lab t1 ann "\"a\"" >label
	{ cat label; signed accept "$at" $accept_sig; } | verdicts --reviewer $me >got
	says got "t1 ann verified review 1 0 null"
	{ cat label; signed reject "" $reject_sig 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266; } | verdicts --reviewer $me >got
	says got "t1 ann rejected review 0 1 null"
	# v as 0 or 1
	{ cat label; signed reject "" "${reject_sig%1c}01"; } | verdicts --reviewer $me >got
	says got "t1 ann rejected review 0 1 null"
	wrong() {
		signed "$@" >bad
		exits 65 lbl-score --reviewer $me bad >out 2>err
		has err "lbl-score: bad:1: field \"sig\": "
	}
	wrong accept "" $accept_sig
	wrong reject "$at" $accept_sig
	wrong accept "$at" $reject_sig
	wrong accept "$at" "${accept_sig%1b}1c"
	wrong accept "$at" "${accept_sig%1b}05"
	wrong accept "$at" "${accept_sig%b81b}b91b"
	wrong accept "$at" $accept_sig 0x70997970c51812dc3a010c7d01b50e0d17dc79c8
	wrong accept "$at" $accept_sig rob
	wrong accept "$at" 0x00
	# also of people whose reviews do not count
	signed accept "" $accept_sig >bad
	exits 65 lbl-score bad >out 2>err
'
t 'a review that is none' '
	put bad "{\"kind\":\"review\",\"task\":\"t\",\"worker\":\"w\",\"reviewer\":\"r\",\"verdict\":\"maybe\"}"
	exits 65 lbl-score bad >out 2>err
	says err "lbl-score: bad:1: field \"verdict\": expected accept or reject"
	{ lab t1 ann "\"a\""; rev t9 ann r accept t1 zoe r accept; } | verdicts --reviewer r >got
	says got "t1 ann pending consensus null null null"
'
t 'the queue: what is at stake first, labels nobody can judge but people too' '
	{ printf "{\"kind\":\"task\",\"task\":\"n\",\"data\":1,\"type\":\"number\"}\n"
		i=0; while [ $i -lt 6 ]; do i=$((i + 1)); gold g$i "\"x\""; lab g$i ann "\"x\""; done
		lab t1 bob "\"a\"" t1 cyd "\"b\"" t1 dan "\"c\"" t2 ann "\"a\"" t2 bob "\"b\"" t2 cyd "\"c\"" n bob 1; } | lbl-score -q --only --review-queue >out
	jq -c "select(.kind == \"queue\")" out >got
	put want "{\"kind\":\"queue\",\"task\":\"t2\",\"reason\":\"no confident consensus\",\"labels\":3,\"at_stake\":22078}" \
		"{\"kind\":\"queue\",\"task\":\"t1\",\"reason\":\"no confident consensus\",\"labels\":3,\"at_stake\":18117}" \
		"{\"kind\":\"queue\",\"task\":\"n\",\"reason\":\"answers of this type are judged by people\",\"labels\":1,\"at_stake\":6039}"
	same want got
	has out "\"review_queue\":true"
'
t 'replayed with its reviewers, to the byte' '
	{ gold t1 "\"x\""; lab t1 ann "\"y\"" t3 ann "\"a\"" t3 bob "\"b\""; rev t1 ann rob accept t3 ann rob accept t3 ann eve reject; } |
		lbl-ingest -q | lbl-agree -q --method mv | lbl-score -q --reviewer rob --review-queue >log
	exits 0 lbl-audit replay log >found 2>err
	lacks found "\"finding\""
	sed "/\"kind\":\"review\"/s/accept/reject/" log | grep -v "\"end\"" | lbl-ingest -q >forged
	exits 1 lbl-audit replay forged >found 2>err
	has found "field \\\"verdict\\\" is"
'
finish
