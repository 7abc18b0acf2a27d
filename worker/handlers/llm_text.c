#include "worker/handlers/llm_text.h"

#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/text.h"

#define PARTS_MAX 1000
#define CONTENT_MAX ((size_t)256 * 1024 * 1024)
#define OBJECT_TRIES 16

static void
llm_add_content(const json_object *message, struct buf *b)
{
	json_object *content = json_get(message, "content");
	size_t n = 0, len;
	const char *s = json_get_str(message, "content", &len);

	if (s != NULL)
		buf_add(b, s, len);
	if (json_object_is_type(content, json_type_array))
		n = json_object_array_length(content);
	for (size_t i = 0; i < n && i < PARTS_MAX; i++) {
		s = json_get_str(
		    json_object_array_get_idx(content, i), "text", &len);
		if (s != NULL)
			buf_add(b, s, len);
	}
}

/* Thoughts without an end leave nothing. */
static const char *
llm_skip_thoughts(const char *s)
{
	static const char open[] = "<think>", shut[] = "</think>";
	const char *end;

	if (strncmp(s, open, sizeof open - 1) != 0)
		return s;
	end = strstr(s, shut);
	return end != NULL ? end + sizeof shut - 1 : s + strlen(s);
}

/* Length of the balanced {...} at s, 0 if it does not end. */
static size_t
llm_object_length(const char *s)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; s[i] != '\0'; i++) {
		if (in_string) {
			if (s[i] == '\\' && s[i + 1] != '\0')
				i++;
			else
				in_string = s[i] != '"';
		} else if (s[i] == '"') {
			in_string = true;
		} else if (s[i] == '{') {
			depth++;
		} else if (s[i] == '}' && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* Narrows s to the first object in it; leaves it as it is if there is none. */
static const char *
llm_find_object(const char *s, size_t *len)
{
	const char *p = strchr(s, '{'), *why;

	for (int i = 0; p != NULL && i < OBJECT_TRIES; i++) {
		size_t n = llm_object_length(p);
		json_object *object = NULL;

		if (n > 0 && json_parse_object(p, n, &object, &why) == ERR_OK) {
			json_object_put(object);
			*len = n;
			return p;
		}
		p = strchr(p + 1, '{');
	}
	return s;
}

char *
llm_text_of(const json_object *message, bool is_json, size_t *bytes)
{
	struct buf b;
	const char *s;
	char *text;
	size_t len;

	buf_init(&b, CONTENT_MAX);
	llm_add_content(message, &b);
	*bytes = b.len;
	s = text_trim(buf_str(&b), &len);
	s = text_trim(llm_skip_thoughts(s), &len);
	if (is_json)
		s = llm_find_object(s, &len);
	text = x_strndup(s, len);
	buf_release(&b);
	return text;
}
