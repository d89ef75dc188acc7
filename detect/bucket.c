#include "detect/bucket.h"

#define MILLI_PER_QUESTION 1000u

/* A bucket cannot take in more than this span's tokens: it bounds the product below. */
#define REFILL_SPAN_MAX_MS UINT64_C(86400000)

static void
refill(struct bucket *b, uint32_t rate_qps, uint64_t full_milli, uint64_t now_ms)
{
	uint64_t span_ms;

	if (b->last_ms == 0) {
		b->milli = full_milli;
		b->last_ms = now_ms;
		return;
	}
	if (now_ms > b->last_ms) {
		span_ms = now_ms - b->last_ms;
		if (span_ms > REFILL_SPAN_MAX_MS)
			span_ms = REFILL_SPAN_MAX_MS;
		b->milli += span_ms * rate_qps; /* one per second is one milli per ms */
		b->last_ms = now_ms;
	}
	if (b->milli > full_milli) /* also when a reload made the burst smaller */
		b->milli = full_milli;
}

bool
bucket_take(struct bucket *b, uint32_t rate_qps, uint32_t burst, uint64_t now_ms)
{
	uint64_t full_milli = (uint64_t)(burst == 0 ? 1 : burst) * MILLI_PER_QUESTION;

	refill(b, rate_qps, full_milli, now_ms);
	if (b->milli < MILLI_PER_QUESTION)
		return false;
	b->milli -= MILLI_PER_QUESTION;
	return true;
}
