#include "worker/assistant/plain.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* What a cut joins can be a tag or an address again: "<<b>img>". */
#define PASSES_MAX 8
#define TARGET_MAX 2000 /* bytes; a longer one is no address */

/* Behind the first end in p, or the end of the line without one. */
static const char *
plain_behind(const char *p, const char *end)
{
	const char *at = strstr(p, end);

	return at != NULL ? at + strlen(end) : p + strcspn(p, "\n");
}

static bool
plain_begins(const char *p, const char *with)
{
	return strncasecmp(p, with, strlen(with)) == 0;
}

/* Behind the element whose name is given, if one begins at p; else NULL. */
static const char *
plain_skip_element(const char *p, const char *name, const char *close)
{
	size_t len = strlen(name);
	const char *at;

	if (!plain_begins(p + 1, name) || isalnum((unsigned char)p[len + 1]))
		return NULL;
	at = strcasestr(p, close);
	return at != NULL ? plain_behind(at, ">") : p + strlen(p);
}

/* Behind the tag or mark that begins at p with "<"; p if none does. */
static const char *
plain_skip_tag(const char *p)
{
	const char *at;

	if (plain_begins(p, "<<SUGGESTIONS"))
		return p + strcspn(p, "\n");
	if (p[1] == '<' && isupper((unsigned char)p[2]))
		return plain_behind(p, ">>");
	if (plain_begins(p, "<!--"))
		return plain_behind(p, "-->");
	if ((at = plain_skip_element(p, "script", "</script")) != NULL ||
	    (at = plain_skip_element(p, "style", "</style")) != NULL)
		return at;
	if (isalpha((unsigned char)p[1]) || p[1] == '/' || p[1] == '!')
		return plain_behind(p, ">");
	return p;
}

/* Behind an address that begins at p; p if none does. */
static const char *
plain_skip_address(const char *p)
{
	static const char *const schemes[] = {
	    "http://", "https://", "www.", "mailto:", "javascript:", "data:"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		const char *end;

		if (!plain_begins(p, schemes[i]))
			continue;
		end = p + strcspn(p, " \t\n<>\"");
		if (end == p + strlen(schemes[i]))
			continue;
		while (end > p && strchr(".,;:!?)]'", end[-1]) != NULL)
			end--;
		return end;
	}
	return p;
}

/* If p is "](address)", behind it; else p. */
static const char *
plain_skip_target(const char *p)
{
	size_t n = 2;

	if (p[0] != ']' || p[1] != '(')
		return p;
	while (n < TARGET_MAX && p[n] != '\0' && strchr(")\n", p[n]) == NULL)
		n++;
	return p[n] == ')' ? p + n + 1 : p;
}

/* Does the bracket at p open the words of a link? */
static bool
plain_is_link(const char *p)
{
	size_t n = strcspn(p + 1, "[]\n");

	return p[1 + n] == ']' && plain_skip_target(p + 1 + n) != p + 1 + n;
}

/* Behind what begins at p and is not plain; p if it is. in_word says whether p
 * goes on with a word. */
static const char *
plain_skip(const char *p, bool in_word)
{
	if (*p == '<')
		return plain_skip_tag(p);
	if (*p == '!' && p[1] == '[' && plain_is_link(p + 1))
		return p + 2;
	if (*p == '[' && plain_is_link(p))
		return p + 1;
	if (*p == ']')
		return plain_skip_target(p);
	return in_word ? p : plain_skip_address(p);
}

static void
plain_trim(struct buf *b, const char *blanks)
{
	while (b->len > 0 && strchr(blanks, b->at[b->len - 1]) != NULL)
		b->at[--b->len] = '\0';
}

/* Takes away what a cut leaves over before c: blanks, and brackets around
 * nothing. Is c left over, too? */
static bool
plain_mend(struct buf *b, char c)
{
	if (strchr(" .,;:!?)", c) != NULL)
		plain_trim(b, " ");
	if (c == ')' && b->len > 0 && b->at[b->len - 1] == '(') {
		b->at[--b->len] = '\0';
		plain_trim(b, " ");
		return true;
	}
	return c == ' ' && (b->len == 0 || b->at[b->len - 1] == '\n');
}

static void
plain_pass(const char *text, struct buf *out)
{
	bool was_cut = false, in_word = false;

	for (const char *p = text, *next; *p != '\0'; p = next) {
		next = plain_skip(p, in_word);
		if (next != p) {
			was_cut = true;
			continue;
		}
		next = p + 1;
		in_word = isalnum((unsigned char)*p) != 0;
		if (was_cut && plain_mend(out, *p))
			continue;
		if (*p == '\n')
			plain_trim(out, " \t");
		buf_add_char(out, *p);
		was_cut = was_cut && *p == ' ';
	}
	plain_trim(out, " \t\r\n");
}

void
plain_write(const char *text, struct buf *out)
{
	struct buf from, to, last;
	bool is_plain = false;

	buf_init(&from, SIZE_MAX / 2);
	buf_init(&to, SIZE_MAX / 2);
	buf_add_str(&from, text);
	for (int i = 0; i < PASSES_MAX && !is_plain; i++) {
		buf_clear(&to);
		plain_pass(buf_str(&from), &to);
		is_plain = to.len == from.len;
		last = from;
		from = to;
		to = last;
	}
	if (is_plain)
		buf_add_str(out, buf_str(&from));
	buf_release(&from);
	buf_release(&to);
}
