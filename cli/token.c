/*
 * `coatcheck token`: signs a token for development and tests. Knows HS256
 * only; libjwt does the work.
 */
#include <stdio.h>
#include <string.h>

#include <jwt.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/mem.h"
#include "common/text.h"
#include "common/uuid.h"

#include "cli/command.h"

#define TOKEN_FOR_MAX_MS (INT64_C(10) * 365 * 86400 * 1000)

struct token {
	struct uuid user, session; /* session: "" if none */
	const char *role;          /* NULL if none */
	int64_t for_ms;
};

/* 0, or an errno as libjwt has it. */
static int
token_fill(jwt_t *jwt, const struct token *t, const struct conf *conf)
{
	const char *secret = conf->auth.jwt_secret;
	int64_t now = clock_wall_ms() / 1000;
	const struct {
		const char *claim, *value;
	} claims[] = {
	    {"sub", t->user.text},
	    {"sid", t->session.text},
	    {"role", t->role != NULL ? t->role : ""},
	    {"iss", conf->auth.issuer},
	    {"aud", conf->auth.audience},
	};
	int bad = jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)secret,
	    (int)strlen(secret));

	for (size_t i = 0; i < sizeof claims / sizeof *claims && bad == 0;
	     i++) {
		if (*claims[i].value != '\0')
			bad = jwt_add_grant(
			    jwt, claims[i].claim, claims[i].value);
	}
	if (bad == 0)
		bad = jwt_add_grant_int(jwt, "iat", (long)now);
	if (bad == 0)
		bad = jwt_add_grant_int(
		    jwt, "exp", (long)(now + t->for_ms / 1000));
	return bad;
}

static enum exit_code
token_print(const struct token *t, const struct conf *conf)
{
	jwt_t *jwt = NULL;
	char *text = NULL;

	if (*conf->auth.jwt_secret == '\0') {
		say_error("[auth] jwt_secret is not set");
		return EXIT_CONFIG;
	}
	if (jwt_new(&jwt) == 0 && token_fill(jwt, t, conf) == 0)
		text = jwt_encode_str(jwt);
	if (text != NULL)
		say("%s", text);
	else
		say_error("the token could not be signed");
	mem_free(text); /* libjwt leaves it to free() */
	jwt_free(jwt);
	return text != NULL ? EXIT_OK : EXIT_FAIL;
}

/* One option; EXIT_OK, or EXIT_USAGE when its argument was refused. */
static enum exit_code
token_take_option(struct command_line *l, int option, struct token *t)
{
	switch (option) {
	case 'u':
		if (uuid_parse(optarg, strlen(optarg), &t->user))
			return EXIT_OK;
		return command_usage(l, "--user: \"%s\" is no UUID", optarg);
	case 's':
		if (uuid_parse(optarg, strlen(optarg), &t->session))
			return EXIT_OK;
		return command_usage(l, "--session: \"%s\" is no UUID", optarg);
	case 'r':
		t->role = optarg;
		if (*optarg != '\0' && text_is_utf8(optarg, strlen(optarg)))
			return EXIT_OK;
		return command_usage(l, "--role: needs a name");
	default:
		if (text_to_duration_ms(optarg, &t->for_ms) == ERR_OK &&
		    t->for_ms >= 1000 && t->for_ms <= TOKEN_FOR_MAX_MS)
			return EXIT_OK;
		return command_usage(l,
		    "--for: \"%s\" is no time from 1s to ten years, such as 1h",
		    optarg);
	}
}

static enum exit_code
token_run(struct command_line *l)
{
	struct token t = {.for_ms = 3600 * 1000};
	enum exit_code code;
	struct conf conf;
	int option;

	while ((option = command_next(l)) != COMMAND_END) {
		if (option == COMMAND_STOP)
			return l->status;
		code = token_take_option(l, option, &t);
		if (code != EXIT_OK)
			return code;
	}
	if (optind < l->argc)
		return command_usage(
		    l, "token takes no argument \"%s\"", l->argv[optind]);
	if (*t.user.text == '\0')
		return command_usage(l, "token needs --user UUID");
	if (command_conf(l, &conf) != ERR_OK)
		return EXIT_CONFIG;
	code = token_print(&t, &conf);
	conf_release(&conf);
	return code;
}

static const struct option token_options[] = {
    {"user", required_argument, NULL, 'u'},
    {"role", required_argument, NULL, 'r'},
    {"for", required_argument, NULL, 'f'},
    {"session", required_argument, NULL, 's'},
    COMMAND_OPTIONS,
};

const struct command command_token = {
    .name = "token",
    .summary = "sign a token for development",
    .help = "Usage: coatcheck token --user UUID [--role ROLE] [--for TIME]\n"
	    "                       [--session UUID]\n"
	    "\n"
	    "Prints a JWT signed with [auth] jwt_secret, with the issuer and\n"
	    "audience of the configuration, if they are set.\n"
	    "\n"
	    "  --user UUID     whom it names (claim sub)\n"
	    "  --role ROLE     claim role, such as tutor\n"
	    "  --for TIME      how long it is valid, such as 30m or 7d; 1h\n"
	    "  --session UUID  claim sid\n"
	    "  --config FILE   configuration to read\n",
    .options = token_options,
    .run = token_run,
};
