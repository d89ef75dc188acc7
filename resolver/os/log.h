#ifndef OS_LOG_H
#define OS_LOG_H

#include <stdbool.h>

/*
 * The log for operators: one line an event of the daemon's own life, to stderr
 * (systemd adds time and unit; on a terminal we add the time ourselves). Never a line per
 * packet. Thread-safe: a line is one write.
 */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/** log_open(program, level): once, before threads and before anything else is opened.
 * log_set_level: any time. */
void log_open(const char *program, enum log_level level);
void log_set_level(enum log_level level);
bool log_level_parse(const char *text, enum log_level *out);
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
