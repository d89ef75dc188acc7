#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/ops/notify.h"
#include "resolver/ops/privileges.h"

/* What is dropped stays dropped, so each case runs in a child; its exit status tells
 * which check failed. */
static int
in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The value of a line "Key:\t..." in /proc/self/status. */
static bool
status_has(const char *key, const char *value)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	bool found = false;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0 && strstr(line, value) != NULL)
			found = true;
	if (f != NULL)
		fclose(f);
	return found;
}

#define NO_CAPABILITY "0000000000000000"

static int
drop_to_nobody(void)
{
	struct privileges p;
	char error[PRIVILEGES_ERROR_MAX];
	gid_t groups[64];
	int count;

	if (privileges_look_up("nobody", &p, error) != ERR_OK || !p.drop)
		return 1;
	if (privileges_drop(&p, error) != ERR_OK)
		return 2;
	if (getuid() != p.uid || geteuid() != p.uid || getgid() != p.gid ||
	    setuid(0) == 0)
		return 3;
	count = getgroups(64, groups);
	for (int i = 0; i < count; i++)
		if (groups[i] == 0)
			return 4;
	if (!status_has("CapEff:", NO_CAPABILITY) ||
	    !status_has("CapPrm:", NO_CAPABILITY) ||
	    !status_has("CapInh:", NO_CAPABILITY) ||
	    !status_has("CapBnd:", NO_CAPABILITY))
		return 5;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 6;
}

static void
root_becomes_the_user_for_good_with_nothing_left(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(drop_to_nobody), 0);
}

static int
drop_as_nobody(void)
{
	struct privileges p;
	char error[PRIVILEGES_ERROR_MAX];
	const struct passwd *pw = getpwnam("nobody");

	if (geteuid() == 0 &&
	    (pw == NULL || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
		setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0))
		return 1;
	if (privileges_look_up("somebody-else", &p, error) != ERR_OK || p.drop ||
	    p.uid != geteuid())
		return 2;
	if (privileges_drop(&p, error) != ERR_OK || getuid() != p.uid)
		return 3;
	return status_has("CapEff:", NO_CAPABILITY) ? 0 : 4;
}

static void
an_ordinary_user_stays_who_he_is(void **state)
{
	(void)state;
	assert_int_equal(in_child(drop_as_nobody), 0);
}

static int
drop_and_look_at_limits(void)
{
	struct privileges p;
	char error[PRIVILEGES_ERROR_MAX];
	struct rlimit core;

	if (privileges_look_up("", &p, error) != ERR_OK || p.drop)
		return 1;
	if (privileges_drop(&p, error) != ERR_OK)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 ||
	    core.rlim_max != 0)
		return 3;
	return umask(0) == 027 ? 0 : 4;
}

static void
no_core_is_dumped_and_new_files_are_not_for_others(void **state)
{
	(void)state;
	assert_int_equal(in_child(drop_and_look_at_limits), 0);
}

static void
a_user_that_is_not_there_is_told_with_what_to_do(void **state)
{
	struct privileges p;
	char error[PRIVILEGES_ERROR_MAX];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(privileges_look_up("no-such-user", &p, error), ERR_NOTFOUND);
	assert_non_null(strstr(error, "'no-such-user'"));
	assert_non_null(strstr(error, "server.user"));
	assert_int_equal(privileges_look_up("root", &p, error), ERR_REFUSED);
}

static int
raise_files(void)
{
	char error[PRIVILEGES_ERROR_MAX];
	struct rlimit l = { 64, 512 };

	if (setrlimit(RLIMIT_NOFILE, &l) != 0)
		return 1;
	if (privileges_raise_files(300, error) != ERR_OK)
		return 2;
	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur < 300)
		return 3;
	if (privileges_raise_files(100, error) != ERR_OK)
		return 4;
	if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur < 300)
		return 5; /* never lowered */
	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 6;
	if (privileges_raise_files(5000, error) != ERR_LIMIT ||
	    strstr(error, "512") == NULL)
		return 7;
	return 0;
}

static void
the_limit_of_open_files_goes_as_high_as_it_may(void **state)
{
	(void)state;
	assert_int_equal(in_child(raise_files), 0);
}

/* ---- notify.h ---- */

static int
listen_at(struct sockaddr_un *at, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	at->sun_family = AF_UNIX;
	assert_int_equal(bind(fd, (struct sockaddr *)at, len), 0);
	return fd;
}

static void
expect_notice(int fd, const char *expected)
{
	char text[2048];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static void
notices_reach_the_service_managers_socket(void **state)
{
	struct sockaddr_un at = { 0 };
	char dir[] = "/tmp/sekisho-notify.XXXXXX";
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/sock", dir);
	fd = listen_at(&at, sizeof(at));
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	assert_true(notify_ready("answering on 127.0.0.1\nREADY=0"));
	expect_notice(fd, "READY=1\nSTATUS=answering on 127.0.0.1 READY=0");
	assert_true(notify_reloading(123456));
	expect_notice(fd, "RELOADING=1\nMONOTONIC_USEC=123456");
	assert_true(notify_stopping());
	expect_notice(fd, "STOPPING=1");
	close(fd);
	assert_false(notify_stopping()); /* nobody there any more */
	unlink(at.sun_path);
	rmdir(dir);
}

static void
an_abstract_socket_is_understood(void **state)
{
	struct sockaddr_un at = { 0 };
	char name[64];
	int len = snprintf(name, sizeof(name), "@sekisho-test-%ld", (long)getpid()), fd;

	(void)state;
	memcpy(at.sun_path, name, (size_t)len);
	at.sun_path[0] = '\0';
	fd = listen_at(
	    &at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len));
	setenv("NOTIFY_SOCKET", name, 1);
	assert_true(notify_stopping());
	expect_notice(fd, "STOPPING=1");
	close(fd);
}

static void
without_a_service_manager_nothing_happens(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_false(notify_ready("x"));
	setenv("NOTIFY_SOCKET", "relative/path", 1);
	assert_false(notify_ready("x"));
	setenv("NOTIFY_SOCKET", "", 1);
	assert_false(notify_ready("x"));
	unsetenv("NOTIFY_SOCKET");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_becomes_the_user_for_good_with_nothing_left),
		cmocka_unit_test(an_ordinary_user_stays_who_he_is),
		cmocka_unit_test(no_core_is_dumped_and_new_files_are_not_for_others),
		cmocka_unit_test(a_user_that_is_not_there_is_told_with_what_to_do),
		cmocka_unit_test(the_limit_of_open_files_goes_as_high_as_it_may),
		cmocka_unit_test(notices_reach_the_service_managers_socket),
		cmocka_unit_test(an_abstract_socket_is_understood),
		cmocka_unit_test(without_a_service_manager_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
