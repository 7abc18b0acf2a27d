/* Vectors as PostgreSQL reads them. Pure. */
#ifndef ASSISTANT_VECTOR_H
#define ASSISTANT_VECTOR_H

#include <stdbool.h>

#include "common/buf.h"

#define VECTOR_TEXT_MAX (256 * 1024) /* of 8,192 numbers and more */

/* Appends {0.1,…}, as long as 1 in all. False, and nothing is written, if it
 * has no direction: of length 0, or not finite. */
bool vector_write(const float *v, int dimensions, struct buf *b);

#endif
