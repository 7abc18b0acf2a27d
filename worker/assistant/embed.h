/*
 * EMBED_CHUNKS: vectors of some passages of a course, made when it was read in
 * or when the model has changed.
 */
#ifndef ASSISTANT_EMBED_H
#define ASSISTANT_EMBED_H

#include "worker/handler.h"

void embed_start(struct job *job);

#endif
