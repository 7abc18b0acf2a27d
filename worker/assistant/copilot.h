/*
 * TUTOR_COPILOT: a tutor's question about the learners of a course. Who may ask
 * and what may be seen is decided in SQL, at each step anew; learners' names
 * and addresses never leave.
 */
#ifndef ASSISTANT_COPILOT_H
#define ASSISTANT_COPILOT_H

#include "worker/handler.h"

void copilot_start(struct job *job); /* cancelled by flow_cancel() */

#endif
