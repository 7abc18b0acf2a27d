/*
 * What a handler gets and gives. The caller (fcgi/app.c) has found the route,
 * checked the token where the route wants one, and parsed the body of a POST;
 * the handler fills in the reply.
 */
#ifndef FCGI_API_H
#define FCGI_API_H

#include <stdbool.h>
#include <stddef.h>

#include "common/attrs.h"
#include "common/json.h"
#include "fcgi/bell.h"
#include "fcgi/db.h"
#include "fcgi/reply.h"
#include "fcgi/request.h"
#include "fcgi/route.h"

struct call {
	const struct conf *conf;
	const struct db *db;
	struct bell *bell;
	const struct request *request;
	const char *path; /* one of the request's, which the route matched */
	struct route_match match;
	const char *owner;       /* UUID of whose jobs the route handles */
	const char *role;        /* of the token, "" if none */
	const json_object *body; /* of a POST */
	struct reply *reply;
};

/* Every route there is. */
extern const struct route api_routes[];
extern const size_t api_route_count;

void api_ask_course(struct call *call);
void api_ask_landing(struct call *call);
void api_ask_tutor(struct call *call);
void api_ask_persona(struct call *call);
void api_get_session(struct call *call);
void api_get_prompts(struct call *call);
void api_get_persona(struct call *call);
void api_get_job(struct call *call);
void api_cancel_job(struct call *call);
void api_health(struct call *call);  /* does the database answer? */
void api_healthz(struct call *call); /* does the process? */
void api_readyz(struct call *call);  /* would a question be answered? */
void api_metrics(struct call *call);

/* For handlers: a refusal of the request. */
void api_refuse(
    struct call *call, int status, const char *code, const char *message);

/* 202 for a job that is stored: status, Location and Retry-After. The body is
 * the handler's. */
void api_accept(struct call *call, const char *job);

/* The whole reply to a question that is stored, and the bell. session is the
 * conversation it belongs to, or NULL. */
void api_queued(struct call *call, const char *job, const char *session);

/* Refuses what a function of the campus refused, by the outcome in its row;
 * false if the outcome is none of that kind. */
bool api_refuse_outcome(struct call *call, const PGresult *row);

/* The reply to a question: row is of a function that stores one, or of the job
 * itself if the answer to it was lost; e is how that went. */
void api_reply_asked(
    struct call *call, enum err e, const PGresult *row, const char *job);

/* The argument in the path as text; ERR_BAD_INPUT if it is not UTF-8. */
MUST_CHECK enum err api_take_arg(
    const struct call *call, char out[REQUEST_PATH_MAX]);

/* A copy (mem_free) of a member that is a string, without the blanks around
 * it; NULL if there is none or nothing is left. ERR_NOMEM. */
MUST_CHECK enum err api_take_text(
    const struct call *call, const char *name, char **out);

#endif
