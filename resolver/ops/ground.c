#include "resolver/ops/ground.h"

#include <libgen.h>
#include <stdio.h>

#include "resolver/ops/control.h"
#include "resolver/ops/state.h"
#include "resolver/os/log.h"

/* What is open besides sockets of workers: journal, control, loops, files being read. */
#define FILES_BESIDES 128u
/* With fewer descriptors than needed, a quarter is for TCP clients. */
#define CLIENTS_SHARE 4u

/* ---- who we are, folders, descriptors ---- */

static bool
make_parent_of(const char *path, const struct privileges *who)
{
	char copy[4096], error[STATE_ERROR_MAX];

	if (path[0] == '\0' ||
	    snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
		return true; /* whoever opens it will say */
	if (state_make_dir(dirname(copy), who->uid, who->gid, error) == ERR_OK)
		return true;
	log_error("%s", error);
	return false;
}

/* For all but TCP clients. */
static size_t
own_files(const struct conf *conf, unsigned workers)
{
	return FILES_BESIDES + (size_t)workers * (2 * (size_t)conf->outgoing_sockets +
						     2 * conf->listen_count + 8);
}

uint32_t
ground_clients_max(const struct conf *conf, unsigned workers)
{
	size_t all = privileges_files(), own = own_files(conf, workers);
	size_t left = all > own ? all - own : 0, least = all / CLIENTS_SHARE;

	if (left < least)
		left = least;
	return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}

bool
ground_prepare(const struct conf *conf, unsigned workers, struct privileges *who)
{
	char error[PRIVILEGES_ERROR_MAX], dir_error[STATE_ERROR_MAX];

	if (privileges_look_up(conf->user, who, error) != ERR_OK) {
		log_error("%sserver.user: %s", conf->user_place, error);
		return false;
	}
	if (who->uid == 0)
		log_warning("running as root for good: server.user names whom to become");
	if (state_make_dir(conf->state_dir, who->uid, who->gid, dir_error) != ERR_OK) {
		log_error("server.state-dir: %s", dir_error);
		return false;
	}
	if (!make_parent_of(conf->journal_file, who))
		return false;
	if (conf->open_files_raise &&
	    privileges_raise_files(
		own_files(conf, workers) + conf->tcp_clients_max, error) != ERR_OK)
		log_warning("%s; under load some queries will find no socket, and no "
			    "more than %u TCP clients are let in",
		    error, ground_clients_max(conf, workers));
	return true;
}

/* ---- sockets, then no more privileges ---- */

bool
ground_occupy(const struct conf *conf, unsigned workers, const struct privileges *who,
    int *control_fd, struct doors **doors)
{
	char error[DOORS_ERROR_MAX], drop_error[PRIVILEGES_ERROR_MAX];
	char control_error[CONTROL_PATH_ERROR_MAX];

	if (control_bind(conf->control_socket, who->uid, who->gid, control_fd,
		control_error) != ERR_OK) {
		log_error("server.control-socket: %s", control_error);
		return false;
	}
	if ((*doors = doors_open(conf, workers, error)) == NULL) {
		log_error("%s", error);
		return false;
	}
	if (privileges_drop(who, drop_error) != ERR_OK) {
		log_error("%s", drop_error);
		return false;
	}
	return true;
}

void
ground_tell(const struct conf *conf, const struct doors *doors)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < conf->listen_count; i++) {
		(void)addr_to_text(&conf->listen[i], text);
		if (doors_at(doors, &conf->listen[i]))
			log_notice("listening on %s", text);
		else
			log_warning(
			    "not listening on %s: this machine has no IPv6", text);
	}
}
