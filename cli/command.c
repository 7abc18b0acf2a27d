/* Options, usage and lines on the terminal, the same for every command. */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"

int
command_next(struct command_line *l)
{
	for (;;) {
		int option = getopt_long(
		    l->argc, l->argv, "", l->command->options, NULL);

		switch (option) {
		case -1:
			return COMMAND_END;
		case 'c':
			l->config = optarg;
			continue;
		case 'h':
			(void)fputs(l->command->help, stdout);
			l->status = EXIT_OK;
			return COMMAND_STOP;
		case '?': /* getopt has said what it does not like */
			(void)fprintf(stderr, "Try: coatcheck %s --help\n",
			    l->command->name);
			l->status = EXIT_USAGE;
			return COMMAND_STOP;
		default:
			return option;
		}
	}
}

static void say_to(FILE *file, const char *head, const char *fmt, va_list ap)
    PRINTF(3, 0);

static void
say_to(FILE *file, const char *head, const char *fmt, va_list ap)
{
	(void)fputs(head, file);
	(void)vfprintf(file, fmt, ap);
	(void)fputc('\n', file);
	(void)fflush(file);
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_to(stdout, "", fmt, ap);
	va_end(ap);
}

void
say_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_to(stderr, "coatcheck: ", fmt, ap);
	va_end(ap);
}

enum exit_code
command_usage(const struct command_line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_to(stderr, "coatcheck: ", fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "Try: coatcheck %s --help\n", l->command->name);
	return EXIT_USAGE;
}

enum err
command_conf(const struct command_line *l, struct conf *out)
{
	return conf_load(l->config, l->program, out);
}

const char *
say_count(int64_t n)
{
	static char texts[4][32];
	static unsigned turn;
	char digits[24], *out = texts[turn++ % 4];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
	size_t at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}
