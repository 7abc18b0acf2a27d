/* PERSONA_CLASSIFY: which kind of learner somebody is, told from a few answers:
 * by a model that must name one of the personas, or by keywords. */
#ifndef ASSISTANT_PERSONA_H
#define ASSISTANT_PERSONA_H

#include "worker/handler.h"

void persona_start(struct job *job); /* cancelled by flow_cancel() */

#endif
