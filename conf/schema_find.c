#include <string.h>

#include "base/spelling.h"
#include "conf/schema.h"

#define NAME_LEN_MAX 40u /* no option's name is longer; a test sees to it */

const struct schema_option *
schema_find(const struct schema_option *options, const char *name)
{
	for (; options->name != NULL; options++) {
		if (strcmp(options->name, name) == 0)
			return options;
	}
	return NULL;
}

const struct schema_option *
schema_home(const char *name)
{
	for (const struct schema_option *s = schema_root(); s->name != NULL; s++) {
		if (s->kind == KIND_MAP && schema_find(s->options, name) != NULL)
			return s;
	}
	return NULL;
}

const struct schema_option *
schema_nearest(const struct schema_option *options, const char *name)
{
	const struct schema_option *nearest = NULL;
	size_t len = strlen(name);
	unsigned best =
	    len < 4 ? 2 : (unsigned)len / 3 + 2; /* one past the farthest that helps */

	if (len > NAME_LEN_MAX)
		return NULL;
	for (; options->name != NULL; options++) {
		unsigned distance = spelling_distance(name, options->name);

		if (distance < best) {
			best = distance;
			nearest = options;
		}
	}
	return nearest;
}
