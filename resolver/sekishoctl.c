/*
 * sekishoctl: the operator's tool. Most commands are one request to the running daemon
 * (resolver/ops/control_commands.h has their table); check, dump and schema need no
 * daemon. What it prints is made in resolver/ops/ctl_reply.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "base/spelling.h"
#include "conf/conf.h"
#include "resolver/judge/judge.h"
#include "resolver/ops/advice.h"
#include "resolver/ops/control_commands.h"
#include "resolver/ops/ctl_client.h"
#include "resolver/ops/ctl_reply.h"
#include "resolver/os/clock.h"

#define DEFAULT_FILE SYSCONFDIR "/sekisho/sekisho.yaml"
#define ANSWER_MAX_MS                                                                    \
	120000u /* a reload of large lists takes seconds; a daemon that is stuck must    \
		   not hang scripts */
/* A daemon that does not turn accepts nobody: once its queue is full, connect(2) would
 * wait for ever, and monitoring would pile up. */
#define CONNECT_MAX_MS 10000u
#define OVERRIDES_MAX  64
#define NEAR	       2u /* letters that may differ for "did you mean" */

/* Documented in sekishoctl(8). */
enum exit_status {
	EXIT_OK = 0,
	EXIT_NO = 1, /* the daemon said no, or there is nothing of the kind */
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3, /* no daemon, or it went away before it answered */
	EXIT_CONFIGURATION = 4
};

struct tool {
	const char *file; /* -c; NULL: DEFAULT_FILE when it is there */
	const char *socket;
	bool json;
	size_t override_count;
	const char *overrides[OVERRIDES_MAX];
	const char *command;
	size_t argument_count;
	const char **arguments;
	struct show out, err;
};

struct offline {
	const char *name, *usage, *summary;
	enum exit_status (*run)(struct tool *t);
	const char *details; /* NULL: the summary says all */
};
static const struct offline *offline_table(size_t *count);

/* ---- help ---- */

static void
list_commands(FILE *out)
{
	size_t online_count, offline_count;
	const struct control_command *online = control_commands(&online_count);
	const struct offline *offline = offline_table(&offline_count);

	fputs("\nof the running daemon:\n", out);
	for (size_t i = 0; i < online_count; i++)
		fprintf(out, "  %-10s %s\n", online[i].name, online[i].summary);
	fputs("\nwithout a daemon:\n", out);
	for (size_t i = 0; i < offline_count; i++)
		fprintf(out, "  %-10s %s\n", offline[i].name, offline[i].summary);
}

static void
print_usage(FILE *out)
{
	fputs("usage: sekishoctl [-c FILE | -s SOCKET] [--json] COMMAND [ARGUMENT...]\n"
	      "\n"
	      "  -c FILE    the daemon's configuration (" DEFAULT_FILE ")\n"
	      "  -s SOCKET  its control socket, else as the configuration says\n"
	      "  -o K=V     one option over the file, for check, dump and judge\n"
	      "  --json     print replies as they come, for programs\n"
	      "  -V         print the version, as does --version\n"
	      "  -h         print this, as does --help\n",
	    out);
	list_commands(out);
	fputs("\n\"sekishoctl help COMMAND\" tells its arguments; sekishoctl(8) tells "
	      "all.\n",
	    out);
}

static void
print_one_usage(FILE *out, const char *name, const char *usage, const char *summary)
{
	fprintf(out, "usage: sekishoctl %s%s%s\n  %s\n", name, *usage != '\0' ? " " : "",
	    usage, summary);
}

static bool
print_command_usage(FILE *out, const char *name)
{
	size_t count;
	const struct control_command *online = control_commands_find(name);
	const struct offline *offline = offline_table(&count);

	if (online != NULL) {
		print_one_usage(out, name, online->usage, online->summary);
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(offline[i].name, name) != 0)
			continue;
		print_one_usage(out, name, offline[i].usage, offline[i].summary);
		if (offline[i].details != NULL)
			fputs(offline[i].details, out);
		return true;
	}
	return false;
}

static const char *
nearest_command(const char *name)
{
	size_t online_count, offline_count;
	const struct control_command *online = control_commands(&online_count);
	const struct offline *offline = offline_table(&offline_count);
	const char *best = NULL;
	unsigned best_distance = NEAR + 1;

	for (size_t i = 0; i < online_count + offline_count; i++) {
		const char *other =
		    i < online_count ? online[i].name : offline[i - online_count].name;
		unsigned distance = spelling_distance(name, other);

		if (distance < best_distance) {
			best_distance = distance;
			best = other;
		}
	}
	return best;
}

static enum exit_status
unknown_command(const struct tool *t)
{
	const char *near = nearest_command(t->command);

	fputs("sekishoctl: no command '", stderr);
	show_text(&t->err, SHOW_PLAIN, t->command);
	if (near != NULL)
		fprintf(stderr, "'; did you mean '%s'?\n", near);
	else
		fputs("'; \"sekishoctl help\" lists them\n", stderr);
	return EXIT_USAGE;
}

/* ---- without a daemon ---- */

static enum exit_status
too_many_arguments(const struct tool *t)
{
	fputs("sekishoctl: too many arguments\n", stderr);
	print_command_usage(stderr, t->command);
	return EXIT_USAGE;
}

/* The file of check and dump: their argument, -c, or the installed one. */
static const char *
file_of(const struct tool *t)
{
	const char *file = t->argument_count > 0 ? t->arguments[0] : t->file;

	if (file == NULL)
		file = DEFAULT_FILE;
	return strcmp(file, "none") == 0 ? NULL : file;
}

/* Takes ${root}. */
static void
print_json(json_t *root)
{
	json_dumpf(root, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
	json_decref(root);
}

static void
print_mistakes_json(const struct conf_errors *errors)
{
	json_t *list = json_array(), *root;

	for (size_t i = 0; i < errors->count && i < CONF_ERRORS_MAX; i++) {
		json_t *text = json_string(errors->errors[i].text);

		json_array_append_new(
		    list, text != NULL ? text : json_string("(not UTF-8)"));
	}
	root = json_pack("{s:b, s:I, s:o}", "ok", 0, "mistakes",
	    (json_int_t)errors->count, "errors", list);
	print_json(root);
}

static void
print_mistakes(const struct tool *t, const struct conf_errors *errors)
{
	for (size_t i = 0; i < errors->count && i < CONF_ERRORS_MAX; i++) {
		show_text(&t->err, SHOW_PLAIN, errors->errors[i].text);
		fputc('\n', stderr);
	}
	if (errors->count > CONF_ERRORS_MAX)
		fprintf(stderr, "... and %zu more\n", errors->count - CONF_ERRORS_MAX);
	fprintf(stderr, "%zu mistake%s\n", errors->count, errors->count == 1 ? "" : "s");
}

/* NULL: the mistakes are printed. */
static struct conf *
load(const struct tool *t, const char *file)
{
	struct conf_errors *errors = calloc(1, sizeof(*errors));
	struct conf *conf = NULL;

	if (errors == NULL) {
		fputs("sekishoctl: out of memory\n", stderr);
		return NULL;
	}
	if (conf_load(file, t->overrides, t->override_count, errors, &conf) != ERR_OK) {
		conf = NULL;
		if (t->json)
			print_mistakes_json(errors);
		else
			print_mistakes(t, errors);
	}
	free(errors);
	return conf;
}

static const char *
detection_text(const struct conf *c)
{
	static const char *const texts[] = { "off", "shadow (reports, stops nothing)",
		"enforce" };

	return c->detection_mode < 3 ? texts[c->detection_mode] : "?";
}

static void
print_summary(const struct tool *t, const struct conf *c)
{
	char text[ADDR_TEXT_MAX];
	size_t sets = 0;

	for (const struct rrset *s = c->local_data; s != NULL; s = s->next)
		sets++;
	fputs("ok: ", stdout);
	show_text(&t->out, SHOW_BOLD,
	    c->file == NULL || c->file[0] == '\0' ? "defaults alone" : c->file);
	fputs("\n  listens on ", stdout);
	for (size_t i = 0; i < c->listen_count; i++)
		printf("%s%s", i == 0 ? "" : ", ", addr_to_text(&c->listen[i], text));
	printf("\n  %zu group%s of clients, detection: %s\n", c->group_count,
	    c->group_count == 1 ? "" : "s", detection_text(c));
	printf("  %zu stub and forward zones, %zu local zones, %zu sets of local data\n",
	    c->zone_count, c->local_zone_count, sets);
	printf("  %zu names allowed, %zu blocked\n",
	    c->allow == NULL ? 0 : namelist_count(c->allow),
	    c->block == NULL ? 0 : namelist_count(c->block));
}

struct advice {
	const struct tool *tool;
	json_t *list; /* with --json: all of it, for the one object that is printed */
};

static void
take_advice(void *ctx, const char *text)
{
	struct advice *a = ctx;
	const struct tool *t = a->tool;

	if (t->json) {
		json_array_append_new(a->list, json_string(text));
		return;
	}
	fputs("sekishoctl: warning: ", stderr);
	show_text(&t->err, SHOW_PLAIN, text);
	fputc('\n', stderr);
}

static enum exit_status
run_check(struct tool *t)
{
	struct conf *c;
	struct advice a = { .tool = t };

	if (t->argument_count > 1)
		return too_many_arguments(t);
	if ((c = load(t, file_of(t))) == NULL)
		return EXIT_CONFIGURATION;
	a.list = json_array();
	if (!t->json)
		print_summary(t, c);
	advice_of_user(c, take_advice, &a);
	advice_of(c, take_advice, &a);
	if (t->json)
		print_json(json_pack("{s:b, s:O}", "ok", 1, "warnings", a.list));
	json_decref(a.list);
	conf_unref(c);
	return EXIT_OK;
}

static enum exit_status
run_dump(struct tool *t)
{
	struct conf *c;

	if (t->argument_count > 1)
		return too_many_arguments(t);
	if ((c = load(t, file_of(t))) == NULL)
		return EXIT_CONFIGURATION;
	conf_dump(c, stdout);
	conf_unref(c);
	return EXIT_OK;
}

static enum exit_status
run_schema(struct tool *t)
{
	if (t->argument_count > 0)
		return too_many_arguments(t);
	conf_write_schema(stdout);
	return EXIT_OK;
}

/* The installed file is used when it is there, as for commands of the daemon. */
static const char *
file_or_none(const struct tool *t)
{
	const char *file = t->file;

	if (file == NULL && access(DEFAULT_FILE, F_OK) == 0)
		file = DEFAULT_FILE;
	return file != NULL && strcmp(file, "none") == 0 ? NULL : file;
}

static enum exit_status
run_judge(struct tool *t)
{
	struct judge_options o = { .json = t->json };
	const char *wrong;
	bool good;

	if ((wrong = judge_arguments(t->arguments, t->argument_count, &o)) != NULL) {
		fputs(
		    wrong[0] == '-' ? "sekishoctl: no option " : "sekishoctl: ", stderr);
		show_text(&t->err, SHOW_PLAIN, wrong);
		fputs("; \"sekishoctl judge --help\" tells all\n", stderr);
		return EXIT_USAGE;
	}
	if ((o.conf = load(t, file_or_none(t))) == NULL)
		return EXIT_CONFIGURATION;
	good = judge_run(&o, &t->out, &t->err);
	conf_unref(o.conf);
	return good ? EXIT_OK : EXIT_NO;
}

static enum exit_status
run_help(struct tool *t)
{
	if (t->argument_count == 0) {
		print_usage(stdout);
		return EXIT_OK;
	}
	if (print_command_usage(stdout, t->arguments[0]))
		return EXIT_OK;
	t->command = t->arguments[0];
	return unknown_command(t);
}

static const char judge_details[] =
    "\n"
    "  FILE         a capture (pcap, pcapng), or the query log of BIND, Unbound, "
    "dnsmasq,\n"
    "               Pi-hole or Zeek; plain, or packed by xz, gzip, bzip2 or zstd.\n"
    "               Which it is, is found out. A folder stands for all in it, - for\n"
    "               standard input. Several files are one recording, in order of time.\n"
    "  --html PAGE  writes the report as a page with a timeline, too\n"
    "  --json       prints one JSON object instead of text\n"
    "  --each       judges each file by itself\n"
    "\n"
    "The configuration (-c FILE, -o K=V before \"judge\") counts: groups, lists, types,\n"
    "budgets; \"-c none\" is the defaults alone. Nothing is sent anywhere. Interrupted\n"
    "with Ctrl-C it reports what it knows by then. The exit status is 1 when some file\n"
    "was not read to its end. sekishoctl(8) explains the report.\n";

static const struct offline offline_commands[] = {
	{ "check", "[FILE]", "tell every mistake of a configuration", run_check, NULL },
	{ "dump", "[FILE]", "print the configuration as it takes effect, defaults too",
	    run_dump, NULL },
	{ "schema", "", "print a JSON Schema of the configuration, for editors",
	    run_schema, NULL },
	{ "judge", "[--json] [--html PAGE] [--each] FILE...",
	    "what the detector would have done with captures and query logs", run_judge,
	    judge_details },
	{ "help", "[COMMAND]", "print this, or the arguments of a command", run_help,
	    NULL },
};

static const struct offline *
offline_table(size_t *count)
{
	*count = sizeof(offline_commands) / sizeof(offline_commands[0]);
	return offline_commands;
}

/* ---- with the daemon ---- */

/*
 * The socket that the configuration names; the caller frees. A file that was broken after
 * the daemon started must not keep its operator away from it: then the socket is the
 * default one and ${*guessed} is set.
 */
static char *
socket_of(const struct tool *t, bool *guessed)
{
	static struct conf_errors errors;
	const char *file = t->file;
	struct conf *c = NULL;
	char *path;

	*guessed = false;
	if (t->socket != NULL)
		return strdup(t->socket);
	if (file == NULL && access(DEFAULT_FILE, F_OK) == 0)
		file = DEFAULT_FILE;
	if (file != NULL && strcmp(file, "none") == 0)
		file = NULL;
	if (conf_load(file, t->overrides, t->override_count, &errors, &c) != ERR_OK) {
		*guessed = true;
		fputs("sekishoctl: ", stderr);
		show_text(&t->err, SHOW_PLAIN, errors.errors[0].text);
		if (errors.count > 1)
			fprintf(stderr, " (and %zu more, see sekishoctl check)",
			    errors.count - 1);
		fputs(
		    "\nsekishoctl: trying the default socket; -s SOCKET names another\n",
		    stderr);
		if (conf_load(NULL, NULL, 0, &errors, &c) != ERR_OK)
			return NULL;
	}
	path = strdup(c->control_socket);
	conf_unref(c);
	return path;
}

static enum exit_status
refused(const struct tool *t, const json_t *reply)
{
	const char *code = json_string_value(json_object_get(reply, "code"));

	if (!t->json)
		ctl_reply_show_error(&t->err, reply);
	if (code != NULL && strcmp(code, "usage") == 0) {
		if (!t->json)
			print_command_usage(stderr, t->command);
		return EXIT_USAGE;
	}
	return code != NULL && strcmp(code, "configuration") == 0 ? EXIT_CONFIGURATION
								  : EXIT_NO;
}

static void
follow(const struct tool *t, struct ctl_client *client)
{
	const char *line;

	while (fflush(stdout) == 0 && (line = ctl_client_read(client, 0)) != NULL) {
		json_t *event;

		if (t->json) {
			puts(line);
			continue;
		}
		event = json_loads(line, 0, NULL);
		ctl_reply_show_event(&t->out, event);
		json_decref(event);
	}
}

/* The events before the first new one, in the same form as those to come. */
static void
show_first(const struct tool *t, const json_t *reply, bool following)
{
	struct now now;
	size_t i;
	const json_t *event;

	if (following) {
		json_array_foreach(json_object_get(reply, "events"), i, event)
		    ctl_reply_show_event(&t->out, event);
		return;
	}
	clock_now(&now);
	ctl_reply_show(&t->out, t->command, reply, now.wall_ms);
}

static enum exit_status
take_reply(const struct tool *t, struct ctl_client *client)
{
	const char *line = ctl_client_read(client, ANSWER_MAX_MS);
	json_t *reply = line == NULL ? NULL : json_loads(line, 0, NULL);
	enum exit_status status = EXIT_OK;
	bool following;

	if (!json_is_object(reply)) {
		fputs("sekishoctl: the daemon went away before it answered\n", stderr);
		json_decref(reply);
		return EXIT_UNREACHABLE;
	}
	following = json_is_true(json_object_get(reply, "following"));
	if (t->json)
		puts(line);
	if (!json_is_true(json_object_get(reply, "ok")))
		status = refused(t, reply);
	else if (!t->json)
		show_first(t, reply, following);
	json_decref(reply);
	if (status == EXIT_OK && following) {
		follow(t, client);
		status = EXIT_UNREACHABLE; /* it is the daemon that ended this */
	}
	return status;
}

static enum exit_status
talk(const struct tool *t, const char *path, const char *line)
{
	char error[CTL_CLIENT_ERROR_MAX];
	struct ctl_client *client;
	enum exit_status status;

	if (ctl_client_new(path, CONNECT_MAX_MS, &client, error) != ERR_OK) {
		fputs("sekishoctl: ", stderr);
		show_text(&t->err, SHOW_PLAIN, error);
		fputc('\n', stderr);
		return EXIT_UNREACHABLE;
	}
	/* Also when the send failed: a daemon with too many connections says so and
	 * closes. */
	(void)!ctl_client_send(client, line);
	status = take_reply(t, client);
	ctl_client_free(client);
	return status;
}

static enum exit_status
run_online(const struct tool *t)
{
	char *line = control_request_line(t->command, t->arguments, t->argument_count),
	     *path;
	enum exit_status status;
	bool guessed;

	if (line == NULL) {
		fputs("sekishoctl: an argument is not UTF-8; write other bytes of a name "
		      "as \\DDD\n",
		    stderr);
		return EXIT_USAGE;
	}
	if ((path = socket_of(t, &guessed)) == NULL) {
		free(line);
		return EXIT_CONFIGURATION;
	}
	status = talk(t, path, line);
	if (status == EXIT_UNREACHABLE && guessed)
		status = EXIT_CONFIGURATION;
	free(path);
	free(line);
	return status;
}

/* ---- the command line ---- */

/* An option before the command; ${*at} steps over its value. False: it is wrong. */
static bool
take_option(struct tool *t, int argc, char **argv, int *at)
{
	const char *name = argv[*at];
	bool has_value = *at + 1 < argc;

	if (strcmp(name, "--json") == 0)
		t->json = true;
	else if (strcmp(name, "-c") == 0 && has_value)
		t->file = argv[++*at];
	else if (strcmp(name, "-s") == 0 && has_value)
		t->socket = argv[++*at];
	else if (strcmp(name, "-o") == 0 && has_value &&
		 t->override_count < OVERRIDES_MAX)
		t->overrides[t->override_count++] = argv[++*at];
	else if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0)
		t->command = "help";
	else if (strcmp(name, "-V") == 0 || strcmp(name, "--version") == 0)
		t->command = "-V";
	else
		return false;
	return true;
}

/* What stands behind the command goes to it as it is, but for --json, which people put
 * anywhere. */
static void
take_arguments(struct tool *t, int argc, char **argv, int at)
{
	bool only_names = false;

	for (; at < argc; at++) {
		only_names = only_names || strcmp(argv[at], "--") == 0;
		if (!only_names && strcmp(argv[at], "--json") == 0)
			t->json = true;
		else
			t->arguments[t->argument_count++] = argv[at];
	}
}

static bool
wants_help(const struct tool *t)
{
	for (size_t i = 0; i < t->argument_count; i++) {
		if (strcmp(t->arguments[i], "--") == 0)
			return false;
		if (strcmp(t->arguments[i], "--help") == 0)
			return true;
	}
	return false;
}

static enum exit_status
run(struct tool *t)
{
	size_t count;
	const struct offline *offline = offline_table(&count);

	if (t->command == NULL) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(t->command, "-V") == 0) {
		puts("sekishoctl " PACKAGE_VERSION);
		return EXIT_OK;
	}
	if (wants_help(t) && print_command_usage(stdout, t->command))
		return EXIT_OK;
	for (size_t i = 0; i < count; i++)
		if (strcmp(offline[i].name, t->command) == 0)
			return offline[i].run(t);
	return control_commands_find(t->command) == NULL ? unknown_command(t)
							 : run_online(t);
}

static void
refuse_option(const struct tool *t, const char *option)
{
	bool known = strcmp(option, "-c") == 0 || strcmp(option, "-s") == 0 ||
		     strcmp(option, "-o") == 0;

	fputs("sekishoctl: option '", stderr);
	show_text(&t->err, SHOW_PLAIN, option);
	if (known && t->override_count == OVERRIDES_MAX)
		fputs("' stands there too often", stderr);
	else
		fputs(known ? "' lacks its value" : "' is unknown", stderr);
	fputs("; \"sekishoctl help\" lists them\n", stderr);
}

int
main(int argc, char **argv)
{
	struct tool t = { 0 };
	enum exit_status status;
	int at = 1;

	show_init(&t.out, stdout);
	show_init(&t.err, stderr);
	if ((t.arguments = calloc((size_t)argc + 1, sizeof(char *))) == NULL)
		return EXIT_NO;
	for (; at < argc && argv[at][0] == '-'; at++)
		if (!take_option(&t, argc, argv, &at)) {
			refuse_option(&t, argv[at]);
			free(t.arguments);
			return EXIT_USAGE;
		}
	if (t.command == NULL && at < argc)
		t.command = argv[at++];
	take_arguments(&t, argc, argv, at);
	status = run(&t);
	free(t.arguments);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "sekishoctl: standard output: %s\n", strerror(errno));
		status = status == EXIT_OK ? EXIT_NO : status;
	}
	return (int)status;
}
