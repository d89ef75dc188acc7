#include "resolver/ops/control_queue.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct control_queue {
	pthread_mutex_t mutex; /* everything down to ${followers} */
	char *lines[CONTROL_QUEUE_LINES];
	size_t first, count;
	uint64_t lost;
	unsigned followers;
	int event_fd;
};

struct control_queue *
control_queue_new(void)
{
	struct control_queue *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	if ((q->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
		free(q);
		return NULL;
	}
	pthread_mutex_init(&q->mutex, NULL);
	return q;
}

void
control_queue_free(struct control_queue *q)
{
	char *line;

	if (q == NULL)
		return;
	while ((line = control_queue_take(q)) != NULL)
		free(line);
	pthread_mutex_destroy(&q->mutex);
	close(q->event_fd);
	free(q);
}

int
control_queue_fd(const struct control_queue *q)
{
	return q->event_fd;
}

void
control_queue_awake(struct control_queue *q)
{
	uint64_t ignored;

	(void)!read(q->event_fd, &ignored, sizeof(ignored));
}

static void
count_followers(struct control_queue *q, bool more)
{
	pthread_mutex_lock(&q->mutex);
	if (more)
		q->followers++;
	else
		q->followers--;
	pthread_mutex_unlock(&q->mutex);
}

void
control_queue_follow(struct control_queue *q)
{
	count_followers(q, true);
}

void
control_queue_unfollow(struct control_queue *q)
{
	count_followers(q, false);
}

void
control_queue_put(void *ctx, const char *line)
{
	struct control_queue *q = ctx;
	static const uint64_t one = 1;
	char *copy;

	pthread_mutex_lock(&q->mutex);
	if (q->followers > 0) {
		copy = q->count < CONTROL_QUEUE_LINES ? strdup(line) : NULL;
		if (copy != NULL)
			q->lines[(q->first + q->count++) % CONTROL_QUEUE_LINES] = copy;
		else
			q->lost++;
		(void)!write(q->event_fd, &one, sizeof(one));
	}
	pthread_mutex_unlock(&q->mutex);
}

char *
control_queue_take(struct control_queue *q)
{
	char *line = NULL;

	pthread_mutex_lock(&q->mutex);
	if (q->count > 0) {
		line = q->lines[q->first];
		q->first = (q->first + 1) % CONTROL_QUEUE_LINES;
		q->count--;
	}
	pthread_mutex_unlock(&q->mutex);
	return line;
}

uint64_t
control_queue_lost(struct control_queue *q)
{
	uint64_t lost;

	pthread_mutex_lock(&q->mutex);
	lost = q->lost;
	q->lost = 0;
	pthread_mutex_unlock(&q->mutex);
	return lost;
}
