#ifndef DETECT_DETECT_TABLES_H
#define DETECT_DETECT_TABLES_H

#include <jansson.h>

#include "detect/inside.h"

/*
 * What the tables know by hash alone, over a restart: which zones people share, the
 * accounts of clients, servers and the network. A hash means something only under the
 * key that made it, so the key goes into the file (which only its owner reads), and a
 * detector that has judged nothing yet takes it over.
 */

struct tables_age {
	uint32_t now_sec;
	uint32_t pause_sec; /* since the file was written */
};

/** tables_key(d, out): the key as text for the file's head. */
#define TABLES_KEY_TEXT 33u
void tables_key(const struct detect *d, char out[TABLES_KEY_TEXT]);
/** tables_rekey(d, text): ${d} has that key now, or had it. False: it has judged by
 * another one already, or the text is none; then hashes of the file mean nothing. */
bool tables_rekey(struct detect *d, const char *text);

/** tables_save(d, now, out): a line of JSON for each entry that is worth one. */
bool tables_save(struct detect *d, const struct now *now, FILE *out);
/** tables_load(d, age, kind, o, use): a line of ${kind}; ${use} false: only its form is
 * looked at. False: no such kind, or a bad line. */
bool tables_load(struct detect *d, const struct tables_age *age, const char *kind,
    const json_t *o, bool use);

#endif
