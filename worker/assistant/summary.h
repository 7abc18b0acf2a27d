/* CHAT_SUMMARY: what was said in a conversation, in a few sentences, so that
 * later questions need not send all of it. Needs a model. */
#ifndef ASSISTANT_SUMMARY_H
#define ASSISTANT_SUMMARY_H

#include "worker/handler.h"

void summary_start(struct job *job); /* cancelled by flow_cancel() */

#endif
