/*
 * A server on the test's own loop that gives one canned reply to each
 * connection, whatever it is asked, and keeps what it was asked. It can stay
 * on the line, so that a test says the rest by hand.
 */
#ifndef TESTS_UNIT_WORKER_FAKE_HTTP_H
#define TESTS_UNIT_WORKER_FAKE_HTTP_H

#include <stdbool.h>

#include <uv.h>

#include "common/buf.h"

#define HTTP_OK "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define HTTP_EVENTS                                                            \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; "                 \
	"charset=utf-8\r\n"
#define HTTP_END "Connection: close\r\n\r\n"

struct fake_http {
	uv_loop_t loop;
	char url[64];       /* with the path /x */
	const char *canned; /* NULL: never answer */
	bool stays;         /* on the line behind the canned reply */
	bool is_gone;       /* the last client hung up */
	struct buf asked;
};
extern struct fake_http http;

void fake_http_open(void);
int fake_http_close(void); /* 0 if the loop holds nothing more */

/* To the client that came last. */
void fake_http_say(const char *text);
void fake_http_hang_up(void);

#endif
