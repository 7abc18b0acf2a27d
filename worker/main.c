/*
 * coatcheck-worker: reads its arguments and the configuration, and runs the
 * engine until it is told to stop. The only file that names the handlers.
 */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <uv.h>

#include "common/conf.h"
#include "common/log.h"
#include "common/pg.h"
#include "common/schema.h"
#include "common/text.h"
#include "worker/assistant/assistant.h"
#include "worker/engine.h"

struct arguments {
	const char *config; /* NULL: look for it */
	int64_t for_ms;
	bool is_once, is_check;
};

static void
print_usage(FILE *to)
{
	(void)fputs(
	    "Usage: coatcheck-worker [OPTION]...\n"
	    "Takes jobs from the database and works on them until SIGTERM,\n"
	    "SIGINT or SIGHUP. Then it claims no more, waits for what runs,\n"
	    "and hands back what does not end in time; a second signal skips\n"
	    "the wait.\n"
	    "\n"
	    "      --config FILE  read this file\n"
	    "      --once         end when no ready job is left, or with 1 if\n"
	    "                     the database is away\n"
	    "      --drain        the same\n"
	    "      --for TIME     end after TIME, such as 55s\n"
	    "      --check        show the configuration, look at prompts and\n"
	    "                     database, and end\n"
	    "      --help         show this, and the keys of the file\n"
	    "      --version      show the version\n",
	    to);
}

/* -1 to go on, else the exit code. */
static int
read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"once", no_argument, NULL, 'o'},
	    {"drain", no_argument, NULL, 'o'},
	    {"for", required_argument, NULL, 'f'},
	    {"check", no_argument, NULL, 'k'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			out->config = optarg;
			break;
		case 'o':
			out->is_once = true;
			break;
		case 'f':
			if (text_to_duration_ms(optarg, &out->for_ms) !=
				ERR_OK ||
			    out->for_ms <= 0) {
				(void)fprintf(stderr,
				    "coatcheck-worker: --for %s: not a time\n",
				    optarg);
				return EXIT_USAGE;
			}
			break;
		case 'k':
			out->is_check = true;
			break;
		case 'h':
			print_usage(stdout);
			conf_print_keys();
			return EXIT_OK;
		case 'v':
			(void)puts("coatcheck-worker " COATCHECK_VERSION);
			return EXIT_OK;
		default:
			print_usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	print_usage(stderr);
	return EXIT_USAGE;
}

static int
run_check(const struct conf *conf)
{
	struct pg *pg = NULL;
	enum err prompts, e;

	conf_print(conf);
	prompts = assistant_check(conf);
	(void)printf(
	    "\nprompts: %s\n", prompts == ERR_OK ? "ok" : err_name(prompts));
	e = pg_open(conf_worker_url(conf), "coatcheck-worker check",
	    conf->database.connect_timeout_ms, &pg);
	if (e == ERR_OK)
		e = schema_check(pg, conf->database.statement_timeout_ms);
	pg_close(pg);
	(void)printf("database: %s\n", e == ERR_OK ? "ok" : err_name(e));
	if (e == ERR_BAD_INPUT || prompts != ERR_OK)
		return EXIT_CONFIG;
	return e == ERR_OK ? EXIT_OK : EXIT_FAIL;
}

static void
on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	engine_stop(handle->data);
}

static int
run_engine(const struct conf *conf, const struct arguments *args)
{
	struct engine_options options = {
	    .is_once = args->is_once,
	    .for_ms = args->for_ms,
	};
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	enum { SIGNALS = sizeof numbers / sizeof *numbers };
	uv_signal_t signals[SIGNALS];
	struct assistant *assistant;
	struct engine *engine;
	uv_loop_t loop;

	if (uv_loop_init(&loop) != 0)
		return EXIT_FAIL;
	if (assistant_new(&loop, conf, &assistant) != ERR_OK) {
		(void)uv_loop_close(&loop);
		return EXIT_CONFIG;
	}
	options.handlers = assistant_handlers(&options.handler_count);
	options.shared = assistant;
	options.close_shared = assistant_close;
	engine = engine_new(&loop, conf, &options);
	if (engine == NULL)
		return EXIT_FAIL;
	for (int i = 0; i < SIGNALS; i++) {
		(void)uv_signal_init(&loop, &signals[i]);
		signals[i].data = engine;
		(void)uv_signal_start(&signals[i], on_signal, numbers[i]);
		uv_unref((uv_handle_t *)&signals[i]);
	}
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	for (int i = 0; i < SIGNALS; i++)
		uv_close((uv_handle_t *)&signals[i], NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	return engine_free(engine);
}

int
main(int argc, char **argv)
{
	struct arguments args = {0};
	struct conf conf = {0};
	int code = read_arguments(argc, argv, &args);

	if (code >= 0)
		return code;
	log_init("coatcheck-worker", LOG_INFO);
	if (conf_load(args.config, argv[0], &conf) != ERR_OK)
		return EXIT_CONFIG;
	log_init("coatcheck-worker", log_level_parse(conf.log_level));
	(void)signal(SIGPIPE, SIG_IGN);
	code = args.is_check ? run_check(&conf) : run_engine(&conf, &args);
	conf_release(&conf);
	return code;
}
