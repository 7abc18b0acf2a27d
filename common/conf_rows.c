/* Every key of the configuration, once, and the two ways to print them. */
#include "common/conf_rows.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/pg.h"

#define AT(field) offsetof(struct conf, field)
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define PRINT_MAX (256 * 1024)

/* clang-format off */
const struct conf_row conf_rows[] = {
{"database", "url", CONF_CONNINFO, AT(database.url), "", .is_secret = true,
    .help = "libpq connection string or URI; libpq's own defaults if empty"},
{"database", "web_url", CONF_CONNINFO, AT(database.web_url), "",
    .is_secret = true, .help = "the front end's instead of url"},
{"database", "worker_url", CONF_CONNINFO, AT(database.worker_url), "",
    .is_secret = true, .help = "the worker's instead of url"},
{"database", "listen_url", CONF_CONNINFO, AT(database.listen_url), "",
    .is_secret = true,
    .help = "direct connection for LISTEN if worker_url goes to a pooler"},
{"database", "admin_url", CONF_CONNINFO, AT(database.admin_url), "",
    .is_secret = true, .help = "the command line's instead of url"},
{"database", "owner_url", CONF_CONNINFO, AT(database.owner_url), "",
    .is_secret = true, .help = "the schema owner's, for migrate only"},
{"database", "connect_timeout", CONF_DURATION,
    AT(database.connect_timeout_ms), "5s", 100, HOUR,
    .help = "longest wait for a connection"},
{"database", "statement_timeout", CONF_DURATION,
    AT(database.statement_timeout_ms), "10s", 100, HOUR,
    .help = "longest wait for a statement"},

{"web", "threads", CONF_INT, AT(web.threads), "8", 1, 64,
    .help = "requests served at the same time; 1 behind mod_fcgid"},
{"web", "connections", CONF_INT, AT(web.connections), "4", 1, 64,
    .help = "most connections to PostgreSQL"},
{"web", "body_max", CONF_SIZE, AT(web.body_max), "64k", 1024, 16 << 20,
    .help = "most bytes of a request body"},
{"web", "prefix", CONF_TEXT, AT(web.prefix), "/api",
    .help = "cut off the path before it is routed"},
{"web", "notify", CONF_BOOL, AT(web.notify), "yes",
    .help = "tell idle workers of a new job; else they poll"},

{"auth", "algorithm", CONF_CHOICE, AT(auth.algorithm), "HS256",
    .choices = "HS256", .help = "of the tokens; a token cannot choose"},
{"auth", "jwt_secret", CONF_TEXT, AT(auth.jwt_secret), "", .is_secret = true,
    .help = "32 bytes or more; without it nobody can sign in"},
{"auth", "jwt_secret_file", CONF_TEXT, AT(auth.jwt_secret_file), "",
    .help = "file that holds the secret instead"},
{"auth", "issuer", CONF_TEXT, AT(auth.issuer), "",
    .help = "what iss must be, if set"},
{"auth", "audience", CONF_TEXT, AT(auth.audience), "",
    .help = "what aud must be, if set"},
{"auth", "leeway", CONF_DURATION, AT(auth.leeway_ms), "10s", 0, HOUR,
    .help = "tolerated difference of clocks"},

{"worker", "in_flight_max", CONF_INT, AT(worker.in_flight_max), "1000", 1,
    100000, .help = "most jobs at the same time"},
{"worker", "types", CONF_TEXT, AT(worker.types), "*",
    .help = "job types to work on, separated by commas; * is all"},
{"worker", "poll", CONF_DURATION, AT(worker.poll_ms), "1s", 10, HOUR,
    .help = "how often to look for work unasked"},
{"worker", "lease", CONF_DURATION, AT(worker.lease_ms), "30s", 100, DAY,
    .help = "how long a job is ours without a heartbeat; more than "
	"heartbeat and statement_timeout"},
{"worker", "heartbeat", CONF_DURATION, AT(worker.heartbeat_ms), "10s", 10,
    DAY, .help = "how often leases are renewed; less than half of lease"},
{"worker", "sweep", CONF_DURATION, AT(worker.sweep_ms), "5s", 100, HOUR,
    .help = "how often jobs of dead workers are looked for"},
{"worker", "deadline", CONF_DURATION, AT(worker.deadline_ms), "5m", 100,
    7 * DAY, .help = "hard end of an attempt, heartbeat or not"},
{"worker", "drain", CONF_DURATION, AT(worker.drain_ms), "25s", 0, DAY,
    .help = "time for running jobs to end on SIGTERM or SIGHUP"},
{"worker", "listen", CONF_BOOL, AT(worker.listen), "yes",
    .help = "LISTEN for new jobs; else poll only"},

{"llm", "base_url", CONF_TEXT, AT(llm.base_url), "",
    .help = "what stands before /chat/completions; if empty, answers are "
	"taken from the course text"},
{"llm", "api_key", CONF_TEXT, AT(llm.api_key), "", .is_secret = true,
    .help = "sent as bearer token, if set"},
{"llm", "api_key_file", CONF_TEXT, AT(llm.api_key_file), "",
    .help = "file that holds the key instead"},
{"llm", "model", CONF_TEXT, AT(llm.model), "gpt-4o-mini",
    .help = "as the provider calls it"},
{"llm", "token_param", CONF_CHOICE, AT(llm.token_param), "max_tokens",
    .choices = "max_tokens,max_completion_tokens",
    .help = "name the provider has for the limit of an answer"},
{"llm", "max_tokens", CONF_INT, AT(llm.max_tokens), "500", 1, 1000000,
    .help = "most tokens of an answer"},
{"llm", "connect_timeout", CONF_DURATION, AT(llm.connect_timeout_ms), "5s",
    100, HOUR, .help = "longest wait for a connection"},
{"llm", "timeout", CONF_DURATION, AT(llm.timeout_ms), "60s", 100, HOUR,
    .help = "longest wait for a whole answer; less than deadline by more "
	"than 5 s"},
{"llm", "response_max", CONF_SIZE, AT(llm.response_max), "4m", 1024,
    256 << 20, .help = "most bytes of a reply"},

{"assistant", "passages", CONF_INT, AT(assistant.passages), "5", 1, 20,
    .help = "most passages of course text behind an answer"},
{"assistant", "threshold", CONF_DECIMAL, AT(assistant.threshold), "0.51",
    .help = "least relevance of a passage, from 0 to 1"},
{"assistant", "brand", CONF_TEXT, AT(assistant.brand), "Coatcheck",
    .help = "who answers: a name for prompts and answers"},

{"log", "level", CONF_CHOICE, AT(log_level), "info",
    .choices = "error,warn,info,debug", .help = "least grave line logged"},
};
/* clang-format on */

const size_t conf_row_count = sizeof conf_rows / sizeof *conf_rows;

bool
conf_row_is_text(const struct conf_row *row)
{
	return row->type == CONF_TEXT || row->type == CONF_CHOICE ||
	    row->type == CONF_DECIMAL || row->type == CONF_CONNINFO;
}

void *
conf_row_at(const struct conf_row *row, struct conf *c)
{
	return (char *)c + row->offset;
}

const void *
conf_row_peek(const struct conf_row *row, const struct conf *c)
{
	return (const char *)c + row->offset;
}

static void
conf_print_section(struct buf *b, size_t i)
{
	if (i > 0 &&
	    strcmp(conf_rows[i].section, conf_rows[i - 1].section) == 0)
		return;
	buf_printf(b, "%s[%s]\n", i > 0 ? "\n" : "", conf_rows[i].section);
}

void
conf_print_keys(void)
{
	struct buf b;

	buf_init(&b, PRINT_MAX);
	for (size_t i = 0; i < conf_row_count; i++) {
		const struct conf_row *row = &conf_rows[i];

		conf_print_section(&b, i);
		buf_printf(&b, "%s = %s\n        %s", row->key, row->fallback,
		    row->help);
		if (row->choices != NULL && strchr(row->choices, ',') != NULL)
			buf_printf(&b, " (%s)", row->choices);
		buf_add_char(&b, '\n');
	}
	(void)fputs(buf_str(&b), stdout);
	buf_release(&b);
}

static void
conf_print_value(struct buf *b, const struct conf_row *row, const void *at)
{
	int64_t n;

	switch (row->type) {
	case CONF_TEXT:
	case CONF_CHOICE:
	case CONF_DECIMAL:
	case CONF_CONNINFO:
		if (!row->is_secret)
			buf_add_str(b, *(char *const *)at);
		else if (**(char *const *)at == '\0')
			buf_add_str(b, "(not set)");
		else if (row->type == CONF_CONNINFO)
			pg_print_url(b, *(char *const *)at);
		else
			buf_add_str(b, "(set)");
		break;
	case CONF_INT:
	case CONF_SIZE:
		buf_printf(b, "%lld", (long long)*(const int64_t *)at);
		break;
	case CONF_DURATION:
		n = *(const int64_t *)at;
		if (n % SECOND == 0)
			buf_printf(b, "%llds", (long long)(n / SECOND));
		else
			buf_printf(b, "%lldms", (long long)n);
		break;
	case CONF_BOOL:
		buf_add_str(b, *(const bool *)at ? "yes" : "no");
		break;
	}
}

void
conf_print(const struct conf *c)
{
	struct buf b;

	buf_init(&b, PRINT_MAX);
	buf_printf(&b, "# %s\n",
	    *c->path != '\0' ? c->path : "no file: defaults and environment");
	for (size_t i = 0; i < conf_row_count; i++) {
		conf_print_section(&b, i);
		buf_printf(&b, "%s = ", conf_rows[i].key);
		conf_print_value(
		    &b, &conf_rows[i], conf_row_peek(&conf_rows[i], c));
		buf_add_char(&b, '\n');
	}
	(void)fputs(buf_str(&b), stdout);
	buf_release(&b);
}
