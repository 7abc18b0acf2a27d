/* Readers of small text: no allocation, no I/O, no locale. */
#include "common/text.h"

#include <string.h>

#define MS_PER_SECOND INT64_C(1000)

struct unit {
	const char *name;
	int64_t factor;
};

static bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
text_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Digits at s into *out, which stays <= 0 so that INT64_MIN fits; the number
 * of digits, or 0 if there are none or too many. */
static size_t
text_digits(const char *s, int64_t *out)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; text_is_digit(s[i]); i++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, s[i] - '0', &n))
			return 0;
	}
	*out = n;
	return i;
}

enum err
text_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool is_negative = *s == '-';
	int64_t n;
	size_t len;

	s += is_negative;
	len = text_digits(s, &n);
	if (len == 0 || s[len] != '\0')
		return ERR_BAD_INPUT;
	if (!is_negative && __builtin_sub_overflow(0, n, &n))
		return ERR_BAD_INPUT;
	if (n < min || n > max)
		return ERR_BAD_INPUT;
	*out = n;
	return ERR_OK;
}

static enum err
text_to_quantity(
    const char *s, const struct unit *units, size_t count, int64_t *out)
{
	int64_t n;
	size_t len = text_digits(s, &n);

	if (len == 0)
		return ERR_BAD_INPUT;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(s + len, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(n, -units[i].factor, &n))
			return ERR_BAD_INPUT;
		*out = n;
		return ERR_OK;
	}
	return ERR_BAD_INPUT;
}

enum err
text_to_duration_ms(const char *s, int64_t *out)
{
	static const struct unit units[] = {
	    {"", MS_PER_SECOND},
	    {"ms", 1},
	    {"s", MS_PER_SECOND},
	    {"m", 60 * MS_PER_SECOND},
	    {"h", 3600 * MS_PER_SECOND},
	    {"d", 86400 * MS_PER_SECOND},
	};

	return text_to_quantity(s, units, sizeof units / sizeof *units, out);
}

enum err
text_to_size(const char *s, int64_t *out)
{
	static const struct unit units[] = {
	    {"", 1},
	    {"k", 1024},
	    {"m", 1024 * 1024},
	};

	return text_to_quantity(s, units, sizeof units / sizeof *units, out);
}

enum err
text_to_millionths(const char *s, int64_t *out)
{
	int64_t n;
	size_t len = text_digits(s, &n), digits = 0;

	if (len == 0)
		return ERR_BAD_INPUT;
	s += len;
	if (*s == '.')
		digits = strspn(++s, "0123456789");
	if (digits > 6 || s[digits] != '\0' || (s[-1] == '.' && digits == 0))
		return ERR_BAD_INPUT;
	for (size_t i = 0; i < 6; i++) {
		int64_t digit = i < digits ? s[i] - '0' : 0;

		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, digit, &n))
			return ERR_BAD_INPUT;
	}
	return __builtin_sub_overflow(0, n, out) ? ERR_BAD_INPUT : ERR_OK;
}

enum err
text_to_bool(const char *s, bool *out)
{
	if (text_list_has("yes,true,on,1", s))
		*out = true;
	else if (text_list_has("no,false,off,0", s))
		*out = false;
	else
		return ERR_BAD_INPUT;
	return ERR_OK;
}

/* Bytes of the character at s, 0 if it is malformed: RFC 3629 §4. */
static size_t
text_utf8_char(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (n > len || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

bool
text_is_utf8(const char *s, size_t len)
{
	const unsigned char *at = (const unsigned char *)s;

	while (len > 0) {
		size_t n = text_utf8_char(at, len);

		if (n == 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static bool
text_is_utf8_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t
text_utf8_length(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += !text_is_utf8_tail(s[i]);
	return n;
}

size_t
text_utf8_prefix(const char *s, size_t len, size_t max)
{
	size_t n = max;

	if (len <= max)
		return len;
	while (n > 0 && text_is_utf8_tail(s[n]))
		n--;
	return n;
}

bool
text_has_json_nul(const char *s, size_t len)
{
	const char *end = s + len;

	/* A backslash is always looked at together with what it escapes, so
	 * the second of a pair never starts an escape. */
	for (; (s = memchr(s, '\\', (size_t)(end - s))) != NULL; s += 2) {
		if (end - s < 6)
			return false;
		if (memcmp(s + 1, "u0000", 5) == 0)
			return true;
	}
	return false;
}

/* -1 if c is not of the alphabet. */
static int
text_base64url_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (text_is_digit(c))
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

enum err
text_base64url_decode(const char *s, size_t len, unsigned char *out,
    size_t out_max, size_t *out_len)
{
	size_t size = len / 4 * 3 + len % 4 * 3 / 4;
	unsigned bits = 0;

	for (size_t i = 0; i < len; i++) {
		int value = text_base64url_value(s[i]);

		if (value < 0)
			return ERR_BAD_INPUT;
		bits = (unsigned)value;
	}
	/* The last of 2 characters has 4 bits to spare, of 3 it has 2. */
	if (len % 4 == 1 || (len % 4 == 2 && (bits & 0xf) != 0) ||
	    (len % 4 == 3 && (bits & 0x3) != 0))
		return ERR_BAD_INPUT;
	if (size > out_max)
		return ERR_TOO_BIG;
	for (size_t i = 0, at = 0; i < len; i++) {
		bits = bits << 6 | (unsigned)text_base64url_value(s[i]);
		if (i % 4 != 0)
			out[at++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	*out_len = size;
	return ERR_OK;
}

const char *
text_trim(const char *s, size_t *len)
{
	size_t n;

	while (text_is_blank(*s))
		s++;
	n = strlen(s);
	while (n > 0 && text_is_blank(s[n - 1]))
		n--;
	*len = n;
	return s;
}

bool
text_list_has(const char *list, const char *word)
{
	size_t want = strlen(word);

	while (want > 0 && *list != '\0') {
		size_t item = strcspn(list, ","), n = item;
		const char *at = list;

		for (; n > 0 && text_is_blank(*at); n--)
			at++;
		while (n > 0 && text_is_blank(at[n - 1]))
			n--;
		if (n == want && memcmp(at, word, n) == 0)
			return true;
		list += item;
		list += *list == ',';
	}
	return false;
}
