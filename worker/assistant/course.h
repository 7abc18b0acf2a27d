/* AI_QUERY: a learner's question, answered from the text of the course. */
#ifndef ASSISTANT_COURSE_H
#define ASSISTANT_COURSE_H

#include "worker/handler.h"

void course_start(struct job *job); /* cancelled by flow_cancel() */

#endif
