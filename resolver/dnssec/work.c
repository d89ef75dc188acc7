#include "resolver/dnssec/work.h"

void
dnssec_slice_begin(struct dnssec_budget *b)
{
	b->slice = 0;
	b->slice_verifications = 0;
	b->progress = false;
}

void
work_charge(struct dnssec_budget *b, uint32_t units)
{
	b->work += units;
	b->slice += units;
}

bool
work_is_left(const struct dnssec_budget *b)
{
	return b->work < DNSSEC_WORK_MAX;
}

/* Without anything new in it a slice is not over: else nothing would ever end. */
static bool
slice_is_over(const struct dnssec_budget *b)
{
	return b->slice_max > 0 && b->progress &&
	       (b->slice >= b->slice_max ||
		   b->slice_verifications >= DNSSEC_SLICE_VERIFICATIONS);
}

static enum dnssec_reason
take(struct dnssec_budget *b, uint32_t *left, uint32_t units)
{
	if (*left == 0 || !work_is_left(b))
		return DNSSEC_LIMIT;
	if (slice_is_over(b))
		return DNSSEC_YIELD;
	(*left)--;
	work_charge(b, units);
	b->progress = true;
	return DNSSEC_OK;
}

enum dnssec_reason
work_verification(struct dnssec_budget *b, uint32_t units)
{
	enum dnssec_reason reason = take(b, &b->verifications, units);

	if (reason == DNSSEC_OK)
		b->slice_verifications++;
	return reason;
}

enum dnssec_reason
work_hash(struct dnssec_budget *b, uint32_t units)
{
	return take(b, &b->hashes, units);
}
