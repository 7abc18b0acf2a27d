/* Walks over the bytes that scripts/embed-sql.sh laid out. */
#include "cli/embedded_sql.h"

#include <string.h>

extern const char embedded_sql_bytes[];

bool
embedded_sql_next(struct embedded_sql *at)
{
	const char *p = at->component == NULL ? embedded_sql_bytes
					      : at->text + strlen(at->text) + 1;

	if (*p == '\0')
		return false;
	at->component = p;
	at->name = p + strlen(p) + 1;
	at->text = at->name + strlen(at->name) + 1;
	return true;
}

int64_t
embedded_sql_version(const struct embedded_sql *at)
{
	int64_t version = 0;

	for (const char *p = at->name; *p >= '0' && *p <= '9'; p++)
		version = version * 10 + (*p - '0');
	return version;
}

int64_t
embedded_sql_newest(const char *component)
{
	struct embedded_sql at = {0};
	int64_t newest = 0;

	while (embedded_sql_next(&at)) {
		int64_t version = embedded_sql_version(&at);

		if (strcmp(at.component, component) == 0 && version > newest)
			newest = version;
	}
	return newest;
}
