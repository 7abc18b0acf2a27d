/* Turns what the database wrapper logs into a line for people. */
#include "cli/db.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/text.h"

#define DB_REASON_MAX 512

static char reason[DB_REASON_MAX];

/* Appends to the reason; runs of blanks and line ends become one blank. */
static void
db_add(size_t *len, char c)
{
	if (c == '\n' || c == '\t')
		c = ' ';
	if (*len < sizeof reason - 1 &&
	    (c != ' ' || (*len > 0 && reason[*len - 1] != ' ')))
		reason[(*len)++] = c;
	reason[*len] = '\0';
}

/* Takes the value of error= or why= out of a line of logfmt. */
static void
db_take_line(const char *line)
{
	const char *p = strstr(line, " error=\"");
	size_t len = 0;

	if (p == NULL)
		p = strstr(line, " why=\"");
	if (p == NULL)
		return;
	for (p = strchr(p, '"') + 1; *p != '\0' && *p != '"'; p++) {
		char c = *p;

		if (c == '\\' && p[1] != '\0') {
			p++;
			c = *p == 'n' || *p == 't' ? ' ' : *p;
		}
		db_add(&len, c);
	}
}

enum err
db_try_open(const char *url, int64_t timeout_ms, struct pg **out)
{
	char *why = NULL;
	size_t len = 0;
	enum err e = pg_try_open(url, "coatcheck", timeout_ms, out, &why);

	log_capture(db_take_line);
	reason[0] = '\0';
	for (const char *p = why != NULL ? why : ""; *p != '\0'; p++)
		db_add(&len, *p);
	if (len > 0 && reason[len - 1] == ' ')
		reason[len - 1] = '\0';
	mem_free(why);
	return e;
}

enum err
db_open(const char *url, int64_t timeout_ms, struct pg **out)
{
	enum err e = db_try_open(url, timeout_ms, out);

	if (e != ERR_OK)
		say_error("cannot connect to the database: %s",
		    *reason != '\0' ? reason : err_name(e));
	return e;
}

enum exit_code
db_command(struct command_line *l,
    enum err (*work)(struct pg *c, const struct conf *conf, const void *ctx),
    const void *ctx)
{
	struct pg *c = NULL;
	struct conf conf;
	enum err e;

	if (optind < l->argc)
		return command_usage(l, "%s takes no argument \"%s\"",
		    l->command->name, l->argv[optind]);
	if (command_conf(l, &conf) != ERR_OK)
		return EXIT_CONFIG;
	e = db_open(
	    conf_admin_url(&conf), conf.database.connect_timeout_ms, &c);
	if (e == ERR_OK)
		e = work(c, &conf, ctx);
	pg_close(c);
	conf_release(&conf);
	if (e == ERR_BAD_INPUT)
		return EXIT_CONFIG;
	return e == ERR_OK ? EXIT_OK : EXIT_FAIL;
}

const char *
db_reason(void)
{
	return reason;
}

void
db_say_failed(const struct pg *c, enum err e, const char *what)
{
	if (e != ERR_DB)
		say_error("%s: the database did not answer (%s); "
			  "it is safe to run this again",
		    what, *reason != '\0' ? reason : err_name(e));
	else if (text_list_has("3F000,42883,42P01", pg_sqlstate(c)))
		say_error("%s: the database lacks what this build needs (%s); "
			  "run: coatcheck migrate",
		    what, pg_message(c));
	else
		say_error("%s: %s", what, pg_message(c));
}
