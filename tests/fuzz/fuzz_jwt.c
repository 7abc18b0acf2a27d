/*
 * Tokens. The input as it is can never pass, since nobody signed it. The two
 * lines of the input as header and claims, signed, may pass only if the header
 * names the algorithm and the claims name a user.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "fcgi/identity.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW_MS INT64_C(1800000000000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
add_base64url(struct buf *b, const unsigned char *s, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				      "nopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < len * 8; i += 6) {
		unsigned two = (unsigned)s[i / 8] << 8;

		if (i / 8 + 1 < len)
			two |= s[i / 8 + 1];
		buf_add_char(b, letters[two >> (10 - i % 8) & 63]);
	}
}

static void
check_signed(
    const struct conf *conf, const char *header, size_t len, const char *claims)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	struct identity who;
	const char *cause;
	unsigned mac_len = 0;
	struct buf b;

	buf_init(&b, 65536);
	add_base64url(&b, (const unsigned char *)header, len);
	buf_add_char(&b, '.');
	add_base64url(&b, (const unsigned char *)claims, strlen(claims));
	(void)HMAC(EVP_sha256(), SECRET, sizeof SECRET - 1,
	    (const unsigned char *)buf_str(&b), b.len, mac, &mac_len);
	buf_add_char(&b, '.');
	add_base64url(&b, mac, mac_len);
	if (identity_verify(conf, buf_str(&b), NOW_MS, &who, &cause) ==
	    ERR_OK) {
		struct uuid user;

		assert(memmem(header, len, "256", 3) != NULL);
		assert(uuid_parse(who.user.text, UUID_TEXT_LEN, &user));
		assert(strcmp(user.text, uuid_nobody.text) != 0);
	} else {
		assert(cause != NULL);
	}
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char secret[] = SECRET, algorithm[] = "HS256", none[] = "";
	const struct conf conf = {.auth = {.algorithm = algorithm,
				      .jwt_secret = secret,
				      .issuer = none,
				      .audience = none,
				      .leeway_ms = 10000}};
	char *text = x_strndup((const char *)bytes, size);
	size_t line = strcspn(text, "\n");
	struct problem why;
	struct identity who;

	log_init("fuzz", LOG_ERR);
	assert(identity_read(&conf, text, &who, &why) == ERR_AUTH);
	check_signed(
	    &conf, text, line, text[line] != '\0' ? text + line + 1 : "");
	mem_free(text);
	return 0;
}
