/*
 * Header and claims are read here, strictly and from the bytes that were
 * signed; libjwt checks the signature and nothing else. Keys that a token
 * brings along (kid, jku, jwk, x5c, x5u) are never looked at.
 */
#include "fcgi/identity.h"

#include <string.h>
#include <strings.h>

#include <jwt.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

#define IDENTITY_YEAR_10000 INT64_C(253402300800) /* seconds since 1970 */

struct token {
	const char *parts[3];
	size_t lens[3];
};

/* Exactly three parts of base64url; what is in the last, libjwt compares. */
static enum err
token_split(const char *s, struct token *out)
{
	unsigned char signature[IDENTITY_TOKEN_MAX];
	size_t len;

	for (int i = 0; i < 3; i++) {
		out->parts[i] = s;
		out->lens[i] = strcspn(s, ".");
		s += out->lens[i];
		if (out->lens[i] == 0 || *s != (i < 2 ? '.' : '\0'))
			return ERR_AUTH;
		s++;
	}
	return text_base64url_decode(
	    out->parts[2], out->lens[2], signature, sizeof signature, &len);
}

/* Do all members differ in name? json-c keeps the last of equal ones, which
 * shows as fewer members than there are colons at the top. */
static bool
object_is_unique(const char *text, size_t len, const json_object *obj)
{
	int depth = 0, members = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string) {
			in_string = text[i] != '"';
			i += text[i] == '\\';
			continue;
		}
		in_string = text[i] == '"';
		depth += text[i] == '{' || text[i] == '[';
		depth -= text[i] == '}' || text[i] == ']';
		members += text[i] == ':' && depth == 1;
	}
	return members == json_object_object_length(obj);
}

static json_object *
token_parse_part(const struct token *t, int i)
{
	unsigned char text[IDENTITY_TOKEN_MAX];
	json_object *obj = NULL;
	const char *why;
	size_t len;

	if (text_base64url_decode(
		t->parts[i], t->lens[i], text, sizeof text, &len) != ERR_OK ||
	    json_parse_object((const char *)text, len, &obj, &why) != ERR_OK)
		return NULL;
	if (!object_is_unique((const char *)text, len, obj)) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

/* NULL, or what is wrong. */
static const char *
header_check(const json_object *header, const char *algorithm)
{
	const char *alg = json_str(header, "alg");
	json_object *value;
	size_t len;

	if (alg == NULL || json_get_str(header, "alg", &len) == NULL ||
	    strlen(alg) != len || strcmp(alg, algorithm) != 0)
		return "algorithm";
	if (json_object_object_get_ex(header, "crit", &value))
		return "crit";
	if (json_object_object_get_ex(header, "zip", &value))
		return "zip";
	if (json_object_object_get_ex(header, "typ", &value) &&
	    (!json_object_is_type(value, json_type_string) ||
		strcasecmp(json_object_get_string(value), "JWT") != 0))
		return "typ";
	return NULL;
}

static const char *
signature_check(const struct conf *conf, const char *token)
{
	const char *secret = conf->auth.jwt_secret;
	const char *cause = "signature";
	jwt_t *jwt = NULL;

	/* Without a key libjwt verifies nothing and says that all is well. */
	if (*secret == '\0')
		return "no_secret_configured";
	if (jwt_decode(&jwt, token, (const unsigned char *)secret,
		(int)strlen(secret)) != 0)
		return cause;
	if (jwt_get_alg(jwt) == jwt_str_alg(conf->auth.algorithm) &&
	    jwt_get_alg(jwt) != JWT_ALG_NONE)
		cause = NULL;
	jwt_free(jwt);
	return cause;
}

/* A time claim in milliseconds; false if it is there and is no whole number
 * within reason. *out is left alone when it is absent. */
static bool
claim_time(const json_object *claims, const char *name, int64_t *out)
{
	json_object *value;
	int64_t s;

	if (!json_object_object_get_ex(claims, name, &value))
		return true;
	if (!json_get_int(claims, name, &s) || s < 0 ||
	    s >= IDENTITY_YEAR_10000)
		return false;
	*out = s * 1000;
	return true;
}

static bool
json_is_text(json_object *value, const char *want)
{
	return json_object_is_type(value, json_type_string) &&
	    (size_t)json_object_get_string_len(value) == strlen(want) &&
	    memcmp(json_object_get_string(value), want, strlen(want)) == 0;
}

static bool
claim_has_audience(const json_object *claims, const char *want)
{
	json_object *aud = json_get(claims, "aud");

	if (!json_object_is_type(aud, json_type_array))
		return json_is_text(aud, want);
	for (size_t i = 0; i < json_object_array_length(aud); i++) {
		if (json_is_text(json_object_array_get_idx(aud, i), want))
			return true;
	}
	return false;
}

/* A role that is no text, or too long for any of ours, is none. */
static void
claim_role(const json_object *claims, char role[IDENTITY_ROLE_MAX + 1])
{
	size_t len = 0;
	const char *text = json_get_str(claims, "role", &len);

	if (text == NULL || len > IDENTITY_ROLE_MAX || strlen(text) != len)
		len = 0;
	if (len > 0)
		memcpy(role, text, len);
	role[len] = '\0';
}

/* NULL, or what is wrong; "expired" only if nothing else is. */
static const char *
claims_check(const struct conf *conf, const json_object *claims, int64_t now_ms,
    struct identity *out)
{
	int64_t leeway_ms = conf->auth.leeway_ms;
	int64_t exp_ms = -1, nbf_ms = 0, iat_ms = 0;
	const char *sub;
	size_t len;

	if (!claim_time(claims, "exp", &exp_ms) || exp_ms < 0)
		return "exp";
	if (!claim_time(claims, "nbf", &nbf_ms) || nbf_ms > now_ms + leeway_ms)
		return "nbf";
	if (!claim_time(claims, "iat", &iat_ms) || iat_ms > now_ms + leeway_ms)
		return "iat";
	if (*conf->auth.issuer != '\0' &&
	    !json_is_text(json_get(claims, "iss"), conf->auth.issuer))
		return "iss";
	if (*conf->auth.audience != '\0' &&
	    !claim_has_audience(claims, conf->auth.audience))
		return "aud";
	sub = json_get_str(claims, "sub", &len);
	if (sub == NULL || !uuid_parse(sub, len, &out->user))
		return "sub";
	claim_role(claims, out->role);
	/* The owner of public jobs is nobody one could sign in as. */
	if (strcmp(out->user.text, uuid_nobody.text) == 0)
		return "sub";
	return now_ms >= exp_ms + leeway_ms ? "expired" : NULL;
}

enum err
identity_verify(const struct conf *conf, const char *token, int64_t now_ms,
    struct identity *out, const char **cause)
{
	json_object *header = NULL, *claims = NULL;
	struct identity found;
	struct token t;

	*cause = "form";
	if (strlen(token) > IDENTITY_TOKEN_MAX ||
	    token_split(token, &t) != ERR_OK)
		return ERR_AUTH;
	header = token_parse_part(&t, 0);
	claims = token_parse_part(&t, 1);
	if (header != NULL && claims != NULL)
		*cause = header_check(header, conf->auth.algorithm);
	if (*cause == NULL)
		*cause = signature_check(conf, token);
	if (*cause == NULL)
		*cause = claims_check(conf, claims, now_ms, &found);
	json_object_put(header);
	json_object_put(claims);
	if (*cause != NULL)
		return strcmp(*cause, "expired") == 0 ? ERR_TIMEOUT : ERR_AUTH;
	*out = found;
	return ERR_OK;
}

/* What stands behind "Bearer"; NULL if the header is not of that form. */
static const char *
bearer_token(const char *header, size_t *len)
{
	const char *token;

	*len = 0;
	if (header == NULL || strncasecmp(header, "Bearer", 6) != 0)
		return NULL;
	token = header + 6;
	if (*token != ' ' && *token != '\0')
		return NULL;
	return text_trim(token, len);
}

bool
identity_is_bearer(const char *authorization, const char *token)
{
	size_t len, want = strlen(token);
	const char *given = bearer_token(authorization, &len);
	unsigned char difference = 0;

	if (given == NULL || len != want)
		return false;
	/* In the same time whatever is wrong with it. */
	for (size_t i = 0; i < len; i++)
		difference |= (unsigned char)(given[i] ^ token[i]);
	return difference == 0;
}

enum err
identity_read(const struct conf *conf, const char *authorization,
    struct identity *out, struct problem *why)
{
	static int64_t logged_ms;
	char text[IDENTITY_TOKEN_MAX + 1];
	const char *cause = NULL, *token;
	size_t len;
	enum err e = ERR_AUTH;

	token = bearer_token(authorization, &len);
	if (token == NULL) {
		*why = (struct problem){401, "authorization_missing",
		    "Authorization header is missing"};
		return ERR_AUTH;
	}
	if (len == 0) {
		*why = (struct problem){
		    401, "token_missing", "Access token is missing"};
		return ERR_AUTH;
	}
	if (len < sizeof text) {
		memcpy(text, token, len);
		text[len] = '\0';
		e = identity_verify(conf, text, clock_wall_ms(), out, &cause);
	} else {
		cause = "too_long";
	}
	if (e == ERR_OK)
		return ERR_OK;
	if (e == ERR_TIMEOUT)
		*why = (struct problem){
		    401, "token_expired", "Access token expired"};
	else
		*why = (struct problem){
		    401, "token_invalid", "Access token is invalid"};
	log_event_limited(
	    &logged_ms, LOG_INFO, "token_refused", "cause", cause, NULL);
	return ERR_AUTH;
}
