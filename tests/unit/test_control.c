#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "resolver/ops/control.h"
#include "resolver/ops/control_commands.h"
#include "resolver/ops/ctl_client.h"

#define PATIENCE_MS 10000u /* for what must come; never waited for when all is well */

/* A daemon's main loop in a thread of its own, with a real detection, journal and
 * configuration file. */
struct bench {
	char dir[64], socket[96], journal_file[96], conf_file[96];
	struct conf *conf;
	struct detect *detect;
	struct journal *journal;
	struct reload *reload;
	struct loop *loop;
	struct control *control;
	pthread_t thread;
	unsigned swaps, starts;
	_Atomic unsigned turns; /* of the loop */
};

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const struct conf *
conf_of(void *ctx)
{
	return ((struct bench *)ctx)->conf;
}

static bool
swap(void *ctx, struct conf *fresh, void *built, char error[RELOAD_ERROR_MAX])
{
	struct bench *b = ctx;

	(void)built, (void)error;
	conf_unref(b->conf);
	b->conf = fresh;
	b->swaps++;
	return true;
}

static void
count_turn(void *ctx)
{
	((struct bench *)ctx)->turns++;
}

static void *
run(void *loop)
{
	loop_run(loop);
	return NULL;
}

static void
load(struct bench *b)
{
	static struct conf_errors errors;

	if (conf_load(b->conf_file, NULL, 0, &errors, &b->conf) != ERR_OK)
		fail_msg("%s", errors.errors[0].text);
}

static void
start(struct bench *b)
{
	static const struct hashkey key = { 3, 4 };
	struct control_env env = { .conf = conf_of, .ctx = b };
	const struct reload_env reload_env = {
		.file = b->conf_file, .swap = swap, .ctx = b
	};
	char error[CONTROL_PATH_ERROR_MAX];
	int fd;

	assert_non_null(b->detect = env.detect = detect_new(b->conf, &key, ++b->starts));
	assert_int_equal(journal_new(b->journal_file, 64, &b->journal), ERR_OK);
	env.journal = b->journal;
	assert_non_null(b->loop = loop_new());
	assert_non_null(b->reload = env.reload = reload_new(b->loop, &reload_env));
	if (control_bind(b->socket, getuid(), getgid(), &fd, error) != ERR_OK)
		fail_msg("%s", error);
	assert_non_null(b->control = control_new(b->loop, fd, b->socket, &env));
	loop_on_turn(b->loop, count_turn, b);
	assert_int_equal(pthread_create(&b->thread, NULL, run, b->loop), 0);
}

static void
stop(struct bench *b)
{
	loop_stop(b->loop);
	loop_wake(b->loop);
	pthread_join(b->thread, NULL);
	control_free(b->control);
	reload_free(b->reload);
	loop_free(b->loop);
	journal_free(b->journal);
	detect_free(b->detect);
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	char text[512];

	assert_non_null(b);
	strcpy(b->dir, "/tmp/sekisho-control.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->socket, sizeof(b->socket), "%s/run/sock", b->dir);
	snprintf(b->journal_file, sizeof(b->journal_file), "%s/journal", b->dir);
	snprintf(b->conf_file, sizeof(b->conf_file), "%s/conf", b->dir);
	snprintf(text, sizeof(text),
	    "server:\n  journal: %s\ndetection:\n  zone-entries: 1024\n",
	    b->journal_file);
	write_file(b->conf_file, text);
	load(b);
	start(b);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;
	char path[96];

	stop(b);
	conf_unref(b->conf);
	unlink(b->journal_file);
	unlink(b->conf_file);
	snprintf(path, sizeof(path), "%s/run", b->dir);
	assert_int_equal(rmdir(path), 0); /* the socket went with its control */
	assert_int_equal(rmdir(b->dir), 0);
	free(b);
	return 0;
}

/* ---- a client ---- */

static struct ctl_client *
client_of(const struct bench *b)
{
	struct ctl_client *c;
	char error[CTL_CLIENT_ERROR_MAX];

	if (ctl_client_new(b->socket, PATIENCE_MS, &c, error) != ERR_OK)
		fail_msg("%s", error);
	return c;
}

static void
say(struct ctl_client *c, const char *line)
{
	assert_int_equal(ctl_client_send(c, line), ERR_OK);
}

static json_t *
hear(struct ctl_client *c)
{
	const char *line = ctl_client_read(c, PATIENCE_MS);
	json_t *reply = line == NULL ? NULL : json_loads(line, 0, NULL);

	assert_non_null(reply);
	return reply;
}

/* One request of up to four words on a connection of its own. Decref the reply. */
static json_t *
ask(const struct bench *b, const char *command, const char *a1, const char *a2,
    const char *a3)
{
	const char *const arguments[] = { a1, a2, a3 };
	size_t count = a1 == NULL ? 0 : a2 == NULL ? 1 : a3 == NULL ? 2 : 3;
	struct ctl_client *c = client_of(b);
	char *line = control_request_line(command, arguments, count);
	json_t *reply;

	/* A daemon with too many connections says so and closes, perhaps before we speak.
	 */
	(void)!ctl_client_send(c, line);
	reply = hear(c);
	free(line);
	ctl_client_free(c);
	return reply;
}

static bool
is_ok(const json_t *reply)
{
	return json_is_true(json_object_get(reply, "ok"));
}

static void
expect_no(json_t *reply, const char *code)
{
	assert_false(is_ok(reply));
	assert_string_equal(json_string_value(json_object_get(reply, "code")), code);
	assert_non_null(json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
}

static void
expect_ok(json_t *reply)
{
	if (!is_ok(reply))
		fail_msg("%s", json_string_value(json_object_get(reply, "error")));
	json_decref(reply);
}

/* ---- binding ---- */

static enum err
bind_at(const char *path, int *fd)
{
	char error[CONTROL_PATH_ERROR_MAX];

	return control_bind(path, getuid(), getgid(), fd, error);
}

static void
the_socket_is_for_its_owner_and_group(void **state)
{
	struct bench *b = *state;
	struct stat st;

	assert_int_equal(stat(b->socket, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void
a_living_daemons_socket_is_not_taken(void **state)
{
	struct bench *b = *state;
	int fd;

	assert_int_equal(bind_at(b->socket, &fd), ERR_EXISTS);
	expect_ok(ask(b, "version", NULL, NULL, NULL));
}

static void
what_a_crash_left_is_replaced_and_files_are_left_alone(void **state)
{
	struct bench *b = *state;
	char path[96];
	int fd, again;

	snprintf(path, sizeof(path), "%s/other", b->dir);
	assert_int_equal(bind_at(path, &fd), ERR_OK);
	close(fd); /* without unlinking it */
	assert_int_equal(bind_at(path, &again), ERR_OK);
	close(again);
	unlink(path);
	write_file(path, "precious");
	assert_int_equal(bind_at(path, &fd), ERR_EXISTS);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void
a_path_that_is_too_long_is_told(void **state)
{
	char path[200];
	int fd;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(bind_at(path, &fd), ERR_RANGE);
}

/* No more files than are open now; the limit as it was before. */
static struct rlimit
exhaust_files(void)
{
	struct rlimit before, none;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	return before;
}

static void
without_descriptors_clients_wait_and_the_loop_does_not_spin(void **state)
{
	static const char line[] = "{\"command\":\"version\"}\n";
	struct bench *b = *state;
	struct ctl_client *first = client_of(b);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct pollfd reply = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
		.events = POLLIN };
	struct rlimit before;
	unsigned turns;

	assert_true(reply.fd >= 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", b->socket);
	say(first, line); /* accepted, once it is answered */
	expect_ok(hear(first));
	before = exhaust_files();
	turns = b->turns;
	assert_int_equal(connect(reply.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(write(reply.fd, line, sizeof(line) - 1), sizeof(line) - 1);
	assert_int_equal(poll(&reply, 1, 300), 0);
	say(first, line); /* others are served meanwhile */
	expect_ok(hear(first));
	turns = b->turns - turns;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_in_range(turns, 1, 50);
	assert_int_equal(poll(&reply, 1, PATIENCE_MS), 1);
	close(reply.fd);
	ctl_client_free(first);
}

/* ---- requests ---- */

static void
hostile_bytes_are_an_error_and_the_connection_goes_on(void **state)
{
	struct bench *b = *state;
	struct ctl_client *c = client_of(b);

	say(c, "\x01\xff\x1b[31m{{{{\n");
	expect_no(hear(c), "usage");
	say(c, "\n");
	expect_no(hear(c), "usage");
	say(c, "{\"command\":\"version\"}\n");
	expect_ok(hear(c));
	ctl_client_free(c);
}

static void
requests_in_one_packet_are_answered_in_their_order(void **state)
{
	struct ctl_client *c = client_of(*state);
	json_t *reply;

	say(c, "{\"command\":\"version\"}\n{\"command\":\"held\"}\n{\"comm");
	reply = hear(c);
	assert_non_null(json_object_get(reply, "version"));
	json_decref(reply);
	reply = hear(c);
	assert_non_null(json_object_get(reply, "measures"));
	json_decref(reply);
	say(c, "and\":\"status\"}\n");
	reply = hear(c);
	assert_non_null(json_object_get(reply, "status"));
	json_decref(reply);
	ctl_client_free(c);
}

static void
a_request_without_end_is_refused_and_closed(void **state)
{
	struct ctl_client *c = client_of(*state);
	char *line = malloc(CONTROL_LINE_MAX + 1);

	memset(line, 'x', CONTROL_LINE_MAX);
	line[CONTROL_LINE_MAX] = '\0';
	say(c, line);
	expect_no(hear(c), "usage");
	assert_null(ctl_client_read(c, PATIENCE_MS));
	free(line);
	ctl_client_free(c);
}

static void
a_client_that_does_not_read_holds_up_nobody_and_loses_nothing(void **state)
{
	struct bench *b = *state;
	enum { REQUESTS = 2000 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	size_t sent = 0, lines = 0;
	static const char request[] = "{\"command\":\"stats\"}\n";
	char buffer[65536];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	strcpy(to.sun_path, b->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	/* Until nothing more is taken: then the daemon waits for us and not the other way
	 * round. */
	while (sent < REQUESTS && send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) ==
				      sizeof(request) - 1)
		sent++;
	assert_true(sent > 10);
	expect_ok(ask(b, "version", NULL, NULL, NULL));
	while (lines < sent) {
		ssize_t n;

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		assert_true((n = recv(fd, buffer, sizeof(buffer), 0)) > 0);
		for (ssize_t i = 0; i < n; i++)
			lines += buffer[i] == '\n';
	}
	assert_int_equal(lines, sent);
	close(fd);
}

static void
the_seventeenth_connection_is_told_that_it_is_one_too_many(void **state)
{
	struct bench *b = *state;
	struct ctl_client *c[CONTROL_CONNS_MAX], *surplus;

	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++) {
		c[i] = client_of(b);
		say(c[i], "{\"command\":\"version\"}\n");
		expect_ok(hear(c[i]));
	}
	surplus = client_of(b);
	expect_no(hear(surplus), "busy");
	ctl_client_free(surplus);
	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++)
		ctl_client_free(c[i]);
	for (;;) { /* the daemon learns of the closed ones in its own time */
		json_t *reply = ask(b, "version", NULL, NULL, NULL);
		bool ok = is_ok(reply);

		json_decref(reply);
		if (ok)
			break;
	}
}

/* ---- commands ---- */

static void
usage_mistakes_are_told_apart_from_what_is_not_there(void **state)
{
	struct bench *b = *state;

	expect_no(ask(b, "shutdown", NULL, NULL, NULL), "usage");
	expect_no(ask(b, "status", "now", NULL, NULL), "usage");
	expect_no(ask(b, "block", NULL, NULL, NULL), "usage");
	expect_no(ask(b, "block", "bad..name", NULL, NULL), "usage");
	expect_no(ask(b, "block", "a.example", "--for", "soon"), "usage");
	expect_no(ask(b, "release", "a.example", "not-an-address", NULL), "usage");
	expect_no(ask(b, "release", "a.example", NULL, NULL), "not-found");
	expect_no(ask(b, "unset", "a.example", NULL, NULL), "not-found");
	expect_no(ask(b, "explain", "../../etc/passwd", NULL, NULL), "usage");
	expect_no(ask(b, "explain", "20261122-000000-000001", NULL, NULL), "not-found");
	expect_no(ask(b, "flush", "a.example", NULL, NULL), "unavailable");
	expect_no(ask(b, "events", "-n", "-1", NULL), "usage");
	expect_no(ask(b, "events", "--action", "nonsense", NULL), "usage");
	expect_no(ask(b, "events", "--client", "10.0.0.0/99", NULL), "usage");
}

static size_t
rules(const struct bench *b)
{
	json_t *reply = ask(b, "rules", NULL, NULL, NULL);
	size_t count = json_array_size(json_object_get(reply, "measures"));

	expect_ok(reply);
	return count;
}

static void
blocks_and_allows_are_in_force_until_taken_back(void **state)
{
	struct bench *b = *state;
	json_t *reply, *rule;

	expect_ok(ask(b, "block", "evil.example", "--for=1h", "--reason=ticket 1"));
	expect_ok(ask(b, "allow", "good.example", NULL, NULL));
	reply = ask(b, "rules", NULL, NULL, NULL);
	rule = json_array_get(json_object_get(reply, "measures"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(rule, "zone")), "evil.example");
	assert_string_equal(
	    json_string_value(json_object_get(rule, "action")), "operator-block");
	assert_in_range(
	    json_integer_value(json_object_get(rule, "left_sec")), 3500, 3600);
	assert_true(json_is_null(json_object_get(rule, "client")));
	json_decref(reply);
	assert_int_equal(rules(b), 2);
	expect_ok(ask(b, "unset", "evil.example", NULL, NULL));
	assert_int_equal(rules(b), 1);
}

/* The text of the journal once it has ${lines} lines. */
static char *
journal_text(const struct bench *b, uint64_t lines)
{
	char *text = calloc(1, 65536);
	FILE *f;

	while (journal_written(b->journal) < lines)
		sched_yield();
	f = fopen(b->journal_file, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, 65535, f) > 0);
	fclose(f);
	return text;
}

static void
what_an_operator_does_is_journaled_with_his_id_and_reason(void **state)
{
	struct bench *b = *state;
	char who[32], *text;

	expect_ok(ask(b, "block", "evil.example", "--reason", "ticket 4711"));
	text = journal_text(b, 1);
	snprintf(who, sizeof(who), "ticket 4711 (uid %lu)", (unsigned long)getuid());
	assert_non_null(strstr(text, "\"operator-block\""));
	assert_non_null(strstr(text, "evil.example"));
	assert_non_null(strstr(text, who));
	free(text);
}

/* ---- looking back ---- */

static char *
block_and_take_id(const struct bench *b, const char *zone)
{
	json_t *reply = ask(b, "block", zone, NULL, NULL);
	char *id;

	assert_true(is_ok(reply));
	id = strdup(
	    json_string_value(json_object_get(json_object_get(reply, "event"), "id")));
	json_decref(reply);
	return id;
}

static void
an_event_is_explained_from_memory_and_says_whether_it_is_in_force(void **state)
{
	struct bench *b = *state;
	char *id = block_and_take_id(b, "evil.example");
	json_t *reply = ask(b, "explain", id, NULL, NULL);
	char bracketed[EVENT_ID_MAX + 2];

	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(reply, "event"), "id")),
	    id);
	assert_true(json_is_object(json_object_get(reply, "in_force")));
	expect_ok(reply);
	/* as it stands in an answer */
	snprintf(bracketed, sizeof(bracketed), "[%s]", id);
	expect_ok(ask(b, "explain", bracketed, NULL, NULL));
	expect_no(ask(b, "explain", "[]", NULL, NULL), "usage");
	expect_ok(ask(b, "unset", "evil.example", NULL, NULL));
	reply = ask(b, "explain", id, NULL, NULL);
	assert_true(json_is_null(json_object_get(reply, "in_force")));
	expect_ok(reply);
	free(id);
}

static size_t
event_count(const struct bench *b, const char *a1, const char *a2, const char *a3)
{
	json_t *reply = ask(b, "events", a1, a2, a3);
	size_t count = json_array_size(json_object_get(reply, "events"));

	expect_ok(reply);
	return count;
}

static void
after_a_restart_the_journal_still_knows(void **state)
{
	struct bench *b = *state;
	char *id = block_and_take_id(b, "evil.example");
	json_t *reply;

	free(block_and_take_id(b, "two.example"));
	free(journal_text(b, 2));
	stop(b);
	start(b);
	reply = ask(b, "explain", id, NULL, NULL);
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(reply, "event"), "zone")),
	    "evil.example");
	expect_ok(reply);
	assert_int_equal(event_count(b, NULL, NULL, NULL), 2);
	free(block_and_take_id(b, "three.example"));
	free(journal_text(b, 1));
	/* In memory and in the file: once. */
	assert_int_equal(event_count(b, NULL, NULL, NULL), 3);
	assert_int_equal(event_count(b, "-n", "2", NULL), 2);
	free(id);
}

static void
what_no_client_asks_for_is_not_said_to_be_blocked(void **state)
{
	static const char *const names[] = { "*.evil.example",
		"\xe6\x97\xa5\xe6\x9c\xac.example" };
	static const char *const commands[] = { "block", "allow" };
	struct bench *b = *state;

	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 2; k++)
			expect_no(ask(b, commands[k], names[i], NULL, NULL), "usage");
	expect_ok(ask(b, "block", "xn--wgv71a.example", NULL, NULL));
	/* as a name is shown, whatever its bytes are */
	expect_ok(ask(b, "block", "a:b\\255.example", NULL, NULL));
	expect_ok(ask(b, "unset", "a:b\\255.example", NULL, NULL));
}

static void
who_follows_from_a_time_on_gets_all_since(void **state)
{
	struct bench *b = *state;
	char zone[32];

	for (unsigned i = 0; i < 12; i++) {
		snprintf(zone, sizeof(zone), "z%u.example", i);
		free(block_and_take_id(b, zone));
	}
	assert_int_equal(event_count(b, "-f", NULL, NULL), 10);
	assert_int_equal(event_count(b, "-f", "--since", "1h"), 12);
}

static void
events_come_oldest_first_and_through_the_filters(void **state)
{
	struct bench *b = *state;
	json_t *reply, *list;

	free(block_and_take_id(b, "one.example"));
	free(block_and_take_id(b, "sub.two.example"));
	expect_ok(ask(b, "allow", "three.example", NULL, NULL));
	reply = ask(b, "events", NULL, NULL, NULL);
	list = json_object_get(reply, "events");
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(list, 0), "zone")),
	    "one.example");
	json_decref(reply);
	assert_int_equal(event_count(b, "--zone", "two.example", NULL), 1);
	assert_int_equal(event_count(b, "--zone", "example", NULL), 3);
	assert_int_equal(event_count(b, "--action", "allow", NULL), 1);
	assert_int_equal(event_count(b, "--client", "192.0.2.1", NULL), 0);
	assert_int_equal(event_count(b, "--since", "1h", NULL), 3);
	assert_int_equal(event_count(b, "--since", "2999-01-01", NULL), 0);
	assert_int_equal(event_count(b, "-n", "0", NULL), 0);
}

static void
a_follower_gets_what_its_filter_lets_through(void **state)
{
	struct bench *b = *state;
	struct ctl_client *c = client_of(b);
	json_t *event;

	say(c, "{\"command\":\"events\",\"arguments\":[\"--follow\",\"--zone\",\"wanted."
	       "example\"]}\n");
	event = hear(c);
	assert_true(json_is_true(json_object_get(event, "following")));
	json_decref(event);
	free(block_and_take_id(b, "other.example"));
	free(block_and_take_id(b, "a.wanted.example"));
	event = hear(c);
	assert_string_equal(
	    json_string_value(json_object_get(event, "zone")), "a.wanted.example");
	json_decref(event);
	/* It may still ask something else meanwhile. */
	say(c, "{\"command\":\"version\"}\n");
	expect_ok(hear(c));
	ctl_client_free(c);
}

/* ---- reload ---- */

static void
a_reload_is_answered_when_it_is_done(void **state)
{
	struct bench *b = *state;

	expect_ok(ask(b, "reload", NULL, NULL, NULL));
	assert_int_equal(b->swaps, 1);
}

static void
a_bad_file_is_refused_with_all_its_mistakes(void **state)
{
	struct bench *b = *state;
	json_t *reply, *errors;

	write_file(b->conf_file, "server:\n  lisen: []\ndetection:\n  mode: maybe\n");
	reply = ask(b, "reload", NULL, NULL, NULL);
	errors = json_object_get(reply, "errors");
	assert_int_equal(json_array_size(errors), 2);
	assert_non_null(
	    strstr(json_string_value(json_array_get(errors, 0)), "conf:2:3:"));
	assert_non_null(strstr(json_string_value(json_array_get(errors, 1)), "conf:4:"));
	expect_no(reply, "configuration");
	assert_int_equal(b->swaps, 0);
	expect_ok(ask(b, "status", NULL, NULL, NULL));
}

static void
who_hangs_up_during_a_reload_is_forgotten(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 8; i++) {
		struct ctl_client *c = client_of(b);

		say(c, "{\"command\":\"reload\"}\n");
		ctl_client_free(c);
	}
	expect_ok(ask(b, "reload", NULL, NULL, NULL));
}

/* Its queue is full, and nobody accepts. */
static void
a_daemon_that_does_not_turn_is_not_waited_for_for_ever(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct ctl_client *waiting, *c = NULL;
	char error[CTL_CLIENT_ERROR_MAX] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	snprintf(
	    at.sun_path, sizeof(at.sun_path), "/tmp/sekisho-stuck.%d", (int)getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)(void *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(
	    ctl_client_new(at.sun_path, PATIENCE_MS, &waiting, error), ERR_OK);
	assert_int_equal(ctl_client_new(at.sun_path, 20, &c, error), ERR_IO);
	assert_non_null(strstr(error, "is it stuck?"));
	ctl_client_free(waiting);
	unlink(at.sun_path);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_socket_is_for_its_owner_and_group),
		TEST(a_living_daemons_socket_is_not_taken),
		TEST(what_a_crash_left_is_replaced_and_files_are_left_alone),
		TEST(a_path_that_is_too_long_is_told),
		TEST(without_descriptors_clients_wait_and_the_loop_does_not_spin),
		TEST(hostile_bytes_are_an_error_and_the_connection_goes_on),
		TEST(requests_in_one_packet_are_answered_in_their_order),
		TEST(a_request_without_end_is_refused_and_closed),
		TEST(a_client_that_does_not_read_holds_up_nobody_and_loses_nothing),
		TEST(the_seventeenth_connection_is_told_that_it_is_one_too_many),
		TEST(usage_mistakes_are_told_apart_from_what_is_not_there),
		TEST(blocks_and_allows_are_in_force_until_taken_back),
		TEST(what_an_operator_does_is_journaled_with_his_id_and_reason),
		TEST(an_event_is_explained_from_memory_and_says_whether_it_is_in_force),
		TEST(after_a_restart_the_journal_still_knows),
		TEST(what_no_client_asks_for_is_not_said_to_be_blocked),
		TEST(who_follows_from_a_time_on_gets_all_since),
		TEST(events_come_oldest_first_and_through_the_filters),
		TEST(a_follower_gets_what_its_filter_lets_through),
		TEST(a_reload_is_answered_when_it_is_done),
		TEST(a_bad_file_is_refused_with_all_its_mistakes),
		TEST(who_hangs_up_during_a_reload_is_forgotten),
		cmocka_unit_test(a_daemon_that_does_not_turn_is_not_waited_for_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
