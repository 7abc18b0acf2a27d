#include "worker/assistant/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/scrub.h"
#include "worker/assistant/sentence.h"

#define SENTENCES_MAX 500

const char answer_declined[] =
    "The language model declined to answer this question. Please try asking it "
    "in other words.";

void
answer_write_number(int64_t n, struct answer_number *out)
{
	(void)snprintf(out->text, sizeof out->text, "%lld", (long long)n);
}

char *
answer_search_text(const char *question)
{
	static const char *const marks[] = {"[email]", "[phone]"};
	struct buf b;
	char *text, *at;

	buf_init(&b, PROMPT_MAX);
	scrub_write(question, &b);
	text = buf_take(&b);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		size_t len = strlen(marks[i]);

		while ((at = strstr(text, marks[i])) != NULL)
			memmove(at, at + len, strlen(at + len) + 1);
	}
	return text;
}

enum err
answer_read_passages(
    const struct job *job, const char *value, struct passages *out)
{
	const char *threshold = job->services->conf->assistant.threshold;

	/* The configuration has checked that it is a decimal. */
	return value != NULL
	    ? passages_read(value, strtod(threshold, NULL), out)
	    : ERR_BAD_INPUT;
}

/* Does it end as a sentence does, maybe with quotes or brackets behind? The
 * number of an item ("2.") is none. */
static bool
answer_is_whole(const struct sentence *s)
{
	size_t len = s->len;

	while (
	    len > 0 && strchr("\"')]*_`\x9d\x80\xe2", s->at[len - 1]) != NULL)
		len--;
	return len > 0 && strchr(".!?", s->at[len - 1]) != NULL &&
	    strspn(s->at, "0123456789") + 1 < len;
}

void
answer_write_text(struct buf *b, const struct llm_answer *answer)
{
	struct sentence list[SENTENCES_MAX];
	size_t n, len = strlen(answer->text);

	if (answer->is_truncated) {
		n = sentence_split(answer->text, list, SENTENCES_MAX);
		while (n > 0 && !answer_is_whole(&list[n - 1]))
			n--;
		if (n > 0)
			len = (size_t)(list[n - 1].at - answer->text) +
			    list[n - 1].len;
	}
	buf_add(b, answer->text, len);
}

static json_object *
answer_result(const char *text, const char *engine, const struct passages *p,
    uint32_t used)
{
	json_object *result = json_object_new_object();

	json_add_str(result, "answer", text);
	json_add_str(result, "engine", engine);
	json_object_object_add(result, "sources", passages_sources(p, used));
	return result;
}

json_object *
answer_by_model(const char *text, const struct passages *p, uint32_t used)
{
	return answer_result(text, "llm", p, used);
}

json_object *
answer_by_extraction(const char *text, const struct passages *p, uint32_t used,
    bool is_model_away)
{
	json_object *result = answer_result(text, "extractive", p, used);

	if (is_model_away)
		json_add_str(result, "notice",
		    used != 0 ? "No language model was available, so this "
				"answer is quoted word for word."
			      : "No language model was available, so only the "
				"words of the material were searched.");
	return result;
}
