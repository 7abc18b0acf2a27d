#include "tests/unit/common/unit.h"

#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/text.h"
#include "worker/assistant/scrub.h"

struct row {
	int line;
	const char *text, *want; /* NULL: stays as it is */
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *want = rows[i].want != NULL ? rows[i].want
							: rows[i].text;
		struct buf once, twice;

		buf_init(&once, 65536);
		buf_init(&twice, 65536);
		scrub_write(rows[i].text, &once);
		ROW_STR(&rows[i], buf_str(&once), want);
		scrub_write(buf_str(&once), &twice);
		ROW_STR(&rows[i], buf_str(&twice), want);
		buf_release(&once);
		buf_release(&twice);
	}
}

static void
test_addresses(void **state)
{
	static const struct row rows[] = {
	    {__LINE__, "ann@example.org", "[email]"},
	    {__LINE__, "Write to ann.lee+db@mail.example.co.uk.",
		"Write to [email]."},
	    {__LINE__, "<ann@example.org>, bob@example.org;",
		"<[email]>, [email];"},
	    {__LINE__, "mailto:ann@example.org?x", "mailto:[email]?x"},
	    {__LINE__, "ANN_LEE%x@EXAMPLE.ORG!", "[email]!"},
	    {__LINE__,
		"j\xC3\xBCrgen@b\xC3\xBC"
		"cher.example ok",
		"[email] ok"},
	    {__LINE__, "\xE8\xAF\xB7 ann@example.org\xE8\xB0\xA2",
		"\xE8\xAF\xB7 [email]\xE8\xB0\xA2"},
	    {__LINE__, "x5551234567@example.org", "[email]"},
	    {__LINE__, "ann@030-1234567.example", "[email]"},
	    {__LINE__, "'o'brien@example.org'", "'[email]'"},
	    {__LINE__, "-ann@example.org", "-[email]"},
	    {__LINE__, "a@b.co@c.de", "[email]@c.de"},
	    {__LINE__, "ann@example.org.5 and ann@example.org-",
		"[email].5 and [email]-"},
	    {__LINE__, "ann@xn--bcher-kva.example", "[email]"},
	    {__LINE__, "postgres://ann:secret@db.example.org/x",
		"postgres://ann:[email]/x"},
	    {__LINE__, "an nguyễn.văn@ví-dụ.vn", "an [email]"},
	    {__LINE__, "user@localhost", NULL},
	    {__LINE__, "@app.route('/x')", NULL},
	    {__LINE__, "WHERE a @> b AND c <@ d", NULL},
	    {__LINE__, "npm i left-pad@1.3.0", NULL},
	    {__LINE__, "SELECT @x.y, a@", NULL},
	    {__LINE__, "@@ -1 +1 @@", NULL},
	    {__LINE__, "a@.org a@b..org a@-.5", NULL},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
test_telephone_numbers(void **state)
{
	static const struct row rows[] = {
	    {__LINE__, "+49 30 1234567", "[phone]"},
	    {__LINE__, "Call +1 (555) 123-4567 now", "Call [phone] now"},
	    {__LINE__, "+1-555-123-4567.", "[phone]."},
	    {__LINE__, "+15551234567", "[phone]"},
	    {__LINE__, "+1(555)123-4567", "[phone]"},
	    {__LINE__, "(+49) 30 1234567", "[phone]"},
	    {__LINE__, "+44 (0)20 7946 0958", "[phone]"},
	    {__LINE__, "+41.44.668.18.00", "[phone]"},
	    {__LINE__, "+33 1 23 45 67 89", "[phone]"},
	    {__LINE__, "+91 98765-43210", "[phone]"},
	    {__LINE__,
		"+86\xC2\xA0"
		"138\xE2\x80\xAF"
		"0013\xE2\x80\x91"
		"8000",
		"[phone]"},
	    {__LINE__, "tel:+4930123456", "tel:[phone]"},
	    {__LINE__, "phone=+15551234567", "phone=[phone]"},
	    {__LINE__, "0049 30 1234567", "[phone]"},
	    {__LINE__, "004930123456", "[phone]"},
	    {__LINE__, "(030) 1234567", "[phone]"},
	    {__LINE__, "030/1234567", "[phone]"},
	    {__LINE__, "030 / 123 45 67", "[phone]"},
	    {__LINE__, "0171-2345678", "[phone]"},
	    {__LINE__, "01711234567", "[phone]"},
	    {__LINE__, "020 7946 0958", "[phone]"},
	    {__LINE__, "01 23 45 67 89", "[phone]"},
	    {__LINE__, "01.23.45.67.89", "[phone]"},
	    {__LINE__, "(02) 9374 4000", "[phone]"},
	    {__LINE__,
		"\xE9\x9B\xBB\xE8\xA9\xB1"
		"03-1234-5678",
		"\xE9\x9B\xBB\xE8\xA9\xB1[phone]"},
	    {__LINE__, "555-123-4567", "[phone]"},
	    {__LINE__, "555.123.4567", "[phone]"},
	    {__LINE__, "555 123 4567", "[phone]"},
	    {__LINE__, "(555) 123-4567", "[phone]"},
	    {__LINE__, "((555)123-4567)", "([phone])"},
	    {__LINE__, "(555-123-4567)", "([phone])"},
	    {__LINE__, "1-800-555-0199", "[phone]"},
	    {__LINE__, "1 (800) 555-0199", "[phone]"},
	    {__LINE__, "My number is 5551234567, thanks",
		"My number is [phone], thanks"},
	    {__LINE__, "15551234567", "[phone]"},
	    {__LINE__, "9876543210", "[phone]"},
	    {__LINE__, "98765 43210", "[phone]"},
	    {__LINE__, "555-0199 or 555-1234", "[phone] or [phone]"},
	    {__LINE__, "555-123-4567,555-987-6543", "[phone],[phone]"},
	    {__LINE__, "555-123-4567x12", "[phone]x12"},
	    {__LINE__, "Phone:555-123-4567", "Phone:[phone]"},
	    {__LINE__, "In 2024 555-123-4567 10:30", "In 2024 [phone] 10:30"},
	    {__LINE__, "* 0171 1234567\n* 0171 7654321\n",
		"* [phone]\n* [phone]\n"},
	    {__LINE__, "49-30-1234567", "[phone]"},
	};

	(void)state;
	check(rows, ROWS(rows));
}

static void
test_other_numbers_stay(void **state)
{
	static const char *const texts[] = {"2024-05-17", "17.05.2024",
	    "05/17/2024", "05.06.2024", "01.02.24 12345", "20240517",
	    "2024-05-17 10:30:00", "2024-05-17T10:30:00+02:00",
	    "05/06/2024 10:30", "10:30:45.123456", "2024-05-17 10:30:00.123456",
	    "$1,234,567.89", "1.234.567,89 EUR", "1 234 567 890",
	    "\xE2\x82\xAC"
	    "5551234567",
	    "+1.234.567", "+1234567.25", "12,345,678", "1234567.89",
	    "version 15.4.2, 2.0.1-rc1, v10.15.7.1", "0.10.1",
	    "192.168.100.101", "127.0.0.1:5432", "010.020.030.040",
	    "2001:0db8:85a3::8a2e:0370", "550e8400-e29b-41d4-a716-446655440000",
	    "12345678-1234-1234-1234-123456789012",
	    "a1b2c3d4-1234-4567-8901-abcdefabcdef", "in 1998", "1990-1999",
	    "1914\xE2\x80\x93"
	    "1918",
	    "476-1453", "100-2000", "256-1024", "pages 10-20", "300-4000",
	    "LIMIT 100 OFFSET 2000000", "WHERE id = 5551234567",
	    "WHERE id > 3000000001", "IN (1, 5551234567)", "f(5551234567)",
	    "VALUES ('a', 5551234567)", "numeric(10,2)", "varchar(2000)",
	    "2147483647", "-2147483648", "4294967295", "9223372036854775807",
	    "3221225472", "1700000000", "1700000000123", "5000000000",
	    "0123456789", "0123456789abcdef", "0x5551234567", "5551234567px",
	    "3.14159265358979", "0.123456789", "1e10 6.02214076e23", "123456",
	    "1234567", "12345678", "#5551234567", "000012345678",
	    "10 20 30 40 50", "1 2 3 4 5 6 7 8 9 10", "00 11 22 33 44 55 66",
	    "01 02 03 04 05 06", "978-3-16-148410-0", "a_5551234567",
	    "https://example.org/2024/05/17/0171234567",
	    "https://example.org/?id=5551234567", "4111 1111 1111 1111",
	    "12345678901234567890", "99.5551234567%", "x[5551234567]",
	    "UTC+0200", "CREATE TABLE t (id int);", "-4294901760",
	    "1.098   320   3762", "1.098 320 3762", "555  123  4567",
	    "()(+)(+1)(", "+", "(", "+(12", ""};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		const struct row row = {__LINE__, texts[i], NULL};

		check(&row, 1);
	}
}

/* Time grows with the length and not with its square: half a
 * megabyte of the worst. */
static void
test_long_texts_are_quick(void **state)
{
	static const char *const worst[] = {"a", "1", "1 ", "@", "a@", "a.",
	    "a@a.", "+1", "(1", "(", " ", "\xC3\xBC", "1-", "01 ", "9,"};
	size_t size = (size_t)1 << 19;
	char *text = x_alloc(size + 1);

	(void)state;
	for (size_t i = 0; i < ROWS(worst); i++) {
		size_t len = strlen(worst[i]);
		int64_t before = clock_mono_ms();
		struct buf b;

		for (size_t at = 0; at < size; at++)
			text[at] = worst[i][at % len];
		text[size - size % len] = '\0';
		buf_init(&b, 3 * size);
		scrub_write(text, &b);
		assert_int_equal(buf_status(&b), ERR_OK);
		assert_true(b.len <= 2 * size);
		assert_true(clock_mono_ms() - before < 5000);
		buf_release(&b);
	}
	mem_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_telephone_numbers),
	    cmocka_unit_test(test_other_numbers_stay),
	    cmocka_unit_test(test_long_texts_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
