/*
 * The schema versions this build needs. scripts/check-schema.sh holds them
 * against the highest numbered file of each folder of sql. A newer
 * database is accepted: migrations only widen, so that old and new programs
 * run side by side during an upgrade.
 */
#ifndef COMMON_SCHEMA_H
#define COMMON_SCHEMA_H

#include <stdint.h>

#include <libpq-fe.h>

#include "common/attrs.h"
#include "common/err.h"

#define SCHEMA_QUEUE 2
#define SCHEMA_LLM 1
#define SCHEMA_ASSISTANT 5

#define SCHEMA_SQL "SELECT component, version FROM coatcheck.schema_versions()"

struct pg;

/* ERR_BAD_INPUT with one log line that says what to run when the database is
 * older than this build or not migrated at all. */
MUST_CHECK enum err schema_check(struct pg *c, int64_t timeout_ms);

/* The same of a result of SCHEMA_SQL that was got elsewhere; ERR_DB when it
 * failed for another reason, which its caller logs. */
MUST_CHECK enum err schema_judge(const PGresult *r);

#endif
