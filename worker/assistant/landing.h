/* LANDING_QUERY: a visitor's question, answered from what is on offer. */
#ifndef ASSISTANT_LANDING_H
#define ASSISTANT_LANDING_H

#include "worker/handler.h"

void landing_start(struct job *job); /* cancelled by flow_cancel() */

#endif
