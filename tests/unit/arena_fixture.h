#ifndef TESTS_UNIT_ARENA_FIXTURE_H
#define TESTS_UNIT_ARENA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/dname.h"

/*
 * An arena for each test, and names in it as text says them.
 */

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const uint8_t *
name(const char *text)
{
	struct dname n;

	assert_int_equal(dname_from_text(text, &n), ERR_OK);
	return arena_copy(arena, n.bytes, n.len);
}

#endif
