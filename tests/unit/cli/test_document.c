#include "tests/unit/common/unit.h"

#include <string.h>

#include "cli/document.h"
#include "common/buf.h"
#include "common/mem.h"

/* "H1 Title|T text|P pre", a letter for the kind of each block. */
static void
dump(const struct blocks *b, struct buf *out)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct block *at = &b->list[i];

		if (i > 0)
			buf_add_char(out, '|');
		if (at->kind == BLOCK_HEADING)
			buf_printf(out, "H%d ", at->level);
		else
			buf_add_str(out, at->kind == BLOCK_PRE ? "P " : "T ");
		buf_add(out, b->text.at + at->at, at->len);
	}
}

static void
test_format(void **state)
{
	static const struct {
		int line;
		const char *path;
		int want; /* -1 = none of ours */
	} rows[] = {
	    {__LINE__, "a.md", DOCUMENT_MARKDOWN},
	    {__LINE__, "a/b.c/README.Markdown", DOCUMENT_MARKDOWN},
	    {__LINE__, "a.html", DOCUMENT_HTML},
	    {__LINE__, "A.HTM", DOCUMENT_HTML},
	    {__LINE__, "a.md.txt", DOCUMENT_TEXT},
	    {__LINE__, "a.pdf", -1},
	    {__LINE__, "md", -1},
	    {__LINE__, "", -1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum document_format format = DOCUMENT_TEXT;
		bool is_ours = document_format(rows[i].path, &format);

		ROW_INT(&rows[i], is_ours, rows[i].want >= 0);
		if (is_ours)
			ROW_INT(&rows[i], (int)format, rows[i].want);
	}
}

struct text_row {
	int line;
	const char *text, *title, *blocks;
};

static void
check_rows(
    enum document_format format, const struct text_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *why = NULL;
		struct document d;
		struct buf out;
		enum err e = document_read(format, "dir/name.of.file",
		    rows[i].text, strlen(rows[i].text), &d, &why);

		ROW_INT(&rows[i], e, ERR_OK);
		buf_init(&out, 4096);
		dump(&d.blocks, &out);
		ROW_STR(&rows[i], buf_str(&out), rows[i].blocks);
		ROW_STR(&rows[i], d.title, rows[i].title);
		buf_release(&out);
		document_release(&d);
	}
}

static void
test_html(void **state)
{
	static const struct text_row rows[] = {
	    {__LINE__, "", "name.of", ""},
	    {__LINE__, "<p>one <b>two</b>\n\n three<p>four", "name.of",
		"T one two three|T four"},
	    {__LINE__, "<title>A  page\n</title><p>x", "A page", "T x"},
	    {__LINE__, "<title>Site</title><h2>b</h2><h1>Top</h1><p>x", "Top",
		"H2 b|H1 Top|T x"},
	    {__LINE__, "<h3>c</h3><h2>b</h2>x", "b", "H3 c|H2 b|T x"},
	    {__LINE__, "<pre>\n  a\n\n    b  \n</pre>after", "name.of",
		"P   a\n\n    b|T after"},
	    {__LINE__, "<pre>a<br>b<div>c</div></pre>", "name.of", "P a\nb\nc"},
	    {__LINE__, "<ul><li>a<li>b<ul><li>c</ul></ul>", "name.of",
		"T a|T b|T c"},
	    {__LINE__,
		"<table><tr><th>a</th><td>b</td></tr><tr><td>c</td>"
		"<td>d</td></tr></table>",
		"name.of", "T a b|T c d"},
	    {__LINE__, "a<br>b<hr>c", "name.of", "T a|T b|T c"},
	    {__LINE__, "&lt;&amp;&eacute;&#8364;&#x1F600;&nbsp;&nbsp;x",
		"name.of", "T <&\u00e9\u20ac\U0001f600 x"},
	    {__LINE__,
		"a<script>var x = '<p>no</p>';</script>"
		"<style>p {}</style><!-- no -->b",
		"name.of", "T ab"},
	    {__LINE__,
		"<div class='navheader'><div>no</div></div>"
		"<div class='x toc'>no</div><p>yes"
		"<div class=\"navfooter\">no",
		"name.of", "T yes"},
	    {__LINE__, "<div class=tocs>yes</div><nav>no</nav>", "name.of",
		"T yes"},
	    {__LINE__, "<h2>a <code>b</code><br>c</h2>x", "a b c",
		"H2 a b c|T x"},
	    {__LINE__, "<pre>a<h2>b</h2>c</pre>d", "b", "P a|H2 b|P c|T d"},
	    {__LINE__, "</div></p>a</b></body></html>b", "name.of", "T a|T b"},
	    {__LINE__, "soft\u00adhyphen zero\u200bwidth \x01\xc2\x9f!",
		"name.of", "T softhyphen zerowidth !"},
	    {__LINE__, "<meta charset=iso-8859-1><p>\u00e9", "name.of",
		"T \u00e9"},
	};

	(void)state;
	check_rows(DOCUMENT_HTML, rows, ROWS(rows));
}

static void
test_markdown(void **state)
{
	static const struct text_row rows[] = {
	    {__LINE__, "# Top\n\none\ntwo\n\n## Sub ##\nthree", "Top",
		"H1 Top|T one two|H2 Sub|T three"},
	    {__LINE__,
		"---\ntitle: \"Mine\"\nmodule: 3\ntags: [a]\n---\n# Top\n",
		"Mine", "H1 Top"},
	    {__LINE__, "\ufeff---\r\ntitle: Mine\r\n---\r\ntext\r\n", "Mine",
		"T text"},
	    {__LINE__, "---\nno end of it", "name.of", "T no end of it"},
	    {__LINE__, "```c\nint  x;\n\n  y;\n```\n", "name.of",
		"P int  x;\n\n  y;"},
	    {__LINE__, "- a\n- b `c`\n\n> q\n", "name.of", "T a|T b c|T q"},
	    {__LINE__, "a <b>raw</b> <script>no()</script>\n", "name.of",
		"T a raw"},
	    {__LINE__, "[text](http://x.example/ \"t\") ![alt](y.png)",
		"name.of", "T text"},
	};

	(void)state;
	check_rows(DOCUMENT_MARKDOWN, rows, ROWS(rows));
}

static void
test_text(void **state)
{
	static const struct text_row rows[] = {
	    {__LINE__, "one\n two \r\n\n \nthree <b>\n# four", "name.of",
		"T one two|T three <b> # four"},
	    {__LINE__, "\n\n\n", "name.of", ""},
	};

	(void)state;
	check_rows(DOCUMENT_TEXT, rows, ROWS(rows));
}

static void
test_other_encodings(void **state)
{
	static const struct {
		int line;
		const char *bytes;
		size_t len;
	} rows[] = {
	    {__LINE__, "caf\xe9", 4}, /* Latin-1 */
	    {__LINE__,
		"\xff\xfe"
		"a\0",
		4}, /* UTF-16 */
	    {__LINE__, "a\0b\0", 4}, {__LINE__, "\0", 1},
	    {__LINE__, "a\xe2\x82", 3},    /* cut off */
	    {__LINE__, "\xed\xa0\x80", 3}, /* a surrogate */
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *why = NULL;
		struct document d;

		for (int format = DOCUMENT_MARKDOWN; format <= DOCUMENT_TEXT;
		     format++) {
			ROW_INT(&rows[i],
			    document_read((enum document_format)format, "x",
				rows[i].bytes, rows[i].len, &d, &why),
			    ERR_BAD_INPUT);
			assert_non_null(strstr(why, "iconv"));
		}
	}
}

static void
test_front_matter(void **state)
{
	static const char text[] =
	    "---\n"
	    "topic: 70000000-0000-4000-8000-0000000002AB\n"
	    "title:  'Promises: a start' \n"
	    "module: 4\nposition: 8\nurl: https://x.example/a?b#c\n"
	    "---\nbody\n";
	const char *why = NULL;
	struct document d;

	(void)state;
	assert_int_equal(document_read(DOCUMENT_MARKDOWN, "x", text,
			     sizeof text - 1, &d, &why),
	    ERR_OK);
	assert_string_equal(
	    d.topic.text, "70000000-0000-4000-8000-0000000002ab");
	assert_string_equal(d.title, "Promises: a start");
	assert_string_equal(d.url, "https://x.example/a?b#c");
	assert_int_equal(d.module_no, 4);
	assert_int_equal(d.position, 8);
	document_release(&d);
}

static void
test_bad_front_matter(void **state)
{
	static const struct {
		int line;
		const char *text, *why;
	} rows[] = {
	    {__LINE__, "---\ntopic: 7\n---\n",
		"topic in the front matter is not a UUID"},
	    {__LINE__, "---\nmodule: one\n---\n",
		"module in the front matter is not a number"},
	    {__LINE__, "---\nposition: -1\n---\n",
		"position in the front matter is not a number"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *why = NULL;
		struct document d;

		ROW_INT(&rows[i],
		    document_read(DOCUMENT_MARKDOWN, "x", rows[i].text,
			strlen(rows[i].text), &d, &why),
		    ERR_BAD_INPUT);
		ROW_STR(&rows[i], why, rows[i].why);
	}
}

/* Deep nesting costs no stack, and loses no text. */
static void
test_deep(void **state)
{
	const char *why = NULL;
	struct document d;
	struct buf html;

	(void)state;
	buf_init(&html, 1 << 20);
	for (int i = 0; i < 20000; i++)
		buf_add_str(&html, "<div>");
	buf_add_str(&html, "deep");
	assert_int_equal(document_read(DOCUMENT_HTML, "x", buf_str(&html),
			     html.len, &d, &why),
	    ERR_OK);
	assert_int_equal(d.blocks.count, 1);
	assert_string_equal(buf_str(&d.blocks.text), "deep\n");
	document_release(&d);
	buf_release(&html);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_format),
	    cmocka_unit_test(test_html),
	    cmocka_unit_test(test_markdown),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_other_encodings),
	    cmocka_unit_test(test_front_matter),
	    cmocka_unit_test(test_bad_front_matter),
	    cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
