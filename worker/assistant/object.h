/*
 * Finds the JSON object that a model was asked for in what it wrote: models put
 * words before it, a fence around it or a second one behind it. Pure.
 */
#ifndef ASSISTANT_OBJECT_H
#define ASSISTANT_OBJECT_H

#include "common/attrs.h"
#include "common/json.h"

/* The first balanced {…} that is valid; the caller owns it. NULL if there is
 * none. */
MUST_CHECK json_object *object_find(const char *text);

#endif
