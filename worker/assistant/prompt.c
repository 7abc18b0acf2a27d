#include "worker/assistant/prompt.h"

#include <string.h>
#include <strings.h>

/* Does a tag of ours, or what could be taken for one, begin here? */
static bool
prompt_is_tag(const char *name)
{
	static const char *const tags[] = {"passage", "question", "summary",
	    "persona", "message", "result", "snapshot"};

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (strncasecmp(name, tags[i], strlen(tags[i])) == 0)
			return true;
	}
	return false;
}

void
prompt_add_data(struct buf *b, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text + 1, "<") + 1;

		if (*text == '<' && prompt_is_tag(text + 1 + (text[1] == '/')))
			buf_add_str(b, "< ");
		else
			buf_add(b, text, 1);
		buf_add(b, text + 1, n - 1);
		text += n;
	}
}

void
prompt_add_fenced(struct buf *b, const char *tag, const char *text)
{
	buf_printf(b, "<%s>\n", tag);
	prompt_add_data(b, text);
	buf_printf(b, "\n</%.*s>\n", (int)strcspn(tag, " "), tag);
}

void
prompt_write_question(
    struct buf *b, const struct passages *p, const char *question)
{
	for (size_t i = 0; i < p->count; i++) {
		buf_printf(b, "<passage number=\"%zu\">\n", i + 1);
		prompt_add_data(b, p->list[i].title);
		buf_add_char(b, '\n');
		prompt_add_data(b, p->list[i].content);
		buf_add_str(b, "\n</passage>\n");
	}
	prompt_add_fenced(b, "question", question);
}
