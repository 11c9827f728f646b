#include "stage/stage.h"

#include "json/write.h"

void stage_put_run(struct buf *b, const char *tool)
{
	buf_adds(b, "{\"kind\":\"run\"");
	json_put_kstr(b, "tool", str_of(tool));
	json_put_kstr(b, "version", STR(LBL_VERSION));
	json_put_key(b, "options");
}

void sink_lines(struct sink *out, struct str lines)
{
	if (out->lines) {
		out->lines(out->ctx, lines);
		return;
	}
	while (lines.n) {
		const char *nl = memchr(lines.p, '\n', lines.n);
		size_t n = (size_t)(nl - lines.p);
		out->line(out->ctx, (struct str){ lines.p, n });
		lines.p += n + 1;
		lines.n -= n + 1;
	}
}
