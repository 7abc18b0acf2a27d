/*
 * The connection of a command: opened by one of the URLs of the configuration,
 * its failures told in one line for people. The log of libpq's wrapper is held
 * back meanwhile, as it would say the same in another form.
 */
#ifndef CLI_DB_H
#define CLI_DB_H

#include <stdint.h>

#include "common/attrs.h"
#include "common/err.h"
#include "common/pg.h"

/* Connects; silent. On failure db_reason() says why. */
MUST_CHECK enum err db_try_open(
    const char *url, int64_t timeout_ms, struct pg **out);

/* Connects, or says why not. */
MUST_CHECK enum err db_open(
    const char *url, int64_t timeout_ms, struct pg **out);

/* Why what was last tried failed, "" if not known; valid until the next call.
 */
const char *db_reason(void);

/* Says that what failed with e on c, and why. */
void db_say_failed(const struct pg *c, enum err e, const char *what);

#endif
