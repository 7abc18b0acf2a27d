/*
 * Between a model and the look-ups of sql/assistant/functions: its calls become
 * names and arguments, results become text that it can read, and real names
 * stay here (mask.h). Pure: copilot.c asks the database.
 */
#ifndef ASSISTANT_LOOKUP_H
#define ASSISTANT_LOOKUP_H

#include "common/attrs.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/json.h"
#include "worker/assistant/mask.h"

#define LOOKUP_ARGUMENTS_MAX (16 * 1024)
#define LOOKUP_TEXT_MAX (64 * 1024)

/* Gives everybody in the people of a context or result a pseudonym, and each
 * word of their names that is spelled in another way one of its own. */
void lookup_add_people(struct mask *m, json_object *from);

/* The name of the look-up that an entry of tool_calls is for; "" if none. */
const char *lookup_name(json_object *call);

/* Its arguments with real names, an object. ERR_BAD_INPUT if they are none. */
MUST_CHECK enum err lookup_read_arguments(
    const struct mask *m, json_object *call, json_object **out);

/* A result of campus.tutor_lookup() with pseudonyms: title, columns and rows a
 * line each, or what is wrong. */
void lookup_write(const struct mask *m, json_object *result, struct buf *out);

/* What a tutor, or the answer before, said, as it may leave: with pseudonyms,
 * and without the addresses and telephone numbers of others. */
void lookup_write_said(const struct mask *m, const char *text, struct buf *out);

#endif
