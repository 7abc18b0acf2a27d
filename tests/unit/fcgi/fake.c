/* Test code: it may leak nothing, but it may stop at whatever is odd. */
#include "tests/unit/fcgi/fake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

static enum err
fake_read(void *peer, char *at, size_t len, size_t *got)
{
	struct fake *f = peer;
	size_t n = f->body_len < len ? f->body_len : len;

	if (f->fail_read)
		return ERR_NET;
	n = n < f->step ? n : f->step;
	memcpy(at, f->body, n);
	f->body += n;
	f->body_len -= n;
	*got = n;
	return ERR_OK;
}

static enum err
fake_write(void *peer, const char *at, size_t len)
{
	struct fake *f = peer;

	if (f->fail_write)
		return ERR_NET;
	buf_add(&f->out, at, len);
	return ERR_OK;
}

void
fake_init(struct fake *f, const char *const *env, const char *body)
{
	static const char blank[] = "";

	*f = (struct fake){.body = body != NULL ? body : blank,
	    .body_len = body != NULL ? strlen(body) : 0,
	    .step = 7};
	for (size_t i = 0; env[i] != NULL; i++) {
		assert(i < 15);
		f->env[i] = strdup(env[i]);
	}
	f->io = (struct http_io){
	    .envp = f->env, .read = fake_read, .write = fake_write, .peer = f};
	buf_init(&f->out, (size_t)1 << 20);
}

void
fake_release(struct fake *f)
{
	for (size_t i = 0; f->env[i] != NULL; i++)
		free(f->env[i]);
	buf_release(&f->out);
}

const char *
fake_header(const struct fake *f, const char *name, char out[256])
{
	const char *line = buf_str(&f->out);
	size_t len = strlen(name), n;

	out[0] = '\0';
	while (*line != '\r' && *line != '\0') {
		n = strcspn(line, "\r");
		if (strncmp(line, name, len) == 0 && line[len] == ':') {
			assert(n - len - 2 < 256);
			memcpy(out, line + len + 2, n - len - 2);
			out[n - len - 2] = '\0';
			break;
		}
		line += n + 2;
	}
	return out;
}

const char *
fake_body(const struct fake *f)
{
	const char *end = strstr(buf_str(&f->out), "\r\n\r\n");

	return end != NULL ? end + 4 : "";
}

const struct conf *
fake_conf(void)
{
	static char secret[] = FAKE_SECRET, algorithm[] = "HS256", none[] = "";
	static char metrics[] = "scrape", prefix[] = "/api",
		    url[] = "host=/nonexistent";
	static const struct conf conf = {
	    .path = none,
	    .database = {.url = url,
		.web_url = none,
		.connect_timeout_ms = 1000,
		.statement_timeout_ms = 1000},
	    .web = {.threads = 1,
		.connections = 1,
		.body_max = 1024,
		.prefix = prefix,
		.metrics_token = metrics},
	    .auth = {.algorithm = algorithm,
		.jwt_secret = secret,
		.issuer = none,
		.audience = none,
		.leeway_ms = 10000},
	};

	return &conf;
}

void
fake_base64url(const unsigned char *s, size_t len, struct buf *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				      "nopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < len * 8; i += 6) {
		unsigned two = (unsigned)s[i / 8] << 8;

		if (i / 8 + 1 < len)
			two |= s[i / 8 + 1];
		buf_add_char(out, letters[two >> (10 - i % 8) & 63]);
	}
}

void
fake_token(
    const char *header, const char *claims, const char *secret, struct buf *out)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0;

	buf_clear(out);
	fake_base64url((const unsigned char *)header, strlen(header), out);
	buf_add_char(out, '.');
	fake_base64url((const unsigned char *)claims, strlen(claims), out);
	(void)HMAC(EVP_sha256(), secret, (int)strlen(secret),
	    (const unsigned char *)buf_str(out), out->len, mac, &mac_len);
	buf_add_char(out, '.');
	fake_base64url(mac, mac_len, out);
}
