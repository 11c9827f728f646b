/* u-json-suite - JSONTestSuite (Nicolas Seriot): y_ is accepted, n_ refused, and for
 * i_, where RFC 8259 leaves a choice, the list below is ours. */
#include "tap.h"

#include <dirent.h>

#include "json/record.h"

/* Valid by the grammar, refused on purpose: see lib/json/record.h */
static const char *const refused_y[] = {
	"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
	"y_object_escaped_null_in_key.json", "y_string_null_escape.json"
};

/* Of the i_ cases only these are accepted: underflow is zero, and an integer may be larger
 * than 64 bits, since its text is kept.  Refused are overflow to infinity, invalid UTF-8,
 * UTF-16, a byte order mark, lone surrogates, and 500 levels. */
static const char *const accepted_i[] = {
	"i_number_double_huge_neg_exp.json", "i_number_real_underflow.json",
	"i_number_too_big_neg_int.json", "i_number_too_big_pos_int.json",
	"i_number_very_big_negative_int.json"
};

static bool listed(const char *name, const char *const *list, size_t n)
{
	while (n-- > 0)
		if (strcmp(name, list[n]) == 0)
			return true;
	return false;
}

static bool wanted(const char *name)
{
	switch (name[0]) {
	case 'y':
		return !listed(name, refused_y, sizeof refused_y / sizeof *refused_y);
	case 'i':
		return listed(name, accepted_i, sizeof accepted_i / sizeof *accepted_i);
	}
	return false;
}

/* Whether {"v":TEXT} is read as one member v.  The count matters: 1,"a":2 is no JSON text,
 * and yet it makes a valid object, of two members.  That is the only way for a text to
 * be no value alone but fine inside: one that closes the object itself, as 1} or
 * 1}{"a":2 do, is followed by a brace at least, and nothing may follow an object. */
static bool as_member(struct str text, struct err *e)
{
	struct json_record r = { 0 };
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"v\":");
	buf_addstr(&b, text);
	buf_addc(&b, '}');
	bool good = json_read(&r, buf_str(&b), e) && r.n == 1 && str_is(r.field[0].key, "v");
	buf_release(&b);
	json_record_release(&r);
	return good;
}

int main(void)
{
	char dir[4096], path[8192];
	int n = 0;

	snprintf(dir, sizeof dir, "%s", shared("cases/json/"));
	DIR *d = opendir(dir);
	if (!d)
		skip_all("../shared/cases/json cannot be listed");
	for (struct dirent *f; (f = readdir(d)); ) {
		struct err e = { .msg = "", .byte = 0 };

		if (!strstr(f->d_name, ".json"))
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
		struct buf b = slurp(path);
		bool want = wanted(f->d_name);
		bool alone = json_check(buf_str(&b), &e), inside = as_member(buf_str(&b), &e);
		ok(alone == want && inside == want, "%s is %s", f->d_name, want ? "accepted" : "refused");
		if (!want && (!e.msg[0] || e.byte == 0))
			ok(false, "%s: an error has a text and a place", f->d_name);
		buf_release(&b);
		n++;
	}
	closedir(d);
	ok(n >= 300, "%d cases", n);
	return done();
}
