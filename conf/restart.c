#include "conf/restart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/dump.h"

#define KEY_MAX 128u

/* As it would be dumped; NULL without memory. The caller frees it. */
static char *
text_of(const struct schema_option *o, const struct whole *w)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	dump_option(o, w, 0, out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Without memory nothing is told: the reload itself will hardly have succeeded. */
static bool
differs(const struct schema_option *o, const struct whole *a, const struct whole *b)
{
	char *one = text_of(o, a), *other = text_of(o, b);
	bool yes = one != NULL && other != NULL && strcmp(one, other) != 0;

	free(one);
	free(other);
	return yes;
}

void
restart_changes(const struct whole *old, const struct whole *fresh,
    void (*tell)(void *ctx, const char *key), void *ctx)
{
	char key[KEY_MAX];

	for (const struct schema_option *s = schema_root(); s->name != NULL; s++) {
		if (s->kind != KIND_MAP)
			continue;
		for (const struct schema_option *o = s->options; o->name != NULL; o++) {
			if (!o->restart || !differs(o, old, fresh))
				continue;
			snprintf(key, sizeof(key), "%s.%s", s->name, o->name);
			tell(ctx, key);
		}
	}
}
