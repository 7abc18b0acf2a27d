/* Every key of the configuration, once, and the two ways to print them. */
#include "common/conf_rows.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/pg.h"

#define AT(field) offsetof(struct conf, field)
#define IN(field) offsetof(struct conf_provider, field)
#define SECOND INT64_C(1000)
#define MICROS INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define MONEY_MAX (INT64_C(1000000000) * 1000000)
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
{"web", "metrics_token", CONF_TEXT, AT(web.metrics_token), "",
    .is_secret = true,
    .help = "bearer token for /metrics from elsewhere than this machine"},

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
{"worker", "retention", CONF_DURATION, AT(worker.retention_ms), "30d", 0,
    3650 * DAY, .help = "finished jobs are deleted after this; 0 is never"},
{"worker", "listen", CONF_BOOL, AT(worker.listen), "yes",
    .help = "LISTEN for new jobs; else poll only"},

{"embeddings", "base_url", CONF_TEXT, AT(embeddings.at.base_url), "",
    .help = "what stands before /embeddings; if empty, passages are found by "
	"their words alone"},
{"embeddings", "api_key", CONF_TEXT, AT(embeddings.at.api_key), "",
    .is_secret = true, .help = "sent with each request, if set"},
{"embeddings", "api_key_file", CONF_TEXT, AT(embeddings.at.api_key_file), "",
    .help = "file that holds the key instead"},
{"embeddings", "api_key_header", CONF_TEXT, AT(embeddings.at.api_key_header),
    "Authorization", .help = "header of the key; all but Authorization hold "
	"it bare"},
{"embeddings", "query", CONF_TEXT, AT(embeddings.at.query), "",
    .help = "appended to the URL behind a ?"},
{"embeddings", "ca_file", CONF_TEXT, AT(embeddings.at.ca_file), "",
    .help = "certificates to trust instead of the system's"},
{"embeddings", "model", CONF_TEXT, AT(embeddings.at.model),
    "text-embedding-3-small",
    .help = "as the provider calls it; another one means new vectors"},
{"embeddings", "dimensions", CONF_INT, AT(embeddings.dimensions), "0", 0, 8192,
    .help = "length of a vector to ask for; 0 is the model's own"},
{"embeddings", "batch", CONF_INT, AT(embeddings.batch), "64", 1, 2048,
    .help = "passages a request"},
{"embeddings", "threshold", CONF_DECIMAL, AT(embeddings.threshold), "0.35",
    .help = "least cosine of a passage to a question, from 0 to 1"},
{"embeddings", "rpm", CONF_INT, AT(embeddings.at.rpm), "0", 0, 10000000,
    .help = "requests a minute; 0: as the provider's headers say"},
{"embeddings", "tpm", CONF_INT, AT(embeddings.at.tpm), "0", 0, INT64_C(1) << 40,
    .help = "tokens a minute; 0: as the provider's headers say"},
{"embeddings", "price_in", CONF_MONEY, AT(embeddings.at.price_in), "0", 0,
    MONEY_MAX, .help = "price of a million tokens"},
{"embeddings", "connect_timeout", CONF_DURATION,
    AT(embeddings.at.connect_timeout_ms), "5s", 100, HOUR,
    .help = "longest wait for a connection"},
{"embeddings", "timeout", CONF_DURATION, AT(embeddings.at.timeout_ms), "60s",
    100, HOUR, .help = "longest wait for a whole reply"},
{"embeddings", "response_max", CONF_SIZE, AT(embeddings.at.response_max),
    "64m", 1024, 256 << 20, .help = "most bytes of a reply"},

{"budget", "tokens", CONF_INT, AT(budget.tokens), "0", 0, INT64_C(1) << 50,
    .help = "most tokens a day (UTC) for all; 0 is no bound"},
{"budget", "cost", CONF_MONEY, AT(budget.cost), "0", 0, MONEY_MAX,
    .help = "most money a day for all, in the unit of the prices"},
{"budget", "tenant_tokens", CONF_INT, AT(budget.tenant_tokens), "0", 0,
    INT64_C(1) << 50, .help = "the same for each tenant: visitors are one, and "
	"a course belongs to one"},
{"budget", "tenant_cost", CONF_MONEY, AT(budget.tenant_cost), "0", 0,
    MONEY_MAX, .help = "most money a day for each tenant"},

{"assistant", "passages", CONF_INT, AT(assistant.passages), "5", 1, 20,
    .help = "most passages of course text behind an answer"},
{"assistant", "threshold", CONF_DECIMAL, AT(assistant.threshold), "0.51",
    .help = "least relevance of a passage, from 0 to 1"},
{"assistant", "brand", CONF_TEXT, AT(assistant.brand), "Coatcheck",
    .help = "who answers: a name for prompts and answers"},

{"assistant", "prompts", CONF_TEXT, AT(assistant.prompts), "",
    .help = "folder with prompts of your own; what is not there is built in"},
{"assistant", "history", CONF_INT, AT(assistant.history), "10", 0, 100,
    .help = "newest messages of a conversation that the model is shown"},
{"assistant", "summary_after", CONF_INT, AT(assistant.summary_after), "16", 2,
    1000, .help = "messages without a summary before one is made; more than "
	"history"},
{"assistant", "questions_per_module", CONF_INT,
    AT(assistant.questions_per_module), "5", 0, 100000,
    .help = "typed questions of a learner for each module; 0 is no bound"},
{"assistant", "requests_per_minute", CONF_INT,
    AT(assistant.requests_per_minute), "8", 0, 1000,
    .help = "requests of a user in 60 s; 0 is no bound"},
{"assistant", "cohort_link", CONF_TEXT, AT(assistant.cohort_link), "",
    .help = "link under a landing answer about cohorts, if set"},
{"assistant", "workshop_link", CONF_TEXT, AT(assistant.workshop_link), "",
    .help = "the same for workshops"},
{"assistant", "on_demand_link", CONF_TEXT, AT(assistant.on_demand_link), "",
    .help = "the same for courses on demand"},

{"log", "level", CONF_CHOICE, AT(log_level), "info",
    .choices = "error,warn,info,debug", .help = "least grave line logged"},
};
/* clang-format on */

/* clang-format off */
const struct conf_row conf_provider_rows[] = {
{"llm", "base_url", CONF_TEXT, IN(base_url), "",
    .help = "what stands before /chat/completions; without any, answers are "
	"taken from the course text"},
{"llm", "api_key", CONF_TEXT, IN(api_key), "", .is_secret = true,
    .help = "sent with each request, if set"},
{"llm", "api_key_file", CONF_TEXT, IN(api_key_file), "",
    .help = "file that holds the key instead; read again when it changes"},
{"llm", "api_key_header", CONF_TEXT, IN(api_key_header), "Authorization",
    .help = "header of the key; all but Authorization hold it bare"},
{"llm", "query", CONF_TEXT, IN(query), "",
    .help = "appended to the URL behind a ?, such as api-version=2024-10-21"},
{"llm", "ca_file", CONF_TEXT, IN(ca_file), "",
    .help = "certificates to trust instead of the system's"},
{"llm", "model", CONF_TEXT, IN(model), "gpt-4o-mini",
    .help = "as the provider calls it"},
{"llm", "token_param", CONF_CHOICE, IN(token_param), "max_tokens",
    .choices = "max_tokens,max_completion_tokens",
    .help = "name the provider has for the limit of an answer"},
{"llm", "json", CONF_CHOICE, IN(json), "schema",
    .choices = "schema,object,prompt",
    .help = "how it is made to answer in JSON"},
{"llm", "stream", CONF_BOOL, IN(stream), "yes",
    .help = "let it send an answer in pieces"},
{"llm", "max_tokens", CONF_INT, IN(max_tokens), "500", 1, 1000000,
    .help = "most tokens of an answer"},
{"llm", "context", CONF_INT, IN(context), "0", 0, 100000000,
    .help = "most tokens of prompt and answer; 0 is unknown"},
{"llm", "rpm", CONF_INT, IN(rpm), "0", 0, 10000000,
    .help = "requests a minute; 0: as the provider's headers say"},
{"llm", "tpm", CONF_INT, IN(tpm), "0", 0, INT64_C(1) << 40,
    .help = "tokens a minute; 0: as the provider's headers say"},
{"llm", "price_in", CONF_MONEY, IN(price_in), "0", 0, MONEY_MAX,
    .help = "price of a million tokens read"},
{"llm", "price_cached", CONF_MONEY, IN(price_cached), "0", 0, MONEY_MAX,
    .help = "price of a million tokens that its cache had; 0 is price_in"},
{"llm", "price_out", CONF_MONEY, IN(price_out), "0", 0, MONEY_MAX,
    .help = "price of a million tokens written"},
{"llm", "connect_timeout", CONF_DURATION, IN(connect_timeout_ms), "5s", 100,
    HOUR, .help = "longest wait for a connection"},
{"llm", "first_byte_timeout", CONF_DURATION, IN(first_byte_timeout_ms), "30s",
    100, HOUR, .help = "longest wait for the first piece of a stream"},
{"llm", "stall_timeout", CONF_DURATION, IN(stall_timeout_ms), "20s", 100, HOUR,
    .help = "longest silence between two pieces"},
{"llm", "timeout", CONF_DURATION, IN(timeout_ms), "60s", 100, HOUR,
    .help = "longest wait for a whole answer; less than deadline by more "
	"than 5 s"},
{"llm", "response_max", CONF_SIZE, IN(response_max), "4m", 1024, 256 << 20,
    .help = "most bytes of a reply"},
};
/* clang-format on */

const size_t conf_row_count = sizeof conf_rows / sizeof *conf_rows;
const size_t conf_provider_row_count = sizeof conf_provider_rows /
    sizeof *conf_provider_rows;

bool
conf_row_is_text(const struct conf_row *row)
{
	return row->type == CONF_TEXT || row->type == CONF_CHOICE ||
	    row->type == CONF_DECIMAL || row->type == CONF_CONNINFO;
}

void *
conf_row_at(const struct conf_row *row, void *base)
{
	return (char *)base + row->offset;
}

const void *
conf_row_peek(const struct conf_row *row, const void *base)
{
	return (const char *)base + row->offset;
}

/* The head of a section, in front of its first row. */
static void
conf_print_section(struct buf *b, const struct conf_row *rows, size_t i)
{
	if (i > 0 && strcmp(rows[i].section, rows[i - 1].section) == 0)
		return;
	buf_printf(b, "%s[%s]\n", i > 0 || rows != conf_rows ? "\n" : "",
	    rows[i].section);
}

static void
conf_print_help(struct buf *b, const struct conf_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct conf_row *row = &rows[i];

		conf_print_section(b, rows, i);
		buf_printf(b, "%s = %s\n        %s", row->key, row->fallback,
		    row->help);
		if (row->choices != NULL && strchr(row->choices, ',') != NULL)
			buf_printf(b, " (%s)", row->choices);
		buf_add_char(b, '\n');
	}
}

void
conf_print_keys(void)
{
	struct buf b;

	buf_init(&b, PRINT_MAX);
	conf_print_help(&b, conf_rows, conf_row_count);
	conf_print_help(&b, conf_provider_rows, conf_provider_row_count);
	buf_add_str(&b,
	    "\n[llm NAME]\n        one more of these, asked when those above "
	    "it cannot answer\n");
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
	case CONF_MONEY:
		n = *(const int64_t *)at;
		buf_printf(b, "%lld.%06lld", (long long)(n / MICROS),
		    (long long)(n % MICROS));
		break;
	case CONF_BOOL:
		buf_add_str(b, *(const bool *)at ? "yes" : "no");
		break;
	}
}

static void
conf_print_row(struct buf *b, const struct conf_row *row, const void *base)
{
	buf_printf(b, "%s = ", row->key);
	conf_print_value(b, row, conf_row_peek(row, base));
	buf_add_char(b, '\n');
}

void
conf_print(const struct conf *c)
{
	struct buf b;

	buf_init(&b, PRINT_MAX);
	buf_printf(&b, "# %s\n",
	    *c->path != '\0' ? c->path : "no file: defaults and environment");
	for (size_t i = 0; i < conf_row_count; i++) {
		conf_print_section(&b, conf_rows, i);
		conf_print_row(&b, &conf_rows[i], c);
	}
	for (size_t n = 0; n == 0 || n < c->provider_count; n++) {
		const struct conf_provider *p = &c->providers[n];

		if (strcmp(p->name, CONF_MAIN) == 0)
			buf_add_str(&b, "\n[llm]\n");
		else
			buf_printf(&b, "\n[llm %s]\n", p->name);
		for (size_t i = 0; i < conf_provider_row_count; i++)
			conf_print_row(&b, &conf_provider_rows[i], p);
	}
	(void)fputs(buf_str(&b), stdout);
	buf_release(&b);
}
