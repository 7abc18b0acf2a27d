/*
 * Who is asking: a bearer token in, a user id out. The only file that knows
 * libjwt, which is handed a token only after its header was found to name the
 * one configured algorithm: what libjwt would make of another is never tried.
 */
#ifndef FCGI_IDENTITY_H
#define FCGI_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/attrs.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/uuid.h"
#include "fcgi/reply.h"

#define IDENTITY_TOKEN_MAX 8192

#define IDENTITY_ROLE_MAX 64

struct identity {
	struct uuid user;
	char role[IDENTITY_ROLE_MAX + 1]; /* "" if the token names none */
};

/*
 * Checks signature and claims of a token as of now_ms (wall clock).
 * ERR_TIMEOUT: authentic but expired. ERR_AUTH: anything else. *cause is a
 * static word for the log, never for the client.
 */
MUST_CHECK enum err identity_verify(const struct conf *conf, const char *token,
    int64_t now_ms, struct identity *out, const char **cause);

/* The same for an Authorization header (NULL if absent), by the wall clock;
 * ERR_AUTH with the answer, and the cause logged. */
MUST_CHECK enum err identity_read(const struct conf *conf,
    const char *authorization, struct identity *out, struct problem *why);

/* Does an Authorization header (NULL if absent) hold this very token? */
bool identity_is_bearer(const char *authorization, const char *token);

#endif
