#include "worker/handlers/llm_calls.h"

#include <stdio.h>

#define CALLS_MAX 64

/* The arguments as text, which is the text of an object; NULL if not. Some
 * send the object itself, or nothing where there is nothing to say. */
static json_object *
llm_call_arguments(const json_object *function)
{
	json_object *arguments = json_get(function, "arguments");
	json_object *parsed = NULL;
	const char *text = "{}", *why;
	size_t len = 2;

	if (json_object_is_type(arguments, json_type_object))
		return json_object_new_string(json_text(arguments));
	if (json_object_is_type(arguments, json_type_string) &&
	    json_object_get_string_len(arguments) > 0)
		text = json_get_str(function, "arguments", &len);
	else if (arguments != NULL && *json_object_get_string(arguments) != 0)
		return NULL;
	if (json_parse_object(text, len, &parsed, &why) != ERR_OK)
		return NULL;
	json_object_put(parsed);
	return json_object_new_string_len(text, (int)len);
}

static enum err
llm_call_read(const json_object *from, size_t nth, json_object *list)
{
	json_object *function = json_get(from, "function"), *call, *inner;
	json_object *arguments = llm_call_arguments(function);
	const char *id = json_str(from, "id");
	const char *name = json_str(function, "name");
	char own_id[32];

	if (name == NULL || *name == '\0' || arguments == NULL) {
		json_object_put(arguments);
		return ERR_BAD_INPUT;
	}
	if (id == NULL || *id == '\0') {
		(void)snprintf(own_id, sizeof own_id, "call_%zu", nth);
		id = own_id;
	}
	call = json_object_new_object();
	inner = json_object_new_object();
	json_add_str(call, "id", id);
	json_add_str(call, "type", "function");
	json_add_str(inner, "name", name);
	json_object_object_add(inner, "arguments", arguments);
	json_object_object_add(call, "function", inner);
	json_object_array_add(list, call);
	return ERR_OK;
}

enum err
llm_calls_read(const json_object *message, json_object **out)
{
	json_object *from = json_get(message, "tool_calls"), *list;
	enum err e = ERR_OK;
	size_t n = json_object_is_type(from, json_type_array)
	    ? json_object_array_length(from)
	    : 0;

	*out = NULL;
	if (n == 0)
		return ERR_OK;
	if (n > CALLS_MAX)
		return ERR_BAD_INPUT;
	list = json_object_new_array_ext((int)n);
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = llm_call_read(json_object_array_get_idx(from, i), i, list);
	if (e != ERR_OK) {
		json_object_put(list);
		return e;
	}
	*out = list;
	return ERR_OK;
}
