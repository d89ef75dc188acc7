#include <stdlib.h>
#include <string.h>

#include "resolver/judge/capture.h"
#include "resolver/judge/format.h"
#include "resolver/judge/packets.h"

/*
 * Input: a byte that chooses, then a file. 0..4: lines for one of the readers; 5: for the
 * search of the format; above: frames of one of the links, each behind two bytes of
 * length. What comes out of it must be a record that a trial can take.
 */

#define FILE_MS		 INT64_C(1795338000000)
#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_record(void *ctx, const struct record *r)
{
	(void)ctx;
	CHECK(r->parts != 0 && (r->parts & ~3u) == 0);
	CHECK(r->qname.len >= 1 && dname_len(r->qname.bytes) == r->qname.len);
	CHECK(r->client.family == ADDR_V4 || r->client.family == ADDR_V6);
	CHECK(r->client.port == 0);
	CHECK(r->answer.piece_count <= DETECT_PIECES_MAX);
	CHECK(memchr(r->label, '\0', sizeof(r->label)) != NULL);
	CHECK(r->payload_bytes >= 0);
}

static void
read_lines(const struct format *f, const uint8_t *bytes, size_t len)
{
	struct reader *reader = malloc(sizeof(*reader));

	CHECK(reader != NULL);
	reader_start(reader, FILE_MS);
	while (len > 0) {
		const uint8_t *end = memchr(bytes, '\n', len);
		size_t size = end != NULL ? (size_t)(end - bytes) : len;
		char *line = malloc(size + 1);
		struct record r = { 0 };

		CHECK(line != NULL);
		memcpy(line, bytes, size);
		line[size] = '\0';
		reader->fault = NULL;
		switch (f->read(reader, line, size, &r)) {
		case READ_RECORD:
			check_record(NULL, &r);
			break;
		case READ_BAD:
			CHECK(reader->fault == NULL || reader->fault_at <= size);
			break;
		default:
			break;
		}
		free(line);
		size += end != NULL;
		bytes += size;
		len -= size;
	}
	free(reader);
}

static void
feed_frames(int link, const uint8_t *bytes, size_t len)
{
	struct packets *p = packets_new(link, check_record, NULL);
	int64_t wall_ms = 0;

	CHECK(p != NULL);
	while (len >= 2) {
		size_t size = (size_t)bytes[0] << 8 | bytes[1];
		uint8_t *frame;

		bytes += 2;
		len -= 2;
		if (size > len)
			size = len;
		frame = malloc(size > 0 ? size : 1);
		CHECK(frame != NULL);
		memcpy(frame, bytes, size);
		packets_feed(p, wall_ms++, frame, size);
		free(frame);
		bytes += size;
		len -= size;
	}
	packets_free(p);
}

static void
find_format(const uint8_t *bytes, size_t len)
{
	int64_t first_ms;

	if (!capture_is(bytes, len))
		(void)format_detect(bytes, len, FILE_MS);
	else if (capture_first(bytes, len, &first_ms))
		CHECK(first_ms >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const int links[] = { 1, 101, 113, 276, 0, 108, 12, 228 };
	const struct format *const *list;
	size_t count;

	if (len == 0)
		return 0;
	list = formats(&count);
	if (bytes[0] < count)
		read_lines(list[bytes[0]], bytes + 1, len - 1);
	else if (bytes[0] == count)
		find_format(bytes + 1, len - 1);
	else
		feed_frames(links[bytes[0] % (sizeof(links) / sizeof(links[0]))],
		    bytes + 1, len - 1);
	return 0;
}
