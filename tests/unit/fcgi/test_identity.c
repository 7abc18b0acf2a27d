/* Tokens that must pass and, far more of them, that must not. */
#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "fcgi/identity.h"
#include "tests/unit/fcgi/fake.h"

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define SUB "\"sub\":\"" FAKE_USER "\""
#define EXP "\"exp\":1800000600"
#define GOOD "{" SUB "," EXP "}"

/* Header and claims, signed with the right secret; NULL means that it passes.
 * The fixed now is 1800000000 s and the leeway 10 s. */
static const struct row {
	int line;
	const char *header, *claims, *cause;
} rows[] = {
    {__LINE__, HEADER, GOOD, NULL},
    {__LINE__, "{\"alg\":\"HS256\"}", GOOD, NULL},
    {__LINE__, "{\"alg\":\"HS256\",\"typ\":\"jwt\"}", GOOD, NULL},
    /* Keys of the token's own are not looked at. */
    {__LINE__, "{\"alg\":\"HS256\",\"kid\":\"../../etc/passwd\"}", GOOD, NULL},
    {__LINE__, "{\"alg\":\"HS256\",\"jku\":\"http://127.0.0.1:1/\"}", GOOD,
	NULL},
    {__LINE__, "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"\"}}", GOOD,
	NULL},
    {__LINE__, HEADER, "{\"role\":\"tutor\",\"sid\":\"s\"," SUB "," EXP "}",
	NULL},
    /* The algorithm. */
    {__LINE__, "{\"alg\":\"none\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"None\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"NONE\",\"typ\":\"JWT\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":null}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":[\"HS256\"]}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":256}", GOOD, "algorithm"},
    {__LINE__, "{}", GOOD, "algorithm"},
    {__LINE__, "{\"typ\":\"JWT\"}", GOOD, "algorithm"},
    {__LINE__, "{\"ALG\":\"HS256\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"hs256\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"HS256 \"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"HS384\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"HS512\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"RS256\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"ES256\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"EdDSA\"}", GOOD, "algorithm"},
    {__LINE__, "{\"alg\":\"dir\",\"enc\":\"A128GCM\"}", GOOD, "algorithm"},
    /* The rest of the header. */
    {__LINE__, "{\"alg\":\"HS256\",\"alg\":\"HS256\"}", GOOD, "form"},
    {__LINE__, "{\"alg\":\"none\",\"alg\":\"HS256\"}", GOOD, "form"},
    {__LINE__, "{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", GOOD, "form"},
    {__LINE__, "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", GOOD, "crit"},
    {__LINE__, "{\"alg\":\"HS256\",\"crit\":[]}", GOOD, "crit"},
    {__LINE__, "{\"alg\":\"HS256\",\"crit\":null}", GOOD, "crit"},
    {__LINE__, "{\"alg\":\"HS256\",\"zip\":\"DEF\"}", GOOD, "zip"},
    {__LINE__, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", GOOD, "typ"},
    {__LINE__, "{\"alg\":\"HS256\",\"typ\":null}", GOOD, "typ"},
    {__LINE__, "{\"alg\":\"HS256\",\"typ\":1}", GOOD, "typ"},
    {__LINE__, "[\"HS256\"]", GOOD, "form"},
    {__LINE__, "\"HS256\"", GOOD, "form"},
    {__LINE__, "{\"alg\":\"HS256\"} x", GOOD, "form"},
    {__LINE__, "{\"alg\":\"HS256\"", GOOD, "form"},
    {__LINE__, "{alg:\"HS256\"}", GOOD, "form"},
    {__LINE__, "{\"alg\":\"HS256\",\"x\":\"\\u0000\"}", GOOD, "form"},
    {__LINE__, "{\"alg\":\"HS256\",\"x\":\"\xff\"}", GOOD, "form"},
    /* Times. */
    {__LINE__, HEADER, "{" SUB "}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":null}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":\"1800000600\"}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":1800000600.0}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":1.8e9}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":true}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":-1}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":9223372036854775807}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":18446744073709551615}", "form"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":253402300800}", "exp"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":253402300799}", NULL},
    {__LINE__, HEADER, "{" SUB ",\"exp\":0}", "expired"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":1799999990}", "expired"},
    {__LINE__, HEADER, "{" SUB ",\"exp\":1799999991}", NULL},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"exp\":1}", "form"},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"nbf\":1800000010}", NULL},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"nbf\":1800000011}", "nbf"},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"nbf\":\"0\"}", "nbf"},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"nbf\":null}", "nbf"},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"iat\":1800000010}", NULL},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"iat\":1800000011}", "iat"},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"iat\":0.5}", "iat"},
    /* The user. */
    {__LINE__, HEADER, "{" EXP "}", "sub"},
    {__LINE__, HEADER, "{" EXP ",\"sub\":\"\"}", "sub"},
    {__LINE__, HEADER, "{" EXP ",\"sub\":\"admin\"}", "sub"},
    {__LINE__, HEADER, "{" EXP ",\"sub\":7}", "sub"},
    {__LINE__, HEADER, "{" EXP ",\"sub\":[\"" FAKE_USER "\"]}", "sub"},
    {__LINE__, HEADER, "{" EXP ",\"sub\":\"" FAKE_USER " \"}", "sub"},
    {__LINE__, HEADER,
	"{" EXP ",\"sub\":\"00000000-0000-0000-0000-000000000000\"}", "sub"},
    {__LINE__, HEADER,
	"{" EXP ",\"sub\":\"AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA\"}", NULL},
    {__LINE__, HEADER, "{" SUB "," SUB "," EXP "}", "form"},
    {__LINE__, HEADER, "[]", "form"},
    {__LINE__, HEADER, "null", "form"},
    {__LINE__, HEADER, "{" SUB "," EXP ",\"a\":{\"sub\":1,\"sub\":2}}", NULL},
};

static void
verify(const struct conf *conf, const char *token, const char *want, int line)
{
	const struct row at = {.line = line};
	struct identity who = {0};
	const char *cause = "unset";
	enum err e = identity_verify(conf, token, FAKE_NOW_MS, &who, &cause);

	if (want == NULL) {
		ROW_TRUE(&at, cause == NULL);
		ROW_INT(&at, e, ERR_OK);
		ROW_STR(&at, who.user.text, FAKE_USER);
		return;
	}
	ROW_TRUE(&at, cause != NULL);
	ROW_STR(&at, cause, want);
	ROW_INT(&at, e, strcmp(want, "expired") == 0 ? ERR_TIMEOUT : ERR_AUTH);
	ROW_STR(&at, who.user.text, "");
}

static void
test_signed(void **state)
{
	struct buf token;

	(void)state;
	buf_init(&token, 65536);
	for (size_t i = 0; i < ROWS(rows); i++) {
		fake_token(rows[i].header, rows[i].claims, FAKE_SECRET, &token);
		verify(
		    fake_conf(), buf_str(&token), rows[i].cause, rows[i].line);
	}
	buf_release(&token);
}

static void
test_issuer_and_audience(void **state)
{
	static char issuer[] = "https://id.example", audience[] = "campus";
	static const struct {
		int line;
		const char *more, *cause;
	} cases[] = {
#define ISS ",\"iss\":\"https://id.example\""
	    {__LINE__, ISS ",\"aud\":\"campus\"", NULL},
	    {__LINE__, ISS ",\"aud\":[\"x\",\"campus\"]", NULL},
	    {__LINE__, ISS ",\"aud\":[\"x\",1,null]", "aud"},
	    {__LINE__, ISS ",\"aud\":[]", "aud"},
	    {__LINE__, ISS ",\"aud\":{\"campus\":1}", "aud"},
	    {__LINE__, ISS ",\"aud\":\"Campus\"", "aud"},
	    {__LINE__, ISS, "aud"},
	    {__LINE__, ",\"aud\":\"campus\"", "iss"},
	    {__LINE__, ",\"iss\":\"https://id.example/\",\"aud\":\"campus\"",
		"iss"},
	    {__LINE__, ",\"iss\":[\"https://id.example\"],\"aud\":\"campus\"",
		"iss"},
	};
	struct conf conf = *fake_conf();
	struct buf token, claims;

	(void)state;
	conf.auth.issuer = issuer;
	conf.auth.audience = audience;
	buf_init(&token, 65536);
	buf_init(&claims, 65536);
	for (size_t i = 0; i < ROWS(cases); i++) {
		buf_clear(&claims);
		buf_printf(&claims, "{" SUB "," EXP "%s}", cases[i].more);
		fake_token(HEADER, buf_str(&claims), FAKE_SECRET, &token);
		verify(&conf, buf_str(&token), cases[i].cause, cases[i].line);
	}
	buf_release(&token);
	buf_release(&claims);
}

/* Every single character of a good token counts. */
static void
test_changed(void **state)
{
	struct identity who;
	const char *cause;
	struct buf token;

	(void)state;
	buf_init(&token, 65536);
	fake_token(HEADER, GOOD, FAKE_SECRET, &token);
	for (size_t i = 0; i < token.len; i++) {
		char was = token.at[i];

		token.at[i] = was == 'A' ? 'B' : 'A';
		assert_int_not_equal(identity_verify(fake_conf(), token.at,
					 FAKE_NOW_MS, &who, &cause),
		    ERR_OK);
		token.at[i] = '\0';
		assert_int_not_equal(identity_verify(fake_conf(), token.at,
					 FAKE_NOW_MS, &who, &cause),
		    ERR_OK);
		token.at[i] = was;
	}
	assert_int_equal(identity_verify(fake_conf(), buf_str(&token),
			     FAKE_NOW_MS, &who, &cause),
	    ERR_OK);
	buf_release(&token);
}

static void
test_form(void **state)
{
	static const char *const tokens[] = {"", ".", "..", "...", "a.b.c",
	    "a.b", "a.b.c.d.e", " ", "eyJhbGciOiJIUzI1NiJ9..",
	    "eyJhbGciOiJIUzI1NiJ9.e30.",
	    "eyJhbGciOiJIUzI1NiJ9.e30.=", "eyJhbGciOiJub25lIn0.e30."};
	struct buf token;

	(void)state;
	for (size_t i = 0; i < ROWS(tokens); i++)
		verify(fake_conf(), tokens[i], "form", __LINE__);
	buf_init(&token, 65536);
	fake_token(HEADER, GOOD, FAKE_SECRET, &token);
	buf_add_str(&token, "=");
	verify(fake_conf(), buf_str(&token), "form", __LINE__);
	fake_token(HEADER, GOOD, FAKE_SECRET, &token);
	buf_add_str(&token, ".e30");
	verify(fake_conf(), buf_str(&token), "form", __LINE__);
	/* Two more bytes of a signature are two too many. */
	fake_token(HEADER, GOOD, FAKE_SECRET, &token);
	buf_add_str(&token, "AAA");
	verify(fake_conf(), buf_str(&token), "signature", __LINE__);
	fake_token(HEADER, GOOD, "0123456789abcdef0123456789abcdeF", &token);
	verify(fake_conf(), buf_str(&token), "signature", __LINE__);
	fake_token(HEADER, GOOD, "", &token);
	verify(fake_conf(), buf_str(&token), "signature", __LINE__);
	buf_release(&token);
}

static void
test_size(void **state)
{
	struct buf token, claims;
	size_t pad = 0;

	(void)state;
	buf_init(&token, 65536);
	buf_init(&claims, 65536);
	do {
		buf_clear(&claims);
		buf_add_str(&claims, "{\"x\":\"");
		for (size_t i = 0; i < pad; i++)
			buf_add_char(&claims, 'x');
		buf_add_str(&claims, "\"," SUB "," EXP "}");
		fake_token(HEADER, buf_str(&claims), FAKE_SECRET, &token);
		verify(fake_conf(), buf_str(&token),
		    token.len > IDENTITY_TOKEN_MAX ? "form" : NULL, __LINE__);
		pad += pad < 5900 ? 5900 : 1;
	} while (token.len <= IDENTITY_TOKEN_MAX);
	buf_release(&token);
	buf_release(&claims);
}

/* libjwt takes a missing key for "do not verify". */
static void
test_no_secret(void **state)
{
	static char none[] = "";
	struct conf conf = *fake_conf();
	struct buf token;

	(void)state;
	conf.auth.jwt_secret = none;
	buf_init(&token, 65536);
	fake_token(HEADER, GOOD, "", &token);
	verify(&conf, buf_str(&token), "no_secret_configured", __LINE__);
	buf_release(&token);
}

static char logged[4096];

static void
keep_line(const char *line)
{
	memcpy(logged, line, strlen(line) + 1);
}

static void
test_header(void **state)
{
	static const struct {
		int line;
		const char *before, *claims; /* NULL: no token */
		const char *message;
	} cases[] = {
#define NONE "Authorization header is missing"
#define EMPTY "Access token is missing"
#define BAD "Access token is invalid"
	    {__LINE__, NULL, NULL, NONE},
	    {__LINE__, "Basic dXNlcg==", NULL, NONE},
	    {__LINE__, "Bearerx", NULL, NONE},
	    {__LINE__, "Bear", NULL, NONE},
	    {__LINE__, "Bearer", NULL, EMPTY},
	    {__LINE__, "Bearer   ", NULL, EMPTY},
	    {__LINE__, "Bearer abc", NULL, BAD},
	    {__LINE__, "Bearer ", GOOD, NULL},
	    {__LINE__, "bearer  ", GOOD, NULL},
	    {__LINE__, "Bearer x ", GOOD, BAD},
	    {__LINE__, "Bearer ", "{" SUB ",\"exp\":1}",
		"Access token expired"},
	    {__LINE__, "Bearer ", "{\"exp\":1}", BAD},
	};
	struct buf header, token;

	(void)state;
	clock_fake(1, FAKE_NOW_MS);
	buf_init(&header, 65536);
	buf_init(&token, 65536);
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct problem why = {0};
		struct identity who;
		enum err e;

		buf_clear(&header);
		if (cases[i].before != NULL)
			buf_add_str(&header, cases[i].before);
		if (cases[i].claims != NULL) {
			fake_token(
			    HEADER, cases[i].claims, FAKE_SECRET, &token);
			buf_add_str(&header, buf_str(&token));
		}
		e = identity_read(fake_conf(),
		    cases[i].before != NULL ? buf_str(&header) : NULL, &who,
		    &why);
		ROW_INT(
		    &cases[i], e, cases[i].message == NULL ? ERR_OK : ERR_AUTH);
		if (cases[i].message != NULL) {
			ROW_INT(&cases[i], why.status, 401);
			ROW_STR(&cases[i], why.message, cases[i].message);
		}
	}
	buf_release(&header);
	buf_release(&token);
	clock_fake(-1, -1);
}

/* The log says why, and never shows the token. */
static void
test_log(void **state)
{
	char header[] = "Bearer eyJhbGciOiJub25lIn0.e30.AAAA";
	struct problem why;
	struct identity who;

	(void)state;
	clock_fake(100000, FAKE_NOW_MS);
	log_capture(keep_line);
	assert_int_equal(
	    identity_read(fake_conf(), header, &who, &why), ERR_AUTH);
	log_capture(NULL);
	clock_fake(-1, -1);
	assert_non_null(strstr(logged, "ev=token_refused cause=algorithm"));
	assert_null(strstr(logged, "eyJ"));
}

static void
test_role(void **state)
{
	static const struct {
		int line;
		const char *claim, *role;
	} cases[] = {
	    {__LINE__, "", ""},
	    {__LINE__, "\"role\":\"tutor\",", "tutor"},
	    {__LINE__, "\"role\":null,", ""},
	    {__LINE__, "\"role\":[\"tutor\"],", ""},
	    {__LINE__, "\"role\":7,", ""},
	    {__LINE__,
		"\"role\":\"0123456789012345678901234567890123456789"
		"0123456789012345678901234\",",
		""},
	};
	struct buf claims, token;

	(void)state;
	buf_init(&claims, 4096);
	buf_init(&token, 4096);
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct identity who;
		const char *cause;

		buf_clear(&claims);
		buf_printf(&claims, "{%s" SUB "," EXP "}", cases[i].claim);
		fake_token(HEADER, buf_str(&claims), FAKE_SECRET, &token);
		ROW_INT(&cases[i],
		    identity_verify(fake_conf(), buf_str(&token), FAKE_NOW_MS,
			&who, &cause),
		    ERR_OK);
		ROW_STR(&cases[i], who.role, cases[i].role);
	}
	buf_release(&claims);
	buf_release(&token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_role),
	    cmocka_unit_test(test_signed),
	    cmocka_unit_test(test_issuer_and_audience),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_no_secret),
	    cmocka_unit_test(test_header),
	    cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
