#include "resolver/os/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "resolver/os/clock.h"

/*
 * One line is one write(2), so that lines of several threads never mix. What a
 * line quotes may come from a file or, at worst, a peer: bytes that a terminal
 * or a log reader would obey are shown as \xNN, and nothing but our own end
 * is a newline.
 */

#define LOG_LINE_MAX 2048u /* longer lines are cut and say so */

static const struct level {
	const char *name;
	int syslog; /* sd-daemon(3): "<N>" before the line gives the journal its priority
		     */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARNING] = { "warning", 4 },
	[LOG_LEVEL_NOTICE] = { "notice", 5 },
	[LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

static struct {
	const char *program;
	bool journald; /* stderr is systemd's journal, which adds the time itself */
	atomic_int level;
} the_log = { "sekisho", false, LOG_LEVEL_NOTICE };

/* systemd.exec(5): $JOURNAL_STREAM is "device:inode" of the stream that we were given; a
 * stderr turned elsewhere since then is another file. */
static bool
stderr_is_journald(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (stream == NULL || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

/* Started with one of them closed, a socket would get its number, and the log would be
 * written to whoever is at its other end. */
static void
hold_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

void
log_open(const char *program, enum log_level level)
{
	hold_standard_descriptors();
	the_log.program = program;
	the_log.journald = stderr_is_journald();
	log_set_level(level);
}

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&the_log.level, (int)level, memory_order_relaxed);
}

bool
log_level_parse(const char *text, enum log_level *out)
{
	for (size_t i = 0; i < LEVELS; i++) {
		if (strcasecmp(text, levels[i].name) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* Bytes of the UTF-8 character (RFC 3629) at ${s} that may be shown as it stands; 0:
 * none, be it malformed or a control character (C0, DEL, C1). ${s} ends with NUL. */
static size_t
printable(const uint8_t *s)
{
	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f ? 1 : 0;
	size_t len = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) ||
	    (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return len;
}

/* Appends ${text} to ${line} from ${at}, escaped; returns where it ended. */
static size_t
append_escaped(char *line, size_t at, const char *text)
{
	static const char cut[] = "...";
	const uint8_t *s = (const uint8_t *)text;

	while (*s != '\0') {
		size_t len = printable(s);
		if (at + 4 + sizeof(cut) + 1 > LOG_LINE_MAX) {
			memcpy(line + at, cut, sizeof(cut) - 1);
			return at + sizeof(cut) - 1;
		}
		if (len > 0) {
			memcpy(line + at, s, len);
			at += len;
			s += len;
		} else {
			at += (size_t)snprintf(line + at, 5, "\\x%02x", *s);
			s++;
		}
	}
	return at;
}

static size_t
prefix(char *line, enum log_level level)
{
	char time[CLOCK_TEXT_MAX];
	struct now now;
	int n;

	if (the_log.journald) {
		n = snprintf(line, LOG_LINE_MAX / 2, "<%d>%s: ", levels[level].syslog,
		    levels[level].name);
	} else {
		clock_now(&now);
		n = snprintf(line, LOG_LINE_MAX / 2,
		    "%s %s[%ld] %s: ", clock_text(now.wall_ms, time), the_log.program,
		    (long)getpid(), levels[level].name);
	}
	return n < 0			      ? 0
	       : (size_t)n < LOG_LINE_MAX / 2 ? (size_t)n
					      : LOG_LINE_MAX / 2 - 1;
}

__attribute__((format(printf, 2, 0))) static void
write_line(enum log_level level, const char *format, va_list args)
{
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX];
	int saved_errno = errno; /* a caller may log first and look at it later */

	if ((int)level > atomic_load_explicit(&the_log.level, memory_order_relaxed))
		return;
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	size_t len = append_escaped(line, prefix(line, level), text);
	line[len++] = '\n';
	/* A log that cannot be written has nowhere to say so. */
	while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
		;
	errno = saved_errno;
}

#define LOG_FUNCTION(function, level)                                                    \
	void function(const char *format, ...)                                           \
	{                                                                                \
		va_list args;                                                            \
                                                                                         \
		va_start(args, format);                                                  \
		write_line(level, format, args);                                         \
		va_end(args);                                                            \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_notice, LOG_LEVEL_NOTICE)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
