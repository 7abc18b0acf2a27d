/* The text of an answer, without what is not meant for its reader. Pure. */
#ifndef HANDLERS_LLM_TEXT_H
#define HANDLERS_LLM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/json.h"

/*
 * The content of a message, a string or an array of typed parts: trimmed, and
 * without the thoughts between <think> and </think> that local models put in
 * front. With is_json, the first JSON object in it if there is one: models like
 * to wrap it into a fence or a sentence. "" if nothing is left. *bytes is the
 * length of the whole content. The caller's.
 */
char *llm_text_of(const json_object *message, bool is_json, size_t *bytes);

#endif
