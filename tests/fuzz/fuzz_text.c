/*
 * The readers of small text: no crash, no read past the end, and what each
 * accepts must have the properties its header promises.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/text.h"
#include "common/uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_numbers(const char *s)
{
	int64_t n = 0;
	struct buf b;
	bool flag;

	buf_init(&b, 100);
	if (text_to_int(s, -1000, INT64_MAX, &n) == ERR_OK) {
		int64_t again = 0;

		assert(n >= -1000);
		buf_printf(&b, "%lld", (long long)n);
		assert(text_to_int(buf_str(&b), n, n, &again) == ERR_OK);
		assert(again == n);
	}
	buf_release(&b);
	if (text_to_duration_ms(s, &n) == ERR_OK)
		assert(n >= 0);
	if (text_to_size(s, &n) == ERR_OK)
		assert(n >= 0);
	if (text_to_bool(s, &flag) == ERR_OK)
		assert(strlen(s) <= strlen("false"));
}

static void
check_utf8(const char *s, size_t len)
{
	bool is_utf8 = text_is_utf8(s, len);

	assert(text_utf8_length(s, len) <= len);
	for (size_t max = 0; max < len && max < 8; max++) {
		size_t n = text_utf8_prefix(s, len, max);

		assert(n <= max);
		if (is_utf8)
			assert(
			    text_is_utf8(s, n) && text_is_utf8(s + n, len - n));
	}
}

/* Base64url has one form: no two texts may decode to the same bytes. */
static void
check_base64url(const char *s, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	unsigned char *out = x_alloc(len);
	size_t size = 0;

	if (text_base64url_decode(s, len, out, len, &size) == ERR_OK) {
		assert(size == len * 3 / 4);
		for (size_t i = 0; i < len; i++) {
			size_t at = i * 6 / 8, shift = i * 6 % 8;
			unsigned two = (unsigned)out[at] << 8 |
			    (at + 1 < size ? out[at + 1] : 0u);

			assert(s[i] == alphabet[two >> (10 - shift) & 63]);
		}
	}
	mem_free(out);
}

static void
check_words(const char *s)
{
	size_t len = 0, again = 0;
	const char *at = text_trim(s, &len);
	struct uuid u, v;
	char *copy = x_strndup(at, len);

	assert(text_trim(copy, &again) == copy && again == len);
	if (len > 0 && strchr(copy, ',') == NULL)
		assert(text_list_has(s, copy) || strchr(s, ',') != NULL);
	if (uuid_parse(copy, len, &u))
		assert(uuid_parse(u.text, UUID_TEXT_LEN, &v) &&
		    strcmp(u.text, v.text) == 0);
	mem_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	char *s = x_alloc(len + 1);

	if (len > 0)
		memcpy(s, text, len);
	check_numbers(s);
	check_utf8(text, len);
	check_base64url(text, len);
	check_words(s);
	if (len > 0)
		(void)text_has_json_nul(text, len);
	mem_free(s);
	return 0;
}
