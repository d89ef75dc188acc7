#include "tests/unit/bytes.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/ops/doors.h"

/* The listening sockets of all workers, on free ports of loopback. */

static struct conf *
conf_listening(const char *list)
{
	struct conf_errors *errors = calloc(1, sizeof(*errors));
	const char *overrides[] = { list };
	struct conf *conf;

	assert_non_null(errors);
	if (conf_load(NULL, overrides, 1, errors, &conf) != ERR_OK)
		fail_msg("%s", errors->errors[0].text);
	free(errors);
	return conf;
}

static struct addr
addr_of(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct addr a;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&a, (const struct sockaddr *)&sa);
	return a;
}

/* A socket that shares its port with nobody. */
static int
occupy(const struct addr *at, int type)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(at, &sa);
	int fd = socket(sa.ss_family, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (bind(fd, (struct sockaddr *)&sa, len) == 0)
		return fd;
	assert_int_equal(errno, EADDRINUSE);
	close(fd);
	return -1;
}

static void
each_worker_has_a_socket_of_each_kind_at_each_address(void **state)
{
	struct conf *conf =
	    conf_listening("server.listen=[\"127.0.0.1@5300\", \"127.0.0.2@5300\"]");
	char error[DOORS_ERROR_MAX];
	struct doors *d;
	struct addr at;
	int fd;

	(void)state;
	/* a port that is free now, since the system has just given it */
	at = conf->listen[0];
	at.port = 0;
	fd = occupy(&at, SOCK_STREAM);
	at = addr_of(fd);
	close(fd);
	conf->listen[0].port = conf->listen[1].port = at.port;
	d = doors_open(conf, 3, error);
	if (d == NULL)
		fail_msg("%s", error);
	for (unsigned w = 0; w < 3; w++) {
		struct worker_sockets *s = doors_of(d, w);

		assert_int_equal(s->count, 2);
		for (size_t i = 0; i < 2; i++) {
			at = addr_of(s->udp[i]);
			assert_true(addr_equal(&at, &conf->listen[i]));
			at = addr_of(s->tcp[i]);
			assert_true(addr_equal(&at, &conf->listen[i]));
		}
	}
	doors_free(d);
	conf_unref(conf);
}

static void
an_address_in_use_is_named_and_nothing_stays_bound(void **state)
{
	struct conf *conf =
	    conf_listening("server.listen=[\"127.0.0.1@5300\", \"127.0.0.2@5300\"]");
	char error[DOORS_ERROR_MAX], text[ADDR_TEXT_MAX];
	struct addr at = conf->listen[1];
	int taken, fd;

	(void)state;
	at.port = 0;
	taken = occupy(&at, SOCK_STREAM);
	conf->listen[1] = addr_of(taken);
	conf->listen[0].port = conf->listen[1].port;
	assert_null(doors_open(conf, 2, error));
	assert_non_null(strstr(error, addr_to_text(&conf->listen[1], text)));
	assert_non_null(strstr(error, "TCP"));
	assert_non_null(strstr(error, strerror(EADDRINUSE)));
	/* the first address had been bound already */
	fd = occupy(&conf->listen[0], SOCK_DGRAM);
	assert_true(fd >= 0);
	close(fd);
	fd = occupy(&conf->listen[1], SOCK_DGRAM);
	assert_true(fd >= 0);
	close(fd);
	close(taken);
	conf_unref(conf);
}

static void
a_second_daemon_at_the_same_address_is_told_so(void **state)
{
	struct conf *conf = conf_listening("server.listen=[\"127.0.0.1@5300\"]");
	struct conf *everywhere = conf_listening("server.listen=[\"0.0.0.0@5300\"]");
	char error[DOORS_ERROR_MAX];
	struct doors *first, *second;

	(void)state;
	conf->listen[0].port = 0;
	first = doors_open(conf, 2, error);
	assert_non_null(first);
	conf->listen[0] = addr_of(doors_of(first, 1)->udp[0]);
	assert_null(second = doors_open(conf, 1, error));
	assert_non_null(strstr(error, "cannot listen on 127.0.0.1"));
	assert_non_null(strstr(error, strerror(EADDRINUSE)));
	everywhere->listen[0].port = conf->listen[0].port;
	assert_null(second = doors_open(everywhere, 1, error));
	assert_non_null(strstr(error, strerror(EADDRINUSE)));
	doors_free(first);
	second = doors_open(conf, 1, error);
	assert_non_null(second);
	doors_free(second);
	conf_unref(everywhere);
	conf_unref(conf);
}

static void
both_wildcards_and_an_address_of_ours_are_no_second_daemon(void **state)
{
	struct conf *conf = conf_listening(
	    "server.listen=[\"0.0.0.0@5300\", \"::@5300\", \"127.0.0.1@5300\"]");
	char error[DOORS_ERROR_MAX];
	struct addr at = { .family = ADDR_V4 };
	struct doors *d;
	int fd;

	(void)state;
	fd = occupy(&at, SOCK_STREAM);
	at = addr_of(fd);
	close(fd);
	for (size_t i = 0; i < conf->listen_count; i++)
		conf->listen[i].port = at.port;
	d = doors_open(conf, 2, error);
	if (d == NULL)
		fail_msg("%s", error);
	doors_free(d);
	conf_unref(conf);
}

static void
what_nobody_has_taken_is_closed_and_what_was_taken_stays(void **state)
{
	struct conf *conf = conf_listening("server.listen=[\"127.0.0.1@5300\"]");
	char error[DOORS_ERROR_MAX];
	struct doors *d;
	struct addr udp_at, tcp_at;
	int udp, fd;

	(void)state;
	conf->listen[0].port = 0;
	d = doors_open(conf, 1, error);
	if (d == NULL)
		fail_msg("%s", error);
	udp = doors_of(d, 0)->udp[0];
	udp_at = addr_of(udp);
	tcp_at = addr_of(doors_of(d, 0)->tcp[0]);
	assert_int_equal(occupy(&tcp_at, SOCK_STREAM), -1);
	doors_of(d, 0)->udp[0] = -1; /* taken */
	doors_free(d);
	assert_int_equal(occupy(&udp_at, SOCK_DGRAM), -1);
	fd = occupy(&tcp_at, SOCK_STREAM);
	assert_true(fd >= 0);
	close(fd);
	close(udp);
	doors_free(NULL);
	conf_unref(conf);
}

/* In a network of its own with loopback up and IPv6 off; false: this process may not have
 * one. */
static bool
leave_for_a_network_without_v6(void)
{
	struct ifreq lo = { .ifr_name = "lo" };
	FILE *off;
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && unshare(CLONE_NEWNET) != 0)
		return false;
	off = fopen("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w");
	if (off != NULL && (fputs("1", off) < 0 || fclose(off) != 0))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	lo.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
	return fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0 && close(fd) == 0;
}

#define EXIT_SKIPPED 77

/* The child's: what it finds out is its exit status, for cmocka is its parent's. */
static int
open_without_v6(void)
{
	struct conf *conf =
	    conf_listening("server.listen=[\"127.0.0.1@5300\", \"::1@5300\"]");
	struct conf *alone = conf_listening("server.listen=[\"::1@5300\"]");
	char error[DOORS_ERROR_MAX];
	struct doors *d;

	if (!leave_for_a_network_without_v6())
		return EXIT_SKIPPED;
	if ((d = doors_open(conf, 2, error)) == NULL)
		return 1;
	if (doors_of(d, 1)->count != 1 || !doors_at(d, &conf->listen[0]) ||
	    doors_at(d, &conf->listen[1]))
		return 2;
	/* with no other address that is a mistake, and told */
	if (doors_open(alone, 1, error) != NULL || strstr(error, "no interface") == NULL)
		return 3;
	doors_free(d);
	conf_unref(alone);
	conf_unref(conf);
	return 0;
}

static void
without_ipv6_its_addresses_are_left_out(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(open_without_v6());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == EXIT_SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_worker_has_a_socket_of_each_kind_at_each_address),
		cmocka_unit_test(an_address_in_use_is_named_and_nothing_stays_bound),
		cmocka_unit_test(a_second_daemon_at_the_same_address_is_told_so),
		cmocka_unit_test(
		    both_wildcards_and_an_address_of_ours_are_no_second_daemon),
		cmocka_unit_test(
		    what_nobody_has_taken_is_closed_and_what_was_taken_stays),
		cmocka_unit_test(without_ipv6_its_addresses_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
