#include "resolver/ops/doors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/net/tcp.h"
#include "resolver/net/udp.h"

struct doors {
	unsigned workers;
	struct worker_sockets *of;
};

static bool
reserve(struct worker_sockets *s, size_t count)
{
	s->udp = malloc(count * sizeof *s->udp);
	s->tcp = malloc(count * sizeof *s->tcp);
	if (s->udp == NULL || s->tcp == NULL)
		return false;
	s->count = count;
	for (size_t i = 0; i < count; i++)
		s->udp[i] = s->tcp[i] = -1;
	return true;
}

static bool
cannot_listen(const struct addr *at, const char *what, char error[DOORS_ERROR_MAX])
{
	char text[ADDR_TEXT_MAX];

	snprintf(error, DOORS_ERROR_MAX, "cannot listen on %s (%s): %s",
	    addr_to_text(at, text), what, strerror(errno));
	return false;
}

/* Our sockets share their port with each other, so the kernel would let a second daemon
 * take half of the questions in silence. */
static bool
nobody_is_there(const struct conf *conf, char error[DOORS_ERROR_MAX])
{
	for (size_t i = 0; i < conf->listen_count; i++)
		if (!udp_is_free(&conf->listen[i]))
			return cannot_listen(&conf->listen[i], "UDP", error);
	return true;
}

static bool
bind_worker(
    struct worker_sockets *s, const struct conf *conf, char error[DOORS_ERROR_MAX])
{
	for (size_t i = 0; i < s->count; i++) {
		const struct addr *at = &conf->listen[i];
		const char *what = "UDP";
		enum err err = udp_bind(at, &s->udp[i]);

		if (err == ERR_OK) {
			what = "TCP";
			err = tcp_bind(at, &s->tcp[i]);
		}
		if (err != ERR_OK)
			return cannot_listen(at, what, error);
	}
	return true;
}

struct doors *
doors_open(const struct conf *conf, unsigned workers, char error[DOORS_ERROR_MAX])
{
	struct doors *d = calloc(1, sizeof *d);

	snprintf(error, DOORS_ERROR_MAX, "no memory for sockets");
	if (d == NULL || (d->of = calloc(workers, sizeof *d->of)) == NULL)
		goto fail;
	if (!nobody_is_there(conf, error))
		goto fail;
	d->workers = workers;
	for (unsigned i = 0; i < workers; i++)
		if (!reserve(&d->of[i], conf->listen_count) ||
		    !bind_worker(&d->of[i], conf, error))
			goto fail;
	return d;

fail:
	doors_free(d);
	return NULL;
}

struct worker_sockets *
doors_of(struct doors *d, unsigned worker)
{
	return &d->of[worker];
}

static void
close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void
doors_free(struct doors *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; i < d->workers; i++) {
		close_all(d->of[i].udp, d->of[i].count);
		close_all(d->of[i].tcp, d->of[i].count);
		free(d->of[i].udp);
		free(d->of[i].tcp);
	}
	free(d->of);
	free(d);
}
