/*
 * How answers become a persona, by what is sent and what the job ends with.
 *
 * link: -Wl,--wrap=pgpool_send,--wrap=pgquery_cancel
 * link: -Wl,--wrap=llm_start,--wrap=llm_cancel
 * link: -Wl,--wrap=job_complete,--wrap=job_retry,--wrap=job_fail
 */
#include "tests/unit/common/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "tests/unit/worker/fake_job.h"
#include "worker/assistant/assistant.h"
#include "worker/assistant/prompts.h"

#define CHOSEN "\"personaKey\":\"rote_memorizer\""

static const char payload[] =
    "{\"courseId\":\"" FAKE_COURSE "\",\"responses\":["
    "{\"questionId\":\"q1\",\"prompt\":\"How do you learn?\",\"answer\":"
    "\"I memorise everything by heart.\"},{\"questionId\":\"q2\",\"prompt\":"
    "\"And then?\",\"answer\":\"I recite it to ada@example.org </message>\"}]}";
static const char context[] = "{\"found\":true,\"tenant\":\"north\"}";

static void
start(void)
{
	fake_start("PERSONA_CLASSIFY", payload);
	fake_give_row(context);
}

static void
expect_scored(void)
{
	assert_string_equal(fake_seen.end, "complete");
	assert_true(fake_has(fake_seen.result, CHOSEN));
	assert_true(
	    fake_has(fake_seen.result, "\"analysisVersion\":\"v1-fallback\""));
	assert_true(fake_has(fake_seen.effects, "\"version\":\"v1-fallback\""));
}

static void
test_without_model(void **state)
{
	(void)state;
	fake_start("PERSONA_CLASSIFY", payload);
	assert_string_equal(fake_seen.sql,
	    "SELECT campus.course_context($1, $2, $3, NULL, '', 0)");
	assert_string_equal(fake_seen.values, "j-17|" FAKE_COURSE "|u-1|");
	fake_give_row(context);
	assert_int_equal(fake_seen.asked, 0);
	expect_scored();
	assert_string_equal(fake_seen.result,
	    "{" CHOSEN ",\"analysisSummary\":\"Chosen by the words of the "
	    "answers: Learns by heart.\",\"analysisVersion\":"
	    "\"v1-fallback\"}");
}

static void
test_with_model(void **state)
{
	(void)state;
	fake_use_model();
	start();
	assert_int_equal(fake_seen.count, 2);
	assert_true(fake_has(fake_seen.contents[0], "rote_memorizer"));
	assert_true(fake_has(
	    fake_seen.contents[1], "\nI recite it to [email] < /message>\n"));
	assert_true(fake_has(fake_seen.contents[1], "\nHow do you learn?\n"));
	assert_int_equal(fake_seen.max_tokens, 200);
	assert_string_equal(fake_seen.temperature, "0.1");
	assert_string_equal(fake_seen.tenant, "north");
	assert_true(fake_has(fake_seen.schema,
	    "\"required\":[\"personaKey\",\"reasoning\"],"
	    "\"additionalProperties\":false"));
	assert_true(fake_has(fake_seen.schema, "\"enum\":[\"non_it_migrant\""));
	fake_say("{" CHOSEN ",\"reasoning\":\"Learns <b>by</b>\\nheart.\"}");
	assert_string_equal(fake_seen.result,
	    "{" CHOSEN ",\"analysisSummary\":\"Learns by heart.\","
	    "\"analysisVersion\":\"v1\"}");
	assert_string_equal(fake_seen.effects,
	    "{" CHOSEN ",\"summary\":\"Learns by heart.\",\"version\":\"v1\","
	    "\"usage\":[{\"n\":1}]}");
}

/* An operator's prompt may name the course. */
static void
test_the_course_is_known(void **state)
{
	char folder[] = "/tmp/coatcheck-persona-XXXXXX", path[64];
	struct assistant *a;
	FILE *file;

	(void)state;
	fake_use_model();
	fake_start("PERSONA_CLASSIFY", payload);
	a = assistant_of(&fake_job);
	prompts_free(a->prompts);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/persona.txt", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs("In {{course}}: {{personas}}", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(prompts_new(folder, &a->prompts), ERR_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	fake_give_row("{\"found\":true,\"courseName\":\"Knots\"}");
	assert_true(fake_has(fake_seen.contents[0], "In Knots: "));
}

static void
test_tolerant_reading(void **state)
{
	static const char *const answers[] = {"```json\n{" CHOSEN
					      ",\"reasoning\":\"r\"}\n```",
	    "Sure, {it} is: {" CHOSEN ",\"reasoning\":\"a } b\"} {\"x\":1}",
	    "{" CHOSEN "}"};

	(void)state;
	fake_use_model();
	for (size_t i = 0; i < ROWS(answers); i++) {
		start();
		fake_say(answers[i]);
		assert_true(fake_has(fake_seen.result, CHOSEN));
		assert_true(
		    fake_has(fake_seen.result, "\"analysisVersion\":\"v1\""));
	}
}

static void
test_long_reason_is_cut_between_words(void **state)
{
	struct buf b;
	const char *at, *end;

	(void)state;
	fake_use_model();
	start();
	buf_init(&b, 10000);
	buf_add_str(&b, "{" CHOSEN ",\"reasoning\":\"");
	for (int i = 0; i < 100; i++)
		buf_add_str(&b, "größere ");
	buf_add_str(&b, "\"}");
	fake_say(buf_str(&b));
	buf_release(&b);
	at = strstr(fake_seen.result, "größere");
	assert_non_null(at);
	end = strchr(at, '"');
	assert_non_null(end);
	assert_in_range(end - at, 280, 300);
	assert_memory_equal(end - 3, "ere", 3);
}

static void
test_nonsense_gets_a_second_try(void **state)
{
	static const char *const wrong[] = {"I think you are nice.",
	    "{\"personaKey\":\"wizard\",\"reasoning\":\"r\"}",
	    "{\"personaKey\":\"rote_memor"};
	static const char *const faults[] = {"there is no JSON object",
	    "personaKey is no key of the list", "there is no JSON object"};

	(void)state;
	fake_use_model();
	for (size_t i = 0; i < ROWS(wrong); i++) {
		start();
		fake_say(wrong[i]);
		assert_int_equal(fake_seen.asked, 2);
		assert_int_equal(fake_seen.count, 4);
		assert_string_equal(fake_seen.roles[2], "assistant");
		assert_string_equal(fake_seen.contents[2], wrong[i]);
		assert_true(fake_has(fake_seen.contents[3], faults[i]));
		fake_say(wrong[(i + 1) % ROWS(wrong)]);
		assert_int_equal(fake_seen.asked, 2);
		expect_scored();
		assert_true(fake_has(
		    fake_seen.effects, "\"usage\":[{\"n\":1},{\"n\":2}]"));
	}
	start();
	fake_say(wrong[0]);
	fake_say("{" CHOSEN ",\"reasoning\":\"r\"}");
	assert_true(fake_has(fake_seen.result, "\"analysisVersion\":\"v1\""));
	start();
	fake_say(wrong[0]);
	fake_cancel();
	assert_true(fake_seen.is_call_cancelled);
}

static void
test_model_trouble(void **state)
{
	(void)state;
	fake_use_model();
	start();
	fake_trouble(LLM_RETRY, "provider_unavailable");
	assert_string_equal(fake_seen.end, "retry");
	start();
	fake_job.attempt = 3;
	fake_trouble(LLM_RETRY, "provider_unavailable");
	expect_scored();
	start();
	fake_trouble(LLM_PERMANENT, "provider_auth");
	expect_scored();
	start();
	fake_trouble(LLM_FILTERED, "provider_filtered");
	expect_scored();
}

static void
test_bad_payload(void **state)
{
#define ONE "{\"questionId\":\"q\",\"prompt\":\"p\",\"answer\":\"a\"}"
	static const char *const payloads[] = {"{}", "[]",
	    "{\"courseId\":\"" FAKE_COURSE "\",\"responses\":[" ONE "]}",
	    "{\"courseId\":\"" FAKE_COURSE "\",\"responses\":[" ONE ",3]}",
	    "{\"courseId\":\"x\",\"responses\":[" ONE "," ONE "]}",
	    "{\"courseId\":\"" FAKE_COURSE "\",\"responses\":[" ONE "," ONE
	    "," ONE "," ONE "," ONE "," ONE "," ONE "]}"};

	(void)state;
	for (size_t i = 0; i < ROWS(payloads); i++) {
		fake_start("PERSONA_CLASSIFY", payloads[i]);
		assert_string_equal(fake_seen.end, "fail");
		assert_string_equal(fake_seen.code, "bad_payload");
	}
	fake_start("PERSONA_CLASSIFY", payload);
	fake_give_row("{\"found\":false}");
	assert_string_equal(fake_seen.code, "course_not_found");
}

int
main(void)
{
#define WITH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    WITH(test_without_model),
	    WITH(test_with_model),
	    WITH(test_the_course_is_known),
	    WITH(test_tolerant_reading),
	    WITH(test_long_reason_is_cut_between_words),
	    WITH(test_nonsense_gets_a_second_try),
	    WITH(test_model_trouble),
	    WITH(test_bad_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
