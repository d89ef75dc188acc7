#include <stdlib.h>
#include <string.h>

#include "base/dname.h"
#include "resolver/wire/reader.h"
#include "resolver/wire/writer.h"

/*
 * The same bytes twice: as text (text -> name -> text), and as a message that
 * holds names one after the other from the offset in its first byte, which then
 * go through the compressing writer and come back.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What holds for every name; ${name} has ${len} bytes. */
static void
check_name(const uint8_t *name, size_t len)
{
	char text[DNAME_TEXT_MAX];
	uint8_t lower[DNAME_MAX], joined[DNAME_MAX];
	struct dname again;
	unsigned labels = dname_labels(name);

	CHECK(len >= 1 && len <= DNAME_MAX && dname_len(name) == len);
	CHECK(labels < DNAME_LABELS_MAX);
	dname_to_text(name, text);
	for (const char *p = text; *p != '\0'; p++)
		CHECK(*p >= 0x21 && *p <= 0x7e);
	CHECK(dname_from_text(text, &again) == ERR_OK && again.len == len);
	dname_copy_lower(lower, name);
	CHECK(memcmp(again.bytes, lower, len) == 0);
	CHECK(dname_equal(name, lower) && dname_compare(name, lower) == 0);
	CHECK(dname_common_labels(name, lower) == labels);
	CHECK(dname_is_below(name, dname_parent(lower)));
	CHECK(dname_is_strictly_below(name, dname_parent(lower)) == (labels > 0));
	CHECK(dname_suffix(name, labels) == name && *dname_suffix(name, 0) == 0);
	CHECK(dname_concat(joined, name, labels / 2, dname_skip(name, labels / 2)) ==
	      ERR_OK);
	CHECK(memcmp(joined, name, len) == 0);
}

static void
check_text(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);
	struct dname name;

	memcpy(text, bytes, len);
	text[len] = '\0';
	if (dname_from_text(text, &name) == ERR_OK)
		check_name(name.bytes, name.len);
	free(text);
}

static void
check_message(const uint8_t *bytes, size_t len)
{
	uint8_t out[4096], name[DNAME_MAX], back[DNAME_MAX];
	struct reader r, skip, copy;
	struct writer w;

	reader_init(&r, bytes, len);
	reader_skip(&r, bytes[0]);
	writer_init(&w, out, sizeof(out));
	for (;;) {
		size_t start = w.pos, got;

		skip = r;
		if ((got = reader_name(&r, name)) == 0)
			break;
		check_name(name, got);
		reader_name_skip(&skip);
		CHECK(!skip.failed && skip.pos == r.pos);
		writer_name(&w, name);
		if (w.failed)
			break;
		CHECK(w.name_count <= WRITER_NAMES_MAX && w.pos - start <= got);
		reader_init(&copy, out, w.pos);
		reader_skip(&copy, start);
		CHECK(reader_name(&copy, back) == got && copy.pos == w.pos);
		CHECK(dname_equal(name, back));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	check_text(bytes, len);
	if (len > 0)
		check_message(bytes, len);
	return 0;
}
