#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "conf/conf.h"
#include "detect/detect.h"
#include "resolver/ops/control.h"
#include "resolver/ops/control_commands.h"

/*
 * Input: one line of the control socket. The whole command runs, on a detection of its
 * own, without sockets and without a journal. Whatever the line is, the reply is one JSON
 * object with "ok", a refusal has an error and a code, and it fits on one line.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct conf *conf;
static struct detect *detect;

static const struct conf *
conf_of(void *ctx)
{
	(void)ctx;
	return conf;
}

static void
begin(void)
{
	static const char *const overrides[] = { "server.journal=''",
		"detection.zone-entries=1024", "detection.pair-entries=1024",
		"detection.client-entries=1024", "detection.seen-entries=4096" };
	static const struct hashkey key = { 1, 2 };
	static struct conf_errors errors;

	CHECK(conf_load(NULL, overrides, sizeof(overrides) / sizeof(overrides[0]),
		  &errors, &conf) == ERR_OK);
	CHECK((detect = detect_new(conf, &key, 7)) != NULL);
}

static void
check_reply(const json_t *reply)
{
	char *text;

	CHECK(json_is_object(reply));
	CHECK(json_is_boolean(json_object_get(reply, "ok")));
	if (json_is_false(json_object_get(reply, "ok"))) {
		CHECK(json_is_string(json_object_get(reply, "error")));
		CHECK(json_is_string(json_object_get(reply, "code")));
	}
	text = json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);
	CHECK(text != NULL && strchr(text, '\n') == NULL);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct now now = { .mono_ms = 1000, .wall_ms = 1795334130123 };
	struct control_env env = { .conf = conf_of };
	struct control_call call = { .env = &env, .now = &now, .uid = 1000 };
	json_t *reply;

	if (detect == NULL)
		begin();
	if (len >= CONTROL_LINE_MAX)
		return 0;
	env.detect = detect;
	reply = control_commands_answer(&call, (const char *)bytes, len);
	CHECK(
	    call.then == CONTROL_THEN_NOTHING); /* there is neither reload nor journal */
	check_reply(reply);
	json_decref(reply);
	return 0;
}
