#ifndef TESTS_UNIT_BYTES_H
#define TESTS_UNIT_BYTES_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A literal as bytes and its length without the NUL: what a function takes as two
 * arguments. */
#define BYTES(literal) (const uint8_t *)(literal), (sizeof(literal) - 1)
/* A literal whose NUL is the root label: "\3www\7example" is the name www.example. */
#define NAME(literal) ((const uint8_t *)(literal))
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

#define assert_bytes(got, got_len, literal)                                              \
	do {                                                                             \
		assert_int_equal((got_len), sizeof(literal) - 1);                        \
		assert_memory_equal((got), (literal), sizeof(literal) - 1);              \
	} while (0)

#endif
