/*
 * The `coatcheck` command: finds the command named on the command line and
 * runs it. Options before it are global; each command reads its own behind it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "common/log.h"

static const struct command *const commands[] = {
    &command_migrate,
    &command_ingest,
    &command_embed,
    &command_catalog,
    &command_token,
    &command_forget,
    &command_check,
};

static void
main_list(FILE *out)
{
	(void)fputs("Commands:\n", out);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		(void)fprintf(out, "  %-9s %s\n", commands[i]->name,
		    commands[i]->summary);
}

static void
main_help(FILE *out)
{
	(void)fputs(
	    "Usage: coatcheck [--config FILE] COMMAND [OPTION]... [PATH]...\n"
	    "\n"
	    "  --config FILE  configuration to read; without it the first of\n"
	    "                 $COATCHECK_CONFIG, coatcheck.conf beside the\n"
	    "                 program and /etc/coatcheck/coatcheck.conf\n"
	    "  --help         this text, or that of a command behind its name\n"
	    "  --version      version of the program\n\n",
	    out);
	main_list(out);
}

static const struct command *
main_find(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

/* Reads the options before the command; false when there is no more to do. */
static bool
main_read_options(int argc, char **argv, struct command_line *l)
{
	static const struct option options[] = {
	    {"version", no_argument, NULL, 'v'},
	    COMMAND_OPTIONS,
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			l->config = optarg;
			break;
		case 'h':
			main_help(stdout);
			return false;
		case 'v':
			(void)puts("coatcheck " COATCHECK_VERSION);
			return false;
		default:
			(void)fputs("Try: coatcheck --help\n", stderr);
			l->status = EXIT_USAGE;
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	static char name[] = "coatcheck";
	struct command_line l = {.program = argc > 0 ? argv[0] : name};

	if (argc > 0)
		argv[0] = name; /* getopt begins its messages with it */
	log_init(name, LOG_WARN);
	if (!main_read_options(argc, argv, &l))
		return (int)l.status;
	if (optind >= argc) {
		main_help(stderr);
		return EXIT_USAGE;
	}
	l.command = main_find(argv[optind]);
	if (l.command == NULL) {
		say_error("there is no command \"%s\"", argv[optind]);
		main_list(stderr);
		return EXIT_USAGE;
	}
	l.argc = argc - optind;
	l.argv = argv + optind;
	l.argv[0] = name;
	optind = 0; /* glibc: start over, with other options */
	return (int)l.command->run(&l);
}
