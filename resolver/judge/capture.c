#include "resolver/judge/capture.h"

#include <stdio.h>
#include <string.h>

#include "config.h"

#ifdef HAVE_PCAP
#include <pcap/pcap.h>
#endif

#define FILE_HEAD   24u /* of a classic file, before its first packet's seconds */
#define SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

bool
capture_is(const uint8_t *bytes, size_t len)
{
	static const uint8_t magic[][4] = {
		{ 0xd4, 0xc3, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xc3, 0xd4 }, /* microseconds */
		{ 0x4d, 0x3c, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0x3c, 0x4d }, /* nanoseconds */
		{ 0x34, 0xcd, 0xb2, 0xa1 }, { 0xa1, 0xb2, 0xcd, 0x34 }, /* Kuznetzov's */
		{ 0x0a, 0x0d, 0x0d, 0x0a }				/* pcapng */
	};

	for (size_t i = 0; len >= 4 && i < sizeof(magic) / sizeof(magic[0]); i++)
		if (memcmp(bytes, magic[i], 4) == 0)
			return true;
	return false;
}

/* Of a classic file, whatever reads the others. */
static bool
classic_first(const uint8_t *bytes, size_t len, int64_t *first_ms)
{
	bool little;

	if (len < FILE_HEAD + 4 || bytes[0] == 0x0a)
		return false;
	little = bytes[0] != 0xa1;
	*first_ms = 0;
	for (unsigned i = 0; i < 4; i++)
		*first_ms = *first_ms << 8 | bytes[FILE_HEAD + (little ? 3 - i : i)];
	*first_ms *= 1000;
	return true;
}

#ifdef HAVE_PCAP

/* pcapng has 64 bits for seconds: what its file makes up stays within four digits of a
 * year. */
static int64_t
time_of(const struct pcap_pkthdr *head)
{
	int64_t sec = (int64_t)head->ts.tv_sec;

	if (sec < 0)
		return 0;
	if (sec > SECONDS_MAX)
		sec = SECONDS_MAX;
	return sec * 1000 + (int64_t)head->ts.tv_usec / 1000;
}

bool
capture_first(const uint8_t *bytes, size_t len, int64_t *first_ms)
{
	char reason[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const uint8_t *packet;
	bool dated;
	FILE *file;
	pcap_t *p;

	if (classic_first(bytes, len, first_ms))
		return true;
	/* For reading alone: nothing is written there. */
	if (len == 0 || (file = fmemopen((void *)(uintptr_t)bytes, len, "r")) == NULL)
		return false;
	if ((p = pcap_fopen_offline(file, reason)) == NULL) {
		fclose(file);
		return false;
	}
	if ((dated = pcap_next_ex(p, &head, &packet) == 1))
		*first_ms = time_of(head);
	pcap_close(p);
	return dated;
}

static bool
read_all(pcap_t *p, struct packets *to, struct capture_count *count)
{
	struct pcap_pkthdr *head;
	const uint8_t *bytes;
	int got;

	while ((got = pcap_next_ex(p, &head, &bytes)) == 1) {
		count->packets++;
		packets_feed(to, time_of(head), bytes, head->caplen);
	}
	count->cut = packets_cut(to);
	return got == PCAP_ERROR_BREAK;
}

bool
capture_read(struct stream *s, packets_fn *fn, void *ctx, struct capture_count *count,
    char error[CAPTURE_ERROR_MAX])
{
	char reason[PCAP_ERRBUF_SIZE] = "out of memory";
	FILE *file = stream_file(s);
	struct packets *to = NULL;
	const char *name;
	pcap_t *p = NULL;
	bool good = false;

	if (file == NULL)
		goto done;
	if ((p = pcap_fopen_offline(file, reason)) == NULL) {
		fclose(file);
		goto done;
	}
	if (!packets_link_known(pcap_datalink(p))) {
		name = pcap_datalink_val_to_description(pcap_datalink(p));
		snprintf(reason, sizeof(reason),
		    "captured on a link of a kind not known here: %.80s (%d)",
		    name != NULL ? name : "no name", pcap_datalink(p));
		goto done;
	}
	if ((to = packets_new(pcap_datalink(p), fn, ctx)) == NULL)
		goto done;
	good = read_all(p, to, count);
	if (!good)
		snprintf(reason, sizeof(reason), "%s", pcap_geterr(p));
done:
	snprintf(error, CAPTURE_ERROR_MAX, "%.255s", reason);
	packets_free(to);
	if (p != NULL)
		pcap_close(p);
	return good;
}

#else

bool
capture_first(const uint8_t *bytes, size_t len, int64_t *first_ms)
{
	return classic_first(bytes, len, first_ms);
}

bool
capture_read(struct stream *s, packets_fn *fn, void *ctx, struct capture_count *count,
    char error[CAPTURE_ERROR_MAX])
{
	(void)s;
	(void)fn;
	(void)ctx;
	(void)count;
	snprintf(error, CAPTURE_ERROR_MAX,
	    "a capture, and this sekishoctl was built without libpcap");
	return false;
}

#endif
