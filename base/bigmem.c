#include "base/bigmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES (2u << 20)
#define PAGE_BYTES	4096u

void *
bigmem_new(size_t bytes)
{
	void *p;

	if (posix_memalign(
		&p, bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : PAGE_BYTES, bytes) != 0)
		return NULL;
	if (bytes >= HUGE_PAGE_BYTES)
		(void)madvise(p, bytes & ~(size_t)(PAGE_BYTES - 1), MADV_HUGEPAGE);
	memset(p, 0, bytes);
	return p;
}
