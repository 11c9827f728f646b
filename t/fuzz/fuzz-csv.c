/* Any bytes are read without harm, and a table read in two parts, cut anywhere, gives
 * the same rows, lines and errors as one read whole.  The first byte of the input
 * chooses the separator and the cut. */
#include "ingest/csv.h"

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* all that csv_next says about a text of which `first` bytes come first */
static void transcript(struct buf *out, struct str text, char sep, size_t first)
{
	struct csv c = { .sep = sep };
	size_t from = 0, to = first, used;
	struct err e;

	for (;;) {
		bool last = to == text.n;
		/* a copy of its own, so that a read beyond the end is seen */
		struct buf part = BUF_INIT;
		buf_add(&part, text.p + from, to - from);
		char *exact = malloc(part.n + !part.n);
		if (part.n)
			memcpy(exact, part.p, part.n);
		e = (struct err){ 0 };
		enum csv_got got = csv_next(&c, (struct str){ exact, part.n }, last, &used, &e);
		BUG_ON(used > part.n || (got != CSV_MORE && got != CSV_END && used == 0));
		from += used;
		if (got == CSV_MORE) {
			BUG_ON(last);
			to = text.n;
		} else if (got == CSV_BAD) {
			buf_addf(out, "bad %ju:%zu %s %d\n", c.bad_line, e.byte, e.msg, c.lost);
		} else if (got == CSV_ROW) {
			buf_addf(out, "row %ju %zu", c.line, c.raw.n);
			for (size_t i = 0; i < c.n; i++) {
				buf_addf(out, " %zu:", c.cell[i].n);
				buf_addstr(out, c.cell[i]);
			}
			buf_addc(out, '\n');
		}
		free(exact);
		buf_release(&part);
		if (got == CSV_END || c.lost)
			break;
	}
	BUG_ON(from != text.n && !c.lost);
	csv_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT, parts = BUF_INIT;

	if (size == 0)
		return 0;
	struct str text = { (const char *)data + 1, size - 1 };
	char sep = data[0] & 1 ? '\t' : ',';
	transcript(&whole, text, sep, text.n);
	transcript(&parts, text, sep, text.n * (data[0] >> 1) / 128);
	BUG_ON(!str_eq(buf_str(&whole), buf_str(&parts)));
	buf_release(&whole);
	buf_release(&parts);
	return 0;
}
