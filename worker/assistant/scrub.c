/*
 * Addresses first, then numbers, as an address may hold a number. Whatever a
 * decision looks at next to a number is the same after other numbers are gone,
 * so that a second run finds nothing.
 */
#include "worker/assistant/scrub.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "worker/assistant/phone.h"

static bool
scrub_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
scrub_is_alnum(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

/* The bytes of a letter beyond ASCII, of alphabets that have them in addresses:
 * U+00C0 to U+07FF, and U+1E00 to U+1EFF for Vietnamese; 0 if it is none. */
static size_t
scrub_letter(const char *p)
{
	const unsigned char *c = (const unsigned char *)p;

	if (c[0] >= 0xC3 && c[0] <= 0xDF && (c[1] & 0xC0) == 0x80)
		return 2;
	return c[0] == 0xE1 && c[1] >= 0xB8 && c[1] <= 0xBB &&
		(c[2] & 0xC0) == 0x80
	    ? 3
	    : 0;
}

/* The bytes of a character at p that may stand in a name of a host. */
static size_t
scrub_host_char(const char *p)
{
	if (isalnum((unsigned char)*p) || *p == '-')
		return 1;
	return scrub_letter(p);
}

/* Where the name of a host that begins at p ends, p if there is none: labels,
 * a dot between two, the last one like "org". */
static const char *
scrub_host_end(const char *p)
{
	const char *end = p, *at = p;

	for (bool is_first = true;; is_first = false) {
		const char *label = at, *stop;
		size_t n;

		while ((n = scrub_host_char(at)) > 0)
			at += n;
		if (at == label)
			break;
		for (stop = at; stop > label && stop[-1] == '-'; stop--)
			continue;
		if (!is_first && stop - label >= 2 && *label != '-' &&
		    !scrub_is_digit(*label))
			end = stop;
		if (*at != '.')
			break;
		at++;
	}
	return end;
}

static void
scrub_addresses(const char *text, struct buf *out)
{
	const char *done = text,
		   *local = text; /* where its first part begins */

	for (const char *p = text; *p != '\0';) {
		if (*p == '@') {
			const char *end = scrub_host_end(p + 1);

			local += strspn(local, ".+-%_'&");
			if (local < p && end > p + 1) {
				buf_add(out, done, (size_t)(local - done));
				buf_add_str(out, "[email]");
				done = end;
			}
			p = local = end > p + 1 ? end : p + 1;
		} else if (scrub_letter(p) > 0) {
			p += scrub_letter(p);
		} else {
			if (!scrub_is_alnum(*p) && strchr(".+-%'&", *p) == NULL)
				local = p + 1;
			p++;
		}
	}
	buf_add_str(out, done);
}

/* The character i before p; all that was replaced counts as one ']'. */
static char
scrub_before(const char *done, const char *text, const char *p, int i)
{
	if (p - done >= i)
		return p[-i];
	return done == text ? '\0' : ']';
}

/* Does a dash, a mark or a colon join what begins at p to what is before? */
static bool
scrub_is_joined(const char *done, const char *text, const char *p)
{
	char mark = scrub_before(done, text, p, 1);
	char is = 0;
	size_t len = 1;

	if (mark == ':')
		return scrub_is_digit(scrub_before(done, text, p, 2));
	if ((unsigned char)mark > 127 && p - done >= 3)
		len = phone_gap(p - 3, &is) == 3 ? 3 : 1;
	if (len == 3 ? is != '-' : mark == '\0' || !strchr("-./", mark))
		return false;
	mark = scrub_before(done, text, p, (int)len + 1);
	return scrub_is_alnum(mark) || mark == '/';
}

/* May a number begin at p? Not inside a word, an amount, code or a URL. */
static bool
scrub_may_begin(const char *done, const char *text, const char *p, bool is_bare)
{
	char one = scrub_before(done, text, p, 1), two;
	int i = 1;

	if (scrub_is_alnum(one) || (one != '\0' && strchr("$#+)", one)) ||
	    (p - done >= 3 && strncmp(p - 3, "\xE2\x82\xAC", 3) == 0) ||
	    (*p != '+' && scrub_is_joined(done, text, p)))
		return false;
	if (!is_bare || one == '-')
		return !is_bare;
	while (scrub_before(done, text, p, i) == ' ' && i < 4)
		i++;
	one = scrub_before(done, text, p, i);
	two = scrub_before(done, text, p, i + 1);
	return one == '\0' ||
	    (!strchr("=<>%[{|&^!~", one) &&
		!(one == '(' && scrub_is_alnum(two)) &&
		!(one == ',' && two != '\0' && strchr("0123456789'\")", two)));
}

/* May it end at p? */
static bool
scrub_may_end(const char *p, bool is_bare)
{
	char gap = 0;
	size_t n;

	if (*p == 'x' && scrub_is_digit(p[1]))
		return !is_bare; /* an extension */
	if (scrub_is_alnum(*p) || *p == '%')
		return false;
	if (*p == ',')
		return !is_bare || (!scrub_is_digit(p[1]) && p[1] != '[');
	n = *p == ':' ? 1 : phone_gap(p, &gap);
	return n == 0 || gap == ' ' || !scrub_is_alnum(p[n]);
}

/* Where the telephone number at p ends, NULL if there is none. */
static const char *
scrub_number_end(const char *done, const char *text, const char *p)
{
	struct phone n;

	phone_read(p, &n);
	for (size_t count = n.count; count > 0; count--) {
		const char *end = n.group[count - 1].end;
		bool is_bare = count == 1 && !n.has_plus;

		if (phone_is_likely(&n, count) && scrub_may_end(end, is_bare) &&
		    scrub_may_begin(done, text, p, is_bare))
			return end;
	}
	return NULL;
}

static void
scrub_numbers(const char *text, struct buf *out)
{
	const char *done = text;

	for (const char *p = text; *p != '\0';) {
		const char *end = NULL;

		if (scrub_is_digit(*p) || *p == '+' || *p == '(')
			end = scrub_number_end(done, text, p);
		if (end != NULL) {
			buf_add(out, done, (size_t)(p - done));
			buf_add_str(out, "[phone]");
			p = done = end;
		} else {
			p += scrub_is_digit(*p) ? strspn(p, "0123456789") : 1;
		}
	}
	buf_add_str(out, done);
}

void
scrub_write(const char *text, struct buf *out)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	scrub_addresses(text, &b);
	scrub_numbers(buf_str(&b), out);
	buf_release(&b);
}
