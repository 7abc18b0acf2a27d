/*
 * TUTOR_COPILOT: a tutor's question about the learners of a course. Who may ask
 * and what may be seen is decided in SQL, at each step anew; learners' names
 * and addresses never leave.
 */
#ifndef ASSISTANT_COPILOT_H
#define ASSISTANT_COPILOT_H

#include "worker/handler.h"

#define COPILOT_ROUNDS_MAX 4  /* requests to a model */
#define COPILOT_LOOKUPS_MAX 8 /* in all of them */

void copilot_start(struct job *job);
void copilot_cancel(struct job *job);

#endif
