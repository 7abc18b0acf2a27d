#include "worker/assistant/phone.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MIN 7
#define MEBIBYTE (INT64_C(1) << 20)

static bool
phone_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t
phone_gap(const char *p, char *out)
{
	static const struct {
		const char *bytes;
		char is;
	} wide[] = {{"\xC2\xA0", ' '}, {"\xE2\x80\x89", ' '},
	    {"\xE2\x80\xAF", ' '}, {"\xE2\x80\x90", '-'}, {"\xE2\x80\x91", '-'},
	    {"\xE2\x80\x92", '-'}, {"\xE2\x80\x93", '-'}};

	if (*p != '\0' && strchr(" -./", *p) != NULL) {
		*out = *p;
		return 1;
	}
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		size_t len = strlen(wide[i].bytes);

		if (strncmp(p, wide[i].bytes, len) == 0) {
			*out = wide[i].is;
			return len;
		}
	}
	return 0;
}

/* What stands between two groups: a blank, a mark, or a mark with blanks around
 * it. Returns the bytes. */
static size_t
phone_gaps(const char *p, char *out)
{
	char first = 0, then = 0;
	size_t n = phone_gap(p, &first), m;

	*out = first;
	for (int i = 0; n > 0 && i < 2; i++) {
		m = phone_gap(p + n, &then);
		if (m == 0 || (*out == ' ') == (then == ' '))
			break;
		if (*out == ' ')
			*out = then;
		n += m;
	}
	return n;
}

/* One group at p, whose gap is known. NULL if there is none; else what is
 * behind it. */
static const char *
phone_read_group(struct phone *n, size_t total, const char *p, char gap)
{
	bool is_bracketed = *p == '(';
	size_t len = 0;

	p += is_bracketed;
	if (n->count == 0 && *p == '+' && !n->has_plus) {
		n->has_plus = true;
		p++;
	}
	while (len + total <= PHONE_DIGITS_MAX && phone_is_digit(p[len]))
		len++;
	if (len == 0 || len + total > PHONE_DIGITS_MAX ||
	    (is_bracketed && p[len] != ')'))
		return NULL;
	memcpy(n->digits + total, p, len);
	p += len + is_bracketed;
	n->group[n->count].len = len;
	n->group[n->count].end = p;
	n->group[n->count].gap = gap;
	n->group[n->count++].is_bracketed = is_bracketed;
	return p;
}

void
phone_read(const char *p, struct phone *n)
{
	size_t total = 0;
	char gap = 0;

	*n = (struct phone){.has_plus = *p == '+'};
	p += n->has_plus;
	while (n->count < PHONE_GROUPS_MAX) {
		p = phone_read_group(n, total, p, gap);
		if (p == NULL)
			return;
		total += n->group[n->count - 1].len;
		p += phone_gaps(p, &gap);
	}
}

/* Do the first groups have these lengths, written as in "334"? */
static bool
phone_starts(const struct phone *n, const char *lengths)
{
	size_t count = strlen(lengths);

	for (size_t i = 0; i < count && i < n->count; i++) {
		if (n->group[i].len != (size_t)(lengths[i] - '0'))
			return false;
	}
	return n->count >= count;
}

static bool
phone_has_lengths(const struct phone *n, const char *lengths)
{
	return n->count == strlen(lengths) && phone_starts(n, lengths);
}

/* Is the same between all groups? */
static bool
phone_has_gaps(const struct phone *n, char gap)
{
	for (size_t i = 1; i < n->count; i++) {
		if (n->group[i].gap != gap)
			return false;
	}
	return n->count > 1;
}

/* With dots between all groups or between none? */
static bool
phone_is_even(const struct phone *n)
{
	bool has_dot = false;

	for (size_t i = 1; i < n->count; i++)
		has_dot |= n->group[i].gap == '.';
	return !has_dot || phone_has_gaps(n, '.');
}

static bool
phone_is_year(const char *digits)
{
	return strncmp(digits, "19", 2) == 0 || strncmp(digits, "20", 2) == 0;
}

/* Digits with nothing between them: in the forms that few other numbers have,
 * such as sizes and keys. */
static bool
phone_is_plain(const char *digits, size_t total)
{
	const char *local = digits + (total == 11 && *digits == '1');
	int64_t value = strtoll(digits, NULL, 10);

	if (*digits == '0')
		return total >= 10 && strncmp(digits, "000", 3) != 0 &&
		    (digits[1] == '0' || total <= 12) &&
		    strncmp(digits, "0123456789", 10) != 0;
	if (total != 10 && local == digits)
		return false;
	if (value % 100000 == 0 || value % MEBIBYTE == 0 ||
	    (value + 1) % MEBIBYTE == 0)
		return false;
	return *local >= '2';
}

/* Two digits each, as in France, and no row of small numbers or of months. */
static bool
phone_is_pairs(const struct phone *n)
{
	const char *end = n->group[n->count - 1].end, *d = n->digits;

	return n->count == 5 && d[1] != '0' &&
	    !(d[0] == d[2] && d[3] == d[1] + 1) &&
	    !(*end == ' ' && (end[1] == '[' || phone_is_digit(end[1])));
}

/* Is it, or does it begin with, 17.05.2024 or 17.05.24? */
static bool
phone_is_date(const struct phone *n)
{
	if (n->count < 3 || n->group[1].gap == ' ' ||
	    n->group[1].gap != n->group[2].gap)
		return false;
	return phone_starts(n, "224") ||
	    (phone_starts(n, "222") && n->count > 3 &&
		n->group[3].gap != n->group[2].gap);
}

/* With the 0 that leads out of town, or the 00 that leads abroad. */
static bool
phone_is_trunk(const struct phone *n, size_t total)
{
	const char *d = n->digits;
	bool is_pairs = true;

	for (size_t i = 0; i < n->count; i++) {
		if (n->group[i].len < 2 && !n->group[i].is_bracketed)
			return false;
		is_pairs &= n->group[i].len == 2;
	}
	if (total < 9 || (total > 12 && d[1] != '0') || n->group[0].len > 7 ||
	    strncmp(d, "000", 3) == 0 || phone_is_date(n))
		return false;
	if (is_pairs)
		return phone_is_pairs(n);
	return n->count != 4 || n->group[0].len > 3 ||
	    !phone_has_gaps(n, '.'); /* an IP address */
}

/* 555-0199, which must not look like a range of years, pages or sizes. */
static bool
phone_is_short(const struct phone *n)
{
	int64_t second = strtoll(n->digits + 3, NULL, 10);

	if (n->digits[0] < '2' || !phone_has_gaps(n, '-'))
		return false;
	return n->digits[3] == '0' || strncmp(n->digits, "555", 3) == 0 ||
	    (second > 2100 && second % 10 != 0 && (second & (second - 1)) != 0);
}

/* Written with gaps, and none of the above. */
static bool
phone_is_local(const struct phone *n, size_t total)
{
	const char *d = n->digits;
	bool is_dashed = phone_has_gaps(n, '-');

	if (n->group[0].is_bracketed)
		return n->group[0].len >= 2 && n->group[0].len <= 5 &&
		    total >= 8 && total <= 12 &&
		    !(n->group[0].len == 4 && phone_is_year(d));
	if (n->group[1].is_bracketed)
		return n->count >= 3 && n->group[0].len <= 3 &&
		    n->group[1].len <= 5 && total >= 9;
	if (phone_has_lengths(n, "334") || phone_has_lengths(n, "1334"))
		return (n->count == 3 ? *d >= '2' : *d == '1') &&
		    phone_is_even(n);
	if (phone_has_lengths(n, "34"))
		return phone_is_short(n);
	if (phone_has_lengths(n, "37"))
		return is_dashed && *d >= '2';
	if (phone_has_lengths(n, "55"))
		return *d >= '6' && strcmp(d + 8, "00") != 0 &&
		    (is_dashed || n->group[1].gap == ' ');
	return is_dashed && n->count >= 3 && total >= 9 && total <= 13 &&
	    n->group[0].len <= 3 && n->group[n->count - 1].len >= 3 &&
	    strncmp(d, "978", 3) != 0 && strncmp(d, "979", 3) != 0;
}

bool
phone_is_likely(const struct phone *read, size_t count)
{
	struct phone n = *read;
	size_t total = 0;

	n.count = count;
	for (size_t i = 0; i < count; i++)
		total += n.group[i].len;
	n.digits[total] = '\0';
	if (total < DIGITS_MIN)
		return false;
	if (n.has_plus) /* "+1.234.567" and "+1234567.25" are amounts */
		return n.digits[0] != '0' && (count > 1 || total > 7) &&
		    (!phone_has_gaps(&n, '.') || (count > 2 && total > 9));
	if (count == 1)
		return !n.group[0].is_bracketed &&
		    phone_is_plain(n.digits, total);
	return (n.digits[0] == '0' && phone_is_trunk(&n, total)) ||
	    phone_is_local(&n, total);
}
