# score.sh - records of labels and gold for tests of what comes of them; sourced behind lib.sh.

# lab TASK WORKER VALUE... - label records; VALUE is JSON
lab() {
	printf '{"kind":"label","task":"%s","worker":"%s","value":%s}\n' "$@"
}

# gold TASK VALUE...
gold() {
	printf '{"kind":"gold","task":"%s","value":%s}\n' "$@"
}

# golds N - gold for the tasks g1 .. gN, all of them "x"
golds() {
	_i=0
	while [ $_i -lt "$1" ]; do _i=$((_i + 1)); gold g$_i '"x"'; done
}

# on_gold WORKER N RIGHT - answers to the gold tasks g1 .. gN, the first RIGHT of them right
on_gold() {
	_i=0
	while [ $_i -lt "$2" ]; do
		_i=$((_i + 1))
		if [ $_i -le "$3" ]; then lab "g$_i" "$1" '"x"'; else lab "g$_i" "$1" '"y"'; fi
	done
}

# pair EPOCH - two people who always agree with each other, on tasks of one epoch
pair() {
	for k in 1 2 3 4; do
		lab "$1.$k" ann "\"c$((k % 2))\"" "$1.$k" bob "\"c$((k % 2))\""
	done
}
