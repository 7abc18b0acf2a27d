/*
 * The claim statement: its parameters out, its rows in. What to do with them is
 * the pump's.
 */
#ifndef WORKER_CLAIM_H
#define WORKER_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/uuid.h"
#include "worker/cursor.h"
#include "worker/pgconn.h"

struct claim {
	int64_t worker_id;
	const char *types; /* array literal, NULL = any */
	int limit;
	unsigned turn; /* rotates the order of types */
	int64_t lease_ms, deadline_ms;
	const struct cursors *cursors; /* NULL = from the start */
	int64_t timeout_ms;
};

/* Texts are borrowed from the result. */
struct claim_row {
	struct uuid job_id, user_id, session_id;
	bool has_session;
	int64_t token, seq;
	int attempt, max_attempts, type_id, priority;
	const char *type, *payload;
	size_t payload_len;
};

void claim_send(struct pgconn *control, const struct claim *claim,
    pgquery_fn done, void *ctx);
void claim_read(const PGresult *res, int row, struct claim_row *out);

/* "A, B" as an array literal (mem_free), "*" as NULL. */
char *claim_types(const char *list);

#endif
