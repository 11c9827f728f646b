/* summary - the last line on stderr: what the operator has to do. */
#include "payout.h"

#include "io/cli.h"

static bool armed;

/* The messages before it say what has happened, and to which payment. */
static const char *words(int status)
{
	switch (status) {
	case LBL_OK:
		return "nothing is left to do";
	case LBL_FOUND:
		return "to do: mend what is named above, and run it again; what is paid stays paid";
	case LBL_DATAERR:
		return "to do: mend the input or the journal; this run has sent nothing";
	case LBL_NOINPUT:
		return "to do: see that the files are there and can be read";
	case LBL_UNAVAILABLE:
		return "to do: nothing if the next run succeeds, else look at the node or the signer";
	case LBL_IOERR:
		return "to do: make room on the disk, and run it again";
	case LBL_TEMPFAIL:
		return "to do: nothing but to run it again later, which goes on from here";
	case LBL_NOPERM:
		return "to do: look at the key, its password, or who signs";
	case LBL_CONFIG:
		return "to do: mend the options, or the files they name";
	default:
		return "to do: look at this machine";
	}
}

void summary_end(int status)
{
	if (armed)
		cli_note("%s", words(status));
	armed = false;
}

static void at_exit(void)
{
	summary_end(cli_leaving());
}

void summary_start(void)
{
	armed = true;
	atexit(at_exit);
}
