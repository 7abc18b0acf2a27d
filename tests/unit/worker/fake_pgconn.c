#include "tests/unit/worker/fake_pgconn.h"

#include <assert.h>
#include <string.h>

#include "common/mem.h"

#define FAKE_SENT_MAX 32

static struct fake_statement fake_list[FAKE_SENT_MAX];
static size_t fake_n;
static bool fake_is_up;

struct pgquery *__wrap_pgconn_send(struct pgconn *c, enum pgquery_kind kind,
    const char *sql, int n, const char *const *values, int64_t timeout_ms,
    pgquery_fn done, void *ctx);
bool __wrap_pgconn_is_up(const struct pgconn *c);

struct pgquery *
__wrap_pgconn_send(struct pgconn *c, enum pgquery_kind kind, const char *sql,
    int n, const char *const *values, int64_t timeout_ms, pgquery_fn done,
    void *ctx)
{
	struct fake_statement *s = &fake_list[fake_n++];

	(void)c;
	(void)kind;
	(void)timeout_ms;
	assert(fake_n <= FAKE_SENT_MAX && n <= FAKE_VALUES_MAX);
	*s = (struct fake_statement){.sql = sql, .done = done, .ctx = ctx};
	for (int i = 0; i < n; i++)
		s->values[i] = x_strdup(
		    values[i] != NULL ? values[i] : "(null)");
	return NULL;
}

bool
__wrap_pgconn_is_up(const struct pgconn *c)
{
	(void)c;
	return fake_is_up;
}

static void
fake_drop_first(void)
{
	for (size_t i = 0; i < FAKE_VALUES_MAX; i++)
		mem_free(fake_list[0].values[i]);
	fake_n--;
	memmove(fake_list, fake_list + 1, fake_n * sizeof *fake_list);
}

void
fake_reset(bool is_up)
{
	while (fake_n > 0)
		fake_drop_first();
	fake_is_up = is_up;
}

void
fake_set_up(bool is_up)
{
	fake_is_up = is_up;
}

size_t
fake_sent_count(void)
{
	return fake_n;
}

const struct fake_statement *
fake_sent(size_t i)
{
	return i < fake_n ? &fake_list[i] : NULL;
}

static void
fake_end(enum err e, const PGresult *res)
{
	struct fake_statement s;

	assert(fake_n > 0);
	s = fake_list[0];
	fake_drop_first();
	s.done(s.ctx, e, res);
}

void
fake_fail(enum err e)
{
	fake_end(e, NULL);
}

void
fake_answer(const char *const *columns, const char *const *cells, int rows)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc attributes[16] = {0};
	int n = 0;

	for (; columns[n] != NULL; n++)
		attributes[n].name = x_strdup(columns[n]);
	(void)PQsetResultAttrs(res, n, attributes);
	for (int i = 0; i < rows * n; i++) {
		char *cell = cells[i] != NULL ? x_strdup(cells[i]) : NULL;

		(void)PQsetvalue(res, i / n, i % n, cell,
		    cell != NULL ? (int)strlen(cell) : -1);
		mem_free(cell);
	}
	while (n > 0)
		mem_free(attributes[--n].name);
	fake_end(ERR_OK, res);
	PQclear(res);
}
