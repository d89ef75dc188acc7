#include "conf/scope.h"

#include <stdio.h>
#include <string.h>

#define NAME_BYTES 16u /* IFNAMSIZ, the NUL included */

/* 32 digits of an address, number, prefix length, scope and flags in hexadecimal, and the
 * name: proc(5) "if_inet6". 0: there is no such interface. */
static unsigned
number_of(const char *name, const char *file)
{
	char line[256], found[NAME_BYTES];
	unsigned number, match = 0;
	FILE *in = fopen(file, "r");

	if (in == NULL)
		return 0;
	while (match == 0 && fgets(line, sizeof(line), in) != NULL)
		if (sscanf(line, "%*32x %x %*x %*x %*x %15s", &number, found) == 2 &&
		    strcmp(found, name) == 0)
			match = number;
	fclose(in);
	return match;
}

const char *
scope_number(const char *text, const char *file, char out[SCOPE_TEXT_MAX])
{
	const char *percent = strchr(text, '%'), *rest;
	size_t before, len;
	char name[NAME_BYTES];
	unsigned number;

	if (strlen(text) >= SCOPE_TEXT_MAX)
		return "";
	if (percent == NULL || (percent[1] >= '0' && percent[1] <= '9')) {
		strcpy(out, text);
		return NULL;
	}
	len = strcspn(percent + 1, "@]");
	if (len == 0 || len >= NAME_BYTES)
		return "";
	memcpy(name, percent + 1, len);
	name[len] = '\0';
	if ((number = number_of(name, file)) == 0)
		return "no interface of this name has an IPv6 address";
	before = (size_t)(percent - text);
	rest = percent + 1 + len;
	if (snprintf(out, SCOPE_TEXT_MAX, "%.*s%%%u%s", (int)before, text, number,
		rest) >= (int)SCOPE_TEXT_MAX)
		return "";
	return NULL;
}
