#include "tests/unit/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/scope.h"

#define FILE_TEMPLATE "/tmp/sekisho-test.XXXXXX"

static char file[] = FILE_TEMPLATE;

static int
write_interfaces(void **state)
{
	static const char text[] =
	    "00000000000000000000000000000001 01 80 10 80       lo\n"
	    "fe8000000000000000163efffe123456 02 40 20 80     eth0\n"
	    "fe8000000000000000163efffe123457 1f 40 20 80 eth0.100\n";
	int fd = mkstemp(file);

	(void)state;
	if (fd < 0 || write(fd, text, sizeof(text) - 1) != sizeof(text) - 1)
		return -1;
	return close(fd);
}

static int
remove_interfaces(void **state)
{
	(void)state;
	return unlink(file);
}

static void
an_interfaces_name_becomes_its_number(void **state)
{
	static const char *const rows[][2] = {
		{ "fe80::1%eth0", "fe80::1%2" },
		{ "fe80::1%eth0@53", "fe80::1%2@53" },
		{ "[fe80::1%eth0.100]:53", "[fe80::1%31]:53" },
		{ "fe80::1%lo", "fe80::1%1" },
		{ "fe80::1%7@53", "fe80::1%7@53" },
		{ "192.0.2.1@53", "192.0.2.1@53" },
		{ "", "" },
	};
	char out[SCOPE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_null(scope_number(rows[i][0], file, out));
		assert_string_equal(out, rows[i][1]);
	}
}

static void
what_is_no_interface_is_told(void **state)
{
	static const char *const rows[] = { "fe80::1%eth1", "fe80::1%eth", "fe80::1%e",
		"fe80::1%", "fe80::1%@53", "fe80::1%sixteen-letters-",
		"fe80::1%eth0 lo" };
	char out[SCOPE_TEXT_MAX], longest[SCOPE_TEXT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_non_null(scope_number(rows[i], file, out));
	assert_non_null(scope_number("fe80::1%eth0", "/nowhere", out));
	memset(longest, 'f', sizeof(longest));
	longest[SCOPE_TEXT_MAX] = '\0';
	assert_non_null(scope_number(longest, file, out));
	/* to the last byte there is room for */
	memcpy(longest + SCOPE_TEXT_MAX - 10, "%eth0.100", 10);
	assert_null(scope_number(longest, file, out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interfaces_name_becomes_its_number),
		cmocka_unit_test(what_is_no_interface_is_told),
	};

	return cmocka_run_group_tests(tests, write_interfaces, remove_interfaces);
}
