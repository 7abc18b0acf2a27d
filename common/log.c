/*
 * Builds a line in a buffer on the stack and writes it whole. Nothing here
 * allocates or fails, and errno is as it was: a line may be logged anywhere.
 */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"

#define LOG_LINE_MAX 4096 /* PIPE_BUF: a pipe takes it in one piece */
#define LOG_VALUE_MAX 400
#define LOG_JOURNAL_SOCKET "/run/systemd/journal/stdout"

struct line {
	char text[LOG_LINE_MAX];
	size_t len;
};

static const struct {
	const char *name, *priority;
} log_levels[] = {
    [LOG_ERR] = {"error", "<3>"},
    [LOG_WARN] = {"warn", "<4>"},
    [LOG_INFO] = {"info", "<6>"},
    [LOG_DEBUG] = {"debug", "<7>"},
};

static const char *log_program = "coatcheck";
static enum log_level log_max = LOG_INFO;
static bool log_to_journal;
static void (*log_sink)(const char *line);

/* systemd connects stderr to this socket, and reads "<n>" there as a level. */
static bool
log_is_journal(void)
{
	struct sockaddr_un peer = {.sun_family = AF_UNSPEC};
	socklen_t len = sizeof peer;

	return getpeername(STDERR_FILENO, (void *)&peer, &len) == 0 &&
	    peer.sun_family == AF_UNIX &&
	    strncmp(peer.sun_path, LOG_JOURNAL_SOCKET, sizeof peer.sun_path) ==
	    0;
}

void
log_init(const char *program, enum log_level level)
{
	int saved = errno;

	log_program = program;
	log_max = level;
	log_to_journal = log_is_journal();
	errno = saved;
}

bool
log_is_on(enum log_level level)
{
	return level <= log_max;
}

enum log_level
log_level_parse(const char *word)
{
	enum log_level level = LOG_ERR;

	while (level < LOG_DEBUG && strcmp(log_levels[level].name, word) != 0)
		level++;
	return strcmp(log_levels[level].name, word) == 0 ? level : LOG_INFO;
}

void
log_capture(void (*sink)(const char *line))
{
	log_sink = sink;
}

/* What does not fit is left out; two bytes stay free for "\n" and NUL. */
static void
line_add(struct line *l, const char *s, size_t len)
{
	if (len > sizeof l->text - 2 - l->len)
		return;
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

static void
line_add_str(struct line *l, const char *s)
{
	line_add(l, s, strlen(s));
}

static void
line_add_escape(struct line *l, unsigned char c)
{
	char text[5];

	if (c == '"' || c == '\\')
		(void)snprintf(text, sizeof text, "\\%c", c);
	else if (c == '\n' || c == '\r' || c == '\t')
		(void)snprintf(text, sizeof text, "\\%c",
		    c == '\n'       ? 'n'
			: c == '\r' ? 'r'
				    : 't');
	else
		(void)snprintf(text, sizeof text, "\\x%02x", c);
	line_add_str(l, text);
}

/* C0, DEL and, as two bytes of UTF-8, C1: a terminal may act on any of them. */
static bool
log_is_control(const char *s, size_t i)
{
	unsigned char c = (unsigned char)s[i];

	return c < 0x20 || c == 0x7f ||
	    (c == 0xc2 && (unsigned char)s[i + 1] < 0xa0) ||
	    (i > 0 && c < 0xa0 && (unsigned char)s[i - 1] == 0xc2);
}

static void
line_add_value(struct line *l, const char *s)
{
	size_t len = strlen(s), cut;
	bool is_utf8, is_plain;

	while (len > 0 && s[len - 1] == '\n') /* as libpq ends its texts */
		len--;
	cut = text_utf8_prefix(s, len, LOG_VALUE_MAX);
	is_utf8 = text_is_utf8(s, cut);
	is_plain = cut > 0 && cut == len && is_utf8;
	for (size_t i = 0; i < cut && is_plain; i++)
		is_plain = strchr(" \"=\\", s[i]) == NULL &&
		    !log_is_control(s, i);
	if (is_plain) {
		line_add(l, s, len);
		return;
	}
	line_add_str(l, "\"");
	for (size_t i = 0; i < cut; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\' || log_is_control(s, i) ||
		    (c >= 0x80 && !is_utf8))
			line_add_escape(l, c);
		else
			line_add(l, s + i, 1);
	}
	line_add_str(l, cut < len ? "...\"" : "\"");
}

static void
line_add_head(struct line *l, enum log_level level, const char *event)
{
	int64_t now_ms = clock_wall_ms();
	time_t now = (time_t)(now_ms / 1000);
	char stamp[40];
	struct tm tm;

	gmtime_r(&now, &tm);
	l->len = strftime(stamp, sizeof stamp, "ts=%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(stamp + l->len, sizeof stamp - l->len, ".%03dZ",
	    (int)(now_ms % 1000));
	l->len = 0;
	if (log_to_journal)
		line_add_str(l, log_levels[level].priority);
	line_add_str(l, stamp);
	line_add_str(l, " level=");
	line_add_str(l, log_levels[level].name);
	line_add_str(l, " prog=");
	line_add_value(l, log_program);
	line_add_str(l, " ev=");
	line_add_value(l, event);
}

static void
log_write(enum log_level level, const char *event, va_list ap)
{
	int saved = errno;
	const char *key;
	struct line l;

	line_add_head(&l, level, event);
	while ((key = va_arg(ap, const char *)) != NULL) {
		const char *value = va_arg(ap, const char *);

		if (value == NULL)
			continue;
		line_add_str(&l, " ");
		line_add_str(&l, key);
		line_add_str(&l, "=");
		line_add_value(&l, value);
	}
	l.text[l.len] = '\0';
	if (log_sink != NULL) {
		log_sink(l.text);
	} else {
		l.text[l.len++] = '\n';
		while (
		    write(STDERR_FILENO, l.text, l.len) < 0 && errno == EINTR)
			continue;
	}
	errno = saved;
}

void
log_event(enum log_level level, const char *event, ...)
{
	va_list ap;

	if (!log_is_on(level))
		return;
	va_start(ap, event);
	log_write(level, event, ap);
	va_end(ap);
}

void
log_event_limited(
    int64_t *last_ms, enum log_level level, const char *event, ...)
{
	int64_t now_ms = clock_mono_ms();
	int64_t last = __atomic_load_n(last_ms, __ATOMIC_RELAXED);
	va_list ap;

	if (!log_is_on(level) || (last != 0 && now_ms - last < 1000))
		return;
	/* Of threads that get here together, one writes. */
	if (!__atomic_compare_exchange_n(last_ms, &last, now_ms, false,
		__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	va_start(ap, event);
	log_write(level, event, ap);
	va_end(ap);
}

const char *
log_num(int64_t n)
{
	static _Thread_local char texts[8][24];
	static _Thread_local unsigned turn;
	char *text = texts[turn++ % 8];

	(void)snprintf(text, sizeof texts[0], "%lld", (long long)n);
	return text;
}
