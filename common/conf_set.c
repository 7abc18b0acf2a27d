/* Reads the value of one key, as its row says. */
#include <stdlib.h>
#include <string.h>

#include "common/conf_read.h"
#include "common/mem.h"
#include "common/text.h"

static bool
conf_is_fraction(const char *s)
{
	char *end;
	double d;

	if (strspn(s, "0123456789.") != strlen(s))
		return false;
	d = strtod(s, &end);
	return end != s && *end == '\0' && d >= 0 && d <= 1;
}

/* A number of any kind within the bounds of its row. */
static enum err
conf_read_number(const struct conf_row *row, const char *value, int64_t *out)
{
	int64_t n = 0;
	enum err e;

	if (row->type == CONF_SIZE)
		e = text_to_size(value, &n);
	else if (row->type == CONF_DURATION)
		e = text_to_duration_ms(value, &n);
	else if (row->type == CONF_MONEY)
		e = text_to_millionths(value, &n);
	else
		e = text_to_int(value, row->min, row->max, &n);
	if (e == ERR_OK && (n < row->min || n > row->max))
		e = ERR_BAD_INPUT;
	if (e == ERR_OK)
		*out = n;
	return e;
}

static void
conf_bad_number(struct conf_reader *r, const struct conf_row *row,
    const char *section, const char *value)
{
	const char *kind = "whole number", *hint = "";

	if (row->type == CONF_MONEY) {
		conf_problem(r, "[%s] %s: \"%s\" is not an amount such as 0.15",
		    section, row->key, value);
		return;
	}
	if (row->type == CONF_SIZE) {
		kind = "size";
		hint = " bytes, such as 64k";
	} else if (row->type == CONF_DURATION) {
		kind = "time";
		hint = " milliseconds, such as 250ms, 30s or 5m";
	}
	conf_problem(r, "[%s] %s: \"%s\" is not a %s from %lld to %lld%s",
	    section, row->key, value, kind, (long long)row->min,
	    (long long)row->max, hint);
}

void
conf_set(struct conf_reader *r, const struct conf_row *row, const char *section,
    void *base, const char *value)
{
	void *at = conf_row_at(row, base);
	const char *problem = NULL;

	switch (row->type) {
	case CONF_CHOICE:
		if (!text_list_has(row->choices, value)) {
			conf_problem(r, "[%s] %s: \"%s\" is none of %s",
			    section, row->key, value, row->choices);
			return;
		}
		break;
	case CONF_DECIMAL:
		if (!conf_is_fraction(value))
			problem = "is not a decimal from 0 to 1";
		break;
	case CONF_CONNINFO: /* the value may hold a password */
		if (!conf_is_conninfo(value)) {
			conf_problem(r,
			    "[%s] %s: is neither a libpq URI nor a list of "
			    "key=value",
			    section, row->key);
			return;
		}
		break;
	case CONF_TEXT:
		break;
	case CONF_INT:
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_MONEY:
		if (conf_read_number(row, value, at) != ERR_OK)
			conf_bad_number(r, row, section, value);
		return;
	case CONF_BOOL:
		if (text_to_bool(value, at) != ERR_OK)
			conf_problem(r, "[%s] %s: \"%s\" is neither yes nor no",
			    section, row->key, value);
		return;
	}
	if (problem != NULL)
		conf_problem(
		    r, "[%s] %s: \"%s\" %s", section, row->key, value, problem);
	else
		conf_replace(at, x_strdup(value));
}
