/* The job types of the assistant, for the engine's table of handlers. */
#ifndef ASSISTANT_ASSISTANT_H
#define ASSISTANT_ASSISTANT_H

#include <stddef.h>

#include "worker/handler.h"

const struct handler *assistant_handlers(size_t *n);

#endif
