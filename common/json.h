/*
 * JSON access over json-c: parse with limits, read members strictly. An object
 * from here is released by json_object_put() or handed on; getters borrow.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "common/attrs.h"
#include "common/err.h"

#define JSON_DEPTH_MAX 32

/*
 * Parses one whole document: strict syntax, valid UTF-8, no \u0000, nothing
 * behind it, at most JSON_DEPTH_MAX deep. On ERR_BAD_INPUT *why is a static
 * sentence for people, such as "Request body is not valid JSON". The document
 * null gives ERR_OK and NULL, as json-c has it.
 *
 * Integers beyond 19 characters and exponents beyond 3 digits are refused, as
 * neither json-c nor jsonb keeps them. The escape of a lone surrogate becomes
 * U+FFFD here but is refused by jsonb: what goes to the database is
 * json_text(), not the text that came in.
 */
MUST_CHECK enum err json_parse(
    const char *text, size_t len, json_object **out, const char **why);

/* As json_parse, but only an object will do. */
MUST_CHECK enum err json_parse_object(
    const char *text, size_t len, json_object **out, const char **why);

/* Members. NULL, or false, when absent, null or of another type. */
json_object *json_get(const json_object *obj, const char *key);
const char *json_get_str(const json_object *obj, const char *key, size_t *len);
const char *json_str(const json_object *obj, const char *key); /* no length */
bool json_get_int(const json_object *obj, const char *key, int64_t *out);

/* Adds a member; dies with the object. NULL text adds nothing. */
void json_add_str(json_object *obj, const char *key, const char *s);
void json_add_int(json_object *obj, const char *key, int64_t n);

/* Compact text without escaped slashes; valid until obj changes or dies. */
const char *json_text(json_object *obj);

#endif
