#ifndef OPS_CTL_JSON_H
#define OPS_CTL_JSON_H

#include <stdint.h>

#include <jansson.h>

#include "resolver/ops/show.h"

/*
 * Members of the daemon's JSON as the tool shows them. Whatever is missing or of another
 * kind than expected reads as nothing. Strings are not yet safe to show (show.h).
 */

/** ctl_json_text(o, key): NULL when it is no string. Borrows. */
const char *ctl_json_text(const json_t *o, const char *key);
/** ctl_json_question(event, key): "name" or "type" of an event's question; NULL without
 * one. Borrows. */
const char *ctl_json_question(const json_t *event, const char *key);
/** ctl_json_or_dash(text): "-" for NULL and "". */
const char *ctl_json_or_dash(const char *text);
/** ctl_json_count(o, key): 0 when it is no number above 0. */
uint64_t ctl_json_count(const json_t *o, const char *key);
/** ctl_json_colour(action): of an event's action; NULL is plain. */
enum show_colour ctl_json_colour(const char *action);
/** ctl_json_time(event, out): "2026-11-22 08:15:30". Returns ${out}. */
const char *ctl_json_time(const json_t *event, char out[SHOW_NUMBER_MAX]);

#endif
