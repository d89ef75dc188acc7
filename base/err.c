#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/*
 * Each place in the code that ever failed keeps one line of text, written once
 * under the lock and never changed again: so fail_last can hand out a pointer
 * that lives for ever, and no thread reads what another one is writing.
 */
#define FAIL_SITES_MAX 64u /* distinct bugs in one process: more than a bad day has */
#define FAIL_TEXT_MAX  192u

struct fail_site {
	const char *file;
	int line;
	char text[FAIL_TEXT_MAX];
};

static struct fail_site fail_sites[FAIL_SITES_MAX];
static unsigned fail_site_count;
static pthread_mutex_t fail_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint_fast64_t fail_total;
static const char *_Atomic fail_newest = "";

const char *
err_text(enum err e)
{
	static const char *const texts[ERR_COUNT] = {
		[ERR_OK] = "no error",
		[ERR_NOMEM] = "out of memory",
		[ERR_IO] = "input or output failed",
		[ERR_MALFORMED] = "malformed",
		[ERR_RANGE] = "out of range",
		[ERR_NOTFOUND] = "not found",
		[ERR_EXISTS] = "exists already",
		[ERR_LIMIT] = "a limit is reached",
		[ERR_TIMEOUT] = "timed out",
		[ERR_REFUSED] = "refused by policy",
	};

	return (unsigned)e < ERR_COUNT ? texts[e] : "unknown error";
}

/* The site's line of text; called with the lock held. */
static const char *
fail_site_text(const char *file, int line, const char *text)
{
	struct fail_site *site;

	for (unsigned i = 0; i < fail_site_count; i++) {
		site = &fail_sites[i];
		if (site->line == line && strcmp(site->file, file) == 0)
			return site->text;
	}
	if (fail_site_count == FAIL_SITES_MAX)
		return "more places failed than are remembered";
	site = &fail_sites[fail_site_count++];
	site->file = file;
	site->line = line;
	snprintf(site->text, sizeof(site->text), "%s:%d: %s", file, line, text);
	return site->text;
}

bool
fail_note(const char *file, int line, const char *text)
{
	const char *known;

	atomic_fetch_add_explicit(&fail_total, 1, memory_order_relaxed);
	pthread_mutex_lock(&fail_lock);
	known = fail_site_text(file, line, text);
	pthread_mutex_unlock(&fail_lock);
	atomic_store(&fail_newest, known);
	return true;
}

uint64_t
fail_count(void)
{
	return atomic_load_explicit(&fail_total, memory_order_relaxed);
}

const char *
fail_last(void)
{
	return atomic_load(&fail_newest);
}
