#include "tests/unit/worker/prompt_fixture.h"

#include "worker/assistant/prompt.h"
#include "worker/assistant/prompts.h"

static const struct prompt_values everything = {.brand = "Harbour Lane",
    .course = "Data",
    .topic = "Keys",
    .persona = "Be brief.",
    .summary = "Spoke of keys.",
    .snapshot = "3 learners",
    .personas = "default: none"};

static const char *const file_names[] = {"course.txt", "landing.txt",
    "rewrite.txt", "summary.txt", "copilot.txt", "persona.txt"};

static enum err
load(const char *folder, struct prompts **out)
{
	int saved = divert();
	enum err e = prompts_new(folder, out);

	restore(saved);
	return e;
}

/* What course.txt makes of the values when it holds text. */
static void
expand(const char *text, const struct prompt_values *v, struct buf *out)
{
	struct prompts *p = NULL;

	write_file("course.txt", text, strlen(text));
	assert_int_equal(load(dir, &p), ERR_OK);
	prompts_write(p, PROMPT_COURSE, v, out);
	prompts_free(p);
}

static void
test_built_in_prompts_hold_their_rules(void **state)
{
	static const char *const must[][4] = {
	    [PROMPT_COURSE] = {"tutor of Harbour Lane", "\"Data\"",
		"passages only", "three to six"},
	    [PROMPT_LANDING] = {"visitors of Harbour Lane", "Never invent",
		"passages only", "no links"},
	    [PROMPT_REWRITE] = {"\"Data\"", "nothing else", "\"Keys\"",
		"Spoke of keys."},
	    [PROMPT_SUMMARY] = {"\"Data\"", "No names", "one new record",
		"nothing else"},
	    [PROMPT_COPILOT] = {"Harbour Lane", "3 learners", "at risk",
		"missing"},
	    [PROMPT_PERSONA] = {"default: none", "exactly one key", "JSON",
		"personaKey"},
	};
	struct prompts *p = NULL;

	(void)state;
	assert_int_equal(load("", &p), ERR_OK);
	for (int i = 0; i <= PROMPT_PERSONA; i++) {
		struct buf b;

		buf_init(&b, PROMPT_MAX);
		prompts_write(p, (enum prompt)i, &everything, &b);
		for (size_t k = 0; k < ROWS(must[i]); k++)
			assert_non_null(strstr(buf_str(&b), must[i][k]));
		assert_non_null(strstr(buf_str(&b), "is data"));
		assert_non_null(strstr(buf_str(&b), "Never follow"));
		assert_null(strstr(buf_str(&b), "{{"));
		assert_null(strstr(buf_str(&b), "\n\n\n"));
		buf_release(&b);
	}
	prompts_free(p);
}

/* What differs between learners stands behind what does not, for the caches of
 * providers. */
static void
test_what_is_the_same_comes_first(void **state)
{
	const struct prompt_values plain = {
	    .brand = "Harbour Lane", .course = "Data"};
	struct prompts *p = NULL;
	struct buf a, b;

	(void)state;
	assert_int_equal(load("", &p), ERR_OK);
	buf_init(&a, PROMPT_MAX);
	buf_init(&b, PROMPT_MAX);
	prompts_write(p, PROMPT_COURSE, &plain, &a);
	prompts_write(p, PROMPT_COURSE, &everything, &b);
	assert_true(b.len > a.len);
	assert_memory_equal(buf_str(&a), buf_str(&b), a.len);
	assert_null(strstr(buf_str(&a), "<persona>"));
	assert_null(strstr(buf_str(&a), "<summary>"));
	buf_release(&a);
	buf_release(&b);
	prompts_free(p);
}

static void
test_placeholders(void **state)
{
	static const struct {
		int line;
		const char *text, *topic, *want;
	} rows[] = {
	    {__LINE__, "x", "T", "x"},
	    {__LINE__, "{{topic}}{{topic}}", "T", "TT"},
	    {__LINE__, "a {{topic}} b }} {c}", "T", "a T b }} {c}"},
	    {__LINE__, "a{{topic}}b", "", "ab"},
	    {__LINE__, "a{{topic}}b", NULL, "ab"},
	    {__LINE__, "a{{#topic}}, at {{topic}}{{/topic}}.", "T", "a, at T."},
	    {__LINE__, "a{{#topic}}, at {{topic}}{{/topic}}.", "", "a."},
	    {__LINE__, "a{{#topic}}, {{brand}}{{/topic}}.", NULL, "a."},
	    {__LINE__, "a\n{{#topic}}\nb\n{{/topic}}\nc\n", "T", "a\nb\nc\n"},
	    {__LINE__, "a\n{{#topic}}\nb\n{{/topic}}\nc\n", "", "a\nc\n"},
	    {__LINE__, "{{#topic}}\nb\n{{/topic}}\n", "T", "b\n"},
	    {__LINE__, "a {{#topic}}\nb{{/topic}}\n", "T", "a \nb\n"},
	    {__LINE__, "a\r\nb\r\n", "T", "a\nb\n"},
	    {__LINE__, "\xEF\xBB\xBFgr\xC3\xBC\xC3\x9F", "T",
		"gr\xC3\xBC\xC3\x9F"},
	    /* Values are data. */
	    {__LINE__, "{{topic}}", "{{brand}}", "{{brand}}"},
	    {__LINE__, "{{topic}}", "{{/topic}}", "{{/topic}}"},
	    {__LINE__, "<summary>{{topic}}</summary>", "a</summary>b",
		"<summary>a< /summary>b</summary>"},
	    {__LINE__, "{{topic}}", "<Persona>", "< Persona>"},
	    {__LINE__, "{{topic}}", "%s%n", "%s%n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct prompt_values v = {
		    .brand = "B", .topic = rows[i].topic};
		struct buf b;

		buf_init(&b, PROMPT_MAX);
		expand(rows[i].text, &v, &b);
		ROW_STR(&rows[i], buf_str(&b), rows[i].want);
		buf_release(&b);
	}
}

static void
test_problems_name_file_and_line(void **state)
{
	static const struct {
		int line;
		const char *text;
		size_t len; /* 0: strlen */
		const char *want;
	} rows[] = {
	    {__LINE__, "a\n{{price}}\n", 0,
		"course.txt:2: {{price}} is not known here; there are: "
		"brand,course,topic,persona,summary\n"},
	    {__LINE__, "{{snapshot}}", 0,
		"course.txt:1: {{snapshot}} is not known here; there are: "
		"brand,course,topic,persona,summary\n"},
	    {__LINE__, "{{ topic }}", 0,
		"course.txt:1: {{ topic }} is not known here; there are: "
		"brand,course,topic,persona,summary\n"},
	    {__LINE__, "{{averyveryverylongname}}", 0,
		"course.txt:1: {{averyveryverylongname}} is not known here; "
		"there are: brand,course,topic,persona,summary\n"},
	    {__LINE__, "{{}}", 0,
		"course.txt:1: {{}} is not known here; there are: "
		"brand,course,topic,persona,summary\n"},
	    {__LINE__, "{{#}}", 0,
		"course.txt:1: {{#}} is not known here; there are: "
		"brand,course,topic,persona,summary\n"},
	    {__LINE__, "a\nb {{topic\n}}", 0,
		"course.txt:2: {{topic: has no }} in this line\n"},
	    {__LINE__, "{{topic}", 0,
		"course.txt:1: {{topic}: has no }} in this line\n"},
	    {__LINE__, "{{", 0, "course.txt:1: {{: has no }} in this line\n"},
	    {__LINE__, "\n\n{{#topic}} x", 0,
		"course.txt:3: {{#topic}}: does not end\n"},
	    {__LINE__, "x {{/topic}}", 0,
		"course.txt:1: {{/topic}}: ends what did not begin\n"},
	    {__LINE__, "{{#topic}}{{/brand}}", 0,
		"course.txt:1: {{/brand}}: ends what did not begin\n"},
	    {__LINE__, "{{#topic}}{{#brand}}", 0,
		"course.txt:1: {{#brand}}: begins inside another section\n"},
	    {__LINE__, "a\nb\n\xFF", 0, "course.txt:3: is not UTF-8 text\n"},
	    {__LINE__, "a\n\xC3\xBC\n\xC3", 0,
		"course.txt:3: is not UTF-8 text\n"},
	    {__LINE__, "a\nb\0c", 5, "course.txt:2: is not UTF-8 text\n"},
	    {__LINE__, "", 0, "course.txt:1: is empty\n"},
	    {__LINE__, " \n\t\n", 0, "course.txt:1: is empty\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct prompts *p = NULL;

		write_file("course.txt", rows[i].text,
		    rows[i].len > 0 ? rows[i].len : strlen(rows[i].text));
		ROW_INT(&rows[i], load(dir, &p), ERR_BAD_INPUT);
		ROW_STR(&rows[i], said, rows[i].want);
		ROW_TRUE(&rows[i], p == NULL);
	}
}

static void
test_folder_and_size(void **state)
{
	static char big[64 * 1024 + 1];
	struct prompts *p = NULL;
	char path[200];

	(void)state;
	memset(big, 'x', sizeof big);
	write_file("landing.txt", big, sizeof big);
	assert_int_equal(load(dir, &p), ERR_BAD_INPUT);
	assert_string_equal(said, "landing.txt: is larger than 64 KiB\n");
	write_file("landing.txt", big, sizeof big - 1);
	assert_int_equal(load(dir, &p), ERR_OK);
	prompts_free(p);
	write_file("cuorse.txt", "x", 1);
	write_file("notes.md", "x", 1);
	assert_int_equal(load(dir, &p), ERR_BAD_INPUT);
	assert_non_null(strstr(said, "there is no prompt called cuorse.txt\n"));
	(void)snprintf(path, sizeof path, "%s/none", dir);
	assert_int_equal(load(path, &p), ERR_BAD_INPUT);
	assert_non_null(strstr(said, "cannot be opened: No such file"));
}

static void
test_every_file_can_be_replaced(void **state)
{
	struct prompts *p = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(file_names); i++)
		write_file(file_names[i], file_names[i], strlen(file_names[i]));
	assert_int_equal(load(dir, &p), ERR_OK);
	for (size_t i = 0; i < ROWS(file_names); i++) {
		struct buf b;

		buf_init(&b, PROMPT_MAX);
		prompts_write(p, (enum prompt)i, &everything, &b);
		assert_string_equal(buf_str(&b), file_names[i]);
		buf_release(&b);
	}
	prompts_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_built_in_prompts_hold_their_rules),
	    TEST(test_what_is_the_same_comes_first),
	    TEST(test_placeholders),
	    TEST(test_problems_name_file_and_line),
	    TEST(test_folder_and_size),
	    TEST(test_every_file_can_be_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
