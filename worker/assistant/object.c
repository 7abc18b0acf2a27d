#include "worker/assistant/object.h"

#include <stdbool.h>
#include <string.h>

#define TRIES_MAX 20

/* Behind the brace that closes the one at p; NULL if none does. */
static const char *
object_end(const char *p)
{
	bool in_text = false;
	int depth = 0;

	for (; *p != '\0'; p++) {
		if (in_text && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			in_text = !in_text;
		else if (!in_text && *p == '{')
			depth++;
		else if (!in_text && *p == '}' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

json_object *
object_find(const char *text)
{
	const char *p = strchr(text, '{'), *end, *why;
	json_object *obj;

	for (int i = 0; i < TRIES_MAX && p != NULL; i++) {
		end = object_end(p);
		if (end != NULL &&
		    json_parse_object(p, (size_t)(end - p), &obj, &why) ==
			ERR_OK)
			return obj;
		p = strchr(p + 1, '{');
	}
	return NULL;
}
