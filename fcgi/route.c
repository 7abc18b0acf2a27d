/* Compares paths with patterns, segment by segment. */
#include "fcgi/route.h"

#include <string.h>

static const struct {
	const char *name;
	enum method method;
} route_methods[] = {
    {"GET", METHOD_GET},
    {"HEAD", METHOD_HEAD},
    {"POST", METHOD_POST},
    {"DELETE", METHOD_DELETE},
    {"OPTIONS", METHOD_OPTIONS},
};

#define METHODS (sizeof route_methods / sizeof *route_methods)

enum method
method_parse(const char *name)
{
	for (size_t i = 0; i < METHODS; i++) {
		if (strcmp(route_methods[i].name, name) == 0)
			return route_methods[i].method;
	}
	return METHOD_OTHER;
}

static bool
route_fits(const char *pattern, const char *path, struct route_match *m)
{
	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/");
		size_t have = strcspn(++path, "/");

		if (want == 2 && memcmp(pattern, "{}", 2) == 0 && have > 0) {
			m->arg = path;
			m->arg_len = have;
		} else if (want != have || memcmp(pattern, path, want) != 0) {
			return false;
		}
		pattern += want;
		path += have;
	}
	return *pattern == '\0' && (*path == '\0' || strcmp(path, "/") == 0);
}

enum err
route_find(const struct route *table, size_t count, enum method method,
    const char *path, struct route_match *out, unsigned *allowed)
{
	enum method wanted = method == METHOD_HEAD ? METHOD_GET : method;
	struct route_match found = {0};

	*allowed = 0;
	for (size_t i = 0; i < count; i++) {
		struct route_match m = {.route = &table[i]};

		if (!route_fits(table[i].pattern, path, &m))
			continue;
		*allowed |= table[i].method;
		if (table[i].method == wanted)
			found = m;
	}
	if (*allowed == 0)
		return ERR_NOT_FOUND;
	if ((*allowed & METHOD_GET) != 0)
		*allowed |= METHOD_HEAD;
	*allowed |= METHOD_OPTIONS;
	if (found.route == NULL)
		return ERR_BAD_INPUT;
	*out = found;
	return ERR_OK;
}

void
route_allow(unsigned allowed, struct buf *out)
{
	for (size_t i = 0; i < METHODS; i++) {
		if ((allowed & route_methods[i].method) == 0)
			continue;
		if (out->len > 0)
			buf_add_str(out, ", ");
		buf_add_str(out, route_methods[i].name);
	}
}
