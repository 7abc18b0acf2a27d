/*
 * What the commands of `coatcheck` share: a row in the table of main.c, the
 * reading of options, and what is said on the terminal. A command does its own
 * work in one file and ends with an exit code.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include <getopt.h>

#include "common/attrs.h"
#include "common/err.h"

struct conf;
struct command_line;

struct command {
	const char *name, *summary;
	const char *help;             /* all that --help prints */
	const struct option *options; /* ends with COMMAND_OPTIONS */
	enum exit_code (*run)(struct command_line *l);
};

/* The rows at the end of each command's table of options. */
/* clang-format off */
#define COMMAND_OPTIONS \
	{"config", required_argument, NULL, 'c'}, \
	{"help", no_argument, NULL, 'h'}, \
	{NULL, 0, NULL, 0}
/* clang-format on */

struct command_line {
	const struct command *command;
	const char *program; /* argv[0] of the process */
	const char *config;  /* argument of --config, or NULL */
	int argc;
	char **argv; /* from the command's name on */
	enum exit_code status;
};

extern const struct command command_migrate, command_ingest, command_token,
    command_check, command_catalog, command_forget, command_embed;

/*
 * The next option of the command, with its argument in optarg. COMMAND_END
 * when what is left, from argv[optind] on, are arguments; COMMAND_STOP when
 * the command has to return l->status at once: after --help, or after an
 * option that was refused.
 */
enum { COMMAND_END = -1, COMMAND_STOP = -2 };
int command_next(struct command_line *l);

/* Says what is wrong and where to read more. Returns EXIT_USAGE. */
enum exit_code command_usage(const struct command_line *l, const char *fmt, ...)
    PRINTF(2, 3);

/* conf_load() with the file of --config; it has said what was wrong. */
MUST_CHECK enum err command_conf(
    const struct command_line *l, struct conf *out);

/* A line on stdout, and one on stderr that starts with "coatcheck: ". */
void say(const char *fmt, ...) PRINTF(1, 2);
void say_error(const char *fmt, ...) PRINTF(1, 2);

/* n with commas, in a buffer of which four are in turn. */
const char *say_count(int64_t n);

#endif
