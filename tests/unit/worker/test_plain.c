#include "tests/unit/common/unit.h"

#include "common/buf.h"
#include "worker/assistant/plain.h"

static void
test_plain_text(void **state)
{
	static const struct {
		int line;
		const char *text, *plain;
	} table[] = {
	    {__LINE__, "", ""},
	    {__LINE__, "Plain words, 3 < 4 and a <- b.",
		"Plain words, 3 < 4 and a <- b."},
	    {__LINE__, "Hello.\n<<ACTION:/our-courses/cohort>>", "Hello."},
	    {__LINE__, "<<ACTION:/x>> Hello <<ACTION:/y>> there.",
		"Hello there."},
	    {__LINE__, "Hello.\n<<SUGGESTIONS>>A?|B?\n", "Hello."},
	    {__LINE__, "Hello. <<ACTION:/x", "Hello."},
	    {__LINE__, "See [the page](https://x.test/a?b=c) now.",
		"See the page now."},
	    {__LINE__, "[a](javascript:alert(1)) b", "a) b"},
	    {__LINE__, "An ![image](http://x.test/i.png) here.",
		"An image here."},
	    {__LINE__, "Go to https://x.test/path?a=1.", "Go to."},
	    {__LINE__, "Go to www.x.test, or (http://y.test).", "Go to, or."},
	    {__LINE__, "awww.that is no link, http: neither",
		"awww.that is no link, http: neither"},
	    {__LINE__, "A <b>bold</b> word and<br/>more",
		"A bold word andmore"},
	    {__LINE__, "x<script>alert('<b>')</script >y", "xy"},
	    {__LINE__, "x<style>a{}</style>y<!-- no -->z", "xyz"},
	    {__LINE__, "x<script>never closed", "x"},
	    {__LINE__, "x <img src=x onerror=alert(1)", "x"},
	    {__LINE__, "a [b] c [d", "a [b] c [d"},
	    {__LINE__, "größer <i>als</i> €5", "größer als €5"},
	    {__LINE__, "one\n\ntwo  ", "one\n\ntwo"},
	    /* What is left must not be what was taken away. */
	    {__LINE__, "a <<b>img src=x onerror=alert(1)> b", "a b"},
	    {__LINE__, "x<scr<b>ipt>alert(1)</scr<b>ipt>y",
		"xipt>alert(1)ipt>y"},
	    {__LINE__, "Go to ht<i></i>tps://x.test/ now", "Go to now"},
	    {__LINE__, "<<AC<b>TION:/x>> Hello", "Hello"},
	    {__LINE__, "x <<<<<<<<<<<<b>b>b>b>b>b>b>b>b>b>b>b> y", ""},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct buf b;

		buf_init(&b, 1000);
		plain_write(table[i].text, &b);
		ROW_STR(&table[i], buf_str(&b), table[i].plain);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain_text)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
