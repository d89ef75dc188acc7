# Recordings through the detector: sekishoctl alone links it, and libpcap.
noinst_LIBRARIES += libjudge.a
libjudge_a_SOURCES = \
	%D%/bind.c \
	%D%/capture.c %D%/capture.h \
	%D%/dnsmasq.c \
	%D%/entries.c %D%/entries.h \
	%D%/files.c %D%/files.h \
	%D%/format.c %D%/format.h \
	%D%/fragments.c %D%/fragments.h \
	%D%/judge.c %D%/judge.h \
	%D%/packets.c %D%/packets.h \
	%D%/record.h \
	%D%/report.h %D%/report_html.c %D%/report_json.c %D%/report_text.c \
	%D%/segments.c %D%/segments.h \
	%D%/stream.c %D%/stream.h \
	%D%/table.c %D%/text8.h \
	%D%/tally.c %D%/tally.h \
	%D%/trial.c %D%/trial.h \
	%D%/unbound.c \
	%D%/when.c %D%/when.h \
	%D%/zeek.c
JUDGE_LIBS = libjudge.a $(SEKISHO_LIBS) $(PCAP_LIBS)
