#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

#define SECRET_MAX 65536

void
secret_free(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	mem_free(text);
}

/* Reads it whole; what it then holds is the caller's to judge. */
static const char *
secret_fill(int fd, char *text, size_t *len)
{
	struct stat st;
	ssize_t n = 0;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return "is not a file";
	if ((st.st_mode & S_IROTH) != 0)
		return "can be read by everybody: chmod 640";
	while (*len < SECRET_MAX) {
		n = read(fd, text + *len, SECRET_MAX - *len);
		if (n > 0)
			*len += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	if (n < 0)
		return "cannot be read";
	return strlen(text) != *len ? "holds a NUL" : NULL;
}

char *
secret_read(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	size_t len = 0;

	if (fd < 0) {
		*why = strerror(errno);
		return NULL;
	}
	text = x_alloc(SECRET_MAX + 1);
	*why = secret_fill(fd, text, &len);
	(void)close(fd);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (*why == NULL && (len == 0 || len == SECRET_MAX))
		*why = "is empty or too big";
	if (*why == NULL)
		return text;
	explicit_bzero(text, SECRET_MAX);
	mem_free(text);
	return NULL;
}
