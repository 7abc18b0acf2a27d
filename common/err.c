#include "common/err.h"

const char *
err_name(enum err e)
{
	switch (e) {
	case ERR_OK:
		return "ok";
	case ERR_NOMEM:
		return "nomem";
	case ERR_SYS:
		return "sys";
	case ERR_DB:
		return "db";
	case ERR_DB_RETRY:
		return "db_retry";
	case ERR_DB_UNSURE:
		return "db_unsure";
	case ERR_NET:
		return "net";
	case ERR_TIMEOUT:
		return "timeout";
	case ERR_TOO_BIG:
		return "too_big";
	case ERR_BAD_INPUT:
		return "bad_input";
	case ERR_AUTH:
		return "auth";
	case ERR_NOT_FOUND:
		return "not_found";
	case ERR_BUSY:
		return "busy";
	case ERR_STOPPED:
		return "stopped";
	}
	return "unknown";
}
