#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What may go wrong, told by whose fault it is, and the net under our own
 * mistakes on a request's path.
 */

#define MUST_USE __attribute__((warn_unused_result))

enum err {
	ERR_OK = 0,
	ERR_NOMEM,     /* the machine: an allocation or a table is full */
	ERR_IO,	       /* the machine: a system call said no */
	ERR_MALFORMED, /* the peer or the operator: bytes that do not parse */
	ERR_RANGE,     /* well-formed, but a value outside its range, or no room for it */
	ERR_NOTFOUND,
	ERR_EXISTS,
	ERR_LIMIT, /* a budget of doc/ARCHITECTURE.md "Budgets" is used up */
	ERR_TIMEOUT,
	ERR_REFUSED, /* policy says no */
	ERR_COUNT
};

/** err_text(e): a few lower-case words for ${e}; never NULL, lives for ever. */
const char *err_text(enum err e);

/**
 * FAILS(condition):
 * True when ${condition} holds that our own code should have made impossible.
 * It is counted and remembered (fail_count, fail_last) and the caller loses one
 * question, not the server. Never for packets, configuration or memory.
 */
#define FAILS(condition)                                                                 \
	(__builtin_expect(!!(condition), 0) && fail_note(__FILE__, __LINE__, #condition))

/** fail_note(file, line, text): always true, so that FAILS can be an expression. */
bool fail_note(const char *file, int line, const char *text);
/** fail_count(): how many FAILS have fired in this process. */
uint64_t fail_count(void);
/** fail_last(): "file:line: condition" of the newest, or "" ; borrows, lives for ever. */
const char *fail_last(void);

#endif
