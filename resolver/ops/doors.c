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
	size_t count;
	struct addr *at;
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

/* What to look for; "" where the system's own words are enough. */
static const char *
hint_of(int number)
{
	switch (number) {
	case EADDRINUSE:
		return ": another program answers there (\"ss -lntup\" tells which)";
	case EADDRNOTAVAIL:
		return ": no interface of this machine has that address";
	case EACCES:
	case EPERM:
		return ": ports below 1024 take root or CAP_NET_BIND_SERVICE";
	default:
		return "";
	}
}

static bool
cannot_listen(const struct addr *at, const char *what, char error[DOORS_ERROR_MAX])
{
	char text[ADDR_TEXT_MAX];

	snprintf(error, DOORS_ERROR_MAX, "cannot listen on %s (%s): %s%s",
	    addr_to_text(at, text), what, strerror(errno), hint_of(errno));
	return false;
}

/* Our sockets share their port with each other, so the kernel would let a second daemon
 * take half of the questions in silence. */
static bool
nobody_is_there(const struct doors *d, char error[DOORS_ERROR_MAX])
{
	for (size_t i = 0; i < d->count; i++)
		if (!udp_is_free(&d->at[i]))
			return cannot_listen(&d->at[i], "UDP", error);
	return true;
}

static bool
bind_worker(
    struct worker_sockets *s, const struct addr *list, char error[DOORS_ERROR_MAX])
{
	for (size_t i = 0; i < s->count; i++) {
		const struct addr *at = &list[i];
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

/* Containers often have none, and the shipped configuration has "::1". */
static bool
machine_has_v6(void)
{
	struct addr loopback;
	int fd = -1;
	bool has;

	if (addr_from_text("::1", 0, &loopback) != ERR_OK)
		return false;
	has = udp_bind(&loopback, &fd) == ERR_OK ||
	      (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT);
	if (fd >= 0)
		close(fd);
	return has;
}

static bool
choose_addresses(struct doors *d, const struct conf *conf)
{
	bool v6 = machine_has_v6();

	if ((d->at = calloc(conf->listen_count, sizeof *d->at)) == NULL)
		return false;
	for (size_t i = 0; i < conf->listen_count; i++)
		if (v6 || conf->listen[i].family != ADDR_V6)
			d->at[d->count++] = conf->listen[i];
	if (d->count > 0)
		return true;
	memcpy(d->at, conf->listen, conf->listen_count * sizeof *d->at);
	d->count = conf->listen_count;
	return true;
}

static void
close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static struct doors *
doors_new(const struct conf *conf, unsigned workers)
{
	struct doors *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->of = calloc(workers, sizeof *d->of);
	if (d->of != NULL && choose_addresses(d, conf))
		return d;
	doors_free(d);
	return NULL;
}

struct doors *
doors_open(const struct conf *conf, unsigned workers, char error[DOORS_ERROR_MAX])
{
	struct doors *d = doors_new(conf, workers);

	snprintf(error, DOORS_ERROR_MAX, "no memory for sockets");
	if (d == NULL)
		return NULL;
	if (!nobody_is_there(d, error))
		goto fail;
	d->workers = workers;
	for (unsigned i = 0; i < workers; i++)
		if (!reserve(&d->of[i], d->count) ||
		    !bind_worker(&d->of[i], d->at, error))
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

bool
doors_at(const struct doors *d, const struct addr *at)
{
	for (size_t i = 0; i < d->count; i++)
		if (addr_equal(&d->at[i], at))
			return true;
	return false;
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
	free(d->at);
	free(d);
}
