#!/bin/sh
# lbl-score calibrate: the numbers of a policy from a pilot, and what it warns of.
# shellcheck disable=SC2016,SC2119,SC2120,SC2317   # bodies are expanded late; t runs functions by their names
. "${0%/*}/lib.sh"

# crowd NAME=VALUE... - gold, then the labels of n people, each of whom answers `tasks` items in seats of five, and `golds` of
# gold: k classes as common as the weights 12, 4, 3, 1 say (two: 7, 3), the people right with chance low .. high, drawn for each class, every
# s-th only with bad .. bad + .18; hard: share of items on which chance is .55 of that, and most errors are the same.  gold_hard: of gold
crowd() {
	awk -v k=4 -v n=100 -v tasks=70 -v golds=30 -v low=.76 -v high=.94 -v s=4 -v bad=.50 -v hard=0 -v gold_hard=-1 -v seed=1 -v natural=0 "$@" '
	function unit() {
		state = (state * 16807) % 2147483647
		return state / 2147483647
	}
	function draw_class(	u, c) {
		u = unit() * all
		for (c = 0; c < k - 1 && u >= w[c]; c++)
			u -= w[c]
		return c
	}
	BEGIN {
		state = seed * 7919 + 12345
		if (gold_hard < 0)
			gold_hard = hard
		split(k == 2 ? "7 3" : "12 4 3 1", x)
		for (c = 0; c < k; c++)
			all += w[c] = x[c + 1] ? x[c + 1] : 1
		for (i = 0; i < n; i++)
			for (c = 0; c < k; c++)
				skill[i, c] = s && i % s == s - 1 ? bad + .18 * unit() : low + (high - low) * unit()
		for (g = 0; g < 40 * k; g++) {
			class[g] = g % k
			is_hard[g] = unit() < gold_hard
			printf "{\"kind\":\"gold\",\"task\":\"g%d\",\"value\":\"c%d\"}\n", g, g % k
		}
		G = g
		for (i = 0; i < n; i++)
			who[i] = i
		for (r = 0; r < tasks; r++) {
			for (i = n - 1; i > 0; i--) {
				j = int(unit() * (i + 1))
				h = who[i]
				who[i] = who[j]
				who[j] = h
			}
			for (i = 0; i < n; i += 5) {
				y = draw_class()
				h = unit() < hard
				for (j = i; j < i + 5 && j < n; j++)
					say(sprintf("t%d.%d", r, i), who[j], y, h)
			}
		}
		for (r = 0; r < golds; r++)
			for (i = 0; i < n; i++) {
				g = natural && unit() < .9 ? k * int(unit() * 40) : (i * 13 + r * 7) % G
				say("g" g, i, class[g], is_hard[g])
			}
	}
	function say(task, i, y, h,	d, v) {
		d = skill[i, y] * (h ? .55 : 1)
		if (unit() < d)
			v = y
		else if (h && unit() < .7)
			v = (y + 1) % k
		else
			v = (y + 1 + int(unit() * (k - 1))) % k
		printf "{\"kind\":\"label\",\"task\":\"%s\",\"worker\":\"w%d\",\"value\":\"c%d\"}\n", task, i, v
	}'
}

# between FIELD LOW HIGH FILE
between() {
	jq -e "$2 <= .$1 and .$1 <= $3" "$4" >/dev/null || {
		cat "$4" err >&2
		return 1
	}
}

crowd >base

t 'a crowd like the one that the defaults are from has nearly the defaults' '
	exits 0 lbl-score calibrate base >policy 2>err
	[ "$(wc -l <policy)" -eq 1 ]
	jq -r "keys_unsorted[]" policy >keys
	put want p0_bp p1_bp alpha_bp beta_bp ca_ref
	same want keys
	between p0_bp 8300 8900 policy
	between p1_bp 4850 5250 policy
	between alpha_bp 100 100 policy
	between beta_bp 500 500 policy
	between ca_ref 1560000000 1910000000 policy
	has err "lbl-score: p0_bp $(jq .p0_bp policy): the better half of 100 people"
	has err "lbl-score: p1_bp $(jq .p1_bp policy): "
	has err "lbl-score: ca_ref $(jq .ca_ref policy): "
	lacks err "two classes"
	lacks err "hard items"
	lacks err "wide spread"
	lacks err "little gold"
	lacks err "few "
	lacks err "than the tasks"
	lacks err "class by class: who"
	lacks err "default ca_ref"
	has err "lbl-score: one in ten agrees with cleared people by more than"
'
t 'what it says is a policy, and with -q nothing else is said' '
	exits 0 lbl-score calibrate -q base >policy 2>err
	empty err
	exits 0 lbl-score -q --only --policy policy base >out
	jq -c "select(.kind == \"run\") | .options.policy | [.right < 0, .wrong > 0, .ca_ref]" out >got
	says got "[true,true,$(jq .ca_ref policy)]"
	[ "$(grep -c "\"standing\":\"cleared\"" out)" -gt 60 ]
'
t 'p0 and p1, counted another way' '
	for seed in 2 3 4; do
		crowd -v seed=$seed -v n=40 -v golds=17 >in
		lbl-score calibrate -q in >policy
		jq -r "[.kind, .task, .value, .worker // \"\"] | @tsv" in | awk -F "\t" "
			\$1 == \"gold\" { gold[\$2] = \$3 }
			\$1 == \"label\" && \$2 in gold { n++; who[n] = \$4; class[n] = gold[\$2]; hit[n] = \$3 == gold[\$2]; g[\$4]++; r[\$4] += hit[n] }
			END {
				for (w in g) share[++m] = r[w] / g[w]
				for (i = 1; i <= m; i++) {
					below = same = 0
					for (j = 1; j <= m; j++) { below += share[j] < share[i]; same += share[j] == share[i] }
					if (below <= int((m - 1) / 2) && int((m - 1) / 2) < below + same) T = share[i]
				}
				for (i = 1; i <= n; i++)
					if ((r[who[i]] - hit[i]) / (g[who[i]] - 1) >= T - 1e-12) { used[class[i]]++; right[class[i]] += hit[i] }
				for (c in used) { k++; sum += right[c] / used[c] }
				p0 = int(1e4 * sum / k + 1e-9)
				print p0, int(1e4 / k + (p0 - 1e4 / k) * 5 * (k - 1) / (9 * k) + 1e-9)
			}" >want
		jq -r "\"\(.p0_bp) \(.p1_bp)\"" policy >got
		same want got
	done
'
t 'two classes: chance is half, and p1 is above it' '
	crowd -v k=2 >in
	exits 0 lbl-score calibrate in >policy 2>err
	between p0_bp 8400 8950 policy
	between p1_bp 5800 6200 policy
	between ca_ref 850000000 1250000000 policy
	has err "lbl-score: two classes: guessing is right half of the time"
	has err "lbl-score: with the default ca_ref the better half would be paid"
	lacks err "than the tasks"
'
t 'hard items lower p0, and p1 with it' '
	crowd -v hard=.3 >in
	exits 0 lbl-score calibrate in >policy 2>err
	between p0_bp 6800 7900 policy
	between p1_bp 4300 4800 policy
	between ca_ref 1100000000 1550000000 policy
	has err "lbl-score: hard items: good people are right on"
	lacks err "than the tasks"
'
t 'gold that is not like the tasks' '
	crowd -v hard=.4 -v gold_hard=0 -v n=200 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "lbl-score: gold is easier than the tasks: two of the better half agree on"
	crowd -v hard=0 -v gold_hard=.4 -v n=200 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "lbl-score: gold is harder than the tasks: two of the better half agree on"
	crowd -v natural=1 -v golds=80 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "gold is not drawn class by class: who always says the same is right on"
'
t 'people of two kinds, and many who are not paid' '
	crowd -v s=2 -v low=.9 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "lbl-score: wide spread: a quarter of the people is right on"
	crowd -v s=2 -v bad=.3 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "people are not above p1: they will not be paid"
'
t 'only labels have an order' '
	lbl-score calibrate -q base >want
	grep "\"label\"" base >labels
	grep "\"gold\"" base | sort -r >gold
	cat labels gold | lbl-score calibrate -q >got
	same want got
	awk "NR == FNR { g[++n] = \$0; next } { print } FNR <= n { print g[FNR] }" gold labels | lbl-score calibrate -q >got
	same want got
	lbl-score calibrate -q -j 1 base >got
	same want got
	lbl-score calibrate -q -j 3 base >got
	same want got
	sed "s/\"worker\":\"w/\"worker\":\"person /" base | lbl-score calibrate -q >got
	same want got
	sed "s/\"value\":\"c/\"value\":\"class /" base | lbl-score calibrate -q >got
	same want got
'
t 'p0 and p1 know no order at all' '
	lbl-score calibrate -q base >policy
	jq -c "[.p0_bp, .p1_bp]" policy >want
	sort base >in
	lbl-score calibrate -q in >policy
	jq -c "[.p0_bp, .p1_bp]" policy >got
	same want got
'
t 'the accounts of one person are one, and his later label counts' '
	lbl-score calibrate -q base >want
	awk "{ if (/label/) sub(/\"worker\":\"w/, \"&\" (NR % 3) \".\"); print }
	     END { for (k = 0; k < 3; k++) for (i = 0; i < 100; i++)
		printf \"{\\\"kind\\\":\\\"worker\\\",\\\"worker\\\":\\\"w%d.%d\\\",\\\"identity\\\":\\\"i%d\\\"}\\n\", k, i, i }" base >in
	lbl-score calibrate -q in >got
	same want got
	awk "/label/ { x = \$0; sub(/\"value\":\"c.\"/, \"\\\"value\\\":\\\"c3\\\"\", x); print x } { print }" base >in
	lbl-score calibrate -q in >got
	same want got
'
t 'a pilot of several epochs is cut into blocks' '
	crowd -v tasks=270 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "people are cleared, 100 answers a person in 3 parts"
	between ca_ref 1560000000 1910000000 policy
	exits 0 lbl-score calibrate -b 300 in >policy 2>err
	has err "300 answers a person in 1 part"
	jq .ca_ref policy >whole
	lbl-score calibrate -q -b 50 in >policy
	jq .ca_ref policy >parts
	[ "$(cat parts)" -lt "$(cat whole)" ]
'
t 'too little to say, in numbers' '
	crowd -v n=15 -v s=0 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "lbl-score: few people: p0 is from 15, ca_ref from"
	crowd -v golds=8 -v n=25 -v s=0 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "lbl-score: little gold: p0 is known to"
	has err "answers; four times as many halve that"
	crowd -v tasks=25 -v golds=20 >in
	exits 0 lbl-score calibrate in >policy 2>err
	has err "lbl-score: few answers: 45 a person"
	crowd -v tasks=10 -v golds=30 | exits 65 lbl-score calibrate -q >policy 2>err
	says err "lbl-score: the pilot is not enough: good people cannot be paid the rate: they agree with others no more than by chance, or 40 answers a person are too few"
	empty policy
	crowd -v n=9 | exits 65 lbl-score calibrate >policy 2>err
	has err "lbl-score: the pilot is not enough: 9 people have 5 answers to gold: at least 10 are needed"
	empty policy
	crowd -v golds=0 | exits 65 lbl-score calibrate -q >policy 2>err
	says err "lbl-score: the pilot is not enough: 0 people have 5 answers to gold: at least 10 are needed"
	exits 65 lbl-score calibrate -q </dev/null >policy 2>err
	says err "lbl-score: the pilot is not enough: 0 people have 5 answers to gold: at least 10 are needed"
	grep -v "\"gold\".*\"c[123]\"" base | exits 65 lbl-score calibrate -q >policy 2>err
	says err "lbl-score: the pilot is not enough: gold is of one class: who always says it is always right"
	crowd -v n=12 -v golds=5 | exits 65 lbl-score calibrate -q >policy 2>err
	has err "a class of gold has"
	has err "at least 10 are needed"
'
t 'a pilot that says nothing' '
	crowd -v low=.2 -v high=.3 -v s=0 | exits 65 lbl-score calibrate -q >policy 2>err
	has err "lbl-score: the pilot is not enough: good people are right on"
	has err "by chance it is 25.00 %: that tells nobody apart"
	empty policy
'
t 'labels of types that have no classes are left out, and bad input is bad' '
	lbl-score calibrate -q base >want
	put more "{\"kind\":\"task\",\"task\":\"x\",\"type\":\"text\",\"data\":0}" "{\"kind\":\"label\",\"task\":\"x\",\"worker\":\"w1\",\"value\":\"c1\"}"
	cat base more | exits 0 lbl-score calibrate >got 2>err
	same want got
	has err "lbl-score: 1 label is of other types than class, ordinal and pair: left out"
	put bad "{\"kind\":\"label\",\"task\":\"t\",\"worker\":7,\"value\":1}"
	exits 65 lbl-score calibrate base bad >out 2>err
	empty out
	has err "lbl-score: bad:1: field \"worker\": expected a string"
	exits 1 lbl-score calibrate -q --rejects no base bad >got
	same want got
	exits 66 lbl-score calibrate absent 2>err
	exits 64 lbl-score calibrate -b 0 base 2>err
'
finish
