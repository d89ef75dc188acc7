#include "resolver/os/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "resolver/os/clock.h"
#include "resolver/os/log.h"

/*
 * Answering threads push, one writer pops. They meet in a ring of preallocated
 * slots under a mutex that is held for one copy of an event (about 1.5 KB, a few
 * hundred nanoseconds) and never across a system call on the file: a disk that
 * hangs fills the ring, a full ring counts losses, and answering goes on.
 *
 * 1. The writer takes the oldest event, or waits for one.
 * 2. It renders the line and writes it whole, by one write(2).
 * 3. When the file does not take it (disk full), it keeps that line and tries
 *    again each JOURNAL_RETRY_MS, or at once after a reopen; one error in the log
 *    a minute. Half a line that did get in is cut off again, so that a reader
 *    never meets one. At the end (journal_free) there is one last try.
 * 4. Losses become a line of their own as soon as half of the ring is free:
 *    {"schema":1,"time":...,"action":"lost","count":N}.
 * 5. Half a line that a loss of power left at the end of the file is ended first, so
 *    that it does not take the next one with it.
 */

#define JOURNAL_RETRY_MS      1000u
#define JOURNAL_COMPLAIN_MS   60000u
#define JOURNAL_LOST_LINE_MAX 128u

struct journal {
	pthread_mutex_t mutex; /* everything down to ${reopen_path} */
	pthread_cond_t wake;
	struct event *ring;
	unsigned slots, first, count;
	uint64_t lost_untold; /* not yet told by a line */
	bool waiting;	      /* the writer sleeps: a push has to wake it */
	bool stop;
	char *reopen_path;

	pthread_mutex_t listen_mutex; /* held while the listener runs: after
					 journal_listen it is not running */
	void (*listen_fn)(void *ctx, const char *line);
	void *listen_ctx;

	_Atomic uint64_t written, lost;

	pthread_t thread;	/* the rest is the writer's own */
	int fd;			/* -1: no file */
	uint64_t complained_ms; /* 0: never */
};

/* The last byte of the file behind ${fd}, which is at ${path}; '\n' when that cannot be
 * known. */
static char
last_byte(int fd, const char *path)
{
	int in = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat ours, theirs;
	char last = '\n';

	if (in < 0)
		return last;
	if (fstat(fd, &ours) == 0 && S_ISREG(ours.st_mode) && ours.st_size > 0 &&
	    fstat(in, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	    ours.st_ino == theirs.st_ino && pread(in, &last, 1, ours.st_size - 1) != 1)
		last = '\n';
	close(in);
	return last;
}

static enum err
open_file(const char *path, int *out)
{
	*out = -1;
	if (path[0] == '\0')
		return ERR_OK;
	/* Non-blocking for the sake of a FIFO without a reader; files do not care. */
	*out = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
	if (*out < 0)
		return ERR_IO;
	if (last_byte(*out, path) != '\n')
		(void)!write(*out, "\n", 1); /* step 5 */
	return ERR_OK;
}

static void
complain(struct journal *j, const char *what)
{
	struct now now;
	int why = errno;

	clock_now(&now);
	if (j->complained_ms != 0 && now.mono_ms - j->complained_ms < JOURNAL_COMPLAIN_MS)
		return;
	j->complained_ms = now.mono_ms;
	log_error("journal: %s: %s (tried again each second, losses are counted)", what,
	    strerror(why));
}

/* Takes back the ${part} bytes of a line that the disk had room for. */
static bool
undo_part(int fd, size_t part)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (off_t)part <= st.st_size &&
	       ftruncate(fd, st.st_size - (off_t)part) == 0;
}

/*
 * Writes ${line} from ${*done} on; true when all of it is in the file. A part that got in
 * and cannot be taken back (a pipe) is remembered in ${*done}, to go on from there.
 */
static bool
write_whole(int fd, const char *line, size_t len, size_t *done)
{
	size_t start = *done;

	while (*done < len) {
		ssize_t n = write(fd, line + *done, len - *done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int why = n < 0 ? errno : ENOSPC;
			if (*done > start && undo_part(fd, *done - start))
				*done = start;
			errno = why;
			return false;
		}
		*done += (size_t)n;
	}
	return true;
}

static void
take_reopen(struct journal *j, size_t *done)
{
	char *path;
	int fd;

	pthread_mutex_lock(&j->mutex);
	path = j->reopen_path;
	j->reopen_path = NULL;
	pthread_mutex_unlock(&j->mutex);
	if (path == NULL)
		return;
	if (open_file(path, &fd) != ERR_OK) {
		log_error(
		    "journal: %s: %s (the old file stays in use)", path, strerror(errno));
	} else {
		if (j->fd >= 0)
			close(j->fd);
		j->fd = fd;
		j->complained_ms = 0;
		*done = 0; /* the new file gets the whole line */
	}
	free(path);
}

static void
deadline_after(struct timespec *t, unsigned ms)
{
	clock_gettime(CLOCK_MONOTONIC, t);
	t->tv_sec += ms / 1000;
	t->tv_nsec += (long)(ms % 1000) * 1000000;
	if (t->tv_nsec >= 1000000000) {
		t->tv_nsec -= 1000000000;
		t->tv_sec++;
	}
}

/* Waits for the next try; false when there will be none. */
static bool
wait_for_retry(struct journal *j)
{
	struct timespec deadline;
	int waited = 0;

	deadline_after(&deadline, JOURNAL_RETRY_MS);
	pthread_mutex_lock(&j->mutex);
	while (!j->stop && j->reopen_path == NULL && waited != ETIMEDOUT)
		waited = pthread_cond_timedwait(&j->wake, &j->mutex, &deadline);
	bool again = !j->stop || j->reopen_path != NULL;
	pthread_mutex_unlock(&j->mutex);
	return again;
}

/* ${line} has its newline at ${len} - 1. False: it could not be written before the end.
 */
static bool
put_line(struct journal *j, const char *line, size_t len)
{
	size_t done = 0;

	for (;;) {
		take_reopen(j, &done);
		if (j->fd < 0 || write_whole(j->fd, line, len, &done))
			return true;
		complain(j, "cannot write");
		if (!wait_for_retry(j))
			return false;
	}
}

static void
tell_listener(struct journal *j, char *line, size_t len)
{
	line[len - 1] = '\0';
	pthread_mutex_lock(&j->listen_mutex);
	if (j->listen_fn != NULL)
		j->listen_fn(j->listen_ctx, line);
	pthread_mutex_unlock(&j->listen_mutex);
}

static void
count_lost(struct journal *j, uint64_t count)
{
	atomic_fetch_add_explicit(&j->lost, count, memory_order_relaxed);
	pthread_mutex_lock(&j->mutex);
	j->lost_untold += count;
	pthread_mutex_unlock(&j->mutex);
}

/* The line of ${e} with its newline, malloc'ed; NULL without memory. */
static char *
render(const struct event *e, size_t *len)
{
	json_t *json = event_json(e);
	char *text, *line;

	if (json == NULL)
		return NULL;
	text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);
	json_decref(json);
	if (text == NULL)
		return NULL;
	*len = strlen(text) + 1;
	line = realloc(text, *len + 1);
	if (line == NULL) {
		free(text);
		return NULL;
	}
	line[*len - 1] = '\n';
	line[*len] = '\0';
	return line;
}

static void
write_event(struct journal *j, const struct event *e)
{
	size_t len;
	char *line = render(e, &len);

	if (line == NULL || !put_line(j, line, len)) {
		count_lost(j, 1);
	} else {
		atomic_fetch_add_explicit(&j->written, 1, memory_order_relaxed);
		tell_listener(j, line, len);
	}
	free(line);
}

static void
write_losses(struct journal *j, uint64_t count)
{
	char line[JOURNAL_LOST_LINE_MAX], time[CLOCK_TEXT_MAX];
	struct now now;

	clock_now(&now);
	int len = snprintf(line, sizeof(line),
	    "{\"schema\":1,\"time\":\"%s\",\"action\":\"lost\",\"count\":%llu}\n",
	    clock_text(now.wall_ms, time), (unsigned long long)count);
	if (put_line(j, line, (size_t)len))
		tell_listener(j, line, (size_t)len);
}

enum job { JOB_END, JOB_EVENT, JOB_LOSSES, JOB_REOPEN };

/* Step 1 and 4: what the writer does next; sleeps while there is nothing. */
static enum job
next_job(struct journal *j, struct event *e, uint64_t *losses)
{
	enum job job = JOB_END;

	pthread_mutex_lock(&j->mutex);
	while (
	    j->count == 0 && j->lost_untold == 0 && j->reopen_path == NULL && !j->stop) {
		j->waiting = true;
		pthread_cond_wait(&j->wake, &j->mutex);
		j->waiting = false;
	}
	if (j->reopen_path != NULL) {
		job = JOB_REOPEN;
	} else if (j->lost_untold > 0 && j->count <= j->slots / 2) {
		job = JOB_LOSSES;
		*losses = j->lost_untold;
		j->lost_untold = 0;
	} else if (j->count > 0) {
		job = JOB_EVENT;
		*e = j->ring[j->first];
		j->first = (j->first + 1) % j->slots;
		j->count--;
	}
	pthread_mutex_unlock(&j->mutex);
	return job;
}

static void *
writer(void *arg)
{
	struct journal *j = arg;
	struct event e;
	uint64_t losses = 0;
	size_t done = 0;

	for (;;) {
		switch (next_job(j, &e, &losses)) {
		case JOB_EVENT:
			write_event(j, &e);
			break;
		case JOB_LOSSES:
			write_losses(j, losses);
			break;
		case JOB_REOPEN:
			take_reopen(j, &done);
			break;
		case JOB_END:
			return NULL;
		}
	}
}

/* The writer takes no signals: they belong to the main thread. SIGPIPE among them, so
 * that a reader who left a FIFO is an error of write(2) and nothing more. */
static int
start_writer(struct journal *j)
{
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&j->thread, NULL, writer, j);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}

static void
init_locks(struct journal *j)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&j->mutex, NULL);
	pthread_mutex_init(&j->listen_mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(
	    &attr, CLOCK_MONOTONIC); /* a set clock must not stretch a retry */
	pthread_cond_init(&j->wake, &attr);
	pthread_condattr_destroy(&attr);
}

static void
destroy_locks(struct journal *j)
{
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->listen_mutex);
	pthread_mutex_destroy(&j->mutex);
}

enum err
journal_new(const char *path, unsigned slots, struct journal **out)
{
	enum err error = ERR_NOMEM;
	struct journal *j = calloc(1, sizeof(*j));

	if (j == NULL)
		goto fail0;
	j->slots = slots > 0 ? slots : 1;
	if ((j->ring = calloc(j->slots, sizeof(*j->ring))) == NULL)
		goto fail1;
	if ((error = open_file(path, &j->fd)) != ERR_OK)
		goto fail2;
	init_locks(j);
	if ((errno = start_writer(j)) != 0) {
		error = ERR_IO;
		goto fail3;
	}
	*out = j;
	return ERR_OK;

fail3:
	destroy_locks(j);
	if (j->fd >= 0)
		close(j->fd);
fail2:
	free(j->ring);
fail1:
	free(j);
fail0:
	return error;
}

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	pthread_mutex_lock(&j->mutex);
	j->stop = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->mutex);
	pthread_join(j->thread, NULL);
	destroy_locks(j);
	if (j->fd >= 0)
		close(j->fd);
	free(j->reopen_path);
	free(j->ring);
	free(j);
}

bool
journal_push(struct journal *j, const struct event *e)
{
	bool wake = false;

	pthread_mutex_lock(&j->mutex);
	bool room = j->count < j->slots;
	if (room) {
		j->ring[(j->first + j->count) % j->slots] = *e;
		j->count++;
		wake = j->waiting;
	} else {
		j->lost_untold++;
	}
	pthread_mutex_unlock(&j->mutex);
	if (wake)
		pthread_cond_signal(&j->wake);
	if (!room)
		atomic_fetch_add_explicit(&j->lost, 1, memory_order_relaxed);
	return room;
}

void
journal_reopen(struct journal *j, const char *path)
{
	char *copy = strdup(path);

	if (copy == NULL) {
		log_error(
		    "journal: no memory to reopen %s (the old file stays in use)", path);
		return;
	}
	pthread_mutex_lock(&j->mutex);
	free(j->reopen_path);
	j->reopen_path = copy;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->mutex);
}

void
journal_listen(struct journal *j, void (*fn)(void *ctx, const char *line), void *ctx)
{
	pthread_mutex_lock(&j->listen_mutex);
	j->listen_fn = fn;
	j->listen_ctx = ctx;
	pthread_mutex_unlock(&j->listen_mutex);
}

uint64_t
journal_written(const struct journal *j)
{
	return atomic_load_explicit(&j->written, memory_order_relaxed);
}

uint64_t
journal_lost(const struct journal *j)
{
	return atomic_load_explicit(&j->lost, memory_order_relaxed);
}
