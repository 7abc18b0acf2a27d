#include "worker/claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/pg.h"

#define NUMBER_MAX 24
#define ARRAYS_MAX (CURSOR_LANES_MAX * NUMBER_MAX)
#define TYPES_MAX 65536
#define CLAIM_BLANKS ", \t"

static const char claim_sql[] =
    "SELECT job_id, token, attempt, max_attempts, job_type, type_id, priority,"
    " seq, user_id, session_id, payload"
    " FROM coatcheck.claim($1, $2, $3, $4, $5, $6, $7, $8, $9)";

void
claim_send(struct pgconn *control, const struct claim *claim, pgquery_fn done,
    void *ctx)
{
	static const struct cursors none;
	char worker[NUMBER_MAX], limit[NUMBER_MAX], turn[NUMBER_MAX];
	char lease[NUMBER_MAX], deadline[NUMBER_MAX];
	struct buf types, priorities, seqs;

	buf_init(&types, ARRAYS_MAX);
	buf_init(&priorities, ARRAYS_MAX);
	buf_init(&seqs, ARRAYS_MAX);
	cursors_arrays(claim->cursors != NULL ? claim->cursors : &none, &types,
	    &priorities, &seqs);
	(void)snprintf(worker, sizeof worker, "%" PRId64, claim->worker_id);
	(void)snprintf(limit, sizeof limit, "%d", claim->limit);
	(void)snprintf(turn, sizeof turn, "%u", claim->turn % 32);
	(void)snprintf(lease, sizeof lease, "%" PRId64, claim->lease_ms);
	(void)snprintf(
	    deadline, sizeof deadline, "%" PRId64, claim->deadline_ms);

	const char *values[] = {worker, claim->types, limit, turn, lease,
	    deadline, buf_str(&types), buf_str(&priorities), buf_str(&seqs)};

	(void)pgconn_send(control, PGQUERY_ONCE, claim_sql,
	    sizeof values / sizeof *values, values, claim->timeout_ms, done,
	    ctx);
	buf_release(&types);
	buf_release(&priorities);
	buf_release(&seqs);
}

static bool
claim_read_uuid(
    const PGresult *res, int row, const char *column, struct uuid *out)
{
	const char *s = pg_str(res, row, column);

	return s != NULL && uuid_parse(s, strlen(s), out);
}

void
claim_read(const PGresult *res, int row, struct claim_row *out)
{
	*out = (struct claim_row){
	    .token = pg_int(res, row, "token"),
	    .seq = pg_int(res, row, "seq"),
	    .attempt = (int)pg_int(res, row, "attempt"),
	    .max_attempts = (int)pg_int(res, row, "max_attempts"),
	    .type_id = (int)pg_int(res, row, "type_id"),
	    .priority = (int)pg_int(res, row, "priority"),
	    .type = pg_str(res, row, "job_type"),
	    .payload = pg_str(res, row, "payload"),
	};
	out->payload_len = strlen(out->payload);
	(void)claim_read_uuid(res, row, "job_id", &out->job_id);
	(void)claim_read_uuid(res, row, "user_id", &out->user_id);
	out->has_session = claim_read_uuid(
	    res, row, "session_id", &out->session_id);
}

char *
claim_types(const char *list)
{
	struct buf b;

	if (strcmp(list, "*") == 0)
		return NULL;
	buf_init(&b, TYPES_MAX);
	buf_add_char(&b, '{');
	while (*(list += strspn(list, CLAIM_BLANKS)) != '\0') {
		/* Quoted: the word NULL would be none. */
		buf_add_str(&b, b.len > 1 ? ",\"" : "\"");
		for (; *list != '\0' && strchr(CLAIM_BLANKS, *list) == NULL;
		     list++) {
			if (*list == '"' || *list == '\\')
				buf_add_char(&b, '\\');
			buf_add_char(&b, *list);
		}
		buf_add_char(&b, '"');
	}
	buf_add_char(&b, '}');
	return buf_take(&b);
}
