/*
 * The floor for a POST through lighttpd and libfcgi: reads the body and
 * answers a ticket-sized 202, with as many threads as the front end and
 * nothing behind them. What coatcheck.fcgi takes longer is its own.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <fcgiapp.h>

#define THREADS 8

static const char reply[] =
    "Status: 202 Accepted\r\n"
    "Content-Type: application/json\r\n"
    "Location: /api/landing-assistant/job/"
    "00000000-0000-7000-8000-000000000000\r\n"
    "Retry-After: 1\r\n"
    "Cache-Control: no-store\r\n"
    "\r\n"
    "{\"jobId\":\"00000000-0000-7000-8000-000000000000\","
    "\"status\":\"PENDING\","
    "\"message\":\"Your question has been queued for processing.\"}";

static void *
serve(void *unused)
{
	FCGX_Request request;
	char body[4096];

	(void)unused;
	(void)FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		while (FCGX_GetStr(body, sizeof body, request.in) > 0)
			;
		(void)FCGX_PutStr(reply, sizeof reply - 1, request.out);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int
main(void)
{
	sigset_t stop;
	pthread_t thread;
	int which;

	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
	if (FCGX_Init() != 0)
		return 1;
	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&thread, NULL, serve, NULL) != 0)
			return 1;
	}
	(void)sigwait(&stop, &which);
	_exit(0);
}
