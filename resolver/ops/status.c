#include "resolver/ops/status.h"

#include <unistd.h>

#include "config.h"

const char *
status_mode(unsigned mode)
{
	static const char *const texts[] = { "off", "shadow", "enforce" };

	return mode < 3 ? texts[mode] : "?";
}

static json_t *
listening(const struct status *s)
{
	const struct conf *conf = s->built;
	json_t *list = json_array();
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < conf->listen_count; i++)
		if (doors_at(s->doors, &conf->listen[i]))
			json_array_append_new(
			    list, json_string(addr_to_text(&conf->listen[i], text)));
	return list;
}

json_t *
status_json(const struct status *s)
{
	const struct conf *conf = s->in_force;
	json_t *o = json_object();

	json_object_set_new(o, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(o, "pid", json_integer(getpid()));
	json_object_set_new(
	    o, "uptime_sec", json_integer((json_int_t)(s->uptime_ms / 1000)));
	json_object_set_new(o, "workers", json_integer(s->workers));
	json_object_set_new(o, "listen", listening(s));
	json_object_set_new(
	    o, "configuration", json_string(conf->file != NULL ? conf->file : ""));
	json_object_set_new(
	    o, "detection", json_string(status_mode(conf->detection_mode)));
	json_object_set_new(o, "journal", json_string(conf->journal_file));
	json_object_set_new(o, "memory_worst_case_bytes",
	    json_integer(
		(json_int_t)shared_worst_case(s->shared, s->built, conf, s->workers)));
	return o;
}
