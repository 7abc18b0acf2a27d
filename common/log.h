/*
 * One line an event, in logfmt, to stderr: a level, the event's name, then
 * key=value pairs. Lines are written with one write(2), so threads and
 * processes do not mix theirs. Values are quoted and escaped as needed and cut
 * at 400 bytes; a caller never passes a question, an answer, a token or a
 * password. Under systemd, where stderr is the journal, a line starts with its
 * priority as "<n>".
 *
 *   LOG_ERR    somebody must act          LOG_WARN   degraded, heals itself
 *   LOG_INFO   a state changed            LOG_DEBUG  each step
 *
 *   log_event(LOG_INFO, "claimed", "job", id, "attempt", "2", NULL);
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* program goes into each line as prog=; it must live as long as the process. */
void log_init(const char *program, enum log_level level);
bool log_is_on(enum log_level level);

/* "error", "warn", "info" or "debug"; any other word is LOG_INFO. */
enum log_level log_level_parse(const char *word);

/* Pairs of const char *key, const char *value; NULL ends them. A NULL value
 * leaves its key out. */
void log_event(enum log_level level, const char *event, ...)
    __attribute__((sentinel));

/*
 * As log_event, but at most one line a second for each *last_ms (a static of
 * the call site, 0 at first): for what may repeat on every turn of a loop.
 */
void log_event_limited(int64_t *last_ms, enum log_level level,
    const char *event, ...) __attribute__((sentinel));

/* Decimal text of n in a buffer of the thread, of which eight are in turn. */
const char *log_num(int64_t n);

/* Where lines go instead of stderr, without their "\n"; for tests. NULL gives
 * stderr back. */
void log_capture(void (*sink)(const char *line));

#endif
