#include "worker/assistant/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/text.h"
#include "worker/assistant/prompt.h"
#include "worker/assistant/scrub.h"
#include "worker/assistant/sentence.h"

#define QUESTION_MAX 500 /* bytes; more is no question */

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

char *
answer_read_question(const struct llm_answer *answer)
{
	const char *text = answer->outcome == LLM_COMPLETED ? answer->text : "";
	size_t len = strlen(text);

	if (len > 2 && text[0] == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	if (answer->is_truncated || len == 0 || len > QUESTION_MAX ||
	    memchr(text, '\n', len) != NULL)
		return NULL;
	return x_strndup(text, len);
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

/* The bytes of a text that was cut up to the end of its last whole sentence; of
 * its last whole word if it has no sentence: "Learner 1" is another one than
 * the "Learner 12" that it was to be. */
static size_t
answer_whole(const char *text)
{
	struct sentence list[SENTENCES_MAX];
	size_t n = sentence_split(text, list, SENTENCES_MAX), len;

	while (n > 0 && !answer_is_whole(&list[n - 1]))
		n--;
	if (n > 0)
		return (size_t)(list[n - 1].at - text) + list[n - 1].len;
	len = strlen(text);
	while (len > 0 && strchr(" \n", text[len - 1]) == NULL)
		len--;
	while (len > 0 && strchr(" \n", text[len - 1]) != NULL)
		len--;
	return len > 0 ? len : strlen(text);
}

void
answer_write_text(struct buf *b, const struct llm_answer *answer)
{
	size_t whole = strlen(answer->text);
	size_t len = text_utf8_prefix(answer->text, whole, b->max - b->len);
	char *text = x_strndup(answer->text, len);

	if (answer->is_truncated || len < whole)
		len = answer_whole(text);
	buf_add(b, text, len);
	mem_free(text);
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
