#include "worker/assistant/lookup.h"

#include <string.h>

#include "common/mem.h"
#include "worker/assistant/scrub.h"

/* The text of an element of an array, or NULL. */
static const char *
lookup_at(json_object *array, size_t i)
{
	json_object *one = json_object_array_get_idx(array, i);

	return json_object_is_type(one, json_type_string)
	    ? json_object_get_string(one)
	    : NULL;
}

/* How many elements a member has; 0 if it is no array. */
static size_t
lookup_count(json_object *array)
{
	return json_object_is_type(array, json_type_array)
	    ? json_object_array_length(array)
	    : 0;
}

/* A spelling that the mask would let through, such as a name without its
 * accent, is masked under a pseudonym that stands for the spelling. */
static void
lookup_add_spelling(struct mask *m, const char *word)
{
	struct buf b;

	buf_init(&b, LOOKUP_TEXT_MAX);
	mask_write(m, word, &b);
	if (strcmp(buf_str(&b), word) == 0)
		mask_add_person(m, word, NULL);
	buf_release(&b);
}

void
lookup_add_people(struct mask *m, json_object *from)
{
	json_object *people = json_get(from, "people");
	size_t n = lookup_count(people);

	for (size_t i = 0; i < n; i++) {
		json_object *p = json_object_array_get_idx(people, i);

		mask_add_person(m, json_str(p, "name"), json_str(p, "email"));
	}
	for (size_t i = 0; i < n; i++) {
		json_object *spelled = json_get(
		    json_object_array_get_idx(people, i), "spelled");

		for (size_t k = 0; k < lookup_count(spelled); k++)
			if (lookup_at(spelled, k) != NULL)
				lookup_add_spelling(m, lookup_at(spelled, k));
	}
}

const char *
lookup_name(json_object *call)
{
	const char *name = json_str(json_get(call, "function"), "name");

	return name != NULL ? name : "";
}

static json_object *lookup_restore(const struct mask *m, json_object *value);

static json_object *
lookup_restore_list(const struct mask *m, json_object *value)
{
	size_t n = lookup_count(value);
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list,
		    lookup_restore(m, json_object_array_get_idx(value, i)));
	return list;
}

/* A copy with real names in its texts, however deep. */
static json_object *
lookup_restore(const struct mask *m, json_object *value)
{
	json_object *out;
	struct buf b;

	if (json_object_is_type(value, json_type_array))
		return lookup_restore_list(m, value);
	if (json_object_is_type(value, json_type_object)) {
		out = json_object_new_object();
		json_object_object_foreach(value, key, member)
		    json_object_object_add(out, key, lookup_restore(m, member));
		return out;
	}
	if (!json_object_is_type(value, json_type_string))
		return json_object_get(value);
	buf_init(&b, LOOKUP_TEXT_MAX);
	mask_restore(m, json_object_get_string(value), &b);
	out = json_object_new_string(buf_str(&b));
	buf_release(&b);
	return out;
}

enum err
lookup_read_arguments(
    const struct mask *m, json_object *call, json_object **out)
{
	json_object *function = json_get(call, "function"), *args = NULL;
	const char *text, *why;
	size_t len;

	text = json_get_str(function, "arguments", &len);
	if (text == NULL || len > LOOKUP_ARGUMENTS_MAX ||
	    json_parse_object(text, len, &args, &why) != ERR_OK)
		return ERR_BAD_INPUT;
	*out = lookup_restore(m, args);
	json_object_put(args);
	return ERR_OK;
}

/* The cells of a row, or the columns, as a line. */
static void
lookup_write_line(json_object *cells, struct buf *b)
{
	size_t n = lookup_count(cells);

	for (size_t i = 0; i < n; i++) {
		const char *text = lookup_at(cells, i);

		buf_printf(
		    b, "%s%s", i > 0 ? " | " : "", text != NULL ? text : "");
	}
	buf_add_char(b, '\n');
}

void
lookup_write(const struct mask *m, json_object *result, struct buf *out)
{
	const char *trouble = json_str(result, "error");
	const char *title = json_str(result, "title");
	json_object *rows = json_get(result, "rows");
	size_t n = lookup_count(rows);
	struct buf b;

	buf_init(&b, LOOKUP_TEXT_MAX);
	if (trouble != NULL) {
		buf_printf(&b, "Error: %s\n", trouble);
	} else {
		buf_printf(&b, "%s\n", title != NULL ? title : "");
		lookup_write_line(json_get(result, "columns"), &b);
		for (size_t i = 0; i < n; i++)
			lookup_write_line(
			    json_object_array_get_idx(rows, i), &b);
		if (n == 0)
			buf_add_str(&b, "(no rows)\n");
	}
	if (buf_status(&b) == ERR_OK)
		mask_write(m, buf_str(&b), out);
	else
		buf_add_str(out, "Error: the result is too long.\n");
	buf_release(&b);
}

/* The length of the pseudonym of an address (mask.h) that a text begins with,
 * or 0. */
static size_t
lookup_address(const char *at)
{
	static const char front[] = "learner", back[] = "@example.invalid";
	size_t digits;

	if (strncmp(at, front, sizeof front - 1) != 0)
		return 0;
	digits = strspn(at + sizeof front - 1, "0123456789");
	if (digits == 0 ||
	    strncmp(at + sizeof front - 1 + digits, back, sizeof back - 1) != 0)
		return 0;
	return sizeof front - 1 + digits + sizeof back - 1;
}

void
lookup_write_said(const struct mask *m, const char *text, struct buf *out)
{
	struct buf masked, part;
	const char *at, *from;

	buf_init(&masked, out->max);
	buf_init(&part, out->max);
	mask_write(m, text, &masked);
	/* Scrubbed around the addresses that are none of anybody. */
	for (at = from = buf_str(&masked);; at++) {
		size_t len = lookup_address(at);

		if (len == 0 && *at != '\0')
			continue;
		buf_clear(&part);
		buf_add(&part, from, (size_t)(at - from));
		scrub_write(buf_str(&part), out);
		buf_add(out, at, len);
		if (*at == '\0')
			break;
		from = at + len;
		at = from - 1;
	}
	if (buf_status(&masked) != ERR_OK || buf_status(&part) != ERR_OK)
		out->failed = ERR_TOO_BIG;
	buf_release(&masked);
	buf_release(&part);
}
