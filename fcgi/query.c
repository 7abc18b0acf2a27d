#include "fcgi/query.h"

#include <ctype.h>
#include <string.h>

#include "common/text.h"

static int
hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
	    : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					 : -1;
}

int
query_percent(const char *s)
{
	int high = hex_value(s[1]);
	int low = high < 0 ? -1 : hex_value(s[2]);

	return low < 0 ? -1 : high << 4 | low;
}

static enum err
query_decode(const char *s, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (const char *end = s + len; s < end; s++) {
		char c = *s == '+' ? ' ' : *s;

		if (c == '%') {
			int byte = query_percent(s);

			if (byte <= 0 || end - s < 3)
				return ERR_BAD_INPUT;
			c = (char)(unsigned char)byte;
			s += 2;
		}
		if (n + 1 >= size)
			return ERR_BAD_INPUT;
		out[n++] = c;
	}
	out[n] = '\0';
	return text_is_utf8(out, n) ? ERR_OK : ERR_BAD_INPUT;
}

enum err
query_get(const char *query, const char *name, char *out, size_t size)
{
	size_t name_len = strlen(name);

	while (*query != '\0') {
		size_t len = strcspn(query, "&");

		if (len > name_len && query[name_len] == '=' &&
		    memcmp(query, name, name_len) == 0)
			return query_decode(query + name_len + 1,
			    len - name_len - 1, out, size);
		query += len + (query[len] == '&');
	}
	return ERR_NOT_FOUND;
}
