#include "detect/inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect_tables.h"
#include "detect/level.h"
#include "detect/signature.h"

/*
 * State over a restart: JSON lines. The first says what the file is; each other is a
 * zone's account and sinkhole, a pair's account and hold, or an operator's word. Times
 * are wall time, so what ended meanwhile stays away, and an account drains over the pause
 * as if there had been none.
 *
 * What the notes know by name is saved by name: zones that were suspect, held pairs,
 * stopped zones. What the tables know by hash alone is saved by hash
 * (detect_tables.h). What was asked before is not saved, nor when: labels and names are
 * fresh again after a restart, and beats begin anew.
 */

#define STATE_VERSION  1
#define STATE_KIND     "sekisho detection state"
#define LINE_MAX_BYTES 8192u
#define WALL_MAX_MS    (INT64_MAX / 4) /* differences of two fit */

/* ---- saving ---- */

static bool
write_line(FILE *out, json_t *o)
{
	bool good = o != NULL &&
		    json_dumpf(o, out, JSON_COMPACT | JSON_ENSURE_ASCII) == 0 &&
		    putc('\n', out) != EOF;

	json_decref(o);
	return good;
}

static int64_t
wall_of_sec(uint32_t until_sec, const struct now *now)
{
	if (until_sec == 0)
		return 0;
	return now->wall_ms +
	       ((int64_t)until_sec - (int64_t)detect_sec(now->mono_ms)) * 1000;
}

static json_t *
penalty_pack(const struct penalty *p, const struct now *now)
{
	char id[EVENT_ID_MAX];

	detect_ref_text(&p->event, id);
	return json_pack("{s:I,s:i,s:s}", "until_ms",
	    (json_int_t)wall_of_sec(p->until_sec, now), "times", (int)p->times, "event",
	    id);
}

static bool
save_zone(struct detect *d, const struct watch *w, const struct now *now, FILE *out)
{
	pthread_mutex_t *lock = &d->zone_locks[state_shard_of(w->zone_key)].lock;
	char name[DNAME_TEXT_MAX];
	const struct zone_state *z;
	json_t *o = NULL;

	pthread_mutex_lock(lock);
	if ((z = zones_find(d->zones, w->zone_key)) != NULL)
		o = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:f,s:o}", "kind", "zone",
		    "zone", dname_to_text(w->zone.bytes, name), "up_milli",
		    (json_int_t)z->up.milli, "down_milli", (json_int_t)z->down.milli,
		    "leaked_up", (json_int_t)z->leaked_up, "leaked_down",
		    (json_int_t)z->leaked_down, "stopped", (json_int_t)z->stopped,
		    "score", w->score, "sinkhole", penalty_pack(&z->sinkhole, now));
	pthread_mutex_unlock(lock);
	return z == NULL || write_line(out, o);
}

static bool
save_pair(struct detect *d, const struct watch *w, const struct now *now, FILE *out)
{
	pthread_mutex_t *lock = &d->zone_locks[state_shard_of(w->zone_key)].lock;
	char name[DNAME_TEXT_MAX], client[ADDR_TEXT_MAX];
	const struct pair_state *p;
	json_t *o = NULL;

	pthread_mutex_lock(lock);
	if ((p = pairs_find(d->pairs, w->zone_key, w->pair_key)) != NULL)
		o = json_pack("{s:s,s:s,s:b,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:i,s:f,s:o}",
		    "kind", "pair", "zone", dname_to_text(w->zone.bytes, name),
		    "platform", (int)w->platform, "client",
		    addr_host_text(&w->client, client), "verified", (int)w->verified,
		    "up_milli", (json_int_t)p->up.milli, "raw_milli",
		    (json_int_t)p->raw.milli, "down_milli", (json_int_t)p->down.milli,
		    "leaked_up", (json_int_t)p->leaked_up, "leaked_down",
		    (json_int_t)p->leaked_down, "stopped", (json_int_t)p->stopped, "tool",
		    (int)p->tool, "score", w->score, "hold", penalty_pack(&p->hold, now));
	pthread_mutex_unlock(lock);
	return p == NULL || write_line(out, o);
}

static bool
save_words(struct detect *d, const struct now *now, FILE *out)
{
	struct word w;
	char name[DNAME_TEXT_MAX];

	for (size_t i = 0; i < NOTES_WORDS_MAX; i++) {
		int64_t until = 0;

		if (!notes_word_at(d->notes, i, &w))
			continue;
		if (w.until_ms != 0)
			until = now->wall_ms + (int64_t)(w.until_ms - now->mono_ms);
		if (!write_line(out,
			json_pack("{s:s,s:s,s:I,s:s,s:s}", "kind",
			    w.block ? "block" : "allow", "name",
			    dname_to_text(w.name.bytes, name), "until_ms",
			    (json_int_t)until, "event", w.event_id, "reason", w.reason)))
			return false;
	}
	return true;
}

static bool
save_lessons(struct detect *d, const struct now *now, FILE *out)
{
	struct lesson x;
	char name[DNAME_TEXT_MAX], clients[20];

	if (!detect_has_learnt(d))
		return true;
	if (!write_line(out, json_pack("{s:s,s:I}", "kind", "learn", "for_sec",
				 (json_int_t)detect_learnt_for(d, now))))
		return false;
	for (size_t i = 0; i < LEARN_LESSONS_MAX; i++) {
		if (!notes_lesson_at(d->notes, i, &x))
			continue;
		snprintf(clients, sizeof(clients), "%016" PRIx64, x.clients);
		if (!write_line(
			out, json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:f}", "kind",
				 "lesson", "zone", dname_to_text(x.zone.bytes, name),
				 "clients", clients, "names", (json_int_t)x.names,
				 "reversed", (json_int_t)x.reversed, "suffixed",
				 (json_int_t)x.suffixed, "most_bytes",
				 (json_int_t)x.most_bytes, "bytes", (double)x.bytes)))
			return false;
	}
	return true;
}

enum err
detect_save(struct detect *d, const struct now *now, FILE *out)
{
	char key[TABLES_KEY_TEXT];
	struct watch w;
	bool good;

	tables_key(d, key);
	good = write_line(
	    out, json_pack("{s:s,s:i,s:I,s:s}", "file", STATE_KIND, "version",
		     STATE_VERSION, "saved_ms", (json_int_t)now->wall_ms, "key", key));
	good = good && tables_save(d, now, out);
	for (size_t i = 0; good && i < NOTES_WATCHES_MAX; i++) {
		if (!notes_watch_at(d->notes, i, &w))
			continue;
		/* A platform's own accounts hold nothing: its clients have parts. */
		good = w.platform || save_zone(d, &w, now, out);
		if (good && w.pair_key != 0)
			good = save_pair(d, &w, now, out);
	}
	good = good && save_words(d, now, out) && save_lessons(d, now, out);
	return good && fflush(out) == 0 ? ERR_OK : ERR_IO;
}

/* ---- loading ---- */

struct loading {
	struct detect *d;
	const struct now *now;
	uint32_t now_sec;
	uint32_t pause_sec; /* since the file was written */
	bool same_key;	    /* the file's hashes mean something here */
};

static uint32_t
number_of(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* A wall time, or one so far away that it makes no difference. */
static int64_t
time_of(const json_t *o, const char *key)
{
	int64_t ms = json_integer_value(json_object_get(o, key));

	return ms < -WALL_MAX_MS ? -WALL_MAX_MS : ms > WALL_MAX_MS ? WALL_MAX_MS : ms;
}

static bool
name_of(const json_t *o, const char *key, struct dname *out)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL && dname_from_text(text, out) == ERR_OK;
}

static uint32_t
drained_milli(
    const struct loading *in, const json_t *o, const char *key, uint32_t milli_per_sec)
{
	uint64_t gone = (uint64_t)in->pause_sec * milli_per_sec;
	uint32_t milli = number_of(o, key);

	return gone >= milli ? 0 : milli - (uint32_t)gone;
}

/* No measure is longer than this, whatever a file says. */
#define SPAN_MAX_SEC (366u * 86400u)

static bool
load_penalty(const struct loading *in, const json_t *o, struct penalty *p)
{
	const char *id = json_string_value(json_object_get(o, "event"));
	int64_t until_ms = time_of(o, "until_ms");
	uint32_t times = number_of(o, "times");
	int64_t left_ms = until_ms - in->now->wall_ms;

	memset(p, 0, sizeof(*p));
	if (!json_is_object(o) || id == NULL || times > UINT8_MAX)
		return false;
	if (id[0] != '\0' && !detect_ref_parse(id, &p->event))
		return false;
	p->times = (uint8_t)times;
	if (until_ms == 0)
		return true;
	p->until_sec = in->now_sec;
	if (left_ms > 0)
		p->until_sec += left_ms / 1000 > SPAN_MAX_SEC
				    ? SPAN_MAX_SEC
				    : (uint32_t)(left_ms / 1000);
	return true;
}

static void
load_watch(
    const struct loading *in, const json_t *o, struct watch *w, const struct penalty *p)
{
	w->until_sec = p->until_sec;
	w->times = p->times;
	w->event = p->event;
	w->score = json_real_value(json_object_get(o, "score"));
	if (w->action == EVENT_SINKHOLE && p->until_sec <= in->now_sec)
		w->action = EVENT_OBSERVE;
	notes_watch(in->d->notes, w);
}

static bool
load_zone(const struct loading *in, const json_t *o)
{
	struct watch w = { .action = EVENT_SINKHOLE };
	struct detect *d = in->d;
	struct penalty penalty;
	struct zone_state *z;
	pthread_mutex_t *lock;

	if (!name_of(o, "zone", &w.zone) ||
	    !load_penalty(in, json_object_get(o, "sinkhole"), &penalty))
		return false;
	w.zone_key = namehash_suffix_of(&d->key, w.zone.bytes);
	lock = &d->zone_locks[state_shard_of(w.zone_key)].lock;
	pthread_mutex_lock(lock);
	z = zones_get(d->zones, w.zone_key, in->now_sec);
	z->up.milli = drained_milli(in, o, "up_milli", LEVEL_UP_DRAIN_MILLI);
	z->down.milli = drained_milli(in, o, "down_milli", LEVEL_DOWN_DRAIN_MILLI);
	z->leaked_up = number_of(o, "leaked_up");
	z->leaked_down = number_of(o, "leaked_down");
	z->stopped = number_of(o, "stopped");
	z->sinkhole = penalty;
	z->suspect_told = true;
	pthread_mutex_unlock(lock);
	load_watch(in, o, &w, &penalty);
	return true;
}

static bool
load_pair(const struct loading *in, const json_t *o)
{
	const char *client = json_string_value(json_object_get(o, "client"));
	struct watch w = { .action = EVENT_HOLD };
	struct detect *d = in->d;
	struct penalty penalty;
	struct pair_state *p;
	pthread_mutex_t *lock;

	if (!name_of(o, "zone", &w.zone) || client == NULL ||
	    addr_from_text(client, 0, &w.client) != ERR_OK ||
	    !load_penalty(in, json_object_get(o, "hold"), &penalty))
		return false;
	w.verified = json_is_true(json_object_get(o, "verified"));
	w.platform = json_is_true(json_object_get(o, "platform"));
	w.zone_key = namehash_suffix_of(&d->key, w.zone.bytes);
	if (w.platform)
		w.zone_key = level_platform_key(w.zone_key);
	w.pair_key =
	    detect_pair_key(w.zone_key, detect_client_hash(d, &w.client), w.verified);
	lock = &d->zone_locks[state_shard_of(w.zone_key)].lock;
	pthread_mutex_lock(lock);
	p = pairs_get(d->pairs, w.zone_key, w.pair_key, in->now_sec);
	p->up.milli = drained_milli(in, o, "up_milli", LEVEL_UP_DRAIN_MILLI);
	p->raw.milli = drained_milli(in, o, "raw_milli", LEVEL_UP_DRAIN_MILLI);
	p->down.milli = drained_milli(in, o, "down_milli", LEVEL_DOWN_DRAIN_MILLI);
	p->leaked_up = number_of(o, "leaked_up");
	p->leaked_down = number_of(o, "leaked_down");
	p->stopped = number_of(o, "stopped");
	p->tool = signature_at((uint8_t)number_of(o, "tool")) != NULL
		      ? (uint8_t)number_of(o, "tool")
		      : 0;
	p->hold = penalty;
	pthread_mutex_unlock(lock);
	load_watch(in, o, &w, &penalty);
	return true;
}

static bool
load_word(const struct loading *in, const json_t *o, bool block)
{
	const char *reason = json_string_value(json_object_get(o, "reason"));
	const char *id = json_string_value(json_object_get(o, "event"));
	int64_t until_ms = time_of(o, "until_ms");
	struct word w = { .used = true, .block = block };
	struct event_ref ref;

	if (!name_of(o, "name", &w.name) || reason == NULL || id == NULL ||
	    strlen(reason) >= sizeof(w.reason) || !detect_ref_parse(id, &ref))
		return false;
	if (until_ms != 0 && until_ms <= in->now->wall_ms)
		return true; /* ended meanwhile */
	if (until_ms != 0)
		w.until_ms = in->now->mono_ms + (uint64_t)(until_ms - in->now->wall_ms);
	strncpy(w.event_id, id, sizeof(w.event_id) - 1);
	strncpy(w.reason, reason, sizeof(w.reason) - 1);
	w.hash = namehash_suffix_of(&in->d->key, w.name.bytes);
	if (notes_word_put(in->d->notes, &w) != ERR_OK)
		return false;
	atomic_fetch_add(&in->d->generation, 1);
	return true;
}

static bool
load_lesson(const struct loading *in, const json_t *o)
{
	const char *clients = json_string_value(json_object_get(o, "clients"));
	double bytes = json_real_value(json_object_get(o, "bytes"));
	struct lesson x = { .names = number_of(o, "names"),
		.reversed = number_of(o, "reversed"),
		.suffixed = number_of(o, "suffixed"),
		.most_bytes = number_of(o, "most_bytes") };

	if (!name_of(o, "zone", &x.zone) || clients == NULL || !(bytes >= 0) ||
	    bytes > 1e12)
		return false;
	x.zone_key = namehash_suffix_of(&in->d->key, x.zone.bytes);
	x.clients = strtoull(clients, NULL, 16);
	x.bytes = (float)bytes;
	notes_lesson(in->d->notes, &x);
	return true;
}

static bool
load_head(struct loading *in, const json_t *o)
{
	const char *file = json_string_value(json_object_get(o, "file"));
	int64_t pause_ms = in->now->wall_ms - time_of(o, "saved_ms");

	if (file == NULL || strcmp(file, STATE_KIND) != 0 ||
	    number_of(o, "version") != STATE_VERSION)
		return false;
	if (pause_ms > 0)
		in->pause_sec = pause_ms / 1000 > UINT32_MAX
				    ? UINT32_MAX
				    : (uint32_t)(pause_ms / 1000);
	in->same_key = tables_rekey(in->d, json_string_value(json_object_get(o, "key")));
	return true;
}

static bool
load_hashed(const struct loading *in, const char *kind, const json_t *o)
{
	const struct tables_age age = { in->now_sec, in->pause_sec };

	return tables_load(in->d, &age, kind, o, in->same_key);
}

static bool
load_line(struct loading *in, const char *text, unsigned line)
{
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *kind = json_string_value(json_object_get(o, "kind"));
	bool good = false;

	if (line == 1)
		good = load_head(in, o);
	else if (kind == NULL)
		good = false;
	else if (strcmp(kind, "zone") == 0)
		good = load_zone(in, o);
	else if (strcmp(kind, "pair") == 0)
		good = load_pair(in, o);
	else if (strcmp(kind, "block") == 0 || strcmp(kind, "allow") == 0)
		good = load_word(in, o, kind[0] == 'b');
	else if (strcmp(kind, "learn") == 0) {
		atomic_store(&in->d->learnt_sec, number_of(o, "for_sec"));
		good = true;
	} else if (strcmp(kind, "lesson") == 0)
		good = load_lesson(in, o);
	else
		good = load_hashed(in, kind, o);
	json_decref(o);
	return good;
}

enum err
detect_load(struct detect *d, const struct now *now, FILE *in, unsigned *line)
{
	struct loading l = { .d = d, .now = now, .now_sec = detect_sec(now->mono_ms) };
	char text[LINE_MAX_BYTES];

	*line = 0;
	while (fgets(text, sizeof(text), in) != NULL) {
		++*line;
		if (strchr(text, '\n') == NULL || !load_line(&l, text, *line))
			return ERR_MALFORMED;
	}
	if (ferror(in))
		return ERR_IO;
	return *line == 0 ? ERR_MALFORMED : ERR_OK; /* not even a head: cut off */
}
