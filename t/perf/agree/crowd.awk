# usage: awk -v type=pair|text|multi -v n=LABELS -f crowd.awk
#
# Labels of a crowd that does not exist, for types that gen-labels does not make: 5 a task, a worker for each 200.
#
#	pair   of 200 items that differ by up to 6 in log odds; a tenth of the workers click blindly
#	text   8 to 12 words out of 500; a tenth of them wrong, missing or doubled
#	multi  of 10 classes, each there in three of ten tasks; nine answers of ten are right
function label(task, k, value) {
	printf "{\"kind\":\"label\",\"task\":\"t%d\",\"worker\":\"w%d\",\"value\":%s}\n", task, worker(task, k), value
}
function worker(task, k) { return (task * 7 + k * (1 + task % 3)) % workers }
function pair(t, _a, _b, _k, _p) {
	_a = int(rand() * 200)
	_b = (_a + 1 + int(rand() * 199)) % 200
	printf "{\"kind\":\"task\",\"task\":\"t%d\",\"type\":\"pair\",\"data\":{\"left\":\"i%d\",\"right\":\"i%d\"}}\n", t, _a, _b
	for (_k = 0; _k < 5; _k++) {
		_p = worker(t, _k) % 10 ? 1 / (1 + exp((_b - _a) * 6 / 200)) : 0.5
		label(t, _k, rand() < _p ? "\"left\"" : "\"right\"")
	}
}
function text(t, _n, _i, _k, _s, _u, _w) {
	printf "{\"kind\":\"task\",\"task\":\"t%d\",\"type\":\"text\",\"data\":0}\n", t
	_n = 8 + int(rand() * 5)
	for (_i = 0; _i < _n; _i++)
		word[_i] = "word" int(rand() * 500)
	for (_k = 0; _k < 5; _k++) {
		_s = ""
		for (_i = 0; _i < _n; _i++) {
			_u = rand()
			_w = _u < .03 ? "word" int(rand() * 500) : word[_i]
			if (_u >= .03 && _u < .06)
				continue
			_s = _s (_s == "" ? "" : " ") _w (_u > .96 ? " " _w : "")
		}
		label(t, _k, "\"" _s "\"")
	}
}
function multi(t, _k, _i, _s) {
	printf "{\"kind\":\"task\",\"task\":\"t%d\",\"type\":\"multi\",\"data\":0}\n", t
	for (_i = 0; _i < 10; _i++)
		there[_i] = rand() < .3
	for (_k = 0; _k < 5; _k++) {
		_s = ""
		for (_i = 0; _i < 10; _i++)
			if ((rand() < .9) == there[_i])
				_s = _s (_s == "" ? "" : ",") "\"c" _i "\""
		label(t, _k, "[" _s "]")
	}
}
BEGIN {
	srand(1)
	workers = int(n / 200) > 20 ? int(n / 200) : 20
	for (t = 0; t < n / 5; t++)
		if (type == "pair")
			pair(t)
		else if (type == "text")
			text(t)
		else
			multi(t)
}
