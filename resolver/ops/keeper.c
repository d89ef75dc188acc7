#include "resolver/ops/keeper.h"

#include <stdlib.h>

#include "resolver/ops/state.h"
#include "resolver/os/clock.h"
#include "resolver/os/log.h"

/* A crash loses at most so much of what detection has learnt. */
#define SAVE_EVERY_MS (5u * 60u * 1000u)

struct keeper {
	const struct conf *conf;
	struct detect *detect;
	struct loop_timer *timer;
};

void
keeper_recall(const struct conf *conf, struct detect *detect)
{
	char error[STATE_ERROR_MAX];
	struct now now;
	enum err err;

	clock_now(&now);
	err = state_load(conf->state_dir, detect, &now, error);
	if (err != ERR_OK && err != ERR_NOTFOUND)
		log_warning("%s", error);
	if (state_check_dir(conf->state_dir, error) != ERR_OK)
		log_error("server.state-dir: %s; what detection learns will not outlive "
			  "this run",
		    error);
}

void
keeper_save(const struct conf *conf, struct detect *detect)
{
	char error[STATE_ERROR_MAX];
	struct now now;

	clock_now(&now);
	if (state_save(conf->state_dir, detect, &now, error) != ERR_OK)
		log_error("%s", error);
	if (state_save_learnt(conf->state_dir, detect, conf, &now, error) != ERR_OK)
		log_error("%s", error);
}

static void
on_timer(void *ctx)
{
	struct keeper *k = ctx;

	keeper_save(k->conf, k->detect);
	loop_timer_arm(k->timer, SAVE_EVERY_MS);
}

struct keeper *
keeper_new(struct loop *loop, const struct conf *conf, struct detect *detect)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	if ((k->timer = loop_timer_new(loop, on_timer, k)) == NULL) {
		free(k);
		return NULL;
	}
	k->conf = conf;
	k->detect = detect;
	loop_timer_arm(k->timer, SAVE_EVERY_MS);
	return k;
}

void
keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	loop_timer_free(k->timer);
	free(k);
}
