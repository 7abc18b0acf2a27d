/*
 * coatcheck.fcgi: reads the arguments, finds out what it was started as, and
 * builds what the requests share. The only file that ends the process.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/schema.h"
#include "fcgi/app.h"
#include "fcgi/cgi.h"
#include "fcgi/server.h"

struct args {
	const char *config; /* NULL if not given */
	const char *listen;
	bool is_check;
};

static const char usage[] =
    "usage: coatcheck.fcgi [--config FILE] [--listen PATH]\n"
    "       coatcheck.fcgi [--config FILE] --check\n"
    "       coatcheck.fcgi --help | --version\n"
    "\n"
    "The front end of Coatcheck. A web server starts it as FastCGI program\n"
    "(its socket on descriptor 0) or as CGI program.\n"
    "\n"
    "  --config FILE  instead of $COATCHECK_CONFIG, coatcheck.conf beside the\n"
    "                 program or /etc/coatcheck/coatcheck.conf\n"
    "  --listen PATH  bind the FastCGI socket itself: a Unix socket, mode "
    "0660\n"
    "  --check        print the configuration and whether the database fits\n";

static enum exit_code
args_refuse(const char *what, const char *arg)
{
	(void)fprintf(stderr,
	    "coatcheck.fcgi: %s %s\nTry: coatcheck.fcgi --help\n", what, arg);
	return EXIT_USAGE;
}

/* EXIT_OK with *is_done set when there is nothing else to do. */
static enum exit_code
args_read(int argc, char **argv, struct args *out, bool *is_done)
{
	for (int i = 1; i < argc; i++) {
		const char **value = NULL;

		if (strcmp(argv[i], "--config") == 0)
			value = &out->config;
		else if (strcmp(argv[i], "--listen") == 0)
			value = &out->listen;
		else if (strcmp(argv[i], "--check") == 0)
			out->is_check = true;
		else if (strcmp(argv[i], "--help") == 0) {
			(void)printf("%s\nKeys of the configuration:\n", usage);
			conf_print_keys();
			*is_done = true;
		} else if (strcmp(argv[i], "--version") == 0) {
			(void)puts("coatcheck.fcgi " COATCHECK_VERSION);
			*is_done = true;
		} else
			return args_refuse("unknown argument", argv[i]);
		if (value != NULL && ++i == argc)
			return args_refuse("no value for", argv[i - 1]);
		if (value != NULL)
			*value = argv[i];
	}
	return EXIT_OK;
}

/* Connects once. ERR_BAD_INPUT when the schema is too old. */
static enum err
check_database(struct pool *pool, const struct conf *conf)
{
	struct pg *c;
	enum err e = pool_take(
	    pool, clock_mono_ms() + conf->database.connect_timeout_ms, &c);

	if (e == ERR_OK)
		pool_give(pool, c);
	return e;
}

static enum exit_code
run_check(const struct conf *conf)
{
	struct pool *pool = pool_new(conf);
	enum err e = check_database(pool, conf);

	pool_free(pool);
	conf_print(conf);
	(void)printf("\n# started as CGI or FastCGI; FastCGI with %lld "
		     "thread(s), %s\n",
	    (long long)conf->web.threads,
	    conf->web.threads > 1 ? "as one process"
				  : "as many processes as the server starts");
	(void)printf("# database: %s\n",
	    e == ERR_OK              ? "connected"
		: e == ERR_BAD_INPUT ? "connected, but not migrated"
				     : "not reachable");
	(void)printf("# schema needed: queue %d, assistant %d\n", SCHEMA_QUEUE,
	    SCHEMA_ASSISTANT);
	return e == ERR_OK       ? EXIT_OK
	    : e == ERR_BAD_INPUT ? EXIT_CONFIG
				 : EXIT_FAIL;
}

/* Signals that end it go to the main thread, which waits for them. */
static void
block_signals(void)
{
	sigset_t set;

	server_stop_signals(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static enum exit_code
run_fastcgi(struct app *app)
{
	bool has_threads = app->conf->web.threads > 1;
	enum err e;

	block_signals();
	/* One process of many connects when it has something to do. */
	if (has_threads &&
	    check_database(app->db.pool, app->conf) == ERR_BAD_INPUT)
		return EXIT_CONFIG;
	if (FCGX_Init() != 0)
		return EXIT_FAIL;
	app->bell = bell_new(&app->db, has_threads);
	e = server_run(app);
	if (e == ERR_TIMEOUT) {
		log_event(LOG_WARN, "stopped_by_force", NULL);
		_exit(EXIT_OK);
	}
	bell_free(app->bell);
	return e == ERR_OK ? EXIT_OK : EXIT_FAIL;
}

static enum exit_code
run(const struct conf *conf, const struct args *args)
{
	struct app app = {.conf = conf};
	enum exit_code code = EXIT_OK;

	if (args->is_check)
		return run_check(conf);
	if (args->listen != NULL && server_listen(args->listen) != ERR_OK)
		return EXIT_FAIL;
	if (FCGX_IsCGI() != 0 && !cgi_is_request(environ))
		return args_refuse(
		    "started neither as CGI nor as FastCGI;", "see --listen");
	app.db = (struct db){.conf = conf, .pool = pool_new(conf)};
	if (FCGX_IsCGI() != 0) {
		(void)signal(SIGPIPE, SIG_IGN);
		app.bell = bell_new(&app.db, false);
		cgi_serve(&app, environ);
		bell_free(app.bell);
	} else {
		code = run_fastcgi(&app);
	}
	pool_free(app.db.pool);
	if (args->listen != NULL)
		(void)unlink(args->listen);
	return code;
}

int
main(int argc, char **argv)
{
	struct args args = {0};
	bool is_done = false;
	struct conf conf;
	enum exit_code code = args_read(argc, argv, &args, &is_done);

	if (code != EXIT_OK || is_done)
		return (int)code;
	log_init("coatcheck.fcgi", LOG_INFO);
	if (conf_load(args.config, argv[0], &conf) != ERR_OK)
		return EXIT_CONFIG;
	log_init("coatcheck.fcgi", log_level_parse(conf.log_level));
	code = run(&conf, &args);
	conf_release(&conf);
	return (int)code;
}
