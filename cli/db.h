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

struct command_line;
struct conf;

/* What is left of a command whose options are read and which takes no
 * arguments: refuses those, reads the configuration, connects as the admin, and
 * does the work, which has said what was wrong if it fails. */
enum exit_code db_command(struct command_line *l,
    enum err (*work)(struct pg *c, const struct conf *conf, const void *ctx),
    const void *ctx);

/* Why what was last tried failed, "" if not known; valid until the next call.
 */
const char *db_reason(void);

/* Says that what failed with e on c, and why. */
void db_say_failed(const struct pg *c, enum err e, const char *what);

#endif
