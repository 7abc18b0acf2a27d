#include "worker/assistant/prompt_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/text.h"

#define FILE_MAX (64 * 1024)
#define LINE_MAX_BYTES 4096
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* What scripts/embed-prompts.sh laid out. */
extern const char embedded_prompt_bytes[];

static const char *
prompt_file_built_in(const char *name)
{
	for (const char *p = embedded_prompt_bytes; *p != '\0';) {
		const char *text = p + strlen(p) + 1;

		if (strcmp(p, name) == 0)
			return text;
		p = text + strlen(text) + 1;
	}
	return NULL;
}

void
prompt_file_problem(const char *path, int line, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, LINE_MAX_BYTES);
	buf_add_str(&b, path);
	if (line > 0)
		buf_printf(&b, ":%d", line);
	buf_add_str(&b, ": ");
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "%s\n", buf_str(&b));
	buf_release(&b);
}

int
prompt_file_line(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* Takes the byte order mark and carriage returns out. */
static void
prompt_file_tidy(char *text)
{
	const char *from = text;

	if (strncmp(from, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		from += strlen(BYTE_ORDER_MARK);
	for (; *from != '\0'; from++) {
		if (from[0] != '\r' || from[1] != '\n')
			*text++ = *from;
	}
	*text = '\0';
}

static enum err
prompt_file_check(const char *path, char *text, size_t len)
{
	size_t good = 0;

	if (len > FILE_MAX) {
		prompt_file_problem(path, 0, "is larger than 64 KiB");
		return ERR_BAD_INPUT;
	}
	if (strlen(text) != len || !text_is_utf8(text, len)) {
		while (good < len && text[good] != '\0' &&
		    text_is_utf8(text, text_utf8_prefix(text, len, good + 1)))
			good++;
		prompt_file_problem(path, prompt_file_line(text, text + good),
		    "is not UTF-8 text");
		return ERR_BAD_INPUT;
	}
	prompt_file_tidy(text);
	(void)text_trim(text, &len);
	if (len == 0) {
		prompt_file_problem(path, 1, "is empty");
		return ERR_BAD_INPUT;
	}
	return ERR_OK;
}

static enum err
prompt_file_load(FILE *f, const char *path, struct prompt_file *out)
{
	char *text = x_alloc(FILE_MAX + 2);
	size_t len = fread(text, 1, FILE_MAX + 1, f);
	enum err e = ERR_BAD_INPUT;

	if (ferror(f) != 0)
		prompt_file_problem(
		    path, 0, "cannot be read: %s", strerror(errno));
	else
		e = prompt_file_check(path, text, len);
	if (e == ERR_OK)
		*out = (struct prompt_file){x_strdup(path), x_strdup(text)};
	mem_free(text);
	return e;
}

enum err
prompt_file_read(const char *folder, const char *name, struct prompt_file *out)
{
	const char *text = prompt_file_built_in(name);
	enum err e = ERR_OK;
	FILE *f = NULL;
	struct buf path;

	buf_init(&path, LINE_MAX_BYTES);
	if (*folder != '\0') {
		buf_printf(&path, "%s/%s", folder, name);
		f = fopen(buf_str(&path), "re");
		if (f == NULL && errno != ENOENT) {
			prompt_file_problem(buf_str(&path), 0,
			    "cannot be opened: %s", strerror(errno));
			e = ERR_BAD_INPUT;
		}
	}
	if (f != NULL) {
		e = prompt_file_load(f, buf_str(&path), out);
		(void)fclose(f);
	} else if (e == ERR_OK) {
		buf_clear(&path);
		buf_printf(&path, "built-in %s", name);
		*out = (struct prompt_file){buf_take(&path), x_strdup(text)};
	}
	buf_release(&path);
	return e;
}

void
prompt_file_release(struct prompt_file *f)
{
	mem_free(f->path);
	mem_free(f->text);
}

enum err
prompt_files_check(const char *folder)
{
	DIR *dir = *folder != '\0' ? opendir(folder) : NULL;
	const struct dirent *at;
	enum err e = ERR_OK;

	if (*folder == '\0')
		return ERR_OK;
	if (dir == NULL) {
		prompt_file_problem(
		    folder, 0, "cannot be opened: %s", strerror(errno));
		return ERR_BAD_INPUT;
	}
	while ((at = readdir(dir)) != NULL) {
		const char *dot = strrchr(at->d_name, '.');

		if (dot == NULL || *at->d_name == '.' ||
		    (strcmp(dot, ".txt") != 0 && strcmp(dot, ".ini") != 0) ||
		    prompt_file_built_in(at->d_name) != NULL)
			continue;
		prompt_file_problem(
		    folder, 0, "there is no prompt called %s", at->d_name);
		e = ERR_BAD_INPUT;
	}
	(void)closedir(dir);
	return e;
}
