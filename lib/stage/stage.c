#include "stage/stage.h"

#include "json/write.h"

void stage_put_run(struct buf *b, const char *tool)
{
	buf_adds(b, "{\"kind\":\"run\"");
	json_put_kstr(b, "tool", str_of(tool));
	json_put_kstr(b, "version", STR(LBL_VERSION));
	json_put_key(b, "options");
}
