/*
 * json-c 0.16 in its strict mode still takes NaN, Infinity, "1.", control
 * characters and overlong UTF-8 in strings, and bends a large integer to the
 * largest it knows. PostgreSQL refuses or keeps all of these, so they are
 * refused here before json-c sees the text.
 */
#include "common/json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define JSON_INT_CHARS_MAX 19 /* fits int64_t, or uint64_t when positive */
#define JSON_NUMBER_CHARS_MAX 64
#define JSON_EXPONENT_CHARS_MAX 4 /* a sign and three digits */

static const char json_why_syntax[] = "Request body is not valid JSON";
static const char json_why_utf8[] = "Request body is not valid UTF-8";
static const char json_why_nul[] =
    "Request body must not contain the character \\u0000";
static const char json_why_depth[] = "Request body is nested too deeply";
static const char json_why_number[] =
    "Request body contains a number out of range";
static const char json_why_object[] = "Request body must be a JSON object";
static const char json_why_size[] = "Request body is too large";

/* What is wrong with the number of n characters at s, NULL if nothing. That
 * its characters are in order is for json-c to see. */
static const char *
json_check_number(const char *s, size_t n)
{
	const char *dot = memchr(s, '.', n), *e = memchr(s, 'e', n);

	if (e == NULL)
		e = memchr(s, 'E', n);
	if (dot != NULL && (dot + 1 == s + n || dot[1] < '0' || dot[1] > '9'))
		return json_why_syntax;
	if (n > JSON_NUMBER_CHARS_MAX ||
	    (dot == NULL && e == NULL && n > JSON_INT_CHARS_MAX) ||
	    (e != NULL && s + n - (e + 1) > JSON_EXPONENT_CHARS_MAX))
		return json_why_number;
	return NULL;
}

static bool
json_is_number_char(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
	    c == 'e' || c == 'E';
}

/* The checks that json-c leaves out; NULL if there is nothing to say. */
static const char *
json_check(const char *s, size_t len)
{
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			if ((unsigned char)s[i] < 0x20)
				return json_why_syntax;
			in_string = s[i] != '"';
			i += s[i] == '\\';
		} else if (s[i] == '"') {
			in_string = true;
		} else if (s[i] == 'N' || s[i] == 'I' || s[i] == '\0') {
			return json_why_syntax;
		} else if (s[i] == '-' || (s[i] >= '0' && s[i] <= '9')) {
			const char *why;
			size_t n = 1;

			while (i + n < len && json_is_number_char(s[i + n]))
				n++;
			why = json_check_number(s + i, n);
			if (why != NULL)
				return why;
			i += n - 1;
		}
	}
	return NULL;
}

/* Is s to its end white space of JSON? */
static bool
json_is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\0' || strchr(" \t\r\n", s[i]) == NULL)
			return false;
	}
	return true;
}

static enum err
json_tokenize(const char *text, int len, json_object **out, const char **why)
{
	json_tokener *t = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	enum json_tokener_error error;
	json_object *value;
	size_t end;

	if (t == NULL)
		return ERR_NOMEM;
	json_tokener_set_flags(
	    t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	value = json_tokener_parse_ex(t, text, len);
	error = json_tokener_get_error(t);
	end = json_tokener_get_parse_end(t);
	if (error == json_tokener_continue) {
		/* A NUL ends a bare number, which might have gone on. */
		value = json_tokener_parse_ex(t, "", 1);
		error = json_tokener_get_error(t);
		end = (size_t)len;
	}
	json_tokener_free(t);
	if (error == json_tokener_success &&
	    json_is_blank(text + end, (size_t)len - end)) {
		*out = value;
		return ERR_OK;
	}
	json_object_put(value);
	*why = error == json_tokener_error_depth ? json_why_depth
						 : json_why_syntax;
	return ERR_BAD_INPUT;
}

enum err
json_parse(const char *text, size_t len, json_object **out, const char **why)
{
	const char *problem = NULL;

	if (len > INT_MAX)
		problem = json_why_size;
	else if (len == 0)
		problem = json_why_syntax;
	else if (!text_is_utf8(text, len))
		problem = json_why_utf8;
	else if (text_has_json_nul(text, len))
		problem = json_why_nul;
	else
		problem = json_check(text, len);
	if (problem != NULL) {
		*why = problem;
		return ERR_BAD_INPUT;
	}
	return json_tokenize(text, (int)len, out, why);
}

enum err
json_parse_object(
    const char *text, size_t len, json_object **out, const char **why)
{
	json_object *value = NULL;
	enum err e = json_parse(text, len, &value, why);

	if (e != ERR_OK)
		return e;
	if (!json_object_is_type(value, json_type_object)) {
		json_object_put(value);
		*why = json_why_object;
		return ERR_BAD_INPUT;
	}
	*out = value;
	return ERR_OK;
}

json_object *
json_get(const json_object *obj, const char *key)
{
	json_object *value = NULL;

	if (!json_object_is_type(obj, json_type_object) ||
	    !json_object_object_get_ex(obj, key, &value))
		return NULL;
	return value;
}

const char *
json_get_str(const json_object *obj, const char *key, size_t *len)
{
	json_object *value = json_get(obj, key);

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	*len = (size_t)json_object_get_string_len(value);
	return json_object_get_string(value);
}

const char *
json_str(const json_object *obj, const char *key)
{
	size_t len;

	return json_get_str(obj, key, &len);
}

bool
json_get_int(const json_object *obj, const char *key, int64_t *out)
{
	json_object *value = json_get(obj, key);

	if (!json_object_is_type(value, json_type_int) ||
	    (json_object_get_int64(value) > 0 &&
		json_object_get_uint64(value) > INT64_MAX))
		return false;
	*out = json_object_get_int64(value);
	return true;
}

static void
json_add(json_object *obj, const char *key, json_object *value)
{
	if (value == NULL || json_object_object_add(obj, key, value) != 0)
		abort(); /* out of memory; our callers cap all texts */
}

void
json_add_str(json_object *obj, const char *key, const char *s)
{
	if (s != NULL)
		json_add(obj, key, json_object_new_string(s));
}

void
json_add_int(json_object *obj, const char *key, int64_t n)
{
	json_add(obj, key, json_object_new_int64(n));
}

const char *
json_text(json_object *obj)
{
	return json_object_to_json_string_ext(
	    obj, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
