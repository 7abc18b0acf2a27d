/*
 * Strict readers of small text: numbers, durations, UTF-8, base64url. Pure;
 * each refuses what it does not wholly understand and leaves its out-param
 * alone.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attrs.h"
#include "common/err.h"

/* Decimal, optional '-', no blanks, no leading '+', within [min, max]. */
MUST_CHECK enum err text_to_int(
    const char *s, int64_t min, int64_t max, int64_t *out);

/* "250ms", "30s", "5m", "12h", "7d", or a bare number of seconds. */
MUST_CHECK enum err text_to_duration_ms(const char *s, int64_t *out);

/* "64k", "2m", or a bare number of bytes. */
MUST_CHECK enum err text_to_size(const char *s, int64_t *out);

/* "yes|true|on|1" or "no|false|off|0". */
/* A decimal such as 0.15, of at most six digits behind the point, in
 * millionths.
 */
MUST_CHECK enum err text_to_millionths(const char *s, int64_t *out);

MUST_CHECK enum err text_to_bool(const char *s, bool *out);

/* Well-formed UTF-8 as RFC 3629 has it: no overlong forms, no surrogates,
 * nothing above U+10FFFF. */
bool text_is_utf8(const char *s, size_t len);

/* Code points in valid UTF-8. */
size_t text_utf8_length(const char *s, size_t len);

/* Length of the longest prefix of at most max bytes that splits no
 * character. */
size_t text_utf8_prefix(const char *s, size_t len, size_t max);

/*
 * Does this JSON text hold the escape \u0000 (behind an even number of
 * backslashes)? PostgreSQL's jsonb refuses it with 22P05, and it must never get
 * that far; the harmless text \\u0000 passes.
 */
bool text_has_json_nul(const char *s, size_t len);

/* Without padding, as in a JWT (RFC 7515 appendix C). The decoder refuses
 * padding, other alphabets and non-zero trailing bits. */
MUST_CHECK enum err text_base64url_decode(const char *s, size_t len,
    unsigned char *out, size_t out_max, size_t *out_len);

/* Where the text of s begins behind its leading blanks; *len becomes its
 * length without the trailing ones, 0 if there is nothing else. Blanks are
 * ASCII white space. */
const char *text_trim(const char *s, size_t *len);

/* Does the list "a, b ,c" hold word, exactly? */
bool text_list_has(const char *list, const char *word);

#endif
