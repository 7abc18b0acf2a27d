#include "tests/unit/common/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/files.h"

static char directory[64];

static int
set_up(void **state)
{
	static const char *const names[] = {"b.md", "a.html", "sub/c.txt",
	    "sub/b.md", "sub/.hidden.md", ".git/x.md", "picture.png"};

	(void)state;
	(void)snprintf(directory, sizeof directory, "/tmp/test_files.XXXXXX");
	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(mkdir(".git", 0700), 0);
	assert_int_equal(mkdir("empty", 0700), 0);
	for (size_t i = 0; i < ROWS(names); i++) {
		int fd = open(names[i], O_CREAT | O_WRONLY, 0600);

		assert_true(fd >= 0);
		assert_int_equal(
		    write(fd, names[i], strlen(names[i])), strlen(names[i]));
		(void)close(fd);
	}
	assert_int_equal(symlink("..", "sub/up"), 0); /* a circle */
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"b.md", "a.html", "sub/c.txt",
	    "sub/b.md", "sub/.hidden.md", ".git/x.md", "picture.png", "sub/up"};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		(void)unlink(names[i]);
	(void)rmdir("sub");
	(void)rmdir(".git");
	(void)rmdir("empty");
	return chdir("/") != 0 || rmdir(directory) != 0;
}

static void
test_directory(void **state)
{
	static const char *const want[] = {
	    "a.html", "b.md", "sub/b.md", "sub/c.txt"};
	static const char *const ways[] = {".", "./", "sub/.."};
	struct files f = {0};

	(void)state;
	for (size_t way = 0; way < ROWS(ways); way++) {
		assert_int_equal(files_add(&f, ways[way]), ERR_OK);
		assert_int_equal(files_sort(&f), ERR_OK);
		assert_int_equal(f.count, ROWS(want));
		for (size_t i = 0; i < f.count; i++)
			assert_string_equal(f.list[i].name, want[i]);
		files_release(&f);
	}
}

static void
test_single_files(void **state)
{
	struct files f = {0};

	(void)state;
	assert_int_equal(files_add(&f, "sub/c.txt"), ERR_OK);
	assert_int_equal(files_add(&f, directory), ERR_OK);
	assert_int_equal(f.count, 5);
	assert_string_equal(f.list[0].name, "c.txt");
	assert_int_equal(files_add(&f, "sub/b.md"), ERR_OK);
	assert_int_equal(files_sort(&f), ERR_BAD_INPUT); /* two b.md */
	files_release(&f);
}

static void
test_refused(void **state)
{
	struct files f = {0};

	(void)state;
	assert_int_equal(files_add(&f, "nothing"), ERR_SYS);
	assert_int_equal(files_add(&f, "picture.png"), ERR_BAD_INPUT);
	assert_int_equal(files_add(&f, "empty"), ERR_NOT_FOUND);
	assert_int_equal(f.count, 0);
	files_release(&f);
}

static void
test_read(void **state)
{
	const char *why = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	assert_int_equal(files_read("a.html", &b, &why), ERR_OK);
	assert_string_equal(buf_str(&b), "a.html");
	buf_clear(&b);
	assert_int_equal(files_read("sub/c.txt", &b, &why), ERR_TOO_BIG);
	assert_non_null(why);
	buf_clear(&b);
	assert_int_equal(files_read("nothing", &b, &why), ERR_SYS);
	assert_string_equal(why, "No such file or directory");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_directory),
	    cmocka_unit_test(test_single_files),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
