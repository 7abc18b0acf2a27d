/* The tool calls of an answer, brought into one shape. Pure. */
#ifndef HANDLERS_LLM_CALLS_H
#define HANDLERS_LLM_CALLS_H

#include "common/attrs.h"
#include "common/err.h"
#include "common/json.h"

/*
 * From a message to a new array of {"id","type":"function","function":{"name",
 * "arguments"}} where each has an id of its own and arguments that are the text
 * of an object; NULL if there are none. ERR_BAD_INPUT if one makes no sense.
 */
MUST_CHECK enum err llm_calls_read(
    const json_object *message, json_object **out);

#endif
