#include "tests/unit/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/addr.h"
#include "resolver/ops/daemon.h"

/*
 * The daemon's life, each in a process of its own: what it tells the service manager is
 * the event that these tests wait for.
 */

#define LIFE_WAIT_MS 60000

struct life {
	char dir[64]; /* state, journal, control and notification sockets */
	int notify;
	struct addr at;
	pid_t pid;
};

static struct addr
free_addr(void)
{
	struct sockaddr_storage sa;
	socklen_t len;
	struct addr a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(addr_from_text("127.0.0.1", 0, &a), ERR_OK);
	len = addr_to_sockaddr(&a, &sa);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	len = sizeof(sa);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&a, (const struct sockaddr *)&sa);
	close(fd);
	return a;
}

static int
open_life(void **state)
{
	struct life *l = calloc(1, sizeof(*l));
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (l == NULL)
		return -1;
	strcpy(l->dir, "/tmp/sekisho-test.XXXXXX");
	if (mkdtemp(l->dir) == NULL)
		return -1;
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/notify", l->dir);
	l->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(l->notify, (struct sockaddr *)(void *)&un, sizeof(un)) != 0)
		return -1;
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
	l->at = free_addr();
	*state = l;
	return 0;
}

static int
close_life(void **state)
{
	static const char *const files[] = { "notify", "control.sock", "journal.jsonl",
		"detection.state", "sekisho.yaml" };
	struct life *l = *state;
	char path[128], command[128];

	if (l->pid > 0) {
		kill(l->pid, SIGKILL);
		waitpid(l->pid, NULL, 0);
	}
	close(l->notify);
	for (unsigned i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", l->dir, files[i]);
		unlink(path);
	}
	if (rmdir(l->dir) != 0) { /* whatever else there is */
		snprintf(command, sizeof(command), "rm -rf '%s'", l->dir);
		if (system(command) != 0)
			return -1;
	}
	free(l);
	return 0;
}

/* Starts a daemon with ${extra} as its last override (NULL: none). */
static void
start_daemon(struct life *l, const char *config, const char *extra)
{
	char listen[ADDR_TEXT_MAX + 32], dir[128], control[128], journal[128],
	    at[ADDR_TEXT_MAX];
	const char *overrides[] = { listen, dir, control, journal, "server.workers=2",
		extra };
	struct daemon_options o = { .config = config,
		.overrides = overrides,
		.override_count = COUNT(overrides) - (extra == NULL),
		.log_level = "error" };

	snprintf(
	    listen, sizeof(listen), "server.listen=[\"%s\"]", addr_to_text(&l->at, at));
	snprintf(dir, sizeof(dir), "server.state-dir=%s", l->dir);
	snprintf(
	    control, sizeof(control), "server.control-socket=%s/control.sock", l->dir);
	snprintf(journal, sizeof(journal), "server.journal=%s/journal.jsonl", l->dir);
	fflush(NULL);
	if ((l->pid = fork()) == 0)
		exit(daemon_run(&o)); /* not _exit: leaks are looked for at the end */
	assert_true(l->pid > 0);
}

/* The next notice that contains ${part}. */
static void
await_notice(struct life *l, const char *part)
{
	char text[1024] = "";

	while (strstr(text, part) == NULL) {
		struct pollfd p = { .fd = l->notify, .events = POLLIN };
		ssize_t n;

		assert_int_equal(poll(&p, 1, LIFE_WAIT_MS), 1);
		n = recv(l->notify, text, sizeof(text) - 1, 0);
		assert_true(n >= 0);
		text[n] = '\0';
	}
}

static int
await_end(struct life *l)
{
	int status;

	assert_int_equal(waitpid(l->pid, &status, 0), l->pid);
	l->pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Asks for localhost, which every daemon knows itself; the number of answer records. */
static unsigned
ask(const struct life *l)
{
	static const char q[] = "\0\1\1\0\0\1\0\0\0\0\0\0\x09localhost\0\0\1\0\1";
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&l->at, &sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t answer[512];

	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(send(fd, q, sizeof(q) - 1, 0), sizeof(q) - 1);
	assert_int_equal(poll(&p, 1, LIFE_WAIT_MS), 1);
	assert_true(recv(fd, answer, sizeof(answer), 0) >= 12);
	close(fd);
	return (unsigned)answer[6] << 8 | answer[7];
}

static void
write_config(struct life *l, char path[128], const char *text)
{
	FILE *f;

	snprintf(path, 128, "%s/sekisho.yaml", l->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
it_starts_answers_and_ends_cleanly_on_sigterm(void **state)
{
	struct life *l = *state;
	struct stat st;
	char path[128];

	start_daemon(l, NULL, NULL);
	await_notice(l, "READY=1");
	assert_int_equal(ask(l), 1);
	kill(l->pid, SIGTERM);
	await_notice(l, "STOPPING=1");
	assert_int_equal(await_end(l), DAEMON_OK);
	snprintf(path, sizeof(path), "%s/control.sock", l->dir);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(errno, ENOENT);
	/* and again in the same place */
	start_daemon(l, NULL, NULL);
	await_notice(l, "READY=1");
	assert_int_equal(ask(l), 1);
	kill(l->pid, SIGINT);
	assert_int_equal(await_end(l), DAEMON_OK);
}

static void
a_wrong_configuration_ends_it_before_anything_is_touched(void **state)
{
	struct life *l = *state;
	struct stat st;
	char path[128];

	start_daemon(l, NULL, "server.lisen=[]");
	assert_int_equal(await_end(l), DAEMON_CONFIG);
	snprintf(path, sizeof(path), "%s/journal.jsonl", l->dir);
	assert_int_equal(stat(path, &st), -1);
}

static void
an_address_in_use_ends_it_and_leaves_no_control_socket(void **state)
{
	struct life *l = *state;
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&l->at, &sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	char path[128];

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	start_daemon(l, NULL, NULL);
	assert_int_equal(await_end(l), DAEMON_FAILED);
	close(fd);
	snprintf(path, sizeof(path), "%s/control.sock", l->dir);
	assert_int_equal(stat(path, &st), -1);
}

static void
sighup_puts_a_new_file_in_force_and_a_bad_one_changes_nothing(void **state)
{
	struct life *l = *state;
	char path[128];

	write_config(l, path, "local: {data: []}\n");
	start_daemon(l, path, NULL);
	await_notice(l, "READY=1");
	assert_int_equal(ask(l), 1);
	write_config(l, path,
	    "local: {data: [\"localhost. 60 IN A 127.0.0.1\", "
	    "\"localhost. 60 IN A 127.0.0.2\"]}\n");
	kill(l->pid, SIGHUP);
	await_notice(l, "RELOADING=1");
	await_notice(l, "READY=1");
	assert_int_equal(ask(l), 2);
	write_config(l, path, "local: {dota: []}\n");
	kill(l->pid, SIGHUP);
	await_notice(l, "RELOADING=1");
	await_notice(l, "READY=1\nSTATUS=running; the newest configuration is wrong");
	assert_int_equal(ask(l), 2);
	kill(l->pid, SIGTERM);
	assert_int_equal(await_end(l), DAEMON_OK);
}

static void
sighup_reopens_the_journal_even_with_a_bad_file(void **state)
{
	struct life *l = *state;
	char path[128], journal[128], rotated[128];
	struct stat st;

	write_config(l, path, "local: {data: []}\n");
	start_daemon(l, path, NULL);
	await_notice(l, "READY=1");
	snprintf(journal, sizeof(journal), "%s/journal.jsonl", l->dir);
	snprintf(rotated, sizeof(rotated), "%s/journal.jsonl.1", l->dir);
	assert_int_equal(rename(journal, rotated), 0);
	write_config(l, path, "local: {dota: []}\n");
	kill(l->pid, SIGHUP);
	await_notice(l, "READY=1\nSTATUS=running; the newest configuration is wrong");
	kill(l->pid, SIGTERM);
	assert_int_equal(await_end(l), DAEMON_OK);
	assert_int_equal(stat(journal, &st), 0);
}

/* The state that it would remember is a FIFO: it waits there until we let it go on. */
static void
sighup_while_it_starts_is_a_reload_once_it_has_started(void **state)
{
	struct life *l = *state;
	char path[128];
	int fifo;

	snprintf(path, sizeof(path), "%s/detect.state", l->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	start_daemon(l, NULL, NULL);
	fifo = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fifo >= 0);
	kill(l->pid, SIGUSR1);
	kill(l->pid, SIGHUP);
	close(fifo);
	await_notice(l, "READY=1");
	await_notice(l, "RELOADING=1");
	await_notice(l, "READY=1");
	assert_int_equal(ask(l), 1);
	kill(l->pid, SIGTERM);
	assert_int_equal(await_end(l), DAEMON_OK);
}

static void
signals_while_it_ends_change_nothing(void **state)
{
	static const int late[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };
	struct life *l = *state;
	struct stat st;
	char path[128];
	int status = 0;

	start_daemon(l, NULL, NULL);
	await_notice(l, "READY=1");
	kill(l->pid, SIGTERM);
	await_notice(l, "STOPPING=1");
	for (unsigned i = 0; waitpid(l->pid, &status, WNOHANG) == 0; i++)
		kill(l->pid, late[i % COUNT(late)]);
	l->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), DAEMON_OK);
	snprintf(path, sizeof(path), "%s/detect.state", l->dir);
	assert_int_equal(stat(path, &st), 0);
}

/* Every file that it would write is over the limit. */
static void
a_limit_of_file_sizes_loses_state_but_not_the_daemon(void **state)
{
	struct life *l = *state;
	struct rlimit limit, before;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 1;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	start_daemon(l, NULL, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	await_notice(l, "READY=1");
	assert_int_equal(ask(l), 1);
	kill(l->pid, SIGTERM);
	assert_int_equal(await_end(l), DAEMON_OK);
}

static unsigned
threads_of(pid_t pid)
{
	char path[64];
	unsigned count = 0;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		count += e->d_name[0] != '.';
	closedir(d);
	return count;
}

static unsigned
threads_with(struct life *l, const char *workers)
{
	unsigned count;

	start_daemon(l, NULL, workers);
	await_notice(l, "READY=1");
	count = threads_of(l->pid);
	kill(l->pid, SIGTERM);
	assert_int_equal(await_end(l), DAEMON_OK);
	return count;
}

static void
there_is_one_worker_for_each_cpu_that_it_may_run_on(void **state)
{
	struct life *l = *state;
	cpu_set_t before, one;
	unsigned cpu = 0, told, found;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	while (!CPU_ISSET(cpu, &before))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	told = threads_with(l, "server.workers=1");
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	found = threads_with(l, "server.workers=auto");
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(found, told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    it_starts_answers_and_ends_cleanly_on_sigterm, open_life, close_life),
		cmocka_unit_test_setup_teardown(
		    a_wrong_configuration_ends_it_before_anything_is_touched, open_life,
		    close_life),
		cmocka_unit_test_setup_teardown(
		    an_address_in_use_ends_it_and_leaves_no_control_socket, open_life,
		    close_life),
		cmocka_unit_test_setup_teardown(
		    sighup_puts_a_new_file_in_force_and_a_bad_one_changes_nothing,
		    open_life, close_life),
		cmocka_unit_test_setup_teardown(
		    sighup_reopens_the_journal_even_with_a_bad_file, open_life,
		    close_life),
		cmocka_unit_test_setup_teardown(
		    sighup_while_it_starts_is_a_reload_once_it_has_started, open_life,
		    close_life),
		cmocka_unit_test_setup_teardown(
		    signals_while_it_ends_change_nothing, open_life, close_life),
		cmocka_unit_test_setup_teardown(
		    there_is_one_worker_for_each_cpu_that_it_may_run_on, open_life,
		    close_life),
		cmocka_unit_test_setup_teardown(
		    a_limit_of_file_sizes_loses_state_but_not_the_daemon, open_life,
		    close_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
