/* What `coatcheck ingest` and `coatcheck embed` have in common. */
#ifndef CLI_EMBED_H
#define CLI_EMBED_H

#include "common/attrs.h"
#include "common/conf.h"
#include "common/err.h"

struct pg;

/* Queues jobs for the passages of a course (UUID; NULL is every course) that
 * have no vector of the configured model, and says how many there are. Nothing
 * without [embeddings] base_url. */
MUST_CHECK enum err embed_queue(
    struct pg *c, const struct conf *conf, const char *course);

#endif
