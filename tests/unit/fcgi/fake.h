/*
 * A web server in memory: variables and a body in, the reply as text out. And
 * a maker of tokens, good and bad ones.
 */
#ifndef TESTS_UNIT_FCGI_FAKE_H
#define TESTS_UNIT_FCGI_FAKE_H

#include <stddef.h>

#include "common/buf.h"
#include "common/conf.h"
#include "fcgi/http_io.h"

struct fake {
	struct http_io io;
	char *env[16];
	const char *body; /* what is left to read */
	size_t body_len;
	size_t step;   /* most bytes a read gives */
	int fail_read; /* reads fail */
	int fail_write;
	struct buf out;
};

/* env are "NAME=value", NULL-terminated; they outlive f. */
void fake_init(struct fake *f, const char *const *env, const char *body);
void fake_release(struct fake *f);

/* Value of a header of the reply, "" if it is not there. */
const char *fake_header(const struct fake *f, const char *name, char out[256]);
const char *fake_body(const struct fake *f);

#define FAKE_SECRET "0123456789abcdef0123456789abcdef"
#define FAKE_USER "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
#define FAKE_NOW_MS INT64_C(1800000000000)

/* The values a token is checked against; static. */
const struct conf *fake_conf(void);

/* A token of these two texts, signed by HMAC with SHA-256. */
void fake_token(const char *header, const char *claims, const char *secret,
    struct buf *out);
void fake_base64url(const unsigned char *s, size_t len, struct buf *out);

#endif
